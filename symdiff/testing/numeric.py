"""Numbers compared with numbers: differences, closeness, random directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def extrapolated(f: Callable[[float], Any], step: float = 1e-3) -> Any:
    """The derivative of `f` at 0: central differences, extrapolated twice (Richardson)."""

    def central(h: float) -> Any:
        return (np.asarray(f(h)) - np.asarray(f(-h))) / (2 * h)

    a, b, c = central(step), central(step / 2), central(step / 4)
    ab, bc = (4 * b - a) / 3, (4 * c - b) / 3
    return (16 * bc - ab) / 15


def close(have: Any, want: Any, rtol: float, atol: float, what: str) -> None:
    """Assert that two values have one shape and agree; NaN equals NaN."""
    have, want = np.asarray(have), np.asarray(want)
    if have.shape != want.shape:
        raise AssertionError(f"{what}: shape {have.shape}, expected {want.shape}")
    if not np.allclose(have, want, rtol=rtol, atol=atol, equal_nan=True):
        raise AssertionError(f"{what}: {have}, expected {want}")


def finite(value: Any, what: str) -> None:
    """Assert that no element is infinite or NaN."""
    if not np.all(np.isfinite(np.asarray(value, dtype=float))):
        raise AssertionError(f"{what} is not finite: {value}")


def dot(a: Any, b: Any) -> float:
    """The sum of the products of the elements."""
    return float(np.sum(np.asarray(a, dtype=float) * np.asarray(b, dtype=float)))


def stepped(value: Any, tangent: Any, h: float) -> Any:
    """A value moved by `h` times a tangent; a float stays a float."""
    moved = value + h * tangent
    return float(moved) if type(value) is float else moved


def draw(rng: np.random.Generator, like: Any) -> Any:
    """A random direction of the shape of a value."""
    return rng.normal(size=np.shape(like)) if np.shape(like) else float(rng.normal())
