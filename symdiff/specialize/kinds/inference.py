"""Find the simplest shapes of parameters without values with which a function can be traced.

All parameters are numbers at first. What a trace fails at tells what to assume instead: an array
for a number, two lengths that are the same, a matrix for a vector. What has the fewest axes is
tried first. Lengths that need not be the same have sizes that differ, so whatever can be traced
holds for all lengths; a second trace with other sizes shows what depends on them.
"""

from __future__ import annotations

import heapq
import itertools
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ...errors import ConcreteValueError, StepLimitError, SymdiffError
from ...program.dimensions import Dimensions
from ...records import dataclass
from ...source.shapes import Lengths
from ..misfits import Misfit
from ..paths import Path, enumerate_paths, symbols_of
from .alike import are_alike, are_same_at
from .candidate import Candidate, Shape, is_free, named
from .moves import moves
from .names import CAPITAL
from .sizes import far_sizes, near_sizes, numbers_of, pairs_for
from .wishes import wishes

_MOST_TRACES = 120
_MOST_MORE = 30
"""The most traces that are made to find something simpler than what could be traced."""

_SECONDS = 1.5
_UNLIKELY = 10.0
"""What it costs that the result is not one number."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a function's parameters are, and the ways through it at two choices of sizes.

    Attributes:
        dimensions: the shapes in symbols, and the sizes that these have in each variant.
        variants: the ways through the function, with each choice.
        alike: whether the same is computed whatever the lengths are.
    """

    dimensions: Dimensions
    variants: tuple[list[Path], list[Path]]
    alike: bool

    def gives_numbers(self) -> bool:
        """Whether the result is one number on all ways."""
        return all(len(o) == 1 and not o[0].shape for o in _results(self.variants[0]))


@dataclass(slots=True)
class _Search:
    function: Callable[..., Any]
    at: Mapping[str, Any]
    limit: int
    numbers: set[int]
    traces: int
    until: float
    most: int = _MOST_TRACES

    def trace(self, candidate: Candidate, sizes: Mapping[str, int]) -> list[Path]:
        self.traces += 1
        return enumerate_paths(self.function, dict(self.at), self.limit, shapes=candidate.at(sizes))

    def is_over(self) -> bool:
        return self.traces >= self.most or time.process_time() > self.until


def _labelled(told: Mapping[str, Lengths]) -> dict[str, Shape]:
    """Shapes that were told, with a label for each length of which nothing was said."""
    names = (f"?told{k}" for k in itertools.count())
    return {
        name: tuple([next(names) if n is None else n for n in shape])
        for name, shape in told.items()
    }


_AT_ITS_COST = float("inf")

_Waiting = tuple[float, int, Candidate, list[Path] | None]
"""What it costs, a number of its own, what is assumed, and the ways found if it was traced."""


def infer(
    function: Callable[..., Any],
    at: Mapping[str, Any] | None = None,
    limit: int = 64,
    told: Mapping[str, Lengths] | None = None,
    arrays: Collection[str] = (),
) -> Reading | None:
    """The simplest reading of a function's parameters that have no value; `None` if none is found.

    Args:
        function: a Python function.
        at: values of parameters.
        limit: the most ways to follow.
        told: the shapes of parameters that are known; a length may be `None`.
        arrays: the parameters that are known to be arrays.

    >>> def f(w, X, y, lam):
    ...     r = X @ w - y
    ...     return r @ r + lam * w @ w
    >>> infer(f).dimensions.text()
    'with w of length n, X m×n, y of length m'
    """
    known = _labelled(told or {})
    names = symbols_of(function, at or {})
    numbers = numbers_of(function)
    search = _Search(function, at or {}, limit, numbers, 0, time.process_time() + _SECONDS)
    start = Candidate({n: known.get(n, ()) for n in names}, frozenset(known))
    start = start.all_raised([n for n in arrays if start.may_be_raised(n, 1)])
    pairs = pairs_for(numbers | {n for s in known.values() for n in s if isinstance(n, int)})
    order = itertools.count()
    waiting: list[_Waiting] = []
    seen = set()

    def add(candidates: Sequence[Candidate], soon: float = _AT_ITS_COST) -> None:
        for k, candidate in enumerate(candidates):
            key = candidate.key()
            if key not in seen and len(candidate.labels()) <= len(pairs):
                seen.add(key)
                cost = min(_cost(candidate) + 0.01 * k, soon)
                heapq.heappush(waiting, (cost, next(order), candidate, None))

    add([start])
    while waiting and not search.is_over():
        when, _, candidate, paths = heapq.heappop(waiting)
        plain = _cost(candidate)
        sizes = candidate.sizes([first for first, _ in pairs])
        if paths is not None:
            reading = _confirmed(search, candidate, paths, pairs)
            if reading is not None:
                return reading
            continue
        try:
            paths = search.trace(candidate, sizes)
        except Misfit as misfit:
            add(moves(candidate, misfit, sizes), when if when < plain else _AT_ITS_COST)
            continue
        except StepLimitError:
            if not candidate.labels():
                return None
            return Reading(_dimensions(candidate, pairs), ([], []), alike=False)
        except SymdiffError:
            continue
        wanted = wishes(paths)
        cost = plain + sum(wish.cost for wish in wanted)
        if any(len(o) != 1 or o[0].shape for o in _results(paths)):
            cost += _UNLIKELY
        heapq.heappush(waiting, (cost, next(order), candidate, paths))
        search.most = min(search.most, search.traces + _MOST_MORE)
        able = [[n for n in wish.names if candidate.may_be_raised(n)] for wish in wanted]
        add([candidate.all_raised({names[0] for names in able if names})], soon=plain)
        add([candidate.raised(n) for names in able for n in names])
    return _best_found(search, waiting, pairs)


