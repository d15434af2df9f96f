"""One sweep for many unit seeds: the seeds lie side by side, along an axis of their own.

Where elements of a result depend on few elements of what is differentiated by, elements that no
result has in common share a seed, as columns of one colour do (`sparsity.coloring`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..batch import batch
from ..errors import LoopError, UnsupportedError
from ..operations.statements.builder import Builder
from ..operations.table.entry import TABLE
from ..operations.table.structural import Structural
from ..program.loops import TAPE
from ..program.program import (
    Aval,
    Operand,
    Program,
    Statement,
    Var,
    bodies_of,
    operand_aval,
    substituted,
)
from ..sparsity import colored, dependence

_FEWEST_ARRAYS, _FEWEST_NUMBERS = 3, 33
"""With fewer seeds, statements of arrays, or of numbers, are better written again for each."""

_LONGEST = 3000
"""More statements than this are not written."""

_STORED = 16
"""More unit seeds than this are made by the program, and not stored in it."""

_LARGEST_PATTERN = 2**20
"""Of a larger matrix it is not asked where it may differ from 0."""


def side_by_side(
    builder: Builder, linear: Sequence[Statement], seed: Var, outputs: Sequence[Operand]
) -> list[Operand] | None:
    """What a sweep finds for all unit seeds.

    Args:
        builder: what the statements are appended to.
        linear: the statements of the sweep for one seed that depend on it.
        seed: the seed, an array.
        outputs: what is found for one seed.

    Returns:
        For each output an array with an axis for the elements of the seed in front, or `None` where
        the statements are better written again for each.
    """
    if not _is_worthwhile(linear, seed.aval) or any(s.target is None for s in linear):
        return None
    own = {s.target for s in linear} | {seed}
    read = dict.fromkeys(o for s in linear for o in s.operands if type(o) is Var and o not in own)
    moving = [o for o in outputs if type(o) is Var and o in own]
    program = Program("columns", (seed, *read), list(linear), tuple(dict.fromkeys(moving)))
    try:
        colors, patterns = _colors(program, seed)
        count = seed.aval.size if colors is None else max(1, int(colors.max(initial=-1)) + 1)
        made = batch(program, {seed}, count, once=True)
    except (UnsupportedError, LoopError):
        return None
    if made.conditions or any(map(_is_one_by_one, made.program.statements)):
        return None
    seeds = _seeds(builder, seed.aval, colors, count)
    stacks = dict(zip(program.outputs, _taken(builder, made.program, seeds), strict=True))
    found = []
    for output in outputs:
        if type(output) is Var and output in stacks:
            stack = stacks[output]
            found.append(
                stack if colors is None else _spread(builder, stack, colors, patterns[output])
            )
        else:
            found.append(_repeated(builder, output, seed.aval.size))
    return found


def _is_worthwhile(linear: Sequence[Statement], aval: Aval) -> bool:
    if aval.size * len(linear) > _LONGEST:
        return True
    arrays = any(s.target is not None and s.target.aval.shape for s in linear)
    loops = any(bodies_of(s.operation) for s in linear)
    return aval.size >= (_FEWEST_ARRAYS if arrays and not loops else _FEWEST_NUMBERS)


def _is_one_by_one(statement: Statement) -> bool:
    """Whether a statement runs an operation for each element of a batch: it has no derivative."""
    operation = statement.operation
    return isinstance(operation, Structural) and (
        TABLE.entries.get(operation.name) is not operation.entry
    )


def _colors(program: Program, seed: Var) -> tuple[Any, dict[Operand, Any]]:
    """A colour for each element of the seed, and what each output depends on.

    The colours are `None` where half as many sweeps are not enough.
    """
    size = seed.aval.size
    sizes = [operand_aval(o).size for o in program.outputs]
    tapes = any(v.aval is TAPE for v in program.inputs)  # whose length is not known here
    if tapes or sum(sizes) * size > _LARGEST_PATTERN:
        return None, {}
    try:
        found = dependence(program, seed)
    except LoopError:
        return None, {}
    starts = np.cumsum([0, *sizes])
    rows = np.concatenate([d.rows + s for d, s in zip(found, starts, strict=False)] or [_NONE])
    columns = np.concatenate([d.columns for d in found] or [_NONE])
    if np.bincount(rows, minlength=1).max(initial=0) > size // 2:
        return None, {}
    colors = colored(rows, columns, size)
    if colors.max(initial=-1) + 1 > size // 2:
        return None, {}
    return colors, dict(zip(program.outputs, found, strict=True))


_NONE = np.zeros(0, np.int64)


def _seeds(builder: Builder, aval: Aval, colors: Any, count: int) -> Operand:
    """The seeds along an axis in front, one for each colour."""
    if colors is None and aval.size > _STORED:
        one, size = np.dtype(aval.dtype).type(1), aval.size**2
        index = (("slice", 0, size, aval.size + 1),)
        flat = builder.apply("scatter_sum", one, indexes=(index,), shape=(size,))
        return builder.apply("reshape", flat, shape=(count, *aval.shape))
    own = np.arange(aval.size) if colors is None else colors
    seeds = (own == np.arange(count)[:, None]).astype(aval.dtype).reshape(count, *aval.shape)
    seeds.flags.writeable = False
    return seeds


def _taken(builder: Builder, program: Program, seeds: Operand) -> list[Operand]:
    """Append the statements of a program with the seeds given: the last of its inputs."""
    known: dict[Var, Operand] = {program.inputs[-1]: seeds}
    for statement in program.statements:
        operands = substituted(statement.operands, known)
        builder.span = statement.span
        if statement.target is None or bodies_of(statement.operation):
            builder.statements.append(
                Statement(statement.target, statement.operation, operands, statement.span)
            )
        else:
            name = statement.target.name
            known[statement.target] = builder.emit(statement.operation, operands, name)
    return list(substituted(program.outputs, known))


def _spread(builder: Builder, stack: Operand, colors: Any, pattern: Any) -> Operand:
    """The columns of an output, each from the sweep of its colour."""
    shape = operand_aval(stack).shape
    size = int(np.prod(shape[1:]))
    flat = builder.apply("reshape", stack, shape=(shape[0] * size,))
    sources = colors[pattern.columns] * size + pattern.rows
    entries = builder.apply("getitem", flat, sources, index=(("array", 0),))
    places = pattern.columns * size + pattern.rows
    zero = np.dtype(operand_aval(stack).dtype).type(0)
    whole = builder.apply("broadcast_to", zero, shape=(len(colors) * size,))
    whole = builder.apply("setitem", whole, entries, places, index=(("array", 0),))
    return builder.apply("reshape", whole, shape=(len(colors), *shape[1:]))


def _repeated(builder: Builder, output: Operand, size: int) -> Operand:
    """An output that the seed does not move, for each element of it."""
    return builder.apply("broadcast_to", output, shape=(size, *operand_aval(output).shape))
