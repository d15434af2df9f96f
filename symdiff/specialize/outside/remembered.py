"""What a program keeps of earlier calls: it is computed again, not taken for a constant.

A dictionary of results filled by plain calls, or the input and the result of the last call in two
attributes, would give the derivative of a number: zero. Where the function looks up what it has
kept for a differentiated input, and keeps it itself, the trace does as if nothing had been kept:
the function then computes, and keeps the same again. At the end it must have done so, with the
value that was there; otherwise the lookup is refused.

- A dictionary from outside is asked for a key made of a differentiated float: the entry that was
  there is taken out of the trace's copy. A key that is an integer is the place in a table, unless
  the function stores into that very dictionary.
- A differentiated value is equal to one in a place outside that the program assigns to: they count
  as different.
- A differentiated dataclass holds, beside its fields, a number that its methods assign to: it is
  refused where this call reads it and does not assign to it.
"""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Sequence
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from ...errors import SourceNotFoundError, an
from ...program.outside import CALLABLES, Check
from ...program.program import Var
from ...program.shapes import broadcast_shapes
from ...program.sources import Attribute, Cell, Global, Item, Source
from ...source.functions import function_source
from ..recording.statements import root_of
from ..recording.text import Text, TracedBytes, TracedText
from ..recording.tracer import PENDING, UNKNOWN, Tracer
from .distances import NEXT_TO_NOTHING, kept_at_no_distance, origins
from .writes import plain

if TYPE_CHECKING:
    from ..recording.recorder import Recorder
    from .reads import Reader

EQUALITIES = frozenset({"eq", "ne"})
ORDERS = frozenset({"lt", "le", "gt", "ge"})
_MOST_STEPS = 8
_NO_NUMBERS = (str, bytes, bool, type(None), *CALLABLES)
_STORING = frozenset({"setdefault", "update", "append", "appendleft", "insert", "pop", "clear"})
_AT_FIRST = frozenset({"__init__", "__post_init__", "__new__", "__setstate__"})


