"""For all tests and doctests: what one of them registers is forgotten after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from symdiff.errors import InternalError
from symdiff.operations.table import lookup
from symdiff.operators.rules import primitives

collect_ignore = ["tests/present/shown/acting.py"]  # importing it is acting


@pytest.fixture(autouse=True)
def rules_are_forgotten() -> Iterator[None]:
    """A rule for somebody else's function would outlive the names that it reads."""
    entered, registered = dict(lookup._entered), dict(primitives._registered)
    yield
    for known, before in ((lookup._entered, entered), (primitives._registered, registered)):
        for key in known.keys() - before.keys():
            del known[key]
        known.update(before)


@pytest.fixture(autouse=True)
def symdiff_does_not_fail(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A test fails where symdiff has reported a defect of its own, whatever is made of it."""
    made: list[InternalError] = []
    init = InternalError.__init__

    def watched(self: InternalError, *args: Any, **kwargs: Any) -> None:
        made.append(self)
        init(self, *args, **kwargs)

    monkeypatch.setattr(InternalError, "__init__", watched)
    yield
    if made and request.node.get_closest_marker("internal_error") is None:
        raise AssertionError(str(made[0])) from made[0].__cause__
