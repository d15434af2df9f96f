"""`a, b, k = [], [x], 0` as assignments one by one, so that it is seen what each name holds."""

from __future__ import annotations

import ast

from .walking import held_in, walk


def split_lists(function: ast.AST) -> None:
    """Take apart assignments of several names of which some are given lists.

    Args:
        function: what is rewritten, which is changed in place.
    """
    if ast.List not in held_in(function).kinds:
        return
    for node in walk(function):
        for field in ("body", "orelse", "finalbody"):
            held = getattr(node, field, None)
            if isinstance(held, list) and any(map(_names_in, held)):
                setattr(node, field, [new for s in held for new in _apart(s)])


def _names_in(s: ast.AST) -> list[str]:
    """The names that an assignment gives values of their own; none where it is another one."""
    if not isinstance(s, ast.Assign) or len(s.targets) > 1:
        return []
    (target,), value = s.targets, s.value
    if not isinstance(target, ast.Tuple) or not isinstance(value, ast.Tuple):
        return []
    names = [t.id for t in target.elts if isinstance(t, ast.Name)]
    if not len(names) == len(target.elts) == len(value.elts) == len(set(names)):
        return []
    read = {n.id for n in walk(value) if isinstance(n, ast.Name)}
    lists = any(isinstance(v, ast.List) for v in value.elts)
    return names if lists and all(map(_is_plain, value.elts)) and read.isdisjoint(names) else []


def _is_plain(value: ast.expr) -> bool:
    """Whether nothing happens where a value is computed."""
    if isinstance(value, ast.List):
        return all(map(_is_plain, value.elts))
    return isinstance(value, ast.Name | ast.Constant)


def _apart(s: ast.stmt) -> list[ast.stmt]:
    if not _names_in(s):
        return [s]
    assert isinstance(s, ast.Assign)
    assert isinstance(s.value, ast.Tuple)
    (target,) = s.targets
    assert isinstance(target, ast.Tuple)
    pairs = zip(target.elts, s.value.elts, strict=True)
    return [ast.copy_location(ast.Assign([t], v), s) for t, v in pairs]
