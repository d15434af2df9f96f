"""Loops that are shown without values: their formulas hold for every count and length."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from symdiff.command.cli import main

from .looped_text import check, exact, parameters

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


def shown(folder, source, *options, width=None):
    file = folder / "shown.py"
    file.write_text("import math\n\n\n" + source)
    result = CliRunner().invoke(main, ["show", f"{file}:f", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def dedented(name):
    return re.sub(r"^        ", "", CASES[name][0], flags=re.MULTILINE).lstrip("\n")


def points(function):
    """Points with every count and length, for a function by the names of its parameters."""
    floats = {"a": 0.8, "b": -0.4, "x": 0.6, "v": -0.3, "h": 0.25}
    names = parameters(function)
    return [
        {**floats, "n": n, "x": x, "w": w, "y": w, "c": w}
        for n, x, w in zip(COUNTS, VECTORS, WEIGHTS, strict=True)
        if names
    ]


@pytest.mark.parametrize("name", CASES)
def test_the_formulas_hold_for_every_count(name, tmp_path, monkeypatch):
    monkeypatch.setattr("symdiff.command.cli._WIDTH", 10**6)
    source = dedented(name)
    text = shown(tmp_path, source)
    body = "\n".join(line[2:] for line in text.splitlines()[1:])
    for part in CASES[name][1]:
        assert part in body
    function = exact(source, "f")
    vectors = (
        set(re.search(r"^with (.*) (?:a vector|vectors)", body, re.M)[1].split(", "))
        if (re.search(r"^with ", body, re.M))
        else set()
    )
    for k, n in enumerate(COUNTS):
        point = {}
        for parameter in parameters(function):
            if parameter in vectors:
                point[parameter] = (WEIGHTS if parameter in "wyc" else VECTORS)[k]
            elif parameter == "n" or (name == "from a to b" and parameter in "ab"):
                point[parameter] = n if parameter != "a" else 1
            else:
                point[parameter] = {"a": 0.8, "b": -0.4, "x": 0.6, "v": -0.3, "h": 0.25}[parameter]
        check(body, function, "f", point)
