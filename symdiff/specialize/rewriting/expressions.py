"""The rewriting of expressions: operators, tests, calls, items, attributes, names, displays."""

from __future__ import annotations

import ast
from typing import Any, cast

from .function import FunctionRewriter
from .gathering import GATHERED, GatheredCall, GatheredGenerator, GatheredList
from .generating import may_generate
from .hook_calls import PREFIX, SIDES, bare_arguments, call_hook, hook, text
from .lists import popped
from .loops import as_sequence
from .operator_names import BINARY, COMPARISONS, UNARY, negative_index, reduces, shape_of
from .scopes import comprehension_scope, function_scope, parameters
from .stretches import stretches_of


class ExpressionRewriter(FunctionRewriter):
    """Rewrites expressions in place; statements are its subclass's."""

    def test(self, node: ast.expr, hook: str = "test") -> ast.expr:
        """An expression as a test, each part of which is asked once for its truth."""
        new: ast.expr
        if isinstance(node, ast.BoolOp):
            new = ast.BoolOp(node.op, [self.test(v, hook) for v in node.values])
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            new = ast.UnaryOp(node.op, self.test(node.operand, hook))
        elif isinstance(node, ast.IfExp):
            parts = [self.test(v, hook) for v in (node.test, node.body, node.orelse)]
            new = ast.IfExp(*parts)
        elif isinstance(node, ast.Compare) and len(node.ops) > 1:
            new = self._chain(node, hook)
        else:
            owner = self.appended_to(node)
            if owner is not None:
                new = call_hook("nonempty", owner, self.site(node))
            elif isinstance(node, ast.Name) and node.id in self.numbers:
                filled = call_hook("filled", node, self.site(node))
                new = call_hook(hook, filled, self.site(node))
            else:
                new = call_hook(hook, self.expr(node), self.site(node))
        return ast.copy_location(new, node)

    def growing(self, node: ast.expr) -> ast.expr | None:
        """A list in an attribute or an outside name, which need not be opened to append to it."""
        if isinstance(node, ast.Name):
            where = self.resolve(node.id)
            if node.id in self.numbers:
                return node
            if where == "local":
                return call_hook("list_given", node) if node.id in self.lists else None
            table = hook("cells" if where == "cell" else "globals")
            return call_hook("list_named", table, text(self.mangled(node.id)), self.site(node))
        if isinstance(node, ast.Attribute):
            name = text(self.mangled(node.attr))
            return call_hook("list_in", self.expr(node.value), name, self.site(node))
        return None

    def appended_to(self, node: ast.expr) -> ast.expr | None:
        """The same, where the function appends to it somewhere."""
        if not isinstance(node, ast.Name | ast.Attribute) or not self.appended:
            return None
        if isinstance(node, ast.Name) and node.id in self.numbers:
            return None
        return self.growing(node) if ast.unparse(node) in self.appended else None

    def _result(self, value: ast.expr, function: str) -> ast.expr:
        name = function if function.isidentifier() else "result"
        return call_hook("return", text(name), self.expr(value), self.site(value))

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        arguments = self._arguments(node.args)
        outer, self.scope = self.scope, function_scope(node, self.scope)
        self.first_parameter.append(next((a.arg for a in parameters(node.args)), None))
        body = self._result(node.body, "result")
        self.first_parameter.pop()
        self.scope = outer
        return ast.copy_location(ast.Lambda(arguments, body), node)

    def _arguments(self, node: ast.arguments) -> ast.arguments:
        new = bare_arguments(node)
        new.defaults = [self.expr(d) for d in node.defaults]
        new.kw_defaults = [None if d is None else self.expr(d) for d in node.kw_defaults]
        return new

    def _comprehension(self, node: Any, build: Any) -> ast.expr:
        generators = node.generators
        outer = self.scope
        inner = comprehension_scope(generators, outer)
        new = []
        for k, generator in enumerate(generators):
            self.scope = outer if k == 0 else inner
            site = self.site(generator.iter)
            iterable = call_hook("iter", as_sequence(generator.iter, self), site)
            shape = shape_of(generator.target)
            if shape is not None:
                iterable = call_hook("pairs", iterable, text(shape), site)
            self.scope = inner
            tests = [self.test(t) for t in generator.ifs]
            new.append(ast.comprehension(generator.target, iterable, tests, generator.is_async))
        result = build(new)
        self.scope = outer
        return cast(ast.expr, ast.copy_location(result, node))

    def _element(self, node: ast.expr) -> ast.expr:
        return call_hook("item", self.expr(node), self.site(node))

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return self._comprehension(
            node, lambda g: call_hook("new", ast.ListComp(self._element(node.elt), g))
        )

    def visit_SetComp(self, node: ast.SetComp) -> ast.expr:
        return self._comprehension(
            node, lambda g: ast.SetComp(self._key(node.elt, self._element(node.elt)), g)
        )

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        made = self._comprehension(node, lambda g: ast.GeneratorExp(self._element(node.elt), g))
        return ast.copy_location(call_hook("generator", made), node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        return self._comprehension(
            node,
            lambda g: call_hook(
                "new",
                ast.DictComp(
                    self._key(node.key, self._element(node.key)), self._element(node.value), g
                ),
            ),
        )

    # -- names

    def held_list(self, node: ast.expr) -> ast.expr:
        """An expression of which a list that only names hold is asked as it is."""
        if isinstance(node, ast.Name) and node.id in self.numbers:
            return node
        if isinstance(node, GATHERED):
            return self.gathered(node)
        if isinstance(node, GatheredCall):
            helper = ast.Name(node.collector, ast.Load())
            takes = call_hook("collects", self.expr(node.taking))
            made = call_hook("collected", takes, helper, call_hook("sole", self.expr(node)))
            return ast.copy_location(made, node)
        return self.expr(node)

    def visit_GatheredCall(self, node: GatheredCall) -> ast.expr:
        return self.visit_Call(node)

    def gathered(self, node: GatheredList | GatheredGenerator, *function: ast.expr) -> ast.expr:
        """The items of a comprehension, by a loop where that may stay one."""
        if isinstance(node, GatheredList) and node.taking is not None:
            function = (self.expr(node.taking),)
        gathers = call_hook("gathers", *function)
        helper = ast.Name(node.helper, ast.Load())
        over = as_sequence(node.generators[0].iter, self)
        if may_generate(node.generators[0].iter):
            over = call_hook("over", over)
        made = ast.Call(helper, [over], [])
        plain: ast.expr
        if node.original is not None:
            plain = self.expr(node.original)
        elif isinstance(node, GatheredList):
            plain = self.visit_ListComp(node)
        else:
            plain = self.visit_GeneratorExp(node)
        return ast.copy_location(ast.IfExp(gathers, made, plain), node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if not isinstance(node.ctx, ast.Load) or node.id.startswith(PREFIX):
            return node
        where = self.resolve(node.id)
        if where == "local":
            return call_hook("opened", node) if node.id in self.lists | self.numbers else node
        table = hook("cells" if where == "cell" else "globals")
        name = text(self.mangled(node.id))
        return ast.copy_location(ast.Subscript(table, name, ast.Load()), node)

    # -- expressions

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        summed = self._summed(node)
        if summed is not None:
            return summed
        name = BINARY[type(node.op)]
        new = call_hook(name, self.expr(node.left), self.expr(node.right), self.site(node))
        return ast.copy_location(new, node)

    def _summed(self, node: ast.expr) -> ast.expr | None:
        """A sum over parts of arrays whose ends may vary."""
        found = stretches_of(node)
        if found is None:
            return None
        function = text(None) if found.function is None else self.expr(found.function)
        given = [e for p in found.parts for e in (self.held_list(p.value), self._index(p.slice))]
        site = self.site(node)
        new = call_hook("summed", text(found.name), text(found.form), site, function, *given)
        return ast.copy_location(new, node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.Not):
            whole = isinstance(node.operand, ast.BoolOp | ast.Compare | ast.IfExp)
            test = (
                call_hook("test", self.expr(node.operand), self.site(node))
                if whole  # CPython asks what comes out once more
                else self.test(node.operand)
            )
            return ast.copy_location(ast.UnaryOp(ast.Not(), test), node)
        if isinstance(node.operand, ast.Constant):
            return node
        new = call_hook(UNARY[type(node.op)], self.expr(node.operand), self.site(node))
        return ast.copy_location(new, node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        """`a and b` is `b` where `a` holds, and otherwise `a`, which is kept for a moment."""
        *others, last = node.values
        result = self.expr(last)
        for value in reversed(others):
            holds, kept = self._holds(value), call_hook("kept")
            taken, left = (result, kept) if isinstance(node.op, ast.And) else (kept, result)
            result = ast.copy_location(ast.IfExp(holds, taken, left), node)
        return result

    def _holds(self, node: ast.expr) -> ast.expr:
        """The truth of an operand, of which what was asked last is kept."""
        if isinstance(node, ast.BoolOp):
            return ast.copy_location(ast.BoolOp(node.op, list(map(self._holds, node.values))), node)
        return ast.copy_location(call_hook("holds", self.expr(node), self.site(node)), node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if len(node.ops) > 1:
            return self._chain(node, None)
        (op,) = node.ops
        left, other = self.expr(node.left), self.expr(node.comparators[0])
        fixed = isinstance(other, ast.Constant) and type(other.value) not in (bool, int, float)
        if isinstance(op, ast.Is | ast.IsNot) and fixed:
            return ast.copy_location(ast.Compare(left, node.ops, [other]), node)
        new = call_hook(COMPARISONS[type(op)], left, other, self.site(node))
        return ast.copy_location(new, node)

    def _chain(self, node: ast.Compare, hook: str | None) -> ast.expr:
        """`a < b <= c`: each operand is evaluated once, and only as far as needed.

        After a comparison that holds its right side is kept for the next, and otherwise what it
        gave, which is the value of the whole. With `hook`, only the truth of that is wanted.
        """
        names = [COMPARISONS[type(op)] for op in node.ops]
        left, *others = [self.expr(v) for v in [node.left, *node.comparators]]
        lefts = [left, *[call_hook("kept") for _ in others[1:]]]
        site = self.site(node)
        result: ast.expr = call_hook(names[-1], lefts[-1], others[-1], site)
        if hook is not None:
            result = call_hook(hook, result, site)
        for k in range(len(names) - 2, -1, -1):
            holds = call_hook("link", text(names[k]), lefts[k], others[k], site)
            failed = call_hook("kept") if hook is None else call_hook("failed")
            result = ast.copy_location(ast.IfExp(holds, result, failed), node)
        return result

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test = self.test(node.test)
        return ast.copy_location(
            ast.IfExp(test, self.expr(node.body), self.expr(node.orelse)), node
        )

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func
        if isinstance(function, ast.Name) and function.id.startswith(PREFIX):
            if function.id == f"{PREFIX}push":
                body = node.args[1]
                assert isinstance(body, ast.Name)
                node.args.insert(3, text(self.uses_within[body.id]))
            if function.id in (SIDES, f"{PREFIX}over"):
                args = [as_sequence(a, self) for a in node.args]
            else:
                args = [a if isinstance(a, ast.Constant) else self._held(a) for a in node.args]
            return ast.copy_location(ast.Call(function, args, []), node)
        if (
            isinstance(function, ast.Name)
            and function.id == "super"
            and not node.args
            and self.resolve("super") == "global"
        ):
            return ast.copy_location(self._super(node), node)
        if isinstance(function, ast.Name) and function.id == "len" and len(node.args) == 1:
            owner = None if node.keywords else self.appended_to(node.args[0])
            if owner is not None:
                new = call_hook("length", self.expr(function), owner, self.site(node))
                return ast.copy_location(new, node)
        summed = self._summed(node)
        if summed is not None:
            return summed
        if popped(node) in self.numbers:
            new = call_hook("popped", ast.Name(popped(node), ast.Load()), self.site(node))
            return ast.copy_location(new, node)
        called = "call"
        if len(node.args) == 1 and isinstance(node.args[0], GatheredGenerator):
            args = [self.gathered(node.args[0], self.expr(node.func))]
        else:
            args = [self.argument(a) for a in node.args]
        if args and isinstance(node.args[0], ast.ListComp) and reduces(function):
            # Of which no list is needed: one item may stand for all.
            items = ast.GeneratorExp(node.args[0].elt, node.args[0].generators)
            one = self.visit_GeneratorExp(ast.copy_location(items, node.args[0]))
            args[0] = ast.IfExp(call_hook("keeps_loops"), one, args[0])
        if len(node.args) == 1 and isinstance(node.args[0], ast.Starred) and node.keywords:
            # Python takes the items only when it has all keywords.
            called, args = "spread", [self.expr(node.args[0].value)]
        keywords = [ast.keyword(k.arg, self._keyword(k)) for k in node.keywords]
        new = ast.Call(hook(called), [self.site(node), self.expr(function), *args], keywords)
        return ast.copy_location(new, node)

    def _super(self, node: ast.Call) -> ast.expr:
        """`super()`, unless the user has another function of that name."""
        found = ast.Subscript(hook("globals"), text("super"), ast.Load())
        first = self.first_parameter[-1]
        inside = self.scope is not None and self.scope.resolve("__class__") == "local"
        if first is not None and "__class__" in self.free and not inside:
            cell = ast.Subscript(hook("cells"), text("__class__"), ast.Load())
            args = [cell, ast.Name(first, ast.Load())]
            return call_hook("super", found, self.site(node), *args)
        other = call_hook("super", found, self.site(node))
        return ast.IfExp(call_hook("is_super", found), node, other)

    def _keyword(self, node: ast.keyword) -> ast.expr:
        value = self.expr(node.value)
        return value if node.arg else call_hook("mapping", value, self.site(node.value))

    def argument(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Starred):
            iterable = call_hook("iter", self.expr(node.value), self.site(node))
            return ast.copy_location(ast.Starred(iterable, ast.Load()), node)
        made = self.held_list(node)
        if type(node) is ast.Call and may_generate(node):
            made = ast.copy_location(call_hook("sole", made), node)
        return made

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        if isinstance(node.ctx, ast.Load):
            return self.argument(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        name = self.mangled(node.attr)
        new = call_hook("getattr", self.expr(node.value), text(name), self.site(node))
        return ast.copy_location(new, node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        index = negative_index(node.slice)
        owner = None if index is None else self.appended_to(node.value)
        if owner is not None:
            new = call_hook("peek", owner, text(index), self.site(node))
            return ast.copy_location(new, node)
        owner = self._part(node.value) or self.held_list(node.value)
        new = call_hook("getitem", owner, self._index(node.slice), self.site(node))
        return ast.copy_location(new, node)

    def _part(self, node: ast.expr) -> ast.expr | None:
        """`solution.y` and `solution.y[k]`, of which only an item is asked for."""
        if isinstance(node, ast.Attribute) and node.attr in ("t", "y"):
            new = call_hook("part", self.expr(node.value), text(node.attr), self.site(node))
            return ast.copy_location(new, node)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
            owner = self._part(node.value)
            if owner is not None:
                new = call_hook("subpart", owner, self._index(node.slice), self.site(node))
                return ast.copy_location(new, node)
        return None

    def _index(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Slice):
            parts = [
                text(None) if p is None else self.expr(p)
                for p in (node.lower, node.upper, node.step)
            ]
            return ast.copy_location(call_hook("slice", *parts), node)
        if isinstance(node, ast.Tuple):
            elements = [self._index(e) for e in node.elts]
            return ast.copy_location(ast.Tuple(elements, ast.Load()), node)
        return self.expr(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        parts = [v if isinstance(v, ast.Constant) else self._placed(v) for v in node.values]
        return ast.copy_location(call_hook("fstring", self.site(node), *parts), node)

    def _placed(self, node: Any) -> ast.expr:
        """What stands in the braces of an f-string: value, conversion and format."""
        value = self.expr(node.value)
        spec = text("") if node.format_spec is None else self.expr(node.format_spec)
        site = self.site(node.value)
        return call_hook("placed", value, text(node.conversion), spec, site)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        value = call_hook("assign", text(node.target.id), self.expr(node.value), self.site(node))
        where = self.resolve(node.target.id)
        if where != "local":
            name = text(self.mangled(node.target.id))
            return ast.copy_location(call_hook(f"set{where}", name, value, self.site(node)), node)
        return ast.copy_location(ast.NamedExpr(node.target, value), node)

    def visit_List(self, node: ast.List) -> ast.expr:
        return self._display(node, ast.List)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        return self._display(node, ast.Tuple)

    def _display(self, node: Any, kind: Any) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            return cast(ast.expr, node)
        elements = [self._held(e) for e in node.elts]
        made = kind(elements, ast.Load())
        made = call_hook("new", made) if kind is ast.List else made
        return cast(ast.expr, ast.copy_location(made, node))

    def visit_Set(self, node: ast.Set) -> ast.expr:
        return ast.copy_location(ast.Set([self._key(e, self._held(e)) for e in node.elts]), node)

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        keys = [None if k is None else self._key(k, self.expr(k)) for k in node.keys]
        values = [
            call_hook("mapping", self.expr(v), self.site(v)) if k is None else self._held(v)
            for k, v in zip(node.keys, node.values, strict=True)
        ]
        return ast.copy_location(call_hook("new", ast.Dict(keys, values)), node)

    def _key(self, node: ast.expr, rewritten: ast.expr) -> ast.expr:
        """What becomes a key, or an element of a set: how an object is hashed may change."""
        if isinstance(node, ast.Constant | ast.Starred):
            return rewritten
        return call_hook("hashed", rewritten, self.site(node))

    def _held(self, node: ast.expr) -> ast.expr:
        """An element of a display: kept in a variable of its own if it is more than a name."""
        if isinstance(node, ast.Starred):
            return self.argument(node)
        if isinstance(node, ast.Name | ast.Constant):
            return self.expr(node)
        return self._element(node)

    def visit_Yield(self, node: ast.Yield) -> ast.expr:
        value = None if node.value is None else self._element(node.value)
        return ast.copy_location(ast.Yield(value), node)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.expr:
        value = call_hook("iter", self.expr(node.value), self.site(node))
        return ast.copy_location(ast.YieldFrom(value), node)
