"""Which lengths are left free when a call differs from an earlier one in nothing but lengths.

The first trace is made for the lengths at hand. Where a later call has other lengths, the arrays
that have them are traced with a length that is free; those that have been as long as each other
both times are a group. What turns out to depend on a length is traced for each of them, as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

from ..errors import LengthError, LoopError
from ..program.acts import EffectLog
from ..program.lengths import AnyLength, place_of
from ..program.outside import Check
from ..program.sources import Argument, Cell, Fixed, Floats, Global
from ..safety.exclusive import TABLES
from ..safety.floating import errors_raise
from ..settings import get_rolling
from ..specialize.result import Specialization

_LOOKED_AT = 8
"""So many earlier traces are compared with a call."""

_LEAST = 2
"""Shorter arrays are traced as they are: an axis of length one may be one that is broadcast."""

_LONG = 16
"""What depends on a length where all are as long does so for good: short loops are unrolled."""

_ATTEMPTS = 3

_MOST_FREE = 16
"""With so many traces for all lengths of a function, it asks for more than they leave open."""


class Lengths:
    """What is known of the lengths of one function's arguments."""

    def __init__(self) -> None:
        self.attempts = _ATTEMPTS
        self.least = _LEAST
        self.tries = _ATTEMPTS  # with short arrays
        self.failed: list[Mapping[str, int]] = []

    def groups(
        self, known: Iterable[Specialization], values: Sequence[Any]
    ) -> tuple[dict[str, int], int] | None:
        """The arrays whose lengths are left free for a call, with their groups.

        The second result is the length of the shortest.
        """
        known = list(known)
        if self.attempts <= 0 or sum(bool(one.free) for one in known) >= _MOST_FREE:
            return None
        for k, one in enumerate(known):
            found = _differing(one, values, self.least)
            if found is not None and found[0] not in self.failed:
                return found
            if k >= _LOOKED_AT:
                break
        return None

    def fail(self, groups: Mapping[str, int], shortest: int) -> None:
        """Note that a trace for all lengths has turned out to depend on them.

        Args:
            groups: the arrays whose lengths were left free.
            shortest: how long they were, at least.
        """
        if shortest < _LONG:
            self.tries -= 1
            self.least = _LEAST if self.tries > 0 else _LONG
            return
        self.attempts -= 1
        self.failed.append(groups)


class _Leaf(Protocol):
    @property
    def specialization(self) -> Specialization: ...


Leaf = TypeVar("Leaf", bound=_Leaf)
Build = TypeVar("Build", contravariant=True)


class Tracing(Protocol[Leaf, Build]):
    """What is asked here of what holds the specializations of a function."""

    lengths: Lengths | None
    trace_count: int
    leaves: list[Leaf]
    links: dict[Any, Leaf]

    @property
    def rolls(self) -> bool: ...

    def trace(self, values: Sequence[Any], log: EffectLog) -> tuple[Leaf, bool]: ...

    def trace_free(
        self, values: Sequence[Any], log: EffectLog, free: Mapping[str, int] | None
    ) -> tuple[Leaf, bool]: ...

    def compiled(self, leaf: Leaf, variant: str, build: Build) -> Any: ...

    def drop(self, leaf: Leaf | None) -> None: ...


def fresh_leaf(
    tracing: Tracing[Leaf, Build],
    variant: str,
    build: Build,
    values: Sequence[Any],
    log: EffectLog,
) -> Leaf:
    """The specialization for a call by tracing: for all lengths, if they alone are new."""
    lengths, found = tracing.lengths, None
    if lengths is not None and tracing.rolls and get_rolling() and not errors_raise():
        with TABLES:
            known = [k.specialization for k in tracing.leaves]
        found = lengths.groups(known, values)
    if lengths is None or found is None:
        return tracing.trace(values, log)[0]
    leaf = None
    try:
        leaf, _ = tracing.trace_free(values, log, found[0])
        tracing.compiled(leaf, variant, build)
    except (LengthError, LoopError):
        tracing.trace_count -= 1  # it is not kept
        tracing.drop(leaf)
        log.release()
        log.rewind()
        leaf, _ = tracing.trace(values, log)  # which raises what the function itself raises
        lengths.fail(*found)
    return leaf


def fixed(tracing: Tracing[Any, Any], log: EffectLog) -> None:
    """Trace for each length by itself from here on: something depends on it after all."""
    tracing.lengths = None
    with TABLES:
        tracing.leaves = [k for k in tracing.leaves if not k.specialization.free]
        tracing.links.clear()
    log.release()
    log.rewind()


def _checks(one: Specialization) -> list[Check]:
    """The checks of what is read where it was before the call."""
    found = []
    for statement in one.program.statements:
        operation = statement.operation
        if type(operation) is Check and operation.kind == "signature":
            source: Any = operation.source
            while hasattr(source, "owner"):
                source = source.owner
            if isinstance(source, Argument | Global | Cell | Fixed):
                found.append(operation)
    return found


def _differing(
    one: Specialization, values: Sequence[Any], least: int
) -> tuple[dict[str, int], int] | None:
    """The arrays that are longer or shorter than in a trace, if nothing else is different."""
    keys: dict[str, tuple[Any, int]] = {}
    fixed: set[int] = set()
    for check in _checks(one):
        try:
            value = check.source.read(values)
        except Exception:
            return None
        expected = check.expected
        if not isinstance(expected, tuple):
            if type(value) is not expected:
                return None
            continue
        dtype, shape = expected
        if type(value) is not np.ndarray or value.dtype.str != dtype:
            return None
        if value.shape == shape:
            fixed.update(shape)
            continue
        if type(check.source) is Floats:
            return None
        if not shape or value.shape[1:] != shape[1:] or value.ndim != len(shape):
            return None
        if len(value) < least:
            return None
        length, *others = shape
        fixed.update(others)
        key = ("free", length.group) if isinstance(length, AnyLength) else length
        keys[place_of(check.source)] = (key, len(value))
    if not fixed.isdisjoint([n for _, n in keys.values()]):
        return None  # what is as long would be taken for one of them
    order = list(dict.fromkeys(keys.values()))
    groups = {place: order.index(key) for place, key in keys.items()}
    return (groups, min(n for _, n in order)) if groups else None
