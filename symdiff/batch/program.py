"""A program over a whole batch: `Program -> Program`, every batched variable with an axis in front.

Elementwise templates line up their axes by axes of length one. A structural operation has a rule in
`RULES`; one without is run for each element of the batch, which is slower and as right. What the
program assumed of a single element becomes a `Condition`: one truth value for each element.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..errors import UnsupportedError
from ..operations.statements.builder import Builder
from ..operations.table.entry import TABLE
from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Literal, Template
from ..program.loops import Result
from ..program.outside import Check, Read
from ..program.program import (
    INT,
    Aval,
    Guard,
    Keep,
    Operand,
    Program,
    Statement,
    Var,
    name_uniquely,
    operand_aval,
)
from ..records import dataclass
from .elements import each_element

Key = tuple[str, int]
"""The kind and number of a result."""

_EXACT = 2.0**53
"""Integers up to here are the same as floats."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of an element for the program to be its own.

    `kind` is `"truth"` or `"equal"` (a guard's), `"finite"` (computing it may have raised), or
    `"small"`: Python's integers have no end, and an array's have. What was finite in all iterations
    of a loop, or in the arm that an element takes, is `"fine"`.
    """

    kind: str
    expected: Any

    @property
    def soft(self) -> bool:
        """Whether the program is the element's own all the same: it may only have raised."""
        return self.kind in ("finite", "fine")

    def holds(self, values: Any) -> Any:
        """For each element of the batch, whether its value is as assumed."""
        values = np.asarray(values).reshape(len(values), -1)
        if self.kind in ("truth", "fine"):
            return values.astype(bool).all(axis=1) == bool(self.expected)
        if self.kind == "small":
            return (np.abs(values.astype(float)) < _EXACT).all(axis=1)
        if self.kind == "finite":
            return np.isfinite(values).all(axis=1)
        return (values == np.reshape(self.expected, -1)).all(axis=1)


@dataclass(slots=True)
class BatchedProgram:
    """A program over a batch: its outputs, then one output for each condition."""

    program: Program
    conditions: list[Condition]


def batch(
    program: Program, batched: Collection[Var], size: int, *, once: bool = False
) -> BatchedProgram:
    """Put an axis of length `size` in front of the variables in `batched`, and all that follows.

    Args:
        program: what to compute for each element.
        batched: inputs, or variables it reads from arguments; they become inputs of the result.
        size: of the batch.
        once: whether effects are meant once for the batch, and not once for each element.

    Raises:
        UnsupportedError: it has effects, or catches what an element may raise.
        LoopError: it has a loop or branch of which no batch can be made.

    >>> from symdiff.program.program import FLOAT
    >>> ops, x, y = Builder(), Var("x", FLOAT), Var("y", Aval.of((3,), "float64"))
    >>> z = ops.mul(x, y)
    >>> print(batch(Program("f", (x, y), ops.statements, (z,)), {x}, 5).program)
    f(y: float64[3], x: float64[5]):
        t = reshape(x, shape=(5, 1))
        t_1 = t*y
        return t_1
    """
    sweep = Batch(size, once)
    inputs = []
    for var in program.variables():
        if var in batched:
            front = Var(var.name, Aval.of((size, *var.aval.shape), var.aval.dtype))
            inputs.append(front)
            sweep.fronts[var] = front
            if var.aval is INT:
                sweep.assume(front, Condition("small", True))
    for statement in program.statements:
        sweep.step(statement)
    outputs = [sweep.lifted(o) for o in program.outputs]
    result = Program(
        program.name,
        (*[v for v in program.inputs if v not in batched], *inputs),
        sweep.statements,
        (*outputs, *[o for o, _ in sweep.conditions]),
        program.extra,
    )
    return BatchedProgram(name_uniquely(result), [c for _, c in sweep.conditions])


@dataclass(frozen=True, slots=True)
class Found:
    """A result of a loop or branch of which a batch was made.

    Attributes:
        value: what it is, or what reads it.
        batched: whether it differs among elements.
        mask: of a tape, a tape that says which elements were under way.
        entries: of a tape of tapes, the masks of those.
    """

    value: Operand | tuple[Result, Var]
    batched: bool
    mask: Operand = None
    entries: Operand = None


class Batch(Builder):
    """The statements of a batched program, or of a body in it.

    Attributes:
        fronts: the batched variables, by those of the program.
        conditions: what must hold of an element.
        found: what loops and branches have found.
        active: which elements are under way here; `None` is all of them.
        masks: of a tape, the tape that says which elements were under way.
        entries: of a tape of tapes, the masks of those.
        ending: whether guards end the loop in whose body this stands.
        masking: whether elements end that loop at different times.
        selected: whether this is an arm that only some elements take.
    """

    def __init__(self, size: int, once: bool) -> None:
        super().__init__()
        self.size = size
        self.once = once
        self.fronts: dict[Var, Operand] = {}
        self.conditions: list[tuple[Operand, Condition]] = []
        self.found: dict[Var, dict[Key, Found]] = {}
        self.active: Operand = None
        self.masks: dict[Var, Operand] = {}
        self.entries: dict[Var, Operand] = {}
        self.ending = self.masking = self.selected = False
        self._held_so_far: tuple[int, Operand] = (0, None)

    def is_batched(self, operand: Operand) -> bool:
        return type(operand) is Var and operand in self.fronts

    def lifted(self, operand: Operand) -> Operand:
        """An operand of the program with the batch in front, repeated if it does not vary."""
        if self.is_batched(operand):
            return self.fronts[operand]
        shape = (self.size, *operand_aval(operand).shape)
        if type(operand) is Var:
            return self.broadcast_to(operand, shape=shape)
        return np.broadcast_to(operand, shape)

    def step(self, statement: Statement) -> None:
        operation, target = statement.operation, statement.target
        self.span = statement.span
        if isinstance(operation, Read) and target in self.fronts:
            return
        if isinstance(operation, Result) and statement.operands[0] in self.found:
            self.read(operation, statement)
            return
        if isinstance(operation, Guard) and self.ending and self._is_each(statement.operands[0]):
            self.end(operation, statement.operands[0])
            return
        if type(operation) in STRUCTURED:
            STRUCTURED[type(operation)](self, statement)
            return
        if not any(self.is_batched(o) for o in statement.operands):
            if operation.name in ("opaque", "write") and not self.once:
                raise UnsupportedError("a batch has effects", where=statement.span)
            self.statements.append(statement)
            return
        if isinstance(operation, Check):
            return
        if isinstance(operation, Guard):
            if operation.kind not in ("truth", "equal"):
                raise UnsupportedError("an element may raise", where=statement.span)
            condition = Condition(operation.kind, operation.expected)
            self.assume(self.fronts[statement.operands[0]], condition)
            return
        if isinstance(operation, Keep):
            self.assume(self.fronts[statement.operands[0]], Condition("finite", True))
            return
        if target is None or not isinstance(operation, Template | Structural):
            raise UnsupportedError("a batch has effects", where=statement.span)
        self.hint = target.name
        result = self.result(operation, statement, target)
        want = Aval.of((self.size, *target.aval.shape), target.aval.dtype)
        have = operand_aval(result)
        if have.shape != want.shape:
            result = self.reshape(result, shape=want.shape)
        if have.dtype != want.dtype:
            result = self.cast(result, dtype=want.dtype)
        self.fronts[target] = result

    def mask_of(self, tape: Operand) -> Operand:
        """The masks of a tape, if elements have ended its loop at different times."""
        return self.masks.get(tape) if type(tape) is Var else None

    def _is_each(self, truth: Operand) -> bool:
        """Whether a decision is one of each element."""
        return self.is_batched(truth) or self.selected

    # -- which elements are meant

    def assume(self, value: Operand, condition: Condition) -> None:
        """Note what must hold of each element that is under way."""
        if self.active is not None:
            holds = self.logical_or(self.held(value, condition), self.logical_not(self.active))
            value, condition = holds, Condition("fine" if condition.soft else "truth", True)
        self.conditions.append((value, condition))

    def under_way(self) -> Operand:
        """Which elements come to this place at all; `None` is all of them."""
        if self.active is None and self.conditions:
            count, holds = self._held_so_far
            if count < len(self.conditions):
                holds = self.all_held(False, count, holds)
                self._held_so_far = len(self.conditions), holds
            return holds
        return self.active

    def held(self, value: Operand, condition: Condition) -> Operand:
        """For each element, whether a condition holds."""
        if condition.kind == "finite":
            truth = self.isfinite(value)
        elif condition.kind == "small":
            truth = self.lt(self.abs(self.cast(value, dtype="float64")), _EXACT)
        elif condition.kind == "equal":
            truth = self.eq(value, condition.expected)
        else:
            truth = self.cast(value, dtype="bool")
        shape = operand_aval(truth).shape
        if len(shape) > 1:
            truth = self.all(truth, axis=tuple(range(1, len(shape))), keepdims=False)
        if condition.kind in ("truth", "fine") and not condition.expected:
            truth = self.logical_not(truth)
        return truth

    def all_held(self, soft: bool, start: int = 0, found: Operand = None) -> Operand:
        """For each element, whether all conditions of one sort hold; `None` if there is none.

        Args:
            soft: of which sort.
            start: how many conditions are known.
            found: whether those hold.
        """
        for value, condition in self.conditions[start:]:
            if condition.soft is soft:
                holds = self.held(value, condition)
                found = holds if found is None else self.logical_and(found, holds)
        return found

    def end(self, guard: Guard, truth: Operand) -> None:
        """End the loop for the elements of which a decision comes out otherwise."""
        if self.is_batched(truth):
            holds = self.held(self.fronts[truth], Condition("truth", guard.expected))
        else:
            holds = truth if guard.expected else self.logical_not(truth)
        self.go_on(holds)

    def go_on(self, holds: Operand) -> None:
        """Go on with those elements alone of which something holds, while there are any."""
        self.masking = True
        if self.active is None or self.active is holds:
            self.active = holds
        else:
            self.active = self.logical_and(self.active, holds)
        if not self.selected:
            some = self.any(self.active, axis=None, keepdims=False)
            self.statements.append(Statement(None, Guard("truth", True), (some,), self.span))

    def chosen(self, mask: Operand, a: Operand, b: Operand) -> Operand:
        """One of two values for each element."""
        ndim = operand_aval(a).ndim - 1
        if ndim:
            mask = self.reshape(mask, shape=(self.size, *(1,) * ndim))
        return self.where(mask, a, b)

    # -- what loops and branches have found

    def read(self, result: Result, statement: Statement) -> None:
        target = statement.target
        assert target is not None
        found = self.found[statement.operands[0]][result.kind, result.k]
        if found.mask is not None:
            self.masks[target] = found.mask
        if found.entries is not None:
            self.entries[target] = found.entries
        if not isinstance(found.value, tuple):
            if found.batched:
                self.fronts[target] = found.value
            else:
                copy = Statement(target, COPY, (found.value,), statement.span)
                self.statements.append(copy)
            return
        reader, source = found.value
        if found.batched:
            front = self.fronts[target] = Var(target.name, reader.aval)
            self.statements.append(Statement(front, reader, (source,), statement.span))
        else:
            self.statements.append(Statement(target, reader, (source,), statement.span))

    # -- operations

    def result(self, operation: Template | Structural, statement: Statement, target: Var) -> Any:
        if isinstance(operation, Template):
            return self.template(operation, statement, target)
        own = TABLE.entries.get(operation.name) is operation.entry
        rule = RULES.get(operation.name) if own else None
        found = None
        if rule is not None:
            found = rule(self, statement.operands, operation.params, target.aval)
        return self.each(operation, statement, target) if found is None else found

    def template(self, template: Template, statement: Statement, target: Var) -> Any:
        operands = [self.aligned(o, target.aval.ndim) for o in statement.operands]
        counts = [
            k
            for k, o in enumerate(statement.operands)
            if self.is_batched(o) and o.aval is INT and template.code != (0,)
        ]
        if counts:
            # Python's integers do not overflow.
            floats = list(operands)
            for k in counts:
                floats[k] = self.cast(operands[k], dtype="float64")
            if not target.aval.is_inexact:
                bound = _bound(template)
                if bound is None:
                    return self.each(template, statement, target)
                sizes = tuple([self.abs(o) for o in floats])
                size = self.elementwise(bound, sizes, target.name)
                self.assume(size, Condition("small", True))
            if target.aval.dtype != "int64":
                operands = floats
        return self.elementwise(template, tuple(operands), target.name)

    def aligned(self, operand: Operand, ndim: int) -> Operand:
        """An operand whose axes line up with a batch of arrays of `ndim` axes."""
        if not self.is_batched(operand):
            return operand
        shape = operand.aval.shape
        return self.shaped(self.fronts[operand], (1,) * (ndim - len(shape)) + shape)

    def shaped(self, operand: Operand, shape: tuple[int, ...]) -> Operand:
        """A batched operand whose elements have another shape."""
        whole = (self.size, *shape)
        if operand_aval(operand).shape == whole:
            return operand
        return self.reshape(operand, shape=whole)

    def each(self, operation: Template | Structural, statement: Statement, target: Var) -> Operand:
        """The operation, run for each element of the batch."""
        flags = tuple([self.is_batched(o) for o in statement.operands])
        avals = [operand_aval(o) for o in statement.operands]
        entry = each_element(operation, flags, avals, self.size, target.aval)
        operands = [self.fronts.get(o, o) if type(o) is Var else o for o in statement.operands]
        return self.emit(Structural(entry, {}), tuple(operands), target.name)


_BOUNDS = {
    **dict.fromkeys(("add", "sub", "floordiv", "mod", "maximum", "minimum"), ("add",)),
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), ("add",)),
    **dict.fromkeys(("neg", "pos", "abs"), ()),
    "mul": ("mul",),
    "pow": ("pow",),
    "where": ("add", "add"),
}
"""What bounds the size of each operation on integers, given the sizes of its operands."""


def _bound(template: Template) -> Template | None:
    """A template of sizes that is at least as large as anything `template` computes on the way."""
    code: list[Any] = []
    for token in template.code:
        if isinstance(token, Literal):
            code.append(Literal.of(abs(float(token.value)) + 1.0))
        elif isinstance(token, int):
            code += [token, Literal.of(1.0), "add"]
        elif token in _BOUNDS:
            code += _BOUNDS[token]
        else:
            return None
    return Template.of(tuple(code))


Params: TypeAlias = "dict[str, Any]"
BatchRule: TypeAlias = "Callable[[Batch, Sequence[Operand], Params, Aval], Any]"
"""`rule(batch, operands, params, aval of one result)`; it gives `None` where it cannot."""

STRUCTURED: dict[type, Callable[[Batch, Statement], None]] = {}
"""How loops and branches are batched."""

RULES: dict[str, BatchRule] = {}
"""How each structural entry is batched; one that is not here is run for each element."""
