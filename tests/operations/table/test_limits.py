"""Quotients that are 0/0 somewhere, in whatever form they are written, against mpmath."""

from __future__ import annotations

import linecache
import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff import derivative, grad

FORMS = (
    *("y*sin(x)/x", "sin(y*x)/x", "sin(x)/(x*y)", "y*sin(x)/(2*x)", "sin(x)/y/x", "sin(x)*(1/x)"),
    *("y*x**-1*sin(x)", "sin(x)*y*x**-1.0", "(1/x)*y*sin(2*x)", "sin(x)*cos(x)/x", "-3*sin(x)*y/x"),
    *("sin(x)*tanh(x)/x**2", "y*sin(x)**2/x**2", "sin(y*x)**2/x**2", "sin(x)*tan(y*x)/x"),
    *("y*x/sin(x)", "x*cos(x)/sin(x)", "y*x/expm1(x)", "expm1(-y*x)/x", "exp(y)*log1p(x)/x"),
    *("sin(5*x)/sin(x)", "sin(y*x)/sin(x)", "tanh(x)/sin(y*x)", "log1p(x)/expm1(x)", "erf(x)*y/x"),
    *("sin(x*y + x)/x", "sin(x + x*x)/(x*y)", "atan(x*y)/x", "log(1 + y*x)/x", "sinh(x)/tan(2*x)"),
)
INACCURATE = (
    "(1 - exp(-y*x))/x",
    "(1 - cos(y*x))/x**2",
    "(1 - cos(x))*x**-2",
    "(exp(x*y) - 1)/(y*x)",
)
"""Whose values cancel, and whose derivatives do not."""

APART = {
    "sine": ("s = sin(x)\n    d = 2*x\n    return 3*s*y/d + 0*s", "3*sin(x)*y/(2*x)"),
    "annuity": ("v = exp(-y*x)\n    a = (1 - v)/x\n    return a + 0*v", "(1 - exp(-y*x))/x"),
    "factor": (
        "e = -expm1(-y*x)\n    d = y*x\n    b = e/d\n    return b*b",
        "(expm1(-y*x)/(y*x))**2",
    ),
    "cosine": (
        "c = cos(x)\n    d = 1 - c\n    q = x*x\n    return d/q + y",
        "(1 - cos(x))/x**2 + y",
    ),
    "logarithm": ("l = log(1 + x)\n    return l/x + 0*l", "log(1 + x)/x"),
    "behind": ("l = log1p(2*x)\n    return y/x*l", "y*log1p(2*x)/x"),
    "scaled": ("s = tanh(x)\n    a = 3*s\n    b = x*y\n    return a/b + 0*s", "3*tanh(x)/(x*y)"),
    "functions": ("a = sin(3*x)\n    b = sin(x)\n    return a/b + 0*b", "sin(3*x)/sin(x)"),
}
NAMES = ("sin", "cos", "tan", "sinh", "tanh", "atan", "exp", "expm1", "log", "log1p", "erf")


def function(body: str) -> Callable[..., Any]:
    source = f"def f(x, y):\n    {body}\n"
    file = f"<limit {body}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    names: dict[str, Any] = {n: getattr(math, n) for n in NAMES}
    exec(compile(source, file, "exec"), names)
    made: Callable[..., Any] = names["f"]
    return made


def wanted(form: str, x: float, y: float) -> dict[str, float]:
    """First and second derivatives, by differences of 150 digits."""
    names = {n: getattr(mpmath, n) for n in NAMES}
    code = compile(form, form, "eval")
    with mpmath.workdps(150):
        a, b = mpmath.mpf(x), mpmath.mpf(y)
        h = mpmath.mpf(10) ** -35 * abs(a)
        k = mpmath.mpf(10) ** -35

        def at(i: int, j: int) -> Any:
            return eval(code, {**names, "x": a + i * h, "y": b + j * k})

        return {
            "x": float((at(1, 0) - at(-1, 0)) / (2 * h)),
            "y": float((at(0, 1) - at(0, -1)) / (2 * k)),
            "xx": float((at(1, 0) - 2 * at(0, 0) + at(-1, 0)) / h**2),
            "xy": float((at(1, 1) - at(-1, 1) - at(1, -1) + at(-1, -1)) / (4 * h * k)),
        }


def check(f: Callable[..., Any], form: str) -> None:
    g = grad(f, wrt=("x", "y"))
    twice = grad(grad(f), wrt=("x", "y"))
    forward = derivative(f)
    for x, y in ((1e-9, 0.7), (-1e-4, 1.3), (0.3, 0.7), (1.1, -0.6)):
        want = wanted(form, x, y)
        dx, dy = g(x, y)
        dxx, dxy = twice(x, y)
        have = {"x": dx, "y": dy, "xx": dxx, "xy": dxy}
        for name, value in want.items():
            assert have[name] == pytest.approx(value, rel=1e-9, abs=1e-14), (name, x, y)
        assert forward(x, y) == pytest.approx(want["x"], rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("form", [*FORMS, *INACCURATE])
def test_a_quotient(form: str) -> None:
    check(function(f"return {form}"), form)


@pytest.mark.parametrize("name", APART)
def test_in_several_statements(name: str) -> None:
    body, form = APART[name]
    check(function(body), form)


def spread(v: Any, y: float) -> Any:
    s = np.sin(v)
    a = y * s
    return (a / v).sum() + (np.expm1(-y * v) / v).sum() + 0.0 * s[0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_of_arrays(dtype: str) -> None:
    v = np.array([1e-7, -1e-3, 0.2, 1.5], dtype)
    have = grad(spread)(v, 0.7)
    parts = ("y*sin(x)/x", "expm1(-y*x)/x")
    want = [sum(wanted(form, float(x), 0.7)["x"] for form in parts) for x in v]
    assert have == pytest.approx(want, rel=1e-9 if dtype == "float64" else 1e-5)


@pytest.mark.parametrize("form", ["sin(x)/y", "y*sin(x + 1)/x", "x/cos(x)", "exp(x)/x", "sin(y)/x"])
def test_others_are_quotients_like_any(form: str) -> None:
    """What has no limit of this kind is differentiated as a quotient, without a choice."""
    text = grad(function(f"return {form}")).source(0.5, 0.7)
    assert "near_0" not in text
    assert " if abs" not in text


def test_long_chains_of_what_vanishes_are_looked_through_so_far_only() -> None:
    """What each statement is made of grows with the statements behind it, if all are looked at."""
    lines = ["a = sin(x)", "b = x"]
    for _ in range(40):
        lines += ["a = sin(a)*b/x", "b = sin(b)*a*y/a"]
    f = function("\n    ".join([*lines, "return a/b"]))  # both stay of the size of one
    step = 1e-6
    want = (f(0.9 + step, 1.2) - f(0.9 - step, 1.2)) / (2 * step)
    assert grad(f)(0.9, 1.2) == pytest.approx(want, rel=1e-5)
