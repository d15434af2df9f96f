"""Divided differences of a function of the values of a matrix, and of sums in their place.

They become slopes where two values are one, and are none where the function gives two numbers
there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from .spectral import off_diagonal

_CLOSE = 6e-6
"""Values closer than this, relative to themselves, have the mean slope: the error is its square."""
_ROUNDING = 64.0


def _pairs(x: Any) -> tuple[Any, Any]:
    return x[..., :, None], x[..., None, :]


def divided_differences(w: Any, f: Any, slope: Any) -> Any:
    """`(f_i - f_j)/(w_i - w_j)`, and the slope where two values are one; 0 on the diagonal.

    NaN where two values are one and `f` gives two different numbers: there is no derivative.

    >>> w = np.array([1.0, 1.0, 2.0])
    >>> divided_differences(w, w**2, 2*w)
    array([[0., 2., 3.],
           [2., 0., 3.],
           [3., 3., 0.]])
    """
    w, f = np.asarray(w), np.asarray(f)
    (wi, wj), (fi, fj), (si, sj) = _pairs(w), _pairs(f), _pairs(_spread(slope, f))
    gap = wi - wj
    same, limit = _meetings(w, f, slope)
    with np.errstate(all="ignore"):
        ratio = np.where(same, np.nan, (fi - fj) / np.where(gap == 0, np.inf, gap))
    result = np.where(limit, (si + sj) / 2, ratio)
    return np.where(np.eye(w.shape[-1], dtype=bool), 0, result).astype(w.dtype, copy=False)


def _spread(slope: Any, f: Any) -> Any:
    return np.broadcast_to(np.asarray(slope), np.shape(f))


def _meetings(w: Any, f: Any, slope: Any) -> tuple[Any, Any]:
    """Where two values are one, and where the divided difference is taken for the mean slope."""
    (wi, wj), (fi, fj), (si, sj) = _pairs(w), _pairs(f), _pairs(_spread(slope, f))
    eps = float(np.finfo(w.dtype).eps)
    gap, change, mean = wi - wj, fi - fj, (si + sj) / 2
    size = np.max(np.abs(w), axis=-1, initial=0.0)[..., None, None]
    same = np.abs(gap) <= 8 * w.shape[-1] * eps * size
    close = np.abs(gap) <= max(_CLOSE, eps ** (1 / 3)) * np.maximum(np.abs(wi), np.abs(wj))
    noise = _ROUNDING * eps * (np.maximum(np.abs(fi), np.abs(fj)) + np.abs(mean) * size)
    smooth = np.abs(change - mean * gap) <= 1e-4 * np.abs(mean * gap) + noise
    return same, (same | close) & smooth


def mean_ratios(s: Any, f: Any, slope: Any) -> Any:
    """`(f_i + f_j)/(s_i + s_j)`, and the slope where both are zero; on the diagonal `f_i/s_i`."""
    s, f = np.asarray(s), np.asarray(f)
    slope = np.broadcast_to(np.asarray(slope), f.shape)
    eps = float(np.finfo(s.dtype).eps)
    (si, sj), (fi, fj), (ti, tj) = _pairs(s), _pairs(f), _pairs(slope)
    total, size = si + sj, np.max(s, axis=-1, initial=0.0)[..., None, None]
    none = total <= 8 * s.shape[-1] * eps * size
    noise = _ROUNDING * eps * np.abs(ti + tj) * size
    with np.errstate(all="ignore"):
        ratio = (fi + fj) / np.where(total == 0, np.inf, total)
        limit = np.where(np.abs(fi + fj) <= noise, (ti + tj) / 2, np.nan)
    return np.where(none, limit, ratio).astype(s.dtype, copy=False)


def _meeting(w: Any, f: Any, slope: Any) -> Any:
    """Where a divided difference is a slope."""
    return _meetings(np.asarray(w), np.asarray(f), slope)[1]


def _vanishing(s: Any, f: Any, slope: Any) -> Any:
    """Where a ratio of sums is a slope."""
    s = np.asarray(s)
    si, sj = _pairs(s)
    eps = float(np.finfo(s.dtype).eps)
    size = np.max(s, axis=-1, initial=0.0)[..., None, None]
    return si + sj <= 8 * s.shape[-1] * eps * size


def _ratio(name: str, value: Any, limits: str, where: Any, sign: str) -> None:
    """Enter a ratio of differences or sums of all pairs; `sign` is `"sub"` or `"add"`."""

    def spread(ops: Ops, x: Any) -> tuple[Any, Any]:
        return ops.expand_dims(x, -1), ops.expand_dims(x, -2)

    def over(ops: Ops, x: Any, w: Any, limit: Any) -> Any:
        """`x` by the gaps, where the ratio is one."""
        gap = ops.apply(sign, *spread(ops, w))
        return ops.where(limit, 0.0, ops.div(x, ops.where(limit, 1.0, gap)))

    def pullback(ops: Ops, ct: Any, result: Any, w: Any, f: Any, slope: Any) -> tuple[Any, ...]:
        def gathered(x: Any, how: str) -> Any:
            rows = ops.sum(x, axis=(-1,), keepdims=False)
            return ops.apply(how, rows, ops.sum(x, axis=(-2,), keepdims=False))

        if sign == "sub":
            ct = off_diagonal(ops, ct)
        limit = ops.apply(limits, w, f, slope)
        diagonal = np.eye(ops.aval(w).shape[-1], dtype=bool)
        share = over(ops, ct, w, ops.logical_or(limit, diagonal) if sign == "sub" else limit)
        halves = ops.where(limit, ops.mul(ct, 0.5), 0.0)
        return (
            ops.neg(gathered(ops.mul(share, result), sign)),
            gathered(share, sign),
            ops.unbroadcast(gathered(halves, "add"), shape=ops.aval(slope).shape),
        )

    def pushforward(ops: Ops, tangents: Any, result: Any, w: Any, f: Any, slope: Any) -> Any:
        moved = None
        for tangent, factor in ((tangents[1], None), (tangents[0], result)):
            if tangent is None:
                continue
            change = ops.apply(sign, *spread(ops, tangent))
            if factor is not None:
                change = ops.neg(ops.mul(change, factor))
            moved = change if moved is None else ops.add(moved, change)
        limit = ops.apply(limits, w, f, slope)
        diagonal = np.eye(ops.aval(w).shape[-1], dtype=bool)
        if moved is not None:
            none = ops.logical_or(limit, diagonal) if sign == "sub" else limit
            moved = over(ops, moved, w, none)
        if tangents[2] is not None:
            mean = ops.mul(ops.add(*spread(ops, tangents[2])), 0.5)
            mean = ops.where(limit, mean, 0.0)
            if sign == "sub":
                mean = off_diagonal(ops, mean)
            moved = mean if moved is None else ops.add(moved, mean)
        return moved

    def infer(w: Aval, f: Aval, slope: Aval) -> Aval:
        return Aval.of((*w.shape, w.shape[-1]), w.dtype)

    def positive(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        return [((np.array([0.5, 1.5, 3.0]), rng.normal(size=3), rng.normal(size=3)), {})]

    TABLE.add(
        StructuralEntry(
            name=limits,
            numpy=where,
            infer=lambda w, f, slope: Aval.of((*w.shape, w.shape[-1]), "bool"),
            pullback=lambda ops, ct, result, w, f, slope: (None, None, None),
            pushforward=lambda ops, tangents, result, w, f, slope: None,
            samples=positive,
        )
    )
    TABLE.add(
        StructuralEntry(
            name=name,
            numpy=value,
            infer=infer,
            pullback=pullback,
            pushforward=pushforward,
            samples=positive,
        )
    )


_ratio("divided_differences", divided_differences, "meeting_values", _meeting, "sub")
_ratio("mean_ratios", mean_ratios, "vanishing_sums", _vanishing, "add")


# -- of three values


def second_differences(w: Any, f: Any, slope: Any, bend: Any) -> Any:
    """`f[w_i, w_j, w_k]`, the divided differences of divided differences.

    Of three values the two that are furthest apart are divided by; where all three are one it is
    half of the second derivative.

    >>> w = np.array([1.0, 1.0, 2.0])
    >>> second_differences(w, w**3, 3 * w**2, 6 * w)[0]
    array([[3., 3., 4.],
           [3., 3., 4.],
           [4., 4., 5.]])
    """
    w, f = np.asarray(w), np.asarray(f)
    slope, bend = _spread(slope, f), _spread(bend, f)
    n = w.shape[-1]
    first = np.where(np.eye(n, dtype=bool), slope, divided_differences(w, f, slope))
    grid = np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"))
    order = np.argsort(w[grid], axis=0, kind="stable")
    least, middle, most = np.take_along_axis(grid, order, axis=0)
    gap = w[most] - w[least]
    size = np.maximum(np.abs(w[most]), np.abs(w[least]))
    close = gap <= float(np.finfo(w.dtype).eps) ** 0.25 * size
    with np.errstate(all="ignore"):
        ratio = (first[middle, most] - first[least, middle]) / np.where(gap == 0, np.nan, gap)
        whole = (bend[least] + bend[middle] + bend[most]) / 6
        whole += 0 * (first[least, middle] + first[middle, most])  # if that is no number
    return np.where(close, whole, ratio).astype(w.dtype, copy=False)


def _nowhere(ops: Ops, ct: Any, result: Any, *operands: Any) -> tuple[Any, ...]:
    return (None,) * len(operands)


TABLE.add(
    StructuralEntry(
        # (What its own derivative is, the derivative of a bend says by other entries.)
        name="second_differences",
        numpy=second_differences,
        infer=lambda w, f, slope, bend: Aval.of((*w.shape, *w.shape, *w.shape), w.dtype),
        pullback=_nowhere,
        pushforward=lambda *operands: None,
        samples=lambda rng: [
            ((np.array([0.5, 1.5, 3.0]), *[rng.normal(size=3) for _ in range(3)]), {})
        ],
    )
)
