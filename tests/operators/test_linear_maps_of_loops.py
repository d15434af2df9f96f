"""`vjp` and `linearize` of functions with loops and branches: what crosses to the linear map."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from symdiff import elementwise_grad, grad, jacobian, jvp, linearize, vjp
from symdiff.differentiate import divided
from symdiff.operators import transforms
from symdiff.operators.alike import has_loops
from symdiff.program.program import validate
from symdiff.settings import rolling

# -- functions that run over complex numbers, too


def spiral(x, n):
    for k in range(n):
        x = np.sin(x) * 0.9 + 0.01 * k
    return x


def reads(x):
    s = x[0]
    for i in range(1, len(x)):
        s = s * np.cos(x[i]) + x[i] * x[i - 1]
    return s


def writes(x, n):
    y = np.zeros_like(x)
    y[0] = x[0]
    for i in range(1, n):
        y[i] = np.sin(y[i - 1]) * x[i] + x[i - 1]
    return y


def layers(h, w, n):
    for _ in range(n):
        h = np.tanh(w @ h) + 0.1 * h
    return h


def rows(w, h):
    for k in range(len(w)):
        h = h * np.cos(w[k]) + w[k]
    return h


def halved(x):
    k = 0
    while abs(x) > 1.0:
        x = x * 0.5 + np.sin(x) * 0.1
        k += 1
    return x * k + x * x


def parted(x):
    s = x[0] * 0.0
    for i in range(len(x)):
        if x[i].real > 0.0:
            s = s + np.sqrt(x[i]) * x[i]
        else:
            s = s + np.exp(x[i]) * s
    return s


def parted_with_loops(x, n):
    s = x[0] * 0.1
    for i in range(len(x)):
        if x[i].real > 0.0:
            for _ in range(n):
                s = np.sin(s) + x[i]
        else:
            s = s * x[i]
    return s


def nested(x, n, m):
    s = x[0] * 0.1
    for i in range(n):
        t = s
        for k in range(m):
            t = np.sin(t) * x[k % 3] + 0.1 * i
        s = s + t * t
    return s


def both(x, n):
    total = x * 0.0
    for _ in range(n):
        x = x - 0.1 * np.sin(x)
        total = total + x * x
    return {"x": x, "total": total}, [x * 2.0]


VECTOR = np.array([0.7, -0.4, 1.3, 0.2, -1.1, 0.9, 0.35, -0.8, 0.6, 1.7, -0.3, 0.5])
WEIGHTS = np.linspace(-0.9, 1.1, 9).reshape(3, 3)
ROWS = np.sin(np.arange(36.0)).reshape(12, 3)

CASES: list[tuple[Any, list[tuple[Any, ...]]]] = [
    (spiral, [(0.7, 30), (0.7, 11), (1.2, 50), (0.3, 0), (0.3, 1), (0.7, 30)]),
    (reads, [(VECTOR,), (VECTOR[::-1].copy(),), (VECTOR[:9],), (VECTOR,)]),
    (writes, [(VECTOR, 12), (VECTOR, 9), (VECTOR * 2, 12), (VECTOR, 3)]),
    (layers, [(VECTOR[:3], WEIGHTS, 20), (VECTOR[:3], WEIGHTS, 12), (VECTOR[3:6], WEIGHTS, 1)]),
    (rows, [(ROWS, VECTOR[:3]), (ROWS * 2, VECTOR[3:6])]),
    (halved, [(5e3,), (3e5,), (-3e5,), (0.5,), (40.0,), (5e3,)]),
    (parted, [(VECTOR,), (-VECTOR,), (np.abs(VECTOR),), (-np.abs(VECTOR),), (VECTOR,)]),
    (parted_with_loops, [(VECTOR, 11), (-VECTOR, 14), (-np.abs(VECTOR), 9), (VECTOR, 0)]),
    (nested, [(VECTOR[:3], 12, 10), (VECTOR[:3], 10, 14), (VECTOR[:3], 1, 12), (VECTOR[:3], 9, 0)]),
    (both, [(0.8, 20), (0.8, 10), (-1.4, 31), (0.2, 0)]),
]
IDS = [f.__name__ for f, _ in CASES]


def flat(value: Any) -> np.ndarray[Any, Any]:
    if isinstance(value, dict):
        value = [value[k] for k in sorted(value)]
    if isinstance(value, list | tuple):
        return np.concatenate([flat(v) for v in value])
    return np.ravel(value)


def primals(args: tuple[Any, ...]) -> int:
    return sum(not isinstance(a, int) for a in args)


def matrix(function: Any, args: tuple[Any, ...]) -> np.ndarray[Any, Any]:
    """The Jacobian with respect to all that is no integer, by complex steps."""
    columns = []
    for place in range(primals(args)):
        for k in range(np.size(args[place])):
            moved = np.array(args[place], complex)
            moved.flat[k] += 1e-30j
            given = [np.asarray(a, complex)[()] if not isinstance(a, int) else a for a in args]
            given[place] = moved[()]
            columns.append(flat(function(*given)).imag / 1e-30)
    return np.array(columns).T


def like(value: Any, rng: Any) -> Any:
    if isinstance(value, dict):
        return {k: like(v, rng) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(like(v, rng) for v in value)
    return rng.normal(size=np.shape(value)) if np.ndim(value) else float(rng.normal())


@pytest.mark.parametrize(("function", "inputs"), CASES, ids=IDS)
def test_linear_maps_serve_all_counts_and_arms(function: Any, inputs: Any) -> None:
    rng = np.random.default_rng(5)
    pull_of = transforms.Pullback(function, wrt=tuple(range(primals(inputs[0]))))
    push_of = transforms.Linearized(function, wrt=tuple(range(primals(inputs[0]))))
    kept = []
    for args in inputs + inputs[::-1]:
        expected = matrix(function, args)
        value, pull = pull_of.at(args)
        again, push = push_of.at(args)
        plain = function(*args)
        np.testing.assert_allclose(flat(value), flat(plain), rtol=1e-12)
        np.testing.assert_allclose(flat(again), flat(plain), rtol=1e-12)
        ct = like(plain, rng)
        tangents = tuple(like(a, rng) for a in args[: primals(args)])
        kept.append((args, expected, pull, push, ct, tangents))
    for _, expected, pull, push, ct, tangents in (*kept, *kept[::-1]):  # many times, any order
        noise = 1e-11 * (1.0 + np.abs(expected).max())
        back = flat(pull(ct))
        np.testing.assert_allclose(back, flat(ct) @ expected, rtol=1e-9, atol=noise)
        moved = flat(push(*tangents))
        np.testing.assert_allclose(moved, expected @ flat(tangents), rtol=1e-9, atol=noise)
        for found in (pull(ct), push(*tangents)):
            for leaf in flat_leaves(found):
                leaf *= np.nan  # what is handed out is the caller's own
        np.testing.assert_array_equal(flat(pull(ct)), back)
    for found in (pull_of, push_of):
        leaves = found._dispatcher.leaves
        assert any(has_loops(leaf.specialization.program) for leaf in leaves)


@pytest.mark.parametrize(("function", "inputs"), CASES, ids=IDS)
def test_linear_maps_are_those_of_the_loop_written_out(function: Any, inputs: Any) -> None:
    args, rng = inputs[0], np.random.default_rng(7)
    wrt = tuple(range(primals(args)))
    ct, tangents = like(function(*args), rng), [like(a, rng) for a in args[: len(wrt)]]
    found = []
    for whether in (True, False):
        with rolling(whether):
            _, pull = transforms.Pullback(function, wrt=wrt).at(args)
            _, push = transforms.Linearized(function, wrt=wrt).at(args)
        found.append((flat(pull(ct)), flat(push(*tangents))))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12 * np.abs(other).max())


def flat_leaves(value: Any) -> list[np.ndarray[Any, Any]]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [leaf for v in value for leaf in flat_leaves(v)]
    return [value] if isinstance(value, np.ndarray) else []


def test_maps_hold_what_the_arguments_were() -> None:
    w, h = ROWS.copy(), VECTOR[:3].copy()
    expected = matrix(rows, (w, h))
    _, pull = vjp(rows, w, h)
    _, push = linearize(rows, w, h)
    w *= 7.0
    h[:] = np.nan
    np.testing.assert_allclose(flat(pull(np.ones(3))), np.ones(3) @ expected, rtol=1e-9)
    moved = push(np.ones((12, 3)), np.ones(3))
    np.testing.assert_allclose(moved, expected @ np.ones(39), rtol=1e-9)


def test_the_first_entry_of_a_tape_is_no_array_of_the_callers() -> None:
    h, w = VECTOR[:3].copy(), WEIGHTS.copy()
    expected = matrix(layers, (h, w, 15))
    _, pull = vjp(lambda h, w: layers(h, w, 15), h, w)
    h *= 0.0
    w *= 0.0
    np.testing.assert_allclose(flat(pull(np.ones(3))), np.ones(3) @ expected, rtol=1e-9)


@pytest.mark.parametrize("operator", [vjp, linearize])
def test_maps_with_tapes_are_pickled(operator: Any) -> None:
    _, linear = operator(parted, VECTOR)
    given = 1.5 if operator is vjp else np.cos(VECTOR)
    twin = pickle.loads(pickle.dumps(linear))
    np.testing.assert_array_equal(flat(twin(given)), flat(linear(given)))


def test_a_map_is_careful_where_its_numbers_raise() -> None:
    def f(x, n):
        for _ in range(n):
            x = x * x
        return x

    value, pull = vjp(lambda x: f(x, 9), 2.0)
    assert value == 2.0**512
    assert pull(1.0) == (512 * 2.0**511,)
    assert pull(1e300) == (np.inf,)
    with np.errstate(all="ignore"):
        value, pull = vjp(lambda x: f(x, 9), np.float64(4.0))
    assert (value, pull(1.0)[0]) == (np.inf, np.inf)


def test_of_infinite_slopes_and_zero_cotangents() -> None:
    def f(x):
        s = 0.0
        for i in range(len(x)):
            if x[i] > 0.0:
                s = s + np.sqrt(x[i])
            else:
                s = s + x[i]
        return s, x[0] * 2.0

    x = np.array([0.0, 4.0, -1.0, 0.0, 9.0, -4.0, 1.0, 0.0, 16.0, 25.0, 0.0, -1.0])
    _, pull = vjp(f, x)
    slope = np.where(x > 0, 0.5 / np.sqrt(np.where(x > 0, x, 1.0)), 1.0)
    np.testing.assert_allclose(pull((1.0, 0.0))[0], slope, rtol=1e-12)
    np.testing.assert_allclose(pull((0.0, 1.0))[0], 2.0 * (np.arange(12) == 0), rtol=1e-12)


@pytest.mark.parametrize("kind", [transforms.Pullback, transforms.Linearized])
@pytest.mark.parametrize(("function", "inputs"), CASES, ids=IDS)
def test_nothing_is_computed_twice(kind: Any, function: Any, inputs: Any) -> None:
    """The linear map holds a program of what depends on what it is given alone."""
    made = kind(function, wrt=tuple(range(primals(inputs[0]))))
    _, linear = made.at(inputs[0])
    validate(linear.linear)
    seeds = set(linear.linear.inputs[len(linear.residuals) :])
    again = divided(linear.linear, seeds)
    assert len(again.statements) == len(linear.linear.statements)


# -- inside a differentiated function


def test_a_pullback_inside_a_function() -> None:
    def g(x, n):
        value, pull = vjp(lambda x: spiral(x, n), x)
        (slope,) = pull(1.0)
        (further,) = pull(value)
        return slope * further + value

    def plain(x, n):
        h = 1e-7
        slope = (spiral(x + h, n) - spiral(x - h, n)) / (2 * h)
        return slope * slope * spiral(x, n) + spiral(x, n)

    found = grad(g)
    for n in (20, 11, 3, 40, 0, 20):
        x = 0.6
        slope = matrix(spiral, (x, n))[0, 0]
        value = spiral(x, n)
        assert g(x, n) == pytest.approx(slope * slope * value + value, rel=1e-12)
        second = (matrix(spiral, (x + 1e-5, n)) - matrix(spiral, (x - 1e-5, n)))[0, 0] / 2e-5
        expected = 2 * slope * second * value + slope**3 + slope
        assert found(x, n) == pytest.approx(expected, rel=1e-7)
    assert any(has_loops(k.specialization.program) for k in found._dispatcher.leaves)


def test_a_linear_map_inside_a_loop_of_a_function() -> None:
    def g(x, n):
        value, push = linearize(lambda x: spiral(x, 12), x)
        total = value
        for k in range(n):
            total = total * 0.5 + push(0.1 * k + total)
        return total

    found = grad(g)
    for n in (15, 10, 30, 2):
        expected = (g(0.6 + 1e-5, n) - g(0.6 - 1e-5, n)) / 2e-5
        assert found(0.6, n) == pytest.approx(expected, rel=1e-7)


def test_a_pullback_of_branches_inside_a_function() -> None:
    def g(x):
        value, pull = vjp(parted, x)
        return np.sum(pull(1.0)[0] ** 2) + value

    found = grad(g)
    for x in (VECTOR, -VECTOR, np.abs(VECTOR), VECTOR):
        h = 1e-6
        steps = np.eye(12) * h
        expected = [(g(x + s) - g(x - s)) / (2 * h) for s in steps]
        np.testing.assert_allclose(found(x), expected, rtol=1e-6, atol=1e-7)


def test_a_map_of_a_derivative() -> None:
    for n in (12, 20, 9):
        _, pull = vjp(grad(lambda x, n=n: spiral(x, n)), 0.4)
        _, push = linearize(grad(lambda x, n=n: spiral(x, n)), 0.4)
        step = 1e-5
        wide = matrix(spiral, (0.4 + step, n)) - matrix(spiral, (0.4 - step, n))
        expected = wide[0, 0] / (2 * step)
        assert pull(1.0)[0] == pytest.approx(expected, rel=1e-7)
        assert push(1.0) == pytest.approx(expected, rel=1e-7)


def test_other_operators_keep_loops() -> None:
    def f(x):
        y = x
        for k in range(20):
            y = np.sin(y) + 0.1 * k
        return y

    g = elementwise_grad(f)
    np.testing.assert_allclose(g(VECTOR), np.diag(matrix(f, (VECTOR,))), rtol=1e-10)
    assert has_loops(g._dispatcher.leaves[0].specialization.program)
    _, moved = jvp(f, (VECTOR,), (np.ones(12),))
    np.testing.assert_allclose(moved, g(VECTOR), rtol=1e-12)
    np.testing.assert_allclose(np.diag(jacobian(f)(VECTOR)), moved, rtol=1e-12)
