"""Functions of `operator`, and special methods called by name: `x.__mul__(y)`."""

from __future__ import annotations

import copy
import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording.operators import OPERATORS
from ..recording.tracer import UNKNOWN

if TYPE_CHECKING:
    from ..outside.parts import Calls
    from ..recording.methods import BoundMethod

_BY_FUNCTION: dict[str, Callable[..., Any]] = {
    "__int__": int,
    "__float__": float,
    "__complex__": complex,
    "__bool__": bool,
    "__round__": round,
    "__trunc__": math.trunc,
    "__floor__": math.floor,
    "__ceil__": math.ceil,
    "__divmod__": divmod,
    "__pow__": pow,
    "__abs__": abs,
    "__str__": str,
    "__repr__": repr,
    "__format__": format,
    "__hash__": hash,
    "__len__": len,
    "__iter__": iter,
    "__copy__": copy.copy,
    "__deepcopy__": copy.deepcopy,
    "__array__": np.asarray,
}
"""What Python calls a special method through."""


def special_by_name(
    calls: Calls, method: BoundMethod, args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """`x.__mul__(y)` of a traced value."""
    name, owner, site = method.name, method.tracer, calls.recorder.site
    if owner.value is not UNKNOWN:
        held = getattr(owner.value, name)  # Python's own error
        if len(args) == 1 and name not in _BY_FUNCTION:
            (other,) = args
            known = calls.builtins[isinstance]
            numbers = known(other, (int, float, complex, np.generic, np.ndarray))
            if not numbers and held(other) is NotImplemented:
                return NotImplemented
    if name in _BY_FUNCTION and not kwargs:
        return calls.call(site, _BY_FUNCTION[name], owner, *args, **kwargs)
    function: Any = getattr(operator, name, None)
    if function is not None:
        return calls.call(site, function, owner, *args)
    mirrored = f"__{name[3:]}"
    if name.startswith("__r") and len(args) == 1:
        function = _BY_FUNCTION.get(mirrored) or getattr(operator, mirrored, None)
        if function is not None:
            return calls.call(site, function, args[0], owner)
    calls.recorder.refuse(f"the method `.{name}()` of a traced value, called by name")


class Operators:
    """Functions of `operator` that are more than an operator, over traced values."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.hooks = calls.hooks

    @property
    def site(self) -> int:
        return self.calls.recorder.site

    def table(self) -> dict[Any, Callable[..., Any]]:
        """The function to call in the place of each."""
        hooks = self.hooks
        table: dict[Any, Callable[..., Any]] = {
            operator.not_: lambda v: not hooks.test(v, self.site),
            operator.truth: lambda v: bool(hooks.test(v, self.site)),
            operator.is_: lambda a, b: hooks.identical(a, b, self.site),
            operator.is_not: lambda a, b: not hooks.identical(a, b, self.site),
            operator.contains: lambda values, v: hooks.contains(v, values, self.site),
            operator.countOf: self._count,
            operator.indexOf: self._index,
            operator.getitem: lambda o, k: hooks.getitem(o, k, self.site),
            operator.setitem: lambda o, k, v: hooks.setitem(o, k, v, self.site),
            operator.delitem: lambda o, k: hooks.delitem(o, k, self.site),
            operator.concat: lambda a, b: self._apply("add", a, b),
            operator.iconcat: lambda a, b: self.calls.call(self.site, operator.iadd, a, b),
            operator.length_hint: lambda o, default=0: operator.length_hint(o, default),
            operator.itemgetter: lambda *keys: operator.itemgetter(*keys),
            operator.attrgetter: lambda *names: operator.attrgetter(*names),
            operator.methodcaller: self._methodcaller,
        }
        for name, function in OPERATORS.items():
            table[function] = functools.partial(self._apply, name)
        if hasattr(operator, "call"):
            table[operator.call] = lambda f, /, *a, **k: self.calls.call(self.site, f, *a, **k)
        return table

    def _apply(self, name: str, *operands: Any) -> Any:
        return self.hooks.operator(name)(*operands, self.site)

    def _equal(self, a: Any, b: Any) -> bool:
        return a is b or bool(self.hooks.test(self.hooks.equal(a, b, self.site), self.site))

    def _count(self, values: Any, wanted: Any) -> int:
        return sum(self._equal(v, wanted) for v in self.calls.iterable(values))

    def _index(self, values: Any, wanted: Any) -> int:
        for k, value in enumerate(self.calls.iterable(values)):
            if self._equal(value, wanted):
                return k
        raise ValueError("sequence.index(x): x not in sequence")

    def _methodcaller(self, name: str, /, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        def call(owner: Any) -> Any:
            method = self.hooks.attributes.get(owner, name, self.site)
            return self.calls.call(self.site, method, *args, **kwargs)

        return call

    def getter(self, function: Any, owner: Any) -> Any:
        """What an `itemgetter`, `attrgetter` or `methodcaller` gives."""
        kind, arguments = function.__reduce__()[:2]
        if kind is operator.itemgetter:
            found = [self.hooks.getitem(owner, key, self.site) for key in arguments]
        elif kind is operator.attrgetter:
            found = [self._attribute(owner, path) for path in arguments]
        elif kind is operator.methodcaller:
            return self._methodcaller(*arguments)(owner)
        else:  # a partial of `methodcaller` with keywords
            return self._methodcaller(*kind.args, *arguments, **kind.keywords)(owner)
        return found[0] if len(found) == 1 else tuple(found)

    def _attribute(self, owner: Any, path: str) -> Any:
        for name in path.split("."):
            owner = self.hooks.attributes.get(owner, name, self.site)
        return owner
