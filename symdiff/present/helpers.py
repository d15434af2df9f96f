"""The helper functions that written-out Python calls: their source, and all that it needs."""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import sys
import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..program.naming import as_plain, checked, is_plain, literal
from .unparsing import unparse

_OWN = "symdiff"


class Helpers:
    """Collects imports and helper functions, each under a name that nothing else has.

    >>> helpers = Helpers({"x"})
    >>> helpers.module("numpy"), helpers.function(np.sin, "sin"), helpers.builtin("abs")
    ('numpy', 'numpy.sin', 'abs')
    >>> helpers.imports()
    ['import numpy']
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._modules: dict[str, str] = {}
        self._submodules: set[str] = set()
        self._functions: dict[Any, str] = {}
        self._definitions: list[str] = []
        self._made: set[str] = set()

    def fresh(self, hint: str) -> str:
        """A name nothing else has, near to `hint`."""
        name = hint = as_plain(hint, "helper")
        n = 0
        while name in self._taken or hasattr(builtins, name):
            n += 1
            name = f"{hint}_{n}"
        self._taken.add(name)
        self._made.add(name)
        return name

    def made(self, name: str) -> bool:
        """Whether `name` was handed out here."""
        return name in self._made

    def module(self, name: str) -> str:
        """The name under which a top module is imported."""
        known = self._modules.get(name)
        if known is None:
            known = self._modules[name] = name if name not in self._taken else self.fresh(name)
            self._taken.add(known)
            self._made.add(known)
        return known

    def submodule(self, name: str) -> None:
        """Import `scipy.special` too, not only `scipy`."""
        self.module(name.partition(".")[0])
        self._submodules.add(name)

    def builtin(self, name: str) -> str:
        """How a builtin is called where a variable may have its name."""
        if name not in self._taken:
            return name
        return f"{self.module('builtins')}.{name}"

    def imports(self) -> list[str]:
        lines = [
            f"import {name}" if name == bound else f"import {name} as {bound}"
            for name, bound in self._modules.items()
        ]
        return sorted({*lines, *(f"import {name}" for name in self._submodules)})

    def definitions(self) -> list[str]:
        return list(self._definitions)

    def function(self, function: Any, hint: str) -> str:
        """The text that calls `function`; its source is taken along unless it can be imported.

        Raises:
            UnsupportedError: its source cannot be had, or does not stand alone.
        """
        try:
            known = self._functions.get(function)
        except TypeError:
            known = None
        if known is None:
            known = self._functions[function] = self._imported(function) or self._copied(
                function, hint
            )
        return known

    # -- functions that can be imported

    def _imported(self, function: Any) -> str | None:
        name: Any = getattr(function, "__name__", None)
        if not is_plain(name):
            return None
        if getattr(builtins, name, None) is function:
            return self.builtin(name)
        if getattr(np, name, None) is function:
            return f"{self.module('numpy')}.{name}"
        home = getattr(function, "__module__", None) or ""
        if isinstance(function, np.ufunc) and not home:
            home = "scipy.special"  # a ufunc does not say where it is from
        top = home.partition(".")[0]
        if not all(map(is_plain, home.split("."))) or top == _OWN or top.startswith("_"):
            return None
        if getattr(sys.modules.get(home), name, None) is not function:
            return None
        path = ".".join(part for part in home.split(".") if not part.startswith("_"))
        if getattr(sys.modules.get(path), name, None) is not function:
            path = home
        if "." in path:
            self.submodule(path)
        bound = self.module(path.partition(".")[0])
        return ".".join([bound, *path.split(".")[1:], name])

    # -- functions whose source comes along

    def _copied(self, function: Any, hint: str) -> str:
        if isinstance(function, functools.partial) and not function.args:
            return self._partial(function, hint)
        if isinstance(function, type) and issubclass(function, UnsupportedError):
            return self.builtin("ValueError")  # an error of symdiff, told in Python's own terms
        function = inspect.unwrap(function)
        if not isinstance(function, types.FunctionType):
            raise UnsupportedError(f"`{hint}` cannot be written as Python that stands alone")
        node = _definition(function, hint)
        name = self.fresh("_" + hint.lstrip("_"))
        self._functions[function] = name
        meaning = {node.name: name}
        for caches in [n for n in ast.walk(node) if isinstance(n, ast.Nonlocal)]:
            # A variable that a helper shares with its maker holds what it has computed so far.
            fresh = {used: self.fresh(f"{name}_{used}") for used in caches.names}
            self._definitions += [f"{variable} = None" for variable in fresh.values()]
            meaning |= fresh
        for used, value in _outside(function, node):
            if used in meaning:
                continue
            meaning[used] = self._value(value, used, hint)
        node = _Rename(meaning, _local_names(node)).visit(node)
        node.name = name
        _strip(node)
        self._definitions.append(unparse(node))
        return name

    def _partial(self, function: functools.partial[Any], hint: str) -> str:
        inner = self.function(function.func, hint)
        name = self.fresh("_" + hint.lstrip("_"))
        filled = [f"{checked(k)}={self._value(v, k, hint)}" for k, v in function.keywords.items()]
        body = f"return {inner}(*operands, {', '.join(filled)}, **params)"
        self._definitions.append(f"def {name}(*operands, **params):\n    {body}")
        return name

    def _value(self, value: Any, used: str, hint: str) -> str:
        if isinstance(value, types.ModuleType):
            path = value.__name__
            if not all(map(is_plain, path.split("."))):
                raise UnsupportedError(f"`{hint}` uses a module that source cannot name")
            if path.partition(".")[0] == _OWN:
                raise UnsupportedError(
                    f"`{hint}` uses {path}, which Python that stands alone cannot"
                )
            if "." in path:
                self.submodule(path)
            top, _, rest = path.partition(".")
            return ".".join(filter(None, [self.module(top), rest]))
        text = literal(value)
        if text is not None:
            return text
        if isinstance(value, float):
            return f"{self.builtin('float')}({float.__repr__(value)!r})"
        if callable(value):
            return self.function(value, getattr(value, "__name__", used).strip("<>"))
        raise UnsupportedError(
            f"`{hint}` uses {used}, which cannot be written as Python that stands alone"
        )


def _definition(function: types.FunctionType, hint: str) -> ast.FunctionDef:
    """The AST of a function; a lambda becomes a function that returns its body."""
    code = function.__code__
    for node in ast.walk(_module_tree(function, hint)):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first == code.co_firstlineno:
                return _copy(node)
        elif isinstance(node, ast.Lambda) and _is_compiled_from(code, node):
            made = ast.parse("def made(): pass").body[0]
            assert isinstance(made, ast.FunctionDef)
            made.args, made.body = node.args, [ast.Return(node.body)]
            return _copy(made)
    raise UnsupportedError(f"the source of `{hint}` cannot be found")


def _is_compiled_from(code: types.CodeType, node: ast.Lambda) -> bool:
    """Whether a code object is that of a lambda: several may stand on one line."""
    if code.co_name != "<lambda>" or node.lineno != code.co_firstlineno:
        return False
    body = node.body
    start = (body.lineno, body.col_offset)
    end = (body.end_lineno or body.lineno, body.end_col_offset or 0)
    inside = [
        (line, column)
        for line, _, column, _ in code.co_positions()
        if line is not None and column is not None and (line, column) >= (node.lineno, 1)
    ]
    return all(start <= place < end for place in inside)


@functools.cache
def _tree_of_file(file: str) -> ast.Module:
    with open(file, encoding="utf-8") as opened:
        return ast.parse(opened.read())


def _module_tree(function: types.FunctionType, hint: str) -> ast.Module:
    try:
        return _tree_of_file(function.__code__.co_filename)
    except (OSError, SyntaxError) as error:
        raise UnsupportedError(f"the source of `{hint}` cannot be read") from error


def _copy(node: ast.FunctionDef) -> ast.FunctionDef:
    """A copy to change, since the tree of the file is kept."""
    copied = ast.parse(ast.unparse(ast.fix_missing_locations(node))).body[0]
    assert isinstance(copied, ast.FunctionDef)
    return copied


def _local_names(node: ast.FunctionDef) -> set[str]:
    shared = {k for n in ast.walk(node) if isinstance(n, ast.Nonlocal) for k in n.names}
    names = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    for n in ast.walk(node):
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store):
            names.add(n.id)
        elif isinstance(n, ast.FunctionDef) and n is not node:
            names.add(n.name)
    return names - shared


def _outside(function: types.FunctionType, node: ast.FunctionDef) -> list[tuple[str, Any]]:
    """The names a function takes from outside itself, and what they are."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    local = _local_names(node)
    _strip(node)
    used = dict.fromkeys(
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id not in local
    )
    found: list[tuple[str, Any]] = []
    for name in used:
        if name in cells:
            found.append((name, cells[name].cell_contents))
        elif name in function.__globals__:
            if function.__globals__[name] is not function:
                found.append((name, function.__globals__[name]))
        elif hasattr(builtins, name):
            found.append((name, getattr(builtins, name)))
    return found


def _strip(node: ast.FunctionDef) -> None:
    """Drop decorators and annotations, whose names would have to come along."""
    for n in ast.walk(node):
        if isinstance(n, ast.FunctionDef):
            n.decorator_list, n.returns = [], None
        elif isinstance(n, ast.arg):
            n.annotation = None


class _Rename(ast.NodeTransformer):
    def __init__(self, meaning: dict[str, str], local: set[str]) -> None:
        self.meaning = {k: v for k, v in meaning.items() if k not in local}

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.stmt:
        return ast.Global([self.meaning.get(k, k) for k in node.names])

    def visit_Name(self, node: ast.Name) -> ast.expr:
        text = self.meaning.get(node.id)
        if text is None or text == node.id:
            return node
        if isinstance(node.ctx, ast.Store):
            return ast.Name(text, ast.Store())
        return ast.parse(text, mode="eval").body
