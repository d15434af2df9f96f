"""Calls that act on the world, or answer differently each time: once per gradient call."""

from __future__ import annotations

import operator
import sys
import threading
from collections.abc import Iterator, Sequence
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ...errors import ConcreteValueError, an
from ...program.acts import Opaque, Part, exception_of, handling
from ...program.containers import CONTAINERS
from ...program.naming import name_of
from ...program.outside import NUMBERS, Check, signature
from ...program.program import BOOL, Aval, Statement, Var, aval_of
from ...program.sources import Attribute, Fixed, Made, Source
from ...safety.progress import hush
from ...safety.stack import recursion_limit
from ..recording.recorder import Recorder
from ..recording.text import Text, TracedText
from ..recording.tracer import Tracer, contains_tracer
from ..rewriting.sites import SITES
from .acting import (
    KEEPING,
    TELLING_NOTHING,
    WAITING,
    called,
    draws,
    is_count,
    may_hold,
    may_tell,
    module_of,
)
from .given import Given
from .harmless import is_harmless, is_notice
from .recipes import Builder, changed
from .seen import contents
from .writes import plain

if TYPE_CHECKING:
    from .reads import Reader


LOCKS = (type(threading.Lock()), type(threading.RLock()))


class Effects:
    """The opaque calls of one trace: made now, and once in every run of the compiled program."""

    def __init__(self, recorder: Recorder, reader: Reader) -> None:
        self.recorder = recorder
        self.reader = reader
        self.acted = 0
        self.refused: ConcreteValueError | None = None
        self.held: list[Any] = []  # locks left by the function, and held until it is over
        self.handed: list[tuple[Any, list[Any], int]] = []
        self.handled = sys.exc_info()[1]  # by the code around the function
        self.made: list[Made] = []
        self.keepers: dict[int, Any] = {}  # by identity: who was given what is differentiated
        self.texts: dict[int, Any] = {}  # and who was given text made of a traced float
        self.carried = ""  # what has carried a differentiated value where it may be read again
        self.streams = (sys.stdout, sys.stderr)  # whose output nobody reads

    def _result(self, target: Var, value: Any, name: str) -> Made:
        """What an opaque call gave, as a source."""
        made = Made(target, value, name)
        self.made.append(made)
        return made

    def allow(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        """Refuse a call that may act, where arguments are only symbols and nothing may."""
        if not self.recorder.harmless_only or function is recursion_limit:
            return
        if self.refused is not None:  # the function has caught it, and goes on
            raise self.refused
        if function is _step:
            self.not_on_symbols("an iterator from outside is not advanced")
        if not is_harmless(function, args, kwargs):
            self.not_on_symbols(f"`{called(function)}` is not called")

    def not_on_symbols(self, what: str) -> NoReturn:
        """Refuse what may act on the world while arguments are only symbols."""
        self.refused = self.refused or ConcreteValueError(
            f"{what} while arguments are only symbols",
            where=self.recorder.where(),
            why="it may act on files, output, random numbers, settings or other programs",
        )
        raise self.refused

    def call(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call it now, and once in every run of the compiled program."""
        recorder = self.recorder
        if recorder.harmless_only and is_notice(function):
            return None
        hush()
        self.allow(function, args, kwargs)
        if recorder.abstract and (contains_tracer(args) or contains_tracer(kwargs)):
            return None if function is print else recorder.need_value("a call's argument")
        name = name_of(function, "call")
        active = recorder.is_active(args) or recorder.is_active(kwargs)
        if active and name in ("choice", "choices", "sample") and draws(function):
            return self._drawn(function, name, args, kwargs)
        if name == "shuffle" and args and isinstance(args[-1], list | Tracer):
            return self._shuffle(function, args)
        if active and draws(function):
            self._refuse_active(name)
        error = sys.exc_info()[1]
        if error is not None and error is not self.handled:
            root = module_of(function).partition(".")[0]
            if root == "sys" and name in ("exc_info", "exception"):
                return function()  # it was raised in this trace
            if root == "traceback":
                recorder.refuse(
                    f"`traceback.{name}` of an exception that the function has raised",
                    why="the compiled gradient has other frames than the function",
                    remedy="use the exception itself, or log it",
                )
            if root == "logging":
                self.handled, before = error, self.handled
                try:
                    return self.call(handling, (error, function, *args), kwargs)
                finally:
                    self.handled = before
        if name == "locked" and isinstance(getattr(function, "__self__", None), LOCKS):
            recorder.refuse(
                "a question whether a lock is held",
                why="a call holds its locks until what it changes is written",
                remedy="ask outside the function",
            )
        if self.held and module_of(function).partition(".")[0] in WAITING:
            recorder.refuse(
                f"`{name}`, which may wait for another thread, after a lock under which something "
                "was changed",
                why="a call holds its locks until what it changes is written, at its end",
                remedy="do it before the lock is taken, or outside the function",
            )
        if module_of(function).partition(".")[0] in KEEPING:
            self._hand_over([*args, *kwargs.values()])
        builder = Builder(self.reader, committed=False)
        parts = tuple([builder.part(a) for a in args])
        named = {k: builder.part(v) for k, v in kwargs.items()}
        concrete = [plain(self.reader, a, fresh=True) for a in args]
        named_values = {k: plain(self.reader, v, fresh=True) for k, v in kwargs.items()}
        copied = self._is_copied(args, kwargs)
        given = Given([*concrete, *named_values.values()] if copied else [])
        try:
            result = recorder.log.call(lambda: function(*concrete, **named_values))
        except Exception as error:
            target = self._called(function, name, parts, named, builder, BOOL, raises=True)
            found = exception_of(error)
            self.reader.check(self._result(target, found, name), "equal", (tuple, found))
            raise
        given.refuse_changes(recorder, name)
        keeper = getattr(function, "__self__", None)
        if isinstance(function, FunctionType) and args and function is not handling:
            keeper = args[0]  # a method, as the class has it
        if active and self._keeps(keeper):
            recorder.refuse(
                f"a value that is differentiated is handed to {an(type(keeper).__name__)}",
                why="symdiff cannot see what becomes of it there",
                remedy="use a list, a dict or a collections.deque",
            )
        kept = id(keeper) in self.keepers
        if active and self._carries(function, args, kwargs, keeper):
            self.carried = self.carried or called(function)
        text = type(result) is str and (contains_tracer(args) or contains_tracer(kwargs))
        if self.carried and not active and not text:
            text = self._brings_back(function, result)
        known = text or isinstance(result, bool | None) or is_count(result, args)
        if (active and not known) or (kept and may_hold(result)):
            self._refuse_active(name)
        if self.reader.is_outside(keeper) and any(isinstance(a, TracedText | Text) for a in args):
            self.texts[id(keeper)] = keeper
        if text or (isinstance(result, str) and id(keeper) in self.texts):
            target = self._called(function, name, parts, named, builder, BOOL)
            recorder.values[target] = str(result)
            return Text(recorder, str(result), target, True)
        if active and self.reader.is_outside(keeper) and not isinstance(keeper, ModuleType):
            self.keepers[id(keeper)] = keeper
        return self._recorded(function, name, parts, named, builder, result)

    def _carries(
        self, function: Any, args: Sequence[Any], kwargs: dict[str, Any], keeper: Any
    ) -> bool:
        """Whether a call puts what it is given where the program may read it again."""
        root = module_of(function).partition(".")[0]
        if root in ("logging", "warnings", "_warnings") or function is handling:
            return False
        if function is print:
            keeper = plain(self.reader, kwargs.get("file"))
            keeper = sys.stdout if keeper is None else keeper
        return not any(keeper is stream for stream in self.streams)

    def _brings_back(self, function: Any, result: Any) -> bool:
        """Whether a result is text that may hold what was carried away; other values are refused.

        A file, a buffer or a table of a database does not say where its contents are from.
        """
        root = module_of(function).partition(".")[0]
        if root in TELLING_NOTHING or draws(function) or not may_tell(result):
            return False
        if type(result) is not str:
            self.recorder.refuse(
                f"what `{called(function)}` gives, after `{self.carried}` was given a value that "
                "is differentiated",
                why="symdiff cannot see whether it is that value, whose derivative would be lost",
                remedy="read before writing, or use the value itself",
            )
        return True

    def _hand_over(self, values: Sequence[Any]) -> None:
        """What keeps an object must be given that object, as it will be when the call is over."""
        for value in values:
            kind = type(value)
            if kind not in CONTAINERS and kind is not Tracer:
                continue
            origin = self.reader.origins.get(id(value))
            if origin is not None and changed(self.reader, value):
                self.recorder.refuse(
                    f"`{origin[1]}`, which the function has changed, is put where it is kept",
                    remedy="put a copy of it there",
                )
            self.handed.append((value, _contents(value), self.recorder.site))

    def check_handed(self) -> None:
        """At the end: what was put where it is kept is still what it was."""
        for value, before, site in self.handed:
            now = _contents(value)
            if len(now) != len(before) or any(map(operator.is_not, now, before)):
                self.recorder.site = site
                self.recorder.refuse(
                    f"{an(type(value).__name__)} is put where it is kept, and changed afterwards",
                    remedy="put a copy of it there",
                )

    def _recorded(
        self,
        function: Any,
        name: str,
        parts: tuple[Part, ...],
        named: dict[str, Part],
        builder: Builder,
        result: Any,
    ) -> Any:
        """Record the call as a statement; its result as the traced function sees it."""
        recorder = self.recorder
        number = isinstance(result, NUMBERS) or (
            type(result) is np.ndarray and result.dtype.kind in "fiu"
        )
        aval = aval_of(result) if number else BOOL
        target = self._called(function, name, parts, named, builder, aval)
        if not number:
            return self.reader.wrap(result, self._result(target, result, name), name)
        expected = signature(result)
        check = Check("signature", self._result(target, result, name), expected)
        span = SITES[recorder.site].span
        recorder.statements.append(Statement(None, check, (target,), span))
        recorder.path.append(expected)
        value = np.array(result) if isinstance(result, np.ndarray) else result
        recorder.values[target] = value
        return Tracer(recorder, value, target)

    def _called(
        self,
        function: Any,
        name: str,
        parts: tuple[Part, ...],
        named: dict[str, Part],
        builder: Builder,
        aval: Aval,
        raises: bool = False,
    ) -> Var:
        """The statement of a call."""
        target = Var(name, aval)
        operation = Opaque(self._source(function, name), parts, named, aval, name, raises)
        span = SITES[self.recorder.site].span
        self.recorder.statements.append(Statement(target, operation, tuple(builder.operands), span))
        return target

    def _is_copied(self, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
        """Whether a call is given containers or arrays of the function's own."""
        origins = self.reader.origins
        return any(
            (type(v) is Tracer or type(v) in CONTAINERS) and id(v) not in origins
            for v in (*args, *kwargs.values())
        )

    def _keeps(self, keeper: Any) -> bool:
        """Whether it is an instance of a library's class that the function has made."""
        kind = type(keeper)
        plain = isinstance(keeper, type | ModuleType) or kind in CONTAINERS or kind is Tracer
        return not plain and hasattr(keeper, "__dict__") and not self.reader.is_outside(keeper)

    def _refuse_active(self, name: str) -> None:
        self.recorder.refuse(
            f"the result of `{name}` depends on what is differentiated",
            why="symdiff cannot see into it, and the derivative would be lost",
            remedy="write it with functions symdiff knows (mean + scale * noise for a draw), or "
            "use symdiff.detach(...) on its argument",
        )

    def _source(self, function: Any, name: str) -> Source:
        """Where to find the function in every run: a method belongs to the object of that run."""
        owner = getattr(function, "__self__", None)
        if owner is not None and self.reader.is_outside(owner):
            return Attribute(self.reader.source_of(owner), name)
        if self.reader.is_outside(function):
            return self.reader.source_of(function)
        return Fixed(function, name)

    def _drawn(self, function: Any, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """A choice among active values: the places are drawn, which takes the same random bits."""
        owner: Sequence[Any] = ()
        if args and self.reader.is_outside(args[0]) and hasattr(args[0], name):
            owner, args = args[:1], args[1:]  # a method of Python's own generator
        values: Any
        values, *rest = args or (kwargs.get("population"),)
        further = {k: v for k, v in kwargs.items() if k != "population"}
        if self.recorder.is_active(rest) or self.recorder.is_active(further):
            self._refuse_active(name)
        if type(values) is Tracer:
            values = self.recorder.rows(values)
        if not isinstance(values, list | tuple):
            self._refuse_active(name)
        places: Any = range(len(values))
        if module_of(function).startswith("numpy"):
            places = len(values)
        drawn = self.call(function, (*owner, places, *rest), further)
        if isinstance(drawn, Tracer) and self.recorder.shape(drawn):
            whole = self.recorder.array(list(values))
            return self.recorder.getitem(whole, self.recorder.concrete(drawn))
        if isinstance(drawn, list):
            return [values[self.recorder.concrete(k)] for k in drawn]
        return values[self.recorder.concrete(drawn)]

    def _shuffle(self, function: Any, args: Sequence[Any]) -> None:
        """A call that changes its argument gives the changed argument as its result."""
        owner = getattr(function, "__self__", None)
        items = args[-1]
        if self.recorder.is_active(items):
            places = list(range(len(items)))
            self._shuffle(function, (*args[:-1], places))
            order = [self.recorder.concrete(k) for k in places]
            if type(items) is Tracer:
                self.recorder.setitem(items, ..., self.recorder.getitem(items, order))
            else:
                items[:] = [items[k] for k in order]
            return
        if len(args) > 1:
            shuffled = self.call(_shuffled_by, args, {})
        elif owner is not None and self.reader.is_outside(owner):
            shuffled = self.call(_shuffled_by, (owner, items), {})
        else:
            shuffled = self.call(_Shuffle(function), (items,), {})
        if type(items) is Tracer:
            self.recorder.setitem(items, ..., shuffled)
        else:
            items[:] = shuffled

    def items(self, iterator: Any) -> Iterator[Any]:
        """What an iterator from outside gives, step by step."""
        while True:
            more, value = self.call(_step, (iterator,), {})
            if not more:
                return
            yield value

    def next(self, iterator: Any, default: Sequence[Any]) -> Any:
        """`next(iterator)` of an iterator from outside."""
        more, value = self.call(_step, (iterator,), {})
        if more:
            return value
        if default:
            return default[0]
        raise StopIteration


def _contents(value: Any) -> list[Any]:
    return [value.version] if type(value) is Tracer else list(contents(value))


def _step(iterator: Any) -> tuple[bool, Any]:
    for value in iterator:
        return True, value
    return False, None


class _Shuffle:
    """`random.shuffle`, giving the shuffled list."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.__name__ = "shuffled"

    def __call__(self, items: Any) -> Any:
        items = items.copy()
        self.function(items)
        return items


def _shuffled_by(owner: Any, items: Any) -> Any:
    return _Shuffle(owner.shuffle)(items)
