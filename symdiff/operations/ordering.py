"""Entries that compare and order elements: where the largest is, sorting, any and all.

Positions and truth values are not differentiable; sorting moves the elements it sorts.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..program import Aval
from .entry import TABLE, Ops, StructuralEntry
from .reductions import reduced_shape
from .signatures import axes_of, emit_call, refuse


def _names(name: str, *also: str) -> tuple[str, ...]:
    return (f"numpy.{name}", f"torch.{name}", f"jax.numpy.{name}", f".{name}", *also)


def _position_signature(name: str) -> Any:
    def signature(
        x: Any, axis: Any = None, out: Any = None, **more: Any
    ) -> tuple[tuple[Any], dict[str, Any]]:
        axis = more.pop("dim", axis)
        refuse(name, {"out": out, **more}, {"keepdims": False})
        return (x,), {"axis": None if axis is None else operator.index(axis)}

    return signature


def _position(name: str, function: Any) -> None:
    TABLE.add(
        StructuralEntry(
            name=name,
            names=_names(name),
            numpy=lambda x, *, axis=None: function(x, axis=axis),
            infer=lambda x, *, axis=None: Aval.of(
                reduced_shape(x, None if axis is None else (axis,), False), np.dtype(np.intp).name
            ),
            pullback=lambda ops, ct, result, x, *, axis=None: (None,),
            pushforward=lambda ops, tangents, result, x, *, axis=None: None,
            signature=_position_signature(name),
            emit=emit_call(name),
            samples=lambda rng: [
                ((rng.normal(size=(3, 4)),), {}),
                ((rng.normal(size=(3, 4)),), {"axis": 1}),
            ],
        )
    )


_position("argmax", np.argmax)
_position("argmin", np.argmin)


def _truth_signature(name: str) -> Any:
    def signature(
        x: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **more: Any
    ) -> tuple[tuple[Any], dict[str, Any]]:
        refuse(name, {"out": out, **more})
        return (x,), {"axis": axes_of(axis), "keepdims": keepdims is True}

    return signature


def _truth(name: str, function: Any) -> None:
    TABLE.add(
        StructuralEntry(
            name=name,
            names=_names(name),
            numpy=lambda x, *, axis=None, keepdims=False: function(x, axis=axis, keepdims=keepdims),
            infer=lambda x, *, axis=None, keepdims=False: Aval.of(
                reduced_shape(x, axis, keepdims), "bool"
            ),
            pullback=lambda ops, ct, result, x, *, axis=None, keepdims=False: (None,),
            pushforward=lambda ops, tangents, result, x, *, axis=None, keepdims=False: None,
            signature=_truth_signature(name),
            emit=emit_call(name),
            samples=lambda rng: [
                ((rng.normal(size=(3, 4)) > 0,), {}),
                ((rng.normal(size=(3, 4)) > 0,), {"axis": 1}),
            ],
        )
    )


_truth("any", np.any)
_truth("all", np.all)


def _argsort_signature(
    x: Any, axis: Any = -1, kind: Any = None, order: Any = None, **more: Any
) -> tuple[tuple[Any], dict[str, Any]]:
    stable = kind in ("stable", "mergesort") or more.pop("stable", None)
    refuse("argsort", {"order": "C" if order is None else order, **more})
    return (x,), {"axis": None if axis is None else operator.index(axis), "stable": bool(stable)}


TABLE.add(
    StructuralEntry(
        name="argsort",
        names=_names("argsort"),
        numpy=lambda x, *, axis=-1, stable=False: np.argsort(
            x, axis=axis, kind="stable" if stable else None
        ),
        infer=lambda x, *, axis=-1, stable=False: Aval.of(
            (x.size,) if axis is None else x.shape, np.dtype(np.intp).name
        ),
        pullback=lambda ops, ct, result, x, *, axis=-1, stable=False: (None,),
        pushforward=lambda ops, tangents, result, x, *, axis=-1, stable=False: None,
        signature=_argsort_signature,
        samples=lambda rng: [
            ((rng.normal(size=(3, 4)),), {}),
            ((rng.normal(size=5),), {"kind": "stable"}),
        ],
    )
)


def _sort(ops: Ops, x: Any, axis: Any = -1, **more: Any) -> Any:
    refuse("sort", more, {"kind": None, "order": None, "stable": None})
    if axis is None:
        x, axis = ops.ravel(x), 0
    shape = ops.aval(x).shape
    places = ops.argsort(x, axis=axis, stable=True)
    axis %= len(shape)
    # Along the other axes every element stays in its line.
    grid = np.indices(shape, sparse=True)
    arrays = [places if k == axis else grid[k] for k in range(len(shape))]
    return ops.getitem(x, *arrays, index=tuple(("array", k) for k in range(len(shape))))


TABLE.add(
    StructuralEntry(
        name="sort",
        # Not the method: `x.sort()` sorts in place.
        names=_names("sort")[:1],
        lower=_sort,
        samples=lambda rng: [
            ((rng.normal(size=5),), {}),
            ((rng.normal(size=(3, 4)),), {}),
            ((rng.normal(size=(3, 4)), 0), {}),
            ((rng.normal(size=(3, 4)), None), {}),
        ],
    )
)


def _median(ops: Ops, x: Any, axis: Any = None, **more: Any) -> Any:
    refuse("median", more, {"overwrite_input": False, "keepdims": False})
    axes = axes_of(axis)
    if axes is not None and len(axes) != 1:
        raise UnsupportedError("`median` over several axes is not supported")
    ordered = _sort(ops, x, None if axes is None else axes[0])
    shape = ops.aval(ordered).shape
    along = 0 if axes is None else axes[0] % len(shape)
    n = shape[along]
    before = (("slice", None, None, None),) * along
    middle = ("slice", (n - 1) // 2, n // 2 + 1, None)
    return ops.mean(ops.getitem(ordered, index=(*before, middle)), axis=(along,))


TABLE.add(
    StructuralEntry(
        name="median",
        names=("numpy.median", "jax.numpy.median"),
        lower=_median,
        samples=lambda rng: [
            ((rng.normal(size=5),), {}),
            ((rng.normal(size=(2, 3)),), {}),
            ((rng.normal(size=(4, 3)),), {"axis": 0}),
        ],
    )
)
