"""Value and partials of a template, derived once, with what they share.

`tanh(z)` appears in the value and again in its partial; a template computes it once. The reverse
line of an operand is cotangent times partial, one template again.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from ...errors import UnsupportedError
from .chain_rule import derivative
from .entry import TABLE, ElementwiseEntry
from .expressions import parse, unparse
from .lines import Line, Linearization
from .plain import Beyond
from .plain_algebra import Algebra
from .plain_nodes import PlainNodes
from .quotients import times
from .template import Literal, Template, Tree, is_node

_CHEAP = {"neg": 0, "pos": 0, "add": 1, "sub": 1, "mul": 1, "div": 1}


def linearize(
    template: Template,
    active: tuple[int, ...],
    whole: tuple[int, ...] = (),
    before_sympy: Callable[[], None] | None = None,
) -> Linearization:
    """Differentiate a template with respect to the operands in `active`.

    The operands in `whole` hold bools or integers of some NumPy type; see `_in_floats`.

    Raises:
        UnsupportedError: an operation in it has no derivative rule.
    """
    for token in template.code:
        entry = TABLE.entries.get(token) if isinstance(token, str) else None
        if (
            isinstance(entry, ElementwiseEntry)
            and entry.differentiable
            and entry.partials is None
            and entry.sympy is None
            and entry.name not in _NATIVE
        ):
            raise UnsupportedError(
                f"`{entry.name}` has no derivative rule",
                remedy="use detach(...) where its derivative is not wanted",
            )
    n = template.arity
    found = _plainly(template, active, whole)
    plain = found is not None
    if found is None:
        if before_sympy is not None:
            before_sympy()
        found = _symbolically(template, active, whole)
    value, partial_trees, reverse_trees, taken_trees = found
    if whole or not plain:  # nothing plain decides
        own = _subtrees(value)
        partial_trees, reverse_trees = (
            [t if t is None else _in_floats(t, frozenset(whole), own) for t in trees]
            for trees in (partial_trees, reverse_trees)
        )
    shared = _shared([value], [t for t in partial_trees if t is not None])
    place = {tree: n + k for k, tree in enumerate(shared)}
    return Linearization(
        # A shared line reads earlier ones only: an arm of a `where` may contain a later one.
        shared=tuple(
            _line(tree, {t: place[t] for t in shared[:k]}, n, n, top=False)
            for k, tree in enumerate(shared)
        ),
        value=_line(value, place, n, n),
        partials=tuple(t if t is None else _line(t, place, n, n) for t in partial_trees),
        reverse=tuple(t if t is None else _line(t, place, n, n) for t in reverse_trees),
        taken=tuple(t if t is None else _line(t, place, n, n) for t in taken_trees),
    )


Trees = tuple[Tree, list[Tree], list[Tree], list[Tree]]
"""Of a value, of its partials, of those times the cotangent, and of where choices are taken."""


_MOST = 5_000
"""So many expressions stay, for statements to come: these have a good part in common."""


class _Own(threading.local):
    """The algebra of a thread."""

    algebra: Algebra | None = None

    def current(self) -> Algebra:
        if self.algebra is None or len(self.algebra.known) > _MOST:
            if self.algebra is not None:
                self.algebra.clear()
            self.algebra = Algebra(PlainNodes)
        return self.algebra


_own = _Own()


def _plainly(template: Template, active: tuple[int, ...], whole: tuple[int, ...]) -> Trees | None:
    """Without SymPy, what it would find out as well; `None` where it would find out more."""
    make, n = _own.current(), template.arity
    try:
        value, known, expr = parse(template.code, make, whole)
        symbols = [make.placeholder(k) for k in range(n + 1)]
        zero = make.S.Zero
        memo = make.derivatives
        partials = [
            derivative(expr, symbols[k], memo.setdefault(symbols[k], {})) if k in active else zero
            for k in range(n)
        ]
        reverse = [p if p is zero else times(symbols[n], p) for p in partials]
        moving = [None if p is zero else unparse(p, known) for p in partials]
        times_ct = [None if p is zero else unparse(p, known) for p in reverse]
    except Beyond:
        return None
    return value, moving, times_ct, [None] * n


def _symbolically(template: Template, active: tuple[int, ...], whole: tuple[int, ...]) -> Trees:
    """By SymPy."""
    from . import nodes
    from .choosing import choice_first, multiplied, refused, taken

    n = template.arity
    with nodes.no_distribution(False):
        value, known, expr = parse(template.code, nodes, whole)
        zero = nodes.S.Zero
        partials = [
            choice_first(derivative(expr, nodes.placeholder(k))) if k in active else zero
            for k in range(n)
        ]
        for p in partials:
            if p.has(*refused()):
                raise UnsupportedError(f"no usable derivative of {template!r}: {p}")
        cotangent = nodes.placeholder(n)
        reverse = [multiplied(cotangent, p) for p in partials]
        chosen = [taken(p) for p in partials]
        chosen_trees = [None if t is None else unparse(t, known) for t in chosen]
        partial_trees = [None if p == 0 else unparse(p, known) for p in partials]
        reverse_trees = [
            None if p == 0 else unparse(r, known) for p, r in zip(partials, reverse, strict=True)
        ]
    return value, partial_trees, reverse_trees, chosen_trees


_NATIVE = {"add", "sub", "mul", "div", "neg", "pos", "pow", "sqrt", "square", "reciprocal"}


def _subtrees(tree: Tree) -> set[Tree]:
    found: set[Tree] = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if is_node(node) and node not in found:
            found.add(node)
            waiting.extend(node[1:])
    return found


_OF_BITS = {"bit_and", "bit_or", "bit_xor", "invert", "logical_not"}


def _is_predicate(name: str) -> bool:
    entry = TABLE.entries[name]
    return name in _OF_BITS or (isinstance(entry, ElementwiseEntry) and not entry.differentiable)


def _in_floats(tree: Tree, whole: frozenset[int], own: set[Tree]) -> Tree:
    """A partial that computes in floats where the value computes with bools or NumPy integers.

    NumPy adds two bools up to `True` and squares a small integer modulo 256. That is what the
    value means, so the user's `own` subtrees stay as they are; it is not what a derivative means.
    """

    def walk(node: Tree) -> tuple[Tree, bool]:
        """The node, and whether it still holds bools or integers."""
        if not is_node(node):
            return node, type(node) is int and node in whole
        name, first = node[0], 1 if node[0] == "where" else 0
        if _is_predicate(name):
            return node, True
        children = [walk(child) for child in node[1:]]
        arms = children[first:]
        if not all(w or isinstance(c, Literal) for c, w in arms) or not any(w for _, w in arms):
            return (name, *[c for c, _ in children]), False
        if node in own:
            return node, name not in _FLOAT_OF_WHOLE
        if name != "where":
            k = next(k for k, (_, w) in enumerate(children) if w)
            children[k] = (("mul", Literal.of(1.0), children[k][0]), False)
            return (name, *[c for c, _ in children]), False
        return (name, *[c for c, _ in children]), True

    found, still_whole = walk(tree)
    return ("mul", Literal.of(1.0), found) if still_whole else found


_FLOAT_OF_WHOLE = {"div", "reciprocal"}


def _is_costly(tree: Tree) -> bool:
    """Whether it takes more than one cheap operation."""
    left = 2 - _CHEAP.get(tree[0], 3)
    waiting = list(tree[1:])
    while left > 0 and waiting:
        node = waiting.pop()
        if type(node) is tuple:
            left -= _CHEAP.get(node[0], 3)
            waiting.extend(node[1:])
    return left <= 0


def _shared(values: Sequence[Tree], partials: Sequence[Tree]) -> list[Tree]:
    """Subtrees worth a line of their own, innermost first: costly, and used more than once.

    An arm of a `where` is looked into only for what the value computes outside any arm: what it
    guards must not be computed outside it.
    """
    uses: Counter[Tree] = Counter()
    order: list[Tree] = []
    chooses = False

    def walk(tree: Tree) -> None:
        nonlocal chooses
        if type(tree) is not tuple:
            return
        uses[tree] += 1
        if uses[tree] == 1:
            if tree[0] == "where":
                chooses = True
                walk(tree[1])
            else:
                for child in tree[1:]:
                    walk(child)
            order.append(tree)

    def walk_arms(tree: Tree, guarded: bool) -> None:
        if not is_node(tree):
            return
        if guarded and tree in computed:
            uses[tree] += 1
            return
        for k, child in enumerate(tree[1:]):
            walk_arms(child, guarded or (tree[0] == "where" and k > 0))

    for tree in values:
        walk(tree)
    computed = set(uses)
    for tree in partials:
        walk(tree)
    for tree in (*values, *partials) if chooses else ():
        walk_arms(tree, False)
    # The value itself has a line in any case.
    return [t for t in order if uses[t] > 1 and (_is_costly(t) or t in values)]


def _line(tree: Tree, place: dict[Tree, int], n: int, cotangent: int, top: bool = True) -> Line:
    """A line for `tree`, reading shared subtrees from their places."""
    places: dict[int, int] = {}
    code: list[Any] = []

    def walk(node: Tree, root: bool) -> None:
        if type(node) is tuple:
            if not place or (root and not top) or node not in place:
                for child in node[1:]:
                    walk(child, False)
                code.append(node[0])
                return
            where = place[node]
        elif type(node) is int:
            where = -1 if node == cotangent else node
        else:
            code.append(node)
            return
        code.append(places.setdefault(where, len(places)))

    walk(tree, True)
    return Line(Template.of(tuple(code)), tuple(places))
