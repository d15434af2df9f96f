"""Entries that read and write parts of arrays: `x[i]`, its adjoint, and writing as a new array.

An index is a parameter, so it must be hashable; `encode_index` makes it so. Arrays inside an index
are operands of their own, and the encoded index refers to them by position.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.signatures import tight

IndexCode = tuple[Any, ...]


class Place:
    """An integer in an index that the program computes: an operand, rather than a parameter."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def encode_index(index: Any) -> tuple[IndexCode, tuple[Any, ...]]:
    """An index as a hashable code and the arrays it refers to.

    The code is a tuple of items: an `int`, `None` (a new axis), `"..."`, `("slice", start, stop,
    step)`, `("place", k)` for one integer that the program computes, `("array", k)` for an array of
    integers, or `("mask", k, count, ndim)` for an array of bools, `count` of them true; `k` numbers
    the operands that the index refers to.

    Args:
        index: what stands between the brackets of `x[...]`: integers, slices, `None`, `Ellipsis`,
            arrays or lists of integers or bools, or a tuple of these.

    Raises:
        UnsupportedError: an item is none of these.

    >>> encode_index((0, slice(1, None)))
    ((0, ('slice', 1, None, None)), ())
    >>> encode_index(np.array([2, 0]))
    ((('array', 0),), (array([2, 0]),))
    """
    code: list[Any] = []
    arrays: list[Any] = []
    for item in index if isinstance(index, tuple) else (index,):
        if item is None:
            code.append(None)
        elif item is Ellipsis:
            code.append("...")
        elif isinstance(item, slice):
            code.append(("slice", _bound(item.start), _bound(item.stop), _bound(item.step)))
        elif isinstance(item, (int, np.integer)) and not isinstance(item, bool):
            code.append(int(item))
        else:
            if isinstance(item, Place):
                code.append(("place", len(arrays)))
                arrays.append(item)
                continue
            array = np.asarray(item)
            if array.size == 0 and isinstance(item, list):
                array = array.astype(np.intp)
            if array.dtype == bool and not array.ndim:
                raise UnsupportedError(
                    f"an array cannot be indexed by {item!r}, a single truth value",
                    remedy="write an `if`, or index with `None`",
                )
            if array.dtype == bool:
                code.append(("mask", len(arrays), int(np.count_nonzero(array)), array.ndim))
            elif array.dtype.kind in "iu":
                code.append(("array", len(arrays)))
            else:
                raise UnsupportedError(
                    f"an array cannot be indexed by {item!r}",
                    why="an index is made of integers, slices, None, ... and int or bool arrays",
                )
            arrays.append(array)
    return tuple(code), tuple(arrays)


def _bound(value: Any) -> int | None:
    return None if value is None else operator.index(value)


