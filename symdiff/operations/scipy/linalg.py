"""Entries for `scipy.linalg`: solving by structure, matrix functions, and building matrices.

The rules are those of whole matrices. What SciPy reads of an argument is what has a derivative: a
Cholesky factor of the upper triangle has none below the diagonal.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..linalg.products import result_dtype
from ..linalg.square_matrices import scipy_linalg, square, transpose_of, well_posed
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.signatures import refuse

_FLAGS = {"overwrite_a": False, "overwrite_b": False, "check_finite": True, "lwork": None}


def _compose(name: str, lower: Any, samples: Any, *, prefix: str = "", source: str = "") -> None:
    """Enter what is made of other entries, under SciPy's name for it."""
    TABLE.add(
        StructuralEntry(
            name=prefix + name,
            names=(f"scipy.linalg.{name}",),
            lower=lower,
            samples=samples,
            source=source,
        )
    )


# -- triangular systems


def _solve_triangular_value(a: Any, b: Any, *, trans: int, lower: bool, unit: bool) -> Any:
    x = scipy_linalg().solve_triangular(a, b, trans=trans, lower=lower, unit_diagonal=unit)
    return x.astype(np.result_type(a, b), copy=False)


def _solve_triangular_infer(a: Aval, b: Aval, *, trans: int, lower: bool, unit: bool) -> Aval:
    if b.ndim not in (1, 2) or square("solve_triangular", a).shape[0] != b.shape[0]:
        raise UnsupportedError(
            f"`solve_triangular` of shapes {a.shape} and {b.shape} is not supported"
        )
    return Aval.of(b.shape, result_dtype(a, b))


def _triangle_read(ops: Ops, x: Any, lower: bool, unit: bool) -> Any:
    k = -1 if unit else 0
    return ops.tril(x, k) if lower else ops.triu(x, -k)


def _solve_triangular_pullback(
    ops: Ops, ct: Any, result: Any, a: Any, b: Any, *, trans: int, lower: bool, unit: bool
) -> tuple[Any, Any]:
    b_bar = ops.solve_triangular(a, ct, trans=1 - trans, lower=lower, unit=unit)
    if ops.aval(b).ndim == 1:
        product = ops.outer(result, b_bar) if trans else ops.outer(b_bar, result)
    else:
        left, right = (result, b_bar) if trans else (b_bar, result)
        product = ops.matmul(left, transpose_of(ops, right))
    return ops.neg(_triangle_read(ops, product, lower, unit)), b_bar


def _solve_triangular_pushforward(
    ops: Ops, tangents: Any, result: Any, a: Any, b: Any, *, trans: int, lower: bool, unit: bool
) -> Any:
    a_dot, right = tangents
    if a_dot is not None:
        moved = _triangle_read(ops, a_dot, lower, unit)
        moved = ops.matmul(transpose_of(ops, moved) if trans else moved, result)
        right = ops.neg(moved) if right is None else ops.sub(right, moved)
    return ops.solve_triangular(a, right, trans=trans, lower=lower, unit=unit)


def _solve_triangular_signature(
    a: Any, b: Any, trans: Any = 0, lower: Any = False, unit_diagonal: Any = False, **more: Any
) -> tuple[tuple[Any, Any], dict[str, Any]]:
    refuse("solve_triangular", more, _FLAGS)
    trans = {"N": 0, "T": 1, "C": 1, 2: 1}.get(trans, trans)
    return (a, b), {"trans": int(trans), "lower": bool(lower), "unit": bool(unit_diagonal)}


def _positive(rng: Any) -> Any:
    x = rng.normal(size=(3, 3))
    return x @ x.T + 2.0 * np.eye(3)


TABLE.add(
    StructuralEntry(
        name="solve_triangular",
        names=("scipy.linalg.solve_triangular",),
        numpy=_solve_triangular_value,
        infer=_solve_triangular_infer,
        pullback=_solve_triangular_pullback,
        pushforward=_solve_triangular_pushforward,
        signature=_solve_triangular_signature,
        samples=lambda rng: [
            ((well_posed(rng), rng.normal(size=s)), {"trans": t, "lower": w, "unit_diagonal": u})
            for s, t, w, u in (
                ((3,), 0, True, False),
                ((3, 2), 1, True, False),
                ((3,), "T", False, True),
                ((3, 2), 0, False, False),
            )
        ],
    )
)


