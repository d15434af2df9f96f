"""The operators: `grad`, `jacobian`, `hessian`, `jvp`, `vjp` and the others."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, overload

from ..errors import UsageError
from .later import (
    ClassOperator,
    Derivative,
    ElementwiseGrad,
    Gradient,
    Hessian,
    Hvp,
    Jacobian,
    Later,
    Linearized,
    Pullback,
    Pushforward,
    sparse_hessian,
    sparse_jacobian,
    tangents_like,
)

if TYPE_CHECKING:
    from .matrices import Mode
    from .places import Wrt
    from .sparse import SparseDerivative
    from .targets import Target

R = TypeVar("R")
P = ParamSpec("P")


def _operator(make: Callable[..., Any], name: str, f: Any, **options: Any) -> Any:
    """What a function of a function and decorator returns: the object, or a decorator for it."""
    if f is None:
        return lambda function: _operator(make, name, function, **options)
    if isinstance(f, classmethod) and isinstance(f.__func__, FunctionType):
        return ClassOperator(make(f.__func__, **options))
    if isinstance(f, staticmethod):
        return staticmethod(_operator(make, name, f.__func__, **options))
    if not callable(f):
        raise UsageError(
            f"{name}(...) takes a function, not {f!r}",
            remedy=f"write @{name} or @{name}(wrt=...)",
        )
    return make(f, **options)


@overload
def grad(
    f: Callable[P, Any], wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Gradient[P]: ...
@overload
def grad(
    f: None = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Callable[[Callable[P, Any]], Gradient[P]]: ...
def grad(f: Any = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python") -> Any:
    """The gradient of a function that returns one number; a decorator, too.

    Args:
        f: a Python function of numbers, NumPy arrays, and containers of them.
        wrt: what to differentiate with respect to: a position, a name, a path into a container
            (`"params.w"`, `"params[0]"`), a tuple of them (results in that order), or `"all"`.
        has_aux: the function returns `(number, anything)`; the result is `(gradient, anything)`.
        target: what is compiled: `"python"`, native code with the system's C compiler (`"c"`) or
            with numba (`"numba"`), or Python or C (`"auto"`): see docs/native.md.

    Returns:
        A `Gradient`, called like `f`: a float for a float, an array of the argument's shape and
        dtype for an array, a container like it for a container, a tuple for several.

    Raises:
        UsageError: `wrt` names no parameter.

    >>> import math
    >>> g = grad(lambda x: x**3 - 2*x + math.sin(x))
    >>> g(0.0)
    -1.0
    """
    return _operator(Gradient, "grad", f, wrt=wrt, has_aux=has_aux, target=target)


@overload
def value_and_grad(
    f: Callable[P, Any], wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Gradient[P]: ...
@overload
def value_and_grad(
    f: None = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Callable[[Callable[P, Any]], Gradient[P]]: ...
def value_and_grad(
    f: Any = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Any:
    """A function's value and its gradient, computed together; see `grad`.

    With `has_aux` the result is `((number, anything), gradient)`.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """
    return _operator(
        Gradient, "value_and_grad", f, wrt=wrt, with_value=True, has_aux=has_aux, target=target
    )


@overload
def jacobian(
    f: Callable[P, Any],
    wrt: Wrt = 0,
    *,
    mode: Mode = "auto",
    has_aux: bool = False,
    target: Target = "python",
    stack: bool = False,
) -> Jacobian[P]: ...
@overload
def jacobian(
    f: None = None,
    wrt: Wrt = 0,
    *,
    mode: Mode = "auto",
    has_aux: bool = False,
    target: Target = "python",
    stack: bool = False,
) -> Callable[[Callable[P, Any]], Jacobian[P]]: ...
@overload
def jacobian(
    f: Callable[P, Any], wrt: int | str = 0, *, sparse: Literal[True]
) -> SparseDerivative: ...
@overload
def jacobian(
    f: None = None, wrt: int | str = 0, *, sparse: Literal[True]
) -> Callable[[Callable[..., Any]], SparseDerivative]: ...
def jacobian(
    f: Any = None,
    wrt: Any = 0,
    *,
    mode: Mode = "auto",
    has_aux: bool = False,
    target: Target = "python",
    stack: bool = False,
    sparse: bool = False,
) -> Any:
    """The derivatives of every result with respect to every element of the arguments.

    Args:
        f: a function of numbers, arrays and containers of them, returning the same.
        wrt: what to differentiate with respect to; see `grad`.
        mode: `"forward"`, one sweep for each element of the arguments; `"reverse"`, one for each
            element of the result; `"auto"`, whichever is cheaper, counted on the program.
        has_aux: the function returns `(result, anything)`; what is returned is
            `(jacobian, anything)`.
        stack: put the blocks of several arguments side by side, as columns of one array: what
            `scipy.optimize.curve_fit` asks for.
        target: what is compiled; see `grad`.
        sparse: give a SciPy sparse matrix, from as many sweeps as the Jacobian has colours; see
            `sparse_jacobian`. Goes with one `wrt` and none of the other options.

    Returns:
        A callable. For a result of shape `s` and an argument of shape `t`, an array of shape
        `s + t`; for containers, the container of the results, each with the container of the
        arguments.

    >>> import numpy as np
    >>> jacobian(lambda x: np.array([x[0] * x[1], x[0] + x[1]]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [1., 1.]])
    """
    if sparse:
        if mode != "auto" or has_aux or stack:
            raise UsageError("`sparse=True` goes with none of `mode`, `has_aux` and `stack`")
        return sparse_jacobian(f, wrt)
    return _operator(
        Jacobian, "jacobian", f, wrt=wrt, mode=mode, has_aux=has_aux, target=target, stack=stack
    )


@overload
def jacfwd(
    f: Callable[P, Any], wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Jacobian[P]: ...
@overload
def jacfwd(
    f: None = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Callable[[Callable[P, Any]], Jacobian[P]]: ...
def jacfwd(f: Any = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python") -> Any:
    """`jacobian` by forward mode, under its name in JAX.

    >>> jacfwd(lambda x: (x * x, 2 * x))(3.0)
    (6.0, 2.0)
    """
    return _operator(Jacobian, "jacfwd", f, wrt=wrt, mode="forward", has_aux=has_aux, target=target)


@overload
def jacrev(
    f: Callable[P, Any], wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Jacobian[P]: ...
@overload
def jacrev(
    f: None = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Callable[[Callable[P, Any]], Jacobian[P]]: ...
def jacrev(f: Any = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python") -> Any:
    """`jacobian` by reverse mode, under its name in JAX.

    >>> jacrev(lambda x, y: (x * y, x + y), wrt=(0, 1))(2.0, 3.0)
    ((3.0, 2.0), (1.0, 1.0))
    """
    return _operator(Jacobian, "jacrev", f, wrt=wrt, mode="reverse", has_aux=has_aux, target=target)


@overload
def hessian(
    f: Callable[P, Any], wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Hessian[P]: ...
@overload
def hessian(
    f: None = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Callable[[Callable[P, Any]], Hessian[P]]: ...
@overload
def hessian(
    f: Callable[P, Any], wrt: int | str = 0, *, sparse: Literal[True]
) -> SparseDerivative: ...
@overload
def hessian(
    f: None = None, wrt: int | str = 0, *, sparse: Literal[True]
) -> Callable[[Callable[..., Any]], SparseDerivative]: ...
def hessian(
    f: Any = None,
    wrt: Any = 0,
    *,
    has_aux: bool = False,
    target: Target = "python",
    sparse: bool = False,
) -> Any:
    """The second derivatives of a function that returns one number: forward over reverse.

    For an argument of shape `s`, an array of shape `s + s`; for several, a tuple of tuples. With
    `sparse=True` a SciPy sparse matrix; see `sparse_hessian`.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    array([[6., 4.],
           [4., 0.]])
    """
    if sparse:
        if has_aux:
            raise UsageError("`sparse=True` does not go with `has_aux`")
        return sparse_hessian(f, wrt)
    return _operator(Hessian, "hessian", f, wrt=wrt, has_aux=has_aux, target=target)


@overload
def hvp(
    f: Callable[..., Any], wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Hvp[...]: ...
@overload
def hvp(
    f: None = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Callable[[Callable[..., Any]], Hvp[...]]: ...
def hvp(f: Any = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python") -> Any:
    """The Hessian times a vector, in one forward-over-reverse sweep and without the Hessian.

    Returns:
        A callable that takes the arguments of `f` and then the vector, by position or as `v=`;
        the vector has the shape of the argument (a tuple of vectors for several arguments).

    >>> import numpy as np
    >>> hvp(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]), np.array([1.0, 0.0]))
    array([6., 4.])
    """
    return _operator(Hvp, "hvp", f, wrt=wrt, has_aux=has_aux, target=target)


@overload
def derivative(
    f: Callable[P, Any],
    wrt: int | str = 0,
    *,
    n: int = 1,
    has_aux: bool = False,
    target: Target = "python",
) -> Derivative[P]: ...
@overload
def derivative(
    f: None = None,
    wrt: int | str = 0,
    *,
    n: int = 1,
    has_aux: bool = False,
    target: Target = "python",
) -> Callable[[Callable[P, Any]], Derivative[P]]: ...
def derivative(
    f: Any = None,
    wrt: int | str = 0,
    *,
    n: int = 1,
    has_aux: bool = False,
    target: Target = "python",
) -> Any:
    """The derivative of order `n` with respect to one number.

    The result of `f` may be a number, an array, or a container of them.

    >>> derivative(lambda x: x**5, n=3)(2.0)
    240.0
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 0:
        raise UsageError(f"derivative: n={n!r}", remedy="give an order: 1, 2, ...")
    return _operator(Derivative, "derivative", f, wrt=wrt, n=n, has_aux=has_aux, target=target)


