"""From SymPy back to operations of the table, and what a program says of itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy

from symdiff import UnsupportedError, grad
from symdiff.operations.table import expressions, nodes
from symdiff.operations.table.chain_rule import derivative
from symdiff.operations.table.entry import TABLE, ElementwiseEntry
from symdiff.operations.table.expressions import Known, parse, unparse
from symdiff.operations.table.linearize import linearize
from symdiff.operations.table.nodes import placeholder
from symdiff.operations.table.template import Literal, Template, flatten

X, Y = placeholder(0), placeholder(1)


def tree(expr: Any) -> Any:
    def readable(node: Any) -> Any:
        if isinstance(node, Literal):
            return float(node.value)
        return (node[0], *map(readable, node[1:])) if isinstance(node, tuple) else node

    return readable(unparse(expr, Known()))


@pytest.mark.parametrize("name", ["sin", "cos", "sinh", "cosh"])
def test_functions_that_only_a_derivative_brings_are_found_by_their_names(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = getattr(sympy, name)
    known = {c: e for c, e in nodes._ENTRY_OF_CLASS.items() if c is not function}
    monkeypatch.setattr(nodes, "_ENTRY_OF_CLASS", known)
    assert tree(function(X)) == (name, 0)
    assert known[function].name == name


@pytest.mark.parametrize(
    ("expr", "wanted"),
    [
        (X + Y, ("add", 0, 1)),
        (X - Y, ("sub", 0, 1)),
        (Y - X, ("sub", 1, 0)),
        (-X - Y, ("sub", ("neg", 0), 1)),
        (2 * X, ("mul", 2.0, 0)),
        (-X * Y, ("mul", ("neg", 0), 1)),
        (-3 * X, ("mul", ("neg", 3.0), 0)),
        (X / 3, ("div", 0, 3.0)),
        (2 * X / 3, ("div", ("mul", 2.0, 0), 3.0)),
        (1 / X, ("div", 1.0, 0)),
        (X / Y, ("div", 0, 1)),
        (X**-2, ("div", 1.0, ("pow", 0, 2.0))),
        (sympy.sqrt(X), ("sqrt", 0)),
        (X**3, ("pow", 0, 3.0)),
        (X**Y, ("pow", 0, 1)),
        (sympy.exp(X), ("exp", 0)),
        (sympy.Abs(X), ("abs", 0)),
        (sympy.sign(X), ("sign", 0)),
        (sympy.Rational(1, 3), ("div", 1.0, 3.0)),
        (sympy.pi, math.pi),
    ],
)
def test_the_tree_of_an_expression(expr: Any, wanted: Any) -> None:
    assert tree(expr) == wanted


def test_the_users_own_way_of_computing_is_kept() -> None:
    code = (0, 1, "add", 0, "sub", 0, "sin", "mul")
    whole, known, expr = parse(code, nodes)
    assert flatten(whole) == code
    assert unparse(expr, known) == whole
    assert unparse(nodes.m.sin(X), known) is known[nodes.m.sin(X)]
    assert nodes.m.sin(X) in known.written
    assert X not in known.written


def test_a_whole_number_as_a_float_is_an_exponent_like_the_integer() -> None:
    assert nodes.m.pow(X, sympy.Float(3.0)) == X**3
    assert nodes.m.pow(X, sympy.Float(-2.0)) == nodes.m.pow(X, sympy.Integer(-2))
    assert nodes.m.pow(X, sympy.Float(1e4)) != X**10_000  # which would be taken apart


def test_an_even_power_of_an_absolute_value_is_that_of_the_number() -> None:
    pow_, abs_, two, four = nodes.m.pow, nodes.m.abs, sympy.Integer(2), sympy.Integer(4)
    assert pow_(abs_(X), two) == X**2
    for exponent in (two, four):
        assert pow_(abs_(X) * Y, exponent) == pow_(X * Y, exponent)
        assert pow_(nodes.m.div(abs_(X) * Y, Y), exponent) == pow_(nodes.m.div(X * Y, Y), exponent)
    assert pow_(abs_(X) * Y, sympy.Integer(3)) != pow_(X * Y, sympy.Integer(3))
    both = abs_(X) * nodes.m.sign(Y)
    assert pow_(both, two) == pow_(X * nodes.m.sign(Y), two)


def test_what_is_no_operation_of_the_table_is_named() -> None:
    with pytest.raises(ValueError, match="no entry of the table prints zeta"):
        tree(sympy.zeta(X))


@pytest.mark.parametrize("exponent", [-400, -1100, 330, 1400])
def test_a_number_outside_the_range_of_floats_is_taken_apart(exponent: int) -> None:
    value = sympy.Float(1.5, 17) * sympy.Integer(10) ** exponent
    rest, scales = expressions._in_pieces(value)
    assert expressions._in_range(rest)
    assert all(math.isfinite(s) and s > 0 for s in scales)
    exact = sympy.Float(rest, 40) * sympy.Mul(*[sympy.Rational(s) for s in scales])
    assert abs(exact / value - 1) < 1e-14


def test_a_program_says_what_it_reads_and_where(monkeypatch: pytest.MonkeyPatch) -> None:
    scale = 3.0
    table = [1.0, 2.0]

    def f(x: Any) -> Any:
        return scale * x + table[1] * np.sin(x)

    text = str(grad(f).program(0.5))
    assert "read scale" in text
    assert "read table[1]" in text
    assert "test_nodes.py" in text


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda x: (1.0 - x) * (1.0 + x), lambda x: -2 * x),
        (lambda x: (2 - x) * (2 + x) * 3, lambda x: -6 * x),
        (lambda x: (x + 0.5) * (0.5 - x), lambda x: -2 * x),
    ],
)
def test_the_slope_of_a_product_of_sums_keeps_its_digits(f: Any, slope: Any) -> None:
    for x in (1e-20, -3e-9, 0.7):
        assert grad(f)(x) == pytest.approx(slope(x), rel=1e-14)


def test_a_derivative_is_written_as_the_shorter_of_two_sums() -> None:
    with nodes.no_distribution(False):
        assert derivative((1 - X) * (1 + X), X) == -2 * X
        assert derivative((1 - X) * Y, X) == -Y
        assert derivative(X * Y, X) == Y
        assert derivative((1 - X) * (2 + X), X) == -2 * X - 1
        assert derivative(sympy.Integer(5), X) is sympy.S.Zero


def test_a_list_of_numbers_is_put_together_at_once() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.sin([[x, 2.0 * x], [1.0, x]]))

    text = str(grad(f).program(0.5))
    assert "stack" not in text
    assert grad(f)(0.5) == pytest.approx(2 * math.cos(0.5) + 2 * math.cos(1.0))


def test_the_derivative_of_a_product_that_is_held_together() -> None:
    held = nodes.node_class("mul")(X, Y)
    assert (derivative(held, X), derivative(held, Y)) == (Y, X)
    slope = derivative(nodes.m.sin(X * Y), X)  # in which the product is held together
    bend = derivative(slope, X).replace(nodes.node_class("mul"), lambda a, b: a * b)
    assert sympy.simplify(bend + Y**2 * nodes.m.sin(X * Y)) == 0


@pytest.mark.parametrize(
    ("function", "reason"), [(None, "no derivative rule"), ("Heaviside", "no usable derivative")]
)
def test_an_operation_without_a_rule_is_refused(function, reason, monkeypatch):
    entry = ElementwiseEntry(name="step_of", math="x", numpy="x", sympy=function)
    monkeypatch.setitem(TABLE.entries, "step_of", entry)
    with pytest.raises(UnsupportedError, match=reason):
        linearize(Template.of((0, "step_of")), (0,))


@pytest.mark.parametrize(
    "length",
    [lambda x, y: abs(x), lambda x, y: np.hypot(x, y), lambda x, y: np.linalg.norm([x, y])],
)
def test_the_square_of_a_quotient_of_a_multiple_of_a_length(length):
    def f(x, y, scale):
        return (scale * length(x, y) / y) ** 2

    g = grad(f, wrt="all")
    for at in ((1.5, 2.0, 3.0), (0.0, 2.0, 3.0), (-1.5, 2.0, 0.5)):
        wanted = []
        for k in range(3):
            step = np.zeros(3)
            step[k] = 1e-6
            wanted.append((f(*np.add(at, step)) - f(*np.subtract(at, step))) / 2e-6)
        np.testing.assert_allclose(g(*at), wanted, rtol=1e-6, atol=1e-8)
