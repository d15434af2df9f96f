"""`cmath` and complex numbers one by one, on both sides of every branch cut."""

from __future__ import annotations

import cmath
from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff import grad

pytestmark = pytest.mark.sampled(every=3)

NAMES = ("acos", "acosh", "asin", "asinh", "atan", "atanh", "exp", "sqrt", "log", "tan", "tanh")
POINTS = [(0.3, 0.4), (-0.3, 0.4), (2.0, -0.5), (-2.0, -1.5), (-2.0, 1.5), (0.3, -4.0)]


def _by_complex(name: str) -> Any:
    f = getattr(cmath, name)

    def both(x, y):
        z = f(complex(x, y))
        return z.real + 2 * z.imag

    return both


def _by_arithmetic(name: str) -> Any:
    f = getattr(np, {"acos": "arccos", "acosh": "arccosh"}.get(name, name))

    def both(x, y):
        z = f(x + 1j * y)
        return z.real + 2 * z.imag

    return both


@pytest.mark.parametrize("made", [_by_complex, _by_arithmetic])
@pytest.mark.parametrize("name", NAMES)
def test_both_partials(name: str, made: Any) -> None:
    gradient = grad(made(name), wrt=(0, 1))

    def exact(x: Any, y: Any) -> Any:
        z = getattr(mpmath, name)(mpmath.mpc(x, y))
        return mpmath.re(z) + 2 * mpmath.im(z)

    for point in [*POINTS, *POINTS[::-1]]:
        want = [float(mpmath.diff(exact, point, order)) for order in ((1, 0), (0, 1))]
        np.testing.assert_allclose(gradient(*point), want, rtol=1e-12, atol=1e-14)
