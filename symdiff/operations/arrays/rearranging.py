"""Entries that put axes or elements in another order."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.signatures import axes_of, describe_call, emit_call, ints_of, refuse, tight
from .moving import method_names

# -- order of axes and elements


def _transpose_signature(x: Any, *axes: Any, **kwargs: Any) -> tuple[tuple[Any], dict[str, Any]]:
    if "axes" in kwargs:
        axes = (kwargs.pop("axes"),)
    refuse("transpose", kwargs)
    return (x,), {"axes": None if axes in ((), (None,)) else ints_of(axes)}


def _permuted(x: Aval, axes: tuple[int, ...] | None) -> tuple[int, ...]:
    return tuple(x.shape[a] for a in axes) if axes is not None else x.shape[::-1]


def _transpose_pullback(
    ops: Ops, ct: Any, result: Any, x: Any, *, axes: tuple[int, ...] | None
) -> tuple[Any]:
    if axes is None:
        return (ops.transpose(ct, axes=None),)
    n = len(axes)
    return (ops.transpose(ct, axes=tuple(sorted(range(n), key=lambda k: axes[k] % n))),)


TABLE.add(
    StructuralEntry(
        name="transpose",
        names=(
            *method_names("transpose"),
            ".T",
            ".t",
            ".permute",
            "numpy.permute_dims",
        ),
        numpy=lambda x, *, axes=None: np.transpose(x, axes),
        infer=lambda x, *, axes=None: Aval.of(_permuted(x, axes), x.dtype),
        pullback=_transpose_pullback,
        linear="joint",
        signature=_transpose_signature,
        emit=lambda o, p: emit_call("transpose")(
            o, {"axes": list(p["axes"]) if p["axes"] else None}
        ),
        inline=lambda o, p, avals: (
            None
            if not avals[0].shape
            else f"{tight(o[0])}.T"
            if p["axes"] is None
            else f"{tight(o[0])}.transpose({', '.join(map(str, p['axes']))})"
        ),
        describe=lambda o, p: (
            f"{tight(o[0])}.T" if p["axes"] is None else f"transpose({o[0]}, {p['axes']})"
        ),
        alias=True,
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)),), {}),
            ((rng.normal(size=(2, 3, 4)), (1, 2, 0)), {}),
            ((rng.normal(size=(2, 3, 4)), (-1, 0, 1)), {}),
        ],
    )
)


def _swapaxes(ops: Ops, x: Any, axis1: int, axis2: int) -> Any:
    axes = list(range(ops.aval(x).ndim))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return ops.transpose(x, axes=tuple(axes))


def _moveaxis(ops: Ops, x: Any, source: Any, destination: Any) -> Any:
    n = ops.aval(x).ndim
    moved = [a % n for a in axes_of(source) or ()]
    to = [a % n for a in axes_of(destination) or ()]
    axes = [a for a in range(n) if a not in moved]
    for d, s in sorted(zip(to, moved, strict=True)):
        axes.insert(d, s)
    return ops.transpose(x, axes=tuple(axes))


TABLE.add(
    StructuralEntry(
        name="swapaxes",
        names=method_names("swapaxes"),
        lower=_swapaxes,
        samples=lambda rng: [((rng.normal(size=(2, 3, 4)), 0, -1), {})],
    )
)
TABLE.add(
    StructuralEntry(
        name="moveaxis",
        names=method_names("moveaxis")[:-1],
        lower=_moveaxis,
        samples=lambda rng: [
            ((rng.normal(size=(2, 3, 4)), 0, -1), {}),
            ((rng.normal(size=(2, 3, 4)), (2, 0), (0, 1)), {}),
        ],
    )
)


def _flip_signature(name: str, fixed: int | None) -> Any:
    def signature(x: Any, axis: Any = None) -> tuple[tuple[Any], dict[str, Any]]:
        return (x,), {"axis": axes_of(axis if fixed is None else fixed)}

    return signature


TABLE.add(
    StructuralEntry(
        name="flip",
        names=method_names("flip")[:-1],
        numpy=lambda x, *, axis=None: np.flip(x, axis),
        infer=lambda x, *, axis=None: Aval.of(x.shape, x.dtype),
        pullback=lambda ops, ct, result, x, *, axis=None: (ops.flip(ct, axis=axis),),
        linear="joint",
        signature=_flip_signature("flip", None),
        emit=emit_call("flip"),
        alias=True,
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)),), {}),
            ((rng.normal(size=(2, 3)), 1), {}),
        ],
    )
)
for _name, _axis in (("flipud", 0), ("fliplr", 1)):
    TABLE.add(
        StructuralEntry(
            name=_name,
            names=method_names(_name)[:-1],
            lower=lambda ops, x, axis=_axis: ops.flip(x, axis=(axis,)),
            samples=lambda rng: [((rng.normal(size=(2, 3)),), {})],
        )
    )


def _roll_signature(x: Any, shift: Any, axis: Any = None) -> tuple[tuple[Any], dict[str, Any]]:
    shifts = ints_of((shift,)) if isinstance(shift, (tuple, list)) else operator.index(shift)
    return (x,), {"shift": shifts, "axis": axes_of(axis)}


def _roll_pullback(
    ops: Ops, ct: Any, result: Any, x: Any, *, shift: Any, axis: Any = None
) -> tuple[Any]:
    back = tuple(-s for s in shift) if isinstance(shift, tuple) else -shift
    return (ops.roll(ct, shift=back, axis=axis),)


TABLE.add(
    StructuralEntry(
        name="roll",
        names=(*method_names("roll")[:-1], ".roll"),
        numpy=lambda x, *, shift, axis=None: np.roll(x, shift, axis),
        infer=lambda x, *, shift, axis=None: Aval.of(x.shape, x.dtype),
        pullback=_roll_pullback,
        linear="joint",
        signature=_roll_signature,
        describe=describe_call("roll"),
        emit=emit_call("roll"),
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)), 2), {}),
            ((rng.normal(size=(2, 3)), 1), {"axis": 1}),
            ((rng.normal(size=(2, 3)), (1, 2), (0, 1)), {}),
        ],
    )
)
