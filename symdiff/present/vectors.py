"""Operations on vectors that are known element by element, between the loops of a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

from ..operations.arrays.index_codes import own_places
from ..operations.table.structural import Structural
from ..program.program import Aval, Program, Statement, Var, operand_aval
from .expressions import as_number, number
from .forms import Context, Unwritable
from .series import Components, components, element
from .solving import total
from .spans import decided
from .substitution import Substitution

_PLACE = ("place", 0)
_MOST_SPECIAL = 8


def is_place(aval: Aval) -> bool:
    """Whether an operand of a write is a place that is computed."""
    return not aval.shape and aval.dtype == "int64"


class VectorSubstitution(Substitution):
    """A substitution that knows vectors by their elements.

    Args:
        program: what is computed.
        context: what it has in common with the programs around.
    """

    def __init__(self, program: Program, context: Context) -> None:
        self.context = context
        super().__init__(program, context.counts, context.length, context.shapes)

    def _structural(self, operation: Structural, statement: Statement, operands: list[Any]) -> Any:
        target = statement.target
        assert target is not None
        avals = [operand_aval(o) for o in statement.operands]
        vectors = all(len(a.shape) <= 1 for a in (target.aval, *avals))
        known = any(isinstance(e, sympy.Basic) and e.has(Components) for e in operands)
        if vectors and (known or self._is_placed(operation, target.aval, avals, operands)):
            found = self._of_elements(operation, target, avals, operands)
            if found is not None:
                return found
        return super()._structural(operation, statement, operands)

    def _is_placed(
        self, operation: Structural, target: Aval, avals: list[Aval], operands: list[Any]
    ) -> bool:
        """Whether an operation reads or writes elements of vectors, of which no more is known."""
        name = operation.name
        if name == "setitem":
            return bool(target.dtype == "float64")
        if name == "getitem":  # of what is one number everywhere
            return bool(avals[0].shape) and self.shape(operands[0]) == ()
        if name == "scatter_sum":
            return True
        return name == "scatter_add" and any(map(is_place, avals))

    def _of_elements(
        self, operation: Structural, target: Var, avals: list[Aval], operands: list[Any]
    ) -> Any:
        """What an operation makes of elements; `None` for another operation."""
        name, shape = operation.name, target.aval.shape
        if name in ("sum", "mean") and not shape and avals[0].shape:
            size = self._size(avals[0])
            whole = self._sum(operands[0], size)
            return whole if name == "sum" else whole / size
        if name in ("dot", "matmul") and not shape and all(a.shape for a in avals):
            return self._sum(as_number(operands[0]) * as_number(operands[1]), self._size(avals[0]))
        index: Any = operation.params.get("index")
        if name == "getitem" and index is not None and len(index) == 1:
            return self._read(index[0], avals[0], target.aval, operands)
        if name == "setitem" and len(index) == 1:
            return self._written(index[0], avals[0], avals[1], operands)
        if name in ("scatter_add", "scatter_sum"):
            indexes = operation.params["indexes"] if index is None else (index,)
            return self._scattered(indexes, target.aval, avals, operands)
        return None

    def _constant(self, value: Any) -> Any:
        """A constant; of one that is as long as an argument the few elements that are special."""
        array: Any = np.asarray(value)
        if (
            array.ndim != 1
            or not array.size
            or array.dtype.kind != "f"
            or not (array != array.flat[0]).any()
        ):
            return super()._constant(value)
        length = int(array.size)
        size = self.context.named(length)
        if size is None:
            return super()._constant(value)
        usual = array[length // 2]
        special = np.flatnonzero(array != usual)
        if len(special) > _MOST_SPECIAL:
            raise Unwritable("a constant has the length of an array")
        m = sympy.Dummy("k", integer=True, nonnegative=True)
        found = number(usual, literal=False)
        for k in map(int, special):
            place = sympy.Integer(k) if k < length // 2 else size - (length - k)
            here = number(array[k], literal=False)
            found = sympy.Piecewise((here, sympy.Eq(m, place)), (found, True), evaluate=False)
        return components(found, m, size, (length,))

    def _size(self, aval: Aval) -> Any:
        return self.context.size(aval.shape[0])

    def _element(self, expr: Any, index: Any) -> Any:
        return element(as_number(expr), index, self.shape, self.context.elements)

    def _sum(self, expr: Any, size: Any) -> Any:
        m = sympy.Dummy("k", integer=True, nonnegative=True)
        return total(self._element(expr, m), m, sympy.S.Zero, size, self.context.assumed)

    def _place(self, index: Any, size: Any, operands: list[Any]) -> Any:
        """A place as an expression; `None` for an index that is no place."""
        if index == _PLACE:
            return operands[-1]
        if type(index) is not int:
            return None
        if index < 0:
            return size + index
        near = self.context.named(index)
        return sympy.Integer(index) if near is None else near

    def _start(self, index: Any, size: Any) -> Any:
        """Where a part begins that goes on one by one; `None` for another index."""
        if type(index) is not tuple or index[0] != "slice" or index[3] not in (None, 1):
            return None
        return sympy.S.Zero if index[1] is None else self._place(index[1], size, [])

    def _read(self, index: Any, aval: Aval, target: Aval, operands: list[Any]) -> Any:
        size = self._size(aval)
        place = self._place(index, size, operands)
        if place is not None:
            for e in (place, size - 1 - place):  # otherwise it raises
                self.context.assumed.note(sympy.expand(e))
            return decided(self._element(operands[0], place), self.context.assumed.counts)
        start = self._start(index, size)
        if start is None or not target.shape:
            return None
        m = sympy.Dummy("k", integer=True, nonnegative=True)
        inner = self._element(operands[0], m + start)
        return components(inner, m, self._size(target), target.shape)

    def _written(self, index: Any, aval: Aval, part: Aval, operands: list[Any]) -> Any:
        """A vector with a number, or a part, in some place."""
        size = self._size(aval)
        m = sympy.Dummy("k", integer=True, nonnegative=True)
        before = self._element(operands[0], m)
        place = self._place(index, size, operands)
        if place is not None:
            if part.shape:
                return None
            new, here = as_number(operands[1]), sympy.Eq(m, place)
        else:
            start = self._start(index, size)
            if start is None or not part.shape:
                return None
            stop = sympy.expand(start + self._size(part))
            new = self._element(operands[1], m - start)
            tests = [] if start == 0 else [m >= start]
            tests += [] if stop == size else [m < stop]
            here = sympy.And(*tests)
        chosen = sympy.Piecewise((new, here), (before, True), evaluate=False)
        return components(chosen if here != sympy.true else new, m, size, aval.shape)

    def _scattered(self, indexes: Any, aval: Aval, avals: list[Aval], operands: list[Any]) -> Any:
        """A vector of zeros to which something is added in some places."""
        found = sympy.S.Zero
        places = operands[len(indexes) :]
        for k, index in enumerate(indexes):
            at, own = own_places(index, places)
            if len(own) != 1:
                return None
            one = self._written(own[0], aval, avals[k], [sympy.S.Zero, operands[k], *at])
            if one is None:
                return None
            found += one
        return found

    def _unbroadcast(self, expr: Any, own: Any, target: Aval, aval: Aval) -> Any:
        if not target.shape and len(aval.shape) == 1 and expr.has(Components):
            return self._sum(expr, self._size(aval))
        return super()._unbroadcast(expr, own, target, aval)

    def _onehot(self, k: int, length: int) -> Any:
        one = super()._onehot(k, length)
        place = self._place(k, None, [])
        self.context.elements[one] = _here(place)
        return one


def _here(place: Any) -> Callable[[Any], Any]:
    return lambda m: sympy.Piecewise((1, sympy.Eq(m, place)), (0, True), evaluate=False)
