"""`values.extend([a, b])` and `values += [a, b]` as what appends item by item.

That is the same for a list that names of the function alone hold (`lists.py`): what computes one
item cannot see the list, and no handler sees it where one raises.
"""

from __future__ import annotations

import ast
import copy

from .hook_calls import last_name
from .lists import lists_of
from .walking import fill_locations, forget, held_in, walk


def extend_lists(function: ast.AST) -> None:
    """Append item by item where displays are added to lists.

    Args:
        function: what is rewritten, which is changed in place.
    """
    held = held_in(function)
    if held.kinds.isdisjoint((ast.List, ast.Tuple)):
        return
    if "extend" not in held.words and ast.AugAssign not in held.kinds:
        return
    forget(function)
    for owner in [n for n in walk(function) if isinstance(n, ast.FunctionDef)]:
        if any(isinstance(n, ast.Try | ast.TryStar | ast.With) for n in walk(owner)):
            continue
        names = {name for node in walk(owner) if (name := _extended(node))}
        while names:
            body = _Appending(names).body(copy.deepcopy(owner.body))
            changed = copy.copy(owner)
            changed.body = body
            known = names & lists_of(changed)
            if known == names:
                owner.body = body
                break
            names = known


def _extended(node: ast.AST) -> str:
    """The name of what a statement adds a display to."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        target: ast.expr = node.target
        added = node.value
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        if last_name(call.func) != "extend" or len(call.args) != 1 or call.keywords:
            return ""
        assert isinstance(call.func, ast.Attribute | ast.Name)
        if isinstance(call.func, ast.Name):
            return ""
        target, added = call.func.value, call.args[0]
    else:
        return ""
    if not isinstance(target, ast.Name) or not isinstance(added, ast.List | ast.Tuple):
        return ""
    if isinstance(node, ast.AugAssign) and isinstance(added, ast.Tuple):
        return ""
    starred = any(isinstance(e, ast.Starred) for e in added.elts)
    reads = any(isinstance(n, ast.Name) and n.id == target.id for n in walk(added))
    return "" if starred or (reads and len(added.elts) > 1) else target.id


class _Appending(ast.NodeTransformer):
    """Statements that append, in the place of those that add displays to some lists."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        module = ast.Module(statements, [])
        self.generic_visit(module)
        return module.body

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return node  # its names are its own

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        if _extended(node) not in self.names:
            return node
        assert isinstance(node.value, ast.Call)
        return self._appended(node, node.value.args[0])

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt | list[ast.stmt]:
        return self._appended(node, node.value) if _extended(node) in self.names else node

    def _appended(self, node: ast.stmt, added: ast.expr) -> ast.stmt | list[ast.stmt]:
        assert isinstance(added, ast.List | ast.Tuple)
        found: list[ast.stmt] = []
        for element in added.elts:
            append = ast.Attribute(ast.Name(_extended(node), ast.Load()), "append", ast.Load())
            call = ast.Expr(ast.Call(append, [element], []))
            found.append(fill_locations(ast.copy_location(call, node)))
        return found or ast.copy_location(ast.Pass(), node)
