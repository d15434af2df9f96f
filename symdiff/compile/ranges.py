"""Which programs may leave the range of floats on the way to results that are within it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import Any

import numpy as np

from ..operations.runtime.ranges import EXTENDED
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template
from ..program.acts import Opaque
from ..program.branches import Branch
from ..program.interning import LATEST
from ..program.loops import Loop
from ..program.program import Program, Statement, Var

Tree = Any

_LARGE = 150.0
"""A constant beyond 2**150, or below its inverse, is there to bring something into range."""

_TOO_LARGE = 300.0
"""Of such a constant, or of several that come to this, small powers are no floats."""


MOVES = frozenset(
    {"getitem", "setitem", "scatter_add", "scatter_sum", "array", "stack", "rows", "concatenate"}
    | {"reshape", "transpose", "flip", "roll", "repeat", "tile", "diagonal", "copy", "cast", "item"}
    | {"broadcast_to", "unbroadcast", "sum", "mean", "detach", "number", "max", "min"}
)
"""Structural operations that move numbers and add them up, but multiply none by another."""


class Danger(Enum):
    """When products of a program may leave the range of floats."""

    NONE = "never, or another run would be no help"
    INPUTS = "where inputs are very large or small"
    CONSTANTS = "always: constants are very large or small"


def danger(program: Program) -> Danger:
    """When products of a program may leave the range of floats though its results are within it.

    A program that acts on the world does so once: there is no other run.
    """
    if EXTENDED is None:
        return Danger.NONE
    statements = list(_statements(program))
    operations = {
        (id(s.operation), _constants(s)): (s.operation, _constants(s)) for s in statements
    }.values()
    if any(type(operation) is Opaque for operation, _ in operations):
        return Danger.NONE
    sizes = {
        size
        for s in statements
        for k, o in enumerate(s.operands)
        if type(o) is not Var and not _is_start(s, k)
        for size in _size(o)
    }
    mixes = False
    for operation, constants in operations:
        if type(operation) is Template:
            mixes = mixes or _mixes(operation, constants)
            sizes |= _sizes(operation)
        else:
            mixes = mixes or (type(operation) is Structural and operation.name not in MOVES)
    if sum(sizes) > _TOO_LARGE:
        return Danger.CONSTANTS
    return Danger.INPUTS if mixes else Danger.NONE


def _statements(program: Program) -> Iterator[Statement]:
    """The statements of a program, and of the arms and bodies in it."""
    for statement in program.statements:
        yield statement
        operation = statement.operation
        inside = operation.arms if type(operation) is Branch else ()
        for part in (operation.body,) if type(operation) is Loop else inside:
            yield from _statements(part)


def _is_start(statement: Statement, k: int) -> bool:
    """Whether it is where a loop begins with what it multiplies by nothing, as a largest number."""
    loop = statement.operation
    if type(loop) is not Loop or not 0 < k <= loop.carried:
        return False
    var = loop.body.inputs[k - 1]
    return not any(
        type(s.operation) is not Template or _multiplies(s.operation, n)
        for s in loop.body.statements
        for n, operand in enumerate(s.operands)
        if operand is var
    )


@lru_cache(LATEST)
def _multiplies(template: Template, k: int) -> bool:
    """Whether an operand is a factor of a product, or in one.

    >>> _multiplies(Template.of((0, 1, "larger")), 0), _multiplies(Template.of((0, 1, "mul")), 0)
    (False, True)
    """

    def walk(tree: Tree, inside: bool) -> bool:
        if type(tree) is tuple:
            return any(walk(part, inside or tree[0] in _PRODUCTS) for part in tree[1:])
        return inside and type(tree) is int and tree == k

    return walk(template.tree, False)


def _constants(statement: Statement) -> frozenset[int]:
    """The operands of an expression that are numbers."""
    if type(statement.operation) is not Template:
        return frozenset()
    return frozenset([k for k, o in enumerate(statement.operands) if isinstance(o, float)])


@lru_cache(LATEST)
def _mixes(template: Template, constants: frozenset[int] = frozenset()) -> bool:
    """Whether numbers of different sizes are multiplied: in `3*x**2` there is only one.

    >>> _mixes(Template.of((0, Literal.of(2), "pow", Literal.of(3), "mul")))
    False
    >>> [_mixes(Template.of(code)) for code in ((0, 1, "mul", "exp"), (0, 1, "pow"), (0, 1, "add"))]
    [True, True, False]
    >>> t = Template.of((0, 1, "mul"))
    >>> _mixes(t), _mixes(t, frozenset([0]))
    (True, False)
    """
    if _PRODUCTS.isdisjoint(template.code):
        return False
    plain = {*constants, *[("over", k) for k in constants]}

    def walk(tree: Tree) -> bool:
        if type(tree) is not tuple:
            return False
        name = tree[0]
        if name in ("pow", "strict_pow") and not isinstance(tree[2], Literal):
            return True
        if name in ("mul", "div") and len({*factors(tree)} - plain) > 1:
            return True
        return any(map(walk, tree[1:]))

    return walk(template.tree)


_PRODUCTS = frozenset({"mul", "div", "pow", "strict_pow"})


def factors(tree: Tree) -> list[Tree]:
    """What is multiplied in a product; a factor divided by is another than one multiplied by."""
    kind = type(tree)
    if kind is not tuple:
        return [] if kind is Literal else [tree]
    name = tree[0]
    if name == "mul":
        return factors(tree[1]) + factors(tree[2])
    if name in ("neg", "square", "pow", "strict_pow"):
        return factors(tree[1])
    if name == "div":
        return [*factors(tree[1]), *[("over", part) for part in factors(tree[2])]]
    return [tree]


@lru_cache(LATEST)
def _sizes(template: Template) -> frozenset[float]:
    """The sizes of very large and small numbers that something is multiplied or divided by.

    >>> _sizes(Template.of((0, Literal.of(2.0**300), "div", Literal.of(1e-200), "add")))
    frozenset({300.0})
    """
    if not any(isinstance(token, Literal) for token in template.code):
        return frozenset()

    def walk(tree: Tree, multiplied: bool) -> Iterator[float]:
        if isinstance(tree, Literal):
            if multiplied:
                yield from _size(tree.value)
        elif type(tree) is tuple:
            for part in tree[1:]:
                yield from walk(part, tree[0] in ("mul", "div", "neg", "pow", "strict_pow"))

    return frozenset(walk(template.tree, False))


def _size(constant: Any) -> Iterator[float]:
    """How many powers of two a constant is away from one, if it is far."""
    if type(constant) is float or (
        isinstance(constant, np.ndarray | np.generic)
        and constant.dtype.kind == "f"
        and constant.size
    ):
        largest = float(np.max(np.abs(constant)))
        if 0.0 < largest < math.inf:
            size = abs(math.log2(largest))
            if size > _LARGE:
                yield size
