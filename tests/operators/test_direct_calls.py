"""Calls of a gradient that is warm: they run compiled code that binds arguments itself."""

from __future__ import annotations

import copy
import dis
import functools
import gc
import inspect
import math
import pickle
import threading
import warnings
import weakref
from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff import grad, hessian, hvp, value_and_grad
from symdiff.compile.checks import ALONE
from symdiff.compile.direct import Called, direct
from symdiff.compile.emit import Emitted
from symdiff.errors import UsageError

SCALE = 2.0


def scaled(x, a=2.0, *, power=2):
    return a * x**power


def warm(g: Any, *args: Any, **kwargs: Any) -> Any:
    """Call until what was compiled is called directly."""
    for _ in range(3):
        found = g(*args, **kwargs)
    assert g._answered_by is not g._asks
    return found


def test_arguments_are_bound_as_by_the_function() -> None:
    def f(a, b, /, c, d=3.0, *rest, e=5.0, **more):
        return a * b**2 + c * d + sum(rest) * a + e * a + sum(more.values()) * a * b

    g = grad(f)
    assert warm(g, 1.0, 2.0, 3.0) == 4.0 + 5.0
    assert g(1.0, 2.0, c=3.0) == 9.0
    assert g(1.0, 2.0, 3.0, 4.0) == 9.0
    assert g(1.0, 2.0, e=6.0, c=3.0) == 10.0
    assert warm(g, 1.0, 2.0, 3.0, 4.0, 7.0, 8.0) == 9.0 + 15.0
    assert warm(g, 1.0, 2.0, 3.0, z=10.0) == 9.0 + 20.0
    assert g(1.0, 2.0, 3.0) == 9.0
    for wrong, named in [((1.0,), {}), ((1.0, 2.0), {}), ((), {"a": 1.0, "b": 2.0, "c": 3.0})]:
        with pytest.raises(TypeError):
            g(*wrong, **named)
    few = grad(scaled)
    assert warm(few, 1.0) == 4.0
    with pytest.raises(TypeError, match="scaled"):
        few(1.0, 2.0, 3.0)
    assert list(inspect.signature(g).parameters) == ["a", "b", "c", "d", "rest", "e", "more"]


def test_what_no_check_looks_at_has_to_be_given_all_the_same() -> None:
    g = grad(lambda x, unread: x * x)
    assert warm(g, 1.5, None) == 3.0
    assert g(1.5, unread="anything") == 3.0
    for wrong, named in [((1.5,), {}), ((), {"unread": 1}), ((), {})]:
        with pytest.raises(TypeError, match="missing a required argument"):
            g(*wrong, **named)
    with pytest.raises(TypeError):
        g(1.5, None, 1)
    with pytest.raises(TypeError):
        g(1.5, None, other=1)


def test_defaults_are_those_that_the_function_has_now() -> None:
    def f(x, a=2.0, *, b=1.0):
        return a * b * x * x

    g = grad(f)
    assert warm(g, 3.0) == 12.0
    f.__defaults__ = (5.0,)
    assert g(3.0) == 30.0
    f.__kwdefaults__["b"] = 2.0
    assert g(3.0) == 60.0
    f.__kwdefaults__ = {"b": 3.0}
    assert g(3.0) == 90.0
    f.__defaults__ = (1.0, 2.0)
    assert g() == 2 * 2.0 * 3.0
    f.__defaults__ = None
    with pytest.raises(TypeError):
        g(3.0)
    assert g(3.0, 2.0) == 36.0
    f.__defaults__ = (np.array(2.0), 2)
    assert g(1.0) == 12.0


def test_names_of_parameters_that_compiled_code_uses() -> None:
    def f(float, math, arg_1, arg_0, numpy, left_0, cold_0):
        return float * math + arg_1**2 * arg_0 + numpy * left_0 * cold_0

    values = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
    expected = (3.0, 2.0, 40.0, 16.0, 56.0, 48.0, 42.0)
    g = grad(f, wrt="all")
    for _ in range(4):
        assert g(*values) == expected
    named = dict(zip(inspect.signature(f).parameters, values, strict=True))
    for _ in range(4):
        assert g(**named) == expected


