"""Products as short as can be, and operations that do nothing, left out.

A cotangent is multiplied by one partial after the other, and each sits in a statement of its own.
Seen as monomials, `2*y*z` of which `z` is `-0.5*w` in another shape is `y*-w`. The cotangent of
`log(p)` by what is a factor of `p`, `x/p*p`, is `x`, where `p` is 0 as well. What is multiplied by
a constant is the smallest factor. Constants are put together where no digit is lost, and at most
two factors are left: the order of more might matter to numbers far out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Literal, Template, is_node
from ..program.program import Operand, Program, Statement, Var, operand_aval
from .dead_code import without_newly_unread
from .doubles import with_tree
from .monomials import is_no_product
from .product_forms import ONE, is_short, with_numbers_in
from .product_writing import Products, Writer
from .seen import seen_in
from .sums import has_free_length

Tree = Any

_IDLE = frozenset({"detach", "reshape", "unbroadcast"})
_LONGEST = 200


def with_short_products(program: Program, own: Collection[Operand]) -> Program:
    """The program, with its products as short as can be.

    Args:
        program: what is to be compiled.
        own: the outputs that are to be what NumPy gives, to the last bit.

    >>> from symdiff.operations.statements.builder import Builder
    >>> from symdiff.program.program import FLOAT
    >>> ops, x, y = Builder(), Var("x", FLOAT), Var("y", FLOAT)
    >>> z = ops.mul(ops.mul(x, 0.1), ops.mul(y, 2.0))
    >>> print(*with_short_products(Program("f", (x, y), ops.statements, (z,)), ()).statements)
    t = y*(0.2*x)
    """
    if any(has_free_length(s) for s in program.statements):
        return program  # shapes are not what they are said to be
    sweep = _Shortening(program, seen_in(program, own))
    for statement in program.statements:
        sweep.step(statement)
    if not sweep.changed:
        return program
    outputs = tuple([sweep.follow(o) for o in program.outputs])
    made = replace(program, statements=sweep.statements, outputs=outputs)
    return without_newly_unread(made, program)


class _Shortening(Products):
    """The statements once more, with short products."""

    def __init__(self, program: Program, seen: Collection[Var]) -> None:
        super().__init__(program, seen)
        self.replaced: dict[Var, Operand] = {}
        self.changed = False
        for output in program.outputs:
            if type(output) is Var:
                self.reads[output] = self.reads.get(output, 0) + 2

    def follow(self, operand: Operand) -> Operand:
        return self.replaced.get(operand, operand) if type(operand) is Var else operand

    def step(self, statement: Statement) -> None:
        operands = tuple(map(self.follow, statement.operands))
        if any(a is not b for a, b in zip(operands, statement.operands, strict=True)):
            statement = Statement(statement.target, statement.operation, operands, statement.span)
        target, operation = statement.target, statement.operation
        self.span = statement.span
        if target is None or target.aval.dtype != "float64":
            self.take(statement)
            return
        first = operands[0] if operands else None
        if type(operation) is Structural and operation.name in _IDLE:
            first = self.before(first, target)
            if type(first) is Var and first.aval is target.aval:
                self.replaced[target] = first
                self.changed = True
                return
            if operation.name == "reshape" and type(first) is Var and first in self.ones:
                self.ones.add(target)
        if type(operation) is Template:
            made = self.shortened(statement, target)
            if made is not statement:
                self.changed = True
                statement = made
                first = statement.operands[0] if statement.operation is COPY else None
                if type(first) is Var and first.aval is target.aval:
                    self.replaced[target] = first
                    return
        self.note(statement, target)
        self.take(statement)

    def before(self, operand: Operand, target: Var) -> Operand:
        """What a chain of reshapes began with, if it is that again."""
        first = operand
        while type(first) is Var and first.aval is not target.aval:
            made = self.definitions.get(first)
            if made is None or type(made.operation) is not Structural:
                return operand
            if (
                made.operation.name not in _IDLE
                or operand_aval(made.operands[0]).size != target.aval.size
            ):
                return operand
            first = made.operands[0]
        return first

    def note(self, statement: Statement, target: Var) -> None:
        """Remember what a value is a product of."""
        operation = statement.operation
        if type(operation) is Template and is_no_product(operation):
            return
        found = multiple = self.monomial(statement, target, self.monomials)
        if any(
            type(o) is Var and self.monomials.get(o) is not self.multiples.get(o)
            for o in statement.operands
        ):
            multiple = self.monomial(statement, target, self.multiples)
        if found is not None and not found.is_zero:
            self.monomials[target] = found
        if multiple is None or multiple.is_zero or multiple.cancelled:
            return
        if sum(map(abs, multiple.powers.values())) == 1:
            self.multiples[target] = multiple

    def shortened(self, statement: Statement, target: Var) -> Statement:
        """An expression with short products in it; the statement itself if it has them."""
        operation, operands = statement.operation, statement.operands
        assert isinstance(operation, Template)
        if len(operation.code) > _LONGEST or any(
            operand_aval(o).dtype != "float64" for o in operands if type(o) is not int
        ):
            return statement
        operands = self.narrow(statement, target)
        known = [self.as_literal(o) for o in operands]
        tree = with_numbers_in(operation.tree, known) if any(known) else operation.tree
        writer = Writer(self, list(operands), target)
        still = writer.of_numbers and not any(known) and is_short(operation)
        after = tree if still else writer.walk(tree)
        if after is tree or after == tree:
            same = all(a is b for a, b in zip(operands, statement.operands, strict=True))
            if same:
                return statement
            return Statement(statement.target, operation, operands, statement.span)
        made = with_tree(statement, after, tuple(writer.operands))
        if type(made.operation) is Template:
            inferred = made.operation.infer([operand_aval(o) for o in made.operands])
            if inferred is target.aval:
                return made
        return statement

    def as_literal(self, operand: Operand) -> Literal | None:
        """A one that is known."""
        made = self.definitions.get(operand) if type(operand) is Var else None
        if made is not None and isinstance(made.operation, Template):
            code = made.operation.code
            operand = made.operands[0] if code == (0,) else 1.0 if code == (ONE,) else None
        elif made is not None and type(made.operation) is Structural:
            whole = made.operation.name == "broadcast_to"
            operand = made.operands[0] if whole else operand
        return ONE if isinstance(operand, float) and operand == 1.0 else None

    def narrow(self, statement: Statement, target: Var) -> tuple[Operand, ...]:
        """The operands without what gives them more axes, where NumPy does that by itself."""
        template, operands = statement.operation, list(statement.operands)
        assert isinstance(template, Template)
        if not target.aval.shape or template.code == (0,):
            return statement.operands
        for k, operand in enumerate(operands):
            made = self.definitions.get(operand) if type(operand) is Var else None
            if made is None or type(made.operation) is not Structural or not made.operands:
                continue
            if made.operation.name != "broadcast_to":
                continue
            source = made.operands[0]
            tried = [*operands[:k], source, *operands[k + 1 :]]
            if template.infer([operand_aval(o) for o in tried]) is target.aval:
                operands = tried
                self.changed = True
        return tuple(operands)

    def take(self, statement: Statement) -> None:
        super().take(statement)
        operation, target = statement.operation, statement.target
        if target is None or type(operation) is not Template or len(operation.code) > 3:
            return
        if operation.code[-1] != "div":
            return
        tree, operands = operation.tree, statement.operands
        if is_node(tree) and tree[0] == "div" and all(type(t) is int for t in tree[1:]):
            above, below = operands[tree[1]], operands[tree[2]]
            if above is below and type(above) is Var:
                self.ones.add(target)
