"""Operators in rewritten code: of traced values, of plain ones, and of the user's own classes."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from types import FunctionType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...program.containers import CONTAINERS
from ...program.sources import held_by_class
from ..calls.containers import hash_own
from ..recording.kinds import STANDARD, as_number, kind_of
from ..recording.memory import check_cast
from ..recording.operators import OPERATORS
from ..recording.sharing import check_writeable
from ..recording.text import Text
from ..recording.tracer import UNKNOWN, Tracer
from ..rewriting.hook_calls import PREFIX

if TYPE_CHECKING:
    from ..calls.dispatch import Calls
    from ..calls.texts import Texts
    from ..outside.reads import Reader
    from ..recording.recorder import Recorder
    from .attributes import Attributes

IN_PLACE = {
    "add": operator.iadd,
    "sub": operator.isub,
    "mul": operator.imul,
    "div": operator.itruediv,
    "pow": operator.ipow,
    "floordiv": operator.ifloordiv,
    "mod": operator.imod,
    "matmul": operator.imatmul,
    "and_": operator.iand,
    "or_": operator.ior,
    "xor": operator.ixor,
    "lshift": operator.ilshift,
    "rshift": operator.irshift,
}
_DUNDER = {
    "div": "truediv",
    "and_": "and",
    "or_": "or",
}
PLAIN = frozenset(
    {float, int, bool, str, bytes, complex, type(None), list, tuple, dict, set, frozenset, range}
)
_SETS = frozenset({set, frozenset})
UNARY = {"neg", "pos", "invert", "abs"}
_MIRROR = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}


class OperatorHooks:
    """The hooks of operators; the rest of the hooks of a trace are its subclass's."""

    recorder: Recorder
    reader: Reader
    attributes: Attributes
    calls: Calls
    texts: Texts
    _shared: dict[str, Any]
    iter: Callable[..., Any]
    test: Callable[..., Any]
    same: Callable[..., bool]

    def _operator(self, name: str) -> Callable[..., Any]:
        function = OPERATORS[name]
        recorder = self.recorder
        dunder = _DUNDER.get(name, name)
        forward, backward = f"__{dunder}__", f"__{_MIRROR.get(dunder, 'r' + dunder)}__"

        formats = name == "mod"

        def hook(left: Any, right: Any, site: int) -> Any:
            a, b = type(left), type(right)
            if a is Tracer or b is Tracer:
                recorder.site = site
                if (a is Tracer and type(left.value) not in STANDARD) or (
                    b is Tracer and type(right.value) not in STANDARD
                ):
                    return self._own_number_operator(site, name, forward, backward, left, right)
                if formats and a is not Tracer and isinstance(left, str):
                    return self.texts.operator(name, function, left, right)
                if (a is Tracer or a in PLAIN) and (b is Tracer or b in PLAIN):
                    return recorder.operator(name, left, right)
                if (a is Tracer or _is_operand(left)) and (b is Tracer or _is_operand(right)):
                    return recorder.operator(name, _plain_number(left), _plain_number(right))
                if isinstance(left, Fraction) or isinstance(right, Fraction):
                    return recorder.operator(name, _of_fraction(left), _of_fraction(right))
            elif a in PLAIN and b in PLAIN and not (formats and a is str):
                if a in _SETS and b in _SETS:
                    hash_own(self.calls, (left, right))
                if a is b and a in _COMPARED and forward in _COMPARISONS:
                    return self._compare_held(name, function, left, right, site)
                if a is list and b is list and name == "add":
                    return recorder.made_new(function(left, right))
                return function(left, right)
            if a is Text or b is Text or (formats and isinstance(left, str)):
                recorder.site = site
                return self._text_operator(name, function, left, right)
            return self._user_operator(site, function, forward, backward, left, right)

        return hook

    def _compare_held(
        self, name: str, function: Callable[..., Any], left: Any, right: Any, site: int
    ) -> Any:
        """A comparison of two lists, tuples or dicts, which is one of what they hold."""
        sides = [v.values() if type(v) is dict else v for v in (left, right)]
        if left is right or all(type(v) in _ATOMS for side in sides for v in side):
            return function(left, right)
        if type(left) is dict:
            equal = left.keys() == right.keys() and all(
                self.same(left[k], right[k], site) for k in left
            )
            return equal is (name == "eq") if name in ("eq", "ne") else function(left, right)
        if name in ("eq", "ne") and len(left) != len(right):
            return name == "ne"
        for a, b in zip(left, right, strict=False):
            if not self.same(a, b, site):
                if name in ("eq", "ne"):
                    return name == "ne"
                return self._shared[f"{PREFIX}{name}"](a, b, site)
        return function(len(left), len(right))

    def _own_number_operator(
        self, site: int, name: str, forward: str, backward: str, left: Any, right: Any
    ) -> Any:
        """An operator of a number of the user's own class, which may say what it does."""
        result = self._by_methods(site, forward, backward, left, right)
        if result is not NotImplemented:
            return result
        return self._shared[f"{PREFIX}{name}"](as_number(left), as_number(right), site)

    def _text_operator(self, name: str, function: Any, left: Any, right: Any) -> Any:
        traced = type(left) is Text or type(right) is Text or self.texts.lives(right)
        if not traced and self.texts.speaks(right):
            return self.calls.effects.call(function, (left, right), {})
        if not traced:
            return function(left, right)
        return self.texts.operator(name, function, left, right)

    def _user_operator(
        self, site: int, function: Any, forward: str, backward: str, left: Any, right: Any
    ) -> Any:
        """An operator of the user's own class: its method is traced like any other."""
        result = self._by_methods(site, forward, backward, left, right)
        if result is not NotImplemented:
            return result
        if isinstance(left, Decimal) or isinstance(right, Decimal):  # by the digits of now
            return self.calls.effects.call(function, (left, right), {})
        if function in (operator.eq, operator.ne) and type(left) is type(right) is SimpleNamespace:
            get = self.attributes.get
            one, other = (dict(get(v, "__dict__", site)) for v in (left, right))
            return function(one, other)
        if function in (operator.eq, operator.ne) and self.reader.is_outside(left):
            result = function(left, right)
            if result is (self.reader.identical(left, right) is (function is operator.eq)):
                return result
        return self.recorder.const(function(left, right))

    def _by_methods(self, site: int, forward: str, backward: str, left: Any, right: Any) -> Any:
        """What the special methods that the user has written give, in Python's order."""
        attempts = [(left, forward, right), (right, backward, left)]
        compares = forward in _COMPARISONS
        first, second = kind_of(left), kind_of(right)
        if second is first:
            attempts = attempts if compares else attempts[:1]
        elif issubclass(second, first) and (compares or _overrides(second, first, backward)):
            attempts.reverse()
        for owner, name, other in attempts:
            kind = kind_of(owner)
            if kind in STANDARD:  # it knows numbers and arrays alone
                continue
            method = self.attributes.special(kind, name)
            if method is not None:
                result = self.calls.call(site, method, owner, other)
                if result is not NotImplemented:
                    return result
            elif name == "__ne__" and held_by_class(kind, name) is _OBJECT_NE:
                method = self.attributes.special(kind, "__eq__")
                result = (
                    NotImplemented
                    if method is None
                    else self.calls.call(site, method, owner, other)
                )
                if result is not NotImplemented:
                    return not self.test(result, site)
        return NotImplemented

    def _unary(self, name: str) -> Callable[..., Any]:
        function = OPERATORS[name]

        def hook(value: Any, site: int) -> Any:
            if type(value) is Tracer:
                self.recorder.site = site
                if type(value.value) not in STANDARD:
                    method = self.attributes.special(type(value.value), f"__{name}__")
                    if method is not None:
                        return self.calls.call(site, method, value)
                    value = as_number(value)
                return self.recorder.operator(name, value)
            method = self.attributes.special(type(value), f"__{name}__")
            if method is not None:
                return self.calls.call(site, method, value)
            return self.recorder.const(function(value))

        return hook

    def _in_place(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        plain = self._operator(name)
        dunder = f"__i{_DUNDER.get(name, name)}__"

        def hook(left: Any, right: Any, site: int) -> Any:
            if type(left) is Tracer:
                if isinstance(left.value, np.ndarray) or (
                    left.value is UNKNOWN and self.recorder.shape(left)
                ):
                    # An array is changed in place, seen through every alias.
                    self.recorder.site = site
                    check_writeable(self.recorder, left)
                    result = plain(left, right, site)
                    check_cast(self.recorder, result, left, lambda to: function(to, _value(right)))
                    self.recorder.setitem(left, ..., result)
                    return left
                return plain(left, right, site)
            kind = type(left)
            if self.recorder.watches and kind not in _ATOMS and not issubclass(kind, tuple):
                self.recorder.impure("an object is changed in place")
            self.recorder.ask_single(left)
            method = self.attributes.special(type(left), dunder)
            if method is not None:
                result = self.calls.call(site, method, left, right)
                if result is not NotImplemented:
                    return result
            if isinstance(left, tuple(CONTAINERS)) and hasattr(left, dunder):
                return function(left, self.iter(right, site) if isinstance(left, list) else right)
            return plain(left, right, site)

        return hook


_OBJECT_NE = object.__dict__["__ne__"]
"""It asks `__eq__`."""


_COMPARED = frozenset({list, tuple, dict})
_ATOMS = frozenset({float, int, bool, str, bytes, complex, type(None)})


_COMPARISONS = frozenset(f"__{name}__" for name in _MIRROR)


def _overrides(kind: type, base: type, name: str) -> bool:
    """Whether a subclass has a method that is not the one of its base."""
    return getattr(kind, name, None) is not getattr(base, name, None)


def _of_fraction(value: Any) -> Any:
    """A fraction as the float that meets a float in an operator."""
    return float(value) if isinstance(value, Fraction) else value


def _value(value: Any) -> Any:
    return value.value if type(value) is Tracer else value


def _is_operand(value: Any) -> bool:
    """Whether a plain value meets a tracer in an operator as a number or array would."""
    kind = type(value)
    if kind in PLAIN or isinstance(value, np.generic | np.ndarray):
        return True
    return isinstance(value, int | float) and not _has_operators(kind)


def _has_operators(kind: type) -> bool:
    """Whether a class of numbers says itself what arithmetic does."""
    return any(isinstance(getattr(kind, name), FunctionType) for name in _ARITHMETIC)


_ARITHMETIC = tuple(
    f"__{side}{_DUNDER.get(name, name)}__"
    for name in ("add", "sub", "mul", "div", "pow", "floordiv", "mod")
    for side in ("", "r")
)


def _plain_number(value: Any) -> Any:
    """A number of a class of its own, such as an `IntEnum`, as the number that it is."""
    if type(value) in PLAIN or type(value) is Tracer or isinstance(value, np.generic):
        return value
    return (
        int(value)
        if isinstance(value, int)
        else float(value)
        if isinstance(value, float)
        else value
    )
