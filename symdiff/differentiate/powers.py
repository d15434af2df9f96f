"""Which templates are lengths, and which read lengths by their powers."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any

from ..operations.table.template import Literal, Template
from ..program.interning import LATEST

Tree = Any
Places = frozenset[int]

_ROOTS = frozenset({"abs", "sqrt", "deviation", "hypot", "pow"})
_SCALES = frozenset({"mul", "div", "neg", "abs", "valued"})
_POWERS = frozenset({"pow", "square", "mul"})
_UNKNOWN = frozenset({"pow", "mul", "length_power"})


@lru_cache(LATEST)
def square_of(template: Template, lengths: Places) -> Tree | None:
    """The tree of the square of a template's value, if it is a length; otherwise `None`.

    `("squared", k)` stands for the square of operand number `k`, one of the `lengths`.

    >>> square_of(Template.of((0, 1, "hypot")), frozenset())
    ('add', ('square', 0), ('square', 1))
    >>> square_of(Template.of((0, 1, "div")), frozenset({0}))
    ('div', ('div', ('squared', 0), 1), 1)
    """
    last = template.code[-1]
    if last not in _ROOTS and not (last in _SCALES and (lengths or _ROOTS & {*template.code})):
        return None
    return _square(template.tree, lengths)


def _square(tree: Tree, lengths: Places) -> Tree | None:
    if type(tree) is int:
        return ("squared", tree) if tree in lengths else None
    if isinstance(tree, Literal):
        return None
    name, *operands = tree
    if name in ("sqrt", "deviation"):
        return operands[0]
    if name == "pow":
        exponent = operands[1]
        half = isinstance(exponent, Literal) and exponent.value == 0.5
        return operands[0] if half else None
    if name in ("abs", "hypot"):
        squares = [_square(operand, lengths) or ("square", operand) for operand in operands]
        return ("add", *squares) if name == "hypot" else squares[0]
    if name == "neg":
        return _square(operands[0], lengths)
    if name == "valued":
        return _square(operands[1], lengths)
    if name in ("mul", "div"):
        one = _square(operands[0], lengths)
        if one is not None:
            return (name, (name, one, operands[1]), operands[1])
        other = _square(operands[1], lengths) if name == "mul" else None
        if other is not None:
            return ("mul", ("mul", other, operands[0]), operands[0])
    return None


@lru_cache(LATEST)
def powers_of(
    template: Template, lengths: Places, same: tuple[int, ...] | None = None
) -> tuple[int, ...]:
    """Which of the lengths a template reads by their powers.

    `same` gives for each operand the first that is equal to it.

    >>> powers_of(Template.of((0, 0, "mul", 1, "add")), frozenset({0, 1}))
    (0,)
    >>> powers_of(Template.of((0, 1, "mul")), frozenset({0, 1}), (0, 0))
    (0, 1)
    """
    if _POWERS.isdisjoint(template.code):
        return ()
    found: set[int] = set()

    def walk(node: Tree) -> None:
        if not isinstance(node, tuple) or isinstance(node, Literal):
            return
        if node[0] in _POWERS:
            found.update(k for k, n in _grouped(_factors(node), same).items() if n >= 2)
        for child in node[1:]:
            walk(child)

    walk(template.tree)
    return tuple(sorted(k for k in lengths if (same[k] if same else k) in found))


@lru_cache(LATEST)
def unknown_powers_of(
    template: Template, lengths: Places, same: tuple[int, ...] | None = None
) -> tuple[int, ...]:
    """Which of the lengths a template reads in powers that may be other than even.

    >>> unknown_powers_of(Template.of((0, 1, "pow", 2, "add")), frozenset({0, 2}))
    (0,)
    >>> unknown_powers_of(Template.of((0, Literal.of(2.5), "pow")), frozenset({0}))
    (0,)
    """
    if _UNKNOWN.isdisjoint(template.code):
        return ()
    found: set[int] = set()

    def walk(node: Tree) -> None:
        if not isinstance(node, tuple) or isinstance(node, Literal):
            return
        if node[0] == "pow" and (
            not isinstance(node[2], Literal) or (node[2].value > 1 and node[2].value % 2)
        ):
            found.update(_grouped(_factors(node[1]), same))
        elif node[0] == "length_power":
            found.update(_grouped(_factors(node[3]), same))
        elif node[0] in _POWERS:
            found.update(k for k, n in _grouped(_factors(node), same).items() if n > 1 and n % 2)
        for child in node[1:]:
            walk(child)

    walk(template.tree)
    return tuple(sorted(k for k in lengths if (same[k] if same else k) in found))


def _grouped(factors: Counter[int], same: tuple[int, ...] | None) -> Counter[int]:
    total: Counter[int] = Counter()
    for k, n in factors.items():
        total[same[k] if same else k] += n
    return total


def _factors(tree: Tree) -> Counter[int]:
    """How often each operand is a factor of a product."""
    if type(tree) is int:
        return Counter({tree: 1})
    if isinstance(tree, Literal):
        return Counter()
    name, *operands = tree
    if name == "mul":
        return _factors(operands[0]) + _factors(operands[1])
    if name in ("div", "neg", "abs"):
        return _factors(operands[0])
    if name == "valued":
        return _factors(operands[1])
    if name == "square":
        return _times(operands[0], 2)
    if name == "pow" and isinstance(operands[1], Literal):
        return _times(operands[0], operands[1].value)
    return Counter()


def _times(tree: Tree, exponent: Any) -> Counter[int]:
    power = int(exponent) if exponent >= 1 else 0
    return Counter({k: n * power for k, n in _factors(tree).items()})


def absolute_of(tree: Tree) -> Tree | None:
    """Of what a tree is the absolute value, `sqrt(x*x)` too; `None` if it is none."""
    name, inside = tree[0], tree[1]
    if name == "abs":
        return inside
    root = name == "sqrt" or (name == "pow" and tree[2] in _HALVES)
    if not root or not isinstance(inside, tuple) or isinstance(inside, Literal):
        return None
    name, *factors = inside
    if name == "square" or (name == "pow" and factors[1] in _TWOS):
        return factors[0]
    return factors[0] if name == "mul" and factors[0] == factors[1] else None


_HALVES = (Literal.of(0.5),)
_TWOS = (Literal.of(2), Literal.of(2.0))
