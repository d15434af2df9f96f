"""A compiled function as it is called: with the parameters of the user's own function.

What `function.py` compiles takes one value for each parameter, and raises where its guards fail.
Here the same lines become a function that binds arguments as the user's does, and that turns to
another function, given later, where it cannot answer. It is all that a warm call runs:

- the checks that lead the function are one condition. Where it fails they are made one by one, so
  that the first of them says what it found;
- what is needed where the checks fail is in one place, which costs a call nothing;
- where it looks up globals of the user's, its own globals are those, because CPython finds them
  there at once, and constants are closure cells; else constants are its globals, because each cell
  costs a call a little;
- defaults are looked up where they are left out, and not when the function is made;
- NumPy is told to be silent by its context variable, and only where arrays are computed.
"""

from __future__ import annotations

import inspect
import keyword
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

from ..operations.runtime.powers import powers
from ..operations.runtime.pristine import PYTHON
from ..operations.runtime.ranges import all_within_range, regrouped, within_range
from ..program.naming import BUILTIN_NAMES, RESERVED_NAMES, Namer, is_plain
from ..records import dataclass
from ..safety.floating import HARMLESS, STATE, errors_raise
from .checks import ALONE, Checked
from .emit import Emitted
from .guards import unfit
from .text import function_of

LONGEST = 20_000
"""Longer texts are not compiled again: what a call costs is nothing to what they compute."""

LEFT_OUT = type("LeftOut", (), {"__repr__": lambda self: "<left out>"})()
"""What a parameter is that no argument was given for."""

_CELL, _GLOBAL = 2, 13
"""Nanoseconds that a closure cell costs a call, and a look-up in a dict beyond that of a name."""

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_NAME = re.compile(r"(?<![\w.'\"])[^\W\d]\w*")
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
_ASSIGNED = re.compile(r"\b([^\W\d]\w*) :=")
_OF_RANGES = re.compile(r"\brt\.(\w*within_range|powers|regrouped)\(")
_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)

Elsewhere = Callable[[Exception, tuple[Any, ...]], Any]
"""Answers a call that compiled code cannot: what it raised, and one value for each parameter."""

With = Callable[[tuple[Any, ...], Any], Any]
"""Answers a call with a keyword argument that is the operator's own, and its value."""

