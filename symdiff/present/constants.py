"""Constants as Python: numbers and arrays, long ones under names of their own."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..program.program import Operand
from .helpers import Helpers
from .unparsing import unparse

_LONG_ARRAY = 6
_LONG_TEXT = 45


class Constants:
    """The constants of one source. Long arrays are assigned to names, in `definitions`."""

    def __init__(self, helpers: Helpers) -> None:
        self.helpers = helpers
        self.definitions: list[str] = []
        self._names: dict[str, str] = {}

    def node(self, value: Any) -> ast.expr:
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, np.generic) and not isinstance(value, np.float64 | np.bool_):
            numpy = self.helpers.module("numpy")
            text = f"{numpy}.{value.dtype.name}({self._number(value.item())})"
        else:
            text = self._number(value.item() if isinstance(value, np.generic) else value)
        return ast.parse(text, mode="eval").body

    def _number(self, value: Any) -> str:
        if isinstance(value, complex):
            parts = f"{self._number(value.real)}, {self._number(value.imag)}"
            return f"{self.helpers.builtin('complex')}({parts})"
        if isinstance(value, float) and not math.isfinite(value):
            module = self.helpers.module("math")
            if value != value:
                return f"{module}.nan"
            return f"{module}.inf" if value > 0 else f"-{module}.inf"
        for kind in (bool, int, float, str):
            if isinstance(value, kind):
                return kind.__repr__(value)
        if value is None:
            return "None"
        raise UnsupportedError(f"{value!r} cannot be written as Python that stands alone")

    def _array(self, value: np.ndarray[Any, Any]) -> ast.expr:
        if value.dtype.hasobject:
            raise UnsupportedError("an array of objects cannot be written as Python")
        numpy = self.helpers.module("numpy")
        dtype = f"dtype={value.dtype.name!r}"
        same = value.size > _LONG_ARRAY and len(np.unique(value)) == 1
        steps = _steps(value)
        if steps is not None:
            text = f"{numpy}.arange({steps}, {dtype})"
        elif value.size == 0 or (same and not np.signbit(value.flat[0])):
            fill = self._number(value.flat[0].item()) if value.size else "0"
            text = f"{numpy}.full({value.shape!r}, {fill}, {dtype})"
            if fill == "0.0" and value.dtype == np.float64:
                shape = value.size if value.ndim == 1 else value.shape
                text = f"{numpy}.zeros({shape!r})"
        else:
            text = f"{numpy}.array({self._nested(value.tolist())}, {dtype})"
        if len(text) <= _LONG_TEXT:
            return ast.parse(text, mode="eval").body
        known = self._names.get(text)
        if known is None:
            known = self.helpers.fresh(f"ARRAY_{len(self.definitions) + 1}")
            self._names[text] = known
            self.definitions.append(unparse(ast.parse(f"{known} = {text}").body[0]))
        return ast.Name(known, ast.Load())

    def _nested(self, value: Any) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(self._nested, value))}]"
        return self._number(value)


def _steps(value: np.ndarray[Any, Any]) -> str | None:
    """What `arange` is given for a long row of whole numbers."""
    if value.ndim != 1 or value.size <= _LONG_ARRAY or value.dtype.kind != "i":
        return None
    start, step = int(value[0]), int(value[1]) - int(value[0])
    stop = start + step * value.size
    if step <= 0 or not np.array_equal(np.arange(start, stop, step), value):
        return None
    if step != 1:
        return f"{start}, {stop}, {step}"
    return f"{start}, {stop}" if start else str(stop)


def is_atom(operand: Operand) -> bool:
    """Whether a constant is a number that needs no parentheses and may stand for any other such."""
    if type(operand) is int:
        return operand >= 0
    return type(operand) is float and math.isfinite(operand) and math.copysign(1.0, operand) > 0


def told_apart_by(operand: Operand) -> Any:
    """What two statements must have alike to be written alike, but for variables and numbers."""
    if isinstance(operand, np.ndarray):
        return (operand.dtype.str, operand.shape, operand.tobytes())
    return (type(operand), repr(operand))
