"""Native code against the Python form, against other oracles, and where it must not be used."""

from __future__ import annotations

import contextlib
import math
import pickle
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from symdiff import (
    batched,
    derivative,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    value_and_grad,
)
from symdiff.compile.native import attached
from symdiff.compile.native.building import why_not
from symdiff.compile.native.jitted import building
from symdiff.errors import UsageError
from symdiff.operators.targets import NativeWarning, Target
from symdiff.program.trees import flatten
from symdiff.settings import memory_limit, rolling

from ...oracle import mp_gradient
from . import functions
from .functions import CASES, vector

_MISSING = {"c": why_not(), "numba": building.why_not()}
no_c = pytest.mark.skipif(why_not() is not None, reason=f"no native code: {why_not()}")


@pytest.fixture(params=["c", "numba"])
def target(request: pytest.FixtureRequest) -> Target:
    """What compiles."""
    if _MISSING[request.param] is not None:
        pytest.skip(f"no native code: {_MISSING[request.param]}")
    found: Target = request.param
    return found


@pytest.fixture
def misses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often the Python form has run in the place of native code: `[count]`."""
    count = [0]
    quiet = attached.python_form

    def counting(function: Any, *rest: Any) -> Any:
        run = quiet(function, *rest)

        def call(*args: Any) -> Any:
            count[0] += 1
            return run(*args)

        return call

    monkeypatch.setattr(attached, "python_form", counting)
    return count


def assert_near(found: Any, expected: Any, ulps: float = 4) -> None:
    """The same type and shape, and numbers that differ in the last bits of the largest at most."""
    for one, other in zip(flatten(found)[0], flatten(expected)[0], strict=True):
        assert type(one) is type(other)
        assert np.shape(one) == np.shape(other)
        a, b = np.asarray(one), np.asarray(other)
        assert a.dtype == b.dtype
        if a.size:
            size = np.maximum(np.abs(b), np.max(np.abs(b)) * 1e-3)
            with np.errstate(invalid="ignore"):
                same = (np.abs(a - b) <= ulps * 2.3e-16 * size) | (a == b) | ((a != a) & (b != b))
            assert np.all(same), (found, expected)


@pytest.mark.sampled(every=4)
@pytest.mark.parametrize(("f", "wrt", "calls"), CASES, ids=[f.__name__ for f, _, _ in CASES])
def test_native_code_gives_what_the_python_form_gives(
    f: Any, wrt: Any, calls: Any, misses: list[int], target: Target
) -> None:
    plain, native = grad(f, wrt), value_and_grad(f, wrt, target=target)
    for call in [*calls, *calls[::-1]]:
        expected = plain(*call)
        assert_near(native(*call)[1], expected, 256 if f is functions.chain else 64)
        before = misses[0]
        value, found = native(*call)
        assert misses[0] == before, "the Python form ran"
        assert_near(found, expected, 256 if f is functions.chain else 64)
        assert value == pytest.approx(f(*call), rel=1e-14)
    assert set(native.native) == {"native"}


@pytest.mark.parametrize("f", [functions.polynomial, functions.library, functions.until])
def test_native_code_gives_what_mpmath_gives(f: Any, target: Target) -> None:
    native = grad(f, target=target)
    for x in (0.4, 1.3, 2.9):
        native(x)
        assert native(x) == pytest.approx(float(mp_gradient(f, (x,))), rel=1e-14)


def test_loops_give_what_they_give_unrolled(misses: list[int], target: Target) -> None:
    rolled = grad(functions.nested, (0, 1), target=target)
    for call in ((0.3, 0.5, 6), (0.9, 2.5, 9)):
        rolled(*call)
        with rolling(False):
            expected = grad(functions.nested, (0, 1))(*call)
        before = misses[0]
        assert_near(rolled(*call), expected, 16)
        assert misses[0] == before


def test_other_operators_are_native(misses: list[int], target: Target) -> None:
    x, v = vector(5), np.cos(np.arange(5.0))
    f = functions.slices
    pairs: list[tuple[Any, Any, tuple[Any, ...]]] = [
        (hessian(f, target=target), hessian(f), (x,)),
        (hvp(f, target=target), hvp(f), (x, v)),
        (jacobian(np.tanh, target=target), jacobian(np.tanh), (x,)),
        (elementwise_grad(np.sin, target=target), elementwise_grad(np.sin), (x,)),
        (
            derivative(functions.polynomial, n=2, target=target),
            derivative(functions.polynomial, n=2),
            (0.3,),
        ),
    ]
    for native, plain, call in pairs:
        native(*call)
        before = misses[0]
        assert_near(native(*call), plain(*call), 16)
        assert misses[0] == before
        assert native.native == ("native",)


def test_a_batch_of_native_derivatives_is_native(misses: list[int], target: Target) -> None:
    def f(x: Any) -> Any:
        r = x[0] * math.exp(x[1]) if x[0] > 0.4 else x[0] - x[1]
        return np.array([r * math.sin(x[2]), x[0] / (1 + x[1] ** 2)])

    native, plain = batched(jacobian(f, target=target)), batched(jacobian(f))
    for n in (5, 40, 5):
        x = np.cos(np.arange(3.0 * n)).reshape(n, 3)
        native(x)
        before = misses[0]
        assert_near(native(x), plain(x), 64)
        assert misses[0] == before
    x[2, 1] = math.nan
    x[3, 0] = 1e200
    np.testing.assert_allclose(native(x), plain(x), rtol=1e-14)


# -- what native code is not made for


def raised(f: Callable[..., Any], *args: Any) -> tuple[Any, str]:
    """The type and text of what a call raises, and the user's line of it."""
    with pytest.raises(Exception) as caught:  # noqa: PT011
        f(*args)
    return caught.type, str(caught.value)


