"""What goes from one compiled function to another: numbers, arrays, and tapes of loops.

A tape is a list with an entry for each iteration of a loop; an entry is a number, an array, or the
tape of an inner loop. What an arm of a branch has nothing to hand on for is `None`.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def kept(value: Any) -> Any:
    """A value that nobody else writes to: arrays are copied, also those on tapes.

    >>> tape = [np.zeros(2), [np.ones(1)], 1.5, None]
    >>> found = kept(tape)
    >>> tape[0][:] = 7
    >>> found
    [array([0., 0.]), [array([1.])], 1.5, None]
    """
    if type(value) is list:
        plain = not value or type(value[0]) is float
        return value if plain else [kept(v) for v in value]
    return value.copy() if isinstance(value, np.ndarray) else value


def of_numpy(value: Any) -> Any:
    """A value with NumPy's numbers for floats, which nothing raises for.

    >>> of_numpy([1.5, [2.5, None]])
    [np.float64(1.5), [np.float64(2.5), None]]
    """
    if type(value) is list:
        return [of_numpy(v) for v in value]
    return np.float64(value) if type(value) is float else value


def listed(tape: Any) -> Any:
    """A tape with Python's numbers for entries, where it is an array.

    >>> listed(np.array([1.5, 2.5])), listed([0.5]), listed(range(2))
    ([1.5, 2.5], [0.5], range(0, 2))
    """
    return tape.tolist() if isinstance(tape, np.ndarray) else tape
