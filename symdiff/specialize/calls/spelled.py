"""Calls of `torch`, `jax` and `autograd` over plain arrays: their names, and NumPy's meaning.

A function written for one of those libraries runs on NumPy arrays: where the table has its name,
the entry is applied; where only NumPy has what it mirrors (`torch.zeros`), NumPy's is called. The
libraries are found in `sys.modules`, never imported.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.spelled.names import LIBRARIES, mirror
from ...operations.statements.builder import elementwise_template
from ...operations.table.entry import TABLE, ElementwiseEntry, Entry
from .scipy import NOT_HANDLED, entry_missing

if TYPE_CHECKING:
    from ..outside.parts import Calls

_INSIDE = ("numpy", "scipy", "nn", "lax", "linalg", "fft", "special")
_SIZES = {"zeros", "ones", "empty"}
_IGNORED = ("device", "requires_grad", "pin_memory", "layout", "inplace")

_found: dict[int, tuple[Any, str]] = {}
_seen: tuple[Any, ...] = ()


def name_of(function: Any) -> str | None:
    """The name under which a library other than NumPy and SciPy has a function, or `None`."""
    global _seen
    modules = sys.modules
    loaded = (len(modules), modules.get("torch"), modules.get("jax"), modules.get("autograd"))
    if loaded != _seen:
        _look()
        _seen = loaded
    found = _found.get(id(function))
    return found[1] if found is not None and found[0] is function else None


def _look() -> None:
    for name, module in list(sys.modules.items()):
        top, _, rest = name.partition(".")
        if top not in LIBRARIES or (rest and rest.partition(".")[0] not in _INSIDE):
            continue
        if any(part.startswith("_") for part in name.split(".")):
            continue
        for attribute, value in list(getattr(module, "__dict__", {}).items()):
            path = f"{name}.{attribute}"
            if attribute.startswith("_") or isinstance(value, type) or not callable(value):
                continue
            original = mirror(path) or ""
            twin = _twin(original)
            if twin is not value and (path in TABLE.by_call or twin is not None):
                _found[id(value)] = (value, path)


def _twin(name: str) -> Any:
    """NumPy's function of that name."""
    if not name.startswith("numpy."):
        return None
    value: Any = np
    for part in name.split(".")[1:]:
        value = getattr(value, part, None)
    return value if callable(value) and not isinstance(value, type) else None


def evaluation(entry: Entry) -> Callable[..., Any]:
    """What computes the value of an elementwise entry, without the library that names it."""
    if isinstance(entry, ElementwiseEntry):
        return elementwise_template(entry.name).evaluate
    return entry_missing


class Spellings:
    """Calls of other libraries' functions during one trace."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def call(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The result, or `NOT_HANDLED` where the function is not of such a library."""
        name = name_of(function)
        if name is None:
            return NOT_HANDLED
        if name.startswith("torch."):
            args, kwargs = _torch_arguments(args, kwargs)
        entry = TABLE.by_call.get(name)
        if entry is not None:
            return self.calls.recorder.apply_entry(entry, evaluation(entry), args, kwargs)
        original = mirror(name)
        assert original is not None
        last = name.rpartition(".")[2]
        if name.startswith("torch.") and last in _SIZES and len(args) > 1:
            args = (tuple(args),)
        if "dtype" in kwargs:
            kwargs = {**kwargs, "dtype": _dtype(kwargs["dtype"])}
        return self.calls.call(self.calls.recorder.site, _twin(original), *args, **kwargs)


def _torch_arguments(
    args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional what torch also takes by name, and without what says where a tensor lives."""
    kwargs = {k: v for k, v in kwargs.items() if k not in _IGNORED}
    first = tuple([kwargs.pop(k) for k in ("input", "tensors") if k in kwargs])
    other = (kwargs.pop("other"),) if "other" in kwargs else ()
    return (*first, *args, *other), kwargs


def _dtype(dtype: Any) -> Any:
    """A dtype of another library as NumPy's: `torch.float64` prints its name."""
    text = str(dtype)
    return np.dtype(text.removeprefix("torch.")) if text.startswith("torch.") else dtype
