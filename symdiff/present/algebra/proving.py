"""A formula compared with the program that it is said to be the formula of, at random points."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...program.program import Program
from ..point import evaluate as run
from .evaluating import evaluate
from .terms import Term

_POINTS = 24
_ENOUGH = 2
_NEAR = 1e-6
_MOVED = 1e-10
"""Inputs are moved by so much to see whether rounding alone decides what a program gives."""
_SCALES = (1.0, 0.01, 0.1, 10.0, 100.0)


class UnprovedError(Exception):
    """A formula is not what the program computes."""


def prove(
    terms: Sequence[Term],
    programs: Sequence[Program],
    sizes: Sequence[Mapping[str, int]],
    symmetric: Collection[str],
    values: Mapping[str, Any],
) -> bool:
    """Whether terms have been seen to have the values of a program's outputs.

    At no size that was tried may they differ; at one at least, there must be points to compare at.

    Args:
        terms: one for each output.
        programs: the program at each of the sizes.
        sizes: of the lengths.
        symmetric: names of matrices that are taken to be symmetric and positive definite.
        values: numbers that names stand for, for all points.

    Raises:
        UnprovedError: at a point they differ.
    """
    proved = False
    for program, own in zip(programs, sizes, strict=True):
        seen = 0
        for point in _points(program, symmetric):
            wanted = _values(program, point)
            if wanted is None or not _is_steady(program, point, wanted):
                continue
            for term, value in zip(terms, wanted, strict=True):
                _compare(term, value, {**values, **point}, own)
            seen += 1
            if seen == _ENOUGH:
                break
        proved |= seen == _ENOUGH
    return proved


def _values(program: Program, point: Mapping[str, Any]) -> list[Any] | None:
    """What a program gives at a point, if it is all finite."""
    try:
        with np.errstate(all="ignore"):
            found = run(program, [point[v.name] for v in program.inputs])
    except (ArithmeticError, ValueError, TypeError, np.linalg.LinAlgError):
        return None
    return found if all(np.isfinite(w).all() for w in found) else None


def _is_steady(program: Program, point: Mapping[str, Any], wanted: Sequence[Any]) -> bool:
    """Whether it is not rounding that decides there, as it does for an inverse there is none of."""
    draw = np.random.default_rng(1)
    moved = {
        name: value + _MOVED * np.asarray(value) * draw.uniform(-1, 1, np.shape(value))
        if np.asarray(value).dtype.kind == "f"
        else value
        for name, value in point.items()
    }
    moved = {
        k: v if np.ndim(v) or np.asarray(v).dtype.kind != "f" else float(v)
        for k, v in moved.items()
    }
    beside = _values(program, moved)
    if beside is None:
        return False
    for a, b in zip(wanted, beside, strict=True):
        scale = float(np.max(np.abs(a), initial=0.0))
        if not np.allclose(a, b, rtol=0, atol=_NEAR * scale + 1e-12):
            return False
    return True


def _compare(term: Term, wanted: Any, point: Mapping[str, Any], sizes: Mapping[str, int]) -> None:
    try:
        found = np.asarray(evaluate(term, point, sizes), dtype=float)
    except (ArithmeticError, ValueError, TypeError, np.linalg.LinAlgError) as error:
        raise UnprovedError(f"{type(error).__name__}: {error}") from error
    wanted = np.asarray(wanted, dtype=float)
    if found.shape != wanted.shape:
        if found.size != 1:
            raise UnprovedError(f"shape {found.shape} for {wanted.shape}")
        found = np.broadcast_to(found.reshape(()), wanted.shape)
    scale = float(np.max(np.abs(wanted), initial=0.0))
    # What cancels in the program is known there to rounding alone.
    if not np.allclose(found, wanted, rtol=_NEAR, atol=_NEAR * scale + 1e-12):
        k = int(np.argmax(np.abs(found - wanted)))
        raise UnprovedError(f"{found.flat[k]} for {wanted.flat[k]}")


def _points(program: Program, symmetric: Collection[str]) -> Iterator[dict[str, Any]]:
    draw = np.random.default_rng(20240229)
    ways = (
        lambda shape: draw.uniform(0.3, 1.5, shape),
        lambda shape: draw.normal(size=shape),
        lambda shape: draw.uniform(0.05, 0.95, shape),
        lambda shape: draw.uniform(1.1, 4.0, shape),
    )
    for k in range(_POINTS):
        point: dict[str, Any] = {}
        for var in program.inputs:
            shape = var.aval.shape
            value = np.asarray(ways[k % len(ways)](shape))
            if k >= 2 * len(ways):  # each of a size of its own: one must be larger than another
                value = value * draw.choice(_SCALES)
            if len(shape) == 2 and shape[0] == shape[1] and (k % 2 == 0 or var.name in symmetric):
                value = value / len(value)
                if var.name in symmetric:
                    value = value @ value.T
                value = value + 2.0 * np.eye(len(value))
            if not var.aval.is_inexact:
                value = np.rint(value * 2 + 1).astype(var.aval.dtype)
            point[var.name] = value if value.ndim else value.item()
        yield point
