"""Constant columns of pandas beside traced values: `series * x`, `np.exp(-x * series).sum()`.

A series is read as an array at every call. What becomes of it is a `Column`, which does what a
series and an array of the same numbers agree about; anything else of it is refused by name.
Everything goes by names: pandas is never imported here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...program.sources import Asked
from ..recording.tracer import contains_tracer
from .scipy import NOT_HANDLED

if TYPE_CHECKING:
    from ..outside.parts import Calls

_OPERATORS = {"add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "pow": "pow"}


class Column:
    """A series of traced numbers.

    Attributes:
        values: them, as an array.
        index: that of the series.
    """

    def __init__(self, calls: Calls, values: Any, index: Any) -> None:
        self.calls = calls
        self.values = values
        self.index = index
        self.shape = calls.recorder.shape(values)
        self.size = self.shape[0]
        self.ndim = 1

    def __len__(self) -> int:
        return int(self.size)

    def __iter__(self) -> Any:
        return iter(self.calls.recorder.rows(self.values))

    def __getitem__(self, key: Any) -> Any:
        self.calls.recorder.refuse(
            "an item of a pandas Series of traced numbers", remedy="index its .to_numpy()"
        )

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        plain = [_array(self.calls, a, self.index) for a in args]
        result = self.calls.call(self.calls.recorder.site, function, *plain, **kwargs)
        same = method == "__call__" and self.calls.recorder.shape(result) == self.shape
        return Column(self.calls, result, self.index) if same else result

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function not in (np.sum, np.mean, np.max, np.min, np.dot, np.prod, np.asarray):
            self.calls.recorder.refuse(
                f"`numpy.{function.__name__}` of a pandas Series", remedy="use its .to_numpy()"
            )
        plain = [_array(self.calls, a, self.index) for a in args]
        return self.calls.call(self.calls.recorder.site, function, *plain, **kwargs)


def _is_series(value: Any) -> bool:
    module = sys.modules.get("pandas")
    return module is not None and isinstance(value, module.Series)


def _array(calls: Calls, value: Any, index: Any) -> Any:
    """An operand as an array; another series must have the same index."""
    if type(value) is not Column and not _is_series(value):
        return value
    if not value.index.equals(index):
        calls.recorder.refuse(
            "two pandas Series of different indices",
            why="pandas brings them into one order",
            remedy="use their .to_numpy() in the order that is meant",
        )
    return value.values if type(value) is Column else _read(calls, value)


def _read(calls: Calls, series: Any) -> Any:
    """The numbers of a series, without what pandas would leave out."""
    recorder, reader = calls.recorder, calls.hooks.reader
    if series.dtype.kind not in "fiub":
        recorder.refuse(f"a pandas Series of {series.dtype}", remedy="use its .to_numpy(float)")
    values: Any = recorder.const(np.array(series.to_numpy()))
    if reader.is_outside(series):
        values = reader.wrap(series.to_numpy(), Asked(reader.source_of(series), "to_numpy"), "s")
    if series.dtype.kind == "f":
        missing = calls.call(recorder.site, np.any, calls.call(recorder.site, np.isnan, values))
        if calls.hooks.test(missing, recorder.site):
            recorder.refuse("a pandas Series with missing numbers", remedy="use .dropna() before")
    return values


def _binary(name: str, reflected: bool) -> Callable[..., Any]:
    def operate(calls: Calls, own: Any, other: Any) -> Any:
        recorder = calls.recorder
        index = own.index
        left, right = _array(calls, own, index), _array(calls, other, index)
        if isinstance(right, list | tuple):
            right = recorder.array(right)
        if recorder.shape(right) not in ((), recorder.shape(left)):
            recorder.refuse("a pandas Series and an array of another shape")
        pair = (right, left) if reflected else (left, right)
        return Column(calls, recorder.operator(name, *pair), index)

    return operate


def _reduced(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(calls: Calls, own: Column) -> Any:
        return calls.call(calls.recorder.site, function, own.values)

    return reduce


def _deviation(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(calls: Calls, own: Column, *, ddof: Any = 1) -> Any:
        return calls.call(calls.recorder.site, function, own.values, ddof=ddof)

    return reduce


def _dot(calls: Calls, own: Column, other: Any) -> Any:
    return calls.call(calls.recorder.site, np.dot, own.values, _array(calls, other, own.index))


_METHODS: dict[str, Callable[..., Any]] = {
    **{f"__{dunder}__": _binary(name, False) for dunder, name in _OPERATORS.items()},
    **{f"__r{dunder}__": _binary(name, True) for dunder, name in _OPERATORS.items()},
    "__neg__": lambda calls, own: Column(
        calls, calls.recorder.operator("neg", own.values), own.index
    ),
    "sum": _reduced(np.sum),
    "mean": _reduced(np.mean),
    "max": _reduced(np.max),
    "min": _reduced(np.min),
    "prod": _reduced(np.prod),
    "std": _deviation(np.std),
    "var": _deviation(np.var),
    "dot": _dot,
    "__matmul__": _dot,
    "to_numpy": lambda calls, own: own.values,
}


def _own(name: str) -> Callable[..., Any]:
    def placeholder(self: Column, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("called outside a trace")

    placeholder.__name__ = name
    placeholder.__symdiff_traced__ = _METHODS[name]  # type: ignore[attr-defined]
    return placeholder


for _method in _METHODS:
    setattr(Column, _method, _own(_method))


def _attribute(calls: Calls, column: Column, name: str) -> Any:
    if name in _METHODS:
        return MethodType(getattr(Column, name), column)
    return calls.recorder.refuse(
        f"`.{name}` of a pandas Series of traced numbers",
        remedy="go on with its .to_numpy(), which is an array",
    )


_lookup: Any = Column.__getattr__
_lookup.__symdiff_traced__ = _attribute


def series_method(calls: Calls, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """An operator of a constant series that meets something traced."""
    if not args or not _is_series(args[0]) or kwargs or name not in _METHODS:
        return NOT_HANDLED
    if len(args) != 2 or not (contains_tracer(args[1]) or type(args[1]) is Column):
        return NOT_HANDLED
    if not name.startswith("__"):
        return NOT_HANDLED
    if name == "__matmul__":
        left = _read(calls, args[0])
        right = _array(calls, args[1], args[0].index)
        return calls.call(calls.recorder.site, np.dot, left, right)
    return _METHODS[name](calls, *args)
