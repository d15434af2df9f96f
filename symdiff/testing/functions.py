"""The derivatives of a function that a user wrote, compared with differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..operators import transforms
from .numeric import close, dot, draw, extrapolated, finite, stepped


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    *,
    order: int = 2,
    modes: Sequence[str] = ("rev",),
    rtol: float = 1e-5,
    atol: float = 1e-7,
    step: float = 1e-3,
) -> None:
    """Compare the derivatives of a function with central differences.

    Args:
        f: a function of numbers and arrays; its result is a number or an array.
        args: where to check it, at a point where it is smooth. Arguments that are floats or arrays
            of floats are moved, the others stay.
        order: 1 checks the gradient; 2 also the gradient of a gradient.
        modes: `"rev"` for reverse mode, `"fwd"` for forward mode.
        rtol: relative tolerance.
        atol: absolute tolerance.
        step: the step of the central differences, extrapolated twice.

    Raises:
        AssertionError: a derivative disagrees; the message says which, and by how much.
    """
    rng = np.random.default_rng(0)
    args = tuple(args)
    places = [
        k
        for k, a in enumerate(args)
        if isinstance(a, (float, np.floating, np.ndarray)) and np.asarray(a).dtype.kind == "f"
    ]
    name = getattr(f, "__name__", repr(f))
    if not places:
        raise AssertionError(f"{name}: no argument is a float or an array of floats")
    point = [args[k] for k in places]
    tangents = [draw(rng, a) for a in point]

    def moving(*values: Any) -> Any:
        """The function of what moves alone."""
        whole = list(args)
        for k, value in zip(places, values, strict=True):
            whole[k] = value
        return f(*whole)

    def at(h: float, only: int | None = None) -> list[Any]:
        return [
            stepped(a, t, h) if only in (None, n) else a
            for n, (a, t) in enumerate(zip(point, tangents, strict=True))
        ]

    if "rev" in modes:
        value, pullback = transforms.vjp(moving, *point)
        cotangent = draw(rng, value)
        pulled = _as_tuple(pullback(cotangent))
        for n, k in enumerate(places):
            finite(pulled[n], f"{name}: the derivative with respect to argument {k}")
            numeric = extrapolated(lambda h, n=n: dot(moving(*at(h, n)), cotangent), step)  # type: ignore[misc]
            what = f"{name}: reverse mode, argument {k} (slope in a random direction)"
            close(dot(pulled[n], tangents[n]), numeric, rtol, atol, what)
        if order > 1:

            def along(s: float) -> Any:
                """The function on a line through the point: one number in, one number out."""
                there = [a + s * t for a, t in zip(point, tangents, strict=True)]
                return np.sum(moving(*there) * cotangent)

            def slope(h: float) -> float:
                back = _as_tuple(transforms.vjp(moving, *at(h))[1](cotangent))
                return sum(dot(b, t) for b, t in zip(back, tangents, strict=True))

            have = transforms.grad(transforms.grad(along))(0.0)
            what = f"{name}: second order, reverse mode"
            close(have, extrapolated(slope, step), 10 * rtol, 10 * atol, what)
    if "fwd" in modes:
        _, pushed = transforms.jvp(moving, tuple(point), tuple(tangents))
        numeric = extrapolated(lambda h: moving(*at(h)), step)
        close(pushed, numeric, rtol, atol, f"{name}: forward mode")


def _as_tuple(cotangents: Any) -> tuple[Any, ...]:
    return tuple(cotangents) if isinstance(cotangents, (tuple, list)) else (cotangents,)
