"""A program as Python that people read and that runs on its own.

One assignment a statement, in the user's names, with the user's line beside it. What the lines call
comes along: imports, and the source of every helper function.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.bodies import first_structured
from ..program.naming import Namer, as_plain, attribute, literal, printable
from ..program.outside import Check, Read
from ..program.program import Guard, Operand, Program, Statement, Var
from ..program.sources import Argument, Attribute, Item, Source
from .assumptions import Assumptions
from .block_lines import BlockLines, Lines, place_of
from .blocks import Blocks, may_end, uses_in
from .helpers import Helpers
from .in_place import InPlace
from .lives import Lives, names_of_blocks
from .parameters import names_of, plain_names, unused_reads, written_defaults
from .right_sides import RightSides
from .tidying import readable_blocks
from .unparsing import fitted, unparse

_COMMENT_COLUMN = 60
_SHORT_LINE = 76


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
    writer = _Writer(program, name, None, parameters, defaults or {})
    if shown and writer.decides():
        writer.doc = f"Written for inputs that take the branches of {', '.join(shown)}."
    return writer.text()


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
        self.blocks = readable_blocks(program) if first_structured(program) is not None else None
        self.names = names_of(program, self.parameters or [])
        if self.blocks is not None:
            self.lives, self.names = self._lives(self.blocks)
        self.name = as_plain(name.rpartition(".")[2], "f")
        self.helpers = Helpers({self.name, *(self.parameters or ()), *self.names.values()})
        self.assumptions = Assumptions(self.helpers, self._path)
        self.sides = RightSides(self.names, self.helpers)
        self.outside: list[str] = []

    def decides(self) -> bool:
        """Whether it is for some inputs only."""
        if self.blocks is None:
            return bool(self.program.guards())
        return any(map(may_end, self.blocks.nodes))

    def text(self) -> str:
        lines: list[tuple[str, str]] = []
        if self.parameters is None:
            checks = [self._input(var) for var in self.program.inputs]
            lines += [(unparse(ast.parse(text).body[0]), "") for text in checks if text]
        self.assumptions.look_over(self.program.statements)
        if self.blocks is None:
            outputs: Sequence[Operand] = self.program.outputs
            lines += [line for s in self.program.statements for line in self._outer(s)]
        else:
            outputs = self.blocks.outputs
            nodes = self.blocks.nodes
            uses = uses_in(nodes, outputs)
            in_place = InPlace(nodes, self.lives)
            written = BlockLines(self.sides, self.lives, in_place, uses, self._outer)
            lines += [(_fitted(text), where) for text, where in written.lines(nodes)]
        results = ", ".join(self.sides.line(self.sides.operand(o)) for o in outputs)
        lines.append((f"return {results}", ""))
        outside = self.outside
        inputs = [self.names[v] for v in self.program.inputs]
        plain = [p for p in self.shown if not p.startswith("*")]
        rest = [p for p in self.shown if p.startswith("*") and not p.startswith("**")]
        more = [p for p in self.shown if p.startswith("**")]
        if outside and not rest:
            rest = ["*"]
        given = dict.fromkeys([*plain, *inputs, *rest, *outside, *more])
        head = ", ".join([p + self.defaults.get(p, "") for p in given])
        blocks = [*self.helpers.definitions(), *self.sides.constants.definitions]
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

    def _outer(self, statement: Statement) -> Lines:
        """The lines of a statement that is in no loop and no branch."""
        operation = statement.operation
        if isinstance(operation, Check):
            if any(type(o) is Var and o in self.unused for o in statement.operands):
                return []
            return [(text, "") for text in self._check(operation, statement)]
        if operation.name in ("read", "opaque") and statement.target is not None:
            taken = self._from_argument(statement)
            if taken is None and statement.target not in self.unused:
                self.outside.append(self._keyword(statement))
            return taken or []
        if isinstance(operation, Guard):
            text = self._guard(operation, statement)
            return [(text, "")] if text else []
        if statement.target is None:
            return []
        return [(self.sides.assignment(statement), place_of(statement.span))]

    def _lives(self, blocks: Blocks) -> tuple[Lives, dict[Var, str]]:
        """Names for the variables of a program with loops and branches."""
        given = {v: v.name for v in self.program.inputs}
        arguments: dict[int, Var] = {}
        namer = Namer([*(self.parameters or ()), *given.values()])
        for statement in self.program.statements:
            operation, target = statement.operation, statement.target
            if target is None or operation.name not in ("read", "opaque"):
                continue
            source = operation.source if isinstance(operation, Read) else None
            if isinstance(source, Argument) and self.parameters is not None:
                given[target] = self.parameters[source.index]
                arguments[source.index] = target
            elif source is None or self._path(source, statement) is None:
                given[target] = namer(target.name)

        def reads(statement: Statement) -> list[Var]:
            source = getattr(statement.operation, "source", None)
            while isinstance(source, Attribute | Item):
                source = source.owner
            found = arguments.get(source.index) if isinstance(source, Argument) else None
            return [] if found is None else [found]

        lives = Lives(blocks, given, reads)
        parameters = {*(self.parameters or ()), *given.values()}
        own = {s.target for s in self.program.statements if s.target is not None}
        return lives, names_of_blocks(blocks, lives, given, parameters, own)

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
        return [] if path == name else [(f"{name} = {path}", place_of(statement.span))]

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
            value = self.sides.operand(statement.operation.evaluate())
        except (LookupError, AttributeError, NameError, ValueError, UnsupportedError):
            return name
        return f"{name}={self.sides.line(value)}"

    def _guard(self, guard: Guard, statement: Statement) -> str:
        if guard.kind == "raises":
            return self._raises(guard, statement)
        if guard.kind not in ("truth", "equal") or not statement.operands:
            return ""
        operand = self.sides.line(self.sides.operand(statement.operands[0]))
        span = statement.span
        where = f": {printable(span.file.rpartition('/')[2])}:{span.line}" if span else ""
        if guard.kind == "truth":
            test = f"not {operand}" if guard.expected else operand
            message = f"this input takes another branch{where}"
        else:
            expected, shown = guard.expected, repr(guard.expected)
            if isinstance(expected, np.ndarray | np.generic):
                shown = self.sides.line(self.sides.constants.node(expected))
            test = f"{operand} != {shown}"
            if isinstance(expected, np.ndarray):
                test = f"not {self.helpers.module('numpy')}.array_equal({operand}, {shown})"
            message = f"this source is for {operand} == {shown}{where}"
        return f"if {test}:\n    raise ValueError({message!r})"

    def _raises(self, guard: Guard, statement: Statement) -> str:
        """A call that raised, which the program takes for one that does."""
        operands = [self.sides.line(self.sides.operand(o)) for o in statement.operands]
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


def _docstring(doc: str) -> list[str]:
    lines = doc.strip().replace("\\", "\\\\").replace('"', '\\"').splitlines()
    lines = [printable(line.replace("\t", "    ")) for line in lines]
    if len(lines) == 1:
        return [f'"""{lines[0]}"""']
    return [f'"""{lines[0]}', *lines[1:], '"""']


def _fitted(text: str) -> str:
    """A line in a loop or a branch in several, where it is too long for one."""
    bare = text.lstrip(" ")
    depth = len(text) - len(bare)
    if len(bare) == len(text) or max(map(len, text.split("\n"))) <= _SHORT_LINE:
        return text if depth else fitted(text, _SHORT_LINE)
    own = fitted(textwrap.dedent(text), _SHORT_LINE - depth)
    return textwrap.indent(own, " " * depth)


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
