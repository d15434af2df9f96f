"""Functions with a rule of the user's own."""

from __future__ import annotations

import math
import types

import numpy as np
import pytest
import scipy.special

import symdiff
from symdiff import detach, grad, jvp, primitive, register, value_and_grad, vjp
from symdiff.errors import UnsupportedError, UsageError
from symdiff.testing import check_grads

BOTH = ("rev", "fwd")


def smooth_table(x):
    return math.tanh(x)


tanh = primitive(smooth_table, name="smooth").defpartials(lambda r, x: 1 - r**2)


@primitive
def product(a, b):
    return a * b


product.defvjp(lambda ct, r, a, b: ct * b, lambda ct, r, a, b: ct * a)


@primitive
def atan2(y, x):
    return np.arctan2(y, x)


atan2.defpartials(
    lambda r, y, x: x / (x**2 + y**2),
    lambda r, y, x: -y / (x**2 + y**2),
)


def _softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def _kl(t, r, x):
    return r * t - r * np.sum(r * t)


by_vjp = primitive(_softmax).defvjp(_kl)
by_jvp = primitive(_softmax).defjvp(_kl)


def test_partials_serve_both_modes_and_every_order():
    check_grads(lambda x: tanh(x) * x, (0.3,), modes=BOTH)
    r = math.tanh(0.3)
    third = grad(grad(grad(tanh)))(0.3)
    assert third == pytest.approx(-2 * (1 - r * r) * (1 - 3 * r * r), rel=1e-13)


@pytest.mark.slow
def test_several_arguments_numbers_and_arrays():
    check_grads(lambda a, b: product(a, product(a, b)), (0.3, 0.7), modes=BOTH)
    y, x = np.array([0.3, -0.4]), np.array([[0.5], [1.5]])
    check_grads(lambda y, x: np.sum(atan2(y, x) ** 2), (y, x), modes=BOTH)
    check_grads(lambda y: np.sum(atan2(y, 0.7)), (y,), modes=BOTH)
    check_grads(lambda x: np.sum(atan2(np.array([0.3, 0.5]), x)), (0.4,), modes=BOTH)


@pytest.mark.parametrize("softmax", [by_vjp, by_jvp], ids=["vjp", "jvp"])
def test_the_other_mode_follows_by_transposition(softmax):
    x = np.array([0.1, 0.4, -0.3])
    check_grads(lambda x: np.sum(softmax(x) ** 2), (x,), modes=BOTH)
    jacobian = np.diag(_softmax(x)) - np.outer(_softmax(x), _softmax(x))
    t = np.array([1.0, 2.0, -1.0])
    np.testing.assert_allclose(jvp(softmax, (x,), (t,))[1], jacobian @ t, rtol=1e-13)
    np.testing.assert_allclose(vjp(softmax, x)[1](t)[0], t @ jacobian, rtol=1e-13)


def test_one_rule_for_all_arguments():
    @primitive
    def mixed(a, b):
        return np.sum(a) * b

    mixed.defvjp(lambda ct, r, a, b: (ct * b * np.ones(a.shape), np.sum(ct * np.sum(a))))
    check_grads(lambda a, b: mixed(a, b), (np.array([1.0, 2.0]), 3.0), modes=BOTH)

    @primitive
    def scaled(a, b):
        return a * b

    scaled.defjvp(lambda ts, r, a, b: ts[0] * b + a * ts[1])
    check_grads(lambda a, b: np.sum(scaled(a, b)), (np.array([1.0, 2.0]), 3.0), modes=BOTH)
    check_grads(lambda b: np.sum(scaled(np.array([1.0, 2.0]), b)), (3.0,), modes=BOTH)


def test_shapes_are_found_by_running_the_function():
    @primitive
    def moments(x):
        return np.array([x.sum(), (x**2).sum()])

    moments.defvjp(lambda ct, r, x: ct[0] + 2 * ct[1] * x)
    check_grads(lambda x: moments(x)[0] * moments(x)[1], (np.arange(3.0),), modes=BOTH)


def test_nondiff_arguments_and_keywords():
    @primitive(nondiff=("n",))
    def power(x, n=2, *, scale=1.0):
        return scale * x**n

    power.defpartials(lambda r, x, n, scale=1.0: scale * n * x ** (n - 1), None)
    check_grads(lambda x: power(x, n=3, scale=2.0), (0.7,), modes=BOTH)
    check_grads(lambda x: np.sum(power(x, 3)), (np.array([0.7, 0.3]),), modes=BOTH)
    assert grad(lambda x, n: power(x, n), wrt="all")(0.5, 3.0)[1] == 0.0
    with pytest.raises(UsageError, match="no parameter"):
        primitive(power, nondiff=("m",))


