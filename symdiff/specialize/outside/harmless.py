"""Which calls are known to do nothing but compute: all that may be made on symbols.

`symdiff show` runs no call of which this is not known. What it is known of is listed here, by the
module of a function and by its name; what is given to it must be plain data, since anything else
may hold code that the call would run.
"""

from __future__ import annotations

import builtins
import re
from collections import deque
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from types import FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

import numpy as np

from ...source.installed import is_library_file
from ..recording.text import Text, TracedText
from ..recording.tracer import Tracer
from ..rewriting.hook_calls import MARK
from .libraries import is_library

# fmt: off
_BUILTINS = frozenset(
    {
        "abs", "all", "any", "ascii", "bin", "bool", "bytearray", "bytes", "callable", "chr",
        "classmethod", "complex", "dict", "divmod", "enumerate", "filter", "float", "format",
        "frozenset", "hash", "hex", "id", "int", "isinstance", "issubclass", "iter", "len", "list",
        "map", "max", "memoryview", "min", "next", "object", "oct", "ord", "pow", "property",
        "range", "repr", "reversed", "round", "set", "slice", "sorted", "staticmethod", "str",
        "sum", "super", "tuple", "type", "zip",
    }
)

HARMLESS_MODULES = frozenset(
    {
        "_bisect", "_collections", "_collections_abc", "_decimal", "_functools", "_heapq",
        "_operator", "_sre", "_statistics", "_struct", "abc", "bisect", "calendar", "cmath",
        "collections", "collections.abc", "colorsys", "contextlib", "copy", "dataclasses",
        "datetime", "decimal", "enum", "fractions", "functools", "graphlib", "heapq", "itertools",
        "keyword", "math", "numbers", "operator", "re", "statistics", "string", "struct",
        "textwrap", "types", "typing", "unicodedata",
    }
)

_PACKAGES = (
    "numpy", "scipy.constants", "scipy.fft", "scipy.fftpack", "scipy.integrate",
    "scipy.interpolate", "scipy.linalg", "scipy.ndimage", "scipy.signal", "scipy.sparse",
    "scipy.spatial", "scipy.special", "scipy.stats",
)

_PARTS = (
    "numpy.ctypeslib", "numpy.distutils", "numpy.f2py", "numpy.random", "numpy.testing",
    "scipy.datasets", "scipy.io", "scipy.misc", "scipy.sparse.linalg",
)

_NAMES = frozenset(
    {
        "DataSource", "LoggingUndefined", "add_docstring", "add_newdoc", "bootstrap", "chdir",
        "dump", "fromfile", "fromregex", "genfromtxt", "get_include",
        "getcontext", "info", "load", "loadtxt", "localcontext", "lookfor", "memmap",
        "monte_carlo_test", "now", "open_memmap", "permutation_test", "prcal", "printoptions",
        "prmonth", "prweek", "pryear", "purge", "redirect_stderr", "redirect_stdout", "rvs",
        "save", "savetxt", "savez", "savez_compressed", "set_numeric_ops", "set_printoptions",
        "set_string_function", "setbufsize", "setcontext", "seterr", "seterrcall",
        "setfirstweekday", "show_config", "show_runtime", "source", "test", "today", "tofile",
        "utcnow",
    }
)

_HOLDERS = frozenset(
    {
        "cache", "cached_property", "classmethod", "cmp_to_key", "contextmanager", "deleter",
        "getter", "isinstance", "issubclass", "lru_cache", "partial", "property", "register",
        "setter", "singledispatch", "staticmethod", "super", "total_ordering", "type", "unique",
        "update_wrapper", "vectorize.__init__", "wraps",
    }
)

_PATHS = frozenset(
    {
        "basename", "commonpath", "commonprefix", "dirname", "fspath", "isabs", "join", "normcase",
        "normpath", "split", "splitdrive", "splitext",
    }
)

_NOTICES = frozenset(
    {"critical", "debug", "error", "exception", "info", "log", "print", "sleep", "warn", "warning"}
)
# fmt: on
_RANDOM = re.compile(r"(?:.*_)?rand(?:om|n|int)?(?:_.*)?$|_?random", re.ASCII)
_DATA = (
    *(int, float, complex, str, bytes, bytearray, range, slice, type(None), type(...)),
    *(type(NotImplemented), np.generic, np.dtype, np.ufunc, Fraction, Decimal, Enum),
    *(date, time, timedelta, tzinfo, re.Pattern, re.Match, PurePath),
)
_MOST = 10_000
"""How many items are looked at before a value counts as too large to be known."""