def _mirrored(ops: Ops, a: Any, lower: bool) -> Any:
    """The symmetric matrix of which only one triangle is read."""
    half = ops.tril(a, -1) if lower else ops.triu(a, 1)
    whole = ops.tril(a) if lower else ops.triu(a)
    return ops.add(whole, transpose_of(ops, half))


def _solve(
    ops: Ops,
    a: Any,
    b: Any,
    lower: Any = False,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    assume_a: Any = None,
    transposed: Any = False,
) -> Any:
    if assume_a in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite"):
        a = _mirrored(ops, a, bool(lower))
    elif assume_a in ("upper triangular", "lower triangular"):
        return ops.solve_triangular(
            a, b, trans=int(bool(transposed)), lower=assume_a.startswith("lower"), unit=False
        )
    elif assume_a == "diagonal":
        a = ops.mul(a, np.eye(ops.aval(a).shape[0]))
    elif assume_a not in (None, "gen", "general"):
        raise UnsupportedError(
            f"`solve` with assume_a={assume_a!r} is not supported", remedy="leave it out"
        )
    return ops.solve(transpose_of(ops, a) if transposed else a, b)


TABLE.add(
    StructuralEntry(
        name="scipy_solve",
        names=("scipy.linalg.solve",),
        lower=_solve,
        samples=lambda rng: [
            ((_positive(rng), rng.normal(size=3)), {}),
            ((well_posed(rng), rng.normal(size=(3, 2))), {"transposed": True}),
            ((_positive(rng), rng.normal(size=3)), {"assume_a": "pos"}),
            ((_positive(rng), rng.normal(size=3)), {"assume_a": "sym", "lower": True}),
        ],
    )
)

# -- Cholesky


def _cholesky(ops: Ops, a: Any, lower: Any = False, **more: Any) -> Any:
    refuse("cholesky", more, _FLAGS)
    return ops.cholesky(a) if lower else transpose_of(ops, ops.cholesky(transpose_of(ops, a)))


def _cho_factor(ops: Ops, a: Any, lower: Any = False, **more: Any) -> tuple[Any, bool]:
    """The factor; SciPy leaves the other triangle as it was."""
    n = ops.aval(a).shape[0]
    mask = np.tri(n, dtype=bool)
    factor = _cholesky(ops, a, lower, **more)
    return ops.where(mask if lower else mask.T, factor, a), bool(lower)


def _cho_solve(ops: Ops, c_and_lower: Any, b: Any, **more: Any) -> Any:
    refuse("cho_solve", more, _FLAGS)
    c, lower = c_and_lower
    lower = bool(lower)
    half = ops.solve_triangular(c, b, trans=0 if lower else 1, lower=lower, unit=False)
    return ops.solve_triangular(c, half, trans=1 if lower else 0, lower=lower, unit=False)


_MURRAY = "Murray, Differentiation of the Cholesky decomposition, 2016"
_compose(
    "cholesky",
    _cholesky,
    lambda rng: [((_positive(rng),), {"lower": w}) for w in (True, False)],
    prefix="scipy_",
    source=_MURRAY,
)
_compose(
    "cho_factor",
    _cho_factor,
    lambda rng: [((_positive(rng),), {}), ((_positive(rng), True), {})],
    source=_MURRAY,
)
_compose(
    "cho_solve",
    _cho_solve,
    lambda rng: [
        (((well_posed(rng), False), rng.normal(size=3)), {}),
        (((well_posed(rng), True), rng.normal(size=(3, 2))), {}),
    ],
)

# -- functions of matrices


def _expm_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    return (ops.expm_frechet(transpose_of(ops, a), ct),)


TABLE.add(
    StructuralEntry(
        name="expm",
        names=("scipy.linalg.expm", "torch.linalg.matrix_exp", "torch.matrix_exp", ".matrix_exp"),
        numpy=lambda a: scipy_linalg().expm(a),
        infer=lambda a: square("expm", a),
        pullback=_expm_pullback,
        pushforward=lambda ops, tangents, result, a: ops.expm_frechet(a, tangents[0]),
        samples=lambda rng: [((rng.normal(size=(3, 3)),), {})],
        source="Higham, Functions of Matrices, 2008, 3.2",
    )
)


