"""Squares of lengths, and their other powers, as functions of what they are the length of.

The derivative of a norm at zero is a choice, and differentiating the choice would give nonsense:
`norm(w)**2` has the Hessian `2*I` everywhere. So where a length is squared, the program to be
differentiated knows the square as well, which is smooth: the value stays as the user computes it,
and the derivative is that of the sum of squares.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operations.reductions.reducing import spread
from ..operations.statements.builder import Builder
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template, flatten, tree_of
from ..program.program import Operand, Program, Statement, Var
from .activity import active_variables
from .powers import Places, is_scaled, powers_of, square_of, unknown_powers_of
from .sides import absolute_of
from .tips import has_root_inside, is_flat, reads_bare, roots_inside

Tree = Any

_WHOLE = frozenset({"norm", "complex_abs", "root_mean_square"})
_LENGTHS = frozenset({"abs", "deviation", "hypot"})
_NONE: Places = frozenset()


def with_squares(program: Program, wrt: Sequence[Var]) -> Program:
    """The program in which powers of lengths know the squares of the lengths."""
    statements = program.statements
    first = next((k for k, s in enumerate(statements) if _is_root(s)), None)
    if first is None:
        return program
    rewriting = _Rewriting(active_variables(program, wrt), set(wrt))
    for statement in statements[:first]:
        rewriting.pass_by(statement)
    for statement in statements[first:]:
        rewriting.take(statement)
    return Program(
        program.name, program.inputs, rewriting.statements, program.outputs, program.extra
    )


def _is_root(statement: Statement) -> bool:
    operation = statement.operation
    if isinstance(operation, Template):
        return square_of(operation, _NONE) is not None or has_root_inside(operation)
    return operation.name in _WHOLE


class _Rewriting(Builder):
    """The statements so far, and the lengths among their targets."""

    def __init__(self, active: set[Var], ends: set[Var]) -> None:
        super().__init__()
        self.active = active
        self.ends = ends
        self.lengths: dict[Var, Statement] = {}
        self.squares: dict[Var, Operand] = {}
        self.moving: dict[Var, tuple[Operand, str]] = {}
        self.tips: dict[Var, tuple[Operand, Operand]] = {}
        self.absolute: set[Var] = set()  # lengths of numbers, which `sides.py` knows better
        self.same: dict[Var, Var] = {}  # of what has been computed twice, the first
        self._seen: dict[Any, Var] = {}

    def take(self, statement: Statement) -> None:
        operation, target = statement.operation, statement.target
        if target not in self.active or target in self.ends or target is None:
            self.pass_by(statement)
            return
        self._number(statement)
        if isinstance(operation, Template):
            if not _LENGTHS.isdisjoint(operation.code):
                statement = self._once(operation, statement)
            statement = self._cut(statement)
            operation = statement.operation
            assert isinstance(operation, Template)
            places = self._places(statement.operands)
            same = self._equal(statement.operands) if len(places) > 1 else None
            powers = powers_of(operation, places, same) if places else ()
            unknown = unknown_powers_of(operation, places, same) if places else ()
            if powers and is_scaled(_known(operation, statement.operands)):
                # The square of such a length may be no float, though what is made of it is.
                powers, unknown = (), tuple(sorted({*powers, *unknown}))
            if square_of(operation, places) is not None:
                self.lengths[target] = statement
                if self._is_absolute(statement):
                    self.absolute.add(target)
            tips = self._tips(operation, statement.operands, places.difference(unknown))
            if tips:
                statement = self._at_tips(operation, statement, tips)
                operation = statement.operation
                assert isinstance(operation, Template)
                powers = tuple([k for k in powers if k not in tips])
            if powers or unknown:
                statement = self._knowing(operation, statement, powers, unknown)
        elif operation.name in _WHOLE:
            self.lengths[target] = statement
        elif operation.name == "matmul" and self._is_square(statement.operands):
            statement = self._summed(statement)
        self.statements.append(statement)

    def pass_by(self, statement: Statement) -> None:
        self._number(statement)
        self.statements.append(statement)

    def _number(self, statement: Statement) -> None:
        """Note what an earlier statement has computed already."""
        target, operation = statement.target, statement.operation
        if target is None or not isinstance(operation, Template | Structural):
            return
        key = (operation, *[self._known(o) for o in statement.operands])
        first = self._seen.setdefault(key, target)
        if first is not target and not {first, target} & self.ends:
            self.same[target] = first

    def _known(self, operand: Operand) -> Any:
        if type(operand) is Var:
            return self.same.get(operand, operand)
        if type(operand) in (int, float, bool):
            return (type(operand), repr(operand))
        return id(operand)

    def _is_square(self, operands: tuple[Operand, ...]) -> bool:
        """Whether a product is that of a vector of lengths with itself."""
        one, other = (self.same.get(o, o) if type(o) is Var else o for o in operands)
        return one is other and one in self.lengths and one.aval.ndim == 1

    def _once(self, operation: Template, statement: Statement) -> Statement:
        """The statement, in which operands that are equal are one: `abs(x[0])*abs(x[0])`."""
        same = self._equal(statement.operands)
        if same is None:
            return statement
        code = [same[t] if type(t) is int else t for t in operation.code]
        template, operands = _without_gaps(code, list(statement.operands))
        return Statement(statement.target, template, tuple(operands), statement.span)

    def _summed(self, statement: Statement) -> Statement:
        length = self._length(statement.operands[0])
        assert length is not None
        square = self._square(length)
        assert statement.target is not None
        self.span, self.hint = statement.span, statement.target.name
        value = self.emit(statement.operation, statement.operands)
        total = self.apply("sum", square, axis=None, keepdims=False)
        return Statement(statement.target, _VALUED, (value, total), statement.span)

    def _places(self, operands: tuple[Operand, ...]) -> Places:
        if not self.lengths:
            return _NONE
        return frozenset(
            [k for k, o in enumerate(operands) if type(o) is Var and self._length(o) is not None]
        )

    def _equal(self, operands: tuple[Operand, ...]) -> tuple[int, ...] | None:
        """For each operand the first that is equal to it; `None` if all are different."""
        known = [self.same.get(o, o) if type(o) is Var else o for o in operands]
        first = [next(j for j, o in enumerate(known) if o is known[k]) for k in range(len(known))]
        return None if first == list(range(len(known))) else tuple(first)

    def _length(self, operand: Var) -> Var | None:
        first = self.same.get(operand, operand)
        return first if first in self.lengths else None

    def _knowing(
        self,
        operation: Template,
        statement: Statement,
        powers: tuple[int, ...],
        unknown: tuple[int, ...],
    ) -> Statement:
        """The statement, with what its powers of lengths are differentiated by."""
        operands = list(statement.operands)
        read: dict[int, tuple[int, int, str]] = {}
        known: dict[Var, tuple[int, int, str]] = {}
        for k in sorted({*powers, *unknown}):
            length = self._length(operands[k])
            assert length is not None
            if length not in known:
                further, name = self._square(length), "length"
                if k in unknown:
                    further, name = self._moving(length)
                known[length] = (k, len(operands), name)
                operands.append(further)
            read[k] = known[length]
        code: list[Any] = []
        for token in operation.code:
            code += read[token] if type(token) is int and token in read else [token]
        operation, operands = _without_gaps(code, operands)
        return Statement(statement.target, operation, tuple(operands), statement.span)

    # -- what is flat at the tip of a length

    def _cut(self, statement: Statement) -> Statement:
        """The statement, with roots at whose tip it is flat as statements of their own."""
        operation, operands = statement.operation, statement.operands
        assert isinstance(operation, Template)
        if not has_root_inside(operation):
            return statement
        moving = [k for k, o in enumerate(operands) if type(o) is Var and o in self.active]
        for root in roots_inside(operation, frozenset(moving)):
            if absolute_of(root) is not None:
                continue
            arity = operation.arity
            outside = Template.of(flatten(_with(tree_of(operation.code), root, arity)))
            if not is_flat(_known(outside, operands), arity):
                continue
            assert statement.target is not None
            self.span, self.hint = statement.span, f"{statement.target.name}_root"
            inside, read = _without_gaps(list(flatten(root)), list(operands))
            length = self.emit(inside, tuple(read))
            self.active.add(length)
            self.lengths[length] = self.statements[-1]
            operation, read = _without_gaps(list(outside.code), [*operands, length])
            return self._cut(Statement(statement.target, operation, tuple(read), statement.span))
        return statement

    def _tips(
        self, operation: Template, operands: tuple[Operand, ...], places: Places
    ) -> list[int]:
        """The lengths at whose tip a function of them is flat."""
        return [
            k
            for k in sorted(places)
            if self._length(operands[k]) not in self.absolute
            and reads_bare(operation, k)
            and is_flat(_known(operation, operands), k)
        ]

    def _is_absolute(self, statement: Statement) -> bool:
        operation = statement.operation
        assert isinstance(operation, Template)
        if any(type(o) is Var and self._length(o) in self.absolute for o in statement.operands):
            return True
        return "abs" in operation.code or absolute_of(tree_of(operation.code)) is not None

    def _at_tips(self, operation: Template, statement: Statement, tips: list[int]) -> Statement:
        """The statement, differentiated by the squares of such lengths."""
        operands, code = list(statement.operands), list(operation.code)
        for k in tips:
            length = self._length(operands[k])
            assert length is not None
            operands[k], square = self._tip(length)
            code += [k, len(operands), "at_tip"]
            operands.append(square)
        template, operands = _without_gaps(code, operands)
        return Statement(statement.target, template, tuple(operands), statement.span)

    def _tip(self, length: Var) -> tuple[Operand, Operand]:
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

    def _moving(self, length: Var) -> tuple[Operand, str]:
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

    def _square(self, length: Var) -> Operand:
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
            inner = self._length(operands[0])
            if still is not None:
                return self.apply(
                    "sum", self._over(operands[0], still, axis), axis=axis, keepdims=keep
                )
            if inner is not None:
                return self.apply("sum", self._square(inner), axis=axis, keepdims=keep)
            return self.apply("squared_norm", length, operands[0], axis=axis, keepdims=keep)
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
        tree = square_of(operation, self._places(operands))
        if still is not None:
            operands = (*operands, still)
            tree = _tree_over(tree, len(operands) - 1)
        read: list[Operand] = []
        code = self._code(tree, operands, read)
        return self.elementwise(Template.of(tuple(code)), tuple(read), self.hint)

    def _over(self, x: Operand, still: Operand | None, axis: Any = ()) -> Operand:
        """The square of each element, over what stands still."""
        if still is None:
            return self.apply("square", x)
        if axis != ():
            still = spread(self, still, x, axis)
        return self.apply("square_over", x, still)

    def _code(self, tree: Tree, operands: tuple[Operand, ...], read: list[Operand]) -> list[Any]:
        """The code of a tree; puts the operands that it reads into `read`."""
        if isinstance(tree, Literal):
            return [tree]
        if isinstance(tree, tuple) and tree[0] != "squared":
            parts = [self._code(child, operands, read) for child in tree[1:]]
            return [*(token for part in parts for token in part), tree[0]]
        hint = self.hint
        operand = operands[tree if type(tree) is int else tree[1]]
        if type(tree) is not int:
            length = self._length(operand)
            assert length is not None
            operand = self._square(length)
        self.hint = hint
        if not any(operand is o for o in read):
            read.append(operand)
        return [next(k for k, o in enumerate(read) if o is operand)]


def _tree_over(tree: Tree, still: int) -> Tree:
    """The tree of a square over what stands still; no square of large numbers is taken first."""
    name = tree[0] if isinstance(tree, tuple) and not isinstance(tree, Literal) else ""
    if name == "square":
        return ("square_over", tree[1], still)
    if name == "add" and {"square"} >= {c[0] for c in tree[1:] if isinstance(c, tuple)}:
        return ("add", *[_tree_over(c, still) for c in tree[1:]])
    if name in ("mul", "div") and isinstance(tree[1], tuple) and tree[1][0] == name:
        return (name, (name, _tree_over(tree[1][1], still), tree[1][2]), tree[2])
    return ("div", tree, still)


def _known(template: Template, operands: Sequence[Operand]) -> Template:
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


def _with(tree: Tree, part: Tree, instead: int) -> Tree:
    if tree == part:
        return instead
    if not isinstance(tree, tuple) or isinstance(tree, Literal):
        return tree
    return (tree[0], *[_with(child, part, instead) for child in tree[1:]])


def _without_gaps(code: list[Any], operands: list[Operand]) -> tuple[Template, list[Operand]]:
    """The template of a code, and those operands alone that it reads."""
    read = sorted({token for token in code if type(token) is int})
    place = {token: k for k, token in enumerate(read)}
    code = [place[t] if type(t) is int else t for t in code]
    return Template.of(tuple(code)), [operands[k] for k in read]


_VALUED = Template.of((0, 1, "valued"))
_TIP_LENGTH = Template.of((0, 1, 2, "tip_length"))
_STILL = Template.of((0, "still_length"))
_NOT_ZERO = Template.of((0, Literal.of(0), "eq", Literal.of(1), 0, "where"))
