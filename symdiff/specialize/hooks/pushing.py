"""Generators that are gone through by handing them the body of the loop (`rewriting/pushing.py`).

That is done where nobody else knows the generator, and it has not begun. The variables of the loop
that its body changes are cells then: a loop of the generator carries what they hold, as it does
with names of its own.
"""

from __future__ import annotations

import inspect
import sys
import weakref
from collections.abc import Callable
from types import FunctionType, GeneratorType
from typing import Any

from ...operations.runtime.pristine import PYTHON
from ..calls.sequences import is_integer
from ..recording.watching import Pushed
from ..rewriting.hook_calls import MARK

Emits = Callable[..., Any]


class Pushing:
    """The generators of one trace that have not begun."""

    def __init__(self, hooks: Any) -> None:
        self.hooks = hooks
        self.recorder = hooks.recorder
        self.made: dict[int, tuple[Any, FunctionType, Any, Any]] = {}
        self.emitters: dict[int, tuple[Any, FunctionType]] = {}

    def emits(self, function: FunctionType, emitter: FunctionType) -> None:
        """A generator function of the traced function's own, and what hands over its items."""
        emitter.__defaults__ = function.__defaults__
        emitter.__kwdefaults__ = function.__kwdefaults__
        self.emitters[id(function)] = (function, emitter)

    def _emitter(self, function: FunctionType) -> Emits | None:
        """What hands over the items of a generator function, if that only yields."""
        if MARK not in function.__globals__:
            emitter: Emits | None = self.hooks.calls.twin(function, True)
            return emitter
        known = self.emitters.get(id(function))
        return None if known is None else known[1]

    def note(self, function: FunctionType, result: Any, args: Any, kwargs: Any) -> Any:
        """What a call of a function has given: a generator, perhaps."""
        generates = function.__code__.co_flags & inspect.CO_GENERATOR
        if generates and type(result) is GeneratorType and self.recorder.runner is not None:
            self.made[id(result)] = (weakref.ref(result), function, args, kwargs)
        return result

    def pushes(self, value: Any, counting: Any = PYTHON.enumerate, start: Any = 0) -> bool:
        """Whether a generator is gone through by handing over the body of the loop."""
        known = self.made.get(id(value))
        if known is None or known[0]() is not value or self.recorder.catching:
            return False
        if counting is not PYTHON.enumerate or not is_integer(start):
            return False
        if sys.getrefcount(value) > _ALONE:
            return False
        unused = inspect.getgeneratorstate(value) == inspect.GEN_CREATED
        return unused and self._emitter(known[1]) is not None

    def push(self, generator: Any, body: FunctionType, names: tuple[str, ...]) -> Any:
        """Go through it; what the body has returned to end that, or `None`."""
        recorder = self.recorder
        _, function, args, kwargs = self.made.pop(id(generator))
        generator.close()
        cells = dict(zip(body.__code__.co_freevars, body.__closure__ or (), strict=True))
        pushed: list[Pushed] = recorder.pushed
        depth = len(pushed)
        pushed.append(Pushed({n: cells[n] for n in names}, cells))
        ended: list[Any] = [None]
        raised: list[Any] = []

        def emit(item: Any) -> bool:
            active = pushed[depth:]
            del pushed[depth:]
            try:
                ended[0] = body(item)
            except BaseException as error:
                raised.append(error)
                raise
            finally:
                pushed[depth:] = active
            return ended[0] is not None

        emitter = self._emitter(function)
        assert emitter is not None
        try:
            emitter(emit, *args, **kwargs)
        except StopIteration as error:
            if any(e is error for e in raised):
                raise
            raise RuntimeError("generator raised StopIteration") from error
        finally:
            del pushed[depth:]
        return ended[0]

    def offered(self) -> dict[str, Any]:
        """What rewritten code calls."""
        return {
            "pushes": self.pushes,
            "push": self.push,
            "emits": self.emits,
            "returned": lambda ended: ended is not None and ended[0] == "return",
            "returns": lambda ended: ended[1],
            "exhausted": lambda ended: ended is None,
        }


class _Counting:
    """Counts what holds a value as `Pushing.pushes` does."""

    def pushes(self, value: Any) -> int:
        return sys.getrefcount(value)


def _references_of_one(pushes: Callable[[Any], int]) -> int:
    held = iter(())
    return pushes(held)


_ALONE = _references_of_one(_Counting().pushes)
"""So many references there are to what one variable of the calling function holds."""
