"""A program with loops and branches as expressions: its values and its cotangents.

What lies between loops is differentiated as any program is. A loop is solved where it can be
(`solving.py`), and its derivative is that of the solution; otherwise it is told as a recurrence,
with the recurrence of its cotangents. Where neither can be written down,
`Unwritable` says so, and the program is shown line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy

from ..differentiate import vjp
from ..operations.table.structural import Structural
from ..program.branches import Branch
from ..program.loops import Length, Loop, Result
from ..program.program import Guard, Operand, Program, Statement, Var, bodies_of, operand_aval
from .branch_forms import BranchForm
from .expressions import as_condition, as_number
from .forms import Context, Read, Unwritable
from .lengths import CountsByValue
from .series import element
from .size import check_size
from .vectors import VectorSubstitution
from .written import loop_form

_ZERO = sympy.S.Zero


class Looped:
    """The values and cotangents of a program.

    Args:
        program: what is computed.
        given: an expression for each of its inputs; `None` for its name.
        context: what it has in common with the programs around.
        inside: whether it is the body of a loop or an arm, which reads elements of its inputs.
    """

    def __init__(
        self, program: Program, given: Sequence[Any] | None, context: Context, inside: bool = False
    ) -> None:
        self.program, self.context = program, context
        self.reads: list[Read] = []
        self.forms: list[Any] = []
        self.plain: list[Statement] = []
        self.guards: list[Statement] = []
        results: dict[Var, dict[int, Var]] = {}
        inputs = set(program.inputs)
        order: list[Any] = []
        self.results: list[Var] = []
        for s in _live(program):
            operation, target = s.operation, s.target
            if isinstance(operation, Guard):
                self.guards.append(s)
            elif bodies_of(operation):
                assert target is not None
                order.append(s)
                results[target] = {}
            elif isinstance(operation, Result):
                assert target is not None
                if operation.kind not in ("carried", "joined"):
                    raise Unwritable("a loop counts its iterations")
                results[s.operands[0]][operation.k] = target
                self.results.append(target)
            elif inside and _reads_place(s, inputs):
                order.append(s)
            elif target is not None:
                self.plain.append(s)
        self.given = dict(zip(program.inputs, given, strict=True)) if given is not None else {}
        self.substitution = self._substitute(self._part(()))
        self._take_sizes()
        for s in order:
            if isinstance(s.operation, Structural):
                self._read(s)
            else:
                self._form(s, results[s.target])

    def _take_sizes(self) -> None:
        """What stands for the lengths of arrays that the program makes."""
        counts = self.context.counts
        for s in self.program.statements:
            if isinstance(s.operation, Length) and len(s.operands) == 2:
                length, count = s.operands
                assert isinstance(counts, CountsByValue)
                assert type(length) is int
                counts.made[length] = found = self.substitution.expression(count)
                self.context.assumed.note(found)

    def _part(self, outputs: Sequence[Operand]) -> Program:
        """What lies between loops, whose results are given."""
        free = (*self.program.inputs, *self.results, *[r.var for r in self.reads])
        return Program(self.program.name, free, self.plain, tuple(outputs))

    def _substitute(self, program: Program) -> VectorSubstitution:
        found = VectorSubstitution(program, self.context)
        found.known.update(self.given)
        return found

    def inside(self, program: Program, given: Sequence[Any]) -> Looped:
        """A program in a statement of this one."""
        return Looped(program, given, self.context, inside=True)

    def value(self, operand: Operand) -> Any:
        """The expression of a variable or constant."""
        check_size(self._part(()), [operand])
        return self.substitution.expression(operand)

    @property
    def outputs(self) -> list[Any]:
        return [as_number(self.value(o)) for o in self.program.outputs]

    def shape_of(self, expr: Any) -> tuple[int, ...]:
        return self.substitution.shape(expr)

    def _know(self, var: Var, expr: Any) -> None:
        self.given[var] = expr
        self.substitution.known[var] = expr

    def _read(self, s: Statement) -> None:
        source, place = s.operands
        assert s.target is not None
        at = self.value(place)
        self.reads.append(Read(source, at, s.target))
        self._know(s.target, element(self.value(source), at, self.shape_of, self.context.elements))

    def _form(self, s: Statement, results: Mapping[int, Var]) -> None:
        operands = [None if o is None else self.value(o) for o in s.operands]
        if isinstance(s.operation, Loop):
            form: Any = loop_form(s, operands, results, self)
        else:
            assert isinstance(s.operation, Branch)
            form = BranchForm(s, operands, results, self)
        self.forms.append(form)
        for k, value in form.values().items():
            self._know(results[k], value)

    # -- cotangents

    def pull(self, seeds: Sequence[Any]) -> tuple[dict[Var, Any], list[tuple[Read, Any]]]:
        """The cotangents of the inputs, and of the elements that are read.

        Args:
            seeds: that of each output.
        """
        ends: list[tuple[Operand, Any]] = list(zip(self.program.outputs, seeds, strict=True))
        read: list[tuple[Read, Any]] = []
        for form in reversed(self.forms):
            cts = self._cotangents(ends, list(form.results.values()))
            given, elements = form.pull({k: cts.get(v, _ZERO) for k, v in form.results.items()})
            ends += given
            read += elements
        free = [v for v in self.program.inputs if v.aval.is_inexact]
        cts = self._cotangents(ends, [*free, *[r.var for r in self.reads]])
        read += [(r, cts[r.var]) for r in self.reads if cts[r.var] != 0]
        return {v: cts[v] for v in free}, read

    def _cotangents(
        self, ends: Iterable[tuple[Operand, Any]], wrt: Sequence[Var]
    ) -> dict[Var, Any]:
        """The cotangents of variables, given those of some ends."""
        wrt = [v for v in wrt if v.aval.is_inexact]
        chosen = [(o, e) for o, e in ends if type(o) is Var and o.aval.is_inexact and e != 0]
        seeds = [Var("seed", o.aval) for o, _ in chosen]
        part = self._part([o for o, _ in chosen])
        found = vjp(part, wrt, seeds)
        results = found.outputs[len(chosen) :]
        check_size(found, results)
        substitution = self._substitute(found)
        substitution.known.update(zip(seeds, [e for _, e in chosen], strict=True))
        return {v: as_number(substitution.expression(o)) for v, o in zip(wrt, results, strict=True)}

    def conditions(self) -> list[tuple[Any, bool]]:
        """The decisions that lead here."""
        found = []
        for s in self.guards:
            assert isinstance(s.operation, Guard)
            if s.operation.kind != "truth":
                continue
            test = as_condition(self.value(s.operands[0]))
            expected = bool(s.operation.expected)
            if test != (sympy.true if expected else sympy.false):
                found.append((test, expected))
        return found


def _live(program: Program) -> list[Statement]:
    """The statements that an output or a decision depends on."""
    wanted = {o for o in program.outputs if type(o) is Var}
    live = []
    for s in reversed(program.statements):
        if s.target in wanted or isinstance(s.operation, Guard):
            live.append(s)
            wanted.update([o for o in s.operands if type(o) is Var])
    return live[::-1]


def _reads_place(s: Statement, inputs: set[Var]) -> bool:
    """Whether a statement reads an element of an input, at a place that is computed."""
    return (
        isinstance(s.operation, Structural)
        and s.operation.name == "getitem"
        and s.operation.params["index"] == (("place", 0),)
        and type(s.operands[0]) is Var
        and s.operands[0] in inputs
        and len(operand_aval(s.operands[0]).shape) == 1
    )
