"""A function, the operators that it is differentiated by, and what it is called with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """What is differentiated and called; the texts that are compiled meanwhile are compared.

    Attributes:
        function: of a module of this folder.
        operators: make a function of it that is called once for each of `calls`.
        calls: tuples of arguments.
    """

    function: Callable[..., Any]
    operators: tuple[Callable[..., Any], ...]
    calls: tuple[tuple[Any, ...], ...]

    @property
    def name(self) -> str:
        return f"{self.function.__module__.split('.')[-1]}-{self.function.__name__}"


CASES: list[Case] = []


def emitted(
    *calls: tuple[Any, ...], by: Callable[..., Any] | tuple[Callable[..., Any], ...]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Note a function: `@emitted((1.0, 2.0), by=grad)`."""

    def noted(function: Callable[..., Any]) -> Callable[..., Any]:
        CASES.append(Case(function, by if isinstance(by, tuple) else (by,), calls))
        return function

    return noted
