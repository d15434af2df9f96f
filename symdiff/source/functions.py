"""From a function object to the AST of its definition, with true file lines.

A whole file is parsed once. A `def` is found by name and line; a lambda by the positions its
bytecode carries, since several may stand on one line.
"""

from __future__ import annotations

import ast
import linecache
from types import CodeType, FunctionType
from typing import Any

from ..errors import SourceNotFoundError, SourceSpan
from ..records import dataclass

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """The definition of a function: its AST node, its file, and the class around it if any."""

    node: FunctionNode
    file: str
    name: str
    cls: str = ""

    def span(self, node: ast.AST | None = None) -> SourceSpan:
        return span_of(node or self.node, self.file)


def span_of(node: Any, file: str) -> SourceSpan:
    """The `SourceSpan` of an AST node; columns count characters from 1."""
    end_line = node.end_lineno or node.lineno
    return SourceSpan(
        file,
        node.lineno,
        _column(file, node.lineno, node.col_offset),
        end_line,
        _column(file, end_line, node.end_col_offset or node.col_offset),
    )


def _column(file: str, line: int, offset: int) -> int:
    """The 1-based character column of an offset that the AST counts in bytes of UTF-8."""
    text = linecache.getline(file, line)
    if text.isascii():
        return offset + 1
    return len(text.encode()[:offset].decode(errors="replace")) + 1


_files: dict[str, tuple[list[str], dict[tuple[str, int], list[FunctionNode]]]] = {}

_MOST_FILES = 128


def _nodes_in(tree: ast.AST) -> list[ast.AST]:
    """What `ast.walk` goes through, in its order, without contexts and operators."""
    found = [tree]
    for node in found:
        for value in node.__dict__.values():
            if type(value) is list:
                found += [v for v in value if isinstance(v, ast.AST)]
            elif isinstance(value, ast.AST) and value._fields:
                found.append(value)
    return found


def _functions_in(file: str, module_globals: dict[str, Any] | None) -> Any:
    """All function nodes of a file, by name and first line; parsed again if the text changed."""
    lines = linecache.getlines(file, module_globals)
    if not lines:
        return None
    known = _files.get(file)
    if known is not None and known[0] is lines:
        return known[1]
    try:
        tree = ast.parse("".join(lines), file)
    except SyntaxError:
        return None
    found: dict[tuple[str, int], list[FunctionNode]] = {}
    for node in _nodes_in(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *[d.lineno for d in node.decorator_list]])
            found.setdefault((node.name, first), []).append(node)
        elif isinstance(node, ast.Lambda):
            found.setdefault(("<lambda>", node.lineno), []).append(node)
    while len(_files) >= _MOST_FILES:
        _files.pop(next(iter(_files)), None)
    _files[file] = (lines, found)
    return found


def function_source(function: FunctionType) -> FunctionSource:
    """The definition of a Python function.

    Raises:
        SourceNotFoundError: the source cannot be read, or no longer matches the running code.

    >>> import textwrap
    >>> function_source(textwrap.dedent).node.name
    'dedent'
    """
    code = function.__code__
    file = code.co_filename
    found = _functions_in(file, function.__globals__)
    if found is None and _carried:
        file = _carried.get(code_key(code), file)
        found = _functions_in(file, None)
    if found is None:
        raise SourceNotFoundError(
            f"cannot read the source of `{function.__qualname__}`",
            why=f"{code.co_filename} has no text that Python can show",
            remedy="define the function in a file or a notebook cell",
        )
    nodes = found.get((code.co_name, code.co_firstlineno), [])
    if code.co_name == "<lambda>":
        nodes = _lambda_of(code, nodes)
    if not nodes:
        raise SourceNotFoundError(
            f"cannot find the definition of `{function.__qualname__}` "
            f"at {code.co_filename}:{code.co_firstlineno}",
            why="the file has changed since it was imported, or the function was made by exec",
            remedy="import the file again",
        )
    return FunctionSource(nodes[-1], file, code.co_name, _class_of(code.co_qualname))


def _class_of(qualified: str) -> str:
    """The innermost class around a function, from its qualified name.

    >>> _class_of("f.<locals>.C.method"), _class_of("C.m.<locals>.g"), _class_of("f")
    ('C', 'C', '')
    """
    for part in reversed(qualified.split(".<locals>.")):
        names = part.split(".")
        if len(names) > 1:
            return names[-2]
    return ""


def _lambda_of(code: CodeType, nodes: list[FunctionNode]) -> list[FunctionNode]:
    """The lambda a code object was compiled from: the smallest whose body holds all it does."""
    spans = [
        ((line, column), (end_line, end_column))
        for line, end_line, column, end_column in code.co_positions()
        if line is not None
        and end_line is not None
        and column is not None
        and end_column is not None
        and (line, column) != (end_line, end_column)
    ]
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    found = []
    for node in nodes:
        assert isinstance(node, ast.Lambda)
        body, arguments = node.body, node.args
        start = (body.lineno, body.col_offset)
        stop = (body.end_lineno or 0, body.end_col_offset or 0)
        parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        if tuple(a.arg for a in parameters) == names and all(
            start <= first and last <= stop for first, last in spans
        ):
            found.append((start, node))
    found.sort(key=lambda item: item[0])
    return [found[-1][1]] if found else []


# -- definitions that come with a pickled function

_carried: dict[Any, str] = {}


def code_key(code: CodeType) -> Any:
    """What a code object is known by when its file is not: equal for a copy of it."""
    return (code.co_name, code.co_qualname, code.co_firstlineno, code.co_code, code.co_varnames)


def definition_of(source: FunctionSource) -> tuple[int, str]:
    """The first line and the text of what stands at the top of its file around a definition."""
    lines = linecache.getlines(source.file)
    node: Any = source.node
    for top in ast.parse("".join(lines)).body:
        first = min([top.lineno, *[d.lineno for d in getattr(top, "decorator_list", ())]])
        if first <= node.lineno and node.end_lineno <= (top.end_lineno or first):
            return first, "".join(lines[first - 1 : top.end_lineno])
    return 1, "".join(lines)


def carried_file(key: Any, file: str, first: int, text: str) -> None:
    """Take a definition for the source of a code object, where its file is not at hand."""
    lines = text.splitlines(keepends=True)
    if linecache.getlines(file)[first - 1 : first - 1 + len(lines)] != lines:
        file = f"<{file}>"
        known = list(linecache.cache[file][2]) if file in linecache.cache else []  # type: ignore[misc]
        known += ["\n"] * (first - 1 + len(lines) - len(known))
        known[first - 1 : first - 1 + len(lines)] = lines
        linecache.cache[file] = (sum(map(len, known)), None, known, file)
    _carried[key] = file
