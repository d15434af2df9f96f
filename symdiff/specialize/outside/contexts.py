"""`with`: the context managers that users write are followed like any other code."""

from __future__ import annotations

import contextlib
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import an
from ...program.acts import Held, Released
from ..rewriting.refusals import Unyielding, refusal_in
from .effects import LOCKS
from .writes import changes

if TYPE_CHECKING:
    from .parts import Hooks


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
        if refusal_in(error[1], self.hooks.recorder.outer) is not None:
            return False
        result = self.hooks.calls.call(self.site, self.exit, self.manager, *error)
        return self.hooks.test(result, self.site)


class Outside:
    """A context manager from outside, or one that acts: entered and left in every run."""

    def __init__(self, hooks: Hooks, manager: Any, site: int) -> None:
        self.hooks = hooks
        self.manager = manager
        self.site = site

    def __enter__(self) -> Any:
        self.hooks.recorder.site = self.site
        effects = self.hooks.calls.effects
        if isinstance(self.manager, LOCKS):
            if not self.hooks.recorder.harmless_only:
                effects.call(Held, (self.manager,), {})
            return True
        result = effects.call(self.manager.__enter__, (), {})
        if result is not self.manager and isinstance(result, list | dict):
            self.hooks.recorder.refuse(
                f"{an(type(result).__name__)} that {an(type(self.manager).__name__)} fills",
                why="symdiff cannot tell when it changes",
                remedy="leave the `as`, or collect what is wanted outside the function",
            )
        return result

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> Any:
        if isinstance(self.manager, LOCKS):
            if refusal_in(error, self.hooks.recorder.outer) is None:
                self._leave_lock()
            return False
        if refusal_in(error, self.hooks.recorder.outer) is not None:
            self.hooks.recorder.log.release()  # the trace is over, and leaving may want a lock
            self.manager.__exit__(kind, error, traceback)
            return False
        self.hooks.recorder.site = self.site
        result = self.hooks.calls.effects.call(self.manager.__exit__, (kind, error, None), {})
        return self.hooks.test(result, self.site)

    def _leave_lock(self) -> None:
        """Let go of a lock, or hold it until what the function has changed is written."""
        effects = self.hooks.calls.effects
        if next(changes(self.hooks.reader), None) is None:
            self.hooks.recorder.site = self.site
            effects.call(Released, (self.manager,), {})
        else:
            effects.held.append(self.manager)


class Closing:
    """`contextlib.closing(thing)`: its `close` is a call like any other."""

    def __init__(self, hooks: Hooks, thing: Any) -> None:
        self.hooks = hooks
        self.thing = thing

    def __enter__(self) -> Any:
        return self.thing

    def __exit__(self, *error: object) -> None:
        site = self.hooks.recorder.site
        close = self.hooks.attributes.get(self.thing, "close", site)
        self.hooks.calls.call(site, close)


def entered(hooks: Hooks, manager: Any, site: int) -> Any:
    """What a `with` statement is to enter in the place of a context manager."""
    enter = getattr(type(manager), "__enter__", None)
    if isinstance(manager, Closing):
        return manager
    if isinstance(enter, FunctionType) and not hooks.is_library_code(enter):
        return Followed(hooks, manager, site)
    if hooks.reader.is_outside(manager):
        return Outside(hooks, manager, site)
    if hasattr(type(manager), "__exit__") and enter is not None:
        return Unyielding(manager, hooks.recorder.outer)
    return manager


class Quiet:
    """A manager that goes by the name of one which does nothing, and most often is one.

    If it is another, it is entered and left as any is, and may catch what is raised.
    """

    def __init__(self, hooks: Hooks, manager: Any, site: int) -> None:
        self.recorder = hooks.recorder
        quiet = type(manager) in (np.errstate, contextlib.nullcontext)
        self.catches = not quiet or hooks.reader.is_outside(manager)
        self.inner = entered(hooks, manager, site) if self.catches else manager

    def __enter__(self) -> Any:
        if self.catches and self.recorder.watches:
            self.recorder.impure("a context manager in a loop")
        result = self.inner.__enter__()
        if not self.catches and not _QUIETLY.issuperset(np.geterr().values()):
            self.catches = True
            if self.recorder.watches:
                self.recorder.impure("an error state that raises in a loop")
        self.recorder.catching += self.catches
        self.recorder.swallowing += self.catches
        return result

    def __exit__(self, *error: Any) -> Any:
        try:
            return self.inner.__exit__(*error)
        finally:
            self.recorder.catching -= self.catches
            self.recorder.swallowing -= self.catches


_QUIETLY = frozenset({"ignore", "warn"})
"""What NumPy does about errors that nobody else learns of."""


def enter_context(hooks: Hooks, stack: contextlib.ExitStack, manager: Any) -> Any:
    """`stack.enter_context(manager)`: the manager is followed when it is left, too."""
    return stack.enter_context(entered(hooks, manager, hooks.recorder.site))


def push(hooks: Hooks, stack: contextlib.ExitStack, leave: Any) -> Any:
    """`stack.push(leave)`, of a manager that has been entered or of a function."""
    site = hooks.recorder.site
    if hasattr(type(leave), "__exit__"):
        stack.push(entered(hooks, leave, site))
    else:
        outer = hooks.recorder.outer

        def left(*error: Any) -> Any:
            result = hooks.test(hooks.calls.call(site, leave, *error), site)
            return False if refusal_in(error[1], outer) is not None else result

        stack.push(left)
    return leave


def callback(
    hooks: Hooks, stack: contextlib.ExitStack, function: Any, /, *args: Any, **kwargs: Any
) -> Any:
    """`stack.callback(function, ...)`."""
    site = hooks.recorder.site
    stack.callback(lambda: hooks.calls.call(site, function, *args, **kwargs))
    return function


def generator_manager(generator: Any) -> Any:
    """The context manager of a generator that is traced already."""
    return contextlib.contextmanager(lambda: generator)()
