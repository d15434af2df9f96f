"""The programs of sensitivities, of Jacobians, and what a solver is told of those.

Small systems are taken apart into numbers, and each number's partials are computed once, whatever
the number of columns. Large ones stay arrays, with one forward sweep for each column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....differentiate.activity import active_variables, compute, linearization_of, merged
from ....differentiate.tangents import Forward
from ....operations.statements.builder import Builder
from ....operations.table.linearization import symbolic
from ....operations.table.structural import Structural
from ....operations.table.template import Template
from ....optimize import number_values, remove_dead_code
from ....optimize.scalars import Scalars, scalarize
from ....program.program import FLOAT, Operand, Program, Statement, Var, operand_aval
from .compiled import MOST_ELEMENTS

Column = tuple[Any, ...] | None
"""How a column of sensitivities moves with the parameters: not at all, with element `e` of the
parameter number `k` (`(k, e)`), or with several along given directions (`("along", k, ...)`)."""

_MOST_PRODUCTS = 4000
"""Sensitivities of more products than this are computed with arrays."""


def banded(matrix: Callable[[float, Any], Any], n: int, blocks: int, size: int) -> dict[str, Any]:
    """The Jacobian of LSODA's Newton steps: one matrix in several blocks on the diagonal.

    What sensitivities depend on besides is left out: below blocks that are right the steps converge
    all the same.

    Args:
        matrix: of one block, from the time and the state.
        n: its size.
        blocks: how many there are, from the beginning.
        size: of the system.
    """
    if blocks == 1 and size == n:
        return {"Dfun": matrix}
    rows, columns = np.indices((n, n)).reshape(2, -1)
    bands = np.zeros((2 * n - 1, size))
    row = np.tile(rows - columns + n - 1, blocks)
    column = np.concatenate([columns + k * n for k in range(blocks)])

    def jacobian(t: float, z: Any) -> Any:
        bands[row, column] = np.tile(np.ravel(matrix(t, z)), blocks)
        return bands

    return {"Dfun": jacobian, "ml": n - 1, "mu": n - 1}


class Columns:
    """One sweep for the sensitivities of one branch; gives the program for a state variable."""

    def __init__(
        self, program: Program, columns: tuple[Column, ...], moves: dict[int, Var]
    ) -> None:
        self.program = program
        self.columns = columns
        self.moves = moves
        self.numbers = False

    def __call__(self, state: Var) -> Program:
        small = self.program.inputs[1].aval.size <= MOST_ELEMENTS
        scalars = scalarize(self.program, MOST_ELEMENTS) if small else None
        made = self._by_numbers(scalars, state) if scalars is not None else self._by_arrays(state)
        return remove_dead_code(number_values(made))

    def inputs(self, state: Var) -> tuple[Var, ...]:
        return (self.program.inputs[0], state, *self.program.inputs[2:], *self.moves.values())

    def _by_numbers(self, scalars: Scalars, state: Var) -> Program:
        """From the partials of each number in each other."""
        ops = Builder()
        n = self.program.inputs[1].aval.size
        elements = [
            parts if parts is not None else (var,)
            for var, parts in zip(self.program.inputs, scalars.inputs, strict=True)
        ]
        apart = [parts is not None for parts in scalars.inputs]

        def read(target: Var, source: Var, k: int) -> None:
            index = tuple(int(i) for i in np.unravel_index(k, source.aval.shape))
            ops.statements.append(
                Statement(target, Structural.of("getitem", index=index), (source,), None)
            )

        if not apart[1]:
            return self._by_arrays(state)
        for k, part in enumerate(elements[1]):
            read(part, state, k)
        for var, parts, is_apart in zip(
            self.program.inputs[2:], elements[2:], apart[2:], strict=True
        ):
            if is_apart and var.aval.shape:
                for k, part in enumerate(parts):
                    read(part, var, k)
        rows = scalars.program.outputs
        wrt = [v for e, p in zip(elements, apart, strict=True) if p for v in e][1:]
        wrt = [v for v in wrt if v.aval.dtype == "float64"]
        partials = _Partials(scalars.program, wrt, ops.statements)
        parts_of_y = [[partials.of(row, part) for row in rows] for part in elements[1]]
        outputs: list[Operand] = list(rows)
        dense = sum(type(p) is Var or p != 0.0 for parts in parts_of_y for p in parts)
        if dense * len(self.columns) > _MOST_PRODUCTS:
            return self._by_arrays(state)
        for c, column in enumerate(self.columns):
            s = []
            for k in range(n):
                s.append(Var(f"s_{c}_{k}", FLOAT))
                read(s[-1], state, n * (1 + c) + k)
            terms: list[list[tuple[Operand, Operand]]] = [
                [(parts_of_y[k][i], s[k]) for k in range(n)] for i in range(n)
            ]
            for j, e, factor in self._directions(ops, column):
                if not apart[2 + j]:
                    return self._by_arrays(state)
                for i in range(n):
                    terms[i].append((partials.of(rows[i], elements[2 + j][e]), factor))
            outputs.extend([_sum_of_products(ops, row) for row in terms])
        self.numbers = True
        result = ops.array(*outputs, shape=(len(outputs),))
        return Program("moves", self.inputs(state), ops.statements, (result,))

    def _directions(self, ops: Builder, column: Column) -> list[tuple[int, int, Operand]]:
        """Parameter, element and factor of each element that a column moves with."""
        if column is None:
            return []
        if column[0] != "along":
            return [(column[0], column[1], 1.0)]
        found: list[tuple[int, int, Operand]] = []
        for j in column[1:]:
            move = self.moves[j]
            if not move.aval.shape:
                found.append((j, 0, move))
                continue
            for e in range(move.aval.size):
                index = tuple(int(i) for i in np.unravel_index(e, move.aval.shape))
                found.append((j, e, ops.getitem(move, index=index)))
        return found

    def _by_arrays(self, state: Var) -> Program:
        """One forward sweep for each column."""
        from ....differentiate import jvp

        ops = Builder()
        program = self.program
        y = program.inputs[1]
        n = y.aval.size
        defined: set[Var] = set()

        def section(k: int) -> Operand:
            part = ops.getitem(state, index=(("slice", k * n, (k + 1) * n, None),))
            return part

        first = section(0)
        ops.statements.append(Statement(y, Structural.of("copy"), (first,), None))
        parts: list[Operand] = []
        for c, column in enumerate(self.columns):
            wrt, tangents = [y], [section(1 + c)]
            if column is not None and column[0] == "along":
                for j in column[1:]:
                    wrt.append(program.inputs[2 + j])
                    tangents.append(self.moves[j])
            elif column is not None:
                var = program.inputs[2 + column[0]]
                unit: Any = 1.0
                if var.aval.shape:
                    unit = np.zeros(var.aval.size)
                    unit[column[1]] = 1.0
                    unit = unit.reshape(var.aval.shape)
                wrt.append(var)
                tangents.append(unit)
            moved = jvp(program, wrt, tangents)
            _append(ops, moved.statements, defined)
            if not parts:
                parts.append(full(ops, moved.outputs[0], n))
            parts.append(full(ops, moved.outputs[1], n))
        if not parts:
            _append(ops, program.statements, defined)
            parts.append(full(ops, program.outputs[0], n))
        result = ops.concatenate(*parts, axis=0)
        return Program("moves", self.inputs(state), ops.statements, (result,))


def _append(ops: Builder, statements: Sequence[Statement], defined: set[Any]) -> None:
    """Add statements, those that several sweeps share once."""
    for statement in statements:
        key: Any = statement if statement.target is None else statement.target
        if key not in defined:
            defined.add(key)
            ops.statements.append(statement)


class _Partials(Forward):
    """Partials of every number of a program with respect to some inputs, in one forward sweep.

    Each statement is differentiated once, whatever the number of inputs.
    """

    def __init__(self, program: Program, wrt: Sequence[Var], statements: list[Statement]) -> None:
        super().__init__()
        self.statements = statements
        self.gradients: dict[Var, dict[Var, Operand]] = {v: {v: 1.0} for v in wrt}
        active = active_variables(program, wrt)
        for statement in program.statements:
            self._partial(merged(statement), active)

    def of(self, output: Operand, var: Var) -> Operand:
        """The partial of an output with respect to an input."""
        if type(output) is not Var:
            return 0.0
        return self.gradients.get(output, {}).get(var, 0.0)

    def _partial(self, statement: Statement, active: set[Var]) -> None:
        operation, target = statement.operation, statement.target
        inputs = [self.gradients.get(o, {}) if type(o) is Var else {} for o in statement.operands]
        if target is None or target not in active or not any(inputs):
            self.statements.append(statement)
            return
        self.span = statement.span
        self.hint = f"d_{target.name}"
        if not isinstance(operation, Template):
            self.statements.append(statement)
            assert isinstance(operation, Structural)
            found: dict[Var, Operand] = {}
            for var in dict.fromkeys(v for g in inputs for v in g):
                tangent = self._structural(operation, statement, [g.get(var) for g in inputs])
                if tangent is not None:
                    found[var] = tangent
            self.gradients[target] = found
            return
        plan = linearization_of(operation, statement, active)
        values, _ = compute(self, statement, plan)
        terms: dict[Var, list[tuple[Operand, Operand]]] = {}
        for k, gradient in enumerate(inputs):
            slope_line = plan.partials[k] if gradient else None
            if slope_line is None:
                continue
            reads = tuple([values[p] for p in slope_line.places])
            partial: Operand = self.elementwise(slope_line.template, reads, f"{target.name}_slope")
            if type(partial) is not Var:
                partial = float(partial)
            for var, slope in gradient.items():
                terms.setdefault(var, []).append((partial, slope))
        self.gradients[target] = {
            var: _sum_of_products(self, products) for var, products in terms.items()
        }


def _sum_of_products(ops: Builder, terms: Sequence[tuple[Operand, Operand]]) -> Operand:
    """`a*b + c*d + ...` in one line, without what is zero for certain."""
    code: list[Any] = []
    operands: list[Operand] = []

    def place(operand: Operand) -> int:
        for k, other in enumerate(operands):
            if other is operand:
                return k
        operands.append(operand)
        return len(operands) - 1

    for a, b in terms:
        if (type(a) is not Var and a == 0.0) or (type(b) is not Var and b == 0.0):
            continue
        started = bool(code)
        if type(a) is not Var and a == 1.0:
            code.append(place(b))
        elif type(b) is not Var and b == 1.0:
            code.append(place(a))
        else:
            code += [place(a), place(b), "mul"]
        if started:
            code.append("add")
    if not code:
        return 0.0
    return ops.emit(Template.of(tuple(code)), tuple(operands), "s_dot")


def full(ops: Builder, value: Operand, n: int) -> Operand:
    """A vector of that length from an array, or from the 0 of what does not depend."""
    shape = operand_aval(value).shape
    if int(np.prod(shape, dtype=int)) == n:
        return ops.reshape(value, shape=(n,))
    return ops.broadcast_to(value, shape=(n,))


@symbolic
def jacobian_of(program: Program) -> Program | None:
    """The columns of `f_y`, one after another; `None` for a large system."""
    y = program.inputs[1]
    n = y.aval.size
    ops = Builder()
    scalars = scalarize(program, MOST_ELEMENTS) if n <= MOST_ELEMENTS else None
    if scalars is not None and scalars.inputs[1] is not None:
        # The program over numbers, whose inputs are read from the arrays again.
        for var, parts in zip(program.inputs, scalars.inputs, strict=True):
            if parts is None or not var.aval.shape:
                continue
            for k, part in enumerate(parts):
                index = tuple(int(i) for i in np.unravel_index(k, var.aval.shape))
                operation = Structural.of("getitem", index=index)
                ops.statements.append(Statement(part, operation, (var,), None))
        partials = _Partials(scalars.program, scalars.inputs[1], ops.statements)
        rows = scalars.program.outputs
        entries = [partials.of(row, var) for var in scalars.inputs[1] for row in rows]
        result = ops.array(*entries, shape=(n * n,))
        made = Program("jacobian", program.inputs, ops.statements, (result,))
        return remove_dead_code(number_values(made))
    from ....batch.program import batch
    from ....differentiate import jvp
    from ....errors import SymdiffError

    seed = Var("direction", y.aval)
    try:
        moved = jvp(program, [y], [seed])
        if type(moved.outputs[1]) is not Var:
            return None
        each = Program("jacobian", moved.inputs, moved.statements, (moved.outputs[1],))
        whole = batch(remove_dead_code(each), {seed}, n).program
    except SymdiffError:
        return None
    (front,) = [v for v in whole.inputs if v.name.startswith("direction")][-1:]
    ops.statements.append(Statement(front, Structural.of("copy"), (np.eye(n),), None))
    ops.statements.extend(whole.statements)
    return Program("jacobian", program.inputs, ops.statements, whole.outputs[:1])
