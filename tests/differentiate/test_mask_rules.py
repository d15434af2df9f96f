"""Which statements need a mask, and which conditions they carry: the rules of `masks.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff import grad
from symdiff.differentiate.masks import has_mask, is_finite, may_be_infinite, reads_values, unread
from symdiff.operations.table.linearization import linearization
from symdiff.operations.table.template import Literal, Template
from symdiff.program.program import Aval, Var


def template(*code: Any) -> Template:
    return Template.of(tuple(Literal.of(t) if type(t) is float else t for t in code))


@pytest.mark.parametrize(
    "code",
    [
        (0, 1, "add"),
        (0, 2.0, "div"),
        (0, -2.0, "div"),
        (0, 1.0, "pow"),
        (0, 2.0, "pow"),
        (0, 3.0, "pow"),
        (1, 0, 3.0, "pow", "add"),
        (0, 1, "atan", -1.0, "div", "add"),
        (0, 1, "atan", 1.0, "div", "add"),
        (0, 1, "atan", 1.0, "pow", "add"),
        (0, "sin", 1, "mul"),
        (0, "abs"),
    ],
)
def test_partials_that_are_finite_need_no_mask(code: Any) -> None:
    made = template(*code)
    assert is_finite(made, linearization(made, tuple(range(made.arity))))


@pytest.mark.parametrize(
    "code",
    [
        (0, 0.5, "pow"),
        (0, 2.5, "pow"),
        (3.0, 0, "pow", 0.5, "pow"),
        (0, 3.0, 1, "div", "add"),
        (0, -1.0, "pow"),
        (1.0, 0, "div"),
        (0, 1, "div"),
        (0, "log"),
        (0, "sqrt", 1, "add"),
        (0, "sin", "log"),
    ],
)
def test_partials_that_may_be_infinite_do(code: Any) -> None:
    made = template(*code)
    assert not is_finite(made, linearization(made, tuple(range(made.arity))))


def test_a_mask_of_a_variable_counts_wherever_a_value_is_read() -> None:
    condition = Var("taken", Aval.of((3,), "bool"))
    product = linearization(template(0, 1, "mul"), (0, 1))
    assert may_be_infinite(product, product.reverse[0], condition, False)
    total = linearization(template(0, 1, "add"), (0, 1))
    assert not may_be_infinite(total, total.reverse[0], condition, True)


def test_a_constant_mask_counts_where_infinity_can_come_from() -> None:
    kept = np.array([True, False])
    product = linearization(template(0, 1, "mul"), (0, 1))
    assert not may_be_infinite(product, product.reverse[0], kept, False)
    assert may_be_infinite(product, product.reverse[0], kept, True)
    total = linearization(template(0, 1, "add"), (0, 1))
    assert not may_be_infinite(total, total.reverse[0], kept, True)
    logarithm = linearization(template(0, "log"), (0,))
    assert may_be_infinite(logarithm, logarithm.reverse[0], kept, False)


def test_a_line_reads_values_unless_it_only_chooses() -> None:
    product = linearization(template(0, 1, "mul"), (0, 1))
    assert reads_values(product.reverse[0])
    total = linearization(template(0, 1, "add"), (0, 1))
    assert not reads_values(total.reverse[0])
    choice = linearization(template(0, 1, 2, "where"), (1, 2))
    assert not reads_values(choice.reverse[1])


def test_what_nobody_reads() -> None:
    assert unread(((0,), (2,)), (3,)).tolist() == [True, False, True]
    assert unread(((0,), (1,)), (2,)) is None
    assert not unread(((0,),), (3,)).flags.writeable  # it is kept for other programs


def test_an_index_has_a_mask_only_if_an_array_of_booleans_is_in_it() -> None:
    assert has_mask((0, ("mask", 0)))
    assert not has_mask((0, ("array", 0)))
    assert not has_mask((0, 1))


def test_a_condition_for_whole_rows_inside_one_for_elements() -> None:
    rows = np.array([[True], [False]])

    def f(x: Any) -> Any:
        r = np.sqrt(x)
        inner = np.where(rows, r, 1.0)
        return np.sum(np.where(x > 0, inner * 2.0, 0.0))

    with np.errstate(all="ignore"):
        have = grad(f)(np.array([[0.0, 4.0], [0.0, 1.0]]))
    assert have.tolist() == [[0.0, 0.5], [0.0, 0.0]]


def test_conditions_that_are_constants_are_joined_beforehand() -> None:
    keep, other = np.array([True, False, True]), np.array([True, True, False])

    def f(x: Any) -> Any:
        r = np.log(x)
        return np.sum(np.where(keep, r, 0.0)) + np.sum(np.where(other, 2.0 * r, 0.0))

    with np.errstate(all="ignore"):
        assert grad(f)(np.array([1.0, 2.0, 4.0])).tolist() == [3.0, 1.0, 0.25]
