"""The formulas of a function and its derivatives, each the shortest of a few equal ones, proved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...program.dimensions import Dimensions
from ...program.program import Program
from .costs import operations
from .factoring import Factoring
from .gradients import gradient
from .naming import repeated
from .proving import UnprovedError, prove
from .reading import Reading, read
from .reductions import Algebra
from .substituting import replaced, with_density
from .terms import NoFormulaError, Term

_MOST_READ = 120
"""A function of more operations is not differentiated as a whole: it would not be read."""
_MOST_SHOWN = 400
_MOST_EQUAL = 4


class Formulas(NamedTuple):
    """What is shown of a function.

    Attributes:
        value: what it returns.
        gradients: by the names of the inputs.
        names: of parts that have one.
        reading: how it was read.
    """

    value: Term
    gradients: dict[str, Term]
    names: dict[Term, str]
    reading: Reading

    def operations(self) -> int:
        """Of the derivatives, and of what they are made with."""
        known = frozenset(self.names)
        count = sum(operations(t, known) for t in self.gradients.values())
        return count + sum(operations(t, known - {t}) for t in self.names)


def derive(
    name: str,
    primals: Sequence[Program],
    derived: Sequence[Program],
    wrt: Sequence[str],
    dimensions: Dimensions,
) -> Formulas:
    """The formulas of a function, given as programs at the sizes of `dimensions`.

    Args:
        name: what the function is called.
        primals: the function.
        derived: its value and derivatives with respect to `wrt`, to compare with.
        wrt: names of inputs.
        dimensions: the shapes, and the sizes of each program.

    Raises:
        NoFormulaError: it is not written as a formula.
        UnprovedError: a formula is not what the program computes.
    """
    reading = read(primals, dimensions)
    algebra, value = reading.algebra, reading.value
    if value.shape:
        raise NoFormulaError("the result is an array")
    if operations(value) > _MOST_READ:
        raise NoFormulaError("a large function")
    symmetric = {t.data for t in algebra.symmetric}
    if not symmetric.isdisjoint(wrt):
        raise NoFormulaError("a derivative by a symmetric matrix")
    free = name not in reading.inputs and name not in reading.outside
    own = algebra.name(name) if free else None
    try:
        raw = {k: gradient(algebra, value, reading.inputs[k]) for k in wrt}
        if any(operations(g) > _MOST_SHOWN for g in raw.values()):
            raise NoFormulaError("a large derivative")
        gradients = {k: _shortest(algebra, g, value, own) for k, g in raw.items()}
    except NotImplementedError as error:
        raise NoFormulaError("a division by zero") from error
    sizes = dimensions.sizes or [{}]
    shown = [value, *gradients.values()]
    bare = [replaced(algebra, t, own, value) for t in shown] if own is not None else shown
    if not prove(bare, derived, sizes, symmetric, reading.outside):
        raise NoFormulaError("no point where it could be proved")
    told = {t: k for t, k in reading.named.items() if t is not value and t.op != "name"}
    taken = [name, *reading.inputs, *reading.outside]
    names = repeated(list(gradients.values()), told, taken)
    return Formulas(value, gradients, names, reading)


def _is_worth_naming(value: Term) -> bool:
    """Whether the function's value is better known by its name where it occurs."""
    if operations(value) > 1:
        return True
    return any(t.shape for t in value.args)


def _shortest(algebra: Algebra, term: Term, value: Term, own: Term | None) -> Term:
    """Of a few ways to write a derivative, the one with the fewest operations."""
    plain = min(_ways(algebra, term), key=operations)
    if own is None:
        return plain
    named = min(_named(algebra, term, value, own), key=operations, default=plain)
    # A name has to be looked up: for one operation it is not worth it.
    least = 1 if _is_worth_naming(value) else 2
    return named if operations(named) <= operations(plain) - least else plain


def _ways(algebra: Algebra, term: Term) -> Iterable[Term]:
    yield Factoring(algebra).shortened(term)
    whole = algebra.expanded(term)
    if whole is not term:
        yield Factoring(algebra).shortened(whole)
    for pair in algebra.equal[:_MOST_EQUAL]:
        for old, new in (pair, pair[::-1]):
            other = replaced(algebra, term, old, new)
            if other is not term:
                yield Factoring(algebra).shortened(with_density(algebra, other))
    dense = with_density(algebra, term)
    if dense is not term:
        yield Factoring(algebra).shortened(dense)


def _named(algebra: Algebra, term: Term, value: Term, own: Term) -> Iterable[Term]:
    """The same with the function's own value by its name."""
    for form in (term, algebra.expanded(term), *_ways(algebra, term)):
        named = replaced(algebra, form, value, own)
        if named is not form:
            yield Factoring(algebra).shortened(named)


__all__ = ["Formulas", "NoFormulaError", "UnprovedError", "derive"]
