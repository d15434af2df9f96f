"""Functions of a length that are flat where it is 0: their derivatives, there and beside it."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from scipy import special

from symdiff import grad, hessian, jacfwd, jacrev, jvp

pytestmark = pytest.mark.sampled(every=7)

norm = np.linalg.norm
WIDTH = 0.7


def cosine(x):
    return np.cos(norm(x))


def in_one_statement(x):
    return np.cosh(np.sqrt(np.sum(x**2)))


def root_of_a_product(x):
    r = np.sqrt(x @ x)
    return np.log(np.cosh(2 * r))


def half_power(x):
    return np.cos((x[0] ** 2 + x[1] ** 2) ** 0.5)


def hypotenuse(x):
    return np.hypot(x[0], x[1]) * np.sin(np.hypot(x[0], x[1]))


def matern_three_halves(x):
    d = np.sqrt(3.0) * norm(x) / WIDTH
    return (1 + d) * np.exp(-d)


def matern_five_halves(x):
    r = np.sqrt(np.sum(x * x))
    return (1 + np.sqrt(5) * r + 5 * r**2 / 3) * np.exp(-np.sqrt(5) * r)


def cardinal_sine(x):
    angle = norm(x)
    return np.sinc(angle / np.pi)


def bessel(x):
    return special.j0(3.0 * norm(x))


def secant(x):
    r = norm(x)
    return 1 / np.cosh(r / 2)


def with_what_follows(x):
    r = norm(x)
    e = np.cos(r)
    return e * np.exp(e) - np.sin(e)


def of_rows(x):
    r = norm(np.outer([1.0, 2.0], x), axis=1)
    return np.sum(np.cos(r))


def matern(d: Any) -> Any:
    return (1 + d) * mp.exp(-d)


CASES: list[tuple[Any, Any]] = [
    (cosine, mp.cos),
    (in_one_statement, mp.cosh),
    (root_of_a_product, lambda r: mp.log(mp.cosh(2 * r))),
    (half_power, mp.cos),
    (hypotenuse, lambda r: r * mp.sin(r)),
    (matern_three_halves, lambda r: matern(mp.sqrt(3) * r / mp.mpf(WIDTH))),
    (
        matern_five_halves,
        lambda r: (1 + mp.sqrt(5) * r + 5 * r**2 / 3) * mp.exp(-mp.sqrt(5) * r),
    ),
    (cardinal_sine, mp.sinc),
    (bessel, lambda r: mp.besselj(0, 3 * r)),
    (secant, lambda r: mp.sech(r / 2)),
    (
        with_what_follows,
        lambda r: mp.cos(r) * mp.exp(mp.cos(r)) - mp.sin(mp.cos(r)),
    ),
    (of_rows, lambda r: mp.cos(r) + mp.cos(2 * r)),
]
POINTS = [(0.0, 0.0), (0.3, -0.4), (1e-9, 2e-9), (0.0, 1e-4)]


def exact(profile: Any, x: tuple[float, ...]) -> tuple[Any, Any]:
    """Gradient and Hessian of a function of the length of `x`, at 60 digits."""
    with mp.workdps(60):
        r = mp.sqrt(sum(mp.mpf(v) ** 2 for v in x))
        bend = mp.diff(profile, r, 2, h=mp.mpf(10) ** -18)
        if r == 0:
            return np.zeros(2), np.array([[float(bend), 0.0], [0.0, float(bend)]])
        slope = mp.diff(profile, r, h=mp.mpf(10) ** -20)
        n = [mp.mpf(v) / r for v in x]
        second = [
            [float(bend * n[i] * n[j] + slope / r * ((i == j) - n[i] * n[j])) for j in (0, 1)]
            for i in (0, 1)
        ]
        return np.array([float(slope * v) for v in n]), np.array(second)


@pytest.mark.parametrize(("f", "profile"), CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_first_and_second_derivatives(f: Any, profile: Any) -> None:
    hessians = [hessian(f), jacrev(grad(f)), jacfwd(jacfwd(f)), jacrev(jacfwd(f))]
    for point in POINTS:
        x, (first, second) = np.array(point), exact(profile, point)
        scale = np.max(np.abs(first)) + 1e-300
        np.testing.assert_allclose(grad(f)(x), first, rtol=1e-9, atol=1e-9 * scale + 1e-15)
        direction = np.array([0.6, -1.1])
        moved = jvp(f, (x,), (direction,))[1]
        np.testing.assert_allclose(moved, first @ direction, rtol=1e-8, atol=1e-9 * scale + 1e-15)
        for op in hessians:
            np.testing.assert_allclose(op(x), second, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("f", [cosine, in_one_statement, matern_three_halves, cardinal_sine])
def test_single_precision(f: Any) -> None:
    x = np.zeros(2, np.float32)
    have = hessian(f)(x)
    assert have.dtype == np.float32
    np.testing.assert_allclose(have, hessian(f)(np.zeros(2)), rtol=1e-5)


def kernel(points, width):
    r = np.sqrt(np.sum((points[:, None, :] - points[None, :, :]) ** 2, axis=-1))
    d = np.sqrt(3.0) * r / width
    return np.sum((1 + d) * np.exp(-d) * np.array([[1.0, 0.5], [0.5, 2.0]]))


def test_a_matrix_of_kernels_has_zeros_on_its_diagonal() -> None:
    points = np.array([[0.1, 0.2], [0.5, -0.3]])
    slopes, by_width = grad(kernel, wrt=(0, 1))(points, 0.8)
    between = points[0] - points[1]
    r = mp.norm(list(map(mp.mpf, between)))
    slope = mp.diff(lambda t: matern(mp.sqrt(3) * t / mp.mpf(0.8)), r)
    np.testing.assert_allclose(slopes[0], float(slope / r) * between, rtol=1e-12)
    np.testing.assert_allclose(slopes[1], -float(slope / r) * between, rtol=1e-12)
    want = mp.diff(lambda w: matern(mp.sqrt(3) * r / w), mp.mpf(0.8))
    assert by_width == pytest.approx(float(want), rel=1e-12)


def test_what_else_moves_at_the_tip() -> None:
    def scaled(x, w):
        d = norm(x) / w
        return w * (1 + d) * np.exp(-d)

    zero = np.zeros(2)
    (xx, xw), (wx, ww) = hessian(scaled, wrt=(0, 1))(zero, 0.5)
    np.testing.assert_allclose(xx, -np.eye(2) / 0.5)
    assert not np.any(xw)
    assert not np.any(wx)
    assert ww == 0


ROOTS: list[tuple[Any, Any]] = [
    (lambda x: np.cos(np.sqrt(x)), lambda r: mp.cos(r)),
    (lambda x: math.cosh(math.sqrt(2 * x)), lambda r: mp.cosh(mp.sqrt(2) * r)),
    (
        lambda x: np.cos(np.sqrt(x)) + np.cosh((2 * x) ** 0.5),
        lambda r: mp.cos(r) + mp.cosh(mp.sqrt(2) * r),
    ),
    (lambda x: np.sinh(np.sqrt(x)) * np.sqrt(x), lambda r: mp.sinh(r) * r),
    (lambda x: np.sinc(np.sqrt(x) / np.pi), mp.sinc),
    (lambda x: np.log(np.cosh(3 * np.sqrt(x))), lambda r: mp.log(mp.cosh(3 * r))),
    (lambda x: 1 / (2 + np.cos(math.sqrt(x))) ** 2, lambda r: 1 / (2 + mp.cos(r)) ** 2),
    (lambda x: special.j0(np.sqrt(x)), lambda r: mp.besselj(0, r)),
]


@pytest.mark.parametrize("k", range(len(ROOTS)))
def test_functions_of_the_root_of_a_number_that_are_even_in_it(k: int) -> None:
    f, even = ROOTS[k]
    with mp.workdps(60):
        terms = mp.taylor(even, 0, 12)[::2]  # of the powers of the number

    def exact(x: float, order: int) -> float:
        with mp.workdps(60):
            part = terms
            for _ in range(order):
                part = [n * c for n, c in enumerate(part)][1:]
            return float(mp.polyval(part[::-1], mp.mpf(x)))

    for x in (0.0, 1e-40, 1e-16, 1e-12, 1e-9):
        assert grad(f)(x) == pytest.approx(exact(x, 1), rel=1e-14)
        for order in (hessian, lambda f: jacrev(jacfwd(f)), lambda f: jacfwd(jacfwd(f))):
            assert order(f)(x) == pytest.approx(exact(x, 2), rel=1e-7)
    assert hessian(f)(1e-4) == pytest.approx(exact(1e-4, 2), rel=1e-8)
    third = jacfwd(hessian(f))(0.0)
    assert np.isnan(third) or third == pytest.approx(exact(0.0, 3), rel=1e-8)


@pytest.mark.parametrize(
    "f", [lambda x: np.sin(np.sqrt(x)), lambda x: (1 + np.sqrt(x)) * np.exp(-np.sqrt(x))]
)
def test_functions_of_the_root_that_have_none(f: Any) -> None:
    for order in (hessian, lambda f: jacrev(jacfwd(f)), lambda f: jacfwd(jacfwd(f))):
        assert not np.isfinite(order(f)(0.0))


def test_further_derivatives_at_the_tip() -> None:
    orders = [
        lambda f: jacfwd(jacfwd(jacfwd(f))),
        lambda f: jacrev(jacrev(jacrev(f))),
        lambda f: jacfwd(jacrev(jacfwd(f))),
        lambda f: jacrev(hessian(f)),
    ]
    for third in orders:
        for f in (cosine, bessel, of_rows, cardinal_sine):
            np.testing.assert_allclose(third(f)(np.zeros(2)), 0, atol=1e-12)
        assert np.all(third(lambda x: norm(x) ** 4)(np.zeros(2)) == 0)
        fourth = jacfwd(third(lambda x: norm(x) ** 4))(np.zeros(2))
        want = 8 * sum(
            np.einsum(s, np.eye(2), np.eye(2))
            for s in ("ij,kl->ijkl", "ik,jl->ijkl", "il,jk->ijkl")
        )
        np.testing.assert_allclose(fourth, want)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sin(norm(x)),
        lambda x: np.exp(-norm(x)),
        lambda x: np.cos(norm(x)) + 1e-6 * norm(x),
        lambda x: np.cos(norm(x) - 0.5),
        lambda x: (1 + 1.0001 * norm(x)) * np.exp(-norm(x)),
    ],
)
def test_what_is_not_flat_has_no_second_derivative_at_the_tip(f: Any) -> None:
    second = hessian(f)(np.zeros(2))
    assert np.isnan(second[0, 0])
    assert np.isnan(second[1, 1])


def test_formulas_are_as_they_were() -> None:
    assert str(grad(lambda x: np.cos(norm(x))).expression(np.ones(2))) == "-x*sin(norm(x))/norm(x)"
