"""Recursion that is a loop: a function that calls itself at most once on each way through it.

What it does until it calls itself is an iteration of a first loop, and what it does with the result
is one of a second loop, which goes back over what the calls have left (`held`, of those that read
anything then). It is written beside the function:

    def f(x, n):                      =>  def f(x, n):
        if n == 0:                            returned, pending, held_n = None, 0, []
            return x                          for depth in depths():
        return n * f(math.sin(x), n - 1)          if n == 0:
                                                      returned = x
                                                      break
                                                  own(f)
                                                  held_n.append(n)
                                                  pending += 1
                                                  x, n = math.sin(x), n - 1
                                              else:
                                                  too_deep()
                                              for place in falling(pending):
                                                  n = held_n[place]
                                                  returned = n * returned
                                              return returned

Where each call of itself is what it returns, there is the first loop alone. `own` asks whether the
name still stands for the function; where it does not, the trace is made again without such loops
(`hooks/recursion.py`). All is evaluated in the order of the calls.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence

from .assigned import Assigned
from .hook_calls import PREFIX, call_hook, text
from .returning import (
    NoLoopError,
    Used,
    add_to,
    append_to,
    assign,
    ended,
    is_none,
    parted,
    returns_in_loops,
    step_of,
    stored_names,
    until_return,
)
from .scopes import function_scope, parameters
from .walking import fill_locations, forget, held_in, walk

_SPECIAL = frozenset({"super", "__class__", "locals", "vars", "dir", "eval"})
"""Names of what is another thing in each call."""

_KEEPING = (
    ast.Yield,
    ast.YieldFrom,
    ast.Await,
    ast.Lambda,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.GeneratorExp,
    ast.Global,
    ast.Nonlocal,
    ast.Delete,
    ast.NamedExpr,
)
"""What keeps a variable of one call, or does not end with it."""

_WHICH = f"{PREFIX}which"
"""The list of the numbers of the calls whose results are used, where there are several."""

_SIMPLE = (ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr)


def loop_of(function: ast.FunctionDef, own: ast.expr | None = None) -> ast.FunctionDef | None:
    """The function as loops; `None` if it does not call itself, or in another way.

    Args:
        function: its definition, which is left as it is.
        own: what stands for this function, if it is not the one that is traced.
    """
    if function.name not in held_in(function).words:
        return None
    if not any(_is_call(n, function.name) for s in function.body for n in walk(s)):
        return None
    try:
        return _Recursion(function, own).written()
    except NoLoopError:
        return None


def _is_call(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


class _Site:
    """A call whose result is used.

    Attributes:
        post: what is done when it has returned.
        saved: the variables that are read then.
        number: which of the calls it is.
    """

    def __init__(self, number: int, post: list[ast.stmt], saved: Sequence[str]) -> None:
        self.number = number
        self.post = post
        self.saved = saved


class _Recursion:
    """Writes one function as loops."""

    def __init__(self, function: ast.FunctionDef, own: ast.expr | None) -> None:
        self.function = function = copy.deepcopy(function)
        forget(function)
        self.own = own
        self.name = function.name
        arguments = function.args
        self.parameters = [a.arg for a in parameters(arguments)]
        self.locals = set(function_scope(function, None).bound)
        self.sites: list[_Site] = []
        self.counted: list[str] = []  # what is counted back
        self._check()
        self.taken = {n.id for n in walk(function) if isinstance(n, ast.Name)} | self.locals
        self.words: dict[str, str] = {}
        self.returned = self._word("returned")
        function.body = [*parted(function.body), ast.Return(text(None))]
        self.calls = [
            n for n in walk(function) if isinstance(n, ast.Call) and _is_call(n, self.name)
        ]
        self.assigned = Assigned(self.locals)
        self.assigned.go_through(function.body, set(self.parameters))
        if self.assigned.missing:
            raise NoLoopError
        self.fixed = self._fixed(stored_names(function))
        returns = [n for n in walk(function) if isinstance(n, ast.Return)]
        self.counting = self._counting(stored_names(function))
        self.bare = all(is_none(r.value) for r in returns)
        self.positional = len([*arguments.posonlyargs, *arguments.args])

    def _check(self) -> None:
        arguments, body = self.function.args, self.function.body
        own = self.name in self.locals or arguments.vararg or arguments.kwarg
        nodes = [n for s in body for n in walk(s)]
        if own or any(isinstance(n, _KEEPING) for n in nodes):
            raise NoLoopError
        named = [n for n in nodes if isinstance(n, ast.Name)]
        if any(n.id in _SPECIAL for n in named):
            raise NoLoopError
        called = {id(n.func) for n in nodes if isinstance(n, ast.Call)}
        if any(n.id == self.name and id(n) not in called for n in named):
            raise NoLoopError

    def _new(self, name: str) -> str:
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def _word(self, word: str) -> str:
        """The name of a variable that the function does not have."""
        if word not in self.words:
            self.words[word] = self._new(word)
        return self.words[word]

    def _fixed(self, stored: set[str]) -> set[str]:
        """The parameters that are the same in all calls."""
        fixed = set(self.parameters) - stored
        for call in self.calls:
            for name, value in self._given(call):
                if not (isinstance(value, ast.Name) and value.id == name):
                    fixed.discard(name)
        return fixed

    def _counting(self, stored: set[str]) -> dict[str, int]:
        """The parameters by how much they grow from call to call, if that is a number."""
        if len(self.calls) > 1:
            return {}
        given = [(name, v) for name, v in self._given(self.calls[0]) if name not in stored]
        found = {name: step_of(name, value) for name, value in given}
        return {name: step for name, step in found.items() if step is not None}

    def _given(self, call: ast.Call) -> list[tuple[str, ast.expr]]:
        """What a call gives to the parameters, in the order in which it is evaluated."""
        arguments = self.function.args
        places = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        if len(call.args) > len(places):
            raise NoLoopError
        only = {a.arg for a in arguments.posonlyargs}
        given = list(zip(places, call.args, strict=False))
        given += [(k.arg or "", k.value) for k in call.keywords]
        names = [name for name, _ in given]
        starred = any(isinstance(a, ast.Starred) for a in call.args)
        by_name = {k.arg for k in call.keywords}
        if starred or sorted(names) != sorted(self.parameters) or only & by_name:
            raise NoLoopError
        return given

    # -- the first loop

    def written(self) -> ast.FunctionDef:
        """The function as loops."""
        function = self.function
        loops = any(isinstance(n, ast.For | ast.While) for n in walk(function))
        body = self._block(function.body, [])
        if self.sites:
            if loops and returns_in_loops(function.body):
                raise NoLoopError
            body = ended(body, self.returned)
        if self.sites:
            loop = ast.While(text(True), body, [])
            function.body = [*self._before(), loop, *self._after()]
        else:
            depth = ast.Name(self._word("depth"), ast.Store())
            function.body = [ast.For(depth, call_hook("depths"), body, [self._too_deep()])]
        return fill_locations(function)

    def _has_call(self, node: ast.AST) -> bool:
        return any(_is_call(n, self.name) for n in walk(node))

    def _block(self, statements: Sequence[ast.stmt], after: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Statements that the function may end in.

        Args:
            statements: the statements.
            after: what follows them.
        """
        found: list[ast.stmt] = []
        for k, s in enumerate(statements):
            rest = [*statements[k + 1 :], *after]
            if not self._has_call(s):
                found.append(s)
            elif isinstance(s, ast.If) and not self._has_call(s.test):
                new = ast.If(s.test, self._block(s.body, rest), self._block(s.orelse, rest))
                found.append(ast.copy_location(new, s))
            elif isinstance(s, _SIMPLE):
                return [*found, *self._call(s, rest)]
            else:
                raise NoLoopError
        return found

    def _call(self, s: ast.stmt, rest: list[ast.stmt]) -> list[ast.stmt]:
        """A statement with a call, and all that follows."""
        calls = [n for n in walk(s) if isinstance(n, ast.Call) and _is_call(n, self.name)]
        if len(calls) > 1:
            raise NoLoopError
        (call,) = calls
        last = bool(rest) and isinstance(rest[0], ast.Return) and is_none(rest[0].value)
        if (isinstance(s, ast.Return) and s.value is call) or (
            isinstance(s, ast.Expr) and s.value is call and last and self.bare
        ):
            return self._again(call)
        rest = [] if isinstance(s, ast.Return) else until_return(rest)
        if any(map(self._has_call, rest)):
            raise NoLoopError
        before: list[ast.stmt] = []
        used = Used(call, before, self.locals, self._new, self.returned)
        new = copy.copy(s)
        if isinstance(new, ast.Assign | ast.Return | ast.Expr):
            assert new.value is not None
            new.value = used.value(new.value)
        elif isinstance(new, ast.AugAssign) and isinstance(new.target, ast.Name):
            new.value = used.value(new.value)
        else:
            raise NoLoopError
        post = copy.deepcopy([new, *rest])
        if returns_in_loops(post):
            raise NoLoopError
        reads = Assigned(self.locals | set(used.temporaries) | {self.returned})
        reads.go_through(post, {self.returned})
        self.counted = sorted(reads.missing & self.counting.keys())
        saved = sorted(reads.missing - self.fixed - self.counting.keys())
        known = self.assigned.before[id(s)] | set(used.temporaries)
        if not known.issuperset(saved):
            raise NoLoopError
        site = _Site(len(self.sites), post, saved)
        self.sites.append(site)
        return [*before, *self._again(call, site)]

    def _again(self, call: ast.Call, site: _Site | None = None) -> list[ast.stmt]:
        """Instead of a call: the next iteration."""
        called = ast.Name(self.name, ast.Load())
        own = self.own
        asked = call_hook("own", called) if own is None else call_hook("calls", called, own)
        found: list[ast.stmt] = [ast.Expr(asked)]
        given = [(n, v) for n, v in self._given(call) if n not in self.fixed]
        if site is not None:
            pending = ast.Name(self._word("pending"), ast.Load())
            deepest = ast.Name(self._word("deepest"), ast.Load())
            full = ast.Compare(pending, [ast.GtE()], [deepest])
            pushed: list[ast.stmt] = [ast.If(full, [self._too_deep()], [])]
            for name in site.saved:
                saved = self._kind("saved", name, ast.Name(name, ast.Load()))
                pushed.append(append_to(self._held(site, name), saved))
            pushed.append(add_to(self._pending(site), 1))
            if len(self.sites) > 1 or self._many():
                pushed.append(append_to(_WHICH, text(float(site.number))))
                pushed.append(add_to(self._word("pending"), 1))
            names = [self._word(f"next_{n}") for n, _ in given]
            stored = assign(names, [v for _, v in given])
            moved = assign([n for n, _ in given], [ast.Name(n, ast.Load()) for n in names])
            found += [*stored, *pushed, *moved]
        else:
            found += assign([n for n, _ in given], [v for _, v in given])
        found.append(ast.Continue())
        return [ast.copy_location(s, call) for s in found]

    def _too_deep(self) -> ast.stmt:
        return ast.Raise(call_hook("too_deep"))

    def _kind(self, hook: str, name: str, value: ast.expr) -> ast.expr:
        """A value on its way to a list of floats, or from there."""
        kinds = ast.Name(self._word("kinds"), ast.Load())
        return call_hook(hook, kinds, text(name), value)

    def _many(self) -> bool:
        """Whether the results of several calls may be used."""
        return len(self.calls) > 1

    def _held(self, site: _Site, name: str) -> str:
        return f"{PREFIX}held_{name}_{site.number}" if self._many() else f"{PREFIX}held_{name}"

    def _pending(self, site: _Site) -> str:
        return self._word(f"pending_{site.number}" if self._many() else "pending")

    def _before(self) -> list[ast.stmt]:
        """Before the first loop."""
        found = assign([self.returned], [text(None)])
        found += assign([self._word("deepest")], [call_hook("deepest")])
        if self.counted or any(site.saved for site in self.sites):
            kinds = call_hook("kinds") if self.own is None else call_hook("kinds_of", self.own)
            found += assign([self._word("kinds")], [kinds])
        for name in self.counted:
            counted = self._kind("counted", name, ast.Name(name, ast.Load()))
            found.append(ast.Expr(counted))
        for site in self.sites:
            for name in site.saved:
                found += assign([self._held(site, name)], [ast.List([], ast.Load())])
            found += assign([self._pending(site)], [text(0)])
        if self._many():
            found += assign([_WHICH], [ast.List([], ast.Load())])
            found += assign([self._word("pending")], [text(0)])
        return found

    # -- the second loop

    def _after(self) -> list[ast.stmt]:
        place = self._word("place")
        body: list[ast.stmt] = []
        for site in reversed(self.sites):
            own: list[ast.stmt] = []
            at = place
            if self._many():
                at = self._pending(site)
                own.append(add_to(at, -1))
            own += [add_to(name, -self.counting[name]) for name in self.counted]
            for name in site.saved:
                held = ast.Name(self._held(site, name), ast.Load())
                kinds = ast.Name(self._word("kinds"), ast.Load())
                item = call_hook("restored", held, ast.Name(at, ast.Load()), kinds, text(name))
                own += assign([name], [item])
            own += ended(site.post, self.returned, ast.Continue)
            if not body:
                body = own
                continue
            tags = ast.Name(_WHICH, ast.Load())
            which = call_hook("restored", tags, ast.Name(place, ast.Load()))
            body = [ast.If(ast.Compare(which, [ast.Eq()], [text(float(site.number))]), own, body)]
        over = call_hook("falling", ast.Name(self._word("pending"), ast.Load()))
        loop = ast.For(ast.Name(place, ast.Store()), over, body, [])
        return [loop, ast.Return(ast.Name(self.returned, ast.Load()))]


