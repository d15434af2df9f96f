"""What vanishes where that does of which it is made: `sin(k*x)`, `1 - exp(-r*t)`, and multiples.

A quotient of such with what makes it vanish has a limit, which its derivative has to know
(`operations/table/limits.py`). The function may have been computed in a statement of its own, and
so may what it stands over: here is found what a statement must see through to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from ..operations.table.limits import KINDS
from ..operations.table.template import Literal, is_node, tree_of
from ..program.program import Operand, Statement, Var

_DEEP = 3
"""So many statements are looked through behind each other: what is found grows with each."""

_SHORT = 8
"""A product of more tokens is not looked through."""

_FEW = 4

_FROM_ONE = frozenset({"exp", "cos"})
"""What is 1 at 0."""

_PRODUCTS = frozenset({"mul", "div", "neg", "pos", "square", "pow"})


class Form(Enum):
    """What a template may have to do with what vanishes."""

    VANISHING = "a function that is 0 where its argument is, or a multiple"
    PRODUCT = "a product"
    DIFFERENCE = "a difference of something from one"
    OTHER = "anything else"


def form_of(code: tuple[Any, ...]) -> Form:
    """The form of a code.

    >>> form_of((0, "sin", 1, "mul")).name, form_of((0, 1, "mul")).name
    ('VANISHING', 'PRODUCT')
    """
    tree = tree_of(code)
    if _vanishes(tree):
        return Form.VANISHING
    if len(code) <= _SHORT and _PRODUCTS.issuperset([t for t in code if type(t) is str]):
        return Form.PRODUCT
    if len(code) <= _FEW and _is_difference(tree, lambda _: True):
        return Form.DIFFERENCE
    return Form.OTHER


def _vanishes(tree: Any) -> bool:
    """Whether it is a product with a function that is 0 where its argument is."""
    if not is_node(tree):
        return False
    if tree[0] in _PRODUCTS:
        return any(map(_vanishes, tree[1:]))
    if tree[0] in ("add", "sub"):
        return _is_difference(tree, lambda part: is_node(part) and part[0] in _FROM_ONE)
    if tree[0] == "log":  # of one and something
        return is_node(tree[1]) and tree[1][0] == "add" and any(map(_is_one, tree[1][1:]))
    return tree[0] in KINDS


def _is_difference(tree: Any, is_one_at_zero: Callable[[Any], bool]) -> bool:
    """Whether it is the difference of one and something, in either order."""
    if not is_node(tree) or tree[0] not in ("add", "sub"):
        return False
    for one, other in (tree[1:], tree[:0:-1]):
        if not _is_one(one, -1 if tree[0] == "add" else 1):
            if not (tree[0] == "add" and _is_one(one) and is_node(other) and other[0] == "neg"):
                continue
            other = other[1]
        if is_one_at_zero(other):
            return True
    return False


def _is_one(tree: Any, sign: int = 1) -> bool:
    return isinstance(tree, Literal) and bool(tree.value == sign)


class Vanishing:
    """What is known to vanish among the variables of a program.

    Args:
        known: by variable, the statement that computes it, where one may look through it.
    """

    def __init__(self, known: Mapping[Var, Statement]) -> None:
        self.known = known
        self.found: set[Var] = set()
        self.products: set[Var] = set()
        self._sets: dict[tuple[str, Var, int], frozenset[Var]] = {}

    def note(self, target: Var, made: Statement, form: Form) -> None:
        """Take in what a statement computes that has become known."""
        if form is Form.PRODUCT:
            self.products.add(target)
        if form is Form.VANISHING or (
            form is not Form.OTHER
            and any(
                o in self.found or (form is Form.DIFFERENCE and self._is_one_at_zero(o))
                for o in _variables(made.operands)
            )
        ):
            self.found.add(target)

    def _is_one_at_zero(self, var: Var) -> bool:
        made = self.known.get(var)
        return made is not None and made.operation.code[-1] in _FROM_ONE  # type: ignore[attr-defined]

    def limits(self, code: tuple[Any, ...], operands: Sequence[Operand]) -> set[Var]:
        """What is to be seen through for a quotient of what vanishes and what it is made of.

        As in `s = sin(k*x); d = 2*x; s/d`: the sine, and what it stands over.
        """
        found = set[Var]()
        if "div" not in code and "pow" not in code and "reciprocal" not in code:
            return found
        if self.found.isdisjoint(_variables(operands)):
            return found
        for places in _quotients(tree_of(code)):
            sides = [set(_variables([operands[k] for k in side])) for side in places]
            for one, other in (sides, sides[::-1]):
                below = set[Var]().union(*[self._factors(v, _DEEP) for v in other])
                below.update(*[self._causes(v, _DEEP) for v in other & self.found])
                for var in one & self.found:
                    if not below.isdisjoint(self._causes(var, _DEEP)):
                        found.update(*[self._parts(v, _DEEP) for v in (var, *other)])
        return found

    # -- what a variable is made of, so many statements deep

    def _set(self, kind: str, var: Var, depth: int, make: Callable[[], set[Var]]) -> frozenset[Var]:
        found = self._sets.get((kind, var, depth))
        if found is None:
            found = self._sets[kind, var, depth] = frozenset(make())
        return found

    def _operands(self, var: Var) -> list[Var]:
        made = self.known.get(var)
        return [] if made is None else _variables(made.operands)

    def _factors(self, var: Var, depth: int) -> frozenset[Var]:
        """A variable, and those of which it is a product."""
        if not depth or var not in self.products:
            return frozenset([var])
        inner = self._operands(var)
        return self._set(
            "factors",
            var,
            depth,
            lambda: {var}.union(*[self._factors(o, depth - 1) for o in inner]),
        )

    def _causes(self, var: Var, depth: int) -> frozenset[Var]:
        """What may make something vanish: what its factors, and the arguments of those, hold."""
        if not depth:
            return frozenset()
        return self._set("causes", var, depth, lambda: self._found_causes(var, depth - 1))

    def _found_causes(self, var: Var, depth: int) -> set[Var]:
        found = set[Var]()
        for factor in self._factors(var, depth):
            for inner in self._operands(factor) if factor in self.found else ():
                found |= self._factors(inner, depth)
                if inner in self.found:
                    found |= self._causes(inner, depth)
                elif self._is_one_at_zero(inner):
                    found = found.union(*[self._factors(o, depth) for o in self._operands(inner)])
        return found

    def _parts(self, var: Var, depth: int) -> frozenset[Var]:
        """A variable, and what of it is looked through to find the limit."""
        if not depth or not (var in self.products or var in self.found):
            return frozenset([var])
        inner = self._operands(var)
        return self._set(
            "parts", var, depth, lambda: {var}.union(*[self._parts(o, depth - 1) for o in inner])
        )


def _variables(operands: Sequence[Operand]) -> list[Var]:
    return [o for o in operands if type(o) is Var]


def _quotients(tree: Any) -> Iterator[tuple[set[int], set[int]]]:
    """The operands above and below each product of a tree that is a quotient, too."""
    if not is_node(tree):
        return
    above, below, factors = set[int](), set[int](), [(tree, False)]
    while factors:
        part, under = factors.pop()
        if is_node(part) and part[0] in ("mul", "div", "neg"):
            factors += [
                (child, under != (k == 1 and part[0] == "div")) for k, child in enumerate(part[1:])
            ]
        elif is_node(part) and part[0] == "pow" and _is_negative(part[2]):
            factors.append((part[1], not under))
        else:
            (below if under else above).update(_places(part))
            if part is not tree:
                yield from _quotients(part)
            elif is_node(part):
                for child in part[1:]:
                    yield from _quotients(child)
    if below:
        yield above, below


def _is_negative(tree: Any) -> bool:
    return isinstance(tree, Literal) and type(tree.value) in (int, float) and tree.value < 0


def _places(tree: Any) -> Iterator[int]:
    if is_node(tree):
        for child in tree[1:]:
            yield from _places(child)
    elif type(tree) is int:
        yield tree
