"""What rewritten code calls, bound to one trace; and the hooks of statements.

`Hooks.namespace(...)` is the set of names that `rewrite` puts into the code, bound to one trace.
"""

from __future__ import annotations

import functools
import importlib.util
import operator
import sys
from collections.abc import Callable, Iterable
from types import CellType, FunctionType
from typing import Any, NoReturn

from ...errors import StepLimitError, SymdiffError
from ...program.naming import name_of
from ...program.outside import Same
from ...program.sources import Fixed, Importable, Item
from ...settings import get_step_limit
from ...source.installed import is_library_file
from ..calls.asking import asking
from ..calls.dispatch import Calls
from ..calls.sequence_calls import sequence
from ..calls.texts import Texts
from ..outside.contexts import Quiet, entered
from ..outside.libraries import is_library
from ..outside.names import Cells, Globals, OutsideNames
from ..outside.reads import Reader
from ..outside.remembered import Remembered
from ..recording.operators import OPERATORS
from ..recording.recorder import Recorder
from ..recording.tracer import Tracer
from ..rewriting.hook_calls import PREFIX
from ..rewriting.refusals import handled, refusal_in
from ..rewriting.sites import SITES
from .attributes import Attributes
from .for_loops import for_loop
from .iteration import IterationHooks
from .lists import made
from .matching import Matcher
from .operators import IN_PLACE, UNARY
from .pushing import Pushing
from .recursion import Kinds, Recursion
from .regions import Choice, Straight, whole_call
from .regular_hooks import REGULAR
from .stretches import summed
from .while_loops import While


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

_MAKING = frozenset({"__new__", "__init__", "__prepare__"})
"""Methods of a metaclass that Python calls where a class is made."""


