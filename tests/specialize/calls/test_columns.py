"""Constant columns of pandas beside what is differentiated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff import grad
from symdiff.errors import UnsupportedError

pd = pytest.importorskip("pandas")

FRAME = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0.5, 1.5, 2.5], "n": [1, 2, 3]})
COLUMN = FRAME["x"]
P = np.array([1.2, 0.7])


def slope(f: Any, x: float, h: float = 1e-3) -> float:
    d = [(f(x + k * h) - f(x - k * h)) / (2 * k * h) for k in (1, 2, 3)]
    return (15 * d[0] - 6 * d[1] + d[2]) / 10


def by_differences(f: Any, x: Any) -> Any:
    return np.array([slope(lambda s, e=e: f(x + s * e), 0.0) for e in np.eye(len(x))])


CASES: dict[str, Any] = {
    "values": lambda p: np.sum(p[0] * FRAME["x"].values) + np.sum(p[1] * COLUMN.to_numpy() ** 2),
    "an array": lambda p: np.sum(p[0] * np.array(FRAME.x)) * np.sum(p[1] + np.asarray(COLUMN)),
    "a matrix": lambda p: np.sum((FRAME[["x", "y"]].values @ p) ** 2),
    "numbers": lambda p: p[0] * FRAME["x"].mean() + p[1] ** 2 * COLUMN.iloc[0] * len(FRAME),
    "rows": lambda p: sum(p[0] * r.x + p[1] ** 2 * r.y for r in FRAME.itertuples()),
    "from the left": lambda p: (COLUMN * p[0] + FRAME["n"] / p[1]).sum(),
    "from the right": lambda p: np.sum(p[0] * COLUMN - p[1] / FRAME["y"]),
    "residuals": lambda p: ((FRAME["y"] - (p[0] + p[1] * FRAME["x"])) ** 2).mean(),
    "functions": lambda p: np.mean(np.square(FRAME["y"] - p[0] * np.exp(-p[1] * COLUMN))),
    "deviation": lambda p: (p[0] * COLUMN + p[1] * FRAME["y"] ** 2).std() + (p[0] * COLUMN).var(),
    "ends": lambda p: (p[0] - COLUMN).max() + (-(p[1] * COLUMN)).min(),
    "as an array": lambda p: (p[0] * COLUMN).to_numpy()[1] * (p[1] * COLUMN).values.sum(),
    "a product": lambda p: (COLUMN * p[0]).dot(FRAME["y"]) + COLUMN @ np.array([p[0], p[1], 1.0]),
    "a loop": lambda p: sum(v * v for v in p[0] * COLUMN) + p[1] * sum(COLUMN),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name: str) -> None:
    f = CASES[name]
    np.testing.assert_allclose(grad(f)(P), by_differences(f, P), rtol=1e-8, atol=1e-9)


def test_a_column_is_read_at_every_call() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    gradients = [
        grad(lambda a: (a * frame["x"]).sum()),
        grad(lambda a: np.sum(a * frame["x"].values)),
        grad(lambda a: np.sum(np.exp(0 * a) * frame.x * a)),
    ]
    for first in (1.0, 10.0, -2.0):
        frame.loc[0, "x"] = first
        assert [g(2.0) for g in gradients] == [frame["x"].sum()] * 3
    assert gradients[0].trace_count == 1


def test_what_pandas_does_otherwise_is_refused() -> None:
    gap = pd.Series([1.0, np.nan, 2.0])
    other = pd.Series([1.0, 2.0, 3.0], index=[2, 1, 0])
    words = pd.Series(["a", "b", "c"])
    for f in (
        lambda a: (a * gap).sum(),  # pandas leaves it out
        lambda a: (a * COLUMN + other).sum(),  # pandas sorts it
        lambda a: (a * COLUMN).median(),
        lambda a: np.std(a * COLUMN),
        lambda a: (a * COLUMN)[0],
        lambda a: (words * a).sum(),
    ):
        with pytest.raises((UnsupportedError, TypeError)):
            grad(f)(2.0)
