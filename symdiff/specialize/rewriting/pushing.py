"""Loops over generators: the loop's body is handed to the generator, whose own loop may stay one.

A generator that only yields runs its own code, and in between the body of the loop that goes
through it. So does a function that calls the body where the generator yields. Before anything else
is rewritten, both are written beside what is there (the names begin with `PREFIX`):

    for v in g(x):      =>  c = g(x)
        body                if pushes(c):
                                def each(item): nonlocal ...; v = item; body
                                r = push(c, each, names)
                                if returned(r): return result(r)
                            else:
                                for v in c: body

    def g(x):           =>  def emits_g(emit, x):
        ... yield v             ... if emit(v): return
                            emits(g, emits_g)

What leaves the body is what `each` returns: `break`, `return` with a value. Which of the two is run
is decided when the call has been made (`hooks/pushing.py`).
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from typing import Any

from .hook_calls import PREFIX, call_hook, text
from .loops import SEQUENCES, Names, mark_plain_loops, own_nodes

EMIT = f"{PREFIX}emit"
_ITEM = f"{PREFIX}given"
_SMALL = ("items", "keys", "values", "copy")
"""Methods that give no generator."""


def push_loops(function: ast.AST, emits: bool) -> None:
    """Write loops over calls so that their bodies may be handed over.

    Args:
        function: what is rewritten, which is changed in place.
        emits: whether it is a generator that is written as a function which hands over its items.
    """
    mark_plain_loops(function)
    if not isinstance(function, ast.FunctionDef):
        return
    if emits:
        _emit(function)
    _Pusher().inside(function)
    ast.fix_missing_locations(function)


def emits(function: Any) -> bool:
    """Whether a function is a generator that only yields."""
    if not isinstance(function, ast.FunctionDef):
        return False
    own = list(own_nodes(function.body))
    yields = [n for n in own if isinstance(n, ast.Yield | ast.YieldFrom)]
    alone = [n.value for n in own if isinstance(n, ast.Expr)]
    guarded = (ast.Try, ast.TryStar, ast.With, ast.Nonlocal, ast.Global)
    return (
        bool(yields)
        and all(any(y is a for a in alone) for y in yields)
        and not any(isinstance(n, guarded) for n in own)
        and not _looks_around(function.body)
    )


def _emit(function: ast.FunctionDef) -> None:
    """Write a generator as a function that hands over its items."""
    function.args.posonlyargs.insert(0, ast.arg(EMIT))
    function.body = _Emitter().body(function.body)
    mark_plain_loops(function)


class _Emitter(ast.NodeTransformer):
    """Yields become calls."""

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for s in statements:
            new = self.visit(s)
            found += new if isinstance(new, list) else [new]
        return found

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:
        if isinstance(node.value, ast.Yield):
            value = node.value.value or text(None)
            test = ast.Call(ast.Name(EMIT, ast.Load()), [value], [])
            return ast.copy_location(ast.If(test, [ast.Return(None)], []), node)
        if isinstance(node.value, ast.YieldFrom):
            item = ast.Name(f"{_ITEM}s", ast.Store())
            inner = ast.Expr(ast.Yield(ast.Name(item.id, ast.Load())))
            ast.copy_location(inner, node)
            loop = ast.For(item, node.value.value, [self.visit_Expr(inner)], [])
            return ast.copy_location(loop, node)
        return node


class _Pusher:
    """Writes the loops of functions."""

    def __init__(self) -> None:
        self.count = 0
        self.helpers: dict[str, ast.FunctionDef] = {}

    def inside(self, function: ast.FunctionDef) -> None:
        """The loops of a function, and generators in it."""
        own = [s for s in function.body if isinstance(s, ast.FunctionDef)]
        self.helpers |= {s.name: s for s in own if s.name.startswith(PREFIX)}
        function.body = self.block(function.body)

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for s in statements:
            found += self.statement(s)
        return found

    def statement(self, s: ast.stmt) -> list[ast.stmt]:
        if isinstance(s, ast.FunctionDef):
            twin = copy.deepcopy(s) if emits(s) and not s.decorator_list else None
            self.inside(s)
            if twin is None:
                return [s]
            name = f"{PREFIX}emits {s.name}"
            twin.name, twin.returns = name, None
            twin.args.defaults, twin.args.kw_defaults = [], [None] * len(twin.args.kwonlyargs)
            _emit(twin)
            self.inside(twin)
            known = call_hook("emits", ast.Name(s.name, ast.Load()), ast.Name(name, ast.Load()))
            return [s, twin, ast.copy_location(ast.Expr(known), s)]
        if isinstance(s, ast.For):
            return self.loop(s)
        if isinstance(s, ast.ClassDef):
            return [s]
        for field in ("body", "orelse", "finalbody"):
            held = getattr(s, field, None)
            if held and isinstance(held, list):
                setattr(s, field, self.block(held))
        for part in [*getattr(s, "handlers", ()), *getattr(s, "cases", ())]:
            part.body = self.block(part.body)
        return [s]

    def loop(self, node: ast.For) -> list[ast.stmt]:
        names: Names | None = getattr(node, "names", None)
        called, counted = _called(node.iter)
        if names is None or called is None or _looks_around(node.body):
            node.body, node.orelse = self.block(node.body), self.block(node.orelse)
            return [node]
        self.count += 1
        number = self.count
        held, each, result, count = (
            f"{PREFIX}{word} {number}" for word in ("held", "each", "result", "count")
        )
        other = copy.deepcopy(node)
        kept = _kept_in(node.body, self.helpers)
        nonlocals = [*names.carried, *[n for n in names.scratch if n in kept]]
        item: ast.expr = ast.Name(_ITEM, ast.Load())
        first: list[ast.stmt] = []
        before: list[ast.stmt] = []
        if counted is None:
            other.iter = ast.Name(held, ast.Load())
            asked: list[ast.expr] = [ast.Name(held, ast.Load())]
        else:
            start = counted.args[1] if len(counted.args) > 1 else ast.Constant(0)
            other.iter = ast.Call(
                counted.func, [ast.Name(held, ast.Load()), ast.Name(count, ast.Load())], []
            )
            asked = [
                ast.Name(held, ast.Load()),
                copy.deepcopy(counted.func),
                ast.Name(count, ast.Load()),
            ]
            before = [ast.Assign([ast.Name(count, ast.Store())], start)]
            item = ast.Tuple([ast.Name(count, ast.Load()), item], ast.Load())
            further = ast.BinOp(ast.Name(count, ast.Load()), ast.Add(), ast.Constant(1))
            first = [ast.Assign([ast.Name(count, ast.Store())], further)]
            nonlocals.append(count)
        body: list[ast.stmt] = [ast.Nonlocal(nonlocals)] if nonlocals else []
        body += [ast.Assign([node.target], item), *first, *_returning(self.block(node.body))]
        arguments = ast.arguments([], [ast.arg(_ITEM)], None, [], [], None, [])
        function = ast.FunctionDef(each, arguments, body, [], None, None)
        if "type_params" in ast.FunctionDef._fields:
            function.type_params = []  # type: ignore[attr-defined]
        load = ast.Name(result, ast.Load())
        pushed: list[ast.stmt] = [
            function,
            ast.Assign(
                [ast.Name(result, ast.Store())],
                call_hook(
                    "push", ast.Name(held, ast.Load()), ast.Name(each, ast.Load()),
                    text(tuple(nonlocals)),
                ),
            ),
            ast.If(
                call_hook("returned", load), [ast.Return(call_hook("returns", load))], []
            ),
        ]  # fmt: skip
        if node.orelse:
            orelse = self.block(copy.deepcopy(node.orelse))
            pushed.append(ast.If(call_hook("exhausted", load), orelse, []))
        choice = ast.If(call_hook("pushes", *asked), pushed, [other])
        made = ast.Assign([ast.Name(held, ast.Store())], called)
        let_go = ast.Assign([ast.Name(held, ast.Store())], text(None))
        whole = [*before, made, choice, let_go] if not counted else [made, *before, choice, let_go]
        return [_located(s, node) for s in whole]


_CALLING = frozenset({"super", "__class__", "locals", "vars", "dir", "eval"})
"""Names of what is another thing in another function."""


def _looks_around(body: Sequence[ast.AST]) -> bool:
    return any(isinstance(n, ast.Name) and n.id in _CALLING for s in body for n in ast.walk(s))


def _kept_in(body: Sequence[ast.AST], helpers: dict[str, ast.FunctionDef]) -> set[str]:
    """The names that functions and generators in a body read, maybe later."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        for n in ast.walk(waiting.pop()):
            if hasattr(n, "helper"):
                waiting.append(helpers[n.helper])
            if isinstance(n, ast.Lambda | ast.GeneratorExp | ast.FunctionDef):
                found.update(m.id for m in ast.walk(n) if isinstance(m, ast.Name))
    return found


