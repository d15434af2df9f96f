"""Text made of traced values: an f-string, `str(x)`, `"%.3f" % x`.

Text that only goes to an effect (`print`, a log, the message of an exception, a list outside) is a
`Text`: the compiled program makes it anew in every run. Code that *looks* at it (compares it, takes
it apart, uses it as a key) gets a `TracedText`, which the specialization rests on by a guard.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...program.program import Guard, Var
from .parts import Recording


class TracedText(str):
    """Text of traced values that has been looked at: guarded, and not a number any more.

    What is made of it is such text again, so that no float is read back from it unseen.
    """

    __slots__ = ()

    def __radd__(self, other: str) -> TracedText:
        return TracedText(str.__add__(other, self))

    def __iter__(self) -> Iterator[str]:
        return map(TracedText, str.__iter__(self))


class TracedBytes(bytes):
    """The same as bytes."""

    __slots__ = ()

    def __radd__(self, other: bytes) -> TracedBytes:
        return TracedBytes(bytes.__add__(other, self))


class Text:
    """Text of traced values that nobody has looked at yet.

    Attributes:
        recorder: the trace it belongs to.
        value: the text of this run.
        var: what the program calls it.
        active: whether a float in it depends on what is differentiated.
    """

    __slots__ = ("active", "recorder", "value", "var")

    def __init__(self, recorder: Recording, value: str, var: Var, active: bool) -> None:
        self.recorder = recorder
        self.value = value
        self.var = var
        self.active = active

    def look(self) -> str:
        """The text itself: what follows rests on it."""
        recorder = self.recorder
        if recorder.abstract:
            recorder.need_value("the text of a value")
        if ("equal", self.var) not in recorder.decided:
            recorder.decided["equal", self.var] = self.value
            recorder.guard(Guard("equal", self.value), (self.var,), self.value)
        return TracedText(self.value) if self.active else self.value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.look(), name)


def _looking(name: str) -> Any:
    method = getattr(str, name)

    def look(self: Text, *args: Any) -> Any:
        return method(self.look(), *[a.look() if type(a) is Text else a for a in args])

    return look


for _name in ("str", "repr", "hash", "len", "iter", "getitem", "contains", "format", "add", "mul"):
    setattr(Text, f"__{_name}__", _looking(f"__{_name}__"))
for _name in ("eq", "ne", "lt", "le", "gt", "ge", "mod"):
    setattr(Text, f"__{_name}__", _looking(f"__{_name}__"))


def looked_at(value: Any) -> Any:
    """A value, and the values in a list, tuple or dict, with text that is looked at."""
    kind = type(value)
    if kind is Text:
        return value.look()
    if kind in (list, tuple):
        return kind([looked_at(v) for v in value])
    if kind is dict:
        return {looked_at(k): looked_at(v) for k, v in value.items()}
    return value


def marked(result: Any) -> Any:
    """What was made of text of traced values, as such text again."""
    if isinstance(result, str):
        return TracedText(result)
    if isinstance(result, bytes | bytearray):
        return TracedBytes(result)
    if type(result) in (list, tuple):
        return type(result)([marked(r) for r in result])
    return result


def _marking(cls: type, name: str) -> Any:
    method = getattr(cls, name)

    def made(self: Any, *args: Any, **kwargs: Any) -> Any:
        return marked(method(self, *args, **kwargs))

    return made


_TEXT = {str: TracedText, bytes: TracedBytes}
for _base, _kind in _TEXT.items():
    for _name in dir(_base):
        if _name in ("__add__", "__mul__", "__rmul__", "__mod__", "__getitem__") or not (
            _name.startswith("_") or _name in ("maketrans", "fromhex")
        ):
            setattr(_kind, _name, _marking(_base, _name))
