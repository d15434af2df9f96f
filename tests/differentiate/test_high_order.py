"""Mixed derivatives of a high order: each costs about twice the last, and long lines are cut."""

import functools
import math
import time

import numpy as np
import pytest

import symdiff as sd
from symdiff.operations.statements.builder import Builder
from symdiff.operations.statements.known import with_known
from symdiff.operations.table.template import LONGEST, Literal, Template
from symdiff.program.program import FLOAT, Aval, Var

pytestmark = pytest.mark.sampled(every=11)


def mixed(f, n):
    for k in range(n):
        f = sd.grad(f, k)
    return f


def test_the_mixed_derivative_of_a_product():
    spent = []
    for n in (5, 7, 9):
        g = mixed(lambda *a: np.prod(np.stack(a)), n)
        start = time.process_time()
        assert float(g(*[np.float64(v) for v in range(1, n + 1)])) == pytest.approx(1.0)
        spent.append(time.process_time() - start)
    assert spent[2] < 8.0, spent


@pytest.mark.parametrize(
    "f",
    [
        lambda *a: np.prod(np.stack(a)),
        lambda *a: np.prod(np.array(a)),
        lambda *a: np.multiply.reduce(a),
        lambda *a: np.prod(np.column_stack(a)),
        lambda *a: np.prod(np.concatenate([np.atleast_1d(v) for v in a])),
        lambda *a: functools.reduce(np.outer, a).sum(),
        lambda *a: math.prod(a),
        lambda *a: np.exp(np.sum(np.log(np.array(a)))),
    ],
)
def test_what_is_left_of_a_product_stays_short(f):
    """Each order leaves out what the last one has differentiated away."""
    sizes = {}
    for n in (7, 9):
        values = [float(v) for v in range(1, n + 1)]
        g = mixed(f, n)
        assert float(g(*values)) == pytest.approx(1.0, rel=1e-12)
        sizes[n] = len(g.program(*values).statements)
    assert sizes[9] < max(6 * sizes[7], 100), sizes
    assert float(g(*[0.5 + v for v in values])) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 16, 17])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_products_of_any_number_of_factors(count, dtype):
    x = np.linspace(0.5, 1.5, count).astype(dtype)
    others = [math.prod(float(v) for v in np.delete(x, k)) for k in range(count)]
    found = sd.grad(np.prod)(x)
    assert found.dtype == dtype
    assert found == pytest.approx(np.array(others), rel=1e-5 if dtype == "float32" else 1e-14)
    x[0] = 0.0  # no division by a factor
    want = np.array([math.prod(float(v) for v in np.delete(x, k)) for k in range(count)])
    assert sd.grad(np.prod)(x) == pytest.approx(want, rel=1e-5)
    assert sd.grad(lambda x: np.prod(x.reshape(1, -1), axis=(0, 1)))(x) == pytest.approx(want)


def test_mixed_derivatives_of_a_product_at_zeros():
    f = mixed(lambda *a: np.prod(np.stack(a)), 4)
    assert float(f(0.0, 2.0, 0.0, 3.0, 5.0)) == 5.0
    assert float(f(0.0, 2.0, 0.0, 3.0, 0.0)) == 0.0
    assert float(f(np.inf, 2.0, 0.0, 3.0, 5.0)) == 5.0


def test_a_running_product():
    f = mixed(lambda *a: np.cumprod(np.array(a))[-1], 4)
    assert float(f(1.0, 2.0, 3.0, 4.0, 5.0)) == pytest.approx(5.0)


def ops_and(*shapes):
    return Builder(), *[Var(f"x{k}", Aval.of(s, "float64")) for k, s in enumerate(shapes)]


def test_a_part_is_read_where_it_comes_from():
    ops, x, y = ops_and((2,), (3,))
    joined = ops.concatenate(x, y, axis=0)
    assert ops.getitem(joined, index=(("slice", 2, 5, None),)) is y
    assert ops.reshape(ops.transpose(y, axes=(0,)), shape=(3,)) is y
    read = ops.getitem(joined, index=(("slice", 3, None, None),))
    assert str(ops.definitions[read]).endswith("= x1[1:3]")
    across = ops.getitem(joined, index=(("slice", 1, 4, None),))
    assert ops.definitions[across].operands == (joined,)
    turned = ops.getitem(joined, index=(("slice", None, 1, -1),))
    assert ops.definitions[turned].operands == (joined,)


