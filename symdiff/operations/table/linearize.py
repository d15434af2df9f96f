"""Value and partials of a template, derived once by SymPy, with what they share.

`tanh(z)` appears in the value and again in its partial; a template computes it once. The reverse
line of an operand is cotangent times partial, one template again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sympy

from ...errors import UnsupportedError
from .chain_rule import derivative
from .entry import TABLE, ElementwiseEntry
from .expressions import parse, unparse
from .lines import Line, Linearization
from .nodes import PREFIX, m, no_distribution, placeholder, times
from .quotients import chooses_power
from .template import Literal, Template, Tree, flatten, is_node

_CHEAP = {"neg": 0, "pos": 0, "add": 1, "sub": 1, "mul": 1, "div": 1}


def linearize(
    template: Template, active: tuple[int, ...], whole: tuple[int, ...] = ()
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
    with no_distribution(False):
        value, known, expr = parse(template.code, whole)
        zero = sympy.S.Zero
        partials = [
            _choice_first(derivative(expr, placeholder(k))) if k in active else zero
            for k in range(n)
        ]
        for p in partials:
            if p.has(sympy.Derivative, sympy.Subs, sympy.DiracDelta, sympy.Heaviside, sympy.I):
                raise UnsupportedError(f"no usable derivative of {template!r}: {p}")
        cotangent = placeholder(n)
        reverse = [_times(cotangent, p) for p in partials]
        taken = [_taken(p) for p in partials]
        taken_trees = [None if t is None else unparse(t, known) for t in taken]
        partial_trees = [None if p == 0 else unparse(p, known) for p in partials]
        reverse_trees = [
            None if p == 0 else unparse(r, known) for p, r in zip(partials, reverse, strict=True)
        ]
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


def _is_choice(expr: Any) -> bool:
    """Whether an expression is a `where` that is zero in some case."""
    return expr.func.__name__ == f"{PREFIX}where" and any(
        arm == 0 or _is_choice(arm) for arm in expr.args[1:]
    )


def _chooses_number(expr: Any) -> bool:
    """Whether it is a choice of whole numbers, which as an array would widen single precision."""
    return expr.func is m.where and all(arm.is_Integer for arm in expr.args[1:])


def _times(factor: Any, expr: Any) -> Any:
    """A product, in which what is not chosen is not multiplied: infinity times zero is not zero."""
    if expr == 0:
        return expr
    if expr.func is m.on_tip:
        return m.on_tip(_times(factor, expr.args[0]), expr.args[1])
    if expr.func is m.sided:
        return m.sided(factor * expr.args[0], *expr.args[1:])
    if expr.has(*_held_inside()):
        return _within(factor, expr)
    if factor.has(*_held_inside()):
        return _within(expr, factor)
    if not (_is_choice(expr) or chooses_power(expr) or _chooses_number(expr)):
        return times(factor, expr)
    condition, yes, no = expr.args
    return m.where(condition, _times(factor, yes), _times(factor, no))


def _held_inside() -> tuple[Any, ...]:
    """What a product is put into: its own derivative depends on the whole of it."""
    return m.unless_zero, m.tied


def _within(factor: Any, expr: Any) -> Any:
    """A product with such a slope: of one that nobody can tell it is no number, if it moves."""
    if expr.func in _held_inside():
        return expr.func(_times(factor, expr.args[0]), *expr.args[1:])
    if expr.is_Add:
        return sympy.Add(*[_times(factor, term) for term in expr.args])
    if expr.is_Mul:
        held = next(a for a in expr.args if a.has(*_held_inside()))
        return _times(sympy.Mul(factor, *[a for a in expr.args if a != held]), held)
    if expr.func is m.where:
        condition, yes, no = expr.args
        return m.where(condition, _times(factor, yes), _times(factor, no))
    return factor * expr


def _choice_first(expr: Any) -> Any:
    """`a*where(c, b, 0)` as `where(c, a*b, 0)`."""
    if not expr.is_Mul:
        return expr
    tied = next((a for a in expr.args if a.has(m.tied)), None)
    if tied is not None and not _is_choice(tied):
        return _times(sympy.Mul(*[a for a in expr.args if a != tied]), tied)
    choice = next((a for a in expr.args if _is_choice(a)), None)
    if choice is None:
        choice = next((a for a in expr.args if chooses_power(a)), None)
    if choice is None:
        return expr
    rest = _choice_first(sympy.Mul(*[a for a in expr.args if a != choice]))
    return _times(rest, choice) if not _is_choice(rest) else _times(choice, rest)


def _taken(expr: Any) -> Any:
    """Where a chain of choices does not end in zero; `None` if it is no choice."""
    if not _is_choice(expr):
        return None
    condition, yes, no = expr.args
    if no == 0:
        inner = _taken(yes)
        return condition if inner is None else m.logical_and(condition, inner)
    if yes == 0:
        inner, condition = _taken(no), m.logical_not(condition)
        return condition if inner is None else m.logical_and(condition, inner)
    first, second = _taken(yes), _taken(no)
    if first is None:
        return m.logical_or(condition, second)
    if second is None:
        return m.logical_or(m.logical_not(condition), first)
    return m.where(condition, first, second)


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


def _cost(tree: Tree) -> int:
    if not is_node(tree):
        return 0
    return _CHEAP.get(tree[0], 3) + sum(_cost(child) for child in tree[1:])


def _shared(values: Sequence[Tree], partials: Sequence[Tree]) -> list[Tree]:
    """Subtrees worth a line of their own, innermost first: costly, and used more than once.

    An arm of a `where` is looked into only for what the value computes outside any arm: what it
    guards must not be computed outside it.
    """
    uses: Counter[Tree] = Counter()
    order: list[Tree] = []

    def walk(tree: Tree) -> None:
        if not is_node(tree):
            return
        uses[tree] += 1
        if uses[tree] == 1:
            for child in tree[1:2] if tree[0] == "where" else tree[1:]:
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
    for tree in (*values, *partials):
        walk_arms(tree, False)
    # The value itself has a line in any case.
    return [t for t in order if uses[t] > 1 and (_cost(t) >= 2 or t in values)]


def _line(tree: Tree, place: dict[Tree, int], n: int, cotangent: int, top: bool = True) -> Line:
    """A line for `tree`, reading shared subtrees from their places."""
    places: list[int] = []

    def rename(node: Tree, root: bool) -> Tree:
        if is_node(node):
            if node in place and not (root and not top):
                return local(place[node])
            return (node[0], *[rename(child, False) for child in node[1:]])
        if isinstance(node, int):
            return local(-1 if node == cotangent else node)
        return node

    def local(where: int) -> int:
        if where not in places:
            places.append(where)
        return places.index(where)

    code = flatten(rename(tree, True))
    return Line(Template.of(code), tuple(places))
