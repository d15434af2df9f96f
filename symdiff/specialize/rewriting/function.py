"""What the rewriting of one function knows, whatever it is at."""

from __future__ import annotations

import ast
from typing import Any, cast

from ...source.functions import FunctionSource, span_of
from .hook_calls import PREFIX
from .loops import plain_loops
from .private_names import private_name
from .regions import regions
from .scopes import Scope, parameters
from .sites import add_site
from .walking import walk


class FunctionRewriter(ast.NodeTransformer):
    """What the rewriting of one function knows: its names and scopes, its sites, its literals."""

    def __init__(self, source: FunctionSource, free: frozenset[str], postponed: bool) -> None:
        self.postponed = postponed
        self.file = source.file
        self.free = free
        self.scope: Scope | None = None
        self.function = [source.name]
        self.classes = [source.cls] if source.cls else []
        self.temporaries = 0
        self.first_parameter: list[str | None] = []
        nodes = walk(source.node)
        self.appended = frozenset(
            ast.unparse(node.func.value)
            for node in nodes
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "append"
        )
        self.uses_within: dict[str, tuple[Any, ...]] = {}  # of lists, in bodies that are pushed
        self.numbers: frozenset[str] = frozenset()  # that hold lists made here, in this function
        self.plain_loops = plain_loops(source.node)
        self.regions = regions(source.node)
        self.loops: list[str | None] = []  # around this place, by what is asked at their heads
        own = [a.arg for a in parameters(source.node.args)]
        self.lists = frozenset(own if self.appended.intersection(own) else ())
        self.literals = frozenset(
            entry
            for node in nodes
            if isinstance(node, ast.Constant) and type(node.value) in (int, float)
            for entry in _with_negative(node.value)
        )

    def mangled(self, name: str) -> str:
        """A private name as the class around it has it: `__x` in `C` is `_C__x`."""
        return private_name(name, self.classes[-1]) if self.classes else name

    def site(self, node: Any) -> ast.Constant:
        return ast.Constant(add_site(span_of(node, self.file), self.literals))

    def temporary(self) -> str:
        self.temporaries += 1
        return f"{PREFIX}t{self.temporaries}"

    def resolve(self, name: str) -> str:
        assert self.scope is not None
        where = self.scope.resolve(name)
        if where == "outside":
            return "cell" if self.mangled(name) in self.free else "global"
        return where

    def expr(self, node: ast.expr) -> ast.expr:
        return cast(ast.expr, self.visit(node))

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for statement in statements:
            new = self.visit(statement)
            if isinstance(new, list):
                result.extend(new)
            elif new is not None:
                result.append(new)
        return result


def _with_negative(value: Any) -> list[tuple[type, Any]]:
    return [(type(value), value), (type(value), -value)]
