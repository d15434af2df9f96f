"""SciPy in functions of users: special functions, matrices, distributions, signals."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.interpolate
import scipy.linalg
import scipy.optimize
import scipy.signal
import scipy.sparse
import scipy.special
import scipy.stats
from scipy import stats
from scipy.stats import norm

from symdiff import detach, grad
from symdiff.errors import UnsupportedError
from symdiff.testing import check_grads

pytestmark = pytest.mark.sampled(every=7)

RNG = np.random.default_rng(0)
SQUARE = RNG.normal(size=(3, 3)) + 3 * np.eye(3)
POSITIVE = SQUARE @ SQUARE.T
VECTOR = RNG.normal(size=3)
OUTSIDE = norm(0.5, 2.0)
SPARSE = scipy.sparse.csr_matrix(np.eye(3))


def log_posterior(theta: Any) -> Any:
    """A linear model with a prior on each of its parameters."""
    x = np.linspace(0, 1, 5)
    prior = norm.logpdf(theta[0], 0, 10) + stats.gamma.logpdf(theta[2], 2.0, scale=1.5)
    return prior + np.sum(norm(theta[0] + theta[1] * x, theta[2]).logpdf(np.cos(x)))


def gaussian_process(log_length: Any) -> Any:
    """Its log marginal likelihood, by a Cholesky factor."""
    x = np.linspace(0, 2, 4)
    kernel = np.exp(-(((x[:, None] - x[None, :]) / np.exp(log_length)) ** 2)) + 0.1 * np.eye(4)
    factor = scipy.linalg.cho_factor(kernel)
    y = np.sin(3 * x)
    weights = scipy.linalg.cho_solve(factor, y)
    return -0.5 * y @ weights - np.sum(np.log(np.diag(factor[0])))


FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "log_posterior": (log_posterior, (np.array([0.3, -0.8, 1.2]),)),
    "gaussian_process": (gaussian_process, (-0.4,)),
    "frozen outside": (lambda x: OUTSIDE.logpdf(x) + OUTSIDE.cdf(x), (0.7,)),
    "mvn cdf": (
        lambda m: stats.multivariate_normal.logcdf(VECTOR[:2], m, [[1.5, 0.4], [0.4, 0.8]]),
        (VECTOR[:2] + 1.0,),
    ),
    "mvn": (lambda m: stats.multivariate_normal(m, POSITIVE).logpdf(VECTOR), (VECTOR + 1.0,)),
    "mvn cov": (
        lambda c: stats.multivariate_normal.logpdf(VECTOR, cov=c @ c.T),
        (SQUARE,),
    ),
    "poisson": (lambda mu: np.sum(stats.poisson.logpmf(np.array([1, 4, 2]), mu)), (2.5,)),
    "t in df": (lambda df: stats.t.logpdf(1.3, df), (4.5,)),
    "beta": (lambda a: stats.beta.logpdf(0.3, a[0], a[1]), (np.array([2.0, 3.5]),)),
    "expm": (lambda t: np.sum(scipy.linalg.expm(t * SQUARE)), (0.3,)),
    "solve": (
        lambda a: np.sum(scipy.linalg.solve(a, VECTOR, assume_a="pos") ** 2),
        (POSITIVE,),
    ),
    "triangular": (
        lambda a: np.sum(scipy.linalg.solve_triangular(a, VECTOR, lower=True)),
        (SQUARE,),
    ),
    "sqrtm": (lambda a: np.sum(scipy.linalg.sqrtm(a)), (POSITIVE,)),
    "toeplitz": (lambda c: np.linalg.det(scipy.linalg.toeplitz(c)), (VECTOR,)),
    "block_diag": (lambda a: np.linalg.det(scipy.linalg.block_diag(a, 2 * a)), (SQUARE,)),
    "convolve": (lambda x: np.sum(scipy.signal.convolve(x, x, mode="same") ** 2), (VECTOR,)),
    "bessel": (lambda x: scipy.special.jv(2.5, x) + scipy.special.kv(1, x), (1.7,)),
    "huber": (lambda r: np.sum(scipy.special.huber(1.0, r)), (np.array([0.3, -2.0, 1.5]),)),
    "logsumexp": (lambda x: scipy.special.logsumexp(x, axis=0) ** 2, (VECTOR,)),
    "logsumexp along two": (
        lambda a: np.sum(
            scipy.special.logsumexp(a.reshape(2, 3, 2) * np.arange(2.0), axis=(0, 2))
            * np.array([1.0, -2.0, 0.5])
        ),
        (np.linspace(-1.0, 1.5, 12),),
    ),
    "logsumexp weighted": (
        lambda x: scipy.special.logsumexp(x, b=np.array([0.5, 0.0, 2.0])),
        (VECTOR,),
    ),
    "qr": (lambda a: np.sum(scipy.linalg.qr(a)[0] ** 3), (SQUARE,)),
    "eigh": (lambda a: np.sum(scipy.linalg.eigh(a + a.T)[1] ** 2 * np.arange(3)), (SQUARE,)),
    "gammainc": (lambda x: scipy.special.gammainc(2.5, x), (1.7,)),
    "comb": (lambda n: scipy.special.comb(n, 2.0) + scipy.special.factorial(n), (4.3,)),
    "rosen": (scipy.optimize.rosen, (np.array([0.7, 1.3, -0.4]),)),
    "rosen_der": (scipy.optimize.rosen_der, (np.array([0.7, 1.3, -0.4]),)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients(name: str) -> None:
    f, args = FUNCTIONS[name]
    check_grads(f, args)


def test_the_gradient_of_a_library_function() -> None:
    x = np.array([0.7, 1.3, -0.4])
    assert grad(scipy.optimize.rosen)(x) == pytest.approx(scipy.optimize.rosen_der(x), rel=1e-13)
    assert grad(scipy.special.ndtr)(0.3) == pytest.approx(norm.pdf(0.3), rel=1e-14)


def test_a_frozen_distribution_from_outside_is_read_again() -> None:
    box = [norm(0.0, 1.0)]

    def f(x: Any) -> Any:
        return box[0].logpdf(x)

    gradient = grad(f)
    assert gradient(0.5) == pytest.approx(-0.5)
    box[0] = norm(1.0, 0.5)
    assert gradient(0.5) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (
            lambda x: scipy.interpolate.Akima1DInterpolator([0.0, 1.0, 2.0], [x, x, 1.0])(0.5),
            "Akima",
        ),
        (lambda x: scipy.linalg.null_space(x * np.eye(2))[0, 0], "scipy.linalg.null_space"),
        (lambda x: stats.norm.entropy(x, 2.0), "scipy.stats.norm.entropy"),
        (lambda x: np.sum(scipy.sparse.kron(SPARSE, SPARSE * x)), "scipy.sparse"),
        (lambda x: stats.norm(x, 2.0).entropy(), "scipy.stats.norm.entropy"),
        (lambda x: stats.vonmises.logpdf(x, 2.0), "scipy.stats.vonmises.logpdf"),
    ],
)
def test_what_has_no_rule_is_refused_by_name(f: Any, name: str) -> None:
    with pytest.raises(UnsupportedError, match=name) as caught:
        grad(f)(1.25)
    assert "detach" in str(caught.value)


SHAPES: dict[str, tuple[Any, Any, list[tuple[float, ...]]]] = {
    "gammainc": (
        lambda z: scipy.special.gammainc(z[0], z[1]),
        lambda a, x: mpmath.gammainc(a, 0, x, regularized=True),
        [(2.5, 1.7), (0.01, 0.3), (300.0, 280.0), (300.0, 330.0), (2.5, 40.0), (1e-3, 1e-8)],
    ),
    "gamma.sf": (
        lambda z: stats.gamma.sf(z[1], z[0]),
        lambda a, x: mpmath.gammainc(a, x, mpmath.inf, regularized=True),
        [(2.5, 1.7), (2.5, 60.0)],
    ),
    "betainc": (
        lambda z: scipy.special.betainc(z[0], z[1], z[2]),
        lambda a, b, x: mpmath.betainc(a, b, 0, x, regularized=True),
        [(2.5, 1.5, 0.3), (0.02, 0.05, 0.6), (200.0, 300.0, 0.41), (77.0, 0.01, 0.9999)],
    ),
    "stdtr": (
        lambda z: scipy.special.stdtr(z[0], z[1]),
        lambda df, t: (
            (
                1
                - mpmath.sign(t)
                * mpmath.betainc(df / 2, 0.5, 0, df / (df + t * t), regularized=True)
                + mpmath.sign(t)
            )
            / 2
        ),
        [(3.5, 0.4), (3.5, -30.0), (1e5, 1.2), (1e5, -4.0), (0.3, 2.0)],
    ),
    "t.logpdf": (
        lambda z: stats.t.logpdf(z[1], z[0]),
        lambda df, t: mpmath.log(
            mpmath.gamma((df + 1) / 2)
            / mpmath.gamma(df / 2)
            / mpmath.sqrt(mpmath.pi * df)
            * (1 + t * t / df) ** (-(df + 1) / 2)
        ),
        [(3.5, 0.4), (1e7, 1.2), (0.3, 200.0)],
    ),
    "jv": (
        lambda z: scipy.special.jv(z[0], z[1]),
        mpmath.besselj,
        [(0.0, 2.0), (1.5, 0.3), (-2.0, 5.0), (12.5, 4.0), (2.0, 200.0)],
    ),
    "kv": (
        lambda z: scipy.special.kv(z[0], z[1]),
        mpmath.besselk,
        [(0.0, 2.0), (1.5, 0.3), (-2.0, 5.0), (12.5, 1e-3), (2.0, 200.0)],
    ),
    "ive": (
        lambda z: scipy.special.ive(z[0], z[1]),
        lambda v, x: mpmath.exp(-x) * mpmath.besseli(v, x),
        [(0.5, 2.0), (1.5, 0.3), (2.0, 1e5)],
    ),
    "poch": (
        lambda z: scipy.special.poch(z[0], z[1]),
        mpmath.rf,
        [(2.5, 1.5), (1e6, 0.25), (3.0, 1e-7)],
    ),
    "binom": (
        lambda z: scipy.special.binom(z[0], z[1]),
        lambda n, k: mpmath.gamma(n + 1) / mpmath.gamma(k + 1) * mpmath.rgamma(n - k + 1),
        [(5.5, 2.0), (0.5, 2.5), (10.0, 11.0)],
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_derivatives_in_shapes_and_orders(name: str) -> None:
    f, exact, points = SHAPES[name]
    gradient = grad(f)
    for point in points:
        have = gradient(np.array(point))
        for k in range(len(point)):
            order = tuple(int(j == k) for j in range(len(point)))
            with mpmath.workdps(60):
                want = float(mpmath.diff(exact, tuple(map(mpmath.mpf, point)), order))
            assert have[k] == pytest.approx(want, rel=2e-12), (point, k)


@pytest.mark.slow
def test_second_order_in_shapes_and_orders() -> None:
    for f, args in (
        (lambda a, x: scipy.special.gammainc(a, x), (2.5, 1.7)),
        (lambda a, y: scipy.special.gammaincinv(a, y), (2.5, 0.3)),
        (lambda a, b, x: scipy.special.betainc(a, b, x), (2.5, 1.5, 0.3)),
        (lambda a, b, y: scipy.special.betaincinv(a, b, y), (2.5, 1.5, 0.3)),
        (lambda df, p: scipy.special.stdtrit(df, p), (3.5, 0.8)),
        (lambda v, x: scipy.special.jv(v, x), (1.5, 0.7)),
        (lambda v, x: scipy.special.kve(v, x), (1.5, 0.7)),
    ):
        check_grads(f, args, modes=("rev", "fwd"))


def test_reciprocal_gamma_has_slopes_at_its_zeros() -> None:
    gradient = grad(scipy.special.rgamma)
    assert [gradient(x) for x in (0.0, -1.0, -2.0, 2.0)] == pytest.approx(
        [1.0, -1.0, 2.0, -0.42278433509846714]
    )


def test_far_out_second_derivatives_are_numbers() -> None:
    second = grad(grad(scipy.special.log_ndtr))
    assert second(30.0) == pytest.approx(-30 * norm.pdf(30.0), rel=1e-12)
    assert second(300.0) == 0.0
    assert grad(lambda x: scipy.special.expn(0, x))(2.0) == pytest.approx(-0.75 * np.exp(-2.0))


def test_detach_is_a_way_on() -> None:
    assert grad(lambda x: x * scipy.special.jv(detach(x), 1.5))(0.5) == pytest.approx(
        scipy.special.jv(0.5, 1.5)
    )


FAR: dict[str, tuple[Any, Any, list[float]]] = {
    "erfcx": (
        lambda x: scipy.special.erfcx(x),
        lambda x: mpmath.exp(x * x) * mpmath.erfc(x),
        [-2.0, 0.3, 30.0, 1e6],
    ),
    "log_ndtr": (
        lambda x: scipy.special.log_ndtr(x),
        lambda x: mpmath.log(mpmath.erfc(-x / mpmath.sqrt(2)) / 2),
        [-30.0, -5.0, 0.5, 6.0],
    ),
    "exprel": (
        lambda x: scipy.special.exprel(x),
        lambda x: mpmath.expm1(x) / x,
        [-200.0, -1e-9, 1e-6, 3.0, 50.0],
    ),
    "logit": (
        lambda x: scipy.special.logit(x),
        lambda x: mpmath.log(x / (1 - x)),
        [1e-12, 0.5, 0.999999],
    ),
    "erfinv": (lambda x: scipy.special.erfinv(x), mpmath.erfinv, [1e-9, 0.5, -0.999]),
    "kl_div": (
        lambda x: scipy.special.kl_div(x, 1.0),
        lambda x: x * mpmath.log(x) - x + 1,
        [1e-6, 0.999999999, 3.0],
    ),
    "norm.logsf": (
        lambda x: norm.logsf(x),
        lambda x: mpmath.log(mpmath.erfc(x / mpmath.sqrt(2)) / 2),
        [-3.0, 0.2, 25.0],
    ),
    "jv": (lambda x: scipy.special.jv(1.5, x), lambda x: mpmath.besselj(1.5, x), [0.01, 3.0, 40.0]),
}


@pytest.mark.parametrize("name", FAR)
def test_derivatives_keep_their_digits(name: str) -> None:
    f, exact, points = FAR[name]
    first, second = grad(f), grad(grad(f))
    for point in points:
        with mpmath.workdps(60):
            x = mpmath.mpf(point)
            step = max(abs(x), mpmath.mpf(10) ** -6) * mpmath.mpf(10) ** -15
            one = float(mpmath.diff(exact, x, h=step))
            two = float(mpmath.diff(lambda t: mpmath.diff(exact, t, h=step), x, h=step))
        assert first(point) == pytest.approx(one, rel=5e-13), point
        assert second(point) == pytest.approx(two, rel=1e-10, abs=1e-300), point


def test_outside_the_range_nothing_is_nan() -> None:
    def f(x: Any) -> Any:
        return np.sum(stats.gamma.pdf(x, 2.5)) + np.sum(stats.beta.cdf(x, 2, 3))

    have = grad(f)(np.array([-1.0, 0.5, 2.0]))
    assert np.all(np.isfinite(have))
    assert have[0] == 0.0


def test_the_inventory_names_what_is_missing() -> None:
    from symdiff.inventory import scipy as scipy_inventory

    for module, names in scipy_inventory.LISTED.items():
        lacking = scipy_inventory.missing(module)
        assert len(names) == len(set(names))
        assert set(lacking) <= set(names)
    assert "wofz" in scipy_inventory.missing("scipy.special")
    assert scipy_inventory.missing("scipy.optimize") == []


def test_a_list_of_numbers_is_an_array() -> None:
    assert grad(lambda x: scipy.special.logsumexp([x, 1.0]))(1.0) == pytest.approx(0.5)
    assert grad(lambda x: scipy.special.softmax([x, 1.0])[0])(1.0) == pytest.approx(0.25)


@pytest.mark.parametrize("df", [0.11, 0.01, 1e-6])
@pytest.mark.parametrize("t", [2.0, 1e3, -1e8])
def test_a_tail_beyond_the_largest_numbers(df: float, t: float) -> None:
    def exact(d: Any) -> Any:
        beyond = mpmath.betainc(d / 2, 0.5, 0, d / (d + mpmath.mpf(t) ** 2), regularized=True) / 2
        return 1 - beyond if t > 0 else beyond

    with mpmath.workdps(40):
        want = float(mpmath.diff(exact, mpmath.mpf(df)))
    assert grad(lambda d: stats.t.cdf(t, d))(df) == pytest.approx(want, rel=1e-13)


@pytest.mark.parametrize(
    "f",
    [
        lambda v: scipy.special.jv(v, 10101.0),
        lambda v: scipy.special.jv(np.array([v, v]), 10101.0).sum(),
        lambda v: scipy.special.kve(v, 2.0),
        lambda v: scipy.special.ive(v, 10101.0),
    ],
)
def test_no_derivative_is_nan_for_want_of_digits(f: Any) -> None:
    with pytest.raises(UnsupportedError, match="cannot be computed"):
        grad(f)(1e4)


def test_bessel_functions_that_vanish_do_so_in_their_order() -> None:
    assert grad(lambda v: scipy.special.jv(v, 2.0))(1e5) == 0.0
    assert grad(lambda v: scipy.special.iv(v, 0.0))(1.5) == 0.0


@pytest.mark.parametrize("x", [2e5, 1e7])
def test_hypergeometric_functions_far_out(x: float) -> None:
    for name, args, point in (
        ("hyp1f1", (0.5, 1.5), -x),
        ("hyperu", (0.5, 1.5), x),
        ("hyp2f1", (0.5, 1.5, 2.2), -x),
    ):
        f = getattr(scipy.special, name)
        with mpmath.workdps(40):
            want = mpmath.diff(lambda z, n=name, a=args: getattr(mpmath, n)(*a, z), point)
        assert grad(lambda z, f=f, args=args: f(*args, z))(point) == pytest.approx(
            float(mpmath.re(want)), rel=1e-9
        )


def test_keywords_that_change_nothing_are_accepted() -> None:
    a = np.array([[3.0, 1.0], [0.5, 2.0]])
    x = np.arange(8.0)

    def f(t: Any) -> Any:
        first = scipy.linalg.inv(t * a, overwrite_a=True, check_finite=False)[0, 0]
        second = scipy.linalg.svdvals(t * a, overwrite_a=False, check_finite=True)[0]
        third = scipy.signal.correlate(in1=t * x, in2=x, mode="valid", method="auto")[0]
        padded = scipy.signal.filtfilt([1, 0.5], [1, -0.3], t * x, padtype=None, method="pad")[-1]
        return first + second + third + padded

    assert grad(f)(1.3) == pytest.approx((f(1.3 + 1e-6) - f(1.3 - 1e-6)) / 2e-6, rel=1e-7)
