"""A program as Python that people read and that runs on its own.

One assignment a statement, in the user's names, with the user's line beside it. What the lines call
comes along: imports, and the source of every helper function.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from ..errors import UnsupportedError, an
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.bodies import refuse_structured
from ..program.naming import as_plain, attribute, literal, printable
from ..program.outside import Check, Read
from ..program.program import Guard, Operand, Program, Statement, Var, operand_aval
from ..program.sources import Argument, Attribute, Item, Source
from .assumptions import Assumptions
from .constants import Constants, is_atom, told_apart_by
from .helpers import Helpers
from .parameters import names_of, plain_names, unused_reads, written_defaults
from .unparsing import unparse

_COMMENT_COLUMN = 60
_SHORT_LINE = 76
_MARK = re.compile(r"\b_operand_(\d+)_")


def python_source(program: Program, name: str | None = None, doc: str | None = None) -> str:
    """Python source of a function that computes what `program` computes.

    Lines over numbers call `math`, lines over arrays NumPy. A decision the program was made for is
    checked, and raises `ValueError` when the input would take another branch. What the program
    reads from outside the function is a keyword argument, with today's value where there is one.

    Args:
        program: a primal or a derivative.
        name: of the function; by default that of the program.
        doc: its docstring.

    Raises:
        UnsupportedError: an operation cannot be written as Python that stands alone.
        LoopError: the program has loops or branches.

    >>> from symdiff.operations.table.template import Literal
    >>> from symdiff.program.program import FLOAT
    >>> x, y = Var("x", FLOAT), Var("y", FLOAT)
    >>> square = Statement(y, Template.of((0, Literal.of(2), "pow")), (x,))
    >>> print(python_source(Program("f", (x,), [square], (y,))), end="")
    def f(x):
        if not (isinstance(x, (float, int)) or getattr(x, 'shape', None) == ()):
            raise ValueError('this source is for x: a number')
        y = x ** 2
        return y
    """
    return _Writer(program, name or program.name, doc).text()


def gradient_source(
    program: Program,
    name: str,
    parameters: Sequence[str],
    values: Sequence[Any] = (),
    defaults: Mapping[str, Any] | None = None,
) -> str:
    """Python source of a program that reads its arguments, as a function of `parameters`.

    What it reads from elsewhere, such as a global, is a keyword argument with today's value.

    Args:
        program: its `read` statements say where in the arguments each value is found.
        name: of the function.
        parameters: the names of its parameters, with their stars.
        values: the arguments the program was made for.
        defaults: of its parameters; those that are plain numbers or text are written.

    Raises:
        UnsupportedError: an operation cannot be written as Python that stands alone.
    """
    shown = [
        f"{p} = {v!r}" for p, v in zip(parameters, values, strict=False) if type(v) in (float, int)
    ]
    doc = f"Written for inputs that take the branches of {', '.join(shown)}." if shown else None
    doc = doc if program.guards() else None
    return _Writer(program, name, doc, parameters, defaults or {}).text()


class _Writer:
    def __init__(
        self,
        program: Program,
        name: str,
        doc: str | None,
        parameters: Sequence[str] | None = None,
        defaults: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.program = program
        self.doc = doc
        plain = None if parameters is None else [p.lstrip("*") for p in parameters]
        self.parameters = None if plain is None else plain_names(plain)
        self.shown = [
            "*" * (len(p) - len(p.lstrip("*"))) + name
            for p, name in zip(parameters or (), self.parameters or (), strict=True)
        ]
        self.defaults = written_defaults(parameters or (), self.shown, defaults)
        self.unused = unused_reads(program)
        self.names = names_of(program, self.parameters or [])
        self.name = as_plain(name.rpartition(".")[2], "f")
        self.helpers = Helpers({self.name, *(self.parameters or ()), *self.names.values()})
        self.assumptions = Assumptions(self.helpers, self._path)
        self.written: dict[Any, str] = {}
        self.constants = Constants(self.helpers)

    def text(self) -> str:
        refuse_structured(self.program, "the source")
        outside: list[str] = []
        lines: list[tuple[str, str]] = []
        if self.parameters is None:
            checks = [self._input(var) for var in self.program.inputs]
            lines += [(unparse(ast.parse(text).body[0]), "") for text in checks if text]
        self.assumptions.look_over(self.program.statements)
        for statement in self.program.statements:
            if isinstance(statement.operation, Check):
                if any(type(o) is Var and o in self.unused for o in statement.operands):
                    continue
                lines += [(text, "") for text in self._check(statement.operation, statement)]
                continue
            if statement.operation.name in ("read", "opaque") and statement.target is not None:
                taken = self._from_argument(statement)
                if taken is None:
                    if statement.target not in self.unused:
                        outside.append(self._keyword(statement))
                else:
                    lines += taken
                continue
            written = self._statement(statement)
            if written:
                where = "" if isinstance(statement.operation, Guard) else _place(statement)
                lines.append((written, where))
        results = ", ".join(self._line(self._operand(o)) for o in self.program.outputs)
        lines.append((f"return {results}", ""))
        inputs = [self.names[v] for v in self.program.inputs]
        plain = [p for p in self.shown if not p.startswith("*")]
        rest = [p for p in self.shown if p.startswith("*") and not p.startswith("**")]
        more = [p for p in self.shown if p.startswith("**")]
        if outside and not rest:
            rest = ["*"]
        given = dict.fromkeys([*plain, *inputs, *rest, *outside, *more])
        head = ", ".join([p + self.defaults.get(p, "") for p in given])
        blocks = [*self.helpers.definitions(), *self.constants.definitions]
        text = f"def {self.name}({head}):\n"
        if self.doc:
            text += "".join(f"    {line}".rstrip() + "\n" for line in _docstring(self.doc))
        text += _with_comments(lines)
        imports = self.helpers.imports()
        parts = ["\n".join(imports), *blocks, text] if imports else [*blocks, text]
        joined = "\n\n\n".join(part.strip("\n") for part in parts) + "\n"
        compile(joined, f"<source of {self.name}>", "exec")
        return joined

    # -- statements

    def _statement(self, statement: Statement) -> str:
        operation = statement.operation
        if isinstance(operation, Guard):
            return self._guard(operation, statement)
        if statement.target is None:
            return ""
        target = self.names[statement.target]
        marks = {f"_operand_{k}_": o for k, o in enumerate(statement.operands)}
        avals = [operand_aval(o) for o in (statement.target, *statement.operands)]
        scalar = not any(aval.shape or aval.dtype.startswith("complex") for aval in avals)
        template = isinstance(operation, Template)
        free = [type(o) is Var or (template and is_atom(o)) for o in statement.operands]
        known_operands = [
            None if f else told_apart_by(o) for f, o in zip(free, statement.operands, strict=True)
        ]
        key = (operation, scalar, tuple(known_operands))
        known = self.written.get(key)
        if known:
            line = f"{target} = {self._filled(known, statement.operands)}"
            if len(line) <= _SHORT_LINE:
                return line
        if isinstance(operation, Template):
            right = operation.render(list(marks), "math" if scalar else "numpy")
        elif isinstance(operation, Structural):
            right = self._structural(operation, list(marks))
        else:
            raise UnsupportedError(
                f"`{operation.name}` cannot be written as Python that stands alone",
                where=statement.span,
                remedy="use `.program(...)` to read it",
            )
        tree = ast.parse(right, mode="eval").body
        if known is None:
            stay = zip(marks, free, strict=True)
            variables = {m: ast.Name(m, ast.Load()) for m, is_free in stay if is_free}
            text = _Resolve(self, marks, ast.parse(right, mode="eval").body, variables)
            made = unparse(ast.Expr(text.visit(text.tree)))
            self.written[key] = made if "\n" not in made else ""
        tree = _Resolve(self, marks, tree).visit(tree)
        return unparse(ast.Assign(targets=[ast.Name(target, ast.Store())], value=tree, lineno=1))

    def _filled(self, text: str, operands: Sequence[Operand]) -> str:
        """A line that was written before, with the variables of another statement."""

        def fill(match: re.Match[str]) -> str:
            operand = operands[int(match[1])]
            return self.names[operand] if type(operand) is Var else repr(operand)

        return _MARK.sub(fill, text)

    def _check(self, check: Check, statement: Statement) -> list[str]:
        """The line that checks an assumption, and the conversion that the program rests on."""
        var = statement.operands[0] if statement.operands else None
        name = self.names[var] if type(var) is Var else ""
        lines = [self.assumptions.check(check, statement, name)]
        if check.kind == "signature" and type(var) is Var:
            if check.expected is int and var.aval.dtype == "float64":
                lines.append(f"{name} = {self.helpers.builtin('float')}({name})")
            elif check.expected in (np.float64, np.int64):
                lines.append(f"{name} = {name}.item()")
        return [unparse(ast.parse(line).body[0]) for line in lines if line]

    def _input(self, var: Var) -> str:
        """The check of an input whose value is an array, or one number."""
        name = self.names[var]
        if var.aval.shape:
            expected = (np.dtype(var.aval.dtype).str, var.aval.shape)
            return self.assumptions.signature(name, name, expected)
        if var.aval.dtype not in ("float64", "int64"):
            return ""
        kinds = f"({self.helpers.builtin('float')}, {self.helpers.builtin('int')})"
        test = (
            f"{self.helpers.builtin('isinstance')}({name}, {kinds}) "
            f"or {self.helpers.builtin('getattr')}({name}, 'shape', None) == ()"
        )
        return self.assumptions.line(test, f"{name}: a number")

    def _from_argument(self, statement: Statement) -> list[tuple[str, str]] | None:
        """The line that takes a value from a parameter; `None` for a value from elsewhere."""
        operation, target = statement.operation, statement.target
        if not isinstance(operation, Read) or target is None or self.parameters is None:
            return None
        path = self._path(operation.source, statement)
        if path is None:
            return None
        name = self.names[target]
        return [] if path == name else [(f"{name} = {path}", _place(statement))]

    def _path(self, source: Source, statement: Statement) -> str | None:
        """Source that finds what lies in a parameter; `None` for what lies elsewhere."""
        if isinstance(source, Argument):
            return None if self.parameters is None else self.parameters[source.index]
        if not isinstance(source, Attribute | Item):
            return None
        owner = self._path(source.owner, statement)
        if owner is None:
            return None
        if isinstance(source, Attribute):
            return attribute(owner, source.name, lambda: self.helpers.builtin("getattr"))
        key = literal(source.key)
        if key is None:
            raise UnsupportedError(
                f"`{source}` cannot be written as Python that stands alone",
                where=statement.span,
                why="its key is an object, which source cannot name",
                remedy="use keys that are numbers or text",
            )
        return f"{owner}[{key}]"

    def _keyword(self, statement: Statement) -> str:
        """A keyword parameter, with the value that is outside now where there is one."""
        assert statement.target is not None
        name = self.names[statement.target]
        if not isinstance(statement.operation, Read):
            return name
        try:
            value = self._operand(statement.operation.evaluate())
        except (LookupError, AttributeError, NameError, ValueError, UnsupportedError):
            return name
        return f"{name}={self._line(value)}"

    def _structural(self, operation: Structural, marks: list[str]) -> str:
        entry = operation.entry
        if entry.name == "unbroadcast" and operation.params["shape"] == ():
            return f"numpy.sum({marks[0]})"
        if entry.emit is not None:
            return entry.emit(marks, operation.params)
        assert entry.numpy is not None, entry.name
        callee = self.helpers.function(entry.numpy, entry.name)
        params = [f"{k}={self._literal(v)}" for k, v in operation.params.items()]
        return f"{callee}({', '.join([*marks, *params])})"

    def _literal(self, value: Any) -> str:
        if isinstance(value, np.ndarray | np.generic):
            return ast.unparse(self.constants.node(value))
        text = literal(value)
        if text is None:
            raise UnsupportedError(
                f"{an(type(value).__name__)} cannot be written as Python that stands alone"
            )
        return text

    def _guard(self, guard: Guard, statement: Statement) -> str:
        if guard.kind == "raises":
            return self._raises(guard, statement)
        if guard.kind not in ("truth", "equal") or not statement.operands:
            return ""
        operand = self._line(self._operand(statement.operands[0]))
        span = statement.span
        where = f": {printable(span.file.rpartition('/')[2])}:{span.line}" if span else ""
        if guard.kind == "truth":
            test = f"not {operand}" if guard.expected else operand
            message = f"this input takes another branch{where}"
        else:
            expected, shown = guard.expected, repr(guard.expected)
            if isinstance(expected, np.ndarray | np.generic):
                shown = self._line(self.constants.node(expected))
            test = f"{operand} != {shown}"
            if isinstance(expected, np.ndarray):
                test = f"not {self.helpers.module('numpy')}.array_equal({operand}, {shown})"
            message = f"this source is for {operand} == {shown}{where}"
        return f"if {test}:\n    raise ValueError({message!r})"

    def _raises(self, guard: Guard, statement: Statement) -> str:
        """A call that raised, which the program takes for one that does."""
        operands = [self._line(self._operand(o)) for o in statement.operands]
        function = guard.expected
        owner = getattr(function, "__self__", None)
        if isinstance(owner, Template | Structural):
            raise UnsupportedError(
                f"that `{owner.name}` raises cannot be checked by Python that stands alone",
                where=statement.span,
            )
        call = f"{self.helpers.function(function, 'function')}({', '.join(operands)})"
        message = f"this input takes another branch{self._where(statement)}"
        return (
            f"try:\n    {call}\nexcept {self.helpers.builtin('Exception')}:\n    pass\n"
            f"else:\n    raise {self.helpers.builtin('ValueError')}({message!r})"
        )

    def _where(self, statement: Statement) -> str:
        span = statement.span
        return f": {span.file.rpartition('/')[2]}:{span.line}" if span else ""

    # -- operands

    def _operand(self, operand: Operand) -> ast.expr:
        if type(operand) is Var:
            return ast.Name(self.names[operand], ast.Load())
        return self.constants.node(operand)

    def _line(self, node: ast.expr) -> str:
        return unparse(ast.Expr(node))


class _Resolve(ast.NodeTransformer):
    """Operands for their marks, and for what the text calls a name that is sure to mean it."""

    def __init__(
        self,
        writer: _Writer,
        marks: dict[str, Operand],
        tree: ast.expr,
        stand: Mapping[str, ast.expr] = MappingProxyType({}),
    ) -> None:
        self.writer = writer
        self.marks = marks
        self.stand = stand
        self.tree = tree
        self.bound = {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        self.bound |= {
            n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.stand:
            return self.stand[node.id]
        if node.id in self.marks:
            return self.writer._operand(self.marks[node.id])
        if node.id in ("math", "numpy", "np", "scipy"):
            full = "numpy" if node.id == "np" else node.id
            return ast.Name(self.writer.helpers.module(full), ast.Load())
        if node.id in self.bound or self.writer.helpers.made(node.id):
            return node
        if hasattr(builtins, node.id):
            return ast.parse(self.writer.helpers.builtin(node.id), mode="eval").body
        raise UnsupportedError(f"`{node.id}` has no meaning in Python that stands alone")

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "rt":
            from ..operations.runtime import functions as runtime

            function = getattr(runtime, node.attr)
            return ast.parse(self.writer.helpers.function(function, node.attr), mode="eval").body
        if isinstance(node.value, ast.Attribute | ast.Name):
            chain = ast.unparse(node.value)
            if chain.startswith("scipy."):
                self.writer.helpers.submodule(chain)
        self.generic_visit(node)
        return node


def _place(statement: Statement) -> str:
    span = statement.span
    return f"{printable(span.file.rpartition('/')[2])}:{span.line}" if span else ""


def _docstring(doc: str) -> list[str]:
    lines = doc.strip().replace("\\", "\\\\").replace('"', '\\"').splitlines()
    lines = [printable(line.replace("\t", "    ")) for line in lines]
    if len(lines) == 1:
        return [f'"""{lines[0]}"""']
    return [f'"""{lines[0]}', *lines[1:], '"""']


def _with_comments(lines: list[tuple[str, str]]) -> str:
    """The body of a function, with the comments in one column where the lines allow."""
    last = [text.rpartition("\n")[2] for text, where in lines if where]
    width = min(max((len(line) for line in last), default=0) + 4, _COMMENT_COLUMN)
    body = ""
    for text, where in lines:
        *before, end = [f"    {line}" for line in text.split("\n")]
        end = f"{end:<{width}}  # {where}" if where else end
        body += "\n".join([*before, end]) + "\n"
    return body
