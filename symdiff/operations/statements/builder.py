"""Append statements to a program by naming entries of the table: the `Ops` of derivative rules."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ...errors import SourceSpan, UnsupportedError
from ...program.program import FOUND, Aval, Operand, Operation, Statement, Var, operand_aval
from ..runtime.ranges import HIGH, LOW
from ..table.entry import TABLE, ElementwiseEntry
from ..table.structural import Structural
from ..table.template import Literal, Template
from .known import with_known
from .pieces import Pieces

MOST_FOLDED = 16
"""A larger constant is computed by the program rather than stored in it."""


_VARIABLE = frozenset({Var})


class Builder:
    """Collects statements. Its operands are program variables and constants.

    >>> from symdiff.program.program import FLOAT
    >>> ops = Builder()
    >>> y = ops.mul(Var("x", FLOAT), 2.0)
    >>> print(ops.statements[0])
    t = x*2.0
    """

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.span: SourceSpan | None = None
        self.hint = "t"
        self.definitions: dict[Var, Statement] = {}
        self._pieces = Pieces(self.definitions)

    def aval(self, operand: Operand) -> Aval:
        return operand_aval(operand)

    def known(self, value: Any) -> Any:
        if type(value) is Var:
            raise UnsupportedError(f"`{value}` would have to be known before the program runs")
        return value

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in TABLE.entries:
            raise AttributeError(name)
        return partial(self.apply, name)

    def apply(self, name: str, /, *operands: Operand, **params: Any) -> Any:
        entry = TABLE.entries[name]
        if isinstance(entry, ElementwiseEntry):
            return self.elementwise(elementwise_template(name), operands)
        if entry.lower is not None:
            return entry.lower(self, *operands, **params)
        return self.emit(Structural.of(name, **params), operands)

    def elementwise(
        self, template: Template, operands: tuple[Operand, ...], hint: str | None = None
    ) -> Operand:
        """Emit a template; operands that appear twice become one placeholder."""
        if template.code == (0,):
            return operands[0]
        if len(set(map(id, operands))) != len(operands):
            unique = list(dict.fromkeys(map(id, operands)))
            places = [unique.index(id(o)) for o in operands]
            by_id = {id(o): o for o in operands}
            template = Template.of(tuple(places[t] if type(t) is int else t for t in template.code))
            operands = tuple(by_id[i] for i in unique)
        if not _VARIABLE.issuperset(map(type, operands)):
            template, operands = with_known(template, operands)
            if template.code == (0,):
                return operands[0]
        *parts, last = template.pieces
        for part, reads in parts:
            operands = (*operands, self.emit(part, tuple([operands[k] for k in reads]), "part"))
        return self.emit(last[0], tuple([operands[k] for k in last[1]]), hint)

    def emit(
        self, operation: Operation, operands: tuple[Operand, ...], hint: str | None = None
    ) -> Operand:
        """Append `hint = operation(operands)`, or fold it when every operand is a constant."""
        aval = operation.infer([operand_aval(o) for o in operands])
        assert aval is not None
        known = aval is not FOUND and _VARIABLE.isdisjoint(map(type, operands))
        if known and aval.size <= MOST_FOLDED:
            with np.errstate(all="ignore"):
                try:
                    value = operation.evaluate(*operands)
                except ArithmeticError:  # Python's numbers raise where NumPy's have a pole
                    own = [np.float64(o) if type(o) in (float, int) else o for o in operands]
                    value = operation.evaluate(*own)
                    value = value.item() if aval.weak else value
            if not _leaves_range(value, operation, operands):
                # What is written as one number, whatever the shape, is folded as one, too.
                return np.full(aval.shape, value) if np.shape(value) != aval.shape else value
        if type(operation) is Structural:
            instead = self._pieces.instead(operation, operands, aval)
            if instead is not None:
                return instead
            nearer = self._pieces.nearer(operation, operands, aval)
            if nearer is not None:
                return self.emit(nearer[0], (nearer[1],), hint)
            whole = self._pieces.apart(operation, operands)
            if whole is not None:
                read = [
                    self.emit(operation, (o,), hint) if operand_aval(o).shape else o
                    for o in whole.operands
                ]
                assert isinstance(whole.operation, Template)
                return self.elementwise(whole.operation, tuple(read), hint)
        target = Var(hint or self.hint, aval)
        statement = Statement(target, operation, operands, self.span)
        self.statements.append(statement)
        self.definitions[target] = statement
        return target


def _leaves_range(value: Any, operation: Operation, operands: tuple[Operand, ...]) -> bool:
    """Whether a constant is no float of full precision, as of others that are very large or small.

    In extended precision it is, and what it is multiplied by may bring it into range.
    """
    found = np.asarray(value)
    if found.dtype != np.float64 or not np.any(np.isinf(found) | (np.abs(found) < _TINY)):
        return False
    code = operation.code if type(operation) is Template else ()
    numbers = [*operands, *[token.value for token in code if isinstance(token, Literal)]]
    sizes = [np.abs(a) for a in map(np.asarray, numbers) if a.dtype == np.float64]
    return any(np.any((size > HIGH) | ((size < LOW) & (size > 0))) for size in sizes)


_TINY = np.finfo(float).tiny

_TEMPLATES: dict[str, Template] = {}


def elementwise_template(name: str) -> Template:
    """The template that applies one elementwise entry to its operands in order."""
    template = _TEMPLATES.get(name)
    if template is None:
        entry = TABLE.entries[name]
        assert isinstance(entry, ElementwiseEntry)
        template = _TEMPLATES[name] = Template.of((*range(entry.arity), name))
    return template
