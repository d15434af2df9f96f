"""How a whole program is declared: a function, where it is tried, what to do before a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PROGRAMS: list[Program] = []


@dataclass(frozen=True)
class Program:
    """A function of one number or array.

    Attributes:
        function: what is differentiated.
        places: where.
        tolerance: of the gradient against differences, relative to its largest entry.
        step: of the differences.
        reset: puts back what a call changes outside: random generators, running statistics.
    """

    function: Callable[[Any], Any]
    places: tuple[Any, ...]
    tolerance: float
    step: float
    reset: Callable[[], None] | None


def program(
    *places: Any,
    tol: float = 1e-6,
    step: float = 1e-5,
    reset: Callable[[], None] | None = None,
) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Remember a function with the places where it is tried."""

    def keep(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        PROGRAMS.append(Program(function, places, tol, step, reset))
        return function

    return keep