class Remembered:
    """What one trace has found kept from earlier calls."""

    def __init__(self, recorder: Recorder, reader: Reader) -> None:
        self.recorder = recorder
        self.reader = reader
        self.followed: dict[int, FunctionType] = {}
        self.entries: list[tuple[Any, Any, Any, int]] = []
        self.places: list[tuple[Source, Any, int]] = []
        self.ordered: dict[int, dict[bool, str]] = {}  # how it was asked if inputs are smaller

    def follow(self, function: FunctionType) -> None:
        """Take note of a function of the program, which may keep results."""
        self.followed.setdefault(id(function.__code__), function)

    # -- dictionaries

    def forget(self, container: Any, key: Any) -> None:
        """Take out of a dictionary what earlier calls have kept for a differentiated key."""
        if not isinstance(container, dict) or self.recorder.abstract:
            return
        if id(container) not in self.reader.origins:
            return
        whole = type(key) is Tracer and not self.recorder.is_active(key)
        floats = False if whole else self._is_active(key)  # (what it is made of is asked last)
        if floats is None:
            return
        known = self.recorder.key_value(key)
        get: Any = OrderedDict.get if isinstance(container, OrderedDict) else dict.get
        copy = next((c for c in self.reader.copies if c.copy is container), None)
        if copy is None or known not in container:
            return
        kept = get(container, known)
        if isinstance(kept, _NO_NUMBERS) or not any(kept is v for v in copy.before):
            return  # a name, a function; or what this call has put there
        source = self.reader.origins[id(container)][1]
        held = kept.value if type(kept) is Tracer else kept
        if not floats and (isinstance(held, int) or not self._is_stored_into(source)):
            return  # a table, or a number of times
        if whole and not self._is_counted(key):
            return
        dict.pop(container, known)
        self.entries.append((container, known, kept, self.recorder.site))

    def _is_active(self, key: Any) -> bool | None:
        """Whether a key is made of differentiated floats; `False` of integers made of them."""
        kind = type(key)
        if kind is Tracer:
            if self.recorder.is_active(key):
                return bool(self.recorder.aval(key).is_inexact)
            return False if self._is_counted(key) else None
        if kind is int:
            return False if key in self.recorder.counted else None
        if kind is Text:
            return True if key.active else None
        if kind is TracedText or kind is TracedBytes:
            return True
        if isinstance(key, tuple | frozenset):
            found = [self._is_active(k) for k in key]
            return True if True in found else False if False in found else None
        held = getattr(key, "__dict__", None)
        if isinstance(held, dict) and any(map(self._is_active, held.values())):
            self.recorder.refuse(
                f"{an(kind.__name__)} that holds what is differentiated, as a key of a dict",
                why="what an earlier call has kept under it would be taken for a constant",
                remedy="use a tuple of the numbers in it as the key",
            )
        return None

    def _is_counted(self, key: Tracer) -> bool:
        """Whether a whole number is made of differentiated floats."""
        waiting = list(key.leaves) if key.operand is PENDING else [key.operand]
        for _ in range(_MOST_STEPS):
            variables = [v for v in waiting if type(v) is Var]
            if not variables or any(v in self.recorder.active for v in variables):
                return bool(variables)
            made = [s for s in self.recorder.statements if s.target in variables]
            waiting = [o for s in made for o in s.operands]
        return False

    # -- the last input

    def differ(self, name: str, args: Any) -> Any:
        """The outcome of a comparison with what was kept; `None` for any other comparison."""
        if len(args) != 2 or self.recorder.abstract:
            return None
        a, b = args
        if name in EQUALITIES:
            place = self._place(a, b) or self._place(b, a)
            if place is None:
                apart, nothing = (a, b) if isinstance(b, int | float) else (b, a)
                exact = isinstance(nothing, int | float) and nothing in (0, 1)
                place = self._distance(apart, nothing) if exact else None
            elif not _same(a.value, b.value):
                return None
            if place is None:
                return None
            different = name == "ne"
        else:
            self._ask_order(name, a, b)
            one, other = self._distance(a), self._distance(b)
            if one is not None and other is not None:
                return None  # the larger of two distances is asked for
            place = one or other
            if place is None:
                return None
            different = name in (("gt", "ge") if other is None else ("lt", "le"))
        self.places.append((*place, self.recorder.site))
        shape = broadcast_shapes(*[self.recorder.shape(v) for v in args])
        return np.full(shape, different) if shape else different

    def _ask_order(self, name: str, a: Any, b: Any) -> None:
        """Refuse what is neither below nor above the one that was kept: it is asked for this."""
        place, swapped = self._place(a, b), False
        if place is None:
            place, swapped = self._place(b, a), True
        if place is None or not _same(a.value, b.value):
            return
        asked = self.ordered.setdefault(id(place[0]), {})
        asked[(name in ("lt", "le")) is not swapped] = name
        if len(asked) > 1 and {*asked.values()} != {"lt"}:  # which is how Python sorts
            self._refuse(f"`{place[0]}` holds this very input")

    def is_last(self, a: Any, b: Any) -> bool:
        """Whether `a is b` is asked of an argument and of the one of the last call."""
        place = self._place(a, b) or self._place(b, a)
        if place is None:
            return False
        self.places.append((*place, self.recorder.site))
        return True

    def is_apart(self, tracer: Tracer) -> bool:
        """Whether the truth of a difference is asked, from an input that was kept."""
        place = self._distance(tracer)
        if place is not None:
            self.places.append((*place, self.recorder.site))
        return place is not None

    def _place(self, active: Any, other: Any) -> tuple[Source, Any] | None:
        """Where `other` was kept, and what it is."""
        recorder = self.recorder
        if type(active) is not Tracer or type(other) is not Tracer or other.value is UNKNOWN:
            return None
        if other.operand is PENDING or not recorder.is_active(active):
            return None
        if not recorder.aval(active).is_inexact:
            return None
        kept = {} if recorder.is_active(other) else self._kept()
        if not kept:
            return None
        made = {s.target: s for s in recorder.statements if s.target is not None}
        read = next((v for v in origins(root_of(other).operand, made) if v in kept), None)
        return None if read is None else (kept[read], np.array(recorder.values[read]))

    def _kept(self) -> dict[Var, Source]:
        """What was read from places that the program changes."""
        values, active = self.recorder.values, self.recorder.active
        return {
            var: source
            for var, source in self.reader.read_from.items()
            if var not in active and self._is_changed(source, values[var])
        }

    def _distance(self, value: Any, nothing: float | None = None) -> tuple[Source, Any] | None:
        """What was kept, where a value is its distance from an input, and next to nothing.

        With `nothing` it must be that: 0 where a difference is asked for, 1 where a quotient is.
        """
        if type(value) is not Tracer or value.value is UNKNOWN or value.value is None:
            return None
        if np.any(
            np.abs(value.value - (nothing or 0)) > (NEXT_TO_NOTHING if nothing is None else 0)
        ):
            return None
        if not self.reader.read_from or not self.recorder.is_active(value):
            return None
        kept = self._kept()
        if not kept:
            return None
        pending = value.operand is PENDING
        read = kept_at_no_distance(
            value.code if pending else (),
            value.leaves if pending else (value.operand,),
            self.recorder.statements,
            kept,
            self.recorder.active,
            self.recorder.values,
        )
        return None if read is None else (kept[read], np.array(self.recorder.values[read]))

    # -- what the program keeps

    def _is_changed(self, source: Source, value: Any) -> bool:
        """Whether the program puts something else at a place outside, or into the array there."""
        array = isinstance(value, np.ndarray)
        return self._is_assigned(source) or (array and self._is_stored_into(source))

    def _is_assigned(self, source: Source) -> bool:
        """Whether the program assigns to a place outside after it was made."""
        while True:
            if isinstance(source, Attribute):
                owner = type(source.owner.read(self.reader.arguments))
                functions = [*self._own(), *_methods(owner)]
                if any(source.name in stored(f).attributes for f in functions):
                    return True
            elif isinstance(source, Global):
                space = [v for v in source.namespace.values() if type(v) is FunctionType]
                if any(source.name in stored(f).names for f in (*self._own(), *space)):
                    return True
            elif isinstance(source, Cell) and any(
                source.name in stored(f).names for f in self._own()
            ):
                return True
            if not isinstance(source, Item):
                return False
            source = source.owner
            if self._is_stored_into(source):
                return True

    def _is_stored_into(self, source: Source) -> bool:
        """Whether the functions of this trace store items in a container from outside."""
        name = getattr(source, "name", None)
        if isinstance(source, Item):
            return self._is_stored_into(source.owner)
        return any(name in stored(f).containers for f in self._own())

    def _own(self) -> list[FunctionType]:
        return [f for f in self.followed.values() if f.__name__ not in _AT_FIRST]

    # -- at the end

    def check(self, outputs: Sequence[Any]) -> None:
        """Refuse what was looked up, and not kept again as it was."""
        if self.reader.beside:
            self._check_beside(outputs)
        for container, key, kept, site in self.entries:
            self.recorder.site = site
            source = self.reader.origins[id(container)][1]
            if key not in container:
                self._refuse(f"`{source}` holds a value for this very input")
            if not _agree(plain(self.reader, kept), plain(self.reader, container[key])):
                self._refuse(f"`{source}` holds another value for this input than is computed now")
        for source, kept, site in self.places:
            self.recorder.site = site
            if not self._is_kept(source, kept):
                self._refuse(f"`{source}` holds this very input")

    def _check_beside(self, outputs: Sequence[Any]) -> None:
        computing = [s for s in self.recorder.statements if type(s.operation) is not Check]
        read = {o for s in computing for o in s.operands if type(o) is Var}
        read.update(o for o in outputs if type(o) is Var)
        for made, name, source, wrapped in self.reader.beside:
            known = wrapped.operand in read and getattr(made, name, None) is wrapped
            if known and self._is_assigned(source):
                self._refuse(f"`{source}` holds what depends on the fields")

    def _is_kept(self, source: Source, kept: Any) -> bool:
        """Whether the trace has put the input where it was, and beside it what was there."""
        reader = self.reader
        for tracer, place, _ in reader.arrays:
            if place is source and tracer.version:
                return _agree(kept, tracer.value)
        replaced, value = self._now(source)
        if not replaced or not _agree(kept, plain(reader, value)):
            return False
        if isinstance(source, Attribute):
            owner = source.owner.read(reader.arguments)
            changes = [(n, v) for (where, n), v in reader.overlay.items() if where == id(owner)]
            return all(_agree(getattr(owner, n, None), plain(reader, v)) for n, v in changes)
        return True

    def _now(self, source: Source) -> tuple[bool, Any]:
        """Whether the trace has put something else at a place outside, and what is there."""
        reader = self.reader
        found: Any = _ABSENT
        if isinstance(source, Attribute):
            owner = source.owner.read(reader.arguments)
            found = reader.overlay.get((id(owner), source.name), _ABSENT)
        elif isinstance(source, Global | Cell):
            place = source.namespace if isinstance(source, Global) else source.cell
            found = reader.names.get((id(place), source.name), (None, _ABSENT))[1]
        elif isinstance(source, Item):
            replaced, container = self._now(source.owner)
            if isinstance(container, list | tuple | dict):
                known = isinstance(container, dict) and source.key in container
                if known or (type(source.key) is int and source.key < len(container)):
                    found = container[source.key]
            copy = next((c for c in reader.copies if c.copy is container), None)
            if not replaced and (copy is None or any(found is v for v in copy.before)):
                return False, None if found is _ABSENT else found
        if found is not _ABSENT:
            return True, found
        return False, next((c.copy for c in reader.copies if c.source is source), None)

    def _refuse(self, what: str) -> None:
        self.recorder.refuse(
            f"{what}, kept by an earlier call",
            why="what was kept is a number without a derivative, and the function does not compute "
            "it again",
            remedy="clear what is kept before, or differentiate the function that computes it",
        )


