"""What a compiled function does when something it was made for no longer holds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from ..safety.exclusive import restoring

P = ParamSpec("P")
T = TypeVar("T")


class GuardMiss(Exception):
    """Guard number `position` found `outcome` instead of what the specialization assumed."""

    def __init__(self, position: int, outcome: Any) -> None:
        super().__init__(position, outcome)
        self.position = position
        self.outcome = outcome


class BeyondMemory(GuardMiss):
    """A loop would stack more than the user allows; see `optimize/checkpoints.py`."""

    def __init__(self) -> None:
        super().__init__(-1, None)


def within(count: int | None, room: int) -> int:
    """The number of iterations, if all of them may be stacked.

    Raises:
        BeyondMemory: they may not.
    """
    if count is None or count > room:
        raise BeyondMemory
    return max(count, 0)


def beyond() -> None:
    """Raise `BeyondMemory`."""
    raise BeyondMemory


_state = threading.local()


def guards_ignored(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a compiled function along its own path whatever its guards say.

    For inputs just traced: the trace decided by the user's own functions, and where a value lies
    within rounding of a threshold the compiled function may decide otherwise.
    """
    return _with_guards(True, function, *args, **kwargs)


def guards_heeded(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a compiled function whose guards end a loop, wherever it is called from."""
    return _with_guards(False, function, *args, **kwargs)


def _with_guards(ignored: bool, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    before = getattr(_state, "ignored", False)

    def restore() -> None:
        _state.ignored = before

    def run() -> T:
        _state.ignored = ignored
        return function(*args, **kwargs)

    return restoring(restore, run)


def ignored() -> bool:
    """Whether guards are ignored here."""
    return bool(getattr(_state, "ignored", False))


def miss(position: int, outcome: Any) -> bool:
    """Raise `GuardMiss`, unless guards are ignored."""
    if ignored():
        return True
    raise GuardMiss(position, outcome)


def unfit() -> None:
    """Raise `GuardMiss` for what is no matter of the path: arguments that are missing, say."""
    raise GuardMiss(-1, None)


def raises(function: Any, *args: Any) -> bool:
    """Whether a call raises, as it did when the specialization was made."""
    try:
        function(*args)
    except Exception:
        return True
    return False
