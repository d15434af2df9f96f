"""Values as products of powers: what is constant along an axis, and what cancels.

A *monomial* is a coefficient and powers of *atoms*. An atom is a variable, seen in the shape of
another array: of each axis there it tells which one of the variable's it is. So a value that has
been given more axes, or detached from what it was made of, is still known as what it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ..operations.table.template import Literal, Template, is_node
from ..program.interning import LATEST
from ..program.program import Var

Shape = tuple[int, ...]


class Atom(NamedTuple):
    """A variable in the shape of another array: `axes` has its axis for each of those, or `None`.

    What has length one is no axis.
    """

    var: Var
    axes: tuple[int | None, ...]

    @property
    def shape(self) -> Shape:
        """The shape in which the variable broadcasts to that of the other array."""
        return tuple([1 if k is None else self.var.aval.shape[k] for k in self.axes])


class Monomial(NamedTuple):
    """`coefficient` times the atoms, each to a power; `cancelled` tells that some have gone."""

    coefficient: float
    powers: Mapping[Atom, int]
    cancelled: bool = False

    @staticmethod
    def of(var: Var) -> Monomial:
        """A variable by itself."""
        axes = tuple([k if n != 1 else None for k, n in enumerate(var.aval.shape)])
        return Monomial(1.0, {Atom(var, axes): 1})

    @property
    def is_zero(self) -> bool:
        return self.coefficient == 0.0

    @property
    def is_constant(self) -> bool:
        return not self.powers

    def times(self, other: Monomial, power: int = 1) -> Monomial:
        """The product with another, or with its inverse."""
        powers = dict(self.powers)
        cancelled = self.cancelled or other.cancelled
        for atom, n in other.powers.items():
            powers[atom] = powers.get(atom, 0) + power * n
            if not powers[atom]:
                del powers[atom]
                cancelled = True
        factor = other.coefficient if power > 0 else 1.0 / other.coefficient
        return Monomial(self.coefficient * factor, powers, cancelled)

    def plus(self, other: Monomial, sign: float) -> Monomial | None:
        """The sum with another one, if that is a multiple of the same."""
        if self.is_zero:
            return Monomial(sign * other.coefficient, other.powers, other.cancelled)
        if other.is_zero:
            return self
        if self.powers != other.powers:
            return None
        total = self.coefficient + sign * other.coefficient
        powers = {} if total == 0.0 else self.powers
        return Monomial(total, powers, self.cancelled or other.cancelled)

    def moved(self, places: Sequence[int | None]) -> Monomial:
        """The same in another shape, of each of whose axes `places` has the one it was."""
        powers = {
            Atom(atom.var, tuple([None if k is None else atom.axes[k] for k in places])): n
            for atom, n in self.powers.items()
        }
        return Monomial(self.coefficient, powers, self.cancelled)


ZERO = Monomial(0.0, {})


def broadcast(have: Shape, wanted: Shape) -> list[int | None]:
    """Of each axis of a shape which one it was before it was broadcast.

    >>> broadcast((3, 1), (2, 3, 4))
    [None, 0, None]
    """
    lead = len(wanted) - len(have)
    return [None if k < lead or have[k - lead] == 1 else k - lead for k in range(len(wanted))]


def regrouped(have: Shape, wanted: Shape) -> list[int | None] | None:
    """The same for a reshape that only adds or drops axes of length one; `None` for another.

    >>> regrouped((3, 4), (3, 1, 4)), regrouped((3, 4), (4, 3))
    ([0, None, 1], None)
    """
    own = [k for k, n in enumerate(have) if n != 1]
    there = [k for k, n in enumerate(wanted) if n != 1]
    if [have[k] for k in own] != [wanted[k] for k in there]:
        return None
    known = dict(zip(there, own, strict=True))
    return [known.get(k) for k in range(len(wanted))]


def product_of(tree: Any, operands: Sequence[Monomial] | Mapping[int, Monomial]) -> Monomial | None:
    """An elementwise expression as a monomial of those of its operands; `None` if it is none."""
    kind = type(tree)
    if kind is int:
        return operands[tree]
    if kind is not tuple:
        # (What is written as a zero may meet infinity.)
        return Monomial(float(tree.value), {}) if tree.kind in (int, float) and tree.value else None
    name = tree[0]
    if name == "where":
        arms = [product_of(part, operands) for part in tree[2:]]
        none = [Literal.of(0.0) == part for part in tree[2:]]  # it is chosen, not multiplied
        nothing = [z or (a is not None and a.is_zero) for z, a in zip(none, arms, strict=True)]
        return ZERO if all(nothing) and not all(none) else None
    if name not in ("add", "sub", "mul", "div", "neg"):
        return None
    first = product_of(tree[1], operands)
    if name == "neg":
        if first is None:
            return None
        return Monomial(-first.coefficient, first.powers, first.cancelled)
    second = product_of(tree[2], operands)
    if name in ("mul", "div"):
        nothing_first = first is not None and first.coefficient == 0.0
        if nothing_first or (second is not None and second.coefficient == 0.0):
            return ZERO if name == "mul" or nothing_first else None
    if first is None or second is None:
        return None
    if name == "mul":
        return first.times(second)
    if name == "div":
        return first.times(second, -1)
    return first.plus(second, 1.0 if name == "add" else -1.0)


@lru_cache(LATEST)
def is_no_product(template: Template) -> bool:
    """Whether an expression is no monomial, whatever those of its operands are but zero."""
    return never_product(template.tree)


def never_product(tree: Any) -> bool:
    """The same of a part of an expression.

    >>> never_product(("mul", 0, ("sin", 1))), never_product(("sub", 0, 1))
    (True, False)
    """
    return _is_product(tree) is False


def _is_product(tree: Any) -> bool | None:
    """Whether it is a monomial that is not zero; `None` where that depends on what they are."""
    if type(tree) is int:
        return True
    if type(tree) is not tuple:
        return tree.kind in (int, float) and bool(tree.value)
    name = tree[0]
    if name == "where":
        return None
    if name not in ("add", "sub", "mul", "div", "neg"):
        return False
    parts = [_is_product(part) for part in tree[1:]]
    if name in ("add", "sub"):
        return False if False in parts else None
    return None if None in parts else False not in parts


def factors_of(tree: Any, sign: int = 1) -> list[tuple[Any, int]]:
    """What is multiplied in an expression, and whether it is divided by (-1)."""
    if is_node(tree) and tree[0] == "mul":
        return [*factors_of(tree[1], sign), *factors_of(tree[2], sign)]
    if is_node(tree) and tree[0] == "div":
        return [*factors_of(tree[1], sign), *factors_of(tree[2], -sign)]
    if is_node(tree) and tree[0] == "neg":
        return [(Literal.of(-1.0), 1), *factors_of(tree[1], sign)]
    return [(tree, sign)]


def uncancelled(factors: Sequence[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """Factors without those that something else divides by, and without ones.

    >>> uncancelled([(0, 1), (0, -1), (0, 1), (1, -1)])
    [(0, 1), (1, -1)]
    """
    left: list[tuple[Any, int]] = []
    for part, power in factors:
        if isinstance(part, Literal) and part.value == 1.0:
            continue
        if (part, -power) in left:
            left.remove((part, -power))
        else:
            left.append((part, power))
    minus = (Literal.of(-1.0), 1)
    while left.count(minus) > 1:
        left.remove(minus)
        left.remove(minus)
    return left


def without_zeros(tree: Any, zeros: Sequence[int]) -> Any:
    """An expression whose operands `zeros` are zero for certain; `None` where it is so itself."""
    if not is_node(tree):
        return None if type(tree) is int and tree in zeros else tree
    name = tree[0]
    parts = [without_zeros(part, zeros) for part in tree[1:]]
    if name == "add" and None in parts:
        return parts[0] if parts[1] is None else parts[1]
    if name == "sub" and None in parts:
        return parts[0] if parts[1] is None else ("neg", parts[1])
    if name in ("neg", "mul") and None in parts:
        return None
    if name == "div" and parts[0] is None:
        return None
    if name == "where" and parts[1] is None and parts[2] is None:
        return None
    return (name, *[Literal.of(0.0) if part is None else part for part in parts])
