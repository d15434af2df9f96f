"""Calls of NumPy's and `math`'s functions with traced values, as those functions are called.

What is the same for many of them happens here: `out=`, `where=`, `dtype=`, that a result without
dimensions is a number, and that results share memory where NumPy's do.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from ...operations.table.entry import Entry, StructuralEntry
from ...operations.table.lookup import entry_of
from ...program.naming import name_of
from ...program.program import SMALL_INTEGERS
from .arrays import Arrays
from .conventions import bound, gives_numbers, named
from .memory import check_cast
from .operators import Operators
from .positions import positions
from .sharing import as_numpy_lays, as_numpy_shares
from .tracer import UNKNOWN, Tracer

_WIDE = (float, np.float64, complex)

_SMALL = SMALL_INTEGERS | {"bool"}
_OF_DOUBLES = tuple(
    f"scipy.{name}"
    for name in (
        *("special.", "stats.", "signal.fftconvolve", "signal.oaconvolve"),
        *("spatial.distance.cdist", "spatial.distance.pdist", "spatial.distance.sqeuclidean"),
    )
)
"""Functions of SciPy that compute in floats whatever they are given."""


class Functions(Operators, Arrays):
    """What functions stand for: entries of the table, by function."""

    handlers: Mapping[Any, Callable[..., Any]] = MappingProxyType({})
    """What is called in the place of functions that the table of primitives does not hold."""

    def call_entry(
        self, function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Apply what a NumPy or `math` function stands for: an entry, or a call handled here."""
        handler = self.handlers.get(function)
        if handler is not None:
            return handler(*args, **kwargs)
        entry = entry_of(function)
        if entry is None:
            name = name_of(function)
            self.refuse(
                f"`{name}` has no derivative rule",
                remedy=f"give it one, symdiff.register({name}).defvjp(...), write it with "
                "functions that have one, or use symdiff.detach(...)",
            )
        return self.apply_entry(entry, function, args, kwargs)

    def in_doubles(self, value: Any) -> Any:
        """Truths and small integers as floats: rules of ours subtract, and change signs."""
        return self.apply("cast", value, dtype="float64") if _is_small(value) else value

    def apply_entry(
        self,
        entry: Entry,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
    ) -> Any:
        if entry.name == "where" and len(args) == 1:
            return positions(self, args[0])
        if any(map(_is_small, args)) and any(n.startswith(_OF_DOUBLES) for n in entry.names):
            args = [self.in_doubles(a) for a in args]
        if isinstance(function, np.ufunc):
            return self._ufunc_call(entry, function, args, kwargs)
        given = args, kwargs
        args, kwargs, out = bound(function, entry, args, kwargs)
        result = self._applied(entry, function, args, kwargs)
        if gives_numbers(function):
            result = named(function, self.number(result))
        result = as_numpy_shares(self, function, args, kwargs, result)
        result = as_numpy_lays(function, *given, result)
        return result if out is None else self.into(entry, out, result)

    def _ufunc_call(
        self, entry: Entry, function: np.ufunc, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        if len(args) == function.nin + 1:
            args, kwargs = args[:-1], {**kwargs, "out": args[-1]}
        if not kwargs:
            result = self._applied(entry, function, args, kwargs)
            return as_numpy_shares(self, function, args, kwargs, result)
        kwargs = dict(kwargs)
        out, where = kwargs.pop("out", None), kwargs.pop("where", True)
        dtype = kwargs.pop("dtype", None)
        kwargs.pop("casting", None)
        if dtype is not None:
            name = np.dtype(dtype).name
            args = [self.apply("cast", self.array(a), dtype=name) for a in args]
        if where is not True and out is None:
            self.refuse(
                f"`{entry.name}` with where=... and no out=",
                why="what the mask leaves out would have no value",
                remedy="use numpy.where, or give out=",
            )
        result = self._applied(entry, function, args, kwargs)
        if out is None:
            return result
        if type(out) is Tracer:

            def again(target: Any) -> Any:
                return function(*[a.value if type(a) is Tracer else a for a in args], out=target)

            check_cast(self, result, out, again)
        return self.into(entry, out, result, where)

    def into(self, entry: Entry, out: Any, result: Any, where: Any = True) -> Any:
        """Write a result into the array given as `out`, which is then what a call gives."""
        out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
        if type(out) is not Tracer:
            self.refuse(f"`{entry.name}` with several out= arrays, or one from outside")
        if where is not True:
            result = self.apply("where", where, result, out)
        self.setitem(out, Ellipsis, result)
        return out

    def number(self, result: Any) -> Any:
        """A result without dimensions as the number that NumPy makes of it."""
        if isinstance(result, list | tuple):
            return type(result)(map(self.number, result))
        value = result.value if type(result) is Tracer else result
        if isinstance(value, np.ndarray) and not value.ndim:
            return self.apply("number", result)
        return result

    def _applied(
        self,
        entry: Entry,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
    ) -> Any:
        """What the entry gives for the arguments as they were read."""
        out = kwargs.get("out")
        if out is not None:
            kwargs = {k: v for k, v in kwargs.items() if k != "out"}
            target = out[0] if isinstance(out, tuple) else out
            self.setitem(target, ..., self.apply_entry(entry, function, args, kwargs))
            return target
        if isinstance(entry, StructuralEntry):
            return self.structural_call(entry, args, kwargs)
        if kwargs:
            self.refuse(f"`{entry.name}` with the keyword `{next(iter(kwargs))}`")
        if len(args) != entry.arity:
            if entry.name == "log" and len(args) == 2:
                logs = [self.apply("log", self.widened(a)) for a in args]
                return self.operator("div", *logs)
            if function is math.hypot and args:
                wide = map(self.widened, args)
                return functools.reduce(lambda a, b: self.apply("hypot", a, b), wide, 0.0)
            plain = [a.value if type(a) is Tracer else a for a in args]
            return self.const(function(*plain))  # Python's own error for a wrong call
        args = [self.array(a) if isinstance(a, list | tuple) else a for a in args]
        if getattr(function, "__module__", None) == "math" and entry.dtype == "numpy":
            args = [self.widened(a) for a in args]
        return self.elementwise(entry, function, args)

    def widened(self, value: Any, whole: bool = False) -> Any:
        """A number as `float` makes it: others of NumPy's, and truths, compute in their own way.

        Functions of `math` take Python's integers for floats themselves: they stay, if not `whole`.
        """
        if type(value) is not Tracer or type(value.value) in _WIDE:
            return value  # which may still be part of a longer expression
        aval = self.aval(value)
        if aval.shape or aval.dtype.startswith(("float64", "complex")):
            return value
        if aval.weak:
            return self.operator("mul", value, 1.0) if whole or aval.dtype == "bool" else value
        wide = self.apply("cast", value, dtype="float64")
        number = value.value if value.value is UNKNOWN else float(value.value)
        return self.handle(number, self.operand(wide))


def _is_small(value: Any) -> bool:
    """Whether it holds truths or integers of fewer than 64 bits."""
    return type(value) is Tracer and str(getattr(value.value, "dtype", "")) in _SMALL
