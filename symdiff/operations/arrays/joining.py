"""Entries that build one array from several, and that repeat one."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import reads
from ..table.masked import as_dtype
from ..table.signatures import ints_of, refuse

_ALL = ("slice", None, None, None)


def _joint_dtype(avals: Sequence[Aval]) -> str:
    samples: list[Any] = [np.ones((), a.dtype)[()] for a in avals]
    return np.result_type(*samples).name


# -- concatenate


def _concatenated(*avals: Aval, axis: int) -> Aval:
    shape = list(avals[0].shape)
    shape[axis] = sum(a.shape[axis] for a in avals)
    return Aval.of(tuple(shape), _joint_dtype(avals))


def _concatenate_pullback(ops: Ops, ct: Any, result: Any, *operands: Any, axis: int) -> list[Any]:
    start, parts = 0, []
    for operand in operands:
        shape = ops.aval(operand).shape
        stop = start + shape[axis]
        before = (_ALL,) * (axis % len(shape))
        parts.append(ops.getitem(ct, index=(*before, ("slice", start, stop, None))))
        start = stop
    return parts


TABLE.add(
    StructuralEntry(
        name="concatenate",
        numpy=lambda *operands, axis: np.concatenate(operands, axis=axis),
        infer=_concatenated,
        pullback=_concatenate_pullback,
        linear="joint",
        emit=lambda o, p: f"numpy.concatenate(({', '.join(o)},), axis={p['axis']})",
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)), rng.normal(size=(1, 3))), {"axis": 0}),
            ((rng.normal(size=(2, 3)), rng.normal(size=(2, 1))), {"axis": -1}),
            ((rng.normal(size=3),), {"axis": 0}),
        ],
    )
)


def _of_dtype(ops: Ops, name: str, arrays: Any, more: dict[str, Any]) -> Any:
    """The arrays, in the dtype that the call asks for."""
    dtype = more.pop("dtype", None)
    casting = more.pop("casting", "same_kind")  # tells only what NumPy refuses
    refuse(name, more)
    if dtype is None:
        return arrays
    for array in arrays:
        if not np.can_cast(ops.aval(array).dtype, dtype, casting):
            raise TypeError(f"Cannot cast array data to {np.dtype(dtype)!r} by {casting!r}")
    return [as_dtype(ops, a, dtype) for a in arrays]


def _concatenate(ops: Ops, arrays: Any, axis: Any = 0, **more: Any) -> Any:
    arrays = _of_dtype(ops, "concatenate", arrays, more)
    if axis is None:
        return ops.concatenate(*[ops.ravel(a) for a in arrays], axis=0)
    return ops.concatenate(*arrays, axis=operator.index(axis))


def _stack(ops: Ops, arrays: Any, axis: int = 0, **more: Any) -> Any:
    arrays = _of_dtype(ops, "stack", arrays, more)
    axis %= ops.aval(arrays[0]).ndim + 1
    return ops.concatenate(*[ops.expand_dims(a, axis) for a in arrays], axis=axis)


def _hstack(ops: Ops, arrays: Any, **more: Any) -> Any:
    arrays = _of_dtype(ops, "hstack", arrays, more)
    arrays = [ops.atleast_1d(a) for a in arrays]
    return ops.concatenate(*arrays, axis=0 if ops.aval(arrays[0]).ndim == 1 else 1)


def _vstack(ops: Ops, arrays: Any, **more: Any) -> Any:
    arrays = _of_dtype(ops, "vstack", arrays, more)
    return ops.concatenate(*[ops.atleast_2d(a) for a in arrays], axis=0)


def _column_stack(ops: Ops, arrays: Any) -> Any:
    columns = [
        ops.reshape(a, shape=(ops.aval(a).size, 1)) if ops.aval(a).ndim < 2 else a for a in arrays
    ]
    return ops.concatenate(*columns, axis=1)


def _sequence_samples(*shapes: tuple[int, ...]) -> Any:
    return lambda rng: [(([rng.normal(size=s) for s in (shape, shape)],), {}) for shape in shapes]


for _name, _lower, _shapes in (
    ("concatenate", _concatenate, ((2, 3), (3,))),
    ("stack", _stack, ((2, 3), (3,), ())),
    ("hstack", _hstack, ((2, 3), (3,), ())),
    ("vstack", _vstack, ((2, 3), (3,), ())),
    ("column_stack", _column_stack, ((2, 3), (3,))),
):
    _also = {
        "concatenate": ("torch.cat", "torch.concat", "numpy.concat"),
        "vstack": (),
    }
    TABLE.add(
        StructuralEntry(
            name=f"{_name}_of" if _name == "concatenate" else _name,
            names=(f"numpy.{_name}", f"torch.{_name}", f"jax.numpy.{_name}", *_also.get(_name, ())),
            lower=_lower,
            samples=_sequence_samples(*_shapes),
        )
    )


def _append(ops: Ops, x: Any, values: Any, axis: Any = None) -> Any:
    return _concatenate(ops, (x, values), axis)


TABLE.add(
    StructuralEntry(
        name="append",
        names=("numpy.append", "jax.numpy.append"),
        lower=reads(_append, "x", "values"),
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)), rng.normal(size=2)), {}),
            ((rng.normal(size=(2, 3)), rng.normal(size=(1, 3)), 0), {}),
        ],
    )
)


# -- an array of numbers: np.array([[x[0], 1.0], [2.0, x[1]]])


def _array_dtype(avals: Sequence[Aval]) -> str:
    samples: list[Any] = [np.ones((), a.dtype)[()] for a in avals]
    return np.array(
        [s.item() if a.weak else s for s, a in zip(samples, avals, strict=True)]
    ).dtype.name


TABLE.add(
    StructuralEntry(
        name="rows",
        numpy=lambda *operands: np.stack(operands),
        infer=lambda *avals: Aval.of((len(avals), *avals[0].shape), _array_dtype(avals)),
        pullback=lambda ops, ct, result, *operands: [
            ops.getitem(ct, index=(k,)) for k in range(len(operands))
        ],
        linear="joint",
        emit=lambda o, p: f"numpy.stack([{', '.join(o)}])",
        describe=lambda o, p: f"rows({', '.join(o)})",
        samples=lambda rng: [
            ((rng.normal(size=3), rng.normal(size=3)), {}),
            ((rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), rng.normal(size=(2, 3))), {}),
        ],
    )
)
TABLE.add(
    StructuralEntry(
        name="array",
        numpy=lambda *operands, shape: np.array(operands).reshape(shape),
        infer=lambda *avals, shape: Aval.of(shape, _array_dtype(avals)),
        pullback=lambda ops, ct, result, *operands, shape: (
            [
                ops.getitem(ct, index=tuple(int(i) for i in np.unravel_index(k, shape)))
                for k in range(len(operands))
            ]
            if shape
            else [ct]
        ),
        linear="joint",
        emit=lambda o, p: (
            f"numpy.array([{', '.join(o)}])"
            if len(p["shape"]) == 1
            else f"numpy.array([{', '.join(o)}]).reshape({p['shape']!r})"
        ),
        describe=lambda o, p: f"array({_nested(list(o), p['shape'])})",
        samples=lambda rng: [
            (tuple(rng.normal(size=3)), {"shape": (3,)}),
            (tuple(rng.normal(size=4)), {"shape": (2, 2)}),
        ],
    )
)


def _nested(items: list[str], shape: tuple[int, ...]) -> str:
    if not shape:
        return items[0]
    step = len(items) // shape[0] if shape[0] else 0
    rows = [_nested(items[k * step : (k + 1) * step], shape[1:]) for k in range(shape[0])]
    return f"[{', '.join(rows)}]"


# -- repetition


def _tile(ops: Ops, x: Any, *reps: Any) -> Any:
    counts = ints_of(tuple(ops.known(r) for r in reps))
    shape = ops.aval(x).shape
    n = max(len(shape), len(counts))
    shape = (1,) * (n - len(shape)) + shape
    counts = (1,) * (n - len(counts)) + counts
    apart = tuple(v for k in range(n) for v in (1, shape[k]))
    spread = tuple(v for k in range(n) for v in (counts[k], shape[k]))
    joined = tuple(counts[k] * shape[k] for k in range(n))
    repeated = ops.broadcast_to(ops.reshape(x, shape=apart), shape=spread)
    return ops.reshape(repeated, shape=joined)


def _repeat(ops: Ops, x: Any, repeats: Any, axis: Any = None) -> Any:
    if axis is None:
        x, axis = ops.ravel(x), 0
    shape = ops.aval(x).shape
    axis %= len(shape)
    if np.ndim(repeats):
        chosen = np.repeat(np.arange(shape[axis]), repeats)
        return ops.getitem(x, chosen, index=(*[_ALL] * axis, ("array", 0)))
    count = operator.index(repeats)
    apart = (*shape[: axis + 1], 1, *shape[axis + 1 :])
    spread = (*shape[: axis + 1], count, *shape[axis + 1 :])
    joined = (*shape[:axis], shape[axis] * count, *shape[axis + 1 :])
    repeated = ops.broadcast_to(ops.reshape(x, shape=apart), shape=spread)
    return ops.reshape(repeated, shape=joined)


TABLE.add(
    StructuralEntry(
        name="tile",
        names=("numpy.tile", "torch.tile", "jax.numpy.tile", ".tile"),
        lower=reads(_tile, "x", free=("reps",)),
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)), 2), {}),
            ((rng.normal(size=3), (2, 2)), {}),
            ((rng.normal(size=(2, 3)), (2, 1, 3)), {}),
        ],
    )
)
TABLE.add(
    StructuralEntry(
        name="repeat",
        names=("numpy.repeat", "jax.numpy.repeat", ".repeat"),
        lower=reads(_repeat, "x"),
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)), 2), {}),
            ((rng.normal(size=(2, 3)), 2), {"axis": 1}),
            ((rng.normal(size=(2, 3)), [0, 3]), {"axis": 0}),
        ],
    )
)
