"""Entries for `scipy.sparse`: products with a sparse matrix and solutions of sparse systems.

A matrix is three arrays, as SciPy has it: the data, and two arrays of integers that say where they
stand (`indices` and `indptr` of csr and csc, `row` and `col` of coo). Both the product and the
solution are linear in what is multiplied; their derivative in the data is an outer product of which
only the entries of the pattern are computed.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from ...program.program import Aval
from ..linalg.products import result_dtype
from ..table.entry import TABLE, Ops, StructuralEntry


def assembled(kind: str, shape: tuple[int, int], data: Any, a: Any, b: Any) -> Any:
    """SciPy's matrix, as an array."""
    sparse = importlib.import_module("scipy.sparse")
    if kind == "coo":
        return sparse.coo_array((data, (a, b)), shape=shape)
    return getattr(sparse, f"{kind}_array")((data, a, b), shape=shape)


def places(kind: str, a: Any, b: Any) -> tuple[Any, Any]:
    """The row and the column of each entry of the data."""
    if kind == "coo":
        return a, b
    along = np.repeat(np.arange(len(b) - 1), np.diff(b))
    return (along, a) if kind == "csr" else (a, along)


def _product(
    data: Any, a: Any, b: Any, x: Any, *, kind: str, shape: tuple[int, int], turned: bool
) -> Any:
    matrix = assembled(kind, shape, data, a, b)
    return np.asarray((matrix.T if turned else matrix) @ x)


def _product_infer(
    data: Aval, a: Aval, b: Aval, x: Aval, *, kind: str, shape: tuple[int, int], turned: bool
) -> Aval:
    rows, columns = shape[::-1] if turned else shape
    if not x.ndim or x.shape[0] != columns:
        raise ValueError(f"dimension mismatch: {(rows, columns)} and {x.shape}")
    return Aval.of((rows, *x.shape[1:]), result_dtype(data, x))


def _of_data(ops: Ops, u: Any, v: Any, data: Any, a: Any, b: Any, kind: str) -> Any:
    """A cotangent of the data: `u[row] * v[column]`."""
    return ops.sparse_outer(u, v, a, b, kind=kind, size=ops.aval(data).size)


def _product_pullback(
    ops: Ops, ct: Any, result: Any, data: Any, a: Any, b: Any, x: Any, **params: Any
) -> tuple[Any, ...]:
    turned = params["turned"]
    x_bar = ops.sparse_product(data, a, b, ct, **(params | {"turned": not turned}))
    pair = (x, ct) if turned else (ct, x)
    return _of_data(ops, *pair, data, a, b, params["kind"]), None, None, x_bar


def _outer(u: Any, v: Any, a: Any, b: Any, *, kind: str, size: int) -> Any:
    rows, columns = places(kind, a, b)
    each = u[rows] * v[columns]
    return np.sum(each, axis=1) if each.ndim > 1 else each


def _outer_shape(ops: Ops, u: Any, v: Any) -> tuple[int, int]:
    return ops.aval(u).shape[0], ops.aval(v).shape[0]


def _outer_pullback(
    ops: Ops, ct: Any, result: Any, u: Any, v: Any, a: Any, b: Any, *, kind: str, size: int
) -> tuple[Any, ...]:
    shape = _outer_shape(ops, u, v)
    u_bar = ops.sparse_product(ct, a, b, v, kind=kind, shape=shape, turned=False)
    v_bar = ops.sparse_product(ct, a, b, u, kind=kind, shape=shape, turned=True)
    return u_bar, v_bar, None, None


def _solution(
    data: Any, a: Any, b: Any, rhs: Any, *, kind: str, shape: tuple[int, int], turned: bool
) -> Any:
    linalg = importlib.import_module("scipy.sparse.linalg")
    matrix = assembled(kind, shape, data, a, b)
    found = linalg.spsolve((matrix.T if turned else matrix).tocsc(), rhs)
    return np.asarray(found).reshape(np.shape(rhs))


