"""Worlds: a function and a way to look at what it changes, made afresh for each comparison."""

from __future__ import annotations

import collections
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from symdiff import grad, value_and_grad

World = tuple[Callable[..., Any], Callable[[], Any]]


def snapshot(state: Any) -> Any:
    """A copy of what a world looks like, with types."""
    if isinstance(state, dict):
        return type(state), [(k, snapshot(v)) for k, v in dict.items(state)]
    if isinstance(state, list):
        return type(state), [snapshot(v) for v in list.__iter__(state)]
    if isinstance(state, tuple | collections.deque):
        return type(state), [snapshot(v) for v in state]
    if isinstance(state, np.ndarray):
        return state.dtype.str, state.shape, [pytest.approx(v) for v in state.ravel().tolist()]
    if isinstance(state, float):
        return float, pytest.approx(state)
    if isinstance(state, set):
        return set(state)
    return state


def after(make: Callable[[], World], inputs: Sequence[float], last: float) -> Any:
    """The value at `last` in a world that has lived through calls at `inputs`."""
    f, _ = make()
    for x in inputs:
        _outcome(f, x)
    return f(last)


def check_world(make: Callable[[], World], inputs: Sequence[float]) -> None:
    """Compare plain calls with gradient calls: effects, values, slopes and exceptions.

    The oracle of the slopes are central differences between further twins of the world.
    """
    for operator in (grad, value_and_grad, _twice):
        plain, look = make()
        f, other_look = make()
        g = operator(f)  # type: ignore[operator]
        for k, x in enumerate(inputs):
            expected, found = _outcome(plain, x), _outcome(g, x)
            assert snapshot(look()) == snapshot(other_look()), f"after call {k + 1}"
            if isinstance(expected, Exception):
                assert (type(found), str(found)) == (type(expected), str(expected))
                continue
            if isinstance(found, Exception):
                raise found
            before = inputs[:k]
            if operator is _twice:
                h = 1e-3
                up, middle, down = (after(make, before, x + h * d) for d in (1, 0, -1))
                assert found == pytest.approx((up - 2 * middle + down) / h**2, rel=1e-3, abs=1e-3)
                continue
            if operator is value_and_grad:
                value, found = found
                assert value == pytest.approx(expected, rel=1e-12)
            up, down = after(make, before, x + 1e-5), after(make, before, x - 1e-5)
            assert found == pytest.approx((up - down) / 2e-5, rel=1e-6, abs=1e-6), f"call {k + 1}"


def _twice(f: Callable[..., Any]) -> Callable[..., Any]:
    return grad(grad(f))


def _outcome(f: Callable[..., Any], x: float) -> Any:
    try:
        return f(x)
    except (ArithmeticError, LookupError, RuntimeError, ValueError) as error:
        if type(error).__module__.startswith("symdiff"):
            raise
        return error
