"""Python's builtins over traced values: `len`, `sum`, `max`, `sorted`, `int`, `range`, ..."""

from __future__ import annotations

import builtins
import contextlib
import copy
import functools
import itertools
import math
import operator
import sys
from abc import ABCMeta
from collections.abc import Callable, Iterator, Sequence
from types import FunctionType, UnionType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.runtime.pristine import PYTHON
from ...operations.table.entry import TABLE, ElementwiseEntry
from ...operations.table.lookup import entry_of, method_entry
from ...program.outside import Same
from ...program.sources import Attribute, Fixed, Instance, Subclass
from ...safety.stack import recursion_limit
from ..outside import copies
from ..outside.contexts import Closing, callback, enter_context, push
from ..outside.libraries import is_library
from ..recording.kinds import STANDARD, kind_of
from ..recording.sharing import in_order
from ..recording.text import Text, TracedBytes, TracedText
from ..recording.tracer import UNKNOWN, Tracer, contains_tracer
from ..rewriting.sites import SITES
from . import frames, raising
from . import numpy as numpy_calls
from .containers import hash_own
from .evaluated import evaluate
from .library import StandardLibrary
from .operators import Operators

if TYPE_CHECKING:
    from ..outside.parts import Calls


_COMPENSATED = sys.version_info >= (3, 12)
"""Whether `sum` adds floats up without the error that rounding makes."""

_IN_PLACE_NAMES = {
    "iadd": "add",
    "isub": "sub",
    "imul": "mul",
    "itruediv": "div",
    "ipow": "pow",
    "ifloordiv": "floordiv",
    "imod": "mod",
    "imatmul": "matmul",
    "iand": "and_",
    "ior": "or_",
    "ixor": "xor",
}


_PYTHON = frozenset({float, int, bool, complex})
"""Numbers that do not have the methods of arrays and tensors, for one who asks by name."""


