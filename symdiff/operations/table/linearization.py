"""The linearization of a template: known already, kept on disk, or derived.

SymPy is imported for what nobody has derived before and what takes it: it is slow to load.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from typing import ParamSpec, TypeVar

from .kept import KEPT
from .lines import Linearization
from .template import Template

P = ParamSpec("P")
T = TypeVar("T")


class _Outermost(threading.local):
    """What ends with the outermost call in which templates are differentiated."""

    ends: ExitStack | None = None
    entered: bool = False


_outermost = _Outermost()


def symbolic(function: Callable[P, T]) -> Callable[P, T]:
    """Differentiate all templates met inside a function without SymPy's distribution of factors.

    SymPy empties its cache whenever this changes: once a program, rather than for each template.
    """

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:
        if _outermost.ends is not None:
            return function(*args, **kwargs)
        try:
            with ExitStack() as _outermost.ends:
                return function(*args, **kwargs)
        finally:
            _outermost.ends, _outermost.entered = None, False

    return inner


def linearization(
    template: Template, active: tuple[int, ...], whole: tuple[int, ...] = ()
) -> Linearization:
    """Value and partials with respect to the operands in `active`, with what they share.

    Made once for a template and a choice of operands. `whole` are the operands that hold bools or
    NumPy integers.

    Raises:
        UnsupportedError: an operation in it has no derivative rule.
    """
    key = (active, whole)
    known: Linearization | None = template.linearizations.get(key)
    if known is None:
        known = KEPT.find(template, active, whole)
        if known is None:
            known = _derived(template, active, whole)
            KEPT.add(template, active, whole, known)
        template.linearizations[key] = known
    return known


def _derived(template: Template, active: tuple[int, ...], whole: tuple[int, ...]) -> Linearization:
    from .linearize import linearize

    return linearize(template, active, whole, _before_sympy)


def _before_sympy() -> None:
    from .nodes import no_distribution

    if _outermost.ends is not None and not _outermost.entered:
        _outermost.ends.enter_context(no_distribution(False))
        _outermost.entered = True
