"""Reverse mode: the primal first, and the cotangents after it, from the outputs to the inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import UnsupportedError
from ..operations.arrays.index_codes import has_place, tuples_of
from ..operations.reductions.reducing import spread as ops_spread
from ..operations.statements.builder import elementwise_template
from ..operations.table.linearization import symbolic
from ..operations.table.lines import Line, Linearization
from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Template
from ..program.branches import Branch
from ..program.loops import TAPE, Result
from ..program.program import BOOL, Aval, Operand, Program, Statement, Var, bodies_of, operand_aval
from .activity import (
    active_variables,
    at,
    compute,
    derived_from,
    is_zero,
    linearization_of,
    live_variables,
    repeated,
    zeros_of,
)
from .branches import pulled_through
from .cotangents import Cotangents
from .forward import jvp
from .inside import ANY_ZEROS, CHANCE_ZEROS, NO_ZEROS
from .late_reads import with_late_reads
from .loop_activity import Key, activity_of
from .loops import pulled_back
from .masks import (
    AT_A_TIP,
    LINE_BY_LINE,
    MASKS_FOLLOW,
    PASS_OVER,
    chosen,
    has_mask,
    is_finite,
    may_be_infinite,
    reads_values,
    vanishing,
)
from .preparing import prepared
from .tapes import entry_of, sum_of_tapes

_TRUTHS = (BOOL, Aval.of((), "bool"))


class _Reverse(Cotangents):
    """One reverse sweep: forward statements, then cotangents from the outputs to the inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[Var, tuple[Linearization, tuple[Operand, ...]]] = {}
        self.risky: set[Var] = set()  # what may be, or come from, infinity: 1/x, log(x)
        self.finite: dict[int, bool] = {}  # by the identity of a plan, which `places` keeps
        # Where the zeros of a cotangent count: for all that is behind, or for what is risky.
        self.sparse: set[Var] = set()
        self.passed_over: set[Var] = set()
        self.results: dict[Var, dict[Key, Statement]] = {}  # what is read of what a loop found
        self.tapes: dict[
            Var, list[tuple[Var, Aval]]
        ] = {}  # the contributions to the cotangents of tapes
        self.reads: list[Var] = []  # the operands whose cotangents a rule is asked for

    # -- forward part

    def forward(self, statement: Statement, live: set[Var], active: set[Var]) -> None:
        operation = statement.operation
        if not isinstance(operation, Template) or statement.target not in live:
            self.statements.append(statement)
            if statement.target is not None:
                self.definitions[statement.target] = statement
                if isinstance(operation, Result) or self._any_risky(statement):
                    self.risky.add(statement.target)
            return
        self.span = statement.span
        plan = linearization_of(operation, statement, active)
        target = statement.target
        values, statement = compute(self, statement, plan)
        self.definitions[target] = statement
        self.places[target] = (plan, values)
        safe = self.finite.get(id(plan))
        if safe is None:
            safe = self.finite[id(plan)] = is_finite(operation, plan)
        if not safe or (self.risky and self._any_risky(statement)):
            self.risky.add(target)

    def _any_risky(self, statement: Statement) -> bool:
        return any(type(o) is Var and o in self.risky for o in statement.operands)

    def line(self, line: Line, values: Sequence[Operand], hint: str) -> Operand:
        return self.elementwise(line.template, tuple([values[k] for k in line.places]), hint)

    # -- backward part

    def backward(self, statement: Statement, active: set[Var]) -> None:
        target = statement.target
        assert target is not None
        if isinstance(statement.operation, Result):
            self._backward_result(statement.operation, statement)
            return
        if bodies_of(statement.operation):
            self._backward_inside(statement, active)
            return
        ct = self.cotangent(target)
        if ct is None or is_zero(ct):
            return  # of a constant zero nothing moves, whatever the partial
        self.span = statement.span
        operation = statement.operation
        if target in self.places:
            self._backward_elementwise(statement, ct, active)
        elif isinstance(operation, Structural):
            self._backward_structural(operation, statement, ct, active)
        else:
            raise UnsupportedError(f"`{operation.name}` has no derivative", where=statement.span)

    def _backward_elementwise(self, statement: Statement, ct: Operand, active: set[Var]) -> None:
        target = statement.target
        assert target is not None
        plan, values = self.places[target]
        one = type(ct) is not Var and not target.aval.shape and ct == 1
        mask = self.mask(target)
        sparse = target in self.sparse
        passed_over = target in self.passed_over
        asked = sparse or (passed_over and target in self.risky)
        nonzero: Operand | None = None
        for k, operand in enumerate(statement.operands):
            if type(operand) is not Var or operand not in active:
                continue
            if sparse:
                self.sparse.add(operand)
            if passed_over:
                self.passed_over.add(operand)
            line = plan.partials[k] if one else plan.reverse[k]
            if line is None:
                continue
            reads = tuple([ct if p < 0 else values[p] for p in line.places])
            template = line.template
            if asked and reads_values(line):
                # (Where a mask is false the cotangent is zero, too.)
                if nonzero is None:
                    nonzero = self.elementwise(elementwise_template("ne"), (ct, 0.0), "taken")
                template, reads = vanishing(template), (*reads, nonzero)
            elif mask is not None and may_be_infinite(plan, line, mask, target in self.risky):
                template, reads = chosen(template), (*reads, mask)
            taken = self._taken(plan.taken[k], values, target, mask)
            if plan.taken[k] is not None and taken is mask:  # a condition that was broadcast
                self.sparse.add(operand)
            reads = self._unspread(reads, ct, target.aval.shape)
            if operand.aval.shape == target.aval.shape:
                self.contribute(operand, template, reads, taken)
                continue
            hint = f"{operand.name}_bar"
            whole = self.elementwise(template, reads, hint)
            self.hint = hint
            part = self.apply("unbroadcast", whole, shape=operand.aval.shape)
            if taken is not None:
                taken = self._any(self.full(taken, target.aval.shape), operand.aval.shape)
            self.contribute(operand, COPY, (part,), taken)

    def _backward_result(self, result: Result, statement: Statement) -> None:
        """Keep what is known of a result until all that was found is gone back through."""
        known = self.results.setdefault(statement.operands[0], {})
        first = known.setdefault((result.kind, result.k), statement).target
        target = statement.target
        assert target is not None
        if first is target or first is None:
            return
        self.may_be_zero(first, self.zeros_of_cotangent(target))
        if target.aval is TAPE:
            self.tapes.setdefault(first, []).extend(self.tapes.pop(target, []))
        elif (ct := self.cotangent(target)) is not None:
            self.contribute(first, COPY, (ct,))

    def _backward_inside(self, statement: Statement, active: set[Var]) -> None:
        """Go back through the iterations of a loop, or the arms of a branch."""
        found, operation = statement.target, statement.operation
        assert found is not None
        given: dict[Key, Operand] = {}
        levels: dict[Key, int] = {}
        for key, read in self.results.pop(found, {}).items():
            target = read.target
            assert target is not None
            ct: Operand = self.tape(target) if target.aval is TAPE else self.cotangent(target)
            if is_zero(ct):
                continue
            given[key] = ct
            levels[key] = self.zeros_of_cotangent(target)
        if not given:
            return
        self.span = statement.span
        activity = activity_of(operation, statement.operands, active, active_variables)
        if isinstance(operation, Branch):
            pulled = pulled_through(self, statement, activity, given, levels, swept, self.taken_out)
        else:
            pulled = pulled_back(self, statement, activity, given, levels, swept, self.taken_out)
        for one in pulled.numbers:
            mask = None if one.arm is None else self.side(statement.operands[0], one.arm)
            known = one.arm is None or mask is not None
            self.may_be_zero(one.operand, one.zeros if known else ANY_ZEROS)
            if one.operand in active:
                self.contribute(one.operand, COPY, (one.part,), mask)
        for tape, part, entry in pulled.tapes:
            self.may_be_zero(tape, pulled.zeros)
            self.tapes.setdefault(tape, []).append((part, entry))

    def side(self, condition: Operand, arm: int) -> Operand | None:
        """A mask that is true where an arm is run; `None` where the condition is none."""
        if type(condition) is not Var or condition.aval not in _TRUTHS:
            return None
        if arm == 0:
            return condition
        return self.elementwise(elementwise_template("logical_not"), (condition,), "taken")

    def taken_out(self, var: Var) -> Operand | None:
        """What there is of a cotangent, for the arms of a branch or for a loop to add to."""
        self.may_be_zero(var, ANY_ZEROS if self.mask(var) is not None else NO_ZEROS)
        return self.so_far(var)

    def tape(self, tape: Var) -> Var | None:
        """The cotangent of a tape, which is a tape."""
        parts = self.tapes.pop(tape, [])
        if len(parts) < 2:
            return parts[0][0] if parts else None
        return sum_of_tapes(self, [part for part, _ in parts], parts[0][1], self.span)

    def zeros_of_cotangent(self, var: Var) -> int:
        """Where the cotangent of a variable may be zero for certain."""
        if var in self.sparse or self.mask(var) is not None:
            return ANY_ZEROS
        return CHANCE_ZEROS if var in self.passed_over else NO_ZEROS

    def may_be_zero(self, var: Var, zeros: int) -> None:
        """Note where the cotangent of a variable may be zero for certain."""
        if zeros == ANY_ZEROS:
            self.sparse.add(var)
        elif zeros == CHANCE_ZEROS:
            self.passed_over.add(var)

    def _any(self, mask: Operand, shape: tuple[int, ...]) -> Operand:
        """Where a mask is true for any of the elements that one element was broadcast to."""
        self.hint = "taken"
        count = self.apply("unbroadcast", self.apply("cast", mask, dtype="float64"), shape=shape)
        return self.elementwise(elementwise_template("gt"), (count, 0.0), "taken")

    def _taken(
        self, line: Line | None, values: Sequence[Operand], target: Var, mask: Operand | None
    ) -> Operand | None:
        if line is None:
            return mask
        own = self.line(line, values, "taken")
        if operand_aval(own).shape not in ((), target.aval.shape):
            return mask
        return own if mask is None else self.combined("logical_and", mask, own)

    def _unspread(
        self, reads: tuple[Operand, ...], ct: Operand, shape: tuple[int, ...]
    ) -> tuple[Operand, ...]:
        """Read what was broadcast instead of the whole, where the rest has the shape."""
        made = self.definitions.get(ct) if type(ct) is Var else None
        if made is None or made.operation.name != "broadcast_to":
            return reads
        source = made.operands[0]
        if not any(o is not ct and operand_aval(o).shape == shape for o in reads):
            return reads
        return tuple([source if o is ct else o for o in reads])

    def _backward_structural(
        self, operation: Structural, statement: Statement, ct: Operand, active: set[Var]
    ) -> None:
        rule = operation.entry.pullback
        if rule is None:
            raise UnsupportedError(
                f"`{operation.name}` has no derivative rule",
                where=statement.span,
                remedy="use detach(...) where its derivative is not wanted",
            )
        reads = self.reads = [o for o in statement.operands if type(o) is Var and o in active]
        if operation.name == "getitem" and len(statement.operands) == 1:
            assert statement.target is not None
            part = (operation.params["index"], ct, self.mask(statement.target))
            self.parts.setdefault(reads[0], []).append(part)
            self.spans[reads[0]] = self.span
            if statement.target in self.sparse:
                self.sparse.add(reads[0])
            if statement.target in self.passed_over:
                self.passed_over.add(reads[0])
            return
        target = statement.target
        mask = self.mask(target) if target is not None else None
        whole = mask is None or not operand_aval(mask).shape  # an element, or an arm that is run
        if operation.name == "getitem" and whole and reads == [statement.operands[0]]:
            index = operation.params["index"]
            if has_place(index) and not any(i[0] in ("array", "mask") for i in tuples_of(index)):
                self.moving.setdefault(reads[0], []).append((index, ct, statement.operands[1:]))
                self.spans[reads[0]] = self.span
                if target in self.sparse or mask is not None:
                    self.sparse.add(reads[0])
                self.passed_over.add(reads[0])
                return
        self.hint = f"{reads[0].name}_bar" if reads else "t"
        params, operands = operation.params, statement.operands
        cotangents = at(statement, rule, self, ct, target, *operands, **params)
        masks: list[Operand | None] = [None] * len(statement.operands)
        follows = operation.name in MASKS_FOLLOW
        masked = operation.name in ("getitem", "setitem") and has_mask(operation.params["index"])
        if target in self.sparse or masked or (mask is not None and not follows):
            self.sparse.update(reads)
        if target in self.passed_over or operation.name in PASS_OVER:
            self.passed_over.update(reads)
        if target is not None and mask is not None and follows:
            mask = self.full(mask, target.aval.shape)
            masks = list(rule(self, mask, target, *statement.operands, **operation.params))
        apart = operation.name in LINE_BY_LINE and target in self.risky
        if mask is not None and (apart or operation.name in AT_A_TIP):
            whole = statement.operands[-1]
            if "axis" in operation.params:
                axis = operation.params["axis"]
                axes = (axis,) if type(axis) is int else axis
                mask = ops_spread(self, mask, whole, axes)
            else:  # of each element by itself, as the size of a complex number
                mask = self.full(mask, operand_aval(whole).shape)
            cotangents = [c if c is None else self.apply("where", mask, c, 0.0) for c in cotangents]
        for operand, part, of in zip(statement.operands, cotangents, masks, strict=True):
            if part is not None and type(operand) is Var and operand in active:
                self.contribute(operand, COPY, (part,), of)


