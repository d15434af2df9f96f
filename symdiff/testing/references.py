"""The functions an entry of the table names that know nothing of symdiff."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

from ..operations.table.entry import Entry


def references_of(entry: Entry) -> list[tuple[str, Callable[..., Any]]]:
    """The functions an entry names that are independent of symdiff."""
    found = []
    for name in entry.names:
        if name.partition(".")[0] not in ("math", "numpy", "scipy", "builtins", "operator"):
            continue
        function = _by_path(name)
        if callable(function) and not _is_deprecated(function):
            found.append((name, function))
    return found


def _is_deprecated(function: Callable[..., Any]) -> bool:
    """Whether calling it warns that it will go away, such as `numpy.fix`."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeprecationWarning)
        try:
            function(0.5)
        except Exception:
            return False
    return any(issubclass(w.category, DeprecationWarning) for w in caught)


def _by_path(name: str) -> Any:
    """What a dotted name stands for, also `scipy.stats.norm.logpdf`; `None` where nothing does."""
    module, _, attribute = name.rpartition(".")
    try:
        owner: Any = importlib.import_module(module)
    except ImportError:
        owner = _by_path(module) if module else None
    return getattr(owner, attribute, None)
