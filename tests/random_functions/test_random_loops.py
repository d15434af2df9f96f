"""Random loops: right for every count and input, whichever was traced first, and as if unrolled.

`SYMDIFF_FUZZ=500` tries that many.
"""

from __future__ import annotations

import collections
import functools
import itertools
import os
import random

import pytest

from symdiff import value_and_grad
from symdiff.settings import rolling

from .catching import CatchingWriter
from .lists import ListWriter
from .loops import LoopWriter
from .recursion import RecursionWriter
from .sequences import SequenceWriter
from .state import GeneratorWriter, StateWriter
from .test_random_programs import made

INPUTS = [(0.37, 26), (0.37, 3), (0.37, 11), (0.37, 20), (-0.8, 17), (1.9, 14), (0.37, 0)]


def slope(f, x, n):
    """The derivative by differences; `None` near a jump or a kink."""
    steps = [1e-6, 2e-6]
    found = [(f(x + h, n) - f(x - h, n)) / (2 * h) for h in steps]
    return found[0] if abs(found[0] - found[1]) <= 1e-5 * (1 + abs(found[0])) else None


WRITERS = [
    LoopWriter,
    StateWriter,
    GeneratorWriter,
    RecursionWriter,
    ListWriter,
    CatchingWriter,
    SequenceWriter,
]
NAMES = {"collections": collections, "functools": functools, "itertools": itertools}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("seed", range(int(os.environ.get("SYMDIFF_FUZZ", "0")) or 10))
def test_a_random_loop_is_right(seed, writer):
    rng = random.Random(seed)
    source = writer(rng).write()
    f = made(source, **NAMES)
    g = value_and_grad(f)
    for x, n in rng.sample(INPUTS, len(INPUTS)):
        try:
            wanted, expected = f(x, n), slope(f, x, n)
        except (ArithmeticError, IndexError, TypeError, ValueError):
            continue
        with rolling(True):
            value, derivative = g(x, n)
        assert abs(value - wanted) <= 1e-9 * (1 + abs(wanted)), (x, n, source)
        if expected is not None:
            assert abs(derivative - expected) <= 1e-4 * (1 + abs(expected)), (x, n, source)
