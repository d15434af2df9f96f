"""Managers, generators and iterators that act."""

from __future__ import annotations

import contextlib
import itertools
import math
from typing import Any

from ..worlds import World
from ._world import world


@world
def generator_from_outside() -> World:
    numbers = (k * 1.0 for k in range(100))

    def f(x):
        return next(numbers) * x

    return f, lambda: None


@world
def iterator_consumed_in_a_loop() -> World:
    count = itertools.count(1)

    def f(x):
        total = 0.0
        for k in count:
            total += k * x
            if total > 4.1 or k % 3 == 0:
                break
        return total

    return f, lambda: repr(count)


@world
def iterator_that_ends() -> World:
    numbers = iter([1.0, 2.0, 3.0, 4.0])

    def f(x):
        return next(numbers, 10.0) * x + sum(numbers)

    return f, lambda: list(itertools.islice(numbers, 0))


@world
def own_context_manager() -> World:
    log: list[Any] = []

    class Timer:
        entered = 0

        def __enter__(self):
            Timer.entered += 1
            log.append("enter")
            return self

        def __exit__(self, *error):
            log.append("exit")
            return False

    timer = Timer()

    def f(x):
        with timer as t, Timer():
            y = x * t.entered
        return y

    return f, lambda: (log, Timer.entered)


@world
def generator_context_manager() -> World:
    log: list[Any] = []

    @contextlib.contextmanager
    def logged(name):
        log.append(name)
        try:
            yield len(log)
        finally:
            log.append("end")

    def f(x):
        with logged("a") as n, logged("b"):
            return x * n

    return f, lambda: log


@world
def swallowing_context_manager() -> World:
    log: list[Any] = []

    class Swallow:
        def __enter__(self):
            return self

        def __exit__(self, kind, error, trace):
            log.append(kind.__name__ if kind else "none")
            return kind is ValueError

    def f(x):
        y = x
        with Swallow():
            y = y * math.sqrt(x)
            y = y + 1
        return y * 3

    return f, lambda: log


@world
def suppressed() -> World:
    log: list[Any] = []

    def f(x):
        y = x * 2
        with contextlib.suppress(ValueError):
            y = math.log(x) * x
            log.append("logged")
        return y

    return f, lambda: log


@world
def generators_with_effects() -> World:
    log: list[Any] = []

    def terms(x):
        try:
            for k in range(3):
                log.append(k)
                yield x**k
        finally:
            log.append("closed")

    def f(x):
        total = 0.0
        for t in terms(x):
            total += t
            if total > 4:
                break
        return total + sum(terms(x)) * x

    return f, lambda: log


@world
def map_and_comprehensions() -> World:
    log: list[Any] = []

    def note(v):
        log.append(v)
        return v * v

    def f(x):
        values = [note(v) for v in (x, 2.0)] + list(map(note, [x * 2]))
        return sum(values) + max([x, 1.25], key=note)

    return f, lambda: log
