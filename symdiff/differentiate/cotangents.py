"""What has come together of a cotangent so far, and where it is zero for certain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

from ..errors import SourceSpan
from ..operations.arrays.index_codes import IndexCode, is_whole, own_places, renumbered
from ..operations.statements.builder import Builder, elementwise_template
from ..operations.table.template import COPY, Literal, Template, compose
from ..program.program import Aval, Operand, Var, operand_aval
from .masks import (
    unread,
)

_MOST_TERMS = 6
"""A sum of more contributions than this is cut into several lines."""

_LARGE = 512
"""Contributions to an array of so many elements are summed as they come."""

_FEW = 8
"""Contributions to fewer places than this are added to a whole one by one."""

_DENSE = 4
"""An array of which at least one element in so many was read is put together from numbers."""


class Cotangents(Builder):
    """The contributions to the cotangent of each variable, until they are asked for as one.

    What is read by index is kept with its place, so that an array of which each element is read is
    put together once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.terms: dict[Var, list[tuple[Template, tuple[Operand, ...]]]] = {}
        self.spans: dict[Var, SourceSpan | None] = {}
        self.parts: dict[Var, list[tuple[IndexCode, Operand, Operand | None]]] = {}
        self.moving: dict[Var, list[tuple[IndexCode, Operand, tuple[Operand, ...]]]] = {}
        self.masks: dict[Var, Operand] = {}
        self.unmasked: set[Var] = set()

    def contribute(
        self,
        var: Var,
        template: Template,
        operands: tuple[Operand, ...],
        mask: Operand | None = None,
    ) -> None:
        """Add to the cotangent of `var`; where `mask` is given and false, this adds nothing."""
        if mask is None:
            self.unmasked.add(var)
        elif var not in self.unmasked:
            known = self.masks.setdefault(var, mask)
            if known is not mask:
                self.masks[var] = self.combined("logical_or", known, mask)
        terms = self.terms.setdefault(var, [])
        terms.append((template, operands))
        self.spans[var] = self.span
        if len(terms) > 1 and var.aval.size >= _LARGE:
            # A running sum: no array waits in memory until the last one has come.
            terms[:] = [(COPY, (self._sum(terms, f"{var.name}_bar"),))]

    def combined(self, name: str, one: Operand, other: Operand) -> Operand:
        if type(one) is not Var and type(other) is not Var:
            return elementwise_template(name).evaluate(one, other)
        return self.elementwise(elementwise_template(name), (one, other), "taken")

    def mask(self, var: Var) -> Operand | None:
        """Where the cotangent of `var` is not zero for certain; `None` if that is everywhere.

        What a `where` does not choose may be anything, and so may its derivative: there, zero
        times infinity has to stay zero.
        """
        return None if var in self.unmasked else self.masks.get(var)

    def cotangent(self, var: Var) -> Operand | None:
        """The sum of the contributions to `var`, as one operand; `None` for none at all."""
        onto = self._onto_whole(var)
        if var in self.parts:
            self._gather(var, self.parts.pop(var))
        if var in self.moving:
            self._gather_moving(var, self.moving.pop(var))
        total = self.so_far(var)
        for index, part, places in onto:
            total = added_at(self, total, part, places, index)
        return total

    def so_far(self, var: Var) -> Operand | None:
        """The sum of the contributions to the whole of `var` until now, which are taken out."""
        terms = self.terms.pop(var, None)
        if terms is None:
            return None
        self.span = self.spans[var]
        hint = f"{var.name}_bar"
        while len(terms) > 1:
            some, rest = terms[:_MOST_TERMS], terms[_MOST_TERMS:]
            terms = [(COPY, (self._sum(some, hint),)), *rest]
        template, operands = terms[0]
        return self.conform(self.elementwise(template, operands, hint), var.aval, hint)

    def _onto_whole(self, var: Var) -> list[tuple[IndexCode, Operand, tuple[Operand, ...]]]:
        """Take out the contributions to moving places that are added to a whole there is.

        So a read of one place costs one place, where the whole may be written to.
        """
        if var not in self.terms or var not in self.unmasked:
            return []
        found = self.moving.pop(var, []) if len(self.moving.get(var, ())) < _FEW else []
        parts = self.parts.get(var, ())
        if (
            len(parts) < min(_FEW, var.aval.size)
            and all(_is_element(index, var) for index, _, _ in parts)
            and all(self._is_written(t, o) for t, o in self.terms[var])
        ):
            found += [(index, part, ()) for index, part, _ in self.parts.pop(var, ())]
        return found

    def _is_written(self, template: Template, operands: tuple[Operand, ...]) -> bool:
        """Whether a contribution is an array to whose elements one writes anyway."""
        if template is not COPY or type(operands[0]) is not Var:
            return False
        made = self.definitions.get(operands[0])
        return made is None or made.operation.name in ("setitem", "result")

    def _gather(self, var: Var, parts: list[tuple[IndexCode, Operand, Operand | None]]) -> None:
        """Put what reads of `var` by index contribute into one array, each in its place.

        An array that is read element by element would otherwise be added up from as many arrays
        as it has elements.
        """
        shape = var.aval.shape
        self.span, self.hint = self.spans[var], f"{var.name}_bar"
        together: dict[IndexCode, list[Operand]] = {}
        masks: dict[IndexCode, Operand] = {}
        for index, ct, mask in parts:
            index = _counted_from_the_front(index, shape)
            together.setdefault(index, []).append(ct)
            if mask is None or masks.get(index) is True:
                masks[index] = True
            else:
                mask = self.full(mask, operand_aval(ct).shape)
                known = masks.setdefault(index, mask)
                if known is not mask:
                    masks[index] = self.combined("logical_or", known, mask)
        sums = {
            index: some[0] if len(some) == 1 else self._total(some, self.hint)
            for index, some in together.items()
        }
        whole = self._placed(sums, shape, 0.0)
        if all(mask is True for mask in masks.values()):
            self.contribute(var, COPY, (whole,), unread(tuple(sums), shape))
        else:
            self.hint = "taken"
            self.contribute(var, COPY, (whole,), self._placed(masks, shape, False))

    def _gather_moving(
        self, var: Var, parts: list[tuple[IndexCode, Operand, tuple[Operand, ...]]]
    ) -> None:
        """The same for reads at places that the program computes."""
        self.span, self.hint = self.spans[var], f"{var.name}_bar"
        places: list[Operand] = []
        indexes = []
        for index, _, own in parts:
            indexes.append(renumbered(index, len(places)))
            places.extend(own)
        whole = self.apply(
            "scatter_sum",
            *[part for _, part, _ in parts],
            *places,
            indexes=tuple(indexes),
            shape=var.aval.shape,
        )
        self.contribute(var, COPY, (whole,))

    def _placed(
        self, parts: dict[IndexCode, Operand], shape: tuple[int, ...], zero: Operand
    ) -> Operand:
        elements = all(len(i) == len(shape) and all(type(k) is int for k in i) for i in parts)
        if elements and len(parts) * _DENSE >= prod(shape):
            filled = [parts.get(place, zero) for place in product(*map(range, shape))]
            return self.apply("array", *filled, shape=shape)
        if len(parts) == 1:
            ((index, part),) = parts.items()
            if is_whole(index, len(shape)) and operand_aval(part).size == prod(shape):
                return self.apply("reshape", part, shape=shape)  # `x[:, None]`
            return self.apply("scatter_add", part, index=index, shape=shape)
        return self.apply("scatter_sum", *parts.values(), indexes=tuple(parts), shape=shape)

    def _total(self, operands: list[Operand], hint: str) -> Operand:
        while len(operands) > 1:
            some = [(COPY, (o,)) for o in operands[:_MOST_TERMS]]
            operands = [self._sum(some, hint), *operands[_MOST_TERMS:]]
        return operands[0]

    def _sum(self, terms: list[tuple[Template, tuple[Operand, ...]]], hint: str) -> Operand:
        terms = self._doubled(terms)
        operands: list[Operand] = []
        index: dict[int, int] = {}
        joined = []
        for template, reads in terms:
            places = []
            for operand in reads:
                k = index.get(id(operand))
                if k is None:
                    k = index[id(operand)] = len(operands)
                    operands.append(operand)
                places.append(k)
            joined.append((template, tuple(places)))
        return self.elementwise(compose(joined), tuple(operands), hint)

    def _doubled(
        self, terms: list[tuple[Template, tuple[Operand, ...]]]
    ) -> list[tuple[Template, tuple[Operand, ...]]]:
        """The terms, those that are the same twice as one: `2*x` for `x + x`, to the last bit."""
        times = Counter([(template, *map(id, operands)) for template, operands in terms])
        if all(count != 2 for count in times.values()):
            return terms
        merged: dict[Any, tuple[Template, tuple[Operand, ...]]] = {}
        for template, operands in terms:
            key = (template, *map(id, operands))
            if times[key] == 2 and not any(map(_is_whole, operands)):
                merged.setdefault(key, self._twice(template, operands))
            else:
                merged[*key, len(merged)] = (template, operands)
        return list(merged.values())

    def _twice(
        self, template: Template, operands: tuple[Operand, ...]
    ) -> tuple[Template, tuple[Operand, ...]]:
        """Two times a term; `4*x` for `2*x`, where that is a statement of this sweep."""
        made = self.definitions.get(operands[0]) if template is COPY else None
        if made is not None and made.operation is elementwise_template("mul"):
            numbers = [o for o in made.operands if type(o) is float]
            factors = [o for o in made.operands if type(o) is Var]
            if len(numbers) == len(factors) == 1:
                return made.operation, (2.0 * numbers[0], factors[0])
        return Template.of((Literal.of(2.0), *template.code, "mul")), operands

    def conform(self, operand: Operand, aval: Aval, hint: str) -> Operand:
        """Give a cotangent the shape and dtype of the variable it belongs to."""
        self.hint = hint
        return conformed(self, operand, aval)

    def full(self, mask: Operand, shape: tuple[int, ...]) -> Operand:
        if operand_aval(mask).shape == shape:
            return mask
        return self.apply("broadcast_to", mask, shape=shape)


