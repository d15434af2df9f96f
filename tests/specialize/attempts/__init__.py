"""Attempts at a stale answer, by where the change is.

To add one, write it in the file of its kind, under `@attempt`.
"""

from . import (
    classes,
    code_and_cells,
    descriptors,
    held,
    memory,
    metaclasses,
    patched,
    protocols,
    raising,
    sentinels,
    sourceless,
    state,
    subclasses,
    weak,
)
from ._attempt import ATTEMPTS

__all__ = ["ATTEMPTS"]
_KINDS = (
    classes,
    code_and_cells,
    descriptors,
    held,
    memory,
    metaclasses,
    patched,
    protocols,
    raising,
    sentinels,
    sourceless,
    state,
    subclasses,
    weak,
)
