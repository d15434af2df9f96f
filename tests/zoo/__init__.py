"""Small functions in every style users write, each with inputs that take different paths.

A `Case` declares one function, the inputs it is called with, and the oracle its gradient is
compared with. Add a function to the file of its theme, and a `Case` to the list at its end.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Call:
    """The arguments of one call, and what to do just before it."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    before: Callable[[], None] | None = None


def call(*args: Any, before: Callable[[], None] | None = None, **kwargs: Any) -> Call:
    return Call(args, kwargs, before)


@dataclass(frozen=True)
class Case:
    """One function of the zoo.

    Attributes:
        function: what is differentiated.
        inputs: at least three; a tuple holds positional arguments, `call(...)` any, and anything
            else is the only argument.
        wrt: the position of the argument to differentiate with respect to.
        oracle: `"mp"`, `"complex"`, `"autograd"`, or `"difference"` for what only runs on doubles.
        tolerance: of the gradient, relative to its largest entry.
        name: for a function that has none of its own.
        twin: the same function written in another way, for an oracle that cannot run this one.
    """

    function: Callable[..., Any]
    inputs: Sequence[Any]
    wrt: int = 0
    oracle: str = "mp"
    tolerance: float = 1e-12
    name: str = ""
    twin: Callable[..., Any] | None = None

    @property
    def calls(self) -> list[Call]:
        return [
            one if isinstance(one, Call) else Call(one if isinstance(one, tuple) else (one,))
            for one in self.inputs
        ]

    @property
    def label(self) -> str:
        return self.name or getattr(self.function, "__name__", "unnamed")


def vector(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def matrix(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    """Numbers from -1.5 to 1.5 without a pattern, none near zero or another's value."""
    count = rows * columns
    k = np.arange(1, count + 1)
    values = ((k * 0.6180339887498949 + seed * 0.37) % 1.0) * 3 - 1.5
    return (values + np.where(np.abs(values) < 0.02, 0.05, 0.0)).reshape(rows, columns)


def all_cases() -> list[tuple[str, Case]]:
    """Every case of every file here, as `(file.function, case)`."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        cases = importlib.import_module(f"{__name__}.{module.name}").CASES
        found += [(f"{module.name}.{case.label}", case) for case in cases]
    return found
