"""One specialization serves all lengths of an array; what depends on one is traced for each."""

from __future__ import annotations

import linecache
import random
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import UsageError

from .free_lengths import (
    ONE,
    OTHERS,
    SEEN,
    Sample,
    cubes,
    cubes_hessian,
    elementwise,
    mean,
    noted,
    pairs,
    pairs_slope,
    reads,
    smoothed,
    smoothed_slope,
    stacked_whole,
    waves,
)
from .free_lengths_of_rows import ROWS, logistic, logistic_slope, squares, squares_slope

LENGTHS = (30, 17, 40, 12, 9, 8, 7, 3, 2, 1, 60, 100, 5, 18, 22, 11, 6, 4, 33, 10)


def vector(n: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed + n).uniform(0.2, 1.2, n)


def close(found: Any, expected: Any) -> None:
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f", ONE, ids=lambda f: f.__name__)
def test_one_specialization_serves_all_lengths(f: Any) -> None:
    g = sd.grad(f)
    for n in LENGTHS[:2]:
        close(g(vector(n)), ONE[f](vector(n)))
    long = [n for n in LENGTHS if n > 9]
    for n in long:
        close(g(vector(n)), ONE[f](vector(n)))
    assert g.trace_count == 2
    for n in LENGTHS:
        close(g(vector(n)), ONE[f](vector(n)))
    assert g.trace_count <= 5  # the first iterations of some loops are made one by one
    for n in LENGTHS:
        value, slope = g.value_and_grad(vector(n, 1))
        close(slope, ONE[f](vector(n, 1)))
        assert value == pytest.approx(f(vector(n, 1)), rel=1e-12)


@pytest.mark.parametrize("f", OTHERS, ids=lambda f: f.__name__)
def test_what_depends_on_a_length_is_right_at_each(f: Any) -> None:
    g = sd.grad(f)
    for n in (30, 17, 9, 1, 40, 2, 7, 9, 30, 2, 17, 60):
        close(g(vector(n)), OTHERS[f](vector(n)))


@pytest.mark.parametrize("f", {**ONE, **OTHERS}, ids=lambda f: f.__name__)
def test_short_arrays_first(f: Any) -> None:
    g, exact = sd.grad(f), {**ONE, **OTHERS}[f]
    for n in (1, 2, 7, 8, 9, 400 if f in ONE else 20, 8, 1):
        close(g(vector(n)), exact(vector(n)))


def test_no_element() -> None:
    g = sd.grad(reads)
    for n in (0, 5, 0, 20, 0, 30, 0):
        close(g(vector(n)), ONE[reads](vector(n)))


def test_a_place_beyond_the_end_raises() -> None:
    def f(x):
        total = x[5] * x[5]
        for v in x:
            total += v * v
        return total

    g = sd.grad(f)
    for n in (9, 20, 3, 30, 5, 6, 0, 7, 40):
        if n > 5:
            expected = 2 * vector(n)
            expected[5] *= 2
            close(g(vector(n)), expected)
        else:
            with pytest.raises(IndexError):
                g(vector(n))


def test_no_more_is_stacked_than_was_reckoned_with() -> None:
    """Of loops that stack arrays it is known how much memory an iteration takes at most."""
    g = sd.grad(stacked_whole)
    for n in (30, 17, 3000, 2900, 20, 70_000, 60_000):
        close(g(vector(n)), ONE[stacked_whole](vector(n)))
    assert g.trace_count == 4


def test_a_place_beyond_the_end_raises_though_the_derivative_needs_no_value_of_it() -> None:
    def fixed(w, x):
        return w * w + x[5] + np.sum(x)

    def counted(w, x, y):
        total = w * w
        for i in range(len(x)):
            total += y[i]
        return total

    g, h = sd.grad(fixed), sd.grad(counted)
    for n in (9, 20, 3, 30, 5, 7):
        if n > 5:
            assert g(3.0, vector(n)) == 6.0
        else:
            with pytest.raises(IndexError):
                g(3.0, vector(n))
    for m, n in ((12, 12), (20, 20), (12, 20), (20, 12), (30, 29), (9, 9)):
        if m <= n:
            assert h(3.0, vector(m), vector(n)) == 6.0
        else:
            with pytest.raises(IndexError):
                h(3.0, vector(m), vector(n))


def test_lists_are_traced_for_their_lengths() -> None:
    g = sd.grad(mean)
    for n in (12, 17, 30, 11, 25, 3, 12):
        found = g(vector(n).tolist())
        assert type(found) is list
        close(np.array(found), ONE[mean](vector(n)))
        close(g(vector(n)), ONE[mean](vector(n)))