def divides(x, y):
    return math.log(x) / y + math.exp(x)


def test_errors_are_those_of_the_function(target: Target) -> None:
    native = grad(divides, target=target)
    assert native(2.0, 3.0) == grad(divides)(2.0, 3.0)
    for call in ((2.0, 0.0), (0.0, 1.0), (-1.0, 1.0), (1000.0, 1.0)):
        assert raised(native, *call) == raised(divides, *call)
    assert native(2.0, 3.0) == grad(divides)(2.0, 3.0)


def test_what_is_infinite_or_no_number_is_what_the_python_form_gives(target: Target) -> None:
    def f(x: Any) -> Any:
        return np.sum(np.sqrt(x) + x / (x - 1))

    plain, native = grad(f), grad(f, target=target)
    for numbers in ([0.5, 2.0], [0.0, 1.0], [math.inf, 0.5], [math.nan, -1.0], [1e-200, 1e200]):
        x = np.array(numbers)
        for _ in range(2):
            np.testing.assert_array_equal(native(x), plain(x))


def test_numbers_out_of_range_go_the_extended_way(target: Target) -> None:
    def f(x: float, y: float) -> float:
        return x * x * x * y * y / (1 + x * y)

    native, plain = grad(f, "all", target=target), grad(f, "all")
    for call in ((1.5, 2.0), (1e-180, 1e190), (1e160, 1e-200), (1.5, 3.0), (0.0, 1e200)):
        assert native(*call) == plain(*call)
    with pytest.warns(NativeWarning, match="extended precision"):
        grad(lambda x: 1e200 * x**-1 * math.exp(x) * 1e-100, target=target)(2.0)


def test_other_types_of_arguments(target: Target) -> None:
    native, plain = grad(functions.either, "all", target=target), grad(functions.either, "all")
    for call in ((1.0, 2.0), (1, 2.0), (np.float64(1.5), 3), (1.0, 2.0), (2, 1)):
        for _ in range(2):
            assert native(*call) == plain(*call)


