"""Entries that split, join and turn arrays without computing anything."""

from __future__ import annotations

import operator
from itertools import pairwise
from typing import Any

import numpy as np

from ...program.shapes import broadcast_shapes
from ..table.entry import Ops
from ..table.lowering import draw, lowered, numpy_and_jax, section, whole
from ..table.masked import as_dtype
from ..table.signatures import refuse

# -- splitting


def _array_split(ops: Ops, ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Any]:
    shape = ops.aval(ary).shape
    k = operator.index(axis) % len(shape)
    if isinstance(indices_or_sections, (list, tuple, np.ndarray)):
        cuts = [operator.index(c) for c in indices_or_sections]
    else:
        count = operator.index(indices_or_sections)
        if count <= 0:
            raise ValueError("number sections must be larger than 0.")
        each, extra = divmod(shape[k], count)
        cuts = list(np.cumsum([each + 1] * extra + [each] * (count - extra)))[:-1]
    bounds = [0, *[int(c) for c in cuts], shape[k]]
    return [section(ops, ary, k, a, b) for a, b in pairwise(bounds)]


def _split(ops: Ops, ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Any]:
    if np.ndim(indices_or_sections) == 0 and ops.aval(ary).shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return _array_split(ops, ary, indices_or_sections, axis)


def _dimension(ops: Ops, ary: Any, horizontal: int) -> int:
    return 0 if ops.aval(ary).ndim == 1 else horizontal


for _name, _rule, _calls in (
    ("array_split", _array_split, [(((7,), 3), {}), (((2, 5), 2), {"axis": 1})]),
    ("split", _split, [(((6,), 3), {}), (((5, 2), np.array([1, 3])), {})]),
    (
        "hsplit",
        lambda ops, ary, indices_or_sections: _split(
            ops, ary, indices_or_sections, _dimension(ops, ary, 1)
        ),
        [(((2, 4), 2), {}), (((4,), 2), {})],
    ),
    (
        "vsplit",
        lambda ops, ary, indices_or_sections: _split(ops, ary, indices_or_sections, 0),
        [(((4, 2), 2), {})],
    ),
    (
        "dsplit",
        lambda ops, ary, indices_or_sections: _split(ops, ary, indices_or_sections, 2),
        [(((2, 1, 4), 2), {})],
    ),
):
    lowered(_name, _rule, numpy_and_jax(_name), draw(*_calls), "ary")


def _unstack(ops: Ops, x: Any, /, *, axis: Any = 0) -> tuple[Any, ...]:
    k = axis % ops.aval(x).ndim
    rows = range(ops.aval(x).shape[k])
    return tuple([ops.getitem(x, index=(*[("slice", None, None, None)] * k, r)) for r in rows])


lowered(
    "unstack", _unstack, numpy_and_jax("unstack"), draw((((2, 3),), {}), (((2, 3),), {"axis": 1}))
)


# -- joining


def _dstack(ops: Ops, tup: Any, **more: Any) -> Any:
    refuse("dstack", more, {"casting": "same_kind"})
    return ops.concatenate(*[ops.atleast_3d(whole(ops, a)) for a in tup], axis=2)


lowered(
    "dstack",
    _dstack,
    numpy_and_jax("dstack"),
    draw((([(2, 3), (2, 3)],), {}), (([(3,), (3,)],), {})),
    free=("tup",),
)


def _block(ops: Ops, arrays: Any) -> Any:
    def depth(value: Any) -> int:
        return 1 + depth(value[0]) if isinstance(value, list) else 0

    levels = depth(arrays)

    def dims(value: Any) -> int:
        if isinstance(value, list):
            return max(dims(v) for v in value)
        return int(ops.aval(value).ndim)

    n = max(levels, dims(arrays))

    def join(value: Any, level: int) -> Any:
        if isinstance(value, list):
            parts = [join(v, level + 1) for v in value]
            return ops.concatenate(*parts, axis=level - levels)
        shape = ops.aval(value).shape
        return ops.reshape(value, shape=(1,) * (n - len(shape)) + shape)

    return join(arrays, 0)


lowered(
    "block",
    _block,
    numpy_and_jax("block"),
    draw((([[(2, 2), (2, 1)], [(1, 2), (1, 1)]],), {}), (([(2,), (3,)],), {}), (((2, 2),), {})),
    free=("arrays",),
)


# -- turning


