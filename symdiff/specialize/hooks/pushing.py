"""Generators that are gone through by handing them the body of the loop (`rewriting/pushing.py`).

That is done where nobody else knows the generator, and it has not begun. The variables of the loop
that its body changes are cells then: a loop of the generator carries what they hold, as it does
with names of its own.
"""

from __future__ import annotations

import functools
import inspect
import sys
import weakref
from collections.abc import Callable, Sequence
from types import FunctionType, GeneratorType
from typing import Any

from ...operations.runtime.pristine import PYTHON
from ..calls.sequences import Items, Places, applies, is_integer, items_of
from ..recording.pushed import Pushed
from ..recording.tracer import Tracer
from ..rewriting.hook_calls import MARK

Emits = Callable[..., Any]


class Pushing:
    """The generators of one trace that have not begun."""

    def __init__(self, hooks: Any) -> None:
        self.hooks = hooks
        self.recorder = hooks.recorder
        self.fresh: set[int] = set()  # what nobody but an expression or one name holds
        self.given: dict[int, str] = {}  # to functions, by their names
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
            self.fresh.discard(id(result))
            self.given.pop(id(result), None)
        return result

    def _known(self, value: Any) -> bool:
        known = self.made.get(id(value))
        return known is not None and known[0]() is value

    def sole(self, value: Any) -> Any:
        """What a call has given, which goes where it is used in one place alone."""
        if type(value) is GeneratorType and sys.getrefcount(value) <= _ALONE and self._known(value):
            self.fresh.add(id(value))
        return value

    def over(self, value: Any) -> Any:
        """What a call has given for a loop to go through, or the generator that it makes."""
        if type(value) is not GeneratorType and self.recorder.runner is not None:
            method = self.hooks.attributes.special(type(value), "__iter__")
            if method is None or not method.__code__.co_flags & inspect.CO_GENERATOR:
                return value
            value = self.hooks.calls.call(self.recorder.site, method, value)
        if type(value) is GeneratorType and sys.getrefcount(value) <= _ALONE and self._known(value):
            self.fresh.add(id(value))
        return value

    def collected(self, takes: bool, helper: Callable[[Any], Any], value: Any) -> Any:
        """The items of a generator as a list, for what takes all; else what it is."""
        return helper(value) if takes and id(value) in self.fresh else value

    def hand(self, function: Any, args: Any, kwargs: Any) -> None:
        """A call is about to be made: a generator that nobody else knows becomes a parameter."""
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        for value in (*args, *kwargs.values()):
            if type(value) is not GeneratorType:
                continue
            self.given.pop(id(value), None)
            if id(value) in self.fresh:
                self.fresh.discard(id(value))
                if code is not None and not code.co_flags & _GATHERS:
                    self.given[id(value)] = code.co_name

    def pushes(
        self,
        value: Any,
        owner: str,
        around: Any = None,
        start: Any = 0,
        before: Sequence[Any] = (),
        after: Sequence[Any] = (),
    ) -> bool:
        """Whether a generator is gone through by handing over the body of the loop.

        Args:
            value: what the loop goes through.
            owner: the name of the function.
            around: what is called with it: `enumerate` or `zip`.
            start: where `enumerate` begins to count.
            before: what `zip` is given before it.
            after: and after it.
        """
        if type(value) is not GeneratorType or not self._known(value) or self.recorder.catching:
            return False
        alone = id(value) in self.fresh or self.given.get(id(value)) == owner
        self.fresh.discard(id(value))
        self.given.pop(id(value), None)
        if around not in (None, PYTHON.enumerate, PYTHON.zip) or not is_integer(start):
            return False
        sides = [*before, *after]
        if (around is PYTHON.zip) != bool(sides) or not all(map(self._is_side, sides)):
            return False
        unused = inspect.getgeneratorstate(value) == inspect.GEN_CREATED
        return alone and unused and self._emitter(self.made[id(value)][1]) is not None

    def _is_side(self, value: Any) -> bool:
        items = items_of(value)
        return items is not None and not applies(items) and self.places.count(items) is not None

    def gone(self, sides: Sequence[Any], place: Any) -> bool:
        """Whether one of several things has no item at a place."""
        for side in sides:
            items = items_of(side)
            count = 0 if items is None else self.places.count(items)
            if type(count) is not Tracer and type(place) is not Tracer:
                left = place < count
            else:
                left = self.recorder.operator("lt", place, count)
            if not self.hooks.test(left, self.recorder.site):
                return True
        return False

    def side(self, sides: Sequence[Any], k: int, place: Any) -> Any:
        """The item at a place."""
        items = items_of(sides[k])
        assert items is not None
        return self.places.item(items, place)

    @functools.cached_property
    def places(self) -> Places:
        return Places(self.hooks.calls)

    def push(
        self,
        generator: Any,
        body: FunctionType,
        names: tuple[str, ...],
        uses: Sequence[Any],
        gone: Callable[[], bool] | None = None,
    ) -> Any:
        """Go through it; what the body has returned to end that, or `None`.

        Args:
            generator: what is gone through.
            body: the body of the loop, as a function of an item.
            names: the variables that it changes.
            uses: what it does to lists.
            gone: whether what goes beside it has no further item.
        """
        if gone is not None and gone():
            return _OVER
        recorder = self.recorder
        _, function, args, kwargs = self.made.pop(id(generator))
        generator.close()
        cells = dict(zip(body.__code__.co_freevars, body.__closure__ or (), strict=True))
        pushed: list[Pushed] = recorder.pushed
        depth = len(pushed)
        pushed.append(Pushed({n: cells[n] for n in names}, cells, uses))
        ended: list[Any] = [None]
        raised: list[Any] = []

        def emit(item: Any) -> bool:
            active = pushed[depth:]
            del pushed[depth:]
            try:
                ended[0] = body(item)
                if gone is not None and ended[0] is None and gone():
                    ended[0] = _OVER
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
            "sole": self.sole,
            "over": self.over,
            "collected": self.collected,
            "collects": lambda function: (
                function in _COLLECTING and self.recorder.runner is not None
            ),
            "sides": lambda *sides: sides,
            "side": self.side,
            "plain_side": lambda sides, k: plain(sides[k]),
            "gone": self.gone,
            "pushes": self.pushes,
            "push": self.push,
            "emits": self.emits,
            "returned": lambda ended: ended is not None and ended[0] == "return",
            "returns": lambda ended: ended[1],
            "exhausted": lambda ended: ended is None or ended[0] == "over",
        }


class _Counting:
    """Counts what holds a value as `Pushing.sole` does."""

    def sole(self, value: Any) -> int:
        return sys.getrefcount(value)


def _references_of_one(counting: Any) -> int:
    return int(counting.sole(iter(())))


_ALONE = _references_of_one(_Counting())
"""So many references there are to what only an argument of the hook holds."""

_GATHERS = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_OVER = ("over",)

_COLLECTING = (PYTHON.sum, PYTHON.min, PYTHON.max, PYTHON.list, PYTHON.tuple, PYTHON.sorted)
"""Functions that go through a generator to its end, and then do something with the items."""


def plain(side: Any) -> Any:
    """What goes beside a generator, as Python goes through it, unless that calls functions."""
    return side.plain() if type(side) is Items and not applies(side) else side