@symbolic
def vjp(program: Program, wrt: Sequence[Var], cotangents: Sequence[Operand]) -> Program:
    """Reverse mode: the primal outputs, then a cotangent for each input in `wrt`.

    Args:
        program: the primal.
        wrt: inputs of `program` (or outer variables it reads) to differentiate with respect to.
        cotangents: one for each output. A `Var` among them becomes an input of the result.

    Returns:
        A program whose outputs are the primal outputs followed by the cotangents of `wrt`.
    """
    return swept(program, wrt, cotangents, [NO_ZEROS] * len(cotangents), {})[0]


def swept(
    program: Program,
    wrt: Sequence[Var],
    cotangents: Sequence[Operand],
    zeros: Sequence[int],
    onto: Mapping[Var, Operand],
) -> tuple[Program, list[int]]:
    """The same, and where each of the cotangents of `wrt` may be zero for certain.

    Args:
        program: the primal.
        wrt: what to differentiate with respect to.
        cotangents: one for each output.
        zeros: where that of each output may be so.
        onto: what the cotangents of some variables are added to.
    """
    sweep, values = _Reverse(), program.outputs
    program, active, twice = prepared(program, wrt, jvp)
    live = live_variables(program, active)
    for statement in program.statements:
        if statement.target in twice and statement.target not in live:
            assert statement.target is not None
            sweep.span = statement.span
            sweep.definitions[statement.target] = repeated(sweep, statement, active)
        else:
            sweep.forward(statement, live, active)
    for var, whole in onto.items():
        sweep.contribute(var, COPY, (whole,))
    for output, ct, level in zip(program.outputs, cotangents, zeros, strict=True):
        if type(output) is Var and output in active:
            sweep.may_be_zero(output, level)
            if output.aval is TAPE:
                sweep.tapes.setdefault(output, []).append((ct, entry_of(program, output)))
            else:
                sweep.contribute(output, COPY, (ct,))
    ends = set(wrt)
    for statement in reversed(with_late_reads(program.statements)):
        target = statement.target
        if target is not None and target in live and target not in ends:
            sweep.backward(statement, active)
    results = []
    hidden = [sweep.zeros_of_cotangent(var) for var in wrt]
    for var in wrt:
        if var.aval is TAPE:
            results.append(sweep.tape(var))
            continue
        ct = sweep.cotangent(var)
        results.append(zeros_of(var.aval) if ct is None else ct)
    derived_from(program, sweep.statements)
    seeds = tuple(c for c in cotangents if type(c) is Var)
    return Program(
        program.name,
        program.inputs + seeds,
        sweep.statements,
        values + tuple(results),
        program.extra,
    ), hidden
