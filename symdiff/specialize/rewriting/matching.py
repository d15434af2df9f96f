"""`match` over traced values: patterns become data that a hook compares a subject with.

match s:                  t = s; done = False
    case P if g: body =>  if not done:
                              m = _sd_match(t, P as data, site)
                              if m is not None:
                                  bind the names of P
                                  if g: done = True; body
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, Protocol

from .hook_calls import call_hook, text, thunk
from .loops import pattern_names


class Rewriter(Protocol):
    """What is asked of the rewriter of a function, whose `match` statements are rewritten here."""

    def temporary(self) -> str: ...

    def site(self, node: Any) -> ast.Constant: ...

    def expr(self, node: ast.expr) -> ast.expr: ...

    def test(self, node: ast.expr, hook: str = "test") -> ast.expr: ...

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]: ...

    def store(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> list[ast.stmt]: ...


def rewrite_match(rewriter: Rewriter, node: ast.Match) -> list[ast.stmt]:
    """Statements in the place of a `match` statement."""
    subject, done = rewriter.temporary(), rewriter.temporary()
    result: list[ast.stmt] = [
        ast.Assign([ast.Name(subject, ast.Store())], rewriter.expr(node.subject)),
        ast.Assign([ast.Name(done, ast.Store())], text(False)),
    ]
    for case in node.cases:
        found = rewriter.temporary()
        pattern = _pattern(rewriter, case.pattern)
        site = rewriter.site(case.pattern)
        matched = call_hook("match", ast.Name(subject, ast.Load()), pattern, site)
        inner: list[ast.stmt] = []
        for name in pattern_names(case.pattern):
            item = ast.Subscript(ast.Name(found, ast.Load()), text(name), ast.Load())
            inner += rewriter.store(ast.Name(name, ast.Store()), item, node)
        body: list[ast.stmt] = [ast.Assign([ast.Name(done, ast.Store())], text(True))]
        body += rewriter.body(case.body)
        if case.guard is not None:
            body = [ast.If(rewriter.test(case.guard), body, [])]
        is_found = ast.Compare(ast.Name(found, ast.Load()), [ast.IsNot()], [text(None)])
        attempt: list[ast.stmt] = [
            ast.Assign([ast.Name(found, ast.Store())], matched),
            ast.If(is_found, [*inner, *body], []),
        ]
        result.append(ast.If(ast.UnaryOp(ast.Not(), ast.Name(done, ast.Load())), attempt, []))
    return [ast.copy_location(s, node) for s in result]


def _pattern(rewriter: Rewriter, node: Any) -> ast.expr:
    """A pattern as the source of nested tuples; values and classes are looked up when reached."""

    def several(nodes: Sequence[Any]) -> ast.expr:
        return ast.Tuple([_pattern(rewriter, n) for n in nodes], ast.Load())

    parts: list[ast.expr]
    if isinstance(node, ast.MatchValue):
        parts = [text("value"), thunk(rewriter.expr(node.value))]
    elif isinstance(node, ast.MatchSingleton):
        parts = [text("singleton"), text(node.value)]
    elif isinstance(node, ast.MatchSequence):
        parts = [text("sequence"), several(node.patterns)]
    elif isinstance(node, ast.MatchStar):
        parts = [text("star"), text(node.name)]
    elif isinstance(node, ast.MatchMapping):
        keys = ast.Tuple([thunk(rewriter.expr(k)) for k in node.keys], ast.Load())
        parts = [text("mapping"), keys, several(node.patterns), text(node.rest)]
    elif isinstance(node, ast.MatchClass):
        cls = thunk(rewriter.expr(node.cls))
        names = text(tuple(node.kwd_attrs))
        parts = [text("class"), cls, several(node.patterns), names, several(node.kwd_patterns)]
    elif isinstance(node, ast.MatchAs):
        inner = text(None) if node.pattern is None else _pattern(rewriter, node.pattern)
        parts = [text("as"), inner, text(node.name)]
    else:
        parts = [text("or"), several(node.patterns)]
    return ast.Tuple(parts, ast.Load())
