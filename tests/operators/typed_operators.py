"""Every operator as a user writes it, for `mypy --strict`; see test_typing.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdiff import (
    Gradient,
    Variable,
    derivative,
    detach,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    stop_gradient,
    value_and_grad,
    vjp,
)

Vector = NDArray[np.float64]


def f(x: Vector, scale: float = 1.0) -> float:
    return float(np.sum(x * x)) * scale


def g(x: float, y: float) -> float:
    return detach(x) * y + stop_gradient(y) * x


@grad
def slope(x: float) -> float:
    return x * x


@value_and_grad(wrt="b", has_aux=True)
def both(a: float, b: float) -> tuple[float, dict[str, float]]:
    return a * b, {"a": a}


@jacobian(wrt=(0, 1), mode="reverse")
def matrix(x: Vector, y: Vector) -> Vector:
    return x * y


@derivative(n=2)
def bend(t: float) -> float:
    return t**3


x = np.ones(3)
made: Gradient[...] = grad(f)
grad(f)(x, scale=2.0)
grad(f, wrt=("x", "scale"))(x)
grad(g, wrt="all")(1.0, 2.0)
grad(f).backward(Variable(x))
value_and_grad(f, 0)(x)
jacobian(f, wrt=0, mode="forward", stack=True)(x)
jacfwd(f)(x)
jacrev(f, "x")(x)
hessian(f)(x)
hvp(f)(x, x)
hvp(f, wrt="x")(x, v=x)
elementwise_grad(f, has_aux=False)(x)
derivative(g, wrt="y", n=3)(1.0, 2.0)
value, pullback = vjp(f, x)
value, tangent = jvp(f, (x,), (x,))
value, push = linearize(f, x)
jacobian(grad(f))(x)
hessian(lambda t: t * t)(1.0)
slope(2.0)
both(1.0, 2.0)
matrix(x, x)
bend(1.0)
apply: Callable[[Vector], Any] = grad(f)
