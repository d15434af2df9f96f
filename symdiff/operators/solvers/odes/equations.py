"""The right-hand side of a differential equation, `dy/dt = f(t, y, *params)`, and its derivatives.

A right-hand side is one program for each way through it (a *branch*). How its solution moves with
initial values and parameters is the solution of differential equations again: those of the state
and its *sensitivities* `S`, of which each column moves as `dS/dt = f_y S + f_p`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....errors import SourceSpan
from ....operations.statements.builder import Builder
from ....operations.table.linearization import symbolic
from ....operations.table.structural import Structural
from ....optimize import number_values, remove_dead_code
from ....program.program import FLOAT, Aval, Guard, Operand, Program, Statement, Var, operand_aval
from ....safety.exclusive import TRACING
from .columns import Column, Columns, banded, full, jacobian_of
from .compiled import MOST_ELEMENTS, Function, OtherBranch, guards_of
from .switches import Switch, isolate, without_guards

_MOST_NUMBERS = 2000
Unknown = Callable[[float, Any], Program]


class RightHandSide:
    """`f(t, y, *params)` as programs whose inputs are those, in that order.

    Attributes:
        time: the variable of the time.
        state: the variable of the state.
        params: everything else that it reads, in all branches.
        branches: the programs by the outcomes of their decisions.
        missing: traces another branch, while the trace that met the equation goes on.
    """

    def __init__(self, programs: Sequence[Program]) -> None:
        first = programs[0]
        self.time, self.state = first.inputs[:2]
        self.params: list[Var] = []
        self.branches: dict[tuple[Any, ...], Program] = {}
        self._prefixes: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        self.missing: Unknown | None = None
        self.origin: tuple[RightHandSide, tuple[Column, ...]] | None = None
        self.where: SourceSpan | None = None  # the call that solves it
        self.interned: dict[Any, Any] = {}  # operations of the table that have this as a parameter
        self.by_numbers = False  # whether the programs compute with numbers already
        self.switched = 0  # how many of the parameters are outcomes that are held fixed
        self._functions: dict[Any, Function] = {}
        self._made: dict[Any, Any] = {}
        self.kept: dict[str, Any] = {}  # what others make of it
        for program in programs:
            self.add(program)

    def __repr__(self) -> str:
        return "f"

    @property
    def size(self) -> int:
        """The length of the state."""
        return self.state.aval.size

    def add(self, program: Program) -> tuple[Any, ...]:
        """Take in another branch; its key."""
        key = guards_of(program)
        self.branches[key] = program
        self.params.extend(v for v in program.inputs[2:] if v not in self.params)
        for k in range(len(key) + 1):
            self._prefixes.setdefault(key[:k], key)
        self._made.clear()
        self._functions.clear()
        return key

    def with_all_params(self, program: Program) -> Program:
        """A branch with the parameters of all."""
        inputs = (self.time, self.state, *self.params)
        return Program(program.name, inputs, program.statements, program.outputs, program.extra)

    def same_inputs(self, program: Program) -> Program:
        """A branch that was traced with variables of its own for time and state."""
        renamed = {program.inputs[0]: self.time, program.inputs[1]: self.state}
        statements = [
            Statement(
                s.target,
                s.operation,
                tuple([renamed.get(o, o) if type(o) is Var else o for o in s.operands]),
                s.span,
            )
            for s in program.statements
        ]
        outputs = tuple([renamed.get(o, o) if type(o) is Var else o for o in program.outputs])
        inputs = (self.time, self.state, *program.inputs[2:])
        return Program(program.name, inputs, statements, outputs, program.extra)

    def moving(self) -> list[int]:
        """The numbers of the parameters that can have a derivative."""
        return [k for k, v in enumerate(self.params) if v.aval.dtype == "float64"]

    @property
    def base(self) -> RightHandSide:
        """The equation of the state alone."""
        return self if self.origin is None else self.origin[0].base

    @property
    def smooth(self) -> bool:
        """Whether it decides nothing, and no comparison or step is in it."""
        return () in self.branches and not self.switches(())

    # -- functions

    def function(self, key: tuple[Any, ...]) -> Function:
        """A branch as a function."""
        known = self._functions.get(key)
        if known is None:
            most = _MOST_NUMBERS if self.by_numbers else MOST_ELEMENTS
            program = self.with_all_params(self.branches[key])
            known = self._functions[key] = Function(program, most)
        return known

    def bind(self, params: Sequence[Any]) -> Bound:
        """What a solver calls."""
        return Bound(self, params)

    def single(self, params: Sequence[Any]) -> Callable[[float, Any], Any]:
        """The slope where there is one branch."""
        (key,) = self.branches
        return self.function(key).bind(params)

    def branch_for(self, outcomes: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The key of a branch whose first decisions have these outcomes."""
        return self._prefixes.get(outcomes)

    # -- switches

    def _isolated(self, key: tuple[Any, ...]) -> tuple[Program, list[Switch]]:
        made = self._made.get(("isolated", key))
        if made is None:
            made = self._made["isolated", key] = isolate(self.branches[key])
        return made

    def switches(self, key: tuple[Any, ...]) -> list[Switch]:
        """The comparisons and steps of a branch."""
        return self._isolated(key)[1]

    def outcomes(self, key: tuple[Any, ...]) -> Function:
        """The outcomes of the comparisons and steps of a branch; raises `OtherBranch`."""
        known = self._functions.get(("outcomes", key))
        if known is None:
            program, switches = self._isolated(key)
            outputs = tuple([s.outcome for s in switches])
            inputs = (self.time, self.state, *self.params)
            made = Program("outcomes", inputs, program.statements, outputs)
            if not any(type(s.operation) is Guard for s in made.statements):
                made = remove_dead_code(made)
            known = self._functions["outcomes", key] = Function(made)
        return known

    def frozen(self, key: tuple[Any, ...]) -> RightHandSide:
        """A branch with all its decisions, comparisons and steps held fixed: it is smooth.

        The outcomes are parameters, after those of the equation itself.
        """
        made = self._made.get(("frozen", key))
        if made is not None:
            return made  # type: ignore[no-any-return]
        if self.origin is not None:
            parent, columns = self.origin
            made = parent.frozen(key).forward(columns)
        else:
            program, switches = self._isolated(key)
            fixed = [s.outcome for s in switches]
            inputs = (self.time, self.state, *self.params)
            whole = Program("f", inputs, program.statements, program.outputs)
            made = RightHandSide([without_guards(whole, fixed)])
            made.params = [*self.params, *fixed]
            made.branches = {(): Program("f", (*inputs, *fixed), *_body(made.branches[()]))}
            made.switched = len(fixed)
        self._made["frozen", key] = made
        return made

    def held(self, key: tuple[Any, ...], outcomes: Sequence[float]) -> list[Any]:
        """The outcomes of the comparisons and steps of a branch as parameters of the frozen one."""
        found: list[Any] = []
        place = 0
        for switch in self.switches(key):
            aval = switch.outcome.aval
            part = outcomes[place : place + aval.size]
            place += aval.size
            found.append(np.array(part, aval.dtype).reshape(aval.shape) if aval.shape else part[0])
        return found

    def margin_moves(self, key: tuple[Any, ...], number: int) -> Function:
        """How the margin of a switch moves: with the time, a direction of the state, and one of
        the parameters; a vector. Takes those directions as further parameters.
        """
        known = self._functions.get(("margin", key, number))
        if known is None:
            from ....differentiate import jvp

            program, switches = self._isolated(key)
            margin = switches[number].margin
            statements = [s for s in program.statements if type(s.operation) is not Guard]
            inputs = (self.time, self.state, *self.params)
            base = remove_dead_code(Program("margin", inputs, statements, (margin,)))
            wrt = [self.time, self.state, *[self.params[k] for k in self.moving()]]
            moves = [Var(f"d_{v.name}", v.aval) for v in wrt]
            moved = jvp(base, wrt, moves)
            outputs = (moved.outputs[1],)
            if type(outputs[0]) is not Var:
                outputs = (np.zeros(max(1, operand_aval(margin).size)),)
            made = Program("margin", (*inputs, *moves), moved.statements, outputs)
            known = self._functions["margin", key, number] = Function(made)
        return known

    def decided_by_time(self, key: tuple[Any, ...], at_fixed_times: bool) -> bool:
        """Whether the decisions of a branch look at no element of the state.

        With `at_fixed_times`, they look at nothing either that can have a derivative, and only
        decisions count, not comparisons and steps.
        """
        name = ("decided", key, at_fixed_times)
        known = self._made.get(name)
        if known is None:
            program, switches = self._isolated(key)
            depends: set[Any] = {self.state}
            if at_fixed_times:
                depends.update(v for v in self.params if v.aval.is_inexact)
            known = True
            for statement in program.statements:
                if any(type(o) is Var and o in depends for o in statement.operands):
                    known = known and type(statement.operation) is not Guard
                    if statement.target is not None:
                        depends.add(statement.target)
            if not at_fixed_times:
                known = known and not any(s.outcome in depends for s in switches)
            self._made[name] = known
        return bool(known)

    # -- sensitivities

    def forward(self, columns: tuple[Column, ...]) -> RightHandSide:
        """The equations of the state and of some columns of sensitivities, one after another.

        With a column along given directions these are further parameters, at the end.
        """
        made = self._made.get(("forward", columns))
        if made is None:
            with TRACING:
                made = self._forward(columns)
            self._made["forward", columns] = made
        return made

    @symbolic
    def _forward(self, columns: tuple[Column, ...]) -> RightHandSide:
        along = [k for c in columns if c is not None and c[0] == "along" for k in c[1:]]
        moves = {k: Var(f"d_{self.params[k].name}", self.params[k].aval) for k in along}
        programs = {
            key: Columns(self.with_all_params(program), columns, moves)
            for key, program in self.branches.items()
        }
        state = Var("y_and_moves", Aval.of((self.size * (1 + len(columns)),), "float64"))
        first = next(iter(programs.values()))
        made = RightHandSide([first(state)])
        made.branches = {key: program(state) for key, program in programs.items()}
        made._prefixes = dict(self._prefixes)
        made.params = [*self.params, *moves.values()]
        made.origin = (self, columns)
        made.switched = self.switched
        made.by_numbers = all(program.numbers for program in programs.values())
        return made

    def jacobian(self) -> Callable[[Sequence[Any]], Callable[[float, Any], Any]] | None:
        """The matrix `f_y` of the equation of the state, where that is smooth."""
        if self.origin is not None:
            count, own = len(self.base.params), self.base.jacobian()
            n = self.base.size
            if own is None:
                return None

            def bind(params: Sequence[Any]) -> Callable[[float, Any], Any]:
                matrix = own(params[:count])
                return lambda t, z: matrix(t, z[:n])

            return bind
        function = self._functions.get("jacobian")
        if function is None:
            with TRACING:
                program = jacobian_of(self.with_all_params(next(iter(self.branches.values()))))
            if program is None:
                return None
            function = self._functions["jacobian"] = Function(program)
        n = self.size

        def bind_own(params: Sequence[Any]) -> Callable[[float, Any], Any]:
            found = function.bind(params)
            return lambda t, y: np.array(found(t, y), float).reshape(n, n).T

        return bind_own

    def newton(self, params: Sequence[Any]) -> dict[str, Any]:
        """What LSODA is told of the Jacobian, for a smooth equation."""
        matrix = self.jacobian()
        if matrix is None:
            return {}
        n, size = self.base.size, self.size
        return banded(matrix(params), n, size // n, size)

    def slope_adjoint(self, key: tuple[Any, ...], active: tuple[int, ...]) -> Function:
        """`f_t^T v`, `f_y^T v` and `f_p^T v` of a branch; `v` is a further parameter, the last."""
        name = ("adjoint", key, active)
        known = self._functions.get(name)
        if known is None:
            from ....differentiate import vjp

            with TRACING:
                program = self.with_all_params(self.branches[key])
                statements = [s for s in program.statements if type(s.operation) is not Guard]
                program = Program("f", program.inputs, statements, program.outputs)
                seed = Var("v", self.state.aval)
                wrt = [self.time, self.state, *[self.params[k] for k in active]]
                pulled = vjp(program, wrt, [seed])
                outputs = tuple(
                    _filled(o, v.aval) for o, v in zip(pulled.outputs[1:], wrt, strict=True)
                )
                made = Program("adjoint", (*program.inputs, seed), pulled.statements, outputs)
                made = remove_dead_code(number_values(made))
            known = self._functions[name] = Function(made)
        return known

    def timed(self) -> RightHandSide:
        """The same equation with the time as a further state, the last."""
        made = self._made.get("timed")
        if made is None:
            n = self.size
            time = Var("t", FLOAT)
            state = Var("y_and_t", Aval.of((n + 1,), "float64"))
            programs = []
            for program in self.branches.values():
                ops = Builder()
                part = Structural.of("getitem", index=(("slice", 0, n, None),))
                last = Structural.of("getitem", index=(n,))
                ops.statements = [
                    Statement(self.state, part, (state,), None),
                    Statement(self.time, last, (state,), None),
                    *program.statements,
                ]
                slope = full(ops, program.outputs[0], n)
                result = ops.concatenate(slope, np.ones(1), axis=0)
                inputs = (time, state, *self.params)
                programs.append(Program("f", inputs, ops.statements, (result,)))
            made = RightHandSide(programs)
            made.params = list(self.params)
            self._made["timed"] = made
        return made


def _filled(operand: Operand, aval: Aval) -> Operand:
    """The constant 0 of what does not depend, as the array it stands for."""
    if type(operand) is not Var and np.shape(operand) != aval.shape:
        return np.broadcast_to(operand, aval.shape).copy()
    return operand


def _body(program: Program) -> tuple[list[Statement], tuple[Operand, ...]]:
    return program.statements, program.outputs


class Bound:
    """A right-hand side with values for its parameters.

    Attributes:
        calls: how often it has been called.
        unknown: the outcomes of a decision that no branch is known for, where one was met.
    """

    def __init__(self, rhs: RightHandSide, params: Sequence[Any]) -> None:
        self.rhs = rhs
        self.params = list(params)
        self.calls = 0
        self.unknown: tuple[Any, ...] | None = None
        self.key = next(iter(rhs.branches))
        self._slopes: dict[Any, Callable[[float, Any], Any]] = {}

    def __call__(self, t: float, y: Any) -> Any:
        """The slope."""
        self.calls += 1
        slope = self._slopes.get(self.key)
        try:
            if slope is None:
                slope = self._slope(self.key)
            return slope(t, y)
        except OtherBranch as other:
            return self._elsewhere(other, t, y)

    def _slope(self, key: tuple[Any, ...]) -> Callable[[float, Any], Any]:
        slope = self._slopes.get(key)
        if slope is None:
            slope = self._slopes[key] = self.rhs.function(key).bind(self._values())
        return slope

    def _values(self) -> list[Any]:
        return self.params

    def _elsewhere(self, other: OtherBranch, t: float, y: Any) -> Any:
        for _ in range(1 + len(self.rhs.branches)):
            key = self.rhs.branch_for(other.outcomes)
            if key is None:
                return self._other(other, t, y)
            try:
                result = self._slope(key)(t, y)
            except OtherBranch as further:
                other = further
                continue
            self.key = key
            return result
        raise AssertionError("a decision has more outcomes than it has branches")

    def _other(self, other: OtherBranch, t: float, y: Any) -> Any:
        """A branch that is not known: trace it, or go on along the one there is."""
        rhs = self.rhs
        if rhs.missing is not None:
            program = rhs.missing(t, y)
            key = rhs.add(program)
            self._slopes.clear()
            self.params = rhs.values()  # type: ignore[attr-defined]
            self.key = key
            return self._slope(key)(t, y)
        if self.unknown is None:
            self.unknown = other.outcomes
        key = self.key
        values = [*self.params]
        return self._unchecked(key)(t, y, values)

    def _unchecked(self, key: tuple[Any, ...]) -> Callable[[float, Any, list[Any]], Any]:
        frozen = self.rhs.frozen(key)
        found = self.rhs.outcomes(key)

        def slope(t: float, y: Any, values: list[Any]) -> Any:
            count = sum(s.outcome.aval.size for s in self.rhs.switches(key))
            try:
                outcomes = list(found.bind(values)(t, y))
            except OtherBranch:
                outcomes = [0.0] * count
            return frozen.function(()).bind([*values, *self.rhs.held(key, outcomes)])(t, y)

        return slope
