"""Sparse matrices that are made of what is differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording.tracer import Tracer, contains_tracer
from .scipy import HANDLERS, NOT_HANDLED
from .sparse import Sparse, is_sparse, plain

if TYPE_CHECKING:
    from ..outside.parts import Calls


def _made(kind: str, is_array: bool) -> Callable[..., Any]:
    """`csr_matrix(...)` of traced data."""

    def handler(
        calls: Calls, arg1: Any, shape: Any = None, dtype: Any = None, copy: Any = False, **kw: Any
    ) -> Any:
        recorder = calls.recorder
        if type(arg1) is Sparse:
            return Sparse(arg1.format, arg1.shape, arg1.parts, is_array)
        if is_sparse(arg1) or not contains_tracer(arg1):
            return NOT_HANDLED
        if type(arg1) is tuple and len(arg1) in (2, 3) and not _is_dense(calls, arg1):
            data = recorder.array(arg1[0])
            places = arg1[1] if len(arg1) == 2 else arg1[1:]
            a, b = [recorder.array(recorder.concrete_deep(p)) for p in places]
            a, b = [recorder.const(np.array(plain(p))) for p in (a, b)]
            if shape is None and len(arg1) == 3 and kind in ("csr", "csc"):
                along, across = len(plain(b)) - 1, int(np.max(plain(a), initial=-1)) + 1
                shape = (along, across) if kind == "csr" else (across, along)
            elif shape is None:
                shape = tuple(int(np.max(plain(p), initial=-1)) + 1 for p in (a, b))
            wanted = recorder.concrete_deep(shape)
            made = kind if len(arg1) == 3 else "coo"
            return Sparse(made, (int(wanted[0]), int(wanted[1])), (data, a, b), is_array)
        dense = recorder.array(arg1)
        if len(recorder.shape(dense)) != 2:
            return NOT_HANDLED
        filled = np.asarray(recorder.concrete(recorder.operator("ne", dense, 0.0)))
        rows, columns = np.nonzero(filled)
        data = recorder.getitem(dense, (rows, columns))
        places = [recorder.const(p) for p in (rows, columns)]
        return Sparse("coo", recorder.shape(dense), (data, *places), is_array)  # type: ignore[arg-type]

    return handler


def _is_dense(calls: Calls, arg: tuple[Any, ...]) -> bool:
    """Whether a tuple is rows of a dense matrix, rather than data and places."""
    return not isinstance(arg[1], tuple | list | np.ndarray | Tracer)


def _diagonals(is_array: bool) -> Callable[..., Any]:
    """`diags(diagonals, offsets, shape)` of traced diagonals."""

    def handler(
        calls: Calls,
        diagonals: Any,
        /,
        offsets: Any = 0,
        shape: Any = None,
        format: Any = None,
        dtype: Any = None,
    ) -> Any:
        recorder = calls.recorder
        if not contains_tracer(diagonals):
            return NOT_HANDLED
        known = recorder.concrete_deep(offsets)
        single = np.ndim(known) == 0
        if single and (type(diagonals) is Tracer or not _rows_in(calls, diagonals)):
            diagonals = [diagonals]
        rows_of = list(calls.iterable(diagonals))
        steps = [int(k) for k in np.atleast_1d(known)]
        if shape is None:
            size = _length(calls, rows_of[0]) + abs(steps[0])
            shape = (size, size)
        height, width = (int(n) for n in recorder.concrete_deep(shape))
        parts, rows, columns = [], [], []
        for diagonal, step in zip(rows_of, steps, strict=True):
            count = min(height + min(step, 0), width - max(step, 0))
            value = recorder.array(diagonal)
            own = int(np.prod(recorder.shape(value), dtype=int))
            if own not in (1, count):
                raise ValueError(f"Diagonal length (index {step}: {own}) does not agree")
            value = recorder.apply("reshape", value, shape=(own,))
            parts.append(recorder.apply("broadcast_to", value, shape=(count,)))
            rows.append(np.arange(count) + max(-step, 0))
            columns.append(np.arange(count) + max(step, 0))
        data = recorder.apply("concatenate", *parts, axis=0)
        places = [recorder.const(np.concatenate(p)) for p in (rows, columns)]
        return Sparse("coo", (height, width), (data, *places), is_array)

    return handler


def _length(calls: Calls, value: Any) -> int:
    return int(np.prod(calls.recorder.shape(calls.recorder.array(value)), dtype=int))


def _rows_in(calls: Calls, diagonals: Any) -> bool:
    return isinstance(diagonals, list | tuple) and bool(
        calls.recorder.shape(calls.recorder.array(diagonals[0]))
    )


for _kind in ("csr", "csc", "coo"):
    for _suffix in ("matrix", "array"):
        HANDLERS[f"scipy.sparse._{_kind}.{_kind}_{_suffix}"] = _made(_kind, _suffix == "array")
HANDLERS["scipy.sparse._construct.diags"] = _diagonals(False)
HANDLERS["scipy.sparse._construct.diags_array"] = _diagonals(True)
