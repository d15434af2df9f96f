"""One assumption of what parameters are, with a label for each length that is not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Label = str | int
"""A length: the name of one that is not known, or a number. `?` begins names that nobody gave."""

Shape = tuple[Label, ...]


class Candidate(NamedTuple):
    """The shapes that parameters are taken to have.

    Attributes:
        shapes: by parameter: of a number it is `()`.
        fixed: the parameters whose shape was told.
        made: how many labels have been made.
        odd: what it costs beside its axes.

    >>> start = Candidate({"A": (), "x": ()})
    >>> matrix = start.raised("A").raised("A").raised("x")
    >>> matrix.shapes
    {'A': ('?2', '?3'), 'x': ('?4',)}
    >>> square = matrix.unified("?2", "?3")
    >>> square.shapes, square.sizes([7, 11])
    ({'A': ('?2', '?2'), 'x': ('?4',)}, {'?2': 7, '?4': 11})
    """

    shapes: Mapping[str, Shape]
    fixed: frozenset[str] = frozenset()
    made: int = 1
    odd: float = 0.0

    def raised(self, name: str) -> Candidate:
        """With one axis more for a parameter, all of whose lengths are not known again."""
        count = len(self.shapes[name]) + 1
        labels = tuple([f"?{self.made + k}" for k in range(count)])
        return self._replace(shapes={**self.shapes, name: labels}, made=self.made + count)

    def all_raised(self, names: Iterable[str]) -> Candidate:
        raised = self
        for name in sorted(names):
            raised = raised.raised(name)
        return raised

    def may_be_raised(self, name: str, most: int = 2) -> bool:
        """Whether nothing was told of a parameter, and it has fewer axes than `most`."""
        free = name in self.shapes and name not in self.fixed
        return free and len(self.shapes[name]) < most

    def unified(self, one: Label, other: Label) -> Candidate | None:
        """With two lengths taken for the same; `None` where both were told."""
        if is_free(one) and (not is_free(other) or str(one) > str(other)):
            one, other = other, one
        if one == other or not is_free(other):
            return None
        shapes = {
            name: tuple([one if label == other else label for label in shape])
            for name, shape in self.shapes.items()
        }
        return self._replace(shapes=shapes)

    def labels(self) -> list[str]:
        """The lengths that are not known, in the order in which they appear."""
        found = [label for shape in self.shapes.values() for label in shape if type(label) is str]
        return list(dict.fromkeys(found))

    def sizes(self, numbers: Iterable[int]) -> dict[str, int]:
        """A size for each length that is not known."""
        return dict(zip(self.labels(), numbers, strict=False))

    def at(self, sizes: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
        """The shapes with numbers."""
        return {
            name: tuple([n if isinstance(n, int) else sizes[n] for n in shape])
            for name, shape in self.shapes.items()
        }

    def axes(self) -> int:
        return sum(map(len, self.shapes.values()))

    def key(self) -> tuple[tuple[str, Shape], ...]:
        """The same for candidates that differ in their labels' names alone."""
        renamed = {label: f"?{k}" for k, label in enumerate(filter(is_free, self.labels()))}
        return tuple(
            [
                (name, tuple([renamed.get(n, n) if isinstance(n, str) else n for n in shape]))
                for name, shape in self.shapes.items()
            ]
        )


def is_free(label: Label) -> bool:
    """Whether nothing was told of a length."""
    return isinstance(label, str) and label.startswith("?")


_NAMES = ("n", "m", "k", "p", "q", "r", "s", "d", "l")


def named(shapes: Mapping[str, Shape], taken: Iterable[str]) -> dict[str, Shape]:
    """Shapes with the names that one writes for lengths: the first matrix is m×n.

    >>> named({"w": ("?1",), "X": ("?2", "?1"), "y": ("?2",)}, ["w", "X", "y"])
    {'w': ('n',), 'X': ('m', 'n'), 'y': ('m',)}
    """
    free = [n for shape in shapes.values() for n in shape if isinstance(n, str) and is_free(n)]
    matrix = next(
        (s for s in shapes.values() if len(s) == 2 and s[0] != s[1] and all(map(is_free, s))), ()
    )
    order = list(dict.fromkeys([*reversed([str(n) for n in matrix]), *free]))
    told = {n for shape in shapes.values() for n in shape if isinstance(n, str) and not is_free(n)}
    used = {*taken, *told}
    more = (f"n{k}" for k in range(1, len(order) + len(used) + 1))
    names = dict(zip(order, (n for n in (*_NAMES, *more) if n not in used), strict=False))
    return {
        name: tuple([names.get(n, n) if isinstance(n, str) else n for n in shape])
        for name, shape in shapes.items()
    }
