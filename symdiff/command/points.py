"""Values for arguments, as they are typed: `--at "a=0.3, x=[1, 2]"`.

They are parsed, and never evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from .targets import parameters_of


def parse_points(points: Sequence[str]) -> dict[str, Any]:
    """`a=0.3, x=[1, 2]` as values; a list becomes an array of floats."""
    import ast

    values: dict[str, Any] = {}
    for point in points:
        problem = f'--at takes NAME=VALUE, such as "a=0.3" or "x=[1, 2]", not {point!r}'
        try:
            call = ast.parse(f"_({point})", mode="eval").body
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
                text = ast.get_source_segment(f"_({point})", keyword.value)
                raise click.UsageError(
                    f"--at {keyword.arg}: {text} is not a number or a list of numbers"
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
