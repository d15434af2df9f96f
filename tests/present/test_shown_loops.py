"""Loops that are shown without values: their formulas hold for every count and length."""

from __future__ import annotations

import contextlib
import importlib.util
import random
import re
import time

import numpy as np
import pytest
from click.testing import CliRunner

import symdiff
from symdiff.command.cli import main

from . import loops_summed, loops_told, loops_written
from .looped_text import Text, check, exact, parameters
from .written_loops import written_loops

pytestmark = pytest.mark.sampled(every=7)

COUNTS = (0, 1, 2, 5)
VECTORS = ([], [0.7], [0.7, -1.3], [0.7, -1.3, 0.4, 1.9, 0.2])
WEIGHTS = ([], [1.1], [0.6, 2.2], [-0.5, 0.3, 1.7, 0.9, -1.2])

CASES = {**loops_summed.CASES, **loops_told.CASES, **loops_written.CASES}


def shown(folder, source, *options):
    file = folder / f"shown_{len(list(folder.iterdir()))}.py"
    file.write_text("import math\n\nimport numpy as np\n\n\n" + source)
    result = CliRunner().invoke(main, ["show", f"{file}:f", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def dedented(name):
    return re.sub(r"^        ", "", CASES[name][0], flags=re.MULTILINE).lstrip("\n")


def load(file):
    spec = importlib.util.spec_from_file_location("plain_loops", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NUMBERS = {"a": 0.8, "b": -0.4, "x": 0.6, "v": -0.3, "h": 0.25}


def points(function, vectors, counts):
    """Arguments with each count and length, and where a factor is one."""
    names = parameters(function)
    for k, n in enumerate(COUNTS):
        point = {name: NUMBERS.get(name, n) for name in names}
        point |= {name: (WEIGHTS if name in "wyc" else VECTORS)[k] for name in vectors}
        point |= {name: n if name == "b" else 1 for name in counts}
        yield point
        if "a" in names and "a" not in counts:
            yield {**point, "a": 1.0}


@pytest.mark.parametrize("name", CASES)
def test_the_formulas_hold_for_every_count(name, tmp_path, monkeypatch):
    monkeypatch.setattr("symdiff.command.rendering.WIDTH", 10**6)
    source = dedented(name)
    body = body_of(shown(tmp_path, source))
    for part in CASES[name][1]:
        assert part in body
    function = exact(source, "f")
    told = re.search(r"^with (.*?)(?: a vector| vectors.*)$", body, re.MULTILINE)
    vectors = told[1].split(", ") if told else []
    counts = "ab" if name == "from a to b" else ""
    for point in points(function, vectors, counts):
        check(body, function, "f", point)


def body_of(text):
    """What is printed below the title, but for what raises."""
    lines = [line[2:] for line in text.splitlines()[1:]]
    return "\n".join(line for line in lines if not line.startswith("raises "))


@pytest.mark.parametrize("name", loops_written.RECURSIVE)
def test_recursion_is_told_as_loops(name, tmp_path, monkeypatch):
    monkeypatch.setattr("symdiff.command.rendering.WIDTH", 10**6)
    text, parts = loops_written.RECURSIVE[name]
    source = re.sub(r"^        ", "", text, flags=re.MULTILINE).lstrip("\n")
    whole = shown(tmp_path, source, "--wrt", "x")
    for part in parts:
        assert part in whole
    for n in COUNTS:
        check(body_of(whole), exact(source, "f"), "f", {"x": 0.6, "n": n})


@pytest.mark.parametrize("name", ["a filter without a solution", "of second order", "appended"])
def test_the_formulas_are_those_of_the_gradient(name, tmp_path, monkeypatch):
    monkeypatch.setattr("symdiff.command.rendering.WIDTH", 10**6)
    source = dedented(name)
    file = tmp_path / "plain.py"
    file.write_text("import math\nimport numpy as np\n" + source)
    gradient = symdiff.grad(load(file).f)
    for x in ([0.3, -0.8, 1.1, 0.4], [0.5, 0.2], [1.3, 0.1, -0.4, 0.9, 2.2, -0.7, 0.25]):
        point = {"x": np.array(x)} | ({"a": 0.7} if "(x, a)" in source else {})
        read = Text(body_of(shown(tmp_path, source)), point)
        (label,) = [k for k in read.rows if k.startswith("df/dx")]
        index = re.search(r"\[(\w+)\]", label)
        if index:
            found = [read.row(label, **{index[1]: k}) for k in range(len(x))]
        else:
            found = np.broadcast_to(read.row(label), len(x))
        np.testing.assert_allclose(found, gradient(**point), rtol=1e-12, atol=1e-13)


def test_no_number_that_stands_for_a_length_is_shown(tmp_path):
    for body in (
        "y = np.zeros(n)\n    y[0] = x\n    return np.sort(y).sum()",
        "y = [k*x for k in range(n)]\n    return np.median(np.array(y))",
        "y = np.zeros(n)\n    for k in range(n):\n        if k > x:\n"
        "            y[k] = x\n    return y.sum()",
        "y = np.zeros(n)\n    for k in range(n):\n        y[k] = x\n    return y",
        "y = np.zeros(n)\n    for k in range(n + 1):\n        y[k] = x\n    return y.sum()",
    ):
        file = tmp_path / "shown.py"
        file.write_text(f"import numpy as np\n\ndef f(x, n):\n    {body}\n")
        for form in ("text", "latex", "python", "program"):
            result = CliRunner().invoke(main, ["show", str(file), "--format", form])
            told = result.output.replace(str(tmp_path), "")
            assert not re.search(r"\d{3}", told), told
            assert result.exit_code == 0 or "shown.py:" in result.stderr


def test_a_product_with_a_factor_of_zero(tmp_path, monkeypatch):
    monkeypatch.setattr("symdiff.command.rendering.WIDTH", 10**6)
    source = dedented("Speelpenning's product")
    body = body_of(shown(tmp_path, source))
    for x in ([0.0], [2.0, 0.0, 3.0], [0.0, 0.0, 3.0]):
        check(body, exact(source, "f"), "f", {"x": x})


def test_a_factor_of_zero_in_a_nested_loop(tmp_path, monkeypatch):
    monkeypatch.setattr("symdiff.command.rendering.WIDTH", 10**6)
    source = "def f(x, n, m):\n    p = 1.0\n    for i in range(n):\n        for j in range(m):\n"
    source += "            p = p*(x*i - j + 1)\n    return p\n"
    body = body_of(shown(tmp_path, source))
    assert "for j in range(m)" in body
    assert "if k != i" in body
    for x in (0.5, 1.0, 0.0):  # one factor is zero, several, or those of all rows
        for n, m in ((3, 3), (1, 2), (4, 1), (0, 3)):
            check(body, exact(source, "f"), "f", {"x": x, "n": n, "m": m})


def test_where_a_loop_raises(tmp_path):
    source = "def f(x, n):\n    for _ in range(n):\n        x = 2*x\n        if x > 9:\n"
    source += "            raise ValueError('large')\n    return x\n"
    text = shown(tmp_path, source)
    assert "f      = 2**N*x" in text
    assert "N is the first k = 0, 1, ... with k >= n or 2*2**k*x > 9" in text
    assert "raises ValueError where N < n" in text


def test_simplification_takes_seconds_at_most(tmp_path):
    """`trigsimp` takes long over powers and products of many sines."""
    begun = time.process_time()
    source = "def f(x, y, n):\n    s = 0.0\n    for k in range(n):\n"
    source += "        a = math.sin(x*k)**2*math.cos(y*k)**3 + math.sin(y)**4*math.cos(x)**2\n"
    source += "        s += a*math.tan(x + y*k)**2*math.cos(x - y)**3 + math.sin(x*y*k)**2\n"
    source += "        s += math.cos((k**2 + k + 2)**3*x) + math.sin(32*x + 16*math.cos(x))\n"
    source += "    return s\n"
    shown(tmp_path, source)
    assert time.process_time() - begun < 15


def test_a_vector_that_is_carried(tmp_path, monkeypatch):
    monkeypatch.setattr("symdiff.command.rendering.WIDTH", 10**6)
    source = """
import numpy as np

def f(x, a, n):
    for _ in range(n):
        x = np.sin(x) + a*x[0]
    return x @ x
"""
    body = body_of(shown(tmp_path, source))
    assert "x_{k+1} = a*x_k[0] + sin(x_k) for k in range(n)" in body
    x, a, step = np.array([0.4, -1.1, 0.9]), 0.3, 1e-30

    def function(x, a, n):
        for _ in range(n):
            x = np.sin(x) + a * x[0]
        return x @ x

    for n in COUNTS:
        read = Text(body, {"x": x, "a": a, "n": n, "onehot": lambda k, m: np.eye(m)[k]})
        slopes = [function(x + step * 1j * e, a, n).imag / step for e in np.eye(3)]
        np.testing.assert_allclose(read.row("f"), function(x, a, n))
        np.testing.assert_allclose(read.row("df/dx"), slopes, rtol=1e-12)
        np.testing.assert_allclose(
            read.row("df/da"), function(x, a + step * 1j, n).imag / step, rtol=1e-12
        )


def test_what_is_shown_fits_a_terminal(tmp_path):
    for name in ("pairs", "a trapezoidal rule", "two that turn", "an escape", "distances"):
        for line in shown(tmp_path, dedented(name)).splitlines():
            assert len(line) <= 80


def test_latex(tmp_path):
    text = shown(tmp_path, dedented("sines"), "--format", "latex")
    assert r"\sum_{k=0}^{n - 1} k \cos{\left(k x \right)}" in text
    text = shown(tmp_path, dedented("Speelpenning's product"), "--format", "latex")
    assert r"\prod_{\substack{i=0 \\ i \ne k}}^{\operatorname{len}{\left(x\right)} - 1}" in text
    text = shown(tmp_path, dedented("odd ones"), "--format", "latex")
    assert r"\sum_{k=1,\, 3,\, \ldots,\; k < n}" in text
    text = shown(tmp_path, dedented("Newton's root"), "--format", "latex")
    assert r"x_{k + 1} = \frac{\frac{a}{x_{k}} + x_{k}}{2}, \quad k = 0, \ldots, N - 1" in text
    assert r"N = \min \left\{ k \ge 0 : " in text
    assert r"\bar{x}_{k} = " in text


def test_line_by_line_a_loop_stays_one(tmp_path):
    text = shown(tmp_path, dedented("iterated"), "--format", "program")
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    at = lines.index("for _ in range(n):")
    assert lines[at + 1 : at + 3] == ["x_saved.append(x)", "x = sin(x)"]
    assert "for x_1 in reversed(x_saved):" in lines


@pytest.mark.parametrize(
    "body",
    [
        "for k in range(n):\n        y = k*x\n    x = y",
        "for k in range(n):\n        x = x*x\n    x = x*k",
        "y = []\n    for k in range(n):\n        if k:\n            y.append(x)\n    x = sum(y)",
        "y = np.zeros((3, 3))\n    for k in range(n):\n        y[0, 0] = k*x\n    x = y[0, 0]",
        "x = sum(k*v for k, v in enumerate(x*j for j in range(n)))",
        "for k in range(n):\n        x = x*x if k else [x]",
    ],
)
def test_what_cannot_be_kept_needs_a_value(tmp_path, body):
    file = tmp_path / "shown.py"
    file.write_text(f"import math\nimport numpy as np\n\ndef f(x, n):\n    {body}\n    return x\n")
    result = CliRunner().invoke(main, ["show", str(file)])
    assert result.exit_code == 1
    assert "shown.py:" in result.stderr
    assert "--at" in result.stderr
    assert "Traceback" not in result.output


def test_a_short_loop_is_still_a_formula(tmp_path):
    source = "def f(x):\n    for k in range(3):\n        x = x*x + k\n    return x\n"
    assert "f      = (x**4 + 1)**2 + 2" in shown(tmp_path, source)


def test_a_loop_acts_on_nothing(tmp_path):
    source = "def f(x, n):\n    for k in range(n):\n        open('made', 'w')\n    return x\n"
    (tmp_path / "shown.py").write_text(source)
    result = CliRunner().invoke(main, ["show", str(tmp_path / "shown.py")])
    assert result.exit_code == 1
    assert not (tmp_path / "made").exists()


def test_whole_numbers_are_not_differentiated_by(tmp_path):
    text = shown(tmp_path, "from symdiff import grad\n\n@grad(wrt='all')\n" + dedented("sines"))
    assert "df/dx" in text
    assert "df/dn" not in text
    file = str(tmp_path / "shown_0.py:f")
    result = CliRunner().invoke(main, ["show", file, "--wrt", "n"])
    assert result.exit_code == 2
    assert "`n` is not a real number" in result.stderr


def test_no_formula_divides_by_a_factor_that_is_zero_in_some_iteration(tmp_path):
    source = """
def f(b, x):
    s = b
    for k, xi in enumerate(x):
        for j in range(k):
            s *= math.sin(k*b)
    return s
"""
    assert "line by line" in shown(tmp_path, source)


def test_a_power_of_a_count_in_a_sine_is_shown_in_seconds(tmp_path):
    source = """
def f(a, b, x):
    s = b
    for xi in x:
        s = 2*s + b - 9.5
        s = a*s + 2
    return math.sin(s)
"""
    assert "if 2*a != 1" in shown(tmp_path, source, "--seconds", "20")


BOUND = [
    """
def f(x, a):
    y = np.ones(len(x))
    y[0] = 2.0
    y[len(x) - 1] = a
    for i in range(len(x) - 1, 0, -1):
        y[i] = x[i - 1]*i + y[i - 1]
    z = np.zeros(len(x) + 1)
    z[0] = a
    for i in range(1, len(x)):
        z[i] += x[i] - z[i - 1] - i
    return z[-1]*y[0] + z[-2]
""",
    """
def f(x, a):
    z = np.ones(len(x))
    for i in range(2, len(x) - 1):
        z[i] *= z[i - 1]*i*a
    return np.dot(z, x)
""",
]


@pytest.mark.parametrize("source", BOUND)
def test_an_index_that_is_bound_is_no_other_one(source, tmp_path, monkeypatch):
    monkeypatch.setattr("symdiff.command.rendering.WIDTH", 10**6)
    body = body_of(shown(tmp_path, source))
    for x in ([0.7, -1.3], [0.7, -1.3, 0.4], [0.2, 0.6, -0.4, 1.9, 0.3]):
        check(body, exact(source, "f"), "f", {"x": x, "a": 0.8})


@pytest.mark.parametrize("seed", range(24))
def test_random_loops_that_write(seed, tmp_path, monkeypatch):
    monkeypatch.setattr("symdiff.command.rendering.WIDTH", 10**6)
    source = written_loops(random.Random(seed))
    file = tmp_path / "written.py"
    file.write_text("import math\n\nimport numpy as np\n\n\n" + source)
    result = CliRunner().invoke(main, ["show", f"{file}:f"])
    if result.exit_code:
        assert "written.py:" in result.stderr
        return
    if "line by line" in result.stdout:
        return
    for x in ([0.7], [0.7, -1.3], [0.2, 1.1, -0.4], [0.3, 0.25, -0.6, 0.9, 1.2, -0.8]):
        with contextlib.suppress(IndexError):
            check(body_of(result.stdout), exact(source, "f"), "f", {"x": x, "a": 0.8})
