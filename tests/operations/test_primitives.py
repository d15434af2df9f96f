"""Every entry of the table is checked, and the checker is checked by rules planted wrong."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import linalg, special, stats
from scipy.special import spherical_jn

from symdiff.differentiate import jvp, vjp
from symdiff.errors import UnsupportedError
from symdiff.operations import TABLE
from symdiff.operations.statements.builder import Builder
from symdiff.operations.table.entry import ElementwiseEntry, Entry, StructuralEntry
from symdiff.operations.table.structural import Structural
from symdiff.program.program import FLOAT, Aval, Program, Var, aval_of, name_uniquely, validate
from symdiff.testing import call_program, check_primitive, check_program, evaluate

pytestmark = pytest.mark.sampled(every=83)


def _triangle(n: int, lower: bool) -> np.ndarray:
    return np.tri(n, dtype=bool) if lower else np.tri(n, dtype=bool).T


def _reference(exact: Any) -> Any:
    """A function of arrays from one of mpmath's numbers."""

    def number(*x: float) -> float:
        with mpmath.workdps(30):
            return float(exact(*map(mpmath.mpf, x)))

    return np.vectorize(number)


def _student(df: Any, t: Any) -> Any:
    scale = mpmath.gamma((df + 1) / 2) / mpmath.gamma(df / 2) / mpmath.sqrt(mpmath.pi * df)
    return scale * (1 + t * t / df) ** (-(df + 1) / 2)


# Where no name of an entry is a function of NumPy, `math` or SciPy.
def _by_owens_t(h: Any, k: Any, r: Any) -> Any:
    """The bivariate normal probability, where neither `h` nor `k` is 0 (Owen, 1956)."""
    root = np.sqrt(1 - r**2)
    parts = special.owens_t(h, (k / h - r) / root) + special.owens_t(k, (h / k - r) / root)
    return (special.ndtr(h) + special.ndtr(k)) / 2 - parts - np.where(h * k > 0, 0.0, 0.5)