def test_a_rule_reads_what_is_outside_at_every_call():
    table = np.array([1.0, 2.0, 3.0])

    @primitive
    def weighted(x):
        return float(table @ x)

    weighted.defvjp(lambda ct, r, x: ct * table)
    g = grad(lambda x: weighted(x) ** 2)
    x = np.ones(3)
    np.testing.assert_allclose(g(x), 12 * table)
    table[0] = 5.0
    np.testing.assert_allclose(g(x), 20 * table)


def test_a_rule_that_decides_by_values_gives_first_order_in_its_mode():
    @primitive
    def size(x):
        return abs(x)

    @size.defvjp
    def _(ct, r, x):
        return ct if x > 0 else -ct

    g = grad(lambda x: size(x) * 3)
    assert (g(-2.0), g(2.0), g(-1.0)) == (-3.0, 3.0, -3.0)
    with pytest.raises(UnsupportedError, match="could not be traced"):
        grad(g)(2.0)
    with pytest.raises(UnsupportedError, match="state a `defjvp` rule, too"):
        jvp(size, (2.0,), (1.0,))
    size.defjvp(lambda t, r, x: t if x > 0 else -t)
    assert jvp(lambda x: size(x), (-2.0,), (1.0,)) == (2.0, -1.0)


def test_a_primitive_without_a_rule_is_refused():
    @primitive
    def bare(x):
        return x

    with pytest.raises(UnsupportedError, match=r"bare.defpartials"):
        grad(bare)(1.0)
    assert grad(lambda x: x * detach(bare(x)))(3.0) == 3.0


def test_a_rule_of_the_wrong_shape_is_refused():
    wrong = primitive(lambda x: x.sum(), name="wrong").defvjp(lambda ct, r, x: np.ones(2) * ct)
    with pytest.raises(UnsupportedError, match="gives shape"):
        grad(lambda x: wrong(x))(np.ones(3))


@pytest.mark.parametrize(
    "plant",
    [
        lambda f: f.defjvp(lambda t, r, x: -t * np.cos(x)),
        lambda f: f.defvjp(lambda ct, r, x: -ct * np.cos(x)),
        lambda f: f.defpartials(lambda r, x: 1.01 * np.cos(x)),
    ],
    ids=["jvp", "vjp", "partials"],
)
def test_a_wrong_rule_is_caught(plant):
    f = plant(primitive(lambda x: np.sin(x), name="wave"))
    for modes in (("rev",), ("fwd",)):
        with pytest.raises(AssertionError):
            check_grads(lambda x: f(x), (0.4,), order=1, modes=modes)


@pytest.mark.slow
def test_functions_of_others_can_be_registered(monkeypatch):
    monkeypatch.setattr("symdiff.operations.table.lookup._entered", {})
    monkeypatch.setattr("symdiff.operators.rules.primitives._registered", {})
    with pytest.raises(UnsupportedError, match=r"symdiff\.register\(.*kei\)\.defvjp"):
        grad(lambda x: scipy.special.kei(x))(1.0)
    bessel = register(scipy.special.jv)
    assert register(scipy.special.jv) is bessel
    jv = scipy.special.jv
    bessel.defpartials(None, lambda r, v, x: (jv(v - 1, x) - jv(v + 1, x)) / 2)
    check_grads(lambda x: scipy.special.jv(2, x), (1.3,), modes=BOTH)
    check_grads(lambda x: np.sum(scipy.special.jv(2, x)), (np.array([1.3, 0.2]),), modes=BOTH)
    assert str(grad(lambda x: jv(2, x)).expression(1.3)) == "(jv(1, x) - jv(3, x))/2"


def test_it_appears_by_name():
    g = grad(lambda x: 2 * tanh(x))
    assert "smooth(x)" in str(g.program(0.4))
    assert str(g.expression(0.4)) == "2 - 2*smooth(x)**2"
    text = g.source(0.4)
    namespace: dict[str, object] = {}
    exec(text, namespace)
    made = next(v for k, v in namespace.items() if k.startswith("grad_"))
    assert made(0.4) == g(0.4)  # type: ignore[operator]
    compiled = primitive(np.vectorize(math.tanh), name="c").defpartials(lambda r, x: 1 - r * r)
    with pytest.raises(UnsupportedError, match="stands alone"):
        grad(lambda x: compiled(x)).source(0.4)


def test_guards_around_it_and_value_and_grad():
    f = value_and_grad(lambda x: tanh(x) if x > 0 else product(x, x))
    assert f(0.5) == (math.tanh(0.5), pytest.approx(1 - math.tanh(0.5) ** 2))
    assert f(-2.0) == (4.0, -4.0)
    assert f(0.5)[0] == math.tanh(0.5)


def test_what_a_function_keeps_is_not_written_to():
    kept = np.arange(600.0)

    @primitive
    def getitem(x):
        return kept

    getitem.defvjp(lambda ct, r, x: 0.0 * np.sum(ct))

    def f(x):
        y = getitem(x)
        y[0] = x
        return np.sum(y)

    for _ in range(2):
        assert value_and_grad(f)(5.0) == (np.arange(600.0).sum() + 5.0, 1.0)
    assert kept[0] == 0.0


