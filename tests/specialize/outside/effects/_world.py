"""The worlds of these tests, in one list."""

from __future__ import annotations

from collections.abc import Callable

from ..worlds import World

WORLDS: list[Callable[[], World]] = []


def world(make: Callable[[], World]) -> Callable[[], World]:
    WORLDS.append(make)
    return make
