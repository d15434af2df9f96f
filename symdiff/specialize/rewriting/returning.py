"""Statements of a function that calls itself, as those of a loop."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Sequence

from .hook_calls import text
from .walking import walk


class NoLoopError(Exception):
    """A recursion is none that is a loop."""


class Used:
    """Writes an expression in which a call stands, as it is when the call has returned."""

    def __init__(
        self,
        call: ast.Call,
        before: list[ast.stmt],
        names: set[str],
        new: Callable[[str], str],
        returned: str,
    ) -> None:
        self.call = call
        self.before = before  # what is evaluated before the call
        self.names = names  # the variables of the function
        self.new = new  # makes the name of another one
        self.returned = returned
        self.temporaries: list[str] = []

    def value(self, node: ast.expr) -> ast.expr:
        """An expression in which the call stands."""
        if node is self.call:
            return ast.copy_location(ast.Name(self.returned, ast.Load()), node)
        new = copy.copy(node)
        if isinstance(new, ast.BinOp):
            new.left, new.right = self._in_order([new.left, new.right])
        elif isinstance(new, ast.UnaryOp):
            new.operand = self.value(new.operand)
        elif isinstance(new, ast.Attribute):
            new.value = self.value(new.value)
        elif isinstance(new, ast.Subscript):
            new.value, new.slice = self._in_order([new.value, new.slice])
        elif isinstance(new, ast.Compare) and len(new.ops) == 1:
            new.left, *new.comparators = self._in_order([new.left, *new.comparators])
        elif isinstance(new, ast.Tuple | ast.List):
            new.elts = self._in_order(new.elts)
        elif isinstance(new, ast.Call):
            self._called(new)
        else:
            raise NoLoopError
        return new

    def _called(self, new: ast.Call) -> None:
        if self._stands_in(new.func):
            raise NoLoopError
        if not self._is_outside(new.func):
            new.func = self._kept(new.func)
        values = self._in_order([*new.args, *[k.value for k in new.keywords]])
        new.args = values[: len(new.args)]
        named = zip(new.keywords, values[len(new.args) :], strict=True)
        new.keywords = [ast.keyword(k.arg, v) for k, v in named]

    def _is_outside(self, function: ast.expr) -> bool:
        """Whether it is a name from outside, or an attribute of one such as `math.sin`."""
        while isinstance(function, ast.Attribute):
            function = function.value
        return isinstance(function, ast.Name) and function.id not in self.names

    def _stands_in(self, node: ast.expr) -> bool:
        return any(n is self.call for n in walk(node))

    def _in_order(self, values: Sequence[ast.expr]) -> list[ast.expr]:
        """Values of which one is or holds the call; those before it are evaluated before."""
        found: list[ast.expr] = []
        called = False
        for v in values:
            if self._stands_in(v):
                found.append(self.value(v))
                called = True
            else:
                found.append(v if called else self._kept(v))
        return found

    def _kept(self, node: ast.expr) -> ast.expr:
        """What is evaluated before the call."""
        if isinstance(node, ast.Constant | ast.Name):
            return node
        if isinstance(node, ast.Starred):
            raise NoLoopError
        name = self.new("before")
        self.temporaries.append(name)
        self.before += [ast.copy_location(s, node) for s in assign([name], [node])]
        return ast.copy_location(ast.Name(name, ast.Load()), node)


def parted(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The same with `return a if t else b` as an `if` statement."""
    found: list[ast.stmt] = []
    for s in statements:
        if isinstance(s, ast.Return) and isinstance(s.value, ast.IfExp):
            arms = [
                parted([ast.copy_location(ast.Return(v), s)])
                for v in (s.value.body, s.value.orelse)
            ]
            found.append(ast.copy_location(ast.If(s.value.test, *arms), s))
            continue
        if isinstance(s, ast.If):
            s.body, s.orelse = parted(s.body), parted(s.orelse)
        found.append(s)
    return found


def until_return(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Statements to the first that returns in any case."""
    for k, s in enumerate(statements):
        if isinstance(s, ast.Return):
            return list(statements[: k + 1])
    return list(statements)


def returns_in_loops(statements: Sequence[ast.AST]) -> bool:
    """Whether something is returned from within a loop."""
    loops = [n for s in statements for n in walk(s) if isinstance(n, ast.For | ast.While)]
    return any(isinstance(n, ast.Return) for loop in loops for n in walk(loop))


def ended(
    statements: Sequence[ast.stmt],
    returned: str,
    leave: type[ast.Break] | type[ast.Continue] = ast.Break,
) -> list[ast.stmt]:
    """Statements that set a name to what they return, and leave the loop or iteration."""
    found: list[ast.stmt] = []
    for s in statements:
        if isinstance(s, ast.Return):
            new = [*assign([returned], [s.value or text(None)]), leave()]
            return [*found, *[ast.copy_location(n, s) for n in new]]
        if isinstance(s, ast.If):
            arms = ended(s.body, returned, leave), ended(s.orelse, returned, leave)
            s = ast.copy_location(ast.If(s.test, *arms), s)
        elif isinstance(s, ast.Try | ast.With | ast.Match) and any(
            isinstance(n, ast.Return) for n in walk(s)
        ):
            raise NoLoopError
        found.append(s)
    return found


def stored_names(node: ast.AST) -> set[str]:
    """The names that are stored anywhere in a function."""
    named = [n for n in walk(node) if isinstance(n, ast.Name)]
    return {n.id for n in named if not isinstance(n.ctx, ast.Load)}


def step_of(name: str, value: ast.expr) -> int | None:
    """By how much `name + 1` is more than `name`."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add | ast.Sub):
        return None
    left, right = value.left, value.right
    if not (isinstance(left, ast.Name) and left.id == name and isinstance(right, ast.Constant)):
        return None
    if type(right.value) is not int:
        return None
    return right.value if isinstance(value.op, ast.Add) else -right.value


def is_none(node: ast.expr | None) -> bool:
    """Whether a value that is returned is `None`."""
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def assign(names: Sequence[str], values: Sequence[ast.expr]) -> list[ast.stmt]:
    """`a, b = x, y`, of as many as there are."""
    if not names:
        return []
    targets: list[ast.expr] = [ast.Name(n, ast.Store()) for n in names]
    if len(names) == 1:
        return [ast.Assign(targets, values[0])]
    return [ast.Assign([ast.Tuple(targets, ast.Store())], ast.Tuple(list(values), ast.Load()))]


def append_to(name: str, value: ast.expr) -> ast.stmt:
    """`name.append(value)`."""
    method = ast.Attribute(ast.Name(name, ast.Load()), "append", ast.Load())
    return ast.Expr(ast.Call(method, [value], []))


def add_to(name: str, number: int) -> ast.stmt:
    """`name += number`."""
    return ast.AugAssign(ast.Name(name, ast.Store()), ast.Add(), text(number))
