"""What happens at a call: an entry of the table, a builtin, a function to follow, or the outside.

The object called decides, not its name: `math.sin`, `np.sin`, an alias or a bare `sin` are the
same call. A Python function is rewritten and followed, so that what it reads and decides is seen.
"""

from __future__ import annotations

import functools
import math
import operator
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from types import BuiltinFunctionType, BuiltinMethodType, CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SourceNotFoundError, SymdiffError
from ..operations.entry import ElementwiseEntry
from ..operations.lookup import entry_of, method_entry
from ..outside import Check, Opaque, signature
from ..program import BOOL, Guard, Operand, Statement, Var, aval_of
from ..source import FunctionSource, function_source
from .check import check_syntax
from .reads import is_library_file
from .recorder import BoundMethod
from .rewrite import rewrite
from .sites import SITES
from .tracer import UNKNOWN, TracedText, Tracer, contains_tracer

if TYPE_CHECKING:
    from .hooks import Hooks

_rewritten: dict[CodeType, CodeType] = {}


def rewritten_code(function: FunctionType) -> CodeType:
    """The code of a function after rewriting; made once for a code object.

    Raises:
        SourceNotFoundError: the function has no source to rewrite.
        UnsupportedSyntaxError: it has syntax that cannot be differentiated.
    """
    code = function.__code__
    known = _rewritten.get(code)
    if known is None:
        source = function_source(function)
        check_syntax(source)
        known = _rewritten[code] = compile_rewritten(source, frozenset(code.co_freevars))
    return known


def compile_rewritten(source: FunctionSource, free: frozenset[str]) -> CodeType:
    module = compile(rewrite(source, free), source.file, "exec", dont_inherit=True)
    return next(c for c in module.co_consts if isinstance(c, CodeType))


# Calls whose result changes from call to call, or that act on the world: once per gradient call.
_RANDOM_MODULES = {"random", "numpy.random", "secrets", "uuid"}
_EFFECTS: set[Any] = {
    print,
    time.time,
    time.perf_counter,
    time.monotonic,
    time.process_time,
    time.sleep,
}
_ITERATORS = {"itertools", "collections", "_collections", "copy"}
_ITERATOR_KINDS = {operator.itemgetter, operator.attrgetter, operator.methodcaller}
_PURE_OWNERS = (str, bytes, tuple, frozenset, range, slice, int, float, np.dtype)
_CONTAINERS = (list, dict, set)


