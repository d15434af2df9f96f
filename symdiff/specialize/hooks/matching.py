"""`match` over traced values, as it runs: a subject is compared with a pattern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..recording.tracer import Tracer

if TYPE_CHECKING:
    from ..outside.parts import Hooks


_ATOMS = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)


class Matcher:
    """Compares one subject with a pattern."""

    def __init__(self, hooks: Hooks, site: int) -> None:
        self.hooks = hooks
        self.site = site
        self.found: dict[str, Any] = {}

    def match(self, subject: Any, pattern: Any) -> bool:
        """Whether the pattern fits; the names it binds are in `found` then."""
        return bool(getattr(self, f"_{pattern[0]}")(subject, *pattern[1:]))

    def _value(self, subject: Any, value: Any) -> bool:
        return bool(self.hooks.test(self.hooks.equal(subject, value(), self.site), self.site))

    def _singleton(self, subject: Any, value: Any) -> bool:
        if type(subject) is Tracer and self.hooks.recorder.watches:
            self.hooks.recorder.impure("a number is asked for its identity")
        return self.hooks.identical(subject, value, self.site)

    def _as(self, subject: Any, pattern: Any, name: str | None) -> bool:
        if pattern is not None and not self.match(subject, pattern):
            return False
        if name is not None:
            self.found[name] = subject
        return True

    def _or(self, subject: Any, patterns: Any) -> bool:
        return any(self.match(subject, p) for p in patterns)

    def _sequence(self, subject: Any, patterns: Any) -> bool:
        if not isinstance(subject, Sequence) or isinstance(subject, str | bytes | bytearray):
            return False
        self.hooks.only_inside(subject, "a sequence pattern")
        items = list(subject)
        star = next((k for k, p in enumerate(patterns) if p[0] == "star"), None)
        if star is None:
            if len(items) != len(patterns):
                return False
            return all(self.match(v, p) for v, p in zip(items, patterns, strict=True))
        after = len(patterns) - star - 1
        if len(items) < star + after:
            return False
        middle = items[star : len(items) - after]
        ends = [*items[:star], *items[len(items) - after :]]
        if patterns[star][1] is not None:
            self.found[patterns[star][1]] = self.hooks.recorder.made_new(middle)
        others = [*patterns[:star], *patterns[star + 1 :]]
        return all(self.match(v, p) for v, p in zip(ends, others, strict=True))

    def _mapping(self, subject: Any, keys: Any, patterns: Any, rest: str | None) -> bool:
        if not isinstance(subject, Mapping):
            return False
        self.hooks.only_inside(subject, "a mapping pattern")
        names = [k() for k in keys]
        if any(k not in subject for k in names):
            return False
        if not all(self.match(subject[k], p) for k, p in zip(names, patterns, strict=True)):
            return False
        if rest is not None:
            others = {k: v for k, v in subject.items() if k not in names}
            self.found[rest] = self.hooks.recorder.made_new(others)
        return True

    def _class(self, subject: Any, cls: Any, patterns: Any, names: Any, named: Any) -> bool:
        kind = cls()
        if not self.hooks.calls.builtins[isinstance](subject, kind):
            return False
        if patterns and kind in _ATOMS:
            return self.match(subject, patterns[0])
        places = getattr(kind, "__match_args__", ())[: len(patterns)]
        if len(places) < len(patterns):
            raise TypeError(
                f"{kind.__name__}() accepts {len(places)} positional sub-patterns "
                f"({len(patterns)} given)"
            )
        for name, pattern in zip((*places, *names), (*patterns, *named), strict=True):
            try:
                value = self.hooks.attributes.get(subject, name, self.site)
            except AttributeError:
                return False
            if not self.match(value, pattern):
                return False
        return True
