"""Entries for `scipy.linalg`: systems of banded, Toeplitz and circulant matrices.

A banded matrix is kept as SciPy keeps it, its diagonals in rows; so are the derivatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..linalg.products import result_dtype
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import draw, lowered
from ..table.signatures import refuse

_FLAGS = {"overwrite_ab": False, "overwrite_b": False, "check_finite": True}


def _value(ab: Any, b: Any, *, bands: tuple[int, int]) -> Any:
    import scipy.linalg

    x = scipy.linalg.solve_banded(bands, ab, b)
    return x.astype(np.result_type(ab, b), copy=False)


def _infer(ab: Aval, b: Aval, *, bands: tuple[int, int]) -> Aval:
    if ab.ndim != 2 or b.ndim not in (1, 2) or ab.shape != (sum(bands) + 1, b.shape[0]):
        raise UnsupportedError(
            f"`solve_banded` of shapes {ab.shape} and {b.shape} with {bands} is not supported"
        )
    return Aval.of(b.shape, result_dtype(ab, b))


def _places(bands: tuple[int, int], n: int) -> tuple[Any, Any, Any]:
    """The row of the matrix where each kept element lies, and whether there is one."""
    _, above = bands
    kept = np.arange(sum(bands) + 1)[:, None]
    row = kept - above + np.arange(n)[None, :]
    return kept, np.clip(row, 0, n - 1), (row >= 0) & (row < n)


def _turned(ops: Ops, ab: Any, bands: tuple[int, int]) -> Any:
    """The transposed matrix, kept the same way."""
    n = ops.aval(ab).shape[1]
    below, above = bands
    kept, row, inside = _places((above, below), n)
    rows = np.broadcast_to(sum(bands) - kept, row.shape)
    moved = ops.getitem(ab, rows, row, index=(("array", 0), ("array", 1)))
    return ops.where(inside, moved, 0.0)


def _gathered(ops: Ops, x: Any, bands: tuple[int, int], n: int) -> Any:
    """For each kept element what a vector, or a matrix of columns, has at its row."""
    _, row, inside = _places(bands, n)
    found = ops.getitem(x, row, index=(("array", 0),))
    if ops.aval(x).ndim == 2:
        inside = inside[..., None]
    return ops.where(inside, found, 0.0)


def _times(ops: Ops, ab: Any, x: Any, bands: tuple[int, int]) -> Any:
    """The product of a banded matrix with a vector or a matrix."""
    n = ops.aval(ab).shape[1]
    turned = _turned(ops, ab, bands)
    below, above = bands
    found = _gathered(ops, x, (above, below), n)
    if ops.aval(x).ndim == 2:
        turned = ops.reshape(turned, shape=(*ops.aval(turned).shape, 1))
    return ops.sum(ops.mul(turned, found), axis=(0,), keepdims=False)


def _pullback(
    ops: Ops, ct: Any, result: Any, ab: Any, b: Any, *, bands: tuple[int, int]
) -> tuple[Any, Any]:
    b_bar = ops.solve_banded(_turned(ops, ab, bands), ct, bands=bands[::-1])
    product = ops.mul(_gathered(ops, b_bar, bands, ops.aval(ab).shape[1]), result)
    if ops.aval(b).ndim == 2:
        product = ops.sum(product, axis=(2,), keepdims=False)
    return ops.neg(product), b_bar


def _pushforward(
    ops: Ops, tangents: Any, result: Any, ab: Any, b: Any, *, bands: tuple[int, int]
) -> Any:
    ab_dot, right = tangents
    if ab_dot is not None:
        moved = _times(ops, ab_dot, result, bands)
        right = ops.neg(moved) if right is None else ops.sub(right, moved)
    return ops.solve_banded(ab, right, bands=bands)


TABLE.add(
    StructuralEntry(
        name="solve_banded",
        numpy=_value,
        infer=_infer,
        pullback=_pullback,
        pushforward=_pushforward,
        signature=lambda ab, b, bands: ((ab, b), {"bands": bands}),
        samples=lambda rng: [
            (
                (rng.normal(size=(4, 5)) + 4.0 * np.eye(4)[1][:, None], rng.normal(size=s), (2, 1)),
                {},
            )
            for s in ((5,), (5, 2))
        ],
    )
)


def _solve_banded(ops: Ops, l_and_u: Any, ab: Any, b: Any, **more: Any) -> Any:
    refuse("solve_banded", more, _FLAGS)
    below, above = (int(n) for n in l_and_u)
    return ops.solve_banded(ab, b, bands=(below, above))


def _solveh_banded(ops: Ops, ab: Any, b: Any, lower: Any = False, **more: Any) -> Any:
    refuse("solveh_banded", more, _FLAGS)
    count, n = ops.aval(ab).shape
    bands = count - 1
    if not lower:  # the upper form of a symmetric matrix is the lower form turned about
        rows = np.broadcast_to(np.arange(bands, -1, -1)[:, None], (count, n))
        columns = np.arange(n)[None, :] + np.arange(count)[:, None]
        inside = columns < n
        found = ops.getitem(
            ab, rows, np.minimum(columns, n - 1), index=(("array", 0), ("array", 1))
        )
        ab = ops.where(inside, found, 0.0)
    above = ops.getitem(_turned(ops, _padded(ops, ab), (bands, bands)), index=_first(bands))
    return ops.solve_banded(ops.concatenate(above, ab, axis=0), b, bands=(bands, bands))


def _first(count: int) -> Any:
    return (("slice", 0, count, None),)


def _padded(ops: Ops, ab: Any) -> Any:
    """The lower half alone, with rows of zeros for the upper."""
    count, n = ops.aval(ab).shape
    return ops.concatenate(np.zeros((count - 1, n), ops.aval(ab).dtype), ab, axis=0)


def _banded_samples(rng: Any) -> Any:
    ab = rng.normal(size=(4, 5)) + 4.0 * np.eye(4)[1][:, None]
    return [(((2, 1), ab, rng.normal(size=s)), {}) for s in ((5,), (5, 2))]


def _symmetric_samples(rng: Any) -> Any:
    ab = rng.normal(size=(3, 5))
    return [
        ((ab + 6.0 * np.eye(3)[2 if not w else 0][:, None], rng.normal(size=5)), {"lower": w})
        for w in (False, True)
    ]


lowered(
    "scipy_solve_banded",
    _solve_banded,
    ("scipy.linalg.solve_banded",),
    _banded_samples,
    "ab",
    "b",
)
lowered(
    "solveh_banded",
    _solveh_banded,
    ("scipy.linalg.solveh_banded",),
    _symmetric_samples,
    "ab",
    "b",
)


def _solve_toeplitz(ops: Ops, c_or_cr: Any, b: Any, check_finite: Any = True) -> Any:
    pair = isinstance(c_or_cr, tuple)
    matrix = ops.toeplitz(*c_or_cr) if pair else ops.toeplitz(c_or_cr)
    return ops.solve(matrix, b)


lowered(
    "solve_toeplitz",
    _solve_toeplitz,
    ("scipy.linalg.solve_toeplitz",),
    lambda rng: [
        ((rng.normal(size=4) + 4.0 * np.eye(4)[0], rng.normal(size=4)), {}),
        (((rng.normal(size=4) + 4.0 * np.eye(4)[0], rng.normal(size=4)), rng.normal(size=4)), {}),
    ],
    "b",
    free=("c_or_cr",),
)
lowered(
    "solve_circulant",
    lambda ops, c, b: ops.solve(ops.circulant(c), b),
    ("scipy.linalg.solve_circulant",),
    draw((((4,), (4,)), {})),
    "c",
    "b",
)
