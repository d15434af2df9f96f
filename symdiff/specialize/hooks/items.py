"""Items in rewritten code: read, written, deleted, and lists outside that are appended to."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from typing import Any

from ...operations.runtime.pristine import PYTHON
from ...program.containers import CONTAINERS
from ..calls.lookups import MISSED, look_up
from ..calls.regular import moves_items
from ..calls.sizes import repeated
from ..outside.growing import Growing
from ..outside.libraries import is_library
from ..outside.names import OutsideNames
from ..recording.lists import Numbers
from ..recording.places import item_place
from ..recording.text import Text
from ..recording.tracer import Tracer
from . import lists
from .decisions import DecisionHooks


def _is_indexed(kind: type) -> bool:
    """Whether such a container gives the same item for an index as long as it is not changed."""
    if kind in (list, tuple, str, range, dict, deque):
        return True
    return issubclass(kind, tuple) and kind.__getitem__ is tuple.__getitem__


_LISTING = (PYTHON.min, PYTHON.max, PYTHON.list)

_TAKING = (PYTHON.sum, PYTHON.min, PYTHON.max, PYTHON.list, math.prod)
"""Functions that go through a generator to its end."""


class ItemHooks(DecisionHooks):
    """The hooks of items, and of parts of which only an item is asked for."""

    def part(self, owner: Any, name: str, site: int) -> Any:
        """An attribute of which only an item is asked for; see `Solution` in `odes`."""
        special = vars(type(owner)).get("__symdiff_part__")
        if special is not None:
            self.recorder.site = site
            return special(owner, name)
        return self.attributes.get(owner, name, site)

    def subpart(self, owner: Any, index: Any, site: int) -> Any:
        """An item of such an attribute, of which again only an item is asked for."""
        special = vars(type(owner)).get("__symdiff_item__")
        if special is not None:
            self.recorder.site = site
            return special(owner, self.recorder, index, False)
        return self.getitem(owner, index, site)

    def getitem(self, owner: Any, index: Any, site: int) -> Any:
        recorder = self.recorder
        recorder.site = site
        if type(owner) is Tracer:
            return recorder.getitem(owner, index)
        if type(owner) is Numbers:
            return lists.getitem(self, owner, index, site)
        if recorder.watches and not _is_indexed(type(owner)):
            recorder.impure("an item of an object is read")
        special = vars(type(owner)).get("__symdiff_item__")
        if special is not None:
            return special(owner, recorder, index, True)
        if type(owner) is Text:
            owner = owner.look()
        key = index
        if isinstance(owner, dict):
            self.remembered.forget(owner, index)
        if type(index) is Text:
            index = index.look()
        if type(index) is Tracer or type(index) in (tuple, slice):
            if isinstance(owner, list | tuple | str | range):
                if type(index) is slice:
                    index = slice(
                        *[recorder.concrete(p) for p in (index.start, index.stop, index.step)]
                    )
                else:
                    found = look_up(recorder, owner, index)
                    if found is not MISSED:
                        return found
                    index = recorder.concrete_deep(index)
            elif isinstance(owner, dict | deque):
                found = look_up(recorder, owner, index)
                if found is not MISSED:
                    return found
                index = recorder.concrete_deep(index)
        method = self.attributes.special(type(owner), "__getitem__")
        if method is not None:
            return self.calls.call(site, method, owner, index)
        if type(owner) in (list, tuple) and type(index) is not int:
            index = self._place(index, site)
        if isinstance(owner, dict):
            index = self.own_key(owner, index, site)
            if self.reader.is_outside(index):
                self.reader.pin(index)
        if type(owner) is defaultdict and index not in owner and owner.default_factory is not None:
            owner[index] = self.calls.call(site, owner.default_factory)
        elif isinstance(owner, dict) and type(owner) not in CONTAINERS and index not in owner:
            method = self.attributes.special(type(owner), "__missing__")
            if method is not None:
                return self.calls.call(site, method, owner, key)
        if not isinstance(owner, type):
            self.only_inside(owner, "indexing")
        elif "__class_getitem__" in dir(owner) and not is_library(owner):
            self.attributes.in_class(owner, "__class_getitem__")
            return self.calls.call(site, getattr(owner, "__class_getitem__"), index)  # noqa: B009
        found = owner[index]
        if type(index) is slice and recorder.watches and type(owner) is list:
            recorder.made_new(found)
        return recorder.const(found)

    def _place(self, index: Any, site: int) -> Any:
        """An index of a list: an object with `__index__` as the integer it stands for."""
        if type(index) is slice:
            parts = (index.start, index.stop, index.step)
            return slice(*[self._place(p, site) for p in parts])
        method = self.attributes.special(type(index), "__index__")
        if method is None:
            return index
        return self.recorder.concrete(self.calls.call(site, method, index))

    def setitem(self, owner: Any, index: Any, value: Any, site: int) -> None:
        recorder = self.recorder
        recorder.site = site
        if type(owner) is Tracer:
            recorder.setitem(owner, index, value)
            return
        if type(owner) is Numbers and not owner.escaped:
            lists.setitem(self, owner, index, value, site)
            return
        owner = owner.items if type(owner) is Numbers else owner
        if isinstance(owner, list | dict | deque):
            index = recorder.key(index) if isinstance(owner, dict) else recorder.concrete(index)
        method = self.attributes.special(type(owner), "__setitem__")
        if method is not None:
            self.calls.call(site, method, owner, index, value)
            return
        self.only_inside(owner, "assignment to an item")
        recorder.hold(value)
        if recorder.watches or recorder.rebuilt:
            place = None if self.reader.is_outside(owner) else item_place(owner, index)
            if place is not None and place.read() is value:
                return
            recorder.about_to_put(place, owner)
        owner[index] = value

    def item_of_base(self, function: Any, owner: Any, args: tuple[Any, ...]) -> None:
        """`super().__setitem__(key, value)` or `super().__delitem__(key)` of a container."""
        recorder, (index, *value) = self.recorder, args
        index = recorder.key(index) if isinstance(owner, dict) else recorder.concrete_deep(index)
        self.only_inside(owner, "assignment to an item" if value else "deletion of an item")
        recorder.hold(value)
        function(index, *value)

    def delitem(self, owner: Any, index: Any, site: int) -> None:
        self.recorder.site = site
        self.recorder.ask_single(owner)
        method = self.attributes.special(type(owner), "__delitem__")
        if method is not None:
            self.calls.call(site, method, owner, index)
            return
        self.only_inside(owner, "deletion of an item")
        if type(index) is slice:
            parts = [self.recorder.concrete(p) for p in (index.start, index.stop, index.step)]
            index = slice(*parts)
        del owner[self.recorder.concrete_deep(index)]

    # -- lists outside that the function appends to

    def list_in(self, holder: Any, name: str, site: int) -> Any:
        """`holder.name`, where all that is asked of it is asked by the hooks that follow."""
        found = self.attributes.growing(holder, name, site)
        if found is None:
            return self.attributes.get(holder, name, site)
        if self.recorder.watches:
            self.recorder.impure("a list outside may grow")
        return found

    def list_named(self, table: OutsideNames, name: str, site: int) -> Any:
        """The same for a global or a closure cell."""
        self.recorder.site = site
        found = None
        if table.unseen(name):
            source = table.source(name)
            found = self.reader.growing(source.read(()), source, lambda: table[name])
        return found or table[name]

    def list_given(self, value: Any) -> Any:
        """The same for a parameter, which holds it as it is until it is opened."""
        given = type(value) is Growing and id(value.original) in self.reader.seen
        return value.open() if given else value

    def opened(self, value: Any) -> Any:
        """A list in a name, where more is asked of it than the hooks here know."""
        if type(value) is Growing:
            if self.recorder.watches:
                self.recorder.impure("a list is opened in a loop")
            return value.open()
        return lists.opened(value)

    def append_to(self, owner: Any, value: Any, site: int) -> None:
        """`owner.append(value)`."""
        if type(owner) is Numbers:
            self.recorder.site = site
            if not owner.escaped:
                lists.append(self.recorder, owner, value)
                return
            owner = owner.items
        if type(owner) is deque and moves_items(owner.append):
            self.calls.call(site, self.attributes.get(owner, "append", site), value)
            return
        if self.recorder.watches:
            self.recorder.impure("a list grows")
        if type(owner) is Growing:
            self.recorder.hold(value)
            owner.appended.append(value)
        else:
            self.calls.call(site, self.attributes.get(owner, "append", site), value)

    def filled(self, owner: Any, site: int) -> Any:
        """A list that is asked for nothing but whether it has items."""
        if type(owner) is not Numbers:
            return owner
        self.recorder.site = site
        return owner.items if owner.array is None else owner.is_filled()

    def popped(self, owner: Any, site: int) -> Any:
        """`owner.pop()`."""
        if type(owner) is Numbers and not owner.escaped:
            return lists.pop(self, owner, site)
        owner = owner.items if type(owner) is Numbers else owner
        return self.calls.call(site, self.attributes.get(owner, "pop", site))

    def gathers(self, function: Any = None) -> bool:
        """Whether the items of a comprehension are gathered by a loop that may stay one."""
        taken = function is None or function in _TAKING
        recorder = self.recorder
        if recorder.abstract:  # what is only summed up needs no list
            return recorder.sizes is not None and (function is None or function in _LISTING)
        return taken and recorder.runner is not None

    def listing(self, function: Any, value: Any, site: int) -> Any:
        """`list(value)`, which a name is bound to that holds nothing but lists."""
        if function is not list or self.recorder.runner is None:
            return self.calls.call(site, function, value)
        if type(value) is Numbers:
            return value.copied()
        return lists.made(self.recorder, self.calls.call(site, function, value))

    def repeated(self, left: Any, right: Any, site: int) -> Any:
        """`[...] * n`, which such a name is bound to."""
        known = repeated(self.recorder, left, right)
        if known is not None:
            return known
        value = self.operator("mul")(left, right, site)
        whole = type(right) is int or (type(right) is Tracer and type(right.value) is int)
        return lists.made(self.recorder, value) if whole else value

    def length(self, function: Any, owner: Any, site: int) -> Any:
        """`len(owner)`."""
        if type(owner) is Growing:
            if self.recorder.watches:
                self.recorder.impure("a list outside is asked for its length")
            if function is len and not self.recorder.abstract:
                self.recorder.site = site
                return owner.length()
            owner = owner.open()
        return self.calls.call(site, function, owner)

    def nonempty(self, owner: Any, site: int) -> Any:
        """`owner` as a test."""
        if type(owner) is Growing:
            owner = owner.open() if self.recorder.abstract else owner.length()
        return self.test(owner, site)

    def peek(self, owner: Any, index: int, site: int) -> Any:
        """`owner[index]` with a negative number for the index."""
        if type(owner) is Growing:
            self.recorder.site = site
            fine, item = owner.item(index)
            if fine:
                return item
            owner = owner.open()
        return self.getitem(owner, index, site)
