"""A program at a point: its values, computed line by line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..program.program import (
    Program,
    Var,
)
from .text import (
    wrap,
)
from .ways import Derivatives

_FEW = 12


def evaluate(program: Program, values: Sequence[Any]) -> list[Any]:
    """The outputs of a program at a point, computed line by line.

    >>> from symdiff.program.program import FLOAT, Program, Var
    >>> x = Var("x", FLOAT)
    >>> evaluate(Program("f", (x,), [], (x,)), [2.0])
    [2.0]
    """
    known: dict[Any, Any] = dict(zip(program.inputs, values, strict=True))

    def value(operand: Any) -> Any:
        return known[operand] if type(operand) is Var else operand

    with np.errstate(all="ignore"):
        for statement in program.statements:
            if statement.target is not None:
                operands = [value(o) for o in statement.operands]
                known[statement.target] = statement.operation.evaluate(*operands)
    return [value(o) for o in program.outputs]


def values_at(
    name: str, ways: Sequence[Derivatives], at: Mapping[str, Any], width: int
) -> list[str]:
    """The values at a point that gives every input of the only way there is."""
    if len(ways) != 1 or not at or any(v.name not in at for v in ways[0].program.inputs):
        return []
    program = ways[0].program
    if any(s.operation.name == "opaque" for s in program.statements):
        return []
    point = ", ".join(f"{v.name} = {_number(at[v.name])}" for v in program.inputs)
    results = evaluate(program, [at[v.name] for v in program.inputs])
    labels = [name, *(f"d{name}/d{v}" for v in ways[0].names)]
    shown = [f"{label} = {_number(v)}" for label, v in zip(labels, results, strict=True)]
    lines = wrap(f"at {point}:", width - 2)
    for text in shown:
        lines += ["  " + part for part in wrap(text, width - 4)]
    return lines


def _number(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.ndim:
        if value.size <= _FEW:
            return repr(value.tolist())
        return re.sub(r"\s+", " ", np.array2string(value, separator=",", threshold=_FEW))
    return repr(value.item() if isinstance(value, np.ndarray | np.generic) else value)
