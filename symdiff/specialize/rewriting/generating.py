"""Which functions are generators that only yield, and such a one as what hands over its items."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from .hook_calls import PREFIX, text
from .loops import SEQUENCES, mark_plain_loops
from .scopes import own_nodes
from .walking import children, walk

EMIT = f"{PREFIX}emit"
ITEM = f"{PREFIX}given"

_METHODS = frozenset({"items", "keys", "values", "copy"})
_BUILTINS = SEQUENCES | frozenset(
    {"abs", "dict", "filter", "float", "int", "iter", "len", "list", "map", "max", "min", "next"}
    | {"open", "pow", "print", "round", "set", "sorted", "str", "sum", "tuple", "type"}
)
_MODULES = frozenset({"np", "numpy", "math"})
"""Names of what gives no generators, which saves the trouble to ask."""


def may_generate(node: ast.AST) -> bool:
    """Whether a call may give a generator, by the name of what is called."""
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    if isinstance(function, ast.Attribute):
        owner = function.value
        module = isinstance(owner, ast.Name) and owner.id in _MODULES
        return function.attr not in _METHODS and not module
    return (
        isinstance(function, ast.Name)
        and function.id not in _BUILTINS
        and not function.id.startswith(PREFIX)
    )


def emits(function: Any) -> bool:
    """Whether a function is a generator that only yields."""
    if not isinstance(function, ast.FunctionDef):
        return False
    own = list(own_nodes(function.body))
    yields = [n for n in own if isinstance(n, ast.Yield | ast.YieldFrom)]
    alone = [n.value for n in own if isinstance(n, ast.Expr)]
    guarded = (ast.Try, ast.TryStar, ast.With, ast.Nonlocal, ast.Global)
    return (
        bool(yields)
        and all(any(y is a for a in alone) for y in yields)
        and not any(isinstance(n, guarded) for n in own)
        and not looks_around(function.body)
    )


def emit(function: ast.FunctionDef) -> None:
    """Write a generator as a function that hands over its items."""
    function.args.posonlyargs.insert(0, ast.arg(EMIT))
    function.body = _Emitter().body(function.body)
    mark_plain_loops(function)


def emitted_in(body: Sequence[ast.AST]) -> int:
    """How many items an iteration hands over; 0 where that is not known."""
    count = 0
    waiting = [(node, False) for node in body]
    while waiting:
        node, inner = waiting.pop()
        if isinstance(node, ast.Name) and node.id == EMIT:
            if inner:
                return 0
            count += 1
        within = inner or isinstance(node, ast.For | ast.While)
        waiting.extend((child, within) for child in children(node))
    return count


class _Emitter(ast.NodeTransformer):
    """Yields become calls."""

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for s in statements:
            new = self.visit(s)
            found += new if isinstance(new, list) else [new]
        return found

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:
        if isinstance(node.value, ast.Yield):
            value = node.value.value or text(None)
            test = ast.Call(ast.Name(EMIT, ast.Load()), [value], [])
            return ast.copy_location(ast.If(test, [ast.Return(None)], []), node)
        if isinstance(node.value, ast.YieldFrom):
            item = ast.Name(f"{ITEM}s", ast.Store())
            inner = ast.Expr(ast.Yield(ast.Name(item.id, ast.Load())))
            ast.copy_location(inner, node)
            loop = ast.For(item, node.value.value, [self.visit_Expr(inner)], [])
            return ast.copy_location(loop, node)
        return node


_CALLING = frozenset({"super", "__class__", "locals", "vars", "dir", "eval"})
"""Names of what is another thing in another function."""


def looks_around(body: Sequence[ast.AST]) -> bool:
    """Whether statements ask for what is another thing in another function."""
    return any(isinstance(n, ast.Name) and n.id in _CALLING for s in body for n in walk(s))