class Hooks(IterationHooks):
    """The hooks of one trace."""

    def __init__(self, recorder: Recorder, reader: Reader) -> None:
        self.recorder = recorder
        self.reader = reader
        self.attributes = Attributes(self)
        self.texts = Texts(self)
        self.pushing = Pushing(self)
        self.recursion = Recursion(self)
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
            f"{PREFIX}own": functools.partial(self.recursion.own, function),
            f"{PREFIX}kinds": functools.partial(Kinds, function),
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
            "applied": self.applied,
            "comes to": self.comes_to,
            "getattr": self.attributes.get,
            "setattr": lambda value, owner, name, site: set_(owner, name, value, site),
            "delattr": self.attributes.delete,
            "with": lambda manager, site: entered(self, manager, site),
            "quiet": lambda manager, site: Quiet(self, manager, site),
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
            "popped": self.popped,
            "filled": self.filled,
            "list_in": self.list_in,
            "list_named": self.list_named,
            "list_given": self.list_given,
            "opened": self.opened,
            "made_list": lambda value: made(self.recorder, value),
            "gathers": self.gathers,
            "read": lambda names: None,
            "listing": self.listing,
            "repeated": self.repeated,
            "length": self.length,
            "nonempty": self.nonempty,
            "peek": self.peek,
            "getitem": self.getitem,
            "part": self.part,
            "summed": functools.partial(summed, self),
            "subpart": self.subpart,
            "setitem": lambda value, owner, index, site: self.setitem(owner, index, value, site),
            "delitem": self.delitem,
            "slice": slice,
            "iter": self.iter,
            "keeps_loops": lambda: False,
            "assign": self.assign,
            "unpack": self.unpack,
            "return": self.result,
            "item": self.item,
            "fstring": self.texts.joined,
            "placed": self.texts.placed,
            "raised": self.raised,
            "catching": self.catching,
            "passes": self.passes,
            "handles": self.handles,
            "dropped": self.dropped,
            "annotation": self.annotation,
            "sequence": self.calls.call
            if self.recorder.runner is None
            else lambda site, function, *args: sequence(self.calls, site, function, args),
            "sequence_named": lambda site, function, names, *args: sequence(
                self.calls, site, function, args, names
            ),
            "for": lambda value, site, hint, names: for_loop(self, value, site, hint, names),
            "while": lambda site, names: While(self, site, names),
            "region": Straight if self.recorder.runner is None else self.choice,
            "locals": locals,
            "generator": self.recorder.made_now,
            "new": self.recorder.made_new,
            "nonlocal": lambda: None,
        }
        regular = self.pushing.offered() | self.recursion.offered()
        names |= regular
        for name, own in _ASKED.items():
            names[name] = asking(self.recorder, names[name], own)
        if self.recorder.runner is not None:
            for name in names.keys() - REGULAR - regular.keys():
                names[name] = self._irregular(name, names[name])
        return {PREFIX + name: hook for name, hook in names.items()}

    def _irregular(self, name: str, hook: Any) -> Any:
        """A hook that may do another thing in each iteration of a loop."""
        recorder = self.recorder

        def told(*args: Any, **kwargs: Any) -> Any:
            if recorder.watches:
                recorder.impure(f"`{name}` in a loop")
            return hook(*args, **kwargs)

        return told

    # -- loops

    def enter(self, loop: int) -> None:
        self.rounds[loop] = 0

    def round(self, loop: int) -> bool:
        """A `while` loop goes round once more."""
        rounds = self.rounds[loop] = self.rounds[loop] + 1
        self.recorder.check_forced(rounds)
        if rounds > self.limit:
            span = SITES[loop].span
            self.endless(f"the `while` loop at line {span.line}", span)
        return True

    def endless(self, what: str, span: Any, rounds: int | None = None) -> NoReturn:
        """Refuse what has gone round more often than the step limit allows."""
        self.recorder.refused(
            StepLimitError(
                f"{what} has gone round {rounds or self.limit} times",
                where=span,
                why="symdiff follows a loop for the given input, and this one does not end",
                remedy="check that it ends for this input, or raise the limit with "
                "symdiff.set_step_limit(...)",
            )
        )

    # -- regions

    def choice(self, site: int, names: tuple[str, ...]) -> Choice:
        """A statement that decides."""
        return Choice(self.recorder, site, names)

    def whole(self, function: FunctionType, call: Callable[[], Any]) -> Any:
        """The result of a call of a function that decides."""
        if self.recorder.runner is None:
            return call()
        return whole_call(self.recorder, function, call)

    # -- statements

    def match(self, subject: Any, pattern: Any, site: int) -> dict[str, Any] | None:
        """The names that a pattern binds, or `None` where it does not fit."""
        self.recorder.site = site
        matcher = Matcher(self, site)
        return matcher.found if matcher.match(subject, pattern) else None

    def super(self, found: Any, site: int, *args: Any) -> Any:
        """`super()`, where `found` is what goes by that name."""
        return super(*args) if found is super else self.calls.call(site, found)

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

    def assign(self, name: str, value: Any, site: int) -> Any:
        if type(value) is Tracer:
            self.recorder.site = site
            self.recorder.name(value, name)
        return value

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

    def catching(self, change: int, swallows: bool) -> None:
        """A `try` or `with` begins or ends, in which an exception may decide what happens next."""
        if swallows and self.recorder.watches:
            self.recorder.impure("a context manager in a loop")
        self.recorder.catching += change
        self.recorder.swallowing += change * swallows

    def dropped(self, value: Any) -> None:
        """A value that nobody wants: where it cannot be computed, the function raises."""
        if type(value) is Tracer:
            if self.recorder.catching:
                self.recorder.hold(value)
            else:
                self.recorder.hold_unused(value)

    def handles(self) -> None:
        """A handler begins: an iteration in which it does is like no other."""
        self.passes()
        if self.recorder.watches:
            self.recorder.impure("an exception is caught")

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
            if self.recorder.watches:
                self.recorder.impure("a name outside is assigned to")
            names.assign(name, value)
            return value

        return hook
