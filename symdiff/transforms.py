"""The operators: `grad`, `value_and_grad`, `vjp`, `jvp`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from .errors import UsageError

if TYPE_CHECKING:
    from .specialize.calls import Calls

from .building import Wrt
from .gradient import Gradient

R = TypeVar("R")
P = ParamSpec("P")


@overload
def grad(f: Callable[P, Any], wrt: Wrt = 0) -> Gradient[P]: ...
@overload
def grad(f: None = None, wrt: Wrt = 0) -> Callable[[Callable[P, Any]], Gradient[P]]: ...
def grad(f: Any = None, wrt: Wrt = 0) -> Any:
    """The gradient of a function that returns one number; a decorator, too.

    Args:
        f: a Python function of numbers and NumPy arrays.
        wrt: what to differentiate with respect to: a position, a name, a tuple of them (results
            in that order), or `"all"`.

    Returns:
        A `Gradient`, called like `f`: a float for a float, an array of the argument's shape and
        dtype for an array, a tuple for several.

    Raises:
        UsageError: `wrt` names no parameter.

    >>> import math
    >>> g = grad(lambda x: x**3 - 2*x + math.sin(x))
    >>> g(0.0)
    -1.0
    """
    if f is None:
        return functools.partial(grad, wrt=wrt)
    if not callable(f):
        raise UsageError(
            f"grad(...) takes a function, not {f!r}", remedy="write @grad or @grad(wrt=...)"
        )
    return Gradient(f, wrt, False)


@overload
def value_and_grad(f: Callable[P, Any], wrt: Wrt = 0) -> Gradient[P]: ...
@overload
def value_and_grad(f: None = None, wrt: Wrt = 0) -> Callable[[Callable[P, Any]], Gradient[P]]: ...
def value_and_grad(f: Any = None, wrt: Wrt = 0) -> Any:
    """A function's value and its gradient, computed together; see `grad`.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """
    if f is None:
        return functools.partial(value_and_grad, wrt=wrt)
    if not callable(f):
        raise UsageError(f"value_and_grad(...) takes a function, not {f!r}")
    return Gradient(f, wrt, True)


def vjp(f: Callable[..., R], *primals: Any) -> tuple[R, Callable[[Any], tuple[Any, ...]]]:
    """The value of a function, and its pullback: from a cotangent to those of the arguments.

    Args:
        f: a function of numbers and arrays, with a result of any shape, or a tuple of results.
        primals: the arguments.

    Returns:
        `(f(*primals), pullback)`; `pullback(ct)` gives a tuple, one cotangent a primal.

    >>> import numpy as np
    >>> y, pullback = vjp(lambda x: x * x, np.arange(3.0))
    >>> pullback(np.ones(3))
    (array([0., 2., 4.]),)
    """
    gradient: Gradient[...] = Gradient(f, tuple(range(len(primals))), False)
    return gradient._pullback(gradient._bind(primals, {}))


def jvp(f: Callable[..., R], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[R, Any]:
    """The value of a function, and how it moves when its arguments move: forward mode.

    Args:
        f: a function of numbers and arrays, with a result of any shape, or a tuple of results.
        primals: the arguments.
        tangents: how each argument moves, of its shape.

    Returns:
        `(f(*primals), tangent)`; the tangent has the shape of the result.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    gradient: Gradient[...] = Gradient(f, tuple(range(len(primals))), False)
    return gradient._pushed(gradient._bind(primals, {}), tangents)


def _traced_vjp(calls: Calls, f: Any, *primals: Any) -> Any:
    from .nested import vjp_in_trace

    return vjp_in_trace(Gradient(f, tuple(range(len(primals))), False), calls, primals)


def _traced_jvp(calls: Calls, f: Any, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    from .nested import jvp_in_trace

    gradient: Gradient[...] = Gradient(f, tuple(range(len(primals))), False)
    return jvp_in_trace(gradient, calls, primals, tangents)


vjp.__symdiff_traced__ = _traced_vjp  # type: ignore[attr-defined]
jvp.__symdiff_traced__ = _traced_jvp  # type: ignore[attr-defined]

__all__ = ["Gradient", "grad", "jvp", "value_and_grad", "vjp"]
