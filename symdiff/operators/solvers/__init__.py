"""What solves, fits or integrates with functions of the user's, as one operation with derivatives.

Here belongs what runs the user's own call of SciPy and says which equations its result solves.
Functions of SciPy that take numbers do not: see `operations.scipy`. Open `implicit.py` first.
"""
