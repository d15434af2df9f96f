"""What a program does to the world outside it: opaque calls, and what it writes at the end.

A *part* says how a value is put together again, in every run, from the operands of a statement:
the list that a function appended `(x, "text")` to holds a fresh tuple with the `x` of that run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..records import dataclass
from .naming import printable
from .program import Aval
from .sources import Source

Naming = Callable[[Any, str], str]
"""A name bound to an object in the namespace of the compiled function."""


class Part:
    """A value, or a piece of one, as a recipe."""

    __slots__ = ()

    def code(self, operands: Sequence[str], name: Naming, shared: Sharing) -> str:
        """Python source of the value."""
        raise NotImplementedError


class Sharing:
    """Lines that make the mutable parts, each made once however often it is used."""

    def __init__(self, line: Callable[[str, str], str]) -> None:
        self.names: dict[int, str] = {}
        self.line = line

    def once(self, part: Part, source: Callable[[], str]) -> str:
        known = self.names.get(id(part))
        if known is None:
            known = self.names[id(part)] = self.line("made", source())
        return known


@dataclass(frozen=True, slots=True, eq=False)
class Operated(Part):
    """The operand at `index`, as the Python or NumPy type it has in the user's function."""

    index: int
    type: type

    def code(self, operands: Sequence[str], name: Naming, shared: Sharing) -> str:
        text = operands[self.index]
        if self.type is np.ndarray:
            return shared.once(self, lambda: f"numpy.array({text})")
        if self.type in (float, int, bool):
            return f"{self.type.__name__}({text})"
        return f"{name(self.type, 'type')}({text})"


@dataclass(frozen=True, slots=True, eq=False)
class Whole(Operated):
    """The operand as it is, for one who copies from it."""

    def code(self, operands: Sequence[str], name: Naming, shared: Sharing) -> str:
        return operands[self.index]


@dataclass(frozen=True, slots=True, eq=False)
class Viewed(Part):
    """A view of an array; `make` makes it of the array and the operands at `further`."""

    base: Part
    make: Callable[..., Any]
    further: tuple[int, ...]

    def code(self, operands: Sequence[str], name: Naming, shared: Sharing) -> str:
        def source() -> str:
            base = self.base.code(operands, name, shared)
            given = ", ".join([base, *[operands[k] for k in self.further]])
            return f"{name(self.make, 'view')}({given})"

        return shared.once(self, source)


@dataclass(frozen=True, slots=True, eq=False)
class Fixed(Part):
    """The same object in every run."""

    value: Any

    def code(self, operands: Sequence[str], name: Naming, shared: Sharing) -> str:
        if self.value is None or type(self.value) in (int, str, bool):
            return repr(self.value)
        return name(self.value, "fixed")


@dataclass(frozen=True, slots=True, eq=False)
class Found(Part):
    """What is found outside."""

    source: Source

    def code(self, operands: Sequence[str], name: Naming, shared: Sharing) -> str:
        return self.source.code(name)


@dataclass(frozen=True, slots=True, eq=False)
class Filled(Part):
    """A list, tuple, set, deque or named tuple; `make` makes it of a list."""

    make: Callable[[list[Any]], Any]
    parts: tuple[Part, ...]
    mutable: bool

    def code(self, operands: Sequence[str], name: Naming, shared: Sharing) -> str:
        def source() -> str:
            items = ", ".join([p.code(operands, name, shared) for p in self.parts])
            if self.make is list:
                return f"[{items}]"
            if self.make is tuple:
                return f"({items}{',' if items else ''})"
            return f"{name(self.make, 'make')}([{items}])"

        return shared.once(self, source) if self.mutable else source()


