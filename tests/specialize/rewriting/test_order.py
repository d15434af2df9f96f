"""A gradient call evaluates all that Python does, in its order, and no sooner."""

from __future__ import annotations

import functools
import io
import itertools
import linecache
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import grad

from . import random_orders
from .random_orders import LOG, Noisy

pytestmark = pytest.mark.sampled(every=23)

NAMES = ("Noisy", "Louder", "Quiet", "Steps", "steps", "t", "decorate", "anything", "LOG")


def made(source: str, name: str) -> Callable[..., Any]:
    """A function from its source, which can be read again as if it stood in a file."""
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space: dict[str, Any] = {n: getattr(random_orders, n) for n in NAMES}
    space |= {"np": np, "functools": functools, "itertools": itertools, "SINK": io.StringIO()}
    exec(compile(source, name, "exec", dont_inherit=True), space)
    return space["f"]  # type: ignore[no-any-return]


def logged(f: Any, call: Any, x: float) -> tuple[Any, list[Any]]:
    """What a call gives or raises, and the log that it leaves."""
    f.__globals__["BOX"] = Noisy(0.61)  # no value that the inputs give: a program could keep one
    LOG.clear()
    try:
        result = call(x)
    except Exception as error:
        result = type(error)
    return result, list(LOG)


def counted(log: list[Any]) -> list[Any]:
    """A log, in which CPython from 3.12 on notes twice that a nested `and` is asked for its truth.

    It asks `(a and b) and c` for the truth of `b` again, which the language leaves open.
    """
    return log if sys.version_info < (3, 12) else [entry for entry in log if entry != "bool"]


@pytest.mark.parametrize("seed", range(90))
def test_everything_is_evaluated_in_order(seed: int) -> None:
    source = random_orders.program(seed)
    f = made(source, f"<order {seed}>")
    g = grad(f)
    for x in (0.9, 0.4, 0.9):
        value, log = logged(f, f, x)
        found, left = logged(f, lambda x: g.value_and_grad(x)[0], x)
        assert counted(left) == counted(log), source
        if isinstance(value, type) or isinstance(found, type):
            assert found is value, source
        else:
            np.testing.assert_allclose(found, value, rtol=1e-12, err_msg=source)


# --- iterators: what is written meanwhile is seen -----------------------------------------------


def square(v):
    return v * v


def each(x):
    y = x * 1.0
    s = 0.0
    for v in y:
        s += v * v
        y[2] *= 1.5 + v
    return s


def enumerated(x):
    y = x * 1.0
    s = 0.0
    for k, v in enumerate(y):
        s += v
        if k + 1 < len(y):
            y[k + 1] *= 2
    return s


def zipped(x):
    y = x * 1.0
    s = 0.0
    for a, b in zip(y, y[::-1], strict=True):
        s += a * b
        y[1:] += a
    return s


def zipped_with_itself(x):
    y = iter(x * 2.0)
    return sum(a * b for a, b in zip(y, y, strict=False))


def backwards(x):
    y = x * 1.0
    s = 0.0
    for v in reversed(y):
        s += v * v
        y[0] += v
    return s


def mapped(x):
    y = x * 1.0
    squares = map(square, y)
    first = next(squares)
    y[1] = first
    return sum(squares)


def filtered(x):
    y = x * 1.0
    positive = filter(lambda v: v > 0, y)
    first = next(positive)
    y[2] = first * 3
    return sum(positive) + first


def generated(x):
    y = x * 1.0
    squares = (v * v for v in y)
    y[0] = 3 * y[1]
    s = next(squares)
    y[2] = s
    return s + sum(squares)


def stepped(x):
    y = x * 1.0
    steps = iter(y)
    s = next(steps)
    y[1] *= s
    return s * next(steps) + next(steps, 0.0)


def rows(x):
    y = np.outer(x, x)
    s = 0.0
    for row in y:
        s += row.sum()
        y[2] += row
        row *= 3.0
    return s + y.sum()


def columns(x):
    y = np.outer(x, x)
    s = 0.0
    for k, column in enumerate(y.T):
        s += column @ x
        y[:, (k + 1) % 3] *= 1.0 + x[k]
    return s


def places(x):
    y = x * 1.0
    s = 0.0
    for (k,), v in np.ndenumerate(y):
        s += v * v
        y[(k + 1) % 3] += v
    return s


def pieces(x):
    y = x * 1.0
    s = 0.0
    for v in np.nditer(y):
        s += float(v) ** 2
        y[2] += 1.5 * float(v)
    return s


def flat(x):
    y = np.outer(x, x)
    s = 0.0
    for k, v in enumerate(y.flat):
        s += v * v
        y[2, k % 3] += v
    return s


def chained(x):
    y = x * 1.0
    s = 0.0
    for v in itertools.chain(y, y[:2]):
        s += v * v
        y[0] += 0.5 * v
    return s


