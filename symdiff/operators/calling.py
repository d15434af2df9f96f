"""How a call of an operator's object reaches compiled code: it is that code.

The objects are `functools.partial` objects of no arguments, whose function is put in place as
calls are answered: CPython hands a call of such an object on without a frame of its own. The
function is at first one that asks the object; once a path has been taken twice, it is what
`compile/direct.py` makes of it, which binds arguments itself and comes back where it cannot answer.
"""

from __future__ import annotations

import functools
import inspect
import sys
import weakref
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self

from ..compile.direct import LEFT_OUT, Called, direct, given, handed_on
from ..compile.function import Compiled
from ..compile.guards import GuardMiss
from ..program.naming import name_of
from ..safety.exclusive import if_alone
from ..safety.floating import errors_raise, quietly
from .dispatch import exclusively
from .leaves import Leaf

P = ParamSpec("P")

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_ENOUGH = 2
"""A path is compiled for calls of its own once it has been taken so often."""

# Without the lock, another thread may be calling what is replaced.
_REPLACES = getattr(sys, "_is_gil_enabled", lambda: True)()

_put: Any = functools.partial.__setstate__  # type: ignore[attr-defined]


def never(*args: Any) -> Any:
    """Give no answer."""
    raise GuardMiss(-1, None)


class Callee(Generic[P], functools.partial[Any]):
    """What is called as the function that answers; that function can be replaced."""

    _parameters: Sequence[inspect.Parameter] | None
    """What the function that answers takes; `None` if arguments are bound elsewhere."""

    _keyword: str | None = None
    """A keyword argument that the operator adds to those of the function."""

    if TYPE_CHECKING:

        def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> Any: ...

    def __new__(cls, /, *args: Any, **kwargs: Any) -> Self:
        return super().__new__(cls, never)

    def _prepare(self) -> None:
        """Have calls ask the object, from now on."""
        self._hot: Callable[..., Any] = never
        self._hot_leaf: Any = None
        self._hot_code: Compiled | None = None
        self._asks = _asking(weakref.ref(self))
        self._answered_by = self._asks
        _put(self, (self._asks, (), {}, self.__dict__))

    def _answer_by(self, function: Callable[..., Any]) -> None:
        """Have calls run a function instead."""
        if _REPLACES and self._answered_by is not function:
            self._answered_by = function
            _put(self, (function, (), {}, self.__dict__))

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Answer a call, by what was compiled last if that will do."""
        raise NotImplementedError

    def _call_without(
        self, values: Sequence[Any], missed: GuardMiss | None, raised: bool, leaf: Any
    ) -> Any:
        """Answer a call that compiled code could not, whose arguments are bound."""
        raise NotImplementedError

    def _call_with(self, args: tuple[Any, ...], kwargs: dict[str, Any], given: Any) -> Any:
        """Answer a call with the keyword argument that the operator adds."""
        raise NotImplementedError

    # -- what answers

    def _served(self, leaf: Leaf, compiled: Compiled, values: Sequence[Any]) -> None:
        """Remember what has answered a call, for the next."""
        if self._hot_code is not compiled:
            self._hot_leaf, self._hot_code, self._hot = leaf, compiled, compiled.function
            silent = bool(compiled.native)  # which sees to that itself
            if not silent and (
                compiled.quiet or any(not isinstance(o, float | int) for o in values)
            ):
                self._hot = _quiet(compiled.function)
        candidate = compiled.candidate
        if candidate is not None and candidate.waits:
            if candidate.called(values, self._hot, self._turning()):
                leaf.compiled = {
                    key: candidate.found if made is compiled else made
                    for key, made in leaf.compiled.items()
                }
                self._served(leaf, candidate.found, values)
                return
            if candidate.waits:
                self._answer_by(self._asks)
                return
        known = leaf.answers
        if known is None or known[0] is not compiled:
            leaf.times += 1
            # Where another thread traces, a call does not wait for that.
            enough = leaf.times >= _ENOUGH
            made = if_alone(self._made, leaf, compiled) if enough else None
            if made is None:
                self._answer_by(self._asks)
                return
            known = leaf.answers = (compiled, made)
        self._answer_by(self._asks if known[1] is never else known[1])
        if candidate is not None and candidate.waits:  # it has just been compiled
            self._answer_by(self._asks)

    def _answered(self, values: Sequence[Any]) -> None:
        """Note that what answered last has done so again."""
        code = self._hot_code
        if code is not None and (
            self._hot_leaf.answers is None or (code.candidate and code.candidate.waits)
        ):
            self._served(self._hot_leaf, code, values)

    def _turning(self) -> Callable[[], None]:
        """What has the next call ask this object; it does not keep it alive."""
        ref = weakref.ref(self)

        def turn() -> None:
            callee = ref()
            if callee is not None:
                callee._answer_by(callee._asks)

        return turn

    def _made(self, leaf: Leaf, compiled: Compiled) -> Callable[..., Any]:
        """What answers calls along a path by itself; `never` if nothing does."""
        emitted, parameters = compiled.emitted, self._parameters
        if compiled.native and parameters is not None:
            emitted = handed_on(compiled.function, len(parameters))
        if emitted is None or parameters is None or not _REPLACES:
            return never
        function = _of_defaults(self._function, parameters)
        called = Called(name_of(self._function, "function"), parameters, function, self._keyword)
        make = exclusively(direct, emitted, called)
        if make is None:
            return never
        made = make(*_elsewhere(weakref.ref(self), weakref.ref(leaf), parameters))
        if compiled.bound is not None and all(p.kind in _BY_POSITION for p in parameters):
            return compiled.bound(made)  # native code is called as it is, and that where it misses
        return made

    _function: Callable[..., Any]


def _asking(ref: weakref.ref[Any]) -> Callable[..., Any]:
    """The function of an object that is asked; not to keep it alive, it knows it weakly."""

    def ask(*args: Any, **kwargs: Any) -> Any:
        callee: Any = ref()
        return callee._call(args, kwargs)

    return ask


def _elsewhere(
    ref: weakref.ref[Any], path: weakref.ref[Leaf], parameters: Sequence[inspect.Parameter]
) -> tuple[Any, Any]:
    """What compiled code turns to: for what it cannot answer, and for the operator's keyword."""

    def elsewhere(error: Exception, values: tuple[Any, ...]) -> Any:
        error.with_traceback(None)  # which holds the arguments
        callee: Any = ref()
        if any(v is LEFT_OUT for v in values):
            return callee._call(*given(parameters, values))
        missed = error if isinstance(error, GuardMiss) else None
        return callee._call_without(values, missed, missed is None, path())

    def further(values: tuple[Any, ...], further: Any) -> Any:
        callee: Any = ref()
        return callee._call_with(*given(parameters, values), further)

    return elsewhere, further


def _of_defaults(
    function: Callable[..., Any], parameters: Sequence[inspect.Parameter]
) -> FunctionType | None:
    """The function whose defaults are those of the parameters, if it is one of Python's own."""
    inner: Any = function.__func__ if isinstance(function, MethodType) else function
    if type(inner) is not FunctionType or hasattr(inner, "__wrapped__"):
        return None
    return None if hasattr(inner, "__signature__") else inner


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """Array programs compute both arms of a `where`: no warnings for the one not taken."""

    def call(*args: Any) -> Any:
        if errors_raise():
            raise GuardMiss(-1, None)
        return quietly(function, *args)

    return call
