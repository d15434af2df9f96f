"""Functions of the standard library that are written in C, or too clever, over traced values.

`heapq` and `bisect` have a second form in Python, which is followed; `statistics` computes with
exact fractions, so its means and variances are written here as their definitions.
"""

from __future__ import annotations

import bisect
import builtins
import functools
import heapq
import importlib
import importlib.util
import itertools
import math
import statistics
import string
from collections.abc import Callable, Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import an
from ..recording.tracer import contains_tracer, plain
from .lookups import MISSED, insertion_point

if TYPE_CHECKING:
    from ..outside.parts import Calls

_NORMAL_QUANTILE: Any = importlib.import_module("_statistics")._normal_dist_inv_cdf


@functools.cache
def in_python(name: str) -> ModuleType:
    """A module of the standard library without the parts of it that are written in C."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None

    def without_c(module: str, *args: Any) -> Any:
        if module == f"_{name}":
            raise ImportError(module)
        return builtins.__import__(module, *args)

    made = importlib.util.module_from_spec(spec)
    made.__dict__["__builtins__"] = {**vars(builtins), "__import__": without_c}
    spec.loader.exec_module(made)
    return made


class Ordered:
    """What `functools.cmp_to_key` makes of a value: it compares by a function that is traced."""

    __slots__ = ("calls", "compare", "obj")

    def __init__(self, calls: Calls, compare: Any, obj: Any) -> None:
        self.calls = calls
        self.compare = compare
        self.obj = obj

    def _sign(self, better: str, other: Ordered) -> bool:
        calls = self.calls
        site = calls.recorder.site
        order = calls.call(site, self.compare, self.obj, other.obj)
        return bool(calls.hooks.test(calls.hooks.compare(better, order, 0, site), site))

    def __lt__(self, other: Ordered) -> bool:
        return self._sign("lt", other)

    def __gt__(self, other: Ordered) -> bool:
        return self._sign("gt", other)

    def __le__(self, other: Ordered) -> bool:
        return self._sign("le", other)

    def __ge__(self, other: Ordered) -> bool:
        return self._sign("ge", other)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ordered) and self._sign("eq", other)

    __hash__ = None  # type: ignore[assignment]


class StandardLibrary:
    """The standard library over traced values."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def table(self) -> dict[Any, Callable[..., Any]]:
        """The function to call in the place of each."""
        table: dict[Any, Callable[..., Any]] = {
            functools.cmp_to_key: lambda mycmp: functools.partial(Ordered, self.calls, mycmp),
            itertools.chain.from_iterable: self._chained,
            math.isclose: self._is_close,
            statistics.mean: self._mean,
            statistics.variance: lambda data, xbar=None: self._variance(data, xbar, 1),
            statistics.pvariance: lambda data, mu=None: self._variance(data, mu, 0),
            statistics.stdev: lambda data, xbar=None: self._root(self._variance(data, xbar, 1)),
            statistics.pstdev: lambda data, mu=None: self._root(self._variance(data, mu, 0)),
            statistics.harmonic_mean: self._harmonic_mean,
            _NORMAL_QUANTILE: self._normal_quantile,
            string.Template.substitute: self._filled("substitute"),
            string.Template.safe_substitute: self._filled("safe_substitute"),
        }
        for module in (heapq, bisect):
            for name, function in vars(importlib.import_module(f"_{module.__name__}")).items():
                if isinstance(function, BuiltinFunctionType):
                    table[function] = self._follower(module, name, function)
        return table

    def _follower(self, module: ModuleType, name: str, function: Any) -> Callable[..., Any]:
        def follow(*args: Any, **kwargs: Any) -> Any:
            seen = any(map(contains_tracer, (*args, *kwargs.values()))) or any(
                map(self.calls.hooks.reader.is_outside, args)
            )
            if not seen and not callable(kwargs.get("key")):
                return function(*args, **kwargs)
            if module is bisect and name.startswith("bisect") and len(args) == 2 and not kwargs:
                found = insertion_point(self.calls.recorder, *args, name != "bisect_left")
                if found is not MISSED:
                    return found
            written: FunctionType = getattr(in_python(module.__name__), name)
            return self.calls.follow_library(written, args, kwargs)

        return follow

    def _chained(self, iterables: Any) -> Iterator[Any]:
        whole = map(self.calls.iterable, self.calls.iterable(iterables))
        return itertools.chain.from_iterable(whole)

    def _filled(self, name: str) -> Callable[..., Any]:
        """A method of `string.Template`, which puts text of what it is given into its own."""
        function: Any = getattr(string.Template, name)

        def fill(owner: Any, mapping: Any = MappingProxyType({}), /, **named: Any) -> Any:
            hooks = self.calls.hooks
            given = {**hooks.mapping(mapping, self.calls.recorder.site), **named}
            if not any(map(hooks.texts.lives, given.values())):
                return function(owner, given)
            text = hooks.attributes.get(owner, "template", self.calls.recorder.site)
            return hooks.texts.made(functools.partial(function, type(owner)(text)), given)

        return fill

    # -- arithmetic, by the hooks

    def _apply(self, name: str, a: Any, b: Any) -> Any:
        return self.calls.hooks.compare(name, a, b, self.calls.recorder.site)

    def _call(self, function: Any, *args: Any) -> Any:
        return self.calls.call(self.calls.recorder.site, function, *args)

    def _is_close(self, a: Any, b: Any, *, rel_tol: Any = 1e-09, abs_tol: Any = 0.0) -> Any:
        if not any(map(contains_tracer, (a, b, rel_tol, abs_tol))):
            return math.isclose(a, b, rel_tol=rel_tol, abs_tol=abs_tol)
        known = self.calls.recorder.concrete_deep
        tolerances = known((rel_tol, abs_tol))
        if min(tolerances) < 0:
            raise ValueError("tolerances must be non-negative")
        if self.calls.hooks.test(self._apply("eq", a, b), self.calls.recorder.site):
            return True
        size = self._call(max, self._call(abs, a), self._call(abs, b))
        if self.calls.hooks.test(self._apply("eq", size, math.inf), self.calls.recorder.site):
            return False
        bound = self._call(max, self._apply("mul", size, tolerances[0]), tolerances[1])
        return self._apply("le", self._call(abs, self._apply("sub", a, b)), bound)

    # -- statistics

    def _data(self, data: Any, least: int, name: str) -> list[Any]:
        if isinstance(data, Mapping):
            self.calls.recorder.refuse(f"`statistics.{name}` of {an(type(data).__name__)}")
        values = list(self.calls.iterable(data))
        if len(values) < least or not contains_tracer(values):
            getattr(statistics, name)(values)  # the library's own error
        return values

    def _mean(self, data: Any) -> Any:
        values = self._data(data, 1, "mean")
        if not contains_tracer(values):
            return statistics.mean(values)
        kinds = int | np.integer | np.bool_
        if all(isinstance(plain(v), kinds) for v in values):
            recorder = self.calls.recorder  # an integer, if it is one
            return statistics.mean([recorder.concrete(v) for v in values])
        return self._apply("div", self._call(math.fsum, values), len(values))

    def _variance(self, data: Any, center: Any, fewer: int) -> Any:
        name = "variance" if fewer else "pvariance"
        values = self._data(data, 1 + fewer, name)
        if not contains_tracer(values) and not contains_tracer(center):
            return getattr(statistics, name)(values, center)
        mean = self._mean(values) if center is None else center
        steps = [self._apply("sub", v, mean) for v in values]
        squares = self._call(math.fsum, [self._apply("mul", s, s) for s in steps])
        if center is None:  # what rounding of the mean leaves
            rest = self._call(math.fsum, steps)
            rest = self._apply("div", self._apply("mul", rest, rest), len(values))
            squares = self._apply("sub", squares, rest)
        return self._apply("div", squares, len(values) - fewer)

    def _normal_quantile(self, p: Any, mu: Any, sigma: Any) -> Any:
        if not any(map(contains_tracer, (p, mu, sigma))):
            return _NORMAL_QUANTILE(p, mu, sigma)
        standard = self.calls.recorder.apply("ndtri", p)
        return self._apply("add", mu, self._apply("mul", standard, sigma))

    def _root(self, value: Any) -> Any:
        return self._call(math.sqrt, value)

    def _harmonic_mean(self, data: Any, weights: Any = None) -> Any:
        values = self._data(data, 1, "harmonic_mean")
        own = None if weights is None else list(self.calls.iterable(weights))
        if not contains_tracer(values) and not contains_tracer(own):
            return statistics.harmonic_mean(values, own)
        if own is not None and len(own) != len(values):
            raise statistics.StatisticsError("Number of weights does not match data size")
        shares = [1] * len(values) if own is None else own
        site = self.calls.recorder.site
        for value in values:
            if self.calls.hooks.test(self._apply("lt", value, 0), site):
                raise statistics.StatisticsError("harmonic mean does not support negative values")
        for value in values:
            if self.calls.hooks.test(self._apply("eq", value, 0), site):
                return 0
        terms = [self._apply("div", w, v) for w, v in zip(shares, values, strict=True)]
        return self._apply("div", self._call(math.fsum, shares), self._call(math.fsum, terms))
