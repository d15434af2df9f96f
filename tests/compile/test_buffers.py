"""Large expressions are written over what is not read again, and over nothing else."""

import random
from typing import Any

import numpy as np
import pytest

from symdiff import grad, hvp, value_and_grad

from ..comparing import same

N = 5000
UNARY = ["np.where({0} > 0.1, {0}, 2.0 * {0})", "1.0 / np.cosh({0})", "np.sinh({0})"]
UNARY += ["np.sin({0})", "np.exp(-{0} * {0})", "np.tanh({0})", "-{0}", "{0} ** 2", "np.cos({0})"]
BINARY = ["{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / (2.0 + {1} * {1})"]
VIEWS = ["{0}[::-1]", "{0}.reshape(50, 100).reshape(-1)", "np.roll({0}, 3)", "{0}[:]"]


def made(seed: int, folder: Any) -> str:
    """A function of two vectors: reads some values often, some never, and some as views."""
    choice = random.Random(seed)
    names, lines = ["x", "y", "c"], ["def f(x, y, c):"]
    for k in range(12):
        parts = [choice.choice(UNARY + VIEWS).format(choice.choice(names)) for _ in range(2)]
        parts = [f"({p})" for p in parts]
        lines.append(f"    a{k} = {choice.choice(BINARY).format(*parts)}")
        names.append(f"a{k}")
        if len(names) > 6:
            names.pop(choice.randrange(len(names) - 1))
    used = " + ".join(f"np.sum(np.sin({n}) * {k + 1.0})" for k, n in enumerate(names))
    return "\n".join([*lines, f"    return {used}"])


@pytest.mark.parametrize("seed", range(12))
def test_random_expressions(seed: int, tmp_path: Any) -> None:
    path = tmp_path / f"written_{seed}.py"
    path.write_text(f"import numpy as np\n\n\n{made(seed, tmp_path)}\n", encoding="utf-8")
    scope: dict[str, Any] = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), scope)
    f = scope["f"]
    g, both = grad(f, (0, 1)), value_and_grad(f)
    rng = np.random.default_rng(seed)
    for scale in (1.0, 0.3, 1.0):
        x, y = scale * rng.normal(size=N), rng.normal(size=N)
        c = rng.normal(size=N)
        kept = x.copy(), y.copy(), c.copy()
        found = g(x, y, c)
        again = [part.copy() for part in found]
        value, slope = both(x, y, c)
        assert same(value, f(x, y, c))
        np.testing.assert_allclose(slope, found[0], rtol=1e-12, atol=1e-12)
        for one, other in zip((x, y, c), kept):
            np.testing.assert_array_equal(one, other)
        for one, other in zip(g(x, y, c), again):
            np.testing.assert_array_equal(one, other)
        assert not any(np.shares_memory(p, a) for p in found for a in (x, y, c))
        assert not np.shares_memory(*found)
        direction, step = rng.normal(size=N), 1e-20
        complex_step = f(x + 1j * step * direction, y, c).imag / step
        np.testing.assert_allclose(found[0] @ direction, complex_step, rtol=1e-9, atol=1e-9)


def test_an_array_from_outside_is_not_written_over() -> None:
    weights = np.linspace(0.0, 1.0, N)
    kept = weights.copy()

    def f(x):
        return np.sum(np.sin(weights * x) * np.exp(weights + x))

    g = grad(f)
    x = np.cos(np.arange(float(N)))
    first = g(x)
    np.testing.assert_array_equal(g(x), first)
    np.testing.assert_array_equal(weights, kept)


def test_what_is_kept_outside_is_not_written_over() -> None:
    held: dict[str, Any] = {}

    def f(x):
        u = np.exp(np.sin(x) + 1.0)
        held["u"] = u
        return np.sum(np.cos(u) * u * x)

    g = grad(f)
    for scale in (1.0, 2.0):
        x = scale * np.cos(np.arange(float(N)))
        g(x)
        np.testing.assert_array_equal(held["u"], np.exp(np.sin(x) + 1.0))


def test_a_view_and_its_array_in_one_expression() -> None:
    def f(x):
        u = np.sin(x)
        v = u[::-1]
        return np.sum((u * v + np.exp(u)) * v * np.tanh(u * v))

    x = np.cos(np.arange(float(N)))
    d = np.sin(np.arange(float(N)))
    slope = grad(f)(x) @ d
    assert slope == pytest.approx(f(x + 1e-20j * d).imag / 1e-20, rel=1e-10)
    step = 1e-5
    difference = (grad(f)(x + step * d) - grad(f)(x - step * d)) / (2 * step)
    np.testing.assert_allclose(hvp(f)(x, d), difference, rtol=1e-5, atol=1e-6)


def test_one_line_after_another_in_the_memory_of_few() -> None:
    def f(x):
        return np.sum(np.exp(np.sin(x) + 1.0) * x)

    text = grad(f).generated_source(np.ones(N))
    assert "numpy.exp(" in text
    assert ", x)" not in text.replace("numpy.sin(x)", "")  # the argument is never an output
    assert "numpy.add(" in text


def test_what_is_divided_by_a_number_of_any_size() -> None:
    def f(x, y):
        return np.sum(np.sin(x) * y) / np.sum(y)

    g = grad(f)
    x = np.linspace(0.1, 1.0, N)
    for scale in (1.0, -1.0, 1e-300, 1e300, 1e-308, -1e-300, 1.0):
        y = scale * np.linspace(1.0, 2.0, N)
        wanted = np.cos(x) * (y / scale) / np.sum(y / scale)
        np.testing.assert_allclose(g(x, y), wanted, rtol=1e-13)
    assert "1.0/" in g.generated_source(x, x)
    y = np.zeros(N)
    with np.errstate(all="ignore"):
        assert np.isnan(g(x, y)).all()
