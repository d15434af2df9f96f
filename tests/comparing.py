"""Whether numbers, arrays and containers of them are what was expected."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

on_native_code = bool(os.environ.get("SYMDIFF_TEST_TARGET"))
_ROUNDING = 1e-12 if on_native_code else 0.0


def same(found: Any, expected: Any, size: float = 0.0) -> bool:
    """Whether a value is the function's own to the last bit; on native code, to rounding.

    Args:
        found: a number or an array.
        expected: what the function gives.
        size: of what cancels in it.
    """
    if not _ROUNDING:
        return bool(np.all(np.asarray(found) == np.asarray(expected)))
    size = np.max(np.abs(expected), initial=size)
    return bool(np.all(np.abs(np.asarray(found) - expected) <= _ROUNDING * size))


def assert_close(found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    """Equal to `tolerance` times the largest entry of what is expected, with the same shape."""
    assert np.shape(found) == np.shape(expected), (np.shape(found), np.shape(expected))
    assert np.all(np.isfinite(found)), found
    scale = float(np.max(np.abs(expected), initial=0.0)) or 1.0
    error = float(np.max(np.abs(np.asarray(found, dtype=float) - expected), initial=0.0))
    assert error <= tolerance * scale, (
        f"{found} differs from {expected} by {error / scale:.1e} of its size"
    )


def assert_trees_close(found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    """The same containers, and every leaf close."""
    if isinstance(found, dict):
        assert isinstance(expected, dict)
        assert found.keys() == expected.keys()
        for key in found:
            assert_trees_close(found[key], expected[key], tolerance)
    elif isinstance(found, list | tuple):
        assert isinstance(expected, list | tuple)
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_trees_close(one, other, tolerance)
    else:
        assert_close(found, np.asarray(expected, dtype=float), tolerance)