REFERENCES = {
    # SciPy does not say what the other triangle holds.
    "cho_factor": lambda a, lower=False: (
        np.where(_triangle(len(a), lower), linalg.cho_factor(a, lower)[0], a),
        lower,
    ),
    "larger": np.vectorize(max),
    "over": lambda x, r: x / r,
    "radial": lambda g, x, r: g * x / r,
    "round_to": np.vectorize(lambda x, digits: round(float(x), int(digits))),
    "smaller": np.vectorize(min),
    "spherical_j": lambda n, z: spherical_jn(n.astype(int), z),
    "sech": lambda x: 1 / np.cosh(x),
    "share": lambda x, y, h: x / h,
    **{
        f"{inverse}{name}_near_0": _reference(
            lambda n, z, f=f, sign=sign: mpmath.diff(
                lambda t: (f(t) / t) ** sign if t else mpmath.mpf(1), z, int(n)
            )
        )
        for inverse, sign in (("", 1), ("inverse_", -1))
        for name, f in {
            **{
                name: getattr(mpmath, name)
                for name in (
                    *("sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh"),
                    *("expm1", "log1p", "erf"),
                )
            },
            "versine": lambda t: (1 - mpmath.cos(t)) / t,
        }.items()
    },
    "strict_pow": np.power,
    "log_power_at_0": lambda n, x, y: np.zeros(np.shape(y)),
    "log_ratio": lambda x, y: np.log(x / y),
    "binormal": _by_owens_t,
    "deviation": np.sqrt,
    "weighted_exp": lambda b, x: b * np.exp(x),
    "erfcx_integral": lambda n, x: 1 / math.sqrt(math.pi) - x * special.erfcx(x),
    "polygamma_between": lambda n, x, d: special.polygamma(n, x + d) - special.polygamma(n, x),
    **{
        f"{name}_{part}": lambda x, name=name, k=k: getattr(special, name)(x)[k]
        for name, parts in {
            "airy": ("ai", "aip", "bi", "bip"),
            "fresnel": "sc",
            "sici": "sc",
            "shichi": "sc",
        }.items()
        for k, part in enumerate(parts)
    },
    **{
        f"spherical_{kind}n": lambda n, z, kind=kind: getattr(special, f"spherical_{kind}n")(
            n.astype(int), z
        )
        for kind in "jyik"
    },
    **{
        name: lambda n, x, name=name: getattr(special, name)(n.astype(int), x)
        for name in ("eval_hermite", "eval_hermitenorm")
    },
    "dawsn_slope": lambda n, x: 1 - 2 * x * special.dawsn(x),
    "elliptic_moment": _reference(
        lambda s, n, phi, m: mpmath.quad(
            lambda t: mpmath.sin(t) ** (2 * n) * (1 - m * mpmath.sin(t) ** 2) ** s, [0, phi]
        )
    ),
    "zeta_slope": _reference(lambda n, s, q: mpmath.diff(lambda t: mpmath.zeta(t, q), s, int(n))),
    "zeta_of": special.zeta,
    "lambertw_real": lambda k, x: special.lambertw(x, k.astype(int)).real,
    "gammainc_slope": _reference(
        lambda n, a, x: mpmath.diff(lambda s: mpmath.gammainc(s, 0, x, regularized=True), a, int(n))
    ),
    "gamma_density_slope": _reference(
        lambda n, a, x: mpmath.diff(
            lambda s: x ** (s - 1) * mpmath.exp(-x) / mpmath.gamma(s), a, int(n)
        )
    ),
    "betainc_slope": _reference(
        lambda i, j, a, b, x: mpmath.diff(
            lambda s, t: mpmath.betainc(s, t, 0, x, regularized=True), (a, b), (int(i), int(j))
        )
    ),
    "beta_density_slope": _reference(
        lambda i, j, a, b, x: mpmath.diff(
            lambda s, t: x ** (s - 1) * (1 - x) ** (t - 1) / mpmath.beta(s, t),
            (a, b),
            (int(i), int(j)),
        )
    ),
    "inv_boxcox_log": lambda x, y: np.log(special.inv_boxcox(x, y)),
    "log_poch": lambda z, k: special.gammaln(z + k) - special.gammaln(z),
    "log_normal_mass": lambda a, b: np.log(special.ndtr(b) - special.ndtr(a)),
    "student_log_density": lambda df, t: stats.t.logpdf(t, df),
    "student_log_slope": _reference(
        lambda n, df, t: mpmath.diff(lambda s: mpmath.log(_student(s, t)), df, int(n))
    ),
    "student_slope": _reference(
        lambda n, k, df, t: mpmath.diff(
            lambda s: mpmath.quad(lambda u: _student(s, u), [0, t]), df, int(n)
        )
    ),
    **{
        f"{name}v_order": _reference(
            lambda n, v, x, name=name: mpmath.diff(
                lambda s: getattr(mpmath, f"bessel{name}")(s, x), v, int(n)
            )
        )
        for name in "jyik"
    },
    "ive_slope": _reference(
        lambda k, n, v, x: mpmath.diff(lambda t: mpmath.exp(-t) * mpmath.besseli(v, t), x, int(n))
    ),
    "kve_slope": _reference(
        lambda k, n, v, x: mpmath.diff(lambda t: mpmath.exp(t) * mpmath.besselk(v, t), x, int(n))
    ),
    "exprel_moment": lambda n, x: special.hyp1f1(n + 1, n + 2, x) / (n + 1),
    "log_density_gamma": lambda a, x: stats.gamma.logpdf(x, a),
    "log_density_beta": lambda a, b, x: stats.beta.logpdf(x, a, b),
}
# What these do is not what differences see; they have tests of their own below.
INACTIVE = {
    *("cusp", "detach", "last_writes", "view", "extra_vectors", "vanishing"),
    *("ode", *(n for n in TABLE.entries if n.startswith("ode_"))),  # tests/test_ode_*.py
    "branch",  # decisions of a right-hand side, there too
    "key_place",  # tests/operations/scipy/test_tables.py
    *("inner_at", "quadrature", "quadrature_error"),
    *("search", "solution", "found", "doubt", "spread"),  # tests/operators/solvers/test_implicit.py
    "multipliers",  # tests/operators/solvers/test_constraints.py
    *("singular_whitening", "singular_null_space", "singular_log_volume", "singular_tolerance"),
    *("factored_solve", "image_spline"),  # tests of sparse matrices, of tables
    *("roots_of", "complex_eig", "phased"),  # tests/operations/numbers/test_complex_values.py
    *("unless_zero", "length", "scaled_length", "magnitude", "square_over", "relative"),
    *("length_power", "signed_power", "valued", "given", "squared_norm"),
    *(
        "abs_along",
        "abs_side",
        "side",
        "sided",
        "sided_one",
        "along_side",
        "along_one",
    ),  # test_sides
    *("of_symmetric", "of_singular"),
    *("double", "float_single", "tensor_dim", "tensor_numel", "torch_to", "torch_type_as"),
}


