"""Entries for functions of SciPy, one file for each of its kinds.

Here belongs what SciPy computes of numbers and arrays. What calls a function of the user's does
not: see `operators.solvers`. Open `special.py` first.
"""
