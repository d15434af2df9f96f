"""The chain rule, one statement after the other: what `symdiff show --steps` prints.

Each statement is shown with its value; then, from the last to the first, with its local partials
and what it adds to the cotangents of what it reads. The cotangent `r_bar` of a variable `r` is the
derivative of the result with respect to `r`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..differentiate import vjp
from ..errors import ConcreteValueError, TooLargeError
from ..operations.table.template import Template
from ..optimize import number_values, remove_dead_code, without_marks
from ..program.bodies import first_structured
from ..program.program import (
    Guard,
    Operand,
    Program,
    Statement,
    Var,
    format_operand,
    name_uniquely,
    operand_aval,
)
from .closed_form import closed_form, conditions, is_possible
from .point import evaluate
from .text import format_conditions, format_expression, wrap
from .ways import check_scalar, chosen_inputs

_COLUMN = 36
"""Values stand to the right of this column, where there is room."""

_FEW = 5


def steps(program: Program, wrt: Sequence[str], at: Mapping[str, Any], width: int) -> list[str]:
    """The lines that explain one way through a function.

    Args:
        program: the primal; its variables have names of their own.
        wrt: the names to differentiate with respect to.
        at: values; where they give every input, each line says what it is there.
        width: of a line.

    Raises:
        ConcreteValueError: an array has no value.
        NonScalarError: the result is not one number.
        TooLargeError: there are loops in it that are kept as loops.
        UsageError: no input belongs to one of the names.

    >>> from symdiff.program.program import FLOAT
    >>> from symdiff.operations.statements.builder import Builder
    >>> ops, x = Builder(), Var("x", FLOAT)
    >>> y = ops.sin(x)
    >>> program = Program("f", (x,), ops.statements, (y,))
    >>> print(*steps(program, ["x"], {}, 60), sep=chr(10))
    the value
      t = sin(x)
    backwards, from t_bar = 1
      t = sin(x)
        dt/dx = cos(x)
        x_bar = t_bar*dt/dx
    so
      df/dx = x_bar
    """
    check_scalar(program)
    if first_structured(program) is not None:
        raise TooLargeError(f"`{program.name}` has loops, which have no steps of their own")
    chosen = chosen_inputs(program, wrt)
    free = [v for v in program.inputs if v.aval.shape and v.name not in at]
    if free:
        raise ConcreteValueError(
            f"the steps of {program.name} need a value for `{free[0].name}`, an array",
            remedy=f'give one: --at "{free[0].name}=[1, 2, 3]"',
        )
    return _Steps(program, chosen, at, width).lines()


class _Steps:
    """Writes the steps of one program."""

    def __init__(
        self, program: Program, chosen: Sequence[Var], at: Mapping[str, Any], width: int
    ) -> None:
        self.program = program
        self.chosen = chosen
        self.width = width
        self.values: dict[Var, Any] = {}
        given = all(v.name in at for v in program.inputs)
        opaque = any(s.operation.name == "opaque" for s in program.statements)
        if given and not opaque:
            self._compute([at[v.name] for v in program.inputs])
        self.live = self._live()
        self.bars: dict[Var, list[tuple[str, Any]]] = {}

    def _compute(self, values: Sequence[Any]) -> None:
        """The values of all variables."""
        made = [s.target for s in self.program.statements if s.target is not None]
        inputs = self.program.inputs
        whole = Program(self.program.name, inputs, self.program.statements, tuple(made))
        self.values = dict(zip(inputs, values, strict=True))
        self.values.update(zip(made, evaluate(whole, values), strict=True))

    def _live(self) -> set[Var]:
        """What depends on what is differentiated by, and the result on it."""
        active = set(self.chosen)
        for s in self.program.statements:
            target = s.target
            if target is not None and target.aval.is_inexact and not active.isdisjoint(_read(s)):
                active.add(target)
        needed = {o for o in self.program.outputs if type(o) is Var}
        for s in reversed(self.program.statements):
            if s.target in needed:
                needed.update(_read(s))
        return active & needed

    def lines(self) -> list[str]:
        lines = ["the value", *self._forward()]
        (result,) = self.program.outputs
        if type(result) is not Var or result not in self.live:
            return [*lines, "so", *[f"  {self._of(v)} = 0" for v in self.chosen]]
        seed = f"{result.name}_bar"
        lines.append(f"backwards, from {seed} = 1")
        self.bars[result] = [("1", 1.0)]
        for s in reversed(self.program.statements):
            if s.target in self.live and s.target in self.bars:
                text, place = _text(s)
                head = [f"  {part}" for part in wrap(text, self.width - 2)]
                head[-1] += f"  # {place}" if place else ""
                lines += [*head, *self._pullback(s)]
        lines.append("so")
        for v in self.chosen:
            known = v in self.bars
            text = f"{self._of(v)} = {v.name}_bar" if known else f"{self._of(v)} = 0"
            lines += self._valued(text, self._bar(v) if known else None, 2)
        return lines

    def _of(self, var: Var) -> str:
        return f"d{self.program.name.rpartition('.')[2]}/d{var.name}"

    def _forward(self) -> list[str]:
        """Each statement with its value and its place in the source."""
        rows = []
        for s in self.program.statements:
            if _is_shown(s):
                text, place = _text(s)
                value = None if s.target is None else self.values.get(s.target)
                rows.append((self._valued(text, value, 2), place))
        room = self.width - max([len(f"  # {place}") for _, place in rows], default=0)
        widest = max([len(lines[-1]) for lines, _ in rows], default=0)
        found = []
        for lines, place in rows:
            last = f"{lines[-1]:<{min(widest, room)}}  # {place}" if place else lines[-1]
            found += [*lines[:-1], last]
        return found

    def _valued(self, text: str, value: Any, depth: int) -> list[str]:
        """A line with the number that it comes to."""
        margin = " " * depth
        number = "" if value is None else f"= {_short(value)}"
        if len(text) + depth <= _COLUMN:
            return [f"{margin}{text:<{_COLUMN - depth}}  {number}".rstrip()]
        parts = [margin + part for part in wrap(text, self.width - depth)]
        if not number:
            return parts
        if len(parts[-1]) + len(number) + 2 <= self.width:
            return [*parts[:-1], f"{parts[-1]}  {number}"]
        return [*parts, f"{' ' * _COLUMN}  {number}"]

    # -- backwards

    def _bar(self, var: Var) -> Any:
        """The cotangent of a variable, as far as it is known."""
        values = [value for _, value in self.bars[var]]
        return None if any(v is None for v in values) else sum(values[1:], start=values[0])

    def _add(self, var: Var, text: str, value: Any) -> list[str]:
        """What a statement adds to a cotangent."""
        terms = self.bars.setdefault(var, [])
        terms.append((text, value))
        sign = "+=" if len(terms) > 1 else "="
        return self._valued(f"{var.name}_bar {sign} {text}", value, 4)

    def _pullback(self, s: Statement) -> list[str]:
        """The partials of a statement, and what it adds to cotangents."""
        assert s.target is not None
        read = [o for o in dict.fromkeys(_read(s)) if o in self.live]
        numbers = all(not v.aval.shape for v in (s.target, *_read(s)))
        if type(s.operation) is Template and numbers:
            return self._of_numbers(s, s.target, read)
        return self._of_arrays(s, s.target, read)

    def _of_numbers(self, s: Statement, target: Var, read: Sequence[Var]) -> list[str]:
        derived = _derived(s, target, read, 1.0)
        values: Sequence[Any] = [None] * (len(read) + 1)
        if self.values:
            values = evaluate(derived, [self.values[v] for v in derived.inputs])
        lines, added, bar = [], [], self._bar(target)
        for k, var in enumerate(read):
            text, value = _partial(derived, k + 1), values[k + 1]
            lines += self._valued(f"d{target.name}/d{var.name} = {text}", value, 4)
            term = f"{target.name}_bar*d{target.name}/d{var.name}"
            found = None if value is None or bar is None else bar * value
            added += self._add(var, term, found)
        return lines + added

    def _of_arrays(self, s: Statement, target: Var, read: Sequence[Var]) -> list[str]:
        """As statements: an array has no partials that could be written down one by one."""
        seed = Var(f"{target.name}_bar", target.aval)
        derived = _derived(s, target, read, seed)
        values: Sequence[Any] = [None] * (len(read) + 1)
        bar = self._bar(target)
        if self.values and bar is not None:
            known = {**self.values, seed: bar}
            values = evaluate(derived, [known[v] for v in derived.inputs])
        own = {o for o in derived.outputs[1:] if type(o) is Var}
        parts = [t for t in derived.statements if t.target not in (*derived.outputs[:1], *own)]
        for k, t in enumerate(parts):
            if t.target is not None:
                t.target.name = f"part_{k}" if k else "part"
        texts: dict[Operand, str] = {}
        lines: list[str] = []
        for t in derived.statements:
            text = _right(t)
            if t.target in own and t.target is not None:
                texts[t.target] = text
            elif t in parts and t.target is not None:
                lines += self._valued(f"{t.target.name} = {text}", None, 4)
        for k, var in enumerate(read):
            made = derived.outputs[k + 1]
            text = texts.get(made, "") if type(made) is Var else ""
            lines += self._add(var, text or format_operand(made), values[k + 1])
        return lines


def _read(s: Statement) -> list[Var]:
    return [o for o in s.operands if type(o) is Var]


def _text(s: Statement) -> tuple[str, str]:
    """A statement, and its place in the source."""
    (text, span), *_ = [*s.lines()][-1:]
    return text, f"{span.file.rpartition('/')[2]}:{span.line}" if span else ""


def _right(s: Statement) -> str:
    """What a statement computes: what is added up over axes that were not there is a sum."""
    operands = [format_operand(o) for o in s.operands]
    shape = s.target.aval.shape if s.target is not None else ()
    if s.operation.name == "unbroadcast" and set(shape) <= {1}:
        return f"sum({operands[0]}{', keepdims=True' if shape else ''})"
    if s.operation.name == "broadcast_to" and set(operand_aval(s.operands[0]).shape) <= {1}:
        return f"ones({shape[0] if len(shape) == 1 else shape})*{operands[0]}"
    return s.operation.describe(operands)


def _is_shown(s: Statement) -> bool:
    return not isinstance(s.operation, Guard) and s.operation.name not in ("check", "keep")


def _derived(s: Statement, target: Var, read: Sequence[Var], seed: Operand) -> Program:
    """The value of one statement, and what it hands back to what it reads."""
    inputs = tuple(dict.fromkeys(_read(s)))
    one = Program(target.name, inputs, [s], (target,))
    made = vjp(one, read, [seed])
    return remove_dead_code(number_values(remove_dead_code(without_marks(made))))


def _partial(derived: Program, output: int) -> str:
    try:
        return format_expression(closed_form(derived, output))
    except TooLargeError:
        return "(too large to write down)"


def _short(value: Any) -> str:
    """A value in six digits; of an array its first elements."""
    array = np.asarray(value)
    if not array.shape:
        return _digits(array.item())
    flat = array.ravel()
    shown = ", ".join(_digits(v.item()) for v in flat[:_FEW])
    more = ", ..." if flat.size > _FEW else ""
    return f"[{shown}{more}]" + ("" if array.ndim == 1 else f" of shape {array.shape}")


def _digits(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float | complex) else str(value)


def explained(
    programs: Sequence[Program], wrt: Sequence[str], at: Mapping[str, Any], width: int
) -> str:
    """The steps of each way through a function, with the condition under which it is taken."""
    parts = []
    for program in programs:
        when = conditions(program)
        if not is_possible(when):
            continue
        lines = [f"where {part}" for part in wrap(format_conditions(when), width - 8)]
        parts.append(
            "\n".join([*(lines if when else []), *steps(_named(program), wrt, at, width - 2)])
        )
    return "\n\n".join(parts)


def _named(program: Program) -> Program:
    """A program whose variables have names of their own, none of which is a function's."""
    named = name_uniquely(program)
    called = {n for s in named.statements for n in re.findall(r"(\w+)\(", _text(s)[0])}
    given = set(named.inputs)
    for var in named.variables():
        if var.name in called and var not in given:
            var.name += "_value"
    return name_uniquely(named)
