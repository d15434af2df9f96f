"""The hooks of a function whose arguments are only symbols."""

from __future__ import annotations

import builtins
import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any

from ...errors import ConcreteValueError, StepLimitError
from ..calls.sequences import Items
from ..calls.throughs import Through, counted
from ..outside.harmless import HARMLESS_MODULES, is_harmful_part
from ..outside.reads import Reader
from ..recording.recorder import Recorder
from ..recording.tracer import UNKNOWN, Tracer
from ..rewriting.hook_calls import PREFIX
from .for_loops import Straight
from .loops import Names
from .rewritten import Hooks
from .symbolic_loops import SymbolicFor, SymbolicWhile
from .while_loops import While

_LARGEST_INTEGER = 1 << 16
"""The most bits of an integer that is computed while arguments are only symbols."""


class SymbolicHooks(Hooks):
    """Hooks that keep or refuse a loop which a symbol bounds, and refuse what may act on the world.

    Attributes:
        tested: the `while` loops that are kept and go on, inner ones last.
    """

    def __init__(self, recorder: Recorder, reader: Reader) -> None:
        super().__init__(recorder, reader)
        self.tested: list[SymbolicWhile] = []

    def namespace(self, function: FunctionType) -> dict[str, Any]:
        names = super().namespace(function)
        if self.recorder.harmless_only:
            known = names["__builtins__"]
            known = known if isinstance(known, dict) else vars(known)
            names["__builtins__"] = {**known, "__import__": self._import}
        return names

    def _import(
        self, name: str, names: Any = None, local: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        """`import` of what is imported already, or of a library of numbers."""
        importing: Any = builtins.__import__
        if level == 0 and name not in sys.modules and not _computes(name):
            self.calls.effects.not_on_symbols(f"`{name}` is not imported")
        return importing(name, names, local, fromlist or (), level)

    def _names(self) -> dict[str, Any]:
        names = super()._names()
        if self.recorder.runner is not None:
            names |= {
                f"{PREFIX}for": self.for_loop,
                f"{PREFIX}while": self.while_loop,
                f"{PREFIX}iter": self.through,
                f"{PREFIX}pairs": self.pairs,
                f"{PREFIX}keeps_loops": lambda: True,
            }
        return names

    def for_loop(self, value: Any, site: int, hint: str | None, names: Names) -> Any:
        """What a `for` loop goes through: a loop that is kept, or what is unrolled."""
        self.recorder.site = site
        if self.recorder.may_roll(site):
            known = counted(self.calls, value)
            if known is not None:
                return SymbolicFor(self, site, names, *known, hint)
        source = value.plain() if type(value) is Items else value
        return Straight(self.iter(source, site, hint))

    def while_loop(self, site: int, names: Names) -> Any:
        """A `while` loop, kept or unrolled."""
        if self.recorder.may_roll(site):
            return SymbolicWhile(self, site, names)
        return While(self, site, names)

    def through(self, value: Any, site: int, hint: str | None = None) -> Iterable[Any]:
        """What a comprehension, or a loop that cannot be kept, goes through."""
        self.recorder.site = site
        known = None
        if hint is None and self.recorder.may_roll(site):
            known = counted(self.calls, value) if type(value) in (Items, range, Tracer) else None
        if known is not None:
            return Through(self.calls, *known, site)
        return self.iter(value.plain() if type(value) is Items else value, site, hint)

    def pairs(self, items: Iterable[Any], shape: Any, site: int) -> Iterable[Any]:
        if type(items) is Through:
            items.spread = functools.partial(self._spread, shape=shape, site=site)
            return items
        return super().pairs(items, shape, site)

    def iter(self, value: Any, site: int, hint: str | None = None) -> Iterable[Any]:
        items = super().iter(value, site, hint)
        if self.recorder.harmless_only and hasattr(type(items), "__next__"):
            return self._bounded(items, site)
        return items

    def _bounded(self, items: Iterable[Any], site: int) -> Iterator[Any]:
        """The items of an iterator, which may have no end."""
        for k, item in enumerate(items):
            if k >= self.limit:
                self.recorder.site = site
                raise StepLimitError(
                    f"the iterator has given {self.limit} items",
                    where=self.recorder.where(),
                    why="symdiff unrolls a loop, and this one does not end",
                    remedy="check that it ends, or raise the limit with "
                    "symdiff.set_step_limit(...)",
                )
            yield item

    def _operator(self, name: str) -> Callable[..., Any]:
        hook = super()._operator(name)
        return self._sized(name, hook) if name in ("pow", "lshift", "mul") else hook

    def _in_place(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        hook = super()._in_place(name, function)
        return self._sized(name, hook) if name in ("pow", "lshift", "mul") else hook

    def _sized(self, name: str, hook: Callable[..., Any]) -> Callable[..., Any]:
        """An operator that may make something too large to be waited for."""

        def sized(left: Any, right: Any, site: int) -> Any:
            if _size(name, left, right) > _LARGEST_INTEGER and self.recorder.harmless_only:
                self.recorder.site = site
                raise ConcreteValueError(
                    "the result is too large to be computed while arguments are only symbols",
                    where=self.recorder.where(),
                    why="it is not known whether it is wanted",
                )
            return hook(left, right, site)

        return sized

    def bound(self, value: Any, site: int) -> Any:
        tested = self.tested[-1] if self.tested else None
        if tested is not None and tested.testing:
            return super().bound(value, site)  # the condition of a loop that is kept
        if type(value) is Tracer and not self.recorder.is_const(value):
            self.recorder.site = site
            if value.value is UNKNOWN and (
                ("truth", self.recorder.operand(value)) not in self.recorder.decided
            ):
                raise ConcreteValueError(
                    "the length of this loop depends on an argument",
                    where=self.recorder.where(),
                    why="without a value, the loop cannot be unrolled",
                )
        return super().bound(value, site)


def _computes(name: str) -> bool:
    """Whether a module that is not yet imported is a library that does nothing but compute."""
    root = name.partition(".")[0]
    if root in ("numpy", "scipy", "sympy", "mpmath"):
        return not is_harmful_part(name)
    return name in HARMLESS_MODULES


def _size(name: str, left: Any, right: Any) -> int:
    """How large the result of an operator is, in bits or items."""
    if name == "mul":
        if isinstance(left, str | bytes | list | tuple) and isinstance(right, int):
            return len(left) * right
        if isinstance(right, str | bytes | list | tuple) and isinstance(left, int):
            return len(right) * left
    if not isinstance(left, int) or not isinstance(right, int):
        return 0
    bits = left.bit_length()
    if name == "mul":
        return bits + right.bit_length()
    return bits + right if name == "lshift" else bits * max(right, 0)
