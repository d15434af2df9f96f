"""Every function of the zoo: one gradient object, all inputs forwards and backwards, an oracle."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from symdiff import grad

from .comparing import assert_close
from .oracle import autograd_gradient, central_difference, complex_step, mp_gradient
from .zoo import Call, Case, all_cases

pytestmark = pytest.mark.sampled(every=83)

CASES = all_cases()
FLOATS = [(n, c) for n, c in CASES if any(isinstance(k.args[c.wrt], float) for k in c.calls)]
ARRAYS = [(n, c) for n, c in CASES if any(isinstance(k.args[c.wrt], np.ndarray) for k in c.calls)]


def each(cases: list[tuple[str, Case]]) -> Any:
    return pytest.mark.parametrize("case", [c for _, c in cases], ids=[n for n, _ in cases])


def expected(case: Case, call: Call) -> Any:
    if case.oracle == "complex":
        assert len(call.args) == 1
        assert not call.kwargs
        return complex_step(case.function, call.args[0])
    function = case.twin or case.function
    if case.oracle == "difference":
        return central_difference(lambda x: alone(function, case.wrt, call, x), call.args[case.wrt])
    oracle = {"mp": mp_gradient, "autograd": autograd_gradient}[case.oracle]
    return oracle(function, call.args, case.wrt, call.kwargs)


def alone(function: Any, wrt: int, call: Call, x: Any) -> Any:
    """The function of one argument, the others copied: it may change them."""
    args = [copy.deepcopy(a) for a in call.args]
    args[wrt] = copy.deepcopy(x)
    return function(*args, **call.kwargs)


def tolerance(case: Case) -> float:
    return max(case.tolerance, 1e-8) if case.oracle == "difference" else case.tolerance


def prepared(call: Call) -> Call:
    if call.before is not None:
        call.before()
    return call


def test_the_zoo_is_large() -> None:
    assert len(CASES) >= 300
    assert len({name for name, _ in CASES}) == len(CASES)
    assert all(len(case.inputs) >= 3 for _, case in CASES)


@each(CASES)
def test_gradient_agrees_with_the_oracle_on_every_path(case: Case) -> None:
    g = grad(case.function, case.wrt)
    for call in (*case.calls, *reversed(case.calls)):
        prepared(call)
        found = g(*call.args, **call.kwargs)
        assert_close(found, expected(case, call), tolerance(case))


@each(CASES)
def test_value_is_the_functions_own(case: Case) -> None:
    g = grad(case.function, case.wrt)
    for call in case.calls:
        prepared(call)
        if not isinstance(call.args[case.wrt], float) or hasattr(float, "norm"):
            continue
        try:
            value = case.function(*call.args, **call.kwargs)
        except AttributeError:  # methods that only arrays have
            continue
        found, slope = g.value_and_grad(*call.args, **call.kwargs)
        assert found == pytest.approx(value, rel=1e-13)
        assert g.value(*call.args, **call.kwargs) == pytest.approx(value, rel=1e-13)
        assert_close(slope, expected(case, call), tolerance(case))


@each(CASES)
def test_a_path_is_traced_once(case: Case) -> None:
    g = grad(case.function, case.wrt)
    for call in case.calls:
        prepared(call)
        g(*call.args, **call.kwargs)
    count = g.trace_count
    assert 1 <= count <= len(case.calls)
    for call in (*reversed(case.calls), *case.calls):
        prepared(call)
        g(*call.args, **call.kwargs)
    assert g.trace_count == count


@each(ARRAYS)
def test_arguments_are_left_alone(case: Case) -> None:
    g = grad(case.function, case.wrt)
    for call in case.calls:
        prepared(call)
        before = copy.deepcopy(call.args)
        result = g(*call.args, **call.kwargs)
        for old, new in zip(before, call.args, strict=True):
            np.testing.assert_array_equal(old, new)
        if isinstance(result, np.ndarray):
            # The result is the caller's own: writing to it must not show in the next call.
            kept = result.copy()
            result += 1
            np.testing.assert_array_equal(g(*call.args, **call.kwargs), kept)


@each(FLOATS)
def test_float_in_float_out(case: Case) -> None:
    g = grad(case.function, case.wrt)
    for call in case.calls:
        if isinstance(call.args[case.wrt], float):
            prepared(call)
            assert type(g(*call.args, **call.kwargs)) is float


@each(ARRAYS)
def test_float32_stays_float32(case: Case) -> None:
    g = grad(case.function, case.wrt)
    for call in case.calls:
        argument = call.args[case.wrt]
        if not isinstance(argument, np.ndarray):
            continue
        prepared(call)
        args = [
            a.astype(np.float32) if isinstance(a, np.ndarray) and a.dtype == np.float64 else a
            for a in call.args
        ]
        found = g(*args, **call.kwargs)
        assert found.dtype == np.float32
        assert found.shape == argument.shape
        exact = tuple(a.astype(float) if isinstance(a, np.ndarray) else a for a in args)
        assert_close(found, expected(case, Call(exact, call.kwargs)), 1e-4)
        # The same object still serves doubles.
        assert g(*call.args, **call.kwargs).dtype == np.float64
