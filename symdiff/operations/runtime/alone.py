"""The runtime without SciPy, where only the sort of a result is asked for."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from . import functions
from .functions import FASTER
from .lifting import array_function


class _Alone:
    """What `functions` has, with functions of numbers in the place of SciPy's for arrays."""

    def __getattr__(self, name: str) -> Any:
        if name in FASTER:
            _, scalar, pole = FASTER[name]
            return array_function(scalar, pole)
        return getattr(functions, name)


_ALONE = _Alone()

_WITH_SCIPY = frozenset({name.removesuffix("_array") for name in FASTER})
"""The operations that SciPy computes for arrays, and Python for numbers."""


def without_scipy(function: FunctionType, code: tuple[Any, ...]) -> FunctionType:
    """A function of arrays that has been made of the code of a template, without SciPy."""
    if _WITH_SCIPY.isdisjoint(code):
        return function
    return FunctionType(function.__code__, {**function.__globals__, "rt": _ALONE})
