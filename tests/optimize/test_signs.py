"""Signs that become differences: the same bits, zeros and infinities too, in fewer operations."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest

from symdiff import grad
from symdiff.operations.statements.builder import Builder
from symdiff.operations.table.template import Template, flatten, tree_of
from symdiff.optimize.signs import with_differences
from symdiff.program.program import Aval, Program, Var

from ..comparing import same

NUMBERS = [0.0, -0.0, 1.5, -2.5, float("inf")]


def drawn(numbers: random.Random, depth: int) -> Any:
    if depth == 0 or numbers.random() < 0.15:
        return numbers.randrange(2)
    name = numbers.choice(["neg", "neg", "add", "sub", "mul", "div"])
    count = 1 if name == "neg" else 2
    return (name, *[drawn(numbers, depth - 1) for _ in range(count)])


def rewritten(tree: Any, dtype: str = "float64") -> Any:
    variables = [Var(name, Aval.of((), dtype)) for name in "xy"]
    code = flatten(tree)
    places = list(dict.fromkeys(t for t in code if type(t) is int))
    ops = Builder()
    template = Template.of(tuple([places.index(t) if type(t) is int else t for t in code]))
    made = ops.emit(template, tuple([variables[k] for k in places]))
    program = with_differences(Program("f", tuple(variables), ops.statements, (made,)))
    (statement,) = program.statements
    return statement.operation, [variables.index(o) for o in statement.operands]


def bits(operation: Any, places: list[int], numbers: tuple[float, ...]) -> bytes:
    with np.errstate(all="ignore"):
        value = np.float64(operation.evaluate(*[np.float64(numbers[k]) for k in places]))
    return b"nan" if np.isnan(value) else value.tobytes()


def test_the_bits_stay_and_no_operation_is_added() -> None:
    numbers = random.Random(5)
    shorter = 0
    for _ in range(400):
        tree = drawn(numbers, 5)
        if not isinstance(tree, tuple):
            continue
        code = flatten(tree)
        places = list(dict.fromkeys(t for t in code if type(t) is int))
        plain = Template.of(tuple([places.index(t) if type(t) is int else t for t in code]))
        operation, own = rewritten(tree)
        for pair in itertools.product(NUMBERS, NUMBERS):
            assert bits(operation, own, pair) == bits(plain, places, pair), tree
        before = sum(type(t) is str for t in plain.code)
        after = sum(type(t) is str for t in operation.code)
        assert after <= before
        shorter += after < before
    assert shorter > 50


@pytest.mark.parametrize(
    ("tree", "wanted"),
    [
        (("add", 0, ("neg", 1)), ("sub", 0, 1)),
        (("add", ("neg", 0), 1), ("sub", 0, 1)),  # the operands have changed places
        (("sub", 0, ("neg", 1)), ("add", 0, 1)),
        (("sub", ("neg", 0), ("neg", 1)), ("sub", 0, 1)),
        (("add", ("neg", 0), ("neg", 1)), ("sub", ("neg", 0), 1)),
        (("sub", ("neg", 0), 1), ("sub", ("neg", 0), 1)),
        (("add", 0, ("div", ("mul", ("neg", 1), 0), 1)), ("sub", 0, ("div", ("mul", 1, 0), 1))),
        (("add", 0, ("mul", ("neg", 1), ("neg", 0))), ("add", 0, ("mul", ("neg", 1), ("neg", 0)))),
    ],
)
def test_a_sign_becomes_a_difference(tree: Any, wanted: Any) -> None:
    assert tree_of(rewritten(tree)[0].code) == wanted


def test_integers_keep_their_signs() -> None:
    tree = ("add", 0, ("neg", 1))
    assert tree_of(rewritten(tree, "int64")[0].code) == tree


def test_an_exponential_is_not_taken_apart() -> None:
    """What the user wrote is computed as it was written: no `e*exp(t)` for `exp(t + 1)`."""

    def f(t):
        return np.sum(np.exp(t + 1.0))

    t = np.linspace(-3.0, 3.0, 50)
    g = grad(f)
    assert same(g(t), np.exp(t + 1.0))
    text = g.generated_source(t)
    assert text.count("exp(") == 1
    assert "2.71" not in text