@dataclass(frozen=True, slots=True, eq=False)
class Keyed(Part):
    """A dict of some kind, or an instance with attributes; `make` makes it of keys and values."""

    make: Callable[[tuple[Any, ...], list[Any]], Any]
    keys: tuple[Any, ...]
    parts: tuple[Part, ...]

    def code(self, operands: Sequence[str], name: Naming, shared: Sharing) -> str:
        def source() -> str:
            items = ", ".join([p.code(operands, name, shared) for p in self.parts])
            return f"{name(self.make, 'make')}({name(self.keys, 'keys')}, [{items}])"

        return shared.once(self, source)


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """An `Operation` that changes the outside, once per call, after every guard has passed.

    `kind` is `"attribute"` (`key` of the object at `source`; without `part` it is deleted),
    `"global"` or `"cell"` (`part` is the new value), `"array"` (all of it, in place), `"place"` (of
    an array: `key` is the code of an index and where its operands are), `"items"` (at the places
    `key`), `"append"`, `"splice"` (`key` is how many items stay at the beginning and at the end),
    `"shift"` (`key` items leave a deque at its beginning, others come at its end), `"keys"` (of a
    dict: `key` is what is deleted and what is set), `"members"` (of a set: `key` is what is
    removed) or `"contents"` (all of a container).
    """

    source: Source
    kind: str
    key: Any
    part: Part | None

    @property
    def name(self) -> str:
        return "write"

    def infer(self, avals: Sequence[Aval]) -> None:
        return None

    def evaluate(self, *values: Any) -> Any:
        return None

    def describe(self, operands: Sequence[str]) -> str:
        key = self.key if isinstance(self.key, str) else repr(self.key)
        return f"write {self.source} {self.kind} {printable(key)}: {', '.join(operands)}"


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """An `Operation` that calls something symdiff does not look into, once per gradient call.

    Nothing active reaches it. The function is read again in every run, and the arguments are put
    together from the operands.
    """

    function: Source
    args: tuple[Part, ...]
    kwargs: dict[str, Part]
    aval: Aval | None
    label: str
    raises: bool = False  # then its result is what it raised, which the function has caught

    @property
    def name(self) -> str:
        return "opaque"

    def infer(self, avals: Sequence[Aval]) -> Aval | None:
        return self.aval

    def evaluate(self, *values: Any) -> Any:
        raise AssertionError("an opaque call is made by the compiled program only")

    def describe(self, operands: Sequence[str]) -> str:
        return f"{printable(self.label)}({', '.join(operands)})"


def handling(
    error: BaseException, function: Callable[..., Any], /, *args: Any, **kwargs: Any
) -> Any:
    """Call a function that asks for the exception that is being handled, such as a log."""
    try:
        raise error.with_traceback(None)
    except BaseException:
        error.__context__ = error.__traceback__ = None  # the frames are not the user's
        return function(*args, **kwargs)


@dataclass(frozen=True, slots=True, eq=False)
class Composed:
    """An `Operation` that makes a text of its operands, by a function without effects.

    Text has no derivative. It goes to an effect or outside, or a guard looks at it.
    """

    function: Callable[..., str]
    args: tuple[Part, ...]
    kwargs: dict[str, Part]

    @property
    def name(self) -> str:
        return "text"

    def infer(self, avals: Sequence[Aval]) -> None:
        return None

    def evaluate(self, *values: Any) -> Any:
        raise AssertionError("a text is made by the compiled program only")

    def describe(self, operands: Sequence[str]) -> str:
        return f"text({', '.join(operands)})"


def exception_of(error: BaseException) -> tuple[type, str]:
    """What a later exception must be like, for the function to go the same way."""
    return type(error), repr(error.args)


class Held:
    """A lock that a call holds from where the function takes it until all changes are made."""

    __slots__ = ("lock",)

    def __init__(self, lock: Any) -> None:
        self.lock = lock


class Released:
    """That the function has left a lock under which it had changed nothing: the call lets go."""

    __slots__ = ("lock",)

    def __init__(self, lock: Any) -> None:
        self.lock = lock


class EffectLog:
    """The results of opaque calls made so far in one gradient call.

    When a specialization turns out to be the wrong one half way, the next attempt (compiled or
    traced) takes the results from here: an effect happens once per call.
    """

    __slots__ = ("locks", "position", "results", "taken")

    def __init__(self) -> None:
        self.results: list[tuple[bool, Any]] = []
        self.position = 0
        self.locks: list[Any] = []
        self.taken: list[Any] = []  # for each of them that it has been acquired

    def rewind(self) -> None:
        self.position = 0

    def call(self, function: Callable[[], Any]) -> Any:
        """The result of a call, made now if this is the first attempt to get here."""
        if self.position == len(self.results):
            try:
                self.results.append((True, function()))
            except Exception as error:
                self.results.append((False, error))
        self.position += 1
        fine, result = self.results[self.position - 1]
        if not fine:
            raise result
        if type(result) is Held and not any(lock is result.lock for lock in self.locks):
            self.locks.append(result.lock)
            # Taking it and noting that is one step of C code, which no interrupt divides.
            self.taken.extend(map(type(result.lock).acquire, [result.lock]))
        if type(result) is Released and self.locks and self.locks[-1] is result.lock:
            self._let_go()
        return result

    def _let_go(self) -> None:
        """Release the lock that was taken last."""
        lock = self.locks[-1]
        if len(self.taken) == len(self.locks):
            self.taken.pop()
            lock.release()
        self.locks.pop()

    def raised(self, function: Callable[[], Any]) -> Any:
        """What a call raises: the class of the exception and its arguments as text."""
        try:
            self.call(function)
        except Exception as error:
            return exception_of(error)
        return None

    def release(self) -> None:
        """Let go of the locks that the call holds: all has been written, or a trace follows.

        Whoever waits for a trace must not hold one, for the trace that it waits for may want it.
        """
        while self.locks:
            self._let_go()
