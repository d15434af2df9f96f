"""Columns of a sparse matrix that one sweep can serve together."""

from __future__ import annotations

import numpy as np

from .dependence import Numbers


def colored(rows: Numbers, columns: Numbers, size: int) -> Numbers:
    """A colour for each of `size` columns, so that no row has two entries of one colour.

    Greedy: the columns in turn, each with the first colour that none of its rows has yet. This is
    distance-1 colouring of the graph in which columns with a row in common are neighbours (Curtis,
    Powell and Reid, 1974), without making the graph. Tried in natural order, and with the fullest
    columns first; the better is taken. Which colours a row has is a bit set.

    >>> colored(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2]), 3)
    array([0, 1, 0])
    """
    order = np.argsort(columns, kind="stable")
    rows = rows[order]
    counts = np.bincount(columns, minlength=size)
    stops = np.cumsum(counts)
    height = int(rows.max()) + 1 if rows.size else 0
    best: Numbers | None = None
    for turn in (np.arange(size), np.argsort(-counts, kind="stable")):
        taken = [0] * height
        colors = np.zeros(size, np.int64)
        for column in turn.tolist():
            mine = rows[stops[column] - counts[column] : stops[column]].tolist()
            forbidden = 0
            for row in mine:
                forbidden |= taken[row]
            free = ~forbidden & (forbidden + 1)
            colors[column] = free.bit_length() - 1
            for row in mine:
                taken[row] |= free
        if best is None or colors.max(initial=-1) < best.max(initial=-1):
            best = colors
    assert best is not None
    return best
