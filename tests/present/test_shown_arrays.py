"""Functions of arrays that have no values, shown with symbols for their lengths."""

from __future__ import annotations

import re

import numpy as np
import pytest

from symdiff.errors import ConcreteValueError
from symdiff.present.show import show
from symdiff.present.symbols import array_text, example, made_of
from symdiff.program.dimensions import Dimensions
from symdiff.specialize.kinds.inference import infer

from ..random_functions.matrices import random_text
from ..random_functions.vectors import function_of
from .readback import Reader

SIZES = [{"m": 37, "n": 41, "k": 43}, {"m": 53, "n": 37, "k": 61}]


def shown(function, form="program"):
    reading = infer(function)
    dimensions = reading.dimensions
    paths, others = reading.variants
    wrt = list(dimensions.shapes)
    text = show("f", paths, wrt, form=form, others=[others], width=10_000, dimensions=dimensions)
    return dimensions, text


def values_for(dimensions, seed):
    rng = np.random.default_rng(seed)
    sizes = dict(zip(dimensions.sizes[0], rng.permutation([2, 3, 4, 5]), strict=False))
    values = {}
    for name, shape in dimensions.shapes.items():
        values[name] = rng.normal(size=[n if isinstance(n, int) else sizes[n] for n in shape])
        if len(shape) == 2 and shape[0] == shape[1]:
            values[name] += 4 * np.eye(len(values[name]))
    return values, sizes


def slopes(function, values, name):
    """Central differences."""
    found = np.zeros(np.shape(values[name]))
    for place in np.ndindex(found.shape):
        step = np.zeros(found.shape)
        step[place] = 1e-6
        high = function(**{**values, name: values[name] + step})
        low = function(**{**values, name: values[name] - step})
        found[place] = (high - low) / 2e-6
    return found


@pytest.mark.parametrize("seed", range(60))
def test_random_functions_are_right_at_random_shapes(seed):
    function = function_of(random_text(seed))
    dimensions, text = shown(function)
    text = re.sub(" *# .*", "", text)
    body, _, said = text.rpartition("\nwith ")
    made_up = {n for sizes in dimensions.sizes for n in sizes.values()}
    assert not made_up & set(map(int, re.findall(r"\b\d+\b", text))), text
    assert not re.search("onehot|unbroadcast|<", text), text
    assert said or not any(dimensions.shapes.values())
    values, sizes = values_for(dimensions, seed)
    names = {**values, **{name: int(n) for name, n in sizes.items()}}
    for line in (body or text).splitlines():
        target, _, formula = line.partition(" = ")
        names[target.strip()] = Reader(names).value(formula)
    np.testing.assert_allclose(names.get("f", 0.0), function(**values), rtol=1e-9)
    for name in values:
        want = slopes(function, values, name)
        scale = max(1.0, float(np.max(np.abs(want))))
        np.testing.assert_allclose(
            names[f"df/d{name}"] * np.ones(want.shape), want, rtol=1e-5, atol=1e-5 * scale
        )


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_no_size_that_was_tried_is_seen_in_formulas(seed):
    dimensions, text = shown(function_of(random_text(seed)), "text")
    text = re.sub(" *# .*", "", text)
    made_up = {n for sizes in dimensions.sizes for n in sizes.values()}
    assert not made_up & set(map(int, re.findall(r"\b\d+\b", text))), text
    assert not re.search("onehot|unbroadcast", text), text


def test_numbers_are_told_by_two_choices_of_sizes():
    assert made_of([41, 37], SIZES) == "n"
    assert made_of([40, 36], SIZES) == "n - 1"
    assert made_of([37 * 41, 53 * 37], SIZES) == "m*n"
    assert made_of([1 / 36, 1 / 52], SIZES) == "1/(m - 1)"
    assert made_of([2 / (36 * 41), 2 / (52 * 37)], SIZES) == "2/((m - 1)*n)"
    assert made_of([78, 90], SIZES) == "m + n"
    assert made_of([5, 17], SIZES) is None


def test_constant_arrays_are_written_as_what_makes_them():
    assert array_text(np.eye(9)) == "eye(9)"
    assert array_text(np.ones((9, 7))) == "ones((9, 7))"
    assert array_text(np.full(9, 0.5)) == "full((9,), 0.5)"
    assert array_text(np.tri(9) - np.eye(9) / 2) == "(tri(9) - eye(9)/2)"


def test_an_example_has_shapes_that_fit():
    dimensions = Dimensions({"X": ("m", "n"), "w": ("n",), "c": ()}, SIZES)
    values = eval(f"dict({example(dimensions)})")
    assert np.shape(values["X"])[1] == np.shape(values["w"])[0]
    assert values["c"] == 0.3


def test_other_forms_are_refused_with_values_that_do():
    def f(x, A):
        return x @ A @ x

    with pytest.raises(ConcreteValueError) as refused:
        shown(f, "python")
    assert "x=[1, 2]" in refused.value.remedy
