"""What was differentiated by the mean of the sides of a kink, differentiated again by one of them.

A first derivative has the value that the means give, and its derivative is that of one side: where
a statement reads such a mean, it is written a second time with the side in its place, and that is
what is differentiated. What does not change with the number that has the kink, and moves all the
same, meets the mean: of `y*abs(x)`, whose slope at 0 is `y*0`, it is `y`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..operations.statements.known import without_gaps
from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Literal, Template, flatten
from ..program.program import Operand, Program, Statement, Var, bodies_of, one_of_each
from .activity import active_variables, is_zero
from .again import Again
from .directions import Directions

Tree = Any

_ONE_SIDE = {
    "sided": "along_side",
    "sided_one": "along_one",
    "tied": "tied_along",
    "shared": "shared_along",
}
_MEANS: dict[str, Callable[..., Tree]] = {
    "sided": lambda g, x, s: ("mul", g, ("sign", x)),
    "sided_one": lambda x, s: ("sign", x),
    "tied": lambda g, s: ("mul", g, Literal.of(0.5)),
    "shared": lambda g, mask, ties, s: ("where", mask, g, Literal.of(0.0)),
}
_VALUED = Template.of((0, 1, "valued"))
_FOLLOWED = (Template, Structural)


def has_choices(program: Program) -> bool:
    """Whether a slope in the program, or in a loop or branch, is that of a side."""
    return any(
        _choice(s) is not None or any(map(has_choices, bodies_of(s.operation)))
        for s in one_of_each(program)
    )


def with_choices(program: Program, wrt: Sequence[Var]) -> tuple[Program, frozenset[Var]]:
    """The program in which what was differentiated by means is differentiated by sides.

    Returns:
        The program, and what in it is computed twice.
    """
    again = _Choosing(program, wrt)
    for statement in program.statements:
        if statement.target not in again.ends and type(statement.operation) in _FOLLOWED:
            again.take(statement)
    return again.program(), frozenset(again.renamed)


class _Choosing(Again):
    """The statements that are written a second time, with one side in the place of means."""

    def __init__(self, program: Program, wrt: Sequence[Var]) -> None:
        super().__init__(program)
        self.ends = set(wrt)
        self.active = active_variables(program, wrt)
        self.sources = {var: 1 << k for k, var in enumerate(wrt)}  # what something depends on
        self.kinks: dict[Var, int] = {}  # what the kinks depend on that something has the mean of
        self.along: dict[Var, Operand] = {}  # of what has a mean, that with one side
        self.directions = Directions(self, self.ends)
        self.facing: Operand = 0.0  # see `operations/reductions/choices.py`

    def take(self, statement: Statement) -> None:
        target = statement.target
        assert target is not None
        self.span, self.hint = statement.span, target.name
        reads = [o for o in statement.operands if type(o) is Var]
        found = 0
        for operand in reads:
            found |= self.sources.get(operand, 0)
        if found:
            self.sources[target] = found
        choice = _choice(statement)
        if choice is not None:
            self.along[target] = choice(self, statement)
            self.kinks[target] = found
            return
        means = [o for o in reads if o in self.along]
        if not means:
            self.directions.take(statement)
            return
        self.kinks[target] = 0
        for operand in means:
            self.kinks[target] |= self.kinks[operand]
        one_side = self.on_one_side(statement)
        self.directions.take(self.statements[-1])
        self.along[target] = one_side
        if target not in self.active:
            return
        free = {
            o
            for o in reads
            if o in self.active
            and o not in self.along
            and not self.sources.get(o, 0) & self.kinks[target]
        }
        moving: Operand = one_side
        if free:
            by_mean = self._by_mean(statement, free)
            second = tuple(
                [self._still(o) if _is_among(o, free) else o for o in self._sided(statement)]
            )
            by_side = self.repeat(self._on_one_side(statement), second)
            moving = self.apply("add", by_mean, by_side)
            self.along[target] = self.elementwise(_VALUED, (one_side, moving))
            self.directions.take(self.statements[-1])
        self.renamed[target] = self.elementwise(_VALUED, (target, moving))

    def _by_mean(self, statement: Statement, free: set[Var]) -> Operand:
        """The statement with means that stay what they are, of which only what is free moves."""
        operation, target = statement.operation, statement.target
        assert target is not None
        operands = [o if _is_among(o, free) else self._still(o) for o in statement.operands]
        if isinstance(operation, Template) and not _MEANS.keys().isdisjoint(operation.code):
            code = flatten(_with_means(operation.tree))
            operation, operands = without_gaps(list(code), operands)
        elif operation.name == "chosen_extreme":
            operation, operands = COPY, operands[:1]
        return self.repeat(Statement(target, operation, (), statement.span), tuple(operands))

    def _sided(self, statement: Statement) -> list[Operand]:
        return [self.along.get(o, o) if type(o) is Var else o for o in statement.operands]

    def on_one_side(self, statement: Statement) -> Var:
        """The statement with one side in the place of means."""
        return self.repeat(self._on_one_side(statement), tuple(self._sided(statement)))

    def _on_one_side(self, statement: Statement) -> Statement:
        operation = statement.operation
        if isinstance(operation, Template) and not _ONE_SIDE.keys().isdisjoint(operation.code):
            code = tuple([_ONE_SIDE.get(t, t) if type(t) is str else t for t in operation.code])
            operation = Template.of(code)
        elif operation.name == "chosen_extreme":
            assert isinstance(operation, Structural)
            operation = Structural.of("taken_extreme", **operation.params)
        return Statement(statement.target, operation, statement.operands, statement.span)

    def _still(self, operand: Operand) -> Operand:
        return self.apply("detach", operand) if type(operand) is Var else operand

    def sided(self, operand: Operand) -> Operand:
        """An operand of a choice."""
        return self.along.get(operand, operand) if type(operand) is Var else operand


def _with_means(tree: Tree) -> Tree:
    if not isinstance(tree, tuple) or isinstance(tree, Literal):
        return tree
    children = [_with_means(child) for child in tree[1:]]
    mean = _MEANS.get(tree[0])
    return (tree[0], *children) if mean is None else mean(*children)


# -- choices

Choice = Callable[[_Choosing, Statement], Operand]


def _number(name: str) -> Choice:
    template = Template.of((0, 1, 2, 3, name))

    def choose(again: _Choosing, statement: Statement) -> Operand:
        x = again.sided(statement.operands[0])
        change, bend = again.directions.of(x)
        if not is_zero(change):
            again.facing = _kept_still(again.apply("facing", again.facing, x, change))
        return _kept_still(again.elementwise(template, (x, change, bend, again.facing), "side"))

    return choose


def _whole(name: str, k: int) -> Choice:
    def choose(again: _Choosing, statement: Statement) -> Operand:
        assert isinstance(statement.operation, Structural)
        x = again.sided(statement.operands[k])
        found = (*again.directions.of(x), again.facing)
        return _kept_still(again.apply(name, x, *found, **statement.operation.params))

    return choose


def _kept_still(operand: Operand) -> Operand:
    if type(operand) is Var:
        operand.still = True
    return operand


_OF_NUMBERS = {
    Template.of((0, "side")): _number("side_toward"),
    Template.of((0, "first_taken")): _number("first_toward"),
}
_OF_ARRAYS = {
    "first_extreme": _whole("extreme_toward", 0),
    "order_of": _whole("order_toward", 1),
    "place_of": _whole("place_toward", 1),
}


def _choice(statement: Statement) -> Choice | None:
    """How the side is found that a statement stands for; `None` for any other statement."""
    operation = statement.operation
    if type(operation) is Template:
        return _OF_NUMBERS.get(operation) if len(operation.code) == 2 else None
    return _OF_ARRAYS.get(operation.name)


def _is_among(operand: Operand, variables: set[Var]) -> bool:
    return type(operand) is Var and operand in variables
