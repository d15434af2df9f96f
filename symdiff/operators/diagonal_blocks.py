"""Blocks of a matrix of derivatives from the diagonals that one forward sweep finds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..differentiate.columns import Diagonal, NotDiagonal
from ..operations.statements.builder import Builder
from ..program.program import Aval, Operand, Statement, Var, operand_aval
from .sweeps import Sweeps

_STATEMENTS = 4
"""Statements that a diagonal sweep may take for each of the program."""


def by_diagonals(
    sweeps: Sweeps, outputs: Sequence[Operand], wrt: Var, base: list[Statement]
) -> list[Operand] | None:
    """The derivatives of outputs by all elements of a variable, from one sweep.

    Returns:
        For each output an array of its shape and that of the variable, or `None` where tangents are
        not sums of few diagonals.
    """
    if not wrt.aval.shape or not wrt.aval.size:
        return None
    most = _STATEMENTS * len(base) + 16 * wrt.aval.size
    try:
        found = sweeps.diagonal(outputs, wrt, base, most)
    except NotDiagonal:
        return None
    builder = sweeps.build()
    return [
        placed(builder, diagonals, operand_aval(output), wrt)
        for output, diagonals in zip(outputs, found, strict=True)
    ]


def placed(builder: Builder, diagonals: Sequence[Diagonal], output: Aval, wrt: Var) -> Operand:
    """The array of which these are the elements that may differ from 0."""
    whole, width = (*output.shape, *wrt.aval.shape), wrt.aval.size
    size = output.size * width
    filled = np.zeros(size, bool)
    parts: list[Operand] = []
    indexes: list[Any] = []
    scattered: list[tuple[Operand, Any]] = []
    for diagonal in diagonals:
        columns = diagonal.columns.ravel()
        (kept,) = np.nonzero(columns >= 0)
        if not kept.size:
            continue
        rows = kept if diagonal.rows is None else diagonal.rows.ravel()[kept]
        places = rows * width + columns[kept]
        slopes = _taken(builder, diagonal, kept, output.dtype)
        index = _progression(places)
        if index is None:
            scattered.append((slopes, places))
        else:
            parts.append(slopes)
            indexes.append((index,))
            filled[places] = True
    if parts:
        flat = builder.apply("scatter_sum", *parts, indexes=tuple(indexes), shape=(size,))
    else:
        flat = builder.apply("broadcast_to", np.dtype(output.dtype).type(0), shape=(size,))
    index = (("array", 0),)
    for slopes, places in scattered:
        if operand_aval(slopes).shape and not filled[places].any():
            flat = builder.apply("setitem", flat, slopes, places, index=index)
        else:
            moved = builder.apply("scatter_add", slopes, places, index=index, shape=(size,))
            flat = builder.apply("add", flat, moved)
        filled[places] = True
    return builder.apply("reshape", flat, shape=whole)


def _taken(builder: Builder, diagonal: Diagonal, rows: Any, dtype: str) -> Operand:
    """The slopes of some elements, in C order; one number if it is known and the same for all."""
    shape, slopes = diagonal.columns.shape, diagonal.slopes
    if type(slopes) is not Var:
        if not np.shape(slopes):
            return np.dtype(dtype).type(slopes)
        return np.broadcast_to(np.asarray(slopes, dtype), shape).ravel()[rows]
    if slopes.aval.dtype != dtype:
        slopes = builder.apply("cast", slopes, dtype=dtype)
    if operand_aval(slopes).shape != shape:
        slopes = builder.apply("broadcast_to", slopes, shape=shape)
    size = math.prod(shape)
    if len(shape) != 1:
        slopes = builder.apply("reshape", slopes, shape=(size,))
    if rows.size == size:
        return slopes
    index = _progression(rows)
    if index is not None:
        return builder.apply("getitem", slopes, index=(index,))
    return builder.apply("getitem", slopes, rows, index=(("array", 0),))


def _progression(places: Any) -> Any:
    """The slice that numbers make up, or `None`."""
    first = int(places[0])
    if places.size == 1:
        return ("slice", first, first + 1, None)
    step = int(places[1]) - first
    if step < 1 or np.any(np.diff(places) != step):
        return None
    return ("slice", first, int(places[-1]) + 1, None if step == 1 else step)
