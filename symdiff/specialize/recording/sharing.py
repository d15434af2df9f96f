"""Which results of NumPy's functions share memory with their arguments: as NumPy has it.

What a call stands for here may do with fewer copies than NumPy, where nobody would see it. A write
does see it: to the argument, which must not reach a copy, or to the result, which has to reach what
it is a view of. So results are copied where NumPy copies, and where that depends on how an array
lies in memory, NumPy itself is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...operations.table.structural import Structural
from .application import Application
from .statements import root_of
from .tracer import UNKNOWN, Tracer, contains_tracer

_VIEWS = frozenset(
    {
        "asanyarray", "asarray", "asarray_chkfinite", "astype", "atleast_1d", "atleast_2d",
        "atleast_3d", "array", "array_split", "broadcast_arrays", "broadcast_to", "diag",
        "diagonal", "diff", "dsplit", "expand_dims", "flip", "fliplr", "flipud", "hsplit", "imag",
        "ix_", "matrix_power", "matrix_transpose", "moveaxis", "nan_to_num", "permute_dims",
        "ravel", "real", "real_if_close", "reshape", "rollaxis", "rot90", "sliding_window_view",
        "split", "squeeze", "swapaxes", "transpose", "trim_zeros", "unstack", "vsplit",
    }
)  # fmt: skip
"""NumPy's functions that may give a view of their argument, or the argument itself."""

_BY_LAYOUT = frozenset({"ascontiguousarray", "asfortranarray", "require"})
"""Those that give a view or a copy by how the argument lies in memory."""

_LAYING = frozenset({"copy", "empty_like", "full_like", "ones_like", "sort", "zeros_like"})
"""Those that have an order of their own, or that of their argument."""

_SPREAD = frozenset({"broadcast_arrays", "meshgrid"})
"""Those whose results repeat elements in memory, and may be written to all the same."""

VIEWING_METHODS = frozenset(
    {
        "T", "mT", "__getitem__", "conj", "conjugate", "diagonal", "real", "imag", "ravel",
        "reshape", "squeeze", "swapaxes", "transpose", "view", "astype",
    }
)  # fmt: skip
"""Methods of arrays that may give a view, or the array itself."""


def as_numpy_shares(
    recorder: Application,
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    result: Any,
) -> Any:
    """The result of one of NumPy's functions, copied if NumPy copies, or the view that it gives."""
    if not (getattr(function, "__module__", None) or "numpy").startswith("numpy"):
        return result
    name = getattr(function, "__name__", "")
    if name == "meshgrid" and kwargs.get("copy", True) is not False:
        return separate(recorder, result, args)
    if name in _SPREAD:
        _note_spread(recorder, result)
        return result
    if name == "einsum":
        return _einsum(recorder, function, args, kwargs, result)
    if name == "imag":
        return fixed(recorder, result)
    if name in _VIEWS and not isinstance(function, np.ufunc):
        return result
    if name in _BY_LAYOUT:
        return _by_layout(recorder, function, args, kwargs, result)
    return separate(recorder, result, args)


def as_numpy_lays(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], result: Any
) -> Any:
    """The result of one of NumPy's functions, which lies in memory as NumPy's own does.

    Most others of NumPy's lie as the trace's anyway, whose values they compute.
    """
    if getattr(function, "__name__", "") not in _LAYING or type(result) is not Tracer:
        return result
    values = [a.value if type(a) is Tracer else a for a in args]
    usual = all(not isinstance(v, np.ndarray) or v.flags.c_contiguous for v in values)
    asked = "order" in kwargs or any(type(v) is str for v in values)
    if (usual and not asked) or any(v is UNKNOWN for v in values):
        return result
    if root_of(result) is result and not any(type(v) is Tracer for v in kwargs.values()):
        theirs = function(*values, **kwargs)
        if theirs.shape == np.shape(result.value) and theirs.strides != result.value.strides:
            theirs[...] = result.value
            result.value = theirs
    return result


def _note_spread(recorder: Application, results: Sequence[Any]) -> None:
    for result in results:
        if type(result) is not Tracer or not isinstance(result.value, np.ndarray):
            continue
        if not result.value.flags.writeable and root_of(result) is not result:
            recorder.spread[id(result)] = result


def check_apart(recorder: Application, tracer: Tracer) -> None:
    """Refuse a write to repeated elements that NumPy allows: it is seen in all of them."""
    look: Tracer | None = tracer
    while look is not None:
        if id(look) in recorder.spread and _may_write(root_of(look)):
            recorder.refuse(
                "a write to an array whose elements share their memory",
                why="NumPy allows it for results of broadcast_arrays, with a warning",
                remedy="write to a copy: `a = a.copy()`",
            )
        look = look.base


def _may_write(root: Tracer) -> bool:
    return not isinstance(root.value, np.ndarray) or bool(root.value.flags.writeable)


def separate(recorder: Application, result: Any, args: Sequence[Any]) -> Any:
    """A result without views of anything, and without arguments."""
    if isinstance(result, list | tuple):
        parts = [separate(recorder, part, args) for part in result]
        same = all(one is other for one, other in zip(parts, result, strict=True))
        if same:
            return result
        return type(result)(parts) if type(result) in (list, tuple) else type(result)(*parts)
    if type(result) is not Tracer or not _shares(recorder, result, args):
        return result
    return recorder.copied(result)


