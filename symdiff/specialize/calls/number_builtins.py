"""Python's builtins that give numbers, over traced values: `sum`, `max`, `int`, `round`, ..."""

from __future__ import annotations

import functools
import itertools
import math
import operator
import sys
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.table.entry import TABLE, ElementwiseEntry
from ...operations.table.lookup import entry_of
from ...program.program import INT
from ..recording.kinds import STANDARD, kind_of
from ..recording.text import Text, TracedBytes, TracedText
from ..recording.tracer import UNKNOWN, Tracer, plain
from .folds import extreme, extreme_by, multiplied, summed
from .throughs import reduced

if TYPE_CHECKING:
    from ..outside.parts import Calls, Hooks
    from ..recording.recorder import Recorder


_COMPENSATED = sys.version_info >= (3, 12)
"""Whether `sum` adds floats up without the error that rounding makes."""

_FEW = 4
"""Of so many numbers `min` and `max` are one expression."""

IN_PLACE_NAMES = {
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


class NumberBuiltins:
    """Builtins of numbers, and functions of `math` and `operator` that act like them."""

    calls: Calls
    hooks: Hooks
    recorder: Recorder

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
        pair = (self._binary("floordiv", a, b), self._binary("mod", a, b))
        if type(b) is Tracer:
            for value in pair:  # where nobody reads them, it raises all the same
                self.recorder.hold(value)
        return pair

    def _int(self, *args: Any, **kwargs: Any) -> Any:
        value = self._read_back(args[0], "an int") if args else 0
        method = self._written(value, "__int__", "__index__", "__trunc__")
        if method is not None:
            return self._int(self.calls.call(self.recorder.site, method, value))
        if type(value) is not Tracer or len(args) + len(kwargs) > 1:
            return int(plain(value), *args[1:], **kwargs)
        return self._whole("trunc_int", int, value)

    def _whole(self, name: str, function: Callable[[Any], int], value: Any) -> Any:
        """A whole number of Python's own, which the program computes."""
        if type(value.value) is int or self.recorder.aval(value) is INT:
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
        if type(value.value) is float:
            return value
        if self.recorder.shape(value):
            value = self.recorder.apply("reshape", value, shape=())
        value = self.recorder.widened(value, whole=True)
        if value.value is UNKNOWN or type(value.value) is float:
            return value
        return Tracer(self.recorder, float(value.value), self.recorder.operand(value))

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
        kept = reduced(self.calls, values, start, functools.partial(self._binary, "add"))
        if kept is not None:
            return kept[0]
        found = summed(self.calls, values) if type(start) is int and start == 0 else None
        if found is not None:
            return found
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
                if k == 0 and type(total) is int and not total and not _holds_truths(value)
                else (self._binary("add", total, value))
            )
        return self._sum_of_floats(total, floats)

    def _is_number(self, value: Any, *kinds: type) -> bool:
        return type(plain(value)) in kinds

    def _sum_of_floats(self, first: Any, others: Sequence[Any]) -> Any:
        """As `sum` adds Python's floats up from 3.12 on: what rounding loses is added at last."""
        if not any(type(v) is Tracer for v in (first, *others)):
            return sum(others, first)
        if len(others) < 2:  # nothing is lost that the result could hold
            return functools.reduce(lambda a, b: self._binary("add", a, b), others, first)
        return self.recorder.apply("sum_of_floats", first, *others)

    def _fsum(self, values: Any) -> Any:
        kept = reduced(self.calls, values, 0.0, functools.partial(self._binary, "add"))
        if kept is not None:
            return kept[0]
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
            "fma": lambda x, y, z: self._binary(
                "add", self._binary("mul", self._wide(x), self._wide(y)), self._wide(z)
            ),
        }

    def _prod(self, values: Any, *, start: Any = 1) -> Any:
        kept = reduced(self.calls, values, start, functools.partial(self._binary, "mul"))
        if kept is not None:
            return kept[0]
        found = multiplied(self.calls, values, start)
        if found is not None:
            return found
        return functools.reduce(
            lambda a, b: self._binary("mul", a, b), self.calls.iterable(values), start
        )

    def _extreme(self, entry: str, better: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """`min` and `max`: smooth programs by an entry, or decisions where there is a key."""
        key = kwargs.get("key")
        if len(args) == 1 and kwargs.keys() <= {"default"}:  # (of many, that is not asked for)
            found = extreme(self.calls, self._python(better), args[0])
            if found is not None:
                return found
        if len(args) == 1 and key is not None and kwargs.keys() <= {"default", "key"}:
            chosen = extreme_by(self.calls, self._python(better), args[0], key)
            if chosen is not None:
                return chosen[0]
        numbers: list[Any] = []  # to which nobody can be asked anything in between
        rest = iter(self.calls.iterable(args[0]) if len(args) == 1 else args)
        if key is None:
            for value in rest:
                if not self._is_scalar(value):
                    rest = itertools.chain([*numbers, value], rest)
                    break
                numbers.append(value)
            else:
                if self.recorder.catching and self._raise_differently(numbers):
                    rest = iter(numbers)
                elif numbers or "default" not in kwargs:
                    return self._extreme_of_numbers(entry, better, numbers)
                else:
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

    @staticmethod
    def _raise_differently(values: Sequence[Any]) -> bool:
        """Whether which one it is decides what is raised: divided by 0, Python's numbers raise."""
        kinds = [isinstance(plain(v), np.generic) for v in values]
        return len(set(kinds)) > 1

    def _extreme_of_numbers(self, entry: str, better: str, values: list[Any]) -> Any:
        if not any(type(v) is Tracer for v in values):
            return self._python(better)(values)
        best = values[0]
        for value in values[1:]:  # each in a statement of its own: they would nest in each other
            best = self.recorder.apply(entry, best, value)
            if len(values) > _FEW:
                self.recorder.hold(best, entry)
        return best

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
        if not self.recorder.aval(value).is_inexact and operator.index(digits) >= 0:
            return value
        scale = 10.0 ** self.recorder.concrete(digits or 0)
        scaled = self.recorder.operator("mul", value, scale)
        return self.recorder.operator("div", self.recorder.apply("rint", scaled), scale)

    def _pow(self, base: Any, exp: Any, mod: Any = None) -> Any:
        if mod is not None:
            return pow(*self.recorder.concrete_deep((base, exp, mod)))
        return self._binary("pow", base, exp)

    def _in_place(self, name: str) -> Callable[..., Any]:
        hook = IN_PLACE_NAMES[name]
        return lambda a, b: self.hooks.operator(f"i{hook}")(a, b, self.recorder.site)

    def _wide(self, value: Any) -> Any:
        """A number as `math` reads it; what is none is Python's own error."""
        number = isinstance(plain(value), int | float | np.number | np.bool_)
        return self._float(value) if number else value

    def _hypot(self, a: Any, b: Any) -> Any:
        b = self._wide(b)
        if type(a) is float and not a:
            return abs(b) if type(b) is not Tracer else self.recorder.operator("abs", b)
        if type(a) is not Tracer and type(b) is not Tracer:
            return math.hypot(a, b)
        entry = entry_of(math.hypot)
        assert entry is not None
        return self.recorder.apply_entry(entry, math.hypot, (a, b), {})

    def _dist(self, p: Any, q: Any) -> Any:
        pairs = zip(self.calls.iterable(p), self.calls.iterable(q), strict=True)
        steps = [self._binary("sub", self._wide(a), self._wide(b)) for a, b in pairs]
        return functools.reduce(self._hypot, steps, 0.0)

    def _abs(self, value: Any) -> Any:
        if type(value) is Tracer:
            return self.recorder.operator("abs", value)
        method = self.hooks.attributes.special(type(value), "__abs__")
        return abs(value) if method is None else self.calls.call(self.recorder.site, method, value)


def _holds_truths(value: Any) -> bool:
    """Whether it is a truth, or an array of them: a number is what they add up to."""
    held = plain(value)
    return type(held) is bool or str(getattr(held, "dtype", "")) == "bool"
