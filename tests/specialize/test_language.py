"""What the language promises beside the zoo's gradients: state outside, limits, contexts."""

from __future__ import annotations

import contextlib
import copy
import io
import sys
import threading
import warnings
from typing import Any

import numpy as np
import pytest

from symdiff import SymdiffError, grad, value_and_grad
from symdiff.errors import RecursionLimitError


class Scale:
    def __init__(self, a: Any) -> None:
        self.a = a
        self.items = [a]

    def written_then_looked_up(self, x):
        self.a = x * 2
        held = self.__dict__
        held.update(b=x)
        return held["a"] * self.b + vars(self).get("c", 0.0) + sum("a" in n for n in held) - 1


def test_round_is_pythons_own() -> None:
    g = value_and_grad(lambda x: round(x, 2) * x)
    for x in (0.615, 5.015, 2.675):
        assert g(x) == (round(x, 2) * x, round(x, 2))
    assert (
        value_and_grad(lambda x: round(x, 2) * x)(np.float64(0.615))[0]
        == np.round(0.615, 2) * 0.615
    )


def test_a_copy_of_an_outside_object_is_read_again() -> None:
    scale = Scale(2.0)

    def f(x):
        return copy.deepcopy(scale).a * x + copy.copy(scale).items[0] * x

    g = grad(f)
    assert g(1.5) == 4.0
    scale.a, scale.items[0] = 3.0, 5.0
    assert g(1.5) == 8.0


def test_the_dict_of_an_instance_shows_what_was_written() -> None:
    scale = Scale(1.0)
    g = value_and_grad(scale.written_then_looked_up)
    for x in (1.5, 2.0):
        assert g(x) == (2 * x * x, 4 * x)
        assert scale.a == 2 * x


def test_double_and_single_precision_widen_as_numpy_has_it() -> None:
    def f(x):
        return np.float64(x) * np.float32(1.1)

    assert value_and_grad(f)(1.5371)[0] == f(1.5371)
    assert value_and_grad(lambda x: x * np.float32(1.1))(np.float64(1.5))[0] == np.float64(
        1.5
    ) * np.float32(1.1)


def endless(x):
    return endless(x * 1.001)


@pytest.mark.slow
def test_recursion_without_end_says_so() -> None:
    with pytest.raises(RecursionLimitError) as caught:
        grad(endless)(1.5)
    assert caught.value.where is not None
    assert "setrecursionlimit" in str(caught.value)
    assert isinstance(caught.value, RecursionError)


@pytest.mark.slow
def test_the_function_may_catch_it() -> None:
    def f(x):
        try:
            return endless(x)
        except RecursionError:
            return x * 3

    assert grad(f)(1.5) == 3.0


@pytest.mark.slow
def test_deep_recursion_works_as_in_python() -> None:
    def even(n, x):
        return x if n <= 0 else odd(n - 1, x * 1.0001)

    def odd(n, x):
        return x if n <= 0 else even(n - 1, x + 0.001)

    # CPython 3.12 has a limit of its own for calls that go through C, which nobody can raise.
    depth = 300 if sys.version_info[:2] == (3, 12) else 900
    value, slope = value_and_grad(lambda x: even(depth, x))(1.5)
    assert value == even(depth, 1.5)
    assert slope == pytest.approx(1.0001 ** (depth // 2))


def test_redirected_output(capsys: Any) -> None:
    def f(x):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            print("hidden", x)
        print(len(out.getvalue()) > 0)
        return x * x

    g = grad(f)
    for x in (1.5, 2.5, -1.0):
        assert g(x) == 2 * x
        assert capsys.readouterr().out == "True\n"


def test_warnings_are_filtered_and_the_filters_restored() -> None:
    def f(x):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.warn(f"at {x}", stacklevel=1)
        return x * x

    g = grad(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = list(warnings.filters)
        for x in (1.5, 2.5, -1.0):
            assert g(x) == 2 * x
            assert warnings.filters == before


def test_a_lock_is_let_go_however_the_function_ends() -> None:
    lock, held = threading.Lock(), []

    def f(x):
        with lock:
            held.append(x)
            if x > 2:
                raise ValueError("too large")
            return x * x if x > 0 else -x

    g = grad(f)
    for x, slope in ((1.5, 3.0), (-1.0, -1.0), (0.5, 1.0)):
        assert g(x) == slope
        assert not lock.locked()
    for _ in range(2):
        with pytest.raises(ValueError, match="too large"):
            g(3.0)
        assert not lock.locked()
    assert held == [1.5, -1.0, 0.5, 3.0, 3.0]


def test_what_has_no_derivative_says_so() -> None:
    from decimal import Decimal
    from fractions import Fraction

    for f in (lambda x: float(Fraction(x)), lambda x: float(Decimal(x))):
        with pytest.raises(SymdiffError, match="keep the value a float"):
            grad(f)(1.5)


class Remembering:
    def __init__(self) -> None:
        self.history: list[Any] = []

    def smoothed(self, x):
        if self.history and self.history[-1] > 100:
            return x
        self.history.append(x * x)
        self.history.append(f"{x:.1f}")
        last = self.history[-2] if len(self.history) > 2 else 0.0
        self.history.append(last + x)
        return last * len(self.history) + self.history[-1] * x

    def opened(self, x):
        first = self.history[-1] if self.history else 1.0
        self.history.append(x)
        self.history[0] += 1.0
        return x * first + sum(self.history) + len(self.history) * x


def test_a_list_that_grows_is_traced_once_for_each_path() -> None:
    plain, traced = Remembering(), Remembering()
    g = value_and_grad(traced.smoothed)
    for x in (1.5, 2.0, -1.0, 3.0, 2.5):
        value, slope = g(x)
        h = 1e-5
        ahead, behind = copy.deepcopy(plain), copy.deepcopy(plain)
        expected = (ahead.smoothed(x + h) - behind.smoothed(x - h)) / (2 * h)
        assert value == plain.smoothed(x)
        assert slope == pytest.approx(expected, rel=1e-8)
        assert traced.history == plain.history
    assert g.trace_count == 2  # the list empty, and not


def test_a_list_that_grows_and_is_opened_is_right_at_every_length() -> None:
    plain, traced = Remembering(), Remembering()
    g = value_and_grad(traced.opened)
    for x in (1.5, 2.0, -1.0, 3.0):
        assert g(x)[0] == plain.opened(x)
        assert traced.history == plain.history


_seen: list[Any] = []


def test_a_list_that_shrinks_again() -> None:
    def f(x):
        try:
            before = _seen[-2]
        except IndexError:
            before = 7.0
        _seen.append(x)
        return before * x + len(_seen)

    g = value_and_grad(f)
    for start in ([], [1.0], [1.0, 2.0], [3.0, 4.0, 5.0], [], [2.0, 8.0], [1.0]):
        _seen[:] = start
        before = start[-2] if len(start) > 1 else 7.0
        assert g(1.5) == (before * 1.5 + len(start) + 1, before)
        assert _seen == [*start, 1.5]
    assert g.trace_count <= 4