@pytest.mark.parametrize("name", [n for n in TABLE.entries if n not in INACTIVE])
def test_primitive(name: str) -> None:
    check_primitive(TABLE.entries[name], reference=REFERENCES.get(name))


SMOOTH = [e.name for e in TABLE.elementwise() if e.differentiable and e.name not in INACTIVE]


@pytest.mark.parametrize("name", SMOOTH)
def test_a_second_seed(name: str) -> None:
    check_primitive(TABLE.entries[name], reference=REFERENCES.get(name), seed=1)


# -- the checker catches what is wrong


@contextmanager
def planted(entry: Entry) -> Iterator[Entry]:
    """Enter an entry into the table under a name nobody else has."""
    entry = replace(entry, name=f"planted_{len(TABLE.entries)}_{id(entry)}", names=())
    TABLE.entries[entry.name] = entry
    try:
        yield entry
    finally:
        del TABLE.entries[entry.name]


def _elementwise(name: str) -> ElementwiseEntry:
    entry = TABLE.entries[name]
    assert isinstance(entry, ElementwiseEntry)
    return entry


def _structural(name: str) -> StructuralEntry:
    entry = TABLE.entries[name]
    assert isinstance(entry, StructuralEntry)
    return entry


WRONG_ELEMENTWISE: dict[str, tuple[ElementwiseEntry, Any]] = {
    "value": (replace(_elementwise("tanh"), numpy="numpy.sinh({0})"), np.tanh),
    "sign": (replace(_elementwise("tanh"), partials=lambda m, x: (-(m.sech(x) ** 2),)), np.tanh),
    "factor": (replace(_elementwise("log1p"), partials=lambda m, x: (1 / (1 - x),)), np.log1p),
    "missing argument": (
        replace(_elementwise("hypot"), partials=lambda m, x, y: (m.over(x, m.hypot(x, y)), 0)),
        np.hypot,
    ),
    "swapped arguments": (
        replace(
            _elementwise("atan2"),
            partials=lambda m, y, x: (-y / (x**2 + y**2), x / (x**2 + y**2)),
        ),
        np.arctan2,
    ),
    "slightly wrong": (
        replace(
            _elementwise("tan"), sympy=None, partials=lambda m, x: (1 + 0.999999 * m.tan(x) ** 2,)
        ),
        np.tan,
    ),
    "kink": (
        replace(_elementwise("abs"), partials=lambda m, x: (m.where(m.ge(x, 0), 1, -1),)),
        np.abs,
    ),
    "tie": (
        replace(
            _elementwise("maximum"),
            partials=lambda m, a, b: (m.where(m.ge(a, b), 1, 0), m.where(m.ge(a, b), 0, 1)),
        ),
        np.maximum,
    ),
    "second order": (
        replace(
            _elementwise("exp"), sympy=None, partials=lambda m, x: (m.floor(1e9 * m.exp(x)) / 1e9,)
        ),
        np.exp,
    ),
    "math differs": (replace(_elementwise("sin"), math="math.tan({0})"), np.sin),
    "math silent": (
        replace(_elementwise("log"), math="(math.log({0}) if {0} > 0 else 0.0)"),
        np.log,
    ),
    "math complex": (replace(_elementwise("sqrt"), math="({0})**0.5"), np.sqrt),
    "float32": (
        replace(_elementwise("sin"), numpy="numpy.sin({0}) + numpy.float64(0)"),
        np.sin,
    ),
    "not finite": (
        replace(_elementwise("tanh"), partials=lambda m, x: (m.log(-1 - x**2),)),
        np.tanh,
    ),
}


