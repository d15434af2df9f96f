"""The table where numbers are very large, very small, or at an edge: against mpmath."""

from __future__ import annotations

import math

import mpmath
import pytest

from symdiff.operations import TABLE
from symdiff.operations.entry import ElementwiseEntry
from symdiff.testing.differences import Differences
from symdiff.testing.extremes import BIG, DOUBLE, SMALL, check_extremes, extreme_points

from .exact import EXACT, WITHOUT

_FAR = (BIG, -BIG, SMALL, -SMALL, 0.0, -0.0, 1.0, -2.5)
_SHAPES = [(x, y) for x in _FAR for y in (1.0, -1.0, SMALL, 3.0, 0.25)]
# Where y is tiny too, y*x**(y - 1) is made of a product that leaves the range of floats.
_POWERS = [
    (x, y)
    for x in (1e200, 1e-200, 1e-30, 0.0, -0.0, 1.0, 2.0)
    for y in (0.0, 1.0, 2.0, 3.0, 0.5, -1.0)
    if x not in (1e-200, 1e-30) or y > 0
]
POINTS: dict[str, list[tuple[float, ...]]] = {
    "pow": _POWERS,
    "strict_pow": _POWERS,
    "boxcox": _SHAPES,
    "boxcox1p": _SHAPES,
    "huber": [(1.0, 1e-200), (1.0, 30.0), (1e200, 1.0), (1.0, -1e30), (2.0, -0.5)],
    # mpmath sums these series slowly where they converge slowly.
    "gamma": [(x,) for x in (1e-30, 0.5, 30.0, 170.0, -2.5)],
    "lgamma": [(x,) for x in (1e-200, 1e-30, 0.5, 30.0, 400.0)],
    "loggamma": [(x,) for x in (1e-200, 1e-30, 0.5, 30.0, 400.0)],
    "rgamma": [(x,) for x in (1e-200, -1e-200, 0.0, 1e-30, 0.5, 1.0, 30.0, 170.0, -2.0, -3.0)],
    "digamma": [(x,) for x in (1e-100, -1e-100, 1e-30, 0.5, 30.0, 400.0, 1e10)],
    "erfinv": [(x,) for x in (1e-200, -1e-30, 0.0, 0.5, -0.999, 1 - 1e-10)],
    "erfcinv": [(x,) for x in (1e-200, 1e-30, 0.5, 1.0, 1.999)],
    "ndtri": [(x,) for x in (1e-200, 1e-30, 0.25, 0.5, 0.999)],
    "wrightomega": [(x,) for x in (-400.0, -30.0, 0.0, 1.0, 30.0, 1e10)],
    "spence": [(x,) for x in (1e-30, 0.5, 0.999999, 1.5, 2.5)],
    "expi": [(x,) for x in (1e-200, -1e-30, 0.5, -1.0, 30.0, 400.0)],
    "exp1": [(x,) for x in (1e-200, 1e-30, 0.5, 1.0, 30.0, 400.0)],
}
EDGES: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(("asin", "acos", "atanh"), (1 - 1e-12, -1 + 1e-12, math.nextafter(1.0, 0.0))),
    "acosh": (1 + 1e-12, math.nextafter(1.0, 2.0)),
    "log1p": (-1 + 1e-12, -0.5),
    "logit": (1 - 1e-12, 1e-310),
    "xlog1py": (-1 + 1e-12,),
}


@pytest.mark.parametrize("name", EXACT)
def test_derivatives_have_the_digits_of_the_value(name: str) -> None:
    entry = TABLE.entries[name]
    assert isinstance(entry, ElementwiseEntry)
    points = POINTS.get(name) or extreme_points(entry.arity, *EDGES.get(name, ()))
    assert check_extremes(entry, EXACT[name], points) > 0


def test_every_entry_has_a_reference_or_a_reason() -> None:
    smooth = {e.name for e in TABLE.elementwise() if e.differentiable}
    assert smooth == EXACT.keys() | WITHOUT.keys()
    assert not EXACT.keys() & WITHOUT.keys()


# -- the checker


@pytest.mark.parametrize(
    ("f", "point", "order", "want"),
    [
        (mpmath.sin, (1e200,), (0,), mpmath.cos(mpmath.mpf(1e200))),
        (lambda x, y: x / y, (1e-200, 1e-200), (1,), -1e200),
        (lambda x, y: x / y, (1e-200, 1e-200), (1, 1), 2 * mpmath.mpf(1e-200) ** -2),
        (mpmath.hypot, (1e-200, -1.0), (0, 1), 1e-200),
        (lambda x: x**2, (0.0,), (0, 0), 2),
        (abs, (0.0,), (0,), None),
        (mpmath.sign, (0.0,), (0,), None),
        (mpmath.cbrt, (0.0,), (0,), None),
        (mpmath.atan2, (0.0, 0.0), (0,), None),
        (mpmath.sqrt, (-1.0,), (0,), None),
    ],
)
def test_differences(f, point, order, want) -> None:  # type: ignore[no-untyped-def]
    with mpmath.workdps(250):
        have = Differences(f, point).partial(*order)
        assert (have is None) == (want is None)
        assert have is None or abs(have - want) <= 1e-15 * abs(want)


@pytest.mark.parametrize(
    ("name", "careless"),
    [
        ("hypot", lambda m, x, y: (x / m.sqrt(x**2 + y**2), y / m.sqrt(x**2 + y**2))),
        ("atan2", lambda m, y, x: (x / (x**2 + y**2), -y / (x**2 + y**2))),
        ("tanh", lambda m, x: (1 - m.tanh(x) ** 2,)),
        ("sigmoid", lambda m, x: (m.sigmoid(x) * (1 - m.sigmoid(x)),)),
        ("log1p", lambda m, x: (m.exp(-m.log1p(x)) * (1 + 1e-9),)),
    ],
)
def test_a_careless_rule_is_caught(name: str, careless) -> None:  # type: ignore[no-untyped-def]
    from dataclasses import replace

    entry = TABLE.entries[name]
    assert isinstance(entry, ElementwiseEntry)
    planted = replace(entry, name=f"careless_{name}", names=(), partials=careless)
    TABLE.entries[planted.name] = planted
    points = extreme_points(entry.arity, *EDGES.get(name, ()))
    try:
        with pytest.raises(AssertionError, match="the partial by"):
            check_extremes(planted, EXACT[name], points, [DOUBLE])
    finally:
        del TABLE.entries[planted.name]
