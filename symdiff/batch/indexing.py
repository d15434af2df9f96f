"""How reading and writing by index are batched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..operations.arrays.index_codes import IndexCode, indexed_shape, moves
from ..program.program import Aval, Operand, Var, operand_aval
from ..program.shapes import broadcast_shapes
from .program import RULES, Batch, Params

_ALL = ("slice", None, None, None)


def _advanced(code: IndexCode) -> tuple[bool, list[int]]:
    """Whether an index has arrays that slices stand between, and where its arrays and integers are.

    NumPy then puts the axes of the arrays first, before the batch.
    """
    arrays = any(isinstance(i, tuple) and i[0] in ("array", "mask") for i in code)
    places = [
        k
        for k, i in enumerate(code)
        if arrays and (isinstance(i, int) or (isinstance(i, tuple) and i[0] != "slice"))
    ]
    return bool(places) and places[-1] - places[0] + 1 != len(places), places


class _Index:
    """An index into one element, as an index into the batch.

    Attributes:
        code: of the index into the batch; `None` if there is no such index.
        arrays: the operands it refers to.
        front: how many axes of arrays stand before the batch in what it selects.
    """

    def __init__(self, b: Batch, code: IndexCode, arrays: Sequence[Operand], whole: bool) -> None:
        if any(b.is_batched(a) for a in arrays):
            code, arrays = _as_arrays(b, code, arrays)
        separated, places = _advanced(code)
        self.front = 0
        self.arrays: list[Operand] = list(arrays)
        self.code: IndexCode | None = (_ALL, *code)
        shapes = [
            (i[2],) if i[0] == "mask" else operand_aval(arrays[i[1]]).shape
            for i in code
            if isinstance(i, tuple) and i[0] in ("array", "mask")
        ]
        ndim = len(broadcast_shapes(*shapes))
        if not any(b.is_batched(a) for a in arrays):
            self.front = ndim if separated else 0
            return
        masks = any(isinstance(i, tuple) and i[0] == "mask" for i in code)
        if masks or separated or places[0] != 0:
            self.code = None
            return
        self.arrays = [_within(b, a, ndim) for a in arrays]
        self.code = code
        if whole:
            rows = np.arange(b.size).reshape((b.size,) + (1,) * ndim)
            self.arrays = [rows, *self.arrays]
            moved = [("array", i[1] + 1) if _is_array(i) else i for i in code]
            self.code = (("array", 0), *moved)


def _within(b: Batch, array: Operand, ndim: int) -> Operand:
    """Places that are read or written: the first, where an element does neither."""
    places = b.aligned(array, ndim)
    if not b.is_batched(array) or (mask := b.under_way()) is None:
        return places
    return b.chosen(mask, places, np.zeros((1,) * (ndim + 1), operand_aval(places).dtype))


def _as_arrays(
    b: Batch, code: IndexCode, arrays: Sequence[Operand]
) -> tuple[IndexCode, Sequence[Operand]]:
    """An index with arrays of places, which differ from one element to the next, for those places.

    Each window has an axis of its own.
    """
    windows = [i for i in code if isinstance(i, tuple) and i[0] == "window"]
    given = list(arrays)
    for k, (_, at, span, step) in enumerate(windows):
        further = np.arange(0, span, step).reshape((-1,) + (1,) * (len(windows) - 1 - k))
        start = arrays[at]
        if b.is_batched(start):
            front = b.fronts[start]
            places = Var("places", Aval.of(further.shape, "int64"))
            b.fronts[places] = b.add(
                b.reshape(front, shape=(b.size, *(1,) * further.ndim)), further[None]
            )
            given[at] = places
        else:
            given[at] = b.add(start, further)
    return tuple([("array", i[1]) if moves(i) else i for i in code]), given


def _is_array(item: Any) -> bool:
    return isinstance(item, tuple) and item[0] == "array"


def _getitem(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, *arrays = operands
    index = _Index(b, params["index"], arrays, b.is_batched(x))
    if index.code is None:
        return None
    found = b.getitem(b.fronts.get(x, x) if type(x) is Var else x, *index.arrays, index=index.code)
    if not index.front:
        return found
    n = index.front
    return b.transpose(found, axes=(n, *range(n), *range(n + 1, aval.ndim + 1)))


def _selected(b: Batch, value: Any, selection: tuple[int, ...], front: int) -> Any:
    """A batch of what is written, with the batch where the index has it."""
    if not front:
        return value
    n = front
    value = b.broadcast_to(value, shape=(b.size, *selection))
    return b.transpose(value, axes=(*range(1, n + 1), 0, *range(n + 1, len(selection) + 1)))


def _selection(shape: tuple[int, ...], code: IndexCode, arrays: Sequence[Operand]) -> Any:
    return indexed_shape(shape, code, tuple([operand_aval(a).shape for a in arrays]))


def _scatter_add(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, *arrays = operands
    index = _Index(b, params["index"], arrays, True)
    if index.code is None:
        return None
    selection = _selection(params["shape"], params["index"], arrays)
    value = _selected(b, b.lifted(x), selection, index.front)
    return b.scatter_add(value, *index.arrays, index=index.code, shape=(b.size, *aval.shape))


def _scatter_sum(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    count = len(params["indexes"])
    places = operands[count:]
    if any(b.is_batched(o) for o in places):
        return None
    parts = [*[b.lifted(o) for o in operands[:count]], *places]
    indexes = tuple([(_ALL, *i) for i in params["indexes"]])
    return b.scatter_sum(*parts, indexes=indexes, shape=(b.size, *aval.shape))


def _setitem(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, value, *arrays = operands
    index = _Index(b, params["index"], arrays, True)
    if index.code is None:
        return None
    selection = _selection(aval.shape, params["index"], arrays)
    given = operand_aval(value).shape
    # NumPy lets the value have more leading axes of length one than the selection.
    core = given[max(len(given) - len(selection), 0) :]
    spread = (1,) * (len(selection) - len(core)) + core
    if operand_aval(value).shape or b.is_batched(value) or index.front:
        value = _selected(b, b.shaped(b.lifted(value), spread), selection, index.front)
    return b.setitem(b.lifted(x), value, *index.arrays, index=index.code)


RULES.update(
    {
        "getitem": _getitem,
        "scatter_add": _scatter_add,
        "scatter_sum": _scatter_sum,
        "setitem": _setitem,
    }
)
