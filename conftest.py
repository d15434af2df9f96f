"""For all tests and doctests: what one of them registers is forgotten after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from symdiff import primitives
from symdiff.operations import lookup


@pytest.fixture(autouse=True)
def rules_are_forgotten() -> Iterator[None]:
    """A rule for somebody else's function would outlive the names that it reads."""
    entered, registered = dict(lookup._entered), dict(primitives._registered)
    yield
    for known, before in ((lookup._entered, entered), (primitives._registered, registered)):
        for key in known.keys() - before.keys():
            del known[key]
        known.update(before)
