"""Absolute values where they are differentiated twice: the slopes of one side belong together.

The slope of `abs` at 0 is taken to be 0, the mean of its sides. A second derivative is not made of
such means: in `cosh(abs(x))` it has the square of the slope in it, which is 1 on both sides, and 0
by the mean. So a derivative is computed beside a second program, in which every absolute value has
the slope of one side, the right one. The first derivative has the mean of the sides all the same;
what is differentiated again has the side. Where a function is smooth, however it is written, its
second derivative is exact then; where it is not, it is the one to the right.

The larger or smaller of two numbers has sides too, where both are equal: a half of the slope
reaches each of them, and what is differentiated again takes the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ..errors import LoopError
from ..operations.statements.builder import Builder
from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template, flatten, tree_of
from ..program.bodies import first_structured
from ..program.interning import LATEST
from ..program.program import KEEP, Operand, Program, Statement, Var, bodies_of
from .activity import active_variables

Tree = Any

_EXTREMES = frozenset({"maximum", "minimum", "fmax", "fmin", "larger", "smaller"})
_SIDES = frozenset({"abs", "sqrt", "pow"}) | _EXTREMES
_WITH_SIDES = _EXTREMES | {"abs_side"}
_ONE_SIDE = {
    "sided": "along_side",
    "sided_one": "along_one",
    "tied_first": "tied_first_along",
    "tied_second": "tied_second_along",
}
_SIDED = frozenset(_ONE_SIDE)
_VALUED = Template.of((0, 1, "valued"))
_FOLLOWED = (Template, Structural)
_NOTHING = Statement(None, KEEP, ())
"""In the place of a statement that nobody needs."""

_ABS = Template.of((0, "abs"))
_SIDE = Template.of((0, "side"))
_ALONG = Template.of((0, 1, "abs_along"))


def with_sides(program: Program, wrt: Sequence[Var]) -> tuple[Program, frozenset[Var]]:
    """The program with what follows from absolute values a second time, and outputs of that.

    Returns:
        The program, and what in it is computed twice.

    Raises:
        LoopError: it has loops or branches, and what is differentiated again has a side, which
            nothing follows from one iteration to the next, or out of an arm.
    """
    twice: frozenset[Var] = frozenset()
    inside = first_structured(program)
    if inside is not None and _has_sides(program):
        raise LoopError(
            f"a second derivative of what has sides, and of a {inside.operation.name}",
            where=inside.span,
        )
    if any(_reads(s, _SIDED) for s in program.statements):
        program, twice = _with_paired_sides(program, wrt)
    if not any(_reads(s, _SIDES) for s in program.statements):
        return program, twice
    active, ends = active_variables(program, wrt), set(wrt)
    program, sizes = _apart(program, active, ends)
    if not sizes and not any(_reads(s, _EXTREMES) for s in program.statements):
        return program, twice
    again = _Again(program)
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
            marked = Statement(target, _of_sides(operation), statement.operands, statement.span)
            again.renamed[target] = again.repeat(marked, again.operands(statement))
        else:
            again.follow(statement)
    return again.program(), twice | frozenset(again.renamed)


@lru_cache(LATEST)
def _of_sides(template: Template) -> Template:
    """A template in which what is larger or smaller is said to be differentiated again.

    >>> _of_sides(Template.of((0, 1, "maximum"))).code
    (0, 1, 'maximum', 'of_sides')
    """

    def walk(tree: Tree) -> Tree:
        if not isinstance(tree, tuple) or isinstance(tree, Literal) or tree[0] == "of_sides":
            return tree
        if tree[0] == "valued":
            return (tree[0], tree[1], walk(tree[2]))
        made = (tree[0], *map(walk, tree[1:]))
        return ("of_sides", made) if tree[0] in _EXTREMES else made

    return Template.of(flatten(walk(tree_of(template.code))))


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


class _Again(Builder):
    """Statements of a program written a second time, where they read something else."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.first = program
        self.inside: dict[Statement, tuple[Statement, int]] = {}  # loops and branches
        self.renamed: dict[Var, Operand] = {}

    def operands(self, statement: Statement) -> tuple[Operand, ...]:
        renamed = self.renamed
        return tuple([renamed.get(o, o) if type(o) is Var else o for o in statement.operands])

    def follow(self, statement: Statement) -> None:
        operands, target = self.operands(statement), statement.target
        assert target is not None
        if any(a is not b for a, b in zip(operands, statement.operands, strict=True)):
            self.renamed[target] = self.repeat(statement, operands)

    def go_on(self, statement: Statement) -> None:
        """A loop or branch is run once, and goes on from what has been written a second time."""
        operands = self.operands(statement)
        moved = Statement(statement.target, statement.operation, operands, statement.span)
        self.inside[statement] = moved, len(self.statements)

    def repeat(self, statement: Statement, operands: tuple[Operand, ...]) -> Var:
        assert statement.target is not None
        again = Var(statement.target.name, statement.target.aval)
        self.statements.append(Statement(again, statement.operation, operands, statement.span))
        return again

    def program(self) -> Program:
        """The first program, and what its outputs need of the second."""
        first = self.first
        outputs = tuple([self.renamed.get(o, o) if type(o) is Var else o for o in first.outputs])
        needed = {o for o in outputs if type(o) is Var}
        for loop, _ in self.inside.values():
            needed.update(o for o in loop.operands if type(o) is Var)
        kept: list[Statement] = []
        for statement in reversed(self.statements):
            if statement.target in needed:
                kept.append(statement)
                needed.update(o for o in statement.operands if type(o) is Var)
            else:
                kept.append(_NOTHING)
        kept.reverse()
        statements: list[Statement] = []
        done = 0
        for statement in first.statements:
            if statement in self.inside:
                statement, before = self.inside[statement]
                statements += kept[done:before]
                done = before
            statements.append(statement)
        statements = [s for s in (*statements, *kept[done:]) if s is not _NOTHING]
        return Program(first.name, first.inputs, statements, outputs, first.extra)


