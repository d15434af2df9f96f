"""A program, traced at several sizes, read in lockstep as terms.

What is the same in all traces is the function's own; what differs must be a matter of the lengths.
What has no form in mathematics is not read at all.
"""

from __future__ import annotations

import linecache
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...operations.table.structural import Structural
from ...operations.table.template import Literal, Template
from ...program.dimensions import Dimensions
from ...program.outside import Read
from ...program.program import Guard, Operand, Program, Statement, Var, operand_aval
from .numbers import same_number
from .reductions import Algebra
from .scalar_rules import apply_entry
from .structural_rules import apply_structural
from .terms import Dimension, NoFormulaError, Shape, Term

_MOST_STATEMENTS = 400
_SILENT = frozenset({"check", "keep"})


class Reading(NamedTuple):
    """A function as terms.

    Attributes:
        algebra: which the terms are of.
        inputs: by their names.
        value: what the function returns.
        named: the user's own names of intermediate values, by their terms.
        outside: by name, the values of what is read from outside the function.
    """

    algebra: Algebra
    inputs: dict[str, Term]
    value: Term
    named: dict[Term, str]
    outside: dict[str, Any]


def read(programs: Sequence[Program], dimensions: Dimensions) -> Reading:
    """One program, at the sizes of `dimensions`, as terms.

    Raises:
        NoFormulaError: something in it is not written as a formula.
    """
    return _Reader(programs, dimensions).read()