def decode_index(code: IndexCode, arrays: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The index that `encode_index` encoded.

    >>> decode_index((0, ("slice", 1, None, None), "..."))
    (0, slice(1, None, None), Ellipsis)
    """
    return tuple(_decode(item, arrays) for item in code)


def _decode(item: Any, arrays: Sequence[Any]) -> Any:
    if item == "...":
        return Ellipsis
    if not isinstance(item, tuple):
        return item
    if item[0] == "slice":
        return slice(*item[1:])
    found = arrays[item[1]]
    return operator.index(found) if item[0] == "place" else found


def tuples_of(code: IndexCode) -> list[tuple[Any, ...]]:
    """The items of an index that are slices or refer to operands."""
    return [item for item in code if isinstance(item, tuple)]


def has_place(code: IndexCode) -> bool:
    """Whether an index has an integer that the program computes.

    >>> has_place((1, ("place", 0))), has_place((("array", 0),))
    (True, False)
    """
    return any(item[0] == "place" for item in tuples_of(code))


def renumbered(code: IndexCode, first: int) -> IndexCode:
    """The index with the operands it refers to numbered from `first` on."""
    return tuple(
        [
            (item[0], item[1] + first, *item[2:])
            if isinstance(item, tuple) and item[0] != "slice"
            else item
            for item in code
        ]
    )


def format_index(code: IndexCode, arrays: Sequence[str] = ()) -> str:
    """An encoded index as people write it between the brackets.

    >>> format_index((0, ("slice", 1, None, None), "...", ("slice", None, None, 2)))
    '0, 1:, ..., ::2'
    """
    if not code:
        return "()"
    return ", ".join(_format(item, arrays) for item in code)


def _format(item: Any, arrays: Sequence[str]) -> str:
    if not isinstance(item, tuple):
        return str(item)
    if item[0] != "slice":
        return arrays[item[1]]
    start, stop, step = ("" if v is None else str(v) for v in item[1:])
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


@lru_cache(maxsize=1024)
def indexed_shape(
    shape: tuple[int, ...], code: IndexCode, arrays: tuple[tuple[int, ...], ...] = ()
) -> tuple[int, ...]:
    """The shape of `x[index]` for `x` of that shape, given the shapes of the index arrays.

    >>> indexed_shape((4, 3), (("array", 0), 1), ((5,),))
    (5,)
    """
    index: list[Any] = []
    for item in code:
        if isinstance(item, tuple) and item[0] == "mask":
            index.extend([np.zeros(item[2], np.intp)] * item[3])
        elif isinstance(item, tuple) and item[0] == "array":
            index.append(np.zeros(arrays[item[1]], np.intp))
        elif isinstance(item, tuple) and item[0] == "place":
            index.append(0)
        else:
            index.append(_decode(item, ()))
    # No memory: one number seen as an array of that shape.
    return np.shape(np.broadcast_to(np.float64(0.0), shape)[tuple(index)])


def _shape_of(shape: tuple[int, ...], code: IndexCode, arrays: Sequence[Aval]) -> tuple[int, ...]:
    return indexed_shape(shape, code, tuple(a.shape for a in arrays))


# -- reading


_ALL = ("slice", None, None, None)


def _read_inline(
    operands: Sequence[str], params: dict[str, Any], avals: Sequence[Aval]
) -> str | None:
    """What has no dimensions may be a Python number, which takes no index: it is itself."""
    if avals[0].shape:
        return None
    new = params["index"].count(None)
    return f"numpy.reshape({operands[0]}, {(1,) * new})" if new else operands[0]


def _getitem_signature(x: Any, index: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    code, arrays = encode_index(index)
    return (x, *arrays), {"index": code}


def _is_whole(index: IndexCode, ndim: int) -> bool:
    """Whether an index names all there is, in its order: `x[...]`, `x[:, None]`, `x[()]`."""
    given = [item for item in index if item not in ("...", None)]
    return all(item == _ALL for item in given) and len(given) <= ndim


def _getitem_pullback(
    ops: Ops, ct: Any, result: Any, x: Any, *arrays: Any, index: IndexCode
) -> Any:
    if _is_whole(index, ops.aval(x).ndim):
        return (ops.reshape(ct, shape=ops.aval(x).shape) if None in index else ct,)
    back = ops.scatter_add(ct, *arrays, index=index, shape=ops.aval(x).shape)
    return (back, *[None] * len(arrays))


def _read_samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    return [
        ((rng.normal(size=(3, 4)), index), {})
        for index in (
            1,
            (0, -1),
            slice(1, None),
            (Ellipsis, None, slice(None, None, -2)),
            (slice(None), [0, 0, 3]),
            ([[0, 1], [1, 1]], 2),
            np.array([[True, False, True, False]] * 3),
            (np.array([True, False, True]), slice(0, 2)),
            (np.array([2, 2, 0]), np.array([1, 1, 3])),
            (),
        )
    ]


TABLE.add(
    StructuralEntry(
        name="getitem",
        names=("operator.getitem",),
        numpy=lambda x, *arrays, index: np.asarray(x)[decode_index(index, arrays)],
        infer=lambda x, *arrays, index: Aval.of(_shape_of(x.shape, index, arrays), x.dtype),
        pullback=_getitem_pullback,
        pushforward=lambda ops, tangents, result, x, *arrays, index: (
            None if tangents[0] is None else ops.getitem(tangents[0], *arrays, index=index)
        ),
        signature=_getitem_signature,
        emit=lambda o, p: f"{tight(o[0])}[{format_index(p['index'], o[1:])}]",
        inline=_read_inline,
        describe=lambda o, p: f"{tight(o[0])}[{format_index(p['index'], o[1:])}]",
        alias=True,
        samples=_read_samples,
    )
)


# -- the adjoint of reading


def _scatter_add(ct: Any, *arrays: Any, index: IndexCode, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape`, with `ct` added at `index`; repeated places add up."""
    whole = np.zeros(shape, np.asarray(ct).dtype)
    where = decode_index(index, arrays)
    if any(isinstance(item, tuple) and item[0] == "array" for item in index):
        np.add.at(whole, where, ct)
    else:
        whole[where] = ct
    return whole


def _scatter_samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    rows = np.array([0, 2, 0])
    mask = np.array([True, False, True])
    return [
        ((rng.normal(size=4),), {"index": (1,), "shape": (3, 4)}),
        ((rng.normal(size=(3, 4)), rows), {"index": (("array", 0),), "shape": (3, 4)}),
        ((rng.normal(size=(2, 4)), mask), {"index": (("mask", 0, 2, 1),), "shape": (3, 4)}),
        ((rng.normal(size=3),), {"index": (_ALL, 0), "shape": (3, 4)}),
    ]


TABLE.add(
    StructuralEntry(
        name="scatter_add",
        numpy=_scatter_add,
        infer=lambda ct, *arrays, index, shape: Aval.of(shape, ct.dtype),
        pullback=lambda ops, ct, result, x, *arrays, index, shape: (
            ops.getitem(ct, *arrays, index=index),
            *[None] * len(arrays),
        ),
        pushforward=lambda ops, tangents, result, x, *arrays, index, shape: (
            None
            if tangents[0] is None
            else ops.scatter_add(tangents[0], *arrays, index=index, shape=shape)
        ),
        describe=lambda o, p: (
            f"zeros({p['shape']}).at[{format_index(p['index'], o[1:])}].add({o[0]})"
        ),
        samples=_scatter_samples,
    )
)


@lru_cache(maxsize=256)
def disjoint(
    indexes: tuple[IndexCode, ...], shape: tuple[int, ...]
) -> tuple[tuple[tuple[Any, ...] | None, ...], tuple[bool, ...], bool]:
    """The indexes decoded, whether each meets no earlier one, and whether they tile the shape.

    `None` stands for an index with a place that the program computes: it may meet any other.
    """
    filled = np.zeros(shape, bool)
    decoded: list[tuple[Any, ...] | None] = []
    alone = []
    moving = False
    for code in indexes:
        if has_place(code):
            moving = True
            decoded.append(None)
            alone.append(False)
            continue
        where = decode_index(code)
        alone.append(not moving and not filled[where].any())
        filled[where] = True
        decoded.append(where)
    return tuple(decoded), tuple(alone), all(alone) and bool(filled.all())


def _scatter_sum_of(*, indexes: tuple[IndexCode, ...], shape: tuple[int, ...]) -> Any:
    """A function of the parts, with everything that the indexes decide decided once."""
    decoded, alone, full = disjoint(indexes, shape)
    count = len(indexes)

    def scatter_sum(*operands: Any) -> Any:
        parts, places = operands[:count], operands[count:]
        dtype = np.result_type(*parts) if count < 16 else np.asarray(parts[0]).dtype
        whole = np.empty(shape, dtype) if full else np.zeros(shape, dtype)
        for code, where, fresh, part in zip(indexes, decoded, alone, parts, strict=True):
            if fresh:
                whole[where] = part
            else:
                whole[decode_index(code, places) if where is None else where] += part
        return whole

    return scatter_sum


def _scatter_sum_infer(
    *operands: Aval, indexes: tuple[IndexCode, ...], shape: tuple[int, ...]
) -> Aval:
    parts = operands[: len(indexes)]
    return Aval.of(shape, np.result_type(*{p.dtype for p in parts}).name)


def _scatter_sum_pushforward(
    ops: Ops,
    tangents: Sequence[Any],
    result: Any,
    *operands: Any,
    indexes: tuple[IndexCode, ...],
    shape: tuple[int, ...],
) -> Any:
    moving = [(t, i) for t, i in zip(tangents, indexes, strict=False) if t is not None]
    if not moving:
        return None
    return ops.scatter_sum(
        *[t for t, _ in moving],
        *operands[len(indexes) :],
        indexes=tuple(i for _, i in moving),
        shape=shape,
    )


def _scatter_sum_pullback(
    ops: Ops,
    ct: Any,
    result: Any,
    *operands: Any,
    indexes: tuple[IndexCode, ...],
    shape: tuple[int, ...],
) -> list[Any]:
    places = operands[len(indexes) :]
    found = []
    for code in indexes:
        own = [places[item[1]] for item in tuples_of(code) if item[0] == "place"]
        numbers = iter(range(len(own)))
        local = tuple(
            [
                ("place", next(numbers)) if isinstance(item, tuple) and item[0] == "place" else item
                for item in code
            ]
        )
        found.append(ops.getitem(ct, *own, index=local))
    return [*found, *[None] * len(places)]


def _scatter_sum_text(o: Sequence[str], p: dict[str, Any]) -> str:
    places = o[len(p["indexes"]) :]
    adds = [
        f".at[{format_index(i, places)}].add({text})"
        for i, text in zip(p["indexes"], o, strict=False)
    ]
    return f"zeros({p['shape']}){''.join(adds)}"


TABLE.add(
    StructuralEntry(
        name="scatter_sum",
        numpy=lambda *parts, indexes, shape: _scatter_sum_of(indexes=indexes, shape=shape)(*parts),
        prepare=_scatter_sum_of,
        infer=_scatter_sum_infer,
        pullback=_scatter_sum_pullback,
        pushforward=_scatter_sum_pushforward,
        describe=_scatter_sum_text,
        samples=lambda rng: [
            (
                (rng.normal(size=4), rng.normal(size=3), rng.normal(), rng.normal(size=(2, 4))),
                {
                    "indexes": ((1,), (_ALL, 0), (2, -1), (("slice", 0, 2, None),)),
                    "shape": (3, 4),
                },
            ),
            (
                (rng.normal(size=(3, 1)), rng.normal(size=(3, 3))),
                {
                    "indexes": (
                        (_ALL, ("slice", None, 1, None)),
                        (_ALL, ("slice", 1, None, None)),
                    ),
                    "shape": (3, 4),
                },
            ),
            (
                (rng.normal(size=4), rng.normal(size=4), rng.normal(size=3), rng.normal(), 1, -1),
                {
                    "indexes": (
                        (("place", 0),),
                        (1,),
                        (_ALL, ("place", 1)),
                        (("place", 0), ("place", 1)),
                    ),
                    "shape": (3, 4),
                },
            ),
        ],
    )
)


# -- writing, as a new array


def _setitem(x: Any, value: Any, *arrays: Any, index: IndexCode) -> Any:
    """A copy of `x` with `x[index] = value`."""
    changed = np.array(x)
    changed[decode_index(index, arrays)] = value
    return changed


def _last_writes(*arrays: Any, index: IndexCode, shape: tuple[int, ...]) -> Any:
    """Which elements of a selection survive when the same place is written more than once."""
    where = decode_index(index, arrays)
    places = np.full(shape, -1)
    selection = places[where].shape
    numbers = np.arange(int(np.prod(selection))).reshape(selection)
    places[where] = numbers
    return places[where] == numbers


TABLE.add(
    StructuralEntry(
        name="last_writes",
        numpy=_last_writes,
        infer=lambda *arrays, index, shape: Aval.of(_shape_of(shape, index, arrays), "bool"),
        pullback=lambda ops, ct, result, *arrays, index, shape: (None,) * len(arrays),
        pushforward=lambda ops, tangents, result, *arrays, index, shape: None,
    )
)


def _setitem_pullback(
    ops: Ops, ct: Any, result: Any, x: Any, value: Any, *arrays: Any, index: IndexCode
) -> tuple[Any, ...]:
    shape = ops.aval(x).shape
    whole = _is_whole(index, len(shape))
    if whole:
        part = ops.reshape(ct, shape=indexed_shape(shape, index, ())) if None in index else ct
    else:
        part = ops.getitem(ct, *arrays, index=index)
    if any(isinstance(item, tuple) and item[0] == "array" for item in index):
        survives = ops.last_writes(*arrays, index=index, shape=shape)
        part = ops.where(survives, part, 0.0)
    given = ops.aval(value).shape
    have = ops.aval(part).shape
    # NumPy lets the value have more leading axes of length one than the selection.
    core = given[max(len(given) - len(have), 0) :]
    if core != have:
        part = ops.unbroadcast(part, shape=core)
    if core != given:
        part = ops.reshape(part, shape=given)
    rest = None if whole else ops.setitem(ct, 0.0, *arrays, index=index)
    return (rest, part, *[None] * len(arrays))


def _setitem_pushforward(
    ops: Ops, tangents: Any, result: Any, x: Any, value: Any, *arrays: Any, index: IndexCode
) -> Any:
    moved = tangents[0]
    if moved is None:
        zero = np.zeros(ops.aval(x).shape, ops.aval(x).dtype)
        moved = zero
    return ops.setitem(moved, 0.0 if tangents[1] is None else tangents[1], *arrays, index=index)


def _setitem_signature(x: Any, index: Any, value: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    code, arrays = encode_index(index)
    return (x, value, *arrays), {"index": code}


def _write_samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    def x() -> Any:
        return rng.normal(size=(3, 4))

    return [
        ((x(), 1, rng.normal(size=4)), {}),
        ((x(), (0, 2), 0.5), {}),
        ((x(), slice(0, 2), rng.normal(size=(1, 1, 4))), {}),
        ((x(), (slice(None), [3, 0, 3]), rng.normal(size=(3, 3))), {}),
        ((x(), np.array([[True, False, True, False]] * 3), rng.normal(size=6)), {}),
        ((x(), (Ellipsis, slice(None, None, 2)), np.asarray(rng.normal())), {}),
    ]


TABLE.add(
    StructuralEntry(
        name="setitem",
        numpy=_setitem,
        infer=lambda x, value, *arrays, index: x,
        pullback=_setitem_pullback,
        pushforward=_setitem_pushforward,
        signature=_setitem_signature,
        describe=lambda o, p: f"{tight(o[0])}.at[{format_index(p['index'], o[2:])}].set({o[1]})",
        samples=_write_samples,
    )
)