@pytest.mark.parametrize("operator", [grad, value_and_grad])
def test_the_buffer_for_the_result_is_one_argument_more(operator: Any) -> None:
    g = operator(lambda x, **more: np.sum(x**3) * more.get("k", 1.0))
    x, out = np.array([1.0, 2.0]), np.empty(2)
    warm(g, x)
    found = g(x, out=out)
    assert (found[1] if operator is value_and_grad else found) is out
    np.testing.assert_array_equal(out, [3.0, 12.0])
    warm(g, x, k=2.0)
    g(x, out=out, k=2.0)
    np.testing.assert_array_equal(out, [6.0, 24.0])
    with pytest.raises(UsageError):
        g(x, out=np.empty(3))
    own = grad(lambda x, out: x * x * out)
    assert warm(own, 2.0, out=3.0) == 12.0


def of_globals(x):
    return SCALE * sum([x * x, x]) + math.sin(x)


def test_globals_and_builtins_are_looked_up_as_by_the_function(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = of_globals.__globals__
    g = grad(of_globals)
    expected = 2.0 * 4.0 + math.cos(1.5)
    assert warm(g, 1.5) == expected
    monkeypatch.setitem(space, "SCALE", 3.0)
    assert warm(g, 1.5) == 3.0 * 4.0 + math.cos(1.5)
    monkeypatch.setitem(space, "SCALE", 2.0)
    monkeypatch.setitem(space, "sum", lambda values: values[0])
    assert warm(g, 1.5) == 2.0 * 3.0 + math.cos(1.5)
    monkeypatch.delitem(space, "sum")
    assert warm(g, 1.5) == expected
    sine = math.sin(1.5)
    monkeypatch.setattr(math, "sin", math.cos)
    assert warm(g, 1.5) == pytest.approx(2.0 * 4.0 - sine, rel=1e-15)
    monkeypatch.undo()
    assert g(1.5) == expected
    monkeypatch.delitem(space, "SCALE")
    with pytest.raises(NameError, match="SCALE"):
        g(1.5)
    monkeypatch.undo()
    assert g(1.5) == expected


def test_an_attribute_of_a_module_that_makes_up_some(monkeypatch: pytest.MonkeyPatch) -> None:
    g = grad(lambda x: np.sum(x * x))
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(warm(g, x), [2.0, 4.0])
    monkeypatch.setattr(np, "sum", np.prod)
    np.testing.assert_array_equal(warm(g, x), [8.0, 4.0])
    monkeypatch.undo()
    np.testing.assert_array_equal(g(x), [2.0, 4.0])


def test_the_code_of_a_function_may_change() -> None:
    def f(x):
        return x * x

    def cubed(x):
        return x**3

    g = grad(f)
    assert warm(g, 2.0) == 4.0
    f.__code__ = cubed.__code__
    assert warm(g, 2.0) == 12.0


def test_paths_types_and_lengths_in_turn() -> None:
    def f(x):
        if isinstance(x, list):
            return x[0] * x[-1]
        if np.ndim(x):
            return np.sum(x**3)
        return x * x if x > 0 else -x

    g = grad(f)
    rounds: list[tuple[Any, Any]] = [
        (2.0, 4.0),
        (-1.0, -1.0),
        (3, 6.0),
        (np.float64(2.0), 4.0),
        (np.ones(2), [3.0, 3.0]),
        (np.ones(3), [3.0, 3.0, 3.0]),
        (np.ones((2, 1)), [[3.0], [3.0]]),
        (np.ones(2, np.float32), [3.0, 3.0]),
        ([2.0, 5.0], [5.0, 2.0]),
        ([2.0, 1.0, 5.0], [5.0, 0.0, 2.0]),
    ]
    for turn in (1, 1, -1, 1, -1):
        for x, expected in rounds[::turn]:
            for _ in range(turn + 3):
                np.testing.assert_array_equal(g(x), expected)


def test_numpy_is_silent_and_left_as_it_was() -> None:
    def f(x):
        return np.sum(np.where(x > 0, np.log(x), x))

    g, before = grad(f), np.geterr()
    x = np.array([0.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(warm(g, x), [1.0, 0.5])
        assert np.geterr() == before
        with pytest.raises(Exception, match="a"):
            g("a")
        assert np.geterr() == before
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        g(x)
    np.testing.assert_array_equal(g(x), [1.0, 0.5])
    products = grad(lambda x: np.sum(x * x * x))
    np.testing.assert_array_equal(warm(products, x), [0.0, 12.0])
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        products(np.array([1e200, 1.0]))


def test_an_interrupt_passes_and_leaves_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupting:
        @property
        def size(self):
            raise KeyboardInterrupt

    holder: Any = type("Holder", (), {"size": 2.0})()
    g = grad(lambda x: np.sum(np.exp(x) / holder.size))
    warm(g, np.ones(2))
    before = np.geterr()
    holder.__class__ = Interrupting
    with pytest.raises(KeyboardInterrupt):
        g(np.ones(2))
    assert np.geterr() == before


def test_errors_are_those_of_the_function() -> None:
    g = grad(lambda x: math.log(x) + 1 / x)
    assert warm(g, 2.0) == 0.25
    with pytest.raises(ValueError, match=r"math domain error|positive"):
        g(-1.0)
    with pytest.raises((ValueError, ZeroDivisionError)):
        g(0.0)
    assert g(2.0) == 0.25


def test_it_goes_when_nobody_needs_it() -> None:
    g = grad(lambda x, unread=None: x * x)
    warm(g, 2.0)
    gone = weakref.ref(g)
    gc.collect()
    gc.disable()
    try:
        del g
        assert gone() is None
    finally:
        gc.enable()


def test_pickles_and_copies() -> None:
    g = grad(scaled, wrt="a")
    assert warm(g, 3.0) == 9.0
    for made in (pickle.loads(pickle.dumps(g)), copy.copy(g), copy.deepcopy(g)):
        assert made.wrt == "a"
        assert warm(made, 3.0) == 9.0


def test_what_other_tools_make_of_it() -> None:
    g = grad(scaled)
    warm(g, 3.0)
    assert functools.partial(g, a=3.0)(2.0) == 12.0
    assert grad(functools.partial(g, a=3.0))(2.0) == 6.0
    assert grad(g)(3.0) == hessian(scaled)(3.0) == 4.0
    assert grad(lambda x: g(x) * g(x, a=1.0))(3.0) == 48.0
    assert hvp(scaled)(3.0, 2.0) == 8.0
    assert list(map(g, [1.0, 2.0])) == [4.0, 8.0]
    assert callable(g)


class Model:
    slope = 2.0

    @grad(wrt="x")
    def value(self, x, shift=0.0):
        """What is asked for."""
        return self.slope * x**3 + shift * x

    @classmethod
    @grad(wrt="x")
    def of_class(cls, x):
        return cls.slope * x


def test_methods() -> None:
    one, other = Model(), Model()
    other.slope = 3.0
    for _ in range(4):
        assert one.value(1.0) == 6.0
        assert other.value(1.0, shift=2.0) == 11.0
        assert Model.value(one, 1.0) == 6.0
    bound = one.value
    assert list(inspect.signature(bound).parameters) == ["x", "shift"]
    assert bound.__name__ == "value"
    assert inspect.getdoc(bound) == "What is asked for."
    assert Model.of_class(3.0) == one.of_class(3.0) == 2.0
    assert "x" in bound.source(1.0)
    assert pickle.loads(pickle.dumps(bound))(2.0) == 24.0
    with pytest.raises(TypeError):
        bound()


def test_threads_that_take_paths_in_turn() -> None:
    g = grad(lambda x: x * x if np.ndim(x) == 0 else np.sum(np.exp(x) * x))
    inputs = [2.0, -3, np.zeros(2), np.zeros(3), np.float64(1.0)]
    expected = [4.0, -6.0, np.ones(2), np.ones(3), 2.0]
    wrong: list[Any] = []

    def run(k: int) -> None:
        for n in range(300):
            at = (n * (k + 1) + n // 7) % len(inputs)
            if not np.array_equal(g(inputs[at]), expected[at]):
                wrong.append((inputs[at],))

    threads = [threading.Thread(target=run, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.default_form
def test_only_the_users_globals_are_looked_up() -> None:
    def f(x, y):
        total = max(float(len(x)), y)
        for v in x:
            total = total + abs(v) * math.tanh(v * SCALE)
        return np.sqrt(total) if total > 0 else total

    for g, args in [(grad(f, "y"), ([1.0, 2.0], 3.0)), (grad(of_globals), (1.5,))]:
        warm(g, *args)
        code = g.func.__code__
        found = {i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
        if g.func.__globals__ is f.__globals__:
            assert found <= {"max", "float", "len", "abs", "math", "SCALE", "np", "sum"}
        else:
            assert found <= set(g.func.__globals__) | set(dir(__builtins__))


def test_native_code_is_called_with_the_parameters_of_the_function() -> None:
    g = grad(scaled, target="auto")
    for _ in range(4):
        assert g(3.0) == 12.0
        assert g(3.0, a=3.0, power=3) == 81.0
        assert g(3, a=3.0) == 18.0
    with pytest.raises(TypeError):
        g()


def test_sizes_of_numbers() -> None:
    def f(a, b, c, d, e):
        return a * a * b / c + d * d * e * e * e

    def expected(a, b, c, d, e):
        return (2 * a * b / c, a * a / c, -(a * a) * b / c / c, 2 * d * e**3, 3 * d * d * e * e)

    g = grad(f, "all")
    warm(g, 1.0, 2.0, 3.0, 4.0, 5.0)
    base = [1.0, -2.0, 3.0, -4.0, 5.0]
    for k in range(5):
        for value in (0.0, -0.0, 1e-8, -1e-8, 1e8, -1e12, 1e-40, 1e40, 1e-120, 1e110):
            given = [*base[:k], value, *base[k + 1 :]]
            if k == 2 and not value:
                continue
            exact = [float(v) for v in expected(*map(mpmath.mpf, given))]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                np.testing.assert_allclose(g(*given), exact, rtol=1e-13)
    assert np.isnan(g(1.0, math.nan, 3.0, 4.0, 5.0)[0])
    assert g(1.0, math.inf, 3.0, 4.0, 5.0)[0] == math.inf


def test_shapes_and_dtypes_in_turn() -> None:
    g = grad(lambda x: np.sum(x * x * x))
    kinds = [
        np.array([1.0, 2.0]),
        np.array([[1.0, 2.0]]),
        np.array([[1.0], [2.0]]),
        np.array(2.0),
        np.array([1.0, 2.0], np.float32),
        np.array([1.0, 2.0])[::-1],
        np.array([1.0, 2.0, 3.0]),
        np.array([1.0, 2.0], np.dtype("<f8", metadata={"unit": "m"})),
        np.empty(0),
    ]
    for _ in range(3):
        for x in kinds:
            for _ in range(3):
                found = g(x)
                assert np.shape(found) == x.shape
                np.testing.assert_allclose(found, 3 * x * x)


def test_what_is_nested_too_deep_is_not_called_directly() -> None:
    parameters = [inspect.Parameter("x", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    for depth, made in ((3, True), (21, False)):
        heads = [f"{'    ' * k}for n_{k} in (x,):" for k in range(depth)]
        block = "\n    ".join([*heads, "    " * depth + "y = x"])
        emitted = Emitted(["arg_0"], [("x", "arg_0"), (block, ALONE)], "y", {}, False)
        found = direct(emitted, Called("f", parameters))
        assert (found is not None) is made
        if found is not None:
            assert found(lambda *_: None, None)(2.0) == 2.0
