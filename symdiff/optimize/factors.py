"""Factors that several products have in common, multiplied once: `x*(c/d)` for `c*x/d`.

The cotangent of a quotient goes to each operand of its numerator, over the same denominator; that
of a product of sums goes to each summand, times the other sums. Value numbering and
`common_parts.py` know what is the same to the last bit. Here factors change places, which changes
last bits alone as long as nothing leaves the range of floats: `c/d` may, where `c*x/d` does not. So
what is multiplied in another order is told, and compiled code asks for its size
(`compile/range_lines.py`).
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from dataclasses import field, replace
from typing import Any, NamedTuple

from ..operations.table.template import Template, flatten, is_node
from ..program.program import FLOAT, Keep, Operand, Program, Statement, Var, operand_aval
from ..records import dataclass
from .marks import CHOOSING
from .signs import with_differences
from .value_numbering import name_of

Tree = Any
Factor = tuple[int, int]
"""The number of a node, and whether it is multiplied (1) or divided by (-1)."""

Pair = tuple[Factor, Factor]

_PRODUCTS = frozenset({"mul", "div", "neg"})

_LEAST = 3
"""A pair of factors is to be found in so many products: its size has to be asked for."""

_MOST = 5000
"""Programs of more statements stay as they are."""


_MODERATE = 2.0**20


class Regrouped(NamedTuple):
    """A product or quotient that was computed in another order, and its operands, if known."""

    part: Var
    operands: tuple[Operand, ...]


def with_factors_shared(program: Program, seen: Collection[Var]) -> tuple[Program, list[Regrouped]]:
    """The program, in which factors that products have in common are multiplied once.

    Args:
        program: the program; bodies of loops and arms of branches stay as they are.
        seen: the values that stay what they are to the last bit.

    >>> from symdiff.operations.statements.builder import Builder
    >>> ops, (c, d, *many) = Builder(), [Var(n, FLOAT) for n in "cdxyz"]
    >>> over = Template.of((0, 1, "mul", 2, "div"))
    >>> program = Program("f", (), ops.statements, tuple([ops.emit(over, (c, v, d)) for v in many]))
    >>> found, regrouped = with_factors_shared(program, ())
    >>> print(*found.statements, sep="; ")
    part = c/d; t = part*x; t = part*y; t = part*z
    >>> regrouped
    [Regrouped(part=part, operands=(c, d))]
    """
    if len(program.statements) > _MOST:
        return program, []
    kept = {s.operands[0] for s in program.statements if type(s.operation) is Keep}
    graph = _Graph()
    for statement in program.statements:
        if _is_open(statement) and statement.target not in seen and statement.target not in kept:
            graph.take(statement)
    if not graph.share():
        return program, []
    statements: list[Statement] = []
    for statement in program.statements:
        statements += graph.written(statement)
    return with_differences(replace(program, statements=statements)), graph.regrouped


def _is_open(line: Statement) -> bool:
    """Whether a statement computes a float of floats, and nothing that a choice leaves out."""
    operation, target = line.operation, line.target
    if type(operation) is not Template or target is None or not _is_float(target):
        return False
    if _PRODUCTS.isdisjoint(operation.code) or not CHOOSING.isdisjoint(operation.code):
        return False
    return all(map(_is_float, line.operands))


def _is_float(operand: Operand) -> bool:
    aval = operand_aval(operand)
    return not aval.shape and aval.dtype == "float64"


@dataclass(slots=True)
class _Product:
    """Factors in the order in which they are multiplied, and whether the sign changes."""

    tree: Tree  # as it was written, with the numbers of nodes in the place of operands
    factors: list[Factor]
    negative: bool
    changed: bool = False


@dataclass(slots=True)
class _Graph:
    """The expressions of a program as one graph, of which each part is there once."""

    numbers: dict[Any, int] = field(default_factory=dict)
    nodes: list[Any] = field(default_factory=list)  # an operand, a number, a tree or a product
    products: list[int] = field(default_factory=list)
    roots: dict[int, int] = field(default_factory=dict)  # by the identity of the statement
    pairs: dict[int, Pair] = field(default_factory=dict)
    parts: dict[int, Var] = field(default_factory=dict)  # that have been written
    regrouped: list[Regrouped] = field(default_factory=list)

    # -- what there is

    def take(self, statement: Statement) -> None:
        operation = statement.operation
        assert isinstance(operation, Template)
        self.roots[id(statement)] = self.node(operation.tree, statement.operands)

    def node(self, tree: Tree, operands: tuple[Operand, ...]) -> int:
        """The number of an expression."""
        if type(tree) is int:
            return self.known(("operand", name_of(operands[tree])), _Leaf(operands[tree]))
        if not is_node(tree):
            return self.known(("number", tree), tree)
        if tree[0] in _PRODUCTS:
            factors: list[Factor] = []
            own, negative = self.factored(tree, operands, factors)
            k = self.known(("product", own), _Product(own, factors, negative))
            if k == len(self.nodes) - 1:
                self.products.append(k)
            return k
        own = (tree[0], *[self.node(part, operands) for part in tree[1:]])
        return self.known(own, own)

    def known(self, key: Any, node: Any) -> int:
        k = self.numbers.setdefault(key, len(self.nodes))
        if k == len(self.nodes):
            self.nodes.append(node)
        return k

    def factored(
        self, tree: Tree, operands: tuple[Operand, ...], factors: list[Factor]
    ) -> tuple[Tree, bool]:
        """A product of nodes, and its sign. A product that is divided by is one factor."""
        if not is_node(tree) or tree[0] not in _PRODUCTS:
            k = self.node(tree, operands)
            factors.append((k, 1))
            return k, False
        first, negative = self.factored(tree[1], operands, factors)
        if tree[0] == "neg":
            return ("neg", first), not negative
        if tree[0] == "mul":
            second, sign = self.factored(tree[2], operands, factors)
            return ("mul", first, second), negative != sign
        below = self.node(tree[2], operands)
        factors.append((below, -1))
        return ("div", first, below), negative

    # -- what is found several times

    def share(self) -> bool:
        """Take pairs of factors out of products, the most frequent first."""
        where: dict[Pair, set[int]] = {}
        for k in self.products:
            for pair in self.pairs_of(k):
                where.setdefault(pair, set()).add(k)
        order = {pair: n for n, pair in enumerate(where)}
        heap = [(-len(found), order[pair], pair) for pair, found in where.items()]
        heapq.heapify(heap)
        while heap:
            count, _, pair = heapq.heappop(heap)
            found = where[pair]
            if len(found) < _LEAST:
                continue
            if len(found) != -count:
                heapq.heappush(heap, (-len(found), order[pair], pair))
                continue
            part = len(self.nodes)
            self.nodes.append(None)
            self.pairs[part] = pair
            for k in sorted(found):
                for other in self.pairs_of(k):
                    where[other].discard(k)
                self.take_out(pair, part, self.nodes[k])
                for other in self.pairs_of(k):
                    where.setdefault(other, set()).add(k)
                    if other not in order:
                        order[other] = len(order)
                    heapq.heappush(heap, (-len(where[other]), order[other], other))
        return bool(self.pairs)

    @staticmethod
    def take_out(pair: Pair, part: int, product: _Product) -> None:
        factors = product.factors
        place = min(map(factors.index, pair))
        for factor in pair:
            factors.remove(factor)
        factors.insert(place, (part, 1))
        product.changed = True

    def pairs_of(self, k: int) -> list[Pair]:
        """The pairs of factors of a product, of which the first one at least is no divisor."""
        found: dict[Pair, None] = {}
        factors = sorted(self.nodes[k].factors, key=lambda f: (-f[1], f[0]))
        for n, one in enumerate(factors):
            for other in factors[n + 1 :]:
                numbers = not (self.is_value(one) or self.is_value(other))
                if one[1] > 0 and one[0] != other[0] and not numbers:
                    found[one, other] = None
        return list(found)

    def is_value(self, factor: Factor) -> bool:
        node = self.nodes[factor[0]]
        return type(node) is not _Leaf or type(node.operand) is Var

    # -- what becomes of it

    def written(self, statement: Statement) -> Iterator[Statement]:
        """A statement, behind those of the parts that it is the first to read."""
        root = self.roots.get(id(statement))
        own = None if root is None else self.part_alone(root)
        if own is not None and own not in self.parts:
            target = statement.target
            assert target is not None
            self.note(own, target, statement)
            yield statement
        elif root is not None:
            writing = _Writing(self, statement)
            tree = writing.tree(root)
            if writing.changed:
                yield from writing.before
                yield writing.statement(statement.target, tree)
            else:
                yield statement
        else:
            yield statement

    def part_alone(self, k: int) -> int | None:
        """The part that a product is, if it is nothing else."""
        product = self.nodes[k]
        if type(product) is not _Product or product.negative or len(product.factors) > 1:
            return None
        return product.factors[0][0] if product.factors[0][0] in self.pairs else None

    def note(self, k: int, var: Var, made: Statement) -> None:
        """Note the variable of a part, by the statement that computes it."""
        self.parts[k] = var
        (one, _), (other, _) = self.pairs[k]
        if not any(self.is_moderate(n) for n in (one, other)):
            leaves = [o for o in made.operands if type(o) is Var]
            self.regrouped.append(Regrouped(var, tuple(leaves) if len(leaves) == 2 else ()))

    def is_moderate(self, k: int) -> bool:
        """Whether a factor is a number that makes nothing much larger or smaller."""
        node = self.nodes[k]
        value: Any = node.operand if type(node) is _Leaf else getattr(node, "value", None)
        return type(value) in (int, float) and 1 / _MODERATE < abs(value) < _MODERATE


class _Leaf(NamedTuple):
    operand: Operand


@dataclass(slots=True)
class _Writing:
    """One statement that is written anew."""

    graph: _Graph
    line: Statement
    before: list[Statement] = field(default_factory=list)
    operands: list[Operand] = field(default_factory=list)
    places: dict[Any, int] = field(default_factory=dict)
    changed: bool = False

    def statement(self, target: Var | None, tree: Tree) -> Statement:
        return Statement(target, Template.of(flatten(tree)), tuple(self.operands), self.line.span)

    def place(self, operand: Operand) -> int:
        k = self.places.setdefault(name_of(operand), len(self.operands))
        if k == len(self.operands):
            self.operands.append(operand)
        return k

    def tree(self, k: int) -> Tree:
        node = self.graph.nodes[k]
        if type(node) is _Leaf:
            return self.place(node.operand)
        if type(node) is _Product:
            return self.product(node)
        if k in self.graph.pairs:
            self.changed = True
            return self.place(self.part(k))
        if is_node(node):
            return (node[0], *map(self.tree, node[1:]))
        return node

    def product(self, product: _Product) -> Tree:
        if not product.changed:
            return self.as_written(product.tree)
        found: Tree = None
        for k, power in product.factors:
            tree = self.tree(k)
            found = tree if found is None else ("mul" if power > 0 else "div", found, tree)
        return ("neg", found) if product.negative else found

    def as_written(self, tree: Tree) -> Tree:
        if type(tree) is int:
            return self.tree(tree)
        return (tree[0], *map(self.as_written, tree[1:]))

    def part(self, k: int) -> Var:
        """The variable of a part, which is written before the line if it has not been."""
        graph = self.graph
        found = graph.parts.get(k)
        if found is None:
            own = _Writing(graph, self.line)
            (one, _), (other, power) = graph.pairs[k]
            trees = [own.tree(one), own.tree(other)]
            found = Var("part", FLOAT)
            made = own.statement(found, ("mul" if power > 0 else "div", *trees))
            self.before += [*own.before, made]
            graph.note(k, found, made)
        return found
