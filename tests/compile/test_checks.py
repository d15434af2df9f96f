"""What compiled code checks as it runs: each check in turn is the only one that sees a change."""

from __future__ import annotations

import builtins
import math
import threading
from typing import Any

import numpy as np
import pytest

from symdiff import grad, value_and_grad
from symdiff.errors import UnsupportedError
from symdiff.operators import dispatch

TABLE: Any = {}
KIND: Any = None
FOUND: Any = []

SPACE: dict[str, Any] = {"FOUND": FOUND}
exec("def found(): return FOUND[-1]", SPACE)  # without source: it is called at every call
found = SPACE["found"]


def check(function: Any, states: list[Any], change: Any, x: Any = 1.5) -> Any:
    """Values and slopes follow the states of the outside, forwards and backwards."""
    g = value_and_grad(function)
    for state in (*states, *reversed(states), *states):
        change(state)
        step = 1e-4
        slope = (function(x + step) - function(x - step)) / (2 * step)
        value, derivative = g(x)
        assert value == function(x)
        assert derivative == pytest.approx(slope, rel=1e-6)
    assert g.trace_count <= len(states)
    return g


def put(name: str) -> Any:
    return lambda value: globals().__setitem__(name, value)


# -- containers, functions and classes


def test_the_order_of_names() -> None:
    def f(x):
        for name, value in TABLE.items():
            x = x * value + len(name)
        return x

    states = [{"a": 2.0, "bc": 5.0}, {"bc": 5.0, "a": 2.0}, {"a": 2.0}, {}]
    check(f, states, put("TABLE"))


class Alike(type):
    """A class of classes that all claim to be equal."""

    def __eq__(cls, other: object) -> bool:
        return True

    def __hash__(cls) -> int:
        return 1


class Twice(metaclass=Alike):
    factor = 2.0


class Thrice(metaclass=Alike):
    factor = 3.0


@pytest.mark.slow
def test_classes_that_claim_to_be_equal() -> None:
    check(lambda x: x * KIND.factor, [Twice, Thrice], put("KIND"))


def test_a_global_that_hides_a_builtin() -> None:
    def f(x):
        return x * len((1, 2))

    space = f.__globals__
    g = value_and_grad(f)
    try:
        for _ in range(2):
            assert g(1.5) == (3.0, 2.0)
            space["len"] = lambda values: 5
            assert g(1.5) == (7.5, 5.0)
            del space["len"]
    finally:
        space.pop("len", None)


def test_a_builtin_that_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtins, "scaled", lambda x: 2 * x, raising=False)
    g = grad(lambda x: scaled(x) * x)  # type: ignore[name-defined]  # noqa: F821
    for _ in range(2):
        for factor in (2, 5):
            monkeypatch.setattr(builtins, "scaled", lambda x, factor=factor: factor * x)
            assert g(1.5) == 2 * factor * 1.5


def test_a_builtin_of_pythons_that_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    g, own = grad(lambda x: x * divmod(7, 2)[0]), divmod
    for _ in range(2):
        assert g(1.5) == 3.0
        monkeypatch.setattr(builtins, "divmod", lambda a, b: (a + 3, b))
        assert g(1.5) == 10.0
        monkeypatch.setattr(builtins, "divmod", own)


class Held:
    """What may have an attribute."""


def test_attributes_and_keys_that_come_and_go() -> None:
    held, table = Held(), {"a": 2.0}

    def f(x):
        x = x * (3 if hasattr(held, "extra") else 2)
        return x * (7 if "b" in table else 5)

    g = grad(f)
    for _ in range(2):
        assert g(1.0) == 10.0
        held.extra = 1  # type: ignore[attr-defined]
        assert g(1.0) == 15.0
        table["b"] = 1.0
        assert g(1.0) == 21.0
        del held.extra  # type: ignore[attr-defined]
        assert g(1.0) == 14.0
        del table["b"]


def test_objects_that_are_one_and_objects_that_are_two() -> None:
    def f(x, a, b):
        a.append(x)
        return x * len(b) * (2 if a is b else 3)

    def h(x, a, b):
        a["k"] = 2 * x
        return b["k"] * x

    g, k = grad(f), grad(h)
    for _ in range(2):
        one: list[Any] = []
        assert g(1.0, one, one) == 2.0
        assert (g(1.0, [], [1.0, 2.0]), g(1.0, [], [])) == (6.0, 0.0)
        both = {"k": 5.0}
        assert k(1.0, both, both) == 4.0
        assert k(1.0, {"k": 1.0}, {"k": 5.0}) == 5.0