@pytest.mark.parametrize("what", WRONG_ELEMENTWISE)
def test_a_wrong_elementwise_rule_is_caught(what: str) -> None:
    wrong, reference = WRONG_ELEMENTWISE[what]
    if wrong.sympy is not None:  # SymPy's node belongs to the right entry
        right = wrong.sympy
        wrong = replace(wrong, sympy=None, partials=lambda m, x: (TRUE_PARTIALS[right](m, x),))
    with planted(wrong) as entry, pytest.raises(AssertionError):
        check_primitive(entry, reference=reference)


TRUE_PARTIALS = {
    "sin": lambda m, x: m.cos(x),
    "log": lambda m, x: 1 / x,
    "exp": lambda m, x: m.exp(x),
}


@pytest.mark.parametrize("name", ["tanh", "hypot", "atan2", "maximum", "log1p"])
def test_the_same_rule_planted_right_passes(name: str) -> None:
    reference = {"atan2": np.arctan2}.get(name) or getattr(np, name)
    with planted(_elementwise(name)) as entry:
        check_primitive(entry, reference=reference)


WRONG_STRUCTURAL: dict[str, StructuralEntry] = {
    "value": replace(_structural("sum"), numpy=lambda x, **kw: 2 * np.sum(x, **kw)),
    "sign": replace(
        _structural("flip"),
        pullback=lambda ops, ct, result, x, *, axis=None: (ops.neg(ops.flip(ct, axis=axis)),),
    ),
    "axis": replace(
        _structural("cumsum"),
        pullback=lambda ops, ct, result, x, *, axis: (
            ops.reshape(ops.cumsum(ct, axis=axis), shape=ops.aval(x).shape),
        ),
    ),
    "missing argument": replace(
        _structural("matmul"),
        pullback=lambda ops, ct, result, a, b: (
            _structural("matmul").pullback(ops, ct, result, a, b)[0],  # type: ignore[misc]
            None,
        ),
    ),
    "shape": replace(
        _structural("broadcast_to"), pullback=lambda ops, ct, result, x, *, shape: (ct,)
    ),
    "pushforward": replace(
        _structural("max"),
        pushforward=lambda ops, tangents, result, x, *, axis=None, keepdims=False: ops.sum(
            tangents[0], axis=axis, keepdims=keepdims
        ),
    ),
    "not linear": replace(_structural("norm"), pushforward=None, linear="joint"),
    "infer": replace(
        _structural("transpose"), infer=lambda x, *, axes=None: Aval.of(x.shape, x.dtype)
    ),
    "emit": replace(_structural("transpose"), emit=lambda o, p: o[0]),
    "alias": replace(_structural("transpose"), alias=False),
    "float32": replace(
        _structural("cumsum"), numpy=lambda x, *, axis: np.cumsum(x, axis=axis, dtype=float)
    ),
    "repeated indices": replace(
        _structural("getitem"),
        pullback=lambda ops, ct, result, x, *arrays, index: (
            ops.setitem(np.zeros(ops.aval(x).shape), ct, *arrays, index=index),
            *[None] * len(arrays),
        ),
    ),
}
STRUCTURAL_REFERENCES: dict[str, Any] = {"value": np.sum}


@pytest.mark.parametrize("what", WRONG_STRUCTURAL)
def test_a_wrong_structural_rule_is_caught(what: str) -> None:
    from symdiff.errors import InvalidProgramError

    with (
        planted(WRONG_STRUCTURAL[what]) as entry,
        pytest.raises((AssertionError, InvalidProgramError, ValueError)),
    ):
        check_primitive(entry, reference=STRUCTURAL_REFERENCES.get(what))


