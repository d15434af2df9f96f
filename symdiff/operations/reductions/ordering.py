"""Entries that compare and order elements: where the largest is, sorting, any and all.

Positions and truth values are not differentiable; sorting moves the elements it sorts.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import draw, lowered, numpy_and_jax
from ..table.signatures import axes_of, emit_call, ints_of, keeps, refuse
from .reducing import reduced_shape
from .running import pick


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


def _truth(name: str, function: Any) -> None:
    TABLE.add(
        StructuralEntry(
            name=name,
            numpy=lambda x, *, axis=None, keepdims=False: function(x, axis=axis, keepdims=keepdims),
            infer=lambda x, *, axis=None, keepdims=False: Aval.of(
                reduced_shape(x, axis, keepdims), "bool"
            ),
            pullback=lambda ops, ct, result, x, *, axis=None, keepdims=False: (None,),
            pushforward=lambda ops, tangents, result, x, *, axis=None, keepdims=False: None,
            emit=emit_call(name),
            samples=lambda rng: [
                ((rng.normal(size=(3, 4)) > 0,), {}),
                ((rng.normal(size=(3, 4)) > 0,), {"axis": (1,)}),
            ],
        )
    )


_truth("any", np.any)
_truth("all", np.all)


def _truths(name: str) -> None:
    def lower(
        ops: Ops, x: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **more: Any
    ) -> Any:
        refuse(name, {"out": out, **more})
        truths = x if ops.aval(x).dtype == "bool" else ops.ne(x, 0)
        return ops.apply(name, truths, axis=axes_of(axis), keepdims=keeps(keepdims))

    samples = draw((((3, 4),), {}), (((3, 4),), {"axis": 1, "keepdims": True}))
    lowered(f"{name}_nonzero", lower, _names(name), samples, "x", free=("more",))


_truths("any")
_truths("all")


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


def sorted_along(ops: Ops, x: Any, axis: int) -> Any:
    """The array with its elements in order along an axis; of equal ones, in the order they had."""
    axis %= ops.aval(x).ndim
    return pick(ops, x, ops.argsort(x, axis=axis, stable=True), axis)


def _line(ops: Ops, a: Any, axis: Any) -> tuple[Any, int]:
    if axis is None:
        return ops.reshape(a, shape=(ops.aval(a).size,)), 0
    return a, operator.index(axis)


def _sort(
    ops: Ops, a: Any, axis: Any = -1, kind: Any = None, order: Any = None, **more: Any
) -> Any:
    more.pop("stable", None)  # it always is
    refuse("sort", {"order": order, **more}, {"order": None})
    return sorted_along(ops, *_line(ops, a, axis))


# The method is not here: `x.sort()` sorts in place.
lowered(
    "sort",
    _sort,
    numpy_and_jax("sort"),
    draw((((5,),), {}), (((3, 4),), {}), (((3, 4), 0), {}), (((3, 4), None), {})),
    "a",
    free=("more",),
)


def _places(kth: Any) -> Any:
    """One place or several, as integers."""
    return ints_of((kth,)) if isinstance(kth, tuple | list | np.ndarray) else int(kth)


TABLE.add(
    StructuralEntry(
        name="argpartition",
        names=numpy_and_jax("argpartition", ".argpartition"),
        numpy=lambda x, *, kth, axis=-1: np.argpartition(x, kth, axis=axis),
        infer=lambda x, *, kth, axis=-1: Aval.of(
            (x.size,) if axis is None else x.shape, np.dtype(np.intp).name
        ),
        pullback=lambda ops, ct, result, x, *, kth, axis=-1: (None,),
        pushforward=lambda ops, tangents, result, x, *, kth, axis=-1: None,
        signature=lambda a, kth, axis=-1, kind="introselect", order=None: (
            (a,),
            {"kth": _places(kth), "axis": axis},
        ),
        samples=draw((((3, 4), 2), {})),
    )
)


def _partition(
    ops: Ops, a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> Any:
    a, k = _line(ops, a, axis)
    k %= ops.aval(a).ndim
    kth = _places(kth)
    return pick(ops, a, ops.argpartition(a, kth=kth, axis=k), k)


lowered(
    "partition",
    _partition,
    numpy_and_jax("partition"),
    draw((((5,), 2), {}), (((3, 4), 1, 0), {}), (((3, 4), [0, 2]), {})),
    "a",
)


def _counts(name: str, lower: Any, samples: Any, *arrays: str) -> None:
    lowered(name, lower, numpy_and_jax(name), samples, *arrays)


def _isclose(
    ops: Ops, a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: Any = False
) -> Any:
    near = ops.le(ops.abs(ops.sub(a, b)), ops.add(atol, ops.mul(rtol, ops.abs(b))))
    near = ops.logical_or(ops.logical_and(near, ops.isfinite(b)), ops.eq(a, b))
    if equal_nan:
        near = ops.logical_or(near, ops.logical_and(ops.isnan(a), ops.isnan(b)))
    return near


def _allclose(ops: Ops, a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
    return ops.all(_isclose(ops, a, b, *args, **kwargs), axis=None, keepdims=False)


def _array_equal(ops: Ops, a1: Any, a2: Any, equal_nan: Any = False) -> Any:
    if ops.aval(a1).shape != ops.aval(a2).shape:
        return False
    same = ops.eq(a1, a2)
    if equal_nan:
        same = ops.logical_or(same, ops.logical_and(ops.isnan(a1), ops.isnan(a2)))
    return ops.all(same, axis=None, keepdims=False)


def _array_equiv(ops: Ops, a1: Any, a2: Any) -> Any:
    return ops.all(ops.eq(a1, a2), axis=None, keepdims=False)


def _count_nonzero(ops: Ops, a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    nonzero = ops.cast(ops.ne(a, 0), dtype=np.dtype(np.intp).name)
    return ops.sum(nonzero, axis=axes_of(axis), keepdims=keeps(keepdims))


_counts("isclose", _isclose, draw((((3,), (3,)), {}), (((3,), 0.1), {"atol": 0.5})), "a", "b")
_counts("allclose", _allclose, draw((((3,), (3,)), {})), "a", "b")
_counts("array_equal", _array_equal, draw((((3,), (3,)), {}), (((3,), (2,)), {})), "a1", "a2")
_counts("array_equiv", _array_equiv, draw((((3,), (3,)), {})), "a1", "a2")
_counts("count_nonzero", _count_nonzero, draw((((3, 2),), {}), (((3, 2), 0), {})), "a")


def _search(name: str, function: Any, first_sorted: bool) -> None:
    """Where numbers stand between sorted ones: positions, which have no derivative."""
    TABLE.add(
        StructuralEntry(
            name=name,
            names=numpy_and_jax(name, *((".searchsorted",) if first_sorted else ())),
            numpy=lambda a, v, *, option: np.asarray(function(a, v, option))[()],
            infer=lambda a, v, *, option: Aval.of(
                v.shape if first_sorted else a.shape, np.dtype(np.intp).name
            ),
            pullback=lambda ops, ct, result, a, v, *, option: (None, None),
            pushforward=lambda ops, tangents, result, a, v, *, option: None,
            signature=(
                (lambda a, v, side="left": ((a, v), {"option": side}))
                if first_sorted
                else (lambda x, bins, right=False: ((x, bins), {"option": bool(right)}))
            ),
            samples=lambda rng: (
                [((np.arange(4.0), rng.uniform(-1, 4, 5)), {})]
                if first_sorted
                else [((rng.uniform(-1, 4, 5), np.arange(4.0)), {})]
            ),
        )
    )


_search("searchsorted", np.searchsorted, True)
_search("digitize", np.digitize, False)
