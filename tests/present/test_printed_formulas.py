"""Printed formulas mean what the function does: read back as Python, and computed with NumPy."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
import re
from typing import Any

import numpy as np
import pytest
import scipy.special
from click.testing import CliRunner

import tests.zoo
from symdiff import SymdiffError, grad
from symdiff.command.cli import main
from symdiff.command.targets import unused_lengths
from symdiff.present.lengths import fit, fit_number, generalize
from symdiff.present.show import show
from symdiff.specialize.paths import enumerate_paths

from .readback import defined, rows_of, value_of

pytestmark = pytest.mark.sampled(every=61)

VECTORS: dict[str, Any] = {
    "negated product": lambda a, b: -a[0] * (a @ b),
    "quotient": lambda x, y: 2 * (x @ y) * x[0] / (y @ y),
    "negated square": lambda x: -((x @ x) ** 2),
    "square of negated": lambda x: (-(x @ x)) ** 2,
    "exponential of negated": lambda x, y: np.exp(-(x @ y)),
    "inverse": lambda x, y: (x @ y) ** -1,
    "nested quotient": lambda x, y: 1 / (x @ y / (y @ y)),
    "products of products": lambda x, y: (x @ x) * (y @ y) / (x @ y) ** 2,
    "power of product": lambda x, y: 2.0 ** (x @ y),
    "product in a power": lambda x, y: (x @ y) ** (x @ x),
    "difference of products": lambda x, y: x @ y - (y @ y - x @ x),
    "negated sum": lambda x, y: -(x + y) @ x,
    "scaled": lambda x, y: (3 * x) @ (y / 2),
    "nested products": lambda x, y: ((x * y) @ x) * ((y - x) @ y),
    "distance": lambda x, y: np.sqrt((x - y) @ (x - y)),
    "cosine": lambda x, y: x @ y / np.sqrt((x @ x) * (y @ y)),
    "standard deviation": lambda x: np.std(x),
    "variance": lambda x: np.var(x),
    "variance of a sample": lambda x: np.var(x, ddof=1),
    "deviation of a sample": lambda x: np.std(x, ddof=1) / np.mean(x),
    "mean": lambda x: np.mean(x),
    "mean of squares": lambda x: np.mean(x * x) - np.mean(x) ** 2,
    "centred": lambda x: np.mean((x - np.mean(x)) ** 2),
    "centred cube": lambda x: np.mean((x - x.mean()) ** 3) / np.std(x) ** 3,
    "last": lambda x: x[-1] * x[0],
    "last but one": lambda x: x[-2] ** 2,
    "inner": lambda x: np.sum(x[1:-1] ** 2),
    "differences": lambda x: np.sum((x[1:] - x[:-1]) ** 2),
    "second differences": lambda x: np.sum(np.diff(x, 2) ** 2),
    "differences of exponentials": lambda x: np.sum(np.exp(x[1:]) * x[:-1]),
    "reversed": lambda x: np.sum(x[::-1] * x),
    "rolled": lambda x: np.sum(np.roll(x, 1) * x),
    "summed up": lambda x: np.sum(np.cumsum(x) ** 2),
    "every other": lambda x: np.sum(x[::2] ** 2),
    "norm": lambda x: np.linalg.norm(x[1:]),
    "largest": lambda x: np.max(x * 2),
    "smallest": lambda x: np.min(x[1:]) + np.sum(x),
    "log of sum": lambda x: scipy.special.logsumexp(x),
    "softmax": lambda x: np.sum(np.exp(x) / np.sum(np.exp(x)) * x),
    "choice": lambda x: np.sum(np.where(x > 0, x**2, -x)),
    "choice of a mean": lambda x: np.sum(np.where(x > np.mean(x), x, 0)),
    "clipped": lambda x: np.sum(np.clip(x, -0.5, 0.5) * x),
    "larger": lambda x, y: np.sum(np.maximum(x, y) * y),
    "concatenated": lambda x: np.sum(np.concatenate([x[1:], x**2]) ** 2),
    "stacked": lambda x: np.sum(np.stack([x[1:], x[:-1]]) ** 3),
    "weighted": lambda x: np.average(x, weights=x * x),
    "row and column": lambda x: np.sum(x[:, None] * x),
    "difference of each pair": lambda x: np.sum((x[:, None] - x[None, :]) ** 2),
    "convolved": lambda x: np.sum(np.convolve(x[:], x)),
    "written": lambda x: _written(x),
    "written to a view": lambda x: _written_to_a_view(x),
    "not written": lambda x: _not_written(x),
    "sum of a number": lambda x, c: np.sum(x - c) ** 2,
    "of the first": lambda x: x[0] ** (x[1] ** 2) ** -1,
    "of negated items": lambda x: (-x[0]) ** 3 / -x[1] - (-x[1]) ** 3,
    "mean of a third": lambda x: np.sum(x - x.mean() / 3),
    "means of parts": lambda x: np.mean(x[1:]) * np.mean(x[:-1]),
    "mean of differences": lambda x: np.mean(np.diff(x) ** 2),
    "product": lambda x: np.prod(x[:3]),
}

NUMBERS: dict[str, Any] = {
    "negated power": lambda x: -(x**2) + (-x) ** 2,
    "power of power": lambda x: (x**2) ** 0.5 + (x**2) ** (2**0.5),
    "quotient of quotients": lambda x, y: x / (y / (x + y)) / (x / y),
    "negated quotient": lambda x, y: -x / -y - -(x / -y),
    "mixed": lambda x, y: (x - (y - (x - 1))) * -(x - y),
    "modulo": lambda x: (x * 3) % 2 - -x % 3,
    "floor": lambda x: x // 0.3 * -x,
    "nested choice": lambda x, y: (x if x > y else (y if y > 0 else -y)) * 2 + 1,
    "choice in a product": lambda x, y: -(x if x > 0 else y) * y,
    "both": lambda x, y: x if x > 0 and y > 0 else y * x,
    "either": lambda x, y: x if x > 0 or y > 0 else y * x,
    "neither": lambda x, y: x if not (x > 0 or y > 1) else y * x,
    "none of x": lambda x: _stops(x),
    "never": lambda x: x * x if 0 * x > 1 else x,
    "logs": lambda x: math.log(x * x) - math.log2(x * x + 1) * math.log10(x * x + 2),
    "hyperbolic": lambda x: math.tanh(x) * math.cosh(x) - math.sinh(-x) / math.exp(-x),
    "inverse": lambda x: math.atan(x) * math.asinh(x) + math.atan2(x, 2.0),
    "special": lambda x: math.erf(x) * math.lgamma(x * x + 1) - math.erfc(-x),
    "sizes": lambda x: 1e-300 * x * 1e300 + 1e20 * x,
    "fractions": lambda x: x / 3 + 0.1 * x * 3 - 2 * x / 7,
    "absolute": lambda x: abs(x) ** 3 * -abs(-x),
    "largest": lambda x, y: max(x, y, 0.1) * -min(x, -y),
    "roots": lambda x: math.sqrt(x * x + 1) ** -3 + (x * x) ** (1 / 3),
    "power of a power": lambda x, y: (x * x) ** (y**2) ** (x * x),
}


def _written(x):
    a = np.zeros(4)
    a[1:3] = x[:2] * 2
    a[0] += x[1]
    return a @ a


def _written_to_a_view(x):
    a = np.ones((2, 2))
    b, c = a[0], a.T
    b[1] = x[0]
    c[0, 1] = x[1]
    return (a * a).sum() + b[1] * c[1, 0]


def _not_written(x):
    y = 1.0 * x
    z = y[[0, 1]]
    z[0] = 7.0
    return z.sum() + y @ y


def _stops(x):
    total = 0.0
    for k in range(3):
        total += x * k
        if total > 1:
            break
    return total * x


def printed(function, limit=16):
    """The text of a function without line breaks, and the values that it is about."""
    lengths = unused_lengths(function)
    paths = enumerate_paths(function, {}, limit, lengths[0])
    inputs = {v.name: v.aval.shape for p in paths for v in p.program.inputs if v.aval.is_inexact}
    others = []
    if (lengths[0],) in inputs.values():
        others = [enumerate_paths(function, {}, limit, n) for n in lengths[1:]]
    wrt = [name for name in inspect.signature(function).parameters if name in inputs]
    text = show("f", paths, wrt, width=10**6, lengths=lengths, others=others)
    return text, {name: bool(inputs[name]) for name in wrt}


def check(function, sizes=(5, 8), limit=16):
    text, inputs = printed(function, limit)
    assert not re.search(r"\b10(09|13|10|08|12)\b|0\.00099|zoo", text), text
    if "line by line" in text:
        return
    rows = rows_of(text)
    rng = np.random.default_rng(0)
    outside = inspect.getclosurevars(inspect.unwrap(function))
    around = {**outside.globals, **outside.nonlocals}
    for n in sizes if any(inputs.values()) else sizes[:1]:
        for sign in (1, -1):
            point = {
                name: sign * (rng.uniform(0.2, 1.5, n) if array else float(rng.uniform(0.2, 1.5)))
                for name, array in inputs.items()
            }
            values = {k: np.array(v) if np.ndim(v) else v for k, v in point.items()}
            try:
                with np.errstate(all="ignore"):
                    expected = [function(**point), *grad(function, wrt=tuple(point))(**point)]
            except (ArithmeticError, AssertionError, AttributeError, SymdiffError, ValueError):
                continue  # no value there, or none of a number
            if np.isnan(expected[0]).any():
                continue
            known = defined(text, {**around, **values})
            for (label, cases), value in zip(rows.items(), expected, strict=True):
                found = np.broadcast_to(value_of(cases, known), np.shape(value))
                np.testing.assert_allclose(
                    found, value, rtol=1e-9, atol=1e-12, err_msg=f"{label}\n{text}"
                )


@pytest.mark.parametrize("name", VECTORS)
def test_formulas_of_arrays(name):
    check(VECTORS[name])


@pytest.mark.parametrize("name", NUMBERS)
def test_formulas_of_numbers(name):
    check(NUMBERS[name])


def zoo():
    modules = [m.name for m in pkgutil.iter_modules(tests.zoo.__path__)]
    for name in modules:
        module = importlib.import_module(f"tests.zoo.{name}")
        for function in vars(module).values():
            own = inspect.isfunction(function) and function.__module__ == module.__name__
            if own and not hasattr(function, "__wrapped__"):
                kinds = {p.kind for p in inspect.signature(function).parameters.values()}
                if kinds == {inspect.Parameter.POSITIONAL_OR_KEYWORD}:
                    yield pytest.param(function, id=f"{name}.{function.__name__}")


@pytest.mark.parametrize("function", list(zoo())[::4])
def test_formulas_of_the_zoo(function):
    try:
        printed(function, limit=3)
    except (SymdiffError, ArithmeticError, LookupError, AssertionError, TypeError, ValueError):
        pytest.skip("is not shown without values")
    try:
        check(function, limit=3)
    except AttributeError:
        pytest.skip("is written with an attribute that the text alone does not tell")


LATEX = {
    "f(a, b): return -a[0]*(a @ b)": r"\left(a^{\mathsf{T}} \, b\right) \, e_{1}",
    "f(x): return x @ x / len('ab')": r"x \, x",
    "f(x): return -(x @ x)**2": r"- \left(x \, x\right)^{2}",
    "f(x): return np.mean(x**3)": r"\operatorname{len}{\left(x\right)}",
}


@pytest.mark.parametrize("text", LATEX)
def test_latex_has_brackets_and_lengths(tmp_path, text):
    (tmp_path / "f.py").write_text(f"import numpy as np\ndef {text}\n")
    result = CliRunner().invoke(main, ["show", str(tmp_path / "f.py"), "--format", "latex"])
    assert result.exit_code == 0, result.output
    assert LATEX[text] in result.stdout
    assert "100" not in result.stdout


@pytest.mark.parametrize("form", ["text", "latex", "program"])
@pytest.mark.parametrize("name", ["np.std(x)", "np.var(x, ddof=1)", "x[-1]", "np.mean(x[1:])"])
def test_no_length_leaks(tmp_path, form, name):
    (tmp_path / "f.py").write_text(f"import numpy as np\ndef f(x): return {name}\n")
    result = CliRunner().invoke(main, ["show", str(tmp_path / "f.py"), "--format", form])
    assert not re.search(r"\b10[0-9][0-9]\b|\b0\.0009|\b50[0-9]\b", result.output), result.output
    assert result.exit_code == 0


def test_python_that_depends_on_the_length_is_refused(tmp_path):
    (tmp_path / "f.py").write_text("import numpy as np\ndef f(x): return np.var(x, ddof=1)\n")
    result = CliRunner().invoke(main, ["show", str(tmp_path / "f.py"), "--format", "python"])
    assert result.exit_code == 1
    assert '--at "x=[1, 2, 3]"' in result.output


def test_what_is_no_simple_matter_of_the_length_is_refused(tmp_path):
    (tmp_path / "f.py").write_text("import numpy as np\ndef f(x): return np.median(x[1:])\n")
    result = CliRunner().invoke(main, ["show", str(tmp_path / "f.py")])
    assert result.exit_code == 1
    assert "depends on len(x)" in result.output


def test_fits():
    lengths = [1009, 1013, 1010]
    assert fit([504, 506, 505], lengths) is None
    assert fit([2018, 2026, 2020], lengths).text("n") == "2*n"
    assert fit([1007, 1011, 1009], lengths) is None
    assert fit_number([3 / 1009, 3 / 1013, 3 / 1010], lengths).top == 3
    assert fit_number([0.1, 0.2, 0.3], lengths) is None
    assert generalize(["a 1", "a 1", "b 1"], lengths, "n") is None
    assert generalize(["x[3:1008]", "x[3:1012]", "x[3:1009]"], lengths, "n") == "x[3:n - 1]"
    assert generalize(["y/1008", "y/1012", "y/1009"], lengths, "n") == "y/(n - 1)"