def _is_whole(operand: Operand) -> bool:
    """Whether it is no float, so that a float times it is of another type."""
    return not operand_aval(operand).is_inexact


def conformed(ops: Builder, operand: Operand, aval: Aval) -> Operand:
    """A cotangent or tangent in the shape and dtype of the value it belongs to.

    Python's own numbers take what is of another precision as it comes.
    """
    have = operand_aval(operand)
    if have.dtype.startswith("complex") and not aval.dtype.startswith("complex"):
        operand = ops.apply("real", operand)
        have = operand_aval(operand)
    if have.shape != aval.shape:
        operand = ops.apply("broadcast_to", operand, shape=aval.shape)
    if have.dtype != aval.dtype and not aval.weak:
        operand = ops.apply("cast", operand, dtype=aval.dtype)
    return operand


def added_at(
    ops: Builder, whole: Operand, part: Operand, places: Sequence[Operand], index: IndexCode
) -> Operand:
    """`whole` with `whole[index] += part`; the index meets no place twice."""
    own, index = own_places(index, places)
    before = ops.apply("getitem", whole, *own, index=index)
    return ops.apply("setitem", whole, ops.apply("add", before, part), *own, index=index)


def _is_element(index: IndexCode, var: Var) -> bool:
    """Whether an index is that of one element, known beforehand."""
    return len(index) == var.aval.ndim and all(type(k) is int for k in index)


def _counted_from_the_front(index: IndexCode, shape: tuple[int, ...]) -> IndexCode:
    """The same elements without negative numbers: `x[-1]` and `x[2]` of three are one place."""
    if len(index) == len(shape) and all(type(k) is int for k in index):
        return tuple([k % n for k, n in zip(index, shape, strict=True)])
    return index
