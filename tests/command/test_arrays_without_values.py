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
