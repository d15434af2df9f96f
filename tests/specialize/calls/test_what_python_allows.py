"""An exception of symdiff's own rules is not the user's to catch; what Python raises is."""

from __future__ import annotations

import math
import random
import warnings
from typing import Any

import numpy as np
import pytest

from symdiff import SymdiffError, value_and_grad
from symdiff.errors import InternalError

pytestmark = pytest.mark.sampled(every=83)

X = np.array([1.3, 0.4, 2.2])


def written(x):
    a = np.full_like(x[0], 2.0)
    a[...] = 3.0 * x[1]
    return a * x


def changed(name, *args):
    def call(x):
        y = x * 1.0
        getattr(y, name)(*args)
        return y

    return call


def placed(function, *args):
    def call(x):
        y = x * 1.0
        function(y, *args)
        return y

    return call


def deleted(x):
    items = [x[0], x[1], x[2]]
    del items[4]
    return sum(items)


CALLS: list[Any] = [
    lambda x: np.reshape(x, None),
    lambda x: np.zeros_like(x, None) + x,
    lambda x: np.empty_like(x, None, "C") * 0 + x,
    lambda x: np.trim_zeros(x, "fb") * 2,
    lambda x: np.trim_zeros(x, axis=0) * 2,
    lambda x: np.modf(x)[0],
    lambda x: np.modf(2, x),
    lambda x: np.add.accumulate(x, axis=None),
    lambda x: np.multiply.accumulate(x[None], axis=None),
    lambda x: np.cross(x, [1, 2, 3]),
    lambda x: np.cross(2, x),
    lambda x: np.tensordot(2, x, 0),
    lambda x: np.tensordot(x, 2),
    lambda x: np.add(x[0], 0.5) / int(x[1]),
    lambda x: math.sqrt(x[0]) / int(x[1]),
    written,
    lambda x: np.sum(x, None, None, None),
    lambda x: np.reshape(x, (2, 2)),
    lambda x: x[5],
    lambda x: x["a"],
    lambda x: x[0][0],
    lambda x: x + np.ones(2),
    lambda x: x + "a",
    lambda x: x @ x @ x,
    lambda x: np.concatenate(x, 3),
    lambda x: x.foo,
    lambda x: x.mean(axis=3),
    lambda x: x * x.nbytes,
    lambda x: np.clip(x, None, None),
    lambda x: max(3.0, x[0], c=7.0),
    lambda x: min(x, 2.0),
    lambda x: np.linalg.norm(x, "fro"),
    lambda x: np.linalg.norm(x, "bad"),
    lambda x: np.linalg.inv(np.outer(x, x) * 0),
    lambda x: np.linalg.cholesky(-np.eye(3) * x),
    lambda x: float("abc") + x,
    lambda x: float(x),
    lambda x: int(x[0] / 0.0),
    lambda x: math.log(x[0] - 5),
    lambda x: math.sqrt(x[0], 2),
    lambda x: round(x[0], None) + x,
    lambda x: np.dot(x, np.ones((2, 3))),
    lambda x: np.einsum("ij", x),
    lambda x: np.asfortranarray(np.outer(x, x), dtype=int) + x,
    lambda x: np.nan_to_num(x, 1, 2, 3, 4, 5),
    lambda x: np.add(x, x, x, x),
    lambda x: np.sin(),
    lambda x: np.stack([x, x[:2]]),
    lambda x: sum(x, x, x),
    lambda x: sorted(x, reversed=True),
    lambda x: range(x[0]),
    lambda x: [1, 2][x[0]],
    lambda x: next(iter([])) + x,
    lambda x: dict(x),
    lambda x: x[0].item(3),
    lambda x: x.item(),
    changed("resize", (2, 2)),
    changed("fill", None),
    changed("sort", 3),
    placed(np.fill_diagonal, 1.0),
    placed(np.put, [7], [1.0]),
    placed(np.copyto, "a"),
    deleted,
]


def caught(call: Any, x: Any) -> Any:
    try:
        y = call(x)
        total = np.sum(y) + 0.0 * x[1]
    except Exception:
        total = 3.0 * x[0] + 11.0
    return total


