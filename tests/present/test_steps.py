"""`symdiff show --steps`: what it says of each statement is read back and computed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from symdiff.command.cli import main
from symdiff.errors import ConcreteValueError, NonScalarError
from symdiff.present.steps import explained
from symdiff.specialize.paths import enumerate_paths


def scalars(x, y):
    r = x * y
    s = math.sin(r) + r**2
    if s > 1:
        s = s * x
    return s / (1 + math.exp(-y))


def reused(x, y):
    a = x * x
    b = a * math.tanh(y) + a
    return b * a - math.log(a + b * b)


def ridge(w, X, y, lam):
    r = X @ w - y
    return r @ r + lam * w @ w


def spread(x):
    return np.std(x) * x[-1]


NAMES = {n: getattr(math, n) for n in ("sin", "cos", "exp", "tanh", "cosh", "log", "sqrt")}


def text_of(function: Callable[..., Any], at: dict[str, Any], wrt: list[str]) -> str:
    paths = enumerate_paths(function, dict(at))
    return explained([p.program for p in paths], wrt, at, 80)


def difference(function: Callable[..., Any], at: dict[str, Any], name: str) -> Any:
    step = 1e-6
    up, down = ({**at, name: at[name] + s} for s in (step, -step))
    return (function(**up) - function(**down)) / (2 * step)


@pytest.mark.parametrize("at", [{"x": 2.0, "y": 0.5}, {"x": 0.3, "y": -1.2}])
@pytest.mark.parametrize("function", [scalars, reused], ids=lambda f: f.__name__)
def test_every_line_is_what_it_says(function: Callable[..., float], at: dict[str, float]) -> None:
    """The value of each variable, of each partial, and of what is added to each cotangent."""
    value, backwards = text_of(function, at, ["x", "y"]).split("backwards, from ")
    known: dict[str, Any] = {**NAMES, **at}
    statements: dict[str, str] = {}
    for line in value.splitlines():
        found = re.match(r"\s+(\w+) = (.+?)\s+= (\S+)", line)
        if found:
            name, right, shown = found.groups()
            statements[name] = right
            known[name] = eval(right, dict(known))
            assert float(shown == "True" or shown == "False" or known[name]) == pytest.approx(
                float(shown) if shown not in ("True", "False") else 1.0, rel=1e-4
            )
    first, *lines = backwards.splitlines()
    bars = {first.split(" = ")[0]: 1.0}
    partials: dict[str, float] = {}
    for line in lines:
        found = re.match(r"\s+(\S+) (\+?=) (.+?)\s+= (\S+)$", line)
        if not found:
            continue
        name, sign, right, shown = found.groups()
        if name.startswith("d") and "/d" in name and not right.endswith("_bar"):
            of, by = name[1:].split("/d")
            step = 1e-6
            ends = [eval(statements[of], {**known, by: known[by] + s}) for s in (step, -step)]
            partials[name] = eval(right, dict(known))
            assert partials[name] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-6)
            assert partials[name] == pytest.approx(float(shown), rel=1e-4)
        elif name.endswith("_bar"):
            bar, partial = right.split("*", 1)
            added = bars[bar] * partials[partial]
            assert added == pytest.approx(float(shown), rel=1e-4)
            bars[name] = (bars[name] if sign == "+=" else 0.0) + added
        else:
            of, by = name[1:].split("/d")
            assert (of, right) == (function.__name__, f"{by}_bar")
            assert bars[right] == pytest.approx(difference(function, at, by), rel=1e-6)
            assert bars[right] == pytest.approx(float(shown), rel=1e-4)


def test_arrays_end_in_the_gradient() -> None:
    at = {
        "w": np.array([1.0, -2.0]),
        "X": np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
        "y": np.ones(3),
        "lam": 0.1,
    }
    text = text_of(ridge, at, ["w", "lam"])
    r = at["X"] @ at["w"] - at["y"]
    want = 2 * at["X"].T @ r + 2 * 0.1 * at["w"]
    shown = re.search(r"dridge/dw = w_bar +=  ?\[(.*)\]|dridge/dw = w_bar +\s*= \[(.*)\]", text)
    assert shown is not None
    numbers = [float(v) for v in (shown[1] or shown[2]).split(", ")]
    assert numbers == pytest.approx(list(want), rel=1e-5)
    assert re.search(r"dridge/dlam = lam_bar +\s*= 5$", text, re.MULTILINE)
    assert "unbroadcast" not in text


def test_parts_have_names_of_their_own() -> None:
    """A part of a cotangent is not called like it, nor like another variable."""
    text = text_of(spread, {"x": np.array([1.0, 2.0, 4.0])}, ["x"])
    assert "part = " in text
    assert "mean_value = mean(x" in text
    assert not re.search(r"^ +(\w+) = .*\b\1\b.*$", text.split("backwards")[1], re.MULTILINE)


def test_what_has_no_steps_is_refused() -> None:
    with pytest.raises(ConcreteValueError, match="need a value for `x`") as caught:
        text_of(spread, {}, ["x"])
    assert "--at" in str(caught.value)
    with pytest.raises(NonScalarError):
        text_of(lambda x: (x, x), {"x": 1.0}, ["x"])


def test_the_command(tmp_path) -> None:
    file = tmp_path / "f.py"
    file.write_text("def f(x, y):\n    r = x*y\n    return r*r if r > 1 else r\n")
    found = CliRunner().invoke(main, ["show", str(file), "--steps", "--wrt", "x"])
    assert found.exit_code == 0
    assert found.output.count("backwards, from") == 2
    assert "where x*y > 1" in found.output
    at = CliRunner().invoke(main, ["show", str(file), "--steps", "--at", "x=2.0, y=3.0"])
    assert re.search(r"df/dx = x_bar +\s*= 36$", at.output, re.MULTILINE)
    assert max(map(len, at.output.splitlines())) <= 80
    both = CliRunner().invoke(main, ["show", str(file), "--steps", "--format", "latex"])
    assert both.exit_code == 2
    assert "--steps" in both.output
