"""Whole numbers that move by a constant from one iteration of a loop to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...program.program import INT, Operand, Var
from ...records import dataclass
from ..table.template import Literal, Template


@dataclass(frozen=True, slots=True)
class Affine:
    """A constant, so many times some variables, and a step for each iteration.

    >>> n = Var("n", INT)
    >>> last = Affine.of(n).plus(Affine(1), -1)
    >>> last.text(), last.plus(Affine.of(n), -1).known
    ('n - 1', -1)
    """

    const: int = 0
    step: int = 0
    parts: frozenset[tuple[Var, int]] = frozenset()

    @staticmethod
    def of(operand: Operand) -> Affine | None:
        """A whole number that is the same in all iterations."""
        if type(operand) is int:
            return Affine(operand)
        if type(operand) is Var and operand.aval is INT:
            return Affine(0, 0, frozenset({(operand, 1)}))
        return None

    @property
    def known(self) -> int | None:
        """The number, if it is a constant."""
        return None if self.parts or self.step else self.const

    def plus(self, other: Affine, times: int = 1) -> Affine:
        """The sum with so many times another."""
        parts = dict(self.parts)
        for var, k in other.parts:
            parts[var] = parts.get(var, 0) + times * k
        return Affine(
            self.const + times * other.const,
            self.step + times * other.step,
            frozenset({(var, k) for var, k in parts.items() if k}),
        )

    def times(self, factor: int) -> Affine:
        return Affine().plus(self, factor)

    def at(self, iteration: Affine) -> Affine:
        """What it is in an iteration, which are numbered from zero."""
        return Affine(self.const, 0, self.parts).plus(iteration, self.step)

    def text(self) -> str:
        """The source of one that has no step."""
        parts = sorted((v.name, k) for v, k in self.parts)
        words = [
            f"{'-' if k < 0 else '+'} {'' if abs(k) == 1 else f'{abs(k)}*'}{v}"
            for v, k in sorted(parts, key=lambda part: part[1] < 0)
        ]
        if self.const or not words:
            words.append(f"{'-' if self.const < 0 else '+'} {abs(self.const)}")
        text = " ".join(words)
        return text[2:] if text.startswith("+ ") else f"-{text[2:]}"


def affine_of(template: Template, values: Sequence[Affine | None]) -> Affine | None:
    """What a template makes of such numbers, if that is one again.

    >>> affine_of(Template.of((0, Literal.of(2), "mul", 1, "sub")), [Affine(1, 3), Affine(5)])
    Affine(const=-3, step=6, parts=frozenset())
    """
    return affine_of_code(template.code, values.__getitem__)


def affine_of_code(code: Sequence[Any], value_of: Callable[[Any], Affine | None]) -> Affine | None:
    """The same for postfix code.

    Args:
        code: names of operations, numbers as they are written, and anything else for an operand.
        value_of: gives what an operand is.
    """
    stack: list[Affine] = []
    for token in code:
        value: Affine | None
        if type(token) is not str and not isinstance(token, Literal):
            value = value_of(token)
        elif isinstance(token, Literal):
            value = Affine(int(token.value)) if token.kind is int else None
        elif token in ("neg", "pos"):
            value = stack.pop().times(-1 if token == "neg" else 1)
        elif token in ("add", "sub"):
            second, first = stack.pop(), stack.pop()
            value = first.plus(second, 1 if token == "add" else -1)
        elif token == "mul":
            second, first = stack.pop(), stack.pop()
            if first.known is not None:
                value = second.times(first.known)
            else:
                value = None if second.known is None else first.times(second.known)
        else:
            return None
        if value is None:
            return None
        stack.append(value)
    return stack[0]


def turned(number: Affine, count: Affine | None) -> Affine | None:
    """A number that counts, from the last iteration to the first."""
    if count is None:
        return None
    last = number.at(count.plus(Affine(1), -1))
    return last.plus(Affine(0, -number.step))
