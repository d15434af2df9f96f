"""Functions that generated code calls as `rt.name`, where one Python expression is too long.

Those for Python numbers follow `math` in what they raise: `ValueError`, `OverflowError`,
`ZeroDivisionError` where NumPy would give `nan` or `inf`; the caller then takes the careful way.
Those for arrays (`..._array`) never raise, broadcast, and keep `float32` as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .adding import ones as ones
from .hyperbolic import sech_squared as sech_squared
from .hyperbolic import sigmoid_array as sigmoid_array
from .keeping import kept as kept
from .keeping import listed as listed
from .lifting import array_function
from .near_zero import near_0 as near_0
from .near_zero import near_0_array as near_0_array
from .polygamma import digamma, polygamma, polygamma_between
from .powers import length_power as length_power
from .powers import length_power_array as length_power_array
from .powers import log_power_at_0 as log_power_at_0
from .powers import log_power_at_0_array as log_power_at_0_array
from .powers import power as power
from .powers import powers as powers
from .powers import signed_power as signed_power
from .powers import signed_power_array as signed_power_array
from .ranges import all_within_range as all_within_range
from .ranges import extended as extended
from .ranges import in_double as in_double
from .ranges import of_doubles as of_doubles
from .ranges import of_either as of_either
from .ranges import out_of_range as out_of_range
from .ranges import regrouped as regrouped
from .ranges import rounded as rounded
from .ranges import within_range as within_range

_LOG2 = math.log(2.0)


def plain(x: Any) -> Any:
    """A number as Python's own, which raises where NumPy's does not."""
    return x.item() if isinstance(x, np.generic) else x


def may_wrap_around() -> None:
    """Raise `OverflowError`: whole numbers are so large that NumPy's may have wrapped around."""
    raise OverflowError("whole numbers of 64 bits")


def multiples(x: float, factors: Any) -> Any:
    """The products of a number with factors; with 0 that is 0, whatever the number.

    >>> multiples(math.inf, np.array([1.0, 0.5, 0.0])).tolist()
    [inf, inf, 0.0]
    """
    return np.multiply(x, factors, out=np.zeros(factors.shape), where=factors != 0.0)


# -- logic


def logical_and(x: Any, y: Any) -> bool:
    """Whether both are nonzero, as a bool."""
    return bool(x) and bool(y)


def logical_or(x: Any, y: Any) -> bool:
    """Whether one is nonzero, as a bool."""
    return bool(x) or bool(y)


def logical_xor(x: Any, y: Any) -> bool:
    """Whether exactly one is nonzero."""
    return bool(x) != bool(y)


def invert(x: Any) -> Any:
    """`not` of a bool, `~` of an integer.

    >>> invert(True), invert(5)
    (False, -6)
    """
    return not x if isinstance(x, (bool, np.bool_)) else ~x


# -- smooth


def exp2(x: float) -> float:
    """`2**x`; `OverflowError` where it is too large."""
    return math.pow(2.0, x)


def cbrt(x: float) -> float:
    """The real cube root, to the last bit or nearly.

    >>> cbrt(-27.0)
    -3.0
    """
    if x == 0 or not math.isfinite(x):
        return float(x)
    r = math.copysign(abs(x) ** (1 / 3), x)
    return r - (r - x / (r * r)) / 3  # one Newton step


def square(x: Any) -> Any:
    """`x*x`; an int stays an int."""
    return x * x


def reciprocal(x: Any) -> Any:
    """`1/x`; of an int, the int NumPy gives."""
    return int(1 / x) if type(x) is int else 1 / x


def relative(x: Any, r: Any) -> Any:
    """`x/r`, and `x` where `r` is 0."""
    return x / np.where(np.equal(r, 0), 1, r)


def over(x: Any, r: Any) -> Any:
    """`x/r`, and 0 where `r` is 0.

    >>> over(np.array([3.0, 0.0]), np.array([5.0, 0.0]))
    array([0.6, 0. ])
    """
    zero = np.equal(r, 0)
    # inf keeps the dtype: a Python number is weak.
    return x / np.where(zero, math.inf, r)[()] if np.any(zero) else np.true_divide(x, r)


def radial(g: Any, x: Any, r: Any) -> Any:
    """`g*(x/r)`, and 0 where `r` is 0."""
    return g * over(x, r)


def unless_zero(x: Any) -> Any:
    """0 where `x` is 0, and NaN elsewhere."""
    return np.where(np.equal(x, 0), x, x * math.nan)[()]


