"""What parameters are is told by what is done with them."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff.specialize.kinds.inference import infer
from symdiff.specialize.kinds.sizes import pairs_for

from . import functions
from .functions import READINGS


@pytest.mark.parametrize("function", READINGS, ids=lambda f: f.__name__)
def test_the_simplest_shapes(function):
    reading = infer(function)
    assert reading is not None
    said = READINGS[function]
    assert reading.dimensions.text() == (f"with {said}" if said else "")


@pytest.mark.parametrize(
    "function", [f for f in READINGS if f not in (functions.rows,)], ids=lambda f: f.__name__
)
def test_the_function_takes_arrays_of_any_such_sizes(function):
    dimensions = infer(function).dimensions
    rng = np.random.default_rng(0)
    for sizes in ((2, 3, 4, 5), (5, 3, 2, 4), (3, 5, 4, 2)):
        of = dict(zip(dimensions.sizes[0], sizes, strict=False))
        values = [
            rng.normal(size=[n if isinstance(n, int) else of[n] for n in shape])
            for shape in dimensions.shapes.values()
        ]
        with np.errstate(all="ignore"):
            assert np.shape(function(*values)) == ()


@pytest.mark.parametrize("function", [functions.by_length, functions.weighted])
def test_what_is_decided_by_a_length_is_not_taken_for_all(function):
    assert infer(function).alike is False


def test_values_that_are_given_tell_lengths():
    reading = infer(functions.ridge, {"w": np.ones(3)})
    assert reading.dimensions.text() == "with X n×3, y of length n"


def test_nothing_is_found_where_shapes_are_not_at_fault():
    def f(x):
        return unknown(x) @ x  # noqa: F821

    assert infer(f) is None


def test_sizes_are_no_numbers_of_the_function():
    pairs = pairs_for({37, 59})
    assert len(pairs) > 3
    for k in (0, 1):
        sizes = [p[k] for p in pairs]
        assert not {37, 59} & set(sizes)
        assert len(set(sizes)) == len(sizes)
