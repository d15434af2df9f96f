"""`with`: the context managers that users write are followed like any other code."""

from __future__ import annotations

import contextlib
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .hooks import Hooks


@contextlib.contextmanager
def _example() -> Any:
    yield


GENERATOR_MANAGER = _example.__code__
"""The code of what `contextlib.contextmanager` makes."""


class Followed:
    """A context manager in whose place `__enter__` and `__exit__` are followed."""

    def __init__(self, hooks: Hooks, manager: Any, site: int) -> None:
        self.hooks = hooks
        self.manager = manager
        self.site = site
        kind = type(manager)
        self.enter = hooks.attributes.special(kind, "__enter__")
        self.exit = hooks.attributes.special(kind, "__exit__")

    def __enter__(self) -> Any:
        return self.hooks.calls.call(self.site, self.enter, self.manager)

    def __exit__(self, *error: Any) -> Any:
        result = self.hooks.calls.call(self.site, self.exit, self.manager, *error)
        return self.hooks.test(result, self.site)


def entered(hooks: Hooks, manager: Any, site: int) -> Any:
    """What a `with` statement is to enter in the place of a context manager."""
    enter = getattr(type(manager), "__enter__", None)
    if isinstance(enter, FunctionType) and not hooks.is_library_code(enter):
        return Followed(hooks, manager, site)
    if hooks.reader.is_outside(manager):
        hooks.calls.refuse_outside(manager, "`with`")
    return manager


def generator_manager(generator: Any) -> Any:
    """The context manager of a generator that is traced already."""
    return contextlib.contextmanager(lambda: generator)()
