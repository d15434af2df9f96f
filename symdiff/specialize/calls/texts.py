"""Make text of traced values: f-strings, `str`, `repr`, `format`, `%`, and the methods of text."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ...program.acts import Composed
from ...program.program import BOOL, Statement, Var
from ...source.installed import is_library_file
from ..outside.libraries import is_library
from ..outside.recipes import Builder, changed, reaches_traced
from ..outside.writes import plain
from ..recording.text import Text, TracedText, looked_at, marked
from ..recording.tracer import Tracer, contains_tracer, held_in
from ..rewriting.sites import SITES

if TYPE_CHECKING:
    from ..outside import parts
    from ..outside.parts import Hooks

# fmt: off
_TEXT_OF_TEXT = frozenset(
    {
        "capitalize", "casefold", "center", "expandtabs", "format", "format_map", "join", "ljust",
        "lower", "lstrip", "removeprefix", "removesuffix", "replace", "rjust", "rstrip", "strip",
        "swapcase", "title", "upper", "zfill",
    }
)
# fmt: on
"""Methods of text that give text, whatever they are given."""

_CONVERSIONS: dict[int, Callable[[Any], str]] = {ord("s"): str, ord("r"): repr, ord("a"): ascii}


class Placed:
    """A traced number in an f-string, with its conversion and format as `str.format` has them."""

    __slots__ = ("field", "value")

    def __init__(self, value: Tracer, field: str) -> None:
        self.value = value
        self.field = field


class Texts:
    """The making of text in one trace."""

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks
        self.recorder = hooks.recorder

    def made(self, function: Callable[..., str], /, *args: Any, **kwargs: Any) -> Any:
        """`function(*args)`, made anew in every run; `function` is pure."""
        recorder = self.recorder
        if recorder.abstract:
            return Text(recorder, "", Var("text", BOOL), True)
        builder = Builder(self.hooks.reader, committed=False)
        parts = tuple([builder.part(a) for a in args])
        named = {k: builder.part(v) for k, v in kwargs.items()}
        reader = self.hooks.reader
        value = function(
            *[plain(reader, a, fresh=True) for a in args],
            **{k: plain(reader, v, fresh=True) for k, v in kwargs.items()},
        )
        target = Var("text", BOOL)
        operation = Composed(function, parts, named)
        span = SITES[recorder.site].span
        recorder.statements.append(Statement(target, operation, tuple(builder.operands), span))
        recorder.values[target] = str(value)
        active = self._holds_float(args) or self._holds_float(kwargs)
        active = active or any(
            type(o) is Var and o in recorder.active and o.aval.is_inexact for o in builder.operands
        )
        return Text(recorder, str(value), target, active)

    def _holds_float(self, value: Any) -> bool:
        """Whether a float from which text is made is differentiated: it could be read back."""
        if type(value) is Tracer:
            return self.recorder.is_active(value) and bool(self.recorder.aval(value).is_inexact)
        if isinstance(value, list | tuple | set | dict):
            held = [v for v in held_in(value) if not isinstance(v, list | tuple | set | dict)]
            return any(map(self._holds_float, held))
        return type(value) is not Tracer and self.recorder.is_active(value)

    # -- Python's own ways to make text

    def joined(self, site: int, *parts: Any) -> Any:
        """An f-string: pieces of text, and what `placed` has made of what stands in braces."""
        self.recorder.site = site
        pieces: list[Any] = []
        template = ""
        values: list[Tracer | Text] = []
        for part in parts:
            if type(part) is Placed:
                template += part.field
                values.append(part.value)
            elif type(part) is Text:
                template += "{}"
                values.append(part)
            else:
                template += part.replace("{", "{{").replace("}", "}}")
                pieces.append(part)
        if values:
            return self.made(template.format, *values)
        text = "".join(pieces)
        return TracedText(text) if any(type(p) is TracedText for p in pieces) else text

    def placed(self, value: Any, conversion: int, spec: Any, site: int) -> Any:
        """What stands in braces in an f-string, made text before the next is looked at."""
        self.recorder.site = site
        self.recorder.ask_kind(value)
        number = type(value) is Tracer and not self.recorder.shape(value)
        if number and type(spec) is str and "{" not in spec and "}" not in spec:
            self.recorder.hold(value)
            kind = "" if conversion < 0 else f"!{chr(conversion)}"
            return Placed(value, f"{{{kind}:{spec}}}" if spec else f"{{{kind}}}")
        if conversion == ord("s"):
            value = self.text_of(value)
        elif conversion >= 0:
            value = self.repr_of(value, _CONVERSIONS[conversion])
        return self.formatted(value, spec)

    def text_of(self, value: Any = "") -> Any:
        """`str(value)`."""
        if type(value) in (str, TracedText, Text):
            return value
        return self._by_method(value, ("__str__", "__repr__"), str)

    def repr_of(self, value: Any, function: Callable[[Any], str] = repr) -> Any:
        """`repr(value)`, or `ascii(value)`."""
        return self._by_method(value, ("__repr__",), function)

    def formatted(self, value: Any, spec: Any = "") -> Any:
        """`format(value, spec)`."""
        if type(spec) is str and not spec and (isinstance(value, str) or type(value) is Text):
            return value
        method = self._written(type(value), "__format__")
        if method is not None:
            return self.hooks.calls.call(self.recorder.site, method, value, spec)
        if type(spec) is str and not spec and type(value) is not Tracer:
            return self.text_of(value)
        if type(spec) is Text or self.lives(value):
            return self.made(format, value, spec)
        text = format(value, spec)
        return TracedText(text) if isinstance(value, TracedText) else text

    def _by_method(self, value: Any, names: Sequence[str], function: Callable[[Any], str]) -> Any:
        kind: Any = type(value)
        for name in names:
            method = self._written(kind, name)
            if method is not None:
                return self.hooks.calls.call(self.recorder.site, method, value)
            if getattr(kind, name, None) is not getattr(object, name):
                break
        generated = dataclasses.is_dataclass(value) and kind.__repr__ is not object.__repr__
        own = function is str and kind.__str__ is not object.__str__
        if generated and not own and self.is_changed(value):
            return self._of_fields(value)
        return self.made(function, value) if self.lives(value) else function(value)

    def _of_fields(self, value: Any) -> Any:
        """What the `__repr__` of a dataclass gives."""
        site = self.recorder.site
        pieces: list[Any] = [f"{type(value).__qualname__}("]
        for field in dataclasses.fields(value):
            if field.repr:
                item = self.hooks.attributes.get(value, field.name, site)
                separator = ", " if len(pieces) > 1 else ""
                pieces += [f"{separator}{field.name}=", self.repr_of(item)]
        return self.joined(site, *pieces, ")")

    def is_changed(self, value: Any) -> bool:
        """Whether it is an object from outside that has been changed."""
        reader = self.hooks.reader
        return reader.is_outside(value) and changed(reader, value)

    def lives(self, value: Any) -> bool:
        """Whether it holds traced values, or something from outside that has been changed."""
        return reaches_traced(value) or changed(self.hooks.reader, value)

    def speaks(self, value: Any) -> bool:
        """Whether the user has written what text is made of it by Python's own code."""
        kinds = {type(v) for v in held_in(value)}
        own = [k for k in kinds if k.__module__ != "builtins" and not is_library(k)]
        names = ("__str__", "__repr__", "__format__")
        return any(self._written(kind, name) for kind in own for name in names)

    def _written(self, kind: type, name: str) -> FunctionType | None:
        """A method that makes text, where the user has written it."""
        method = self.hooks.attributes.special(kind, name)
        if kind in (Tracer, Text) or method is None:
            return None
        file = method.__code__.co_filename
        return None if is_library_file(file) or file.startswith("<") else method

    # -- operators and methods of text

    def operator(self, name: str, function: Callable[..., Any], left: Any, right: Any) -> Any:
        """An operator with text of traced values in it, or `%` of text and traced values."""
        if name == "mod" and (isinstance(left, str) or type(left) is Text):
            return self.made(function, left, right)
        if name == "add" and all(isinstance(v, str) or type(v) is Text for v in (left, right)):
            return self.made(function, left, right)
        return marked(function(looked_at(left), looked_at(right)))

    def method(self, owner: Any, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """A method of text that a traced value has part in."""
        if name == "join" and len(args) == 1:
            args = (list(self.hooks.calls.iterable(args[0])),)
            if type(owner) is str and not contains_tracer(args):
                return owner.join(args[0])
        if name in _TEXT_OF_TEXT:
            function: Any = getattr(str, name)
            return self.made(function, owner, *args, **kwargs)
        concrete = self.recorder.concrete_deep
        args = [looked_at(concrete(a)) for a in args]
        return marked(
            getattr(looked_at(owner), name)(
                *args, **{k: looked_at(concrete(v)) for k, v in kwargs.items()}
            )
        )

    def replaced(
        self, pattern: re.Pattern[str], name: str, repl: Any, string: Any, count: int = 0
    ) -> Any:
        """`pattern.sub(function, text)`: what the function gives for each match may be traced."""
        string = looked_at(self.recorder.concrete_deep(string))
        site, parts, end, made = self.recorder.site, [], 0, 0
        for match in pattern.finditer(string):
            if count and made == count:
                break
            parts += [string[end : match.start()], self.hooks.calls.call(site, repl, match)]
            end, made = match.end(), made + 1
        text = self.joined(site, *parts, string[end:])
        return (text, made) if name == "subn" else text


class TextMethod:
    """`text.upper` of a `Text`, waiting to be called."""

    __slots__ = ("name", "owner", "texts")

    def __init__(self, texts: parts.Texts, owner: Text, name: str) -> None:
        getattr(str, name)  # Python's own error for what text does not have
        self.texts = texts
        self.owner = owner
        self.name = name

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self.texts.method(self.owner, self.name, args, kwargs)


def replaces(function: Any, args: Sequence[Any]) -> bool:
    """Whether this is `sub` or `subn` of a regular expression, with a function for the matches."""
    named = getattr(function, "__name__", None) in ("sub", "subn")
    return named and bool(args) and callable(args[0])
