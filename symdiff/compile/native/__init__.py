"""Program to machine code: one C function for the whole program, beside the Python form.

Here belongs what writes C, compiles it with the system's compiler and keeps what was compiled. The
Python form stays: whatever the C function was not made for (another type, a guard that fails, a
number out of range) is a *miss*, and then the Python form runs. Open `attached.py` first.
"""
