"""What the function has changed outside is seen as changed before the changes are made."""

from __future__ import annotations

import collections
import dataclasses
import io
import json
import queue
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import UnsupportedError, grad, hessian

from .worlds import World, check_world


class Counted(list):  # type: ignore[type-arg]
    def __repr__(self) -> str:
        return f"<{len(self)} items>"


class Thing:
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __repr__(self) -> str:
        return f"Thing({self.seen})"


STORES: list[Callable[[], Any]] = [list, lambda: collections.deque(maxlen=2), Counted]


@pytest.mark.parametrize("store", STORES)
def test_text_of_what_has_been_added_to(store: Any) -> None:
    def make() -> World:
        kept, told = store(), io.StringIO()

        def f(x: Any) -> Any:
            kept.append(len(kept))
            told.write(str(kept))
            kept.append(x)
            print(kept, repr(kept), f"{kept}", "{}".format(kept), "%s" % kept, file=told)  # noqa: UP031, UP032
            return x * x * len(kept)

        return f, lambda: [list(kept), told.getvalue()]

    check_world(make, [1.5, 0.5, 2.5])


def test_what_lies_deeper() -> None:
    def make() -> World:
        state: dict[str, Any] = {"history": [[1]], "n": 0}
        pair, array, told = ([], 2), np.zeros(2), io.StringIO()

        def f(x: Any) -> Any:
            state["history"][0].append(2)
            state["n"] += 1
            pair[0].append(3)
            array[0] += 1
            print(state, json.dumps(state), f"{pair}", array, file=told)
            return x**3 * state["n"]

        return f, lambda: [state, pair, array, told.getvalue()]

    check_world(make, [1.5, 0.5, 2.5])


def test_the_message_of_an_exception() -> None:
    def make() -> World:
        kept: list[float] = []

        def f(x: Any) -> Any:
            kept.append(x)
            if x < 1:
                raise ValueError(f"{kept} {len(kept)}")
            return x * x

        return f, lambda: kept

    check_world(make, [1.5, 0.5, 2.5, 0.25])


def test_a_draw_from_what_has_been_added_to() -> None:
    def make() -> World:
        kept: list[float] = []
        draw = random.Random(3)

        def f(x: Any) -> Any:
            kept.append(2.0 + len(kept))
            return x * x * draw.choice(kept)

        return f, lambda: kept

    check_world(make, [1.5, 0.5, 2.5])


@pytest.mark.slow
def test_text_inside_a_derivative() -> None:
    def make() -> World:
        kept: list[Any] = []
        told = io.StringIO()

        def inner(y: Any) -> Any:
            kept.append(float(y))
            told.write(f"{kept}")
            return y**3

        def f(x: Any) -> Any:
            kept.append("outer")
            return grad(inner)(x) * inner(2 * x) + hessian(inner)(x)

        return f, lambda: [kept, told.getvalue()]

    check_world(make, [1.5, 0.5])


@dataclasses.dataclass
class Progress:
    best: float = 1.0
    history: list[Any] = dataclasses.field(default_factory=list)
    hidden: int = dataclasses.field(default=0, repr=False)


@pytest.mark.slow
def test_objects_that_have_been_changed() -> None:
    def make() -> World:
        progress, thing, told = Progress(), Thing(), io.StringIO()

        def f(x: Any) -> Any:
            progress.best += x
            progress.hidden += 1
            progress.history.append(f"{x:.2f}")
            thing.seen.append(1)
            print(progress, thing, x, sep="|", file=told)
            told.write(f"{progress} {progress!r:>40} {thing}")
            return x * x * progress.best

        return f, lambda: told.getvalue()

    check_world(make, [1.5, 0.5, 2.5])


def test_an_object_that_has_been_changed_is_not_shown_as_it_was() -> None:
    thing = Thing()

    def f(x: Any) -> Any:
        thing.seen.append(1)
        print([thing])
        return x * x

    with pytest.raises(UnsupportedError, match="changed"):
        grad(f)(1.0)


def test_a_queue_is_not_given_a_copy() -> None:
    waiting: queue.Queue[Any] = queue.Queue()
    kept: list[int] = []

    def f(x: Any) -> Any:
        kept.append(1)
        waiting.put(kept)
        return x * x

    with pytest.raises(UnsupportedError, match="`kept`"):
        grad(f)(1.0)


def test_a_list_given_as_an_argument_may_grow() -> None:
    def f(x: Any, history: list[Any]) -> Any:
        history.append(x)
        n = len(history)
        if history:
            n = n + history[-1]
        return x * x * n

    g = grad(f)
    given: list[Any] = []
    for n in range(1, 5):
        assert g(1.5, given) == pytest.approx(2 * 1.5 * n + 3 * 1.5**2)
    assert given == [1.5] * 4
    assert g.trace_count == 1


def test_lists_that_are_given_and_opened() -> None:
    shared: list[Any] = []

    def inner(values: list[Any], x: Any) -> list[Any]:
        values.append(x)
        return values

    def f(x: Any, items: list[Any], others: list[Any]) -> Any:
        items.append(x)
        others.append(2)
        shared.append(len(items))
        added = [inner(items, x * x) is items, len(others)]
        items += [3]
        told.append(f"{items} {others[-1]}")
        items[0] = 5.0
        return x * sum(items) * len(others) * len(shared) + sum(added)

    told: list[str] = []
    g = grad(f)

    def calls() -> list[tuple[float, Any, Any]]:
        one = [1.0, 2.0]
        return [
            (0.5, [], []),
            (1.5, one, one),
            (0.5, [1], shared),
            (1.5, shared, one),
            (1.0, [], []),
        ]

    def state(call: Any) -> Any:
        return [list(told), list(shared), list(call[1]), list(call[2])]

    for k in range(5):
        told.clear()
        shared.clear()
        call = calls()[k]
        g(*call)
        found = state(call)
        slope = []
        for h in (0.0, 1e-6, -1e-6):
            told.clear()
            shared.clear()
            x, items, others = call = calls()[k]
            slope.append(f(x + h, items, others))
            if h == 0.0:
                assert found == state(call)
        told.clear()
        shared.clear()
        assert g(*calls()[k]) == pytest.approx((slope[1] - slope[2]) / 2e-6, rel=1e-6)


def test_two_lists_that_grow_and_may_be_one() -> None:
    def f(x: Any, one: list[Any], other: list[Any]) -> Any:
        one.append(x)
        other.append(1)
        return x * x * len(one) * len(other)

    g = grad(f)
    same: list[Any] = []
    assert g(1.0, [], []) == 2.0
    assert g(1.0, same, same) == 8.0
    assert g(1.0, [], [1]) == 4.0
    assert same == [1.0, 1]
