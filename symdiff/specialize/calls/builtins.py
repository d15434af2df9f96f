"""Python's builtins over traced values: `len`, `sum`, `max`, `sorted`, `int`, `range`, ..."""

from __future__ import annotations

import builtins
import contextlib
import copy
import functools
import math
import operator
import sys
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.runtime.pristine import PYTHON
from ...safety.stack import recursion_limit
from ..outside import copies
from ..outside.contexts import Closing, callback, enter_context, push
from ..outside.libraries import is_library
from ..recording.sharing import in_order
from ..recording.tracer import UNKNOWN, Tracer, contains_tracer
from ..rewriting.sites import SITES
from . import folds, frames, raising
from . import numpy as numpy_calls
from .containers import hash_own
from .evaluated import evaluate
from .library import StandardLibrary
from .number_builtins import IN_PLACE_NAMES
from .object_builtins import ObjectBuiltins
from .operators import Operators
from .steps import Steps, steps_through

if TYPE_CHECKING:
    from ..outside.parts import Calls


class Builtins(ObjectBuiltins):
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
            **{getattr(operator, n): self._in_place(n) for n in IN_PLACE_NAMES},
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

    def _size(self, a: Any, axis: Any = None) -> Any:
        if type(a) is Tracer and a.value is UNKNOWN and self.recorder.runner is not None:
            return self.recorder.attribute(a, "size")
        shape = self.recorder.shape(self.recorder.array(a))
        return math.prod(shape) if axis is None else np.size(np.broadcast_to(0.0, shape), axis)

    def _iter(self, value: Any, *sentinel: Any) -> Iterator[Any]:
        if sentinel:
            return self._until(value, sentinel[0], self.recorder.site)
        steps = steps_through(self.calls, value)
        return steps if steps is not None else iter(self.calls.iterable(value))

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
        if type(iterator) is Steps:
            return iterator.step(*default)
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
        found = folds.reduced(self.calls, function, iterable, initial)
        if found is not None:
            return found[0]
        return functools.reduce(
            lambda a, b: self.calls.call(site, function, a, b),
            self.calls.iterable(iterable),
            *initial,
        )

    def _enumerate(self, iterable: Any, start: Any = 0) -> Any:
        return enumerate(self.calls.iterable(iterable), self.recorder.concrete(start))

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
