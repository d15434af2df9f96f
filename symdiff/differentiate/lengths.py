"""The lengths of a program, and how their squares are written, which are smooth.

The square of `hypot(x, y)` may be no float where the length is one. What is made of it by a factor
that brings it into range, `hypot(x, y)/s`, is the length of parts that this factor brings into
range as well: its square is that of `x/s` and of `y/s`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operations.reductions.reducing import spread
from ..operations.statements.builder import Builder
from ..operations.statements.known import without_gaps
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template, flatten
from ..program.program import Operand, Statement, Var, operand_aval
from .powers import Places, absolute_of, square_of
from .scales import WITHOUT_SQUARES, children_of, is_brought, length_within

Tree = Any

_Part = tuple[Operand, Any]
"""What is squared, and over which axes it is summed then."""

_NONE: Places = frozenset()


class Lengths(Builder):
    """The statements so far, and the lengths among their targets."""

    def __init__(self, active: set[Var]) -> None:
        super().__init__()
        self.active = active
        self.lengths: dict[Var, Statement] = {}
        self.squares: dict[Var, Operand] = {}
        self.parts: dict[Var, list[_Part]] = {}
        self.moving: dict[Var, tuple[Operand, str]] = {}
        self.tips: dict[Var, tuple[Operand, Operand]] = {}
        self.absolute: set[Var] = set()  # lengths of numbers, which `sides.py` knows better
        self.unbounded: set[Var] = set()  # lengths whose squares may be no floats
        self.same: dict[Var, Var] = {}  # of what has been computed twice, the first

    def note(self, statement: Statement) -> None:
        """Remember a statement that computes a length."""
        target, operation = statement.target, statement.operation
        assert target is not None
        self.lengths[target] = statement
        if isinstance(operation, Template):
            inside = self._within(statement)
            if self._is_absolute(statement, inside):
                self.absolute.add(target)
            if inside is not None and (
                type(inside) is not int
                or operand_aval(statement.operands[inside]).shape == target.aval.shape
            ):
                self.unbounded.add(target)
        elif operation.name == "complex_abs" or (
            isinstance(operation, Structural) and operation.params.get("scaled")
        ):
            self.unbounded.add(target)

    def length_of(self, operand: Operand) -> Var | None:
        """The length that an operand is, as it was computed first; `None` if it is none."""
        if type(operand) is not Var:
            return None
        first = self.same.get(operand, operand)
        return first if first in self.lengths else None

    def places_of(self, operands: Sequence[Operand], lengths: Any = None) -> Places:
        """Which of some operands are lengths, or lengths of some kind."""
        lengths = self.lengths if lengths is None else lengths
        if not lengths:
            return _NONE
        return frozenset([k for k, o in enumerate(operands) if self.length_of(o) in lengths])

    def _is_absolute(self, statement: Statement, inside: Tree | None) -> bool:
        operation = statement.operation
        assert isinstance(operation, Template)
        if isinstance(inside, tuple):
            return bool(inside[0] == "abs")
        if any(self.length_of(o) in self.absolute for o in statement.operands):
            return True
        return "abs" in operation.code or absolute_of(operation.tree) is not None

    def _within(self, statement: Statement) -> Tree | None:
        """The length without a square that the value of a statement is a multiple of."""
        operation = statement.operation
        assert isinstance(operation, Template)
        if not self.unbounded and WITHOUT_SQUARES.isdisjoint(operation.code):
            return None
        unbounded = self.places_of(statement.operands, self.unbounded)
        return length_within(operation.tree, unbounded)

    def tip(self, length: Var) -> tuple[Operand, Operand]:
        """A length that moves with its square, and that square."""
        known = self.tips.get(length)
        if known is None:
            made = self.lengths[length]
            self.span, self.hint = made.span, f"{length.name}_tip"
            still = self.elementwise(_STILL, (length,), "still")
            square = self._written(length, made, still)
            moving = self.elementwise(_TIP_LENGTH, (length, still, square), length.name)
            known = self.tips[length] = moving, square
        return known

    def moving_of(self, length: Var) -> tuple[Operand, str]:
        """What a length to an unknown power is differentiated by, and how it is told."""
        known = self.moving.get(length)
        if known is not None:
            return known
        made = self.lengths[length]
        self.span, self.hint = made.span, f"{length.name}_within"
        operation = made.operation
        if isinstance(operation, Template) and operation.code[-1] == "abs":
            inside = Template.of(operation.code[:-1])
            found = self.elementwise(inside, made.operands, self.hint), "magnitude"
        else:
            still = self.apply("detach", self.elementwise(_NOT_ZERO, (length,), "still"))
            found = self._written(length, made, still), "scaled_length"
        self.moving[length] = found
        return found

    def square_of_length(self, length: Var) -> Operand:
        """The square of a length, written where it is first wanted."""
        square = self.squares.get(length)
        if square is None:
            made = self.lengths[length]
            self.span, self.hint = made.span, f"{length.name}_squared"
            square = self.squares[length] = self._written(length, made)
        return square

    def _written(self, length: Var, made: Statement, still: Operand | None = None) -> Operand:
        """The square of a length, or the square over a number that stands still."""
        operation, operands = made.operation, made.operands
        params = getattr(operation, "params", {})
        axis, keep = params.get("axis"), params.get("keepdims", False)
        if operation.name == "norm":
            if still is None and self.length_of(operands[0]) is None:
                return self.apply("squared_norm", length, operands[0], axis=axis, keepdims=keep)
            square = self._over(operands[0], still, axis)
            return self.apply("sum", square, axis=axis, keepdims=keep)
        if operation.name == "root_mean_square":
            square = self._over(operands[0], still, axis)
            count = params["count"]
            if count is None:
                return self.apply("mean", square, axis=axis, keepdims=keep)
            return self.apply("div", self.apply("sum", square, axis=axis, keepdims=keep), count)
        if operation.name == "complex_abs":
            parts = [self.apply(name, operands[0]) for name in ("real", "imag")]
            return self.apply("add", *[self._over(part, still) for part in parts])
        assert isinstance(operation, Template)
        if self._is_brought(made):
            return self._sum_of_parts(length, still)
        tree = square_of(operation, self.places_of(operands))
        if still is not None:
            operands = (*operands, still)
            tree = _tree_over(tree, len(operands) - 1)
        read: list[Operand] = []
        code = self._code(tree, operands, read)
        return self.elementwise(Template.of(tuple(code)), tuple(read), self.hint)

    def _over(self, x: Operand, still: Operand | None, axis: Any = ()) -> Operand:
        """The square of each element, over what stands still."""
        length = self.length_of(x)
        if still is None:
            return self.apply("square", x) if length is None else self.square_of_length(length)
        if axis != ():
            still = spread(self, still, x, axis)
        if length is None:
            return self.apply("square_over", x, still)
        if length in self.unbounded:
            return self._sum_of_parts(length, still)
        return self.apply("div", self.square_of_length(length), still)

    # -- of lengths that a factor brings into range

    def _is_brought(self, made: Statement) -> bool:
        """Whether a length is another one, times what may be of any size."""
        inside = self._within(made)
        if inside is None:
            return False
        assert isinstance(made.operation, Template)
        known = numbers_known(made.operation, made.operands)
        return is_brought(known.tree, inside)

    def _parts(self, length: Var) -> list[_Part]:
        """What a length is the length of, each part of its size or smaller."""
        parts = self.parts.get(length)
        if parts is None:
            made = self.lengths[length]
            operation = made.operation
            self.span, self.hint = made.span, f"{length.name}_part"
            if isinstance(operation, Structural):
                parts = self._of_whole(operation, made.operands)
            else:
                parts = self._of_template(made)
            self.parts[length] = parts
        return parts

    def _of_whole(self, operation: Structural, operands: tuple[Operand, ...]) -> list[_Part]:
        if operation.name == "complex_abs":
            return [(self.apply(name, operands[0]), None) for name in ("real", "imag")]
        along = {key: operation.params.get(key) for key in ("axis", "keepdims")}
        return [(operands[0], {**along, "keepdims": bool(along["keepdims"])})]

    def _of_template(self, made: Statement) -> list[_Part]:
        assert isinstance(made.operation, Template)
        tree, inside = made.operation.tree, self._within(made)
        if inside == tree:  # `abs` or `hypot`
            return [part for child in tree[1:] for part in self._of_operand(child, made)]
        hint = self.hint
        parts = self._of_operand(inside, made)
        self.hint = hint
        return [(self._multiple(made, inside, *part), part[1]) for part in parts]

    def _of_operand(self, tree: Tree, made: Statement) -> list[_Part]:
        """The parts of a length inside a statement; of anything else the whole."""
        operand = self.length_inside(tree, made)
        length = self.length_of(operand)
        return self._parts(length) if length in self.unbounded else [(operand, None)]

    def _multiple(self, made: Statement, inside: Tree, of: Operand, along: Any) -> Operand:
        """A part of a length, times what the length is multiplied by."""
        assert isinstance(made.operation, Template)
        operands = list(made.operands)
        factors = with_part(made.operation.tree, inside, len(operands))
        if along is not None:
            operands = [
                spread(self, o, of, along["axis"]) if operand_aval(o).shape else o for o in operands
            ]
        template, read = without_gaps(list(flatten(factors)), [*operands, of])
        return self.elementwise(template, tuple(read), self.hint)

    def _sum_of_parts(self, length: Var, still: Operand | None) -> Operand:
        """The square of a length by its parts, or the square over what stands still."""
        squares = []
        for part, along in self._parts(length):
            square = self._over(part, still, () if along is None else along["axis"])
            squares.append(square if along is None else self.apply("sum", square, **along))
        total = squares[0]
        for square in squares[1:]:
            total = self.apply("add", total, square)
        return total

    def length_inside(self, tree: Tree, made: Statement) -> Operand:
        """A length inside a statement, as a statement of its own."""
        assert made.target is not None
        template, read = without_gaps(list(flatten(tree)), list(made.operands))
        self.span = made.span
        length = self.elementwise(template, tuple(read), f"{made.target.name}_root")
        if type(tree) is not int and type(length) is Var:
            self.active.add(length)
            own = self.definitions[length]
            assert isinstance(own.operation, Template)
            if square_of(own.operation, self.places_of(own.operands)) is not None:
                self.note(own)
        return length

    def _code(self, tree: Tree, operands: tuple[Operand, ...], read: list[Operand]) -> list[Any]:
        """The code of a tree; puts the operands that it reads into `read`."""
        if isinstance(tree, Literal):
            return [tree]
        if isinstance(tree, tuple) and tree[0] == "squared_over":
            length = self.length_of(operands[tree[1]])
            assert length is not None
            self.hint, hint = f"{self.hint}_part", self.hint
            operands = (*operands, self._over(length, operands[tree[2]]))
            self.hint, tree = hint, len(operands) - 1
        if isinstance(tree, tuple) and tree[0] != "squared":
            parts = [self._code(child, operands, read) for child in tree[1:]]
            return [*(token for part in parts for token in part), tree[0]]
        hint = self.hint
        operand = operands[tree if type(tree) is int else tree[1]]
        if type(tree) is not int:
            length = self.length_of(operand)
            assert length is not None
            operand = self.square_of_length(length)
        self.hint = hint
        if not any(operand is o for o in read):
            read.append(operand)
        return [next(k for k, o in enumerate(read) if o is operand)]


def _tree_over(tree: Tree, still: int) -> Tree:
    """The tree of a square over what stands still; no square of large numbers is taken first."""
    name = tree[0] if isinstance(tree, tuple) and not isinstance(tree, Literal) else ""
    if name in ("square", "squared"):
        return (f"{name}_over", tree[1], still)
    if name == "add" and _of_squares(tree):
        return ("add", *[_tree_over(c, still) for c in tree[1:]])
    if name in ("mul", "div") and isinstance(tree[1], tuple) and tree[1][0] == name:
        return (name, (name, _tree_over(tree[1][1], still), tree[1][2]), tree[2])
    return ("div", tree, still)


def _of_squares(tree: Tree) -> bool:
    """Whether a tree is a sum of squares."""
    children = children_of(tree)
    if children and tree[0] == "add":
        return all(map(_of_squares, children))
    return bool(children) and tree[0] in ("square", "squared")


def numbers_known(template: Template, operands: Sequence[Operand]) -> Template:
    """The template, with numbers among the operands as numbers of its own."""
    numbers = [isinstance(o, int | float) for o in operands]
    if not any(numbers):
        return template
    code: list[Any] = []
    for token in template.code:
        if type(token) is int and token < len(numbers) and numbers[token]:
            code.append(Literal.of(operands[token]))
        else:
            code.append(token)
    return Template.of(tuple(code))


def with_part(tree: Tree, part: Tree, instead: int) -> Tree:
    """The tree with an operand in place of one of its parts."""
    if tree == part:
        return instead
    if not isinstance(tree, tuple) or isinstance(tree, Literal):
        return tree
    return (tree[0], *[with_part(child, part, instead) for child in tree[1:]])


_TIP_LENGTH = Template.of((0, 1, 2, "tip_length"))
_STILL = Template.of((0, "still_length"))
_NOT_ZERO = Template.of((0, Literal.of(0), "eq", Literal.of(1), 0, "where"))
