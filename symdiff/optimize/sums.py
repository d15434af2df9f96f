"""Sums that are pushed into products, and what is left of a derivative where they cancel.

A sum of `c*x` along an axis that `c` does not have is `c` times that of `x`, which the function may
have computed itself. So the cotangent of the largest number that is taken away before an
exponential turns out to be zero, as it is, and what spreads it is left out. A derivative alone is
changed by this, and in its last digits: what the function returns, or decides by, is computed as it
computes it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..operations.arrays.index_codes import is_whole
from ..operations.arrays.moving import adds_by_ones
from ..operations.statements.builder import Builder
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template, flatten, is_node
from ..program.lengths import AnyLength, Filled, LengthOf
from ..program.outside import Check
from ..program.program import Operand, Program, Statement, Var, operand_aval
from .dead_code import without_newly_unread
from .monomials import (
    ZERO,
    Atom,
    Monomial,
    broadcast,
    factors_of,
    product_of,
    regrouped,
    uncancelled,
    without_zeros,
)
from .seen import seen_in


def with_sums_inside(program: Program, own: Collection[Operand]) -> Program:
    """The program with its sums as cheap as can be.

    Args:
        program: what is to be compiled.
        own: the outputs that are to be what NumPy gives, to the last bit.
    """
    if not any(_is_sum(s) and operand_aval(s.operands[0]).shape for s in program.statements):
        return program
    if any(has_free_length(s) for s in program.statements):
        return program  # shapes are not what they are said to be
    sweep = Sweep(program, seen_in(program, own))
    for statement in program.statements:
        sweep.step(statement)
    made = replace(
        program,
        statements=sweep.statements,
        outputs=tuple([sweep.materialized(o) for o in program.outputs]),
    )
    made = without_newly_unread(made, program)
    return _with_products(made, seen_in(made, own))


def _is_sum(statement: Statement) -> bool:
    operation = statement.operation
    return type(operation) is Structural and operation.name in ("sum", "unbroadcast")


def has_free_length(statement: Statement) -> bool:
    """Whether a statement tells of a length that may vary."""
    operation = statement.operation
    if type(operation) is Check and isinstance(operation.expected, tuple):
        shape = operation.expected[-1]
        return isinstance(shape, tuple) and any(type(n) is AnyLength for n in shape)
    return type(operation) is LengthOf or type(operation) is Filled


def _summed(statement: Statement) -> list[int]:
    """The axes of length other than one along which a statement adds up."""
    operation, x = statement.operation, operand_aval(statement.operands[0])
    assert isinstance(operation, Structural)
    if operation.name == "sum":
        axis = operation.params.get("axis")
        axes = range(x.ndim) if axis is None else [axis] if type(axis) is int else axis
        return [a % x.ndim for a in axes if x.shape[a % x.ndim] != 1]
    shape = operation.params["shape"]
    lead = x.ndim - len(shape)
    return [k for k, n in enumerate(x.shape) if n != 1 and (k < lead or shape[k - lead] == 1)]


class Sweep(Builder):
    """The statements once more, with what is known of each value."""

    def __init__(self, program: Program, seen: Collection[Var]) -> None:
        super().__init__()
        self.seen = seen
        self.monomials: dict[Var, Monomial] = {}
        self.sums: dict[tuple[Var, frozenset[int | None]], Var] = {}
        self.zeros: set[Var] = set()
        self.reads: dict[Var, int] = {}
        for statement in program.statements:
            for operand in statement.operands:
                if type(operand) is Var:
                    self.reads[operand] = self.reads.get(operand, 0) + 1

    def step(self, statement: Statement) -> None:
        """Take in one statement, or what is written instead."""
        target, operation = statement.target, statement.operation
        self.span = statement.span
        if target is not None and target.aval.dtype == "float64":
            self.hint = target.name
            if _is_sum(statement) and self.sum(statement, target):
                return
            found = self.monomial(statement, target, self.monomials)
            if found is not None:
                self.monomials[target] = found
                if found.is_zero and target not in self.seen:
                    self.zeros.add(target)
                    return
        zeros = [k for k, o in enumerate(statement.operands) if type(o) is Var and o in self.zeros]
        if zeros and type(operation) is Template and self.without(statement, zeros):
            return
        if zeros:
            operands = tuple([self.materialized(o) for o in statement.operands])
            statement = Statement(target, operation, operands, statement.span)
        self.take(statement)

    def take(self, statement: Statement) -> None:
        self.statements.append(statement)
        if statement.target is not None:
            self.definitions[statement.target] = statement

    def materialized(self, operand: Operand) -> Operand:
        """What is zero for certain, as the zeros that it is."""
        if type(operand) is not Var or operand not in self.zeros:
            return operand
        return np.zeros(operand.aval.shape) if operand.aval.shape else 0.0

    def without(self, statement: Statement, zeros: list[int]) -> bool:
        """Write an expression without the terms that are zero, if it keeps its shape."""
        operation, target = statement.operation, statement.target
        assert isinstance(operation, Template)
        assert target is not None
        tree = without_zeros(operation.tree, zeros)
        if tree is None or not is_node(tree):
            return False
        code = flatten(tree)
        places = list(dict.fromkeys(t for t in code if type(t) is int))
        template = Template.of(tuple([places.index(t) if type(t) is int else t for t in code]))
        operands = tuple([statement.operands[k] for k in places])
        if template.infer([operand_aval(o) for o in operands]) is not target.aval:
            return False
        self.take(Statement(target, template, operands, statement.span))
        return True

    def of(self, operand: Operand, known: Mapping[Var, Monomial]) -> Monomial | None:
        """What is known of an operand."""
        if type(operand) is Var:
            if operand.aval.dtype != "float64":
                return None
            found = known.get(operand)
            return Monomial.of(operand) if found is None else found
        if type(operand) in (int, float, np.float64) and operand:
            return Monomial(float(operand), {})
        return None

    def monomial(
        self, statement: Statement, target: Var, known: Mapping[Var, Monomial]
    ) -> Monomial | None:
        """A value as a product, where it is one; `None` for what stands for itself.

        `known` says of which product a variable is the value.
        """
        operation, operands = statement.operation, statement.operands
        if type(operation) is Template:
            if len(operation.code) > _LONGEST:
                return None
            shape = target.aval.shape
            parts = []
            for operand in operands:
                own = self.of(operand, known)
                if type(operand) is float and not operand and operation.code[-1] == "where":
                    own = ZERO  # it is chosen, and meets no infinity
                if own is None:
                    own = Monomial(float("nan"), {})  # for what no product is made of
                    if any(t in ("mul", "div", "add", "sub", "neg") for t in operation.code):
                        return None
                if shape:
                    own = own.moved(broadcast(operand_aval(operand).shape, shape))
                parts.append(own)
            found = product_of(operation.tree, parts)
        elif type(operation) is Structural and operands:
            found = self.rearranged(operation, self.of(operands[0], known), operands, target)
        else:
            return None
        if found is None or not np.isfinite(found.coefficient):
            return None
        return None if len(found.powers) > _MOST_ATOMS else found

    def rearranged(
        self,
        operation: Structural,
        known: Monomial | None,
        operands: tuple[Operand, ...],
        target: Var,
    ) -> Monomial | None:
        """What only moves a value, or gives it more axes."""
        if known is None:
            return None
        have, wanted = operand_aval(operands[0]).shape, target.aval.shape
        name, params = operation.name, operation.params
        if name in ("detach", "copy", "number", "item"):
            return known if have == wanted else None
        if name == "broadcast_to":
            return known.moved(broadcast(have, wanted))
        whole = name == "getitem" and len(operands) == 1 and is_whole(params["index"], len(have))
        if name == "reshape" or whole:
            places = regrouped(have, wanted)
            return None if places is None else known.moved(places)
        return None

    def sum(self, statement: Statement, target: Var) -> bool:
        """Find a sum among those that there are, or push it in; whether it is written anew."""
        (x,) = statement.operands
        axes = _summed(statement)
        have = operand_aval(x).shape
        known = self.of(x, self.monomials)
        assert isinstance(statement.operation, Structural)
        derived = statement.operation.name == "unbroadcast" and target not in self.seen
        if known is None or not axes:
            return False
        if known.is_zero:
            self.monomials[target] = ZERO
            if target not in self.seen:
                self.zeros.add(target)
            return target not in self.seen
        varying = [a for a in known.powers if any(a.axes[k] is not None for k in axes)]
        kept = [k for k in range(len(have)) if k not in axes]
        places = self.places(have, kept, target.aval.shape)
        if places is None:
            return False
        found: Monomial | None = None
        if len(varying) == 1 and known.powers[varying[0]] == 1:
            found = self.found(known, varying[0], axes, kept, places)
        if found is None:
            if type(x) is Var and known.powers == Monomial.of(x).powers:
                own = {k for k in axes if have[k] != 1}
                self.sums.setdefault((x, frozenset(own)), target)
            return derived and self.outside(statement, target, axes)
        if not derived:
            return False
        if found.is_constant or found.cancelled:
            self.monomials[target] = found
            return False  # what divides by itself may be infinite, and is no one then
        made = self.written(found, target)
        if made is None:
            return False
        self.monomials[target] = found
        self.take(Statement(target, *made, statement.span))
        return True

    @staticmethod
    def places(
        have: tuple[int, ...], kept: list[int], wanted: tuple[int, ...]
    ) -> list[int | None] | None:
        """Of each axis of a sum which one of the operand it is."""
        places = regrouped(tuple([have[k] for k in kept]), wanted)
        return None if places is None else [None if k is None else kept[k] for k in places]

    def found(
        self,
        known: Monomial,
        atom: Atom,
        axes: list[int],
        kept: list[int],
        places: list[int | None],
    ) -> Monomial | None:
        """The sum of a product with one factor that varies, by a sum of that factor there is."""
        own = [atom.axes[k] for k in axes]
        if None in own:
            return None
        total = self.sums.get((atom.var, frozenset(own)))
        if total is None:
            return None
        rest = [k for k in range(atom.var.aval.ndim) if k not in own]
        back = self.places(atom.var.aval.shape, rest, total.aval.shape)
        if back is None:
            return None
        there = [None if k is None else atom.axes[k] for k in places]
        if any(k is not None and k not in back for k in there):
            return None
        moved = tuple([None if k is None else back.index(k) for k in there])
        powers = {a: n for a, n in known.powers.items() if a is not atom}
        others = Monomial(known.coefficient, powers, known.cancelled).moved(places)
        return others.times(Monomial(1.0, {Atom(total, moved): 1}))

    def written(self, found: Monomial, target: Var) -> tuple[Template, tuple[Operand, ...]] | None:
        """The expression of a product, of few enough factors."""
        if sum(map(abs, found.powers.values())) > _MOST_FACTORS:
            return None
        shape = target.aval.shape
        operands: list[Operand] = []
        tree: Any = Literal.of(found.coefficient)
        for atom, power in sorted(found.powers.items(), key=lambda item: -item[1]):
            axes = [k for k in atom.axes if k is not None]
            if axes != sorted(axes):
                return None
            own = tuple([1 if k is None else atom.var.aval.shape[k] for k in atom.axes])
            while own and own[0] == 1 and len(own) > atom.var.aval.ndim:
                own = own[1:]
            operand: Operand = atom.var
            if own != atom.var.aval.shape:
                operand = self.emit(Structural.of("reshape", shape=own), (operand,))
            place = len(operands)
            operands.append(operand)
            for _ in range(abs(power)):
                tree = ("mul" if power > 0 else "div", tree, place)
        tree = _without_one(tree)
        if not is_node(tree):
            return None
        template = Template.of(flatten(tree))
        have = template.infer([operand_aval(o) for o in operands])
        if have.shape != shape or have.dtype != "float64":
            return None
        return template, tuple(operands)

    def outside(self, statement: Statement, target: Var, axes: list[int]) -> bool:
        """Take factors that do not vary along the axes out of a sum of what nobody else reads."""
        (x,) = statement.operands
        assert type(x) is Var
        made = self.definitions.get(x)
        if made is None or self.reads.get(x) != 1 or type(made.operation) is not Template:
            return False
        have = x.aval.shape
        inside: Any = None
        out: list[tuple[Any, int]] = []
        shapes = [operand_aval(o).shape for o in made.operands]
        for part, power in uncancelled(factors_of(made.operation.tree)):
            reads = [shapes[t] for t in flatten(part) if type(t) is int]
            moved = [broadcast(shape, have) for shape in reads]
            if all(m[k] is None for m in moved for k in axes):
                if reads or abs(part.value) != 1.0 or part.value == -1.0:
                    out.append((part, power))
            elif inside is None:
                inside = part if power > 0 else ("div", Literal.of(1.0), part)
            else:
                inside = ("mul" if power > 0 else "div", inside, part)
        if not out or inside is None or any(is_node(part) for part, _ in out):
            return False
        if any(type(part) is int and type(made.operands[part]) is not Var for part, _ in out):
            return False
        summand = self.expression(inside, made.operands)
        if operand_aval(summand).shape != have or operand_aval(summand).dtype != "float64":
            return False
        total = self.emit(statement.operation, (summand,))
        shape = target.aval.shape
        operands: list[Operand] = [total]
        tree: Any = 0
        kept = [k for k in range(len(have)) if k not in axes]
        for part, power in out:
            if type(part) is int:
                operand = made.operands[part]
                own = operand_aval(operand).shape
                full = (1,) * (len(have) - len(own)) + own
                reduced = tuple([full[k] for k in kept])
                wanted = regrouped(tuple([have[k] for k in kept]), shape)
                if wanted is None:
                    return False
                aligned = tuple([1 if k is None else reduced[k] for k in wanted])
                while aligned and aligned[0] == 1 and len(aligned) > len(own):
                    aligned = aligned[1:]
                if aligned != own:
                    operand = self.emit(Structural.of("reshape", shape=aligned), (operand,))
                operands.append(operand)
                part = len(operands) - 1
            if isinstance(part, Literal) and part.value == -1.0:
                tree = ("neg", tree)
            else:
                tree = ("mul" if power > 0 else "div", tree, part)
        template = Template.of(flatten(tree))
        inferred = template.infer([operand_aval(o) for o in operands])
        if inferred.shape != shape or inferred.dtype != "float64":
            return False
        self.take(Statement(target, template, tuple(operands), statement.span))
        return True

    def expression(self, tree: Any, operands: tuple[Operand, ...]) -> Operand:
        """A part of an expression as a statement of its own."""
        code = flatten(tree)
        places = list(dict.fromkeys(t for t in code if type(t) is int))
        template = Template.of(tuple([places.index(t) if type(t) is int else t for t in code]))
        return self.elementwise(template, tuple([operands[k] for k in places]))


_LONGEST, _MOST_ATOMS, _MOST_FACTORS = 32, 8, 4
"""Longer expressions are not looked into, and products of more factors not kept."""


def _without_one(tree: Any) -> Any:
    """A product without the coefficient that it begins with, where that is 1 or -1."""
    if not is_node(tree):
        return tree
    first = tree[1]
    if isinstance(first, Literal) and tree[0] == "mul" and abs(first.value) == 1.0:
        return tree[2] if first.value == 1.0 else ("neg", tree[2])
    return (tree[0], _without_one(first), tree[2])


def _with_products(program: Program, seen: Collection[Var]) -> Program:
    """The program in which sums of which nobody sees the last digits are products with ones."""
    statements: list[Statement] = []
    ops = Builder()
    for statement in program.statements:
        operation, target = statement.operation, statement.target
        if (
            target is not None
            and target not in seen
            and target.aval.shape
            and target.aval.dtype == "float64"
            and isinstance(operation, Structural)
            and operation.name == "sum"
            and operand_aval(statement.operands[0]).dtype == "float64"
        ):
            have = operand_aval(statement.operands[0]).shape
            axes = _summed(statement)
            if adds_by_ones(operand_aval(statement.operands[0]), axes):
                ops.span, ops.hint = statement.span, target.name
                shape = tuple([1 if k in axes else n for k, n in enumerate(have)])
                total = ops.emit(Structural.of("unbroadcast", shape=shape), statement.operands)
                made, ops.statements = ops.statements, []
                if shape == target.aval.shape:
                    statements.append(
                        Statement(target, made[0].operation, made[0].operands, statement.span)
                    )
                else:
                    again = Structural.of("reshape", shape=target.aval.shape)
                    statements += [*made, Statement(target, again, (total,), statement.span)]
                continue
        statements.append(statement)
    return replace(program, statements=statements)
