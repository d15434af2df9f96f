"""Overflow, division by zero and NaN: one trace for a path, and the user's own errors always.

Python's numbers raise where NumPy's give `inf` or `nan`. What raises only in a derivative, or in
what the user had NumPy compute, must not lead to a new trace at every call; what raises in the
function itself must raise at every call.
"""

import math

import numpy as np
import pytest

import symdiff as sd

pytestmark = pytest.mark.sampled(every=3)

LOG: list[float] = []


def traces(g, inputs):
    """How many traces a second and third round over the inputs take."""
    for x in inputs:
        g(x)
    before = g.trace_count
    for _ in range(2):
        for x in inputs:
            g(x)
    return g.trace_count - before


def saturated(x):
    return 3.0 * math.tanh(x) + x


def bell(x):
    return x + 1.0 / math.cosh(x) ** 2


def by_numpy(x):
    return np.exp(x) / (1.0 + np.exp(x))


def logarithm_of_cosh(x):
    return np.log(np.cosh(x)) + 0.5 * x


def far_gaussian(x):
    return math.exp(-x * x) + 2.0 * x


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (saturated, [400.0, 750.0, 0.5, -800.0]),
        (bell, [300.0, 0.5, -300.0]),
        (by_numpy, [800.0, 0.5, -800.0]),
        (logarithm_of_cosh, [900.0, 0.5]),
        (far_gaussian, [30.0, 0.1, 1e3]),
    ],
)
def test_a_saturated_function_is_traced_once(f, inputs):
    g = sd.grad(f)
    assert traces(g, inputs) == 0
    assert g.trace_count <= 2
    assert g(0.5) == pytest.approx(sd.grad(f)(0.5))


@pytest.mark.parametrize("operator", [sd.grad, sd.jacobian, sd.hessian, sd.derivative])
def test_every_operator_keeps_its_careful_form(operator):
    g = operator(saturated)
    assert traces(g, [720.0, -720.0]) == 0
    np.testing.assert_array_equal(operator(saturated)(720.0), g(720.0))


def test_numpy_numbers_that_divide_by_zero_are_not_traced_again():
    def f(x):
        return x[0] / x[1] + np.sqrt(x[1])

    g = sd.grad(f)
    inputs = [np.array([1.0, 0.0]), np.array([1.0, 2.0]), np.array([0.0, 0.0])]
    with np.errstate(all="ignore"):
        assert traces(g, inputs) == 0
        np.testing.assert_array_equal(g(inputs[0]), sd.grad(f)(inputs[0]))


def test_numpy_scalars_given_as_arguments():
    g = sd.grad(lambda x: 1.0 / x)
    with np.errstate(all="ignore"):
        assert traces(g, [np.float64(0.0), np.float64(2.0)]) == 0
        assert g(np.float64(0.0)) == -math.inf
    with pytest.raises(ZeroDivisionError):
        g(0.0)  # a float of Python's own
    assert g(2.0) == -0.25


@pytest.mark.parametrize(
    ("f", "bad", "good", "error"),
    [
        (lambda x: math.exp(x) + x, 1000.0, 1.0, OverflowError),
        (lambda x: 1.0 / x, 0.0, 2.0, ZeroDivisionError),
        (lambda x: math.log(x) * 2.0, -1.0, 3.0, ValueError),
        (lambda x: math.tanh(x) + 1.0 / (x - 400.0), 400.0, 401.0, ZeroDivisionError),
        (lambda x: np.exp(x) * math.exp(x - 500.0), 1500.0, 1.0, OverflowError),
        (lambda x: math.tanh(x) * (10.0 % (x - 800.0)), 800.0, 801.0, ZeroDivisionError),
        (lambda x: math.sqrt(720.0 - x) * math.tanh(x), 730.0, 711.0, ValueError),
    ],
)
def test_what_the_function_raises_it_raises_at_every_call(f, bad, good, error):
    for first in (good, bad):
        g = sd.grad(f)
        for x in (first, bad, good, bad, bad, good):
            if x == bad:
                with pytest.raises(error):
                    g(x)
            else:
                assert g(x) == pytest.approx(sd.grad(f)(x))


def test_one_statement_mixes_numbers_of_python_and_of_numpy():
    def f(x, y):
        return x[0] / x[1] + math.exp(y)

    g = sd.grad(f, wrt="y")
    zero = np.array([1.0, 0.0])
    with np.errstate(all="ignore"):
        assert g(zero, 1.0) == pytest.approx(math.e)
        count = g.trace_count
        assert g(zero, 2.0) == pytest.approx(math.exp(2.0))
        assert g(np.array([1.0, 2.0]), 0.0) == 1.0
        assert g.trace_count == count
        for _ in range(2):
            with pytest.raises(OverflowError):
                g(zero, 1000.0)