def _solution_infer(
    data: Aval, a: Aval, b: Aval, rhs: Aval, *, kind: str, shape: tuple[int, int], turned: bool
) -> Aval:
    if shape[0] != shape[1] or not rhs.ndim or rhs.shape[0] != shape[0]:
        raise ValueError(f"matrix - rhs dimension mismatch ({shape} - {rhs.shape})")
    return Aval.of(rhs.shape, np.result_type(np.dtype(result_dtype(data, rhs)), np.float32).name)


def _solution_pullback(
    ops: Ops, ct: Any, result: Any, data: Any, a: Any, b: Any, rhs: Any, **params: Any
) -> tuple[Any, ...]:
    turned = params["turned"]
    rhs_bar = ops.sparse_solve(data, a, b, ct, **(params | {"turned": not turned}))
    pair = (result, rhs_bar) if turned else (rhs_bar, result)
    data_bar = _of_data(ops, *pair, data, a, b, params["kind"])
    return ops.neg(data_bar), None, None, rhs_bar


def _solution_pushforward(
    ops: Ops, tangents: Any, result: Any, data: Any, a: Any, b: Any, rhs: Any, **params: Any
) -> Any:
    data_dot, _, _, moved = tangents
    if data_dot is not None:
        turned = ops.neg(ops.sparse_product(data_dot, a, b, result, **params))
        moved = turned if moved is None else ops.add(moved, turned)
    return ops.sparse_solve(data, a, b, moved, **params)


def _matrix(rng: Any) -> tuple[Any, ...]:
    data = np.array([4.0, 1.0, 5.0, 2.0, 6.0]) + 0.1 * rng.normal(size=5)
    return data, np.array([0, 2, 1, 0, 2]), np.array([0, 2, 3, 5])


def _calls(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    return [
        ((*_matrix(rng), rng.normal(size=shape)), {"kind": kind, "shape": (3, 3), "turned": turned})
        for kind, shape, turned in (("csr", 3, False), ("csc", (3, 2), False), ("csr", 3, True))
    ]


def _signature(*operands: Any, **params: Any) -> tuple[Any, dict[str, Any]]:
    return operands, params


def _written(o: Any, p: dict[str, Any]) -> str:
    """The matrix, as SciPy makes it of its three arrays."""
    a, b, shape = o[1], o[2], p["shape"]
    parts = f"({o[0]}, ({a}, {b}))" if p["kind"] == "coo" else f"({o[0]}, {a}, {b})"
    return f"{p['kind']}_array({parts}, {shape!r})" + (".T" if p["turned"] else "")


TABLE.add(
    StructuralEntry(
        name="sparse_product",
        numpy=_product,
        infer=_product_infer,
        pullback=_product_pullback,
        linear="each",
        signature=_signature,
        describe=lambda o, p: f"{_written(o, p)} @ {o[3]}",
        samples=_calls,
    )
)
TABLE.add(
    StructuralEntry(
        name="sparse_outer",
        numpy=_outer,
        infer=lambda u, v, a, b, *, kind, size: Aval.of((size,), result_dtype(u, v)),
        pullback=_outer_pullback,
        linear="each",
        signature=_signature,
        samples=lambda rng: [
            (
                (rng.normal(size=3), rng.normal(size=3), *_matrix(rng)[1:]),
                {"kind": "csr", "size": 5},
            )
        ],
    )
)
TABLE.add(
    StructuralEntry(
        name="sparse_solve",
        numpy=_solution,
        infer=_solution_infer,
        pullback=_solution_pullback,
        pushforward=_solution_pushforward,
        signature=_signature,
        describe=lambda o, p: f"spsolve({_written(o, p)}, {o[3]})",
        samples=_calls,
    )
)


def _by_factors(rhs: Any, *, lu: Any, trans: str) -> Any:
    return np.asarray(lu.solve(np.asarray(rhs, float), trans=trans))


TABLE.add(
    StructuralEntry(
        name="factored_solve",
        numpy=_by_factors,
        infer=lambda rhs, *, lu, trans: Aval.of(rhs.shape, "float64"),
        pullback=lambda ops, ct, result, rhs, *, lu, trans: (
            ops.factored_solve(ct, lu=lu, trans="N" if trans != "N" else "T"),
        ),
        linear="joint",
        describe=lambda o, p: f"lu.solve({o[0]}, trans={p['trans']!r})",
    )
)
