"""Loops over generators: the loop's body is handed to the generator, whose own loop may stay one.

A generator that only yields runs its own code, and in between the body of the loop that goes
through it. So does a function that calls the body where the generator yields. Before anything else
is rewritten, both are written beside what is there (the names begin with `PREFIX`):

    for v in g(x):      =>  c = over(g(x))
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
is decided when the call has been made (`hooks/pushing.py`): nobody else may know the generator. So
it is where a name holds it that is read in one place alone, a variable or a parameter: the call is
marked then (`sole`) that gives it. `enumerate`, and `zip` with ranges, arrays and lists, may
stand around it: `each` counts the items then.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Sequence

from .gathering import HELPER
from .generating import ITEM, emit, emits, looks_around, may_generate
from .hook_calls import PREFIX, SIDES, call_hook, definition, text
from .loops import Names, is_applied, mark_plain_loops
from .walking import fill_locations, forget, held_in, walk


def push_loops(function: ast.AST, emitting: bool) -> None:
    """Write loops over calls so that their bodies may be handed over.

    Args:
        function: what is rewritten, which is changed in place.
        emitting: whether it is a generator, written as a function which hands over its items.
    """
    held = held_in(function)
    if held.kinds.isdisjoint((ast.For, ast.While)) and held.functions < 2 and not emitting:
        return
    forget(function)
    mark_plain_loops(function)
    if not isinstance(function, ast.FunctionDef):
        return
    if emitting:
        emit(function)
    _Pusher().inside(function, function.name)
    fill_locations(function)


class _Through:
    """What a loop goes through, if that may be a generator.

    Attributes:
        value: the call that gives it, or a name.
        function: the name of what is called with it: `enumerate` or `zip`.
        before: what else `zip` is given, before it.
        after: and after it.
        start: from what number `enumerate` counts.
        keywords: what `zip` is given by name.
    """

    def __init__(self, node: ast.expr, ready: frozenset[str]) -> None:
        self.value: ast.expr | None = None
        self.function = ""
        self.before: list[ast.expr] = []
        self.after: list[ast.expr] = []
        self.start: ast.expr = ast.Constant(0)
        self.keywords: list[ast.keyword] = []
        if _may_be(node, ready):
            self.value = node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            args = list(node.args)
            named = [(k.arg, k.value) for k in node.keywords]
            if (
                node.func.id == "enumerate"
                and len(args) == 1
                and [n for n, _ in named] == ["start"]
            ):
                args.append(named[0][1])
            elif node.func.id == "zip" and all(n == "strict" and _is_false(v) for n, v in named):
                self.keywords = node.keywords
            elif named:
                return
            self._around(node.func.id, args, ready)

    def _around(self, function: str, args: list[ast.expr], ready: frozenset[str]) -> None:
        if function == "enumerate" and 0 < len(args) < 3 and _may_be(args[0], ready):
            self.value, *start = args
            self.start = start[0] if start else self.start
            self.function = function
        elif function == "zip" and not any(isinstance(a, ast.Starred) for a in args):
            places = [k for k, a in enumerate(args) if _may_be(a, ready)]
            if len(places) == 1:
                (k,) = places
                self.before, self.value, self.after = args[:k], args[k], args[k + 1 :]
                self.function = function


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _may_be(node: ast.expr, ready: frozenset[str]) -> bool:
    return may_generate(node) or (isinstance(node, ast.Name) and node.id in ready)


class _Pusher:
    """Writes the loops of functions."""

    def __init__(self) -> None:
        self.count = 0
        self.helpers: dict[str, ast.FunctionDef] = {}
        self.owner = ""
        self.once: frozenset[str] = frozenset()  # names that are stored and read once
        self.ready: frozenset[str] = frozenset()  # those of them that may hold a generator

    def inside(self, function: ast.FunctionDef, name: str) -> None:
        """The loops of a function, and generators in it."""
        own = [s for s in function.body if isinstance(s, ast.FunctionDef)]
        self.helpers |= {s.name: s for s in own if s.name.startswith(PREFIX)}
        around = self.owner, self.once, self.ready
        given = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        self.owner, self.once = name, _once(function)
        self.ready = self.once.intersection(given)
        if function.name.startswith(HELPER):
            self.ready = frozenset(given)
        function.body = self.block(function.body)
        self.owner, self.once, self.ready = around

    def block(self, statements: list[ast.stmt], again: bool = False) -> list[ast.stmt]:
        """Statements that follow each other.

        Args:
            statements: the statements.
            again: whether they are the body of a loop: what was there before may have been used up.
        """
        around, found = self.ready, []
        if again:
            self.ready = frozenset()
        for k, s in enumerate(statements):
            name = self._made(s, statements[k + 1 :])
            if name:
                self.ready |= {name}
            found += self.statement(s)
        self.ready = around
        return found

    def _made(self, s: ast.stmt, rest: Sequence[ast.stmt]) -> str:
        """The name of a generator that a later loop of the block goes through."""
        if not isinstance(s, ast.Assign) or len(s.targets) > 1 or not may_generate(s.value):
            return ""
        (target,) = s.targets
        if not isinstance(target, ast.Name) or target.id not in self.once:
            return ""
        ready = frozenset({target.id})
        loops = [n for n in rest if isinstance(n, ast.For)]
        if not any(isinstance(_Through(n.iter, ready).value, ast.Name) for n in loops):
            return ""
        s.value = ast.copy_location(call_hook("sole", s.value), s.value)
        return target.id

    def statement(self, s: ast.stmt) -> list[ast.stmt]:
        if isinstance(s, ast.FunctionDef):
            return self.definition(s)
        if isinstance(s, ast.For):
            return self.loop(s)
        if isinstance(s, ast.ClassDef):
            return [s]
        for field in ("body", "orelse", "finalbody"):
            held = getattr(s, field, None)
            if held and isinstance(held, list):
                setattr(s, field, self.block(held, isinstance(s, ast.While)))
        for part in [*getattr(s, "handlers", ()), *getattr(s, "cases", ())]:
            part.body = self.block(part.body)
        return [s]

    def definition(self, s: ast.FunctionDef) -> list[ast.stmt]:
        twin = copy.deepcopy(s) if emits(s) and not s.decorator_list else None
        self.inside(s, s.name)
        if twin is None:
            return [s]
        name = f"{PREFIX}emits {s.name}"
        twin.name, twin.returns = name, None
        twin.args.defaults, twin.args.kw_defaults = [], [None] * len(twin.args.kwonlyargs)
        emit(twin)
        self.inside(twin, s.name)
        known = call_hook("emits", ast.Name(s.name, ast.Load()), ast.Name(name, ast.Load()))
        return [s, twin, ast.copy_location(ast.Expr(known), s)]

    def loop(self, node: ast.For) -> list[ast.stmt]:
        names: Names | None = getattr(node, "names", None)
        through = _Through(node.iter, self.ready)
        if names is None or through.value is None or looks_around(node.body):
            node.body, node.orelse = self.block(node.body, True), self.block(node.orelse)
            return [node]
        self.count += 1
        written = _Loop(node, through, self.count)
        kept = _kept_in(node.body, self.helpers)
        nonlocals = [*names.carried, *[n for n in names.scratch if n in kept]]
        body, orelse = self.block(node.body, True), self.block(copy.deepcopy(node.orelse))
        return [_located(s, node) for s in written.written(nonlocals, body, orelse, self.owner)]


class _Loop:
    """Writes one loop, with the names of its own variables."""

    def __init__(self, node: ast.For, through: _Through, number: int) -> None:
        words = ("held", "each", "result", "count", "before", "after")
        self.held, self.each, self.result, self.count, self.before, self.after = (
            f"{PREFIX}{word} {number}" for word in words
        )
        self.node = node
        self.through = through
        self.other = copy.deepcopy(node)
        if is_applied(node.iter):  # which a name that holds it does not tell
            vars(self.other)["applies"] = True

    def written(
        self, nonlocals: list[str], body: list[ast.stmt], orelse: list[ast.stmt], owner: str
    ) -> list[ast.stmt]:
        """The statements in place of the loop.

        Args:
            nonlocals: the variables that its body changes.
            body: the body.
            orelse: what follows where it is not left.
            owner: the name of the function.
        """
        through, held, result = self.through, _read(self.held), _read(self.result)
        assert through.value is not None
        asked: list[ast.expr] = [held, text(owner)]
        value = through.value
        made = value if isinstance(value, ast.Name) else call_hook("over", value)
        before: list[ast.stmt] = [_set(self.held, made)]
        item: ast.expr = _read(ITEM)
        first: list[ast.stmt] = []
        more: list[ast.expr] = []
        if not through.function:
            self.other.iter = held
        else:
            nonlocals = [*nonlocals, self.count]
            function = ast.Name(through.function, ast.Load())
            asked += [function, _read(self.count)]
            first = [_set(self.count, ast.BinOp(_read(self.count), ast.Add(), ast.Constant(1)))]
            item = ast.Tuple([_read(self.count), item], ast.Load())
        if through.function == "enumerate":
            before.append(_set(self.count, through.start))
            start = _read(self.count)
            by_name = isinstance(self.node.iter, ast.Call) and bool(self.node.iter.keywords)
            named = [ast.keyword("start", start)] if by_name else []
            self.other.iter = ast.Call(function, [held] if by_name else [held, start], named)
        elif through.function == "zip":
            before, item, more = self._zipped(before, asked)
            over = call_hook("gone", _read(self.after), _read(self.count))
            first.insert(0, ast.If(over, [ast.Return(_why("over"))], []))
        inner: list[ast.stmt] = [ast.Nonlocal(nonlocals)] if nonlocals else []
        # What `zip` is given after the generator is asked when that has come to an item.
        asks = first[:1] if through.function == "zip" else []
        inner += [*asks, ast.Assign([self.node.target], item), *first[len(asks) :]]
        inner += _returning(body)
        names = text(tuple(nonlocals))
        pushed: list[ast.stmt] = [
            definition(self.each, [ast.arg(ITEM)], inner),
            _set(self.result, call_hook("push", held, _read(self.each), names, *more)),
            ast.If(call_hook("returned", result), [ast.Return(call_hook("returns", result))], []),
        ]
        if orelse:
            pushed.append(ast.If(call_hook("exhausted", result), orelse, []))
        choice = ast.If(call_hook("pushes", *asked), pushed, [self.other])
        return [*before, choice, _set(self.held, text(None))]

    def _zipped(
        self, made: list[ast.stmt], asked: list[ast.expr]
    ) -> tuple[list[ast.stmt], ast.expr, list[ast.expr]]:
        """What goes before the loop, the items side by side, and what tells of the end."""
        through = self.through
        others = [(self.before, through.before), (self.after, through.after)]
        sides = [_set(name, ast.Call(_read(SIDES), given, [])) for name, given in others]
        before = [_set(self.count, ast.Constant(0)), sides[0], *made, sides[1]]
        asked += [_read(self.before), _read(self.after)]
        parts: list[ast.expr] = []
        for name, given in others:
            parts += [
                call_hook("side", _read(name), text(k), _read(self.count))
                for k in range(len(given))
            ]
        parts.insert(len(through.before), _read(ITEM))
        plain: list[ast.expr] = []
        for name, given in others:
            plain += [call_hook("plain_side", _read(name), text(k)) for k in range(len(given))]
        plain.insert(len(through.before), _read(self.held))
        function = ast.Name(through.function, ast.Load())
        self.other.iter = ast.Call(function, plain, through.keywords)
        more = f"{PREFIX}gone of {self.count}"
        returned = ast.Return(call_hook("gone", _read(self.before), _read(self.count)))
        return (
            [*before, definition(more, [], [returned])],
            ast.Tuple(parts, ast.Load()),
            [_read(more)],
        )


def _once(function: ast.FunctionDef) -> frozenset[str]:
    """The names that a function stores once and reads once, in itself and all in it."""
    nodes = list(walk(function))
    stored = Counter([n.id for n in nodes if isinstance(n, ast.Name) and _stores(n)])
    stored.update([n.arg for n in nodes if isinstance(n, ast.arg)])
    read = Counter([n.id for n in nodes if isinstance(n, ast.Name) and not _stores(n)])
    for n in nodes:
        if isinstance(n, ast.Global | ast.Nonlocal):
            read.update(n.names)
    return frozenset(n for n, count in stored.items() if count == 1 and read[n] == 1)


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _read(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _set(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _why(word: str) -> ast.expr:
    return ast.Tuple([text(word)], ast.Load())


def _kept_in(body: Sequence[ast.AST], helpers: dict[str, ast.FunctionDef]) -> set[str]:
    """The names that functions and generators in a body read, maybe later."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        for n in walk(waiting.pop()):
            if hasattr(n, "helper"):
                waiting.append(helpers[n.helper])
            if isinstance(n, ast.Lambda | ast.GeneratorExp | ast.FunctionDef):
                found.update(m.id for m in walk(n) if isinstance(m, ast.Name))
    return found