Make = Callable[[Elsewhere, With | None], Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Called:
    """How a function is called.

    Args:
        name: its name.
        parameters: of the user's function, and those of the operator that follow them.
        function: the user's function itself, if there is one that defaults are read from.
        keyword: the name of a keyword argument that the operator adds.
    """

    name: str
    parameters: Sequence[inspect.Parameter]
    function: FunctionType | None = None
    keyword: str | None = None


def direct(emitted: Emitted, called: Called) -> Make | None:
    """What makes the function, given what answers elsewhere; `None` where there is none.

    There is none where the lines need more than the arguments, or where a parameter has the name
    of something that they use.
    """
    names = [p.name for p in called.parameters]
    if emitted.needs_log or len(emitted.parameters) != len(names):
        return None
    text = "\n".join([f"{t} = {s}" for t, s in emitted.lines] + [emitted.result])
    used = set(_NAME.findall(text))
    bound = {**vars(PYTHON), **emitted.namespace}
    own = used & (set(bound) | RESERVED_NAMES)
    every = [*names, called.keyword] if called.keyword else names
    for name in every:
        if not is_plain(name) or name in own or name in emitted.parameters:
            return None
    writer = _Writer(emitted, called, text, used, bound)
    name, written = writer.text()
    if writer.direct and not writer.worth(written):
        writer = _Writer(emitted, called, text, set(bound) | used, bound, own=True)
        name, written = writer.text()
    try:
        return writer.compiled(written, name)
    except (SyntaxError, RecursionError, MemoryError):
        return None  # it is nested too deep, with what stands around it here


def handed_on(function: Callable[..., Any], count: int) -> Emitted:
    """What hands its arguments on to a function that answers as compiled code does."""
    values = [f"arg_{k}" for k in range(count)]
    return Emitted(values, [], f"whole_0({', '.join(values)})", {"whole_0": function}, False)


class _Writer:
    """Writes the text, and binds what it names."""

    def __init__(
        self,
        emitted: Emitted,
        called: Called,
        text: str,
        used: set[str],
        bound: dict[str, Any],
        own: bool = False,
    ) -> None:
        self.emitted, self.called = emitted, called
        self.values = emitted.parameters
        self.bound = {**bound}
        self.namer = Namer({*_IDENTIFIER.findall(text), *bound, *BUILTIN_NAMES, *self.values})
        for parameter in called.parameters:
            self.namer(parameter.name)
        self.left = self.name(LEFT_OUT, "left")
        self.of = self.name(called.function, "function")
        self.cold = self.namer("cold_0")
        self.apart: list[str] = []  # functions that are called where checks fail
        self.globals: dict[str, Any] | None = None
        self.known_as = ""  # what the lines call the user's globals
        self.direct: set[str] = set()
        function: Any = called.function
        if function is not None and type(function.__globals__) is dict and not own:
            self.find_globals(function, text, used)

    def name(self, value: Any, hint: str) -> str:
        name = self.namer(f"{hint}_0")
        self.bound[name] = value
        return name

    def find_globals(self, function: Any, text: str, used: set[str]) -> None:
        """Which globals can be looked up as the user's function does."""
        space = function.__globals__
        builtins = space.get("__builtins__")
        if isinstance(builtins, ModuleType):
            builtins = vars(builtins)
        if builtins is not function.__builtins__:
            return
        known = [n for n, v in self.emitted.namespace.items() if v is space]
        if not known:
            return
        self.globals, self.known_as = space, known[0]
        hidden = [t.hidden for t, _ in self.emitted.lines if type(t) is Checked and t.hidden]
        found = {s.name for s, _ in hidden if s.namespace is space and s.builtins is builtins}
        found |= set(re.findall(rf"\b{self.known_as}\['(\w+)'\]", text))
        taken = used | {p.name for p in self.called.parameters} | {self.called.keyword}
        self.direct = {n for n in found if is_plain(n) and n not in taken}

    def quick(self, text: str) -> str:
        """An expression that looks up globals as the user's function does."""
        if not self.direct or self.known_as not in text:
            return text

        def instead(found: re.Match[str]) -> str:
            return found[1] if found[1] in self.direct else found[0]

        return re.sub(rf"\b{self.known_as}\['(\w+)'\]", instead, text)

    def condition(self, line: Checked) -> str:
        if line.hidden is not None and self.globals is not None:
            source, known = line.hidden
            if source.namespace is self.globals and source.name in self.direct:
                return f"{source.name} is {known}"
        return self.quick(line.condition)

    # -- the lines

    def body(self) -> Iterator[str]:
        """The lines, with checks that follow each other as one condition."""
        checks: list[Checked] = []
        asked = {t.argument for t, _ in self.emitted.lines if type(t) is Checked}
        left_open = [
            value
            for k, (p, value) in enumerate(zip(self.called.parameters, self.values, strict=True))
            if p.kind not in _VARIADIC and k not in asked and not self.fill(k)
        ]
        for target, source in self.emitted.lines:
            if type(target) is Checked:
                checks.append(target)
                continue
            target = target.replace("\n    ", "\n")
            inside = target[: len(target) - len(target.lstrip(" "))]
            if source in self.values and not inside and "\n" not in target:
                if target != self.called.parameters[self.values.index(source)].name:
                    yield f"{target} = {source}"  # an argument, which can be had at any time
                continue
            if checks or left_open:
                yield self.checked(left_open, checks)
                checks, left_open = [], []
            if source == ALONE:
                yield target
            elif source is None:
                yield f"{inside}del {target.lstrip(' ')}"
            else:
                yield f"{target} = {self.quick(source)}"
        if checks or left_open:
            yield self.checked(left_open, checks)

    def checked(self, left_open: list[str], checks: list[Checked]) -> str:
        """One condition for several checks, which are made by themselves where it fails."""
        given = [f"{value} is not {self.left}" for value in left_open]
        unfit_ = self.name(unfit, "unfit") if left_open else ""
        alone = [f"if {value} is {self.left}: {unfit_}()" for value in left_open]
        alone += map(str, checks)
        conditions = [_OF_RANGES.sub(rf"{self.cold}.\1(", c) for c in map(self.condition, checks)]
        found = [n for line in alone for n in _NAME.findall(line)]
        own = {*_ASSIGNED.findall("\n".join(alone)), self.cold}
        needed = [n for n in dict.fromkeys(found) if n not in self.bound and n not in own]
        needed = [n for n in needed if not keyword.iskeyword(n)]
        name = f"again_{len(self.apart)}"
        self.apart += [f"def {name}({', '.join(needed)}):", *_deeper(alone)]
        self.apart.append(f"{self.cold}.{name} = {name}")
        again = f"{self.cold}.{name}({', '.join(needed)})"
        return f"if not ({' and '.join([*given, *conditions])}): {again}"

    def fill(self, k: int) -> str | None:
        """Where the default of a parameter is, as the function has it now."""
        parameter, function = self.called.parameters[k], self.called.function
        if function is None or parameter.default is parameter.empty:
            return None
        if parameter.kind is parameter.KEYWORD_ONLY:
            return f"{self.of}.__kwdefaults__[{parameter.name!r}]"
        count = sum(p.kind in _BY_POSITION for p in self.called.parameters)
        return f"{self.of}.__defaults__[{k - count}]"

    # -- the function

    def text(self) -> tuple[str, str]:
        """The name of the function, and its text with that of what is apart."""
        called, values = self.called, self.values
        name = self.namer(called.name if is_plain(called.name) else "compiled")
        given = {v: p.name for v, p in zip(values, called.parameters, strict=True)}
        unchanged = self.unchanged(given)
        head = [f"{v} = {name}" for v, name in given.items() if v not in unchanged]
        all_values = f"({''.join(f'{v}, ' for v in values)})"
        if called.keyword:
            further = f"{self.cold}.further({all_values}, {called.keyword})"
            head.append(f"if {called.keyword} is not None: return {further}")
        fills = []
        for k, v in enumerate(values):
            if self.fill(k):
                both = v if v in unchanged else f"{v} = {given[v]}"
                fills.append(f"if {v} is {self.left}: {both} = {self.fill(k)}")
        inner = [*fills, *self.body(), f"return {self.emitted.result}"]
        failed = self.namer("failed_0")
        if self.emitted.quiet or self.emitted.warns:
            lines = self.quietly(head, inner, failed)
        else:
            if self.emitted.minds:
                get, harmless = self.name(STATE[0], "get"), self.name(HARMLESS, "harmless")
                inner.insert(0, f"if {get}() is not {harmless}[0]: {self.cold}.fit()")
            lines = [*head, "try:", *_deeper(inner), f"except: {failed} = {self.cold}.caught()"]
        lines.append(f"return {self.cold}.elsewhere({failed}, {all_values})")
        text = [*self.apart, f"def {name}({self.parameters()}):", *_deeper(lines)]
        written = "\n".join(_deeper(text)).removeprefix("    ")
        for value in unchanged:
            written = re.sub(rf"\b{value}\b", given[value], written)
        return name, written

    def unchanged(self, given: dict[str, str]) -> list[str]:
        """The values that can be had under the names of their parameters at any time."""
        lines = [(t, s) for t, s in self.emitted.lines if type(t) is not Checked]
        text = "\n".join([f"{t} = {s}" for t, s in self.emitted.lines] + [self.emitted.result])
        assigned = {n for t, s in lines if s not in given for n in _IDENTIFIER.findall(t)}
        assigned |= {t for t, s in lines if s in given and given[s] != t}
        quoted = {n for part in _QUOTED.findall(text) for n in _IDENTIFIER.findall(part)}
        return [v for v, name in given.items() if name not in assigned and v not in quoted]

    def worth(self, text: str) -> bool:
        """Whether looking up globals quickly saves more than cells for all constants cost."""
        hot = text[text.rindex("\n    def ") :] if self.apart else text
        cells = len(set(_IDENTIFIER.findall(hot)) & set(self.bound))
        hidden = sum(type(t) is Checked and t.hidden is not None for t, _ in self.emitted.lines)
        return _CELL * cells < _GLOBAL * (len(self.direct) + hidden)

    def quietly(self, head: list[str], inner: list[str], failed: str) -> list[str]:
        """The lines in a `try` that leaves NumPy's settings as they were, whatever interrupts."""
        names = zip(STATE, ("get", "put", "quiet"), strict=True)
        get, put, quiet = [self.name(value, hint) for value, hint in names]
        before, harmless = self.namer("before_0"), self.name(HARMLESS, "harmless")
        return [
            *head,
            f"{before} = {get}()",
            "try:",
            f"    if {before} is not {harmless}[0]: {self.cold}.fit()",
            "    try:",
            f"        {put}({quiet})",
            *_deeper(_deeper(inner)),
            "    finally:",
            f"        {put}({before})",
            "except:",
            f"    {put}({before})",
            f"    {failed} = {self.cold}.caught()",
        ]

    def parameters(self) -> str:
        """The parameters, all of which may be left out: what is missing is found out elsewhere."""
        parts: list[str] = []
        star = False
        own = [p for p in self.called.parameters if p.kind is not p.VAR_KEYWORD]
        for k, p in enumerate(own):
            if k and own[k - 1].kind is p.POSITIONAL_ONLY and p.kind is not p.POSITIONAL_ONLY:
                parts.append("/")
            if p.kind is p.KEYWORD_ONLY and not star:
                parts.append("*")
                star = True
            star = star or p.kind is p.VAR_POSITIONAL
            parts.append(f"*{p.name}" if p.kind is p.VAR_POSITIONAL else f"{p.name}={self.left}")
        if own and own[-1].kind is inspect.Parameter.POSITIONAL_ONLY:
            parts.append("/")
        if self.called.keyword:
            parts += [*([] if star else ["*"]), f"{self.called.keyword}=None"]
        parts += [f"**{p.name}" for p in self.called.parameters if p.kind is p.VAR_KEYWORD]
        return ", ".join(parts)

    def compiled(self, text: str, name: str) -> Make:
        needed = set(_IDENTIFIER.findall(text)) & set(self.bound)
        constants = [n for n in needed if n not in self.direct and is_plain(n)]
        space, cells = self.globals, [self.cold]
        namespace: dict[str, Any] = {}
        if space is None:
            namespace = {n: self.bound[n] for n in constants}
        else:
            cells += constants
        outer = function_of(", ".join(cells), [(f"{text}\n    _", "None")], name, namespace)
        values = [self.bound[n] for n in cells[1:]]
        called = self.called.name

        def make(elsewhere: Elsewhere, further: With | None) -> Callable[..., Any]:
            cold = SimpleNamespace(
                elsewhere=elsewhere,
                further=further,
                caught=_caught,
                fit=_fit,
                within_range=within_range,
                all_within_range=all_within_range,
                powers=powers,
                regrouped=regrouped,
            )
            inner = outer(cold, *values)
            made = FunctionType(
                inner.__code__.replace(co_name=called),
                inner.__globals__ if space is None else space,
                called,
                inner.__defaults__,
                inner.__closure__,
            )
            made.__kwdefaults__ = inner.__kwdefaults__
            made.__qualname__ = called
            cold.outer = outer  # with which its text would go
            return made

        return make


def _caught() -> Exception:
    """The exception that is being handled, if it is one that the careful way may answer for."""
    error = sys.exc_info()[1]
    if isinstance(error, Exception):
        return error
    raise


def _fit() -> None:
    """Raise `GuardMiss` where the user has NumPy raise."""
    if errors_raise():
        unfit()


def _deeper(lines: Sequence[str]) -> list[str]:
    return ["    " + line.replace("\n", "\n    ") for line in lines]


def given(
    parameters: Sequence[inspect.Parameter], values: Sequence[Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call by what its parameters were: positional ones, and those by name.

    >>> def f(a, b=1, *, c=2): ...
    >>> given(list(inspect.signature(f).parameters.values()), (1.0, LEFT_OUT, 3.0))
    ((1.0,), {'c': 3.0})
    """
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    left = False
    for parameter, value in zip(parameters, values, strict=True):
        if value is LEFT_OUT:
            left = True
        elif parameter.kind is parameter.VAR_POSITIONAL:
            args += value
        elif parameter.kind is parameter.VAR_KEYWORD:
            kwargs.update(value)
        elif left or parameter.kind is parameter.KEYWORD_ONLY:
            kwargs[parameter.name] = value
        else:
            args.append(value)
    return tuple(args), kwargs
