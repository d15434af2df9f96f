"""Quotients by totals, where the total is almost out of the range of floats, against mpmath."""

import math

import mpmath
import numpy as np
import pytest

from symdiff import grad, hessian, hvp, jacobian

pytestmark = pytest.mark.sampled(every=3)

exp = mpmath.exp


def softmax(x):
    e = np.exp(x)
    return (e / e.sum())[1]


def softmax_by_rows(x):
    e = np.exp(x.reshape(1, 3))
    return (e / np.sum(e, axis=1, keepdims=True))[0, 1]


def softmax_with_new_axis(x):
    e = np.exp(x.reshape(1, 3))
    return (e / e.sum(axis=1)[:, None])[0, 1]


def softmax_of_column(x):
    e = np.exp(x)
    return (e[:, None] / e[None, :].sum(axis=1, keepdims=True))[1, 0]


def softmax_by_reciprocal(x):
    e = np.exp(x)
    return (e * (1 / e.sum()))[1]


def softmax_by_power(x):
    e = np.exp(x)
    return (e * e.sum() ** -1)[1]


def softmax_in_a_loop(x):
    e, total = np.exp(x), 0.0
    for v in e:
        total = total + v
    return e[1] / total


def softmax_of_a_list(x):
    e = [math.exp(v) for v in x]
    return e[1] / sum(e)


def softmax_by_fsum(x):
    e = [math.exp(v) for v in x]
    return e[1] / math.fsum(e)


def softmax_by_fsum_of_terms(x):
    return math.exp(x[1]) / math.fsum([math.exp(x[k]) for k in range(3)])


def softmax_of_an_array(x):
    e = np.array([math.exp(v) for v in x])
    return (e / e.sum())[1]


def softmax_beside_a_little(x):
    e = np.exp(x)
    return (e / (e.sum() + 1e-300))[1]


def the_softmax(x):
    return exp(x[1]) / sum(map(exp, x))


def over_the_mean(x):
    e = np.exp(x)
    return (e / e.mean())[1] / 3


def mean_of_three(x):
    e = np.exp(x)
    return e @ np.array([1.0, 2.0, 3.0]) / e.sum()


def the_mean_of_three(x):
    return sum(k * exp(v) for k, v in enumerate(x, 1)) / sum(map(exp, x))


def log_of_total(x):
    return np.log(np.exp(x).sum())


def the_log_of_total(x):
    return mpmath.log(sum(map(exp, x)))


def entropy(x):
    p = np.exp(x)
    p = p / p.sum()
    return -(p * np.log(p)).sum()


def the_entropy(x):
    p = [exp(v) for v in x]
    p = [v / sum(p) for v in p]
    return -sum(v * mpmath.log(v) for v in p)


def weighted_at_a_large_scale(x):
    w = 1e300 * (1 + x * x)
    return (w * np.sin(x)).sum() / w.sum()


def weighted_at_a_small_scale(x):
    w = 1e-300 * (1 + x * x)
    return (w * np.sin(x)).sum() / w.sum()


def the_weighted(x):
    w = [1 + v * v for v in x]
    return sum(a * mpmath.sin(v) for a, v in zip(w, x, strict=True)) / sum(w)


LOGITS = [(700.0, 701.0, 699.5), (-700.0, -701.0, -702.0), (1.0, 2.0, 0.5)]
UNEQUAL = (705.0, 709.0, 690.0)
SOFTMAX = [
    softmax,
    softmax_by_rows,
    softmax_with_new_axis,
    softmax_of_column,
    softmax_in_a_loop,
    softmax_of_a_list,
    softmax_by_fsum,
    softmax_by_fsum_of_terms,
    softmax_of_an_array,
    over_the_mean,
]
CASES = [
    *[(f, the_softmax, x) for f in SOFTMAX for x in (*LOGITS, UNEQUAL)],
    *[(softmax_beside_a_little, the_softmax, x) for x in (LOGITS[0], UNEQUAL)],
    *[(f, the_softmax, x) for f in (softmax_by_reciprocal, softmax_by_power) for x in LOGITS],
    *[(mean_of_three, the_mean_of_three, x) for x in (*LOGITS, UNEQUAL)],
    *[(log_of_total, the_log_of_total, x) for x in (*LOGITS, UNEQUAL)],
    *[(entropy, the_entropy, x) for x in (*LOGITS, UNEQUAL)],
    (weighted_at_a_large_scale, the_weighted, (0.5, 1.0, 2.0)),
    (weighted_at_a_small_scale, the_weighted, (0.5, 1.0, 2.0)),
]


