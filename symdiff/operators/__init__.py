"""What the user holds: `grad` and the other operators, and how they call, nest and batch.

Here belongs what binds arguments, chooses specializations and hands results over. The calculus
of programs does not: that is `differentiate`. Open `transforms.py` first.
"""
