"""Functions of vectors and matrices.

    symdiff show examples/arrays.py

Nothing says what the parameters are: symdiff tells it from what is done with them.
"""


def quadratic(x, A):
    """A quadratic form."""
    return x @ A @ x


def ridge(w, X, y, lam):
    """Least squares with a penalty."""
    r = X @ w - y
    return r @ r + lam * w @ w
