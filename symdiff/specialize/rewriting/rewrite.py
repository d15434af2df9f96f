"""Rewrite a function's AST so that tests, calls, reads and writes ask a hook.

The rewriting is local: one expression becomes one call of a hook, and CPython runs the rest. The
names of hooks, written `_sd_add` here, begin with `PREFIX`, as no name in the user's source can.

    a + b            =>  _sd_add(a, b, site)
    f(a, k=b)        =>  _sd_call(site, f, a, k=b)
    x.name           =>  _sd_getattr(x, 'name', site)
    x[i]             =>  _sd_getitem(x, i, site)
    if t:            =>  if _sd_test(t, site):
    while t:         =>  while _sd_round(site) and _sd_bound(t, site):
    for i in a:      =>  for i in _sd_iter(a, site, 'i'):
                         or, where it may stay a loop (`loops.py`):
    for i in a:      =>  l = _sd_for(a, site, 'i', names); for i in l:
    for i in g(a):   =>  its body becomes a function beside it, for generators (`pushing.py`)
    if t: ...        =>  r = _sd_region(site, names); while r.goes(locals()): ... (`regions.py`)
    while t:         =>  l = _sd_while(site, names); while l.round() and (t or l.again()):
    a and b          =>  b if _sd_holds(a, site) else _sd_kept()
    a < b < c        =>  _sd_lt(_sd_kept(), c, site) if _sd_link('lt', a, b, site) else _sd_kept()
    b = value        =>  b = _sd_assign('b', value, site)
    x[i] = value     =>  _sd_setitem(value, x, i, site)
    return value     =>  return _sd_return('f', value, site)
    a_global         =>  _sd_globals['a_global']
    a_closure_name   =>  _sd_cells['a_closure_name']
    a.b.append(v)    =>  _sd_append_to(_sd_list_in(a, 'b', site), v, site)
    a.b[-1]          =>  _sd_peek(_sd_list_in(a, 'b', site), -1, site), where it is appended to
    p                =>  _sd_opened(p), a parameter, where one is appended to; elsewhere p
    v = [...]        =>  v = _sd_made_list([...]), where only names hold the list (`lists.py`);
                         elsewhere than in v.append, v[k], len(v), a loop, a call: _sd_opened(v)
    [e for i in a]   =>  a loop that appends, where a list is wanted (`gathering.py`)
    with m: ...      =>  with _sd_with(m, site): ...
    raise e          =>  raise _sd_raised(e, site)
    @d               =>  @_sd_decorator(d, site)
    import m         =>  import m; m = _sd_imported(m, __name__, 'm', None, site)
    from m import v  =>  from m import v; v = _sd_imported(v, __name__, 'm', 'v', site)
    class C: ...     =>  @_sd_made class C: ...
    except E: ...    =>  except E: _sd_passes(); ..., and so in `finally`
    try: ...         =>  _sd_catching(1), then try: try: ... finally: _sd_catching(-1)

Line numbers stay the user's, so tracebacks of the user's own exceptions point at the user's code.
"""

from __future__ import annotations

import ast
from dataclasses import astuple
from typing import Any

from ...source.functions import FunctionNode, FunctionSource
from .extending import extend_lists
from .gathering import gather
from .generating import emitted_in
from .hook_calls import PREFIX, bare_arguments, call_hook, hook, text
from .lists import READ, lists_of, parameters_of, uses_in
from .loops import (
    Names,
    again,
    applies,
    as_sequence,
    entered,
    goes_on,
    is_over,
    is_quiet,
    leave,
    raises,
    set_in_expression,
    set_in_statements,
    skipped,
)
from .matching import rewrite_match
from .private_names import PrivateNames
from .pushing import push_loops
from .recursion import add_loops
from .regions import goes, set_names
from .scopes import class_scope, function_scope, own_nodes, parameters
from .splitting import split_lists
from .stores import StoreRewriter
from .walking import fill_locations, forget, note, walk


