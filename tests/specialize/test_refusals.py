"""What symdiff does not follow is refused by name, with the place, the reason and a way on."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from symdiff import SymdiffError, grad

_masked = np.ma.masked_array([1.0, 2.0])
_words = np.array(["a", "b"])
_waves = np.array([1j])


async def _awaited(x):
    return x


def exec_called(x):
    exec("y = 2.0")
    return x


def locals_called(x):
    return x * len(locals())


def await_used(x):
    async def inner():
        return await _awaited(x)

    return x * 2 if inner else x


def complex_array(x):
    return (x * _waves).sum()


def masked_array(x):
    return (x * _masked).sum()


def text_array(x):
    return x * len(_words)


def text_read_back(x):
    return float(f"{x:.3f}") * x


def library_without_rule(x):
    return x * len(struct.pack("d", x))


def function_kept_outside(x):
    _keeper.f = lambda y: y * x
    return x * x


def shape_assigned(x):
    a = np.ones(4) * x
    a.shape = (2, 2)
    return a.sum()


def ragged_array(x):
    return np.array([np.ones(2) * x, np.ones(3)], dtype=object)[0].sum()


_keeper = SimpleNamespace(f=None)

REFUSED: list[Any] = [
    (exec_called, "exec"),
    (locals_called, "locals"),
    (await_used, "async def"),
    (complex_array, "complex"),
    (masked_array, "MaskedArray"),
    (text_array, "<U1"),
    (text_read_back, "text"),
    (library_without_rule, "pack"),
    (function_kept_outside, "function made by the function"),
    (shape_assigned, ".shape"),
    (ragged_array, ""),
]


@pytest.mark.parametrize(("f", "named"), REFUSED, ids=lambda v: getattr(v, "__name__", ""))
def test_a_refusal_says_what_and_where(f: Any, named: str) -> None:
    with pytest.raises(SymdiffError) as caught:
        grad(f)(1.5)
    text = str(caught.value)
    assert named in text
    first = text.splitlines()[0]
    assert first.startswith(__file__ + ":")
    line = int(first.removeprefix(__file__ + ":").partition(":")[0])
    code = f.__code__
    assert code.co_firstlineno <= line <= code.co_firstlineno + 6
    assert "  why: " in text or "  try: " in text
    assert "^" in text


def test_a_refusal_leaves_no_effect_behind() -> None:
    log: list[float] = []

    def f(x):
        log.append(x)
        return float(f"{x:.1f}")

    g = grad(f)
    for _ in range(2):
        with pytest.raises(SymdiffError):
            g(2.0)
    assert log == []


@pytest.mark.parametrize(
    ("f", "what", "remedy"),
    [
        (lambda x: np.sum(x.astype(object) * 2.0), "array of objects", "dtype=object"),
        (
            lambda x: np.sum(x.astype("m8[s]").astype(float)),
            r"array of dtype timedelta64\[s\]",
            "array of floats",
        ),
    ],
)
def test_arrays_of_what_are_no_numbers(f: Any, what: str, remedy: str) -> None:
    with pytest.raises(SymdiffError, match=what) as caught:
        grad(f)(np.ones(2))
    assert remedy in (caught.value.remedy or "")
