"""Where the iterations of a loop are that read or write the elements of a vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from ..program.program import Var
from .forms import Inside, Read, Unwritable
from .series import SumOver, components, whole
from .solving import affine


def placed(
    places: Sequence[tuple[Read, Any, Any, Sequence[tuple[Any, Any]]]],
    k: Any,
    count: Any,
    outer: Inside,
) -> tuple[list[tuple[Any, Any]], list[tuple[Read, Any]]]:
    """Cotangents of elements as those of vectors, or of elements that do not vary in a loop.

    Args:
        places: what is read, the operand of which it is an element, at which place in iteration
            `k`, and its cotangents: each with the index of the iteration in it.
        k: the number of the iteration.
        count: how many there are.
        outer: the program that the loop stands in.
    """
    ends: list[tuple[Any, Any]] = []
    further: list[tuple[Read, Any]] = []
    vectors: dict[Any, list[Any]] = {}
    context = outer.context
    for read, operand, at, parts in places:
        if type(operand) is not Var:
            continue  # a constant
        if not at.has(k):
            if operand not in outer.program.inputs or not context.depth:
                raise Unwritable("an element is read again and again")
            summed = [SumOver(e, j, sympy.S.Zero, count, 1) for j, e in parts]
            further.append((Read(operand, at, read.var), sympy.Add(*summed)))
            continue
        m = sympy.Dummy(k.name, integer=True, nonnegative=True)
        (length,) = operand.aval.shape
        turn, inside = turned(at, k, count, m, context.size(length))
        element_ = sympy.Add(*[e.xreplace({j: turn}) for j, e in parts])
        if inside is not True:
            element_ = sympy.Piecewise((element_, inside), (0, True), evaluate=False)
        vectors.setdefault(operand, []).append((m, element_))
    for operand, found in vectors.items():
        (length,) = operand.aval.shape
        index = sympy.Dummy(k.name, integer=True, nonnegative=True)
        together = sympy.Add(*[e.xreplace({m: index}) for m, e in found])
        plain = whole(together, index, length, outer.shape_of)
        if plain is None:
            plain = components(together, index, context.size(length), operand.aval.shape)
        ends.append((operand, plain))
    return ends, further


def turned(at: Any, k: Any, count: Any, m: Any, size: Any) -> tuple[Any, Any]:
    """The iteration that comes to element `m`, and where there is one.

    Args:
        at: the element that iteration `k` comes to.
        k: the number of the iteration.
        count: how many there are.
        m: the number of the element.
        size: how many elements there are.

    Raises:
        Unwritable: the elements do not follow one upon the other.
    """
    found = affine(at, k)
    if found is None or found[0] not in (1, -1) or found[1].has(k):
        raise Unwritable("an element is read at a place that is computed")
    slope, c = found
    if slope == 1:
        if not (c.is_Integer and c >= 0):
            raise Unwritable("an element may be read from the end")
        tests = [] if c == 0 else [m >= c]
        if sympy.expand(count + c - size) != 0:
            tests.append(m < sympy.expand(count + c))
        return m - c, sympy.And(*tests) if tests else True
    last = sympy.expand(c - count + 1)
    if not (last.is_Integer and last >= 0):
        raise Unwritable("an element may be read from the end")
    tests = [] if last == 0 else [m >= last]
    if sympy.expand(c - size + 1) != 0:
        tests.append(m <= c)
    return c - m, sympy.And(*tests) if tests else True