def test_zeros_between_parts_are_constants():
    ops, x = ops_and((2,))
    spread = ops.scatter_add(x, index=(("slice", 0, 2, None),), shape=(4,))
    assert not np.any(ops.getitem(spread, index=(("slice", 2, 4, None),)))
    assert ops.getitem(spread, index=(3,)) == 0.0
    twice = ops.scatter_sum(
        x, x, indexes=((("slice", 0, 2, None),), (("slice", 1, 3, None),)), shape=(4,)
    )
    read = ops.getitem(twice, index=(("slice", 0, 2, None),))
    assert ops.definitions[read].operands == (twice,)


def test_numbers_of_another_type_are_not_read_past():
    ops, y = ops_and((2,))
    single = Var("s", Aval.of((2,), "float32"))
    joined = ops.concatenate(single, y, axis=0)
    read = ops.getitem(joined, index=(("slice", 0, 2, None),))
    assert read is not single
    assert read.aval.dtype == "float64"


@pytest.mark.parametrize(
    ("code", "constant", "left"),
    [
        ((1, 0, Literal.of(0.0), "where"), True, "x"),
        ((1, Literal.of(0.0), 0, "where"), False, "x"),
        ((0, 1, "mul"), 1.0, "x"),
        ((1, 0, "mul", 0, "add"), 1.0, "x + x"),
        ((0, 1, "mul"), 0.0, "x*0.0"),
        ((0, 1, "mul"), -1.0, "x*-1.0"),
        ((0, 1, "add"), 1.0, "x + 1.0"),
    ],
)
def test_what_constants_decide_is_left_out(code, constant, left):
    x = Var("x", FLOAT)
    template, operands = with_known(Template.of(code), (x, constant))
    assert template.describe([str(o) for o in operands]) == left


def test_what_is_one_number_keeps_its_shape():
    x = Var("x", Aval.of((3,), "float64"))
    choice = Template.of((1, 0, 0, "vanishing", "where"))
    template, _ = with_known(choice, (x, np.array([False, False, False])))
    assert template is choice


@pytest.mark.parametrize(
    ("f", "want"),
    [
        (lambda x, y, z: math.exp(x * y * z), lambda p: (1 + 3 * p + p * p) * math.exp(p)),
        (
            lambda x, y, z: math.sin(x * y * z),
            lambda p: (1 - p * p) * math.cos(p) - 3 * p * math.sin(p),
        ),
    ],
)
def test_mixed_derivatives_of_functions_of_a_product(f, want):
    assert mixed(f, 3)(0.7, 1.1, 0.9) == pytest.approx(want(0.7 * 1.1 * 0.9), rel=1e-12)


def test_a_long_line_is_cut_and_means_the_same():
    code = [0]
    for k in range(1, 30):
        code += [k % 3, ("add", "mul", "sub")[k % 3]]
    whole = Template.of(tuple(code))
    values = [1.25, 0.75, 2.0]
    parts = list(values)
    for template, places in whole.pieces:
        parts.append(template.evaluate(*[parts[p] for p in places]))
    assert parts[-1] == whole.evaluate(*values)
    assert all(len(template.code) <= LONGEST for template, _ in whole.pieces)


def test_what_a_choice_guards_is_not_taken_out_of_it():
    inner = (0, *[t for _ in range(20) for t in (0, "mul")], "log")
    code = (0, 0, "gt", *inner, 0, "where")
    whole = Template.of(code)
    for template, _ in whole.pieces[:-1]:
        assert "log" not in template.code


@pytest.mark.parametrize("test", ["isfinite", "vanishing"])
def test_arms_that_ask_whether_a_slope_is_finite_are_cut(test):
    code = [0]
    for k in range(1, 7):
        code = [k, test, 0, k, "mul", *code, "where", *code, "add"]
    long = Template.of(tuple(code))
    assert len(long.code) > 300
    assert max(len(template.code) for template, _ in long.pieces) <= LONGEST
