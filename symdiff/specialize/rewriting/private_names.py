"""Private names of a class: `__x` in `C` is `_C__x`."""

from __future__ import annotations

import ast


def private_name(name: str, cls: str) -> str:
    """A name as Python has it in a class.

    >>> private_name("__x", "_C"), private_name("__init__", "C"), private_name("x", "C")
    ('_C__x', '__init__', 'x')
    """
    owner = cls.lstrip("_")
    if not name.startswith("__") or name.endswith("__") or "." in name or not owner:
        return name
    return f"_{owner}{name}"


class PrivateNames(ast.NodeTransformer):
    """Names of a method as its class has them, for it is compiled outside the class."""

    def __init__(self, cls: str) -> None:
        self.cls = cls

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field in ("id", "arg", "name", "asname", "rest", "names"):
            if isinstance(node, ast.keyword):
                break  # the names in a call are what the function called has
            value = getattr(node, field, None)
            if type(value) is str:
                setattr(node, field, private_name(value, self.cls))
            elif isinstance(node, ast.Global | ast.Nonlocal) and field == "names":
                node.names = [private_name(n, self.cls) for n in node.names]
        return super().generic_visit(node)

    def visit_alias(self, node: ast.alias) -> ast.alias:
        """The module is called what it is called."""
        bound = private_name(node.asname or node.name, self.cls)
        if bound != (node.asname or node.name):
            node.asname = bound
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        """A class inside has private names of its own."""
        node.name = private_name(node.name, self.cls)
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        return node