def _with_paired_sides(program: Program, wrt: Sequence[Var]) -> tuple[Program, frozenset[Var]]:
    """The program in which what was differentiated by a side meets what will be on that side.

    The tangent `h*side` of a function of an absolute value is 0 at 0 by the mean of the sides; as
    `h` changes with the absolute value, it changes by the square of the side.
    """
    active, ends = active_variables(program, wrt), set(wrt)
    again = _Again(program)
    along: dict[Var, Operand] = {}  # of what has the mean of the sides, that with one side
    carrying: set[Var] = set()  # what changes with an absolute value
    for statement in program.statements:
        target, operation = statement.target, statement.operation
        if target is None or target in ends or type(operation) not in _FOLLOWED:
            continue
        reads = [o for o in statement.operands if type(o) is Var]
        means = [o for o in reads if o in along]
        carried = [o for o in reads if o in carrying and o not in along]
        sided = _reads(statement, _SIDED)
        again.span, again.hint = statement.span, target.name
        if sided or means:
            along[target] = _on_one_side(again, statement, along)
        elif target in active and (carried or _reads(statement, _WITH_SIDES)):
            carrying.add(target)
        if not (means and carried and target in active):
            again.follow(statement)
            continue
        own, swapped = again.operands(statement), zip(statement.operands, again.operands(statement))
        first = [_still(again, n) if o in carried else n for o, n in swapped]
        second = [
            n if o in carried else _still(again, along[o] if type(o) is Var and o in along else n)
            for o, n in zip(statement.operands, own, strict=True)
        ]
        parts = [again.repeat(statement, tuple(operands)) for operands in (first, second)]
        value = again.repeat(statement, own)
        total = again.apply("add", *parts)
        again.renamed[target] = again.elementwise(_VALUED, (value, total))
    return again.program(), frozenset(again.renamed)


