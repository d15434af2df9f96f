"""A traced value is no plain number to code that symdiff does not see into."""

from __future__ import annotations

import operator

import numpy as np
import pytest

from symdiff import grad
from symdiff.errors import UnsupportedError


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (float, "a plain float"),
        (int, "a plain int"),
        (operator.index, "an index"),
        (complex, "a complex number"),
        (np.array, "a plain array"),
        (str, "text"),
        (repr, "text"),
        ("{:.3f}".format, "text"),
        (round, "a plain number"),
    ],
)
def test_a_plain_number_is_refused(ask, what):
    def asked(x):
        raise AssertionError("it is not called")

    asked.__symdiff_traced__ = lambda hooks, x: ask(x)
    with pytest.raises(UnsupportedError, match=f"used as {what}"):
        grad(lambda x: asked(x) * x)(0.5)
