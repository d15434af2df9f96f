"""What rewritten code calls: tests, operators, items, attributes, assignments.

`Hooks.namespace(...)` is the set of names that `rewrite` puts into the code, bound to one trace.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import operator
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from types import CellType, FunctionType
from typing import Any, NoReturn

from ...errors import StepLimitError, SymdiffError
from ...program.containers import CONTAINERS
from ...program.naming import name_of
from ...program.outside import Same
from ...program.sources import Fixed, Importable, Item
from ...settings import get_step_limit
from ...source.installed import is_library_file
from ..calls.asking import asking
from ..calls.dataclasses import is_generated
from ..calls.dispatch import Calls
from ..calls.lookups import MISSED, look_up
from ..calls.texts import Texts
from ..outside.contexts import entered
from ..outside.growing import Growing
from ..outside.libraries import is_library
from ..outside.names import Cells, Globals, OutsideNames
from ..outside.reads import Reader
from ..outside.remembered import Remembered
from ..recording.kinds import STANDARD, as_number, kind_of
from ..recording.operators import OPERATORS
from ..recording.recorder import Recorder
from ..recording.text import Text, TracedText, looked_at
from ..recording.tracer import UNKNOWN, Tracer
from ..rewriting.hook_calls import PREFIX
from ..rewriting.refusals import handled, refusal_in
from ..rewriting.sites import SITES
from .attributes import Attributes
from .matching import Matcher
from .operators import IN_PLACE, PLAIN, UNARY, OperatorHooks


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and value != value


def _set_item(value: Any, owner: Any, index: Any) -> None:
    owner[index] = value


_ASKED: dict[str, Callable[..., Any]] = {
    "getitem": operator.getitem,
    "setitem": _set_item,
    "delitem": operator.delitem,
    "iter": iter,
    "getattr": getattr,
}
"""Hooks the exceptions of which are held against what Python says."""
_SMALL = range(-5, 257)
"""The integers that CPython keeps."""

_MAKING = frozenset({"__new__", "__init__", "__prepare__"})
"""Methods of a metaclass that Python calls where a class is made."""


class Hooks(OperatorHooks):
    """The hooks of one trace."""

    def __init__(self, recorder: Recorder, reader: Reader) -> None:
        self.recorder = recorder
        self.reader = reader
        self.attributes = Attributes(self)
        self.texts = Texts(self)
        self.calls = Calls(self)
        self.remembered = recorder.remembered = Remembered(recorder, reader)
        self.cells: dict[int, dict[str, Any]] = {}
        self.rounds: dict[int, int] = {}
        self.kept: Any = None
        self.limit = get_step_limit()
        self.globals: dict[int, Globals] = {}
        self._shared = self._names()

    def namespace(self, function: FunctionType) -> dict[str, Any]:
        """The globals of a rewritten function."""
        untyped: Any = function  # not every stub knows the attribute
        builtins = untyped.__builtins__  # as Python looks names up
        known = self.globals.get(id(function.__globals__))
        if known is None:
            known = Globals(self.reader, function.__globals__, builtins)
            self.globals[id(function.__globals__)] = known
        elif known.builtins is not builtins:
            self.recorder.refuse(
                f"`{name_of(function)}`, whose module has changed its `__builtins__`",
                why="other functions of the module were made with other builtins",
                remedy="set __builtins__ before any function of the module is made",
            )
        cells: dict[str, CellType] = dict(
            zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        )
        enclosing = Cells(self.reader, cells, self.cells)
        return {
            **self._shared,
            f"{PREFIX}globals": known,
            f"{PREFIX}cells": enclosing,
            f"{PREFIX}setglobal": self._setter(known),
            f"{PREFIX}setcell": self._setter(enclosing),
            f"{PREFIX}module": function.__globals__.get("__name__", "__main__"),
            "__name__": function.__globals__.get("__name__", "__main__"),
            "__builtins__": builtins,
        }

    def _names(self) -> dict[str, Any]:
        names: dict[str, Any] = {}
        for name in OPERATORS:
            hook = self._operator(name) if name not in UNARY else self._unary(name)
            names[name] = asking(self.recorder, hook, OPERATORS[name])
        for name, function in IN_PLACE.items():
            names["i" + name] = asking(self.recorder, self._in_place(name, function), function)
        set_ = self.attributes.set
        names |= {
            "test": self.test,
            "bound": self.bound,
            "round": self.round,
            "enter": self.enter,
            "is": lambda a, b, site: self.identical(a, b, site),
            "isnot": lambda a, b, site: not self.identical(a, b, site),
            "holds": self.holds,
            "hashed": self.hashed,
            "link": self.link,
            "kept": self.take_kept,
            "failed": self.failed,
            "in": self.contains,
            "notin": lambda a, b, site: not self.contains(a, b, site),
            "call": self.calls.call,
            "spread": self.spread,
            "mapping": self.mapping,
            "pairs": self.pairs,
            "getattr": self.attributes.get,
            "setattr": lambda value, owner, name, site: set_(owner, name, value, site),
            "delattr": self.attributes.delete,
            "with": lambda manager, site: entered(self, manager, site),
            "forget": self.forget,
            "imported": self.imported,
            "not_imported": self.not_imported,
            "import_error": ImportError,
            "made": self.made,
            "decorator": self.decorator,
            "match": self.match,
            "super": self.super,
            "is_super": lambda found: found is super,
            "append_to": self.append_to,
            "list_in": self.list_in,
            "list_named": self.list_named,
            "list_given": self.list_given,
            "opened": lambda value: value.open() if type(value) is Growing else value,
            "length": self.length,
            "nonempty": self.nonempty,
            "peek": self.peek,
            "getitem": self.getitem,
            "part": self.part,
            "subpart": self.subpart,
            "setitem": lambda value, owner, index, site: self.setitem(owner, index, value, site),
            "delitem": self.delitem,
            "slice": slice,
            "iter": self.iter,
            "assign": self.assign,
            "unpack": self.unpack,
            "return": self.result,
            "item": self.item,
            "fstring": self.texts.joined,
            "placed": self.texts.placed,
            "raised": self.raised,
            "catching": self.catching,
            "passes": self.passes,
            "annotation": self.annotation,
        }
        for name, own in _ASKED.items():
            names[name] = asking(self.recorder, names[name], own)
        return {PREFIX + name: hook for name, hook in names.items()}

    # -- tests

    def test(self, value: Any, site: int) -> Any:
        if type(value) is Tracer:
            self.recorder.site = site
            if type(value.value) in STANDARD:
                return self.recorder.truth(value)
            method = self.attributes.special(type(value.value), "__bool__")
            if method is None:
                return self.recorder.truth(as_number(value))
            return self.test(self.calls.call(site, method, value), site)
        kind = type(value)
        if kind is Text:
            return bool(value.look())
        if kind in PLAIN or kind.__module__ in ("builtins", "collections"):
            return value
        for name in ("__bool__", "__len__"):
            method = self.attributes.special(kind, name)
            if method is not None:
                truth = self.recorder.concrete(self.calls.call(site, method, value))
                wanted = bool if name == "__bool__" else int
                if not isinstance(truth, wanted):
                    raise TypeError(
                        f"{name} should return {wanted.__name__}, returned {type(truth).__name__}"
                    )
                return truth
        if hasattr(kind, "__len__") or hasattr(kind, "__bool__"):
            self.only_inside(value, "a test")
        return value

    def enter(self, loop: int) -> None:
        self.rounds[loop] = 0

    def round(self, loop: int) -> bool:
        """A `while` loop goes round once more."""
        rounds = self.rounds[loop] = self.rounds[loop] + 1
        if rounds > self.limit:
            span = SITES[loop].span
            self.endless(f"the `while` loop at line {span.line}", span)
        return True

    def endless(self, what: str, span: Any) -> NoReturn:
        """Refuse what has gone round more often than the step limit allows."""
        self.recorder.refused(
            StepLimitError(
                f"{what} has gone round {self.limit} times",
                where=span,
                why="symdiff unrolls a loop for the given input, and this one does not end",
                remedy="check that it ends for this input, or raise the limit with "
                "symdiff.set_step_limit(...)",
            )
        )

    def bound(self, value: Any, site: int) -> Any:
        """The test of a `while` loop."""
        return self.test(value, site)

    # What follows keeps a value that the very next step takes: nothing comes between.

    def holds(self, value: Any, site: int) -> bool:
        """The truth of a value in `and` and `or`, which may be the value of the whole."""
        outcome = bool(self.test(value, site))
        self.kept = value
        return outcome

    def link(self, name: str, left: Any, right: Any, site: int) -> bool:
        """The truth of `left < right` in `left < right < ...`."""
        result = self._compare(name, left, right, site)
        outcome = bool(self.test(result, site))
        self.kept = right if outcome else result
        return outcome

    def take_kept(self) -> Any:
        """What was kept."""
        value, self.kept = self.kept, None
        return value

    def failed(self) -> bool:
        """A test that a comparison has decided."""
        self.kept = None
        return False

    def _compare(self, name: str, left: Any, right: Any, site: int) -> Any:
        return self._shared[PREFIX + name](left, right, site)

    def identical(self, left: Any, right: Any, site: int) -> bool:
        """`left is right`."""
        self.recorder.site = site
        one, other = kind_of(left), kind_of(right)
        if one is other is int and left is not right and not self.reader.both_found(left, right):
            known = self.recorder.concrete(left), self.recorder.concrete(right)
            return known[0] == known[1] and known[0] in _SMALL  # of which there is one each
        return self.reader.identical(self._as_bool(left, site), self._as_bool(right, site))

    def _as_bool(self, value: Any, site: int) -> Any:
        """A traced `True` or `False` of Python's as that object itself: there is one of each."""
        if type(value) is not Tracer:
            return value
        of_python = type(value.value) is bool or (
            value.value is UNKNOWN and self.recorder.aval(value).dtype == "bool"
        )
        return self.test(value, site) if of_python else value

    def contains(self, item: Any, container: Any, site: int) -> Any:
        if isinstance(container, Tracer):
            return self._among(item, self.recorder.each(container), site)
        if isinstance(container, str) or type(container) is Text:
            return looked_at(item) in looked_at(container)
        if isinstance(container, list | tuple | deque):
            return self._among(item, container, site)
        method = self.attributes.special(type(container), "__contains__")
        if method is not None:
            return bool(self.test(self.calls.call(site, method, container, item), site))
        if isinstance(getattr(type(container), "__iter__", None), FunctionType):
            return self._among(item, self.iter(container, site), site)
        self.only_inside(container, "`in`")
        self.remembered.forget(container, item)
        if type(item) is Tracer:
            self.recorder.site = site
            item = self.recorder.concrete(item)
        if isinstance(container, dict | set | frozenset):
            item = self.own_key(container, item, site)
            if self.reader.is_outside(item):
                self.reader.pin(item)
        return item in container

    def own_hash(self, key: Any, site: int) -> Any:
        """The hash of an object whose class says what it is, or holds one; `None` of any other."""
        kind = type(key)
        if kind is tuple:
            own = [self.own_hash(part, site) for part in key]
            return None if all(code is None for code in own) else hash(key)
        method = None if kind in PLAIN else self.attributes.special(kind, "__hash__")
        if method is None or is_library(kind) or is_generated(method, (key,)):
            return None
        return self.recorder.concrete(self.calls.call(site, method, key))

    def hashed(self, key: Any, site: int) -> Any:
        """What becomes a key."""
        if (type(key) not in PLAIN and type(key) is not Tracer) or type(key) is tuple:
            self.own_hash(key, site)
        return key

    def own_key(self, container: Iterable[Any], key: Any, site: int) -> Any:
        """The key of a dict or set that is equal to an object, where its class says what is."""
        code = self.own_hash(key, site)
        if code is None:
            return key
        return next((k for k in container if hash(k) == code and self.same(k, key, site)), key)

    def _among(self, item: Any, values: Iterable[Any], site: int) -> bool:
        """Whether one of some values is an item or equal to it; the first that is ends it."""
        return any(self.same(v, item, site) for v in values)

    def same(self, a: Any, b: Any, site: int) -> bool:
        """Whether two things are one or equal, as containers compare what they hold."""
        if a is b:
            return True
        if type(a) is Tracer and type(b) is Tracer and _is_nan(a.value) and _is_nan(b.value):
            return self.identical(a, b, site)
        return bool(self.test(self._shared[PREFIX + "eq"](a, b, site), site))

    def mapping(self, value: Any, site: int) -> Any:
        """What `**value` takes apart: of the user's own class, by its own methods."""
        if isinstance(value, dict) and type(value) in CONTAINERS:
            return value
        keys = self.attributes.special(type(value), "keys")
        if keys is None or is_library(type(value)):
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

    def spread(self, site: int, function: Any, values: Any, /, **kwargs: Any) -> Any:
        """`function(*values, **kwargs)`."""
        return self.calls.call(site, function, *self.iter(values, site), **kwargs)

    # -- items and attributes

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
        return recorder.const(owner[index])

    def _place(self, index: Any, site: int) -> Any:
        """An index of a list: an object with `__index__` as the integer it stands for."""
        if type(index) is slice:
            parts = (index.start, index.stop, index.step)
            return slice(*[self._place(p, site) for p in parts])
        method = self.attributes.special(type(index), "__index__")
        if method is None:
            return index
        return self.recorder.concrete(self.calls.call(site, method, index))

    # -- lists outside that the function appends to

    def list_in(self, holder: Any, name: str, site: int) -> Any:
        """`holder.name`, where all that is asked of it is asked by the hooks that follow."""
        return self.attributes.growing(holder, name, site) or self.attributes.get(
            holder, name, site
        )

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

    def append_to(self, owner: Any, value: Any, site: int) -> None:
        """`owner.append(value)`."""
        if type(owner) is Growing:
            self.recorder.hold(value)
            owner.appended.append(value)
        else:
            self.calls.call(site, self.attributes.get(owner, "append", site), value)

    def length(self, function: Any, owner: Any, site: int) -> Any:
        """`len(owner)`."""
        if type(owner) is Growing:
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

    def setitem(self, owner: Any, index: Any, value: Any, site: int) -> None:
        recorder = self.recorder
        recorder.site = site
        if type(owner) is Tracer:
            recorder.setitem(owner, index, value)
            return
        if isinstance(owner, list | dict | deque):
            index = recorder.key(index) if isinstance(owner, dict) else recorder.concrete(index)
        method = self.attributes.special(type(owner), "__setitem__")
        if method is not None:
            self.calls.call(site, method, owner, index, value)
            return
        self.only_inside(owner, "assignment to an item")
        recorder.hold(value)
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
        method = self.attributes.special(type(owner), "__delitem__")
        if method is not None:
            self.calls.call(site, method, owner, index)
            return
        self.only_inside(owner, "deletion of an item")
        if type(index) is slice:
            parts = [self.recorder.concrete(p) for p in (index.start, index.stop, index.step)]
            index = slice(*parts)
        del owner[self.recorder.concrete_deep(index)]

    # -- iteration and assignment

    def iter(self, value: Any, site: int, hint: str | None = None) -> Iterable[Any]:
        self.recorder.site = site
        if type(value) is Tracer:
            if value.value is UNKNOWN and not self.recorder.shape(value):
                if self.recorder.demand_array is not None:
                    self.recorder.demand_array(value, "iteration")
            elif not self.recorder.shape(value):
                iter(value.value)  # raises Python's own error
            return self._elements(value, site, hint)
        kind = type(value)
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

    def equal(self, a: Any, b: Any, site: int) -> Any:
        """`a == b`."""
        return self._shared[PREFIX + "eq"](a, b, site)

    def compare(self, name: str, a: Any, b: Any, site: int) -> Any:
        """A binary operator by its name."""
        return self._shared[PREFIX + name](a, b, site)

    def operator(self, name: str) -> Callable[..., Any]:
        """The hook of an operator; it takes the operands and the site."""
        return self._shared[PREFIX + name]  # type: ignore[no-any-return]

    def match(self, subject: Any, pattern: Any, site: int) -> dict[str, Any] | None:
        """The names that a pattern binds, or `None` where it does not fit."""
        self.recorder.site = site
        matcher = Matcher(self, site)
        return matcher.found if matcher.match(subject, pattern) else None

    def super(self, found: Any, site: int, *args: Any) -> Any:
        """`super()`, where `found` is what goes by that name."""
        return super(*args) if found is super else self.calls.call(site, found)

    def only_inside(self, value: Any, what: str) -> None:
        """Refuse what asks an outside object for something that nobody would check later."""
        if self.reader.is_outside(value) and type(value) not in PLAIN:
            self.calls.refuse_outside(value, what)

    def forget(self, name: str, site: int) -> None:
        """`del name` of a global or of a variable of an enclosing function."""
        self.recorder.site = site
        self.recorder.refuse(
            f"`del {name}`, a name from outside the function", remedy="assign None to it"
        )

    def imported(
        self, value: Any, importer: str, module: str, attribute: str | None, site: int
    ) -> Any:
        """What an `import` in a function found, in place of what it holds: read at every call."""
        name = module
        if module.startswith("."):
            package = importer if "__path__" in vars(sys.modules[importer]) else ""
            name = importlib.util.resolve_name(module, package or importer.rpartition(".")[0])
        found = sys.modules.get(name)
        if found is None or (attribute is not None and attribute not in vars(found)):
            return value
        place = Item(Fixed(sys.modules, "sys.modules"), name)
        self.recorder.site = site
        self.reader.check_once(("import", name), place, "identity", Same(found))
        return value if attribute is None else self.attributes.get(found, attribute, site)

    def not_imported(
        self, importer: str, module: str, level: int, names: Iterable[str], site: int
    ) -> None:
        """An `import` has failed, which a later one need not do."""
        self.recorder.site = site
        package = importer.rpartition(".")[0]
        for name in names or (None,):
            place = Importable(module, package if level else importer, name, level)
            found = place.read(())
            key = ("importable", module, level, name)
            self.reader.check_once(key, place, "equal", (bool, found))

    def decorator(self, function: Any, site: int) -> Any:
        """What decorates a function or class is called as anything else is."""
        return functools.partial(self.calls.call, site, function)

    def raised(self, error: Any, site: int) -> Any:
        """What a `raise` statement raises: a class makes the exception first."""
        if isinstance(error, type) and issubclass(error, BaseException):
            return self.calls.call(site, error)
        return error

    def made(self, cls: type) -> type:
        """A class statement of the function itself has been executed."""
        for base in cls.__mro__[1:]:
            method = base.__dict__.get("__init_subclass__")
            if method is not None and not is_library(base) and not self.reader.is_made(base):
                self._refuse_made(f"for which `{base.__name__}` has an `__init_subclass__`")
        metaclass: Any = type(cls)
        for kind in metaclass.__mro__:
            written = _MAKING.intersection(vars(kind))
            if written and not is_library(kind):
                self._refuse_made(f"for which `{kind.__name__}` has a `{min(written)}`")
        for name, held in vars(cls).items():
            if isinstance(getattr(type(held), "__set_name__", None), FunctionType) and not (
                is_library(type(held))
            ):
                self._refuse_made(f"where `{name}` has a `__set_name__`")
        self.reader.made[id(cls)] = cls
        return cls

    def _refuse_made(self, why: str) -> None:
        self.recorder.refuse(
            f"a class made in the function, {why}",
            why="Python calls it where it cannot be followed",
            remedy="make the class outside the function",
        )

    def is_library_code(self, function: FunctionType) -> bool:
        """Whether a function is code of Python or of a package."""
        return is_library_file(function.__code__.co_filename)

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

    def assign(self, name: str, value: Any, site: int) -> Any:
        if type(value) is Tracer:
            self.recorder.site = site
            self.recorder.name(value, name)
        return value

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

    def result(self, name: str, value: Any, site: int) -> Any:
        if type(value) is Tracer:
            self.recorder.site = site
            self.recorder.hold(value, name)
        return value

    def item(self, value: Any, site: int) -> Any:
        if type(value) is Tracer:
            self.recorder.site = site
            self.recorder.hold(value)
        return value

    def catching(self, change: int) -> None:
        """A `try` or `with` begins or ends, in which an exception may decide what happens next."""
        self.recorder.catching += change

    def passes(self) -> None:
        """A handler begins: symdiff's own refusal is not for it."""
        refusal = refusal_in(handled(), self.recorder.outer)
        if refusal is not None:
            raise refusal

    def annotation(self, value: Callable[[], Any], written: str) -> Any:
        """An annotation, or its text where that means nothing when the function runs."""
        try:
            return value()
        except SymdiffError:
            raise
        except Exception:
            return written

    # -- names outside

    def _setter(self, names: OutsideNames) -> Callable[..., Any]:
        def hook(name: str, value: Any, site: int) -> Any:
            self.recorder.site = site
            names.assign(name, value)
            return value

        return hook