class Stored:
    """What a function assigns to: attributes, names outside, and containers, by their names."""

    def __init__(self, tree: ast.AST) -> None:
        self.attributes: set[str] = set()
        self.names: set[str] = set()
        self.containers: set[str | None] = set()
        for node in ast.walk(tree):
            storing = isinstance(getattr(node, "ctx", None), ast.Store)
            if isinstance(node, ast.Global | ast.Nonlocal):
                self.names.update(node.names)
            if isinstance(node, ast.Attribute) and node.attr in _STORING:
                self.containers.add(_last_name(node.value))
            if isinstance(node, ast.Attribute) and storing:
                self.attributes.add(node.attr)
            if isinstance(node, ast.Subscript) and storing:
                self.containers.add(_last_name(node.value))
        self.containers.discard(None)


def _last_name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


_ABSENT = object()
_NOTHING = Stored(ast.Pass())
_stored: WeakKeyDictionary[CodeType, Stored] = WeakKeyDictionary()


def stored(function: FunctionType) -> Stored:
    """What a function assigns to; nothing where its source is not at hand."""
    code = function.__code__
    known = _stored.get(code)
    if known is None:
        try:
            known = Stored(function_source(function).node)
        except SourceNotFoundError:
            known = _NOTHING
        _stored[code] = known
    return known


