"""Mixed derivatives of a high order: each costs about twice the last, and long lines are cut."""

import math
import time

import numpy as np
import pytest

import symdiff as sd
from symdiff.operations.template import LONGEST, Template


def mixed(f, n):
    for k in range(n):
        f = sd.grad(f, k)
    return f


def test_the_mixed_derivative_of_a_product():
    spent = []
    for n in (3, 5, 7):
        g = mixed(lambda *a: np.prod(np.stack(a)), n)
        start = time.process_time()
        assert float(g(*[np.float64(v) for v in range(1, n + 1)])) == pytest.approx(1.0)
        spent.append(time.process_time() - start)
    assert spent[2] < 8.0, spent


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
