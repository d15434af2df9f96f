"""Names for what a formula repeats: the function's own value, the user's names, or a letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from .costs import operations
from .terms import Term, coefficient, exponents_of

_LETTERS = ("t", "s", "u", "v", "q")
_MOST = 3


def repeated(
    terms: Collection[Term], told: Mapping[Term, str], taken: Collection[str]
) -> dict[Term, str]:
    """Names for parts that are written more than once, where that is shorter.

    Args:
        terms: what is shown.
        told: the user's own names.
        taken: names that mean something else.
    """
    names: dict[Term, str] = {}
    for _ in range(_MOST):
        found = _best([*terms, *names], names, told)
        if found is None:
            break
        name = told.get(found)
        if name is None or name in taken or name in names.values():
            free = [k for k in _LETTERS if k not in taken and k not in names.values()]
            if not free:
                break
            name = free[0]
        names[found] = name
    return names


def _best(
    terms: Collection[Term], names: Mapping[Term, str], told: Mapping[Term, str]
) -> Term | None:
    counts: Counter[Term] = Counter()
    for term in terms:
        stack = [*term.args, *exponents_of(term)] if term in names else [term]
        while stack:
            t = stack.pop()
            counts[t] += 1
            if t not in names:
                stack += [*t.args, *exponents_of(t)]
    known = frozenset(names)
    best, most = None, 0
    for term, count in counts.items():
        cost = operations(term, known)
        worth = (count - 1) * cost - 1
        if count < 2 or term in names or cost < (1 if term in told else 2):
            continue
        if coefficient(term)[1] is not term and term not in told:
            continue
        if worth > most and worth > 1:
            best, most = term, worth
    return best
