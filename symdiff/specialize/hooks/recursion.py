"""Recursion that is a loop (`rewriting/recursion.py`): which functions are run as loops."""

from __future__ import annotations

from types import FunctionType
from typing import Any, NoReturn

from ...errors import SourceSpan
from ...program.sources import Asked, Fixed
from ...safety import stack
from ..calls.sequences import Items
from ..recording.lists import Numbers
from ..recording.tracer import Tracer
from ..recording.watching import Unrolled
from ..rewriting.sites import OfCode, add_site

_EXACT = 1 << 53
"""Whole numbers up to here are floats as they are."""


class Kinds:
    """Which variables of a function hold whole numbers, in one run."""

    __slots__ = ("function", "of")

    def __init__(self, function: FunctionType) -> None:
        self.function = function
        self.of: dict[str, type] = {}


class Recursion:
    """The functions of one trace that are run as loops where they call themselves."""

    def __init__(self, hooks: Any) -> None:
        self.hooks = hooks
        self.recorder = hooks.recorder
        self.made: dict[int, tuple[FunctionType, FunctionType]] = {}

    def may_loop(self, function: FunctionType) -> bool:
        """Whether calls of a function by itself may be a loop in this trace."""
        return bool(self.recorder.may_roll(_site(function)))

    def loops(self, function: FunctionType, loop: FunctionType) -> None:
        """A function of the traced function's own, and what does the same by loops."""
        loop.__defaults__ = function.__defaults__
        loop.__kwdefaults__ = function.__kwdefaults__
        self.made[id(function)] = (function, loop)

    def run(self, function: FunctionType) -> FunctionType:
        """What is run instead of such a function."""
        known = self.made.get(id(function))
        return function if known is None or not self.may_loop(function) else known[1]

    def own(self, function: FunctionType, value: Any) -> None:
        """Ask whether the name of a function still stands for it.

        Raises:
            Unrolled: it does not.
        """
        if value is not function:
            self.give_up(function, "a function calls another one than itself")

    def give_up(self, function: FunctionType, why: str) -> NoReturn:
        """Trace again, with a function that calls itself.

        Raises:
            Unrolled: always.
        """
        self.recorder.refused(Unrolled(frozenset({_site(function)}), why))
        raise AssertionError

    def _function_of(self, loop: FunctionType) -> FunctionType:
        return next(function for function, known in self.made.values() if known is loop)

    def calls(self, value: Any, loop: FunctionType) -> None:
        """The same in what has been written beside a function."""
        self.own(self._function_of(loop), value)

    def deepest(self) -> int:
        """So deep calls may be, which is asked in every run."""
        limit = stack.recursion_limit()
        place = Asked(Fixed(stack, "sys"), stack.recursion_limit.__name__)
        self.hooks.reader.check_once(place, place, "equal", (int, limit))
        return limit

    def saved(self, kinds: Kinds, name: str, value: Any) -> Any:
        """What a variable holds in a call, for a list of floats."""
        plain = value.value if type(value) is Tracer else value
        kind = type(plain) if type(plain) is int else float
        if kinds.of.setdefault(name, kind) is not kind:
            self.give_up(kinds.function, "a variable holds whole numbers and others")
        if kind is float:
            return value
        for way, bound in (("lt", _EXACT), ("gt", -_EXACT)):
            if not self.hooks.test(self.recorder.operator(way, value, bound), self.recorder.site):
                self.give_up(kinds.function, "a whole number is too large for a float")
        return self.recorder.operator("mul", value, 1.0)

    def counted(self, kinds: Kinds, name: str, value: Any) -> None:
        """Before calls that count a variable by whole numbers, from which it is counted back."""
        if type(value.value if type(value) is Tracer else value) is not int:
            self.give_up(kinds.function, f"`{name}` is no whole number")

    def restored(self, held: Any, place: Any, kinds: Kinds | None = None, name: str = "") -> Any:
        """What the variable held: an item that is there, since as many have been appended."""
        if type(held) is Numbers:
            listed = held.array is None
            value = held.items[self.recorder.concrete(place)] if listed else held.item(place)
        else:
            value = held[self.recorder.concrete(place)]
        if kinds is None or kinds.of.get(name) is not int:
            return value
        return self.hooks.calls.call(self.recorder.site, int, value)

    def falling(self, count: Any) -> Items:
        """The numbers below another one, the largest first."""
        recorder = self.recorder
        last = recorder.operator("sub", count, 1) if type(count) is Tracer else count - 1
        return Items("range", (last, -1, -1), lambda: range(recorder.concrete(count) - 1, -1, -1))

    def offered(self) -> dict[str, Any]:
        """What rewritten code calls."""
        return {
            "loops": self.loops,
            "calls": self.calls,
            "kinds_of": lambda loop: Kinds(self._function_of(loop)),
            "saved": self.saved,
            "restored": self.restored,
            "counted": self.counted,
            "depths": lambda: range(self.deepest()),
            "deepest": self.deepest,
            "too_deep": lambda: RecursionError("maximum recursion depth exceeded"),
            "falling": self.falling,
        }


def _site(function: FunctionType) -> int:
    code = function.__code__
    line = code.co_firstlineno
    span = SourceSpan(code.co_filename, line, 1, line, 1)
    return _sites.get(code, lambda: add_site(span, frozenset()))


_sites: OfCode[int] = OfCode()