def held(call: Any, x: np.ndarray) -> str:
    """How the gradient of a function that catches all goes, held against the function itself."""

    def f(x):
        try:
            y = call(x)
            total = np.sum(y) + 0.0 * x[1]
        except Exception:
            total = 3.0 * x[0] + 11.0
        return total

    want = caught(call, x.copy())
    try:
        value, slope = value_and_grad(f)(x.copy())
    except InternalError:
        raise
    except SymdiffError:
        return "refused"
    assert value == pytest.approx(want, rel=1e-12, nan_ok=True)
    if want == 3.0 * x[0] + 11.0:
        np.testing.assert_array_equal(slope, [3.0, 0.0, 0.0])
        return "raised"
    return "returned"


@pytest.mark.parametrize("k", range(len(CALLS)))
@pytest.mark.filterwarnings("ignore")
def test_a_call_is_what_python_says(k: int) -> None:
    held(CALLS[k], X)


def test_the_refusal_names_the_call_and_what_is_wrong_with_it() -> None:
    def f(x):
        try:
            y = np.reshape(x, None)
        except TypeError:
            y = 0.0 * x
        return np.sum(y)

    with pytest.raises(SymdiffError, match="`reshape` of what it is given here") as error:
        value_and_grad(f)(X)
    assert "Python allows this" in error.value.why
    assert error.value.where is not None
    assert error.value.remedy


@pytest.mark.slow
def test_what_is_raised_by_the_value_is_asked_again() -> None:
    def f(x):
        try:
            y = np.linalg.cholesky(np.diag(x))[0, 0] + math.log(x[2])
        except (ValueError, np.linalg.LinAlgError) as error:
            y = 5.0 * x[0] + len(type(error).__name__)
        return y

    g = value_and_grad(f)
    for x in ([1.0, 2.0, 3.0], [1.0, -2.0, 3.0], [1.0, 2.0, -3.0], [4.0, 2.0, 3.0]):
        value, slope = g(np.array(x))
        assert value == pytest.approx(f(np.array(x)))
        assert slope[0] == (5.0 if min(x) < 0 else 0.5 / math.sqrt(x[0]))


def test_the_users_own_exceptions_are_the_users() -> None:
    calls = []

    class Own:
        def __init__(self, v):
            self.v = v

        def __add__(self, other):
            calls.append(1)
            raise KeyError("own")

    def helper(v):
        calls.append(2)
        return Own(v) + 1

    def f(x):
        try:
            y = helper(x[0])
        except KeyError as error:
            y = x[0] * len(error.args)
        return y

    value, slope = value_and_grad(f)(X)
    assert value == X[0]
    assert slope.tolist() == [1.0, 0.0, 0.0]
    assert calls == [2, 1]  # it is not asked a second time


FUNCTIONS = [
    *(np.sum, np.mean, np.prod, np.max, np.cumsum, np.diff, np.sort, np.dot, np.matmul, np.outer),
    *(np.cross, np.inner, np.kron, np.take, np.roll, np.flip, np.tile, np.repeat, np.where),
    *(np.clip, np.stack, np.concatenate, np.squeeze, np.transpose, np.trace, np.var, np.std),
    *(np.median, np.percentile, np.interp, np.convolve, np.polyval, np.hypot, np.arctan2),
    *(np.linalg.norm, np.linalg.det, np.linalg.solve, np.linalg.eigvalsh, np.append, np.delete),
    *(np.insert, np.split, np.expand_dims, np.moveaxis, np.ptp, np.nansum, np.argmax),
]
GIVEN = [
    *(lambda x: x, lambda x: x[0], lambda x: np.outer(x, x) + np.eye(3), lambda x: [x[0], x[1]]),
    *(lambda x, v=v: v for v in (-1, 0, 1, 2, 7, None, True, 0.5, "bad", (0, 1), [])),
    *(lambda x: np.ones(3), lambda x: np.array(2.0), lambda x: x[:0], lambda x: (x, x)),
]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_any_call_is_what_python_says(seed: int) -> None:
    rng = random.Random(seed)
    found = []
    for _ in range(18):
        function = rng.choice(FUNCTIONS)
        given = [rng.choice(GIVEN[:4]), *[rng.choice(GIVEN) for _ in range(rng.randrange(3))]]
        named = {"axis": rng.choice([0, -1, 5, None])} if rng.random() < 0.3 else {}

        def call(x, function=function, given=given, named=named):
            return function(*[make(x) for make in given], **named)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                caught(call, X)
            except Exception:  # of the handler's own line
                continue
            found.append(held(call, X))
    assert len(found) - found.count("refused") > 10
