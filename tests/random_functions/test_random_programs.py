"""Random programs: one gradient object, inputs that take different paths, an oracle.

The short profile is the same 60 programs every time. `SYMDIFF_FUZZ=2000` tries that many new ones
(see README.md in this folder).
"""

from __future__ import annotations

import contextlib
import itertools
import linecache
import math
import os
import random
import re
from collections.abc import Callable
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from symdiff import grad
from symdiff.errors import SymdiffError

from ..oracle import MP, mp_names
from .helpers import EXACT, NAMES
from .language import LanguageWriter
from .programs import programs

pytestmark = pytest.mark.sampled(every=11)

_LONG = int(os.environ.get("SYMDIFF_FUZZ", "0"))
_PROFILE = settings(
    max_examples=_LONG or 60,
    derandomize=not _LONG,
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    phases=[Phase.generate] if os.environ.get("SYMDIFF_FUZZ_SHRINK") == "0" else list(Phase),
)
_counter = itertools.count()
Inputs = tuple[float, float, np.ndarray]


def made(source: str, **names: Any) -> Callable[..., Any]:
    """A function from its source, which can be read again as if it stood in a file."""
    file = f"<random program {next(_counter)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    space: dict[str, Any] = {"math": math, "np": np, "__name__": "random_program", **names}
    exec(compile(source, file, "exec"), space)
    return space["f"]  # type: ignore[no-any-return]


def digits_of(source: str) -> int:
    """Beside a number of 1e99 what 60 digits hold is lost: with more, the sine of it is another."""
    return 700 if re.search(r"e[+-]?\d{2}", source) else 60


def exactly(source: str, names: dict[str, Any], inputs: Inputs, k: int = -1, move: Any = 0) -> Any:
    """The value with so many digits, where argument number `k` is moved."""
    with MP.workdps(digits_of(source)):
        f = made(source, **(names | mp_names() | EXACT))
        x, y, v = inputs
        numbers = [MP.mpf(x), MP.mpf(y), *map(MP.mpf, v)]
        if k >= 0:
            numbers[k] += move
        result = f(numbers[0], numbers[1], np.array(numbers[2:], dtype=object))
        return result.item() if isinstance(result, np.ndarray) else result


def slopes(source: str, names: dict[str, Any], inputs: Inputs, value: float) -> list[float | None]:
    """The derivative by each of the five numbers; `None` on a kink, a jump or too large a value.

    Raises:
        ValueError: with more digits the function takes another path than to its `value`, as where
            the oracle's numbers raise of a division by zero and NumPy's do not.
    """
    with MP.workdps(digits_of(source)):
        step = MP.mpf(10) ** -25
        v = inputs[2]

        def at(k: int, move: Any) -> Any:
            return exactly(source, names, inputs, k, move)

        middle = at(-1, 0)
        if abs(middle - value) > 1e-6 * (1 + abs(value)):
            raise ValueError(f"{middle} is the value of another path than {value}")
        found: list[float | None] = []
        for k in range(2 + len(v)):
            up, down = (at(k, step) - middle) / step, (middle - at(k, -step)) / step
            smooth = abs(up - down) <= MP.mpf(10) ** -12 * (1 + abs(up)) and abs(up) < 1e9
            found.append(float((up + down) / 2) if smooth else None)
        return found


numbers = st.floats(-2, 2, allow_nan=False).map(lambda t: round(t, 3) + 1 / 7e3)
inputs_ = st.tuples(numbers, numbers, st.lists(numbers, min_size=3, max_size=3).map(np.array))


def outcome(f: Callable[..., Any], inputs: Inputs) -> Any:
    """What a call gives: its value, or the type of what it raises."""
    x, y, v = inputs
    try:
        with np.errstate(all="ignore"):
            return f(x, y, v.copy())
    except Exception as error:
        return type(error)


