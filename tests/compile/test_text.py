"""The same text, whether `lambdify` puts it together or not."""

from __future__ import annotations

import gc
import linecache
import math
from typing import Any

import numpy as np
import pytest

from symdiff import grad, hessian, value_and_grad
from symdiff.compile import direct, function, text


def formula(x, y):
    return math.sin(x) * y**2 + math.exp(-x * y)


def looping(x, y):
    total = 0.0
    for k in range(30):
        if x * k > y:
            total += math.sin(x * k)
        else:
            total *= y
    return total


def arrays(x, y):
    v = np.array([x, y, x * y])
    v[1] = np.sum(v) ** 2
    return v @ v


TEXTS: list[str] = []
"""Those that were put together here."""


def made(parameters: str, lines: Any, result: str, namespace: dict[str, Any]) -> Any:
    """The function that is put together here, and its text beside that of `lambdify`."""
    lines = list(lines)
    mine = text._by_itself(parameters, lines, result, namespace)
    theirs = text._by_lambdify(parameters, lines, result, namespace)
    mine_text, their_text = (
        "".join(linecache.getlines(f.__code__.co_filename)) for f in (mine, theirs)
    )
    assert mine_text.rstrip() == their_text.rstrip()
    assert mine.__code__.co_filename.startswith("<lambdifygenerated")
    TEXTS.append(mine_text)
    return mine


@pytest.mark.parametrize("f", [formula, looping, arrays])
def test_the_text_is_that_of_lambdify(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [d(f, (0, 1))(0.7, 1.3) for d in (grad, value_and_grad, hessian)]
    for module in (function, direct):
        monkeypatch.setattr(module, "function_of", made)
    TEXTS.clear()
    for d, value in zip((grad, value_and_grad, hessian), wanted):
        g = d(f, (0, 1))
        for _ in range(4):
            found = g(0.7, 1.3)
        np.testing.assert_array_equal(np.asarray(found[1]), np.asarray(value[1]))
    assert len(TEXTS) > 3


def test_a_text_goes_with_its_function() -> None:
    f = text._by_itself("x", [("y", "x + one")], "2*y", {"one": 1})
    assert f(2.0) == 6.0
    file = f.__code__.co_filename
    assert linecache.getlines(file) == [
        "def _lambdifygenerated(x):\n",
        "    y = x + one\n",
        "    return 2*y\n",
    ]
    del f
    gc.collect()
    assert file not in linecache.cache


def test_names_are_forgotten() -> None:
    lines: list[Any] = [
        ("y", "x + one"),
        ("z", "2*y"),
        ("x, y", None),
        ("left", "sorted(locals())"),
    ]
    f = made("x", lines, "z, left", {"one": 1})
    assert f(2.0) == (6.0, ["z"])


def large_arrays(x):
    a, b = np.sin(x), np.cos(x)
    return np.sum(a / b + b * x)


def test_large_arrays_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (function, direct):
        monkeypatch.setattr(module, "function_of", made)
    TEXTS.clear()
    x = np.linspace(0.1, 1.2, 1000)
    g = grad(large_arrays)
    for _ in range(4):
        found = g(x)
    np.testing.assert_allclose(found, 1 / np.cos(x) ** 2 + np.cos(x) - x * np.sin(x), rtol=1e-13)
    assert any("    del " in text for text in TEXTS)
