"""Of which inputs the size matters: those of products that something else is multiplied by.

A product of two numbers is no float only where the result is none, or one that follows. So inputs
are asked for their size where a product that they are in is a factor again: of `a*b*c` the first
two. The third may be of any size, as `a*b` is a float, and so may all of a single product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template, is_node
from ..program.acts import Write
from ..program.lengths import Filled, LengthOf
from ..program.outside import Check, Read
from ..program.program import Guard, Keep, Operand, Program, Statement, Var
from ..records import dataclass
from .ranges import MOVES, factors

Tree = Any

_OF_NO_SIZE = frozenset({"exp", "sigmoid", "cos", "cosh", "sech"})
"""Functions whose value is not as small as the argument may be."""

_MULTIPLYING = frozenset({"matmul", "dot", "outer", "contraction"})


@dataclass(frozen=True, slots=True)
class _Size:
    """What a value is as large or small as: the inputs, and whether it is a product of them."""

    inputs: frozenset[Var] = frozenset()
    is_product: bool = False
    is_constant: bool = False


_NOTHING, _CONSTANT = _Size(), _Size(is_constant=True)


def asked_for(program: Program) -> set[Var] | None:
    """The inputs of whose products others are made; `None` where nothing is known of that.

    >>> from symdiff import grad
    >>> def asked(f, *xs):
    ...     return sorted([v.name for v in asked_for(grad(f).program(*xs))])
    >>> asked(lambda a, b: a * b, 1.0, 2.0)
    []
    >>> asked(lambda a, b, c, d: a * b * c * d, 1.0, 2.0, 3.0, 4.0)
    ['b', 'c']
    """
    sizes = _Sizes({var: _Size(frozenset([var])) for var in program.inputs})
    try:
        for statement in program.statements:
            sizes.take(statement)
    except _UnknownError:
        return None
    return sizes.asked


class _UnknownError(Exception):
    """An operation of which it is not known what it multiplies."""


@dataclass(slots=True)
class _Sizes:
    known: dict[Var, _Size]
    asked: set[Var] = field(default_factory=set)

    def take(self, statement: Statement) -> None:
        operation, target = statement.operation, statement.target
        if isinstance(operation, Check | Guard | Write) or type(operation) is Keep:
            return
        if target is None:
            raise _UnknownError
        operands = [self.of(o) for o in statement.operands]
        if type(operation) is Read:
            found = _Size(frozenset([target]))
        elif isinstance(operation, Filled | LengthOf):
            found = _NOTHING
        elif type(operation) is Template:
            found = self.walk(operation.tree, operands)
        elif type(operation) is Structural and operation.name in MOVES:
            found = _joined(operands)
        elif type(operation) is Structural and operation.name in _MULTIPLYING:
            found = self.product(*operands)
        else:
            raise _UnknownError
        self.known[target] = found

    def of(self, operand: Operand) -> _Size:
        if type(operand) is not Var:
            return _CONSTANT
        return self.known.get(operand, _NOTHING)

    def product(self, *parts: _Size) -> _Size:
        """What a product is; the products among its factors are asked for."""
        for part in parts:
            if part.is_product:
                self.asked |= part.inputs
        whole = _joined(parts)
        if whole.is_constant or whole.is_product:
            return whole
        return _Size(whole.inputs, True)

    def walk(self, tree: Tree, operands: list[_Size]) -> _Size:
        kind = type(tree)
        if kind is int:
            return operands[tree]
        if kind is not tuple:
            return _CONSTANT
        name = tree[0]
        if name in ("pow", "strict_pow") and not isinstance(tree[2], Literal):
            raise _UnknownError
        if name == "div" and tree[1] == tree[2]:
            return _NOTHING
        if name in ("mul", "div", "pow", "strict_pow", "square"):
            if name in ("mul", "div") and _is_one(tree[2]):
                return self.walk(tree[1], operands)
            if name == "mul" and _is_one(tree[1]):
                return self.walk(tree[2], operands)
            alone = self.alone(tree, operands)
            if alone is not None:
                return self.product(alone)
            return self.product(*[self.walk(part, operands) for part in tree[1:]])
        parts = [self.walk(part, operands) for part in tree[1:]]
        return _NOTHING if name in _OF_NO_SIZE else _joined(parts)

    def alone(self, tree: Tree, operands: list[_Size]) -> _Size | None:
        """What a product is made of, if that is one number and constants: it leads one way."""
        read = {*factors(tree)}
        moving = [f for f in read if type(f) is not int or not operands[f].is_constant]
        if len(moving) != 1 or (is_node(moving[0]) and moving[0][0] == "over"):
            return None
        return self.walk(moving[0], operands)


def _is_one(tree: Tree) -> bool:
    return isinstance(tree, Literal) and abs(tree.value) == 1.0


def _joined(parts: Sequence[_Size]) -> _Size:
    """What several values together are as large or small as."""
    moving = [part for part in parts if part is not _CONSTANT]
    if len(moving) == 1:
        return moving[0]
    if not moving:
        return _CONSTANT
    inputs = frozenset().union(*[part.inputs for part in moving])
    return _Size(inputs, any(part.is_product for part in moving))
