"""Which scope a name belongs to: a function's own, an enclosing one, or the outside."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from .walking import children, walk


class Scope:
    """The names bound in one function, lambda, comprehension or class body."""

    def __init__(self, kind: str, bound: set[str], outer: Scope | None) -> None:
        self.kind = kind
        self.bound = bound
        self.outer = outer
        self.declared_global: set[str] = set()

    def resolve(self, name: str) -> str:
        """`"local"` when some scope of the function binds it, `"global"` or `"outside"`."""
        scope: Scope | None = self
        first = True
        while scope is not None:
            if name in scope.declared_global:
                return "global"
            if name in scope.bound and (scope.kind != "class" or first):
                return "local"
            first = False
            scope = scope.outer
        return "outside"


def parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    """All parameters of a function, in the order of its signature."""
    yield from arguments.posonlyargs
    yield from arguments.args
    if arguments.vararg:
        yield arguments.vararg
    yield from arguments.kwonlyargs
    if arguments.kwarg:
        yield arguments.kwarg


def function_scope(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, outer: Scope | None
) -> Scope:
    """The names that a function or lambda binds."""
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    scope = Scope("function", {a.arg for a in parameters(node.args)}, outer)
    _bind(body, scope)
    return scope


def class_scope(node: ast.ClassDef, outer: Scope | None) -> Scope:
    """The names that a class body binds; functions in it do not see them."""
    scope = Scope("class", {"__module__", "__qualname__"}, outer)
    _bind(node.body, scope)
    return scope


def comprehension_scope(generators: list[ast.comprehension], outer: Scope | None) -> Scope:
    """The names that the `for` clauses of a comprehension bind."""
    names: set[str] = set()
    for generator in generators:
        names.update(n.id for n in walk(generator.target) if isinstance(n, ast.Name))
    return Scope("comprehension", names, outer)


def own_nodes(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """What stands in a function itself, without what is in functions and classes in it."""
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(children(node))


def bound_in(statements: Iterable[ast.AST]) -> set[str]:
    """The names that some statements of a function bind."""
    scope = Scope("function", set(), None)
    _bind(statements, scope)
    return scope.bound


_BINDING: frozenset[type] = frozenset(
    {
        *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
        *(ast.Global, ast.Nonlocal, ast.Name, ast.Import, ast.ImportFrom),
        *(ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping),
        *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
    }
)
"""What binds names, or has names of its own."""


def _bind(body: Iterable[ast.AST], scope: Scope) -> None:
    """Add the names that statements bind, without entering functions and classes in them."""
    not_local: set[str] = set()

    def bind(node: ast.AST) -> None:
        if _BINDING.isdisjoint(type(node).__mro__):  # of a marked comprehension, too
            for child in children(node):
                bind(child)
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope.bound.add(node.name)
            for decorator in node.decorator_list:
                bind(decorator)
            return
        if isinstance(node, ast.Lambda):
            return
        if isinstance(node, ast.Global):
            scope.declared_global.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            not_local.update(node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            scope.bound.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            scope.bound.update((a.asname or a.name.partition(".")[0]) for a in node.names)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            scope.bound.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            scope.bound.add(node.rest)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            # Only a walrus in a comprehension binds a name of the function.
            scope.bound.update(n.target.id for n in walk(node) if isinstance(n, ast.NamedExpr))
            return
        for child in children(node):
            bind(child)

    for statement in body:
        bind(statement)
    scope.bound -= not_local | scope.declared_global
