"""A refusal passes every handler of the user's code: what it falls back to is another function.

`try: y = solve(x) except Exception: y = 0.0` would otherwise give the gradient of the way out where
the function itself takes the way in. A refusal is raised again at once by the handlers of rewritten
code (`except`, `finally`), whatever a context manager says, and at the end of the trace where
somebody else has kept it: a future, a library's own `except`.
"""

from __future__ import annotations

import sys
from typing import Any

from ...errors import SymdiffError


def refusal_in(error: BaseException | None, outer: BaseException | None = None) -> Any:
    """The refusal that an exception is, holds or was raised because of; `None` without one.

    `outer` is what was being handled when the trace began, which is not of this trace.
    """
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        e = waiting.pop()
        if e is None or e is outer or id(e) in seen:
            continue
        seen.add(id(e))
        if isinstance(e, SymdiffError):
            return e
        if isinstance(e, BaseExceptionGroup):
            waiting += e.exceptions
        waiting += (e.__cause__, e.__context__)
    return None


class Unyielding:
    """A context manager whose `__exit__` is called, and does not decide about a refusal."""

    __slots__ = ("manager", "outer")

    def __init__(self, manager: Any, outer: BaseException | None) -> None:
        self.manager = manager
        self.outer = outer

    def __enter__(self) -> Any:
        return type(self.manager).__enter__(self.manager)

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> Any:
        result = type(self.manager).__exit__(self.manager, kind, error, traceback)
        return False if refusal_in(error, self.outer) is not None else result


def handled() -> BaseException | None:
    """The exception that is being handled here."""
    return sys.exc_info()[1]
