"""Gradients by other means, to compare symdiff's with. Nothing here imports symdiff.

The function under test is run again on other numbers: `transplant` makes a copy of it, and of the
Python functions it reaches, in which the modules `math` and `numpy` are replaced.

- `mp_gradient`: central differences on mpmath numbers, good to more digits than a double has,
  with any control flow. The first choice.
- `complex_step`: exact to rounding, for one smooth expression without comparisons.
- `autograd_gradient`: reverse mode by HIPS autograd, for arrays.
- `central_difference`: on doubles, with Richardson's extrapolation. The last resort.
"""

from __future__ import annotations

import cmath
import copy
import functools
import math
import types
from typing import Any

import mpmath
import numpy as np

# --- copies of functions in which modules are replaced ------------------------------------------


class Transplant:
    """Copies functions, methods, partials, closures and classes with some modules replaced."""

    def __init__(self, modules: dict[Any, Any]) -> None:
        self.modules = {id(old): new for old, new in modules.items()}
        self.functions: dict[int, Any] = {}
        for old, new in modules.items():
            for name in dir(old):
                value = getattr(old, name)
                if callable(value) and not isinstance(value, type):
                    self.functions.setdefault(id(value), getattr(new, name, value))
        self.memo: dict[int, Any] = {}
        self.kept: list[Any] = []

    def __call__(self, value: Any) -> Any:
        if id(value) in self.modules:
            return self.modules[id(value)]
        if id(value) in self.functions and callable(value):
            return self.functions[id(value)]
        if id(value) in self.memo:
            return self.memo[id(value)]
        self.kept.append(value)
        if isinstance(value, types.FunctionType) and not _from_library(value):
            return self.function(value)
        if isinstance(value, types.MethodType):
            return types.MethodType(self(value.__func__), self(value.__self__))
        if isinstance(value, functools.partial):
            arguments = {k: self(v) for k, v in value.keywords.items()}
            return functools.partial(self(value.func), *map(self, value.args), **arguments)
        if isinstance(value, type) and not _from_library(value) and value.__module__ != "builtins":
            return self.type(value)
        if isinstance(value, staticmethod | classmethod):
            return type(value)(self(value.__func__))
        if isinstance(value, property):
            return property(*[p and self(p) for p in (value.fget, value.fset, value.fdel)])
        own = type(value)
        if own.__module__ != "builtins" and not _from_library(own) and hasattr(value, "__dict__"):
            twin = self.memo[id(value)] = copy.copy(value)
            twin.__dict__.update({k: self(v) for k, v in vars(value).items()})
            twin.__class__ = self(own)
            return twin
        if own in (list, tuple) and any(callable(item) for item in value):
            return own(map(self, value))
        if own is dict and any(callable(item) for item in value.values()):
            return {k: self(v) for k, v in value.items()}
        return value

    def function(self, f: types.FunctionType) -> Any:
        names: dict[str, Any] = {"__builtins__": __builtins__, "__name__": f.__module__}
        cells = None
        if f.__closure__:
            cells = tuple(types.CellType() for _ in f.__closure__)
        twin = types.FunctionType(f.__code__, names, f.__name__, None, cells)
        self.memo[id(f)] = twin
        twin.__defaults__ = f.__defaults__ and tuple(map(self, f.__defaults__))
        twin.__kwdefaults__ = f.__kwdefaults__
        for name in _names(f.__code__):
            if name in f.__globals__:
                names[name] = self(f.__globals__[name])
        for cell, old in zip(cells or (), f.__closure__ or (), strict=True):
            try:
                cell.cell_contents = self(old.cell_contents)
            except ValueError:  # a cell that is still empty
                continue
        return twin

    def type(self, cls: type) -> type:
        bases = tuple(self(base) for base in cls.__bases__)
        skip = ("__dict__", "__weakref__")
        space = {k: v for k, v in vars(cls).items() if k not in skip}
        twin = self.memo[id(cls)] = type(cls)(cls.__name__, bases, space)
        for name, member in space.items():
            if isinstance(member, types.FunctionType | staticmethod | classmethod | property):
                setattr(twin, name, self(member))
        return twin


