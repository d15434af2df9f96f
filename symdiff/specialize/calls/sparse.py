"""Sparse matrices of SciPy in a traced function: products, solutions, methods.

A matrix from outside is read at every call, its data and where they stand. One that is made of
traced data is a `Sparse`, in coordinates.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..outside.callbacks import public_name, refuse_by_name
from ..recording.tracer import Tracer, contains_tracer
from .scipy import NOT_HANDLED, SPARSE

if TYPE_CHECKING:
    from ..outside.parts import Calls


_PARTS = {
    "csr": ("indices", "indptr"),
    "csc": ("indices", "indptr"),
    "bsr": ("indices", "indptr"),
    "coo": ("row", "col"),
    "dia": ("offsets", "offsets"),
}


class Sparse:
    """A matrix of traced data.

    Attributes:
        format, shape: as SciPy has them.
        parts: the data and two arrays of integers, as `operations.scipy.sparse` has them.
        is_array: whether `*` is elementwise, as for SciPy's sparse arrays.
    """

    def __init__(
        self, format: str, shape: tuple[int, int], parts: Sequence[Any], is_array: bool
    ) -> None:
        self.format = format
        self.shape = shape
        self.ndim = 2
        self.parts = tuple(parts)
        self.is_array = is_array

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def is_sparse(value: Any) -> bool:
    """Whether this is a sparse matrix of SciPy's, or one of traced data.

    >>> is_sparse(np.eye(2))
    False
    """
    if type(value) is Sparse:
        return True
    module = sys.modules.get("scipy.sparse")
    return module is not None and bool(module.issparse(value))


def opened(calls: Calls, matrix: Any) -> Sparse:
    """A matrix by its parts; one from outside is read at every call."""
    if type(matrix) is Sparse:
        return matrix
    kind = matrix.format
    if kind not in _PARTS or matrix.ndim != 2 or matrix.dtype.kind not in "fiub":
        calls.recorder.refuse(
            f"a sparse matrix in {kind} format, of {matrix.ndim} dimensions and {matrix.dtype}",
            remedy="make a real matrix in csr format of it, outside the function",
        )
    reader = calls.hooks.reader
    outside = reader.is_outside(matrix)

    def read(name: str) -> Any:
        if outside:
            return calls.hooks.attributes.outside(matrix, name)
        return calls.recorder.const(np.array(getattr(matrix, name)))

    shape = tuple(map(int, matrix.shape))
    if outside:
        held = calls.hooks.attributes.outside(matrix, "shape")
        shape = tuple(int(calls.recorder.concrete(n)) for n in held)
    parts = [read(name) for name in ("data", *_PARTS[kind])]
    is_array = not type(matrix).__name__.endswith("_matrix")
    if kind in ("dia", "bsr"):
        kind, parts = "coo", _by_blocks(calls, kind, shape, parts)
    return Sparse(kind, (shape[0], shape[1]), parts, is_array)


def _by_blocks(calls: Calls, kind: str, shape: tuple[int, ...], parts: list[Any]) -> list[Any]:
    """Diagonals or blocks in coordinates; where they stand is decided by the specialization."""
    recorder = calls.recorder
    data, first, second = parts
    held = recorder.shape(data)
    steps = np.asarray(recorder.concrete(first))
    if kind == "dia":
        columns = np.broadcast_to(np.arange(held[1]), held)
        rows = columns - steps[:, None]
        taken = (rows >= 0) & (rows < shape[0]) & (columns < shape[1])
        data = recorder.getitem(data, np.nonzero(taken))
        rows, columns = rows[taken], columns[taken]
    else:
        starts = np.asarray(recorder.concrete(second))
        along = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        inside = np.indices(held[1:])
        rows = (along[:, None, None] * held[1] + inside[0]).ravel()
        columns = (steps[:, None, None] * held[2] + inside[1]).ravel()
        data = recorder.apply("reshape", data, shape=(int(np.prod(held)),))
    return [data, recorder.const(np.array(rows)), recorder.const(np.array(columns))]


def vector(calls: Calls, x: Any) -> Any:
    """A right side as an array."""
    x = calls.recorder.array(x)
    if calls.recorder.shape(x) and not calls.recorder.aval(x).is_inexact:
        return calls.recorder.apply("cast", x, dtype="float64")
    return x


def product(calls: Calls, matrix: Any, x: Any, turned: bool = False) -> Any:
    """`matrix @ x`, or its transpose times `x`."""
    a = opened(calls, matrix)
    recorder = calls.recorder
    if is_sparse(x):
        recorder.refuse("a product of two sparse matrices", remedy="use dense arrays")
    given = {"kind": a.format, "shape": a.shape, "turned": turned}
    return recorder.apply("sparse_product", *a.parts, vector(calls, x), **given)


def solution(calls: Calls, matrix: Any, b: Any, turned: bool = False) -> Any:
    """What `spsolve(matrix, b)` gives."""
    a = opened(calls, matrix)
    recorder = calls.recorder
    if is_sparse(b):
        recorder.refuse("`spsolve` of a sparse right-hand side", remedy="use b.toarray()")
    b = vector(calls, b)
    if len(recorder.shape(b)) == 2 and recorder.shape(b)[1] == 1:
        b = recorder.apply("reshape", b, shape=(recorder.shape(b)[0],))
    given = {"kind": a.format, "shape": a.shape, "turned": turned}
    return recorder.apply("sparse_solve", *a.parts, b, **given)


# -- arithmetic


def _coordinates(calls: Calls, matrix: Any) -> Sparse:
    """A matrix in coordinates; where its entries stand is then decided by the specialization."""
    a = opened(calls, matrix)
    if a.format == "coo":
        return a
    recorder = calls.recorder
    indices, indptr = [np.asarray(recorder.concrete(recorder.array(p))) for p in a.parts[1:]]
    along = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    rows, columns = (along, indices) if a.format == "csr" else (indices, along)
    places = [recorder.const(np.array(p)) for p in (rows, columns)]
    return Sparse("coo", a.shape, (a.parts[0], *places), a.is_array)


def _added(calls: Calls, left: Any, right: Any, sign: str = "pos") -> Any:
    if not is_sparse(left) or not is_sparse(right):
        return NotImplemented
    recorder = calls.recorder
    a, b = _coordinates(calls, left), _coordinates(calls, right)
    if a.shape != b.shape:
        raise ValueError("inconsistent shapes")
    second = recorder.operator(sign, b.parts[0])
    data = recorder.apply("concatenate", a.parts[0], second, axis=0)
    places = [
        recorder.const(np.concatenate([plain(p), plain(q)]))
        for p, q in zip(a.parts[1:], b.parts[1:], strict=True)
    ]
    return Sparse("coo", a.shape, (data, *places), a.is_array)


def plain(value: Any) -> Any:
    """The value that a tracer has here."""
    return value.value if type(value) is Tracer else value


def _scaled(calls: Calls, matrix: Any, by: Any, name: str = "mul") -> Any:
    a = opened(calls, matrix)
    data = calls.recorder.operator(name, a.parts[0], by)
    return Sparse(a.format, a.shape, (data, *a.parts[1:]), a.is_array)


def _times(calls: Calls, matrix: Any, other: Any, turned: bool = False) -> Any:
    """`matrix * other`: a product for matrices, by a number for both."""
    if not is_sparse(other) and not calls.recorder.shape(calls.recorder.array(other)):
        return _scaled(calls, matrix, other)
    if opened(calls, matrix).is_array:
        return _multiplied(calls, matrix, other)
    return product(calls, matrix, other, turned)


def _multiplied(calls: Calls, matrix: Any, other: Any) -> Any:
    """`matrix.multiply(other)`: element by element."""
    if is_sparse(other):
        refuse_by_name(calls, f"{_name(matrix)}.multiply")
    recorder = calls.recorder
    a = _coordinates(calls, matrix)
    spread = recorder.apply("broadcast_to", recorder.array(other), shape=a.shape)
    there = recorder.getitem(spread, tuple([plain(p) for p in a.parts[1:]]))
    data = recorder.operator("mul", a.parts[0], there)
    return Sparse("coo", a.shape, (data, *a.parts[1:]), a.is_array)


def _reflected(calls: Calls, matrix: Any, other: Any) -> Any:
    """`other @ matrix`."""
    other = calls.recorder.array(other)
    if len(calls.recorder.shape(other)) == 1:
        return product(calls, matrix, other, True)
    flipped = calls.recorder.apply("transpose", other, axes=None)
    return calls.recorder.apply("transpose", product(calls, matrix, flipped, True), axes=None)


def _reflected_times(calls: Calls, matrix: Any, other: Any) -> Any:
    if not calls.recorder.shape(calls.recorder.array(other)):
        return _scaled(calls, matrix, other)
    if opened(calls, matrix).is_array:
        return _multiplied(calls, matrix, other)
    return _reflected(calls, matrix, other)


def _transposed(calls: Calls, matrix: Any, *args: Any, **kwargs: Any) -> Any:
    a = opened(calls, matrix)
    swap = {"csr": "csc", "csc": "csr", "coo": "coo"}
    first, second = a.parts[1:]
    places = (second, first) if a.format == "coo" else (first, second)
    return Sparse(swap[a.format], a.shape[::-1], (a.parts[0], *places), a.is_array)


def _dense(calls: Calls, matrix: Any, *args: Any, **kwargs: Any) -> Any:
    return product(calls, matrix, np.eye(opened(calls, matrix).shape[1]))


def _same(calls: Calls, matrix: Any, *args: Any, **kwargs: Any) -> Any:
    return matrix


def _summed(calls: Calls, matrix: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
    a = opened(calls, matrix)
    axis = calls.recorder.concrete(axis)
    if axis is None:
        return calls.recorder.call_by_name("sum", product(calls, a, np.ones(a.shape[1])))
    found = product(
        calls,
        a,
        np.ones(a.shape[1 - axis % 2]) if axis % 2 else np.ones(a.shape[0]),
        turned=axis % 2 == 0,
    )
    if a.is_array:
        return found
    shape = (-1, 1) if axis % 2 else (1, -1)
    return calls.recorder.apply("reshape", found, shape=shape)


def _element(calls: Calls, matrix: Any, index: Any) -> Any:
    """`matrix[i, j]`: an element of it; rows and blocks would be sparse again."""
    recorder = calls.recorder
    found = recorder.getitem(_dense(calls, matrix), index)
    if recorder.shape(found):
        recorder.refuse(
            "rows and blocks of a sparse matrix of traced data",
            remedy="take them of matrix.toarray()",
        )
    return found


def _on_diagonal(calls: Calls, matrix: Any, k: Any = 0) -> Any:
    return calls.recorder.call_by_name("diagonal", _dense(calls, matrix), offset=k)


def _unsupported(name: str) -> Callable[..., Any]:
    def refuse(calls: Calls, matrix: Any, *args: Any) -> Any:
        return refuse_by_name(calls, f"scipy.sparse.{matrix.format}_matrix.{name}")

    return refuse


_REFUSED = ("__setitem__", "__iter__", "__len__", "__pow__", "__abs__")

_METHODS: dict[str, Callable[..., Any]] = {
    "__matmul__": product,
    "dot": lambda calls, a, x: (_times if _is_number(calls, x) else product)(calls, a, x),
    "__rmatmul__": _reflected,
    "__mul__": _times,
    "__rmul__": _reflected_times,
    "__truediv__": lambda calls, a, by: _scaled(calls, a, by, "div"),
    "__neg__": lambda calls, a: _scaled(calls, a, -1.0),
    "__add__": _added,
    "__radd__": _added,
    "__sub__": lambda calls, a, b: _added(calls, a, b, "neg"),
    "__rsub__": lambda calls, a, b: _added(calls, _scaled(calls, a, -1.0), b),
    "transpose": _transposed,
    "multiply": _multiplied,
    "toarray": _dense,
    "sum": _summed,
    "__getitem__": _element,
    "diagonal": _on_diagonal,
    **dict.fromkeys(("tocsr", "tocsc", "tocoo", "copy", "asformat"), _same),
    **{
        name: _unsupported(name)
        for name in ("__setitem__", "__iter__", "__len__", "__pow__", "__abs__")
    },
}
"""Methods of matrices that are followed; others are refused by name where traced data meet them."""


def _is_number(calls: Calls, x: Any) -> bool:
    return not is_sparse(x) and not calls.recorder.shape(calls.recorder.array(x))


def _name(matrix: Any) -> str:
    return "scipy.sparse matrix" if type(matrix) is Sparse else public_name(type(matrix))


def method(calls: Calls, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """A method of a sparse matrix of SciPy that meets something traced."""
    further = (*args[1:], *kwargs.values())
    if not any(contains_tracer(v) or type(v) is Sparse for v in further):
        return NOT_HANDLED
    follow = _METHODS.get(name)
    return NOT_HANDLED if follow is None else follow(calls, *args, **kwargs)


def _own(name: str) -> Callable[..., Any]:
    def placeholder(self: Sparse, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("called outside a trace")

    placeholder.__name__ = name
    placeholder.__symdiff_traced__ = _METHODS[name]  # type: ignore[attr-defined]
    return placeholder


for _method in _METHODS:
    setattr(Sparse, _method, _own(_method))


def _attribute(calls: Calls, matrix: Sparse, name: str) -> Any:
    if name == "T":
        return _transposed(calls, matrix)
    if name in _METHODS:
        return MethodType(getattr(Sparse, name), matrix)
    if name == "data":
        return matrix.parts[0]
    return refuse_by_name(calls, f"scipy.sparse.{matrix.format}_matrix.{name}")


_lookup: Any = Sparse.__getattr__
_lookup.__symdiff_traced__ = _attribute
SPARSE["method"] = method
