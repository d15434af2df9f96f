"""What arrays say of their memory: bases and flags, as NumPy has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff import SymdiffError, value_and_grad

from .test_shared_memory import V

pytestmark = pytest.mark.sampled(every=31)


def _base(x):
    y = x * 1.0
    z, row = y[1:][1:], np.broadcast_to(y, (2, 4))
    copies = [np.tile(y, 1), np.conj(y), np.pad(y, 0), np.repeat(y, 1)]
    views = (z.base is y) + 2 * (y[1:].base is y) + 4 * (row.base is None)
    return np.sum(x) * (1 + views + 8 * sum(c.base is None for c in copies))


def _memory(x):
    y = x * 1.0
    asked = [
        np.may_share_memory(y, y[1:]),
        np.shares_memory(y[:1], y[1:]),
        np.may_share_memory(y, np.conj(y)),
        np.shares_memory(y, y.T),
        np.shares_memory(x, np.asarray(x)),
        np.shares_memory(x, np.array(x)),
        np.shares_memory(np.einsum("i->i", y), y),
    ]
    return np.sum(x) * (1 + sum(2.0**k * bool(v) for k, v in enumerate(asked)))


def _flags(x):
    row = np.broadcast_to(x, (2, 4))
    flags = [
        row.flags.writeable,
        row.flags["C_CONTIGUOUS"],
        row.copy().flags.writeable,
        np.ascontiguousarray(row).flags.c_contiguous,
        np.diagonal(np.outer(x, x)).flags.writeable,
        np.asfortranarray(np.outer(x, x)).flags.f_contiguous,
    ]
    return np.sum(x) * (1 + sum(2.0**k * bool(v) for k, v in enumerate(flags)))


@pytest.mark.parametrize("f", [_base, _memory, _flags])
def test_what_is_said_of_memory(f: Any) -> None:
    value, slope = value_and_grad(f)(V)
    assert value == pytest.approx(f(V), rel=1e-15)
    np.testing.assert_allclose(slope, np.full(4, f(V) / np.sum(V)), rtol=1e-13)


@pytest.mark.parametrize(
    "freeze",
    [
        lambda y: y.setflags(write=False),
        lambda y: setattr(y.flags, "writeable", False),
    ],
)
def test_an_array_that_is_made_read_only(freeze: Any) -> None:
    def f(x):
        y = x * 1.0
        freeze(y)
        y[0] = 3.0
        return np.sum(y)

    with pytest.raises(ValueError, match="read-only"):
        value_and_grad(f)(V)


def test_whether_two_arrays_from_outside_share_memory_is_refused() -> None:
    """The trace works on copies, which do not share what the user's arrays do."""
    whole = np.arange(6.0)

    def f(a, b):
        return np.sum(a) * (2.0 if np.shares_memory(a, b) else 3.0)

    with pytest.raises(SymdiffError, match="`shares_memory` of two arrays from outside"):
        value_and_grad(f)(whole[:4], whole[2:])
