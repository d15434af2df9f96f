"""Reverse mode: the primal first, and the cotangents after it, from the outputs to the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

import numpy as np

from ..errors import SourceSpan, UnsupportedError
from ..operations.arrays.indexing import IndexCode, has_place, renumbered, tuples_of
from ..operations.reductions.reducing import spread as ops_spread
from ..operations.statements.builder import Builder, elementwise_template
from ..operations.table.linearize import Line, Linearization, symbolic
from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Template, compose
from ..program.program import Aval, Operand, Program, Statement, Var, operand_aval
from .activity import (
    at,
    compute,
    derived_from,
    linearization_of,
    live_variables,
    repeated,
    zeros_of,
)
from .forward import jvp
from .masks import (
    AT_A_TIP,
    HANDING_ON,
    MASKS_FOLLOW,
    PASS_OVER,
    chosen,
    has_mask,
    is_finite,
    may_be_infinite,
    reads_values,
    unread,
    vanishing,
)
from .preparing import prepared

_MOST_TERMS = 6
"""A sum of more contributions than this is cut into several lines."""

_LARGE = 512
"""Contributions to an array of so many elements are summed as they come."""

_DENSE = 4
"""An array of which at least one element in so many was read is put together from numbers."""


class _Reverse(Builder):
    """One reverse sweep: forward statements, then cotangents from the outputs to the inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.terms: dict[Var, list[tuple[Template, tuple[Operand, ...]]]] = {}
        self.spans: dict[Var, SourceSpan | None] = {}
        self.places: dict[Var, tuple[Linearization, tuple[Operand, ...]]] = {}
        self.parts: dict[Var, list[tuple[IndexCode, Operand, Operand | None]]] = {}
        self.moving: dict[Var, list[tuple[IndexCode, Operand, tuple[Operand, ...]]]] = {}
        self.masks: dict[Var, Operand] = {}
        self.unmasked: set[Var] = set()
        self.risky: set[Var] = set()  # what may be, or come from, infinity: 1/x, log(x)
        self.finite: dict[int, bool] = {}  # by the identity of a plan, which `places` keeps
        # Where the zeros of a cotangent count: for all that is behind, or for what is risky.
        self.sparse: set[Var] = set()
        self.passed_over: set[Var] = set()
        self.reads: list[Var] = []  # the operands whose cotangents a rule is asked for

    # -- forward part

    def forward(self, statement: Statement, live: set[Var], active: set[Var]) -> None:
        operation = statement.operation
        if not isinstance(operation, Template) or statement.target not in live:
            if (
                operation.name in HANDING_ON
                and statement.target is not None
                and self._any_risky(statement)
            ):
                self.risky.add(statement.target)
            self.statements.append(statement)
            if statement.target is not None:
                self.definitions[statement.target] = statement
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

    # -- cotangents

    def contribute(
        self,
        var: Var,
        template: Template,
        operands: tuple[Operand, ...],
        mask: Operand | None = None,
    ) -> None:
        """Add to the cotangent of `var`; where `mask` is given and false, this adds nothing."""
        if mask is None:
            self.unmasked.add(var)
        elif var not in self.unmasked:
            known = self.masks.setdefault(var, mask)
            if known is not mask:
                self.masks[var] = self._combined("logical_or", known, mask)
        terms = self.terms.setdefault(var, [])
        terms.append((template, operands))
        self.spans[var] = self.span
        if len(terms) > 1 and var.aval.size >= _LARGE:
            # A running sum: no array waits in memory until the last one has come.
            terms[:] = [(COPY, (self._sum(terms, f"{var.name}_bar"),))]

    def _combined(self, name: str, one: Operand, other: Operand) -> Operand:
        if type(one) is not Var and type(other) is not Var:
            return elementwise_template(name).evaluate(one, other)
        return self.elementwise(elementwise_template(name), (one, other), "taken")

    def mask(self, var: Var) -> Operand | None:
        """Where the cotangent of `var` is not zero for certain; `None` if that is everywhere.

        What a `where` does not choose may be anything, and so may its derivative: there, zero
        times infinity has to stay zero.
        """
        return None if var in self.unmasked else self.masks.get(var)

    def cotangent(self, var: Var) -> Operand | None:
        """The sum of the contributions to `var`, as one operand; `None` for none at all."""
        if var in self.parts:
            self._gather(var, self.parts.pop(var))
        if var in self.moving:
            self._gather_moving(var, self.moving.pop(var))
        terms = self.terms.pop(var, None)
        if terms is None:
            return None
        self.span = self.spans[var]
        hint = f"{var.name}_bar"
        while len(terms) > 1:
            some, rest = terms[:_MOST_TERMS], terms[_MOST_TERMS:]
            terms = [(COPY, (self._sum(some, hint),)), *rest]
        template, operands = terms[0]
        total = self.elementwise(template, operands, hint)
        return self.conform(total, var.aval, hint)

    def _gather(self, var: Var, parts: list[tuple[IndexCode, Operand, Operand | None]]) -> None:
        """Put what reads of `var` by index contribute into one array, each in its place.

        An array that is read element by element would otherwise be added up from as many arrays
        as it has elements.
        """
        shape = var.aval.shape
        self.span, self.hint = self.spans[var], f"{var.name}_bar"
        together: dict[IndexCode, list[Operand]] = {}
        masks: dict[IndexCode, Operand] = {}
        for index, ct, mask in parts:
            index = _counted_from_the_front(index, shape)
            together.setdefault(index, []).append(ct)
            if mask is None or masks.get(index) is True:
                masks[index] = True
            else:
                mask = self._full(mask, operand_aval(ct).shape)
                known = masks.setdefault(index, mask)
                if known is not mask:
                    masks[index] = self._combined("logical_or", known, mask)
        sums = {
            index: some[0] if len(some) == 1 else self._total(some, self.hint)
            for index, some in together.items()
        }
        whole = self._placed(sums, shape, 0.0)
        if all(mask is True for mask in masks.values()):
            self.contribute(var, COPY, (whole,), unread(tuple(sums), shape))
        else:
            self.hint = "taken"
            self.contribute(var, COPY, (whole,), self._placed(masks, shape, False))

    def _gather_moving(
        self, var: Var, parts: list[tuple[IndexCode, Operand, tuple[Operand, ...]]]
    ) -> None:
        """The same for reads at places that the program computes."""
        self.span, self.hint = self.spans[var], f"{var.name}_bar"
        places: list[Operand] = []
        indexes = []
        for index, _, own in parts:
            indexes.append(renumbered(index, len(places)))
            places.extend(own)
        whole = self.apply(
            "scatter_sum",
            *[part for _, part, _ in parts],
            *places,
            indexes=tuple(indexes),
            shape=var.aval.shape,
        )
        self.contribute(var, COPY, (whole,))

    def _placed(
        self, parts: dict[IndexCode, Operand], shape: tuple[int, ...], zero: Operand
    ) -> Operand:
        elements = all(len(i) == len(shape) and all(type(k) is int for k in i) for i in parts)
        if elements and len(parts) * _DENSE >= prod(shape):
            filled = [parts.get(place, zero) for place in product(*map(range, shape))]
            return self.apply("array", *filled, shape=shape)
        if len(parts) == 1:
            ((index, part),) = parts.items()
            return self.apply("scatter_add", part, index=index, shape=shape)
        return self.apply("scatter_sum", *parts.values(), indexes=tuple(parts), shape=shape)

    def _total(self, operands: list[Operand], hint: str) -> Operand:
        while len(operands) > 1:
            some = [(COPY, (o,)) for o in operands[:_MOST_TERMS]]
            operands = [self._sum(some, hint), *operands[_MOST_TERMS:]]
        return operands[0]

    def _sum(self, terms: list[tuple[Template, tuple[Operand, ...]]], hint: str) -> Operand:
        operands: list[Operand] = []
        index: dict[int, int] = {}
        joined = []
        for template, reads in terms:
            places = []
            for operand in reads:
                k = index.get(id(operand))
                if k is None:
                    k = index[id(operand)] = len(operands)
                    operands.append(operand)
                places.append(k)
            joined.append((template, tuple(places)))
        return self.elementwise(compose(joined), tuple(operands), hint)

    def conform(self, operand: Operand, aval: Aval, hint: str) -> Operand:
        """Give a cotangent the shape and dtype of the variable it belongs to."""
        self.hint = hint
        have = operand_aval(operand)
        if have.dtype.startswith("complex") and not aval.dtype.startswith("complex"):
            operand = self.apply("real", operand)
            have = operand_aval(operand)
        if have.shape != aval.shape:
            operand = self.apply("broadcast_to", operand, shape=aval.shape)
        if have.dtype != aval.dtype and not aval.weak:
            operand = self.apply("cast", operand, dtype=aval.dtype)
        return operand

    def backward(self, statement: Statement, active: set[Var]) -> None:
        target = statement.target
        assert target is not None
        ct = self.cotangent(target)
        if ct is None or (type(ct) is not Var and not np.any(ct)):
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
            elif mask is not None and may_be_infinite(plan, line, mask):
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
                taken = self._any(self._full(taken, target.aval.shape), operand.aval.shape)
            self.contribute(operand, COPY, (part,), taken)

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
        return own if mask is None else self._combined("logical_and", mask, own)

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
        if operation.name == "getitem" and mask is None and reads == [statement.operands[0]]:
            index = operation.params["index"]
            if has_place(index) and not any(i[0] in ("array", "mask") for i in tuples_of(index)):
                self.moving.setdefault(reads[0], []).append((index, ct, statement.operands[1:]))
                self.spans[reads[0]] = self.span
                if target in self.sparse:
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
            mask = self._full(mask, target.aval.shape)
            masks = list(rule(self, mask, target, *statement.operands, **operation.params))
        if mask is not None and operation.name in AT_A_TIP:
            whole = statement.operands[0]
            if "axis" in operation.params:
                mask = ops_spread(self, mask, whole, operation.params["axis"])
            else:  # of each element by itself, as the size of a complex number
                mask = self._full(mask, operand_aval(whole).shape)
            cotangents = [c if c is None else self.apply("where", mask, c, 0.0) for c in cotangents]
        for operand, part, of in zip(statement.operands, cotangents, masks, strict=True):
            if part is not None and type(operand) is Var and operand in active:
                self.contribute(operand, COPY, (part,), of)

    def _full(self, mask: Operand, shape: tuple[int, ...]) -> Operand:
        if operand_aval(mask).shape == shape:
            return mask
        return self.apply("broadcast_to", mask, shape=shape)


def _counted_from_the_front(index: IndexCode, shape: tuple[int, ...]) -> IndexCode:
    """The same elements without negative numbers: `x[-1]` and `x[2]` of three are one place."""
    if len(index) == len(shape) and all(type(k) is int for k in index):
        return tuple([k % n for k, n in zip(index, shape, strict=True)])
    return index


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
    for output, ct in zip(program.outputs, cotangents, strict=True):
        if type(output) is Var and output in active:
            sweep.contribute(output, COPY, (ct,))
    ends = set(wrt)
    for statement in reversed(program.statements):
        target = statement.target
        if target is not None and target in live and target not in ends:
            sweep.backward(statement, active)
    results = []
    for var in wrt:
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
    )
