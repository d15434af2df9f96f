"""A user's own rules: `primitive` and `register`.

Here belongs how a rule in plain NumPy becomes statements of a derivative. Rules that symdiff
brings do not: they are entries of `operations`. Open `primitives.py` first.
"""
