"""Ctrl-C anywhere in the gradient of a loop: it stays usable, and what lies outside whole."""

from __future__ import annotations

import gc
import math
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.safety.exclusive import TRACING

Made = tuple[Any, list[Callable[[], Any]], Callable[[], Any]]
"""A gradient, calls of it in turn, and what shows all that lies outside."""


def with_effects() -> Made:
    table, log, array = {"a": 1.0}, list[int](), np.zeros(3)

    def f(x: float, n: int) -> float:
        table["a"] += x
        log.append(n)
        s, k = x, 0
        while s < 50.0 and k < n:
            s = s * 1.1 + math.sin(s) * 0.1
            k += 1
            s = s + 0.01 * x if s > 3.0 else s + 0.02
        for i in range(n):
            for j in range(i):
                s = s * 0.9 + math.cos(s * j)
        array[1] += s
        return s * x

    g = sd.grad(f)
    calls = [lambda: g(0.7, 12), lambda: g(3.5, 15)]
    return g, calls, lambda: (dict(table), list(log), array.tolist())


def with_arrays() -> Made:
    def f(x: Any) -> Any:
        y, t = x.copy(), 0.0
        for i in range(1, len(x)):
            y[i] = y[i - 1] * x[i] + 0.1
            t = t - y[i] if y[i] > 0.9 else t + y[i]
        return t

    g = sd.grad(f)
    small, large = np.linspace(0.1, 0.5, 20), np.linspace(0.1, 3.0, 20)
    return g, [lambda: g(small), lambda: g(large)], lambda: (small.tolist(), large.tolist())


def with_checkpoints() -> Made:
    def f(x: float, n: int) -> float:
        for _ in range(n):
            x = math.sin(x) * x + 0.1
        return x

    g = sd.grad(f)
    return g, [lambda: g(0.7, 12), lambda: g(0.7, 90)], lambda: None


# What is raised in a finalizer Python itself ignores, and tells of.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

MAKERS = [with_effects, with_arrays, with_checkpoints]


@pytest.fixture(autouse=True)
def _little_memory() -> Iterator[None]:
    """So that some calls go on with checkpoints."""
    with sd.memory_limit(1000):
        yield


def state() -> Any:
    return np.geterr(), sys.getrecursionlimit(), gc.isenabled(), TRACING._is_owned()


@contextmanager
def interrupted_at(event: int) -> Iterator[list[int]]:
    """Raise KeyboardInterrupt at some line that symdiff executes, or the code that it has made."""
    count = [0]

    def trace(frame: Any, kind: str, arg: Any) -> Any:
        name = frame.f_code.co_filename
        if "symdiff" not in name and "<" not in name and name != __file__:
            return None
        if kind == "line" and sys.gettrace() is trace:
            count[0] += 1
            if count[0] == event:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield count
    finally:
        sys.settrace(before)


@contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """Raise KeyboardInterrupt after some time, wherever that is: in SymPy, in a compiled loop."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def check(make: Callable[[], Made], which: int, interrupt: Callable[[], Any]) -> bool:
    """Interrupt call number `which`; gives whether it was interrupted before its end."""
    _, twins, show = make()
    expected = [call() for call in twins[:which]]
    before = show()
    expected += [twins[which]()]
    after = show()
    expected += [call() for call in twins]
    _, calls, look = make()
    for call in calls[:which]:
        call()
    outside, settings = look(), state()
    assert outside == before
    interrupted = False
    try:
        with interrupt():
            calls[which]()
    except KeyboardInterrupt:
        interrupted = True
    assert state() == settings
    assert look() in (before, after)
    if look() == before:
        assert np.array_equal(calls[which](), expected[which])
        assert look() == after
    for call, wanted in zip(calls, expected[which + 1 :], strict=True):
        assert np.array_equal(call(), wanted)
    return interrupted


def lines_of(make: Callable[[], Made], which: int) -> int:
    _, calls, _ = make()
    for call in calls[:which]:
        call()
    with interrupted_at(-1) as count:
        calls[which]()
    return count[0]


@pytest.mark.parametrize("which", [0, 1, 2], ids=["first", "another way", "warm"])
@pytest.mark.parametrize("make", MAKERS, ids=lambda m: m.__name__)
def test_interrupted_at_any_line(make: Callable[[], Made], which: int) -> None:
    rng = random.Random(which)

    def ready() -> Made:  # a warm call is one that has been made before
        g, calls, look = make()
        return g, calls if which < 2 else [calls[0], calls[1], calls[1]], look

    lines = lines_of(ready, which)
    places = [rng.randint(1, lines) for _ in range(20 if which == 2 else 5)]
    found = [check(ready, which, lambda at=at: interrupted_at(at)) for at in places]
    assert any(found)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer on this system")
@pytest.mark.parametrize("make", MAKERS, ids=lambda m: m.__name__)
def test_interrupted_by_a_timer(make: Callable[[], Made]) -> None:
    assert threading.current_thread() is threading.main_thread()
    rng = random.Random(1)
    delays = [10 ** rng.uniform(-4, -1) for _ in range(12)]
    found = [check(make, k % 2, lambda t=t: interrupted_after(t)) for k, t in enumerate(delays)]
    assert any(found)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer on this system")
def test_interrupted_in_iterations() -> None:
    def f(x: float, n: int) -> float:
        for _ in range(n):
            x = math.sin(x) * x + 0.1
        return x

    g, settings = sd.grad(f), state()
    expected = sd.grad(f)(0.7, 100)
    for _ in range(2):  # while it traces, and in compiled code
        with pytest.raises(KeyboardInterrupt), interrupted_after(0.2):
            g(0.7, 10**7)
        assert state() == settings
        assert g(0.7, 100) == expected
