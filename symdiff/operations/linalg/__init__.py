"""Entries for matrices: products, solving, factors, determinants, norms.

Here belongs what NumPy's `linalg` and its products do, and what such rules share. What only SciPy
has does not: see `operations.scipy`. Open `matrices.py` first.
"""
