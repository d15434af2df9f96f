"""Values that are equal and yet not the same: a function may tell them apart, and so may a call."""

from __future__ import annotations

import datetime
import decimal
import fractions
import math
import pathlib
import random
import re
from collections import OrderedDict, defaultdict
from typing import Any

import numpy as np
import pytest

from symdiff import grad, value_and_grad
from symdiff.errors import UnsupportedError
from symdiff.program.sameness import exactly

pytestmark = pytest.mark.sampled(every=5)

UTC = datetime.UTC
EAST = datetime.timezone(datetime.timedelta(hours=2))

HELD: Any = None


class Table(dict[Any, Any]):
    """A dict of one's own."""


class Box:
    """What holds something."""

    def __init__(self, held: Any) -> None:
        self.held = held


def by_type(x: float, held: Any) -> float:
    """Another factor for each type of key, inside tuples as well."""
    for key in held:
        first = key[0] if isinstance(key, tuple) else key
        x = x * (2.0 if isinstance(first, bool) else 3.0 if isinstance(first, int) else 5.0)
    return x


def by_sign(x: float, held: Any) -> float:
    for key in held:
        x = x * math.copysign(3.0, key)
    return x


def in_order(x: float, held: Any) -> float:
    for value in held:
        x = x * value + 1.0
    return x


def by_text(x: float, held: Any) -> float:
    return x * len(str(held)) + ord(str(held)[0])


def keyed(kind: Any, *keys: Any) -> Any:
    return kind(dict.fromkeys(keys, 1.0))


def with_default(held: dict[Any, Any]) -> Any:
    return defaultdict(float, held)


CASES: list[tuple[Any, list[Any]]] = [
    *[
        (by_type, [keyed(kind, 1), keyed(kind, True), keyed(kind, 1.0)])
        for kind in (dict, OrderedDict, with_default, Table, set, frozenset)
    ],
    *[
        (by_type, [keyed(kind, (1, 2)), keyed(kind, (True, 2)), keyed(kind, (1.0, 2))])
        for kind in (dict, OrderedDict, with_default, Table, set, frozenset)
    ],
    *[
        (by_sign, [keyed(kind, 0.0), keyed(kind, -0.0)])
        for kind in (dict, OrderedDict, with_default, Table, set, frozenset)
    ],
    (in_order, [{0, 8}, {8, 0}]),
    (in_order, [frozenset([0, 8]), frozenset([8, 0])]),
    (
        lambda x, held: in_order(x, next(iter(held))),
        [{frozenset([0, 8]): 1.0}, {frozenset([8, 0]): 1.0}],
    ),
    (in_order, [{1.0: "a", 2.0: "b"}, {2.0: "b", 1.0: "a"}]),
    (lambda x, held: x * held.stop, [range(0, 3, 2), range(0, 4, 2)]),
    (lambda x, held: x * held.step, [range(2, 3, 1), range(2, 3, 5)]),
    (lambda x, held: x * held.start, [range(1, 1), range(2, 2)]),
    (lambda x, held: x * (held.stop is True), [slice(1), slice(True)]),
    (lambda x, held: x * isinstance(held, np.bool_), [True, np.True_]),
    (by_text, [decimal.Decimal("1.0"), decimal.Decimal("1.00"), decimal.Decimal("1")]),
    (by_text, [pathlib.PureWindowsPath("A/b"), pathlib.PureWindowsPath("a/b")]),
    (by_text, [fractions.Fraction(1, 2), fractions.Fraction(2, 4), fractions.Fraction(1, 3)]),
    (lambda x, held: x * held.flags, [re.compile("a"), re.compile("a", re.I)]),
    (
        lambda x, held: x * held.hour,
        [
            datetime.datetime(2020, 1, 1, 10, tzinfo=UTC),
            datetime.datetime(2020, 1, 1, 12, tzinfo=EAST),
        ],
    ),
    (
        lambda x, held: x * (held.fold + 1),
        [datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 1, fold=1)],
    ),
]


@pytest.mark.parametrize(("function", "states"), CASES)
def test_equal_values_that_differ_are_told_apart(function: Any, states: list[Any]) -> None:
    box = Box(None)

    def of_global(x: float) -> float:
        return function(x, HELD)

    def of_attribute(x: float) -> float:
        return function(x, box.held)

    wrt_argument = value_and_grad(function)
    wrt_global, wrt_attribute = value_and_grad(of_global), value_and_grad(of_attribute)
    for state in (*states, *reversed(states), *states):
        globals()["HELD"] = box.held = state
        expected = function(1.5, state)
        slope = function(2.5, state) - expected  # it is linear
        for found in (wrt_argument(1.5, state), wrt_global(1.5), wrt_attribute(1.5)):
            np.testing.assert_allclose(found, (expected, slope), rtol=1e-14)
    assert wrt_global.trace_count <= len(states)


@pytest.mark.parametrize(
    "value",
    [
        1, True, None, "a", b"a", 1.5, -0.0, math.nan, 1j, np.float32(0.5), (1, (2.0, "b")),
        frozenset([1, 2]), range(3), decimal.Decimal("NaN"), decimal.Decimal("1.0"), EAST,
        np.dtype("float64"),
    ],
)  # fmt: skip
def test_the_same_is_the_same(value: Any) -> None:
    assert exactly(value) == exactly(value)
    assert hash(exactly(value)) == hash(exactly(value))


def test_a_key_that_is_not_equal_to_itself_is_found_by_its_identity() -> None:
    g = grad(lambda x, held: x * len(held) * next(iter(held.values())))
    for nothing in (decimal.Decimal("NaN"), decimal.Decimal("NaN"), float("nan"), float("nan")):
        for factor in (3.0, 4.0):
            assert g(2.0, {nothing: factor}) == factor
    assert g.trace_count == 4


def test_a_set_with_gaps_is_refused_where_a_copy_has_another_order() -> None:
    held = set(range(100))
    held -= set(range(100)) - {9, 16}
    assert list(held) != list(set(held))
    with pytest.raises(UnsupportedError, match="in another order"):
        grad(in_order)(1.5, held)
    assert grad(in_order)(1.5, frozenset(held)) == 9.0 * 16.0
    assert grad(in_order)(1.5, sorted(held)) == 9.0 * 16.0


def test_written_out_source_tells_them_apart_too() -> None:
    for function, first, other in (
        (by_type, {(1, 2): 1.0}, {(True, 2): 1.0}),
        (by_sign, {0.0: 1.0}, {-0.0: 1.0}),
        (in_order, frozenset([0, 8]), frozenset([8, 0])),
        (by_type, {1}, {True}),
    ):
        g = grad(function)
        space: dict[str, Any] = {}
        exec(g.source(1.5, first), space)
        written = space[f"grad_{function.__name__}"]
        assert written(1.5, first) == g(1.5, first)
        with pytest.raises(ValueError, match="this source is for"):
            written(1.5, other)


@pytest.mark.slow
def test_sets_that_have_grown_are_gone_through_in_their_order() -> None:
    """Their room is not that of a copy: most of them have a copy of the same order all the same."""

    def f(x: float, held: set[int]) -> float:
        total = 0.0
        for k, value in enumerate(held):
            total += (k + 1) * value * x
        return total

    followed = 0
    for seed in range(60):
        draw = random.Random(seed)
        held: set[int] = set()
        for _ in range(draw.randint(1, 60)):
            held.add(draw.randint(0, 300))
        try:
            assert grad(f)(1.0, held) == sum((k + 1) * v for k, v in enumerate(held))
            followed += 1
        except UnsupportedError as error:
            assert "in another order" in str(error)  # noqa: PT017
    assert followed > 50