class _Reader:
    def __init__(self, programs: Sequence[Program], dimensions: Dimensions) -> None:
        self.programs = programs
        self.dimensions = dimensions
        self.sizes: Sequence[Mapping[str, int]] = dimensions.sizes or [{}]
        self.algebra = Algebra()
        self.known: list[dict[Var, Term]] = [{} for _ in programs]
        self.constants: dict[int, Term] = {}
        self.named: dict[Term, str] = {}
        self.inputs: dict[str, Term] = {}
        self.outside: dict[str, Any] = {}

    def read(self) -> Reading:
        first = self.programs[0]
        if any(len(p.statements) > _MOST_STATEMENTS for p in self.programs):
            raise NoFormulaError("a long program")
        inputs = self.inputs
        for same in zip(*[p.inputs for p in self.programs], strict=True):
            shape = self._input_shape(same)
            term = self.algebra.name(same[0].name, shape)
            inputs[same[0].name] = term
            for known, var in zip(self.known, same):
                known[var] = term
        lists = [_needed(p) for p in self.programs]
        if len(set(map(len, lists))) != 1:
            raise NoFormulaError("what is computed depends on a length")
        for together in zip(*lists):
            self._statement(together)
        if len(first.outputs) != 1:
            raise NoFormulaError("several results")
        value = self._operand([p.outputs[0] for p in self.programs])
        self.algebra.end_of_reading()
        return Reading(self.algebra, inputs, value, self.named, self.outside)

    # -- shapes

    def _input_shape(self, same: Sequence[Var]) -> Shape:
        told = self.dimensions.shapes.get(same[0].name)
        if told is not None and len(told) == same[0].aval.ndim:
            return tuple(told)
        return self.shape([v.aval.shape for v in same])

    def shape(self, shapes: Sequence[tuple[int, ...]]) -> Shape:
        """A shape of each trace as one in symbols."""
        if len(set(map(len, shapes))) != 1:
            raise NoFormulaError("the number of axes depends on a length")
        return tuple([self._dimension(same) for same in zip(*shapes)])

    def _dimension(self, same: Sequence[int]) -> Dimension:
        for name in self.sizes[0]:
            if all(n == sizes[name] for n, sizes in zip(same, self.sizes)):
                return name
        if len(set(same)) == 1:
            return same[0]
        raise NoFormulaError("an array as long as a function of the lengths")

    # -- statements

    def _statement(self, together: Sequence[Statement]) -> None:
        operations = [s.operation for s in together]
        if len({(type(o), o.name, len(s.operands)) for o, s in zip(operations, together)}) != 1:
            raise NoFormulaError("what is computed depends on a length")
        first = operations[0]
        if isinstance(first, Read):
            self._read_outside(together, [o for o in operations if isinstance(o, Read)])
            return
        operands = [list(same) for same in zip(*[s.operands for s in together])]
        if isinstance(first, Template):
            term = self._template([o for o in operations if isinstance(o, Template)], operands)
        elif isinstance(first, Structural):
            term = self._structural(together, operands)
        else:
            raise NoFormulaError(f"a statement of {first.name}")
        targets = [s.target for s in together]
        shape = self.shape([t.aval.shape for t in targets if t is not None])
        single = not term.shape and set(shape) <= {1}  # one number, whatever its axes
        if term.shape != shape and not single:
            term = self.algebra.broadcast_to(term, shape)
        for known, target in zip(self.known, targets):
            assert target is not None
            known[target] = term
        self._name(term, together[0])

    def _read_outside(self, together: Sequence[Statement], reads: Sequence[Read]) -> None:
        """What is read from outside is called as the user wrote it: `self.scale`, `table[0]`."""
        name = str(reads[0].source)
        try:
            value = reads[0].source.read(())
        except LookupError:
            raise NoFormulaError("a part of an argument") from None
        if any(str(r.source) != name for r in reads) or not reads[0].aval.is_inexact:
            raise NoFormulaError("what is read from outside")
        if name in self.inputs:
            raise NoFormulaError("a name from outside that is an input's, too")
        shape = self.shape([r.aval.shape for r in reads])
        if isinstance(value, float) and value == math.pi:
            term = self.algebra.constant("pi")
        else:
            term = self.algebra.name(name, shape)
            self.outside[name] = value
        for known, statement in zip(self.known, together):
            assert statement.target is not None
            known[statement.target] = term

    def _name(self, term: Term, statement: Statement) -> None:
        """Remember the user's own name of a value: what stands left of `=` in the line."""
        span, target = statement.span, statement.target
        if span is None or target is None or term in self.named:
            return
        line = linecache.getline(span.file, span.line)
        found = re.match(r"\s*([A-Za-z_]\w*)\s*(?::[^=]+)?=[^=]", line)
        if found and re.fullmatch(rf"{found[1]}(_\d+)?", target.name):
            self.named[term] = found[1]

    def _operand(self, same: Sequence[Operand]) -> Term:
        if type(same[0]) is Var:
            if any(type(o) is not Var for o in same):
                raise NoFormulaError("what is computed depends on a length")
            term = self.known[0].get(same[0])
            if term is None or any(known.get(o) is not term for known, o in zip(self.known, same)):
                raise NoFormulaError("what is computed depends on a length")
            return term
        return self._constant(same)

    def _constant(self, same: Sequence[Any]) -> Term:
        if any(type(o) is Var for o in same):
            raise NoFormulaError("what is computed depends on a length")
        arrays = [np.asarray(o) for o in same]
        if any(a.dtype.kind not in "iuf" for a in arrays):
            raise NoFormulaError("a constant that is no real number")
        if not arrays[0].ndim:
            return same_number(self.algebra, [a.item() for a in arrays], self.sizes)
        shape = self.shape([a.shape for a in arrays])
        if any(not a.size for a in arrays):
            raise NoFormulaError("an empty array")
        if all((a == a.flat[0]).all() for a in arrays):
            values = [a.flat[0].item() for a in arrays]
            number = same_number(self.algebra, values, self.sizes)
            return self.algebra.times(number, self.algebra.ones(shape))
        square = len(shape) == 2 and shape[0] == shape[1]
        if square and all((a == np.eye(len(a))).all() for a in arrays):
            return self.algebra.identity(shape[0])
        raise NoFormulaError("a constant array")

    # -- elementwise

    def _template(
        self, templates: Sequence[Template], operands: Sequence[Sequence[Operand]]
    ) -> Term:
        codes = [t.code for t in templates]
        if len(set(map(len, codes))) != 1:
            raise NoFormulaError("what is computed depends on a length")
        stack: list[Term] = []
        for tokens in zip(*codes):
            token = tokens[0]
            if isinstance(token, Literal):
                if not all(isinstance(t, Literal) for t in tokens):
                    raise NoFormulaError("what is computed depends on a length")
                stack.append(self._constant([t.value for t in tokens]))
                continue
            if any(t != token for t in tokens):
                raise NoFormulaError("what is computed depends on a length")
            if isinstance(token, int):
                stack.append(self._operand(operands[token]))
            else:
                apply_entry(self.algebra, str(token), stack)
        (term,) = stack
        return term

    # -- whole arrays

    def _structural(
        self, together: Sequence[Statement], operands: Sequence[Sequence[Operand]]
    ) -> Term:
        operation = together[0].operation
        assert isinstance(operation, Structural)
        name, params = operation.name, operation.params
        others = [s.operation.params for s in together if isinstance(s.operation, Structural)]
        if name == "getitem":
            return self._getitem(together, operands, params["index"])
        if name not in _SHAPED and any(p != params for p in others):
            raise NoFormulaError(f"{name} depends on a length")
        targets = [s.target for s in together]
        shape = self.shape([t.aval.shape for t in targets if t is not None])
        terms = [self._operand(same) for same in operands]
        return apply_structural(self.algebra, name, params, terms, shape)

    def _getitem(
        self, together: Sequence[Statement], operands: Sequence[Sequence[Operand]], index: Any
    ) -> Term:
        array = self._operand(operands[0])
        codes = [
            s.operation.params["index"] for s in together if isinstance(s.operation, Structural)
        ]
        if all(type(k) is int for k in index) and len(index) == array.ndim:
            avals = [operand_aval(o) for o in operands[0]]
            place = [
                _place([c[k] for c in codes], [v.shape[k] for v in avals])
                for k in range(len(index))
            ]
            return self.algebra.element(array, tuple(place))
        if any(c != index for c in codes):
            raise NoFormulaError("a part of an array that depends on a length")
        whole = ("slice", None, None, None)
        if all(k is None or k == whole for k in index):
            kept = sum(k is not None for k in index)
            if kept <= array.ndim:
                axes = tuple(k for k, item in enumerate(index) if item is None)
                return self.algebra.expand(array, axes)
        if index == (("array", 0), ("array", 1)) and array.ndim == 2:
            own = [
                len(same) == len(x) and (np.asarray(same) == np.arange(len(x))).all()
                for place in operands[1:]
                for same, x in zip(place, [np.empty(operand_aval(o).shape[0]) for o in operands[0]])
            ]
            if all(own) and array.shape[0] == array.shape[1]:
                return self.algebra.diagonal(array)
        raise NoFormulaError("a part of an array")


_SHAPED = frozenset(
    {"reshape", "broadcast_to", "zeros_like", "ones_like", "full", "expand_dims", "squeeze"}
)


def _place(places: Sequence[int], lengths: Sequence[int]) -> int:
    """A place in each trace as one: counted from the front, or from the back."""
    front = {k % n for k, n in zip(places, lengths)}
    if len(front) == 1:
        place = front.pop()
        back = {k % n - n for k, n in zip(places, lengths)}
        return back.pop() if len(back) == 1 and places[0] < 0 else place
    back = {k % n - n for k, n in zip(places, lengths)}
    if len(back) != 1:
        raise NoFormulaError("a place that depends on a length")
    return back.pop()


def _needed(program: Program) -> list[Statement]:
    """The statements that the result is made of."""
    needed = {o for o in program.outputs if type(o) is Var}
    found = []
    for statement in reversed(program.statements):
        if statement.target in needed and _computes(statement):
            needed.update(o for o in statement.operands if type(o) is Var)
            found.append(statement)
    return found[::-1]


def _computes(statement: Statement) -> bool:
    if statement.target is None or isinstance(statement.operation, Guard):
        return False
    return statement.operation.name not in _SILENT
