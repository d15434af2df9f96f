"""Sites: the places of user source that hooks report from, numbered across the process."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import SourceSpan


class Site(NamedTuple):
    """A source span, and the numbers written in the function it belongs to.

    A number written in the source is part of a template; any other number is a parameter of it.
    """

    span: SourceSpan
    literals: frozenset[tuple[type, object]]


SITES: list[Site] = [Site(SourceSpan("<unknown>", 0, 1, 0, 1), frozenset())]


def add_site(span: SourceSpan, literals: frozenset[tuple[type, object]]) -> int:
    SITES.append(Site(span, literals))
    return len(SITES) - 1
