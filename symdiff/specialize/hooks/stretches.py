"""Sums over parts of arrays whose ends vary: one operation in what stands for all iterations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..recording.tracer import UNKNOWN, Tracer
from ..recording.windows import is_same_number, moves_by

_FUNCTIONS = {"sum": (np.sum,), "dot": (np.dot,)}


def summed(hooks: Any, name: str, form: str, site: int, function: Any, *given: Any) -> Any:
    """What `rewriting/stretches.py` has found: what the expression gives.

    Args:
        hooks: of the trace.
        name: what sums up.
        form: what it sums up.
        site: where.
        function: that is called, or `None`.
        given: what parts are read of, each with an index.
    """
    pairs = list(zip(given[::2], given[1::2], strict=True))
    recorder = hooks.recorder
    recorder.site = site
    if any(w.probing for w in recorder.watches):
        known = function is None or function in _FUNCTIONS[name]
        found = _over_stretch(recorder, name, form, pairs) if known else None
        if found is not None:
            return found
    values = [hooks.getitem(owner, index, site) for owner, index in pairs]
    if form == "pow":
        values = [hooks.operator("pow")(*values, 2, site)]
    elif form == "mul":
        values = [hooks.operator("mul")(*values, site)]
    if name == "matmul":
        return hooks.operator("matmul")(*values, site)
    if name == ".sum":
        return hooks.calls.call(site, hooks.attributes.get(values[0], "sum", site))
    return hooks.calls.call(site, function, *values)


def _over_stretch(recorder: Any, name: str, form: str, pairs: Sequence[tuple[Any, Any]]) -> Any:
    """The sum as one operation, or `None`."""
    if recorder.abstract or recorder.free is not None:
        return None
    rows, bounds, sizes = [], [], []
    for owner, index in pairs:
        parts = index if type(index) is tuple else (index,)
        if not _is_matrix(owner, len(parts)):
            return None
        if not all(type(p) is slice or type(p) is int or _is_place(recorder, p) for p in parts):
            return None
        axis = next(k for k, p in enumerate(parts) if type(p) is slice)
        sizes.append(recorder.shape(owner)[axis])
        bounds.append((parts[axis].start, parts[axis].stop))
        rows.append((owner, tuple([slice(None) if type(p) is slice else p for p in parts])))
    start, stop = bounds[0]
    if not all(b is None or type(b) is int or _is_place(recorder, b) for b in (start, stop)):
        return None
    if not moves_by(recorder, start, stop):
        return None
    for other in bounds[1:]:
        pairwise = zip(bounds[0], other, strict=True)
        if not all(is_same_number(recorder, a, b) for a, b in pairwise):
            return None
    if len(set(sizes)) > 1:
        return None
    values = [o if len(i) == 1 else recorder.getitem(o, i) for o, i in rows]
    ends = (0 if start is None else start, sizes[0] if stop is None else stop)
    if form == "one":
        return recorder.apply("sum_over_stretch", *values, *ends)
    pair = values * 2 if form == "pow" else values
    return recorder.apply("product_over_stretch", *pair, *ends, pairs=form == "two")


def _is_matrix(owner: Any, ndim: int) -> bool:
    """Whether it is an array of floats of so many dimensions."""
    if type(owner) is not Tracer or owner.value is UNKNOWN:
        return False
    value = owner.value
    return isinstance(value, np.ndarray) and value.ndim == ndim and value.dtype == np.float64


def _is_place(recorder: Any, value: Any) -> bool:
    if type(value) is not Tracer or value.value is UNKNOWN or recorder.shape(value):
        return False
    return bool(recorder.aval(value).dtype == "int64")
