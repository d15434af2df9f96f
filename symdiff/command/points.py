"""Values and shapes of arguments, as they are typed: `--at "a=0.3, x=[1, 2], A: m×n"`.

They are parsed, and never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from .targets import parameters_of

_SHAPE = re.compile(r"\s*([^\W\d]\w*)\s*:(?!=)(.*)", re.DOTALL)


class Shape(NamedTuple):
    """The shape of an argument that has no value: names of lengths, and numbers."""

    lengths: tuple[str | int | None, ...]


def parse_points(points: Sequence[str]) -> dict[str, Any]:
    """`a=0.3, x=[1, 2], A: m×n` as values and shapes; a list becomes an array of floats."""
    values: dict[str, Any] = {}
    for point in points:
        given: list[str] = []
        for part in _parts(point):
            shape = _SHAPE.fullmatch(part)
            if shape is None:
                given.append(part)
            else:
                values[shape[1]] = _shape(shape[1], shape[2])
        if given or not point.strip():
            values |= _values(",".join(given), point)
    return values


def _parts(text: str) -> list[str]:
    """What commas divide that stand in no brackets and no string."""
    parts, depth, quote = [""], 0, ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and not depth:
            parts.append("")
            continue
        parts[-1] += char
    return parts if parts[-1].strip() or len(parts) == 1 else parts[:-1]


def _shape(name: str, text: str) -> Shape:
    from ..source.shapes import parse_shape

    lengths = parse_shape(text)
    if lengths is None:
        raise click.UsageError(
            f"--at {name}: {text.strip()} is not a shape, such as n, m×n, (m, n), 3×3 or number"
        )
    return Shape(lengths)


def _values(text: str, point: str) -> dict[str, Any]:
    """`a=0.3, x=[1, 2]` as values."""
    import ast

    values: dict[str, Any] = {}
    problem = f'--at takes NAME=VALUE or NAME: SHAPE, such as "a=0.3" or "x: n", not {point!r}'
    try:
        call = ast.parse(f"_({text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise click.UsageError(problem) from None
    if not isinstance(call, ast.Call) or call.args or not call.keywords:
        raise click.UsageError(problem)
    if not isinstance(call.func, ast.Name):  # `a=1)(b=2`
        raise click.UsageError(problem)
    for keyword in call.keywords:
        if keyword.arg is None:
            raise click.UsageError(problem)
        try:
            values[keyword.arg] = ast.literal_eval(keyword.value)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            written = ast.get_source_segment(f"_({text})", keyword.value)
            raise click.UsageError(
                f"--at {keyword.arg}: {written} is not a number or a list of numbers"
            ) from None
    return values


def check_names(at: dict[str, Any], functions: Sequence[Any]) -> None:
    """See that each name is an argument of some function.

    Raises:
        UsageError: one is not.
    """
    known = {name for function in functions for name in parameters_of(function)}
    for name in at:
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise click.UsageError(f"--at {name}: there is no such argument (there are: {names})")


def as_value(value: Any, active: bool) -> Any:
    """A list as an array of floats; a whole number that is differentiated by as a float."""
    import numpy as np

    if isinstance(value, list):
        try:
            return np.array(value, dtype=float)
        except (ValueError, TypeError):
            raise click.UsageError(f"--at: {value} is not an array of numbers") from None
    return float(value) if active and type(value) is int else value
