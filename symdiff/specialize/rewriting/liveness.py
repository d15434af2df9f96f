"""Which names are still read: what a loop need not hand on, because it is stored before it is read.

A name is *live* at a place if, on some way from there, it is read before it is stored. A way is
whatever may happen as the text has it: each arm, each loop any number of times, each handler from
anywhere in what it guards. Names that other functions read are live everywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from .scopes import comprehension_scope, function_scope, own_nodes
from .walking import children

_NOTHING: frozenset[str] = frozenset()

Names = frozenset[str]


def live_at_heads(function: ast.FunctionDef) -> dict[int, Names]:
    """The names that are live at the heads of the loops of a function, by the nodes' identity."""
    found = _Liveness(function)
    found.block(function.body, _NOTHING)
    return found.heads


class _Liveness:
    """Goes through statements from the last to the first.

    Attributes:
        heads: what is live where a loop may begin another iteration, or end.
        raising: what is live where an exception goes.
    """

    def __init__(self, function: ast.FunctionDef) -> None:
        self.heads: dict[int, Names] = {}
        self.raising = _elsewhere(function)
        self.breaking = self.continuing = _NOTHING

    def block(self, body: Sequence[ast.stmt], after: Names) -> Names:
        """What is live before statements, given what is after them."""
        live = after | self.raising
        for statement in reversed(body):
            live = self._before(statement, live) | self.raising
        return live

    def _before(self, s: ast.stmt, after: Names) -> Names:
        match s:
            case ast.Assign(targets=targets, value=value):
                return (after - _stored(targets)) | _read([value, *targets])
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return (after - _stored([target])) | _read([value, target])
            case ast.If(test=test, body=body, orelse=orelse):
                return _read([test]) | self.block(body, after) | self.block(orelse, after)
            case ast.For() | ast.While():
                return self._loop(s, after)
            case ast.Break():
                return self.breaking
            case ast.Continue():
                return self.continuing
            case ast.Return() | ast.Raise():
                return _read([s])
            case ast.Match(subject=subject, cases=cases):
                parts = [self.block(case.body, after) | _read([case]) for case in cases]
                return _read([subject]).union(after, *parts)
            case ast.With(items=items, body=body):
                return _read(items) | self._guarded(body, after, after)
            case ast.Try() | ast.TryStar():
                return self._try(s, after)
        return after | _read([s])

    def _loop(self, s: ast.For | ast.While, after: Names) -> Names:
        outer = self.breaking, self.continuing
        ended = self.block(s.orelse, after)
        self.breaking = after
        head = _NOTHING
        while True:
            self.continuing = head
            inside = self.block(s.body, head)
            if isinstance(s, ast.For):
                inside = (inside - _stored([s.target])) | _read([s.target])
            else:
                inside |= _read([s.test])
            if (more := head | inside | ended) == head:
                break
            head = more
        self.breaking, self.continuing = outer
        self.heads[id(s)] = head | self.heads.get(id(s), _NOTHING)
        return head | _read([s.iter]) if isinstance(s, ast.For) else head

    def _guarded(self, body: Sequence[ast.stmt], after: Names, caught: Names) -> Names:
        """What is live before statements that an exception may leave for elsewhere."""
        outer, self.raising = self.raising, self.raising | caught
        found = self.block(body, after)
        self.raising = outer
        return found

    def _try(self, s: ast.Try | ast.TryStar, after: Names) -> Names:
        final = _read(s.finalbody) | after if s.finalbody else _NOTHING
        ended = self.block(s.finalbody, after)
        handlers = [self._guarded(h.body, ended, final) | _read([h]) for h in s.handlers]
        orelse = self._guarded(s.orelse, ended, final)
        return self._guarded(s.body, orelse, final.union(*handlers))


def _stored(targets: Iterable[ast.expr]) -> Names:
    """The names that an assignment to targets stores for certain."""
    found: set[str] = set()
    for target in targets:
        match target:
            case ast.Name(id=name):
                found.add(name)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                found |= _stored(elements)
            case ast.Starred(value=value):
                found |= _stored([value])
    return frozenset(found)


def _read(nodes: Iterable[ast.AST | None]) -> Names:
    """The names that may be read in nodes, or deleted, as they are outside of these."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case None:
                pass
            case ast.Name(id=name, ctx=context):
                found |= set() if isinstance(context, ast.Store) else {name}
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(names)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                whole = _read(children(node))
                found |= (whole - function_scope(node, None).bound) | _read([node.args])
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                own = comprehension_scope(node.generators, None).bound
                found |= _read(children(node)) - own
                found |= _read([node.generators[0].iter])
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                found |= _read([value]) | {name}
            case _:
                found |= _read(children(node))
    return frozenset(found)


_LATER = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | ast.GeneratorExp


def _elsewhere(function: ast.FunctionDef) -> Names:
    """The names that other functions may read, or that are others'."""
    found = _NOTHING
    for node in own_nodes(function.body):
        if isinstance(node, ast.Global | ast.Nonlocal | _LATER):
            found |= _read([node])
    return found
