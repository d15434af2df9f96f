"""Shapes that broadcast, for arrays of as many axes as NumPy has."""

from __future__ import annotations

import numpy as np

_OF_NUMPY = 32
"""How many axes `numpy.broadcast_shapes` takes, although arrays may have twice as many."""


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that arrays of these shapes have together, as NumPy has it.

    Raises:
        ValueError: they do not fit together.

    >>> broadcast_shapes((3, 1), (4,))
    (3, 4)
    >>> len(broadcast_shapes((1,) * 50, (2,) * 40))
    50
    """
    most = max(map(len, shapes), default=0)
    if most <= _OF_NUMPY:
        return np.broadcast_shapes(*shapes)
    whole = [(1,) * (most - len(shape)) + tuple(shape) for shape in shapes]
    parts = [np.broadcast_shapes(*[s[k : k + _OF_NUMPY] for s in whole]) for k in (0, _OF_NUMPY)]
    return parts[0] + parts[1]
