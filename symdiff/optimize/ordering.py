"""The order in which whole arrays are computed: each after what it reads."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.statements.affine import Affine
from ..program.program import Var
from .plans import Lookup, Node, NoPlanError, Place, Stored, gives, reads_of


def in_order(nodes: Sequence[Node], count: Affine | None) -> list[Node]:
    """The nodes, so that each follows what it reads, and elements are met as in the loop.

    Raises:
        NoPlanError: there is no such order.
    """
    maker: dict[Var, int] = {}
    for n, node in enumerate(nodes):
        for var in gives(node):
            maker[var] = n
    after: list[set[int]] = [set() for _ in nodes]
    for n, node in enumerate(nodes):
        after[n] = {maker[v] for v in reads_of(node) if v in maker}
    placed = [(n, x.place) for n, x in enumerate(nodes) if isinstance(x, Lookup | Stored)]
    for i, (a, one) in enumerate(placed):
        for b, other in placed[i + 1 :]:
            if one.k is None or one.k != other.k:
                continue
            if isinstance(nodes[a], Stored) or isinstance(nodes[b], Stored):
                order = _before(one, other, count)
                if order is True:
                    after[b].add(a)
                elif order is False:
                    after[a].add(b)
    ordered: list[Node] = []
    made: set[int] = set()
    while len(made) < len(nodes):
        ready = [n for n in range(len(nodes)) if n not in made and after[n] <= made]
        if not ready:
            raise NoPlanError
        made.add(ready[0])
        ordered.append(nodes[ready[0]])
    return ordered


def _before(one: Place, other: Place, count: Affine | None) -> bool | None:
    """Whether elements are met at one place before the other; `None` if none are the same."""
    if one.axis != other.axis:
        raise NoPlanError
    for i, j in zip(one.index, other.index, strict=True):
        known = not i.step and i.known is not None and j.known is not None
        if known and i.const != j.const and min(i.const, j.const) >= 0:
            return None  # (Otherwise some may be, and the order does no harm if none are.)
    a, b = one.along, other.along
    apart = a.plus(b, -1).known
    if a.step != b.step or apart is None:
        raise NoPlanError
    iterations, rest = divmod(apart, a.step)
    most = None if count is None else count.known
    if rest or (most is not None and abs(iterations) >= most):
        return None
    return iterations >= 0