def test_other_arrays_of_the_same_function(misses: list[int], target: Target) -> None:
    native, plain = grad(functions.chain, target=target), grad(functions.chain)
    wide = vector(12)
    for x in (wide, wide[::2], wide[::-1], wide[:4]):
        native(x)
        assert_near(native(x), plain(x), 64)
    with pytest.warns(NativeWarning, match="arrays of float32"):
        native(wide.astype(np.float32))
    for x in (wide.astype(np.float32), wide.astype(">f8"), wide):
        assert_near(native(x), plain(x), 64)
    native(wide[::3])
    before = misses[0]
    native(wide[::3])  # its elements lie apart
    assert misses[0] == before


def test_arrays_of_whole_numbers_and_bools(target: Target) -> None:
    def f(x: Any, k: Any, b: Any) -> Any:
        return np.sum(np.where(b, x * k, x**2) + (k * k) * x)

    native, plain = grad(f, target=target), grad(f)
    for k in (np.arange(4), np.array([3, -2, 0, 2**62])):
        for b in (np.array([True, False, True, False]), np.zeros(4, bool)):
            native(vector(4), k, b)
            assert_near(native(vector(4), k, b), plain(vector(4), k, b))
    assert native.native == ("native",)


def test_whole_numbers_have_no_end(target: Target) -> None:
    def f(x: float, n: int) -> float:
        return x * (n * n * n) + x * (n + 1)

    native, plain = grad(f, target=target), grad(f)
    for n in (3, 2**40, 2**70, -5, 2**62):
        assert native(0.5, n) == plain(0.5, n)


def test_a_global_that_changes_is_read_again(
    monkeypatch: pytest.MonkeyPatch, target: Target
) -> None:
    native = grad(functions.outside, target=target)
    before = native(1.5), native(1.5)
    monkeypatch.setattr(functions, "SCALE", 2.5)
    monkeypatch.setitem(functions.RATES, "low", 0.75)
    assert native(1.5) == pytest.approx(2.5 * 0.75 + 6.0)
    monkeypatch.undo()
    assert (native(1.5), native(1.5)) == before
    monkeypatch.setattr(functions, "math", math)
    monkeypatch.setattr(functions, "normal", lambda z: z)
    option = grad(functions.option, target=target)
    call = (100.0, 95.0, 1.0, 0.05, 0.2)
    option(*call)
    monkeypatch.undo()
    assert option(*call) == pytest.approx(grad(functions.option)(*call), rel=1e-14)


