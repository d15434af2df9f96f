"""Whether a product can be written shorter at all, as far as its form tells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ..operations.table.template import Literal, Template, is_node
from ..program.interning import LATEST
from .monomials import factors_of, never_product

Tree = Any

PRODUCTS = frozenset({"mul", "div", "neg"})
ONE = Literal.of(1.0)
_CALL, _NUMBER = 1000, 30
"""What an operation costs beside its elements, on arrays and on numbers."""


@lru_cache(LATEST)
def is_short(template: Template) -> bool:
    """Whether there is nothing in an expression of numbers that could be written shorter."""

    def walk(tree: Tree) -> bool:
        if type(tree) is not tuple:
            return True
        if tree[0] not in PRODUCTS:
            return all(map(walk, tree[1:]))
        if not never_product(tree) or not is_bare(tree):
            return False
        return all(walk(part) for part, _ in factors_of(tree))

    return walk(template.tree)


def is_bare(tree: Tree) -> bool:
    """Whether a product has no factor of one, and at most one sign."""
    signs = 0
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if type(part) is not tuple:
            if part == ONE:
                return False
        elif part[0] in PRODUCTS:
            signs += part[0] == "neg"
            waiting.extend(part[1:])
    return signs < 2


def with_parts(tree: Tree, parts: list[Tree]) -> Tree:
    """An expression with other parts; itself where they are the same."""
    if all(a is b for a, b in zip(parts, tree[1:], strict=True)):
        return tree
    return (tree[0], *parts)


def with_numbers_in(tree: Tree, known: Sequence[Literal | None]) -> Tree:
    """An expression with numbers in the place of some operands."""
    if type(tree) is int:
        part = known[tree]
        return tree if part is None else part
    if not is_node(tree):
        return tree
    return (tree[0], *[with_numbers_in(part, known) for part in tree[1:]])


def distinct_factors(tree: Tree) -> list[int] | None:
    """The operands of a product that multiplies each once, and by one number at most.

    As far as the form tells, such a one is as short as it can be. `None` for any other.

    >>> distinct_factors(("div", ("neg", 0), 1)), distinct_factors(("mul", ("neg", 0), 0))
    ([1, 0], None)
    """
    found: list[int] = []
    numbers = 0
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if type(part) is int:
            found.append(part)
        elif type(part) is not tuple:
            numbers += 1 if part.value != 1 else 2
        elif part[0] not in PRODUCTS:
            return None
        else:
            numbers += part[0] == "neg"
            waiting.extend(part[1:])
    return found if numbers < 2 and len(set(found)) == len(found) else None


def cost_of(shape: tuple[int, ...]) -> float:
    """What an operation costs on arrays of a shape, or on numbers."""
    return math.prod(shape) + _CALL if shape else _NUMBER
