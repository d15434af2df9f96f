"""What Python itself says to a call: whether it raises, and what.

symdiff makes a call of its own in the place of the user's, and its rule may know less than the
call does: `numpy.reshape(x, None)` is a copy, where a rule that counts axes has a `TypeError`. The
user's `try` would catch that, and the program go on where the function never goes. So an exception
that arises where no code of the user's runs is held against the user's own call, of plain values.
What that raises is the user's; where it returns, symdiff refuses. Within a `try` a call is held
against it beforehand, too: a rule may allow what the call does not.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import SymdiffError
from ...program.naming import name_of
from ...program.program import Guard
from ...safety.defence import internal, is_own
from ...safety.floating import computing
from ...source.installed import is_library_file
from ..outside.harmless import is_data, is_harmless
from ..recording.text import Text, TracedBytes, TracedText
from ..recording.tracer import UNKNOWN, Tracer

if TYPE_CHECKING:
    from ..recording.recorder import Recorder

PASSED_ON = (SymdiffError, MemoryError, RecursionError, StopIteration, StopAsyncIteration)
"""What is never asked about: refusals, and what is no mistake in a call."""

_MOST = 100_000
"""Arrays of more elements are not computed a second time before something has raised."""


_SYNTAX = {"getitem": "x[...]", "_set_item": "x[...] = value", "delitem": "del x[...]"}


_BY_REFERENCES = frozenset({"resize"})
"""Methods that depend on who else refers to an array."""


class _NotPlainError(Exception):
    """A value that the call cannot be given as Python has it."""


def plain(value: Any) -> Any:
    """A value as Python has it, in memory of its own.

    Raises:
        _NotPlainError: it holds something else than data.
    """
    kind = type(value)
    if kind in (Text, TracedText, TracedBytes) or isinstance(value, Iterator | BaseException):
        raise _NotPlainError
    if kind is Tracer:
        if value.value is UNKNOWN:
            raise _NotPlainError
        value = value.value
        return _copied(value) if isinstance(value, np.ndarray) else value
    if isinstance(value, np.ndarray):
        return _copied(value)
    if kind in (list, tuple, set):
        return kind(map(plain, value))
    if kind is dict:
        return {plain(k): plain(v) for k, v in value.items()}
    if kind is slice:
        return slice(plain(value.start), plain(value.stop), plain(value.step))
    if isinstance(value, type) or is_data(value):
        return value
    raise _NotPlainError


def _copied(value: Any) -> Any:
    """A copy of an array, which may be written to where the array may be."""
    made = value.copy()
    made.flags.writeable = value.flags.writeable
    return made


def _of_user(error: BaseException) -> bool:
    """Whether an exception has arisen in code of the user's, or in what that called."""
    step: TracebackType | None = error.__traceback__
    step = step.tb_next if step is not None else None  # the hook that asks
    while step is not None:
        frame = step.tb_frame
        file = frame.f_code.co_filename
        generated = file.startswith("<") and (
            file.startswith(_GENERATED) or "__name__" not in frame.f_globals
        )
        if not (is_own(frame) or generated or is_library_file(file)):
            return True
        step = step.tb_next
    return False


_GENERATED = ("<lambdifygenerated", "<__array_function__")


