"""Whatever changes between two calls, in the places where it is hardest to see.

Each attempt is a function, and changes that a gradient object from before must notice, or refuse
to go on. Where it answers, it answers as the function itself does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import grad
from symdiff.errors import SymdiffError

from .attempts import ATTEMPTS

pytestmark = pytest.mark.sampled(every=11)


def given(call: Callable[[float], Any], x: float) -> Any:
    """What a call gives, the type of what it raises, or `None` where it is refused."""
    try:
        with np.errstate(all="ignore"):
            return call(x)
    except SymdiffError:
        return None
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("make", ATTEMPTS, ids=lambda make: make.__name__)
def test_a_change_is_seen(make: Callable[[], Any]) -> None:
    f, changes, *more = make()
    try:
        g = grad(f)
    except SymdiffError:
        return
    if more == ["counts"]:
        found = [given(g, 1.5) for _ in range(3)]
        assert None in found or len(set(found)) == 3, found
        return
    places = more[0] if more else (1.5,) * (len(changes) + 1)
    for change, x in zip([lambda: None, *changes, *[lambda: None] * 9], places, strict=False):
        change()
        value = given(f, x)
        found = given(g.value_and_grad, x)
        if found is None:
            return
        if isinstance(value, type) or isinstance(found, type):
            assert found is value
            continue
        assert found[0] == pytest.approx(value, rel=1e-10, nan_ok=True)
        h = 1e-6 * max(1.0, abs(x))
        if abs(x) > 1e-6:
            slope = (f(x + h) - f(x - h)) / (2 * h)
            if math.isfinite(slope) and abs(slope) < 1e7:
                assert found[1] == pytest.approx(slope, rel=1e-3, abs=1e-3)