def weighted_exp(b: Any, x: Any) -> Any:
    """`b*exp(x)`, and 0 where `b` is 0, whatever `x` is.

    >>> weighted_exp(np.array([2.0, 0.0]), np.array([0.0, 1e3]))
    array([2., 0.])
    """
    none = np.equal(b, 0)
    if not np.any(none):
        return b * np.exp(x)
    return np.where(none, 0, b * np.exp(np.where(none, 0, x)))[()]


def sigmoid(x: float) -> float:
    """`1/(1 + exp(-x))`, without overflow.

    >>> sigmoid(0.0), sigmoid(-1000.0)
    (0.5, 0.0)
    """
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    e = math.exp(x)
    return e / (1 + e)


def logaddexp(a: float, b: float) -> float:
    """`log(exp(a) + exp(b))`, without overflow."""
    if a == b:
        return a + _LOG2
    high, low = (a, b) if a > b else (b, a)
    return high + math.log1p(math.exp(low - high))


def logaddexp2(a: float, b: float) -> float:
    """`log2(2**a + 2**b)`, without overflow."""
    if a == b:
        return a + 1.0
    high, low = (a, b) if a > b else (b, a)
    return high + math.log1p(exp2(low - high)) / _LOG2


# -- with kinks


def sign(x: float) -> float:
    """-1.0, 0.0 or 1.0; nan for nan.

    >>> sign(-3.0)
    -1.0
    """
    return math.copysign(1.0, x) if x > 0 or x < 0 else x


def floor(x: float) -> float:
    """The largest whole number not above, as a float."""
    return float(math.floor(x)) if math.isfinite(x) else x


def ceil(x: float) -> float:
    """The smallest whole number not below, as a float."""
    return float(math.ceil(x)) if math.isfinite(x) else x


def trunc(x: float) -> float:
    """The whole part, as a float."""
    return float(math.trunc(x)) if math.isfinite(x) else x


def rint(x: float) -> float:
    """The nearest whole number, halves to even, as a float."""
    return float(round(x)) if math.isfinite(x) else x


def round_to(x: float, digits: float) -> float:
    """`round(x, digits)` as Python has it: correct for the decimal number that a float is."""
    return float(round(float(x), int(digits)))


def maximum(a: Any, b: Any) -> Any:
    """The larger; nan if either is nan."""
    return a if a >= b or a != a else b


def minimum(a: Any, b: Any) -> Any:
    """The smaller; nan if either is nan."""
    return a if a <= b or a != a else b


def fmax(a: Any, b: Any) -> Any:
    """The larger; what is not nan."""
    return a if a >= b or b != b else b


def fmin(a: Any, b: Any) -> Any:
    """The smaller; what is not nan."""
    return a if a <= b or b != b else b


def side_toward(x: float, d: float, e: float, facing: float) -> float:
    """The side of 0 on which a number lies, or if it is 0, comes to lie as it changes and bends.

    It is the other one for what changes where `facing` is negative: one comes from there.

    >>> side_toward(0.0, -2.0, 1.0, 1.0), side_toward(0.0, -2.0, 1.0, -1.0)
    (-1.0, 1.0)
    >>> side_toward(0.0, 0.0, -2.0, -1.0), side_toward(0.0, 0.0, 0.0, 0.0)
    (-1.0, 1.0)
    """
    for number in (x, -d if facing < 0 else d, e):
        if number < 0 or number > 0:
            return -1.0 if number < 0 else 1.0
    return 1.0


def side_toward_array(x: Any, d: Any, e: Any, facing: Any) -> Any:
    """The same for arrays, in the precision of the first."""
    first = np.asarray(x)
    change = np.where(np.less(facing, 0), np.negative(d), d)
    number = np.where(first == 0, np.where(np.equal(d, 0), e, change), first)
    return np.where(np.less(number, 0), first.dtype.type(-1), first.dtype.type(1))[()]


def larger_array(a: Any, b: Any) -> Any:
    """`b if b > a else a`, as Python's own `max` chooses; numbers stay what they are."""
    return np.where(np.greater(b, a), b, a) if np.ndim(a) or np.ndim(b) else max(a, b)


def smaller_array(a: Any, b: Any) -> Any:
    """`b if b < a else a`, as Python's own `min` chooses; numbers stay what they are."""
    return np.where(np.less(b, a), b, a) if np.ndim(a) or np.ndim(b) else min(a, b)


def heaviside(x: float, at_zero: float) -> float:
    """0.0 below zero, 1.0 above, `at_zero` between."""
    if x != x:
        return x
    return 0.0 if x < 0 else 1.0 if x > 0 else at_zero


def nan_to_num(x: float) -> float:
    """0.0 for nan, the largest finite number for inf."""
    if x != x:
        return 0.0
    return x if math.isfinite(x) else math.copysign(1.7976931348623157e308, x)


def signbit(x: float) -> bool:
    """Whether the sign bit is set, also of -0.0."""
    return math.copysign(1.0, x) < 0


