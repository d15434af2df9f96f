"""Limits that a user may set."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_step_limit: ContextVar[int] = ContextVar("symdiff_step_limit", default=100_000)


def get_step_limit() -> int:
    """How many times one `while` loop may go round while a function is unrolled.

    One that stays a loop may go round two hundred times as often.
    """
    return _step_limit.get()


def set_step_limit(steps: int) -> None:
    """Set how many times one `while` loop may go round while a function is unrolled.

    Five times as many statements may be recorded in all, by loops of any kind.

    >>> set_step_limit(100_000)
    """
    _step_limit.set(_checked(steps, "step limit", "steps"))


@contextmanager
def step_limit(steps: int) -> Iterator[None]:
    """Set the step limit within a `with` block.

    >>> with step_limit(50):
    ...     get_step_limit()
    50
    """
    token = _step_limit.set(_checked(steps, "step limit", "steps"))
    try:
        yield
    finally:
        _step_limit.reset(token)


MEMORY_LIMIT: ContextVar[int] = ContextVar("symdiff_memory_limit", default=1 << 30)
"""What compiled code asks at every call: `get_memory_limit` is for users."""


def get_memory_limit() -> int:
    """How many bytes a loop may keep for its way back, before it keeps checkpoints instead."""
    return MEMORY_LIMIT.get()


def set_memory_limit(size: int) -> None:
    """Set how many bytes a loop may keep for its way back: 1 GiB if nobody sets it.

    The gradient of a loop keeps what its way back reads: about 32 bytes for a number in each
    iteration, and the array itself for an array. A loop that would keep more than the limit keeps
    only what it begins with every so many iterations, about `sqrt(2*n)` times in all, and makes the
    iterations between once more on its way back. The result is the same to the last bit.

    >>> set_memory_limit(2**30)
    """
    MEMORY_LIMIT.set(_checked(size, "memory limit", "bytes"))


@contextmanager
def memory_limit(size: int) -> Iterator[None]:
    """Set the memory that a loop may keep for its way back within a `with` block.

    >>> with memory_limit(2**20):
    ...     get_memory_limit()
    1048576
    """
    token = MEMORY_LIMIT.set(_checked(size, "memory limit", "bytes"))
    try:
        yield
    finally:
        MEMORY_LIMIT.reset(token)


def _checked(limit: int, name: str, unit: str) -> int:
    if isinstance(limit, bool) or not isinstance(limit, numbers.Real):
        raise TypeError(f"the {name} must be a number of {unit}, such as 2**20, not {limit!r}")
    if not 1 <= limit < math.inf:
        raise ValueError(f"the {name} must be at least 1, and finite: not {limit!r}")
    return int(limit)


_rolling: ContextVar[bool] = ContextVar("symdiff_rolling", default=True)


def get_rolling() -> bool:
    """Whether loops may stay loops: private, so that tests can compare both ways."""
    return _rolling.get()


@contextmanager
def rolling(whether: bool) -> Iterator[None]:
    """Let loops stay loops, or unroll them all, within a `with` block."""
    token = _rolling.set(whether)
    try:
        yield
    finally:
        _rolling.reset(token)