def test_none_and_flags_are_not_what_is_equal_to_them() -> None:
    class Any_:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    def f(x):
        return x * (2 if KIND is None else 3 if KIND is True else 5)

    check(f, [None, True, 1, Any_(), False], put("KIND"))


def test_what_a_call_gives_is_looked_at_again() -> None:
    def f(x):
        for value in found():
            x = x * value
        return x

    states = [[2.0], [2.0, 3.0], (2.0,), [], [[2.0]][0]]
    check(f, states, FOUND.append)


def test_a_call_that_raises_and_one_that_does_not() -> None:
    def f(x, y):
        try:
            return math.sqrt(y) * x
        except ValueError:
            return x * x

    g = grad(f)
    for y in (4.0, -1.0, 9.0, -4.0, 4.0):
        assert g(3.0, y) == (math.sqrt(y) if y >= 0 else 6.0)
    assert g.trace_count <= 3
    g = grad(f)
    for y in (-1.0, 4.0, -4.0, 9.0):
        assert g(3.0, y) == (math.sqrt(y) if y >= 0 else 6.0)


# -- arrays


class Marked(np.ndarray):
    """An array with a product of its own."""

    def __mul__(self, other: Any) -> Any:
        return np.asarray(self) * np.asarray(other) * 100


def test_another_class_of_array_is_not_taken_for_one() -> None:
    g = grad(lambda x: np.sum(x * x))
    x = np.array([1.0, 2.0])
    for _ in range(2):
        np.testing.assert_array_equal(g(x), [2.0, 4.0])
        with pytest.raises(UnsupportedError):
            g(x.view(Marked))
        with pytest.raises(UnsupportedError):
            g(np.ma.masked_array(x, [True, False]))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(x[x > 0] ** 2),
        lambda x: np.sum(x[np.nonzero(x > 0)] ** 2),
        lambda x: np.sum(np.unique(x) ** 2) * (len(np.unique(x)) == 3),
        lambda x: sum(v**2 for v in x[np.flatnonzero(x > 0)]),
    ],
)
def test_masks_that_the_values_decide(function: Any) -> None:
    g = value_and_grad(function)
    points = [[1.0, 2.0, 3.0], [1.0, -2.0, 3.0], [-1.0, 2.0, 3.0], [-1.0, -2.0, -3.0]]
    for point in (*points, *reversed(points)):
        x = np.array(point)
        value, slope = g(x)
        assert value == function(x)
        steps = [(function(x + e) - function(x - e)) / 2e-4 for e in np.eye(3) * 1e-4]
        np.testing.assert_allclose(slope, steps, rtol=1e-6, atol=1e-8)


def test_an_array_that_may_not_be_written_to() -> None:
    def f(x, y):
        y[0] = x[0] * 2
        return np.sum(x * y)

    g = grad(f)
    open_, closed = np.ones(2), np.ones(2)
    closed.flags.writeable = False
    x = np.array([1.0, 3.0])
    for _ in range(2):
        np.testing.assert_array_equal(g(x, open_), [4.0, 1.0])
        with pytest.raises(ValueError, match="read-only"):
            g(x, closed)
        np.testing.assert_array_equal(closed, 1.0)


def test_an_array_that_may_be_written_to_after_one_that_may_not() -> None:
    def f(x, y):
        try:
            y[0] = 2 * x
        except ValueError:
            return x**3
        return x * y[0]

    g = grad(f)
    open_, closed = np.ones(2), np.ones(2)
    closed.flags.writeable = False
    for y, slope in ((closed, 27.0), (open_, 12.0), (closed, 27.0), (open_, 12.0)):
        assert g(3.0, y) == slope


def test_arrays_that_overlap_in_other_ways() -> None:
    def f(x, y, z):
        y[0] = x
        return np.sum(y * z) * x

    memory = np.arange(1.0, 7.0)
    g = value_and_grad(f)
    views = [
        (memory[:3], memory[3:]),
        (memory[:3], memory[:3]),
        (memory[1:4], memory[:3]),
        (memory[:3], memory[2::-1]),
        (memory[::2], memory[:3]),
    ]
    for y, z in (*views, *reversed(views)):
        memory[:] = np.arange(1.0, 7.0)
        expected = f(0.5, y, z)
        after = memory.copy()
        memory[:] = np.arange(1.0, 7.0)
        value, _ = g(0.5, y, z)
        assert value == expected
        np.testing.assert_array_equal(memory, after)


# -- locks: whoever waits for a trace holds none


