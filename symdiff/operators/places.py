"""What to differentiate with respect to: `wrt` as positions, names, paths, or `"all"`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import UsageError
from ..program.naming import is_plain, name_of
from ..program.trees import Keys, descend, parse_place
from ..records import dataclass
from ..specialize.outside.reads import Promote
from ..specialize.traced import Traced

Wrt = int | str | Sequence[int | str]


@dataclass(frozen=True, slots=True)
class Place:
    """A parameter, or what lies in it at the end of a path of keys."""

    parameter: str
    keys: Keys = ()

    def __str__(self) -> str:
        def step(key: str | int) -> str:
            return f".{key}" if is_plain(key) else f"[{key!r}]"

        return self.parameter + "".join(map(step, self.keys))

    def find(self, argument: Any) -> Any:
        """What lies at this place of an argument.

        Raises:
            UsageError: there is nothing.
        """
        try:
            return descend(argument, self.keys)
        except (LookupError, AttributeError, TypeError):
            raise UsageError(
                f"wrt: there is no `{self}` in this argument",
                remedy=f"give a path that leads somewhere, or all of `{self.parameter}`",
            ) from None


def places_of(wrt: Wrt, traced: Traced, function: Any) -> tuple[Place, ...]:
    """The places that `wrt` means.

    Raises:
        UsageError: it names no parameter.
    """
    names = [p.name for p in traced.own]
    if wrt == "all":
        return tuple(
            Place(p.name) for p in traced.own if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        )
    items = [wrt] if isinstance(wrt, int | str) or not isinstance(wrt, Sequence) else list(wrt)
    variadic = next((k for k, p in enumerate(traced.own) if p.kind is p.VAR_POSITIONAL), len(names))
    called = name_of(function)
    found = []
    for item in items:
        if isinstance(item, int) and not isinstance(item, bool):
            if len(names) > variadic <= item:
                # Position 2 of f(x, *rest) is the second of rest.
                found.append(Place(names[variadic], (item - variadic,)))
                continue
            if not -len(names) <= item < len(names):
                raise UsageError(
                    f"wrt={item}, but `{called}` has {len(names)} "
                    f"parameter{'s' * (len(names) != 1)}",
                    remedy=f"name one of: {', '.join(names)}" if names else "",
                )
            found.append(Place(names[item]))
            continue
        path = parse_place(item) if isinstance(item, str) else None
        if path is None or path[0] not in names:
            raise UsageError(
                f"wrt: `{item}` is no parameter of `{called}`",
                remedy=f"name one of: {', '.join(names)}",
            )
        found.append(Place(*path))
    return tuple(found)


def promotions(places: Sequence[Place], extra: Sequence[str] = ()) -> dict[str, Promote]:
    """What of each parameter is to be differentiated.

    >>> promotions([Place("p", ("w", 0)), Place("x")])
    {'p': {'w': {0: True}}, 'x': True}
    """
    found: dict[str, Any] = dict.fromkeys(extra, True)
    for place in places:
        at: Any = found
        for key in (place.parameter, *place.keys)[:-1]:
            if at.get(key) is True:
                break
            at = at.setdefault(key, {})
        else:
            at[(place.parameter, *place.keys)[-1]] = True
    return found
