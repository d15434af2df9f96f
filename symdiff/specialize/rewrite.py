"""Rewrite a function's AST so that tests, calls, reads and writes ask a hook.

The rewriting is local: one expression becomes one call of a hook, and CPython runs the rest.

    a + b            =>  _sd_add(a, b, site)
    f(a, k=b)        =>  _sd_call(site, f, a, k=b)
    x.name           =>  _sd_getattr(x, 'name', site)
    x[i]             =>  _sd_getitem(x, i, site)
    if t:            =>  if _sd_test(t, site):
    while t:         =>  while _sd_while(t, site):
    a and b          =>  _sd_and(site, a, lambda: b)
    b = value        =>  b = _sd_assign('b', value, site)
    x[i] = value     =>  _sd_setitem(x, i, value, site)
    return value     =>  return _sd_return('f', value, site)
    a_global         =>  _sd_globals['a_global']
    a_closure_name   =>  _sd_cells['a_closure_name']

Line numbers stay the user's, so tracebacks of the user's own exceptions point at the user's code.
"""

from __future__ import annotations

import ast
from typing import Any, cast

from ..source import FunctionNode, FunctionSource, span_of
from .scopes import Scope, class_scope, comprehension_scope, function_scope, parameters
from .sites import add_site

_BINARY = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.MatMult: "matmul",
    ast.BitAnd: "and_",
    ast.BitOr: "or_",
    ast.BitXor: "xor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
}
_COMPARE = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.In: "in",
    ast.NotIn: "notin",
    ast.Is: "is",
    ast.IsNot: "isnot",
}
_UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert"}

PREFIX = "_sd_"


def _hook(name: str) -> ast.Name:
    return ast.Name(PREFIX + name, ast.Load())


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(_hook(name), list(args), [])


def _text(value: Any) -> ast.Constant:
    return ast.Constant(value)


def _thunk(body: ast.expr) -> ast.Lambda:
    empty = ast.arguments([], [], None, [], [], None, [])
    return ast.Lambda(empty, body)