def _methods(cls: type) -> list[FunctionType]:
    """The functions of a class and its bases that run after an instance is made."""
    found: list[FunctionType] = []
    for base in cls.__mro__:
        for name, held in vars(base).items():
            function = held.fset if isinstance(held, property) else held
            if type(function) is FunctionType and name not in _AT_FIRST:
                found.append(function)
    return found


def _is_zero(*values: Any) -> bool:
    return any(isinstance(v, int | float) and v == 0 for v in values)


def _same(a: Any, b: Any) -> bool:
    """Whether two values are equal, or one number to some number of an array."""
    if a is UNKNOWN or b is UNKNOWN or a is None or b is None:
        return False
    if np.shape(a) == np.shape(b):
        return bool(np.all(np.asarray(a) == np.asarray(b)))
    return min(np.size(a), np.size(b)) == 1 and bool(np.any(np.asarray(a) == np.asarray(b)))


def _agree(before: Any, now: Any, rtol: float = 1e-6) -> bool:
    """Whether two values are the same to rounding; what is no float may have changed."""
    if isinstance(before, list | tuple) and isinstance(now, list | tuple):
        return len(before) == len(now) and all(map(_agree, before, now))
    if not isinstance(before, float | np.floating | np.ndarray):
        return True
    if not isinstance(now, float | int | np.number | np.ndarray):
        return False
    if np.shape(before) != np.shape(now):
        return False
    try:
        return bool(np.allclose(before, now, rtol=rtol, atol=1e-12, equal_nan=True))
    except TypeError:
        return True
