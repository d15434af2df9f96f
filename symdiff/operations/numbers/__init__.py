"""Entries for numbers, applied element by element: arithmetic, elementary and special functions.

Here belongs what Python, `math`, `cmath` and NumPy's elementwise functions do. What SciPy adds
does not: see `operations.scipy`. Open `elementary.py` first.
"""
