"""Quotients by totals, such as `e/sum(e)`, differentiated as what they are: of no scale.

A total may be as large or as small as floats go where the quotient is an ordinary number. Its
cotangent is then 1 over the total, the next order's 1 over its square, and what meets it later
cannot bring back what has left the range of floats. So a total `s` is differentiated as `t*r`: `t`
is a number that is equal to `s` and does not move, and `r` is the total of everything over `t`,
which is 1 and moves. Where a numerator is a total, too, it is divided by `t` in the same way. For
any `t` that is the same function, so its derivatives of every order are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..operations.reductions.reducing import spread
from ..operations.statements.builder import Builder
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template, flatten
from ..program.program import (
    Operand,
    Program,
    Statement,
    Var,
    one_of_each,
    operand_aval,
    place_among,
)
from .activity import active_variables

Tree = Any

_SUMMING = frozenset({"fsum", "sum_of_floats"})  # of as many numbers as there are operands
_REDUCING = frozenset({"sum", "mean", "matmul", "contraction"}) | _SUMMING
_MOVING = frozenset({"reshape", "getitem", "broadcast_to", "transpose"})
_JOINING = frozenset({"array", "stack", "concatenate"})
_ADDING = frozenset({"add", "sub"})
_BELOW = frozenset({"div", "reciprocal", "log", "pow"})
_OVER = Template.of((0, 1, "div"))
_VALUED = Template.of((0, 1, "valued"))

_MOST_PARTS = 128
"""A total of more statements than this is divided as a whole."""

_FEWEST_TERMS = 3
"""A sum of fewer terms than these, written out, is seen through as it is (`through.py`)."""


def with_totals(program: Program, wrt: Sequence[Var]) -> Program:
    """The program in which quotients by totals, and logarithms, know what they are totals of."""
    kinds = one_of_each(program)
    if not (any(map(_divides, kinds)) and any(map(_adds, kinds))):
        return program
    rewriting = _Rewriting(active_variables(program, wrt), set(wrt))
    for statement in program.statements:
        rewriting.take(statement)
    return replace(program, statements=rewriting.statements)


def _divides(statement: Statement) -> bool:
    operation = statement.operation
    return type(operation) is Template and not _BELOW.isdisjoint(operation.code)


def _adds(statement: Statement) -> bool:
    operation = statement.operation
    if type(operation) is Template:
        return not _ADDING.isdisjoint(operation.code)
    return operation.name in _REDUCING


def _is_node(tree: Tree) -> bool:
    return isinstance(tree, tuple) and not isinstance(tree, Literal)


def _places(tree: Tree) -> Iterable[int]:
    if _is_node(tree):
        for child in tree[1:]:
            yield from _places(child)
    elif type(tree) is int:
        yield tree


class _Rewriting(Builder):
    """The statements so far, and which of their targets are totals."""

    def __init__(self, active: set[Var], ends: set[Var]) -> None:
        super().__init__()
        self.active = active
        self.ends = ends
        self.made: dict[Var, Statement] = {}
        self.terms: dict[Var, int] = {}  # of how many terms something is the total
        self.moved: set[Var] = set()  # what is read out of, or put together from, what was computed
        self.still: dict[Var, Var] = {}
        self.ones: dict[Var, Operand] = {}
        self.divided: dict[tuple[Var, Var], Operand] = {}
        self.opened: set[Var] = set()

    def take(self, statement: Statement) -> None:
        target = statement.target
        if target is not None and target in self.active and target not in self.ends:
            if self.terms and _divides(statement):
                statement = _Quotients(self, statement).rewritten()
            self.note(statement)
        self.statements.append(statement)

    def note(self, statement: Statement) -> None:
        """Remember a statement that is linear in terms of its own."""
        operation, target = statement.operation, statement.target
        assert target is not None
        if not target.aval.is_inexact or target.aval.dtype.startswith("complex"):
            return
        if type(operation) is Template:
            count = self._count(operation.tree, statement.operands)
        elif operation.name in _REDUCING:
            count = _FEWEST_TERMS
        elif operation.name in _JOINING or (
            operation.name in _MOVING
            and not any(o in self.active for o in statement.operands[1:] if type(o) is Var)
        ):
            read = [o for o in statement.operands if type(o) is Var and o in self.active]
            if all(o in self.made and o not in self.ends for o in read):
                self.moved.add(target)
            count = max([self.terms.get(o, 0) for o in read], default=0)
        else:
            return
        self.made[target] = statement
        sums = type(operation) is Template and operation.code[-1] in _ADDING
        if count > 1 or (count and sums):
            self.terms[target] = count

    def _count(self, tree: Tree, operands: Sequence[Operand]) -> int:
        """Of how many terms a tree is the total; 0 for none that moves."""
        if not _is_node(tree):
            moves = type(tree) is int and type(operands[tree]) is Var
            return max(self.terms.get(operands[tree], 1), 1) if moves else 0
        name, *children = tree
        if name in _ADDING:
            return sum(self._count(child, operands) for child in children)
        if name in ("neg", "pos", "valued"):
            return self._count(children[-1], operands)
        return 1

    def is_total(self, operand: Operand) -> bool:
        return type(operand) is Var and self.terms.get(operand, 0) >= _FEWEST_TERMS

    def has_terms(self, operand: Operand) -> bool:
        """Whether a number is to divide what an operand is made of, not the operand."""
        return type(operand) is Var and (operand in self.moved or self.is_total(operand))

    def still_of(self, total: Var) -> Var:
        """A number that is equal to a total and does not move."""
        still = self.still.get(total)
        if still is None:
            still = self.still[total] = self.apply("detach", total)
        return still

    def one_of(self, total: Var) -> Operand:
        """The total of everything over what is equal to it: 1, which moves."""
        one = self.ones.get(total)
        if one is None:
            still = self.still_of(total)
            parts = [_MOST_PARTS]
            moving = self.over(total, still, parts)
            aval = total.aval
            value: Operand = 1.0 if aval.weak else np.ones((), aval.dtype)[()]
            if aval.shape:
                value = self.apply("broadcast_to", value, shape=aval.shape)
            one = self.ones[total] = self.elementwise(_VALUED, (value, moving), "one")
        return one

    # -- a total over a number, term by term

    def over(self, operand: Operand, still: Var, left: list[int]) -> Operand:
        """An operand over what does not move: each of its terms, if it is a total.

        `still` is one number, or has the shape of the operand.
        """
        if type(operand) is not Var:
            return self._whole(operand, still)
        known = self.divided.get((operand, still))
        if known is None:
            # Terms are divided for one total only: a running total that is divided by at every step
            # would otherwise be written out again at each.
            first = operand not in self.opened
            self.opened.add(operand)
            known = self._over(operand, still, left) if first else self._whole(operand, still)
            self.divided[operand, still] = known
        return known

    def _over(self, operand: Var, still: Var, left: list[int]) -> Operand:
        left[0] -= 1
        made = self.made.get(operand)
        if left[0] < 0 or made is None or (operand not in self.terms and operand not in self.moved):
            return self._whole(operand, still)
        operation = made.operation
        if type(operation) is Template:
            return self._each(operation, made.operands, operand, still, left)
        assert isinstance(operation, Structural)
        shape = operand_aval(still).shape
        first = made.operands[0]
        if operation.name in ("sum", "mean"):
            axis = operation.params.get("axis")
            if shape:
                kept = spread(self, still, first, axis)
                still = kept if operand_aval(kept).shape else still
        elif _is_reshape(operation):
            if shape:
                still = self.apply("reshape", still, shape=operand_aval(first).shape)
        elif shape:
            return self._whole(operand, still)
        elif operation.name in _JOINING or operation.name in _SUMMING:
            if len(made.operands) > left[0]:
                return self._whole(operand, still)
            parts = [self.over(part, still, left) for part in made.operands]
            return self.emit(operation, tuple(parts))
        elif operation.name in ("matmul", "contraction") and len(made.operands) > 1:
            return self._product(operation, made.operands, still, left)
        inside = self.over(first, still, left)
        return self.emit(operation, (inside, *made.operands[1:]), operand.name)

    def _product(
        self, operation: Structural, operands: tuple[Operand, ...], still: Operand, left: list[int]
    ) -> Operand:
        """A product of arrays over a number: the smallest that moves is divided."""
        moving = [o for o in operands if type(o) is Var and o in self.active]
        least = min(moving, key=lambda o: (not self.is_total(o), o.aval.size))
        k = next(k for k, o in enumerate(operands) if o is least)
        return self.emit(
            operation, (*operands[:k], self.over(least, still, left), *operands[k + 1 :])
        )

    def _each(
        self,
        operation: Template,
        operands: tuple[Operand, ...],
        target: Operand,
        still: Operand,
        left: list[int],
    ) -> Operand:
        """The terms of a written sum over a number."""
        shape, own = operand_aval(still).shape, operand_aval(target).shape
        if shape and any(operand_aval(o).shape not in ((), own) for o in operands):
            return self._whole(target, still)
        reads: list[Operand] = []

        def walk(tree: Tree) -> Tree:
            if _is_node(tree) and tree[0] in (*_ADDING, "neg", "pos", "valued"):
                return (tree[0], *[walk(child) for child in tree[1:]])
            part = self.part(tree, operands)
            if shape and operand_aval(part).shape != own:
                reads.append(self.elementwise(_OVER, (part, still), "over"))
            else:
                reads.append(self.over(part, still, left))
            return len(reads) - 1

        return self.elementwise(Template.of(flatten(walk(operation.tree))), tuple(reads))

    def part(self, tree: Tree, operands: Sequence[Operand]) -> Operand:
        """A part of a statement as a statement of its own."""
        if type(tree) is int:
            return operands[tree]
        places = list(dict.fromkeys(_places(tree)))
        code = [places.index(t) if type(t) is int else t for t in flatten(tree)]
        part = self.elementwise(Template.of(tuple(code)), tuple([operands[k] for k in places]))
        if type(part) is Var:
            if any(type(operands[k]) is Var and operands[k] in self.active for k in places):
                self.active.add(part)
            made = self.definitions.get(part)
            if made is not None and part in self.active:
                self.note(made)
        return part

    def _whole(self, operand: Operand, still: Operand) -> Operand:
        return self.elementwise(_OVER, (operand, still), "over")


class _Quotients:
    """A statement, in which what stands below a quotient may be a total."""

    def __init__(self, ops: _Rewriting, statement: Statement) -> None:
        self.ops = ops
        self.made = statement
        self.operands = list(statement.operands)
        self.found = False

    def rewritten(self) -> Statement:
        statement = self.made
        assert statement.target is not None
        if not any(map(self.ops.is_total, statement.operands)):
            return statement
        self.ops.span, self.ops.hint = statement.span, f"{statement.target.name}_part"
        assert type(statement.operation) is Template
        tree = self._walk(statement.operation.tree)
        if not self.found:
            return statement
        return Statement(
            statement.target, Template.of(flatten(tree)), tuple(self.operands), statement.span
        )

    def _walk(self, tree: Tree) -> Tree:
        if not _is_node(tree):
            return tree
        name, *children = tree
        if name in ("given", "where"):
            return tree
        if name == "div":
            return self._quotient(*children)
        if name in ("reciprocal", "log"):
            return (name, self._below(children[0]))
        if name == "pow" and children[1] in _MINUS_ONE:
            return ("given", tree, ("div", Literal.of(1.0), self._below(children[0])))
        return (name, *[self._walk(child) for child in children])

    def _quotient(self, above: Tree, below: Tree) -> Tree:
        total = self._total(below)
        shared = None if total is None else self._shared(above, total)
        if shared is not None:
            assert total is not None
            self.found = True
            one = self._place(self.ops.one_of(total))
            return ("given", ("div", above, below), ("div", shared, one))
        return ("div", self._walk(above), self._below(below))

    def _total(self, tree: Tree) -> Var | None:
        """The total that a tree is, as a statement of its own."""
        if type(tree) is int:
            operand = self.operands[tree]
            return operand if self.ops.is_total(operand) else None
        if not self._is_sum(tree):
            return None
        part = self.ops.part(tree, self.operands)
        return part if self.ops.is_total(part) else None

    def _is_sum(self, tree: Tree) -> bool:
        """Whether a tree is a sum that a total is a term of."""
        return (
            _is_node(tree)
            and tree[0] in _ADDING
            and any(
                self.ops.is_total(self.operands[child])
                if type(child) is int
                else self._is_sum(child)
                for child in tree[1:]
            )
        )

    def _below(self, tree: Tree) -> Tree:
        if _is_node(tree) and tree[0] in ("mul", "neg", "pos"):
            return (tree[0], *[self._below(child) for child in tree[1:]])
        total = self._total(tree)
        if total is None:
            return self._walk(tree)
        self.found = True
        still, one = self._place(self.ops.still_of(total)), self._place(self.ops.one_of(total))
        value = tree if type(tree) is int else self._place(total)
        return ("given", value, ("mul", still, one))

    def _shared(self, tree: Tree, total: Var) -> Tree | None:
        """A numerator over the number that a total is; `None` if there is no total in it."""
        if not _is_node(tree):
            operand = self.operands[tree] if type(tree) is int else None
            if type(operand) is not Var or not self.ops.has_terms(operand):
                return None
            quantity = self._quantity(operand, total)
            return None if quantity is None else self._place(quantity)
        name, *children = tree
        if name in ("neg", "pos"):
            inside = self._shared(children[0], total)
            return None if inside is None else (name, inside)
        if name == "mul":
            for k in (0, 1):
                inside = self._shared(children[k], total)
                if inside is not None:
                    return (name, inside, children[1]) if k == 0 else (name, children[0], inside)
        if name in _ADDING:
            parts = [self._shared(child, total) for child in children]
            if any(part is not None for part in parts):
                still = self._place(self.ops.still_of(total))
                whole = [("div", child, still) for child in children]
                return (name, *[w if p is None else p for p, w in zip(parts, whole, strict=True)])
        return None

    def _quantity(self, operand: Var, total: Var) -> Operand | None:
        """An operand over the number that a total is; `None` where the shapes do not fit."""
        ops = self.ops
        if operand is total:
            return ops.one_of(total)
        still = ops.still_of(total)
        value = ops.elementwise(_OVER, (operand, still), "over")
        shape = operand.aval.shape
        if operand_aval(still).shape not in ((), shape):
            if operand_aval(value).shape != shape:
                return None
            still = ops.apply("broadcast_to", still, shape=shape)
        moving = ops.over(operand, still, [_MOST_PARTS])
        return ops.elementwise(_VALUED, (value, moving), "over")

    def _place(self, operand: Operand) -> int:
        return place_among(self.operands, operand)


def _is_reshape(operation: Structural) -> bool:
    """Whether an operation keeps all elements in their order: `s[:, None]`, too."""
    if operation.name == "getitem":
        return all(item in (_ALL, None, "...") for item in operation.params["index"])
    return operation.name == "reshape"


_ALL = ("slice", None, None, None)
_MINUS_ONE = (Literal.of(-1), Literal.of(-1.0))
