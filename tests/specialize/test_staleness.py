"""Whatever changes between two calls, a gradient object answers as a fresh one would.

A wrong answer from a stale specialization is the worst defect this project can have.
"""

from __future__ import annotations

from typing import Any

import pytest

from symdiff import grad

from .places import PLACES, Place
from .values import VALUES, pool, use

pytestmark = pytest.mark.sampled(every=41)


def outcome(g: Any, x: float) -> Any:
    try:
        return g(x)
    except Exception as error:
        return type(error)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("make", PLACES, ids=lambda m: m.__name__)
def test_any_value_in_any_place(make: Place, seed: int) -> None:
    f, put = make()
    g = grad(f)
    call = getattr(f, "call", lambda g: g)
    for k, value in enumerate(pool(seed)):
        put(value)
        x = 1.25 + 0.125 * (k % 3)
        found, expected = outcome(call(g), x), outcome(call(grad(f)), x)
        assert type(found) is type(expected), (value, found, expected)
        assert found == expected or found == pytest.approx(expected, rel=1e-12), value
        single = "float32" in repr(value)
        if isinstance(found, float) and not single:
            plain = call(f)
            slope = (plain(x + 1e-5) - plain(x - 1e-5)) / 2e-5
            assert found == pytest.approx(slope, rel=1e-5, abs=1e-5), value


@pytest.mark.slow
def test_the_pool_is_supported() -> None:
    for value in VALUES:
        assert isinstance(grad(lambda x, v=value: use(v, x))(1.25), float), value


_kept: list[float] = []
_push = _kept.append


class _Twice:
    """What is called `append` and belongs to the same list, and is another thing."""

    __name__ = "append"

    def __init__(self, owner: list[float]) -> None:
        self.__self__ = owner

    def __call__(self, value: float) -> None:
        self.__self__.append(2.0 * value)


def _pushing(x):
    _push(x)
    return x * x


def test_a_method_held_in_a_name_is_another_one(monkeypatch):
    g = grad(_pushing)
    _kept.clear()
    assert (g(1.0), g(2.0)) == (2.0, 4.0)
    monkeypatch.setitem(globals(), "_push", _Twice(_kept))
    assert (g(3.0), g(4.0)) == (6.0, 8.0)
    monkeypatch.undo()
    assert g(5.0) == 10.0
    assert _kept == [1.0, 2.0, 6.0, 8.0, 5.0]
