"""Calls of hooks, as the rewritten tree holds them."""

from __future__ import annotations

import ast
from typing import Any, cast

PREFIX = "<symdiff> "
"""Before the names of hooks and temporaries: the tree may hold names that no source can hold."""

MARK = f"{PREFIX}call"
"""A global of every rewritten function, and of no other."""

SIDES = f"{PREFIX}sides"
"""The hook of what goes beside a generator: its arguments are things to go through."""


def hook(name: str) -> ast.Name:
    """The name of a hook."""
    return ast.Name(PREFIX + name, ast.Load())


def call_hook(name: str, *args: ast.expr) -> ast.Call:
    """A call of a hook."""
    return ast.Call(hook(name), list(args), [])


def text(value: Any) -> ast.Constant:
    """A constant."""
    return ast.Constant(value)


def thunk(body: ast.expr) -> ast.Lambda:
    """An expression to be evaluated when it is asked for."""
    empty = ast.arguments([], [], None, [], [], None, [])
    return ast.Lambda(empty, body)


def bare_arguments(node: ast.arguments) -> ast.arguments:
    """The same parameters without annotations and defaults."""

    def bare(arg: ast.arg | None) -> ast.arg | None:
        return None if arg is None else ast.copy_location(ast.arg(arg.arg, None), arg)

    return ast.arguments(
        [cast(ast.arg, bare(a)) for a in node.posonlyargs],
        [cast(ast.arg, bare(a)) for a in node.args],
        bare(node.vararg),
        [cast(ast.arg, bare(a)) for a in node.kwonlyargs],
        [None] * len(node.kwonlyargs),
        bare(node.kwarg),
        [],
    )
