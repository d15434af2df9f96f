"""NumPy's conventions of calling: which argument stands where, what `out` does, what comes back.

The rules of the table read the arguments they care about. What is the same for every function of
NumPy is read here once, by the signature that NumPy itself gives: required arguments by name,
`out` at its place or by name, and that a result without dimensions is a number.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...operations.table.entry import Entry, StructuralEntry

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

Arguments = tuple[Sequence[Any], dict[str, Any], Any]


def bound(function: Callable[..., Any], entry: Entry, args: Sequence[Any], kwargs: Any) -> Any:
    """The arguments of a call of a NumPy function, as the rules of the table read them, and `out`.

    Required arguments come by place. Where an entry has a rule for the rarer keywords, what is
    optional comes by name.

    Raises:
        TypeError: the function does not take these arguments.

    >>> from symdiff.operations import TABLE
    >>> bound(np.sum, TABLE.entries["sum"], (), {"a": 1.0, "axis": 0})
    ((1.0,), {'axis': 0}, None)
    >>> bound(np.sum, TABLE.entries["sum"], (1.0, 0, None, 3.0), {})
    ((1.0,), {'axis': 0, 'dtype': None}, 3.0)
    """
    if not kwargs and len(args) < 2:
        return args, kwargs, None
    module = getattr(function, "__module__", None) or ""
    if module.startswith("scipy.") and kwargs:
        return *_without_settings(_parameters(function), args, kwargs), None
    if not module.startswith("numpy"):
        return args, kwargs, None
    return _bound(_parameters(function), entry, args, kwargs)


def bound_method(name: str, entry: Entry, args: Sequence[Any], kwargs: Any) -> Any:
    """The same for a method of an array, whose first argument is the array.

    A call as a tensor library has it (`x.sum(dim=0)`) is left as it is.
    """
    method = getattr(np.ndarray, name, None)
    if method is None or (not kwargs and len(args) < 2):
        return args, kwargs, None
    try:
        return _bound(_parameters(method), entry, args, kwargs)
    except TypeError:
        return args, kwargs, None


def _bound(
    signature: inspect.Signature | None, entry: Entry, args: Sequence[Any], kwargs: dict[str, Any]
) -> Arguments:
    if signature is None:
        return args, kwargs, None
    signature.bind(*args, **kwargs)  # NumPy's own error for a wrong call
    args, kwargs = list(args), dict(kwargs)
    places = [p for p in signature.parameters.values() if p.kind in _POSITIONAL]
    for place in places[len(args) :]:
        if place.default is not place.empty or place.name not in kwargs:
            break
        args.append(kwargs.pop(place.name))
    named = [p.name for p in places[: len(args)]]
    by_name = isinstance(entry, StructuralEntry) and entry.keywords is not None
    first = sum(p.default is p.empty for p in places)
    if "out" in named:
        first = max(first, named.index("out")) if not by_name else first
        by_name = True
    if by_name:
        # What is given after the named arguments, as `*axes`, has no name.
        kwargs.update(zip(named[first:], args[first : len(places)], strict=True))
        del args[first : len(places)]
    return tuple(args), kwargs, kwargs.pop("out", None)


_SETTINGS = {
    *("overwrite_a", "overwrite_b", "overwrite_ab", "overwrite_b", "overwrite_x"),
    *("check_finite", "workers"),
}
"""Keywords of SciPy that do not change the result: what it may overwrite, how it computes."""


def _without_settings(
    signature: inspect.Signature | None, args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Sequence[Any], dict[str, Any]]:
    """A call of a function of SciPy without keywords at their defaults; required ones by place."""
    if signature is None:
        return args, kwargs
    signature.bind(*args, **kwargs)  # Python's own error for a wrong call
    args, kwargs = list(args), dict(kwargs)
    places = [p for p in signature.parameters.values() if p.kind in _POSITIONAL]
    for place in places[len(args) :]:
        if place.default is not place.empty or place.name not in kwargs:
            break
        args.append(kwargs.pop(place.name))
    for name, value in list(kwargs.items()):
        parameter = signature.parameters.get(name)
        default = inspect.Parameter.empty if parameter is None else parameter.default
        plain = value is None or type(value) in (bool, int, float, str)
        same = plain and type(value) is type(default) and value == default
        if same or (plain and name in _SETTINGS):
            del kwargs[name]
    return tuple(args), kwargs


@lru_cache(maxsize=1024)
def _parameters(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except ValueError:
        return None


def named(function: Callable[..., Any], result: Any) -> Any:
    """Several results of linear algebra under the names that NumPy gives them.

    >>> named(np.linalg.slogdet, (1.0, 0.5)).logabsdet
    0.5
    """
    if type(result) is not tuple or getattr(function, "__name__", "") not in _NAMED:
        return result
    kind: Any = _named_kind(function)
    return result if kind is tuple else kind._make(result)


_NAMED = frozenset({"slogdet", "qr", "eigh", "svd", "eig"})


@lru_cache(maxsize=64)
def _named_kind(function: Callable[..., Any]) -> type:
    module = getattr(function, "__module__", None) or ""
    return type(function(np.eye(1))) if module.startswith("numpy") else tuple


def gives_numbers(function: Callable[..., Any]) -> bool:
    """Whether a result without dimensions is a number for NumPy, not an array.

    >>> gives_numbers(np.median), gives_numbers(np.reshape)
    (True, False)
    """
    module = getattr(function, "__module__", None) or ""
    return module.startswith("numpy") and getattr(function, "__name__", "") not in _ARRAYS


_ARRAYS = frozenset(
    {
        "array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "copy",
        "asarray_chkfinite", "require", "reshape", "squeeze", "transpose", "permute_dims",
        "moveaxis", "swapaxes", "rollaxis", "broadcast_to", "broadcast_arrays", "full",
        "full_like", "zeros_like", "ones_like", "empty_like",
        "where", "select", "piecewise", "tensordot", "cov",
        "apply_along_axis", "matrix_transpose", "flip", "rot90", "atleast_1d", "expand_dims",
        "split", "array_split", "unstack", "meshgrid",
    }
)  # fmt: skip
"""Functions that give an array even of no dimensions."""