def _best_found(
    search: _Search, waiting: Sequence[_Waiting], pairs: Sequence[tuple[int, int]]
) -> Reading | None:
    """What could be traced, though something simpler was not yet tried that looked likelier."""
    for _, _, candidate, paths in sorted(waiting, key=lambda w: w[:2]):
        if paths is not None:
            reading = _confirmed(search, candidate, paths, pairs)
            if reading is not None:
                return reading
    return None


def _cost(candidate: Candidate) -> float:
    lower = [n for n, s in candidate.shapes.items() if len(s) > 1 and not CAPITAL.match(n)]
    known = [n for shape in candidate.shapes.values() for n in shape if isinstance(n, int)]
    few = 0.08 * len(candidate.labels())  # that lengths are the same is assumed only where it must
    return candidate.odd + candidate.axes() + 0.1 * len(lower) + 0.3 * len(known) - few


def _results(paths: Sequence[Path]) -> list[list[Any]]:
    from ...program.program import operand_aval

    return [[operand_aval(o) for o in p.program.outputs] for p in paths if p.raised is None]


def _confirmed(
    search: _Search, candidate: Candidate, paths: list[Path], pairs: Sequence[tuple[int, int]]
) -> Reading | None:
    """A reading of a candidate that can be traced, if that is so at other sizes too."""
    second = candidate.sizes([p for _, p in pairs])
    try:
        others = search.trace(candidate, second)
    except SymdiffError:
        return None
    alike = are_alike(paths, others) and _holds_far(search, candidate, paths, others)
    return Reading(_dimensions(candidate, pairs), (paths, others), alike)


def _dimensions(candidate: Candidate, pairs: Sequence[tuple[int, int]]) -> Dimensions:
    shapes = named(candidate.shapes, candidate.shapes)
    names = {
        old: new
        for was, now in zip(candidate.shapes.values(), shapes.values(), strict=True)
        for old, new in zip(was, now, strict=True)
        if isinstance(old, str) and isinstance(new, str)
    }
    variants = [candidate.sizes(numbers) for numbers in zip(*pairs, strict=True)]
    sizes = [{names[label]: n for label, n in s.items()} for s in variants]
    return Dimensions(shapes, sizes)


def _holds_far(
    search: _Search, candidate: Candidate, paths: Sequence[Path], others: Sequence[Path]
) -> bool:
    """Whether the same is computed where lengths are much larger, or as small as may be.

    The function may decide by a length. That it cannot be traced with arrays so small is no such
    decision.
    """
    count = len(candidate.labels())
    if not count:
        return True
    near = near_sizes(search.numbers, count)
    for sizes in (far_sizes(search.numbers, count), near):
        if sizes is None:
            return False
        try:
            there = search.trace(candidate, candidate.sizes(sizes))
        except SymdiffError:
            if sizes is near:
                continue
            return False
        if not are_alike(paths, there) or not are_same_at(paths, others, there):
            return False
    return True


def refuse(
    function: Callable[..., Any],
    at: Mapping[str, Any],
    limit: int,
    told: Mapping[str, Lengths],
) -> ConcreteValueError:
    """What is wrong with shapes that were told: it is said of them, and of no size."""
    names = symbols_of(function, at)
    known = _labelled(told)
    candidate = Candidate({n: known.get(n, ()) for n in names}, frozenset(known))
    numbers = numbers_of(function)
    search = _Search(function, at, limit, numbers, 0, float("inf"))
    pairs = pairs_for(numbers)
    sizes = candidate.sizes([first for first, _ in pairs])
    where, why = None, ""
    try:
        search.trace(candidate, sizes)
    except SymdiffError as error:
        labels = {str(size): label for label, size in sizes.items() if not is_free(label)}
        where, said = error.where, str(getattr(error, "what", error))
        why = re.sub(r"\b\d+\b", lambda found: labels.get(found[0], found[0]), said)
    text = Dimensions(known, [sizes]).text()
    return ConcreteValueError(
        f"the function cannot be followed {text}",
        where=where,
        why=why,
        remedy="leave out the shapes, or give values",
    )
