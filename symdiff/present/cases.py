"""Cases to be read from the top, of ways through a function with all their decisions."""

from __future__ import annotations

from collections.abc import Iterable

from .implication import implied
from .text import (
    Case,
    Condition,
)


def cases_of(ways: Iterable[Case]) -> list[Case]:
    """Cases to be read from the top: the first whose conditions hold is meant.

    Where both outcomes of a decision give the same expression, or earlier decisions leave it only
    one, the decision is left out; where the cases before it cover one outcome, the other is not
    stated.

    >>> from symdiff.present.expressions import symbol
    >>> x = symbol("x")
    >>> cases_of([([(x > 0, True)], x), ([(x > 0, False), (x > -1, True)], -x),
    ...           ([(x > 0, False), (x > -1, False)], x - x)])
    [([(x > 0, True)], x), ([(x > -1, True)], -x), ([], 0)]
    """
    return _decide(list(ways))[0]


def _decide(ways: list[Case], facts: tuple[Condition, ...] = ()) -> tuple[list[Case], bool]:
    """The cases given earlier decisions, and whether one of them always holds."""
    if not ways:
        return [], False
    for conditions_left, expr in ways:
        if not conditions_left:
            return [([], expr)], True
    test = ways[0][0][0][0]
    yes = [(c[1:], e) for c, e in ways if c[0][0] == test and c[0][1]]
    no = [(c[1:], e) for c, e in ways if c[0][0] == test and not c[0][1]]
    other = [(c, e) for c, e in ways if c[0][0] != test]
    outcome = implied(facts, test)
    if outcome is not None and not other:
        return _decide(yes if outcome else no, facts)
    if_so, always_so = _decide(yes, (*facts, (test, True)))
    if_not, always_not = _decide(no, (*facts, (test, False)))
    if always_so and always_not and len(if_so) == len(if_not) == 1 and if_so[0] == if_not[0]:
        return if_so, True
    cases: list[Case] = [([(test, True), *c], e) for c, e in if_so]
    cases += if_not if always_so else [([(test, False), *c], e) for c, e in if_not]
    return [*cases, *_decide(other, facts)[0]], always_so and always_not
