"""The lengths of arrays that have no value, as symbols.

A function without values for its arrays is traced with arrays of some sizes, and traced again with
others. What is the same at all of them is the function's own; a number that differs is a matter of
a length, which has a name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Dimensions(NamedTuple):
    """The shapes of arrays in symbols, and the sizes that the symbols were taken to have.

    Attributes:
        shapes: by parameter: the shape of an array; a length is a symbol's name, or a number that
            is known. A parameter that is a number has the shape `()`.
        sizes: for each time that the function was traced: by symbol, its size. No two symbols have
            one size at the same time.

    >>> known = Dimensions({"A": ("m", "n"), "x": ("n",)}, [{"m": 11, "n": 7}, {"m": 5, "n": 13}])
    >>> known.shape("A", 0), known.symbol(13, 1)
    ((11, 7), 'n')
    >>> known.text()
    'with A m×n, x of length n'
    """

    shapes: Mapping[str, tuple[str | int, ...]]
    sizes: Sequence[Mapping[str, int]]

    def shape(self, name: str, variant: int) -> tuple[int, ...]:
        """The shape of a parameter in one of the traces."""
        sizes = self.sizes[variant]
        return tuple([sizes[n] if isinstance(n, str) else n for n in self.shapes[name]])

    def symbol(self, size: int, variant: int) -> str | None:
        """The symbol that was taken to have a size in one of the traces."""
        return next((name for name, n in self.sizes[variant].items() if n == size), None)

    def text(self) -> str:
        """What is said of the arrays below a formula; empty if there is none."""
        told = []
        for name, shape in self.shapes.items():
            if len(shape) == 1:
                told.append(f"{name} of length {shape[0]}")
            elif shape:
                told.append(f"{name} {'×'.join(map(str, shape))}")
        return f"with {', '.join(told)}" if told else ""
