"""What is peculiar to `target="numba"`; `test_native.py` runs on it, too, where it is installed."""

from __future__ import annotations

import math
import re
import sys
import warnings
from typing import Any

import numpy as np
import pytest

from symdiff import grad, value_and_grad
from symdiff.compile.native.jitted import building, function
from symdiff.compile.native.jitted.translation import Translation
from symdiff.operators.targets import NativeWarning
from symdiff.program.trees import flatten

from . import functions
from .functions import CASES

with_numba = pytest.mark.skipif(
    building.why_not() is not None, reason=f"no native code: {building.why_not()}"
)


def test_what_is_too_long_runs_as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function, "why_not", lambda: None)
    monkeypatch.setattr(function, "_MOST", 2)
    native = grad(functions.polynomial, target="numba")
    with pytest.warns(NativeWarning, match="lines are too many for numba"):
        assert native(2.0) == grad(functions.polynomial)(2.0)


def test_without_numba_the_python_form_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    native = grad(functions.polynomial, target="numba")
    with pytest.warns(NativeWarning, match=r"runs as Python: .*pip install numba") as caught:
        assert native(2.0) == grad(functions.polynomial)(2.0)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        native(3.0)
    assert "pip install numba" in native.native[0]


@pytest.mark.parametrize(
    ("lines", "values", "expected"),
    [
        (["const double t = x > 0.0 ? x * x : -x;"], {"x": -1.5}, {"t": 1.5}),
        (["const npy_bool t = !(x < 1.0) && 1 != 2;"], {"x": 0.5}, {"t": 0}),
        (["int64_t n = (int64_t)floor(x);", "if (n < 0) n += 5;"], {"x": -2.5}, {"n": 2}),
        (["int64_t s = 0;", "for (int64_t i = 0; i < 4; ++i) {", "s += i;", "}"], {}, {"s": 6}),
        (
            ["int64_t k = 0;", "for (k = 0; k < 9; ++k) {", "if (k >= 3) break;", "}"],
            {},
            {"k": 3},
        ),
        (
            ["double y = 0.0;", "if (x > 1.0) {", "y = x;", "} else {", "y = 2 * x;", "}"],
            {"x": 1.0},
            {"y": 2.0},
        ),
        (["const double q = (double)INT64_C(7) / 2.0;"], {}, {"q": 3.5}),
        (["const int64_t q = 7 / 2;"], {}, {"q": 3}),
    ],
)
def test_lines_of_c_mean_what_they_mean_in_c(
    lines: list[str], values: dict[str, Any], expected: dict[str, Any]
) -> None:
    translation = Translation()
    translation.known.types.update(dict.fromkeys(values, "f"))
    translation.all(lines)
    text = "\n".join(["def f():", *translation.lines, f"    return ({', '.join(expected)},)"])
    space = {**values, "math": math, "np": np, "float64": float, "int64": int, "uint8": int}
    exec(text, space)
    assert space["f"]() == tuple(expected.values())


@pytest.mark.parametrize(
    "line",
    [
        "goto elsewhere;",
        "const double t = unknown_1 + 1.0;",
        "const double t = system(x);",
        "PyObject *found = PyDict_New();",
        "for (;;) {",
        "x = y ? 1.0;",
    ],
)
def test_a_line_that_is_not_known_has_no_form(line: str) -> None:
    translation = Translation()
    translation.known.types.update(x="f", y="f")
    with pytest.raises(function.NoNativeForm, match="no form"):
        translation.line(line)


@pytest.mark.parametrize(("f", "wrt", "calls"), CASES, ids=[f.__name__ for f, _, _ in CASES])
def test_programs_are_translated_whole(
    f: Any, wrt: Any, calls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without numba, too: each is text that Python reads, and what misses runs as Python."""
    texts: list[str] = []

    def unfit(text: str, given: Any) -> Any:
        compile(text, "<translated>", "exec")
        texts.append(text)
        results = len(set(re.findall(r"found_\d+", text.rsplit("return", 1)[1])))
        return lambda *values: (1, *[None] * results)

    monkeypatch.setattr(function, "compiled", unfit)
    monkeypatch.setattr(function, "why_not", lambda: None)
    plain, native = grad(f, wrt), grad(f, wrt, target="numba")
    for call in calls:
        for found, expected in zip(
            flatten(native(*call))[0], flatten(plain(*call))[0], strict=True
        ):
            np.testing.assert_array_equal(found, expected)
    assert set(native.native) == {"native"}
    assert len(texts) == len(native.native)


@with_numba
def test_zero_divided_by_and_domains_are_misses() -> None:
    def f(x: float, n: int) -> float:
        return math.log(x) / n + (7 // n) * x + math.sqrt(x) ** n

    native, plain = grad(f, target="numba"), grad(f)
    for call in ((2.0, 3), (2.0, 0), (-1.0, 2), (2.0, 2**62), (1e300, 3), (2.0, -2), (2.0, 3)):
        for _ in range(2):
            try:
                expected = plain(*call)
            except ArithmeticError as error:
                with pytest.raises(type(error), match=re.escape(str(error))):
                    native(*call)
            except ValueError as error:
                with pytest.raises(ValueError, match=re.escape(str(error))):
                    native(*call)
            else:
                assert native(*call) == pytest.approx(expected, rel=1e-14)


@with_numba
def test_sums_are_those_of_numpy_to_the_last_bit() -> None:
    def f(x: Any) -> Any:
        return np.sum(x * x) * x[0]

    native, plain = value_and_grad(f, target="numba"), value_and_grad(f)
    for n in (1, 7, 8, 100, 129, 1000, 4099):
        x = np.cos(np.arange(1.0, n + 1))
        for _ in range(2):
            (a, da), (b, db) = native(x), plain(x)
            assert a == b
            np.testing.assert_array_equal(da, db)


@with_numba
def test_large_products_are_numpys() -> None:
    def f(a: Any) -> Any:
        return np.sum((a @ a) * a)

    native = grad(f, target="numba")
    with pytest.warns(NativeWarning, match="products of large matrices"):
        np.testing.assert_array_equal(native(np.ones((60, 60))), grad(f)(np.ones((60, 60))))
    small = np.cos(np.arange(9.0)).reshape(3, 3)
    quick = grad(lambda a: np.sum((a @ a) * a), target="numba")
    np.testing.assert_allclose(quick(small), grad(f)(small), rtol=1e-14)
    assert quick.native == ("native",)


@with_numba
def test_numba_that_compiles_nothing_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import numba

    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    native = grad(functions.polynomial, target="numba")
    with pytest.warns(NativeWarning, match="NUMBA_DISABLE_JIT"):
        assert native(2.0) == grad(functions.polynomial)(2.0)


@with_numba
def test_what_has_no_form_runs_as_python() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.linalg.solve(np.outer(x, x) + np.eye(3), x))

    native = grad(f, target="numba")
    x = np.array([0.5, -1.0, 2.0])
    with pytest.warns(NativeWarning, match=r"test_numba.py:\d+: .*'solve' has no native form"):
        np.testing.assert_array_equal(native(x), grad(f)(x))