class Builtins:
    """Builtins, and functions of `math`, `functools` and NumPy that act like them, over tracers.

    `table` gives the function to call in the place of each.
    """

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.hooks = calls.hooks
        self.recorder = calls.recorder
        self.table: dict[Any, Callable[..., Any]] = {
            isinstance: self._isinstance,
            issubclass: self._issubclass,
            type: self._type,
            len: self._len,
            int: self._int,
            float: self._float,
            bool: self._bool,
            range: self._range,
            sum: self._sum,
            complex: self._complex,
            hash: self._by_method("__hash__", hash),
            math.floor: self._by_method("__floor__", math.floor),
            math.ceil: self._by_method("__ceil__", math.ceil),
            math.trunc: self._by_method("__trunc__", math.trunc),
            operator.index: self._by_method("__index__", operator.index),
            min: lambda *a, **k: self._extreme("smaller", "lt", a, k),
            max: lambda *a, **k: self._extreme("larger", "gt", a, k),
            any: lambda xs: self._any(xs, True),
            all: lambda xs: not self._any(xs, False),
            round: self._round,
            divmod: self._divmod,
            pow: self._pow,
            sorted: self._sorted,
            list: lambda *xs: list(*map(self.calls.iterable, xs)),
            tuple: lambda *xs: tuple(*map(self.calls.iterable, xs)),
            set: lambda *xs: self._set(set, *xs),
            dict.fromkeys: self._from_keys,
            frozenset: lambda *xs: self._set(frozenset, *xs),
            enumerate: self._enumerate,
            zip: lambda *xs, **k: zip(*map(self.calls.iterable, xs), **k),
            iter: self._iter,
            next: self._next,
            reversed: self._reversed,
            map: self._map,
            filter: self._filter,
            functools.reduce: self._reduce,
            getattr: self._getattr,
            hasattr: self._hasattr,
            setattr: lambda o, n, v: self.hooks.attributes.set(o, n, v, self.recorder.site),
            delattr: lambda o, n: self.hooks.attributes.delete(o, n, self.recorder.site),
            object.__setattr__: self.hooks.attributes.set_plain,
            vars: self._vars,
            callable: self._callable,
            id: self._id,
            dir: lambda *owner: self.calls.effects.call(dir, owner, {}),
            eval: lambda *a: evaluate(self.calls, *a),
            str: self._str,
            repr: self.hooks.texts.repr_of,
            ascii: lambda value: self.hooks.texts.repr_of(value, ascii),
            format: self.hooks.texts.formatted,
            abs: self._abs,
            math.fsum: self._fsum,
            math.hypot: lambda *xs: functools.reduce(self._hypot, xs, 0.0),
            math.dist: self._dist,
            **{getattr(operator, n): self._in_place(n) for n in _IN_PLACE_NAMES},
            math.prod: self._prod,
            **{getattr(math, n): f for n, f in self._newer().items() if hasattr(math, n)},
            np.array: self._array,
            np.asarray: functools.partial(self._array, copy=False),
            np.asanyarray: functools.partial(self._array, copy=False),
            np.copyto: lambda dst, src, **k: self._copy_to(dst, src, k),
            np.shape: lambda a: self.recorder.shape(self.recorder.array(a)),
            np.ndim: lambda a: len(self.recorder.shape(self.recorder.array(a))),
            np.size: self._size,
            sys.getrecursionlimit: lambda: calls.effects.call(recursion_limit, (), {}),
            contextlib.closing: functools.partial(Closing, self.hooks),
            copy.copy: functools.partial(copies.shallow, self.hooks),
            copy.deepcopy: functools.partial(copies.deep, self.hooks),
        }
        self.table.update(numpy_calls.handlers(calls))
        self.table.update(raising.handlers(calls))
        self.table.update(frames.handlers(calls))
        self.table.update(Operators(calls).table())
        self.table.update(StandardLibrary(calls).table())
        for name, original in vars(PYTHON).items():
            current = getattr(builtins, name, None)  # a user may have put something else there
            if current is not original and current in self.table:
                self.table[original] = self.table.pop(current)
        self.recorder.handlers = self.table
        for tool in (enter_context, push, callback):
            method = getattr(contextlib.ExitStack, tool.__name__)
            self.table[method] = functools.partial(tool, self.hooks)

    def _size(self, a: Any, axis: Any = None) -> int:
        shape = self.recorder.shape(self.recorder.array(a))
        return math.prod(shape) if axis is None else np.size(np.broadcast_to(0.0, shape), axis)

    def _written(self, value: Any, *names: str) -> FunctionType | None:
        """The first of some special methods that the user has written."""
        for name in names:
            kind = kind_of(value)
            method = None if kind in STANDARD else self.hooks.attributes.special(kind, name)
            if method is not None:
                return method
        return None

    def _by_method(self, name: str, function: Any) -> Callable[[Any], Any]:
        """A builtin that asks the user's own classes by a special method."""

        def call(value: Any) -> Any:
            method = self._written(value, name)
            if method is not None:
                return self.calls.call(self.recorder.site, method, value)
            entry = entry_of(function) if type(value) is Tracer else None
            if entry is not None:
                return self.recorder.apply_entry(entry, function, (value,), {})
            result = function(value)
            if function is hash and self.recorder.is_active(value):
                self.recorder.counted.add(result)
            return result

        return call

    def _complex(self, /, *args: Any, **kwargs: Any) -> Any:
        parts = [*args, *kwargs.values()]
        if len(parts) == 1:
            method = self._written(parts[0], "__complex__", "__float__", "__index__")
            if method is not None:
                return self.calls.call(self.recorder.site, method, parts[0])
        args = tuple([self._read_back(a, "a complex number") for a in args])
        if not any(type(p) is Tracer for p in parts):
            return complex(*args, **kwargs)
        real = kwargs.get("real", args[0] if args else 0.0)
        imag = kwargs.get("imag", args[1] if len(args) > 1 else 0.0)
        return self._binary("add", real, self._binary("mul", imag, 1j))

    def _divmod(self, a: Any, b: Any) -> Any:
        for owner, name, other in ((a, "__divmod__", b), (b, "__rdivmod__", a)):
            method = self._written(owner, name)
            if method is not None:
                result = self.calls.call(self.recorder.site, method, owner, other)
                if result is not NotImplemented:
                    return result
        if type(a) is not Tracer and type(b) is not Tracer:
            return divmod(a, b)
        return (self._binary("floordiv", a, b), self._binary("mod", a, b))

    def _iter(self, value: Any, *sentinel: Any) -> Iterator[Any]:
        if sentinel:
            return self._until(value, sentinel[0], self.recorder.site)
        return iter(self.calls.iterable(value))

    def _until(self, function: Any, sentinel: Any, site: int) -> Iterator[Any]:
        for _ in range(self.hooks.limit + 1):
            value = self.calls.call(site, function)
            if self.hooks.test(self.hooks.equal(value, sentinel, site), site):
                return
            yield value
        self.hooks.endless("`iter` of a function", SITES[site].span)

    def _reversed(self, value: Any) -> Any:
        if type(value) is Tracer:
            return self.recorder.each(value, backwards=True)
        method = self._written(value, "__reversed__")
        if method is not None:
            return self.calls.iterable(self.calls.call(self.recorder.site, method, value))
        if self._written(value, "__getitem__") and self._written(value, "__len__"):
            return (self._item(value, k) for k in range(self._len(value) - 1, -1, -1))
        self.hooks.only_inside(value, "`reversed`")
        return reversed(value)

    def _item(self, owner: Any, k: int) -> Any:
        return self.hooks.getitem(owner, k, self.recorder.site)

    def _isinstance(self, value: Any, classes: Any) -> bool:
        """`isinstance(value, classes)`, asked of one class after the other."""
        if isinstance(classes, tuple | UnionType):
            several = classes if isinstance(classes, tuple) else classes.__args__
            return any(self._isinstance(value, cls) for cls in several)
        sample = self._sample(value)
        kind = type(sample)
        if not isinstance(classes, type) or kind is classes:
            return isinstance(sample, classes)
        site, reader = self.recorder.site, self.hooks.reader
        method = self.hooks.attributes.special(type(classes), "__instancecheck__")
        if method is not None and not is_library(type(classes)):
            return bool(self.hooks.test(self.calls.call(site, method, classes, value), site))
        found = isinstance(sample, classes)
        self._bases(kind)
        if method is not None and reader.is_outside(value) and not is_library(kind):
            place = Instance(reader.source_of(value), classes)  # such as a protocol
            key = (id(value), "isinstance", classes)
            reader.check_once(key, place, "equal", (bool, found))
        elif method is None or type(classes) is ABCMeta:
            self._registered(kind, classes)
        return found

    def _issubclass(self, kind: Any, classes: Any) -> bool:
        if isinstance(classes, tuple | UnionType):
            several = classes if isinstance(classes, tuple) else classes.__args__
            return any(self._issubclass(kind, cls) for cls in several)
        method = self.hooks.attributes.special(type(classes), "__subclasscheck__")
        if method is not None and not is_library(type(classes)):
            site = self.recorder.site
            return bool(self.hooks.test(self.calls.call(site, method, classes, kind), site))
        self._registered(kind, classes)
        self._bases(kind)
        return issubclass(kind, classes)

    def _bases(self, kind: Any) -> None:
        """Check in later calls that a class of the user's has the bases that it has."""
        reader = self.hooks.reader
        if isinstance(kind, type) and not is_library(kind) and not reader.is_made(kind):
            place = Attribute(Fixed(kind, kind.__name__), "__mro__")
            reader.check_once((kind, "__mro__"), place, "identity", Same(kind.__mro__))

    def _callable(self, value: Any) -> bool:
        if type(value) is not Tracer:
            self.hooks.attributes.special(type(value), "__call__")  # checked in later calls
        return callable(self._sample(value))

    def _id(self, value: Any) -> Any:
        """A number that tells an object from others: another one in another call."""
        reader = self.hooks.reader
        if reader.is_outside(value) or id(value) in reader.origins:
            return self.calls.effects.call(id, (value,), {})
        return id(value)

    def _registered(self, kind: Any, classes: Any) -> None:
        """Check in later calls what `register` of an abstract class may change."""
        if isinstance(classes, ABCMeta) and isinstance(kind, type):
            if classes in kind.__mro__ or (is_library(classes) and is_library(kind)):
                return
            source = Subclass(kind, classes)
            found = source.read(())
            self.hooks.reader.check_once(source, source, "equal", (bool, found))

    def _type(self, *args: Any) -> Any:
        return type(self._sample(args[0])) if len(args) == 1 else self.hooks.made(type(*args))

    def _sample(self, value: Any) -> Any:
        if type(value) is Text:
            return value.value
        if type(value) is not Tracer:
            return value
        if value.value is UNKNOWN:
            return 0.0 if not self.recorder.shape(value) else np.zeros(0)
        return value.value

    def _len(self, value: Any) -> int:
        if type(value) is Tracer:
            return self.recorder.length(value)
        if type(value) is Text:
            return len(value.look())
        method = self.hooks.attributes.special(type(value), "__len__")
        if method is not None:
            return int(self.recorder.concrete(self.calls.call(self.recorder.site, method, value)))
        self.hooks.only_inside(value, "`len`")
        return len(value)

    def _int(self, *args: Any, **kwargs: Any) -> Any:
        value = self._read_back(args[0], "an int") if args else 0
        method = self._written(value, "__int__", "__index__", "__trunc__")
        if method is not None:
            return self._int(self.calls.call(self.recorder.site, method, value))
        if type(value) is not Tracer or len(args) + len(kwargs) > 1:
            plain = value.value if type(value) is Tracer else value
            return int(plain, *args[1:], **kwargs)
        return self._whole("trunc_int", int, value)

    def _whole(self, name: str, function: Callable[[Any], int], value: Any) -> Any:
        """A whole number of Python's own, which the program computes."""
        if type(value.value) is int:
            return value
        if self.recorder.shape(value):
            value = self.recorder.apply("reshape", value, shape=())
        entry = TABLE.entries[name]
        assert isinstance(entry, ElementwiseEntry)
        return self.recorder.elementwise(entry, function, (value,))

    def _float(self, *args: Any) -> Any:
        value = self._read_back(args[0], "a float") if args else 0.0
        method = self._written(value, "__float__", "__index__")
        if method is not None:
            return self._float(self.calls.call(self.recorder.site, method, value))
        if type(value) is not Tracer:
            return float(*args) if len(args) != 1 else float(value)
        if value.value is not UNKNOWN:
            number = float(value.value)
            if self.recorder.shape(value):
                return self.recorder.apply("reshape", value, shape=())
            value = self.recorder.widened(value)
            return Tracer(self.recorder, number, self.recorder.operand(value))
        return value

    def _read_back(self, value: Any, what: str) -> Any:
        """A value, in place of text that nothing active is in."""
        if type(value) is Text and not value.active:
            return str(value.look())
        if isinstance(value, TracedText | TracedBytes | Text):
            self.recorder.refuse(
                f"{what} read back from text made of a traced value",
                why="the derivative is lost in the text",
                remedy="use the value itself, or round(x, digits)",
            )
        return value

    def _bool(self, value: Any = False) -> bool:
        return bool(self.hooks.test(value, self.recorder.site))

    def _range(self, *args: Any) -> range:
        return range(*[operator.index(self.recorder.concrete(a)) for a in args])

    def _binary(self, name: str, a: Any, b: Any) -> Any:
        hook = self.hooks.operator(name)
        return hook(a, b, self.recorder.site)

    def _sum(self, values: Any, start: Any = 0) -> Any:
        total = start
        floats: list[Any] = []  # what is still to be added to `total`, which is one as well
        for k, value in enumerate(self.calls.iterable(values)):
            if _COMPENSATED and self._is_number(total, float):
                if self._is_number(value, float, int, bool):
                    floats.append(value)
                    continue
                total, floats = self._sum_of_floats(total, floats), []
            total = (
                value
                if k == 0 and type(total) is int and not total
                else (self._binary("add", total, value))
            )
        return self._sum_of_floats(total, floats)

    def _is_number(self, value: Any, *kinds: type) -> bool:
        return type(value.value if type(value) is Tracer else value) in kinds

    def _sum_of_floats(self, first: Any, others: Sequence[Any]) -> Any:
        """As `sum` adds Python's floats up from 3.12 on: what rounding loses is added at last."""
        if not any(type(v) is Tracer for v in (first, *others)):
            return sum(others, first)
        if len(others) < 2:  # nothing is lost that the result could hold
            return functools.reduce(lambda a, b: self._binary("add", a, b), others, first)
        return self.recorder.apply("sum_of_floats", first, *others)

    def _fsum(self, values: Any) -> Any:
        terms = [
            v if self._is_number(v, float, int, bool) else self._float(v)
            for v in self.calls.iterable(values)
        ]
        if not any(type(v) is Tracer for v in terms):
            return math.fsum(terms)
        return self.recorder.apply("fsum", *terms)

    def _newer(self) -> dict[str, Callable[..., Any]]:
        """Functions that `math` has from Python 3.12 (`sumprod`) and 3.13 (`fma`) on."""
        return {
            "sumprod": lambda p, q: self._sum(
                self._binary("mul", a, b)
                for a, b in zip(self.calls.iterable(p), self.calls.iterable(q), strict=True)
            ),
            "fma": lambda x, y, z: self._binary("add", self._binary("mul", x, y), z),
        }

    def _prod(self, values: Any, *, start: Any = 1) -> Any:
        return functools.reduce(
            lambda a, b: self._binary("mul", a, b), self.calls.iterable(values), start
        )

    def _extreme(self, entry: str, better: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """`min` and `max`: smooth programs by an entry, or decisions where there is a key."""
        key = kwargs.get("key")
        numbers: list[Any] = []  # to which nobody can be asked anything in between
        rest = iter(self.calls.iterable(args[0]) if len(args) == 1 else args)
        if key is None:
            for value in rest:
                if not self._is_scalar(value):
                    rest = itertools.chain([*numbers, value], rest)
                    break
                numbers.append(value)
            else:
                if numbers or "default" not in kwargs:
                    return self._extreme_of_numbers(entry, better, numbers)
                return kwargs["default"]
        site = self.recorder.site
        best: Any = None
        best_key: Any = None
        count = 0
        for count, value in enumerate(rest, 1):
            this = value if key is None else self.calls.call(site, key, value)
            if count == 1 or self.hooks.test(self._binary(better, this, best_key), site):
                best, best_key = value, this
        if count:
            return best
        return kwargs["default"] if "default" in kwargs else self._python(better)(())

    def _python(self, better: str) -> Any:
        return min if better == "lt" else max

    def _is_scalar(self, value: Any) -> bool:
        if type(value) is Tracer:
            return not self.recorder.shape(value)
        return isinstance(value, int | float)

    def _extreme_of_numbers(self, entry: str, better: str, values: list[Any]) -> Any:
        if not any(type(v) is Tracer for v in values):
            return self._python(better)(values)
        return functools.reduce(lambda a, b: self.recorder.apply(entry, a, b), values)

    def _any(self, values: Any, wanted: bool) -> bool:
        site = self.recorder.site
        return any(bool(self.hooks.test(v, site)) is wanted for v in self.calls.iterable(values))

    def _round(self, number: Any, ndigits: Any = None) -> Any:
        value, digits = number, ndigits
        method = self._written(value, "__round__")
        if method is not None:
            rest = () if digits is None else (digits,)
            return self.calls.call(self.recorder.site, method, value, *rest)
        if type(digits) is Tracer:
            digits = self.recorder.concrete(digits)
        if type(value) is not Tracer:
            return round(value) if digits is None else round(value, digits)
        if digits is None and not self.recorder.shape(value):
            return self._whole("round_int", round, value)
        if type(value.value) is int:
            return round(self.recorder.concrete(value), operator.index(digits))
        if type(value.value) is float or value.value is UNKNOWN:
            entry = TABLE.entries["round_to"]
            assert isinstance(entry, ElementwiseEntry)
            return self.recorder.elementwise(entry, round, (value, operator.index(digits)))
        scale = 10.0 ** self.recorder.concrete(digits or 0)
        scaled = self.recorder.operator("mul", value, scale)
        return self.recorder.operator("div", self.recorder.apply("rint", scaled), scale)

    def _pow(self, base: Any, exp: Any, mod: Any = None) -> Any:
        if mod is not None:
            return pow(*self.recorder.concrete_deep((base, exp, mod)))
        return self._binary("pow", base, exp)

    def _in_place(self, name: str) -> Callable[..., Any]:
        hook = _IN_PLACE_NAMES[name]
        return lambda a, b: self.hooks.operator(f"i{hook}")(a, b, self.recorder.site)

    def _hypot(self, a: Any, b: Any) -> Any:
        if type(a) is float and not a:
            return abs(b) if type(b) is not Tracer else self.recorder.operator("abs", b)
        if type(a) is not Tracer and type(b) is not Tracer:
            return math.hypot(a, b)
        entry = entry_of(math.hypot)
        assert entry is not None
        return self.recorder.apply_entry(entry, math.hypot, (a, b), {})

    def _dist(self, p: Any, q: Any) -> Any:
        pairs = zip(self.calls.iterable(p), self.calls.iterable(q), strict=True)
        steps = [self._binary("sub", a, b) for a, b in pairs]
        return functools.reduce(self._hypot, steps, 0.0)

    def _abs(self, value: Any) -> Any:
        if type(value) is Tracer:
            return self.recorder.operator("abs", value)
        method = self.hooks.attributes.special(type(value), "__abs__")
        return abs(value) if method is None else self.calls.call(self.recorder.site, method, value)

    def _copy_to(self, target: Any, value: Any, kwargs: dict[str, Any]) -> None:
        if set(kwargs) - {"casting"}:
            self.recorder.refuse(f"`numpy.copyto` with the keyword `{next(iter(kwargs))}`")
        self.hooks.setitem(target, ..., value, self.recorder.site)

    def _set(self, kind: Any, *values: Any) -> Any:
        items = [list(self.calls.iterable(v)) for v in values]
        hash_own(self.calls, items)
        return kind(*items)

    def _from_keys(self, keys: Any, value: Any = None) -> dict[Any, Any]:
        items = list(self.calls.iterable(keys))
        hash_own(self.calls, [items])
        return dict.fromkeys(items, value)

    def _sorted(self, values: Any, *, key: Any = None, reverse: bool = False) -> list[Any]:
        site = self.recorder.site

        def compare(a: Any, b: Any) -> int:
            if self.hooks.test(self._binary("lt", a[0], b[0]), site):
                return -1
            return 1 if self.hooks.test(self._binary("lt", b[0], a[0]), site) else 0

        whole = list(self.calls.iterable(values))
        items = [(self.calls.call(site, key, v) if key else v, v) for v in whole]
        ordered = sorted(items, key=functools.cmp_to_key(compare), reverse=bool(reverse))
        return [v for _, v in ordered]

    def _next(self, iterator: Any, *default: Any) -> Any:
        followed = isinstance(getattr(type(iterator), "__next__", None), FunctionType)
        if self.hooks.reader.is_outside(iterator) and (not followed or is_library(type(iterator))):
            return self.calls.effects.next(iterator, default)
        method = self.hooks.attributes.special(type(iterator), "__next__")
        if method is not None:
            try:
                return self.calls.call(self.recorder.site, method, iterator)
            except StopIteration:
                if default:
                    return default[0]
                raise
        return next(iterator, *default)

    def _map(self, function: Any, *iterables: Any) -> Iterator[Any]:
        site = self.recorder.site
        call = functools.partial(self.calls.call, site, function)
        return map(call, *[self.calls.iterable(i) for i in iterables])

    def _filter(self, function: Any, iterable: Any) -> Iterator[Any]:
        site = self.recorder.site

        def kept(value: Any) -> Any:
            asked = function is None or function is bool
            return self.hooks.test(value if asked else self.calls.call(site, function, value), site)

        return filter(kept, self.calls.iterable(iterable))

    def _reduce(self, function: Any, iterable: Any, *initial: Any) -> Any:
        site = self.recorder.site
        return functools.reduce(
            lambda a, b: self.calls.call(site, function, a, b),
            self.calls.iterable(iterable),
            *initial,
        )

    def _enumerate(self, iterable: Any, start: Any = 0) -> Any:
        return enumerate(self.calls.iterable(iterable), self.recorder.concrete(start))

    def _vars(self, owner: Any) -> Any:
        try:
            return self.hooks.attributes.get(owner, "__dict__", self.recorder.site)
        except AttributeError:
            raise TypeError("vars() argument must have __dict__ attribute") from None

    def _getattr(self, owner: Any, name: str, *default: Any) -> Any:
        try:
            if type(owner) is Tracer and type(owner.value) in _PYTHON:
                getattr(owner.value, name)  # Python's own error, which a default may stand for
            return self.hooks.attributes.get(owner, name, self.recorder.site)
        except AttributeError:
            if default:
                return default[0]
            raise

    def _hasattr(self, owner: Any, name: str) -> bool:
        if type(owner) is Tracer:
            if owner.value is not UNKNOWN:
                return hasattr(owner.value, name)
            return method_entry(name) is not None
        return self.hooks.attributes.has(owner, name, self.recorder.site)

    def _str(self, /, *args: Any, **kwargs: Any) -> Any:
        if len(args) > 1 or kwargs:
            return str(*args, **kwargs)
        return self.hooks.texts.text_of(*args)

    def _array(self, value: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """`np.array`, `np.asarray` of anything that may hold traced numbers."""
        recorder = self.recorder
        copied = kwargs.pop("copy", True)
        least = operator.index(recorder.concrete(kwargs.pop("ndmin", 0)))
        kwargs.pop("subok", None)  # there are no arrays of other classes
        if kwargs and set(kwargs) - {"order"}:
            recorder.refuse(f"`numpy.array` with the keyword `{next(iter(kwargs))}`")
        method = self._written(value, "__array__")
        if method is not None:
            made = self.calls.call(recorder.site, method, value)
            return self._array(made, dtype, copy=copied)
        value = self._read_back(value, "an array")
        if not contains_tracer(value):
            return recorder.const(np.array(value, dtype=dtype, ndmin=least, **kwargs))
        if type(value) is Tracer:
            result = recorder.apply("copy", value) if copied else value
            result = in_order(recorder, value, result, kwargs.get("order"))
        else:
            result = recorder.array(list(value) if isinstance(value, tuple) else value)
        if dtype is not None and np.dtype(dtype).name != recorder.aval(result).dtype:
            result = recorder.apply("cast", result, dtype=np.dtype(dtype).name)
        if (
            type(result) is Tracer
            and not recorder.shape(result)
            and not isinstance(result.value, np.ndarray)
            and result.value is not UNKNOWN
        ):
            dtype = recorder.aval(result).dtype
            result = recorder.apply("array", result, shape=())
            if recorder.aval(result).dtype != dtype:
                result = recorder.apply(
                    "array", recorder.apply("cast", result, dtype=dtype), shape=()
                )
        have = recorder.shape(result)
        if len(have) < least:
            result = recorder.apply("reshape", result, shape=(*(1,) * (least - len(have)), *have))
        return result
