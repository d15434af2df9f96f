"""Tables: an index that the function computes is an operand of the program, and not a path.

Each function is called at inputs that fall into different cells of its table, twice, through one
gradient object; the slopes are compared with central differences of the function.
"""

import bisect
import itertools
import math

import numpy as np
import pytest

import symdiff as sd

KNOTS = [0.0, 1.0, 2.0, 3.0]
ARRAY = np.array([1.0, 3.0, 2.0, 5.0])
TABLE = [1.0, 3.0, 2.0, 5.0]
BY_KEY = {0: 1.0, 1: 4.0, 2: 9.0}
MATRIX = np.arange(12.0).reshape(4, 3)
WHOLE = [1, 2, 30]
NAMES = ["a", "bb", "ccc"]

CELLS = (0.4, 1.6, 2.55)
PAIRS = (np.array([1.2, 2.0]), np.array([0.1, 3.0]))
TRIPLES = (np.array([1.0, 2.0, 0.5]), np.array([3.0, 2.0, 0.5]))


def slopes(f, x, h=1e-6):
    if not np.ndim(x):
        return (f(x + h) - f(x - h)) / (2 * h)
    steps = np.eye(len(x)) * h
    return np.array([(f(x + e) - f(x - e)) / (2 * h) for e in steps])


def interpolated(x):
    i = np.searchsorted(KNOTS, x) - 1
    i = max(0, min(i, len(KNOTS) - 2))
    w = (x - KNOTS[i]) / (KNOTS[i + 1] - KNOTS[i])
    return TABLE[i] * (1 - w) + TABLE[i + 1] * w


def written(v):
    a = np.zeros(3)
    a[int(v[0])] = v[1]
    a[int(v[0])] += v[0]
    return a @ np.array([1.0, 2.0, 3.0])


def through_a_row(x):
    m = MATRIX * x
    row = m[int(x)]
    row[0] = 5 * x
    row += 1
    return m.sum()


def several_reads(v):
    w = v * v
    total = 0.0
    for k in range(len(v)):
        total = total + w[int(v[k]) % len(v)] * (k + 1)
    return total


def two_in_a_row(x):
    here = ARRAY[int(x)]
    return here * x + ARRAY[int(x) + 1] * x**2


def overwritten_before(v):
    w = v * 1.0
    w[int(v[0]) % 3] = 0.0
    return w[int(v[1]) % 3] * v[2] + w.sum()