def test_single_precision_stays():
    half = primitive(lambda x: x * np.float32(0.5), name="half").defpartials(lambda r, x: 0.5)
    g = grad(lambda x: np.sum(half(x) * x))(np.ones(2, np.float32))
    assert g.dtype == np.float32
    np.testing.assert_allclose(g, [1.0, 1.0])


def test_the_public_names():
    assert symdiff.primitive is primitive
    assert repr(product) == "<primitive product: defvjp>"


STATE = {"mode": "a", "items": [1, 2]}


@pytest.mark.parametrize(
    "rule",
    [
        lambda ct, r, x: ct * x * (2.0 if STATE["mode"] == "a" else 3.0),
        lambda ct, r, x: ct * x * len(STATE["items"]),
    ],
)
def test_a_rule_that_decides_by_what_is_outside_is_asked_at_every_call(rule):
    @primitive
    def squared(x):
        return x * x

    squared.defvjp(rule)
    g = grad(lambda x: squared(x))
    for mode, items in (("a", [1, 2]), ("b", [1, 2, 3]), ("a", [1, 2])):
        STATE.update(mode=mode, items=items)
        assert g(1.5) == grad(lambda x: squared(x))(1.5) == rule(1.0, None, 1.5)


def _doubled(x):
    return 2.0 * x


def _slope(x):
    return _doubled(x)


class _Slopes:
    @staticmethod
    def of(x):
        return 2.0 * x


_library = types.ModuleType("slopes_of_the_user")
_library.of = _doubled


def _rules():
    within = _doubled
    return [
        lambda r, x: _slope(x),
        lambda r, x, slope=_slope: slope(x),
        lambda r, x: _Slopes.of(x),
        lambda r, x: within(x),
        lambda r, x: (lambda y: _slope(y))(x),
        lambda r, x: _library.of(x),
    ]


def _anew(monkeypatch, number, slope):
    """Define anew what the rule of this number calls."""
    if number in (0, 1, 4):
        monkeypatch.setitem(globals(), "_doubled", slope)
    elif number == 2:
        monkeypatch.setattr(_Slopes, "of", staticmethod(slope))
    elif number == 3:
        monkeypatch.setattr(_doubled, "__code__", slope.__code__)
    else:
        monkeypatch.setattr(_library, "of", slope)


@pytest.mark.parametrize("kind", ["partials", "vjp", "jvp"])
@pytest.mark.parametrize("number", range(6))
def test_what_a_rule_calls_may_be_defined_anew(monkeypatch, number, kind):
    rule = _rules()[number]
    square = primitive(lambda x: x * x, name="own_square")
    if kind == "partials":
        square.defpartials(rule)
    elif kind == "vjp":
        square.defvjp(lambda ct, r, x: ct * rule(r, x))
    else:
        square.defjvp(lambda t, r, x: t * rule(r, x))

    def f(x):
        total = 0.0
        for _ in range(20):
            total = total + square(x)
        return total / 20

    first, second, other = grad(f), grad(grad(f)), lambda *a: jvp(f, a[:1], a[1:])
    for _ in range(3):
        assert (first(3.0), second(3.0), other(3.0, 1.0)[1]) == pytest.approx((6.0, 2.0, 6.0))
    _anew(monkeypatch, number, lambda x: 5.0 * x)
    for _ in range(3):
        assert (first(3.0), second(3.0), other(3.0, 1.0)[1]) == pytest.approx((15.0, 5.0, 15.0))
    assert grad(f)(4.0) == pytest.approx(20.0)
    monkeypatch.undo()
    assert (first(3.0), second(3.0), other(3.0, 1.0)[1]) == pytest.approx((6.0, 2.0, 6.0))


def test_a_rule_that_is_stated_anew_is_the_rule():
    square = primitive(lambda x: x * x).defpartials(lambda r, x: 2 * x)
    cube = primitive(lambda x: x**3).defpartials(lambda r, x: 3 * square(x))
    first, second, third = grad(square), grad(grad(cube)), grad(grad(grad(cube)))
    assert (first(3.0), second(3.0), third(3.0)) == (6.0, 18.0, 6.0)
    square.defpartials(lambda r, x: 7 * x)
    assert (first(3.0), second(3.0), third(3.0)) == (21.0, 63.0, 21.0)
    assert first.trace_count == 2


def test_rules_that_call_each_other():
    bessel = primitive(scipy.special.jv, name="order", nondiff=(0,))
    bessel.defpartials(None, lambda r, n, x: 0.5 * (bessel(n - 1, x) - bessel(n + 1, x)))
    slopes = [grad(lambda x: bessel(2, x)), grad(grad(lambda x: bessel(2, x)))]
    for order, slope in enumerate(slopes, 1):
        assert slope(1.5) == pytest.approx(scipy.special.jvp(2, 1.5, order), rel=1e-14)
