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


if __name__ == "__main__":
    import numpy as np

    from symdiff import grad

    random = np.random.default_rng(0)
    x, A = random.normal(size=3), random.normal(size=(3, 3))
    by_x = grad(quadratic)(x, A)
    print("quadratic by x:", by_x)
    assert np.allclose(by_x, (A + A.T) @ x)

    w, X, y = random.normal(size=2), random.normal(size=(5, 2)), random.normal(size=5)
    by_w = grad(ridge)(w, X, y, 0.1)
    print("ridge by w:", by_w)
    assert np.allclose(by_w, 2 * (0.1 * w + X.T @ (X @ w - y)))