def _located(new: ast.stmt, node: ast.stmt) -> ast.stmt:
    ast.copy_location(new, node)
    for part in ast.walk(new):
        if "lineno" in part._attributes and not hasattr(part, "lineno"):
            ast.copy_location(part, node)
    return new


def _called(node: ast.expr) -> tuple[ast.Call | None, ast.Call | None]:
    """The call that may give a generator, and the `enumerate` around it."""
    if not isinstance(node, ast.Call):
        return None, None
    function = node.func
    if isinstance(function, ast.Attribute):
        return (None if function.attr in _SMALL else node), None
    if not isinstance(function, ast.Name):
        return None, None
    if function.id == "enumerate" and node.args and not node.keywords and len(node.args) < 3:
        inner, counted = _called(node.args[0])
        return (None, None) if inner is None or counted else (inner, node)
    return (None if function.id in SEQUENCES or function.id.startswith(PREFIX) else node), None


def _returning(statements: Sequence[ast.stmt], own: bool = True) -> list[ast.stmt]:
    """The body of a loop as that of a function: what leaves it is returned."""
    found: list[ast.stmt] = []
    for s in statements:
        if isinstance(s, ast.Continue) and own:
            found.append(ast.copy_location(ast.Return(None), s))
        elif isinstance(s, ast.Break) and own:
            found.append(ast.copy_location(ast.Return(ast.Tuple([text("break")], ast.Load())), s))
        elif isinstance(s, ast.Return):
            value = s.value or text(None)
            whole = ast.Tuple([text("return"), value], ast.Load())
            found.append(ast.copy_location(ast.Return(whole), s))
        else:
            if isinstance(s, ast.If):
                s.body, s.orelse = _returning(s.body, own), _returning(s.orelse, own)
            elif isinstance(s, ast.For | ast.While):
                s.body, s.orelse = _returning(s.body, False), _returning(s.orelse, own)
            found.append(s)
    return found
