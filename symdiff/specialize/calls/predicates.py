"""What NumPy tells of arrays without a derivative: truths, places by shape alone, shared memory.

A truth that has the shape of an array stays a traced array; what the shape alone decides is plain.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording.memory import shares
from ..recording.positions import POSITIONS

if TYPE_CHECKING:
    from ..recording.recorder import Recorder


def _of_parts(name: str, real: bool) -> Callable[..., Any]:
    """`isreal` and `iscomplex`: what the imaginary part is compared with 0 by."""

    def predicate(recorder: Recorder, x: Any) -> Any:
        x = recorder.array(x)
        if not recorder.aval(x).dtype.startswith("complex"):
            shape = recorder.shape(x)
            return recorder.const(np.full(shape, real)) if shape else np.bool_(real)
        return _number_or_array(
            recorder, recorder.operator(name, recorder.apply("imag_of", x), 0.0)
        )

    return predicate


def _number_or_array(recorder: Recorder, value: Any) -> Any:
    return value if recorder.shape(value) else recorder.number(value)


def _infinite(sign: str) -> Callable[..., Any]:
    def predicate(recorder: Recorder, x: Any, out: Any = None) -> Any:
        x = recorder.array(x)
        infinite, side = recorder.apply("isinf", x), recorder.apply(sign, x, 0.0)
        found = recorder.apply("logical_and", infinite, side)
        if out is None:
            return _number_or_array(recorder, found)
        recorder.setitem(out, Ellipsis, found)
        return out

    return predicate


def _isin(
    recorder: Recorder,
    element: Any,
    test_elements: Any,
    assume_unique: Any = False,
    invert: Any = False,
    *,
    kind: Any = None,
) -> Any:
    element, test = recorder.array(element), recorder.array(test_elements)
    shape = recorder.shape(element)
    size = int(np.prod(recorder.shape(test), dtype=int))
    column = recorder.apply("reshape", element, shape=(*shape, 1))
    line = recorder.apply("reshape", test, shape=(size,))
    equal = recorder.operator("eq", column, line)
    found = recorder.apply("any", equal, axis=(-1,), keepdims=False)
    if recorder.concrete(invert):
        found = recorder.apply("logical_not", found)
    return found


def _indices_from(make: Callable[..., Any]) -> Callable[..., Any]:
    """`tril_indices_from` and the like: the shape is all they look at."""

    def indices(recorder: Recorder, arr: Any, *args: Any, **kwargs: Any) -> Any:
        shape = recorder.shape(recorder.array(arr))
        args = tuple(map(recorder.concrete, args))
        kwargs = {k: recorder.concrete(v) for k, v in kwargs.items()}
        return tuple(map(recorder.const, make(np.broadcast_to(0.0, shape), *args, **kwargs)))

    return indices


# -- sets: which elements are in them is decided by the specialization


def _shares(
    function: Callable[..., bool], recorder: Recorder, a: Any, b: Any, max_work: Any = None
) -> bool:
    """Whether memory is shared: the trace's arrays lie as the user's, which is then checked."""
    return shares(recorder, function, a, b, *([] if max_work is None else [max_work]))


def _unique(recorder: Recorder, a: Any) -> Any:
    return POSITIONS[np.unique](recorder, a)


def _common(invert: bool) -> Callable[..., Any]:
    def chosen(recorder: Recorder, ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
        first = recorder.array(ar1) if recorder.concrete(assume_unique) else _unique(recorder, ar1)
        return recorder.getitem(first, _isin(recorder, first, ar2, invert=invert))

    return chosen


_setdiff = _common(True)


def _setxor(recorder: Recorder, ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    a, b = _unique(recorder, ar1), _unique(recorder, ar2)
    parts = [_setdiff(recorder, a, b, True), _setdiff(recorder, b, a, True)]
    return recorder.call_by_name("sort", recorder.apply("concatenate", *parts, axis=0))


def _unique_named(function: Callable[..., Any], *asked: str) -> Callable[..., Any]:
    def unique(recorder: Recorder, x: Any) -> Any:
        given = dict.fromkeys(asked, True)
        found = POSITIONS[np.unique](recorder, x, **given, equal_nan=False)
        kind: Any = type(function(np.zeros(1)))
        return kind(*found)

    return unique


def _bin_edges(
    recorder: Recorder, a: Any, bins: Any = 10, range: Any = None, weights: Any = None
) -> Any:
    return POSITIONS[np.histogram](recorder, a, bins, range)[1]


def _sort_complex(recorder: Recorder, a: Any) -> Any:
    x = recorder.call_by_name("sort", a) if not _is_complex(recorder, a) else None
    if x is None:
        order = np.argsort(a.value)
        ranks = recorder.apply("real_of", a), recorder.apply("imag_of", a)
        found = POSITIONS[np.lexsort](recorder, ranks[::-1])
        return recorder.getitem(a, np.asarray(recorder.concrete(found)) if len(order) else order)
    return recorder.apply("complex_of", x, recorder.apply("zeros_like", x))


def _is_complex(recorder: Recorder, a: Any) -> bool:
    return bool(recorder.aval(recorder.array(a)).dtype.startswith("complex"))


def _min_scalar_type(recorder: Recorder, a: Any) -> Any:
    known = np.broadcast_to(np.zeros((), recorder.aval(a).dtype), recorder.shape(a))
    return np.min_scalar_type(known if recorder.shape(a) else recorder.concrete(a))


PREDICATES: dict[Any, Callable[..., Any]] = {
    np.isreal: _of_parts("eq", True),
    np.iscomplex: _of_parts("ne", False),
    np.isposinf: _infinite("gt"),
    np.isneginf: _infinite("lt"),
    np.isin: _isin,
    np.tril_indices_from: _indices_from(np.tril_indices_from),
    np.triu_indices_from: _indices_from(np.triu_indices_from),
    np.diag_indices_from: _indices_from(np.diag_indices_from),
    np.may_share_memory: partial(_shares, np.may_share_memory),
    np.shares_memory: partial(_shares, np.shares_memory),
    np.isfortran: lambda recorder, a: recorder.attribute(recorder.array(a), "flags").fnc,
    np.intersect1d: _common(False),
    np.setdiff1d: _setdiff,
    np.setxor1d: _setxor,
    np.unique_all: _unique_named(np.unique_all, "return_index", "return_inverse", "return_counts"),
    np.unique_counts: _unique_named(np.unique_counts, "return_counts"),
    np.unique_inverse: _unique_named(np.unique_inverse, "return_inverse"),
    np.histogram_bin_edges: _bin_edges,
    np.min_scalar_type: _min_scalar_type,
    np.sort_complex: _sort_complex,
}
"""What is called in the place of each function: `PREDICATES[function](recorder, ...)`."""
if hasattr(np, "in1d"):
    PREDICATES[np.in1d] = lambda recorder, a, b, *args, **kwargs: _isin(
        recorder, recorder.apply("ravel", recorder.array(a)), b, *args, **kwargs
    )