@pytest.mark.slow
@_PROFILE
@given(
    programs(),
    st.lists(inputs_, min_size=3, max_size=3),
    st.lists(st.sampled_from([0.7, -1.3, 2]), min_size=2, max_size=2),
)
def test_random_programs(source: str, inputs: list[Inputs], scales: list[float]) -> None:
    hypothesis.note(source)
    names: dict[str, Any] = {"G": scales[0], "TABLE": [0.5, -1.25]}
    f = made(source, **names)
    g = grad(f, "all")
    space = f.__globals__
    for scale in (scales[0], scales[1], scales[0]):
        space["G"] = names["G"] = scale
        for call in inputs:
            hypothesis.note(f"{call} G={names['G']}")
            agrees(source, names, f, g, call)


def agrees(source: str, names: dict[str, Any], f: Any, g: Any, call: Inputs) -> bool:
    """Compare value and gradient at one input; whether there was anything to compare."""
    value = outcome(f, call)
    if isinstance(value, type):
        try:
            found = g(call[0], call[1], call[2].copy())
        except SymdiffError:
            return False
        except Exception as error:
            found = type(error)
        if found is not value:
            raise AssertionError(f"{value.__name__} expected, {found} given")
        return False
    if np.shape(value) or not math.isfinite(value) or abs(value) > 1e9:
        return False
    kept = call[2].copy()
    found_value, parts = g.value_and_grad(call[0], call[1], kept)
    again = g(call[0], call[1], kept)
    assert np.array_equal(kept, call[2]), "the argument was changed"
    # NumPy's functions of a number are computed by `math`, hypot of three numbers from pairs;
    # and `math`'s by NumPy, where products may leave the range of floats.
    bound = 1e-13 if "hypot" in source or "np." in source else 4e-15
    loose = "flow(" in source  # solved to a tolerance
    bound = 1e-6 if loose else 1e-11 if "root(" in source else bound
    off = abs(float(found_value) - float(value))
    if off > max(4 * np.spacing(abs(float(value))), bound):
        # A last digit may count for much: `exp(300 * ...)`, or the sine of a very large number.
        own = abs(float(exactly(source, names, call)) - float(value))
        assert off <= 100 * own, (found_value, value, own)
    flat = [parts[0], parts[1], *parts[2]]
    # Terms may cancel: what is left has the rounding errors of what there was.
    most = max([1.0, *[abs(t) for t in flat if math.isfinite(t)]])
    # What one computes with NumPy the other may compute as numbers; 300 last digits count. A solver
    # chooses its steps by the last digits, too.
    digits = 1e-9 if loose else 1e-12 if "300 *" in source else 1e-14
    size = (3e-13 if "300 *" in source else 1e-15) * most
    np.testing.assert_allclose([again[0], again[1], *again[2]], flat, rtol=digits, atol=size)
    assert type(parts[0]) is float, type(parts[0])
    try:
        expected = slopes(source, names, call, float(value))
    except (TypeError, AttributeError, ValueError, ZeroDivisionError):
        expected = None
        if os.environ.get("SYMDIFF_FUZZ_ORACLE"):
            raise
    if expected is None:
        return False
    scale = max([1.0, *[abs(e) for e in expected if e is not None]])
    for k, (one, other) in enumerate(zip(flat, expected, strict=True)):
        if other is not None:
            assert abs(one - other) <= (1e-5 if loose else 1e-9) * scale, (k, flat, expected)
    return True


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_of_more_of_the_language(seed: int) -> None:
    rng = random.Random(seed)
    source = LanguageWriter(rng.randint).function()
    names: dict[str, Any] = {"G": 0.7, "TABLE": [0.5, -1.25], **NAMES}
    f = made(source, **names)
    g = grad(f, "all")
    drawn = [round(rng.uniform(-2, 2), 3) + 1 / 7e3 for _ in range(10)]
    with contextlib.suppress(SymdiffError):
        for k in (0, 5, 0):
            agrees(source, names, f, g, (drawn[k], drawn[k + 1], np.array(drawn[k + 2 : k + 5])))