# -- digits: where a careless formula would have none left


def _partials(name: str, *point: float) -> list[float]:
    entry = TABLE.entries[name]
    program, values = call_program(entry, [np.float64(p) for p in point], {})
    gradient = validate(name_uniquely(vjp(program, program.inputs, [np.float64(1.0)])))
    with np.errstate(all="ignore"):
        return [float(v) for v in evaluate(gradient, *values)[1:]]


@pytest.mark.parametrize(
    ("name", "function", "points"),
    [
        ("tanh", mpmath.tanh, [20.0, -30.0, 1e-9]),
        ("log1p", mpmath.log1p, [1e-20, -0.999999, 1e300]),
        ("expm1", mpmath.expm1, [1e-20, -40.0, 700.0]),
        ("asinh", mpmath.asinh, [1e-10, 1e200, -1e200]),
        ("atanh", mpmath.atanh, [0.999999999, 1e-12]),
        ("asin", mpmath.asin, [0.999999999, -0.999999]),
        ("acosh", mpmath.acosh, [1.000000001, 1e200]),
        ("erf", mpmath.erf, [5.0, 1e-10]),
        ("erfc", mpmath.erfc, [5.0, 20.0]),
        ("lgamma", mpmath.loggamma, [1e-5, 0.5, 1.4616321449683622, 50.0, 1e8]),
        ("digamma", mpmath.digamma, [1e-3, 2.5, -2.5, -20.3, 1e6]),
        ("sinc", lambda x: mpmath.sincpi(x), [1e-8, 1e-3, 0.3, 5.2]),
        ("sigmoid", lambda x: 1 / (1 + mpmath.exp(-x)), [30.0, -700.0, 1e-9]),
        ("cbrt", lambda x: mpmath.cbrt(x), [1e-30, 1e30]),
        ("exp2", lambda x: mpmath.mpf(2) ** x, [-50.0, 1000.0]),
    ],
)
def test_the_derivative_keeps_its_digits(name: str, function: Any, points: list[float]) -> None:
    for point in points:
        with mpmath.workdps(60):
            x = mpmath.mpf(point)
            want = float(mpmath.re(mpmath.diff(function, x, h=abs(x) * mpmath.mpf(10) ** -25)))
        (have,) = _partials(name, point)
        assert have == pytest.approx(want, rel=2e-13), (name, point)


@pytest.mark.parametrize("a", [0.0, 1.0, -800.0, 800.0])
@pytest.mark.parametrize("b", [0.0, 3.0, -799.0, 801.0])
def test_logaddexp_far_from_zero(a: float, b: float) -> None:
    with mpmath.workdps(40):
        total = mpmath.exp(a) + mpmath.exp(b)
        want = [float(mpmath.exp(a) / total), float(mpmath.exp(b) / total)]
    assert _partials("logaddexp", a, b) == pytest.approx(want, rel=1e-14)


def test_hypot_neither_overflows_nor_underflows() -> None:
    for size in (1e200, 1e-200):
        assert _partials("hypot", 3 * size, 4 * size) == pytest.approx([0.6, 0.8], rel=1e-15)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("x", [0.1, 1.0, 7.5, 40.0, -0.5, -3.3])
def test_polygamma(order: int, x: float) -> None:
    from symdiff.operations.runtime.polygamma import polygamma

    with mpmath.workdps(40):
        want = float(mpmath.polygamma(order, mpmath.mpf(x)))
    assert polygamma(order, x) == pytest.approx(want, rel=1e-12)


# -- what needs words of its own


def _gradient(program: Program, *values: Any, ct: Any = 1.0) -> tuple[Any, ...]:
    gradient = validate(name_uniquely(vjp(program, program.inputs, [ct])))
    return evaluate(gradient, *values)[1:]


def _call(name: str, *args: Any, **kwargs: Any) -> tuple[Program, list[Any]]:
    return call_program(TABLE.entries[name], args, kwargs)


