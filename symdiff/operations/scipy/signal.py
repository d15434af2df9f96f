"""Entries for `scipy.signal`: convolution and correlation in any number of dimensions.

The full convolution is the one operation; `same` and `valid` are the part of it that SciPy keeps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..linalg.products import result_dtype
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.signatures import refuse


def _full_value(a: Any, b: Any) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim == 1:
        return np.convolve(a, b)
    import scipy.signal

    return scipy.signal.convolve(a, b, mode="full", method="direct")


def _full_infer(a: Aval, b: Aval) -> Aval:
    if a.ndim != b.ndim or not a.ndim or not a.size or not b.size:
        raise UnsupportedError(f"a convolution of shapes {a.shape} and {b.shape} is not supported")
    shape = tuple(m + n - 1 for m, n in zip(a.shape, b.shape, strict=True))
    return Aval.of(shape, result_dtype(a, b))


def _slices(starts: Any, sizes: Any) -> Any:
    return tuple(("slice", s, s + n, None) for s, n in zip(starts, sizes, strict=True))


def _adjoint(ops: Ops, ct: Any, other: Any, shape: tuple[int, ...]) -> Any:
    """The adjoint of convolving with `other`: correlating with it, where all of it overlaps."""
    whole = ops.convolve_full(ct, ops.flip(other))
    return ops.getitem(whole, index=_slices([n - 1 for n in ops.aval(other).shape], shape))


TABLE.add(
    StructuralEntry(
        name="convolve_full",
        numpy=_full_value,
        infer=_full_infer,
        pullback=lambda ops, ct, result, a, b: (
            _adjoint(ops, ct, b, ops.aval(a).shape),
            _adjoint(ops, ct, a, ops.aval(b).shape),
        ),
        linear="each",
        samples=lambda rng: [
            ((rng.normal(size=5), rng.normal(size=3)), {}),
            ((rng.normal(size=(3, 4)), rng.normal(size=(2, 2))), {}),
        ],
    )
)


def _array(ops: Ops, x: Any) -> Any:
    return ops.array(*x, shape=(len(x),)) if isinstance(x, list | tuple) else x


def _convolve(ops: Ops, a: Any, b: Any, mode: str = "full", method: str = "auto") -> Any:
    a, b = _array(ops, a), _array(ops, b)
    one, two = ops.aval(a).shape, ops.aval(b).shape
    if mode not in ("full", "same", "valid"):
        raise ValueError("acceptable mode flags are 'valid', 'same', or 'full'")
    whole = ops.convolve_full(a, b)
    if mode == "full":
        return whole
    if mode == "same":
        return ops.getitem(whole, index=_slices([(n - 1) // 2 for n in two], one))
    if not (
        all(m >= n for m, n in zip(one, two, strict=True))
        or all(m <= n for m, n in zip(one, two, strict=True))
    ):
        raise ValueError("for 'valid' mode, one must be at least as large as the other")
    small = [min(m, n) for m, n in zip(one, two, strict=True)]
    sizes = [abs(m - n) + 1 for m, n in zip(one, two, strict=True)]
    return ops.getitem(whole, index=_slices([n - 1 for n in small], sizes))


def _correlate(ops: Ops, a: Any, b: Any, mode: str = "full", method: str = "auto") -> Any:
    a, b = _array(ops, a), _array(ops, b)
    one, two = ops.aval(a).shape, ops.aval(b).shape
    if mode == "same":
        whole = ops.convolve_full(a, ops.flip(b))
        return ops.getitem(whole, index=_slices([(n - 1) // 2 for n in two], one))
    if mode == "valid" and any(m < n for m, n in zip(one, two, strict=True)):
        return ops.flip(_convolve(ops, ops.flip(a), b, mode))
    return _convolve(ops, a, ops.flip(b), mode)


def _convolve2d(
    ops: Ops, a: Any, b: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    refuse(
        "convolve2d",
        {"boundary": boundary, "fillvalue": fillvalue},
        {"boundary": "fill", "fillvalue": 0},
    )
    return _convolve(ops, a, b, mode)


def _fftconvolve(ops: Ops, a: Any, b: Any, mode: str = "full", axes: Any = None) -> Any:
    refuse("fftconvolve", {"axes": axes}, {"axes": None})
    return _convolve(ops, a, b, mode)


def _modes(rng: Any) -> Any:
    return [
        ((rng.normal(size=a), rng.normal(size=b), mode), {})
        for a, b in (((5,), (3,)), ((4,), (2,)), ((3, 4), (2, 3)))
        for mode in ("full", "same", "valid")
    ]


for _name, _lower, _also in (
    ("convolve", _convolve, ()),
    ("correlate", _correlate, ()),
    ("convolve2d", _convolve2d, ()),
    ("fftconvolve", _fftconvolve, ()),
    ("oaconvolve", _fftconvolve, ()),
):
    TABLE.add(
        StructuralEntry(
            name=f"signal_{_name}",
            names=(f"scipy.signal.{_name}", *_also),
            lower=_lower,
            samples=(
                (lambda rng: [c for c in _modes(rng) if c[0][0].ndim == 2])
                if _name == "convolve2d"
                else _modes
            ),
        )
    )
