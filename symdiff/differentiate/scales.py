"""Lengths that what they are multiplied by brings into range: `hypot(x, y)/s` with `s` at 1e200.

The square of such a length may be no float, though that of the quotient is an ordinary number.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ..operations.table.template import Literal, Template
from ..program.interning import LATEST

Tree = Any
Places = frozenset[int]

WITHOUT_SQUARES = frozenset({"abs", "hypot"})
"""Lengths that are computed without squares, which would be no floats of numbers far out."""

_FAR = 1e60
"""Lengths that are multiplied by a number beyond this, or below its inverse, may have squares that
are no floats."""


@lru_cache(LATEST)
def is_scaled(template: Template) -> bool:
    """Whether an extreme number stands in a template, which brings a length into range.

    >>> is_scaled(Template.of((0, Literal.of(1e200), "div", "square")))
    True
    >>> is_scaled(Template.of((0, Literal.of(3.0), "div", "square")))
    False
    """
    return any(map(_is_far, template.code))


def _is_far(token: Any) -> bool:
    if not isinstance(token, Literal):
        return False
    size = abs(token.value)
    return bool(size > _FAR or 0 < size < 1 / _FAR)


def children_of(tree: Tree) -> tuple[Tree, ...]:
    """The operands of a node; none of a leaf."""
    return tree[1:] if isinstance(tree, tuple) and not isinstance(tree, Literal) else ()


def length_within(tree: Tree, lengths: Places) -> Tree | None:
    """The one length that a tree is a multiple of: an operand, `hypot` or an absolute value.

    >>> length_within(("div", ("mul", 1, 0), 2), frozenset({0}))
    0
    >>> length_within(("neg", ("hypot", 0, 1)), frozenset())
    ('hypot', 0, 1)
    """
    if type(tree) is int:
        return tree if tree in lengths else None
    children = children_of(tree)
    if not children:
        return None
    if tree[0] in WITHOUT_SQUARES:
        return tree
    if tree[0] in ("neg", "valued"):
        return length_within(children[-1], lengths)
    if tree[0] == "div":
        return length_within(children[0], lengths)
    if tree[0] == "mul":
        one, other = children
        if _has_length(one, lengths):
            one, other = other, one
        return None if _has_length(one, lengths) else length_within(other, lengths)
    return None


def _has_length(tree: Tree, lengths: Places) -> bool:
    if type(tree) is int:
        return tree in lengths
    if children_of(tree) and tree[0] in WITHOUT_SQUARES:
        return True
    return any(_has_length(child, lengths) for child in children_of(tree))


def is_brought(tree: Tree, length: Tree) -> bool:
    """Whether what multiplies or divides the length in a tree may be of any size."""
    if tree == length:
        return False
    if type(tree) is int:
        return True
    return _is_far(tree) or any(is_brought(child, length) for child in children_of(tree))


def brought_in(tree: Tree, lengths: Places) -> Iterator[tuple[Tree, Tree]]:
    """The multiples of lengths inside a tree that may be of another size, and their lengths.

    So are lengths of lengths, whose squares are those of the numbers within.

    >>> list(brought_in(("square", ("div", 0, 1)), frozenset({0})))
    [(('div', 0, 1), 0)]
    """
    children = children_of(tree)
    if children and tree[0] == "where":  # what is not chosen is not to be computed
        return
    for child in children:
        length = length_within(child, lengths)
        if length is None:
            yield from brought_in(child, lengths)
        elif child == length:
            if any(_has_length(part, lengths) for part in children_of(child)):
                yield child, length
            else:
                yield from brought_in(child, lengths)
        elif is_brought(child, length):
            yield child, length
