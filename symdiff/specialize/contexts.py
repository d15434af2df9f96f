"""`with`: the context managers that users write are followed like any other code."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from .reads import is_library

if TYPE_CHECKING:
    from .hooks import Hooks


@contextlib.contextmanager
def _example() -> Any:
    yield


_one_shot = type(_example())
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


ACTING = (contextlib.redirect_stdout, contextlib.redirect_stderr, warnings.catch_warnings)
"""Context managers that change the world while they are entered; each run makes its own."""


class Acting:
    """A context manager that acts on the world: entered and left once in every run.

    Such a manager (a lock, a redirection) lets every exception pass.
    """

    def __init__(self, hooks: Hooks, manager: Any) -> None:
        self.effects = hooks.calls.effects
        self.manager = manager

    def __enter__(self) -> Any:
        result = self.effects.call(self.manager.__enter__, (), {})
        return self.manager if result is self.manager else result

    def __exit__(self, *error: object) -> None:
        self.effects.call(self.manager.__exit__, (None, None, None), {})


def on_stack(hooks: Hooks, name: str, args: Sequence[Any], site: int) -> Sequence[Any]:
    """The arguments of a method of an `ExitStack`: what it will enter or call is followed."""
    if name == "enter_context":
        return [entered(hooks, args[0], site), *args[1:]]
    first = args[0]
    if name == "push" and not isinstance(first, FunctionType | MethodType):
        return [entered(hooks, first, site), *args[1:]]
    return [lambda *a, **k: hooks.calls.call(site, first, *a, **k), *args[1:]]


def entered(hooks: Hooks, manager: Any, site: int) -> Any:
    """What a `with` statement is to enter in the place of a context manager."""
    enter = getattr(type(manager), "__enter__", None)
    if isinstance(enter, FunctionType) and not hooks.is_library_code(enter):
        return Followed(hooks, manager, site)
    if hooks.reader.is_outside(manager):
        kind: Any = type(manager)
        if is_library(kind) and kind is not _one_shot and hasattr(kind, "__enter__"):
            return Acting(hooks, manager)
        hooks.calls.refuse_outside(manager, "`with`")
    return manager


def generator_manager(generator: Any) -> Any:
    """The context manager of a generator that is traced already."""
    return contextlib.contextmanager(lambda: generator)()