def test_a_number_converted_to_pythons_own_raises():
    def f(x):
        return 1.0 / float(x[0]) + x[1]

    g = sd.grad(f)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(g(np.array([2.0, 1.0])), [-0.25, 1.0])
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                g(np.array([0.0, 1.0]))


def test_effects_happen_once_a_call_in_the_careful_way_too():
    def f(x):
        LOG.append(x)
        return math.tanh(x)

    g = sd.grad(f)
    LOG.clear()
    for n, x in enumerate([800.0, 800.0, 0.5, 900.0], 1):
        g(x)
        assert len(LOG) == n
        assert LOG[-1] == x


def test_a_guard_decides_before_the_careful_form_answers():
    def f(x):
        if math.tanh(x) > 0.9:
            return math.tanh(2.0 * x)
        return 5.0 * x

    g = sd.grad(f)
    for x in (800.0, 0.1, -800.0, 800.0, -900.0):
        assert g(x) == sd.grad(f)(x)
    assert g.trace_count == 2


def test_an_exception_that_the_function_catches_is_another_path():
    def f(x):
        try:
            return math.exp(x) * 2.0
        except OverflowError:
            return 7.0 * x

    g = sd.grad(f)
    for x in (1.0, 1000.0, 2.0, 1001.0, 0.0):
        assert g(x) == (7.0 if x > 800 else pytest.approx(2.0 * math.exp(x)))
    assert traces(g, [1.0, 1000.0, 1001.0, 2.0]) == 0


def test_derivatives_inside_the_function_raise_for_nobody():
    inner = sd.grad(lambda t: math.tanh(t))

    def f(x):
        return inner(x) + x

    g = sd.grad(f)
    assert traces(g, [720.0, 0.5, 721.0]) == 0
    np.testing.assert_array_equal(g(720.0), sd.grad(f)(720.0))


def test_a_global_that_changes_is_read_in_the_careful_way_too(monkeypatch):
    monkeypatch.setattr(f"{__name__}.SCALE", 2.0)
    g = sd.grad(_scaled)
    assert g(800.0) == 2.0
    monkeypatch.setattr(f"{__name__}.SCALE", 3.0)
    assert g(800.0) == 3.0
    assert g.trace_count == 1


SCALE = 1.0


def _scaled(x):
    return math.tanh(x) + SCALE * x


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda x: math.atan(np.cos(2) / int(x)) + x, 1.0),
        (lambda x: math.atan(np.float64(-2.0) / int(x)) + x * x, 0.6),
        (lambda x: math.atan(np.float64(0.0) ** (int(x) - 1)) + x, 1.0),
        (lambda x: math.exp(np.cos(2) / int(abs(x))) + x, 1.0),
        (lambda x: x if np.isfinite(np.cos(2) % int(x)) else 3.0 * x, 3.0),
        (lambda x: np.tanh(np.cos(2) / math.floor(x)) + x, 1.0),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_constant_of_numpys_divided_by_the_integer_zero(f, slope):
    g = sd.grad(f)
    for _ in range(2):
        value, found = g.value_and_grad(0.3)
        assert value == pytest.approx(float(f(0.3)), rel=1e-15)
        assert found == pytest.approx(slope, rel=1e-15)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_constant_of_numpys_divided_by_zero_where_an_exception_is_caught():
    def f(x):
        try:
            y = math.sin(np.cos(2) / int(x))
        except ValueError:
            y = math.sin(x)
        return math.hypot(1e200 * y, 1e200) / 1e200 + x

    g = sd.grad(f)
    for x in (0.3, 1.3, 0.3):
        s, c = math.sin(x), math.cos(x)
        slope = s * c / math.hypot(s, 1) + 1 if x < 1 else 1.0
        assert g.value_and_grad(x) == pytest.approx((f(x), slope), rel=1e-14)


def test_a_constant_of_pythons_divided_by_zero_raises():
    with pytest.raises(ZeroDivisionError):
        sd.grad(lambda x: math.atan(2.0 / int(x)) + x)(0.3)


def test_a_place_in_a_table_stays_a_whole_number_where_the_gradient_saturates():
    table = [1.0, 2.0, 3.0]

    def f(x):
        k = int(x) - 399
        return table[k] * math.tanh(x) + table[k - 1] * x

    g = sd.grad(f)
    assert traces(g, [400.0, 401.5]) == 0
    assert [g(399.5), g(400.0), g(401.5)] == [3.0, 1.0, 2.0]


def test_what_has_acted_is_not_called_again_to_see_what_it_raises():
    calls: list[float] = []
    space: dict = {"calls": calls}
    exec("def note(v):\n    calls.append(v)\n    return 2.0", space)
    note = space["note"]

    def f(x):
        return note(1.0) * np.sum(np.dot(x, np.ones(5)))

    with pytest.raises(ValueError, match="not aligned"):
        sd.grad(f)(np.ones(3))
    assert calls == [1.0]