def _shares(recorder: Application, result: Tracer, args: Sequence[Any]) -> bool:
    if result.value is not UNKNOWN and not isinstance(result.value, np.ndarray):
        return False
    if not recorder.shape(result) and result.value is UNKNOWN:
        return False
    value = result.value
    if isinstance(value, np.ndarray) and not value.flags.writeable:
        return True  # what is repeated lies in memory once, and NumPy has all of it
    return _is_among(root_of(result), args)


def _is_among(root: Tracer, args: Any) -> bool:
    return any(_holds(arg, root) for arg in args)


def _holds(value: Any, root: Tracer) -> bool:
    if type(value) is Tracer:
        return root_of(value) is root
    return isinstance(value, list | tuple) and _is_among(root, value)


def relaid(recorder: Application, x: Tracer, theirs: Any) -> Tracer:
    """A copy of an array that lies in memory as an array of NumPy's."""
    result: Tracer = recorder.copied(x)
    result.value = np.array(theirs)
    return result


def _by_layout(
    recorder: Application,
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    result: Any,
) -> Any:
    source = args[0] if args else None
    if type(source) is not Tracer or result is not source or source.value is UNKNOWN:
        return result
    theirs = function(source.value, *args[1:], **kwargs)
    if theirs is source.value or np.may_share_memory(theirs, source.value):
        recorder.reshaped[id(source)] = source
        return result
    recorder.lays_matter = True
    return relaid(recorder, source, theirs)


def in_order(recorder: Application, x: Tracer, result: Tracer, order: Any) -> Tracer:
    """The result of `np.asarray(x, order=...)`: a copy, if `x` lies in another order."""
    if order not in ("C", "F") or x.value is UNKNOWN or not recorder.shape(x):
        return result
    flags = x.value.flags
    if flags.c_contiguous if order == "C" else flags.f_contiguous:
        return result
    recorder.lays_matter = True
    return relaid(recorder, result, np.array(result.value, order=order))


def _einsum(
    recorder: Application,
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    result: Any,
) -> Any:
    """Of one array in which nothing is summed, a view: `einsum("ii->i", a)` is the diagonal."""
    sources = [a for a in args if type(a) is Tracer and isinstance(a.value, np.ndarray)]
    if len(sources) != 1 or contains_tracer([a for a in args if a is not sources[0]]):
        return result
    (x,) = sources
    if type(result) is not Tracer or root_of(result) is root_of(x) or "out" in kwargs:
        return result

    def theirs(value: Any) -> Any:
        return function(*[value if a is x else a for a in args], **kwargs)

    view = view_of(recorder, x, theirs)
    return result if view is None else view


def view_of(recorder: Application, x: Tracer, look: Callable[[Any], Any]) -> Tracer | None:
    """What `look` gives of an array, as a view of it; `None` where it gives a copy.

    `look` moves elements and does nothing else, so it tells of the places by itself.
    """
    seen = look(x.value)
    if not np.may_share_memory(seen, x.value):
        return None
    shape = x.value.shape
    places = np.unravel_index(look(np.arange(x.value.size).reshape(shape)), shape)
    operation = Structural.of("getitem", index=tuple(("array", k) for k in range(len(shape))))
    var = recorder.emit(operation, (recorder.operand(x), *places), "view")
    view = recorder.handle(seen, var)
    recorder.values[var] = seen
    view.base, view.view, view.version = x, (operation, places), root_of(x).version
    return view


def fixed(recorder: Application, result: Any) -> Any:
    """The zeros that are the imaginary part of real numbers: nobody may write to them."""
    if type(result) is Tracer and isinstance(result.value, np.ndarray) and result.base is None:
        result.value = np.array(result.value)
        result.value.flags.writeable = False
    return result


def share_memory(recorder: Application, function: Callable[..., bool], a: Any, b: Any) -> bool:
    """`np.shares_memory(a, b)`: the arrays of a trace lie to each other as the user's do."""
    one, other = (v.value if type(v) is Tracer else v for v in (a, b))
    if one is UNKNOWN or other is UNKNOWN:
        recorder.need_value("where an array lies")
    recorder.lays_matter = True
    if function(one, other):
        return True
    roots = [root_of(v) if type(v) is Tracer else v for v in (a, b)]
    if type(roots[0]) is Tracer and any(s[0] is roots[1] for s in roots[0].siblings):
        recorder.refuse("which elements two arrays from outside share")
    return False


def set_flags(recorder: Application, x: Tracer, write: Any = None, **more: Any) -> None:
    """`x.setflags(write=False)`."""
    if recorder.is_outside is not None and recorder.is_outside(x):
        recorder.refuse("`.setflags()` of an array from outside", remedy="copy it first")
    x.value.setflags(write, **more)


def check_writeable(recorder: Application, tracer: Tracer) -> None:
    """Raise NumPy's own error for a ufunc that would write into an array that is read-only."""
    if isinstance(tracer.value, np.ndarray) and not tracer.value.flags.writeable:
        check_apart(recorder, tracer)
        raise ValueError("output array is read-only")