class Asked:
    """One call of the user's, or an operator or subscript: the function, and what it is given."""

    def __init__(
        self,
        recorder: Recorder,
        function: Any,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        of_syntax: bool = False,
    ) -> None:
        self.recorder = recorder
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.of_syntax = of_syntax

    def _own(self) -> Any:
        """What the call raises; `None` if it returns, `NotImplemented` where it is not asked."""
        function: Any = self.function
        try:
            args, kwargs = tuple(map(plain, self.args)), plain(self.kwargs)
            owner = getattr(function, "tracer", None)
            if owner is not None:
                if function.name in _BY_REFERENCES:
                    return NotImplemented
                function = functools.partial(_call_method, plain(owner), function.name)
            elif not (is_data(args) if self.of_syntax else is_harmless(function, args, kwargs)):
                return NotImplemented
        except _NotPlainError:
            return NotImplemented
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                computing(function, *args, **kwargs)
        except RecursionError:
            return NotImplemented
        except Exception as own:
            return own
        return None

    def after(self, error: Exception) -> Exception:
        """What to raise in the place of an exception that the call has ended in."""
        if self.recorder.abstract or _of_user(error):
            return error
        own = self._own()
        if own is NotImplemented:
            return error
        if own is not None:
            return error if type(own) is type(error) and own.args == error.args else own
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        try:
            if self.of_syntax and self._name() not in _SYNTAX.values():
                self.recorder.refused(internal(error, self.recorder.where()))
            self.recorder.refuse(
                f"`{self._name()}` of what it is given here",
                why=f"Python allows this, and symdiff's rule for it does not ({said})",
                remedy="write it in another way, or use symdiff.detach(...) on its "
                "arguments where the derivative is not wanted",
            )
        except SymdiffError as refusal:
            refusal.__cause__ = error
            return refusal

    def before(self) -> None:
        """Raise what the call raises, in the place of a rule that would not.

        Raises:
            Exception: that of the user's own call.
        """
        if self.recorder.abstract or not self._is_small() or self._is_spread():
            return
        own = self._own()
        if isinstance(own, Exception) and not isinstance(own, PASSED_ON):
            self._guard()
            own.__traceback__ = None
            raise own

    def _is_spread(self) -> bool:
        """Whether elements repeat in memory: a write to them is refused, which NumPy would do."""
        given = [getattr(self.function, "tracer", None), *self.args, *self.kwargs.values()]
        looks = [t for t in given if type(t) is Tracer] if self.recorder.spread else []
        while looks:
            if any(id(look) in self.recorder.spread for look in looks):
                return True
            looks = [look.base for look in looks if look.base is not None]
        return False

    def _is_small(self) -> bool:
        size = 0
        for value in (*self.args, *self.kwargs.values()):
            found = value.value if type(value) is Tracer else value
            size += found.size if isinstance(found, np.ndarray) else 0
        return size <= _MOST

    def _guard(self) -> None:
        """Where the call raises by what it is given, another value is another path."""
        recorder, function = self.recorder, self.function
        owner = getattr(function, "tracer", None)
        whole = [owner, list(self.args), self.kwargs]
        operands = tuple([recorder.operand(t) for t in _tracers_in(whole)])

        def call(*found: Any) -> Any:
            held, args, kwargs = _with_values(whole, iter(found))
            if owner is not None:
                return _call_method(held, function.name, *args, **kwargs)
            return function(*args, **kwargs)

        recorder.guard(Guard("raises", call), operands, ("raises", len(recorder.statements)))

    def _name(self) -> str:
        if getattr(self.function, "tracer", None) is not None:
            return f".{self.function.name}"
        return _SYNTAX.get(self.function.__name__) or name_of(self.function)


def _tracers_in(value: Any) -> list[Tracer]:
    if type(value) is Tracer:
        return [value]
    if type(value) in (list, tuple, dict):
        parts = value.values() if type(value) is dict else value
        return [t for part in parts for t in _tracers_in(part)]
    return []


def _with_values(value: Any, found: Iterator[Any]) -> Any:
    """A nested value with the next of `found` in the place of each tracer."""
    if type(value) is Tracer:
        return next(found)
    if type(value) is dict:
        return {key: _with_values(part, found) for key, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)([_with_values(part, found) for part in value])
    return value


def _call_method(owner: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    return getattr(owner, name)(*args, **kwargs)


def asking(recorder: Recorder, hook: Callable[..., Any], own: Callable[..., Any]) -> Any:
    """A hook for an operator or subscript, the exceptions of which are held against Python's.

    The hook takes what `own` takes, and the site.
    """

    @functools.wraps(hook)
    def asked(*args: Any) -> Any:
        try:
            return hook(*args)
        except PASSED_ON:
            raise
        except Exception as error:
            found = Asked(recorder, own, args[:-1], {}, of_syntax=True).after(error)
            if found is error:
                raise
            raise found from found.__cause__

    return asked
