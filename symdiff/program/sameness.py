"""What tells apart values that Python holds to be equal.

`1`, `1.0` and `True` are equal, and so are `0.0` and `-0.0`, `range(0, 3, 2)` and
`range(0, 4, 2)`, one moment in two time zones, and sets that are gone through in another order. A
function may tell them apart, so a specialization made for one of them is not made for the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_VALUES = {
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "pathlib": ("PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"),
    "pathlib._local": ("PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"),
    "re": ("Pattern",),
    "uuid": ("UUID",),
}


def is_value(kind: type) -> bool:
    """Whether instances of a class of the standard library never change, and compare by value."""
    return kind.__name__ in _VALUES.get(kind.__module__, ())


def exactly(value: Any) -> tuple[Any, ...]:
    """A value's type, the value, and what equal values of that type may differ in, if anything.

    Equal only for values that no function tells apart. What is not equal to itself, as NaN, stays
    so unless it is the same object: as a key of a dict it is found by that alone.

    >>> exactly(1) == exactly(True), exactly((0.0,)) == exactly((-0.0,))
    (False, False)
    >>> exactly(range(0, 3, 2)) == exactly(range(0, 4, 2)), exactly("a")
    (False, (<class 'str'>, 'a'))
    """
    kind = type(value)
    if isinstance(value, float):
        return (kind, value, float.__repr__(value))
    if isinstance(value, complex):
        return (kind, value, complex.__repr__(value))
    if isinstance(value, np.floating | np.complexfloating):
        return (kind, value, repr(value))
    if isinstance(value, tuple):
        return (kind, value, tuple(map(exactly, tuple.__iter__(value))))
    if isinstance(value, frozenset):
        return (kind, value, tuple(map(exactly, tuple(frozenset.__iter__(value)))))
    if kind is range:
        return (kind, value, (value.start, value.stop, value.step))
    if is_value(kind):
        return (kind, value, repr(value))
    return (kind, value)


def is_plain(token: tuple[Any, ...]) -> bool:
    """Whether type and value are all that `exactly` has found."""
    return len(token) == 2
