"""Sizes to try lengths with: numbers that nothing in the function is taken for.

Two lengths that are not the same have sizes that differ, in every trace. From one trace to the next
they change by differences that differ too, so that it can be told what a number is made of.
"""

from __future__ import annotations

import ast
import inspect
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..traced import unwrap

Pair = tuple[int, int]
_LADDERS: tuple[tuple[Pair, ...], ...] = (
    ((37, 53), (41, 37), (43, 61), (47, 41), (53, 59), (59, 47), (61, 43)),
    ((67, 97), (79, 71), (71, 109), (83, 89), (101, 67), (73, 127), (107, 83), (97, 113)),
    ((131, 163), (151, 139), (137, 173), (167, 181), (179, 157), (149, 197), (193, 151)),
)
"""Primes, for the first and the second trace; of each ladder the least are larger.

All are larger than arrays of which a derivation takes all elements at once.
"""

_LEAST = (37, 67, 131)
_FAR = 211
_FARTHEST = 5000


def numbers_of(function: Callable[..., Any]) -> set[int]:
    """The whole numbers that stand in a function, and the lengths of arrays that it names."""
    found: set[int] = set()
    try:
        plain = unwrap(function)[0]
        found |= {
            node.value
            for node in ast.walk(ast.parse(inspect.cleandoc("\n" + inspect.getsource(plain))))
            if isinstance(node, ast.Constant) and type(node.value) is int
        }
    except (OSError, TypeError, ValueError, SyntaxError, AttributeError):
        return found | {n for n in _constants(function) if type(n) is int}
    code = getattr(plain, "__code__", None)
    held = getattr(plain, "__globals__", {})
    values = [held[n] for n in getattr(code, "co_names", ()) if n in held]
    values += [c.cell_contents for c in plain.__closure__ or () if _is_filled(c)]
    for value in values:
        if isinstance(value, np.ndarray):
            found |= set(value.shape)
        elif type(value) is int:
            found.add(value)
    return found


def _constants(function: Any) -> Sequence[Any]:
    return getattr(getattr(function, "__code__", None), "co_consts", ())


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def pairs_for(numbers: Iterable[int]) -> list[Pair]:
    """Sizes for lengths, in two traces, of a function in which these numbers stand."""
    held = set(numbers)
    small = max([n for n in held if n < _LEAST[-1]], default=0)
    ladder = next(k for k, least in enumerate(_LEAST) if small < least or k == len(_LEAST) - 1)
    pairs = [p for k in range(ladder, len(_LADDERS)) for p in _LADDERS[k]]
    used: tuple[set[int], set[int]] = (set(), set())
    found = []
    for first, second in pairs:
        if not {first, second} & held and first not in used[0] and second not in used[1]:
            found.append((first, second))
            used[0].add(first)
            used[1].add(second)
    return found


def far_sizes(numbers: Iterable[int], count: int) -> list[int] | None:
    """Sizes beyond all numbers that stand in a function; `None` where these are too large."""
    beyond = max([_FAR, *numbers]) + 1
    if beyond > _FARTHEST:
        return None
    return [beyond + 97 * k + k * k for k in range(1, count + 1)]


def near_sizes(numbers: Iterable[int], count: int) -> list[int]:
    """The smallest sizes that are not numbers of the function."""
    held = set(numbers)
    free = (n for n in itertools.count(2) if n not in held)
    return list(itertools.islice(free, count))
