"""The checker that users call, against derivatives made right and wrong by hand."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import symdiff.testing.functions
from symdiff.testing import check_grads


def f(x: Any, y: Any) -> Any:
    return np.sum(x**3) * y


def g(x: Any, n: int) -> Any:
    return np.sin(x) * n


def _install(monkeypatch: pytest.MonkeyPatch, **functions: Any) -> None:
    module = ModuleType("symdiff.operators.transforms")
    for name, function in functions.items():
        setattr(module, name, function)
    monkeypatch.setattr(symdiff.testing.functions, "transforms", module)


def _vjp_of_f(factor: float) -> Any:
    def vjp(function: Any, x: Any, y: Any) -> Any:
        return function(x, y), lambda ct: (factor * ct * 3 * x**2 * y, ct * np.sum(x**3))

    return vjp


POINT = (np.array([0.5, -1.5]), 2.0)


def test_a_right_gradient_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, vjp=_vjp_of_f(1.0))
    check_grads(f, POINT, order=1)


def test_a_wrong_gradient_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, vjp=_vjp_of_f(1.001))
    with pytest.raises(AssertionError, match="f: reverse mode, argument 0"):
        check_grads(f, POINT, order=1)


def test_forward_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    for factor in (1.0, -1.0):

        def jvp(function: Any, args: Any, tangents: Any, factor: float = factor) -> Any:
            (x,) = args
            return function(x), factor * np.cos(x) * 3 * tangents[0]

        _install(monkeypatch, jvp=jvp)
        if factor == 1.0:
            check_grads(g, (np.array([0.1, 0.9]), 3), modes=("fwd",))
        else:
            with pytest.raises(AssertionError, match="forward mode"):
                check_grads(g, (np.array([0.1, 0.9]), 3), modes=("fwd",))


def test_nothing_to_move(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch)
    with pytest.raises(AssertionError, match="no argument"):
        check_grads(g, (1, 2))


def test_second_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def cube(x: Any) -> Any:
        return x**3

    def vjp(function: Any, x: Any) -> Any:
        return function(x), lambda ct: (ct * 3 * x**2,)

    for factor in (1.0, 0.99):

        def grad(function: Any, factor: float = factor) -> Any:
            return lambda s: factor * (function(s + 1e-3) - function(s - 1e-3)) / 2e-3

        _install(monkeypatch, vjp=vjp, grad=grad)
        if factor == 1.0:
            check_grads(cube, (1.3,))
        else:
            with pytest.raises(AssertionError, match="second order"):
                check_grads(cube, (1.3,))


def test_the_real_transforms() -> None:
    def h(x: Any, y: Any) -> Any:
        return np.sum(np.tanh(x) * y) + np.sin(y)

    check_grads(h, (np.array([0.3, -1.2]), 0.7))


def test_arguments_that_do_not_move_are_left_alone() -> None:
    def h(x: Any, n: int, how: str) -> Any:
        return np.sin(x) * n if how == "sin" else np.cos(x) * n

    for how in ("sin", "cos"):
        check_grads(h, (np.array([0.3, -1.2]), 3, how), modes=("rev", "fwd"))
