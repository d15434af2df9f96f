"""Statements that see through what they read to what that was made of.

A function written in several statements is differentiated statement by statement, and a slope on
the way may leave the range of floats, or cancel, where that of the whole does not: of
`e = exp(x); y = e/(1 + e)` the slope by `e` is 0 at 400, and that by `x` is not. Likewise where a
derivative is differentiated again, whose lines share parts.

So a statement that divides by something exponential, or takes its logarithm, reads
`given(e, exp(x))` in place of `e`: the value that is known, and what it is a value of. Its
derivative is that by `x`, written with `e`. In a derivative this is done of the powers and
reciprocals, too, that its lines share.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from ..operations.table.limits import KINDS
from ..operations.table.template import Literal, Template, is_node, tree_of
from ..program.program import Operand, Statement, Var

_FEW = 4
"""What is longer than this is seen through only where it is exponential."""

_SHORT = 8
"""A product of more tokens is not looked through for what vanishes."""

_MOST_TOKENS = 40
"""A statement that would be longer than this reads what it reads."""

_EXPONENTIAL = frozenset({"exp", "exp2", "expm1", "cosh", "sinh", "sigmoid", "ndtr", "erfc"})
_FROM_ONE = frozenset({"exp", "cos"})
"""What is 1 at 0."""
_LIMITS = frozenset(KINDS) - {"versine"} | {"cos"}
"""What has a limit in the quotient with its own operand: `s = sin(x); s/x`."""
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "pos", "square", "pow", "reciprocal"})
_SMOOTH = _EXPONENTIAL | _ARITHMETIC | _LIMITS | {"sqrt"}
_VANISHING = _SMOOTH | {"log"}
_PRODUCTS = frozenset({"mul", "div", "neg", "pos", "square", "pow"})
_QUOTIENTS = frozenset({"div", "reciprocal"})
_POWERS = frozenset({"square", "pow"})
_SENSITIVE = _QUOTIENTS | {"log", "log1p", "log2", "log10"}


def seen_through(
    statements: Sequence[Statement], wrt: Collection[Var], active: Collection[Var]
) -> list[Statement]:
    """The same statements, which know what some of their operands are values of.

    Args:
        statements: of a program.
        wrt: what is differentiated by, which nobody sees through.
        active: the variables that depend on those.
    """
    known: dict[Var, Statement] = {}
    exponential: set[Var] = set()
    vanishing: set[Var] = set()  # what is 0 where that is of which it is made, and a multiple of it
    traits: dict[int, _Traits] = {}  # by the identity of templates, which the statements keep
    found = []
    for statement in statements:
        target, operation = statement.target, statement.operation
        if type(operation) is Template and target in active and target not in wrt:
            assert target is not None
            trait = traits.get(id(operation))
            if trait is None:
                trait = traits[id(operation)] = _Traits(operation.code)
            own = statement
            if known and (trait.sensitive or trait.multiplies):
                often = trait.sensitive or target.derived  # a product seldom looks, and not these
                for operand in statement.operands:
                    if type(operand) is Var and (often or operand.derived) and operand in known:
                        reading = _Reading(statement, trait, known, exponential, vanishing)
                        statement = reading.rewritten()
                        break
            if trait.smooth:
                known[target] = own
                if "log" not in operation.code and (
                    trait.exponential
                    or not exponential.isdisjoint([o for o in own.operands if type(o) is Var])
                ):
                    exponential.add(target)
                if trait.vanishes or (
                    (trait.product or trait.difference)
                    and any(
                        o in vanishing or (trait.difference and _ends_in(known.get(o), _FROM_ONE))
                        for o in own.operands
                        if type(o) is Var
                    )
                ):
                    vanishing.add(target)
        found.append(statement)
    return found


def _ends_in(made: Statement | None, names: Collection[str]) -> bool:
    """Whether the last operation of a statement is one of some names."""
    return made is not None and made.operation.code[-1] in names  # type: ignore[attr-defined]


class _Traits:
    """What decides, of the code of a template, whether its statement looks through operands."""

    __slots__ = (
        "difference",
        "exponential",
        "multiplies",
        "product",
        "sensitive",
        "smooth",
        "vanishes",
    )

    def __init__(self, code: tuple[Any, ...]) -> None:
        named = [t for t in code if type(t) is str]
        short = len(code) <= _MOST_TOKENS // 2
        self.vanishes = short and _vanishes(tree_of(code))
        self.smooth = short and (
            _SMOOTH.issuperset(named) or (self.vanishes and _VANISHING.issuperset(named))
        )
        self.exponential = not _EXPONENTIAL.isdisjoint(code)
        self.sensitive = not _SENSITIVE.isdisjoint(code)
        self.multiplies = "mul" in code
        self.product = len(code) <= _SHORT and _PRODUCTS.issuperset(named)
        self.difference = len(code) <= _FEW and _is_difference(tree_of(code), lambda _: True)


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


class _Reading:
    """A statement, and what it may read in place of its operands."""

    def __init__(
        self,
        statement: Statement,
        trait: _Traits,
        known: dict[Var, Statement],
        exponential: set[Var],
        vanishing: set[Var],
    ) -> None:
        self.statement = statement
        self.code: tuple[Any, ...] = statement.operation.code  # type: ignore[attr-defined]
        self.trait = trait
        self.derived = statement.target is not None and statement.target.derived
        self.known = known
        self.exponential = exponential
        self.vanishing = vanishing
        self.limits: set[Var] = set()
        self._find_limits(self.code, statement.operands)
        self.operands: list[Operand] = []
        self.place: dict[int, int] = {}
        self.given: set[Var] = set()
        self.left = _MOST_TOKENS - len(self.code)

    def rewritten(self) -> Statement:
        statement = self.statement
        if not any(type(o) is Var and self._is_wanted(o) for o in statement.operands):
            return statement
        code = self._read(self.code, statement.operands)
        if "given" not in code:
            return statement
        return Statement(
            statement.target, Template.of(tuple(code)), tuple(self.operands), statement.span
        )

    def _read(self, code: Sequence[Any], operands: Sequence[Operand]) -> list[Any]:
        found: list[Any] = []
        for token in code:
            found += self._operand(operands[token]) if type(token) is int else [token]
        return found

    def _operand(self, operand: Operand) -> list[Any]:
        k = self.place.setdefault(id(operand), len(self.operands))
        if k == len(self.operands):
            self.operands.append(operand)
        if type(operand) is not Var or operand in self.given or not self._is_wanted(operand):
            return [k]
        made = self.known[operand]
        definition = made.operation.code  # type: ignore[attr-defined]
        if len(definition) + 1 > self.left:
            return [k]
        self.left -= len(definition) + 1
        self.given.add(operand)  # where it is read again, it is known
        self._find_limits(definition, made.operands)
        return [k, *self._read(definition, made.operands), "given"]

    def _is_wanted(self, operand: Var) -> bool:
        made = self.known.get(operand)
        if made is None:
            return False
        if operand in self.limits:
            return True
        if operand in self.exponential and (self.trait.sensitive or self.derived):
            return True
        code = made.operation.code  # type: ignore[attr-defined]
        if len(code) > _FEW:
            return False
        if not operand.derived:
            return False
        reciprocal = code[-1] in _QUOTIENTS and sum(1 for t in code if type(t) is int) == 1
        return (self.trait.multiplies and reciprocal) or (
            self.trait.sensitive and code[-1] in _POWERS
        )

    # -- limits

    def _find_limits(self, code: Sequence[Any], operands: Sequence[Operand]) -> None:
        """Find what is to be seen through for a quotient of what vanishes and what it is made of.

        As in `s = sin(k*x); d = 2*x; s/d`: the sine, over what stands in its argument.
        """
        if _QUOTIENTS.isdisjoint(code) and "pow" not in code:
            return
        if self.vanishing.isdisjoint([o for o in operands if type(o) is Var]):
            return
        for places in _quotients(tree_of(tuple(code))):
            sides = [{v for k in side if type(v := operands[k]) is Var} for side in places]
            for one, other in (sides, sides[::-1]):
                below = set[Var]().union(*map(self._factors, other))
                below.update(*map(self._causes, other & self.vanishing))
                for var in one & self.vanishing:
                    if not below.isdisjoint(self._causes(var)):
                        self.limits.update(*map(self._parts, (var, *other)))

    def _made(self, var: Var, products: bool) -> list[Var]:
        """What a variable is made of, if it is a product, or one that vanishes."""
        made = self.known.get(var)
        if made is None:
            return []
        named = {t for t in made.operation.code if type(t) is str}  # type: ignore[attr-defined]
        if not (_PRODUCTS.issuperset(named) if products else var in self.vanishing):
            return []
        return [o for o in made.operands if type(o) is Var]

    def _factors(self, var: Var) -> set[Var]:
        """A variable, and those of which it is a product."""
        return {var}.union(*map(self._factors, self._made(var, True)))

    def _causes(self, var: Var) -> set[Var]:
        """What may make something vanish: what its factors, and the arguments of those, hold."""
        inner = [o for v in self._factors(var) for o in self._made(v, False)]
        return set[Var]().union(
            *map(self._factors, inner),
            *[self._causes(o) for o in inner if o in self.vanishing],
            *[self._causes_of_one(o) for o in inner],
        )

    def _causes_of_one(self, var: Var) -> set[Var]:
        """The same of what is 1 where the difference from 1 vanishes."""
        made = self.known.get(var)
        if not _ends_in(made, _FROM_ONE) or made is None:
            return set()
        return set[Var]().union(*map(self._factors, [o for o in made.operands if type(o) is Var]))

    def _parts(self, var: Var) -> set[Var]:
        """A variable, and what of it is looked through to find the limit."""
        inner = {*self._made(var, True), *self._made(var, False)}
        return {var}.union(*map(self._parts, inner))


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