def test_arrays_in_containers_objects_and_globals() -> None:
    def f(d, w):
        total = 0.0
        for a, b in zip(d["a"], d["b"], strict=True):
            total += a * a * b
        return total * w + d["c"]

    g, model = sd.grad(f), Sample(vector(12))
    h = sd.grad(lambda w: w * w * model.mean())
    for n in (12, 17, 5, 30, 9, 2, 1, 12):
        a, b = vector(n), vector(n, 1)
        found = g({"a": a, "b": b, "c": 1.0}, 2.0)
        close(found["a"], 4 * a * b)
        close(found["b"], 2 * a * a)
        model.x, model.n = a, n
        assert h(1.5) == pytest.approx(3.0 * np.sum(a * a) / n, rel=1e-12)


def test_what_is_written_outside_is_the_length_of_now() -> None:
    g = sd.grad(noted)
    for n in LENGTHS:
        g(vector(n))
        assert SEEN[0] == n


@pytest.mark.parametrize(
    ("f", "exact"),
    [
        (pairs, pairs_slope),
        (elementwise, lambda x, y: (np.cos(x) * y, np.sin(x))),
        (smoothed, smoothed_slope),
    ],
)
def test_arrays_that_are_as_long_as_each_other(f: Any, exact: Any) -> None:
    g = sd.grad(f, wrt=(0, 1))
    for n in (12, 30, 25, 9, 40, 17):
        for found, expected in zip(
            g(vector(n), vector(n, 1)), exact(vector(n), vector(n, 1)), strict=True
        ):
            close(found, expected)
    assert g.trace_count == 2


@pytest.mark.parametrize(("f", "exact"), [(pairs, pairs_slope), (smoothed, smoothed_slope)])
def test_arrays_of_several_lengths(f: Any, exact: Any) -> None:
    g = sd.grad(f, wrt=(0, 1))
    sizes = [(20, 20), (30, 30), (20, 30), (30, 20), (25, 3), (3, 3), (18, 11), (11, 18), (2, 9)]
    for m, n in (*sizes, *sizes[::-1], *[(k, 4) for k in LENGTHS]):
        x, y = vector(m), vector(n, 1)
        for found, expected in zip(g(x, y), exact(x, y), strict=True):
            close(found, expected)
    assert g.trace_count <= 20


def test_lengths_that_do_not_fit_raise_what_numpy_does() -> None:
    g = sd.grad(elementwise)
    for m, n in ((9, 9), (12, 12), (9, 12), (1, 7), (14, 14), (14, 3), (7, 1)):
        x, y = vector(m), vector(n, 1)
        try:
            elementwise(x, y)
        except ValueError:
            with pytest.raises(ValueError, match="broadcast"):
                g(x, y)
        else:
            expected = np.cos(x) * y
            close(g(x, y), expected.sum(keepdims=True) if m < n else expected)


def test_hessian_times_vector() -> None:
    h = sd.hvp(cubes)
    for n in (30, 17, 40, 12, 9, 25):
        close(h(vector(n), vector(n, 1)), cubes_hessian(vector(n)) @ vector(n, 1))
    assert h.trace_count == 2
    for n in (3, 1, 2, 8, 10):
        close(h(vector(n), vector(n, 1)), cubes_hessian(vector(n)) @ vector(n, 1))
    with pytest.raises(UsageError):
        h(vector(30), vector(31))
    close(sd.hvp(cubes)(vector(30), vector(30, 1)), cubes_hessian(vector(30)) @ vector(30, 1))


def test_second_derivatives() -> None:
    h = sd.hessian(cubes)
    for n in (12, 9, 17, 2, 1):
        close(h(vector(n)), cubes_hessian(vector(n)))
    slope = sd.grad(lambda x: np.sum(sd.grad(cubes)(x)))
    for n in (12, 9, 17, 2, 1):
        close(slope(vector(n)), cubes_hessian(vector(n)).sum(0))


def test_other_types_and_axes_are_traced_apart() -> None:
    g = sd.grad(waves)
    for n in (12, 20, 30):
        x = vector(n)
        close(g(x), np.cos(2 * x))
        narrow = g(x.astype(np.float32))
        assert narrow.dtype == np.float32
        np.testing.assert_allclose(narrow, np.cos(2 * x), rtol=1e-4)
        with pytest.raises((TypeError, ValueError, sd.SymdiffError)):
            g(np.ones((n, 2)))
        close(g(np.repeat(x, 2)[::2]), np.cos(2 * x))


def test_programs_that_are_shown_are_those_of_their_length() -> None:
    g = sd.grad(reads)
    for n in (12, 20, 30):
        g(vector(n))
        assert f"x: float64[{n}]" in str(g.program(vector(n)))


def test_without_loops_that_stay_loops() -> None:
    g = sd.grad(reads)
    with sd.settings.rolling(False):
        for n in (3, 5, 8):
            close(g(vector(n)), ONE[reads](vector(n)))
    for n in (12, 20, 30):
        close(g(vector(n)), ONE[reads](vector(n)))


