"""How arrays lie in memory, where what a function does depends on it.

Whether `x.reshape(...)` is a view or a copy depends on the strides of `x`, and whether it may be
written to on a flag. A trace works on arrays that lie as the user's do; where it matters, later
calls are checked for the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .arrays import Arrays
from .sharing import in_order, view_of
from .statements import root_of
from .tracer import UNKNOWN, Tracer

_MOST_GAPS = 8
"""An array with gaps is copied with them if it takes no more than so many times the memory."""


def lying_like(value: Any) -> Any:
    """A copy of an array with the same strides, so that the same operations make views of it.

    >>> lying_like(np.zeros((4, 6))[:, ::2]).strides
    (48, 16)
    """
    if value.flags.c_contiguous or value.flags.f_contiguous or not value.size:
        return np.array(value)
    steps = [(n - 1) * s for n, s in zip(value.shape, value.strides, strict=True)]
    before = -sum(s for s in steps if s < 0)
    size = before + sum(s for s in steps if s > 0) + value.itemsize
    if size > _MOST_GAPS * value.nbytes:
        return np.array(value)
    memory = np.zeros(size, np.uint8)
    made: Any = np.ndarray(value.shape, value.dtype, memory.data, before, value.strides)
    made[...] = value
    return made


def layout(value: Any) -> Any:
    """What decides whether operations on an array make views: `True` for the usual order."""
    return bool(value.flags.c_contiguous) or value.strides


def attribute(recorder: Arrays, tracer: Tracer, name: str) -> Any:
    """`x.strides`, `x.flags`, `x.base` and the like, of an array."""
    value = tracer.value
    if value is UNKNOWN:
        recorder.need_value(f".{name}")
    if not isinstance(value, np.ndarray):
        return getattr(value, name)
    if name == "strides":
        recorder.lays_matter = True
        return value.strides
    if name == "flags":
        recorder.lays_matter = True
        return Flags(recorder, tracer)
    if name in ("itemsize", "nbytes"):
        return getattr(value, name)
    if name == "base":
        root = root_of(tracer)
        if root is not tracer:
            return root
        if recorder.is_outside is None or not recorder.is_outside(tracer):
            return None
    recorder.refuse(f"`.{name}` of a traced array", why="it is not what the program computes with")


class Flags:
    """`x.flags` of an array in a trace: what is asked of it is checked in later calls."""

    def __init__(self, recorder: Arrays, tracer: Tracer) -> None:
        object.__setattr__(self, "_recorder", recorder)
        object.__setattr__(self, "_tracer", tracer)

    def __getattr__(self, name: str) -> Any:
        tracer: Tracer = self._tracer
        found = getattr(tracer.value.flags, name)
        if name in ("owndata", "writebackifcopy", "num"):
            self._recorder.refuse(
                f"`.flags.{name}` of an array",
                why="the trace works on arrays of its own",
                remedy="ask outside the function",
            )
        if name in ("writeable", "behaved", "carray", "farray"):
            self._recorder.ask_writeable(tracer)
        return found

    @property
    def writeable(self) -> bool:
        """Whether the array may be written to."""
        return bool(self.__getattr__("writeable"))

    @writeable.setter
    def writeable(self, value: Any) -> None:
        self._tracer.value.flags.writeable = value

    def __getitem__(self, key: str) -> Any:
        return getattr(self, _FLAGS.get(key, key).lower())


_FLAGS = {
    "C": "c_contiguous",
    "CONTIGUOUS": "c_contiguous",
    "F": "f_contiguous",
    "FORTRAN": "f_contiguous",
    "O": "owndata",
    "W": "writeable",
    "A": "aligned",
    "X": "writebackifcopy",
    "B": "behaved",
    "CA": "carray",
    "FA": "farray",
}


def shares(
    recorder: Arrays, function: Callable[..., bool], a: Any, b: Any, *more: Any, **named: Any
) -> bool:
    """`np.shares_memory(a, b)` and its like: the trace's arrays share as the user's do."""
    recorder.lays_matter = True
    values = [v.value if type(v) is Tracer else v for v in (a, b)]
    if any(v is UNKNOWN for v in values):
        recorder.need_value("where an array lies")
    roots = [root_of(v) for v in (a, b) if type(v) is Tracer]
    outside = recorder.is_outside or (lambda root: False)
    if len(roots) == 2 and roots[0] is not roots[1] and all(map(outside, roots)):
        recorder.refuse(
            f"`{function.__name__}` of two arrays from outside",
            why="the trace works on arrays of its own",
            remedy="ask outside the function",
        )
    return function(*values, *more, **named)


MEMORY = frozenset({"base", "ctypes", "data", "flags", "itemsize", "nbytes", "strides"})
"""Attributes of an array that tell how it lies in memory."""

LYING = MEMORY | {"flat", "resize", "setflags"}
"""Those, and attributes that do something with it."""


def check_cast(recorder: Arrays, result: Any, target: Tracer, again: Callable[[Any], Any]) -> None:
    """Raise NumPy's own error where a ufunc would not write its result into an array.

    `again` calls the ufunc with the target for its output.
    """
    if target.value is UNKNOWN or not isinstance(target.value, np.ndarray):
        return
    if not np.can_cast(np.dtype(recorder.aval(result).dtype), target.value.dtype, "same_kind"):
        again(np.array(target.value))


def astype(recorder: Arrays, x: Tracer, dtype: Any, *args: Any, **kwargs: Any) -> Any:
    """`x.astype(dtype)`, which with `copy=False` may be `x` itself."""
    copy = args[3] if len(args) > 3 else kwargs.get("copy", True)
    if copy or np.dtype(dtype).name != recorder.aval(x).dtype:
        x = recorder.apply("cast", x, dtype=np.dtype(dtype).name)
    return in_order(recorder, x, x, args[0] if args else kwargs.get("order", "K"))


def diagonal(recorder: Arrays, name: str, x: Any, *args: Any, **kwargs: Any) -> Any:
    """`x.diagonal()`, `np.diag(x)` of a matrix: a view that nobody may write to."""
    if type(x) is Tracer and isinstance(x.value, np.ndarray) and x.value.ndim >= 2:
        look, given = _DIAGONALS[name], recorder.concrete_deep(tuple(args))
        named = {k: recorder.concrete_deep(v) for k, v in kwargs.items()}
        view = view_of(recorder, x, lambda value: look(value, *given, **named))
        if view is not None:
            return view
    return recorder.call_by_name(name, x, *args, **kwargs)


_DIAGONALS: dict[str, Callable[..., Any]] = {
    "diag": np.diag,
    "diagonal": np.diagonal,
    "last_diagonal": np.linalg.diagonal,
}


def ravel(recorder: Arrays, x: Any, order: str = "C") -> Any:
    """`x.ravel()`: a view where the elements lie one after the other, otherwise a copy."""
    if type(x) is not Tracer or not isinstance(x.value, np.ndarray):
        return recorder.call_by_name("ravel", x, order=order)
    if order in ("A", "K"):
        order = _flat_order(recorder, x, order)
    if order == "F":
        x = recorder.call_by_name("transpose", x)
    flat = recorder.call_by_name("ravel", x)
    if not x.value.flags.c_contiguous and flat.base is not None:
        flat = recorder.copied(flat)
        recorder.reshaped[id(flat)] = flat
    return flat


def flatten(recorder: Arrays, x: Tracer, order: str = "C") -> Any:
    """`x.flatten()`: a copy in any case."""
    if order in ("A", "K"):
        order = _flat_order(recorder, x, order)
    if order == "F":
        x = recorder.call_by_name("transpose", x)
    return recorder.copied(recorder.call_by_name("ravel", x))


def _flat_order(recorder: Arrays, x: Tracer, order: str) -> str:
    flags = x.value.flags
    recorder.lays_matter = True
    if flags.c_contiguous or flags.f_contiguous or order == "A":
        return "F" if flags.f_contiguous and not flags.c_contiguous else "C"
    recorder.refuse(
        "`ravel` in the order in which an array with gaps lies in memory",
        remedy="give order='C' or order='F'",
    )
