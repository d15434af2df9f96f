"""Numbers so large or small that products of a few of them may be no floats.

A product or a power on the way of a derivative may leave the range of floats where the derivative
does not. Where the inputs are such numbers, a program runs in extended precision, whose exponents
are sixteen times as large.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

LOW, HIGH = 2.0**-150, 2.0**150
"""Six numbers between these have a product that is a float."""

SHORT = 24
"""Of a longer array the largest number decides: few others would be as small by chance."""

PIECE = 10_000
"""A product of vectors that are not longer than this is computed by one thread (of OpenBLAS)."""

_SEVERAL = 3
"""So many pieces are gone through by Python in less time than NumPy takes to begin."""

EXTENDED: Any = np.longdouble if np.finfo(np.longdouble).maxexp > 2 * 1024 else None
"""NumPy's floats of a wider range; `None` on machines that have none (Windows, Macs with ARM)."""


class OutOfRange(ArithmeticError):
    """Numbers are so large or small that products on the way may be no floats."""


def within_range(x: Any) -> bool:
    """Raise `OutOfRange` where a number, or one of an array, is very large or very small.

    What is 0, infinite or no number is of no size.

    >>> within_range(3.0), within_range(np.array([0.0, np.inf]))
    (True, True)
    >>> within_range(np.array([1.0, 1e-200]))
    Traceback (most recent call last):
        ...
    symdiff.operations.runtime.ranges.OutOfRange
    """
    if not isinstance(x, np.ndarray):
        numbers = [x]
    elif x.size > SHORT:
        # The squares tell faster, but for those arrays of which the largest number is wanted.
        if x.dtype == np.float64 and x.size * LOW**2 < _squares(x) < HIGH**2:
            return True
        numbers = [max(abs(x.max()), abs(x.min()))]
    else:
        numbers = x.ravel().tolist()
        sizes = [*map(abs, numbers)]
        if sizes and min(sizes) > LOW and max(sizes) < HIGH:
            return True
    for number in numbers:
        size = abs(number)
        if not LOW < size < HIGH and 0.0 < size < np.inf:
            raise OutOfRange
    return True


def all_within_range(*numbers: float) -> bool:
    """The same for several numbers.

    >>> all_within_range(3.0, 0.0, -1e30)
    True
    """
    for size in map(abs, numbers):
        if size <= LOW:
            if size > 0.0:
                raise OutOfRange
        elif HIGH <= size < _INFINITE:
            raise OutOfRange
    return True


_INFINITE = math.inf

LOWEST, HIGHEST = 2.0**-900, 2.0**500
"""A product or quotient between these has all its digits, and may meet a few factors more."""


def regrouped(*several: tuple[float, ...]) -> bool:
    """Raise `OutOfRange` where a product or quotient, given with its operands, lost digits.

    One that is 0 or infinite is all right where that is what an operand is.

    >>> regrouped((3.0, 1.0, 3.0), (0.0, 0.0, 3.0), (math.inf, 2.0, math.inf), (1e-9, 1e-9, 1.0))
    True
    >>> regrouped((0.0, 1e-200, 1e-200))
    Traceback (most recent call last):
        ...
    symdiff.operations.runtime.ranges.OutOfRange
    """
    for part, *operands in several:
        if not LOWEST < abs(part) < HIGHEST and all(0.0 < abs(o) < _INFINITE for o in operands):
            raise OutOfRange
    return True


def _squares(x: Any) -> float:
    """The sum of the squares, by products of pieces, for each of which BLAS takes one thread.

    Others would have to be waited for, which takes long where they have something else to do.
    """
    flat = x.reshape(-1)
    if flat.size <= _SEVERAL * PIECE:
        pieces = [flat[k : k + PIECE] for k in range(0, flat.size, PIECE)]
        return float(sum([piece.dot(piece) for piece in pieces]))
    whole = flat.size - flat.size % PIECE
    rows = flat[:whole].reshape(-1, PIECE)
    rest = flat[whole:]
    return float(rest.dot(rest) + sum(np.vecdot(rows, rows).tolist()))


def far_in(x: Any) -> Any:
    """Which numbers of an array are very large or very small.

    >>> far_in(np.array([1e-200, 0.0, 3.0, np.inf, 1e200])).tolist()
    [True, False, False, False, True]
    """
    size = np.abs(x)
    return ((size <= LOW) & (size > 0.0)) | ((size >= HIGH) & (size < np.inf))


def has_far(x: Any) -> bool:
    """Whether there may be such numbers in an array; it takes less time than to find them.

    >>> [has_far(np.array([3.0, n])) for n in (-4.0, 1e-200, -1e200, np.nan)]
    [False, True, True, True]
    """
    size = np.abs(x)
    return not (size.size == 0 or (size.min() > LOW and size.max() < HIGH))


def out_of_range() -> None:
    """Raise `OutOfRange`: constants of a program are such numbers."""
    raise OutOfRange


def extended(x: Any) -> Any:
    """A number or array in extended precision."""
    return x.astype(EXTENDED) if isinstance(x, np.ndarray) else EXTENDED(x)


def is_extended(x: Any) -> bool:
    """Whether a number or array is in extended precision."""
    return EXTENDED is not None and getattr(x, "dtype", None) == EXTENDED


def in_double(x: Any) -> Any:
    """A number or array in double precision, where it was in extended precision."""
    if not is_extended(x):
        return x
    return x.astype(np.float64) if isinstance(x, np.ndarray) else float(x)


def of_doubles(function: Callable[..., Any], *operands: Any) -> Any:
    """What a function that knows double precision alone gives for numbers of any range.

    >>> of_doubles(abs, extended(-1.0)).dtype == EXTENDED, of_doubles(float.hex, 0.5)
    (True, '0x1.0000000000000p-1')
    """
    with np.errstate(all="ignore"):
        result = function(*map(in_double, operands))
    is_float = isinstance(result, float | np.ndarray) and np.asarray(result).dtype == np.float64
    return extended(result) if is_float else result


def of_either(function: Callable[..., Any], *operands: Any) -> Any:
    """What a function gives in extended precision, or in double where it has that alone."""
    try:
        return function(*operands)
    except Exception:  # NumPy and SciPy have several ways to say so
        return of_doubles(function, *operands)


def rounded(x: Any) -> Any:
    """Numbers of any range with the digits of double precision; anything else as it is.

    >>> float(rounded(extended(1e200) * extended(1e-200)))
    1.0
    """
    if type(x) is EXTENDED:
        number = float(x)
        if _TINY < abs(number) < np.inf or number == x:
            return EXTENDED(number)
    elif isinstance(x, np.ndarray) and x.dtype == EXTENDED:
        if not x.shape:
            return rounded(x[()])
        plain = x.astype(np.float64)
        size = np.abs(plain)
        if np.all(((size > _TINY) & (size < np.inf)) | (plain == x)):
            return plain.astype(EXTENDED)
    else:
        return x
    digits, exponent = np.frexp(x)
    return np.ldexp(digits.astype(np.float64).astype(EXTENDED), exponent)


_TINY = float(np.finfo(np.float64).tiny)
