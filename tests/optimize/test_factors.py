"""Factors that products share: multiplied once, and with the digits that they have one by one."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff import grad, hessian, jacobian, value_and_grad
from symdiff.optimize.constants import with_constants
from symdiff.optimize.factors import with_factors_shared
from symdiff.testing import evaluate


def projected(x, y, z, s, d, m=math):
    depth = z * m.cos(s) + d * (x - y)
    u = (x * m.cos(s) + y * m.sin(s) + z * d * s) / depth
    return u * u * d + u * s


def shares(x, y, z, s, d, m=math):
    e, f, g = m.exp(x), m.exp(y), m.exp(z)
    return (e * s + f * d + g * x * s) / (e + f + g) + e * f * g / (e * s * d + f * d)


def scaled(x, y, z, s, d, m=math):
    """Sums in the place of single numbers, so that no number from outside is multiplied."""
    a, b, c = x * y, y * z, z * x
    return (a * b + b * c + c * a * s) / (a * d) * c


def tails(x, y, z, s, d, m=math):
    w = m.exp(-x * x)
    return w * y * z * s / d + w * y * d / s + w * z * z * s


FUNCTIONS = [projected, shares, scaled, tails]


def exact(f, point):
    """The gradient by differences with so many digits that none of those of a float is lost."""
    with mpmath.workdps(900):
        at = [mpmath.mpf(v) for v in point]
        found = []
        for k, v in enumerate(at):
            h = abs(v) * mpmath.mpf(10) ** -100 if v else mpmath.mpf(10) ** -400
            up, down = list(at), list(at)
            up[k], down[k] = v + h, v - h
            found.append((f(*up, m=mpmath) - f(*down, m=mpmath)) / (2 * h))
        return [float(d) for d in found]


def careful(f, point):
    """The gradient by a complex step of NumPy's numbers, which may be no numbers."""
    found = []
    with np.errstate(all="ignore"):
        for k in range(len(point)):
            moved = [np.complex128(v) for v in point]
            moved[k] += 1e-30j
            found.append(f(*moved, m=np).imag / 1e-30)
    return found


