"""Loops that are shown without values: their formulas hold for every count and length."""

from __future__ import annotations

import re

import numpy as np
import pytest
from click.testing import CliRunner

from symdiff.command.cli import main

from .looped_text import Text, check, exact, parameters

pytestmark = pytest.mark.sampled(every=7)

COUNTS = (0, 1, 2, 5)
VECTORS = ([], [0.7], [0.7, -1.3], [0.7, -1.3, 0.4, 1.9, 0.2])
WEIGHTS = ([], [1.1], [0.6, 2.2], [-0.5, 0.3, 1.7, 0.9, -1.2])

# Each with what its text must hold.
CASES = {
    "sines": (
        """
        def f(x, n):
            return sum(math.sin(k*x) for k in range(n))
        """,
        ["f      = sum(sin(k*x) for k in range(n))", "= sum(k*cos(k*x) for k in range(n))"],
    ),
    "powers": (
        """
        def f(x, n):
            t = 0
            for k in range(n):
                t += x**k / (k + 1)
            return t
        """,
        ["f      = sum(x**k/(k + 1) for k in range(n))"],
    ),
    "squares": (
        """
        def f(x):
            s = 0.0
            for xi in x:
                s += xi**2
            return s
        """,
        ["f      = sum(x**2)", "df/dx  = 2*x", "with x a vector"],
    ),
    "weighted": (
        """
        def f(w, x):
            s = 0.0
            for i in range(len(x)):
                s += w[i]*x[i]**2
            return s
        """,
        ["f      = sum(w*x**2)", "df/dw  = x**2", "df/dx  = 2*w*x"],
    ),
    "Speelpenning's product": (
        """
        def f(x):
            p = 1
            for xi in x:
                p *= xi
            return p
        """,
        ["prod(x[k] for k in range(len(x)))", "df/dx[k]  = prod(x[i] for i in range(len(x)) if i"],
    ),
    "a hundred": (
        """
        def f(x):
            s = 0.0
            for k in range(100):
                s += math.sin(k*x)
            return s
        """,
        ["= sum(sin(k*x) for k in range(100))", "= sum(k*cos(k*x) for k in range(100))"],
    ),
    "affine": (
        """
        def f(a, b, x, n):
            for _ in range(n):
                x = a*x + b
            return x
        """,
        ["a**n*x + b*(a**n - 1)/(a - 1)", "df/dx  = a**n"],
    ),
    "halved": (
        """
        def f(x, n):
            for _ in range(n):
                x = x/2 + 1
            return x
        """,
        ["df/dx  = 2**(-n)"],
    ),
    "iterated": (
        """
        def f(x, n):
            for _ in range(n):
                x = math.sin(x)
            return x
        """,
        [
            "x_{k+1} = sin(x_k) for k in range(n)",
            "x_bar_k = cos(x_k)*x_bar_{k+1} for k in reversed(range(n))",
        ],
    ),
    "iterated with a parameter": (
        """
        def f(a, x, n):
            s = 0
            for k in range(n):
                x = math.sin(a*x) + k*a
                s += x*x
            return s + x
        """,
        ["x_{k+1} ="],
    ),
    "two that turn": (
        """
        def f(x, v, h, n):
            for _ in range(n):
                x, v = x + h*v, v - h*math.sin(x)
            return x*x + v
        """,
        ["v_{k+1} =", "x_bar_k ="],
    ),
    "doubled until": (
        """
        def f(a):
            b = a*2
            while abs(b) < 1000:
                b = b*2
            if b > 0:
                return b
            return 100*b
        """,
        ["N is the first k = 0, 1, ... with", ">= 1000"],
    ),
    "Newton's root": (
        """
        def f(a):
            x = a
            while abs(x*x - a) > 1e-3:
                x = (x + a/x)/2
            return x
        """,
        ["x_{k+1} = (a/x_k + x_k)/2 for k in range(N)"],
    ),
    "two accumulators": (
        """
        def f(x):
            s = 0
            p = 1
            for i, xi in enumerate(x):
                s += i*xi
                p *= xi
            return s*p
        """,
        ["df/dx[i]"],
    ),
    "dot product": (
        """
        def f(x, y):
            return sum(p*q for p, q in zip(x, y))
        """,
        ["f      = sum(x*y)", "df/dx  = y"],
    ),
    "odd ones": (
        """
        def f(x, n):
            s = 0
            for k in range(1, n, 2):
                s += math.cos(k*x)/k
            return s
        """,
        ["for k in range(1, n, 2))"],
    ),
    "backwards": (
        """
        def f(x, n):
            s = 0
            for k in range(n, 0, -2):
                s += math.cos(k*x)/k
            return s
        """,
        ["sum(cos(k*x)/k for k in range("],
    ),
    "from a to b": (
        """
        def f(x, a, b):
            s = 0
            for k in range(a, b):
                s += math.cos(k*x)
            return s
        """,
        ["sum(cos(k*x) for k in range(a, b))"],
    ),
    "total variation": (
        """
        def f(x):
            s = 0
            for i in range(1, len(x)):
                s += (x[i] - x[i - 1])**2
            return s
        """,
        ["for i in range(1, len(x)))"],
    ),
    "Rosenbrock": (
        """
        def f(x):
            s = 0
            for i in range(len(x) - 1):
                s += 100*(x[i + 1] - x[i]**2)**2 + (1 - x[i])**2
            return s
        """,
        ["df/dx["],
    ),
    "Horner": (
        """
        def f(x, c):
            y = 0
            for ci in c:
                y = y*x + ci
            return y
        """,
        ["df/dc[k]  = x**(len(c) - k - 1)"],
    ),
    "Taylor": (
        """
        def f(x, n):
            t, s = 1, 0
            for k in range(n):
                s += t
                t = t*x/(k + 1)
            return s
        """,
        ["sum(x**k/factorial(k) for k in range(n))"],
    ),
    "nested": (
        """
        def f(x, n):
            t = 0
            for i in range(n):
                for j in range(i):
                    t += math.sin(i*x + j)
            return t
        """,
        ["for j in range(i)", "for i in range(n)"],
    ),
    "pairs": (
        """
        def f(x):
            t = 0
            for i in range(len(x)):
                for j in range(len(x)):
                    t += math.sin(x[i]*x[j]*(i + 1))
            return t
        """,
        ["df/dx[", "for j in range(len(x))"],
    ),
    "mean": (
        """
        def f(x):
            s = 0
            for xi in x:
                s += xi
            return s/(len(x) + 1)
        """,
        ["df/dx  = 1/(len(x) + 1)"],
    ),
    "decided": (
        """
        def f(x):
            s = 0
            for xi in x:
                if xi > 0:
                    s += xi**2
                else:
                    s -= 3*xi
            return s
        """,
        ["x[k]**2 if x[k] > 0 else -3*x[k]"],
    ),
    "decided before": (
        """
        def f(x, a, n):
            s = 0
            for k in range(n):
                if a > 0:
                    s += math.sin(k*x)
                else:
                    s -= x
            return s
        """,
        ["if a > 0"],
    ),
    "reversed": (
        """
        def f(x):
            s = 0
            for i, xi in enumerate(reversed(range(len(x)))):
                s += (i + 1)*x[xi]
            return s
        """,
        ["df/dx["],
    ),
    "a running sum": (
        """
        def f(x):
            c, s = 0, 0
            for xi in x:
                c += xi
                s += c**2
            return s
        """,
        ["sum((x[k] + sum(x[i] for i in range(k)))**2 for k in range(len(x)))"],
    ),
    "one after the other": (
        """
        def f(x, n):
            s = 0
            for k in range(n):
                s += math.sin(k*x)
            p = 1
            for k in range(n):
                p *= s + k
            return p
        """,
        ["prod("],
    ),
    "of what was summed": (
        """
        def f(x):
            m = sum(x)/(len(x) + 1)
            s = 0
            for xi in x:
                s += (xi - m)**2
            return s
        """,
        ["with x a vector"],
    ),
    "iterated with elements": (
        """
        def f(w, x):
            h = 0
            for i in range(len(x)):
                h = math.tanh(w[i]*h + x[i])
            return h
        """,
        ["h_{i+1} = tanh(w[i]*h_i + x[i]) for i in range(len(w))"],
    ),
    "a count of x": (
        """
        def f(x, n):
            for k in range(n + 1):
                x = x*(k + 2)
            return x
        """,
        ["prod(k + 2 for k in range(n + 1))"],
    ),
    "total variation of neighbours": (
        """
        def f(x):
            return sum((b - a)**2 for a, b in zip(x, x[1:]))
        """,
        ["f         = sum((x[k + 1] - x[k])**2 for k in range(len(x) - 1))"],
    ),
    "by turns": (
        """
        def f(x, n):
            s = 0
            for k in range(n):
                if k % 2 == 0:
                    s += x**k
                else:
                    s -= x**k/k
            return s
        """,
        ["if mod(k, 2) == 0"],
    ),
    "a trapezoidal rule": (
        """
        def f(a, b, n):
            h = (b - a)/n
            s = 0.5*(math.exp(-a*a) + math.exp(-b*b))
            for i in range(1, n):
                s += math.exp(-(a + i*h)**2)
            return s*h
        """,
        ["sum(exp(-(a + i*(b - a)/n)**2) for i in range(1, n))"],
    ),
    "Euler's steps": (
        """
        def f(x, a, h, n):
            step = h/n
            for _ in range(n):
                x = x - step*a*x
            return x
        """,
        ["f      = x*(1 - a*h/n)**n", "n >= 0"],
    ),
    "logarithm of a sum": (
        """
        def f(x):
            s = 0
            for xi in x:
                s += math.exp(xi)
            return math.log(s + 1)
        """,
        ["f         = log(sum(exp(x)) + 1)"],
    ),
    "variance": (
        """
        def f(x):
            m = sum(x)/len(x)
            return sum((v - m)**2 for v in x)/(len(x) - 1)
        """,
        ["= 2*(x[k] - sum(x)/len(x))/(len(x) - 1)"],
    ),
    "distances": (
        """
        def f(x):
            s = 0
            for i in range(len(x)):
                for j in range(i):
                    s += (x[i] - x[j])**2*(i + j)
            return s
        """,
        ["for j in range(i)"],
    ),
    "fewer": (
        """
        def f(x, n):
            s = x*x
            for k in range(n - 3):
                s += x
            return s
        """,
        ["f      = x*(n + x - 3)", "n >= 3"],
    ),
    "a function in a sum": (
        """
        def power(x, n):
            t = 1
            for k in range(1, n + 1):
                t *= x/k
            return t

        def f(x, n):
            return sum(power(x, k) for k in range(n))
        """,
        ["f      = sum(x**k/factorial(k) for k in range(n))"],
    ),
    "an escape": (
        """
        def f(a, b):
            x, y, k = 0.0, 0.0, 0
            while x*x + y*y < 4 and k < 12:
                x, y = x*x - y*y + a, 2*x*y + b
                k += 1
            return x*x + y*y
        """,
        [">= 4 or k >= 12"],
    ),
    "a continued fraction": (
        """
        def f(x, n):
            y = x
            for k in range(n, 0, -1):
                y = k + x/y
            return y
        """,
        ["y_{k+1} = n - k + x/y_k for k in range(n)"],
    ),
    "second differences": (
        """
        def f(x):
            y = [v for v in x] if False else x
            s = 0
            for i in range(len(y) - 2):
                s += (y[i] - 2*y[i + 1] + y[i + 2])**2
            return s
        """,
        ["for i in range(len(x) - 2))"],
    ),
    "Huber's loss": (
        """
        def f(x, h):
            s = 0
            for xi in x:
                a = abs(xi)
                if a <= h:
                    s += 0.5*xi*xi
                else:
                    s += h*(a - 0.5*h)
            return s
        """,
        ["if h >= abs(x[k])"],
    ),
    "a likelihood": (
        """
        def f(x, a, h):
            s = 0
            for xi in x:
                s -= 0.5*((xi - a)/h)**2 + math.log(h)
            return s
        """,
        ["df/dx  = (a - x)/h**2"],
    ),
    "some left out": (
        """
        def f(x):
            s = 0
            for xi in x:
                if xi < 0:
                    continue
                s += math.sqrt(xi)
            return s
        """,
        ["df/dx[k]  = 0 if x[k] < 0 else 1/(2*sqrt(x[k]))"],
    ),
    "counted by hand": (
        """
        def f(x, a):
            k, s = 0, 0
            while k < 4:
                s += x**k*a
                k += 1
            return s
        """,
        ["N is the first k = 0, 1, ... with k >= 4"],
    ),
    "geometric": (
        """
        def f(x, n):
            s, t = 0, 1
            for _ in range(n):
                s += t
                t *= x
            return s
        """,
        ["f      = sum(x**k for k in range(n))"],
    ),
    "the largest": (
        """
        def f(x):
            m = 0
            for xi in x:
                m = max(m, xi)
            return m*m
        """,
        ["m_{k+1} = max(x[k], m_k) for k in range(len(x))"],
    ),
    "the last": (
        """
        def f(x, a):
            y = a
            for xi in x:
                y = xi*xi
            return y
        """,
        ["y_bar_k = 0 for k in reversed(range(len(x)))"],
    ),
    "names used again": (
        """
        def f(x, n):
            s = 0
            for k in range(n):
                d = x - k
                s += d*d
            for k in range(n):
                d = x + k
                s += d**3
            return s
        """,
        ["sum((k + x)**3 for k in range(n))"],
    ),
    "a way around": (
        """
        def f(x, a, n):
            if a > 0:
                for _ in range(n):
                    x = math.sin(x)
            else:
                for _ in range(n):
                    x = math.cos(x)
            return x
        """,
        ["x_{k+1} = sin(x_k)", "x2_{k+1} = cos(x2_k)"],
    ),
    "a product of sums": (
        """
        def f(a, x):
            p = 1
            for xi in x:
                p *= a + xi
            return p
        """,
        ["if i != k"],
    ),
}