def test_where_numpy_is_set_to_raise_the_user_meets_the_error(target: Target) -> None:
    native = grad(lambda x: np.sum(np.log(x)), target=target)
    x = np.array([1.0, 0.0])
    assert np.isinf(native(x)).any()
    native(x)
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        native(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        native(x)
    assert np.isinf(native(x)).any()


def test_results_are_arrays_of_their_own(target: Target) -> None:
    native = grad(lambda x: np.sum(x * x), target=target)
    x = vector(4)
    first = native(x)
    second = native(x)
    assert first is not second
    first[:] = 7.0
    np.testing.assert_array_equal(native(x), 2 * x)
    np.testing.assert_array_equal(second, 2 * x)
    same = grad(lambda x, y: np.sum(x) + np.sum(y), wrt=(0, 1), target=target)
    a, b = same(x, x)
    a[:] = 5.0
    assert (b == 1.0).all()


def test_what_a_loop_stacks_is_limited(target: Target) -> None:
    native = grad(functions.counted, target=target)
    with memory_limit(10_000):
        assert_near(native(0.3, 2000), grad(functions.counted)(0.3, 2000), 64)
        assert_near(native(0.3, 2000), grad(functions.counted)(0.3, 2000), 64)


def test_a_loop_that_does_not_end_can_be_interrupted(target: Target) -> None:
    import threading

    def short(x: float, n: float) -> float:
        s = x
        while s < n:
            s = s + 1.0
        return s * x

    native = grad(short, target=target)
    assert native(0.5, 10.0) == grad(short)(0.5, 10.0)
    assert native(0.5, 10.0) == grad(short)(0.5, 10.0)
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals go to the main thread")

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with restored_alarm(interrupted), pytest.raises(KeyboardInterrupt):
        native(0.5, 1e17)


@contextlib.contextmanager
def restored_alarm(handler: Any) -> Iterator[None]:
    import signal

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def waves(x):
    return np.sum(np.abs(np.fft.rfft(x)) ** 2)


def mixed(x):
    a = np.outer(x, x) + 3 * np.eye(len(x))
    low = np.linalg.cholesky(a)
    y = np.sort(np.linalg.solve(a, x))[::-1] * np.einsum("ij,j->i", low, x)
    return np.sum(y[x > 0.25]) + math.gamma(x[0] + 2) * np.prod(y + 2)


@no_c
def test_python_computes_what_has_no_form_within_native_code(misses: list[int]) -> None:
    native, plain = grad(mixed, target="c"), grad(mixed)
    for x in (vector(4), vector(4)[::-1], vector(4) - 0.2, vector(5), vector(4)):
        native(x)
        before = misses[0]
        assert_near(native(x), plain(x), 256)
        assert misses[0] == before
    assert all(way.startswith("native, and Python for ") for way in native.native)
    with pytest.raises(np.linalg.LinAlgError):
        grad(lambda x: np.sum(np.linalg.cholesky(-np.outer(x, x))), target="c")(vector(3))


@no_c
def test_python_computes_within_loops() -> None:
    def f(x: Any, n: int) -> Any:
        s = 0.0
        for i in range(n):
            s = s + math.sin(x + i) ** 2 * digamma(x + s)
        return s

    from scipy.special import digamma

    native, plain = grad(f, target="c"), grad(f)
    for call in ((0.5, 3), (1.5, 12), (0.5, 0), (0.7, 40)):
        native(*call)
        assert_near(native(*call), plain(*call), 16)


def test_what_has_no_native_form_says_so_once(target: Target) -> None:
    native = grad(waves, target=target)
    x = np.array([0.3, 0.1, 0.7])
    with pytest.warns(NativeWarning, match=r"runs as Python: .*test_native.py:\d+: .*no native"):
        found = native(x)
    np.testing.assert_array_equal(found, grad(waves)(x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        native(x)
        native(np.array([0.3, 0.1, 0.7, 0.2]))
    line = waves.__code__.co_firstlineno + 1
    assert all(f"test_native.py:{line}: " in why for why in native.native)


def test_a_target_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="fortran"):
        grad(functions.polynomial, target="fortran")  # type: ignore[call-overload]


def test_a_native_gradient_is_pickled_as_one(target: Target) -> None:
    again = pickle.loads(pickle.dumps(grad(functions.polynomial, target=target)))
    assert again(0.5) == grad(functions.polynomial)(0.5)
    assert again.native == ("native",)


def test_methods(target: Target) -> None:
    class Model:
        k = 1.5

        @grad(target=target)
        def energy(self, x: float) -> float:
            return self.k * x**2

        @staticmethod
        @grad(target=target)
        def plain(x: float) -> float:
            return x * x

    model = Model()
    assert model.energy(2.0) == 6.0
    model.k = 2.0
    assert (model.energy(2.0), model.energy(2.0)) == (8.0, 8.0)
    assert Model.plain(3.0) == 6.0


def test_the_source_is_what_runs(target: Target) -> None:
    native = grad(functions.polynomial, target=target)
    known = {"c": "sd_call(PyObject *self", "numba": "def body(pool, results, x_"}[target]
    assert known in native.generated_source(0.5)
    assert native.source(0.5) == grad(functions.polynomial).source(0.5)


def test_the_warning_names_the_line_that_called(target):
    g = grad(lambda x: np.sum(x**2), target=target)
    with pytest.warns(NativeWarning, match="float32") as caught:
        g(np.ones(3, np.float32))
    assert caught[0].filename == __file__
