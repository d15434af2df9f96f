"""Find the entry that answers to a callable object, or to the name of a method.

Entries name what calls them by strings, so that nothing needs to be importable. Here the strings
become objects, for the modules that are loaded; a module loaded later is looked into then.
"""

from __future__ import annotations

import sys
from typing import Any

from ...safety.exclusive import TABLES
from ..runtime.pristine import MODULES
from .entry import TABLE, Entry

_found: dict[int, tuple[Any, Entry]] = {}
_entered: dict[int, tuple[Any, Entry]] = {}
_waiting: dict[str, list[tuple[str, Entry]]] = {}
_known_names = 0


def entry_of(function: Any) -> Entry | None:
    """The entry a callable stands for, or `None`.

    The same function under any name is the same entry: aliases and `from math import sin` are
    found too, because the object is compared, not its name.

    >>> import math
    >>> entry_of(math.tanh)
    <elementwise tanh>
    >>> entry_of(print)
    """
    found = _entered.get(id(function)) or _found.get(id(function))
    if found is None:
        with TABLES:  # another thread may be looking the same module through
            if len(TABLE.by_call) != _known_names:
                _read_names()
            for module in [name for name in _waiting if name in sys.modules]:
                _resolve(module)
            found = _found.get(id(function))
    return found[1] if found is not None and found[0] is function else None


def enter(function: Any, entry: Entry) -> None:
    """Let an object stand for an entry from now on, whatever the table says of it."""
    _entered[id(function)] = (function, entry)


def entered(function: Any) -> Entry | None:
    """The entry that an object was made to stand for by `enter`, or `None`."""
    found = _entered.get(id(function))
    return found[1] if found is not None and found[0] is function else None


def method_entry(name: str) -> Entry | None:
    """The entry a method or attribute of an array stands for, or `None`; with or without the dot.

    >>> method_entry("sum")
    <structural sum>
    >>> method_entry(".T")
    <structural transpose>
    """
    return TABLE.by_call.get(name if name.startswith(".") else f".{name}")


def _read_names() -> None:
    global _known_names
    _waiting.clear()
    for name, entry in TABLE.by_call.items():
        module, _, attribute = name.rpartition(".")
        if module:
            _waiting.setdefault(module, []).append((attribute, entry))
    _known_names = len(TABLE.by_call)


def _resolve(module: str) -> None:
    loaded = MODULES.get(module) or sys.modules[module]
    for attribute, entry in _waiting[module]:
        # A lazy module may import something when asked for an attribute; read what is there.
        target = getattr(loaded, "__dict__", {}).get(attribute)
        if target is not None:
            _found[id(target)] = (target, entry)
    del _waiting[module]