class Rewriter(ast.NodeTransformer):
    """Rewrites one root function, with everything nested in it."""

    def __init__(self, source: FunctionSource, free: frozenset[str]) -> None:
        self.file = source.file
        self.free = free
        self.scope: Scope | None = None
        self.function = [source.name]
        self.temporaries = 0
        self.first_parameter: list[str | None] = []
        self.literals = frozenset(
            entry
            for node in ast.walk(source.node)
            if isinstance(node, ast.Constant) and type(node.value) in (int, float)
            for entry in _with_negative(node.value)
        )

    # -- helpers

    def site(self, node: Any) -> ast.Constant:
        return ast.Constant(add_site(span_of(node, self.file), self.literals))

    def temporary(self) -> str:
        self.temporaries += 1
        return f"{PREFIX}t{self.temporaries}"

    def resolve(self, name: str) -> str:
        assert self.scope is not None
        where = self.scope.resolve(name)
        if where == "outside":
            return "cell" if name in self.free else "global"
        return where

    def expr(self, node: ast.expr) -> ast.expr:
        return cast(ast.expr, self.visit(node))

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for statement in statements:
            new = self.visit(statement)
            if isinstance(new, list):
                result.extend(new)
            elif new is not None:
                result.append(new)
        return result

    # -- functions, classes, comprehensions

    def root(self, node: FunctionNode) -> FunctionNode:
        """Rewrite the function itself: no decorators, no defaults, no annotations."""
        self.scope = function_scope(node, None)
        self.first_parameter.append(next((a.arg for a in parameters(node.args)), None))
        arguments = _bare_arguments(node.args)
        if isinstance(node, ast.Lambda):
            return ast.copy_location(
                ast.Lambda(arguments, self._result(node.body, self.function[-1])), node
            )
        body = self.body(node.body)
        new = ast.FunctionDef(node.name, arguments, body or [ast.Pass()], [], None, None)
        if hasattr(new, "type_params"):
            new.type_params = []
        return ast.copy_location(new, node)

    def _result(self, value: ast.expr, function: str) -> ast.expr:
        name = function if function.isidentifier() else "result"
        return _call("return", _text(name), self.expr(value), self.site(value))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        decorators = [self.expr(d) for d in node.decorator_list]
        arguments = self._arguments(node.args)
        outer, self.scope = self.scope, function_scope(node, self.scope)
        self.function.append(node.name)
        self.first_parameter.append(next((a.arg for a in parameters(node.args)), None))
        body = self.body(node.body)
        self.first_parameter.pop()
        self.function.pop()
        self.scope = outer
        new = ast.FunctionDef(node.name, arguments, body or [ast.Pass()], decorators, None, None)
        if hasattr(new, "type_params"):
            new.type_params = []
        return ast.copy_location(new, node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        arguments = self._arguments(node.args)
        outer, self.scope = self.scope, function_scope(node, self.scope)
        self.first_parameter.append(next((a.arg for a in parameters(node.args)), None))
        body = self._result(node.body, "result")
        self.first_parameter.pop()
        self.scope = outer
        return ast.copy_location(ast.Lambda(arguments, body), node)

    def _arguments(self, node: ast.arguments) -> ast.arguments:
        new = _bare_arguments(node)
        new.defaults = [self.expr(d) for d in node.defaults]
        new.kw_defaults = [None if d is None else self.expr(d) for d in node.kw_defaults]
        return new

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        node.decorator_list = [self.expr(d) for d in node.decorator_list]
        node.bases = [self.expr(b) for b in node.bases]
        node.keywords = [ast.keyword(k.arg, self.expr(k.value)) for k in node.keywords]
        outer, self.scope = self.scope, class_scope(node, self.scope)
        node.body = self.body(node.body)
        self.scope = outer
        return node

    def _comprehension(self, node: Any, build: Any) -> ast.expr:
        generators = node.generators
        outer = self.scope
        inner = comprehension_scope(generators, outer)
        new = []
        for k, generator in enumerate(generators):
            self.scope = outer if k == 0 else inner
            iterable = _call("iter", self.expr(generator.iter), self.site(generator.iter))
            self.scope = inner
            tests = [_call("test", self.expr(t), self.site(t)) for t in generator.ifs]
            new.append(ast.comprehension(generator.target, iterable, tests, generator.is_async))
        result = build(new)
        self.scope = outer
        return ast.copy_location(result, node)

    def _element(self, node: ast.expr) -> ast.expr:
        return _call("item", self.expr(node), self.site(node))

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return self._comprehension(node, lambda g: ast.ListComp(self._element(node.elt), g))

    def visit_SetComp(self, node: ast.SetComp) -> ast.expr:
        return self._comprehension(node, lambda g: ast.SetComp(self._element(node.elt), g))

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        return self._comprehension(node, lambda g: ast.GeneratorExp(self._element(node.elt), g))

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        return self._comprehension(
            node, lambda g: ast.DictComp(self._element(node.key), self._element(node.value), g)
        )

    # -- names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if not isinstance(node.ctx, ast.Load) or node.id.startswith(PREFIX):
            return node
        where = self.resolve(node.id)
        if where == "local":
            return node
        table = _hook("cells" if where == "cell" else "globals")
        return ast.copy_location(ast.Subscript(table, _text(node.id), ast.Load()), node)

    def visit_Global(self, node: ast.Global) -> ast.stmt | None:
        return None

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.stmt | None:
        assert self.scope is not None
        outer = self.scope.outer
        names = [n for n in node.names if outer is not None and outer.resolve(n) == "local"]
        return ast.copy_location(ast.Nonlocal(names), node) if names else None

    # -- expressions

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        name = _BINARY[type(node.op)]
        new = _call(name, self.expr(node.left), self.expr(node.right), self.site(node))
        return ast.copy_location(new, node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.Not):
            test = _call("test", self.expr(node.operand), self.site(node.operand))
            return ast.copy_location(ast.UnaryOp(ast.Not(), test), node)
        if isinstance(node.operand, ast.Constant):
            return node
        new = _call(_UNARY[type(node.op)], self.expr(node.operand), self.site(node))
        return ast.copy_location(new, node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        name = "and" if isinstance(node.op, ast.And) else "or"
        first, *rest = [self.expr(v) for v in node.values]
        new = _call(name, self.site(node), first, *[_thunk(v) for v in rest])
        return ast.copy_location(new, node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        operators = [_COMPARE[type(op)] for op in node.ops]
        left, *others = [self.expr(v) for v in [node.left, *node.comparators]]
        if len(operators) == 1:
            if operators[0] in ("is", "isnot"):
                return ast.copy_location(ast.Compare(left, node.ops, others), node)
            return ast.copy_location(_call(operators[0], left, others[0], self.site(node)), node)
        pairs = []
        for name, other in zip(operators, others, strict=True):
            pairs += [_text(name), _thunk(other)]
        return ast.copy_location(_call("chain", self.site(node), left, *pairs), node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test = _call("test", self.expr(node.test), self.site(node.test))
        return ast.copy_location(
            ast.IfExp(test, self.expr(node.body), self.expr(node.orelse)), node
        )

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func
        if (
            isinstance(function, ast.Name)
            and function.id == "super"
            and not node.args
            and self.resolve("super") == "global"
        ):
            first = self.first_parameter[-1]
            inside = self.scope is not None and self.scope.resolve("__class__") == "local"
            if first is not None and "__class__" in self.free and not inside:
                cell = ast.Subscript(_hook("cells"), _text("__class__"), ast.Load())
                node.args = [cell, ast.Name(first, ast.Load())]
            else:
                return node
            return ast.copy_location(
                ast.Call(ast.Name("super", ast.Load()), node.args, []), node
            )
        args = [self._argument(a) for a in node.args]
        keywords = [ast.keyword(k.arg, self.expr(k.value)) for k in node.keywords]
        new = ast.Call(
            _hook("call"), [self.site(node), self.expr(function), *args], keywords
        )
        return ast.copy_location(new, node)

    def _argument(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Starred):
            iterable = _call("iter", self.expr(node.value), self.site(node))
            return ast.copy_location(ast.Starred(iterable, ast.Load()), node)
        return self.expr(node)

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        if isinstance(node.ctx, ast.Load):
            return self._argument(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        new = _call("getattr", self.expr(node.value), _text(node.attr), self.site(node))
        return ast.copy_location(new, node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        new = _call("getitem", self.expr(node.value), self._index(node.slice), self.site(node))
        return ast.copy_location(new, node)

    def _index(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Slice):
            parts = [_text(None) if p is None else self.expr(p) for p in
                     (node.lower, node.upper, node.step)]
            return ast.copy_location(_call("slice", *parts), node)
        if isinstance(node, ast.Tuple):
            elements = [self._index(e) for e in node.elts]
            return ast.copy_location(ast.Tuple(elements, ast.Load()), node)
        return self.expr(node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.expr:
        spec = node.format_spec
        if isinstance(spec, ast.JoinedStr):
            spec.values = [self.expr(v) for v in spec.values]
        value = _call("shown", self.expr(node.value), self.site(node))
        return ast.copy_location(ast.FormattedValue(value, node.conversion, spec), node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        node.values = [self.expr(v) for v in node.values]
        return ast.copy_location(_call("text", node), node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        value = _call("assign", _text(node.target.id), self.expr(node.value), self.site(node))
        return ast.copy_location(ast.NamedExpr(node.target, value), node)

    def visit_List(self, node: ast.List) -> ast.expr:
        return self._display(node, ast.List)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        return self._display(node, ast.Tuple)

    def _display(self, node: Any, kind: Any) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            return cast(ast.expr, node)
        elements = [self._held(e) for e in node.elts]
        return cast(ast.expr, ast.copy_location(kind(elements, ast.Load()), node))

    def visit_Set(self, node: ast.Set) -> ast.expr:
        return ast.copy_location(ast.Set([self._held(e) for e in node.elts]), node)

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        keys = [None if k is None else self.expr(k) for k in node.keys]
        return ast.copy_location(ast.Dict(keys, [self._held(v) for v in node.values]), node)

    def _held(self, node: ast.expr) -> ast.expr:
        """An element of a display: kept in a variable of its own if it is more than a name."""
        if isinstance(node, ast.Starred):
            return self._argument(node)
        if isinstance(node, ast.Name | ast.Constant):
            return self.expr(node)
        return self._element(node)

    def visit_Yield(self, node: ast.Yield) -> ast.expr:
        value = None if node.value is None else self._element(node.value)
        return ast.copy_location(ast.Yield(value), node)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.expr:
        value = _call("iter", self.expr(node.value), self.site(node))
        return ast.copy_location(ast.YieldFrom(value), node)

    # -- statements

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        if node.value is None:
            return node
        if isinstance(node.value, ast.Tuple):
            value = self.expr(node.value)
        else:
            value = self._result(node.value, self.function[-1])
        return ast.copy_location(ast.Return(value), node)

    def visit_If(self, node: ast.If) -> ast.stmt:
        test = _call("test", self.expr(node.test), self.site(node.test))
        return ast.copy_location(ast.If(test, self.body(node.body), self.body(node.orelse)), node)

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        site = self.site(node)
        enter = ast.copy_location(ast.Expr(_call("enter", site)), node)
        test = _call("while", self.expr(node.test), self.site(node.test), site)
        loop = ast.While(test, self.body(node.body), self.body(node.orelse))
        return [enter, ast.copy_location(loop, node)]

    def visit_For(self, node: ast.For) -> ast.stmt:
        hint = node.target.id if isinstance(node.target, ast.Name) else None
        iterable = _call("iter", self.expr(node.iter), self.site(node), _text(hint))
        body = self.body(node.body)
        if _simple_target(node.target) and not self._outside_names(node.target):
            target: ast.expr = node.target
        else:
            name = self.temporary()
            target = ast.Name(name, ast.Store())
            body = [*self._store(node.target, ast.Name(name, ast.Load()), node), *body]
        return ast.copy_location(ast.For(target, iterable, body, self.body(node.orelse)), node)

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        test = _call("test", self.expr(node.test), self.site(node.test))
        message = None if node.msg is None else self.expr(node.msg)
        return ast.copy_location(ast.Assert(test, message), node)

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        value = self.expr(node.value)
        if len(node.targets) == 1:
            return self._store(node.targets[0], value, node)
        name = self.temporary()
        hint = next((t.id for t in node.targets if isinstance(t, ast.Name)), None)
        first = ast.Assign(
            [ast.Name(name, ast.Store())],
            _call("assign", _text(hint), value, self.site(node)) if hint else value,
        )
        result: list[ast.stmt] = [ast.copy_location(first, node)]
        for target in node.targets:
            result += self._store(target, ast.Name(name, ast.Load()), node)
        return result

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            if isinstance(node.target, ast.Name):
                return ast.copy_location(
                    ast.AnnAssign(node.target, _text(None), None, node.simple), node
                )
            return None
        return self._store(node.target, self.expr(node.value), node)

    def _outside_names(self, target: ast.expr) -> bool:
        return any(
            isinstance(n, ast.Name) and self.resolve(n.id) != "local" for n in ast.walk(target)
        )

    def _store(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> list[ast.stmt]:
        """Statements that assign an already rewritten value to a target of any kind."""
        new: ast.stmt
        if isinstance(target, ast.Name):
            named = _call("assign", _text(target.id), value, self.site(node))
            where = self.resolve(target.id)
            if where == "local":
                new = ast.Assign([target], named)
            else:
                new = ast.Expr(_call(f"set{where}", _text(target.id), named, self.site(node)))
        elif isinstance(target, ast.Attribute):
            owner = self.expr(target.value)
            new = ast.Expr(_call("setattr", owner, _text(target.attr), value, self.site(target)))
        elif isinstance(target, ast.Subscript):
            owner = self.expr(target.value)
            index = self._index(target.slice)
            new = ast.Expr(_call("setitem", owner, index, value, self.site(target)))
        elif isinstance(target, ast.Tuple | ast.List):
            return self._store_several(target, value, node)
        elif isinstance(target, ast.Starred):
            return self._store(target.value, value, node)
        else:
            raise AssertionError(ast.dump(target))
        return [ast.fix_missing_locations(ast.copy_location(new, node))]

    def _store_several(
        self, target: ast.Tuple | ast.List, value: ast.expr, node: ast.stmt
    ) -> list[ast.stmt]:
        elements = target.elts
        star = next((k for k, e in enumerate(elements) if isinstance(e, ast.Starred)), -1)
        hints = [e.id if isinstance(e, ast.Name) else None for e in elements]
        unpacked = _call(
            "unpack", value, _text(len(elements)), _text(star), _text(tuple(hints)), self.site(node)
        )
        names = [self.temporary() for _ in elements]
        first = ast.Assign(
            [ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())], unpacked
        )
        result: list[ast.stmt] = [ast.copy_location(first, node)]
        for name, element in zip(names, elements, strict=True):
            result += self._store(element, ast.Name(name, ast.Load()), node)
        return result

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        name = "i" + _BINARY[type(node.op)]
        target = node.target
        site = self.site(node)
        if isinstance(target, ast.Name):
            old = self.expr(ast.copy_location(ast.Name(target.id, ast.Load()), target))
            return self._store(target, _call(name, old, self.expr(node.value), site), node)
        owner_name, result = self.temporary(), []
        owner = ast.Assign([ast.Name(owner_name, ast.Store())], self.expr(target.value))
        result.append(ast.copy_location(owner, node))
        load = ast.Name(owner_name, ast.Load())
        if isinstance(target, ast.Attribute):
            old = _call("getattr", load, _text(target.attr), self.site(target))
            value = _call(name, old, self.expr(node.value), site)
            last = _call("setattr", load, _text(target.attr), value, self.site(target))
        else:
            index_name = self.temporary()
            index = ast.Assign([ast.Name(index_name, ast.Store())], self._index(target.slice))
            result.append(ast.copy_location(index, node))
            where = ast.Name(index_name, ast.Load())
            old = _call("getitem", load, where, self.site(target))
            value = _call(name, old, self.expr(node.value), site)
            last = _call("setitem", load, where, value, self.site(target))
        result.append(ast.copy_location(ast.Expr(last), node))
        return cast("list[ast.stmt]", result)

    def visit_Delete(self, node: ast.Delete) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                owner, index = self.expr(target.value), self._index(target.slice)
                new: ast.stmt = ast.Expr(_call("delitem", owner, index, self.site(target)))
            elif isinstance(target, ast.Attribute):
                owner = self.expr(target.value)
                new = ast.Expr(_call("delattr", owner, _text(target.attr), self.site(target)))
            else:
                new = ast.Delete([target])
            result.append(ast.copy_location(new, node))
        return result


def _with_negative(value: Any) -> list[tuple[type, Any]]:
    return [(type(value), value), (type(value), -value)]


def _bare_arguments(node: ast.arguments) -> ast.arguments:
    """The same parameters without annotations and defaults."""

    def bare(arg: ast.arg | None) -> ast.arg | None:
        return None if arg is None else ast.copy_location(ast.arg(arg.arg, None), arg)

    return ast.arguments(
        [cast(ast.arg, bare(a)) for a in node.posonlyargs],
        [cast(ast.arg, bare(a)) for a in node.args],
        bare(node.vararg),
        [cast(ast.arg, bare(a)) for a in node.kwonlyargs],
        [None] * len(node.kwonlyargs),
        bare(node.kwarg),
        [],
    )


def _simple_target(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) or (
        isinstance(target, ast.Tuple | ast.List)
        and all(_simple_target(e) for e in target.elts if not isinstance(e, ast.Starred))
        and not any(isinstance(e, ast.Starred) for e in target.elts)
    )


def rewrite(source: FunctionSource, free: frozenset[str]) -> ast.Module:
    """A module that defines the rewritten function under the name `_sd_function`."""
    import copy

    node = Rewriter(source, free).root(copy.deepcopy(source.node))
    if isinstance(node, ast.Lambda):
        statement: ast.stmt = ast.Assign([ast.Name("_sd_function", ast.Store())], node)
    else:
        assert isinstance(node, ast.FunctionDef)
        statement = node
    ast.copy_location(statement, source.node)
    return ast.fix_missing_locations(ast.Module([statement], []))