def accumulated(x):
    y = x * 1.0
    s = 0.0
    for total in itertools.accumulate(y, lambda a, b: a * b):
        s += total
        y[2] += total
    return s


def sliced(x):
    y = x * 1.0
    s = 0.0
    for v in itertools.islice(y, 1, None):
        s += v * v
        y[2] += v
    return s


def paired(x):
    y = x * 1.0
    s = 0.0
    for a, b in itertools.pairwise(y):
        s += a * b
        y[2] += a
    return s


def dropped(x):
    y = x * 1.0
    s = 0.0
    for v in itertools.dropwhile(lambda v: v < 0.8, y):
        s += v * v
        y[2] += v
    return s


def of_values(x):
    d = {"a": x[0], "b": x[1], "c": x[2]}
    s = 0.0
    for key, v in d.items():
        s += v * v
        d["c"] = d["c"] + v
        d[key] = 0.0
    return s + sum(d.values())


def of_a_view_made_before(x):
    d = {"a": x[0]}
    values = d.values()
    d["b"] = x[1] * x[2]
    return sum(v * v for v in values)


def of_a_growing_list(x):
    values = [x[0]]
    s = 0.0
    for v in values:
        s += v * v
        if len(values) < 6:
            values.append(v * x[1])
    return s


def of_a_generator_function(x):
    y = x * 1.0

    def running():
        for v in y:
            yield v * x[2]

    s = 0.0
    for v in running():
        s += v
        y[2] += v
    return s


def of_an_own_iterator(x):
    class Every:
        def __init__(self, values):
            self.values, self.at = values, 0

        def __iter__(self):
            return self

        def __next__(self):
            self.at += 1
            if self.at > len(self.values):
                raise StopIteration
            return self.values[self.at - 1]

    y = x * 1.0
    s = 0.0
    for v in Every(y):
        s += v * v
        y[2] += v
    return s


def in_a_test(x):
    y = x * 1.0

    def seen():
        for v in y:
            y[1] += v
            yield v

    found = any(v > 1.0 for v in seen())
    return y.sum() ** 2 if found else x[0]


def written_through_a_view(x):
    y = x * 1.0
    tail = y[1:]
    s = 0.0
    for v in y:
        s += v * v
        tail *= 1.0 + v
    return s


LAZY = [
    *(each, enumerated, zipped, zipped_with_itself, backwards, mapped, filtered, generated),
    *(stepped, rows, columns, places, pieces, flat, chained, accumulated, sliced, paired, dropped),
    *(of_values, of_a_view_made_before, of_a_growing_list, of_a_generator_function),
    *(of_an_own_iterator, in_a_test, written_through_a_view),
]


def slopes(f: Any, x: np.ndarray) -> np.ndarray:
    """The gradient by differences of four points, exact for polynomials up to degree four."""
    h = 1e-3
    found = np.zeros_like(x)
    for k in range(len(x)):
        e = np.eye(len(x))[k] * h
        near, far = f(x + e) - f(x - e), f(x + 2 * e) - f(x - 2 * e)
        found[k] = (8 * near - far) / (12 * h)
    return found


@pytest.mark.parametrize("f", LAZY, ids=lambda f: f.__name__)
def test_what_is_written_meanwhile_is_seen(f: Any) -> None:
    g = grad(f)
    for x in (np.array([0.7, 1.1, 0.4]), np.array([1.2, 0.3, 0.9])):
        value, found = g.value_and_grad(x)
        assert value == pytest.approx(f(x), rel=1e-14)
        np.testing.assert_allclose(found, slopes(f, x), rtol=1e-8)


def test_the_argument_itself_may_be_written_to_meanwhile() -> None:
    def f(y, x):
        s = 0.0
        for k, v in enumerate(y):
            s += v * x
            y[(k + 1) % 3] += v * x
        return s

    g = grad(f, "x")
    ours, theirs = np.array([0.7, 1.1, 0.4]), np.array([0.7, 1.1, 0.4])
    value, slope = g.value_and_grad(ours, 0.6)
    assert value == pytest.approx(f(theirs, 0.6), rel=1e-14)
    np.testing.assert_allclose(ours, theirs, rtol=1e-14)
    start = np.array([0.7, 1.1, 0.4])
    plain = (f(start.copy(), 0.6 + 1e-6) - f(start.copy(), 0.6 - 1e-6)) / 2e-6
    assert slope == pytest.approx(plain, rel=1e-7)


def test_unpacking_goes_no_further_than_python_does() -> None:
    def f(x):
        try:
            a, b = (x * k for k in itertools.count())
        except ValueError:
            return x * x
        return a + b

    assert grad(f)(3.0) == 6.0


def test_an_early_end_reads_no_more() -> None:
    def f(x):
        s = 0.0
        for k, v in enumerate(x):
            s += v * v
            if k == 1:
                break
        return s

    x = np.arange(1.0, 50_001.0)
    found = grad(f)(x)
    assert found[:3].tolist() == [2.0, 4.0, 0.0]
    assert not found[2:].any()
