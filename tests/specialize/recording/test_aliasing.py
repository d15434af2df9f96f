"""Arrays that share memory: arguments, views of arguments, captured arrays, changed arguments."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import SymdiffError, grad

from ...oracle import central_difference

pytestmark = pytest.mark.sampled(every=5)


def both_written(x, a, b):
    a[0] = x * 2
    b[-1] += x
    return (a * b[: a.size]).sum() * x


def written_then_read(x, a, b):
    before = b.sum()
    a *= x
    return before * b.sum() + a[0]


def read_only(x, a, b):
    return (a * x).sum() * (b * x * x).sum()


def rows_of(x, a, b):
    for row in np.atleast_2d(a):
        row += x
    return (b * b).sum() * x


FUNCTIONS = [both_written, written_then_read, read_only, rows_of]


def apart() -> tuple[Any, Any]:
    return np.ones(3), np.arange(3.0)


def same() -> tuple[Any, Any]:
    a = np.arange(1.0, 4.0)
    return a, a


def overlapping() -> tuple[Any, Any]:
    a = np.arange(1.0, 5.0)
    return a[:3], a[1:]


def reversed_view() -> tuple[Any, Any]:
    a = np.arange(1.0, 4.0)
    return a, a[::-1]


def interleaved() -> tuple[Any, Any]:
    a = np.arange(1.0, 7.0)
    return a[::2], a[1::2]


def column_of_matrix() -> tuple[Any, Any]:
    a = np.arange(1.0, 10.0).reshape(3, 3)
    return a[:, 1], a.ravel()


PAIRS: list[Callable[[], tuple[Any, Any]]] = [
    apart,
    same,
    overlapping,
    reversed_view,
    interleaved,
    column_of_matrix,
]


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_two_arguments_that_share_memory(f: Any) -> None:
    g = grad(f)
    for make in (*PAIRS, *reversed(PAIRS), *PAIRS):
        mine, theirs = make(), make()
        expected = central_difference(lambda x, make=make: f(x, *make()), 1.5)
        f(1.5, *mine)
        assert g(1.5, *theirs) == pytest.approx(expected, rel=1e-8), make.__name__
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14)


def test_the_same_array_twice_is_two_arguments() -> None:
    def f(a, b):
        return (a * b * b).sum()

    v = np.array([1.0, 2.0])
    da, db = grad(f, (0, 1))(v, v)
    np.testing.assert_array_equal(da, v * v)
    np.testing.assert_array_equal(db, 2 * v * v)
    np.testing.assert_array_equal(grad(f, 0)(v, v), v * v)


def test_an_argument_that_the_function_changes() -> None:
    def f(v):
        v *= 2.0
        v[0] = v[1] ** 2
        return v.sum()

    g = grad(f)
    for _ in range(3):
        mine, theirs = np.array([1.0, 3.0, 2.0]), np.array([1.0, 3.0, 2.0])
        f(mine)
        np.testing.assert_allclose(g(theirs), [0.0, 26.0, 2.0])
        np.testing.assert_array_equal(mine, theirs)


def test_a_captured_array_and_its_view() -> None:
    buffer = np.zeros(4)
    tail = buffer[2:]

    def f(x):
        tail[0] = x
        buffer[3] += x * x
        return buffer.sum() * tail[1]

    g = grad(f)
    for k, x in enumerate((1.5, -1.0, 2.0)):
        old = buffer[3]
        slope = (1 + 2 * x) * (old + x * x) + (x + old + x * x) * 2 * x
        assert g(x) == pytest.approx(slope), k
        assert buffer[3] == pytest.approx(old + x * x)
        assert tail[0] == x


def test_writes_into_integers_truncate_and_lose_the_derivative() -> None:
    counts = np.zeros(2, dtype=int)

    def f(x):
        counts[0] = x
        return counts[0] * x

    assert grad(f)(2.7) == 2.0
    assert counts[0] == 2


def test_flat_and_iteration() -> None:
    def f(x):
        a = np.ones((2, 2)) * x
        total = 0.0
        a.flat[3] = x * x
        for v in a.flat:
            total = total + v * v
        return total

    assert grad(f)(1.5) == 3 * 3.0 + 4 * 1.5**3


def test_shuffled_values_keep_their_derivatives() -> None:
    def f(x):
        values = [x, x * x, 3.0]
        random.shuffle(values)
        return values[0] + 10 * values[1] + 100 * values[2]

    for seed in range(4):
        random.seed(seed)
        order = [0, 1, 2]
        random.shuffle(order)
        slopes = [1.0, 4.0, 0.0]
        expected = sum(w * slopes[k] for w, k in zip((1, 10, 100), order, strict=True))
        random.seed(seed)
        assert grad(f)(2.0) == pytest.approx(expected)


def test_a_draw_that_depends_on_the_argument_is_refused() -> None:
    with pytest.raises(SymdiffError, match="depends on what is differentiated"):
        grad(lambda x: np.random.normal(x))(1.0)


def test_a_list_that_is_differentiated_and_changed_has_one_way_to_it() -> None:
    kept = [2.0, 3.0]

    def f(items: list[float], others: list[float]) -> float:
        items[0] = others[1]
        return items[0] * items[1] * others[0] * kept[0]

    g = grad(f, (0, 1))
    assert g([2.0, 3.0], [4.0, 5.0]) == ([0.0, 40.0], [30.0, 24.0])
    same = [2.0, 3.0]
    with pytest.raises(SymdiffError, match="another way"):
        g(same, same)
    with pytest.raises(SymdiffError, match="another way"):
        grad(f)(kept, [4.0, 5.0])


def held_in_a_list(x):
    kept = copy.deepcopy([x.sum, x])
    x[0] = 0.0
    return kept[0]() * 3.0 + kept[1][0]


def held_in_a_tuple(x):
    total, other = copy.deepcopy((x.sum, x * x))
    x[1] = 5.0
    return total() * other.sum()


def held_in_a_dict(x):
    kept = copy.deepcopy({"dot": x.dot})
    x *= 2.0
    return kept["dot"](x)


def held_alone(x):
    total = copy.deepcopy(x.prod)
    x[2] = x[0]
    return total()


def held_and_copied_flat(x):
    total = copy.copy(x.max)
    x[0] *= 4.0
    return total()


@pytest.mark.parametrize(
    "kept",
    [held_in_a_list, held_in_a_tuple, held_in_a_dict, held_alone, held_and_copied_flat],
)
def test_a_method_that_is_copied_stays_that_of_its_array(kept: Callable[..., Any]) -> None:
    def f(x: Any) -> Any:
        return kept(x * 1.0)

    g = grad(f)
    for x in (np.array([1.0, 2.0, 3.5]), np.array([0.5, -1.0, 2.0])):
        assert g(x) == pytest.approx(central_difference(f, x), rel=1e-6, abs=1e-6)
