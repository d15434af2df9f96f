"""The lines that put parts into one array: into memory that is written once, and not zeroed before.

A part whose place no earlier one meets is written there, others are added where they are. What no
part meets is filled with zeros: that alone where it is a slice or two, else the whole before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

import numpy as np

from ..operations.arrays.index_codes import IndexCode, format_index, has_place
from ..operations.arrays.scattering import disjoint

Line = tuple[str, str | None]

MOST_RUNS = 2
"""So many slices without a part are filled with zeros one by one."""

MOST_PARTS = 16
"""More parts than these are put together by a loop over them."""


def scatter_lines(
    target: str,
    parts: Sequence[str],
    indexes: tuple[IndexCode, ...],
    shape: tuple[int, ...],
    namer: Callable[[str], str],
    alone: str,
    placed: Collection[int] = (),
) -> list[Line] | None:
    """Lines that make an array of parts; `None` where they would be no shorter than a call.

    Args:
        target: the name of the array.
        parts: the source of each part.
        indexes: the place of each part.
        shape: that of the array.
        namer: gives names that nothing else has.
        alone: what stands for the source of a line that assigns nothing.
        placed: the parts that are in their places, of an array that there is.

    >>> ends = ("slice", 1, None, None), ("slice", None, -1, None)
    >>> for line in scatter_lines("x", ["a", "b"], ((ends[1],), (ends[0],)), (9,), str, ""):
    ...     print(*line)
    x numpy.empty((9,))
    x[:-1] a
    x[8] 0.0
    x_place x[1:]
    numpy.add(x_place, b, x_place)
    del x_place
    """
    if len(parts) > MOST_PARTS or not all(map(is_plain, indexes)):
        return None
    _, fresh, _ = disjoint(indexes, shape)
    gaps = gaps_in(indexes, shape)
    lines: list[Line] = []
    if not placed:
        lines.append((target, f"numpy.{'zeros' if gaps is None else 'empty'}({shape})"))
    places = [format_index(index) for index in indexes]
    for k, (place, part) in enumerate(zip(places, parts, strict=True)):
        if fresh[k] and k not in placed:
            lines.append((f"{target}[{place}]", part))
    lines += [(f"{target}[{gap}]", "0.0") for gap in gaps or ()]
    place = ""
    for index, text, part, is_fresh in zip(indexes, places, parts, fresh, strict=True):
        if is_fresh:
            continue
        if len(index) == len(shape) and all(type(i) is int for i in index):
            lines.append((f"{target}[{text}] += {part}", alone))
            continue
        place = place or namer(f"{target}_place")
        lines.append((place, f"{target}[{text}]"))
        lines.append((f"numpy.add({place}, {part}, {place})", alone))
    if place:
        lines.append((f"del {place}", alone))
    return lines


def is_plain(index: IndexCode) -> bool:
    """Whether an index is made of integers and slices, which are known."""
    if has_place(index):
        return False
    return all(type(i) is int or (isinstance(i, tuple) and i[0] == "slice") for i in index)


@lru_cache(maxsize=256)
def gaps_in(indexes: tuple[IndexCode, ...], shape: tuple[int, ...]) -> list[str] | None:
    """The places where no part is, if they are a slice or two along one axis; `None` if not."""
    decoded, fresh, full = disjoint(indexes, shape)
    if full:
        return []
    filled = np.zeros(shape, bool)
    for where, is_fresh in zip(decoded, fresh, strict=True):
        if is_fresh and where is not None:
            filled[where] = True
    for axis in range(len(shape)):
        others = tuple(k for k in range(len(shape)) if k != axis)
        some = filled.any(axis=others)
        if not np.array_equal(some, filled.all(axis=others)):
            continue
        edges = np.flatnonzero(np.diff(np.r_[True, some, True].astype(int)))
        if len(edges) > 2 * MOST_RUNS:
            return None
        lead = ":, " * axis
        ends = zip(edges[::2].tolist(), edges[1::2].tolist())
        return [f"{lead}{a}" if b == a + 1 else f"{lead}{a}:{b}" for a, b in ends]
    return None