def is_harmless(function: Any, args: Any, kwargs: Any) -> bool:
    """Whether a call is known to do nothing but compute: it acts on nothing and runs no other code.

    >>> is_harmless(len, ["ab"], {}), is_harmless(open, ["ab"], {})
    (True, False)
    """
    if not _is_listed(function):
        return False
    if not _HOLDERS.isdisjoint(_names(function)):  # what they are given is not called yet
        return True
    return is_data([getattr(function, "__self__", None), *args, kwargs])


def _names(function: Any) -> tuple[str, str]:
    return getattr(function, "__name__", ""), getattr(function, "__qualname__", "")


def is_notice(function: Any) -> bool:
    """Whether a call only tells somebody something, so that nothing is lost without it.

    >>> is_notice(print), is_notice(open)
    (True, False)
    """
    name = getattr(function, "__name__", "")
    if name not in _NOTICES or not is_library(function):
        return False
    if isinstance(function, MethodType):
        function = function.__func__
    module = getattr(function, "__module__", None) or ""
    home = {"print": "builtins", "sleep": "time"}.get(name)
    return module == home if home else module in ("logging", "warnings", "_warnings")


def _is_listed(function: Any) -> bool:
    name = getattr(function, "__name__", "")
    if name in _NAMES or _RANDOM.match(name):
        return False
    if isinstance(function, MethodType):
        return _is_listed(function.__func__)
    if isinstance(function, FunctionType) and not is_library_file(function.__code__.co_filename):
        return False
    owner = getattr(function, "__self__", None)
    if owner is not None and not isinstance(owner, ModuleType):
        if not isinstance(owner, type):
            owner = type(owner)
        if owner is bytearray or owner in (list, dict, set, deque):
            return True
        return _is_listed(owner) or (
            issubclass(owner, _DATA) and is_library(owner) and owner is not FunctionType
        )
    module = _module(function)
    if module == "builtins":
        return (name in _BUILTINS and getattr(builtins, name, None) is function) or (
            isinstance(function, type) and issubclass(function, BaseException)
        )
    if module in ("posixpath", "ntpath", "genericpath", "posix"):
        return name in _PATHS
    if module.partition(".")[0] == "pathlib":  # a path by itself is a text
        return isinstance(function, type) or function.__qualname__.startswith("PurePath.")
    if module in HARMLESS_MODULES:
        return True
    return module.startswith(_PACKAGES) and not is_harmful_part(module)


def is_harmful_part(module: str) -> bool:
    """Whether a module of NumPy or SciPy does more than compute."""
    return module.startswith(_PARTS)


def _module(function: Any) -> str:
    if isinstance(function, np.ufunc):
        return "numpy"
    found = getattr(function, "__module__", None)
    if found is None:
        found = getattr(getattr(function, "__objclass__", type(function)), "__module__", None)
    return found if isinstance(found, str) else ""


def is_data(value: Any) -> bool:
    """Whether a value is plain data, in which there is no code that a call could run."""
    waiting, seen = [value], 0
    while waiting:
        value = waiting.pop()
        seen += 1
        if seen > _MOST:
            return False
        kind = type(value)
        if kind in (list, tuple, set, frozenset, deque):
            waiting += value
        elif kind is dict:
            waiting += [*value.keys(), *value.values()]
        elif not _is_plain(value, kind):
            return False
    return True


def _is_plain(value: Any, kind: type) -> bool:
    if kind in (Tracer, Text, TracedText) or kind is ModuleType:
        return True
    if isinstance(value, np.ndarray):
        return not value.dtype.hasobject and is_library(kind)
    if isinstance(value, _DATA):
        return is_library(kind) or isinstance(value, Enum)
    if isinstance(value, type):
        return is_library(value)
    if isinstance(value, GeneratorType):
        return value.gi_frame is None or MARK in value.gi_frame.f_globals
    if kind.__module__ in ("builtins", "itertools") and hasattr(kind, "__next__"):
        return True
    if callable(value) and not hasattr(kind, "__array_ufunc__"):
        return _is_listed(value)
    return _is_listed(kind)


__all__ = ["HARMLESS_MODULES", "is_data", "is_harmful_part", "is_harmless", "is_notice"]
