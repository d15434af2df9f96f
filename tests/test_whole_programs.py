"""Whole programs through one gradient object each, against extrapolated differences."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from symdiff import value_and_grad

from .oracle import central_difference
from .whole_programs import PROGRAMS, Program

pytestmark = pytest.mark.sampled(every=61)


@pytest.mark.slow
@pytest.mark.parametrize("program", [pytest.param(p, id=p.function.__name__) for p in PROGRAMS])
def test_whole_program(program: Program) -> None:
    def again(x: Any) -> Any:
        if program.reset is not None:
            program.reset()
        return program.function(copy.deepcopy(x))

    gradient = value_and_grad(program.function)
    for x in (*program.places, *reversed(program.places)):
        value = again(x)
        if program.reset is not None:
            program.reset()
        found, slopes = gradient(x)
        assert found == pytest.approx(value, rel=1e-10, abs=1e-12)
        expected = central_difference(again, x, program.step)
        size = float(np.max(np.abs(expected), initial=0.0)) or 1.0
        np.testing.assert_allclose(slopes, expected, rtol=0, atol=program.tolerance * size)


def test_there_are_ninety() -> None:
    assert len({p.function.__name__ for p in PROGRAMS}) == len(PROGRAMS) >= 90
