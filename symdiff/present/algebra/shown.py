"""Formulas as rows of text or LaTeX, with what is said below them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from .deriving import Formulas
from .layout import Layout
from .terms import Term
from .writing import Latex, Text, unit_name

_EXPLAINED = {
    "Phi": "Phi the standard normal distribution function",
    "phi": "phi the standard normal density",
}


class Rows(NamedTuple):
    """What is shown of a function.

    Attributes:
        value: its own formula.
        gradients: by input.
        where: parts that have a name.
        notes: what names mean that are not the user's.
    """

    value: str
    gradients: dict[str, str]
    where: list[tuple[str, str]]
    notes: list[str]


def rows(formulas: Formulas, latex: bool = False, lengths: Mapping[str, str] | None = None) -> Rows:
    """Formulas as text in NumPy's notation, or LaTeX.

    Args:
        formulas: of a function.
        latex: whether to write LaTeX.
        lengths: how lengths are written.
    """
    layout = Layout(formulas.names, formulas.reading.algebra.as_totals)
    writer: Text | Latex = Latex() if latex else Text(lengths)

    def text(term: Term) -> str:
        return writer.write(layout.node(term))

    gradients = {k: text(t) for k, t in formulas.gradients.items()}
    where = []
    for term, name in sorted(formulas.names.items(), key=lambda item: -item[0].serial):
        without = {t: n for t, n in formulas.names.items() if t is not term}
        own = Layout(without, layout.as_totals)
        where.append((name, writer.write(own.node(term))))
        layout.units |= own.units
        layout.used |= own.used
    bare = Layout({}, layout.as_totals)
    value = writer.write(bare.node(formulas.value))
    notes = [_EXPLAINED[name] for name in sorted(layout.used | bare.used) if name in _EXPLAINED]
    for place, n in sorted(layout.units, key=str):
        notes.append(f"{unit_name(place, n)} the unit vector that picks element [{place}]")
    return Rows(value, gradients, where, notes)


_OPERATORS = re.compile(r"\*\*|[-+*/@]|\.T\b|\b(?!len\()[A-Za-z_]\w*\(")


def count_operations(text: str) -> int:
    """How many operations a formula has, by its text: each operator and each call is one.

    >>> count_operations("2*X.T @ (X @ w - y)"), count_operations("exp(-x)/n")
    (5, 3)
    """
    return len(_OPERATORS.findall(re.sub(r"(?<=\d)e[+-](?=\d)", "e", text)))