def _located(new: ast.stmt, node: ast.stmt) -> ast.stmt:
    ast.copy_location(new, node)
    for part in walk(new):
        if "lineno" in part._attributes and not hasattr(part, "lineno"):
            ast.copy_location(part, node)
    return new


def _returning(statements: Sequence[ast.stmt], own: bool = True) -> list[ast.stmt]:
    """The body of a loop as that of a function: what leaves it is returned."""
    found: list[ast.stmt] = []
    for s in statements:
        if isinstance(s, ast.Continue) and own:
            found.append(ast.copy_location(ast.Return(None), s))
        elif isinstance(s, ast.Break) and own:
            found.append(ast.copy_location(ast.Return(_why("break")), s))
        elif isinstance(s, ast.Return):
            value = s.value or text(None)
            whole = ast.Tuple([text("return"), value], ast.Load())
            found.append(ast.copy_location(ast.Return(whole), s))
        else:
            if isinstance(s, ast.If):
                s.body, s.orelse = _returning(s.body, own), _returning(s.orelse, own)
            elif isinstance(s, ast.With):
                s.body = _returning(s.body, own)
            elif isinstance(s, ast.Try):
                s.body, s.orelse = _returning(s.body, own), _returning(s.orelse, own)
                for handler in s.handlers:
                    handler.body = _returning(handler.body, own)
            elif isinstance(s, ast.Match):
                for case in s.cases:
                    case.body = _returning(case.body, own)
            elif isinstance(s, ast.For | ast.While):
                s.body, s.orelse = _returning(s.body, False), _returning(s.orelse, own)
            found.append(s)
    return found