def _exactly(function, x):
    """Gradient and Hessian by differences with hundreds of digits."""
    n = len(x)
    with mpmath.workdps(120):
        x, h = [mpmath.mpf(v) for v in x], mpmath.mpf(10) ** -30

        def at(*moves):
            moved = list(x)
            for k, by in moves:
                moved[k] += by * h
            return function(moved)

        slope = [(at((i, 1)) - at((i, -1))) / (2 * h) for i in range(n)]
        signs = [(p, q) for p in (1, -1) for q in (1, -1)]
        bent = [
            [sum(p * q * at((i, p), (j, q)) for p, q in signs) for j in range(n)] for i in range(n)
        ]
        return (
            np.array([float(v) for v in slope]),
            np.array([[float(v / (4 * h * h)) for v in row] for row in bent]),
        )


GRADIENTS = {f: (grad(f), hessian(f), jacobian(grad(f)), hvp(f)) for f, _, _ in CASES}


@pytest.mark.parametrize(
    ("function", "exact", "point"), CASES, ids=lambda v: getattr(v, "__name__", str(v))
)
def test_of_no_scale(function, exact, point):
    gradient, bends, again, along = GRADIENTS[function]
    x = np.array(point)
    slope, bent = _exactly(exact, point)
    np.testing.assert_allclose(gradient(x), slope, rtol=1e-13, atol=0)
    np.testing.assert_allclose(bends(x), bent, rtol=1e-12, atol=0)
    np.testing.assert_allclose(again(x), bent, rtol=1e-12, atol=0)
    v = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(along(x, v), bent @ v, rtol=1e-11, atol=0)


def test_single_precision():
    x = np.array([80.0, 82.0, 70.0], "float32")
    slope, bent = _exactly(the_softmax, (80.0, 82.0, 70.0))
    assert grad(softmax)(x).dtype == "float32"
    np.testing.assert_allclose(grad(softmax)(x), slope, rtol=2e-5)
    np.testing.assert_allclose(jacobian(grad(softmax))(x), bent, rtol=2e-5)


def test_third_order():
    def third(x):
        return hvp(softmax)(x, np.array([1.0, -2.0, 0.5]))

    far, near = (
        jacobian(third)(np.array([700.0, 701.0, 699.5])),
        jacobian(third)(np.array([0.0, 1.0, -0.5])),
    )
    np.testing.assert_allclose(far, near, rtol=1e-12)


def test_where_a_total_is_zero():
    x = np.array([1.0, -1.0, 0.0])
    with np.errstate(all="ignore"):
        assert np.isinf(grad(lambda x: 1 / x.sum())(x)).all()


def test_totals_of_many_terms():
    def share(x):
        total = 0.0
        for v in x:
            total = total + math.exp(v)
        return math.exp(x[3]) / total

    def shift(x):
        e = np.exp(x - x.max())
        return e[3] / e.sum()

    x = 700 + np.linspace(0, 1, 300)
    np.testing.assert_allclose(grad(share)(x), grad(shift)(x), rtol=1e-12)


def running(x, steps):
    total, y = 1.0, x
    for _ in range(steps):
        total = total + math.exp(-y) + 0.25
        y = y / (1.0 + total) + 0.1
    return y


def test_running_totals_that_are_divided_by_cost_what_they_have_terms():
    lengths = [len(grad(running).program(0.7, n).statements) for n in (30, 60, 120)]
    assert lengths[2] - lengths[1] <= 2.1 * (lengths[1] - lengths[0])
    assert lengths[2] <= 120 * 15