_LIBRARIES = ("numpy", "mpmath", "autograd", "functools", "operator", "itertools", "symdiff")


def _from_library(value: Any) -> bool:
    return (getattr(value, "__module__", None) or "").partition(".")[0] in _LIBRARIES


def _names(code: types.CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= _names(constant)
    return found


class Shim:
    """A module with some names replaced."""

    def __init__(self, module: Any, /, **replaced: Any) -> None:
        self._module = module
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


# --- mpmath ------------------------------------------------------------------------------------

MP = mpmath.MPContext()
"""A context of our own, so that its numbers may have the methods that arrays have."""

_UNARY = {
    "sin": MP.sin,
    "cos": MP.cos,
    "tan": MP.tan,
    "arcsin": MP.asin,
    "arccos": MP.acos,
    "arctan": MP.atan,
    "sinh": MP.sinh,
    "cosh": MP.cosh,
    "tanh": MP.tanh,
    "arcsinh": MP.asinh,
    "arccosh": MP.acosh,
    "arctanh": MP.atanh,
    "exp": MP.exp,
    "exp2": lambda x: MP.mpf(2) ** x,
    "expm1": MP.expm1,
    "log": MP.log,
    "log2": lambda x: MP.log(x, 2),
    "log10": MP.log10,
    "log1p": lambda x: MP.log(1 + MP.mpf(x)),
    "sqrt": MP.sqrt,
    "cbrt": lambda x: MP.sign(x) * MP.cbrt(abs(x)),
    "floor": MP.floor,
    "ceil": MP.ceil,
    "trunc": lambda x: MP.floor(x) if x > 0 else MP.ceil(x),
    "rint": MP.nint,
    "degrees": MP.degrees,
    "radians": MP.radians,
    "deg2rad": MP.radians,
    "rad2deg": MP.degrees,
}


def _method(function: Any) -> Any:
    return lambda self, *more: function(self, *more)


# NumPy's loop over objects calls the method of that name on each element.
for _name, _function in _UNARY.items():
    setattr(MP.mpf, _name, _method(_function))
MP.mpf.hypot = _method(MP.hypot)
MP.mpf.arctan2 = _method(MP.atan2)
MP.mpf.__floordiv__ = lambda x, y: MP.floor(x / y)
MP.mpf.__divmod__ = lambda x, y: (MP.floor(x / y), x % y)
_LIKE_ARRAYS = {"norm": abs, "sum": MP.mpf, "mean": MP.mpf, "max": MP.mpf, "min": MP.mpf}
for _name, _function in _LIKE_ARRAYS.items():
    setattr(MP.mpf, _name, _method(_function))


class MPArray(np.ndarray):
    """An array of mpmath numbers with the methods that functions under test call."""

    def norm(self) -> Any:
        return MP.sqrt(sum(x * x for x in self.ravel()))


def mp_array(value: Any) -> Any:
    """A number or array as mpmath numbers, exactly."""
    if np.ndim(value) == 0 and not isinstance(value, np.ndarray):
        return MP.mpf(float(value))
    exact = np.array(
        [v if isinstance(v, MP.mpf) else MP.mpf(float(v)) for v in np.ravel(value)], dtype=object
    )
    return exact.reshape(np.shape(value)).view(MPArray)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    size = np.abs(np.asarray(x))
    if axis is None and np.ndim(x) != 1 and ord is None:
        size = size.ravel()
    if ord in (None, 2, "fro"):
        total = np.sum(size * size, axis=axis, keepdims=keepdims)
        return np.sqrt(total) if np.ndim(total) else MP.sqrt(total)
    if ord == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    if ord == np.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    return np.sum(size**ord, axis=axis, keepdims=keepdims) ** (1 / MP.mpf(ord))


def _mp_module() -> dict[Any, Any]:
    logaddexp = np.frompyfunc(lambda x, y: MP.log(MP.exp(x) + MP.exp(y)), 2, 1)
    scalar = {k: v for k, v in _UNARY.items() if hasattr(math, k)}
    scalar.update(
        asin=MP.asin, acos=MP.acos, atan=MP.atan, asinh=MP.asinh, acosh=MP.acosh, atanh=MP.atanh
    )
    scalar.update(
        atan2=MP.atan2,
        log=lambda x, base=None: MP.log(x) if base is None else MP.log(x, base),
        pow=lambda x, y: MP.mpf(x) ** y,
        fabs=abs,
        hypot=lambda *x: MP.sqrt(sum(MP.mpf(v) ** 2 for v in x)),
        dist=lambda p, q: MP.sqrt(sum((a - b) ** 2 for a, b in zip(p, q, strict=True))),
        fsum=lambda xs: sum(xs, MP.mpf(0)),
        floor=lambda x: int(MP.floor(x)),
        ceil=lambda x: int(MP.ceil(x)),
        erf=MP.erf,
        erfc=MP.erfc,
        gamma=MP.gamma,
        lgamma=MP.loggamma,
        copysign=lambda x, y: abs(x) if y >= 0 else -abs(x),
        isclose=lambda x, y, **more: math.isclose(float(x), float(y), **more),
        isnan=lambda x: bool(MP.isnan(x)),
        isinf=lambda x: bool(MP.isinf(x)),
        isfinite=lambda x: bool(MP.isfinite(x)),
    )
    linalg = Shim(np.linalg, norm=_norm)
    return {
        math: Shim(math, **scalar),
        np: Shim(np, linalg=linalg, logaddexp=logaddexp),
        np.linalg: linalg,
    }


def mp_names() -> dict[str, Any]:
    """What a program that is run from its source finds under `math`, `np`, `float`."""
    modules = _mp_module()
    exact = {n: np.frompyfunc(lambda x, g=g: g(MP.mpf(x)), 1, 1) for n, g in _UNARY.items()}

    def array(value: Any, *more: Any) -> Any:
        made = np.array(value, dtype=object)
        if all(isinstance(v, bool) for v in made.flat):
            return made.astype(bool)
        return np.array(mp_array(made))

    return {
        "math": modules[math],
        "np": Shim(modules[np], array=array, **exact),
        "float": lambda x: x if isinstance(x, MP.mpf) else float(x),
    }


def mp_value(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> Any:
    """`f` on mpmath numbers in place of its float arguments."""
    exact = [mp_array(a) if _inexact(a) else a for a in args]
    return Transplant(_mp_module())(f)(*exact, **(kwargs or {}))


def mp_gradient(
    f: Any, args: Any, wrt: int = 0, kwargs: dict[str, Any] | None = None, dps: int = 30
) -> Any:
    """The gradient by central differences on numbers with many more than `dps` digits.

    With a step of 10**-dps and 3*dps digits, the error of the difference is some 10**(-2*dps).
    """
    args = args if isinstance(args, tuple) else (args,)
    with MP.workdps(3 * dps):
        exact = [mp_array(a) if _inexact(a) else a for a in args]
        at = exact[wrt] if _inexact(args[wrt]) else mp_array(args[wrt])
        scale = max([abs(float(v)) for v in np.ravel(args[wrt])] or [1.0]) or 1.0
        step = MP.mpf(10) ** -dps * scale

        def call(value: Any) -> Any:
            # A fresh copy each time: the function may change what it can reach.
            return Transplant(_mp_module())(f)(
                *[_copied(a) for a in exact[:wrt]],
                value,
                *[_copied(a) for a in exact[wrt + 1 :]],
                **(kwargs or {}),
            )

        if not isinstance(at, np.ndarray):
            return float((call(at + step) - call(at - step)) / (2 * step))
        gradient = np.empty(at.shape)
        for where in np.ndindex(at.shape):
            up, down = at.copy(), at.copy()
            up[where] += step
            down[where] -= step
            gradient[where] = float((_item(call(up)) - _item(call(down))) / (2 * step))
        return gradient


def _item(value: Any) -> Any:
    return value.item() if isinstance(value, np.ndarray) else value


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _inexact(value: Any) -> bool:
    if isinstance(value, np.ndarray | np.generic):
        return bool(np.issubdtype(value.dtype, np.floating))
    return isinstance(value, float)


# --- complex step ------------------------------------------------------------------------------


def complex_step(f: Any, x: Any, step: float = 1e-200) -> Any:
    """The gradient of a smooth function of one argument, exact to rounding.

    The function must not compare, round or take absolute values.
    """
    names = {name: getattr(cmath, name) for name in dir(cmath) if not name.startswith("_")}
    twin = Transplant({math: Shim(math, **names, pow=pow)})(f)
    if not isinstance(x, np.ndarray):
        return float(twin(complex(x, step)).imag / step)
    gradient = np.empty(x.shape)
    for where in np.ndindex(x.shape):
        z = x.astype(complex)
        z[where] += 1j * step
        gradient[where] = np.imag(twin(z)) / step
    return gradient


# --- autograd ----------------------------------------------------------------------------------


def autograd_gradient(f: Any, args: Any, wrt: int = 0, kwargs: dict[str, Any] | None = None) -> Any:
    """The gradient by HIPS autograd."""
    import autograd
    import autograd.numpy as anp

    renamed = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2"}
    renamed |= {"asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "pow": "power"}
    shared = "sin cos tan sinh cosh tanh exp expm1 log log1p log2 log10 sqrt fabs hypot"
    names = {name: getattr(anp, renamed.get(name, name)) for name in [*shared.split(), *renamed]}
    modules = {np: anp, np.linalg: anp.linalg, math: Shim(math, **names)}
    args = args if isinstance(args, tuple) else (args,)
    return autograd.grad(Transplant(modules)(f), wrt)(*args, **(kwargs or {}))


# --- differences -------------------------------------------------------------------------------


def central_difference(f: Any, x: Any, step: float = 1e-3) -> Any:
    """The gradient by central differences on doubles, extrapolated: some ten digits at best."""

    def slope(where: tuple[int, ...] | None, h: float) -> Any:
        if where is None:
            return (f(x + h) - f(x - h)) / (2 * h)
        up, down = x.copy(), x.copy()
        up[where] += h
        down[where] -= h
        return (f(up) - f(down)) / (2 * h)

    def extrapolated(where: tuple[int, ...] | None) -> float:
        row = [slope(where, step / 2**k) for k in range(5)]
        for order in range(1, 5):
            row = [(4**order * row[k + 1] - row[k]) / (4**order - 1) for k in range(len(row) - 1)]
        return float(row[0])

    if not isinstance(x, np.ndarray):
        return extrapolated(None)
    gradient = np.empty(x.shape)
    for where in np.ndindex(x.shape):
        gradient[where] = extrapolated(where)
    return gradient


# --- second order, and JAX ---------------------------------------------------------------------


def mp_curvature(
    f: Any,
    args: Any,
    direction: Any,
    wrt: int = 0,
    kwargs: dict[str, Any] | None = None,
    dps: int = 30,
) -> float:
    """The second derivative of `f` along a direction, by differences on mpmath numbers."""
    args = args if isinstance(args, tuple) else (args,)
    with MP.workdps(3 * dps):
        exact = [mp_array(a) if _inexact(a) else a for a in args]
        at = exact[wrt] if _inexact(args[wrt]) else mp_array(args[wrt])
        along = mp_array(direction)
        step = MP.mpf(10) ** -dps * max([abs(float(v)) for v in np.ravel(args[wrt])] or [1.0])

        def call(value: Any) -> Any:
            others = [_copied(a) for a in exact]
            others[wrt] = value
            return _item(Transplant(_mp_module())(f)(*others, **(kwargs or {})))

        up, middle, down = (call(at + k * step * along) for k in (1, 0, -1))
        return float((up - 2 * middle + down) / step**2)


def in_jax(f: Any) -> Any:
    """A copy of `f` that computes with `jax.numpy` in double precision."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    renamed = {name: getattr(jnp, name) for name in ("sin", "cos", "tanh", "exp", "log", "sqrt")}
    return Transplant({np: jnp, np.linalg: jnp.linalg, math: Shim(math, **renamed)})(f)
