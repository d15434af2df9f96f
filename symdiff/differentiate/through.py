"""Statements that see through what they read to what that was made of.

A function written in several statements is differentiated statement by statement, and a slope on
the way may leave the range of floats, or cancel, where that of the whole does not: of
`e = exp(x); y = e/(1 + e)` the slope by `e` is 0 at 400, and that by `x` is not. Likewise where a
derivative is differentiated again, whose lines share parts.

So a statement that divides by something exponential, or takes its logarithm, reads
`given(e, exp(x))` in place of `e`: the value that is known, and what it is a value of. Its
derivative is that by `x`, written with `e`. In a derivative this is done of the powers and
reciprocals, too, that its lines share.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..operations.table.limits import KINDS
from ..operations.table.template import Template
from ..program.program import Operand, Statement, Var
from .vanishing import Form, Vanishing, form_of

_FEW = 4
"""What is longer than this is seen through only where it is exponential."""

_MOST_TOKENS = 40
"""A statement that would be longer than this reads what it reads."""

_EXPONENTIAL = frozenset({"exp", "exp2", "expm1", "cosh", "sinh", "sigmoid", "ndtr", "erfc"})
_LIMITS = frozenset(KINDS) - {"versine"} | {"cos"}
"""What has a limit in the quotient with its own operand: `s = sin(x); s/x`."""
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "pos", "square", "pow", "reciprocal"})
_SMOOTH = _EXPONENTIAL | _ARITHMETIC | _LIMITS | {"sqrt"}
_VANISHING = _SMOOTH | {"log"}
_QUOTIENTS = frozenset({"div", "reciprocal"})
_POWERS = frozenset({"square", "pow"})
_SENSITIVE = _QUOTIENTS | {"log", "log1p", "log2", "log10"}


def seen_through(
    statements: Sequence[Statement], wrt: Collection[Var], active: Collection[Var]
) -> list[Statement]:
    """The same statements, which know what some of their operands are values of.

    Args:
        statements: of a program.
        wrt: what is differentiated by, which nobody sees through.
        active: the variables that depend on those.
    """
    known: dict[Var, Statement] = {}
    exponential: set[Var] = set()
    vanishing = Vanishing(known)
    traits: dict[int, _Traits] = {}  # by the identity of templates, which the statements keep
    found = []
    for statement in statements:
        target, operation = statement.target, statement.operation
        if type(operation) is Template and target in active and target not in wrt:
            assert target is not None
            trait = traits.get(id(operation))
            if trait is None:
                trait = traits[id(operation)] = _Traits(operation.code)
            own = statement
            if known and (trait.sensitive or trait.multiplies):
                often = trait.sensitive or target.derived  # a product seldom looks, and not these
                for operand in statement.operands:
                    if type(operand) is Var and (often or operand.derived) and operand in known:
                        reading = _Reading(statement, trait, known, exponential, vanishing)
                        statement = reading.rewritten()
                        break
            if trait.smooth:
                known[target] = own
                if "log" not in operation.code and (
                    trait.exponential
                    or not exponential.isdisjoint([o for o in own.operands if type(o) is Var])
                ):
                    exponential.add(target)
                vanishing.note(target, own, trait.form)
        found.append(statement)
    return found


class _Traits:
    """What decides, of the code of a template, whether its statement looks through operands."""

    __slots__ = (
        "exponential",
        "form",
        "multiplies",
        "sensitive",
        "smooth",
    )

    def __init__(self, code: tuple[Any, ...]) -> None:
        named = [t for t in code if type(t) is str]
        short = len(code) <= _MOST_TOKENS // 2
        self.form = form_of(code) if short else Form.OTHER
        self.smooth = short and (
            _SMOOTH.issuperset(named)
            or (self.form is Form.VANISHING and _VANISHING.issuperset(named))
        )
        self.exponential = not _EXPONENTIAL.isdisjoint(code)
        self.sensitive = not _SENSITIVE.isdisjoint(code)
        self.multiplies = "mul" in code


class _Reading:
    """A statement, and what it may read in place of its operands."""

    def __init__(
        self,
        statement: Statement,
        trait: _Traits,
        known: dict[Var, Statement],
        exponential: set[Var],
        vanishing: Vanishing,
    ) -> None:
        self.statement = statement
        self.code: tuple[Any, ...] = statement.operation.code  # type: ignore[attr-defined]
        self.trait = trait
        self.derived = statement.target is not None and statement.target.derived
        self.known = known
        self.exponential = exponential
        self.vanishing = vanishing
        self.limits = vanishing.limits(self.code, statement.operands)
        self.operands: list[Operand] = []
        self.place: dict[int, int] = {}
        self.given: set[Var] = set()
        self.left = _MOST_TOKENS - len(self.code)

    def rewritten(self) -> Statement:
        statement = self.statement
        if not any(type(o) is Var and self._is_wanted(o) for o in statement.operands):
            return statement
        code = self._read(self.code, statement.operands)
        if "given" not in code:
            return statement
        return Statement(
            statement.target, Template.of(tuple(code)), tuple(self.operands), statement.span
        )

    def _read(self, code: Sequence[Any], operands: Sequence[Operand]) -> list[Any]:
        found: list[Any] = []
        for token in code:
            found += self._operand(operands[token]) if type(token) is int else [token]
        return found

    def _operand(self, operand: Operand) -> list[Any]:
        k = self.place.setdefault(id(operand), len(self.operands))
        if k == len(self.operands):
            self.operands.append(operand)
        if type(operand) is not Var or operand in self.given or not self._is_wanted(operand):
            return [k]
        made = self.known[operand]
        definition = made.operation.code  # type: ignore[attr-defined]
        if len(definition) + 1 > self.left:
            return [k]
        self.left -= len(definition) + 1
        self.given.add(operand)  # where it is read again, it is known
        self.limits |= self.vanishing.limits(definition, made.operands)
        return [k, *self._read(definition, made.operands), "given"]

    def _is_wanted(self, operand: Var) -> bool:
        made = self.known.get(operand)
        if made is None:
            return False
        if operand in self.limits:
            return True
        if operand in self.exponential and (self.trait.sensitive or self.derived):
            return True
        code = made.operation.code  # type: ignore[attr-defined]
        if len(code) > _FEW:
            return False
        if not operand.derived:
            return False
        reciprocal = code[-1] in _QUOTIENTS and sum(1 for t in code if type(t) is int) == 1
        return (self.trait.multiplies and reciprocal) or (
            self.trait.sensitive and code[-1] in _POWERS
        )
