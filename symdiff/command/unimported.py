"""The functions of a file that is not imported: made from its syntax tree, and nothing of it run.

A function is made where all that it takes from outside itself is known from the text alone: other
such functions, builtins, names imported from libraries that do nothing but compute, and constants
that are written down. What else a name may mean is known to whoever runs the file, and a function
that uses it is refused by that name.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import importlib
import importlib.util
import linecache
import operator
import sys
import types
from collections import Counter
from typing import Any

from ..errors import SourceSpan, SymdiffError, UnsupportedError
from ..source.functions import span_of

_LIBRARIES = frozenset({"cmath", "functools", "itertools", "math", "numpy", "operator", "scipy"})
_SILENT = frozenset({"__future__", "abc", "dataclasses", "typing", "typing_extensions"})
_LARGEST = 1e300
_ARITHMETIC: dict[type[ast.AST], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


class Unimported:
    """A file as far as its text says what it is.

    Attributes:
        module: what stands for the module: its functions, imports and constants.
        decorated: by name, the options of functions that are decorated with `grad`.
        problems: by name, why what the file calls so is not known.
    """

    def __init__(self, file: str, name: str, text: str | None = None) -> None:
        if text is None:
            with open(file, "rb") as opened:
                self.tree = ast.parse(opened.read(), file)
        else:
            self.tree = ast.parse(text, file)
            linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        self.file = file
        self.module = types.ModuleType(name)
        self.module.__file__ = file
        self.decorated: dict[str, dict[str, Any]] = {}
        self.problems: dict[str, SymdiffError] = {}
        bound = _bound_names(self.tree)
        self.star = bound.pop("*", 0)
        self.often = {n for n, count in bound.items() if count > 1}
        for node in self.tree.body:
            self._statement(node)
        for function_name in bound.keys() - vars(self.module).keys() - self.problems.keys():
            self._unknown(function_name, None, "it is not a constant that is written down")
        self._check_functions()
        self.functions = [n.name for n in self.tree.body if isinstance(n, ast.FunctionDef)]
        from ..operators.transforms import grad

        for decorated, options in self.decorated.items():
            if hasattr(self.module, decorated):
                setattr(self.module, decorated, grad(getattr(self.module, decorated), **options))

    # -- statements of the module

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found = _library(alias.name)
                if found is not None and not alias.asname:
                    found = sys.modules[top]
                self._bind(alias.asname or top, found, node, "its import may run anything")
        elif isinstance(node, ast.ImportFrom):
            source = _library(node.module or "") if not node.level else None
            for alias in node.names:
                value = None if source is None else getattr(source, alias.name, None)
                self._bind(alias.asname or alias.name, value, node, "its import may run anything")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if node.value is None or not all(isinstance(t, ast.Name) for t in targets):
                return
            try:
                value = self._constant(node.value)
            except ValueError:
                return
            for target in targets:
                assert isinstance(target, ast.Name)
                self._bind(target.id, value, node, "")
        elif isinstance(node, ast.FunctionDef):
            self._function(node)

    def _bind(self, name: str, value: Any, node: ast.stmt, why: str) -> None:
        if name in self.often:
            self._unknown(name, node, "the file binds it more than once")
        elif self.star:
            self._unknown(name, node, "an `import *` may have put another thing there")
        elif value is None:
            self._unknown(name, node, why)
        else:
            setattr(self.module, name, value)

    def _unknown(self, name: str, node: ast.stmt | None, why: str) -> None:
        self.problems[name] = UnsupportedError(
            f"what `{name}` is cannot be told from the text of the file",
            where=None if node is None else span_of(node, self.file),
            why=why,
            remedy="leave out --no-import, which runs the file",
        )

    def _constant(self, node: ast.expr) -> Any:
        """The value of what is written down: literals, arithmetic, `math.pi`.

        Raises:
            ValueError: it is more than that.
        """
        if isinstance(node, ast.BinOp | ast.UnaryOp):
            operands = [node.operand] if isinstance(node, ast.UnaryOp) else [node.left, node.right]
            values = [self._constant(n) for n in operands]
            if any(type(v) not in (int, float) for v in values):
                raise ValueError("not a number")
            if isinstance(node.op, ast.Pow) and max(map(abs, values)) > 64:
                raise ValueError("too large")
            return _arithmetic(node.op, values)
        if isinstance(node, ast.Name):
            value = vars(self.module).get(node.id)
            if isinstance(value, int | float):
                return value
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = vars(self.module).get(node.value.id)
            value = getattr(owner, node.attr, None) if isinstance(owner, types.ModuleType) else None
            if isinstance(value, int | float):
                return value
        try:
            return ast.literal_eval(node)
        except (TypeError, SyntaxError, MemoryError, RecursionError):
            raise ValueError("not a literal") from None

    # -- functions

    def _function(self, node: ast.FunctionDef) -> None:
        name = node.name
        if name in self.often or self.star:
            self._bind(name, None, node, "")
            return
        try:
            defaults = [None if d is None else self._constant(d) for d in _defaults(node)]
        except ValueError:
            self._unknown(name, node, "a default of it is not a constant that is written down")
            return
        for decorator in node.decorator_list:
            options = self._is_grad(decorator)
            if options is None:
                self._unknown(name, node, "a decorator may make anything of it")
                return
            self.decorated[name] = options
        setattr(self.module, name, self._made(node, defaults))

    def _made(self, node: ast.FunctionDef, defaults: list[Any]) -> types.FunctionType:
        """The function of a definition: compiled by itself, without decorators and defaults."""
        arguments = node.args
        bare = ast.arguments(
            arguments.posonlyargs,
            arguments.args,
            arguments.vararg,
            arguments.kwonlyargs,
            [None if d is None else ast.Constant(None) for d in arguments.kw_defaults],
            arguments.kwarg,
            [ast.Constant(None) for _ in arguments.defaults],
        )
        new = ast.FunctionDef(node.name, bare, node.body, [], node.returns, None)
        if hasattr(new, "type_params"):
            new.type_params = []
        ast.copy_location(new, node)
        flags = __future__.annotations.compiler_flag
        module = ast.fix_missing_locations(ast.Module([new], []))
        code = compile(module, self.file, "exec", flags, True)
        body = next(c for c in code.co_consts if isinstance(c, types.CodeType))
        first = min([node.lineno, *[d.lineno for d in node.decorator_list]])
        body = body.replace(co_firstlineno=first)
        vars(self.module).setdefault("__builtins__", builtins)
        made = types.FunctionType(body, vars(self.module), node.name)
        plain = len(arguments.defaults)
        made.__defaults__ = tuple(defaults[:plain]) or None
        keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, defaults[plain:], strict=True)
        made.__kwdefaults__ = {a.arg: v for a, d, v in keywords if d is not None} or None
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        made.__annotations__ = {
            a.arg: ast.unparse(a.annotation) for a in every if a.annotation is not None
        }
        return made

    def _is_grad(self, node: ast.expr) -> dict[str, Any] | None:
        """The options of a decorator that is `grad` of symdiff; `None` of any other."""
        options: dict[str, Any] = {}
        if isinstance(node, ast.Call):
            if node.args or any(k.arg is None for k in node.keywords):
                return None
            try:
                options = {str(k.arg): ast.literal_eval(k.value) for k in node.keywords}
            except ValueError:
                return None
            node = node.func
        found: Any = None
        if isinstance(node, ast.Name):
            found = vars(self.module).get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = vars(self.module).get(node.value.id)
            found = getattr(owner, node.attr, None) if isinstance(owner, types.ModuleType) else None
        from ..operators.transforms import grad

        return options if found is grad else None

    def _check_functions(self) -> None:
        """Drop the functions that take something unknown, until all that are left are known."""
        functions = {
            k: v for k, v in vars(self.module).items() if isinstance(v, types.FunctionType)
        }
        own = {k: v for k, v in functions.items() if v.__globals__ is vars(self.module)}
        changed = True
        while changed:
            changed = False
            for name, function in list(own.items()):
                unknown = next((n for n in _globals_of(function.__code__) if self._lacks(n)), None)
                if unknown is None:
                    continue
                del own[name]
                delattr(self.module, name)
                known = self.problems.get(unknown)
                node = next(n for n in self.tree.body if getattr(n, "name", None) == name)
                self.problems[name] = UnsupportedError(
                    f"`{name}` uses `{unknown}`, and what that is cannot be told from the text",
                    where=_first_use(node, unknown, self.file),
                    why="" if known is None else known.why,
                    remedy="leave out --no-import, which runs the file",
                )
                changed = True

    def _lacks(self, name: str) -> bool:
        if name in vars(self.module):
            return False
        return name in self.problems or bool(self.star) or not hasattr(builtins, name)


def _library(name: str) -> types.ModuleType | None:
    """A library that does nothing but compute, imported; `None` for any other module."""
    root = name.partition(".")[0]
    if root == "symdiff":
        return importlib.import_module("symdiff") if name == root else None
    if root not in _LIBRARIES and name not in _SILENT:
        return None
    from ..specialize.outside.libraries import is_library

    if name not in sys.modules:
        spec = importlib.util.find_spec(root)
        if spec is None or not _is_installed(spec.origin):
            return None
    try:
        found = importlib.import_module(name)
    except ImportError:
        return None
    return found if is_library(found) else None


def _is_installed(origin: str | None) -> bool:
    from ..source.installed import is_library_file

    return origin in (None, "built-in", "frozen") or is_library_file(origin)


def _arithmetic(operation: ast.AST, values: list[Any]) -> Any:
    function = _ARITHMETIC.get(type(operation))
    if function is None:
        raise ValueError("not arithmetic")
    try:
        value = function(*values)
    except (ArithmeticError, TypeError):
        raise ValueError("not a number") from None
    if not isinstance(value, int | float) or abs(value) > _LARGEST:
        raise ValueError("not a number")
    return value


def _defaults(node: ast.FunctionDef) -> list[ast.expr | None]:
    return [*node.args.defaults, *node.args.kw_defaults]


def _bound_names(tree: ast.Module) -> Counter[str]:
    """How often each name of the module is bound, wherever that is done; `*` for `import *`."""
    found: Counter[str] = Counter()

    def walk(node: ast.AST, inner: bool) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not inner:
                found[node.name] += 1
            for child in ast.iter_child_nodes(node):
                walk(child, True)
            return
        if isinstance(node, ast.Lambda):
            return
        if isinstance(node, ast.Global):
            found.update(dict.fromkeys(node.names, 2))
        elif isinstance(node, ast.Import | ast.ImportFrom) and not inner:
            found.update([a.asname or a.name.partition(".")[0] for a in node.names])
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and not inner:
            found[node.id] += 1
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and not inner:
            found[node.target.id] += 1
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and not inner:
            found.update([node.name] if node.name else [])
        for child in ast.iter_child_nodes(node):
            walk(child, inner)

    walk(tree, False)
    return found


def _globals_of(code: types.CodeType) -> list[str]:
    """The names that a function and what is defined in it look up outside it."""
    import dis

    names = [
        str(i.argval)
        for i in dis.get_instructions(code)
        if i.opname in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL")
    ]
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            names += _globals_of(inner)
    return list(dict.fromkeys(n for n in names if n not in ("__name__", "__qualname__")))


def _first_use(node: ast.AST, name: str, file: str) -> SourceSpan | None:
    uses = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == name]
    return span_of(min(uses, key=lambda n: (n.lineno, n.col_offset)), file) if uses else None