class Waiting:
    """Runs a call in a thread while this one keeps others from tracing."""

    def __init__(self, lock: Any) -> None:
        self.lock = lock
        self.entered = threading.Event()

    def run(self, call: Any) -> Any:
        from symdiff.safety.exclusive import TRACING

        result: list[Any] = []
        thread = threading.Thread(target=lambda: result.append(call()), daemon=True)
        self.entered.clear()
        with TRACING:
            thread.start()
            assert self.entered.wait(20)
            free = False
            for _ in range(200):  # the call comes to where it waits, and holds the lock until then
                if thread.is_alive() and self.lock.acquire(timeout=0.05):
                    self.lock.release()
                    free = True
                    if self.settled(thread):
                        break
            assert free, "the lock is held while another trace is waited for"
        thread.join(20)
        assert result
        assert self.lock.acquire(timeout=5)
        self.lock.release()
        return result[0]

    def settled(self, thread: threading.Thread) -> bool:
        """Whether the lock stays free: nobody takes it again."""
        for _ in range(4):
            if not self.lock.acquire(timeout=0.05):
                return False
            self.lock.release()
            thread.join(0.01)
        return True


LOCK = threading.Lock()
STATE: dict[str, Any] = {"n": 0.0}
WAITING = Waiting(LOCK)


def enter(x: Any) -> None:
    WAITING.entered.set()


def locked(x):
    with LOCK:
        enter(0)
        STATE["n"] += 1.0
        if x > 1:
            return x * x
        return 3 * x


def locked_quotient(x, y):
    with LOCK:
        enter(0)
        STATE["n"] += 1.0
        return np.float64(1.0) / y * x


def test_no_lock_is_held_while_a_new_path_waits_to_be_traced() -> None:
    g = grad(locked)
    assert g(2.0) == 4.0
    assert WAITING.run(lambda: g(0.5)) == 3.0


def test_no_lock_is_held_while_a_known_path_waits_to_be_compiled() -> None:
    g = grad(locked)
    assert (g(0.5), g(2.0), g.value(2.0)) == (3.0, 4.0, 4.0)
    assert WAITING.run(lambda: g.value(0.5)) == 1.5


def test_no_lock_is_held_while_the_careful_way_waits_to_be_compiled() -> None:
    g = grad(locked_quotient)
    assert g(2.0, 4.0) == 0.25
    with np.errstate(all="ignore"):
        assert WAITING.run(lambda: g(2.0, 0.0)) == math.inf
    assert g(2.0, 4.0) == 0.25


def test_whoever_traces_or_compiles_holds_no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = dispatch.exclusively
    seen: list[bool] = []

    def watched(*args: Any, **kwargs: Any) -> Any:
        seen.append(LOCK.locked())
        return waits(*args, **kwargs)

    monkeypatch.setattr(dispatch, "exclusively", watched)
    for g in (grad(locked), value_and_grad(locked)):
        for x in (2.0, 0.5, 3.0):
            g(x)
            g.value(x)
    for g in (grad(locked_quotient), value_and_grad(locked_quotient)):
        with np.errstate(all="ignore"):
            for y in (0.0, 4.0, 0.0):
                g.value(2.0, y)
                g(2.0, y)
    assert len(seen) > 12
    assert not any(seen)


PROBED: list[bool] = []
SPACE.update(PROBED=PROBED, LOCK=LOCK)
exec("def probe(): PROBED.append(LOCK.locked())", SPACE)
probe = SPACE["probe"]


def test_a_lock_under_which_nothing_changes_is_left_where_the_function_leaves_it() -> None:
    def f(x):
        with LOCK:
            n = STATE["n"]
            probe()
        probe()
        with LOCK:
            y = x * x + 0 * n
        probe()
        return y

    g = grad(f)
    for x in (2.0, 3.0, 4.0):
        PROBED.clear()
        assert g(x) == 2 * x
        assert PROBED == [True, False, False]


def test_a_lock_is_free_after_any_end_of_a_call() -> None:
    def f(x):
        with LOCK:
            STATE["n"] += 1.0
            if x > 5:
                raise KeyError("too large")
            return math.log(x)

    g = grad(f)
    for x, expected in ((2.0, 0.5), (6.0, KeyError), (-1.0, ValueError), (4.0, 0.25)):
        before = STATE["n"]
        if isinstance(expected, float):
            assert g(x) == expected
        else:
            with pytest.raises(expected):
                g(x)
        assert STATE["n"] == before + 1.0
        assert LOCK.acquire(blocking=False)
        LOCK.release()
