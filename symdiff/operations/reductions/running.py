"""Entries that keep a running sum, product or extreme, by the rule of what they accumulate."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Kink, Ops, StructuralEntry
from ..table.lowering import along, draw, lowered, numpy_and_jax, reads, section, whole
from ..table.masked import as_dtype
from ..table.signatures import emit_call, refuse
from .reducing import spellings


def _line(ops: Ops, x: Any, axis: Any) -> tuple[Any, int]:
    """The array and the axis to run along; a flat array where no axis is named."""
    x = whole(ops, x)
    if axis is None or not ops.aval(x).ndim:
        return ops.reshape(x, shape=(ops.aval(x).size,)), 0
    return x, operator.index(axis) % ops.aval(x).ndim


# -- running sums


def _cumsum_signature(
    x: Any, axis: Any = None, dtype: Any = None, **more: Any
) -> tuple[tuple[Any], dict[str, Any]]:
    axis = more.pop("dim", axis)
    refuse("cumsum", {"dtype": dtype, **more})
    return (x,), {"axis": None if axis is None else operator.index(axis)}


def _cumsum_pullback(ops: Ops, ct: Any, result: Any, x: Any, *, axis: int | None) -> tuple[Any]:
    axes = None if axis is None else (axis,)
    back = ops.flip(ops.cumsum(ops.flip(ct, axis=axes), axis=axis), axis=axes)
    return (back if axis is not None else ops.reshape(back, shape=ops.aval(x).shape),)


TABLE.add(
    StructuralEntry(
        name="cumsum",
        names=spellings("cumsum"),
        numpy=lambda x, *, axis: np.cumsum(x, axis=axis),
        infer=lambda x, *, axis: Aval.of(
            (x.size,) if axis is None else x.shape, np.cumsum(np.ones(1, x.dtype)).dtype.name
        ),
        pullback=_cumsum_pullback,
        linear="joint",
        signature=_cumsum_signature,
        keywords=lambda ops, x, axis=None, dtype=None: ops.cumsum(
            as_dtype(ops, x, dtype), axis=None if axis is None else operator.index(axis)
        ),
        emit=emit_call("cumsum"),
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)),), {}),
            ((rng.normal(size=(2, 3)),), {"axis": 1}),
            ((rng.normal(size=4),), {"axis": -1}),
        ],
    )
)


# -- running products: by doubling, so that a zero among the factors needs no division


def _shifted_product(ops: Ops, y: Any, step: int, axis: int) -> Any:
    n = ops.aval(y).shape[axis]
    head = section(ops, y, axis, 0, step)
    moved = ops.mul(section(ops, y, axis, step, n), section(ops, y, axis, 0, n - step))
    return ops.concatenate(head, moved, axis=axis)


def _cumprod_pullback(ops: Ops, ct: Any, result: Any, x: Any, *, axis: int) -> tuple[Any]:
    n = ops.aval(x).shape[axis]
    levels, y, step = [], x, 1
    while step < n:
        levels.append((y, step))
        y = _shifted_product(ops, y, step, axis)
        step *= 2
    bar = ct
    for y, step in reversed(levels):
        late = section(ops, bar, axis, step, n)
        after = ops.mul(late, section(ops, y, axis, 0, n - step))
        before = ops.mul(late, section(ops, y, axis, step, n))
        head = section(ops, bar, axis, 0, step)
        shape = ops.aval(x).shape
        whole_before = ops.scatter_add(
            before, index=along(axis, ("slice", 0, n - step, None)), shape=shape
        )
        bar = ops.add(ops.concatenate(head, after, axis=axis), whole_before)
    return (bar,)


def _cumprod_pushforward(ops: Ops, tangents: Any, result: Any, x: Any, *, axis: int) -> Any:
    n = ops.aval(x).shape[axis]
    y, t, step = x, tangents[0], 1
    while step < n:
        late, early = section(ops, y, axis, step, n), section(ops, y, axis, 0, n - step)
        moved = ops.add(
            ops.mul(section(ops, t, axis, step, n), early),
            ops.mul(late, section(ops, t, axis, 0, n - step)),
        )
        t = ops.concatenate(section(ops, t, axis, 0, step), moved, axis=axis)
        y = _shifted_product(ops, y, step, axis)
        step *= 2
    return t


TABLE.add(
    StructuralEntry(
        name="running_product",
        numpy=lambda x, *, axis: np.cumprod(x, axis=axis),
        infer=lambda x, *, axis: Aval.of(x.shape, np.cumprod(np.ones(1, x.dtype)).dtype.name),
        pullback=_cumprod_pullback,
        pushforward=_cumprod_pushforward,
        emit=lambda o, p: f"numpy.cumprod({o[0]}, axis={p['axis']})",
        samples=lambda rng: (
            [((rng.normal(size=n),), {"axis": 0}) for n in (1, 2, 5, 8)]
            + [
                ((rng.normal(size=(2, 3)),), {"axis": 1}),
                ((np.array([1.5, 0.0, 2.0, 0.0, 3.0]),), {"axis": 0}),
            ]
        ),
    )
)


def _cumprod(ops: Ops, x: Any, axis: Any = None, dtype: Any = None, **more: Any) -> Any:
    axis = more.pop("dim", axis)
    refuse("cumprod", more)
    x, k = _line(ops, as_dtype(ops, x, dtype), axis)
    return ops.running_product(x, axis=k)


lowered(
    "cumprod",
    _cumprod,
    numpy_and_jax("cumprod", ".cumprod", "torch.cumprod"),
    draw((((2, 3),), {}), (((2, 3),), {"axis": 1}), (((4,),), {"axis": -1})),
)


def _cumulative(name: str, initial: float) -> None:
    def lower(
        ops: Ops,
        x: Any,
        /,
        *,
        axis: Any = None,
        dtype: Any = None,
        include_initial: Any = False,
        **more: Any,
    ) -> Any:
        refuse(f"cumulative_{name}", more)
        if axis is None and ops.aval(x).ndim != 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` is required.")
        x, k = _line(ops, as_dtype(ops, x, dtype), axis)
        run = ops.cumsum(x, axis=k) if name == "sum" else ops.running_product(x, axis=k)
        if not include_initial:
            return run
        shape = list(ops.aval(x).shape)
        shape[k] = 1
        first = np.full(shape, initial, ops.aval(x).dtype)
        return ops.concatenate(first, run, axis=k)

    lowered(
        f"cumulative_{name}",
        lower,
        numpy_and_jax(f"cumulative_{name}"),
        draw((((4,),), {}), (((2, 3),), {"axis": 1, "include_initial": True})),
    )


_cumulative("sum", 0.0)
_cumulative("prod", 1.0)


# -- running extremes: the first element that reached the extreme has all the derivative


def _leaders(x: Any, *, axis: int, largest: bool) -> Any:
    """Along `axis`, where the extreme so far stands."""
    x = np.moveaxis(np.asarray(x), axis, -1)
    run = (np.maximum if largest else np.minimum).accumulate(x, axis=-1)
    fresh = np.ones(x.shape, bool)
    # After a NaN nothing is better.
    fresh[..., 1:] = (run[..., 1:] != run[..., :-1]) & ~np.isnan(run[..., :-1])
    places = np.where(fresh, np.arange(x.shape[-1]), 0)
    return np.moveaxis(np.maximum.accumulate(places, axis=-1), -1, axis)


TABLE.add(
    StructuralEntry(
        name="leaders",
        numpy=_leaders,
        infer=lambda x, *, axis, largest: Aval.of(x.shape, np.dtype(np.intp).name),
        pullback=lambda ops, ct, result, x, *, axis, largest: (None,),
        pushforward=lambda ops, tangents, result, x, *, axis, largest: None,
        samples=lambda rng: [((rng.normal(size=(2, 4)),), {"axis": 1, "largest": True})],
    )
)


def pick(ops: Ops, x: Any, places: Any, axis: int) -> Any:
    """`numpy.take_along_axis(x, places, axis)`."""
    shape = ops.aval(x).shape
    wide = ops.aval(places).shape
    if len(shape) == 1:
        return ops.getitem(x, places, index=(("array", 0),))
    arrays: list[Any] = []
    for k in range(len(shape)):
        if k == axis:
            arrays.append(places)
            continue
        n = max(shape[k], wide[k]) if 1 in (shape[k], wide[k]) else shape[k]
        line = np.arange(n) if shape[k] == n else np.zeros(n, np.intp)
        arrays.append(line.reshape([-1 if j == k else 1 for j in range(len(shape))]))
    return ops.getitem(x, *arrays, index=tuple(("array", k) for k in range(len(shape))))


def _running_extreme(name: str, largest: bool) -> None:
    def lower(ops: Ops, x: Any, axis: Any = 0) -> Any:
        x, k = _line(ops, x, axis)
        return pick(ops, x, ops.leaders(x, axis=k, largest=largest), k)

    TABLE.add(
        StructuralEntry(
            name=name,
            names=(f"torch.{name}", f"jax.lax.{name}"),
            lower=reads(lower, "x"),
            samples=draw((((4,),), {}), (((3, 4),), {"axis": 1})),
            kinks=(Kink((1.0, 1.0), (1.0, 0.0), "of elements that tie the first"),),
        )
    )


_running_extreme("cummax", True)
_running_extreme("cummin", False)