def shown(folder, source, *options):
    file = folder / f"shown_{len(list(folder.iterdir()))}.py"
    file.write_text("import math\n\n\n" + source)
    result = CliRunner().invoke(main, ["show", f"{file}:f", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def dedented(name):
    return re.sub(r"^        ", "", CASES[name][0], flags=re.MULTILINE).lstrip("\n")


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
    monkeypatch.setattr("symdiff.command.cli._WIDTH", 10**6)
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
    """What is printed below the title."""
    return "\n".join(line[2:] for line in text.splitlines()[1:])


def test_a_product_with_a_factor_of_zero(tmp_path, monkeypatch):
    monkeypatch.setattr("symdiff.command.cli._WIDTH", 10**6)
    source = dedented("Speelpenning's product")
    body = body_of(shown(tmp_path, source))
    for x in ([0.0], [2.0, 0.0, 3.0], [0.0, 0.0, 3.0]):
        check(body, exact(source, "f"), "f", {"x": x})


def test_a_vector_that_is_carried(tmp_path, monkeypatch):
    monkeypatch.setattr("symdiff.command.cli._WIDTH", 10**6)
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
    assert re.search(r"for _ in range\(n\):\n +x_1_1 = sin\(x_2_1\) +# shown_0.py:6\n", text)
    assert "in reversed(" in text


@pytest.mark.parametrize(
    "body",
    [
        "for k in range(n):\n        x = math.cos(x)\n        if x < 0.1:\n            break",
        "for k in range(n):\n        y = k*x\n    x = y",
        "for k in range(n):\n        x = x*x\n    x = x*k",
        "y = []\n    for k in range(n):\n        y.append(k*x)",
        "y = np.zeros(3)\n    for k in range(n):\n        y[0] = k*x",
        "for k in range(n):\n        if x > k:\n            raise ValueError\n        x = x*k",
        "x = sum(k*x for k in range(n) if x > k)",
        "x = sum(k*v for k, v in enumerate(x*j for j in range(n)))",
        "x = sum([k*x for k in range(n)])",
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