def bins(v):
    counts = np.zeros(4)
    for k in range(len(v)):
        counts[np.digitize(v[k], KNOTS) - 1] += v[k] ** 2
    return counts @ ARRAY


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (lambda x: TABLE[int(x)] * x, CELLS),
        (lambda x: ARRAY[int(x)] * x, CELLS),
        (lambda x: (x - int(x)) * TABLE[int(x)], CELLS),
        (lambda x: TABLE[-int(x) - 1] * x, CELLS),
        (lambda x: tuple(TABLE)[int(x)] * x, CELLS),
        (lambda x: BY_KEY[int(x)] * x, CELLS),
        (lambda x: WHOLE[int(x)] * x / 7, CELLS),
        (lambda x: TABLE[round(x)] * x, CELLS),
        (lambda x: TABLE[math.floor(x)] * x, CELLS),
        (lambda x: TABLE[math.ceil(x)] * x, CELLS),
        (lambda x: ARRAY[int(np.floor(x))] * x, CELLS),
        (lambda x: ARRAY[np.int64(x)] * x, CELLS),
        (lambda x: ARRAY[np.clip(int(x), 0, 2)] * x, CELLS),
        (lambda x: ARRAY[min(int(x), 1)] * x, CELLS),
        (lambda x: np.take(ARRAY, int(x)) * x, CELLS),
        (lambda x: ARRAY[np.searchsorted(KNOTS, x)] * x, CELLS),
        (lambda x: ARRAY[np.digitize(x, KNOTS) - 1] * x, CELLS),
        (lambda x: ARRAY[bisect.bisect(KNOTS, x) - 1] * x, CELLS),
        (lambda x: TABLE[bisect.bisect_left(KNOTS, x)] * x, CELLS),
        (lambda x: TABLE[bisect.bisect_left(np.array(KNOTS), x)] * x, CELLS),
        (lambda x: MATRIX[int(x), 1] * x, CELLS),
        (lambda x: MATRIX[int(x), int(x) - 1] * x, CELLS),
        (lambda x: MATRIX[:, int(x)] @ MATRIX[:, 0] * x, CELLS),
        (lambda x: np.sum(MATRIX[int(x)] * x), CELLS),
        (lambda x: float(int(x)) * x, CELLS),
        (lambda x: int(x > 1.0) * x, CELLS),
        (lambda x: divmod(int(x), 2)[1] * x + x, CELLS),
        (lambda x: x ** int(x), CELLS),
        (lambda x: [x, x**2, x**3][int(x)] + x, CELLS),
        (lambda x: (x, 2 * x, 3 * x)[int(x)] * x, CELLS),
        (lambda x: {0: x, 1: x**2, 2: 1 / x}[int(x)] * x, CELLS),
        (two_in_a_row, CELLS),
        (interpolated, CELLS),
        (through_a_row, CELLS),
        (lambda v: v[int(v[0])] * v[1], PAIRS),
        (lambda v: np.sum(v[[int(v[0]), 0]] * v[1]), PAIRS),
        (lambda v: np.outer(v, v)[int(v[0]), 1], PAIRS),
        (lambda v: np.outer(v, v)[int(v[0])] @ v, PAIRS),
        (written, PAIRS),
        (lambda v: v[np.argmax(v)] ** 2, TRIPLES),
        (lambda v: v[v.argmin()] ** 2 + v[0], TRIPLES),
        (lambda v: np.sort(v)[int(v[0] / 2)] * v[1], TRIPLES),
        (several_reads, (np.array([0.4, 2.3, 1.2]), np.array([2.2, 2.3, 0.3]))),
        (overwritten_before, (np.array([0.4, 2.3, 1.2]), np.array([2.2, 2.3, 0.3]))),
        (bins, (np.array([0.4, 2.3, 1.2]), np.array([2.2, 2.3, 0.3]))),
    ],
)
def test_the_cell_is_no_path(f, inputs):
    g = sd.grad(f)
    for x in (*inputs, *reversed(inputs)):
        np.testing.assert_allclose(g(x), slopes(f, x), rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(g.value(x), f(x), rtol=1e-12)
    assert g.trace_count == 1


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (lambda x: len(NAMES[int(x)]) * x, CELLS),
        (lambda x: sum([x * k for k in range(int(x))]) + x, CELLS),
        (lambda x: x * 2 if int(x) % 2 == 0 else x * 3, CELLS),
        (lambda x: int(x).bit_length() * x, CELLS),
        (lambda x: (int(x) << 1) * x, CELLS),
        (lambda x: len(hex(int(x))) * x, CELLS),
        (lambda x: float(f"{int(x)}") * x, CELLS),
        (lambda x: x**2 / math.factorial(int(x)), CELLS),
        (lambda x: x / math.comb(5, int(x)), CELLS),
        (lambda x: np.ones(int(x) + 1).sum() * x, CELLS),
        (lambda x: BY_KEY.get(int(x), 0.0) * x, CELLS),
        (lambda x: [x, 2 * x, 3 * x].pop(int(x)), CELLS),
        (lambda x: [1, 2.0, x][int(x)] * x, CELLS),
        (lambda x: sum(itertools.islice([x, x, x], int(x) + 1)), CELLS),
        (lambda x: {1.0, 2.0}.issuperset([int(x)]) * x, CELLS),
        (lambda x: int(x).numerator * x, CELLS),
        (lambda v: v[int(v[0]) :].sum() * v[1], PAIRS),
        (lambda v: v.reshape(int(v[0]) + 1, -1).sum(axis=0) @ np.ones(2 // (int(v[0]) + 1)), PAIRS),
    ],
)
def test_what_a_whole_number_decides_is_guarded(f, inputs):
    g = sd.grad(f)
    for x in (*inputs, *reversed(inputs)):
        np.testing.assert_allclose(g(x), slopes(f, x), rtol=1e-6, atol=1e-8)
    assert g.trace_count <= len(inputs)


@pytest.mark.parametrize("f", [lambda x: TABLE[int(x)] * x, lambda x: ARRAY[int(x)] * x])
def test_an_index_out_of_range_raises_at_every_call(f):
    g = sd.grad(f)
    for x in (1.5, 17.0, 2.5, -4.0, -17.0, 17.0, 1.5):
        if abs(x) > 4:
            with pytest.raises(IndexError, match="out of"):
                g(x)
        else:
            assert g(x) == TABLE[int(x)]


@pytest.mark.parametrize(("bad", "error"), [(math.nan, ValueError), (math.inf, OverflowError)])
def test_what_is_no_whole_number_raises(bad, error):
    g = sd.grad(lambda x: TABLE[int(x)] * x)
    assert g(1.5) == 3.0
    for _ in range(2):
        with pytest.raises(error):
            g(bad)


def test_a_missing_key_raises():
    g = sd.grad(lambda x: BY_KEY[int(x)] * x)
    assert g(1.5) == 4.0
    for _ in range(2):
        with pytest.raises(KeyError):
            g(7.5)
    assert g(2.5) == 9.0


def test_a_table_that_changes_is_read_again(monkeypatch):
    table, keyed, array = [1.0, 2.0, 3.0], {0: 1.0, 1: 2.0, 2: 3.0}, np.array([1.0, 2.0, 3.0])
    g = sd.grad(lambda x: (table[int(x)] + keyed[int(x)] + array[int(x)]) * x)
    assert g(1.5) == 6.0
    table[1], keyed[1], array[1] = 10.0, 20.0, 30.0
    assert g(1.5) == 60.0
    assert g(0.5) == 3.0
    table.append(4.0)
    keyed[5] = 7.0
    assert g(1.5) == 60.0
    table[1] = 5
    assert g(1.5) == 55.0
    table.pop(0)
    del keyed[0]
    assert g(1.5) == 3.0 + 20.0 + 30.0
    with pytest.raises(KeyError):
        g(0.5)


def test_a_table_that_the_function_changes():
    table = [1.0, 2.0, 3.0]

    def f(x):
        table[0] = table[0] + 1.0
        return table[int(x)] * x

    g = sd.grad(f)
    assert [g(0.5), g(0.5), g(1.5), g(0.5)] == [2.0, 3.0, 2.0, 5.0]
    assert table == [5.0, 2.0, 3.0]


def test_whole_numbers_stay_whole():
    big = 2**70
    g = sd.grad(lambda x: (int(x) * big % 1000003) * x + (int(x) // 2) * x)
    assert g(3.5) == 3 * big % 1000003 + 1
    assert g(5.5) == 5 * big % 1000003 + 2
    assert g.trace_count == 1


def test_single_precision_is_not_widened_by_a_whole_number():
    x = np.array([1.5, 2.5], np.float32)
    g = sd.grad(lambda v: np.sum(v * TABLE[int(v[0])] * int(v[1])))
    assert g(x).dtype == np.float32
    np.testing.assert_allclose(g(x), np.float32(6.0))


def test_effects_see_the_whole_number():
    seen = []

    def f(x):
        seen.append(int(x))
        return TABLE[int(x)] * x

    g = sd.grad(f)
    for x in CELLS:
        g(x)
    assert seen == [0, 1, 2]
    assert all(type(k) is int for k in seen)
    assert g.trace_count == 1


def test_every_operator_reads_by_a_computed_place():
    def f(v):
        return v[int(v[0])] ** 2 * v[1]

    def rows(v):
        return v * v[int(v[0])]

    for v in PAIRS:
        i = int(v[0])
        chosen = np.eye(2)[i]
        other = np.eye(2)[1]
        product = np.outer(chosen, other)
        hessian = 2 * v[1] * np.outer(chosen, chosen) + 2 * v[i] * (product + product.T)
        np.testing.assert_allclose(sd.hessian(f)(v), hessian)
        np.testing.assert_allclose(sd.hvp(f)(v, np.array([1.0, 2.0])), hessian @ [1.0, 2.0])
        jacobian = np.diag([v[i]] * 2) + np.outer(v, chosen)
        np.testing.assert_allclose(sd.jacobian(rows)(v), jacobian)
        _, pullback = sd.vjp(rows, v)
        np.testing.assert_allclose(pullback(np.ones(2))[0], np.ones(2) @ jacobian)
        _, moved = sd.jvp(rows, (v,), (np.array([1.0, 2.0]),))
        np.testing.assert_allclose(moved, jacobian @ [1.0, 2.0])


def test_a_batch_reads_at_many_places():
    g = sd.batched(sd.grad(lambda v: v[int(v[0]) % 2] * v[1]))
    batch = np.array([[0.2, 3.0], [1.2, 4.0], [2.5, 5.0]])
    single = sd.grad(lambda v: v[int(v[0]) % 2] * v[1])
    np.testing.assert_allclose(g(batch), [single(row) for row in batch])


def test_many_reads_cost_as_their_number():
    def f(v):
        w = v * v
        return sum(w[int(k)] for k in range(40)) + sum([w[int(v[k]) % 40] for k in range(40)])

    v = np.arange(40.0) + 0.5
    g = sd.grad(f)
    np.testing.assert_allclose(g(v), 4 * v)
    assert g.generated_source(v).count("scatter") == 1
    np.testing.assert_allclose(g(v[::-1].copy()), 4 * v[::-1])
    assert g.trace_count == 1


def test_what_nobody_reads_contributes_nothing():
    def f(v):
        w = 1.0 / v
        return w[int(v[2])]

    with np.errstate(divide="ignore"):
        g = sd.grad(f)
        np.testing.assert_allclose(g(np.array([2.0, 0.0, 0.5])), [-0.25, 0.0, 0.0])
        np.testing.assert_allclose(g(np.array([0.0, 4.0, 1.5])), [0.0, -1 / 16, 0.0])
