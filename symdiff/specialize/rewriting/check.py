"""Find syntax that cannot be differentiated before anything runs, all places at once."""

from __future__ import annotations

import ast

from ...errors import UnsupportedError, UnsupportedSyntaxError
from ...source.functions import FunctionSource
from .walking import held_in, note, walk

_REFUSED: dict[type, tuple[str, str]] = {
    ast.AsyncFunctionDef: ("`async def`", "call the asynchronous part outside the function"),
    ast.Await: ("`await`", "await the value before, and pass it as an argument"),
    ast.AsyncFor: ("`async for`", "collect the values before, and pass them as a list"),
    ast.AsyncWith: ("`async with`", "open the resource outside the function"),
}
_REFUSED_CALLS = {
    "exec": "write the code in the function",
    "locals": "name the variables",
    "globals": "name the globals",
    "vars": "name the variables",
    "input": "read the value before, and pass it as an argument",
    "breakpoint": "set it in a plain call of the function",
}


_ASKED = (*_REFUSED, ast.comprehension, ast.ImportFrom)


def check_syntax(source: FunctionSource) -> None:
    """Refuse what the front end cannot rewrite.

    Raises:
        UnsupportedSyntaxError: with one problem for each place.
    """
    problems = []
    note(source.node)
    held = held_in(source.node)
    if held.kinds.isdisjoint(_ASKED) and held.words.isdisjoint(_REFUSED_CALLS):
        return
    nodes = walk(source.node)
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for node in nodes:
        what = remedy = ""
        if type(node) in _REFUSED:
            what, remedy = _REFUSED[type(node)]
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in _REFUSED_CALLS
            and not (node.func.id == "vars" and node.args)
            and node.func.id not in bound
            and not (node.func.id == "vars" and node.args)
        ):
            what, remedy = f"`{node.func.id}(...)`", _REFUSED_CALLS[node.func.id]
        elif isinstance(node, ast.comprehension) and node.is_async:
            what, remedy = "`async` comprehension", "collect the values before"
            node = node.iter
        elif isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
            what, remedy = "`import *`", "import the names you use"
        if what:
            problems.append(
                UnsupportedError(
                    f"cannot differentiate through {what}",
                    where=source.span(node),
                    why="symdiff follows a function as straight Python code",
                    remedy=remedy,
                )
            )
    if problems:
        problems.sort(key=lambda p: (p.where.line, p.where.column) if p.where else (0, 0))
        raise UnsupportedSyntaxError(problems)