def _rot90(ops: Ops, m: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    n = ops.aval(m).ndim
    a, b = (operator.index(v) % n for v in axes)
    turns = k % 4
    if turns == 0:
        return m
    if turns == 2:
        return ops.flip(m, axis=(a, b))
    order = list(range(n))
    order[a], order[b] = order[b], order[a]
    if turns == 1:
        return ops.transpose(ops.flip(m, axis=(b,)), axes=tuple(order))
    return ops.flip(ops.transpose(m, axes=tuple(order)), axis=(b,))


lowered(
    "rot90",
    _rot90,
    numpy_and_jax("rot90"),
    draw(*[(((2, 3), k), {}) for k in range(4)], (((2, 3, 2),), {"axes": (1, 2)})),
    "m",
)


def _rollaxis(ops: Ops, a: Any, axis: Any, start: Any = 0) -> Any:
    n = ops.aval(a).ndim
    axis %= n
    start = start + n if start < 0 else start
    start -= axis < start
    order = [k for k in range(n) if k != axis]
    order.insert(start, axis)
    return ops.transpose(a, axes=tuple(order))


lowered(
    "rollaxis",
    _rollaxis,
    numpy_and_jax("rollaxis"),
    draw(*[(((2, 3, 4), a, s), {}) for a, s in ((2, 0), (0, 3), (1, -1))]),
    "a",
)
lowered(
    "matrix_transpose",
    lambda ops, x: ops.swapaxes(x, -1, -2),
    (*numpy_and_jax("matrix_transpose"), "numpy.linalg.matrix_transpose", ".mT"),
    draw((((2, 3),), {}), (((2, 3, 4),), {})),
)


# -- shapes brought together


def _broadcast_arrays(ops: Ops, *args: Any, **more: Any) -> tuple[Any, ...]:
    refuse("broadcast_arrays", more, {"subok": False})
    shape = broadcast_shapes(*[ops.aval(a).shape for a in args])
    if all(ops.aval(a).shape == shape for a in args):
        return args
    return tuple([ops.broadcast_to(a, shape=shape) for a in args])


def _meshgrid(
    ops: Ops, *xi: Any, copy: Any = True, sparse: Any = False, indexing: Any = "xy"
) -> tuple[Any, ...]:
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    places = list(range(n))
    if indexing == "xy" and n > 1:
        places[0], places[1] = 1, 0
    sizes = [ops.aval(x).size for x in xi]
    shape = [0] * n
    for place, size in zip(places, sizes):
        shape[place] = size
    lines = [
        ops.reshape(x, shape=tuple(size if k == place else 1 for k in range(n)))
        for x, place, size in zip(xi, places, sizes)
    ]
    if sparse:
        return tuple(lines)
    return tuple([ops.broadcast_to(line, shape=tuple(shape)) for line in lines])


lowered(
    "broadcast_arrays",
    _broadcast_arrays,
    numpy_and_jax("broadcast_arrays"),
    draw((((2, 1), (3,)), {})),
    "args",
)
lowered(
    "meshgrid",
    _meshgrid,
    numpy_and_jax("meshgrid"),
    draw(
        (((2,), (3,)), {}),
        (((2,), (3,), (2,)), {"indexing": "ij"}),
        (((2,), (3,)), {"sparse": True}),
    ),
    "xi",
)


def _ix(ops: Ops, *args: Any) -> tuple[Any, ...]:
    n = len(args)
    args = tuple([np.flatnonzero(ops.known(a)) if ops.aval(a).dtype == "bool" else a for a in args])
    return tuple(
        [
            ops.reshape(a, shape=tuple(ops.aval(a).size if j == k else 1 for j in range(n)))
            for k, a in enumerate(args)
        ]
    )


lowered("ix_", _ix, numpy_and_jax("ix_"), draw((((2,), (3,)), {})), "args")


# -- what leaves the array as it is


def _as_it_is(ops: Ops, a: Any, dtype: Any = None, *requirements: Any, **more: Any) -> Any:
    a = as_dtype(ops, a, dtype)
    return a if ops.aval(a).ndim else ops.atleast_1d(a)


for _name in ("ascontiguousarray", "asfortranarray", "asarray_chkfinite", "require"):
    lowered(
        _name,
        _as_it_is,
        (f"numpy.{_name}",),
        draw((((2, 3),), {}), (((2, 3), None), {}), (((3,),), {"dtype": None})),
        "a",
        free=("requirements", "more"),
    )


def _resize(ops: Ops, a: Any, new_shape: Any) -> Any:
    shape = (new_shape,) if np.ndim(new_shape) == 0 else tuple(new_shape)
    size = int(np.prod(shape))
    places = np.arange(size) % max(ops.aval(a).size, 1)
    flat = ops.reshape(a, shape=(ops.aval(a).size,))
    return ops.reshape(ops.getitem(flat, places, index=(("array", 0),)), shape=shape)


lowered("resize", _resize, ("numpy.resize", "jax.numpy.resize"), draw((((2, 3), [2, 5]), {})), "a")
