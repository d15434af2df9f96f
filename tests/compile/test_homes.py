"""Parts of a cotangent are computed where they are to be, and nothing else is written to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from autograd import grad as autograd_grad
from autograd import numpy as anp

from symdiff import grad, hvp, value_and_grad


def rosenbrock(np: Any, x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def halves(np: Any, x: Any) -> Any:
    n = x.shape[0] // 2
    left, right = x[:n], x[n : 2 * n]
    return np.sum(np.sin(left) * right) + np.sum(left / (2.0 + right * right))


def apart(np: Any, x: Any) -> Any:
    return np.sum(np.exp(x[::2])) + np.sum(np.cos(x[1::2]) * 3.0) + np.sum(x[5:-300] ** 3)


def one_number(np: Any, x: Any) -> Any:
    return x[3] * np.sum(np.sin(x[10:])) + np.sum(x[:-1] * x[-1])


def rows(np: Any, x: Any) -> Any:
    table = np.reshape(x[: 60 * (x.shape[0] // 60)], (60, -1))
    return np.sum(np.tanh(table[:, 1:]) * table[:, :1]) + np.sum(table[3:, :] ** 2)


def shared(np: Any, x: Any) -> Any:
    y = np.sin(x[1:] * x[:-1])
    return np.sum(y * x[1:]) + np.sum(y[1:] * y[:-1]) + np.sum(np.where(y > 0.0, y, x[:-1]))


FUNCTIONS = [rosenbrock, halves, apart, one_number, rows, shared]


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradients_are_those_of_autograd(f: Any) -> None:
    def plain(x):
        return f(np, x)

    oracle = autograd_grad(lambda x: f(anp, x))
    g, both, product = grad(plain), value_and_grad(plain), hvp(plain)
    rng = np.random.default_rng(5)
    earlier = []
    for n in (400, 1000, 6000, 400, 100_000):
        x = rng.normal(size=n)
        kept = x.copy()
        found = g(x)
        np.testing.assert_allclose(found, oracle(x), rtol=1e-10, atol=1e-10)
        value, slope = both(x)
        np.testing.assert_allclose(value, plain(x), rtol=1e-14)
        np.testing.assert_allclose(slope, found, rtol=1e-11, atol=1e-11)
        np.testing.assert_array_equal(x, kept)
        earlier.append((x, found, found.copy()))
        if n < 1000:
            v = rng.normal(size=n)
            wanted = autograd_grad(lambda x: anp.sum(oracle(x) * v))(x)
            np.testing.assert_allclose(product(x, v), wanted, rtol=1e-8, atol=1e-8)
    for x, found, copy in earlier:
        np.testing.assert_array_equal(found, copy)
        assert not np.shares_memory(found, x)


def test_a_slice_is_computed_in_its_place() -> None:
    g = grad(lambda x: rosenbrock(np, x))
    for n in (1000, 50_000):
        lines = g.generated_source(np.zeros(n)).splitlines()
        made = next(k for k, line in enumerate(lines) if f"numpy.empty(({n},))" in line)
        name = lines[made].split(" = ")[0].strip()
        place = lines[made + 1].split(" = ")[0].strip()
        assert lines[made + 1].strip() == f"{place} = {name}[:-1]"
        assert any(line.strip().endswith(f", {place})") for line in lines[made:])
        assert not any(line.strip().startswith(f"{name}[:-1] =") for line in lines)
