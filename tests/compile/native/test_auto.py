"""`target="auto"`: which form answers, and when that changes."""

from __future__ import annotations

import math
import threading
import time
from typing import Any

import numpy as np
import pytest

from symdiff import grad
from symdiff.compile.native import building
from symdiff.operators import switching
from symdiff.operators.switching import OFTEN

from . import functions

pytestmark = pytest.mark.skipif(
    building.why_not() is not None, reason=f"no native code: {building.why_not()}"
)


def called_often(g: Any, *args: Any) -> None:
    """Call until the thread has done its work, and once more."""
    for _ in range(OFTEN + 3):
        g(*args)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if not any("_compile" in t.name for t in threading.enumerate()):
            break
        time.sleep(0.01)
    g(*args)
    g(*args)


def test_a_gradient_that_is_called_often_becomes_native() -> None:
    auto, plain = grad(functions.polynomial, target="auto"), grad(functions.polynomial)
    for _ in range(5):
        assert auto(0.5) == plain(0.5)
    assert auto.native == ("called too seldom so far",)
    called_often(auto, 0.5)
    assert auto.native == ("native",)
    for x in (0.5, -1.25, 3.0, np.float64(0.5), 1):
        assert auto(x) == pytest.approx(plain(x), rel=1e-15)


def test_each_path_is_counted_by_itself() -> None:
    auto, plain = grad(functions.either, "all", target="auto"), grad(functions.either, "all")
    called_often(auto, 1.0, 2.0)
    assert auto(2.0, 1.0) == plain(2.0, 1.0)
    assert sorted(auto.native) == ["called too seldom so far", "native"]
    called_often(auto, 2.0, 1.0)
    assert auto.native == ("native", "native")
    for call in ((1.0, 2.0), (2.0, 1.0), (1.5, 2.5)):
        assert auto(*call) == plain(*call)


def test_errors_and_other_types_after_the_change() -> None:
    def f(x: Any) -> Any:
        return math.log(x) * 2

    auto = grad(f, target="auto")
    called_often(auto, 0.5)
    assert auto.native == ("native",)
    with pytest.raises(ValueError, match=r"math domain error|positive"):
        auto(-1.0)
    assert auto(0.5) == 4.0
    assert auto(x=0.5) == 4.0
    with pytest.raises(TypeError):
        auto(0.5, 1.0)


def test_native_code_that_gives_something_else_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switching, "agree", lambda one, other: False)
    auto = grad(functions.polynomial, target="auto")
    called_often(auto, 0.5)
    assert "something else" in auto.native[0]
    assert auto(0.5) == grad(functions.polynomial)(0.5)


def test_without_a_compiler_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(building.COMPILER, "0")
    auto = grad(functions.slices, target="auto")
    x = functions.vector(5)
    called_often(auto, x)
    np.testing.assert_array_equal(auto(x), grad(functions.slices)(x))
    assert "no C compiler" in auto.native[0]