def _frechet_value(a: Any, e: Any) -> Any:
    moved = scipy_linalg().expm_frechet(a, e, compute_expm=False)
    return moved.astype(np.result_type(a, e), copy=False)


def _frechet_second(ops: Ops, a: Any, e: Any, corner: Any) -> Any:
    """How the exponential of `[[a, e], [0, a]]` moves with a matrix of blocks."""
    zero = np.zeros(ops.aval(a).shape, ops.aval(a).dtype)
    block = ops.concatenate(ops.concatenate(a, e, axis=1), ops.concatenate(zero, a, axis=1), axis=0)
    return ops.expm_frechet(block, corner)


def _block(ops: Ops, x: Any, row: int, column: int) -> Any:
    n = ops.aval(x).shape[0] // 2
    return ops.getitem(
        x,
        index=(
            ("slice", row * n, (row + 1) * n, None),
            ("slice", column * n, (column + 1) * n, None),
        ),
    )


def _frechet_pullback(ops: Ops, ct: Any, result: Any, a: Any, e: Any) -> tuple[Any, Any]:
    # The adjoint of the derivative of a matrix function is the derivative at the transpose.
    return _frechet_a_bar(ops, a, e, ct), ops.expm_frechet(transpose_of(ops, a), ct)


def _frechet_a_bar(ops: Ops, a: Any, e: Any, ct: Any) -> Any:
    """`<ct, L(a + d, e)>` has the slope `L` at `[[a', e'], [0, a']]`, upper right block."""
    zero = np.zeros(ops.aval(a).shape, ops.aval(a).dtype)
    a, e = transpose_of(ops, a), transpose_of(ops, e)
    diagonal = ops.concatenate(
        ops.concatenate(ct, zero, axis=1), ops.concatenate(zero, ct, axis=1), axis=0
    )
    return _block(ops, _frechet_second(ops, a, e, diagonal), 0, 1)


def _frechet_pushforward(ops: Ops, tangents: Any, result: Any, a: Any, e: Any) -> Any:
    a_dot, e_dot = tangents
    zero = np.zeros(ops.aval(a).shape, ops.aval(a).dtype)
    if a_dot is None:
        return ops.expm_frechet(a, e_dot)
    above = ops.concatenate(a_dot, zero if e_dot is None else e_dot, axis=1)
    moved = ops.concatenate(above, ops.concatenate(zero, a_dot, axis=1), axis=0)
    return _block(ops, _frechet_second(ops, a, e, moved), 0, 1)


TABLE.add(
    StructuralEntry(
        name="expm_frechet",
        numpy=_frechet_value,
        infer=lambda a, e: Aval.of(square("expm_frechet", a).shape, result_dtype(a, e)),
        pullback=_frechet_pullback,
        pushforward=_frechet_pushforward,
        samples=lambda rng: [((rng.normal(size=(2, 2)), rng.normal(size=(2, 2))), {})],
        source="Higham, Functions of Matrices, 2008, 3.2",
    )
)


def _sylvester_pullback(ops: Ops, ct: Any, result: Any, a: Any, b: Any, q: Any) -> Any:
    q_bar = ops.solve_sylvester(transpose_of(ops, a), transpose_of(ops, b), ct)
    return (
        ops.neg(ops.matmul(q_bar, transpose_of(ops, result))),
        ops.neg(ops.matmul(transpose_of(ops, result), q_bar)),
        q_bar,
    )


def _sylvester_pushforward(ops: Ops, tangents: Any, result: Any, a: Any, b: Any, q: Any) -> Any:
    a_dot, b_dot, right = tangents
    for part in (
        None if a_dot is None else ops.matmul(a_dot, result),
        None if b_dot is None else ops.matmul(result, b_dot),
    ):
        if part is not None:
            right = ops.neg(part) if right is None else ops.sub(right, part)
    return ops.solve_sylvester(a, b, right)


def _sylvester_value(a: Any, b: Any, q: Any) -> Any:
    x = scipy_linalg().solve_sylvester(a, b, q)
    return x.astype(np.result_type(a, b, q), copy=False)