def _whole(numpy_function: Any, python: Callable[[Any], int]) -> Callable[[Any], Any]:
    def apply(x: Any) -> Any:
        if np.ndim(x):
            return numpy_function(x).astype(np.int64)
        number = python(x)
        return number if -(2**63) <= number < 2**63 else float(number)  # NumPy has no such integer

    return apply


floor_int_array = _whole(np.floor, math.floor)
ceil_int_array = _whole(np.ceil, math.ceil)
trunc_int_array = _whole(np.trunc, int)  # of `numpy.float32`, too
round_int_array = _whole(np.rint, round)
round_to_array = array_function(round_to)
remainder_array = array_function(math.remainder)


# -- special functions


def sinc(x: float) -> float:
    """`sin(pi*x)/(pi*x)`, 1 at 0."""
    return math.sin(math.pi * x) / (math.pi * x) if x else 1.0


def spherical_j(n: float, z: float) -> float:
    """The spherical Bessel function of the first kind, of a whole order.

    >>> round(spherical_j(1, 1.0), 12)
    0.30116867894
    """
    return float(spherical_j_array(n, float(z)))


def spherical_j_array(n: Any, z: Any) -> Any:
    """The spherical Bessel function of arrays: its series (DLMF 10.53.1) where the argument is
    below the order, else the recurrence DLMF 10.51.1 upward, neither of which cancels there.
    """
    order = int(np.max(n))
    wide = np.asarray(z) + 0.0
    wide = wide.astype(np.result_type(wide, np.float64))
    far = np.abs(wide) > max(order, 1)
    with np.errstate(all="ignore"):
        x = np.where(far, wide, 1.0)
        below, here = np.cos(x) / x, np.sin(x) / x
        for k in range(order):
            below, here = here, (2 * k + 1) / x * here - below
        x = np.where(far, 0.0, wide)
        term = np.ones_like(x)
        for k in range(1, order + 1):
            term = term * x / (2 * k + 1)
        total, k = term, 1
        while np.any(np.abs(term) > 1e-18 * np.abs(total)):
            term = term * (-x * x / (2 * k * (2 * (order + k) + 1)))
            total, k = total + term, k + 1
    return np.where(far, here, total).astype(np.asarray(z).dtype)[()]


def gamma(x: float) -> float:
    """The gamma function; `ValueError` at its poles."""
    return math.gamma(x)


def sum_of_floats(terms: Any) -> float:
    """As `sum` of Python numbers: compensated from Python 3.12 on."""
    total: float = sum([t.item() if hasattr(t, "item") else t for t in terms])
    return total


polygamma_array = array_function(polygamma)
polygamma_between_array = array_function(polygamma_between)


FASTER: dict[str, tuple[str, Callable[..., float], float]] = {
    "erf_array": ("erf", math.erf, math.nan),
    "erfc_array": ("erfc", math.erfc, math.nan),
    "gamma_array": ("gamma", math.gamma, math.nan),
    "lgamma_array": ("gammaln", math.lgamma, math.inf),
    "digamma_array": ("psi", digamma, math.nan),
}
"""SciPy's name of an array function that is a hundred times faster, and what there is without it:
a function of numbers, and its value at a pole."""


def _faster(name: str) -> Callable[..., Any]:
    scipy_name, scalar, pole = FASTER[name]
    try:
        import scipy.special
    except ImportError:
        return array_function(scalar, pole)
    function: Callable[..., Any] = getattr(scipy.special, scipy_name)
    return function


def __getattr__(name: str) -> Any:
    """Special functions that come from SciPy, which is imported when the first is called."""
    if name.startswith("_"):
        raise AttributeError(name)
    from .special import special_function

    if name in FASTER:
        function = globals()[name] = _faster(name)
        return function
    try:
        function = globals()[name] = special_function(name)
    except ImportError:
        raise AttributeError(name) from None
    return function


def chosen(condition: Any, first: Any, second: Any, *operands: Any) -> Any:
    """Where a condition holds, what a function gives of some operands; elsewhere what another does.

    Neither is asked for what is not taken, if that would raise.

    >>> x = np.array([4.0, 0.0])
    >>> with np.errstate(all="raise"):
    ...     chosen(x > 0, lambda x: 1 / x, lambda x: x - 1, x)
    array([ 0.25, -1.  ])
    """
    try:
        return np.where(condition, first(*operands), second(*operands))
    except ArithmeticError:
        found = np.empty(condition.shape)
    for arm, taken in ((first, condition), (second, ~condition)):
        if taken.any():
            found[taken] = arm(*[o[taken] if isinstance(o, np.ndarray) else o for o in operands])
    return found
