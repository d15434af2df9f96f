"""Lines of C as lines of Python that numba compiles.

A line is one of few: a declaration, an assignment, a condition under which the call is a miss or a
loop ends, the head of a loop or a branch, a call. Any other has no form, and the Python form runs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field

from ....records import dataclass
from ..values import NoNativeForm
from .expressions import CASTS, SCALARS, Expressions, converted

MISS, INTERRUPTED = 1, 2
"""What the function gives where it is not made for something, and where a signal was met."""

_DECLARED = re.compile(
    r"(?:const )?(double|int64_t|uint64_t|npy_bool|sd_tape) (\*const |\*)?(\w+)(?: = (.*))?;$"
)
_OVERFLOW = re.compile(r"if \(__builtin_(add|sub|mul)_overflow\((.*), &(\w+)\)\) goto miss;$")
_POWER = re.compile(r"if \(!sd_int_pow\((.*), &(\w+)\)\) goto miss;$")
_MADE = re.compile(r"(?:!(\w+) && )?!\((\w+) = (sd_resize\(.*\))\)$")
_COUNTED = re.compile(r"for \(int64_t (\w+) = 0; \1 < (.*); \+\+\1\) \{$")
_TRIPS = re.compile(r"for \((\w+) = 0; (.*); \+\+\1\) \{$")
_SIGNALS = re.compile(r"if \(!\(~(\w+) & (\d+)\) && PyErr_CheckSignals\(\)\) goto error;$")
_ASSIGNED = re.compile(r"(\*?)(\w+|\(.*\))(\[.*\])? ([+|]?=) (.*);$")
_EMPTY = "(sd_tape){NULL, 0, 0}"


@dataclass(slots=True)
class Translation:
    """Lines of Python, as they come."""

    known: Expressions = field(default_factory=Expressions)
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    counters: list[str] = field(default_factory=list)  # what each open block adds to at its end

    def all(self, lines: Sequence[str]) -> None:
        """Translate lines of C."""
        for line in lines:
            self.line(line.strip())

    def put(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def begin(self, head: str, counter: str = "") -> None:
        self.put(head)
        self.depth += 1
        self.put("pass")
        self.counters.append(counter)

    def end(self) -> None:
        counter = self.counters.pop()
        if counter:
            self.put(f"{counter} += 1")
        self.depth -= 1

    def line(self, line: str) -> None:
        """Translate one line."""
        if not line or line.startswith("#pragma"):
            return
        if line == "}":
            self.end()
        elif line == "} else {":
            self.end()
            self.begin("else:")
        elif line.startswith("if ("):
            self.condition(line)
        elif line.startswith("for ("):
            self.loop(line)
        else:
            declared = _DECLARED.match(line)
            if declared:
                kind, star, name, text = declared.groups()
                self.declare(SCALARS[kind] + ("*" if star else ""), name, text)
            else:
                self.statement(line)

    def declare(self, kind: str, name: str, text: str | None) -> None:
        self.known.types[name] = kind
        if text is None:
            return
        if kind == "t":
            if text == "{NULL, 0, 0}":
                self.put(f"{name} = words(3)")
                return
            value, found = self.known.read(text)
            if found != "t":
                raise NoNativeForm(f"numba has no form of `{text}`")
            self.put(f"{name} = {value}")
            return
        self.put(f"{name} = {self.value(text, kind)}")

    def value(self, text: str, kind: str) -> str:
        value, found = self.known.read(text)
        return converted(value, found, kind)

    def test(self, text: str) -> str:
        value, kind = self.known.read(text)
        return value if kind in ("c", "b", "i") else f"({value} != 0)"

    # -- conditions

    def condition(self, line: str) -> None:
        overflow, power = _OVERFLOW.match(line), _POWER.match(line)
        signals = _SIGNALS.match(line)
        if overflow:
            name, parts, target = overflow.groups()
            self.result_or_miss(f"{name}_over", parts, target)
            return
        if power:
            self.result_or_miss("int_pow", *power.groups())
            return
        if signals:
            trips, ticks = signals.groups()
            self.put(f"if ({trips} & {ticks}) == {ticks} and signals_met():")
            self.put(f"    return {INTERRUPTED}")
            return
        inside, rest = _split(line[3:])
        made = _MADE.match(inside)
        if made and rest == "goto miss;":
            asked, name, call = made.groups()
            if asked:
                self.put(f"if is_null({name}):")
                self.put(f"    {name} = {self.value(call, self.known.types[name])}")
            else:
                self.put(f"{name} = {self.value(call, self.known.types[name])}")
            self.put(f"if is_null({name}):")
            self.put(f"    return {MISS}")
            return
        test = self.test(inside)
        if rest == "goto miss;":
            self.put(f"if {test}:")
            self.put(f"    return {MISS}")
        elif rest == "break;":
            self.put(f"if {test}:")
            self.put("    break")
        elif rest == "{":
            self.begin(f"if {test}:")
        else:
            self.begin(f"if {test}:")
            self.statement(rest)
            self.end()

    def result_or_miss(self, function: str, parts: str, target: str) -> None:
        """What gives a whole number, and whether it is none of 64 bits."""
        first, second = (self.value(p, "i") for p in _parts(parts))
        self.put(f"{target}, over = {function}({first}, {second})")
        self.put("if over:")
        self.put(f"    return {MISS}")

    def loop(self, line: str) -> None:
        counted, trips = _COUNTED.match(line), _TRIPS.match(line)
        if counted:
            name, end = counted.groups()
            self.known.types[name] = "i"
            self.begin(f"for {name} in range({self.value(end, 'i')}):")
        elif trips:
            name, going = trips.groups()
            self.put(f"{name} = 0")
            self.begin(f"while {self.test(going) if going else 'True'}:", name)
        else:
            raise NoNativeForm(f"numba has no form of `{line}`")

    # -- statements

    def statement(self, line: str) -> None:
        assigned = _ASSIGNED.match(line)
        if assigned:
            self.assignment(line, *assigned.groups())
            return
        if not re.match(r"(sd_matvec|sd_reverse|memcpy)\(.*\);$", line):
            raise NoNativeForm(f"numba has no form of `{line}`")
        name, _, rest = line[:-2].partition("(")
        values = [self.known.read(part) for part in _parts(rest)]
        if name == "memcpy":
            values = [(converted(t, k, "a*") if k.endswith("*") else t, k) for t, k in values]
        self.put(f"{name}({', '.join([text for text, _ in values])})")

    def assignment(self, line: str, star: str, name: str, index: str, sign: str, text: str) -> None:
        if text == _EMPTY:
            self.put(f"clear({name})")
            return
        target, kind = self.known.read(f"{star}{name}{index or ''}")
        if kind == "t":
            whole = not star and not index
            where = target if whole else f"i_at({target.removesuffix('[0]')})"
            value, found = self.known.read(text)
            if found != "t":
                raise NoNativeForm(f"numba has no form of `{line}`")
            self.put(f"copy_words({where}, {value})")
            return
        value = self.value(text, kind)
        if sign == "+=":
            # Elements narrower than a word are never added to.
            if kind not in CASTS or kind == "b":
                raise NoNativeForm(f"numba has no form of `{line}`")
            self.put(f"{target} = {target} + {value}")
        elif sign == "|=":
            self.put(f"{target} = uint8({target} != 0 or {value} != 0)")
        else:
            self.put(f"{target} = {value}")


def _split(text: str) -> tuple[str, str]:
    """What stands in the first parentheses of a text, and what comes after.

    >>> _split("(a < (b)) goto miss;")
    ('a < (b)', 'goto miss;')
    """
    depth = 0
    for k, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if not depth:
            return text[1:k], text[k + 1 :].strip()
    raise NoNativeForm(f"numba has no form of `{text}`")


def _parts(text: str) -> list[str]:
    """The arguments of a call.

    >>> _parts("a, f(b, c), d")
    ['a', 'f(b, c)', 'd']
    """
    found, depth, begin = [], 0, 0
    for k, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and not depth:
            found.append(text[begin:k].strip())
            begin = k + 1
    return [*found, text[begin:].strip()]
