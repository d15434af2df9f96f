"""What to assume in place of shapes that do not fit."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

from ...errors import SymdiffError
from ..demands import NUMBER
from ..misfits import ELEMENTWISE, Given, Misfit
from .candidate import Candidate, Label
from .names import CAPITAL, DESIGN, VECTOR

_PRODUCTS = ("matmul", "dot")
_EXPECTED = re.compile(r"\(expected (\d+)(?:, got (\d+))?\)")
_MUST_BE = re.compile(r"must be (?:\d or )*(\d)\b")
_MOST_CHOICES = 8
_SOME_ALONE = 7.0
"""What it costs that of numbers which are combined to an array only one is one."""

_LARGEST_RANK = 3
"""An unpacked shape has at most so many numbers."""


def moves(candidate: Candidate, misfit: Misfit, sizes: Mapping[str, int]) -> list[Candidate]:
    """The next things to assume, the likeliest first."""
    labels: dict[int, Label] = {size: label for label, size in sizes.items()}
    if misfit.wanted:
        return _arrays(candidate, misfit.given[0])
    found = _counted(candidate, misfit, labels)
    if found:
        return found
    if not misfit.given:
        return _elsewhere(candidate, misfit)
    if not any(g.shape for g in misfit.given):
        numbers = [n for g in misfit.given for n in g.numbers if candidate.may_be_raised(n, 1)]
        return [candidate.all_raised(set(numbers))] if numbers else []
    pairs = _pairs(misfit)
    if misfit.operation in (*_PRODUCTS, ELEMENTWISE):
        whole = _all_unified(candidate, pairs, labels)
        if whole is not None:
            return [whole]
    for one, other in pairs:
        found += _unified(candidate, misfit.given, labels, one, other)
    names = dict.fromkeys([n for g in misfit.given for n in sorted(g.names)])
    return [*found, *_each_raised(candidate, names)]


def _arrays(candidate: Candidate, wanted: Given) -> list[Candidate]:
    """An array where there is a number."""
    choices = []
    for names in wanted.made:
        able = [n for n in _by_likelihood(names) if candidate.may_be_raised(n)]
        if able:
            choices.append(able)
    numbers = [n for n in wanted.numbers if candidate.may_be_raised(n, 1)]
    likely = [n for n in numbers if not NUMBER.match(n)] or numbers
    if any(map(CAPITAL.match, likely)):
        likely = [n for n in likely if CAPITAL.match(n) or VECTOR.match(n)]
    if any(DESIGN.match(name) for names in choices for name in names):
        likely = [n for n in likely if VECTOR.match(n)]
    with_numbers = candidate.all_raised(numbers)
    chosen = [sorted(set(c)) for c in itertools.islice(itertools.product(*choices), _MOST_CHOICES)]
    starts = [candidate.all_raised(likely)] if likely != numbers else []
    found = [c.all_raised(names) for c in (*starts, with_numbers) for names in chosen if names]
    if likely and likely != numbers:
        found.append(candidate.all_raised(likely))
    if numbers:
        found.append(with_numbers)
    if len(numbers) > 1:
        odd = candidate._replace(odd=candidate.odd + _SOME_ALONE)
        found += [odd.raised(name) for name in sorted(numbers)]
    return found


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


def _all_unified(
    candidate: Candidate, pairs: Sequence[tuple[int, int]], labels: Mapping[int, Label]
) -> Candidate | None:
    """With all of some pairs of lengths taken for the same, where that is all that is asked for."""
    now = dict(labels)
    whole: Candidate | None = None
    for one, other in pairs:
        a, b = now.get(one), now.get(other)
        if a is None or b is None:
            return None
        if a == b:
            continue
        whole = (whole or candidate).unified(a, b)
        if whole is None:
            return None
        kept, gone = (a, b) if a in whole.labels() else (b, a)
        now = {size: kept if label == gone else label for size, label in now.items()}
    return whole


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


def _counted(candidate: Candidate, misfit: Misfit, labels: Mapping[int, Label]) -> list[Candidate]:
    """As many elements as are asked for: `a, b = x`, or a vector in space."""
    if not isinstance(misfit.error, ValueError):
        return []
    said = str(misfit.error)
    names = {n for g in misfit.given if len(g.shape) == 1 for n in g.names}
    longs = [n for name in sorted(names) for n in candidate.shapes.get(name, ())]
    asked = _EXPECTED.search(said)
    if asked is not None:
        count, got = int(asked[1]), asked[2]
        if got is not None and int(got) <= _LARGEST_RANK:
            return []
        label = labels.get(int(got)) if got is not None else None
        known = [label] if label is not None else longs or list(labels.values())
        return [c for c in (candidate.unified(n, count) for n in known) if c is not None]
    wanted = _MUST_BE.search(said)
    if wanted is None:
        return []
    whole: Candidate | None = candidate
    for label in dict.fromkeys(longs):
        whole = whole.unified(label, int(wanted[1])) or whole if whole is not None else None
    return [whole] if whole is not None and longs else []


def _elsewhere(candidate: Candidate, misfit: Misfit) -> list[Candidate]:
    """What the function's own statements cannot do with the shapes they have met."""
    if isinstance(misfit.error, SymdiffError | NameError | AttributeError | ImportError):
        return []
    labels = candidate.labels()
    pairs = itertools.islice(itertools.combinations(labels, 2), _MOST_CHOICES)
    same = [candidate.unified(a, b) for a, b in pairs]
    able = [n for n in _by_likelihood(candidate.shapes) if candidate.may_be_raised(n)]
    return [*filter(None, same), *[candidate.raised(n) for n in able]]


def _each_raised(candidate: Candidate, names: Iterable[str]) -> list[Candidate]:
    able = [n for n in _by_likelihood(names) if candidate.may_be_raised(n)]
    return [candidate.raised(n) for n in able if candidate.shapes[n]]


def _by_likelihood(names: Iterable[str]) -> list[str]:
    """Those that have a matrix's name first."""
    return sorted(names, key=lambda name: not CAPITAL.match(name))
