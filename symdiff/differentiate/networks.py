"""Sums of products of arrays, as networks: factors whose axes have names, of which some are kept.

What `einsum`, `@`, elementwise products and sums over axes make of arrays is one and the same
thing, however it is written, so that it can be asked what is summed up over which axis.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Tree, is_node
from ..program.program import Operand, Var, operand_aval
from ..records import dataclass

MOST = 12
"""A network of more factors is not followed: they may double with each statement."""

_LARGEST = 2**14
"""Of a unit matrix, more elements are not written out."""

_ALL = ("slice", None, None, None)


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """What an axis runs over. Axes of factors that are one run together."""

    size: int


@dataclass(frozen=True, slots=True)
class Factor:
    """An operand and its axes, without those of length one."""

    operand: Operand
    axes: tuple[Axis, ...]
    vectors: tuple[Var, str] | None = None
    """Of which factorization it has the vectors, and which: the last axis counts these."""


@dataclass(frozen=True, slots=True)
class Network:
    """A product of factors, summed over the axes that its result does not have.

    `None` is an axis of length one; an axis that comes twice is a diagonal.
    """

    factors: tuple[Factor, ...]
    axes: tuple[Axis | None, ...]

    def over(self, axes: Mapping[Axis, Axis]) -> Network:
        """With other axes in the place of some."""
        factors = [replace(f, axes=tuple(axes.get(a, a) for a in f.axes)) for f in self.factors]
        return Network(tuple(factors), tuple(a and axes.get(a, a) for a in self.axes))

    def anew(self) -> Network:
        """With axes of its own."""
        return self.over({a: Axis(a.size) for f in self.factors for a in f.axes})


def single(operand: Operand) -> Network:
    """An operand by itself."""
    axes = tuple(Axis(n) if n != 1 else None for n in operand_aval(operand).shape)
    return Network((Factor(operand, tuple(a for a in axes if a)),), axes)


def diagonal(operand: Operand) -> Network:
    """A diagonal matrix, by its diagonal."""
    axis = Axis(operand_aval(operand).shape[0])
    return Network((Factor(operand, (axis,)),), (axis, axis))


def product(
    networks: Sequence[Network], terms: Sequence[Sequence[Any]], output: Sequence[Any]
) -> Network | None:
    """The product of networks whose axes have these names, and of it the axes in the output."""
    networks = [network.anew() for network in networks]
    one: dict[Axis, Axis] = {}

    def found(axis: Axis) -> Axis:
        while axis in one:
            axis = one[axis]
        return axis

    named: dict[Any, Axis] = {}
    for network, term in zip(networks, terms, strict=True):
        for axis, name in zip(network.axes, term, strict=True):
            if axis is None:
                continue
            this, other = found(axis), found(named.setdefault(name, axis))
            if this.size != other.size:
                return None
            if this is not other:
                one[this] = other
    axes = {a: found(a) for n in networks for f in n.factors for a in f.axes}
    factors = tuple(f for n in networks for f in n.over(axes).factors)
    if len(factors) > MOST:
        return None
    return Network(factors, tuple(found(named[c]) if c in named else None for c in output))


def elementwise(networks: Sequence[Network]) -> Network | None:
    """The product of arrays that are broadcast."""
    n = max(len(network.axes) for network in networks)
    return product(networks, [range(n - len(w.axes), n) for w in networks], range(n))


def matmul(one: Network, other: Network) -> Network | None:
    """The product of two matrices or vectors."""
    if max(len(one.axes), len(other.axes)) > 2:
        return None
    left, right = "ij"[-len(one.axes) :], "jk"[: len(other.axes)]
    return product([one, other], [left, right], (left + right).replace("j", ""))


def contraction(networks: Sequence[Network], subscripts: str) -> Network | None:
    """What `einsum` makes of networks."""
    inputs, _, output = subscripts.partition("->")
    return product(networks, inputs.split(","), output)


def moved(network: Network, operation: Structural, shape: tuple[int, ...]) -> Network | None:
    """What moves the elements of an array, or adds them up; `None` of any other operation."""
    name, params, axes = operation.name, operation.params, network.axes
    n = len(axes)
    if name == "copy":
        return network
    if name == "transpose":
        order = params["axes"] or range(n)[::-1]
        return replace(network, axes=tuple(axes[k] for k in order))
    if name == "reshape":
        rest = [a for a in axes if a and a.size != 1]
        if [a.size for a in rest] != [k for k in shape if k != 1]:
            return None
        return replace(network, axes=tuple(rest.pop(0) if k != 1 else None for k in shape))
    if name in ("sum", "mean"):
        summed = range(n) if params["axis"] is None else [k % n for k in params["axis"]]
        count = math.prod(a.size for k in summed if (a := axes[k]))
        weight = (Factor(1.0 / count, ()),) if name == "mean" and count else ()
        kept = [None if k in summed else a for k, a in enumerate(axes)]
        if not params["keepdims"]:
            kept = [a for k, a in enumerate(kept) if k not in summed]
        return Network((*network.factors, *weight), tuple(kept))
    if name == "getitem":
        return _read(network, params["index"])
    return None


def _read(network: Network, index: tuple[Any, ...]) -> Network | None:
    """Rows, by products with rows of the unit matrix; vectors stay together."""
    counted = {f.axes[-1] for f in network.factors if f.vectors}
    if "..." in index:
        at = index.index("...")
        missing = len(network.axes) - sum(i is not None and i != "..." for i in index)
        index = (*index[:at], *(_ALL,) * missing, *index[at + 1 :])
    axes = list(network.axes)
    factors = list(network.factors)
    kept: list[Axis | None] = []
    for item in index:
        if item is None:
            kept.append(None)
            continue
        axis = axes.pop(0)
        if item == _ALL:
            kept.append(axis)
            continue
        if axis is None or axis in counted:
            return None
        if type(item) is not int and (item[0] != "slice" or Var in map(type, item[1:])):
            return None
        chosen = np.arange(axis.size)[item if type(item) is int else slice(*item[1:])]
        if chosen.size * axis.size > _LARGEST:
            return None
        dtype = operand_aval(factors[0].operand).dtype
        rows = (chosen[..., None] == np.arange(axis.size)).astype(dtype)
        part = () if type(item) is int else (Axis(len(rows)),)
        factors.append(Factor(rows, (*part, axis)))
        kept += part
    return Network(tuple(factors), (*kept, *axes))


def on_diagonal(network: Network) -> Network | None:
    """The diagonal of a square matrix."""
    return product([network], ["ii"], "i") if len(network.axes) == 2 else None


def multiplied(tree: Tree, places: frozenset[int]) -> tuple[list[int], list[Tree]] | None:
    """Of a product, the placeholders among `places`, and all other factors.

    `None` of what is no product of these, each as it is or to a small power.

    >>> multiplied(("mul", ("pow", 0, Literal.of(2)), ("div", ("exp", 1), 2)), frozenset({0}))
    ([0, 0], [('div', ('exp', 1), 2)])
    """
    if type(tree) is int and tree in places:
        return [tree], []
    if not _reads(tree, places):
        return [], [tree]
    name, *operands = tree
    if name == "pos":
        return multiplied(operands[0], places)
    if name == "neg":
        inner = multiplied(operands[0], places)
        return inner and (inner[0], [*inner[1], Literal.of(-1.0)])
    if name == "square" or (name == "pow" and operands[1] in _SMALL):
        times = 2 if name == "square" else int(operands[1].value)
        inner = multiplied(operands[0], places)
        return inner and (inner[0] * times, inner[1] * times)
    if name == "mul" or (name == "div" and not _reads(operands[1], places)):
        one, other = (
            operands if name == "mul" else (operands[0], ("div", Literal.of(1.0), operands[1]))
        )
        pair = multiplied(one, places), multiplied(other, places)
        if pair[0] is None or pair[1] is None:
            return None
        return pair[0][0] + pair[1][0], pair[0][1] + pair[1][1]
    return None


_SMALL = tuple(Literal.of(kind(k)) for kind in (int, float) for k in (1, 2, 3, 4))


def _reads(tree: Tree, places: frozenset[int]) -> bool:
    if is_node(tree):
        return any(_reads(child, places) for child in tree[1:])
    return type(tree) is int and tree in places
