"""Functions of a matrix put together from its eigenvectors or singular vectors.

`V @ diag(f(w)) @ V.T` is a smooth function of the matrix also where eigenvalues meet, although the
vectors are not. Its derivative needs `f` alone, by its divided differences over pairs of values,
which become the slope of `f` where two values are one. `differentiate/spectra.py` finds such
products, and has the rules here differentiate them in place of the vectors. The values stay what
the user computes.

Its second derivative needs the second divided differences, which become half of the second
derivative of `f`. Third derivatives of a function of a symmetric matrix, and second ones of a
function of singular values, go through the vectors again: they are NaN where values meet.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..table.entry import TABLE, Ops, handed_on
from .matrices import turned
from .spectral import (
    chain,
    diagonal_matrix,
    fold_triangle,
    off_diagonal,
    on_diagonal,
    times_row,
    unfold_triangle,
)

# -- of a symmetric matrix


def _of_symmetric_pullback(
    ops: Ops, ct: Any, result: Any, value: Any, a: Any, w: Any, v: Any, f: Any, slope: Any
) -> tuple[Any, ...]:
    inside = chain(ops, turned(ops, v), ct, v)
    ratios = ops.divided_differences(w, f, slope)
    a_bar = chain(ops, v, ops.mul(ratios, inside), turned(ops, v))
    f_bar = ops.unbroadcast(on_diagonal(ops, inside), shape=ops.aval(f).shape)
    return None, fold_triangle(ops, a, a_bar), None, None, f_bar, None


def _of_symmetric_pushforward(
    ops: Ops, tangents: Any, result: Any, value: Any, a: Any, w: Any, v: Any, f: Any, slope: Any
) -> Any:
    total = None
    if tangents[1] is not None:
        moved = chain(ops, turned(ops, v), unfold_triangle(ops, a, tangents[1]), v)
        inner = ops.mul(ops.divided_differences(w, f, slope), moved)
        total = chain(ops, v, inner, turned(ops, v))
    if tangents[4] is not None:
        scaled = ops.matmul(times_row(ops, v, tangents[4]), turned(ops, v))
        total = scaled if total is None else ops.add(total, scaled)
    return total


TABLE.add(
    handed_on(
        "of_symmetric",
        _of_symmetric_pullback,
        _of_symmetric_pushforward,
        source="Daleckii and Krein; Higham, Functions of Matrices, theorem 3.11",
    )
)


# -- of a symmetric matrix, at second order


def _second(ops: Ops, w: Any, f: Any, slope: Any, bend: Any) -> Any:
    """The same, as what it is a function of where no two values meet."""
    n = ops.aval(w).shape[-1]
    first = _first(ops, w, f, slope)

    def between(x: Any, *axes: int) -> Any:
        return ops.expand_dims(x, axes if len(axes) > 1 else axes[0])

    def ratio(above: Any, one: int, other: int) -> Any:
        kept = [tuple(k for k in range(3) if k != at) for at in (one, other)]
        gap = ops.sub(between(w, *kept[0]), between(w, *kept[1]))
        return ops.div(above, gap)

    ij, jk, ik = between(first, 2), between(first, 0), between(first, 1)
    i, j, k = np.ogrid[:n, :n, :n]
    apart = ratio(ops.sub(ij, jk), 0, 2)  # where i is not k
    beside = ratio(ops.sub(ik, ij), 2, 1)  # where it is, and j is another
    alone = ops.mul(ops.reshape(bend, shape=(n, 1, 1)), 0.5)
    by_others = ops.where(i != k, apart, ops.where(j != k, beside, alone))
    value = ops.second_differences(*map(ops.detach, (w, f, slope, bend)))
    return ops.valued(value, by_others)


def _first(ops: Ops, w: Any, f: Any, slope: Any) -> Any:
    """The divided differences, with the slopes on the diagonal."""
    spread = ops.broadcast_to(slope, shape=ops.aval(w).shape)
    return ops.add(ops.divided_differences(w, f, slope), diagonal_matrix(ops, spread))


_Free = tuple[Any, Any, Any]
"""A function of each value, its slope and its bend, which do not move with the value itself."""


def _change(ops: Ops, e: Any, w: Any, v: Any, free: _Free) -> Any:
    """How a function of a matrix changes with the matrix, by `e`; only the function moves here."""
    e, w, v = (ops.detach(x) for x in (e, w, v))
    inner = ops.mul(_first(ops, w, *free[:2]), chain(ops, turned(ops, v), e, v))
    return chain(ops, v, inner, turned(ops, v))


def _unsaid(ops: Ops, change: Any, w: Any) -> Any:
    """A change by anything but the matrix: how that changes with the matrix is not said."""
    return ops.tip_bend(change, w)


def _whole_pullback(
    ops: Ops, ct: Any, result: Any, value: Any, a: Any, w: Any, v: Any, *functions: Any
) -> tuple[Any, ...]:
    inside = chain(ops, turned(ops, v), ct, v)
    free = functions[:3]
    moved = ops.change_of_symmetric(_change(ops, ct, w, v, free), ct, a, w, v, *functions)
    f_bar = ops.unbroadcast(on_diagonal(ops, inside), shape=ops.aval(free[0]).shape)
    return None, fold_triangle(ops, a, moved), None, None, _unsaid(ops, f_bar, w), *(None,) * 5


def _whole_pushforward(
    ops: Ops, tangents: Any, result: Any, value: Any, a: Any, w: Any, v: Any, *functions: Any
) -> Any:
    total = None
    if tangents[1] is not None:
        e = unfold_triangle(ops, a, tangents[1])
        moved = _change(ops, e, w, v, functions[:3])
        total = ops.change_of_symmetric(moved, e, a, w, v, *functions)
    if tangents[4] is not None:
        scaled = ops.matmul(times_row(ops, v, tangents[4]), turned(ops, v))
        scaled = _unsaid(ops, scaled, w)
        total = scaled if total is None else ops.add(total, scaled)
    return total


TABLE.add(
    handed_on(
        # The same, where nothing but the matrix moves: of the function of the values with its slope
        # and its bend, once with values that do not move, and once with those that do.
        "whole_of_symmetric",
        _whole_pullback,
        _whole_pushforward,
        source="Daleckii and Krein; Higham, Functions of Matrices, theorem 3.11",
    )
)


def _bend(ops: Ops, e: Any, h: Any, w: Any, v: Any, own: _Free) -> Any:
    """How the change by `e` of a function of a matrix changes with the matrix, by `h`."""
    one, other = (chain(ops, turned(ops, v), x, v) for x in (e, h))
    ratios = _second(ops, w, *own)
    parts = [
        ops.contraction(ratios, *pair, subscripts="ikj,ik,kj->ij")
        for pair in ((one, other), (other, one))
    ]
    return chain(ops, v, ops.add(*parts), turned(ops, v))


def _change_pullback(
    ops: Ops, ct: Any, result: Any, value: Any, e: Any, a: Any, w: Any, v: Any, *functions: Any
) -> tuple[Any, ...]:
    free, own = functions[:3], functions[3:]
    # The change is an inner product of itself and a cotangent: what it is linear in may change
    # places with that.
    e_bar = ops.change_of_symmetric(_change(ops, ct, w, v, free), ct, a, w, v, *functions)
    across, inner = (chain(ops, turned(ops, v), x, v) for x in (ct, e))
    ratios = _second(ops, w, *own)
    parts = [
        ops.contraction(ratios, across, inner, subscripts="ikj,ij,kj->ik"),
        ops.contraction(ratios, across, inner, subscripts="ikj,ij,ik->kj"),
    ]
    a_bar = fold_triangle(ops, a, chain(ops, v, ops.add(*parts), turned(ops, v)))
    return _unsaid(ops, ct, w), e_bar, a_bar, *(None,) * 8


def _change_pushforward(
    ops: Ops,
    tangents: Any,
    result: Any,
    value: Any,
    e: Any,
    a: Any,
    w: Any,
    v: Any,
    *functions: Any,
) -> Any:
    total = None if tangents[0] is None else _unsaid(ops, tangents[0], w)
    if tangents[1] is not None:
        moved = _change(ops, tangents[1], w, v, functions[:3])
        moved = ops.change_of_symmetric(moved, tangents[1], a, w, v, *functions)
        total = moved if total is None else ops.add(total, moved)
    if tangents[2] is not None:
        h = unfold_triangle(ops, a, tangents[2])
        bent = _bend(ops, e, h, w, v, functions[3:])
        total = bent if total is None else ops.add(total, bent)
    return total


TABLE.add(
    handed_on(
        # How such a function changes with the matrix, by `e`; what is computed moves with the
        # function alone.
        "change_of_symmetric",
        _change_pullback,
        _change_pushforward,
        source="Higham and Relton, Higher order Frechet derivatives of matrix functions, 2014",
    )
)


# -- of singular vectors: `U @ diag(f(s)) @ V.T`


def _halves(ops: Ops, x: Any) -> tuple[Any, Any]:
    """The symmetric and the antisymmetric part."""
    other = turned(ops, x)
    return ops.mul(ops.add(x, other), 0.5), ops.mul(ops.sub(x, other), 0.5)


def _inner(ops: Ops, moved: Any, s: Any, f: Any, slope: Any, patched: bool) -> Any:
    even, odd = _halves(ops, moved)
    even = ops.mul(even, ops.divided_differences(s, f, slope))
    ratios = ops.mean_ratios(s, f, slope)
    inner = ops.add(even, off_diagonal(ops, ops.mul(odd, ratios)))
    if not patched:
        return inner
    # At a singular value of zero its own derivative is a choice; that of the function is not.
    here = ops.logical_and(
        ops.vanishing_sums(s, f, slope), np.eye(ops.aval(s).shape[-1], dtype=bool)
    )
    return ops.add(inner, ops.where(here, ops.mul(moved, ratios), 0.0))


def _outer(ops: Ops, x: Any, u: Any, v: Any, s: Any, f: Any, slope: Any) -> list[Any]:
    """What of a change leaves the spaces of the singular vectors, times `f/s`."""
    share = on_diagonal(ops, ops.mean_ratios(s, f, slope))
    parts = []
    rows, columns, rank = ops.aval(u).shape[-2], ops.aval(v).shape[-2], ops.aval(s).shape[-1]
    if rows > rank:
        right = chain(ops, x, v)
        left = ops.sub(right, chain(ops, u, turned(ops, u), right))
        parts.append(ops.matmul(times_row(ops, left, share), turned(ops, v)))
    if columns > rank:
        down = ops.matmul(turned(ops, u), x)
        rest = ops.sub(down, chain(ops, down, v, turned(ops, v)))
        parts.append(ops.matmul(times_row(ops, u, share), rest))
    return parts


def _total(ops: Ops, parts: list[Any]) -> Any:
    total = parts[0]
    for part in parts[1:]:
        total = ops.add(total, part)
    return total


def _of_singular_pullback(
    ops: Ops,
    ct: Any,
    result: Any,
    value: Any,
    a: Any,
    s: Any,
    u: Any,
    v: Any,
    f: Any,
    slope: Any,
    *,
    patched: bool,
) -> tuple[Any, ...]:
    inside = chain(ops, turned(ops, u), ct, v)
    inner = _inner(ops, inside, s, f, slope, patched)
    parts = [chain(ops, u, inner, turned(ops, v)), *_outer(ops, ct, u, v, s, f, slope)]
    f_bar = ops.unbroadcast(on_diagonal(ops, inside), shape=ops.aval(f).shape)
    return None, _total(ops, parts), None, None, None, f_bar, None


def _of_singular_pushforward(
    ops: Ops,
    tangents: Any,
    result: Any,
    value: Any,
    a: Any,
    s: Any,
    u: Any,
    v: Any,
    f: Any,
    slope: Any,
    *,
    patched: bool,
) -> Any:
    parts = []
    if tangents[1] is not None:
        inside = chain(ops, turned(ops, u), tangents[1], v)
        inner = _inner(ops, inside, s, f, slope, patched)
        parts.append(chain(ops, u, inner, turned(ops, v)))
        parts += _outer(ops, tangents[1], u, v, s, f, slope)
    if tangents[5] is not None:
        parts.append(ops.matmul(times_row(ops, u, tangents[5]), turned(ops, v)))
    return _total(ops, parts) if parts else None


TABLE.add(
    handed_on(
        "of_singular",
        _of_singular_pullback,
        _of_singular_pushforward,
        source="Noferini, A formula for the Frechet derivative of a generalized matrix function, "
        "2017; Papadopoulo and Lourakis, 2000",
    )
)
