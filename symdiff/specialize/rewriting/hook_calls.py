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


def definition(name: str, given: list[ast.arg], body: list[ast.stmt]) -> ast.FunctionDef:
    """A function of some parameters without defaults."""
    made = ast.parse("def made(): ...").body[0]  # with all that this version of Python asks for
    assert isinstance(made, ast.FunctionDef)
    made.name, made.body = name, body
    made.args = ast.arguments([], given, None, [], [], None, [])
    return made


def last_name(function: ast.expr) -> str:
    """The name of what is called, without that of its module or owner."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
