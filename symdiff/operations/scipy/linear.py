"""Entries for what SciPy does linearly along an axis: filters, transforms, rules of integration.

Such a function is a matrix, found once for each length by applying it to the unit vectors. The
value is SciPy's own; its adjoint is the transposed matrix, and all derivatives are of these two.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import lowered
from ..table.signatures import refuse

Options = tuple[tuple[str, Any], ...]


_HOMES = (
    *(
        (name, "scipy.signal", "x")
        for name in ("lfilter", "sosfilt", "filtfilt", "sosfiltfilt", "savgol_filter", "hilbert")
    ),
    ("detrend", "scipy.signal", "data"),
    *((name, "scipy.fft", "x") for name in ("dct", "idct", "dst", "idst")),
    *((name, "scipy.ndimage", "input") for name in ("gaussian_filter1d", "uniform_filter1d")),
    ("simpson", "scipy.integrate", "y"),
    ("romb", "scipy.integrate", "y"),
)
"""Functions, where they are, and what they call their array; each keeps the axis or takes it away.

Of `hilbert` it is the imaginary part.
"""


def _applied(name: str, x: Any, axis: int, options: dict[str, Any]) -> Any:
    import importlib

    module, array = next((home, array) for n, home, array in _HOMES if n == name)
    function = getattr(importlib.import_module(module), name)
    value = function(**{array: x}, axis=axis, **options)
    return np.imag(value) if name == "hilbert" else value


def _plain(value: Any) -> Any:
    """An option that can be compared: arrays as nested tuples."""
    if isinstance(value, np.ndarray | list | tuple):
        return tuple(_plain(v) for v in (value.tolist() if hasattr(value, "tolist") else value))
    return value


def options_of(ops: Ops, name: str, given: dict[str, Any], known: tuple[str, ...]) -> Options:
    """Keywords as they can be compared; refuses those that are not known."""
    values = {}
    for key, value in given.items():
        if value is None and key != "padtype":  # which pads by default
            continue
        if key not in known:
            raise UnsupportedError(f"`{name}` with `{key}` is not supported")
        values[key] = _plain(ops.known(value))
    return tuple(sorted(values.items()))


def _arrays(options: Options) -> dict[str, Any]:
    return {k: np.array(v) if isinstance(v, tuple) else v for k, v in options}


@lru_cache(maxsize=64)
def _matrix(name: str, options: Options, n: int) -> Any:
    """Its columns are what becomes of the unit vectors."""
    matrix = _applied(name, np.eye(n), 0, _arrays(options))
    return matrix if matrix.ndim == 2 else matrix[None, :]


def _value(x: Any, *, name: str, options: Options, axis: int, size: int, back: bool) -> Any:
    x = np.asarray(x)
    if back:
        turned = np.moveaxis(x, axis, -1) @ _matrix(name, options, size)
        return np.moveaxis(turned, -1, axis).astype(x.dtype, copy=False)
    value = _applied(name, x, axis, _arrays(options)).astype(x.dtype, copy=False)
    return value if value.ndim == x.ndim else np.expand_dims(value, axis)


def _infer(x: Aval, *, name: str, options: Options, axis: int, size: int, back: bool) -> Aval:
    n = size if back else len(_matrix(name, options, size))
    return Aval.of((*x.shape[:axis], n, *x.shape[axis + 1 :]), x.dtype)


def _pullback(ops: Ops, ct: Any, result: Any, x: Any, *, back: bool, **params: Any) -> tuple[Any]:
    return (ops.linear_along(ct, back=not back, **params),)


TABLE.add(
    StructuralEntry(
        name="linear_along",
        numpy=_value,
        infer=_infer,
        pullback=_pullback,
        linear="joint",
        signature=lambda x, **params: ((x,), params),
        describe=lambda o, p: f"{p['name']}{'_adjoint' if p['back'] else ''}({', '.join(o)})",
        samples=lambda rng: [
            (
                (rng.normal(size=(4, 3)),),
                {"name": "dct", "options": (), "axis": k, "size": n, "back": b},
            )
            for k, n in ((0, 4), (1, 3))
            for b in (False, True)
        ],
    )
)


def apply_along(ops: Ops, name: str, x: Any, axis: Any, options: Options) -> Any:
    """One of these functions, along an axis."""
    x = x if ops.aval(x).is_inexact else ops.mul(x, 1.0)
    axis = int(axis) % ops.aval(x).ndim
    size = ops.aval(x).shape[axis]
    return ops.linear_along(x, name=name, options=options, axis=axis, size=size, back=False)


def enter_along(
    name: str,
    path: str,
    lower: Callable[..., Any],
    calls: list[Any],
    array: str,
    *,
    place: int = 0,
) -> None:
    """Enter a call; in each of `calls` the array takes the place of the shape there."""

    def samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        made = []
        for args, kwargs in calls:
            filled = list(args)
            filled[place] = rng.normal(size=args[place])
            made.append((tuple(filled), dict(kwargs)))
        return made

    lowered(name, lower, (path,), samples, array)


def _no_state(name: str, zi: Any) -> None:
    refuse(name, {"zi": zi}, {"zi": None})


def _lfilter(ops: Ops, b: Any, a: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    _no_state("lfilter", zi)
    return apply_along(
        ops, "lfilter", x, axis, options_of(ops, "lfilter", {"b": b, "a": a}, ("b", "a"))
    )


def _sosfilt(ops: Ops, sos: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    _no_state("sosfilt", zi)
    return apply_along(ops, "sosfilt", x, axis, options_of(ops, "sosfilt", {"sos": sos}, ("sos",)))


def _filtfilt(ops: Ops, b: Any, a: Any, x: Any, axis: Any = -1, **more: Any) -> Any:
    known = ("b", "a", "padtype", "padlen")
    return apply_along(
        ops, "filtfilt", x, axis, options_of(ops, "filtfilt", {"b": b, "a": a, **more}, known)
    )


def _sosfiltfilt(ops: Ops, sos: Any, x: Any, axis: Any = -1, **more: Any) -> Any:
    known = ("sos", "padtype", "padlen")
    return apply_along(
        ops, "sosfiltfilt", x, axis, options_of(ops, "sosfiltfilt", {"sos": sos, **more}, known)
    )


def _savgol(
    ops: Ops,
    x: Any,
    window_length: Any,
    polyorder: Any,
    deriv: Any = 0,
    delta: Any = 1.0,
    axis: Any = -1,
    mode: Any = "interp",
    cval: Any = 0.0,
) -> Any:
    refuse("savgol_filter", {"cval": cval}, {"cval": 0.0})
    given = {
        "window_length": window_length,
        "polyorder": polyorder,
        "deriv": deriv,
        "delta": delta,
        "mode": mode,
    }
    return apply_along(
        ops, "savgol_filter", x, axis, options_of(ops, "savgol_filter", given, (*given,))
    )


def _detrended(
    ops: Ops, data: Any, axis: Any = -1, type: Any = "linear", bp: Any = 0, overwrite_data: Any = 0
) -> Any:
    given = {"type": type, "bp": bp}
    return apply_along(
        ops, "detrend", data, axis, options_of(ops, "detrend", given, ("type", "bp"))
    )


def _analytic(ops: Ops, x: Any, N: Any = None, axis: Any = -1) -> Any:
    refuse("hilbert", {"N": N}, {"N": None})
    return ops.complex_of(x, apply_along(ops, "hilbert", x, axis, ()))


enter_along(
    "lfilter",
    "scipy.signal.lfilter",
    _lfilter,
    [(([1, 2], [3, 1], (4, 2), 0), {}), (([1, 2], [3, 1], (5,)), {})],
    "x",
    place=2,
)
enter_along(
    "sosfilt", "scipy.signal.sosfilt", _sosfilt, [(([[2, 1, 0, 1, 0, 0]], (5,)), {})], "x", place=1
)
enter_along(
    "filtfilt", "scipy.signal.filtfilt", _filtfilt, [(([1, 1], [2, 1], (12,)), {})], "x", place=2
)
enter_along(
    "sosfiltfilt",
    "scipy.signal.sosfiltfilt",
    _sosfiltfilt,
    [(([[2, 1, 0, 1, 0, 0]], (15,)), {})],
    "x",
    place=1,
)
enter_along(
    "savgol_filter",
    "scipy.signal.savgol_filter",
    _savgol,
    [(((7,), 5, 2), {}), (((7, 2), 3, 1), {"axis": 0, "mode": "nearest", "deriv": 1})],
    "x",
)
enter_along(
    "detrend",
    "scipy.signal.detrend",
    _detrended,
    [(((5,),), {}), (((5, 2),), {"axis": 0, "type": "constant"})],
    "data",
)
enter_along(
    "hilbert", "scipy.signal.hilbert", _analytic, [(((5,),), {}), (((4, 2),), {"axis": 0})], "x"
)


def _cosine(name: str) -> Callable[..., Any]:
    def lower(
        ops: Ops,
        x: Any,
        type: Any = 2,
        n: Any = None,
        axis: Any = -1,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
        orthogonalize: Any = None,
    ) -> Any:
        given = {"type": type, "n": n, "norm": norm, "orthogonalize": orthogonalize}
        return apply_along(ops, name, x, axis, options_of(ops, name, given, (*given,)))

    return lower


for _name in ("dct", "idct", "dst", "idst"):
    enter_along(
        _name,
        f"scipy.fft.{_name}",
        _cosine(_name),
        [(((5,),), {}), (((4, 3), 3), {"axis": 0, "norm": "ortho"}), (((4,),), {"n": 6})],
        "x",
    )