def _on_one_side(again: _Again, statement: Statement, along: dict[Var, Operand]) -> Operand:
    operation = statement.operation
    operands = tuple([along.get(o, o) if type(o) is Var else o for o in statement.operands])
    if isinstance(operation, Template):
        code = tuple([_ONE_SIDE.get(t, t) if type(t) is str else t for t in operation.code])
        operation = Template.of(code)
    return again.repeat(Statement(statement.target, operation, operands, statement.span), operands)


def _still(again: _Again, operand: Operand) -> Operand:
    return again.apply("detach", operand) if type(operand) is Var else operand


def _has_sides(program: Program) -> bool:
    """Whether a slope in the program, or in a loop or branch, is that of a side."""
    return any(
        _reads(s, _SIDED) or any(map(_has_sides, bodies_of(s.operation)))
        for s in program.statements
    )


def _reads(statement: Statement, tokens: frozenset[str]) -> bool:
    operation = statement.operation
    return type(operation) is Template and not tokens.isdisjoint(operation.code)


def absolute_of(tree: Tree) -> Tree | None:
    """Of what a tree is the absolute value, `sqrt(x*x)` too; `None` if it is none."""
    name, inside = tree[0], tree[1]
    if name == "abs":
        return inside
    root = name == "sqrt" or (name == "pow" and tree[2] in _HALVES)
    if not root or not isinstance(inside, tuple) or isinstance(inside, Literal):
        return None
    name, *factors = inside
    if name == "square" or (name == "pow" and factors[1] in _TWOS):
        return factors[0]
    return factors[0] if name == "mul" and factors[0] == factors[1] else None


_HALVES = (Literal.of(0.5),)
_TWOS = (Literal.of(2), Literal.of(2.0))


class _Cut:
    """One statement with the absolute values in it as statements of their own."""

    def __init__(
        self, ops: Builder, statement: Statement, moving: list[bool], sizes: set[Var]
    ) -> None:
        self.ops = ops
        self.made = statement
        self.operands = list(statement.operands)
        self.moving = moving
        self.sizes = sizes
        self.cut: dict[Tree, int] = {}

    def statement(self, operation: Template) -> Statement:
        """The statement itself, without them."""
        target, tree = self.made.target, tree_of(operation.code)
        assert target is not None
        if tree[0] == "abs" and type(tree[1]) is int and self.moving[tree[1]]:
            self.sizes.add(target)
            return self.made
        tree = self._walk(tree, True)
        if not self.cut:
            return self.made
        template, operands = self._template(tree)
        return Statement(target, template, operands, self.made.span)

    def _template(self, tree: Tree) -> tuple[Template, tuple[Operand, ...]]:
        code = flatten(tree)
        places = list(dict.fromkeys(t for t in code if type(t) is int))
        code = tuple([places.index(t) if type(t) is int else t for t in code])
        return Template.of(code), tuple([self.operands[k] for k in places])

    def _walk(self, tree: Tree, free: bool) -> Tree:
        """The tree with placeholders for absolute values; `free` unless in an arm of a choice."""
        if not isinstance(tree, tuple) or isinstance(tree, Literal):
            return tree
        name, *children = tree
        entry = TABLE.entries[name]
        if isinstance(entry, ElementwiseEntry) and not entry.differentiable:
            return tree
        if name in ("where", "valued"):
            inside = free and name == "valued"
            return (name, children[0], *[self._walk(child, inside) for child in children[1:]])
        inside = absolute_of(tree)
        if inside is not None and (free or type(inside) is int) and self._moves(inside):
            return self._size(inside)
        return (name, *[self._walk(child, free) for child in children])

    def _moves(self, tree: Tree) -> bool:
        if not isinstance(tree, tuple) or isinstance(tree, Literal):
            return type(tree) is int and self.moving[tree]
        return any(map(self._moves, tree[1:]))

    def _size(self, tree: Tree) -> int:
        place = self.cut.get(tree)
        if place is None:
            inside = self.ops.elementwise(*self._template(self._walk(tree, True)))
            size = self.ops.elementwise(_ABS, (inside,))
            if type(size) is Var:
                self.sizes.add(size)
            self.operands.append(size)
            self.moving.append(True)
            place = self.cut[tree] = len(self.operands) - 1
        return place