def test_detach_stops_both_modes() -> None:
    x = Var("x", FLOAT)
    ops = Builder()
    y = ops.mul(x, ops.detach(x))
    program = Program("f", (x,), ops.statements, (y,))
    assert _gradient(program, 3.0) == (3.0,)
    tangent = validate(name_uniquely(jvp(program, [x], [1.0])))
    assert evaluate(tangent, 3.0) == (9.0, 3.0)


def test_norm_at_zero_has_derivative_zero() -> None:
    for value in (np.zeros(3), np.zeros((2, 2))):
        program, values = _call("linalg_norm", value)
        (have,) = _gradient(program, *values)
        assert np.array_equal(have, np.zeros_like(value))


def test_the_methods_of_arrays_work_on_a_python_float() -> None:
    for name, want, slope in (
        ("linalg_norm", 2.5, -1.0),
        ("sum", -2.5, 1.0),
        ("mean", -2.5, 1.0),
        ("max", -2.5, 1.0),
        ("prod", -2.5, 1.0),
        ("item", -2.5, 1.0),
    ):
        program, values = _call(name, -2.5)
        assert evaluate(program, *values) == (want,)
        assert _gradient(program, *values) == (slope,)


def test_ties_share_equally() -> None:
    x = np.array([2.0, 1.0, 2.0, 2.0])
    for name, sign in (("max", 1.0), ("min", -1.0)):
        program, values = _call(name, sign * x)
        (have,) = _gradient(program, *values)
        assert have == pytest.approx(np.array([1, 0, 1, 1]) / 3)


@pytest.mark.parametrize("name", ["relu", "clip"])
def test_a_bound_has_the_mean_of_both_slopes(name: str) -> None:
    program, values = _call(name, 0.0, *([0] if name == "clip" else []))
    assert _gradient(program, *values) == (0.5,)


def test_where_lets_nothing_of_the_other_arm_through() -> None:
    x = Var("x", Aval.of((2,), "float64"))
    from symdiff.operations.table.template import Literal, Template

    zero = Literal.of(0)
    safe = Template.of((0, zero, "gt", 0, "sqrt", zero, "where"))
    ops = Builder()
    y = ops.sum(ops.emit(safe, (x,)))
    program = Program("f", (x,), ops.statements, (y,))
    with np.errstate(all="ignore"):
        (have,) = _gradient(program, np.array([4.0, 0.0]))
    assert np.array_equal(have, [0.25, 0.0])


def test_integers_stay_integers() -> None:
    ops = Builder()
    assert ops.floordiv(7, 2) == 3
    assert type(ops.floordiv(7, 2)) is int
    assert type(ops.mod(-7, 2)) is int
    assert type(ops.mul(7, 2)) is int


def test_the_product_of_factors_with_zeros() -> None:
    program, values = _call("prod", np.array([2.0, 0.0, 3.0]))
    (have,) = _gradient(program, *values)
    assert np.array_equal(have, [0.0, 6.0, 0.0])


def test_view() -> None:
    program, values = _call("view", np.arange(6.0), 2, -1)
    assert evaluate(program, *values)[0].shape == (2, 3)
    program, values = _call("view", np.arange(6.0))
    assert evaluate(program, *values)[0] is values[0]
    with pytest.raises(UnsupportedError, match="view"):
        _call("view", np.arange(6.0), np.float32)


def test_what_a_mask_leaves_out_has_no_derivative() -> None:
    mask = np.array([True, False, True])
    program, values = _call("sum", np.array([1.0, np.nan, 3.0]), where=mask)
    (have,) = _gradient(program, *values)
    assert have.tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "cumsum"])
def test_an_empty_array(name: str) -> None:
    for shape, axis in (((0,), None), ((0, 3), 1)):
        program, values = _call(name, np.zeros(shape), axis=axis)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seed = np.ones(np.shape(evaluate(program, *values)[0]))
            (have,) = _gradient(program, *values, ct=seed)
        assert have.shape == shape


