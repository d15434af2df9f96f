"""Python's operators on traced values: which entry of the table each one stands for."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...operations.table.entry import ElementwiseEntry, Entry
from ...operations.table.lookup import entry_of
from .application import Application
from .tracer import UNKNOWN, Tracer

OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "matmul": operator.matmul,
    "and_": operator.and_,
    "or_": operator.or_,
    "xor": operator.xor,
    "lshift": operator.lshift,
    "rshift": operator.rshift,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
    "neg": operator.neg,
    "pos": operator.pos,
    "abs": operator.abs,
    "invert": operator.invert,
}

_operator_entries: dict[str, Entry] = {}

_NO_NUMBERS = (str, list, tuple, dict, set)


class Operators(Application):
    """Operators of traced values, and of traced values with what is written beside them."""

    def operator(self, name: str, *args: Any) -> Any:
        function = OPERATORS[name]
        for arg in args:
            kind = type(arg)
            if kind is not Tracer and kind is not float and isinstance(arg, _NO_NUMBERS):
                return self._mixed_operator(name, args)
        entry = _operator_entries.get(name)
        if entry is None:
            entry = entry_of(function)
            if entry is None and not any(self.aval(a).is_inexact for a in args):
                return function(*self.concrete_deep(args))  # of whole numbers
            if entry is None:
                self.refuse(f"the operator `{name}` has no derivative rule")
            _operator_entries[name] = entry
        if isinstance(entry, ElementwiseEntry):
            return self.elementwise(entry, function, args)
        if any(type(a) is Tracer and type(a.value) in (int, float) for a in args):
            return function(*[a.value if type(a) is Tracer else a for a in args])  # raises
        return self.structural_call(entry, args, {})

    def _mixed_operator(self, name: str, args: tuple[Any, ...]) -> Any:
        if name in ("eq", "ne"):
            return name == "ne"
        values = [a.value if type(a) is Tracer else a for a in args]
        plain = any(
            type(v) in (int, float, bool) or isinstance(v, str | dict | set) for v in values
        )
        if (
            plain
            and all(v is not UNKNOWN for v in values)
            and not (name == "mul" and _is_repeated(*values))
        ):
            return OPERATORS[name](*values)  # Python's own error
        left, right = args
        if name == "mul" and _is_repeated(*values):
            return self.concrete(left) * self.concrete(right)
        if isinstance(left, list | tuple):
            left = self.array(left)
        if isinstance(right, list | tuple):
            right = self.array(right)
        if isinstance(left, str | dict | set) or isinstance(right, str | dict | set):
            self.refuse(f"the operator `{name}` between a traced value and a container")
        return self.operator(name, left, right)


def _is_repeated(left: Any, right: Any) -> bool:
    return (isinstance(left, list | tuple | str) and isinstance(right, int | np.integer)) or (
        isinstance(right, list | tuple | str) and isinstance(left, int | np.integer)
    )
