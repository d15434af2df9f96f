"""What a small array is put together from, element by element.

Derivative rules take arrays apart and put them together again: halves of a product, the parts of a
concatenation. Each order of a mixed derivative does so with what the order before has left, so that
its programs would grow by a factor with each order, most of it moving numbers about. Where all
elements of a result are found in one variable, or are constants, that takes its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...program.program import Aval, Operand, Operation, Statement, Var, operand_aval
from ..arrays.scattering import disjoint
from ..table.structural import Structural
from ..table.template import Template

LARGEST = 32
"""Larger arrays are left as they are: each element is looked at."""

_MOVING = frozenset(
    {
        "array",
        "concatenate",
        "flip",
        "getitem",
        "reshape",
        "scatter_add",
        "scatter_sum",
        "squeeze",
        "stack",
        "transpose",
    }
)
"""Operations whose results have their operands' elements and zeros, and nothing else."""

_JOINING = frozenset({"array", "concatenate", "scatter_add", "scatter_sum", "stack"})

Piece = tuple[Any, int]
"""One element: the variable or the constant that it is in, and its place there."""


class Pieces:
    """What is known of the elements of small arrays in a program that is being built.

    >>> from symdiff.operations.statements.builder import Builder
    >>> from symdiff.program.program import FLOAT
    >>> ops, x, y = Builder(), Var("x", Aval.of((2,), "float64")), Var("y", FLOAT)
    >>> joined = ops.concatenate(x, ops.reshape(y, shape=(1,)), axis=0)
    >>> ops.getitem(joined, index=(("slice", 0, 2, None),)) is x
    True
    """

    def __init__(self, definitions: Mapping[Var, Statement]) -> None:
        self._definitions = definitions
        self._known: dict[Var, list[Piece]] = {}

    def instead(self, operation: Operation, operands: tuple[Operand, ...], aval: Aval) -> Any:
        """The operand that has exactly the elements of a result, or `None`."""
        if not _moves(operation, operands, aval):
            return None
        if operation.name in _JOINING and not any(self._is_moved(o) for o in operands):
            return None
        pieces = self._moved(operation, operands, aval)
        if not pieces:
            return None
        source = pieces[0][0]
        if type(source) is not Var:
            return self._constant(pieces, aval)
        if any(piece[0] is not source for piece in pieces):
            return None
        same = source.aval.shape == aval.shape and source.aval.dtype == aval.dtype
        if not same or source.aval.weak != aval.weak:
            return None
        return source if all(k == piece[1] for k, piece in enumerate(pieces)) else None

    def nearer(self, operation: Operation, operands: tuple[Operand, ...], aval: Aval) -> Any:
        """An operation and a variable that give what is had of it by way of others; or `None`.

        >>> from symdiff.operations.statements.builder import Builder
        >>> from symdiff.program.program import FLOAT
        >>> ops, x, y = Builder(), Var("x", Aval.of((2,), "float64")), Var("y", FLOAT)
        >>> joined = ops.concatenate(ops.reshape(y, shape=(1,)), x, axis=0)
        >>> print(ops.definitions[ops.getitem(joined, index=(2,))])
        t = x[1]
        """
        if operation.name in _JOINING or not _moves(operation, operands, aval):
            return None
        pieces = self._moved(operation, operands, aval)
        if not pieces:
            return None
        (source, first), last = pieces[0], pieces[-1][1]
        if type(source) is not Var or source is operands[0] or source.aval.dtype != aval.dtype:
            return None
        if any(of is not source or place != first + k for k, (of, place) in enumerate(pieces)):
            return None
        if source.aval.size == aval.size:
            return (Structural.of("reshape", shape=aval.shape), source) if aval.shape else None
        if len(source.aval.shape) != 1 or len(aval.shape) > 1:
            return None
        index = ("slice", first, last + 1, None) if aval.shape else first
        return Structural.of("getitem", index=(index,)), source

    def apart(self, operation: Operation, operands: tuple[Operand, ...]) -> Statement | None:
        """The elementwise statement of which a part is read, if constants decide some of it.

        Where an array of constants has other numbers for other elements, the part may need less
        than the whole does: what a choice does not take there falls away.
        """
        if operation.name != "getitem" or len(operands) != 1 or type(operands[0]) is not Var:
            return None
        made = self._definitions.get(operands[0])
        if made is None or type(made.operation) is not Template or operands[0].aval.size > LARGEST:
            return None
        shape = operands[0].aval.shape
        shapes = [operand_aval(o).shape for o in made.operands]
        decided = any(type(o) is not Var and s for o, s in zip(made.operands, shapes, strict=True))
        return made if decided and all(s in ((), shape) for s in shapes) else None

    def _is_moved(self, operand: Operand) -> bool:
        if type(operand) is not Var:
            return False
        made = self._definitions.get(operand)
        return made is not None and _moves(made.operation, made.operands, operand.aval)

    def _constant(self, pieces: Sequence[Piece], aval: Aval) -> Any:
        if any(type(source) is Var for source, _ in pieces):
            return None
        numbers = [np.asarray(source).reshape(-1)[k] for source, k in pieces]
        made = np.array(numbers, aval.dtype).reshape(aval.shape)
        return made if aval.shape else made[()]

    def _of(self, operand: Operand) -> list[Piece] | None:
        """The elements of an operand, in the order of memory."""
        size = operand_aval(operand).size
        if size > LARGEST:
            return None
        if type(operand) is not Var:
            return [(operand, k) for k in range(size)]
        known = self._known.get(operand)
        if known is None:
            made = self._definitions.get(operand)
            if made is not None and _moves(made.operation, made.operands, operand.aval):
                known = self._moved(made.operation, made.operands, operand.aval)
            if known is None:
                known = [(operand, k) for k in range(size)]
            self._known[operand] = known
        return known

    def _moved(
        self, operation: Operation, operands: tuple[Operand, ...], aval: Aval
    ) -> list[Piece] | None:
        """The elements of a result: the operation is asked where it puts numbers of its own."""
        elements: list[Piece] = [(0.0, 0)]
        numbered = []
        for operand in operands:
            own = self._of(operand)
            if own is None or operand_aval(operand).dtype != aval.dtype:
                return None
            shape = operand_aval(operand).shape
            ids = np.arange(len(elements), len(elements) + len(own), dtype=float).reshape(shape)
            numbered.append(ids if shape else ids[()])
            elements.extend(own)
        found = np.asarray(operation.evaluate(*numbered)).reshape(-1)
        return [elements[int(k)] for k in found]


def _moves(operation: Operation, operands: Sequence[Operand], aval: Aval) -> bool:
    """Whether a result has the elements of its operands, each whole, and zeros."""
    if operation.name not in _MOVING or aval.size > LARGEST or type(operation) is not Structural:
        return False
    if operation.name in ("getitem", "scatter_add"):
        return len(operands) == 1
    if operation.name == "scatter_sum":
        _, alone, _ = disjoint(operation.params["indexes"], operation.params["shape"])
        return all(alone)
    return True