class Calls:
    """The call hook of one trace."""

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks
        self.recorder = hooks.recorder
        self.builtins: dict[Any, Callable[..., Any]] = {
            isinstance: self._isinstance,
            type: self._type,
            len: self._len,
            int: self._int,
            float: self._float,
            bool: self._bool,
            range: self._range,
            sum: self._sum,
            min: lambda *a, **k: self._extreme("minimum", "lt", a, k),
            max: lambda *a, **k: self._extreme("maximum", "gt", a, k),
            any: lambda xs: self._any(xs, True),
            all: lambda xs: not self._any(xs, False),
            round: self._round,
            divmod: lambda a, b: (self._binary("floordiv", a, b), self._binary("mod", a, b)),
            pow: self._pow,
            sorted: self._sorted,
            list: lambda *xs: list(*map(self._iterable, xs)),
            tuple: lambda *xs: tuple(*map(self._iterable, xs)),
            set: lambda *xs: set(*map(self._iterable, xs)),
            enumerate: lambda xs, start=0: enumerate(self._iterable(xs), start),
            zip: lambda *xs, **k: zip(*map(self._iterable, xs), **k),
            iter: lambda x, *rest: iter(self._iterable(x), *rest),
            next: self._next,
            reversed: lambda x: reversed(
                self.recorder.rows(x) if type(x) is Tracer else x
            ),
            map: self._map,
            filter: self._filter,
            functools.reduce: self._reduce,
            getattr: self._getattr,
            hasattr: self._hasattr,
            setattr: lambda o, n, v: self.hooks.setattr(o, n, v, self.recorder.site),
            callable: callable,
            id: id,
            str: lambda *a: self._text(str, a),
            repr: lambda *a: self._text(repr, a),
            format: lambda *a: self._text(format, a),
            math.fsum: self._sum,
            math.prod: self._prod,
            np.array: self._array,
            np.asarray: self._array,
            np.asanyarray: self._array,
            np.shape: lambda x: self.recorder.shape(self.recorder.array(x)),
            np.ndim: lambda x: len(self.recorder.shape(self.recorder.array(x))),
            np.size: lambda x: math.prod(self.recorder.shape(self.recorder.array(x))),
        }

    # -- the hook

    def call(self, site: int, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        recorder = self.recorder
        recorder.site = site
        kind = type(function)
        if kind is FunctionType:
            return self.follow(function, args, kwargs)
        if kind is BoundMethod:
            return function(*args, **kwargs)
        if kind is MethodType:
            return self._method(function, args, kwargs)
        try:
            handler = self.builtins.get(function)
        except TypeError:
            handler = None
        if handler is not None:
            return handler(*args, **kwargs)
        entry = entry_of(function)
        if entry is not None:
            for value in args:
                if type(value) is Tracer or contains_tracer(value):
                    return recorder.apply_entry(entry, function, args, kwargs)
            if contains_tracer(kwargs):
                return recorder.apply_entry(entry, function, args, kwargs)
            return recorder.const(function(*args, **kwargs))
        if getattr(function, "__module__", None) in _ITERATORS or kind in _ITERATOR_KINDS:
            return self._pass_through(function, args, kwargs)
        if isinstance(function, type):
            return self._construct(function, args, kwargs)
        if isinstance(function, functools.partial):
            return self.call(
                site, function.func, *function.args, *args, **{**function.keywords, **kwargs}
            )
        if isinstance(function, functools._lru_cache_wrapper):
            return self.call(site, function.__wrapped__, *args, **kwargs)
        special = getattr(kind, "__symdiff_call__", None)
        if special is not None:
            return special(function, self, args, kwargs)
        method = getattr(kind, "__call__", None)
        if isinstance(method, FunctionType):
            return self.follow(method, (function, *args), kwargs)
        return self._foreign(function, args, kwargs)

    # -- Python functions

    def follow(
        self, function: FunctionType, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Call a Python function through its rewritten code."""
        namespace = function.__globals__
        if "_sd_call" in namespace:
            return function(*args, **kwargs)  # defined inside a rewritten function
        special = getattr(function, "__symdiff_traced__", None)
        if special is not None:
            return special(self, *args, **kwargs)
        entry = entry_of(function)
        if entry is not None:
            if contains_tracer(args) or contains_tracer(kwargs):
                return self.recorder.apply_entry(entry, function, args, kwargs)
            return self.recorder.const(function(*args, **kwargs))
        handler = self.builtins.get(function)
        if handler is not None:
            return handler(*args, **kwargs)
        if is_library_file(function.__code__.co_filename) and not self._touched(args, kwargs):
            return self._foreign(function, args, kwargs)
        self._hold(args, kwargs)
        site = self.recorder.site
        try:
            twin = self.twin(function)
        except SourceNotFoundError as error:
            if self._touched(args, kwargs) and not _generated(function):
                error.where = self.recorder.where()
                raise
            return function(*args, **kwargs)
        result = twin(*args, **kwargs)
        self.recorder.site = site
        return result

    def twin(self, function: FunctionType) -> FunctionType:
        """The rewritten function, bound to this trace."""
        code = rewritten_code(function)
        twin = FunctionType(
            code, self.hooks.namespace(function), function.__name__, _defaults(self, function)
        )
        if function.__kwdefaults__:
            twin.__kwdefaults__ = {
                k: self.recorder.const(v) for k, v in function.__kwdefaults__.items()
            }
        return twin

    def _method(self, method: MethodType, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        function = method.__func__
        if isinstance(function, FunctionType):
            return self.follow(function, (method.__self__, *args), kwargs)
        return self.call(self.recorder.site, function, method.__self__, *args, **kwargs)

    def _hold(self, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        """An argument that is more than a name is computed once, before the call."""
        for value in (*args, *kwargs.values()):
            if type(value) is Tracer:
                self.recorder.hold(value)

    def _touched(self, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
        return contains_tracer(args) or contains_tracer(kwargs)

    def _construct(self, cls: type, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """An instance of a class: its `__init__` is traced like any other function."""
        init = cls.__init__  # type: ignore[misc]
        if (
            isinstance(init, FunctionType)
            and cls.__new__ is object.__new__
            and type(cls).__call__ is type.__call__
        ):
            self._hold(args, kwargs)
            instance = cls.__new__(cls)
            self.follow(init, (instance, *args), kwargs)
            return instance
        if issubclass(cls, BaseException):
            return cls(*self._shown_deep(args), **kwargs)
        if isinstance(cls.__new__, FunctionType) or cls in _SAFE_CLASSES or _is_user_class(cls):
            self._hold(args, kwargs)
            return cls(*[self._iterable(a) for a in args], **kwargs)
        return self._foreign(cls, args, kwargs)

    # -- what symdiff does not look into

    def _foreign(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        recorder = self.recorder
        owner = getattr(function, "__self__", None)
        if isinstance(function, BuiltinFunctionType | BuiltinMethodType):
            if isinstance(owner, _CONTAINERS) and not self.hooks.reader.is_outside(owner):
                return self._container_method(function, owner, args, kwargs)
            if isinstance(owner, TracedText) or (
                isinstance(owner, str) and any(isinstance(a, TracedText) for a in args)
            ):
                result = function(*args, **kwargs)
                return TracedText(result) if isinstance(result, str) else result
            if isinstance(owner, _PURE_OWNERS):
                return function(*recorder.concrete_deep(tuple(args)), **kwargs)
        if self._has_effect(function):
            return self._opaque(function, args, kwargs)
        if self._touched(args, kwargs):
            inactive = self._all_integers(args, kwargs)
            if not inactive:
                return self._refuse_call(function)
            args = recorder.concrete_deep(tuple(args))
            kwargs = {k: recorder.concrete_deep(v) for k, v in kwargs.items()}
        if owner is not None and self.hooks.reader.is_outside(owner):
            self.refuse_outside(owner, f"calling `.{getattr(function, '__name__', '?')}()`")
        return self._wrapped(function(*self._plain(args), **kwargs))

    def _pass_through(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """A tool that only hands its arguments on; functions among them are traced."""
        site = self.recorder.site
        self._hold(args, kwargs)

        def prepared(value: Any) -> Any:
            if type(value) is Tracer:
                return self.recorder.rows(value) if self.recorder.shape(value) else value
            if callable(value) and not isinstance(value, type):
                return lambda *a, **k: self.call(site, value, *a, **k)
            return self._iterable(value)

        return function(
            *[prepared(a) for a in args], **{k: prepared(v) for k, v in kwargs.items()}
        )

    def _all_integers(self, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
        """Whether only integers and booleans are traced here: nothing differentiable."""
        for value in (*args, *kwargs.values()):
            items = value if isinstance(value, list | tuple) else [value]
            for item in items:
                if type(item) is Tracer:
                    if self.recorder.aval(item).is_inexact and not self.recorder.is_const(item):
                        return False
                elif contains_tracer(item):
                    return False
        return True

    def _plain(self, args: Sequence[Any]) -> list[Any]:
        return [a.value if type(a) is Tracer and self.recorder.is_const(a) else a for a in args]

    def _wrapped(self, result: Any) -> Any:
        if type(result) in (tuple, list) and any(isinstance(r, np.ndarray) for r in result):
            return type(result)([self.recorder.const(r) for r in result])
        return self.recorder.const(result)

    def _refuse_call(self, function: Any) -> Any:
        module = getattr(function, "__module__", None)
        name = getattr(function, "__qualname__", None) or repr(function)
        name = f"{module}.{name}" if module and module != "builtins" else name
        self.recorder.refuse(
            f"`{name}` has no rule and no Python source to follow",
            remedy="write it with functions symdiff knows, or use symdiff.detach(...) on its "
            "argument where the derivative is not wanted",
        )

    def refuse_outside(self, owner: Any, what: str) -> None:
        source = self.hooks.reader.owners[id(owner)][1]
        self.recorder.refuse(
            f"{what} of `{source}`, a {type(owner).__name__} from outside the function",
            why="symdiff cannot tell when it changes",
            remedy="pass what is needed of it as a number, array, list or dict",
        )

    def _container_method(
        self, function: Any, owner: Any, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        name = function.__name__
        if isinstance(owner, list):
            if name == "sort":
                owner[:] = self._sorted(owner, **kwargs)
                return None
            if name in ("index", "count", "remove") and (
                contains_tracer(owner) or contains_tracer(args)
            ):
                return self._search(name, owner, *args)
            if name in ("pop", "insert"):
                args = (self.recorder.concrete(args[0]), *args[1:]) if args else args
            if name == "extend":
                args = [list(self._iterable(args[0]))]
        elif name not in ("update", "values", "items", "keys") and args:
            args = (self.recorder.concrete_deep(args[0]), *args[1:])
        self._hold(args, kwargs)
        return function(*args, **kwargs)

    def _search(self, name: str, owner: list[Any], item: Any) -> Any:
        equal = [self.hooks.contains(item, [v], self.recorder.site) for v in owner]
        if name == "count":
            return sum(map(bool, equal))
        if True not in equal:
            raise ValueError("value is not in list")
        where = equal.index(True)
        if name == "index":
            return where
        del owner[where]
        return None

    def _has_effect(self, function: Any) -> bool:
        try:
            if function in _EFFECTS:
                return True
        except TypeError:
            return False
        owner = getattr(function, "__self__", None)
        module = getattr(function, "__module__", None) or type(owner).__module__ or ""
        return (
            module in _RANDOM_MODULES
            or module.startswith("numpy.random")
            or isinstance(owner, random.Random)
            or type(owner).__module__.startswith("numpy.random")
        )

    def _opaque(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call it now, and once in every run of the compiled program."""
        recorder = self.recorder
        if recorder.abstract and self._touched(args, kwargs):
            return None if function is print else recorder.need_value("a call's argument")
        operands: list[Operand] = []

        def strip(value: Any) -> Any:
            if type(value) is Tracer:
                operand = recorder.operand(value)
                operands.append(operand)
                k = len(operands) - 1
                return lambda values: values[k]
            if type(value) in (list, tuple) and contains_tracer(value):
                kind, parts = type(value), [strip(v) for v in value]
                return lambda values: kind([p(values) for p in parts])
            return lambda values: value

        stripped = [strip(a) for a in args]
        named = {k: strip(v) for k, v in kwargs.items()}

        def arrange(values: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
            return tuple([s(values) for s in stripped]), {k: s(values) for k, s in named.items()}

        concrete = [_value_of(v) for v in args]
        named_values = {k: _value_of(v) for k, v in kwargs.items()}
        result = recorder.log.call(lambda: function(*concrete, **named_values))
        span = SITES[recorder.site].span
        label = getattr(function, "__name__", "call")
        number = isinstance(result, int | float | np.number | np.ndarray) and not isinstance(
            result, bool
        )
        if result is not None and not number and not isinstance(result, bool | str):
            self.recorder.refuse(
                f"`{label}` gives a {type(result).__name__}, which symdiff cannot follow",
                remedy="call it outside the function and pass the result",
            )
        aval = aval_of(result) if number else BOOL
        target = Var(label, aval)
        operation = Opaque(function, arrange, aval, label)
        recorder.statements.append(Statement(target, operation, tuple(operands), span))
        if result is None:
            return None
        if number:
            expected = signature(result)
            check = Check("signature", _Made(label), expected)
            recorder.statements.append(Statement(None, check, (target,), span))
            recorder.path.append(expected)
            value = np.array(result) if isinstance(result, np.ndarray) else result
            recorder.values[target] = value
            return Tracer(recorder, value, target)
        recorder.guard(Guard("equal", result), (target,), result)
        return result

    # -- builtins

    def _isinstance(self, value: Any, classes: Any) -> bool:
        if type(value) is Tracer:
            value = self._sample(value)
        return isinstance(value, classes)

    def _type(self, *args: Any) -> Any:
        return type(self._sample(args[0])) if len(args) == 1 else type(*args)

    def _sample(self, value: Any) -> Any:
        if type(value) is not Tracer:
            return value
        if value.value is UNKNOWN:
            return 0.0 if not self.recorder.shape(value) else np.zeros(0)
        return value.value

    def _len(self, value: Any) -> int:
        if type(value) is Tracer:
            return self.recorder.length(value)
        method = getattr(type(value), "__len__", None)
        if isinstance(method, FunctionType):
            return int(self.recorder.concrete(self.call(self.recorder.site, method, value)))
        return len(value)

    def _int(self, *args: Any) -> Any:
        value = args[0] if args else 0
        if type(value) is not Tracer:
            return int(*args)
        if not self.recorder.aval(value).is_inexact:
            return int(self.recorder.concrete(value))
        return int(self.recorder.concrete(self.recorder.apply("trunc", value)))

    def _float(self, *args: Any) -> Any:
        value = args[0] if args else 0.0
        if isinstance(value, TracedText):
            self.recorder.refuse(
                "a float read back from text made of a traced value",
                why="the derivative is lost in the text",
                remedy="use the value itself, or round it with NumPy",
            )
        if type(value) is not Tracer:
            return float(*args)
        if value.value is not UNKNOWN:
            number = float(value.value)
            if self.recorder.shape(value):
                return self.recorder.apply("reshape", value, shape=())
            return Tracer(self.recorder, number, self.recorder.operand(value))
        return value

    def _bool(self, value: Any = False) -> bool:
        return bool(self.hooks.test(value, self.recorder.site))

    def _range(self, *args: Any) -> range:
        return range(*[operator.index(self.recorder.concrete(a)) for a in args])

    def _iterable(self, value: Any) -> Any:
        return self.hooks.iter(value, self.recorder.site)

    def _binary(self, name: str, a: Any, b: Any) -> Any:
        hook = self.hooks._shared[f"_sd_{name}"]
        return hook(a, b, self.recorder.site)

    def _sum(self, values: Any, start: Any = 0) -> Any:
        total = start
        for k, value in enumerate(self._iterable(values)):
            total = value if k == 0 and type(total) is int and not total else (
                self._binary("add", total, value)
            )
        return total

    def _prod(self, values: Any, *, start: Any = 1) -> Any:
        return functools.reduce(
            lambda a, b: self._binary("mul", a, b), self._iterable(values), start
        )

    def _extreme(
        self, entry: str, better: str, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """`min` and `max`: smooth programs by an entry, or decisions where there is a key."""
        values = list(self._iterable(args[0])) if len(args) == 1 else list(args)
        key = kwargs.get("key")
        if not values:
            if "default" in kwargs:
                return kwargs["default"]
            raise ValueError("arg is an empty sequence")
        scalars = all(
            not self.recorder.shape(v) if type(v) is Tracer else isinstance(v, int | float)
            for v in values
        )
        if key is None and scalars:
            if not any(type(v) is Tracer for v in values):
                return (min if better == "lt" else max)(values)
            return functools.reduce(lambda a, b: self.recorder.apply(entry, a, b), values)
        site = self.recorder.site
        best = values[0]
        best_key = self.call(site, key, best) if key else best
        for value in values[1:]:
            this = self.call(site, key, value) if key else value
            if self.hooks.test(self._binary(better, this, best_key), site):
                best, best_key = value, this
        return best

    def _any(self, values: Any, wanted: bool) -> bool:
        site = self.recorder.site
        return any(bool(self.hooks.test(v, site)) is wanted for v in self._iterable(values))

    def _round(self, value: Any, digits: Any = None) -> Any:
        if type(value) is not Tracer:
            return round(value) if digits is None else round(value, digits)
        if digits is None and not self.recorder.shape(value):
            return int(self.recorder.concrete(self.recorder.apply("rint", value)))
        scale = 10.0 ** self.recorder.concrete(digits or 0)
        scaled = self.recorder.operator("mul", value, scale)
        return self.recorder.operator("div", self.recorder.apply("rint", scaled), scale)

    def _pow(self, base: Any, exponent: Any, modulus: Any = None) -> Any:
        if modulus is not None:
            return pow(*self.recorder.concrete_deep((base, exponent, modulus)))
        return self._binary("pow", base, exponent)

    def _sorted(self, values: Any, *, key: Any = None, reverse: bool = False) -> list[Any]:
        site = self.recorder.site

        def compare(a: Any, b: Any) -> int:
            if self.hooks.test(self._binary("lt", a[0], b[0]), site):
                return -1
            return 1 if self.hooks.test(self._binary("lt", b[0], a[0]), site) else 0

        items = [(self.call(site, key, v) if key else v, v) for v in self._iterable(values)]
        ordered = sorted(items, key=functools.cmp_to_key(compare), reverse=bool(reverse))
        return [v for _, v in ordered]

    def _next(self, iterator: Any, *default: Any) -> Any:
        method = getattr(type(iterator), "__next__", None)
        if isinstance(method, FunctionType):
            try:
                return self.call(self.recorder.site, method, iterator)
            except StopIteration:
                if default:
                    return default[0]
                raise
        return next(iterator, *default)

    def _map(self, function: Any, *iterables: Any) -> Iterator[Any]:
        site = self.recorder.site
        columns = [self._iterable(i) for i in iterables]
        return (self.call(site, function, *row) for row in zip(*columns, strict=False))

    def _filter(self, function: Any, iterable: Any) -> Iterator[Any]:
        site = self.recorder.site
        for value in self._iterable(iterable):
            kept = value if function is None else self.call(site, function, value)
            if self.hooks.test(kept, site):
                yield value

    def _reduce(self, function: Any, iterable: Any, *initial: Any) -> Any:
        site = self.recorder.site
        return functools.reduce(
            lambda a, b: self.call(site, function, a, b), self._iterable(iterable), *initial
        )

    def _getattr(self, owner: Any, name: str, *default: Any) -> Any:
        try:
            return self.hooks.getattr(owner, name, self.recorder.site)
        except AttributeError:
            if default:
                return default[0]
            raise

    def _hasattr(self, owner: Any, name: str) -> bool:
        if type(owner) is Tracer:
            if owner.value is not UNKNOWN and hasattr(owner.value, name):
                return True
            return method_entry(name) is not None
        return hasattr(owner, name)

    def _text(self, function: Any, args: Sequence[Any]) -> str:
        shown = [self.hooks.shown(a, self.recorder.site) for a in args]
        return self.hooks.text(function(*shown))

    def _shown_deep(self, args: Sequence[Any]) -> Any:
        return self.recorder.concrete_deep(tuple(args))

    def _array(self, value: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """`np.array`, `np.asarray` of anything that may hold traced numbers."""
        recorder = self.recorder
        copy = kwargs.pop("copy", True)
        if kwargs and set(kwargs) - {"order", "ndmin"}:
            recorder.refuse(f"`numpy.array` with the keyword `{next(iter(kwargs))}`")
        if not contains_tracer(value):
            return recorder.const(np.array(value, dtype=dtype, **kwargs))
        if type(value) is Tracer:
            result = recorder.apply("copy", value) if copy else value
        else:
            result = recorder.array(list(value) if isinstance(value, tuple) else value)
        if dtype is not None and np.dtype(dtype).name != recorder.aval(result).dtype:
            result = recorder.apply("cast", result, dtype=np.dtype(dtype).name)
        return result


class _Made:
    """The source of an opaque call's result, for messages."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __str__(self) -> str:
        return f"the result of {self.label}"


_SAFE_CLASSES: set[type] = {dict, object, super, staticmethod, classmethod, property, slice}


def _is_user_class(cls: type) -> bool:
    module = sys.modules.get(cls.__module__)
    return module is not None and not is_library_file(getattr(module, "__file__", None))


def _generated(function: FunctionType) -> bool:
    """Code that a library wrote for the user, such as the `__init__` of a dataclass."""
    return function.__code__.co_filename.startswith("<")


def _defaults(calls: Calls, function: FunctionType) -> tuple[Any, ...] | None:
    if function.__defaults__ is None:
        return None
    return tuple([calls.recorder.const(d) for d in function.__defaults__])


def _value_of(value: Any) -> Any:
    if type(value) is Tracer:
        return value.value
    if type(value) in (list, tuple):
        return type(value)(_value_of(v) for v in value)
    return value


def is_elementwise(entry: Any) -> bool:
    return isinstance(entry, ElementwiseEntry)


def raise_located(error: SymdiffError, where: Any) -> None:
    if error.where is None:
        error.where = where
