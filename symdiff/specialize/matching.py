"""`match` over traced values: patterns are data that the hook below compares a subject with.

match s:                  t = s; done = False
    case P if g: body =>  if not done:
                              m = _sd_match(t, P as data, site)
                              if m is not None:
                                  bind the names of P
                                  if g: done = True; body
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .rewrite_expressions import call_hook, text, thunk

if TYPE_CHECKING:
    from .hooks import Hooks
    from .rewrite import Rewriter


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
        for name in _names(case.pattern):
            item = ast.Subscript(ast.Name(found, ast.Load()), text(name), ast.Load())
            inner += rewriter._store(ast.Name(name, ast.Store()), item, node)
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


def _names(pattern: ast.pattern) -> list[str]:
    found = []
    for node in ast.walk(pattern):
        name = getattr(node, "rest", None) or getattr(node, "name", None)
        if isinstance(name, str) and name not in found:
            found.append(name)
    return found


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


_ATOMS = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)


class Matcher:
    """Compares one subject with a pattern."""

    def __init__(self, hooks: Hooks, site: int) -> None:
        self.hooks = hooks
        self.site = site
        self.found: dict[str, Any] = {}

    def match(self, subject: Any, pattern: Any) -> bool:
        """Whether the pattern fits; the names it binds are in `found` then."""
        return bool(getattr(self, f"_{pattern[0]}")(subject, *pattern[1:]))

    def _value(self, subject: Any, value: Any) -> bool:
        return bool(self.hooks.test(self.hooks.equal(subject, value(), self.site), self.site))

    def _singleton(self, subject: Any, value: Any) -> bool:
        return self.hooks.identical(subject, value, self.site)

    def _as(self, subject: Any, pattern: Any, name: str | None) -> bool:
        if pattern is not None and not self.match(subject, pattern):
            return False
        if name is not None:
            self.found[name] = subject
        return True

    def _or(self, subject: Any, patterns: Any) -> bool:
        return any(self.match(subject, p) for p in patterns)

    def _sequence(self, subject: Any, patterns: Any) -> bool:
        if not isinstance(subject, Sequence) or isinstance(subject, str | bytes | bytearray):
            return False
        self.hooks.only_inside(subject, "a sequence pattern")
        items = list(subject)
        star = next((k for k, p in enumerate(patterns) if p[0] == "star"), None)
        if star is None:
            if len(items) != len(patterns):
                return False
            return all(self.match(v, p) for v, p in zip(items, patterns, strict=True))
        after = len(patterns) - star - 1
        if len(items) < star + after:
            return False
        middle = items[star : len(items) - after]
        ends = [*items[:star], *items[len(items) - after :]]
        if patterns[star][1] is not None:
            self.found[patterns[star][1]] = middle
        others = [*patterns[:star], *patterns[star + 1 :]]
        return all(self.match(v, p) for v, p in zip(ends, others, strict=True))

    def _mapping(self, subject: Any, keys: Any, patterns: Any, rest: str | None) -> bool:
        if not isinstance(subject, Mapping):
            return False
        self.hooks.only_inside(subject, "a mapping pattern")
        names = [k() for k in keys]
        if any(k not in subject for k in names):
            return False
        if not all(self.match(subject[k], p) for k, p in zip(names, patterns, strict=True)):
            return False
        if rest is not None:
            self.found[rest] = {k: v for k, v in subject.items() if k not in names}
        return True

    def _class(self, subject: Any, cls: Any, patterns: Any, names: Any, named: Any) -> bool:
        kind = cls()
        if not self.hooks.calls.builtins[isinstance](subject, kind):
            return False
        if patterns and kind in _ATOMS:
            return self.match(subject, patterns[0])
        places = getattr(kind, "__match_args__", ())[: len(patterns)]
        if len(places) < len(patterns):
            raise TypeError(
                f"{kind.__name__}() accepts {len(places)} positional sub-patterns "
                f"({len(patterns)} given)"
            )
        for name, pattern in zip((*places, *names), (*patterns, *named), strict=True):
            try:
                value = self.hooks.attributes.get(subject, name, self.site)
            except AttributeError:
                return False
            if not self.match(value, pattern):
                return False
        return True
