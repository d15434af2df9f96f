"""Which variables are assigned for certain, and which are read that may not be."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .scopes import bound_in
from .walking import walk


class Assigned:
    """Goes through statements, in the order in which they are executed.

    Attributes:
        before: what has been assigned for certain before each statement, by its identity.
        missing: what is read though it need not have been assigned.
    """

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.before: dict[int, set[str]] = {}
        self.missing: set[str] = set()

    def go_through(self, statements: Sequence[ast.stmt], known: set[str]) -> set[str] | None:
        """What has been assigned after statements; `None` if their end is not reached."""
        found: set[str] | None = set(known)
        for s in statements:
            if found is None:
                return None
            self.before[id(s)] = set(found)
            found = self._after(s, found)
        return found

    def _reads(self, node: ast.AST | None, known: set[str]) -> None:
        if node is None:
            return
        for n in walk(node):
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id in self.names:
                self.missing.update({n.id} - known)

    def _after(self, s: ast.stmt, known: set[str]) -> set[str] | None:
        if isinstance(s, ast.Return | ast.Raise | ast.Break | ast.Continue):
            self._reads(s, known)
            return None
        if isinstance(s, ast.AugAssign) and isinstance(s.target, ast.Name):
            self.missing.update(({s.target.id} & self.names) - known)
        if isinstance(s, ast.Assign | ast.AugAssign | ast.Import | ast.ImportFrom) or (
            isinstance(s, ast.AnnAssign) and s.value is not None
        ):
            self._reads(s, known)
            return known | bound_in([s])
        if isinstance(s, ast.If):
            self._reads(s.test, known)
            arms = self.go_through(s.body, known), self.go_through(s.orelse, known)
            if arms[0] is None or arms[1] is None:
                return arms[1] if arms[0] is None else arms[0]
            return arms[0] & arms[1]
        if isinstance(s, ast.For):
            self._reads(s.iter, known)
            self.go_through(s.body, known | bound_in([s.target]))
            self.go_through(s.orelse, known)
            return known
        if isinstance(s, ast.While):
            self._reads(s.test, known)
            self.go_through(s.body, known)
            self.go_through(s.orelse, known)
            return known
        self._reads(s, known)
        return known
