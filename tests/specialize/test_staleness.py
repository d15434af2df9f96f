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
