"""Tests in rewritten code: truth, identity, equality, membership."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from ..calls.dataclasses import is_generated
from ..outside.libraries import is_library
from ..outside.remembered import Remembered
from ..recording.kinds import STANDARD, as_number, kind_of
from ..recording.text import Text, looked_at
from ..recording.tracer import UNKNOWN, Tracer
from ..rewriting.hook_calls import PREFIX
from .operators import PLAIN, OperatorHooks

_SMALL = range(-5, 257)
"""The integers that CPython keeps."""


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and value != value


class DecisionHooks(OperatorHooks):
    """The hooks of tests; what they keep, the very next step takes."""

    remembered: Remembered
    kept: Any

    def test(self, value: Any, site: int) -> Any:
        if type(value) is Tracer:
            self.recorder.site = site
            if type(value.value) in STANDARD:
                return self.recorder.truth(value)
            method = self.attributes.special(type(value.value), "__bool__")
            if method is None:
                return self.recorder.truth(as_number(value))
            return self.test(self.calls.call(site, method, value), site)
        kind = type(value)
        if kind is Text:
            return bool(value.look())
        if kind in PLAIN or kind.__module__ in ("builtins", "collections"):
            return value
        for name in ("__bool__", "__len__"):
            method = self.attributes.special(kind, name)
            if method is not None:
                truth = self.recorder.concrete(self.calls.call(site, method, value))
                wanted = bool if name == "__bool__" else int
                if not isinstance(truth, wanted):
                    raise TypeError(
                        f"{name} should return {wanted.__name__}, returned {type(truth).__name__}"
                    )
                return truth
        if hasattr(kind, "__len__") or hasattr(kind, "__bool__"):
            self.only_inside(value, "a test")
        return value

    def bound(self, value: Any, site: int) -> Any:
        """The test of a `while` loop."""
        return self.test(value, site)

    # What follows keeps a value that the very next step takes: nothing comes between.

    def holds(self, value: Any, site: int) -> bool:
        """The truth of a value in `and` and `or`, which may be the value of the whole."""
        outcome = bool(self.test(value, site))
        self.kept = value
        return outcome

    def link(self, name: str, left: Any, right: Any, site: int) -> bool:
        """The truth of `left < right` in `left < right < ...`."""
        result = self._compare(name, left, right, site)
        outcome = bool(self.test(result, site))
        self.kept = right if outcome else result
        return outcome

    def take_kept(self) -> Any:
        """What was kept."""
        value, self.kept = self.kept, None
        return value

    def failed(self) -> bool:
        """A test that a comparison has decided."""
        self.kept = None
        return False

    def _compare(self, name: str, left: Any, right: Any, site: int) -> Any:
        return self._shared[PREFIX + name](left, right, site)

    def identical(self, left: Any, right: Any, site: int) -> bool:
        """`left is right`."""
        self.recorder.site = site
        if self.recorder.watches:
            self.recorder.impure("an identity is asked for")
        if self.recorder.rebuilt:
            self.recorder.ask_single(left)
            self.recorder.ask_single(right)
        one, other = kind_of(left), kind_of(right)
        if one is other is int and left is not right and not self.reader.both_found(left, right):
            known = self.recorder.concrete(left), self.recorder.concrete(right)
            return known[0] == known[1] and known[0] in _SMALL  # of which there is one each
        return self.reader.identical(self._as_bool(left, site), self._as_bool(right, site))

    def _as_bool(self, value: Any, site: int) -> Any:
        """A traced `True` or `False` of Python's as that object itself: there is one of each."""
        if type(value) is not Tracer:
            return value
        of_python = type(value.value) is bool or (
            value.value is UNKNOWN and self.recorder.aval(value).dtype == "bool"
        )
        return self.test(value, site) if of_python else value

    def contains(self, item: Any, container: Any, site: int) -> Any:
        if self.recorder.watches:
            self.recorder.impure("`in` asks for an identity")
        if isinstance(container, Tracer):
            return self._among(item, self.recorder.each(container), site)
        if isinstance(container, str) or type(container) is Text:
            return looked_at(item) in looked_at(container)
        if isinstance(container, list | tuple | deque):
            return self._among(item, container, site)
        method = self.attributes.special(type(container), "__contains__")
        if method is not None:
            return bool(self.test(self.calls.call(site, method, container, item), site))
        if isinstance(getattr(type(container), "__iter__", None), FunctionType):
            return self._among(item, self.iter(container, site), site)
        self.only_inside(container, "`in`")
        self.remembered.forget(container, item)
        if type(item) is Tracer:
            self.recorder.site = site
            item = self.recorder.concrete(item)
        if isinstance(container, dict | set | frozenset):
            item = self.own_key(container, item, site)
            if self.reader.is_outside(item):
                self.reader.pin(item)
        return item in container

    def own_hash(self, key: Any, site: int) -> Any:
        """The hash of an object whose class says what it is, or holds one; `None` of any other."""
        kind = type(key)
        if kind is tuple:
            own = [self.own_hash(part, site) for part in key]
            return None if all(code is None for code in own) else hash(key)
        method = None if kind in PLAIN else self.attributes.special(kind, "__hash__")
        if method is None or is_library(kind) or is_generated(method, (key,)):
            return None
        return self.recorder.concrete(self.calls.call(site, method, key))

    def hashed(self, key: Any, site: int) -> Any:
        """What becomes a key."""
        if (type(key) not in PLAIN and type(key) is not Tracer) or type(key) is tuple:
            self.own_hash(key, site)
        return key

    def own_key(self, container: Iterable[Any], key: Any, site: int) -> Any:
        """The key of a dict or set that is equal to an object, where its class says what is."""
        code = self.own_hash(key, site)
        if code is None:
            return key
        return next((k for k in container if hash(k) == code and self.same(k, key, site)), key)

    def _among(self, item: Any, values: Iterable[Any], site: int) -> bool:
        """Whether one of some values is an item or equal to it; the first that is ends it."""
        return any(self.same(v, item, site) for v in values)

    def same(self, a: Any, b: Any, site: int) -> bool:
        """Whether two things are one or equal, as containers compare what they hold."""
        if a is b:
            return True
        if type(a) is Tracer and type(b) is Tracer and _is_nan(a.value) and _is_nan(b.value):
            return self.identical(a, b, site)
        return bool(self.test(self._shared[PREFIX + "eq"](a, b, site), site))

    def equal(self, a: Any, b: Any, site: int) -> Any:
        """`a == b`."""
        return self._shared[PREFIX + "eq"](a, b, site)

    def compare(self, name: str, a: Any, b: Any, site: int) -> Any:
        """A binary operator by its name."""
        return self._shared[PREFIX + name](a, b, site)

    def operator(self, name: str) -> Callable[..., Any]:
        """The hook of an operator; it takes the operands and the site."""
        return self._shared[PREFIX + name]  # type: ignore[no-any-return]

    def only_inside(self, value: Any, what: str) -> None:
        """Refuse what asks an outside object for something that nobody would check later."""
        if self.reader.is_outside(value) and type(value) not in PLAIN:
            self.calls.refuse_outside(value, what)
