"""Entries for `scipy.linalg`: LU, polar and banded factors, functions of matrices beyond `expm`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..linalg.eigenvalues import eigenvalues_and_vectors
from ..linalg.products import result_dtype
from ..linalg.square_matrices import scipy_linalg, square, transpose_of, well_posed
from ..numbers.complexes import is_complex
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import draw, lowered
from ..table.signatures import refuse

_FLAGS = {
    "overwrite_a": False,
    "overwrite_b": False,
    "overwrite_ab": False,
    "check_finite": True,
    "lapack_driver": None,
    "cond": None,
    "overwrite_a_b": False,
    "left": False,
    "right": True,
    "homogeneous_eigvals": False,
    "b": None,
}


def _shuffled(rng: Any) -> Any:
    """Its largest elements are not on the diagonal."""
    return well_posed(rng)[[2, 0, 1]]


# -- LU: the order of the rows is a choice, constant where it does not jump


def _pivots(a: Any) -> Any:
    return scipy_linalg().lu_factor(a)[1].astype(np.int64)


def _order_of(pivots: Any) -> Any:
    order = np.arange(len(pivots))
    for k, p in enumerate(pivots):
        order[[k, p]] = order[[p, k]]
    return order


def _factored(a: Any) -> Any:
    """Elimination without exchanges: the rows are in order."""
    packed, pivots = scipy_linalg().lu_factor(a)
    if np.array_equal(pivots, np.arange(len(pivots))):
        return packed
    packed = np.array(a, np.result_type(a, np.float32))  # a tie was broken otherwise
    for k in range(len(packed) - 1):
        packed[k + 1 :, k] /= packed[k, k]
        packed[k + 1 :, k + 1 :] -= np.outer(packed[k + 1 :, k], packed[k, k + 1 :])
    return packed


def _parts(ops: Ops, packed: Any) -> tuple[Any, Any]:
    eye = np.eye(ops.aval(packed).shape[0], dtype=ops.aval(packed).dtype)
    return ops.add(ops.tril(packed, -1), eye), ops.triu(packed)


def _solve_lower(ops: Ops, packed: Any, b: Any, trans: int = 0) -> Any:
    return ops.solve_triangular(packed, b, trans=trans, lower=True, unit=True)


def _solve_upper(ops: Ops, packed: Any, b: Any, trans: int = 0) -> Any:
    return ops.solve_triangular(packed, b, trans=trans, lower=False, unit=False)


def _lu_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    lower, upper = _parts(ops, result)
    of_lower = ops.tril(ops.matmul(transpose_of(ops, lower), ops.tril(ct, -1)), -1)
    of_upper = ops.triu(ops.matmul(ops.triu(ct), transpose_of(ops, upper)))
    half = _solve_lower(ops, result, ops.add(of_lower, of_upper), 1)
    return (transpose_of(ops, _solve_upper(ops, result, transpose_of(ops, half))),)


def _lu_pushforward(ops: Ops, tangents: Any, result: Any, a: Any) -> Any:
    lower, upper = _parts(ops, result)
    half = _solve_lower(ops, result, tangents[0])
    moved = transpose_of(ops, _solve_upper(ops, result, transpose_of(ops, half), 1))
    return ops.add(ops.matmul(lower, ops.tril(moved, -1)), ops.matmul(ops.triu(moved), upper))


TABLE.add(
    StructuralEntry(
        name="lu_pivots",
        numpy=_pivots,
        infer=lambda a: Aval.of((square("lu", a).shape[0],), "int64"),
        pullback=lambda ops, ct, result, a: (None,),
        pushforward=lambda ops, tangents, result, a: None,
        samples=lambda rng: [((_shuffled(rng),), {})],
    )
)
TABLE.add(
    StructuralEntry(
        name="lu_order",
        numpy=lambda pivots, *, inverse: (
            np.argsort(_order_of(pivots)) if inverse else _order_of(pivots)
        ),
        infer=lambda pivots, *, inverse: Aval.of(pivots.shape, "int64"),
        pullback=lambda ops, ct, result, pivots, *, inverse: (None,),
        pushforward=lambda ops, tangents, result, pivots, *, inverse: None,
        signature=lambda pivots, inverse=False: ((pivots,), {"inverse": inverse}),
        samples=lambda rng: [((np.array([2, 1, 2]),), {"inverse": w}) for w in (False, True)],
    )
)
TABLE.add(
    StructuralEntry(
        name="lu_packed",
        numpy=_factored,
        infer=lambda a: Aval.of(square("lu", a).shape, result_dtype(a)),
        pullback=_lu_pullback,
        pushforward=_lu_pushforward,
        samples=lambda rng: [((well_posed(rng),), {})],
        source="Giles, Collected matrix derivative results, 2008; de Hoog et al., LU, 2011",
    )
)


def _rows_in_order(ops: Ops, a: Any, pivots: Any, inverse: bool = False) -> Any:
    return ops.getitem(a, ops.lu_order(pivots, inverse=inverse), index=(("array", 0),))


def _lu_factor(ops: Ops, a: Any, **more: Any) -> tuple[Any, Any]:
    refuse("lu_factor", more, _FLAGS)
    pivots = ops.lu_pivots(a)
    return ops.lu_packed(_rows_in_order(ops, a, pivots)), pivots


def _lu(ops: Ops, a: Any, permute_l: Any = False, **more: Any) -> Any:
    refuse("lu", more, {**_FLAGS, "p_indices": False})
    packed, pivots = _lu_factor(ops, a)
    lower, upper = _parts(ops, packed)
    if permute_l:
        return _rows_in_order(ops, lower, pivots, True), upper
    eye = np.eye(ops.aval(a).shape[0], dtype=ops.aval(a).dtype)
    return _rows_in_order(ops, eye, pivots, True), lower, upper


def _lu_solve(ops: Ops, lu_and_piv: Any, b: Any, trans: Any = 0, **more: Any) -> Any:
    refuse("lu_solve", more, _FLAGS)
    packed, pivots = lu_and_piv
    if trans:
        half = _solve_lower(ops, packed, _solve_upper(ops, packed, b, 1), 1)
        return _rows_in_order(ops, half, pivots, True)
    half = _solve_lower(ops, packed, _rows_in_order(ops, b, pivots))
    return _solve_upper(ops, packed, half)


lowered(
    "lu_factor", _lu_factor, ("scipy.linalg.lu_factor",), lambda r: [((_shuffled(r),), {})], "a"
)
lowered(
    "lu",
    _lu,
    ("scipy.linalg.lu",),
    lambda rng: [((_shuffled(rng),), {}), ((_shuffled(rng),), {"permute_l": True})],
    "a",
)
lowered(
    "lu_solve",
    _lu_solve,
    ("scipy.linalg.lu_solve",),
    lambda rng: [
        (((well_posed(rng), np.array([2, 1, 2])), rng.normal(size=s)), {"trans": t})
        for s, t in (((3,), 0), ((3, 2), 1))
    ],
    "b",
    free=("lu_and_piv",),
)

# -- the polar factor


def _polar_value(a: Any) -> Any:
    u, _, vt = np.linalg.svd(a)
    return u @ vt


def _turned(ops: Ops, u: Any, change: Any) -> Any:
    """The skew part of a change of an orthogonal matrix, seen from the matrix itself."""
    return _skew(ops, ops.matmul(transpose_of(ops, u), change))


def _polar_turn(ops: Ops, result: Any, a: Any, skew: Any) -> Any:
    """The skew `w` with `w @ p + p @ w` given, where `a = result @ p`."""
    p = ops.matmul(transpose_of(ops, result), a)
    return ops.solve_sylvester(p, p, skew)


def _skew(ops: Ops, x: Any) -> Any:
    return ops.sub(x, transpose_of(ops, x))


TABLE.add(
    StructuralEntry(
        name="polar_factor",
        numpy=_polar_value,
        infer=lambda a: Aval.of(square("polar", a).shape, result_dtype(a)),
        pullback=lambda ops, ct, result, a: (
            ops.matmul(
                result,
                _polar_turn(ops, result, a, _skew(ops, ops.matmul(transpose_of(ops, result), ct))),
            ),
        ),
        pushforward=lambda ops, tangents, result, a: ops.matmul(
            result,
            _polar_turn(
                ops, result, a, _skew(ops, ops.matmul(transpose_of(ops, result), tangents[0]))
            ),
        ),
        samples=lambda rng: [((well_posed(rng),), {})],
        source="Higham, Functions of Matrices, 2008, 8.1",
    )
)


def _polar(ops: Ops, a: Any, side: Any = "right") -> tuple[Any, Any]:
    u = ops.polar_factor(a)
    p = (
        ops.matmul(transpose_of(ops, u), a)
        if side == "right"
        else ops.matmul(a, transpose_of(ops, u))
    )
    return u, ops.div(ops.add(p, transpose_of(ops, p)), 2.0)


lowered(
    "polar",
    _polar,
    ("scipy.linalg.polar",),
    lambda rng: [((well_posed(rng),), {"side": s}) for s in ("right", "left")],
    "a",
)

# -- functions of matrices


def _block(ops: Ops, x: Any, row: int, column: int) -> Any:
    n = ops.aval(x).shape[0] // 2
    return ops.getitem(
        x,
        index=(
            ("slice", row * n, (row + 1) * n, None),
            ("slice", column * n, (column + 1) * n, None),
        ),
    )


def _blocks(ops: Ops, a: Any, b: Any, c: Any, d: Any) -> Any:
    return ops.concatenate(ops.concatenate(a, b, axis=1), ops.concatenate(c, d, axis=1), axis=0)


def _cosm_sinm(ops: Ops, a: Any) -> tuple[Any, Any]:
    """The exponential of `i*a`, in real numbers."""
    zero = np.zeros(square("cosm", ops.aval(a)).shape, ops.aval(a).dtype)
    turned = ops.expm(_blocks(ops, zero, ops.neg(a), a, zero))
    return _block(ops, turned, 0, 0), _block(ops, turned, 1, 0)


def _coshm_sinhm(ops: Ops, a: Any) -> tuple[Any, Any]:
    up, down = ops.expm(a), ops.expm(ops.neg(a))
    return ops.div(ops.add(up, down), 2.0), ops.div(ops.sub(up, down), 2.0)


for _name, _lower in (
    ("cosm", lambda ops, a: _cosm_sinm(ops, a)[0]),
    ("sinm", lambda ops, a: _cosm_sinm(ops, a)[1]),
    ("tanm", lambda ops, a: ops.solve(*_cosm_sinm(ops, a))),
    ("coshm", lambda ops, a: _coshm_sinhm(ops, a)[0]),
    ("sinhm", lambda ops, a: _coshm_sinhm(ops, a)[1]),
    ("tanhm", lambda ops, a: ops.solve(*_coshm_sinhm(ops, a))),
):
    lowered(_name, _lower, (f"scipy.linalg.{_name}",), draw((((3, 3),), {})), "a")


def _logm_value(a: Any) -> Any:
    w = np.linalg.eigvals(a)
    if np.any((w.real <= 0) & (np.abs(w.imag) <= 1e-14 * np.abs(w))):
        raise UnsupportedError("`logm` left the real numbers here")
    # In double precision; what is left of an imaginary part is rounding.
    log = np.real(scipy_linalg().logm(np.asarray(a, float)))
    return log.astype(np.result_type(a, np.float32), copy=False)


def _logm_along_value(a: Any, e: Any) -> Any:
    n = len(a)
    block = np.block([[a, e], [np.zeros_like(a), a]])
    with warnings.catch_warnings():  # SciPy's estimate takes the block for a matrix like others
        warnings.simplefilter("ignore", RuntimeWarning)
        return _logm_value(block)[:n, n:].astype(np.result_type(a, e), copy=False)


def _along(ops: Ops, a: Any, e: Any, corner: Any) -> Any:
    """How the logarithm of `[[a, e], [0, a]]` moves with a matrix of blocks: upper right."""
    zero = np.zeros(ops.aval(a).shape, ops.aval(a).dtype)
    return _block(ops, ops.logm_along(_blocks(ops, a, e, zero, a), corner), 0, 1)


def _logm_along_pullback(ops: Ops, ct: Any, result: Any, a: Any, e: Any) -> tuple[Any, Any]:
    # The adjoint of the derivative of a matrix function is the derivative at the transpose.
    zero = np.zeros(ops.aval(a).shape, ops.aval(a).dtype)
    a_bar = _along(
        ops, transpose_of(ops, a), transpose_of(ops, e), _blocks(ops, ct, zero, zero, ct)
    )
    return a_bar, ops.logm_along(transpose_of(ops, a), ct)


def _logm_along_pushforward(ops: Ops, tangents: Any, result: Any, a: Any, e: Any) -> Any:
    a_dot, e_dot = tangents
    if a_dot is None:
        return ops.logm_along(a, e_dot)
    zero = np.zeros(ops.aval(a).shape, ops.aval(a).dtype)
    corner = _blocks(ops, a_dot, zero if e_dot is None else e_dot, zero, a_dot)
    return _along(ops, a, e, corner)


def _near_one(rng: Any) -> Any:
    return 2.0 * np.eye(3) + 0.3 * rng.normal(size=(3, 3))


def _fractional_power(ops: Ops, A: Any, t: Any) -> Any:
    """A power by its definition, `exp(t*log(A))`; a whole one by products."""
    if isinstance(t, int | float) and float(t).is_integer():
        return ops.matrix_power(A, n=int(t))
    return ops.expm(ops.mul(ops.logm(A), t))


TABLE.add(
    StructuralEntry(
        name="logm",
        names=("scipy.linalg.logm",),
        numpy=_logm_value,
        infer=lambda a: Aval.of(square("logm", a).shape, result_dtype(a)),
        pullback=lambda ops, ct, result, a: (ops.logm_along(transpose_of(ops, a), ct),),
        pushforward=lambda ops, tangents, result, a: ops.logm_along(a, tangents[0]),
        samples=lambda rng: [((_near_one(rng)[:2, :2],), {})],
        source="Higham, Functions of Matrices, 2008, 3.2, 11.8",
    )
)
TABLE.add(
    StructuralEntry(
        name="logm_along",
        numpy=_logm_along_value,
        infer=lambda a, e: Aval.of(square("logm", a).shape, result_dtype(a, e)),
        pullback=_logm_along_pullback,
        pushforward=_logm_along_pushforward,
        samples=lambda rng: [((_near_one(rng)[:2, :2], rng.normal(size=(2, 2))), {})],
        source="Higham, Functions of Matrices, 2008, 3.2, 11.8",
    )
)


def _expm_frechet(
    ops: Ops, A: Any, E: Any, method: Any = None, compute_expm: Any = True, check_finite: Any = True
) -> Any:
    moved = ops.expm_frechet(A, E)
    return (ops.expm(A), moved) if compute_expm else moved


lowered(
    "scipy_expm_frechet",
    _expm_frechet,
    ("scipy.linalg.expm_frechet",),
    draw((((3, 3), (3, 3)), {}), (((3, 3), (3, 3)), {"compute_expm": False})),
    "A",
    "E",
)
lowered(
    "solve_continuous_lyapunov",
    lambda ops, a, q: ops.solve_sylvester(a, transpose_of(ops, a), q),
    ("scipy.linalg.solve_continuous_lyapunov", "scipy.linalg.solve_lyapunov"),
    lambda rng: [((well_posed(rng), rng.normal(size=(3, 3))), {})],
    "a",
    "q",
)

# -- as SciPy calls them


def _lstsq(ops: Ops, a: Any, b: Any, **more: Any) -> Any:
    refuse("lstsq", more, _FLAGS)
    x, residues, rank, values = ops.apply("lstsq", a, b)
    if ops.aval(b).ndim == 1 and ops.aval(residues).shape == (1,):
        residues = ops.reshape(residues, shape=())
    return x, residues, rank, values


def _eig(ops: Ops, a: Any, b: Any = None, left: Any = False, right: Any = True, **more: Any) -> Any:
    refuse("eig", {"b": b, "left": left, **more}, _FLAGS)
    w, v, _ = eigenvalues_and_vectors(ops, a)
    if not is_complex(ops.aval(w)):
        w = ops.complex_of(w, ops.zeros_like(w))
    return (w, v) if right else w


def _of_real_eigenvalues(rng: Any) -> Any:
    x = well_posed(rng)
    return [((x @ np.diag([1.0, 3.0, 6.0]) @ np.linalg.inv(x),), {})]


lowered(
    "scipy_lstsq",
    _lstsq,
    ("scipy.linalg.lstsq",),
    draw((((4, 2), (4,)), {}), (((4, 2), (4, 3)), {})),
    "a",
    "b",
)
lowered("scipy_eig", _eig, ("scipy.linalg.eig",), _of_real_eigenvalues, "a", free=("b",))
lowered(
    "scipy_eigvals",
    lambda ops, a, b=None, **more: _eig(ops, a, b, right=False, **more),
    ("scipy.linalg.eigvals",),
    _of_real_eigenvalues,
    "a",
    free=("b",),
)
lowered(
    "fractional_matrix_power",
    _fractional_power,
    ("scipy.linalg.fractional_matrix_power",),
    lambda rng: [((_near_one(rng), 0.3), {}), ((_near_one(rng), 2.0), {})],
    "A",
    free=("t",),
)