class Rewriter(StoreRewriter):
    """Rewrites one root function, with everything nested in it."""

    def root(self, node: FunctionNode) -> FunctionNode:
        """Rewrite the function itself: no decorators, no defaults, no annotations."""
        self.scope = function_scope(node, None)
        read: frozenset[str] = frozenset()
        if isinstance(node, ast.FunctionDef):
            read = parameters_of(node)
            self.numbers = lists_of(node) | read
        self.first_parameter.append(next((a.arg for a in parameters(node.args)), None))
        arguments = bare_arguments(node.args)
        if isinstance(node, ast.Lambda):
            return ast.copy_location(
                ast.Lambda(arguments, self._result(node.body, self.function[-1])), node
            )
        body = self.body(node.body)
        if read:
            told = ast.Expr(call_hook("read", text((READ, *sorted(read)))))
            body.insert(0, ast.copy_location(told, node))
        new = ast.FunctionDef(node.name, arguments, body or [ast.Pass()], [], None, None)
        if hasattr(new, "type_params"):
            new.type_params = []
        return ast.copy_location(new, node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        decorators = [self._decorator(d) for d in node.decorator_list]
        arguments = self._arguments(node.args)
        outer, self.scope = self.scope, function_scope(node, self.scope)
        own = node.name.startswith(PREFIX)  # what it returns is another function's
        self.function.append(self.function[-1] if own else node.name)
        self.first_parameter.append(next((a.arg for a in parameters(node.args)), None))
        around, self.loops = self.loops, []
        around_it = self.numbers if own else frozenset()
        lists, self.numbers = self.numbers, lists_of(node) | around_it
        if own:
            self.uses_within[node.name] = tuple(map(astuple, uses_in(node.body, self.numbers)))
        body = self.body(node.body)
        self.numbers = lists
        changes = any(isinstance(n, ast.Nonlocal) for n in own_nodes(node.body))
        if changes and not own:
            body.insert(0, ast.copy_location(ast.Expr(call_hook("nonlocal")), node))
        self.loops = around
        self.first_parameter.pop()
        self.function.pop()
        self.scope = outer
        # A decorator may read the annotations, and one that calls something has been written to.
        read = bool(decorators)
        returns = self._annotated(node.returns, read)
        for old, bare in zip(parameters(node.args), parameters(arguments), strict=True):
            bare.annotation = self._annotated(old.annotation, read)
        new = ast.FunctionDef(node.name, arguments, body or [ast.Pass()], decorators, returns, None)
        if hasattr(new, "type_params"):
            new.type_params = []
        return ast.copy_location(new, node)

    def _annotated(self, node: ast.expr | None, read: bool) -> ast.expr | None:
        if node is None:
            return None
        acts = not self.postponed and any(isinstance(n, ast.Call) for n in walk(node))
        if not (read or acts):
            return None
        return self.annotation(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        node.decorator_list = [self._decorator(d) for d in node.decorator_list]
        node.bases = [self.expr(b) for b in node.bases]
        node.keywords = [ast.keyword(k.arg, self.expr(k.value)) for k in node.keywords]
        outer, self.scope = self.scope, class_scope(node, self.scope)
        self.classes.append(node.name)
        around, self.loops = self.loops, []
        node.body = self.body(node.body)
        self.loops = around
        self.classes.pop()
        self.scope = outer
        node.decorator_list.append(hook("made"))
        return node

    def _decorator(self, node: ast.expr) -> ast.expr:
        return ast.copy_location(call_hook("decorator", self.expr(node), self.site(node)), node)

    def visit_Global(self, node: ast.Global) -> ast.stmt | None:
        return None

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.stmt | None:
        assert self.scope is not None
        outer = self.scope.outer
        names = [n for n in node.names if outer is not None and outer.resolve(n) == "local"]
        return ast.copy_location(ast.Nonlocal(names), node) if names else None

    # -- statements

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        inner = [loop for loop in self.loops[-1:] if loop is not None]
        left = [again(loop) for loop in inner]
        left += [leave(loop) for loop in self.loops if loop is not None]
        left = [ast.copy_location(s, node) for s in left]
        if node.value is None:
            return [*left, node]
        if isinstance(node.value, ast.Tuple):
            value = self.expr(node.value)
        else:
            value = self._result(node.value, self.function[-1])
        return [*left, ast.copy_location(ast.Return(value), node)]

    def visit_Break(self, node: ast.Break) -> list[ast.stmt]:
        loop = self.loops[-1]
        if loop is None:
            return [node]
        return [ast.copy_location(s, node) for s in (again(loop), leave(loop), node)]

    def _within(self, loop: str | None, statements: list[ast.stmt]) -> list[ast.stmt]:
        """The body of a loop."""
        self.loops.append(loop)
        body = self.body(statements)
        self.loops.pop()
        return body

    def visit_If(self, node: ast.If) -> list[ast.stmt]:
        test = self.test(node.test)
        new = ast.copy_location(ast.If(test, self.body(node.body), self.body(node.orelse)), node)
        return self._as_region(node, [new])

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        return self._as_region(node, super().visit_Assign(node))

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        return self._as_region(node, super().visit_AugAssign(node))

    def _as_region(self, node: ast.stmt, new: list[ast.stmt]) -> list[ast.stmt]:
        """A statement that decides may be run again, on another of its ways."""
        names = self.regions.get(id(node))
        if names is None:
            return new
        region = self.temporary()
        made = call_hook("region", self.site(node), text(names))
        first = ast.Assign([ast.Name(region, ast.Store())], made)
        whole = ast.While(goes(region), [*set_names(region, names), *new], [])
        return [ast.copy_location(s, node) for s in (first, whole, *set_names(region, names))]

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        names = self.plain_loops.get(id(node))
        if names is not None:
            return self._plain_while(node, names)
        site = self.site(node)
        enter = ast.copy_location(ast.Expr(call_hook("enter", site)), node)
        test = ast.BoolOp(ast.And(), [call_hook("round", site), self.test(node.test, "bound")])
        loop = ast.While(test, self._within(None, node.body), self.body(node.orelse))
        return [enter, ast.copy_location(loop, node)]

    def _plain_while(self, node: ast.While, names: Names) -> list[ast.stmt]:
        """A `while` loop that may stay a loop: at its head, before its condition, names are set."""
        loop = self.temporary()
        made = call_hook("while", self.site(node), self._texts(names, node))
        condition = [
            ast.Call(ast.Attribute(ast.Name(loop, ast.Load()), "round", ast.Load()), [], []),
            set_in_expression(loop, names),
            goes_on(loop, self.test(node.test, "bound")),
        ]
        body = [skipped(loop), *self._within(loop, node.body)]
        orelse = [leave(loop), *self.body(node.orelse)]
        whole = ast.While(ast.BoolOp(ast.And(), condition), body, orelse)
        first = ast.Assign([ast.Name(loop, ast.Store())], made)
        return [ast.copy_location(s, node) for s in (first, whole)]

    def visit_For(self, node: ast.For) -> ast.stmt | list[ast.stmt]:
        names = self.plain_loops.get(id(node))
        applied = applies(node)
        hint = node.target.id if isinstance(node.target, ast.Name) and not applied else None
        loop = None if names is None else self.temporary()
        made = (
            call_hook("iter", self.expr(node.iter), self.site(node), text(hint))
            if names is None
            else call_hook(
                "for",
                as_sequence(node.iter, self),
                self.site(node),
                text(hint),
                self._texts(names, node),
            )
        )
        target: ast.expr = node.target
        first: list[ast.stmt] = []
        if applied or not (isinstance(target, ast.Name) and self._is_local(target)):
            name = self.temporary()
            item: ast.expr = ast.Name(name, ast.Load())
            if applied:
                comes = call_hook("comes to", item, self.site(node.iter))
                first.append(ast.If(ast.UnaryOp(ast.Not(), comes), [ast.Continue()], []))
                item = call_hook("applied", item, self.site(node.iter))
            first += [ast.copy_location(s, node) for s in self.store(target, item, node)]
            target = ast.Name(name, ast.Store())
        body = [*first, *self._within(loop, node.body)]
        orelse = self.body(node.orelse)
        if loop is None or names is None:
            return ast.copy_location(ast.For(target, made, body, orelse), node)
        taken = ast.Assign(
            [ast.Name(target.id, ast.Store())],
            ast.Attribute(ast.Name(loop, ast.Load()), "item", ast.Load()),
        )
        head = [*set_in_statements(loop, names), is_over(loop), taken]
        body.insert(0, ast.copy_location(ast.If(entered(loop), head, []), node))
        begin = ast.Assign([ast.Name(loop, ast.Store())], made)
        whole = ast.For(target, ast.Name(loop, ast.Load()), body, orelse)
        return [ast.copy_location(s, node) for s in (begin, whole)]

    def _texts(self, names: Names, loop: ast.For | ast.While) -> ast.Constant:
        uses = tuple(map(astuple, uses_in(loop.body, self.numbers)))
        decides = any(isinstance(n, _DECIDING) for n in walk(loop))
        decides = decides or (isinstance(loop, ast.For) and applies(loop))
        return text((names.carried, names.target, uses, decides, emitted_in(loop.body)))

    def visit_Try(self, node: Any) -> list[ast.stmt]:
        node.body = self.body(node.body)
        for handler in node.handlers:
            handler.type = None if handler.type is None else self.expr(handler.type)
            handler.body = [self._passes(handler, "handles"), *self.body(handler.body)]
        node.orelse = self.body(node.orelse)
        if node.finalbody:
            node.finalbody = [self._passes(node.finalbody[0]), *self.body(node.finalbody)]
        return self._catching(node) if node.handlers else [node]

    visit_TryStar = visit_Try

    def visit_Match(self, node: ast.Match) -> list[ast.stmt]:
        return rewrite_match(self, node)

    def visit_With(self, node: ast.With) -> list[ast.stmt]:
        """A target that is more than a name is assigned before the next manager is made."""
        items: list[ast.withitem] = []
        if is_quiet(node):
            for item in node.items:
                site = self.site(item.context_expr)
                item.context_expr = call_hook("quiet", self.expr(item.context_expr), site)
            node.body = self.body(node.body)
            return [node]
        for k, item in enumerate(node.items):
            site = self.site(item.context_expr)
            manager = call_hook("with", self.expr(item.context_expr), site)
            target = item.optional_vars
            if target is None or (isinstance(target, ast.Name) and self._is_local(target)):
                items.append(ast.withitem(manager, target))
                continue
            name = self.temporary()
            items.append(ast.withitem(manager, ast.Name(name, ast.Store())))
            body = self.store(target, ast.Name(name, ast.Load()), node)
            if k + 1 < len(node.items):
                further = ast.copy_location(ast.With(node.items[k + 1 :], node.body), node)
                body += self.visit_With(further)
            else:
                body += self.body(node.body)
            return self._catching(ast.copy_location(ast.With(items, body), node))
        node.items = items
        node.body = self.body(node.body)
        return self._catching(node)

    def _passes(self, node: Any, hook: str = "passes") -> ast.stmt:
        """At the start of a handler: a refusal is raised again."""
        return ast.copy_location(ast.Expr(call_hook(hook)), node)

    def _catching(self, node: ast.stmt) -> list[ast.stmt]:
        """A statement in which an exception may be caught: what raises is a decision there."""
        swallows = text(not isinstance(node, ast.Try))
        enter = ast.Expr(call_hook("catching", text(1), swallows))
        leave: ast.stmt = ast.Expr(call_hook("catching", text(-1), swallows))
        whole = ast.Try([node], [], [], [leave])
        return [ast.copy_location(s, node) for s in (enter, whole)]

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        """`self.history.append(value)` need not look into the list."""
        call = node.value
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "append"
            and len(call.args) == 1
            and not call.keywords
            and not isinstance(call.args[0], ast.Starred)
        ):
            owner = self.growing(call.func.value)
            if owner is not None:
                new = call_hook("append_to", owner, self.expr(call.args[0]), self.site(call))
                return ast.copy_location(ast.Expr(ast.copy_location(new, call)), node)
        node.value = self.expr(call)
        if not isinstance(call, ast.Constant | ast.Yield | ast.YieldFrom):
            node.value = ast.copy_location(call_hook("dropped", node.value), call)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        test = self.test(node.test)
        message = None if node.msg is None else self.expr(node.msg)
        return ast.copy_location(ast.Assert(test, message), node)

    def visit_Raise(self, node: ast.Raise) -> list[ast.stmt]:
        """An exception's class makes the exception where it is raised."""
        inner = [loop for loop in self.loops[-1:] if loop is not None]
        left = [ast.copy_location(raises(loop), node) for loop in inner]
        if node.exc is not None:
            node.exc = call_hook("raised", self.expr(node.exc), self.site(node))
        if node.cause is not None:
            node.cause = call_hook("raised", self.expr(node.cause), self.site(node))
        return [*left, node]


_DECIDING = (ast.If, ast.IfExp, ast.BoolOp, ast.Match)


def _copied(node: Any) -> Any:
    """A copy of a tree, which is several times as fast as `deepcopy`."""
    kind: Any = type(node)
    new = kind.__new__(kind)
    held = new.__dict__
    held.update(node.__dict__)
    for name in kind._fields:
        value = held.get(name)
        if type(value) is list:
            held[name] = [_copied(v) if isinstance(v, ast.AST) else v for v in value]
        elif isinstance(value, ast.AST) and value._fields:  # contexts and operators hold nothing
            held[name] = _copied(value)
    return new


def rewrite(
    source: FunctionSource, free: frozenset[str], postponed: bool, emits: bool = False
) -> ast.Module:
    """A module that defines the rewritten function.

    Args:
        source: its definition.
        free: the names of its closure cells.
        postponed: whether annotations are not evaluated where it stands.
        emits: whether it is a generator that becomes a function which hands over its items.
    """
    copied = _copied(source.node)  # with what was noted of it
    if source.cls:
        copied = PrivateNames(source.cls).visit(copied)
        forget(copied)
    note(copied)
    split_lists(copied)
    extend_lists(copied)
    if isinstance(copied, ast.FunctionDef):
        add_loops(copied)
    gather(copied, _copied)
    push_loops(copied, emits)
    note(copied)
    own = FunctionSource(copied, source.file, source.name, source.cls)
    node = Rewriter(own, free, postponed).root(copied)
    if isinstance(node, ast.Lambda):
        statement: ast.stmt = ast.Assign([ast.Name(f"{PREFIX}function", ast.Store())], node)
    else:
        assert isinstance(node, ast.FunctionDef)
        statement = node
    ast.copy_location(statement, source.node)
    return fill_locations(ast.Module([statement], []))
