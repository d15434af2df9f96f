"""What belongs to Python or an installed package, and what is the user's own."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import Any

from ...source.installed import is_library_file


def _module_of(value: Any) -> ModuleType | None:
    return sys.modules.get(getattr(value, "__module__", None) or "")


def is_library(value: Any) -> bool:
    """Whether a module, class or function belongs to Python or an installed package."""
    module = value if isinstance(value, ModuleType) else _module_of(value)
    if module is None:  # gone, or never imported: what `exec` made, for instance
        return not _is_written(value)
    names = vars(module)
    file = names.get("__file__")
    if file is None:  # built in, or made by the user at run time
        return names.get("__spec__") is not None and module.__name__ != "__main__"
    return is_library_file(file) and module.__name__ != "__main__"


_HEAP_TYPE = 1 << 9
"""The flag of a class that was made while Python runs, rather than written in C."""


def _is_written(value: Any) -> bool:
    """Whether a function, class or instance of no module has code of the user's in it."""
    if isinstance(value, FunctionType):
        return not is_library_file(value.__code__.co_filename)
    kind: type = value if isinstance(value, type) else type(value)
    if not kind.__flags__ & _HEAP_TYPE:
        return False
    held = [getattr(v, "__func__", v) for v in vars(kind).values()]
    codes = [v.__code__ for v in held if isinstance(v, FunctionType)]
    return not codes or any(not is_library_file(code.co_filename) for code in codes)