@pytest.mark.parametrize("f", FUNCTIONS)
def test_gradients_are_those_of_the_function(f: Any) -> None:
    g, h, both = grad(f, (0, 1, 2, 3, 4)), jacobian(grad(f, (0, 1, 2, 3, 4)), 0), value_and_grad(f)
    rng = np.random.default_rng(5)
    for point in rng.uniform(0.3, 2.0, (8, 5)).tolist():
        np.testing.assert_allclose(g(*point), exact(f, point), rtol=1e-12)
        assert both(*point)[0] == f(*point)  # what the function returns, to the last bit
    point = [0.7, 1.1, 1.3, 0.4, 0.9]
    step = 1e-6
    up, down = g(0.7 + step, *point[1:]), g(0.7 - step, *point[1:])
    numeric = (np.array(up) - np.array(down)) / (2 * step)
    np.testing.assert_allclose(h(*point), numeric, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("f", [scaled, tails])
def test_far_out_numbers_keep_their_digits(f: Any) -> None:
    g = grad(f, (0, 1, 2, 3, 4))
    sizes = [1e-140, 1e-60, 1.0, 1e60, 1e140]
    rng = np.random.default_rng(2)
    met = 0
    for powers in itertools.islice(itertools.product(sizes, repeat=5), 0, None, 47):
        point = [p * v for p, v in zip(powers, rng.uniform(0.5, 2.0, 5).tolist(), strict=True)]
        try:
            value = f(*point)
        except (ArithmeticError, ValueError):
            continue
        reference = float(f(*[mpmath.mpf(v) for v in point], m=mpmath))
        if not abs(value - reference) <= 1e-13 * abs(reference) or abs(value) < 1e-290:
            continue  # the function itself has lost its digits
        wanted = exact(f, point)
        moved = max(abs(w * v) for w, v in zip(wanted, point, strict=True))  # terms cancel
        for have, want, v in zip(g(*point), wanted, point, strict=True):
            if 1e-290 < abs(want) < 1e290 and moved < 1e290:
                assert abs(have - want) * abs(v) <= 1e-12 * moved, (point, wanted)
                met += 1
    assert met > 100


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("other", [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1e308])
def test_zeros_infinities_and_what_is_no_number(f: Any, other: float) -> None:
    g = grad(f, (0, 1, 2, 3, 4))
    start = [0.7, 1.1, 1.3, 0.4, 0.9]
    g(*start)
    for k in range(5):
        point = list(start)
        point[k] = other
        try:
            f(*point)
        except (ArithmeticError, ValueError) as error:
            with pytest.raises(type(error)):
                g(*point)
            continue
        found = g(*point)
        if math.isfinite(other) and abs(other) < 1e300:
            wanted = exact(f, point)
            moved = max(abs(w * v) for w, v in zip(wanted, point, strict=True))
            for have, want, v in zip(found, wanted, point, strict=True):
                if 1e-290 < abs(want) < 1e290 and v:
                    assert abs(have - want) * abs(v) <= max(1e-12 * moved, 1e-300)
        elif math.isnan(other):
            assert any(map(math.isnan, found)) == any(map(math.isnan, careful(f, point)))
    np.testing.assert_allclose(g(*start), exact(f, start), rtol=1e-12)


def test_tails_of_a_bell_and_what_has_vanished() -> None:
    g = grad(tails, (0, 1, 2, 3, 4))
    for x in (0.0, 5.0, 15.0, 25.0, 26.5, 27.3, 30.0):
        for y, z in ((1.3, 0.7), (0.0, 0.7), (1e-160, 1e160)):
            point = [x, y, z, 0.4, 0.9]
            for have, want in zip(g(*point), exact(tails, point), strict=True):
                if abs(want) > 1e-290:
                    assert have == pytest.approx(want, rel=1e-11), point
                else:
                    assert abs(have) < 1e-280


def turned(x, y, z, s, d):
    depth = z * math.cos(s) + d * (x - y)
    u = (x * math.cos(s) + y * math.sin(s) + z * d) / depth
    return math.sin(u)


def test_a_quotient_is_divided_once() -> None:
    text = grad(turned, (0, 1, 2, 3, 4)).generated_source(0.7, 1.1, 1.3, 0.4, 0.9)
    assert text.count("/depth") == 2, text  # the value, and the cotangent of the numerator
    assert "rt.regrouped(" in text


def test_what_the_function_returns_is_computed_as_written() -> None:
    def f(x, y, z, d):
        return (x * z / d) * (y * z / d) + z * x * y / d + x * x * z / d + y * y * y * z / d

    both = value_and_grad(f, (0, 1, 2, 3))
    rng = np.random.default_rng(1)
    for point in rng.uniform(0.1, 3.0, (300, 4)).tolist():
        assert both(*point)[0] == f(*point)
    h = hessian(f, (0, 1))
    assert np.isfinite(np.array(h(*point))).all()


def test_constants_decide() -> None:
    def f(x, y):
        e = np.exp(x - np.max(x))
        p = e / np.sum(e)
        r = np.sqrt(y @ y)
        return np.log(p[0]) * np.cos(r) + p[1]

    g = grad(f, (0, 1))
    x, y = np.array([0.3, -0.2, 0.8]), np.array([0.4, 0.1])
    p = np.exp(x) / np.exp(x).sum()
    r = math.hypot(*y)
    for scale in (1.0, 0.0):
        found = g(x, y * scale)
        c = math.cos(r * scale)
        by_x = c * (np.eye(3)[0] - p) + p[1] * (np.eye(3)[1] - p)
        slope = -math.log(p[0]) * (math.sin(r) / r if scale else 1.0)
        np.testing.assert_allclose(found[0], by_x, rtol=1e-13)
        np.testing.assert_allclose(found[1], slope * y * scale, rtol=1e-13)
    text = g.generated_source(x, y)
    assert "/one" not in text
    assert "logical_or" not in text


def test_programs_give_the_same() -> None:
    program = grad(projected, (0, 1, 2, 3, 4)).program(0.7, 1.1, 1.3, 0.4, 0.9)
    shared, regrouped = with_factors_shared(program, ())
    assert regrouped
    values = [0.7, 1.1, 1.3, 0.4, 0.9]
    for other in (shared, with_constants(program)):
        for have, want in zip(evaluate(other, *values), evaluate(program, *values), strict=True):
            np.testing.assert_allclose(have, want, rtol=1e-14)
