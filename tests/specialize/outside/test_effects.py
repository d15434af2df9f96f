"""A gradient call has the effects of one plain call of the function, on every call.

Each world is made afresh: a function and a way to look at what it changes. One world is called
plainly, its twin through its gradient, and after every call both must look alike. The derivative
is compared with differences between further twins that have lived through the same calls.
"""

from __future__ import annotations

import dataclasses
import random
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

import symdiff
from symdiff import grad

from .effects import WORLDS
from .effects.attributes import Counting
from .effects.libraries import generators_of_random_numbers, shuffled
from .worlds import after, snapshot

pytestmark = pytest.mark.sampled(every=11)

INPUTS = (1.5, 2.0, -1.0, 1.5, 0.5, -1.0)


@pytest.mark.parametrize("make", WORLDS, ids=lambda m: m.__name__)
@pytest.mark.parametrize("with_value", [False, True])
def test_one_call_has_the_effects_of_one_call(make: Any, with_value: bool) -> None:
    if make in (generators_of_random_numbers, shuffled):
        looks = 1  # looking draws, too
    else:
        looks = len(INPUTS)
    plain, look = make()
    states = []
    for k, x in enumerate(INPUTS):
        plain(x)
        if k >= len(INPUTS) - looks:
            states.append(snapshot(look()))
    f, look = make()
    g = symdiff.value_and_grad(f) if with_value else grad(f)
    slopes = []
    for k, x in enumerate(INPUTS):
        slopes.append(g(x))
        if k >= len(INPUTS) - looks:
            assert states[k - len(INPUTS) + looks] == snapshot(look()), f"after call {k + 1}"
    for k, x in enumerate(INPUTS):
        before = INPUTS[:k]
        up, down = after(make, before, x + 1e-5), after(make, before, x - 1e-5)
        found = slopes[k]
        if with_value:
            value, found = found
            assert value == pytest.approx(after(make, before, x), rel=1e-12)
        assert found == pytest.approx((up - down) / 2e-5, rel=1e-6, abs=1e-6), f"call {k + 1}"


def test_effects_before_an_exception_stay() -> None:
    plain, through = Counting(), Counting()
    g = grad(through.raising)
    for x in (1.0, -1.0, 2.0, -2.0, 3.0):
        outcomes = []
        for f in (plain.raising, g):
            try:
                f(x)
                outcomes.append("fine")
            except ValueError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]
        assert (plain.calls, plain.history) == (through.calls, through.history)


def test_a_miss_half_way_repeats_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    log: list[Any] = []

    def f(x):
        log.append("start")
        print("first", x)
        r = random.random()
        y = x * x * r
        log.append(r)
        if x > 1:
            print("large", y)
            log.append("large")
            y = y * random.random()
            if x > 2:
                print("larger")
                y = y * 2
        return y

    inputs = (0.5, 3.0, 1.5, 0.25, 2.5, 1.25, 0.75, 5.0)
    random.seed(3)
    for x in inputs:
        f(x)
    expected = list(log), capsys.readouterr().out
    log.clear()
    random.seed(3)
    g = grad(f)
    for x in inputs:
        g(x)
    assert log == expected[0]
    assert capsys.readouterr().out == expected[1]
    assert g.trace_count == 3


class Pair(NamedTuple):
    """A named tuple, with a method."""

    a: float
    b: float

    def product(self):
        return self.a * self.b


def test_arguments_that_the_function_changes() -> None:
    def f(x, values, table, array, owner):
        values.append(x)
        table["n"] = table.get("n", 0) + 1
        array[0] = x * x
        owner.seen = x
        return x * len(values) + array.sum() + table["n"] * owner.seen

    def arguments():
        return [1.0], {}, np.zeros(2), SimpleNamespace(seen=0.0)

    g = grad(f)
    mine, theirs = arguments(), arguments()
    for x in (1.0, 2.0, -3.0):
        f(x, *mine)
        assert g(x, *theirs) == pytest.approx(len(mine[0]) + 2 * x + mine[1]["n"])
        assert snapshot(list(mine[:3])) == snapshot(list(theirs[:3]))
        assert vars(mine[3]) == vars(theirs[3])
    other = arguments()
    g(4.0, *other)
    assert other[0] == [1.0, 4.0]
    assert len(theirs[0]) == 4


@pytest.mark.parametrize(
    "make",
    [
        lambda: Pair(2.0, 3.0),
        lambda: dataclasses.make_dataclass("D", ["a", "b"])(2.0, 3.0),
        lambda: dataclasses.make_dataclass("F", ["a", "b"], frozen=True)(2.0, 3.0),
        lambda: SimpleNamespace(a=2.0, b=3.0),
    ],
)
def test_objects_as_arguments(make: Any) -> None:
    def f(x, p):
        return p.a * x * x + p.b * x

    g = grad(f)
    p = make()
    assert g(1.0, p) == 7.0
    assert g(2.0, p) == 11.0
    q = p._replace(a=10.0) if isinstance(p, Pair) else make()
    assert g(2.0, q) == (43.0 if isinstance(p, Pair) else 11.0)


def test_named_tuples_unpack_and_have_methods() -> None:
    def f(x, p):
        a, _ = p
        return x * a + x * x * p.product() * p[1] + len(p)

    g = grad(f)
    assert g(1.0, Pair(2.0, 3.0)) == 2 + 2 * 18
    assert g(1.0, Pair(3.0, 5.0)) == 3 + 2 * 75
    assert g.trace_count == 1
