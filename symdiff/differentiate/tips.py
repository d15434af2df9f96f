"""Functions of a length that are flat at its tip: `cos(norm(x))`, the kernels of Matérn.

A length has no derivative where it is 0, but a function of it whose slope by the length is 0 there
has one, and a second one: `cos(norm(x))` is `1 - x @ x/2` and so on. So such a function is
differentiated by the square of the length, `f'(r)/(2*r)`, which at the tip is half of `f''(0)`.

Whether a template is flat is found out by numbers: first its differences, and where these say so
its slope at 0, which must vanish whatever the other operands are.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Any

import numpy as np

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.linearization import linearization
from ..operations.table.lines import Line
from ..operations.table.template import Literal, Template
from ..program.interning import LATEST
from .scales import children_of, is_scaled

Tree = Any
Places = frozenset[int]

_ROOTS = frozenset({"sqrt", "hypot"})
_RATIONAL = frozenset({"mul", "div", "neg", "pos", "add", "sub"})
_MARKS = frozenset(
    {
        "at_tip",
        "at_even_tip",
        "at_root",
        "tip_length",
        "tip_bend",
        "valued",
        "given",
        "length",
        "scaled_length",
        "magnitude",
    }
)
_STEP = 1e-3


def roots_inside(template: Template, active: Places) -> list[Tree]:
    """The roots in a template, of which it is a function that may be flat at their tips.

    >>> roots_inside(Template.of((0, "sqrt", "cos")), frozenset({0}))
    [('sqrt', 0)]
    """
    found: list[Tree] = []
    waiting = [*children_of(template.tree)]
    while waiting:
        tree = waiting.pop(0)
        inside = children_of(tree)
        if not inside:
            continue
        root = tree[0] in _ROOTS or (tree[0] == "pow" and tree[2] == Literal.of(0.5))
        if root and moves(tree, active):
            if tree not in found:
                found.append(tree)
        elif tree[0] != "where":
            waiting += inside
    return found


def has_root_inside(template: Template) -> bool:
    """Whether a template reads a root that is not its value."""
    code = template.code
    return any(
        code[k] in _ROOTS or (code[k] == "pow" and code[k - 1] == Literal.of(0.5))
        for k in range(len(code) - 1)
    )


def moves(tree: Tree, active: Places) -> bool:
    """Whether a tree reads an operand that is active."""
    if type(tree) is int:
        return tree in active
    return any(moves(child, active) for child in children_of(tree))


@lru_cache(LATEST)
def is_flat(template: Template, k: int) -> bool:
    """Whether a template has the slope 0 by its operand `k` where that is 0.

    >>> [is_flat(Template.of((0, f)), 0) for f in ("cos", "sin", "exp")]
    [True, False, False]
    >>> is_flat(Template.of((Literal.of(1), 0, "add", 0, "neg", "exp", "mul")), 0)
    True

    What is put together of pieces is not asked, flat as each may be:

    >>> is_flat(Template.of((0, "cos", 1, "smaller")), 0)
    False
    >>> is_flat(Template.of((0, 1, "lt", 0, "cos", 1, "where")), 0)
    False
    """
    if not _smooth(template) or {t for t in template.code if type(t) is str} <= _RATIONAL:
        return False
    if is_scaled(template):  # what happens at ordinary numbers tells nothing
        return False
    numbers = random.Random(template.arity)
    draws = [[numbers.uniform(0.6, 1.4) for _ in range(template.arity)] for _ in range(2)]
    with np.errstate(all="ignore"):
        try:
            return all(_bends(template, k, drawn) for drawn in draws) and _level(template, k, draws)
        except ArithmeticError:
            return False


@lru_cache(LATEST)
def is_even(template: Template, k: int) -> bool:
    """Whether a flat template is the same on both sides of 0: a function of a square.

    >>> is_even(Template.of((0, "cos")), 0)
    True
    >>> is_even(Template.of((Literal.of(1), 0, "add", 0, "neg", "exp", "mul")), 0)
    False
    """
    numbers = random.Random(template.arity)
    for r in (0.1, 0.7, 1.3):
        values: list[Any] = [np.float64(numbers.uniform(0.6, 1.4)) for _ in range(template.arity)]
        found = []
        for side in (r, -r):
            values[k] = np.float64(side)
            with np.errstate(all="ignore"):
                try:
                    found.append(float(template.evaluate(*values)))
                except ArithmeticError:
                    return False
        if not abs(found[0] - found[1]) <= 1e-14 * abs(found[0]):
            return False
    return True


def _smooth(template: Template) -> bool:
    for token in template.code:
        if type(token) is not str:
            continue
        entry = TABLE.entries[token]
        if token in _MARKS or not isinstance(entry, ElementwiseEntry):
            return False
        if not entry.differentiable or (entry.kinks and entry.arity > 1 and token != "pow"):
            return False
    return True


def _bends(template: Template, k: int, drawn: list[float]) -> bool:
    """Whether a value changes by a square near 0, as far as differences can tell."""

    def value(r: float) -> float:
        operands = [np.float64(v) for v in drawn]
        operands[k] = np.float64(r)
        return float(template.evaluate(*operands))

    start, near, far = value(0.0), value(_STEP), value(2 * _STEP)
    change = abs(far - start)  # none can be seen where the length is scaled by an extreme number
    return bool(np.isfinite(start) and 0 < change < np.inf) and bool(
        abs(4 * (near - start) - (far - start)) <= 0.1 * change
    )


def _level(template: Template, k: int, draws: list[list[float]]) -> bool:
    """Whether the slope is 0 at 0, to rounding."""
    made = linearization(template, (k,))
    partial = made.partials[k]
    if partial is None:
        return False

    def slope(drawn: list[float], r: float) -> float:
        values = [np.float64(v) for v in drawn]
        values[k] = np.float64(r)
        for line in made.shared:
            values.append(_value(line, values))
        return float(_value(partial, values))

    return all(
        abs(slope(drawn, 0.0)) <= 1e-13 * max(abs(slope(drawn, r)) for r in (0.25, 1.0))
        for drawn in draws
    )


def _value(line: Line, values: list[Any]) -> Any:
    return line.template.evaluate(*[values[k] for k in line.places])


@lru_cache(LATEST)
def reads_bare(template: Template, k: int) -> bool:
    """Whether a template reads an operand in another way than by its even powers.

    >>> reads_bare(Template.of((0, "square", "exp")), 0)
    False
    >>> reads_bare(Template.of((0, 0, "mul", 0, "add")), 0)
    True
    >>> reads_bare(Template.of((0, "exp", "square")), 0)
    True
    >>> [reads_bare(Template.of((0, Literal.of(n), "pow")), 0) for n in (2, 3, 4.0, 2.5, -2)]
    [False, True, False, True, True]
    """

    def walk(tree: Tree, power: int) -> bool:
        if type(tree) is int:
            return tree == k and power % 2 == 1
        children = children_of(tree)
        if not children:
            return False
        name = tree[0]
        if name == "square":
            return walk(children[0], 2 * power)
        if name == "pow" and isinstance(children[1], Literal):
            exponent = children[1].value
            whole = exponent >= 1 and exponent == int(exponent)
            return walk(children[0], int(exponent) * power if whole else 1)
        if name == "mul":
            count = sum(c == k for c in _factors(tree))
            held = power * max(count, 1)
            return any(walk(c, held) for c in _factors(tree))
        if name in ("div", "neg"):
            return walk(children[0], power) or any(walk(c, 1) for c in children[1:])
        return any(walk(child, 1) for child in children)

    return walk(template.tree, 1)


def _factors(tree: Tree) -> list[Tree]:
    if children_of(tree) and tree[0] == "mul":
        return [f for child in tree[1:] for f in _factors(child)]
    return [tree]