def add_loops(function: ast.FunctionDef) -> None:
    """Write functions in a function as loops, too, beside them."""
    if held_in(function).functions < 2:
        return
    forget(function)
    for owner in [n for n in walk(function) if isinstance(n, ast.stmt) and n is not function]:
        if not isinstance(owner, ast.ClassDef):
            _add_in(owner)
    _add_in(function)


def _add_in(owner: ast.stmt) -> None:
    for field in ("body", "orelse", "finalbody"):
        held: list[ast.stmt] = getattr(owner, field, [])
        if any(isinstance(s, ast.FunctionDef) for s in held):
            setattr(owner, field, [new for s in held for new in (s, *_beside(s))])


def _beside(s: ast.stmt) -> Iterator[ast.stmt]:
    if not isinstance(s, ast.FunctionDef) or s.decorator_list:
        return
    name = f"{PREFIX}loops {s.name}"
    loop = loop_of(s, ast.Name(name, ast.Load()))
    if loop is None:
        return
    loop.name, loop.returns = name, None
    loop.args.defaults, loop.args.kw_defaults = [], [None] * len(loop.args.kwonlyargs)
    yield loop
    known = call_hook("loops", ast.Name(s.name, ast.Load()), ast.Name(name, ast.Load()))
    yield fill_locations(ast.copy_location(ast.Expr(known), s))
