"""Which elements of an array are taken where several tie, as one comes there from a direction.

Ties are told apart by how the elements change, and where that is the same, by how they bend
(`differentiate/directions.py`). Nothing here has a derivative, but for the entries that stand in
for an extreme that is differentiated again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, TERNARY, ElementwiseEntry, Ops, StructuralEntry, handed_on
from .reducing import Axes, reduced_shape


def _nothing(*operands: Any, **params: Any) -> None:
    return None


def _describe(name: str) -> Any:
    def describe(operands: Sequence[str], params: dict[str, Any]) -> str:
        return f"{name}({', '.join([*operands, *[f'{k}={v!r}' for k, v in params.items()]])})"

    return describe


def _choice(name: str, count: int, numpy: Any, infer: Any, emit: Any = None) -> None:
    """Enter what has no derivative."""
    TABLE.add(
        StructuralEntry(
            name=name,
            numpy=numpy,
            infer=infer,
            pullback=lambda *operands, **params: (None,) * count,
            pushforward=_nothing,
            emit=emit,
            describe=_describe(name),
        )
    )


# -- a direction


def generic_direction(x: Any) -> Any:
    """A direction in which every element grows, each at a pace of its own.

    >>> generic_direction(np.zeros(2)).shape
    (2,)
    """
    shape = np.shape(x)
    paces = np.random.Generator(np.random.PCG64(5)).random(math.prod(shape)) + 0.5
    return paces.reshape(shape).astype(np.asarray(x).dtype, copy=False)


_choice("generic_direction", 1, generic_direction, lambda x: Aval.of(x.shape, x.dtype))


def facing(known: Any, x: Any, d: Any) -> float:
    """Whether one comes to a point from the direction itself, 1, or from its opposite, -1.

    So that the first kink that is reached there takes what it names first: the number that is 0,
    and is to be larger. It is what is `known`, if that is not 0, and 0 if nothing tells.

    >>> facing(0.0, np.array([1.0, 0.0]), np.array([3.0, -2.0]))
    -1.0
    """
    if known:
        return float(known)
    changes = np.broadcast_to(d, np.shape(x))[np.equal(x, 0)]
    changes = changes[(changes < 0) | (changes > 0)]
    return float(np.sign(changes[0])) if changes.size else 0.0


_choice("facing", 3, facing, lambda known, x, d: Aval.of((), "float64"))


# -- the largest and the smallest


def _first_of(order: tuple[Any, ...], shape: tuple[int, ...], axis: Axes, largest: bool) -> Any:
    """1 for the one element of each line that is taken and 0 for the others.

    `order` are arrays, each of which tells apart what those before it do not.
    """
    axes = range(len(shape)) if axis is None else [a % len(shape) for a in axis]
    left = np.ones(shape, bool)
    for numbers in order:
        signed = np.broadcast_to(numbers if largest else np.negative(numbers), shape)
        seen = np.where(left, signed, -np.inf)
        left = left & (seen == np.max(seen, axis=tuple(axes), keepdims=True, initial=-np.inf))
    ends = tuple(range(-len(axes), 0))
    lines = np.moveaxis(left, tuple(axes), ends)
    flat = lines.reshape(*lines.shape[: lines.ndim - len(axes)], -1)
    first = (np.cumsum(flat, axis=-1) == 1) & flat
    return np.moveaxis(first.reshape(lines.shape), ends, tuple(axes))


def _faced(d: Any, facing: Any) -> Any:
    """How something changes as one comes from that direction."""
    return np.negative(d) if facing < 0 else d


def first_extreme(x: Any, *, axis: Axes, largest: bool) -> Any:
    """The first of the largest or smallest elements.

    >>> first_extreme(np.array([1.0, 3.0, 3.0]), axis=None, largest=True)
    array([0., 1., 0.])
    """
    x = np.asarray(x)
    return _first_of((x,), x.shape, axis, largest).astype(x.dtype)


def extreme_toward(x: Any, d: Any, e: Any, facing: Any, *, axis: Axes, largest: bool) -> Any:
    """The one that becomes the largest or smallest as they change by `d` and bend by `e`.

    >>> extreme_toward(np.array([1.0, 3.0, 3.0]), np.arange(3.0), 0.0, 1.0, axis=None, largest=True)
    array([0., 0., 1.])
    """
    x = np.asarray(x)
    return _first_of((x, _faced(d, facing), e), x.shape, axis, largest).astype(x.dtype)


_choice("first_extreme", 1, first_extreme, lambda x, *, axis, largest: x)
_choice("extreme_toward", 4, extreme_toward, lambda x, d, e, facing, *, axis, largest: x)

TABLE.add(
    ElementwiseEntry(
        # What reaches an element of its share in an extreme, which is all or nothing once it is
        # differentiated: the share itself, whether there is one, how many there are, and what it is
        # then.
        name="shared",
        arity=4,
        math="{0} if {1} else 0.0",
        numpy="numpy.where({1}, {0}, 0.0)",
        precedence=TERNARY,
        partials=lambda m, g, mask, ties, s: (ties * s, 0, 0, 0),
        domain=((-2.0, 2.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # The same with all or nothing.
        name="shared_along",
        arity=4,
        math="{0}*{2}*{3}",
        numpy="{0}*{2}*{3}",
        partials=lambda m, g, mask, ties, s: (ties * s, 0, 0, 0),
        domain=((-2.0, 2.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0)),
    )
)


def kept(ops: Ops, reduced: Any, shape: tuple[int, ...]) -> Any:
    """What was reduced, with the axes that it lost."""
    return reduced if ops.aval(reduced).shape == shape else ops.reshape(reduced, shape=shape)


def _chosen_pullback(
    ops: Ops, ct: Any, result: Any, value: Any, x: Any, s: Any, *, axis: Axes, keepdims: bool
) -> tuple[Any, ...]:
    aval = ops.aval(x)
    shape = reduced_shape(aval, axis, True)
    mask = ops.eq(x, kept(ops, value, shape))
    ties = ops.sum(ops.cast(mask, dtype=aval.dtype), axis=axis, keepdims=True)
    return None, ops.shared(ops.div(kept(ops, ct, shape), ties), mask, ties, s), None


def _chosen_pushforward(
    ops: Ops, tangents: Any, result: Any, value: Any, x: Any, s: Any, *, axis: Axes, keepdims: bool
) -> Any:
    if tangents[1] is None:
        return None
    aval = ops.aval(x)
    mask = ops.eq(x, kept(ops, value, reduced_shape(aval, axis, True)))
    ties = ops.sum(ops.cast(mask, dtype=aval.dtype), axis=axis, keepdims=True)
    moved = ops.shared(ops.div(tangents[1], ties), mask, ties, s)
    return ops.sum(moved, axis=axis, keepdims=keepdims)


TABLE.add(
    handed_on(
        # An extreme that has been computed, of elements of which one will be taken, where several
        # tie, when it is differentiated again.
        "chosen_extreme",
        _chosen_pullback,
        _chosen_pushforward,
    )
)


def _taken_pullback(
    ops: Ops, ct: Any, result: Any, value: Any, x: Any, s: Any, *, axis: Axes, keepdims: bool
) -> tuple[Any, ...]:
    return None, ops.mul(kept(ops, ct, reduced_shape(ops.aval(x), axis, True)), s), None


def _taken_pushforward(
    ops: Ops, tangents: Any, result: Any, value: Any, x: Any, s: Any, *, axis: Axes, keepdims: bool
) -> Any:
    if tangents[1] is None:
        return None
    return ops.sum(ops.mul(tangents[1], s), axis=axis, keepdims=keepdims)


TABLE.add(
    handed_on(
        # The same where it is: the sum of the elements, of which only one counts.
        "taken_extreme",
        _taken_pullback,
        _taken_pushforward,
    )
)


# -- orders and places


def order_toward(x: Any, d: Any, e: Any, facing: Any, *, axis: int | None) -> Any:
    """The order into which elements come as they change by `d` and bend by `e`.

    >>> order_toward(np.array([1.0, 1.0, 0.0]), np.array([2.0, 1.0, 0.0]), 0.0, 1.0, axis=-1)
    array([2, 1, 0])
    """
    x = np.asarray(x)
    keys = [np.broadcast_to(k, x.shape) for k in (e, _faced(d, facing), x)]
    if axis is None:
        return np.lexsort([np.ravel(k) for k in keys])
    return np.lexsort(keys, axis=axis)


def place_toward(x: Any, d: Any, e: Any, facing: Any, *, axis: int | None, largest: bool) -> Any:
    """Where the element is that becomes the largest or smallest."""
    taken = extreme_toward(x, d, e, facing, axis=None if axis is None else (axis,), largest=largest)
    return np.argmax(taken, axis=axis)


_choice(
    "order_of",
    2,
    lambda order, x, *, axis: np.array(order),
    lambda order, x, *, axis: order,
    lambda o, p: o[0],
)
_choice(
    "place_of",
    2,
    lambda place, x, *, axis, largest: np.array(place)[()],
    lambda place, x, *, axis, largest: place,
    lambda o, p: o[0],
)
_choice(
    "order_toward",
    4,
    order_toward,
    lambda x, d, e, facing, *, axis: Aval.of(
        (x.size,) if axis is None else x.shape, np.dtype(np.intp).name
    ),
)
_choice(
    "place_toward",
    4,
    place_toward,
    lambda x, d, e, facing, *, axis, largest: Aval.of(
        reduced_shape(x, None if axis is None else (axis,), False), np.dtype(np.intp).name
    ),
)
