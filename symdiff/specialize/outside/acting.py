"""Which functions act on the world, draw, keep what they are given, or tell it again."""

from __future__ import annotations

from collections.abc import Sequence
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from ..recording.text import Text, TracedBytes, TracedText

# fmt: off
_PURE = frozenset(
    {
        "__future__", "_bisect", "_collections", "_collections_abc", "_decimal", "_functools",
        "_heapq", "_operator", "_sre", "_statistics", "abc", "array", "autograd", "bisect",
        "builtins", "cmath", "collections", "colorsys", "contextlib", "copy", "copyreg",
        "dataclasses", "decimal", "enum", "fractions", "functools", "graphlib", "heapq",
        "itertools", "jax", "jaxlib", "keyword", "math", "mpmath", "numbers",
        "numpy", "operator", "re", "scipy", "sklearn", "statistics", "string", "struct",
        "symdiff", "sympy", "textwrap", "torch", "types", "typing", "typing_extensions",
        "weakref",
    }
)
# fmt: on
"""Modules whose functions neither act on the world nor answer differently each time."""


# fmt: off
_ACTING = frozenset(
    {
        "_csv", "_io", "_random", "asyncio", "builtins.open", "builtins.print", "contextvars",
        "csv", "ctypes", "datetime", "gc", "io", "json", "locale", "logging", "os", "pathlib",
        "pickle", "platform", "posix", "pprint", "queue", "random", "secrets", "shutil",
        "signal", "socket", "subprocess", "sys", "tempfile", "threading", "time", "timeit",
        "traceback", "tracemalloc", "urllib", "uuid", "warnings", "_warnings", "numpy.random",
    }
)
# fmt: on
"""Modules whose functions act on the world even where a traced value is handed to them."""

_ACTING_PARTS = ("numpy.random", "scipy.io")
"""Parts of libraries whose functions do, though the rest of the library does not."""


# fmt: off
_ACTING_NAMES = frozenset(
    {
        "chdir", "fromfile", "fromregex", "genfromtxt", "load", "loadtxt", "memmap",
        "redirect_stderr", "redirect_stdout", "save", "savetxt", "savez", "savez_compressed",
    }
)
# fmt: on
"""Functions and context managers of otherwise pure modules that act on the world."""

KEEPING = frozenset({"_contextvars", "_queue", "asyncio", "contextvars", "queue"})
"""Modules whose objects keep what they are given."""

WAITING = frozenset({"_queue", "asyncio", "concurrent", "multiprocessing", "queue", "threading"})
"""Modules whose functions wait for other threads."""


def acts(function: Any, touched: bool) -> bool:
    """Whether a call of library code acts on the world or changes from call to call.

    Args:
        function: what is called.
        touched: whether a traced value is handed to it.
    """
    module = module_of(function)
    if function is print or function is open or module.startswith(_ACTING_PARTS):
        return True
    if module in _PURE and getattr(function, "__name__", None) in _ACTING_NAMES:
        return True
    root = module.partition(".")[0]
    return root in _ACTING if touched else root not in _PURE


def draws(function: Any) -> bool:
    """Whether a function draws random numbers."""
    return module_of(function).startswith(("random", "_random", "numpy.random"))


def is_count(result: Any, args: Sequence[Any]) -> bool:
    """Whether a result is an integer that only text has part in: how much has been written."""
    kinds = (Text, TracedText, TracedBytes, str, bytes)
    return isinstance(result, int) and all(type(a) in kinds for a in args)


TELLING_NOTHING = frozenset(
    {"_random", "datetime", "gc", "locale", "platform", "random", "secrets", "threading", "time"}
    | {"timeit", "tracemalloc", "uuid"}
)
"""Modules whose results are not what somebody has written before."""


def may_tell(result: Any) -> bool:
    """Whether a result may hold a number that was written before, as text or otherwise."""
    if isinstance(result, list | tuple):
        return any(map(may_tell, result))
    if isinstance(result, dict):
        return any(map(may_tell, (*result, *result.values())))
    if isinstance(result, np.ndarray):
        return True
    return isinstance(result, float | complex | np.inexact | str | bytes | bytearray | memoryview)


def may_hold(result: Any) -> bool:
    """Whether what an object gives back may be a value that it was given before."""
    return not (result is None or isinstance(result, int | str | bytes))


def called(function: Any) -> str:
    """What to call a function in a message: `os.remove`, `Path.unlink`."""
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", None)
    if not isinstance(name, str):
        return type(function).__name__
    module = module_of(function)
    if name.startswith("NoneType."):  # a function that C code has made for a module
        name = name.removeprefix("NoneType.")
    if module in ("", "builtins") or "." in name:
        return name
    home = {"posix": "os", "nt": "os", "io": "", "_io": ""}.get(module, module.lstrip("_"))
    return f"{home}.{name}" if home else name


def module_of(function: Any) -> str:
    """The name of the module that a function, or the object of a method, is from."""
    if isinstance(function, MethodType | FunctionType | type):
        return getattr(function, "__module__", None) or ""
    owner = getattr(function, "__self__", None)
    if isinstance(function, BuiltinFunctionType) and not isinstance(owner, ModuleType | None):
        return (owner if isinstance(owner, type) else type(owner)).__module__
    return getattr(function, "__module__", None) or type(function).__module__ or ""
