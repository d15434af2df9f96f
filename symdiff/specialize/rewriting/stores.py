"""The rewriting of what binds or unbinds: assignments, imports, `del`."""

from __future__ import annotations

import ast
from typing import Any

from .expressions import ExpressionRewriter
from .hook_calls import call_hook, hook, text, thunk
from .lists import is_listing, is_repeated
from .operator_names import BINARY


class StoreRewriter(ExpressionRewriter):
    """Rewrites statements that assign to names, attributes and items."""

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        if len(node.targets) == 1:
            (target,) = node.targets
            listed = isinstance(target, ast.Name) and target.id in self.numbers
            value = self._made_list(node.value) if listed else self.expr(node.value)
            return self.store(target, value, node)
        value = self.expr(node.value)
        name = self.temporary()
        hint = next((t.id for t in node.targets if isinstance(t, ast.Name)), None)
        first = ast.Assign(
            [ast.Name(name, ast.Store())],
            call_hook("assign", text(hint), value, self.site(node)) if hint else value,
        )
        result: list[ast.stmt] = [ast.copy_location(first, node)]
        for target in node.targets:
            result += self.store(target, ast.Name(name, ast.Load()), node)
        return result

    def _made_list(self, node: ast.expr) -> ast.expr:
        """What a name is bound to that holds nothing but lists."""
        if isinstance(node, ast.Name):
            return self.held_list(node)
        if isinstance(node, ast.Call) and is_listing(node):
            function = self.expr(node.func)
            value = self.held_list(node.args[0])
            return ast.copy_location(call_hook("listing", function, value, self.site(node)), node)
        if isinstance(node, ast.BinOp) and is_repeated(node):
            left, right = self.expr(node.left), self.expr(node.right)
            return ast.copy_location(call_hook("repeated", left, right, self.site(node)), node)
        return ast.copy_location(call_hook("made_list", self.held_list(node)), node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if self.scope is not None and self.scope.kind == "class" and node.simple:
            # A dataclass has its fields of the annotations, in their order.
            node.annotation = self.annotation(node.annotation)
            node.value = None if node.value is None else self.expr(node.value)
            return node
        if node.value is None:
            if isinstance(node.target, ast.Name):
                return ast.copy_location(
                    ast.AnnAssign(node.target, text(None), None, node.simple), node
                )
            return None
        return self.store(node.target, self.expr(node.value), node)

    def annotation(self, node: ast.expr) -> ast.expr:
        """An annotation: what it says, or its text where that cannot be evaluated."""
        written = ast.unparse(node)
        new = call_hook("annotation", thunk(self.expr(node)), text(written))
        return ast.copy_location(new, node)

    def _is_local(self, target: ast.Name) -> bool:
        return self.resolve(target.id) == "local"

    def store(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> list[ast.stmt]:
        """Statements that assign an already rewritten value to a target of any kind."""
        new: ast.stmt
        if isinstance(target, ast.Name):
            named = call_hook("assign", text(target.id), value, self.site(node))
            where = self.resolve(target.id)
            if where == "local":
                new = ast.Assign([target], named)
            else:
                outside = text(self.mangled(target.id))
                new = ast.Expr(call_hook(f"set{where}", outside, named, self.site(node)))
        elif isinstance(target, ast.Attribute):
            owner = self.expr(target.value)
            new = ast.Expr(
                call_hook(
                    "setattr", value, owner, text(self.mangled(target.attr)), self.site(target)
                )
            )
        elif isinstance(target, ast.Subscript):
            owner = self.held_list(target.value)
            index = self._index(target.slice)
            new = ast.Expr(call_hook("setitem", value, owner, index, self.site(target)))
        elif isinstance(target, ast.Tuple | ast.List):
            return self._store_several(target, value, node)
        elif isinstance(target, ast.Starred):
            return self.store(target.value, value, node)
        else:
            raise AssertionError(ast.dump(target))
        return [ast.copy_location(new, node)]

    def _store_several(
        self, target: ast.Tuple | ast.List, value: ast.expr, node: ast.stmt
    ) -> list[ast.stmt]:
        elements = target.elts
        star = next((k for k, e in enumerate(elements) if isinstance(e, ast.Starred)), -1)
        hints = [e.id if isinstance(e, ast.Name) else None for e in elements]
        unpacked = call_hook(
            "unpack", value, text(len(elements)), text(star), text(tuple(hints)), self.site(node)
        )
        names = [self.temporary() for _ in elements]
        first = ast.Assign(
            [ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())], unpacked
        )
        result: list[ast.stmt] = [ast.copy_location(first, node)]
        for name, element in zip(names, elements, strict=True):
            result += self.store(element, ast.Name(name, ast.Load()), node)
        return result

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        name = "i" + BINARY[type(node.op)]
        target = node.target
        site = self.site(node)
        if isinstance(target, ast.Name):
            old = self.expr(ast.copy_location(ast.Name(target.id, ast.Load()), target))
            return self.store(target, call_hook(name, old, self.expr(node.value), site), node)
        owner_name = self.temporary()
        result: list[ast.stmt] = []
        held = self.held_list(target.value)
        owner = ast.Assign([ast.Name(owner_name, ast.Store())], held)
        result.append(ast.copy_location(owner, node))
        load = ast.Name(owner_name, ast.Load())
        if isinstance(target, ast.Attribute):
            old = call_hook("getattr", load, text(self.mangled(target.attr)), self.site(target))
            value = call_hook(name, old, self.expr(node.value), site)
            last = call_hook(
                "setattr", value, load, text(self.mangled(target.attr)), self.site(target)
            )
        else:
            index_name = self.temporary()
            index = ast.Assign([ast.Name(index_name, ast.Store())], self._index(target.slice))
            result.append(ast.copy_location(index, node))
            where = ast.Name(index_name, ast.Load())
            old = call_hook("getitem", load, where, self.site(target))
            value = call_hook(name, old, self.expr(node.value), site)
            last = call_hook("setitem", value, load, where, self.site(target))
        result.append(ast.copy_location(ast.Expr(last), node))
        return result

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            single = ast.copy_location(ast.Import([alias]), node)
            result.append(self._importing(single, alias.name, 0, ()))
            module = alias.name if alias.asname else name
            result.append(self._imported(name, module, 0, None, node))
        return result

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        module, level = node.module or "", node.level
        return [
            self._importing(node, module, level, tuple([a.name for a in node.names])),
            *[self._imported(a.asname or a.name, module, level, a.name, node) for a in node.names],
        ]

    def _importing(
        self, node: ast.stmt, module: str, level: int, names: tuple[str, ...]
    ) -> ast.stmt:
        """An `import` that may fail now and succeed in a later call."""
        told = call_hook(
            "not_imported", hook("module"), text(module), text(level), text(names), self.site(node)
        )
        handler = ast.ExceptHandler(hook("import_error"), None, [ast.Expr(told), ast.Raise()])
        return ast.copy_location(ast.Try([node], [handler], [], []), node)

    def _imported(
        self, name: str, module: str, level: int, attribute: str | None, node: ast.stmt
    ) -> ast.stmt:
        value = call_hook(
            "imported",
            ast.Name(name, ast.Load()),
            hook("module"),
            text("." * level + module),
            text(attribute),
            self.site(node),
        )
        return ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), node)

    def visit_Delete(self, node: ast.Delete) -> list[ast.stmt]:
        return [ast.copy_location(s, node) for t in node.targets for s in self._deleted(t)]

    def _deleted(self, target: ast.expr) -> list[ast.stmt]:
        if isinstance(target, ast.Tuple | ast.List):
            return [s for element in target.elts for s in self._deleted(element)]
        if isinstance(target, ast.Subscript):
            owner, index = self.expr(target.value), self._index(target.slice)
            return [ast.Expr(call_hook("delitem", owner, index, self.site(target)))]
        if isinstance(target, ast.Attribute):
            owner, name = self.expr(target.value), text(self.mangled(target.attr))
            return [ast.Expr(call_hook("delattr", owner, name, self.site(target)))]
        if isinstance(target, ast.Name) and not self._is_local(target):
            return [ast.Expr(call_hook("forget", text(target.id), self.site(target)))]
        return [ast.Delete([target])]
