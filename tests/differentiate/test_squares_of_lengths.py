"""Second derivatives where a norm, an absolute value or a deviation is zero."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff import grad, hessian, hvp, jacfwd, jacrev, value_and_grad

pytestmark = pytest.mark.sampled(every=11)

N = 3
EYE, NONE = np.eye(N), np.zeros((N, N))
ONES = np.ones((N, N))
norm = np.linalg.norm


def scaled(x):
    d = norm(x) / 2.5
    return np.exp(-(d**2) / 2)


def negated_and_scaled(x):
    d = norm(x)
    e = 3 * d
    k = -e
    return k * k


def root_of_a_product(x):
    r = np.sqrt(x @ x)
    return r**2


def half_power(x):
    q = (x[0] ** 2 + x[1] ** 2 + x[2] ** 2) ** 0.5
    return q * q


def absolute_values(x):
    r = np.abs(x)
    return np.sum(r**2) + r @ r


def norm_of_norms(x):
    r = norm(np.outer([1.0, 2.0], x), axis=1)
    return norm(r) ** 2


def rows(x):
    return np.sum(norm(np.outer([1.0, 2.0], x), axis=1, keepdims=True) ** 2)


def python_hypot(x):
    r = np.hypot(x[0], x[1])
    return r * r + abs(x[2]) * abs(x[2])


def twice_computed(x):
    return np.sum(np.abs(np.fft.fft(x)) * np.abs(np.fft.fft(x)))


def centred_power_spectrum(x):
    return np.sum(np.abs(np.fft.rfft(x - np.mean(x))) ** 2)


def in_a_loop(x):
    total = 0.0
    for k in range(3):
        d = norm(x * (k + 1.0))
        total = total + d**2
    return total


def masked(x):
    d = norm(x)
    return np.where(d < 1.0, 0.5 * d**2, d - 0.5)


def kernel(x):
    width = np.array([1.5, 0.5])[0] + 0 * x[0]
    return np.exp(-((norm(x) / width) ** 2) / 2) + (norm(x) / width) * (norm(x) / width)


MASK = np.array([True, True, False])
TWO = np.diag([0.5, 0.5, 0.0]) - 0.5 * np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
FOURIER = N * (EYE - ONES / N)
CASES: list[tuple[Any, np.ndarray]] = [
    (lambda x: norm(x) ** 2, 2 * EYE),
    (lambda x: 0.5 * 3 * norm(x) * norm(x), 3 * EYE),
    (lambda x: np.square(norm(x)) + np.power(norm(x), 2), 4 * EYE),
    (lambda x: norm(x) ** 4 + norm(x) ** 2, 2 * EYE),
    (lambda x: norm(x) ** 3, NONE),
    (lambda x: np.exp(-(norm(x) ** 2) / 2), -EYE),
    (lambda x: norm(x, ord=2) ** 2 + norm(x.reshape(1, -1), "fro") ** 2, 4 * EYE),
    (lambda x: np.sqrt(np.sum(x**2)) ** 2, 2 * EYE),
    (lambda x: np.std(x) ** 2, 2 / N * (EYE - ONES / N)),
    (lambda x: N * np.std(x, ddof=1) ** 2 + 0 * np.sum(x), 2 * N / (N - 1) * (EYE - ONES / N)),
    (lambda x: np.sum(np.abs(x) ** 2) + np.sum(abs(x) * abs(x)), 4 * EYE),
    (lambda x: np.sum(abs(x) ** 2.0) + np.sum(np.float_power(np.abs(x), 2)), 4 * EYE),
    (lambda x: np.hypot(x[0], x[1]) ** 2 + np.hypot(x[2], 0.0) ** 2, 2 * EYE),
    (scaled, -EYE / 6.25),
    (negated_and_scaled, 18 * EYE),
    (root_of_a_product, 2 * EYE),
    (half_power, 2 * EYE),
    (absolute_values, 4 * EYE),
    (norm_of_norms, 10 * EYE),
    (rows, 10 * EYE),
    (python_hypot, 2 * EYE),
    (twice_computed, 2 * N * EYE),
    (centred_power_spectrum, None),
    (in_a_loop, 28 * EYE),
    (masked, EYE),
    (kernel, EYE / 2.25),
    (lambda x: (np.std(x) / x.size) ** 2, 2 / N**3 * (EYE - ONES / N)),
    (lambda x: np.nanstd(x) ** 2, 2 / N * (EYE - ONES / N)),
    (lambda x: np.nanstd(x) * np.nanstd(x) + 0 * x[0], 2 / N * (EYE - ONES / N)),
    (lambda x: np.sum(np.nanstd(np.outer([1.0, 2.0], x), axis=1) ** 2), 10 / N * (EYE - ONES / N)),
    (lambda x: np.std(x, where=MASK) ** 2, TWO),
    (lambda x: x.std(where=MASK, ddof=1) ** 2 + np.var(x, where=MASK), 3 * TWO),
]


@pytest.mark.parametrize("k", range(len(CASES)))
def test_the_hessian_at_zero(k: int) -> None:
    f, want = CASES[k]
    x = np.zeros(N)
    if want is None:  # of three numbers: twice |F_1|**2, which is the centred sum of squares
        want = 2 * 1.5 * (EYE - ONES / N)
    np.testing.assert_array_equal(grad(f)(x), 0.0)
    for second in (jacrev(grad(f)), jacfwd(jacfwd(f)) if k % 2 else hessian(f)):
        np.testing.assert_allclose(second(x), want, atol=1e-15)
    if k < 4:
        v = np.array([1.0, -2.0, 0.5])
        np.testing.assert_allclose(hvp(f)(x, v), want @ v, atol=1e-14)


@pytest.mark.parametrize("k", range(1, len(CASES), 3))
def test_elsewhere_nothing_changes(k: int) -> None:
    f = CASES[k][0]
    x = np.array([0.3, -0.2, 0.4])
    value, slope = value_and_grad(f)(x)
    assert value == pytest.approx(f(x), rel=1e-15)
    step = 1e-5
    g, curvature = grad(f), hessian(f)(x)
    for e in np.eye(N):
        ahead, back = x + step * e, x - step * e
        assert slope @ e == pytest.approx((f(ahead) - f(back)) / (2 * step), rel=1e-7, abs=1e-9)
        moved = (g(ahead) - g(back)) / (2 * step)
        np.testing.assert_allclose(curvature @ e, moved, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("x", [np.full(4, 2.0), np.array([1.0, -1.0, 1.0, -1.0]), np.zeros(4)])
def test_a_power_spectrum(x: np.ndarray) -> None:
    def f(x):
        return np.sum(np.abs(np.fft.rfft(x)) ** 2 * np.array([1.0, 3.0, 2.0]))

    # F_k has the rows exp(-2 pi i j k / 4).
    rows = np.exp(-2j * np.pi * np.outer(range(3), range(4)) / 4)
    want = 2 * np.einsum("k,ki,kj->ij", [1.0, 3.0, 2.0], rows, rows.conj()).real
    for second in (hessian(f), jacrev(grad(f)), jacfwd(jacfwd(f))):
        np.testing.assert_allclose(second(x), want, atol=1e-13)


def test_third_derivatives_of_a_square() -> None:
    def f(t):
        return norm(np.array([t, 2 * t])) ** 4

    assert grad(grad(grad(grad(f))))(0.0) == pytest.approx(25 * 24)
    assert grad(grad(grad(f)))(0.0) == 0.0


@pytest.mark.parametrize(
    "f",
    [
        norm,
        np.std,
        np.nanstd,
        lambda x: np.nanstd(x, ddof=1, keepdims=True)[0],
        lambda x: np.std(np.concatenate([x, x]), where=np.repeat([True, False], N)),
        lambda x: np.sum(np.nanstd(np.outer([1.0, 2.0], x), axis=1)),
        lambda x: norm(x) ** 1.5,
        lambda x: norm(x) * (1 + norm(x)),
        lambda x: np.sum(np.abs(np.fft.fft(x))),
        lambda x: np.sum(norm(np.outer([1.0, 2.0], x), axis=1)),
    ],
)
def test_where_there_is_no_second_derivative_there_is_no_number(f: Any) -> None:
    x = np.zeros(N)
    np.testing.assert_array_equal(grad(f)(x), 0.0)
    for second in (hessian(f), jacrev(grad(f)), jacfwd(jacfwd(f))):
        assert np.isnan(np.diagonal(second(x))).all()


def test_distances_to_oneself_and_what_is_masked_count_nothing() -> None:
    x = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]])

    def distances(x):
        return norm(x[:, None] - x[None], axis=2)

    def with_diagonal(x):
        return np.sum(distances(x)[:2, :2])

    def off_diagonal(x):
        return np.sum(distances(x[:2])[np.triu_indices(2, 1)])

    def masked(x):
        d = distances(x)
        return np.sum(np.where(d > 0.5, d, 0.0))

    for f, twice in ((with_diagonal, 2), (off_diagonal, 1)):
        want = np.zeros((3, 2, 3, 2))
        # The distance of the first two points, across the line that joins them.
        for i, j, sign in ((0, 0, 1), (1, 1, 1), (0, 1, -1), (1, 0, -1)):
            want[i, 1, j, 1] = sign * twice
        np.testing.assert_allclose(hessian(f)(x), want, atol=1e-15)
    assert np.isfinite(hessian(masked)(x)).all()
    assert np.isfinite(jacrev(grad(masked))(x)).all()


def test_complex_sizes_and_angles_that_squares_would_not_hold() -> None:
    for scale in (1.0, 1e200, 1e-200):

        def size(t, scale=scale):
            return np.abs(np.array([3.0 * t + 4.0j * t]) * scale)[0] / scale

        def angle(t, scale=scale):
            return np.angle(np.array([1.0 + 1.0j * t]) * scale)[0]

        assert grad(size)(1.0) == pytest.approx(5.0, rel=1e-13)
        assert grad(angle)(1.0) == pytest.approx(0.5, rel=1e-13)
        if scale == 1.0:
            assert grad(grad(angle))(1.0) == pytest.approx(-0.5, rel=1e-13)


def large_in_one_line(x):
    return (math.hypot(1e200 * x * x, 1e200) / 1e200) ** 2


def large_in_two_lines(x):
    r = math.hypot(1e200 * x * x, 1e200)
    return (r / 1e200) ** 2


def small_in_one_line(x):
    return (math.hypot(1e-200 * x * x, 1e-200) / 1e-200) ** 2


def small_in_two_lines(x):
    r = math.hypot(1e-200 * x * x, 1e-200)
    return (1e200 * r) ** 2


def in_a_cosine(x):
    return math.cos(math.hypot(1e-200 * x * x, 1e-200) * 1e200)


@pytest.mark.parametrize(
    ("f", "of_sum"),
    [
        (large_in_one_line, lambda s: s),
        (large_in_two_lines, lambda s: s),
        (small_in_one_line, lambda s: s),
        (small_in_two_lines, lambda s: s),
        (in_a_cosine, lambda s: mpmath.cos(mpmath.sqrt(s))),
    ],
)
def test_a_length_that_a_number_brings_into_range(f, of_sum):
    """The square of the length is no float, though what is made of it is an ordinary number."""
    slope, bend = (float(mpmath.diff(lambda x: of_sum(1 + x**4), 0.5, n)) for n in (1, 2))
    assert grad(f)(0.5) == pytest.approx(slope, rel=1e-13)
    assert hessian(f)(0.5) == pytest.approx(bend, rel=1e-12)
    assert grad(grad(f))(0.5) == pytest.approx(bend, rel=1e-12)
