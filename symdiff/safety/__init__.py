"""What holds for the whole process: one trace at a time, interrupts, NumPy's error state, defects.

Here belongs what keeps a call from harming another one or the user's state. What refuses a
function of the user's does not: that is `specialize`. Open `exclusive.py` first.
"""
