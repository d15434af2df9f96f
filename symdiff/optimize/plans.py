"""Loops that are as well computed by whole arrays: maps, running sums, maxima, and their ways back.

A *plan* has a node for each value of an iteration: an array with an entry for each iteration. An
element `x[i + k]` is a slice, an expression is itself, and what is added to or multiplied by what
is carried is an accumulation, which NumPy makes from the first to the last: to the last bit as the
loop does. What an iteration reads from the one before is an array moved by one place. Elements that
are written are slices that are written, in an order in which each element meets the same reads and
writes in the same order. A loop has a plan if there is an order of all nodes in which each follows
what it reads: in that of `y[i] = y[i - 1]*x[i]`, the write comes before the read that it needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..operations.statements.affine import Affine, turned
from ..operations.table.template import Template
from ..program.program import Operand, Program, Var
from ..records import dataclass


class NoPlanError(Exception):
    """A loop is computed iteration by iteration."""


@dataclass(frozen=True, slots=True)
class Place:
    """An element of an array: of an operand of the loop, or of what is carried as number `k`."""

    array: Operand
    k: int | None
    index: tuple[Affine, ...]

    @property
    def axis(self) -> int:
        """The axis along which the loop goes."""
        return next(n for n, i in enumerate(self.index) if i.step)

    @property
    def along(self) -> Affine:
        return self.index[self.axis]


@dataclass(slots=True)
class Lookup:
    """Elements that are read: a view, unless they are written to before they are read last."""

    target: Var
    place: Place
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Computed:
    """An expression; its operands are arrays of the plan, whole numbers, or what is outside."""

    target: Var
    template: Template
    operands: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an expression, and what it reads."""

    template: Template
    operands: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of two values, where the other is not to be computed: it may raise."""

    target: Var
    condition: Part
    arms: tuple[Part, Part]


@dataclass(frozen=True, slots=True)
class Stored:
    """Elements that are written, by the statement of this number."""

    place: Place
    value: Any
    number: int


@dataclass(frozen=True, slots=True)
class Term:
    """What is added, taken away, multiplied or compared in each iteration."""

    template: Template
    operands: tuple[Any, ...]
    negative: bool


@dataclass(frozen=True, slots=True)
class Scanned:
    """A running sum or the like: what is carried before each iteration, and after it.

    Attributes:
        how: as in `chains`.
    """

    k: int
    how: str
    terms: tuple[Term, ...]
    before: Var
    after: Var


@dataclass(frozen=True, slots=True)
class Shifted:
    """What is carried, but not made of what was carried before."""

    k: int
    before: Var
    after: Any


Node = Lookup | Computed | Chosen | Stored | Scanned | Shifted


@dataclass(slots=True)
class Plan:
    """How a loop is computed by whole arrays.

    Attributes:
        nodes: what is computed, in this order.
        count: how many iterations there are; of a loop over tapes it may be unknown.
        tapes: the entries that are read, and the tapes.
        backward: whether tapes are read and written from the end.
        stacked: the arrays that become tapes, or the numbers that count.
        kept: those, and others that are read when all has been computed.
        vectors: all arrays with an entry for each iteration.
        counted: the whole numbers that are carried.
        raises: whether something is computed at which Python's own numbers may raise.
    """

    nodes: list[Node]
    count: Affine | None
    tapes: list[tuple[Var, Var]]
    backward: bool
    stacked: list[Any]
    kept: list[Var]
    vectors: frozenset[Var]
    counted: dict[int, Affine]
    raises: bool

    @property
    def places(self) -> list[Place]:
        return [n.place for n in self.nodes if isinstance(n, Lookup | Stored)]

    def variables(self, body: Program) -> list[Var]:
        """The variables of an iteration, and those of the arms that are computed in it."""
        made = [var for node in self.nodes for var in gives(node)]
        return list(dict.fromkeys([*body.variables(), *made]))

    @property
    def has_tapes(self) -> bool:
        return bool(self.tapes or self.stacked)

    def in_tape(self, number: Affine) -> Affine | None:
        """A number that counts, in the order of the entries of a tape."""
        return number if not self.backward else turned(number, self.count)


def variables(operands: Sequence[Any]) -> Iterator[Var]:
    """The variables among some operands."""
    return (o for o in operands if type(o) is Var)


def gives(node: Node) -> tuple[Var, ...]:
    """The arrays of the plan that a node computes."""
    if isinstance(node, Scanned):
        return (node.before, node.after)
    if isinstance(node, Shifted):
        return (node.before,)
    return () if isinstance(node, Stored) else (node.target,)


def reads_of(node: Node) -> list[Var]:
    """The arrays of the plan that a node reads, and what is outside."""
    if isinstance(node, Scanned):
        return [v for term in node.terms for v in variables(term.operands)]
    if isinstance(node, Shifted):
        return list(variables((node.after,)))
    if isinstance(node, Computed):
        return list(variables(node.operands))
    if isinstance(node, Chosen):
        parts = (node.condition, *node.arms)
        return [v for part in parts for v in variables(part.operands)]
    return list(variables((node.value,))) if isinstance(node, Stored) else []


def numbers_in(nodes: Sequence[Node]) -> set[Affine]:
    """The whole numbers that are computed with."""
    found: set[Affine] = set()
    for node in nodes:
        operands: Sequence[Any] = ()
        if isinstance(node, Scanned):
            operands = [o for term in node.terms for o in term.operands]
        elif isinstance(node, Computed):
            operands = node.operands
        elif isinstance(node, Chosen):
            operands = [o for part in (node.condition, *node.arms) for o in part.operands]
        found.update(o for o in operands if isinstance(o, Affine))
    return found


def last_reads(nodes: Sequence[Node], kept: Sequence[Var]) -> dict[Var, int]:
    """The number of the node that reads each array last; what is kept is read after all."""
    last: dict[Var, int] = {}
    for n, node in enumerate(nodes):
        last.update(dict.fromkeys(reads_of(node), n))
    last.update(dict.fromkeys(kept, len(nodes)))
    return last


def copy_where_needed(nodes: Sequence[Node], kept: Sequence[Var]) -> None:
    """Copy elements that are read when others may stand in their places."""
    last = last_reads(nodes, kept)
    for n, node in enumerate(nodes):
        if isinstance(node, Lookup):
            until = last.get(node.target, n)
            node.copied = until == len(nodes) or any(
                isinstance(later, Stored) and later.place.k == node.place.k
                for later in nodes[n + 1 : until]
                if node.place.k is not None
            )
