"""Every entry of the table is checked; some need words of their own."""

from __future__ import annotations

import math
import warnings
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
from symdiff.operations.table.linearization import linearization
from symdiff.operations.table.structural import Structural
from symdiff.program.program import FLOAT, Aval, Program, Var, aval_of, name_uniquely, validate
from symdiff.testing import call_program, check_primitive, check_program, evaluate

from ..testing.test_check_primitive import _elementwise

pytestmark = pytest.mark.sampled(every=79)


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
        "tip_length",
        "tip_half",
        "tip_bend",
        "at_tip",
        "at_even_tip",
        "at_root",
        "tip_slope",
        "near_tip",
        "held",
        "on_tip",
        "off_tip",
    ),  # test_tips
    "still_length",
    "sech_squared",  # tests/optimize/test_tangents.py
    *("tied", "tied_along", "first_taken", "first_toward", "larger_taken", "smaller_taken"),
    *("maximum_along", "minimum_along", "fmax_along", "fmin_along"),
    *("larger_along", "smaller_along"),  # test_ties
    *("shared", "shared_along", "first_extreme", "extreme_toward", "chosen_extreme"),
    *("taken_extreme", "order_of", "order_toward", "place_of", "place_toward"),
    *("facing", "generic_direction"),  # test_kinks_together
    *(
        "abs_along",
        "abs_side",
        "side",
        "side_toward",
        "sided",
        "sided_one",
        "along_side",
        "along_one",
    ),  # test_sides
    *("of_symmetric", "whole_of_symmetric", "change_of_symmetric", "second_differences"),
    "of_singular",
    *("double", "float_single", "tensor_dim", "tensor_numel", "torch_to", "torch_type_as"),
}


@pytest.mark.parametrize("name", [n for n in TABLE.entries if n not in INACTIVE])
def test_primitive(name: str) -> None:
    check_primitive(TABLE.entries[name], reference=REFERENCES.get(name))


SMOOTH = [e.name for e in TABLE.elementwise() if e.differentiable and e.name not in INACTIVE]


@pytest.mark.parametrize("name", SMOOTH)
def test_a_second_seed(name: str) -> None:
    check_primitive(TABLE.entries[name], reference=REFERENCES.get(name), seed=1)


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
    assert len(linearization(template, (0, 1)).partials) == 2


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
