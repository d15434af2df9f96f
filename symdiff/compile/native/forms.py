"""The C form of each elementwise entry of the table: one line an operation.

Forms are written for floats. What does something else with whole numbers (`add`, `floordiv`, a
comparison) is in `arithmetic.py`. An operation that is in neither has no native form.
"""

from __future__ import annotations

from ...records import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """How C computes an operation of floats.

    Attributes:
        text: C, operands as `{0}`, `{1}`: each is a name or a number.
        array: the same for elements of arrays, where that differs.
        checked: Python raises where the result is no finite number, so that one is a miss.
        kind: of the result: `f` a float, `b` a bool, `i` a whole number.
    """

    text: str
    array: str = ""
    checked: bool = False
    kind: str = "f"

    def of(self, elements: bool) -> str:
        """The text for numbers, or for elements of arrays."""
        return self.array if elements and self.array else self.text


def _raising(text: str, array: str = "") -> Form:
    return Form(text, array, checked=True)


_LIBRARY = {
    **{name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "sqrt")},
    **{name: name for name in ("expm1", "log2", "log10", "log1p", "asin", "acos", "atan", "asinh")},
    **{name: name for name in ("acosh", "atanh", "erf", "erfc", "exp2", "lgamma")},
    "gamma": "tgamma",
    "deviation": "sqrt",
}

FORMS: dict[str, Form] = {
    **{name: _raising(f"{c}({{0}})") for name, c in _LIBRARY.items()},
    "div": _raising("{0} / {1}"),
    "atan2": Form("atan2({0}, {1})"),
    "hypot": _raising("hypot({0}, {1})"),
    "fmod": _raising("fmod({0}, {1})"),
    "ieee_remainder": _raising("remainder({0}, {1})"),
    "copysign": Form("copysign({0}, {1})"),
    "cbrt": Form("cbrt({0})"),
    "sech": _raising("1.0 / cosh({0})"),
    "reciprocal": _raising("1.0 / {0}"),
    "square": Form("{0} * {0}"),
    "degrees": Form("{0} * (180.0 / 3.141592653589793)"),
    "radians": Form("{0} * (3.141592653589793 / 180.0)"),
    "sigmoid": Form("sd_sigmoid({0})"),
    "logaddexp": Form("sd_logaddexp({0}, {1})"),
    "over": _raising("{0} / {1}", "sd_over({0}, {1})"),
    "share": _raising("{0} / {2}", "sd_over({0}, {2})"),
    "radial": _raising("{0} * ({1} / {2})", "{0} * sd_over({1}, {2})"),
    "square_over": _raising("{0} * ({0} / {1})"),
    "relative": Form("({1} != 0.0 ? {0} / {1} : {0})"),
    "sinc": Form("sd_sinc({0})"),
    # what only tells derivatives something
    **{
        name: Form("{0}")
        for name in ("length", "scaled_length", "magnitude", "tip_length", "at_tip", "at_even_tip")
    },
    **{
        name: Form("{0}")
        for name in ("at_root", "tip_slope", "held", "tip_bend", "valued", "given")
    },
    "tip_half": Form("0.5"),
    "vanishing": Form("0.0"),
    "cusp": Form("0.0"),
    "log_power_at_0": _raising(
        "({2} > 0.0 ? 0.0 : {0} == 0.0 && {2} == 0.0 ? 1.0 : NAN)",
        "({2} > 0.0 ? 0.0 : {0} == 0.0 && {2} == 0.0 ? 1.0"
        " : (1.0 - 2.0 * fabs(fmod({0}, 2.0))) * INFINITY)",
    ),
    "unless_zero": Form("({0} == 0.0 ? 0.0 : NAN)", "({0} == 0.0 ? {0} : NAN)"),
    "near_tip": Form("({0} == 0.0 || {0} * {0} * fabs({2}) <= 1e-8 * fabs({1}))", kind="b"),
    "on_tip": Form("({1} == 0.0 ? {0} : 0.0)"),
    "off_tip": Form("({1} != 0.0 ? {0} : 0.0)"),
    "still_length": Form("({0} != 0.0 ? {0} : 1.0)"),
    # with kinks
    "abs_along": Form("fabs({0})"),
    "abs_side": Form("fabs({0})"),
    "side": Form("({0} < 0.0 ? -1.0 : 1.0)"),
    "side_toward": Form("sd_side_toward({0}, {1}, {2}, {3})"),
    "sided": Form("{0} * sd_sign({1})"),
    "sided_one": Form("sd_sign({0})"),
    "along_side": Form("{0} * {2}"),
    "along_one": Form("{1}"),
    "sign": Form("sd_sign({0})"),
    "floor": Form("floor({0})"),
    "ceil": Form("ceil({0})"),
    "trunc": Form("trunc({0})"),
    "rint": Form("rint({0})"),
    "heaviside": Form(
        "({0} != {0} ? {0} : {0} < 0.0 ? 0.0 : {0} > 0.0 ? 1.0 : {1})",
    ),
    "isnan": Form("({0} != {0})", kind="b"),
    "isfinite": Form("(fabs({0}) < INFINITY)", kind="b"),
    "isinf": Form("(fabs({0}) == INFINITY)", kind="b"),
    "signbit": Form("(signbit({0}) != 0)", kind="b"),
    "tied": Form("0.5 * {0}"),
    "tied_along": Form("{0} * {1}"),
    "first_taken": Form("({0} < 0.0 ? 0.0 : 1.0)"),
    "first_toward": Form("0.5 + 0.5 * sd_side_toward({0}, {1}, {2}, {3})"),
    "larger_taken": Form("({2} != 0.0)", kind="b"),
    "smaller_taken": Form("({2} != 0.0)", kind="b"),
    **{name: Form("sd_maximum({0}, {1})") for name in ("maximum", "maximum_along")},
    **{name: Form("sd_minimum({0}, {1})") for name in ("minimum", "minimum_along")},
    **{name: Form("sd_fmax({0}, {1})") for name in ("fmax", "fmax_along")},
    **{name: Form("sd_fmin({0}, {1})") for name in ("fmin", "fmin_along")},
    **{name: Form("({1} > {0} ? {1} : {0})") for name in ("larger", "larger_along")},
    **{name: Form("({1} < {0} ? {1} : {0})") for name in ("smaller", "smaller_along")},
    "shared": Form("({1} != 0.0 ? {0} : 0.0)"),
    "shared_along": Form("{0} * {2} * {3}"),
    "weighted_exp": _raising("({0} != 0.0 ? {0} * exp({1}) : 0.0)"),
    # of SciPy
    "xlogy": _raising("({0} == 0.0 && {1} == {1} ? 0.0 : {0} * log({1}))"),
    "xlog1py": _raising("({0} == 0.0 && {1} == {1} ? 0.0 : {0} * log1p({1}))"),
    "entr": _raising("({0} > 0.0 ? -{0} * log({0}) : {0} == 0.0 ? 0.0 : -INFINITY)"),
    "huber": Form(
        "(fabs({1}) <= {0} ? 0.5 * {1} * {1} : {0} * (fabs({1}) - 0.5 * {0}))",
    ),
    "exp10": _raising("pow(10.0, {0})"),
}
