"""What to assume in place of shapes that do not fit."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

from ...errors import SymdiffError
from ..misfits import ELEMENTWISE, Given, Misfit
from .candidate import Candidate, Label

_PRODUCTS = ("matmul", "dot")
_EXPECTED = re.compile(r"\(expected (\d+)(?:, got (\d+))?\)")
_MOST_CHOICES = 8
_LARGEST_RANK = 3
"""An unpacked shape has at most so many numbers."""

CAPITAL = re.compile(r"[A-Z]\d*(?:_\w+)?$")
"""The names that matrices have."""


def moves(candidate: Candidate, misfit: Misfit, sizes: Mapping[str, int]) -> list[Candidate]:
    """The next things to assume, the likeliest first."""
    labels: dict[int, Label] = {size: label for label, size in sizes.items()}
    if misfit.wanted:
        return _arrays(candidate, misfit.given[0])
    if not misfit.given:
        return _elsewhere(candidate, misfit, labels)
    found: list[Candidate] = []
    for one, other in _pairs(misfit):
        found += _unified(candidate, misfit.given, labels, one, other)
    names = frozenset().union(*[g.names for g in misfit.given])
    return [*found, *_each_raised(candidate, names)]


def _arrays(candidate: Candidate, wanted: Given) -> list[Candidate]:
    """An array where there is a number."""
    choices = []
    for names in wanted.made:
        able = [n for n in _by_likelihood(names) if candidate.may_be_raised(n)]
        if able:
            choices.append(able)
    numbers = [n for n in wanted.numbers if candidate.may_be_raised(n, 1)]
    with_numbers = candidate.all_raised(numbers)
    chosen = [set(c) for c in itertools.islice(itertools.product(*choices), _MOST_CHOICES)]
    found = [with_numbers.all_raised(names) for names in chosen if names]
    return [*found, with_numbers] if numbers else found


def _pairs(misfit: Misfit) -> list[tuple[int, int]]:
    """The lengths that may have to be the same."""
    shapes = [g.shape for g in misfit.given]
    arrays = [s for s in shapes if s]
    if misfit.operation in _PRODUCTS and len(arrays) == 2:
        left, right = arrays
        return [(left[-1], right[-2] if len(right) > 1 else right[0])]
    if misfit.operation == ELEMENTWISE:
        backwards = [tuple(reversed(s)) for s in arrays]
        return [
            (a[k], b[k])
            for a, b in itertools.combinations(backwards, 2)
            for k in range(min(len(a), len(b)))
            if a[k] != b[k] and 1 not in (a[k], b[k])
        ]
    if "square" in str(misfit.error):
        uneven = [s for s in arrays if len(s) > 1 and s[-1] != s[-2]]
        if uneven:
            return [(s[-2], s[-1]) for s in uneven]
    across = [p for a, b in itertools.combinations(arrays, 2) for p in itertools.product(a, b)]
    within = [p for s in arrays for p in itertools.combinations(s, 2)]
    return list(dict.fromkeys([p for p in (*across, *within) if p[0] != p[1]]))


def _unified(
    candidate: Candidate,
    given: Sequence[Given],
    labels: Mapping[int, Label],
    one: int,
    other: int,
) -> list[Candidate]:
    """With two lengths taken for the same, or what they are made of."""
    a, b = labels.get(one), labels.get(other)
    if a is not None and b is not None:
        tried: list[tuple[Label, Label]] = [(a, b)]
    elif a is None and b is None:
        tried = [
            (p, q)
            for p, q in itertools.product(
                _behind(candidate, given, one), _behind(candidate, given, other)
            )
        ]
    else:
        known, number = (a, other) if a is not None else (b, one)
        assert known is not None
        tried = [(known, number), *[(known, p) for p in _behind(candidate, given, number)]]
    found = [candidate.unified(p, q) for p, q in tried[:_MOST_CHOICES] if p != q]
    return [c for c in found if c is not None]


def _behind(candidate: Candidate, given: Sequence[Given], size: int) -> list[Label]:
    """The lengths that something of a length was made of."""
    names = [n for g in given if size in g.shape for n in sorted(g.names)]
    return list(dict.fromkeys([label for n in names for label in candidate.shapes.get(n, ())]))


def _elsewhere(
    candidate: Candidate, misfit: Misfit, labels: Mapping[int, Label]
) -> list[Candidate]:
    """What the function's own statements cannot do with the shapes they have met."""
    error = misfit.error
    if isinstance(error, SymdiffError | NameError | AttributeError | ImportError):
        return []
    arrays = [n for n, shape in candidate.shapes.items() if shape]
    found: list[Candidate] = []
    asked = _EXPECTED.search(str(error)) if isinstance(error, ValueError) else None
    if asked is not None:
        count, got = int(asked[1]), asked[2]
        if got is None or int(got) > _LARGEST_RANK:
            label = labels.get(int(got)) if got is not None else None
            longs = [label] if label is not None else list(labels.values())
            found += [c for c in (candidate.unified(p, count) for p in longs) if c is not None]
    return [*found, *_each_raised(candidate, arrays)]


def _each_raised(candidate: Candidate, names: Iterable[str]) -> list[Candidate]:
    able = [n for n in _by_likelihood(names) if candidate.may_be_raised(n)]
    return [candidate.raised(n) for n in able if candidate.shapes[n]]


def _by_likelihood(names: Iterable[str]) -> list[str]:
    """Those that have a matrix's name first."""
    return sorted(names, key=lambda name: (not CAPITAL.match(name), name))