def test_last_writes() -> None:
    rows = np.array([0, 2, 0])
    operation = Structural.of("last_writes", index=(("array", 0),), shape=(3,))
    assert operation.evaluate(rows).tolist() == [False, True, True]
    assert operation.infer([aval_of(rows)]) is Aval.of((3,), "bool")


def test_setitem_values() -> None:
    x = np.arange(6.0).reshape(2, 3)
    program, values = _call("setitem", x, (slice(None), 1), np.array([7.0, 8.0]))
    (have,) = evaluate(program, *values)
    assert have.tolist() == [[0, 7, 2], [3, 8, 5]]
    assert x[0, 1] == 1.0


def test_scatter_add_adds_up_repeated_places() -> None:
    operation = Structural.of("scatter_add", index=(("array", 0),), shape=(3,))
    have = operation.evaluate(np.array([1.0, 2.0, 4.0]), np.array([0, 2, 0]))
    assert have.tolist() == [5.0, 0.0, 2.0]


@pytest.mark.parametrize(
    ("name", "keyword"),
    [("sum", "out"), ("mean", "out"), ("argmax", "keepdims"), ("var", "out"), ("clip", "out")],
)
def test_a_keyword_that_is_not_supported_is_named(name: str, keyword: str) -> None:
    with pytest.raises(UnsupportedError, match=keyword):
        _call(name, np.ones(3), **{keyword: np.float32})


def test_how_people_read_it() -> None:
    def text(name: str, *operands: str, **params: Any) -> str:
        return Structural.of(name, **params).describe(operands)

    assert text("matmul", "x", "W") == "x @ W"
    assert text("transpose", "x", axes=None) == "x.T"
    assert text("sum", "x", axis=(0,), keepdims=False) == "sum(x, axis=0)"
    assert text("getitem", "x", index=(0, ("slice", 1, None, None))) == "x[0, 1:]"
    assert text("array", "a", "b", "1.0", "c", shape=(2, 2)) == "array([[a, b], [1.0, c]])"


def test_a_chain_of_everything() -> None:
    """A small network, twice differentiated."""
    rng = np.random.default_rng(3)
    arrays = [rng.normal(size=s) for s in ((5, 3), (3, 4), (4,), (4,))]
    x, w, b, v = inputs = tuple(Var(n, aval_of(a)) for n, a in zip("xwbv", arrays, strict=True))
    ops = Builder()
    hidden = ops.tanh(ops.add(ops.matmul(x, w), b))
    score = ops.matmul(hidden, v)
    loss = ops.mean(ops.logaddexp(score, 0.0))
    check_program(name_uniquely(Program("loss", inputs, ops.statements, (loss,))), arrays)


def test_every_differentiable_entry_states_its_policy() -> None:
    for entry in TABLE.elementwise():
        for kink in entry.kinks:
            assert len(kink.at) == len(kink.partials) == entry.arity
            assert kink.note
    assert math.isnan(_elementwise("nan_to_num").kinks[0].at[0])


@pytest.mark.parametrize(
    "name", [e.name for e in TABLE.elementwise() if e.differentiable and e.arity == 1]
)
def test_of_a_sum_of_negative_terms(name: str) -> None:
    """SymPy would pull a minus sign out of `-x - y`, over and over."""
    from symdiff.operations.table.template import Template

    template = Template.of((0, "neg", 1, "sub", name))
    assert len(template.linearization((0, 1)).partials) == 2


def test_a_shared_line_inside_an_arm() -> None:
    from symdiff.operations.table.template import Literal, Template

    zero = Literal.of(0.0)
    # log1p(y) is guarded in the first operand of hypot, not guarded in the second.
    arm = (0, zero, "gt", 1, "log1p", 0, "exp", "mul", zero, "where")
    template = Template.of((*arm, "tanh", *arm, "cosh", "mul", 1, "log1p", "erf", "mul"))
    inputs = tuple(Var(n, FLOAT) for n in "xy")
    ops = Builder()
    output = ops.emit(template, inputs)
    check_program(name_uniquely(Program("f", inputs, ops.statements, (output,))), [0.5, 0.7])
