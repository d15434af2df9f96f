"""Source of derivatives that hold loops and branches: right for other counts, lengths and arms."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy
import numpy as np
import pytest
from click.testing import CliRunner

from symdiff import grad, hessian, hvp, jacobian
from symdiff.command.cli import main
from symdiff.operators.building import optimized
from symdiff.present.point import evaluate
from symdiff.present.source import python_source
from symdiff.settings import rolling

from ..differentiate.test_random_loops import PLAIN, gradient
from ..loops_by_hand import recorded
from ..random_loops import Random, arguments


def alone(text: str) -> dict[str, Any]:
    """What source defines by itself: nothing of this package is in reach."""
    assert "symdiff" not in text
    namespace: dict[str, Any] = {"__name__": "alone"}
    exec(compile(text, "alone.py", "exec"), namespace)
    return namespace


def written(g: Any, *args: Any) -> tuple[str, Callable[..., Any]]:
    text = g.source(*args)
    name = [line for line in text.splitlines() if line.startswith("def ")][-1]
    return text, alone(text)[name.split("(")[0].removeprefix("def ")]


def differences(f: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """The derivative by the first argument, by central differences of fourth order."""

    def at(point: Any) -> float:
        return float(f(point.copy() if isinstance(point, np.ndarray) else point, *args[1:]))

    def along(step: Any) -> float:
        steps = [at(args[0] + k * step) for k in (-2, -1, 1, 2)]
        return (steps[0] - 8 * steps[1] + 8 * steps[2] - steps[3]) / (12 * 1e-3)

    x = args[0]
    if not isinstance(x, np.ndarray):
        return along(1e-3)
    steps = 1e-3 * np.eye(x.size)
    return np.array([along(s.reshape(x.shape)) for s in steps]).reshape(x.shape)


def doubled(x):
    b = x * 2
    while abs(b) < 1000:
        b = b * 2
    return b * x


def pendulum(theta, omega, n):
    for _ in range(n):
        omega = omega - 0.01 * math.sin(theta)
        theta = theta + 0.01 * omega
    return theta


def huber(x, n):
    total = 0.0
    for k in range(n):
        r = x - 0.1 * k
        if abs(r) < 1:
            total += r * r / 2
        elif r > 0:
            total += r - 0.5
        else:
            total += -r - 0.5
    return total


def left(x, n):
    t = x
    for k in range(n):
        t = t * 1.05 + math.sin(t) * 0.01 * k
        if t > 50:
            break
    return t * x


def nested(x, n, m):
    total = 0.0
    for i in range(n):
        s = 0.0
        for j in range(1, m + 1):
            s += math.sin(x * i) * j
        total += s * s
    return total


def rosenbrock(x):
    s = 0.0
    for i in range(len(x) - 1):
        s += 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return s


def smoothed(u, n):
    u = u.copy()
    for _ in range(n):
        for i in range(1, len(u) - 1):
            u[i] = u[i] + 0.1 * math.sin(u[i - 1] - 2 * u[i] + u[i + 1])
    return u[5] * u[0]


def powers(x, n):
    a = np.array([[0.5, 0.1], [-0.2, 0.7]])
    for _ in range(n):
        x = np.tanh(a @ x) + x * 0.1
    return (x * x).sum()


def sorted_by_hand(x):
    y = x * 1.0
    for _ in range(len(y)):
        for j in range(len(y) - 1):
            if y[j] > y[j + 1]:
                t = y[j]
                y[j] = y[j + 1]
                y[j + 1] = t
    total = 0.0
    for k in range(len(y)):
        total += (k + 1) * y[k] * y[k]
    return total


VECTOR = np.linspace(0.1, 1.4, 20)
CASES: list[tuple[Any, list[tuple[Any, ...]]]] = [
    (doubled, [(3.0,), (0.01,), (700.0,), (-3.0,), (2.0,)]),
    (pendulum, [(1.0, 0.2, 100), (0.3, 0.1, 7), (1.0, 2.0, 0), (1.0, 2.0, 500)]),
    (huber, [(2.0, 50), (3.05, 20), (-1.05, 9), (1.0, 0), (4.03, 41)]),
    (left, [(1.5, 100), (2.0, 100), (30.0, 60)]),
    (nested, [(0.5, 20, 20), (0.4, 3, 4), (0.4, 0, 4), (0.4, 4, 0), (0.4, 30, 10)]),
    (rosenbrock, [(VECTOR,), (np.sin(np.arange(20.0)),)]),
    (smoothed, [(np.sin(VECTOR * 9), 20), (VECTOR, 3), (VECTOR, 0)]),
    (powers, [(np.array([0.3, -0.4]), 30), (np.array([2.0, 1.0]), 4), (np.zeros(2), 0)]),
    (sorted_by_hand, [(np.arange(20) * k % 20 / 10,) for k in (7, 3, 11)]),
]


@pytest.mark.parametrize(("f", "inputs"), CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_source_holds_for_other_inputs(f, inputs):
    g = grad(f)
    for args in inputs:
        g(*args)
    text, found = written(g, *inputs[0])
    loops = [line for line in text.splitlines() if line.lstrip().startswith(("for ", "while "))]
    assert loops
    for args in [*inputs, *reversed(inputs)]:
        given = [np.copy(a) if isinstance(a, np.ndarray) else a for a in args]
        one = found(*given)
        assert all(map(np.array_equal, given, args))
        np.testing.assert_allclose(one, g(*args), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(one, differences(f, args), rtol=1e-5, atol=1e-6)
    with rolling(False):
        np.testing.assert_allclose(grad(f)(*inputs[0]), found(*inputs[0]), rtol=1e-11, atol=1e-12)


def test_a_while_loop_reads_as_the_users():
    text, _ = written(grad(doubled), 3.0)
    assert "    b = x * 2 " in text
    assert "    while abs(b) < 1000: " in text
    assert "        b = b * 2 " in text
    assert "raise ValueError('this input takes another branch" not in text


def test_a_for_loop_reads_as_the_users():
    text, _ = written(grad(pendulum), 1.0, 0.2, 100)
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    for line in (
        "for _ in range(n):",
        "omega = omega - 0.01 * math.sin(theta)",
        "theta = theta + 0.01 * omega",
        "for theta in reversed(theta_saved):",
    ):
        assert line in lines


def test_an_array_is_written_to_in_place():
    text, _ = written(grad(rosenbrock), VECTOR)
    assert "    x_bar[place] += " in text
    assert "_setitem" not in text


def test_text_is_as_long_for_many_iterations():
    assert grad(pendulum).source(1.0, 0.2, 20) == grad(pendulum).source(1.0, 0.2, 100_000)
    assert grad(nested).source(0.5, 20, 20) == grad(nested).source(0.5, 300, 200)


def test_what_is_assumed_is_checked():
    _, found = written(grad(pendulum), 1.0, 0.2, 100)
    with pytest.raises(ValueError, match="n: an int"):
        found(1.0, 0.2, 10.0)
    with pytest.raises(ValueError, match="theta: a float"):
        found(np.ones(3), 0.2, 10)
    _, found = written(grad(rosenbrock), VECTOR)
    with pytest.raises(ValueError, match=r"shape \(20,\)"):
        found(np.ones(3))
    with pytest.raises(ValueError, match="array of float64"):
        found(np.ones(20, np.float32))

    def decided(x, n):
        for _ in range(n):
            x = x * 1.1
        if x > 5.0:
            return math.sin(x)
        return x * x

    g = grad(decided)
    text, found = written(g, 1.0, 30)
    assert "Written for inputs that take the branches of x = 1.0, n = 30." in text
    assert found(2.0, 12) == pytest.approx(g(2.0, 12), rel=1e-13)
    with pytest.raises(ValueError, match="takes another branch: test_source"):
        found(1.0, 3)


def test_source_is_for_all_lengths_where_the_gradient_is():
    def weighted(w, x):
        s = 1.0
        for i in range(len(x)):
            s = s * math.sin(w[i]) + x[i] * x[i]
        return s

    rng = np.random.default_rng(3)
    for f, arrays in ((rosenbrock, 1), (weighted, 2)):
        g = grad(f)
        given = [[rng.normal(size=n) for _ in range(arrays)] for n in (20, 33, 12, 50, 21)]
        for args in given[:2]:
            g(*args)
        text, found = written(g, *given[1])
        assert "len(" in text
        for args in [*given, *reversed(given)]:
            np.testing.assert_allclose(found(*args), g(*args), rtol=1e-12)
            np.testing.assert_allclose(found(*args), differences(f, args), rtol=1e-5, atol=1e-6)
        with pytest.raises(ValueError, match="array of float64 with 1 axis"):
            found(*[np.ones((3, 3)) for _ in range(arrays)])
    with pytest.raises(ValueError, match="as long as w"):
        found(np.ones(30), np.ones(31))


def test_other_operators_are_written_with_loops():
    def f(x, n):
        for _ in range(n):
            x = x + 0.1 * np.sin(x[::-1]) * x[0]
        return (x * x).sum()

    def state(x, n):
        for _ in range(n):
            x = x + 0.1 * np.sin(x[::-1]) * x[0]
        return x

    x, v = np.array([0.3, -0.2]), np.array([0.5, 1.0])
    for g, args, other in (
        (hvp(f), (x, 20, v), (x + 0.1, 9, v)),
        (jacobian(state), (x, 20), (x * 2, 11)),
        (hessian(f), (x, 20), (x - 0.2, 13)),
    ):
        _, found = written(g, *args)
        np.testing.assert_allclose(found(*other), g(*other), rtol=1e-12)


@pytest.mark.parametrize("seed", [*range(8), 107, 123])
def test_random_programs(seed):
    branches, arrays = seed % 2 == 1, seed % 3 > 0
    f, args = Random(seed, 2, arrays, branches=branches), arguments(seed, arrays)
    program = optimized(gradient(recorded(f, *args)))
    found = alone(python_source(program, "f"))["f"]
    slopes = [autograd.grad(lambda *a: f(PLAIN, *a), k)(*args) for k in range(len(args))]
    for one, other in zip(found(*args), slopes, strict=True):
        np.testing.assert_allclose(one, other, 1e-9, 1e-11)
    for scale in (-0.7, 0.3):
        given = [a * scale for a in args]
        try:
            results = found(*given)
        except ArithmeticError:
            continue  # numbers of Python's raise where those of NumPy do not
        for one, other in zip(results, evaluate(program, given), strict=True):
            np.testing.assert_allclose(one, other, 1e-9, 1e-11)


def test_what_counts_back_is_counted_by_the_head():
    text, _ = written(grad(nested), 0.5, 20, 20)
    assert "reversed(range(n))" in text
    assert "max(n, 0)" not in text


def lines_of(folder, source, *options):
    """What is shown line by line, without the places in the source."""
    file = folder / "shown.py"
    file.write_text("import math\nimport numpy as np\n\n\n" + source)
    result = CliRunner().invoke(main, ["show", "--format", "program", f"{file}:f", *options])
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= 80
    return [line.split("  #")[0].rstrip()[2:] for line in result.stdout.splitlines()[1:]]


def test_a_while_loop_line_by_line(tmp_path):
    source = "def f(a):\n    b = a*2\n    while abs(b) < 1000:\n        b = b*2\n    return b\n"
    assert lines_of(tmp_path, source) == [
        "b = a*2",
        "trips = 0",
        "while abs(b) < 1000:",
        "    b = b*2",
        "    trips += 1",
        "b_bar = 1.0",
        "for _ in range(trips):",
        "    b_bar = 2*b_bar",
        "a_bar = 2*b_bar",
        "f = b",
        "df/da = a_bar",
    ]


def test_a_product_line_by_line(tmp_path):
    source = "def f(x):\n    p = 1.0\n    for v in x:\n        p = p*v\n    return p\n"
    assert lines_of(tmp_path, source) == [
        "length = len(x)",
        "p = 1.0",
        "p_saved = []",
        "v_saved = []",
        "for k in range(length):",
        "    p_saved.append(p)",
        "    v = x[k]",
        "    v_saved.append(v)",
        "    p = p*v",
        "p_bar = 1.0",
        "x_bar = zeros(len(x))",
        "for k, p_1, v in zip(reversed(range(length)), reversed(p_saved),",
        "  reversed(v_saved)):",
        "    v_bar = p_1*p_bar",
        "    p_bar = v*p_bar",
        "    x_bar[k] += v_bar",
        "f = p",
        "df/dx = x_bar",
    ]


def test_ways_line_by_line_say_what_they_are_for(tmp_path):
    source = "def f(x, n):\n    for k in range(n):\n        x = x + math.sin(x)*k\n"
    source += "        if x > 9:\n            break\n    return x if x > 2 else x*x\n"
    lines = lines_of(tmp_path, source)
    assert any(re.fullmatch(r"where k < n and x_\d > 2", line) for line in lines)
    assert any(re.fullmatch(r"where not k < n and not x_?\d? > 2", line) for line in lines)


def test_a_whole_number_may_be_given(tmp_path):
    source = "def f(x, n):\n    for _ in range(n):\n        x = x*x\n    return x\n"
    (tmp_path / "shown.py").write_text(source)
    result = CliRunner().invoke(main, ["show", f"{tmp_path / 'shown.py'}:f", "--at", "n=3"])
    assert "df/dx  = 8*x**7" in result.stdout


def test_a_point_that_gives_all_does_not_unroll_what_is_shown(tmp_path):
    source = "import math\n\ndef f(x, n):\n    for _ in range(n):\n"
    source += "        x = math.sin(x) + x*x/4\n    return x\n"
    (tmp_path / "shown.py").write_text(source)
    options = ["show", f"{tmp_path / 'shown.py'}:f", "--at", "x=0.7, n=30"]
    text = CliRunner().invoke(main, options).stdout
    assert re.search(r"x_{k\+1} = .* for k in range\(n\)", text)

    def f(x):
        for _ in range(30):
            x = math.sin(x) + x * x / 4
        return x

    found = re.search(r"at x = 0.7:\n +f = (.*)\n +df/dx = (.*)\n", text)
    assert found is not None
    assert float(found[1]) == pytest.approx(f(0.7), rel=1e-14)
    assert float(found[2]) == pytest.approx(differences(f, (0.7,)), rel=1e-6)
