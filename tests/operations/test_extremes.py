"""The table where numbers are very large, very small, or at an edge: against mpmath."""

from __future__ import annotations

import math
from dataclasses import replace

import mpmath
import pytest

from symdiff.operations import TABLE
from symdiff.operations.table.entry import ElementwiseEntry
from symdiff.testing.differences import Differences
from symdiff.testing.extremes import BIG, DOUBLE, SMALL, check_extremes, extreme_points

from .exact import EXACT, WITHOUT
from .planted_partials import PLANTED

pytestmark = pytest.mark.sampled(every=83)

_FAR = (BIG, -BIG, SMALL, -SMALL, 0.0, -0.0, 1.0, -2.5)
_SHAPES = [(x, y) for x in _FAR for y in (1.0, -1.0, SMALL, 3.0, 0.25)]
# Where y is tiny too, y*x**(y - 1) is made of a product that leaves the range of floats.
_POWERS = [
    (x, y)
    for x in (1e200, 1e-200, 1e-30, 0.0, -0.0, 1.0, 2.0)
    for y in (0.0, 1.0, 2.0, 3.0, 0.5, -1.0)
    if x not in (1e-200, 1e-30) or y > 0
]


def _for(names: str, numbers: tuple[float, ...]) -> dict[str, list[tuple[float, ...]]]:
    return {name: [(x,) for x in numbers] for name in names.split()}


_SUMS = [
    *((400.0, 399.0), (0.0, -0.0), (-1.0, 30.0), (-800.0, -801.0)),
    *((BIG, -BIG), (SMALL, 0.0), (1e200, 1e200), (1e200, -1.0)),
]
_INVERSES = [
    *((0.5, 2.0), (-0.4, 2.0), (30.0, SMALL), (-30.0, -SMALL), (3.0, 0.0), (1e150, 3.0)),
    *((SMALL, 2.5), (BIG, 1.0), (1e-200, 0.5), (400.0, 1e-5), (-0.5, 1.9999999)),
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
    "erfcinv": [(x,) for x in (1e-40, SMALL, 0.5, 1.0, 1.96875)],
    "ndtri": [(x,) for x in (1e-40, SMALL, 0.25, 0.5)],
    "logaddexp": _SUMS,
    "logaddexp2": _SUMS,
    "inv_boxcox_log": _INVERSES,
    "inv_boxcox": _INVERSES,
    "inv_boxcox1p": _INVERSES,
    "pseudo_huber": [
        *((1.0, r) for r in (0.0, 1e-200, -SMALL, 1e-5, 30.0, BIG, -1e200)),
        *((1e200, 1e200), (1e200, 1.0), (1e-200, 1e-200), (1e-200, 3.0), (SMALL, -SMALL)),
    ],
    "dawsn": [(x,) for x in (0.0, SMALL, 0.5, 30.0, 1e5)],
    "betaln": [(0.5, 2.0), (1e-10, 3.0), (400.0, 1e-5), (30.0, 400.0), (1e-5, 1e-5)],
    "beta": [(0.5, 2.0), (0.015625, 3.0), (30.0, 2.0)],
    "expn": [(3.0, 0.5), (3.0, 30.0), (4.0, 1e-5), (5.0, 400.0)],
    **_for("ellipk ellipe", (0.5, 0.96875, -30.0, SMALL, -1e5)),
    **_for("fresnel_s fresnel_c", (0.0, SMALL, 0.5, -3.0)),
    **_for("sici_s shichi_s", (0.0, SMALL, 1e-5, 0.5, -30.0)),
    **_for("sici_c shichi_c", (SMALL, 1e-5, 0.5, 30.0)),
    **_for("i0 i1 i0e i1e", (0.0, SMALL, 1e-5, -0.5, 30.0)),
    **_for("j0 j1", (0.0, SMALL, 1e-5, -0.5, 30.0)),
    **_for("k0 k1 k0e k1e", (0.5, 2.0)),
    **_for("y0", (1e-5, 0.5, 3.0)),
    **_for("y1", (0.5, 3.0)),
    **_for("airy_ai airy_bi", (0.0, SMALL, 0.5, -3.0, 8.0)),
    "wrightomega": [(x,) for x in (-400.0, -30.0, 0.0, 1.0, 30.0, 1e10)],
    "spence": [(x,) for x in (1e-30, 0.5, 0.999999, 1.5, 2.5)],
    "expi": [(x,) for x in (1e-200, -1e-30, 0.5, -1.0, 30.0, 400.0)],
    "exp1": [(x,) for x in (1e-200, 1e-30, 0.5, 1.0, 30.0, 400.0)],
}
EDGES: dict[str, tuple[float, ...]] = {
    # So close to 1 that x**2 has rounding errors, and not so close that these are small again.
    **dict.fromkeys(("asin", "acos", "atanh"), (1 - 3e-8, 1 - 1e-12, math.nextafter(1.0, 0.0))),
    "acosh": (1 + 3e-8, 1 + 1e-12, math.nextafter(1.0, 2.0)),
    "log1p": (-1 + 1e-12, -0.5),
    "logit": (1 - 3e-8, 1 - 1e-12, 1e-310),
    **dict.fromkeys(("kl_div", "rel_entr", "log_ratio"), (3.0, 3.0000000001)),
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


@pytest.mark.parametrize("name", PLANTED)
def test_a_careless_rule_is_caught(name: str) -> None:
    entry = TABLE.entries[name]
    assert isinstance(entry, ElementwiseEntry)
    planted = replace(entry, name=f"careless_{name}", names=(), partials=PLANTED[name], sympy=None)
    TABLE.entries[planted.name] = planted
    points = POINTS.get(name) or extreme_points(entry.arity, *EDGES.get(name, ()))
    try:
        with pytest.raises(AssertionError, match="the partial by"):
            check_extremes(planted, EXACT[name], points, [DOUBLE])
    finally:
        del TABLE.entries[planted.name]
