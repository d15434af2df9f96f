"""`symdiff show` of functions of matrices, without values for them."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from symdiff.command.cli import main

pytestmark = pytest.mark.sampled(every=3)

ARRAYS = """
    import numpy as np

    def quadratic(x, A):
        return x @ A @ x

    def ridge(w, X, y, lam):
        r = X @ w - y
        return r @ r + lam * w @ w

    def rows(X):
        s = 0.0
        for row in X:
            s += row @ row
        return s

    def by_length(A, x):
        if A.shape[0] > 100:
            return x @ A @ x
        return 2 * (x @ A @ x)

    def plain(x):
        return np.sum(x**2)
"""


def show(*arguments):
    return CliRunner().invoke(main, ["show", *arguments], catch_exceptions=False)


def test_shapes_are_told_below(write):
    result = show(write(ARRAYS) + ":quadratic", "ridge")
    assert result.exit_code == 0, result.stderr
    assert "with x of length n, A n×n" in result.stdout
    assert "with w of length n, X m×n, y of length m" in result.stdout


def test_vectors_of_one_length_are_shown_as_ever(write):
    result = show(write(ARRAYS) + ":plain")
    assert "= 2*x" in result.stdout
    assert "with x a vector" in result.stdout


@pytest.mark.parametrize("name", ["rows", "by_length"])
def test_the_values_that_a_refusal_names_do(write, name):
    file = write(ARRAYS)
    refused = show(f"{file}:{name}")
    assert refused.exit_code == 1
    (remedy,) = re.findall(r'--at "(.*)"', refused.stderr)
    result = show(f"{file}:{name}", "--at", remedy)
    assert result.exit_code == 0, result.stderr
    assert f"d{name}/d" in result.stdout


SAID = '''
    from __future__ import annotations

    import numpy as np

    def mixed(x, y, c):
        """A product.

        Parameters
        ----------
        x : (p,) array_like
            A vector.
        y : ndarray of shape (p, q)
            A matrix.
        c : float
            A number.

        Returns
        -------
        float
        """
        return c * np.sum(x @ y)

    def noted(x: Float[Array, "d"], A: Float[Array, "d d"]) -> float:
        return np.sum(A @ x)

    def scaled(lam: float, x: np.ndarray):
        return np.sum(lam * x)

    def summed(s: float, x):
        return np.sum(s * x)

    def penalty(w, lam):
        return lam * w @ w

    def wrong(x, A):
        """Say what is not so.

        Parameters
        ----------
        x : (n, 3) array
            No matrix.
        """
        return x @ A @ x
'''


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("mixed", "with x of length p, y p×q"),
        ("noted", "with x of length d, A d×d"),
        ("scaled", "with x a vector"),
        ("summed", "with x a vector"),
        ("penalty", "with w a vector"),
        ("wrong", "with x of length n, A n×n"),
    ],
)
def test_what_is_written_of_shapes_is_believed(write, name, shapes):
    result = show(f"{write(SAID)}:{name}")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[-1].strip() == shapes


@pytest.mark.parametrize(
    ("typed", "shapes"),
    [
        ("x: k", "with x of length k, A k×k"),
        ("A: p×p, x: p", "with x of length p, A p×p"),
        ("A: (d, d)", "with x of length d, A d×d"),
        ("A: 3x3", "with x of length 3, A 3×3"),
        ("x=[1, 2]", "with A 2×2"),
        ("x=[1, 2], A: 2 x 2", "with A 2×2"),
        ("A: matrix", "with x of length n, A n×n"),
    ],
)
def test_shapes_may_be_typed(write, typed, shapes):
    result = show(write(ARRAYS) + ":quadratic", "--at", typed)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[-1].strip() == shapes


def test_shapes_that_do_not_fit_are_refused_with_their_names(write):
    result = show(write(ARRAYS) + ":quadratic", "--at", "x: m, A: n×n")
    assert result.exit_code == 1
    assert "cannot be followed with x of length m, A n×n" in result.stderr
    assert "shapes (m,) and (n, n)" in result.stderr


@pytest.mark.parametrize("typed", ["x: n + 1", "x: f(2)", "x: ", "x: __import__('os')"])
def test_what_is_no_shape_is_told(write, typed):
    result = show(write(ARRAYS) + ":quadratic", "--at", typed)
    assert result.exit_code == 2
    assert "is not a shape" in result.stderr


def test_steps_ask_for_values_that_fit(write):
    file = write(ARRAYS)
    refused = show(f"{file}:quadratic", "--steps")
    (remedy,) = re.findall(r'--at "(.*)"', refused.stderr)
    assert show(f"{file}:quadratic", "--steps", "--at", remedy).exit_code == 0