TABLE.add(
    StructuralEntry(
        name="solve_sylvester",
        names=("scipy.linalg.solve_sylvester", "jax.scipy.linalg.solve_sylvester"),
        numpy=_sylvester_value,
        infer=lambda a, b, q: Aval.of(q.shape, result_dtype(a, b, q)),
        pullback=_sylvester_pullback,
        pushforward=_sylvester_pushforward,
        samples=lambda rng: [((_positive(rng), _positive(rng), rng.normal(size=(3, 3))), {})],
    )
)


def _sqrtm_value(a: Any) -> Any:
    root = scipy_linalg().sqrtm(a)
    if np.iscomplexobj(root):
        raise UnsupportedError("`sqrtm` left the real numbers here")
    return root.astype(np.asarray(a).dtype, copy=False)


TABLE.add(
    StructuralEntry(
        name="sqrtm",
        names=("scipy.linalg.sqrtm",),
        numpy=_sqrtm_value,
        infer=lambda a: square("sqrtm", a),
        pullback=lambda ops, ct, result, a: (
            ops.solve_sylvester(transpose_of(ops, result), transpose_of(ops, result), ct),
        ),
        pushforward=lambda ops, tangents, result, a: ops.solve_sylvester(
            result, result, tangents[0]
        ),
        samples=lambda rng: [((_positive(rng),), {})],
        source="Higham, Functions of Matrices, 2008, 6.1",
    )
)

# -- building matrices


def _taken(ops: Ops, x: Any, places: Any) -> Any:
    return ops.getitem(x, places, index=(("array", 0),))


def _vector(ops: Ops, x: Any) -> Any:
    if isinstance(x, list | tuple):
        x = ops.array(*x, shape=(len(x),))
    return ops.reshape(x, shape=(ops.aval(x).size,))


def _toeplitz(ops: Ops, c: Any, r: Any = None) -> Any:
    c = _vector(ops, c)
    r = c if r is None else _vector(ops, r)
    n, m = ops.aval(c).size, ops.aval(r).size
    both = ops.concatenate(c, ops.getitem(r, index=(("slice", 1, None, None),)), axis=0)
    lag = np.arange(n)[:, None] - np.arange(m)[None, :]
    return _taken(ops, both, np.where(lag >= 0, lag, n - 1 - lag))


def _hankel(ops: Ops, c: Any, r: Any = None) -> Any:
    c = _vector(ops, c)
    n = ops.aval(c).size
    r = np.zeros(n, ops.aval(c).dtype) if r is None else _vector(ops, r)
    m = ops.aval(r).size
    both = ops.concatenate(c, ops.getitem(r, index=(("slice", 1, None, None),)), axis=0)
    return _taken(ops, both, np.arange(n)[:, None] + np.arange(m)[None, :])


def _circulant(ops: Ops, c: Any) -> Any:
    c = _vector(ops, c)
    n = ops.aval(c).size
    return _taken(ops, c, (np.arange(n)[:, None] - np.arange(n)[None, :]) % n)


def _block_diag(ops: Ops, *arrays: Any) -> Any:
    parts = [ops.atleast_2d(a) for a in arrays]
    columns = sum(ops.aval(p).shape[1] for p in parts)
    rows, start = [], 0
    for part in parts:
        height, width = ops.aval(part).shape
        dtype = ops.aval(part).dtype
        left = np.zeros((height, start), dtype)
        right = np.zeros((height, columns - start - width), dtype)
        rows.append(ops.concatenate(left, part, right, axis=1))
        start += width
    return ops.concatenate(*rows, axis=0)


_compose(
    "toeplitz",
    _toeplitz,
    lambda rng: [((rng.normal(size=3),), {}), ((rng.normal(size=3), rng.normal(size=4)), {})],
)
_compose(
    "hankel",
    _hankel,
    lambda rng: [((rng.normal(size=3),), {}), ((rng.normal(size=3), rng.normal(size=4)), {})],
)
_compose("circulant", _circulant, lambda rng: [((rng.normal(size=4),), {})])
_compose(
    "block_diag",
    _block_diag,
    lambda rng: [((rng.normal(size=(2, 3)), rng.normal(size=(1, 2)), rng.normal(size=2)), {})],
)
