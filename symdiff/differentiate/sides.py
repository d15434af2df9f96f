"""Kinks where they are differentiated twice: the slopes of one side belong together.

The slope of `abs` at 0 is taken to be 0, the mean of its sides, and a tie of `max` gives a half of
its slope to each operand. A second derivative is not made of such means: in `cosh(abs(x))` it has
the square of the slope in it, which is 1 on both sides, and 0 by the mean. So a derivative is
computed beside a second program, in which every absolute value has the slope of one side, and every
extreme is one of its operands. The first derivative has the mean all the same; what is
differentiated again has the side (`choices.py`). Here the second program is written, in which each
kink knows its side, a statement that is filled in there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import LoopError
from ..operations.statements.builder import Builder
from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template, flatten
from ..program.bodies import first_structured
from ..program.program import Operand, Program, Statement, Var, bodies_of, one_of_each
from .activity import active_variables
from .again import Again
from .choices import has_choices, with_choices
from .powers import absolute_of

Tree = Any

_EXTREMES = frozenset({"maximum", "minimum", "fmax", "fmin", "larger", "smaller"})
_LARGEST = frozenset({"maximum", "fmax", "larger"})
_SIDES = frozenset({"abs", "sqrt", "pow"}) | _EXTREMES
_FOLLOWED = (Template, Structural)
_HARMLESS = frozenset({"add", "sub", "mul", "neg", "pos", "abs", "square"}) | _EXTREMES
"""What may be computed although nobody asks for it."""

_ABS = Template.of((0, "abs"))
_SIDE = Template.of((0, "side"))
_ALONG = Template.of((0, 1, "abs_along"))
_FIRST = Template.of((0, "first_taken"))


def with_sides(program: Program, wrt: Sequence[Var]) -> tuple[Program, frozenset[Var]]:
    """The program with what follows from kinks a second time, and outputs of that.

    Returns:
        The program, and what in it is computed twice.

    Raises:
        LoopError: it has loops or branches, and what is differentiated again has a side, which
            nothing follows from one iteration to the next, or out of an arm.
    """
    twice: frozenset[Var] = frozenset()
    if has_choices(program):
        inside = first_structured(program)
        if inside is not None:
            raise LoopError(
                f"a second derivative of what has sides, and of a {inside.operation.name}",
                where=inside.span,
            )
        program, twice = with_choices(program, wrt)
    if not any(_reads(s, _SIDES) or s.operation.name in _WHOLE for s in one_of_each(program)):
        return program, twice
    active, ends = active_variables(program, wrt), set(wrt)
    program, sizes = _apart(program, active, ends)
    again = Again(program)
    for statement in program.statements:
        target, operation = statement.target, statement.operation
        if bodies_of(operation):
            again.go_on(statement)
        if target is None or target in ends or type(operation) not in _FOLLOWED:
            continue
        again.span, again.hint = statement.span, target.name
        if target in sizes:
            inside = again.operands(statement)[0]
            side = again.elementwise(_SIDE, (inside,), "side")
            again.renamed[target] = again.elementwise(_ALONG, (inside, side), target.name)
        elif isinstance(operation, Template) and target in active and _reads(statement, _EXTREMES):
            moving = [type(o) is Var and o in active for o in statement.operands]
            read = Statement(target, operation, again.operands(statement), statement.span)
            marked = _Sided(again, read, moving, sizes).statement(operation)
            again.renamed[target] = again.repeat(marked, marked.operands)
        elif operation.name in _WHOLE and any(
            type(o) is Var and o in active for o in statement.operands
        ):
            assert isinstance(operation, Structural)
            again.renamed[target] = _WHOLE[operation.name](
                again, operation, target, again.operands(statement)[0]
            )
        else:
            again.follow(statement)
    return again.program(), twice | frozenset(again.renamed)


# -- whole arrays

Whole = Callable[[Builder, Structural, Var, Operand], Operand]


def _extreme(ops: Builder, operation: Structural, value: Var, x: Operand) -> Operand:
    axis, keepdims = operation.params.get("axis"), bool(operation.params.get("keepdims"))
    hint, ops.hint = ops.hint, "side"
    taken = ops.apply("first_extreme", x, axis=axis, largest=operation.name == "max")
    ops.hint = hint
    return ops.apply("chosen_extreme", value, x, taken, axis=axis, keepdims=keepdims)


def _order(ops: Builder, operation: Structural, value: Var, x: Operand) -> Operand:
    return ops.apply("order_of", value, x, axis=operation.params.get("axis", -1))


def _place(ops: Builder, operation: Structural, value: Var, x: Operand) -> Operand:
    largest = operation.name == "argmax"
    return ops.apply("place_of", value, x, axis=operation.params.get("axis"), largest=largest)


_WHOLE: dict[str, Whole] = {
    **dict.fromkeys(("max", "min"), _extreme),
    **dict.fromkeys(("argsort", "argpartition"), _order),
    **dict.fromkeys(("argmax", "argmin"), _place),
}


# -- kinks inside a statement


def _apart(program: Program, active: set[Var], ends: set[Var]) -> tuple[Program, set[Var]]:
    """The program with absolute values of what moves as statements of their own, and those."""
    ops, sizes = Builder(), set[Var]()
    for statement in program.statements:
        operation, target = statement.operation, statement.target
        if target in active and target not in ends and _reads(statement, _SIDES):
            assert isinstance(operation, Template)
            assert target is not None
            moving = [type(o) is Var and o in active for o in statement.operands]
            ops.span, ops.hint = statement.span, f"{target.name}_part"
            cut = _Cut(ops, statement, moving, sizes)
            statement = cut.statement(operation)
        ops.statements.append(statement)
    made = Program(program.name, program.inputs, ops.statements, program.outputs, program.extra)
    return made, sizes


def _reads(statement: Statement, tokens: frozenset[str]) -> bool:
    operation = statement.operation
    return type(operation) is Template and not tokens.isdisjoint(operation.code)


class _Parts(ABC):
    """One statement, of which parts become statements of their own."""

    def __init__(
        self, ops: Builder, statement: Statement, moving: list[bool], sizes: set[Var]
    ) -> None:
        self.ops = ops
        self.made = statement
        self.operands = list(statement.operands)
        self.moving = moving
        self.sizes = sizes
        self.cut: dict[Tree, int] = {}

    def _template(self, tree: Tree) -> tuple[Template, tuple[Operand, ...]]:
        code = flatten(tree)
        places = list(dict.fromkeys(t for t in code if type(t) is int))
        code = tuple([places.index(t) if type(t) is int else t for t in code])
        return Template.of(code), tuple([self.operands[k] for k in places])

    def _walk(self, tree: Tree, free: bool) -> Tree:
        """The tree with something else for its kinks; `free` unless in an arm of a choice."""
        if not isinstance(tree, tuple) or isinstance(tree, Literal):
            return tree
        name, *children = tree
        entry = TABLE.entries[name]
        if isinstance(entry, ElementwiseEntry) and not entry.differentiable:
            return tree
        if name in ("where", "valued"):
            inside = free and name == "valued"
            return (name, children[0], *[self._walk(child, inside) for child in children[1:]])
        kink = self._kink(tree, free)
        return (name, *[self._walk(child, free) for child in children]) if kink is None else kink

    @abstractmethod
    def _kink(self, tree: Tree, free: bool) -> Tree | None:
        """What stands for a kink; `None` for anything else."""

    def _moves(self, tree: Tree) -> bool:
        if not isinstance(tree, tuple) or isinstance(tree, Literal):
            return type(tree) is int and self.moving[tree]
        return any(map(self._moves, tree[1:]))

    def _place(self, operand: Operand) -> int:
        self.operands.append(operand)
        self.moving.append(True)
        return len(self.operands) - 1


class _Cut(_Parts):
    """One statement with the absolute values in it as statements of their own."""

    def statement(self, operation: Template) -> Statement:
        """The statement itself, without them."""
        target, tree = self.made.target, operation.tree
        assert target is not None
        if tree[0] == "abs" and type(tree[1]) is int and self.moving[tree[1]]:
            self.sizes.add(target)
            return self.made
        tree = self._walk(tree, True)
        if not self.cut:
            return self.made
        template, operands = self._template(tree)
        return Statement(target, template, operands, self.made.span)

    def _kink(self, tree: Tree, free: bool) -> Tree | None:
        inside = absolute_of(tree)
        if inside is None or not (free or type(inside) is int or _is_harmless(tree)):
            return None
        return self._size(inside) if self._moves(inside) else None

    def _size(self, tree: Tree) -> int:
        place = self.cut.get(tree)
        if place is None:
            inside = self.ops.elementwise(*self._template(self._walk(tree, True)))
            size = self.ops.elementwise(_ABS, (inside,))
            if type(size) is Var:
                self.sizes.add(size)
            place = self.cut[tree] = self._place(size)
        return place


class _Sided(_Parts):
    """One statement, in which the larger or smaller of two knows which of them is taken."""

    def statement(self, operation: Template) -> Statement:
        template, operands = self._template(self._walk(operation.tree, True))
        return Statement(self.made.target, template, operands, self.made.span)

    def _kink(self, tree: Tree, free: bool) -> Tree | None:
        name, *children = tree
        if name not in _EXTREMES or not self._moves(tree) or not (free or _is_harmless(tree)):
            return None
        one, other = (self._walk(child, free) for child in children)
        return (f"{name}_along", one, other, self._taken(name, one, other))

    def _taken(self, name: str, one: Tree, other: Tree) -> int:
        """Whether the first of two is taken, as an operand."""
        gap = ("sub", one, other) if name in _LARGEST else ("sub", other, one)
        place = self.cut.get(gap)
        if place is None:
            size = self.ops.elementwise(*self._template(gap), f"{self.ops.hint}_gap")
            place = self.cut[gap] = self._place(self.ops.elementwise(_FIRST, (size,), "side"))
        return place


def _is_harmless(tree: Tree) -> bool:
    if not isinstance(tree, tuple) or isinstance(tree, Literal):
        return True
    return tree[0] in _HARMLESS and all(map(_is_harmless, tree[1:]))