@overload
def elementwise_grad(
    f: Callable[P, Any], wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> ElementwiseGrad[P]: ...
@overload
def elementwise_grad(
    f: None = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Callable[[Callable[P, Any]], ElementwiseGrad[P]]: ...
def elementwise_grad(
    f: Any = None, wrt: Wrt = 0, *, has_aux: bool = False, target: Target = "python"
) -> Any:
    """The derivative of each element of a vectorised function, as autograd has it.

    It is the gradient of the sum of the results: the derivative of each element where element `i`
    of the result depends on element `i` of the argument only, which is not checked.

    >>> import numpy as np
    >>> elementwise_grad(lambda x: x**3)(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    return _operator(
        ElementwiseGrad, "elementwise_grad", f, wrt=wrt, has_aux=has_aux, target=target
    )


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of a function, and its pullback: from a cotangent to those of the arguments.

    The function is computed once; the pullback starts from what it left.

    Args:
        f: a function of numbers, arrays and containers of them, returning the same.
        primals: the arguments.
        has_aux: the function returns `(result, anything)`.

    Returns:
        `(f(*primals), pullback)`, and with `has_aux` `(result, pullback, anything)`;
        `pullback(ct)` gives a tuple, one cotangent a primal.

    >>> import numpy as np
    >>> y, pullback = vjp(lambda x: x * x, np.arange(3.0))
    >>> pullback(np.ones(3))
    (array([0., 2., 4.]),)
    """
    pullback = _remembered(Pullback, f, len(primals), has_aux)
    return pullback.at(pullback._bind(primals, {}))


def linearize(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of a function, and the linear map that tells how it moves from there.

    Like `jvp`, where one point is asked for many directions: the function is computed once.

    Returns:
        `(f(*primals), linear_map)`, and with `has_aux` `(result, linear_map, anything)`;
        `linear_map(*tangents)` takes a tangent for each primal.

    >>> y, push = linearize(lambda x, y: x * y, 2.0, 3.0)
    >>> y, push(1.0, 0.0), push(0.0, 1.0)
    (6.0, 3.0, 2.0)
    """
    linear = _remembered(Linearized, f, len(primals), has_aux)
    return linear.at(linear._bind(primals, {}))


def jvp(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> Any:
    """The value of a function, and how it moves when its arguments move: forward mode.

    Args:
        f: a function of numbers, arrays and containers of them, returning the same.
        primals: the arguments.
        tangents: how each argument moves, of its structure and shape.
        has_aux: the function returns `(result, anything)`.

    Returns:
        `(f(*primals), tangent)`; the tangent has the structure and shape of the result. With
        `has_aux` `(result, tangent, anything)`.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    push = _remembered(Pushforward, f, len(primals), has_aux)
    values = push._bind((*primals, ()), {})[:-1]
    return push._slow((*values, tangents_like(primals, tangents)), None)


def _remembered(kind: Any, f: Callable[..., Any], count: int, has_aux: bool) -> Any:
    """The operator object of a function; the last few are kept, with what they compiled."""
    if not callable(f):
        raise UsageError(f"{kind.operator}(...) takes a function, not {f!r}")
    make = _made if isinstance(f, FunctionType | MethodType) else _made.__wrapped__
    return make(kind, f, count, has_aux)


@functools.lru_cache(maxsize=64)
def _made(kind: Any, f: Callable[..., Any], count: int, has_aux: bool) -> Any:
    return kind(f, wrt=tuple(range(count)), has_aux=has_aux)


vjp.__symdiff_traced__ = Later("traced_maps", "traced_vjp")  # type: ignore[attr-defined]
jvp.__symdiff_traced__ = Later("traced_maps", "traced_jvp")  # type: ignore[attr-defined]
linearize.__symdiff_traced__ = Later("traced_maps", "traced_linearize")  # type: ignore[attr-defined]

__all__ = [
    "derivative",
    "elementwise_grad",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "value_and_grad",
    "vjp",
]
