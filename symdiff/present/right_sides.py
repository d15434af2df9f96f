"""The right-hand sides of written-out Python: what each operation is called, and its operands."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from ..errors import UnsupportedError, an
from ..operations.arrays.index_codes import format_index
from ..operations.arrays.scattering import disjoint
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.lengths import Filled, LengthOf
from ..program.naming import literal
from ..program.program import Operand, Statement, Var, operand_aval
from .constants import Constants, is_atom, told_apart_by
from .helpers import Helpers
from .unparsing import unparse

_SHORT_LINE = 76
_MARK = re.compile(r"\b_operand_(\d+)_")


SEVERAL_LINES = frozenset({"setitem", "scatter_add", "scatter_sum"})
"""Operations that are written as an array and what is put into it, in lines of their own."""

_MOST_PARTS = 8


class RightSides:
    """Writes what statements compute, in given names.

    Args:
        names: of the variables.
        helpers: imports and helper functions of the source.
    """

    def __init__(self, names: Mapping[Var, str], helpers: Helpers) -> None:
        self.names = names
        self.helpers = helpers
        self.constants = Constants(helpers)
        self.written: dict[Any, str] = {}

    def assignment(self, statement: Statement) -> str:
        """The line that gives the target of a statement its value."""
        operation = statement.operation
        assert statement.target is not None
        if operation.name in SEVERAL_LINES:
            lines = self._put(statement)
            if lines:
                return "\n".join(lines)
        target = self.names[statement.target]
        marks = {f"_operand_{k}_": o for k, o in enumerate(statement.operands)}
        scalar = _is_scalar(statement)
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
        right = self._right(statement, list(marks), scalar)
        tree = ast.parse(right, mode="eval").body
        if known is None:
            stay = zip(marks, free, strict=True)
            variables = {m: ast.Name(m, ast.Load()) for m, is_free in stay if is_free}
            text = _Resolve(self, marks, ast.parse(right, mode="eval").body, variables)
            made = unparse(ast.Expr(text.visit(text.tree)))
            self.written[key] = made if "\n" not in made else ""
        tree = _Resolve(self, marks, tree).visit(tree)
        return unparse(ast.Assign(targets=[ast.Name(target, ast.Store())], value=tree, lineno=1))

    def _put(self, statement: Statement) -> list[str]:
        """The lines of an array that something is put into; none for what takes a function."""
        operation, target = statement.operation, statement.target
        assert isinstance(operation, Structural)
        assert target is not None
        name, params = self.names[target], operation.params
        texts = [self.line(self.operand(o)) for o in statement.operands]
        if operation.name == "setitem":
            place = format_index(params["index"], texts[2:])
            return [f"{name} = {self.own(texts[0])}", f"{name}[{place}] = {texts[1]}"]
        codes = params["indexes"] if operation.name == "scatter_sum" else (params["index"],)
        if any(isinstance(i, tuple) and i[0] in ("array", "mask") for code in codes for i in code):
            return []
        if len(codes) > _MOST_PARTS:
            return []
        alone = disjoint(codes, params["shape"])[1]
        dtype = target.aval.dtype
        kind = "" if dtype == "float64" else f", {dtype!r}"
        numpy = self.helpers.module("numpy")
        shape = params["shape"][0] if len(params["shape"]) == 1 else params["shape"]
        lines = [f"{name} = {numpy}.zeros({shape}{kind})"]
        for k, (code, own) in enumerate(zip(codes, alone, strict=True)):
            sign = "=" if own or k == 0 else "+="
            lines.append(f"{name}[{format_index(code, texts[len(codes) :])}] {sign} {texts[k]}")
        return lines

    def own(self, array: str) -> str:
        """An array that nobody else sees: a copy, unless the text makes one anyway."""
        numpy = self.helpers.module("numpy")
        makes = tuple([f"{numpy}.{function}(" for function in ("zeros", "full", "array")])
        return array if array.startswith(makes) else f"{numpy}.array({array})"

    def value(self, statement: Statement) -> ast.expr:
        """What a statement computes, as an expression."""
        marks = {f"_operand_{k}_": o for k, o in enumerate(statement.operands)}
        right = self._right(statement, list(marks), _is_scalar(statement))
        tree = ast.parse(right, mode="eval").body
        made: ast.expr = _Resolve(self, marks, tree).visit(tree)
        return made

    def _right(self, statement: Statement, marks: list[str], scalar: bool) -> str:
        operation = statement.operation
        if isinstance(operation, Template):
            return operation.render(marks, "math" if scalar else "numpy")
        if isinstance(operation, Structural):
            return self._structural(operation, marks)
        if isinstance(operation, LengthOf):
            return f"len({marks[0]})"
        if isinstance(operation, Filled):
            shape = operation.shape(marks[0])
            text = shape[0] if len(shape) == 1 else f"({', '.join(map(str, shape))})"
            value, dtype = statement.operands[1], operation.aval.dtype
            if type(value) is float and repr(value) == "0.0" and dtype == "float64":
                return f"numpy.zeros({text})"
            return f"numpy.full({text}, {marks[1]}, {dtype!r})"
        raise UnsupportedError(
            f"`{operation.name}` cannot be written as Python that stands alone",
            where=statement.span,
            remedy="use `.program(...)` to read it",
        )

    def _filled(self, text: str, operands: Sequence[Operand]) -> str:
        """A line that was written before, with the variables of another statement."""

        def fill(match: re.Match[str]) -> str:
            operand = operands[int(match[1])]
            return self.names[operand] if type(operand) is Var else repr(operand)

        return _MARK.sub(fill, text)

    def _structural(self, operation: Structural, marks: list[str]) -> str:
        entry = operation.entry
        if entry.name == "unbroadcast" and operation.params["shape"] == ():
            return f"numpy.sum({marks[0]})"
        if entry.emit is not None:
            return entry.emit(marks, operation.params)
        assert entry.numpy is not None, entry.name
        callee = self.helpers.function(entry.numpy, entry.name)
        params = [f"{k}={self.literal(v)}" for k, v in operation.params.items()]
        return f"{callee}({', '.join([*marks, *params])})"

    def literal(self, value: Any) -> str:
        if isinstance(value, np.ndarray | np.generic):
            return ast.unparse(self.constants.node(value))
        text = literal(value)
        if text is None:
            raise UnsupportedError(
                f"{an(type(value).__name__)} cannot be written as Python that stands alone"
            )
        return text

    def operand(self, operand: Operand) -> ast.expr:
        if type(operand) is Var:
            return ast.Name(self.names[operand], ast.Load())
        return self.constants.node(operand)

    def line(self, node: ast.expr) -> str:
        return unparse(ast.Expr(node))

    def text(self, operand: Operand) -> str:
        """The source of an operand."""
        return self.line(self.operand(operand))

    def condition(self, asked: Statement | Operand, holds: bool = True) -> str:
        """That something holds, or does not: what a statement computes, or an operand."""
        if isinstance(asked, Statement):
            test = self.value(asked)
        elif operand_aval(asked).shape:
            numpy = self.helpers.module("numpy")
            test = ast.parse(f"{numpy}.all({self.text(asked)})", mode="eval").body
        else:
            test = self.operand(asked)
        return self.line(test if holds else ast.UnaryOp(ast.Not(), test))

    def builtin(self, name: str) -> str:
        """How a builtin is called."""
        return self.helpers.builtin(name)


def _is_scalar(statement: Statement) -> bool:
    """Whether a statement computes with numbers alone, and not with complex ones."""
    avals = [operand_aval(o) for o in (statement.target, *statement.operands)]
    return not any(aval.shape or aval.dtype.startswith("complex") for aval in avals)


class _Resolve(ast.NodeTransformer):
    """Operands for their marks, and for what the text calls a name that is sure to mean it."""

    def __init__(
        self,
        sides: RightSides,
        marks: dict[str, Operand],
        tree: ast.expr,
        stand: Mapping[str, ast.expr] = MappingProxyType({}),
    ) -> None:
        self.sides = sides
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
            return self.sides.operand(self.marks[node.id])
        if node.id in ("math", "numpy", "np", "scipy"):
            full = "numpy" if node.id == "np" else node.id
            return ast.Name(self.sides.helpers.module(full), ast.Load())
        if node.id in self.bound or self.sides.helpers.made(node.id):
            return node
        if hasattr(builtins, node.id):
            return ast.parse(self.sides.helpers.builtin(node.id), mode="eval").body
        raise UnsupportedError(f"`{node.id}` has no meaning in Python that stands alone")

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "rt":
            from ..operations.runtime import functions as runtime

            function = getattr(runtime, node.attr)
            return ast.parse(self.sides.helpers.function(function, node.attr), mode="eval").body
        if isinstance(node.value, ast.Attribute | ast.Name):
            chain = ast.unparse(node.value)
            if chain.startswith("scipy."):
                self.sides.helpers.submodule(chain)
        self.generic_visit(node)
        return node
