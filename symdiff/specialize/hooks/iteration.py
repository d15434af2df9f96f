"""Iteration in rewritten code: loops, unpacking, `*` and `**`."""

from __future__ import annotations

import functools
import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any

from ...program.containers import CONTAINERS
from ..calls.lookups import MISSED
from ..calls.sequences import Given, Items, Later, Places
from ..outside.libraries import is_library
from ..recording.lists import Numbers
from ..recording.text import Text, TracedText
from ..recording.tracer import UNKNOWN, Tracer
from .items import ItemHooks
from .operators import PLAIN

_VIEWS: tuple[Any, ...] = ({}.items(), {}.keys(), {}.values())
_REPEATED = frozenset({list, tuple, str, range, dict, deque} | set(map(type, _VIEWS)))
"""What can be gone through again and again."""


class IterationHooks(ItemHooks):
    """The hooks of what goes through something, one by one."""

    def mapping(self, value: Any, site: int) -> Any:
        """What `**value` takes apart: of the user's own class, by its own methods."""
        if isinstance(value, dict) and type(value) in CONTAINERS:
            return value
        keys = self.attributes.special(type(value), "keys")
        if keys is None or is_library(type(value)):
            if self.recorder.watches:
                self.recorder.impure("a mapping that symdiff does not look into")
            return value
        found = self.iter(self.calls.call(site, keys, value), site)
        return {k: self.getitem(value, k, site) for k in found}

    def pairs(self, items: Iterable[Any], shape: Any, site: int) -> Iterable[Any]:
        """The items of a comprehension whose target takes them apart."""
        return map(functools.partial(self._spread, shape=shape, site=site), items)

    def _spread(self, item: Any, shape: Any, site: int) -> Any:
        if shape is None:
            return item
        parts = item if type(item) in (tuple, list) else list(self.iter(item, site))
        if any(shape) and len(parts) == len(shape):
            return [self._spread(p, s, site) for p, s in zip(parts, shape, strict=True)]
        return parts

    def applied(self, item: Any, site: int) -> Any:
        """What a loop through `map` and the like has come to, at the start of its body."""
        if type(item) is tuple:  # of `zip` or `enumerate`, perhaps
            found = tuple([self.applied(part, site) for part in item])
            same = all(a is b for a, b in zip(item, found, strict=True))
            return item if same else found
        if type(item) is Later:
            found = Places(self.calls).item(item.items, item.place)
            if found is MISSED:
                self.recorder.unroll("an item is of another type than others")
            return self.applied(found, site)
        if type(item) is not Given:
            return item
        function = item.items.parts[0].value
        args = tuple([self.applied(part, site) for part in item.args])
        if item.items.kind == "filter":
            return args[0]
        given = self.iter(args[0], site) if item.items.kind == "starmap" else args
        return self.calls.call(site, function, *given)

    def comes_to(self, item: Any, site: int) -> Any:
        """Whether a loop through `filter` comes to an item at all."""
        if type(item) is not Given or item.items.kind != "filter":
            return True
        function, (value,) = item.items.parts[0].value, item.args
        asked = function is None or function is bool
        return self.test(value if asked else self.calls.call(site, function, value), site)

    def spread(self, site: int, function: Any, values: Any, /, **kwargs: Any) -> Any:
        """`function(*values, **kwargs)`."""
        return self.calls.call(site, function, *self.iter(values, site), **kwargs)

    def iter(self, value: Any, site: int, hint: str | None = None) -> Iterable[Any]:
        self.recorder.site = site
        if type(value) is Items:
            value = value.plain()
        if type(value) is Tracer:
            if value.value is UNKNOWN and not self.recorder.shape(value):
                if self.recorder.demand_array is not None:
                    self.recorder.demand_array(value, "iteration")
            elif not self.recorder.shape(value):
                iter(value.value)  # raises Python's own error
            return self._elements(value, site, hint)
        if type(value) is Numbers:
            return value.items if value.array is None else value.listed()
        kind = type(value)
        if self.recorder.watches and not (kind in _REPEATED or isinstance(value, tuple)):
            self.recorder.steps(value)
        if kind in PLAIN:
            return value  # type: ignore[no-any-return]
        if kind is Text:
            return list(map(TracedText, value.look()))
        if hasattr(kind, "__next__") and is_library(kind) and self.reader.is_outside(value):
            return self.calls.effects.items(value)
        method = self.attributes.special(kind, "__iter__")
        if method is not None:
            return self._user_iterator(value, method, site)
        if self.attributes.special(kind, "__getitem__") is not None and not hasattr(
            kind, "__iter__"
        ):
            return self._by_index(value, site)
        if self.reader.is_outside(value):
            if hasattr(kind, "__next__"):
                return self.calls.effects.items(value)
            if not isinstance(value, type):
                self.calls.refuse_outside(value, "iteration")
        return value  # type: ignore[no-any-return]

    def _elements(self, array: Tracer, site: int, hint: str | None) -> Iterator[Any]:
        """The rows of an array, each read when it is asked for: it may be written to meanwhile."""
        for row in self.recorder.each(array):
            if hint:
                self.recorder.site = site
                self.recorder.name(row, hint)
            yield row

    def _by_index(self, value: Any, site: int) -> Iterator[Any]:
        k = 0
        while True:
            try:
                item = self.getitem(value, k, site)
            except IndexError:
                return
            yield item
            k += 1

    def _user_iterator(self, value: Any, method: FunctionType, site: int) -> Iterator[Any]:
        """What `__iter__` gives, which is called at once; its steps are made one by one."""
        iterator = self.calls.call(site, method, value)
        step = self.attributes.special(type(iterator), "__next__")
        if step is None:
            return iter(self.iter(iterator, site))
        return self._stepped(iterator, step, site)

    def _stepped(self, iterator: Any, step: FunctionType, site: int) -> Iterator[Any]:
        while True:
            try:
                item = self.calls.call(site, step, iterator)
            except StopIteration:
                return
            yield item

    def unpack(
        self, value: Any, count: int, star: int, hints: tuple[str | None, ...], site: int
    ) -> list[Any]:
        iterator = iter(self.iter(value, site))
        # As far as Python goes to see that there are too many.
        items = list(iterator if star >= 0 else itertools.islice(iterator, count + 1))
        if star >= 0:
            if len(items) < count - 1:
                raise ValueError(
                    f"not enough values to unpack (expected at least {count - 1}, got {len(items)})"
                )
            after = count - 1 - star
            middle = items[star : len(items) - after]
            items = [*items[:star], middle, *items[len(items) - after :]]
        elif len(items) != count:
            few = len(items) < count
            raise ValueError(
                f"not enough values to unpack (expected {count}, got {len(items)})"
                if few
                else f"too many values to unpack (expected {count})"
            )
        for item, hint in zip(items, hints, strict=True):
            if hint:
                self.recorder.name(item, hint)
        return items
