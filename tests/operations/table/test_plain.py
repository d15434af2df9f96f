"""What is derived without SymPy is what SymPy derives."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy

import symdiff.operations  # noqa: F401  # the table is filled
from symdiff.operations.table import linearize, nodes
from symdiff.operations.table.chain_rule import derivative
from symdiff.operations.table.entry import TABLE, ElementwiseEntry
from symdiff.operations.table.plain import Beyond
from symdiff.operations.table.plain_algebra import Algebra
from symdiff.operations.table.plain_nodes import PlainNodes
from symdiff.operations.table.template import Literal, Template, flatten

COMMON = ("sin", "cos", "tanh", "exp", "sqrt", "atan", "square", "neg", "log", "cosh", "sigmoid")
ARITHMETIC = ("add", "add", "sub", "sub", "mul", "mul", "mul", "div")
NUMBERS = (2, 3, 1, -1, 0.5, 1.5, 6.0, -0.25, 0.1, 0.7317, 4)
EXPONENTS = (2, 3, 2.0, -1, -2, 1, 4)
ENTRIES = sorted(e.name for e in TABLE.elementwise())


def tree(draw: random.Random, depth: int, operands: int, rare: bool) -> Any:
    if not depth:
        if draw.random() < 0.75:
            return draw.randrange(operands)
        return Literal.of(draw.choice(NUMBERS))
    kind = draw.random()
    first = tree(draw, depth - 1, operands, rare)
    if kind < 0.3:
        return draw.choice(COMMON), first
    if kind < 0.4 and rare:
        entry = TABLE.entries[draw.choice(ENTRIES)]
        assert isinstance(entry, ElementwiseEntry)
        more = [tree(draw, depth - 1, operands, rare) for _ in range(entry.arity - 1)]
        return (entry.name, *([first] if entry.arity else []), *more)
    if kind < 0.5:
        return "pow", first, Literal.of(draw.choice(EXPONENTS))
    return draw.choice(ARITHMETIC), first, tree(draw, draw.randrange(depth), operands, rare)


def template(found: Any) -> Template:
    names: dict[int, int] = {}
    code = flatten(found)
    return Template(tuple([names.setdefault(t, len(names)) if type(t) is int else t for t in code]))


def compared(made: Template) -> bool:
    """Whether a template is derived without SymPy; then, that SymPy derives the same."""
    active = tuple(range(made.arity))
    found = linearize._plainly(made, active, ())
    if found is not None:
        assert found == linearize._symbolically(made, active, ()), made
    return found is not None


@pytest.mark.skipif(
    tuple(map(int, sympy.__version__.split(".")[:2])) < (1, 14),
    reason="SymPy before 1.14 writes some of these in another order",
)
@pytest.mark.parametrize("rare", [False, True])
def test_it_is_what_sympy_derives(rare: bool) -> None:
    draw = random.Random(11)
    made = [
        template(tree(draw, draw.choice((1, 2, 2, 3, 3, 4)), draw.choice((1, 2, 3)), rare))
        for _ in range(300)
    ]
    plain = [compared(t) for t in made if t.arity > 0 and len(t.code) < 60]
    assert sum(plain) > len(plain) / 3


def test_so_is_each_operation_of_the_table_alone_and_of_a_sum() -> None:
    plain = 0
    for name in ENTRIES:
        entry = TABLE.entries[name]
        assert isinstance(entry, ElementwiseEntry)
        operands: list[Any] = list(range(entry.arity))
        plain += bool(operands) and compared(template((name, *operands)))
        operands = [("add", ("mul", 0, 1), k) for k in operands]
        plain += bool(operands) and compared(template(("mul", (name, *operands), 1)))
    assert plain > 150


@pytest.mark.parametrize(
    "found",
    [
        ("log", ("cosh", 0)),
        ("log", ("div", Literal.of(1), ("add", Literal.of(1), ("exp", ("neg", 0))))),
        ("div", 0, ("add", 1, 0)),
        ("div", ("exp", 0), ("add", Literal.of(1.0), ("exp", 0))),
        ("div", ("mul", ("sub", Literal.of(1), 0), 1), ("mul", 0, ("square", 1))),
        ("mul", ("sub", Literal.of(1), 0), ("add", Literal.of(1), 0)),
        ("pow", ("mul", 0, 1), Literal.of(-3)),
        ("given", ("sin", 0), ("mul", 0, 1)),
    ],
)
def test_forms_that_are_recognized_are_so_without_sympy(found: Any) -> None:
    assert compared(template(found))


@pytest.mark.parametrize(
    "found",
    [
        ("div", ("sin", 0), 0),  # has a limit at 0
        ("sqrt", ("mul", 0, 0)),  # an absolute value
        ("mul", Literal.of(1e-200), 0),  # beyond the range in which numbers are merged
        ("mul", Literal.of(-0.0), 0),
        ("pow", 0, 1),
        ("where", ("lt", 0, 1), 0, 1),
        ("hypot", 0, 1),
    ],
)
def test_what_takes_more_is_left_to_sympy(found: Any) -> None:
    assert not compared(template(found))


def test_equal_expressions_are_one_object_and_like_terms_one_term() -> None:
    make = Algebra(PlainNodes)
    x, y = make.placeholder(0), make.placeholder(1)
    assert (x + y) * 2 - y is 2 * (y + x) - y
    assert x * y / x is y
    assert x + x - 2 * x == 0
    assert derivative(x**3 * y, x) is 3 * x**2 * y
    with pytest.raises(Beyond):
        make.m.where(x, y, 0)


@pytest.mark.parametrize(
    "partial",
    [
        lambda m, x: sympy.cos(x),
        lambda m, x: m.cos(x).subs(x, x),
        lambda m, x: abs(x),
        lambda m, x: 2**x,
        lambda m, x: x // 2,
        lambda m, x: sympy.Piecewise((1, x > 0), (2, True)),
        lambda m, x: np.float64(2.0) * x,
    ],
)
def test_rules_that_are_written_for_sympy_get_its_expressions(
    partial: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = TABLE.entries["sin"]
    assert isinstance(entry, ElementwiseEntry)
    other = replace(entry, name="own", names=(), partials=lambda m, x: (partial(m, x),))
    monkeypatch.setitem(TABLE.entries, "own", other)
    assert linearize._plainly(template(("own", 0)), (0,), ()) is None


def test_a_rule_that_is_entered_anew_is_the_one_that_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = TABLE.entries["sin"]
    assert isinstance(entry, ElementwiseEntry)
    for factor in (2, 3):
        other = replace(
            entry, name="own", names=(), partials=lambda m, x, n=factor: (n * m.cos(x),)
        )
        monkeypatch.setitem(TABLE.entries, "own", other)
        found = linearize._plainly(template(("own", 0)), (0,), ())
        assert found is not None
        assert found[1] == [("mul", Literal.of(factor), ("cos", 0))]


def test_the_gradient_of_a_common_statement_does_without_sympy(tmp_path: Any) -> None:
    file = tmp_path / "common.py"
    file.write_text(
        "import sys\nfrom math import *\nfrom symdiff import grad\n\n\n"
        "def f(x, y):\n    z = 0.5*sin(x*y + tanh(x)) + exp(-y*y)\n"
        "    return z/(1 + x*x) - log(z)\n\n\n"
        "print(grad(f)(0.3, 0.4), 'sympy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, file], stdout=subprocess.PIPE, text=True, check=True)
    value, loaded = done.stdout.split()
    step = 1e-6
    from math import exp, log, sin, tanh

    def f(x: float, y: float) -> float:
        z = 0.5 * sin(x * y + tanh(x)) + exp(-y * y)
        return z / (1 + x * x) - log(z)

    assert abs(float(value) - (f(0.3 + step, 0.4) - f(0.3 - step, 0.4)) / (2 * step)) < 1e-8
    assert loaded == "False"
    assert nodes.PREFIX == "sd_"
