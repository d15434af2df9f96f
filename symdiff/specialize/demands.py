"""What a trace without values finds out of parameters and loops, so that the next one knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from ..errors import SymdiffError
from ..records import dataclass

NUMBER = re.compile(r"(?:lam|lmbda|lambd|lambda_|eps|epsilon|reg|dt)(?:_\w+)?$")
"""Names of parameters that are numbers wherever another one may be the array."""


class ArrayDemand(SymdiffError):
    """The code uses these parameters as arrays."""

    def __init__(self, names: frozenset[str], what: str) -> None:
        super().__init__(what)
        self.names = names
        self.what = what


class WholeDemand(SymdiffError):
    """The code uses these parameters as whole numbers."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__("a parameter is a whole number")
        self.names = names


@dataclass(slots=True)
class Known:
    """What is known of a function's parameters and loops from earlier traces.

    Attributes:
        length: the length that arrays are taken to have.
        arrays: the parameters that are arrays.
        loops: whether loops stay loops.
        numbers: the parameters that are said to be numbers.
        shapes: of parameters, where these are assumed, and lengths are taken for known numbers.
        whole: the parameters that are whole numbers.
        unrolled: the loops that are unrolled all the same.
        of_loops: what is known of loops, by their sites.
    """

    length: int
    arrays: set[str]
    loops: bool
    shapes: Mapping[str, tuple[int, ...]] | None = None
    numbers: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    unrolled: set[int] = field(default_factory=set)
    of_loops: dict[int, Any] = field(default_factory=dict)

    def likely_arrays(self, names: frozenset[str]) -> frozenset[str]:
        """Those of some parameters that are arrays, where one of them has to be."""
        for numbers in (self.numbers, set(filter(NUMBER.match, names))):
            names = names - numbers or names
        return names