@pytest.mark.parametrize("f", ROWS, ids=lambda f: f.__name__)
def test_arrays_of_rows(f: Any) -> None:
    g = sd.grad(f)
    for n in (30, 17, 12, 25):
        x = vector(2 * n).reshape(n, 2)
        close(g(x), ROWS[f](x))
    assert g.trace_count == 2
    for n in (9, 1, 3, 30, 5, 4, 11):
        x = vector(2 * n).reshape(n, 2)
        close(g(x), ROWS[f](x))
    upwards = sd.grad(f)
    for n in (1, 2, 3, 7, 8, 30):
        x = vector(2 * n).reshape(n, 2)
        close(upwards(x), ROWS[f](x))


@pytest.mark.parametrize(("f", "exact"), [(logistic, logistic_slope), (squares, squares_slope)])
def test_batches_of_several_sizes(f: Any, exact: Any) -> None:
    g = sd.grad(f)
    for n in (30, 17, 12, 25, 64, 31):
        data = vector(3), vector(3 * n).reshape(n, 3), vector(n) - 0.5
        close(g(*data), exact(*data))
    assert g.trace_count == 2
    for n in (1, 2, 3, 7):
        data = vector(3), vector(3 * n).reshape(n, 3), vector(n) - 0.5
        close(g(*data), exact(*data))
    with pytest.raises(ValueError, match="size"):
        g(vector(4), vector(30).reshape(10, 3), vector(10))


# -- random functions


def written(seed: int) -> str:
    """A function of two arrays, with loops over them, branches and writes."""
    rng = random.Random(seed)
    places = ["x[i]", "x[len(x) - 1 - i]", "x[i - 1]", "y[i]", "y[0]", "x[-1]"]
    numbers = ["t", "s", "0.5", "i * 0.1", "len(x) * 0.01", *places]

    def term() -> str:
        a, b = rng.choice(numbers), rng.choice(numbers)
        return rng.choice([f"{a} * {b}", f"sin({a})", f"({a} - {b}) * 0.5", f"{a} * {a} * {b}"])

    def test() -> str:
        return rng.choice([f"{term()} > 0.3", "i % 3 == 1", "i > 4", "i + 2 < len(x)", "t > s"])

    lines = ["def f(x, y):", "    t, s = 0.1, 0.2"]
    lines.append(rng.choice(["    z = np.zeros(len(x))", "    z = np.zeros_like(x)"]))
    for _ in range(rng.randint(1, 3)):
        lines.append(rng.choice(["    for i in range(len(x)):", "    for i, v in enumerate(x):"]))
        for _ in range(rng.randint(1, 3)):
            kind = rng.randrange(5)
            if kind == 0:
                lines.append(f"        t = sin(t + {term()})")
            elif kind == 1:
                lines.append(f"        s = 0.3 * s + 0.1 * ({term()})")
            elif kind == 2:
                lines.append(f"        z[i] = z[i - 1] * 0.5 + {term()}")
            elif kind == 3:
                lines += [f"        if {test()}:", f"            t = 0.5 * t + sin({term()})"]
            else:
                lines += [f"        if {test()}:", "            continue"]
    lines.append("    for v in z:")
    lines.append("        t = t + v * v")
    scale = rng.choice(["", " / len(x)", " * (2 if len(x) > 12 else 3)", " + x[0] * y[-1]"])
    lines.append(f"    return (t + s){scale}")
    return "\n".join(lines) + "\n"


def made(seed: int) -> Any:
    text, file = written(seed), f"<free lengths {seed}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    names: dict[str, Any] = {"np": np, "sin": np.sin}
    exec(compile(text, file, "exec"), names)
    return names["f"]


def differences(f: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """The gradients by central differences."""
    h = 1e-6
    found = []
    for k, a in enumerate((x, y)):
        g = np.zeros(len(a))
        for i in range(len(a)):
            ends = []
            for step in (h, -h):
                args = [x.copy(), y.copy()]
                args[k][i] += step
                ends.append(f(*args))
            g[i] = (ends[0] - ends[1]) / (2 * h)
        found.append(g)
    return found[0], found[1]


@pytest.mark.parametrize("seed", range(8))
def test_random_functions(seed: int) -> None:
    f = made(seed)
    g = sd.grad(f, wrt=(0, 1))
    for m, n in ((12, 12), (17, 17), (30, 30), (5, 5), (12, 20), (9, 9), (1, 1), (23, 23), (3, 7)):
        x, y = vector(m, seed), vector(n, seed + 1)
        for found, expected in zip(g(x, y), differences(f, x, y), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5, err_msg=written(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8, 60))
def test_more_random_functions(seed: int) -> None:
    test_random_functions(seed)
