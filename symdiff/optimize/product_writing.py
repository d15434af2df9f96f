"""The products of one expression, written anew: of fewer, or smaller, operations."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template, flatten
from ..program.program import Operand, Program, Statement, Var, operand_aval, place_among
from ..program.shapes import broadcast_shapes
from .logarithms import logarithms
from .monomials import Atom, Monomial, broadcast, factors_of, never_product, product_of
from .product_forms import ONE, PRODUCTS, cost_of, distinct_factors, is_bare, with_parts
from .sums import Sweep

Tree = Any

_MOST_FACTORS = 2
_ORDINARY = 2.0**60


class Products(Sweep):
    """The statements once more, with what is known of each value as a product."""

    def __init__(self, program: Program, seen: Collection[Var]) -> None:
        super().__init__(program, seen)
        self.multiples: dict[Var, Monomial] = {}  # what is a number times something
        self.ones: set[Var] = set()  # what is 1, or no number
        self.logarithms = logarithms(program)

    def is_one(self, tree: Tree, operands: Sequence[Operand]) -> bool:
        """Whether an expression is a number over itself, or such a number in another shape."""
        if type(tree) is int:
            operand = operands[tree]
            return type(operand) is Var and operand in self.ones
        return (
            type(tree) is tuple and tree[0] == "div" and type(tree[1]) is int and tree[1] == tree[2]
        )

    def read_once(self, operand: Operand) -> Statement | None:
        """The expression of what is read in one place, by nobody who sees its last digits."""
        if type(operand) is not Var or operand in self.seen or self.reads.get(operand) != 1:
            return None
        made = self.definitions.get(operand)
        return made if made is not None and type(made.operation) is Template else None


class Writer:
    """Writes the products of one expression anew."""

    def __init__(self, sweep: Products, operands: list[Operand], target: Var) -> None:
        self.sweep = sweep
        self.operands = operands
        self.target = target
        self.of_numbers = not any(operand_aval(o).shape for o in (*operands, target))

    def walk(self, tree: Tree) -> Tree:
        if type(tree) is not tuple:
            return tree
        if tree[0] not in PRODUCTS:
            return with_parts(tree, [self.walk(part) for part in tree[1:]])
        tree = self.without_signs(tree)
        if type(tree) is not tuple or tree[0] not in PRODUCTS:
            return self.walk(tree)
        if self.target not in self.sweep.seen:
            made = self.quotient(tree) or self.product(tree)
            if made is not None:
                return made
        return self.inside(tree)

    def inside(self, tree: Tree) -> Tree:
        """A product whose factors are written anew."""
        if type(tree) is tuple and tree[0] in PRODUCTS:
            return with_parts(tree, [self.inside(part) for part in tree[1:]])
        return self.walk(tree)

    def without_signs(self, tree: Tree) -> Tree:
        """A product without ones, and without two signs that cancel: with the same bits."""
        if is_bare(tree):
            return tree
        signs = 0

        def strip(tree: Tree, signed: bool) -> Tree:
            nonlocal signs
            if type(tree) is not tuple or tree[0] not in PRODUCTS:
                return tree
            if tree[0] == "neg":
                inside = strip(tree[1], signed)
                if not signed or not self.is_float(tree[1]):
                    return ("neg", inside)
                signs += 1
                return inside
            left, right = strip(tree[1], signed), strip(tree[2], signed)
            if right == ONE and self.is_float(left):
                return left
            if tree[0] == "mul" and left == ONE and self.is_float(right):
                return right
            return (tree[0], left, right)

        plain = strip(tree, True)
        if signs > 1:
            return ("neg", plain) if signs % 2 else plain
        return strip(tree, False)

    def is_float(self, tree: Tree) -> bool:
        """Whether a part of an expression is a float for certain."""
        if type(tree) is int:
            return operand_aval(self.operands[tree]).dtype == "float64"
        if isinstance(tree, Literal):
            return tree.kind is float
        if tree[0] in ("add", "sub", "mul", "div", "neg", "pow"):
            return any(map(self.is_float, tree[1:]))
        return tree[0] in ("exp", "log", "sin", "cos", "tanh", "sech", "sqrt", "cosh", "sinh")

    def shape_of(self, tree: Tree) -> tuple[int, ...]:
        if self.of_numbers:
            return ()
        shapes = {operand_aval(self.operands[t]).shape for t in flatten(tree) if type(t) is int}
        return broadcast_shapes(*shapes) if shapes else ()

    def cost(self, tree: Tree) -> float:
        """What the operations of an expression cost, with those of what it alone reads."""
        if type(tree) is int:
            return self.made_cost(self.operands[tree])
        if type(tree) is not tuple:
            return 0.0
        return cost_of(self.shape_of(tree)) + sum(map(self.cost, tree[1:]))

    def made_cost(self, operand: Operand) -> float:
        """The cost of making what is read here alone."""
        made = self.sweep.read_once(operand)
        if made is None:
            return 0.0
        assert isinstance(made.operation, Template)
        inner = Writer(self.sweep, list(made.operands), self.target)
        return inner.own_cost(made.operation.tree)

    def own_cost(self, tree: Tree) -> float:
        if type(tree) is not tuple:
            return 0.0
        return cost_of(self.shape_of(tree)) + sum(map(self.own_cost, tree[1:]))

    def quotient(self, tree: Tree) -> Tree | None:
        """`a/(b*w)` for `w*(a/b)`, where `w` is smaller, and 1 or no number: with the same bits."""
        if tree[0] != "mul" or self.of_numbers:
            return None
        for one, part in ((tree[1], tree[2]), (tree[2], tree[1])):
            if not self.sweep.is_one(one, self.operands) or type(part) is not int:
                continue
            operand = self.operands[part]
            made = self.sweep.read_once(operand)
            if made is None or operand_aval(operand) is not self.target.aval:
                continue
            assert isinstance(made.operation, Template)
            over = made.operation.tree
            if (
                type(over) is not tuple
                or over[0] != "div"
                or not all(type(t) is int for t in over[1:])
            ):
                continue
            above, below = (place_among(self.operands, made.operands[t]) for t in over[1:])
            small = ("mul", below, one)
            if math.prod(self.shape_of(small)) < math.prod(self.target.aval.shape):
                return ("div", above, small)
        return None

    def product(self, tree: Tree) -> Tree | None:
        """The same product of fewer, or smaller, operations."""
        if never_product(tree):
            return None
        if self.of_numbers and self.is_of_nothing(distinct_factors(tree)):
            return None
        best, least = None, math.nan
        reads = {t for t in flatten(tree) if type(t) is int}
        for table in (self.sweep.multiples, self.sweep.monomials):
            found = product_of(tree, {t: self.of(self.operands[t], table) for t in reads})
            if found is None or found.is_zero:
                continue
            powers = found.powers.values()
            if sum(map(abs, powers)) > _MOST_FACTORS or (powers and max(powers) < 0):
                continue
            if (found.cancelled or found.is_constant) and not self.cancels(tree):
                continue
            if not 1.0 / _ORDINARY < abs(found.coefficient) < _ORDINARY:
                continue
            if not self.is_exact(tree, table):
                continue
            cost = self.new_cost(found)
            least = self.cost(tree) if math.isnan(least) else least
            if cost < least:
                best, least = found, cost
        return None if best is None else self.written(best)

    def is_of_nothing(self, factors: list[int] | None) -> bool:
        """Whether it has the fewest factors: none is a number, or known to be a product."""
        sweep = self.sweep
        return factors is not None and all(
            type(o) is Var and o not in sweep.monomials and o not in sweep.multiples
            for o in map(self.operands.__getitem__, factors)
        )

    def cancels(self, tree: Tree) -> bool:
        """Whether what divides by itself is such that its logarithm is taken.

        Where that is no number, neither is the value.
        """
        operands = [self.operands[t] for t in flatten(tree) if type(t) is int]
        return any(type(o) is Var and o in self.sweep.logarithms for o in operands)

    def is_exact(self, tree: Tree, known: Mapping[Var, Monomial]) -> bool:
        """Whether constants can be put together without a rounding of their own."""
        rounding = 0
        for part, power in factors_of(tree):
            if type(part) is int:
                value = self.of(self.operands[part], known).coefficient
            else:
                value = float(part.value) if isinstance(part, Literal) else 1.0
            if abs(math.frexp(value)[0]) != 0.5:
                rounding += 1 if power > 0 else 2
        return rounding <= 1

    def of(self, operand: Operand, known: Mapping[Var, Monomial]) -> Monomial:
        """An operand as a product; what has cancelled to a number may be none, and stays."""
        found = self.sweep.of(operand, known)
        if type(operand) is Var and (found is None or found.is_constant):
            found = Monomial.of(operand)
        if found is None:
            return Monomial(math.nan, {})
        if self.of_numbers:
            return found
        return found.moved(broadcast(operand_aval(operand).shape, self.target.aval.shape))

    def new_cost(self, found: Monomial) -> float:
        shapes = [atom.shape for atom, n in found.powers.items() for _ in range(abs(n))]
        if not shapes:
            return 0.0
        total = cost_of(broadcast_shapes(*shapes)) * (len(shapes) - 1)
        if abs(found.coefficient) != 1.0 or found.coefficient < 0.0:
            total += min(map(cost_of, shapes))
        return total + sum([self.made_cost(atom.var) for atom in found.powers])

    def written(self, found: Monomial) -> Tree | None:
        above: list[Tree] = []
        below: list[Tree] = []
        atoms = sorted(found.powers.items(), key=lambda item: math.prod(item[0].shape))
        for atom, power in atoms:
            place = self.atom(atom)
            if place is None:
                return None
            (above if power > 0 else below).extend([place] * abs(power))
        if not above:
            return Literal.of(found.coefficient)
        tree = above[0]
        if found.coefficient == -1.0:
            tree = ("neg", tree)
        elif found.coefficient != 1.0:
            tree = ("mul", Literal.of(found.coefficient), tree)
        for place in above[1:]:
            tree = ("mul", place, tree)
        for place in below:
            tree = ("div", tree, place)
        return tree

    def atom(self, atom: Atom) -> Tree | None:
        """The place of a factor among the operands, in the shape that it has here."""
        axes = [k for k in atom.axes if k is not None]
        if axes != sorted(axes):
            return None
        own, have = atom.shape, atom.var.aval.shape
        while own and own[0] == 1 and len(own) > len(have):
            own = own[1:]
        operand: Operand = atom.var
        if own != have:
            operand = self.sweep.emit(Structural.of("reshape", shape=own), (operand,))
        return place_among(self.operands, operand)
