"""An index as a parameter of an operation: hashable, with its arrays as operands of their own."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval

IndexCode = tuple[Any, ...]


class Place:
    """An integer in an index that the program computes: an operand, rather than a parameter."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Window:
    """A part of an axis that begins where the program computes; how long it is does not vary.

    It lies within the axis, which whoever makes one sees to: NumPy would cut it off there.

    Attributes:
        value: where it begins, an operand.
        span: how far it is from there to where it ends.
        step: from one element to the next.
    """

    __slots__ = ("span", "step", "value")

    def __init__(self, value: Any, span: int, step: int = 1) -> None:
        self.value = value
        self.span = span
        self.step = step


def encode_index(index: Any) -> tuple[IndexCode, tuple[Any, ...]]:
    """An index as a hashable code and the arrays it refers to.

    The code is a tuple of items: an `int`, `None` (a new axis), `"..."`, `("slice", start, stop,
    step)`, `("place", k)` for one integer that the program computes, `("window", k, span, step)`
    for a slice that begins at such an integer, `("array", k)` for an array of integers, or
    `("mask", k, count, ndim)` for an array of bools, `count` of them true; `k` numbers the operands
    that the index refers to.

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
            if isinstance(item, Window):
                code.append(("window", len(arrays), item.span, item.step))
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
    if item[0] == "window":
        start = operator.index(found)
        return slice(start, start + item[2], item[3])
    return operator.index(found) if item[0] == "place" else found


def tuples_of(code: IndexCode) -> list[tuple[Any, ...]]:
    """The items of an index that are slices or refer to operands."""
    return [item for item in code if isinstance(item, tuple)]


def moves(item: Any) -> bool:
    """Whether an item of an index stands, or begins, at an integer that the program computes."""
    return isinstance(item, tuple) and item[0] in ("place", "window")


def has_place(code: IndexCode) -> bool:
    """Whether an index has an integer that the program computes.

    >>> has_place((1, ("place", 0))), has_place((("array", 0),))
    (True, False)
    """
    return any(map(moves, code))


def own_places(code: IndexCode, places: Sequence[Any]) -> tuple[tuple[Any, ...], IndexCode]:
    """The integers that an index is given, and the index with those numbered from 0 on.

    >>> own_places((("place", 2), 1), ("i", "j", "k"))
    (('k',), (('place', 0), 1))
    """
    own: list[Any] = []
    items = []
    for item in code:
        if moves(item):
            own.append(places[item[1]])
            item = (item[0], len(own) - 1, *item[2:])
        items.append(item)
    return tuple(own), tuple(items)


def length_of_window(item: tuple[Any, ...]) -> int:
    """How many elements a window has.

    >>> length_of_window(("window", 0, 5, 2))
    3
    """
    return len(range(0, item[2], item[3]))


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
    if item[0] == "window":
        return _format_window(arrays[item[1]], item[2], item[3])
    if item[0] != "slice":
        return arrays[item[1]]
    start, stop, step = ("" if v is None else str(v) for v in item[1:])
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def _format_window(start: str, span: int, step: int) -> str:
    """A slice from a number on, which is written as a name, or as one and a number beside it."""
    known = re.fullmatch(r"(\w+)(?: ([+-]) (\d+))?", start)
    if known is None:
        stop = f"({start}) {'+' if span > 0 else '-'} {abs(span)}"
    elif start.isdigit():
        stop = str(int(start) + span)
    else:
        name, sign, number = known.groups()
        ahead = span + int(f"{sign}{number}" if sign else 0)
        stop = f"{name} {'+' if ahead > 0 else '-'} {abs(ahead)}" if ahead else name
    return f"{start}:{stop}" if step == 1 else f"{start}:{stop}:{step}"


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
        elif isinstance(item, tuple) and item[0] == "window":
            index.append(slice(length_of_window(item)))
        else:
            index.append(_decode(item, ()))
    # No memory: one number seen as an array of that shape.
    return np.shape(np.broadcast_to(np.float64(0.0), shape)[tuple(index)])


def shape_of(shape: tuple[int, ...], code: IndexCode, arrays: Sequence[Aval]) -> tuple[int, ...]:
    """The shape of `x[index]`, given what is known of the index arrays."""
    return indexed_shape(shape, code, tuple(a.shape for a in arrays))


ALL = ("slice", None, None, None)
"""The item of an index that names a whole axis."""


def is_whole(index: IndexCode, ndim: int) -> bool:
    """Whether an index names all there is, in its order: `x[...]`, `x[:, None]`, `x[()]`."""
    given = [item for item in index if item not in ("...", None)]
    return all(item == ALL for item in given) and len(given) <= ndim
