"""Statements that decide, and come to one end on all of their ways: those become regions.

    if t: a          =>  r = _sd_region(site, names)
    else: b              while r.goes(_sd_locals()):
                             set or unbind the names that are to be
                             if _sd_test(t, site): a
                             else: b
                         set or unbind the names that are to be

An assignment that chooses (`y = a if t else b`, `y = a and b`) is one as well. What leaves the
statement in another way than at its end (`return`, `break`, `raise`), binds names elsewhere than in
its function, or may catch an exception, is left as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from .hook_calls import PREFIX, hook, text
from .loops import is_plain, method, reads_of, stored_first
from .scopes import Scope, bound_in, function_scope, own_nodes
from .walking import held_in, walk

_ASSIGNMENTS = (ast.Assign, ast.AugAssign, ast.AnnAssign)
_LEAVING = (ast.Return, ast.Raise)


def regions(function: ast.AST) -> dict[int, tuple[str, ...]]:
    """The statements of a function and of those in it that are regions, with the names they store.

    By the identity of their nodes.
    """
    found: dict[int, tuple[str, ...]] = {}
    if held_in(function).kinds.isdisjoint((ast.If, ast.IfExp, ast.BoolOp)):
        return found
    reads: dict[str, int] | None = None
    for owner in walk(function):
        if not isinstance(owner, ast.FunctionDef):
            continue
        scope = function_scope(owner, None)
        for node in own_nodes(owner.body):
            if isinstance(node, ast.If) or (isinstance(node, _ASSIGNMENTS) and _chooses(node)):
                reads = reads_of(function) if reads is None else reads
                names = _names(node, scope, reads)
                if names is not None:
                    found[id(node)] = names
    return found


def _chooses(node: ast.stmt) -> bool:
    """Whether an assignment decides between values."""
    return any(isinstance(n, ast.IfExp | ast.BoolOp) for n in walk(node))


def _names(node: ast.stmt, scope: Scope, reads: dict[str, int]) -> tuple[str, ...] | None:
    """The names that a region stores and others may read; `None` where it is none."""
    if not is_plain(node) or any(_leaves([node])):
        return None
    stored = bound_in([node])
    if not stored <= scope.bound or any(n.startswith(PREFIX) for n in stored):
        return None
    inside = reads_of(node)
    arms = [node.body, node.orelse] if isinstance(node, ast.If) else [[node]]
    test = reads_of(node.test) if isinstance(node, ast.If) else {}
    kept = [
        name
        for name in stored
        if inside.get(name, 0) != reads.get(name, 0)
        or name in test
        or any(stored_first(name, arm) is False for arm in arms)
    ]
    return tuple(sorted(kept))


def _leaves(statements: Sequence[ast.AST], looping: bool = False) -> Iterator[bool]:
    """Whether statements are left before their end."""
    for s in statements:
        if isinstance(s, _LEAVING) or (isinstance(s, ast.Break | ast.Continue) and not looping):
            yield True
        elif isinstance(s, ast.If):
            yield from _leaves([*s.body, *s.orelse], looping)
        elif isinstance(s, ast.For | ast.While):
            yield from _leaves(s.body, True)
            yield from _leaves(s.orelse, looping)


def goes(region: str) -> ast.expr:
    """Whether a region is run (once more)."""
    return method(region, "goes", ast.Call(hook("locals"), [], []))


def set_names(region: str, names: Sequence[str]) -> list[ast.stmt]:
    """Set the names that are to be set, unbind those that are to be unbound."""
    if not names:
        return []
    inner: list[ast.stmt] = []
    for name in names:
        inner.append(
            ast.If(
                method(region, "sets", text(name)),
                [ast.Assign([ast.Name(name, ast.Store())], method(region, "value", text(name)))],
                [],
            )
        )
        inner.append(
            ast.If(
                method(region, "unbinds", text(name)),
                [ast.Delete([ast.Name(name, ast.Del())])],
                [],
            )
        )
    changes = ast.Attribute(ast.Name(region, ast.Load()), "changes", ast.Load())
    return [ast.If(changes, inner, [])]
