"""Functions that act, by what they act on: each a world, made afresh for each comparison.

To add one, write it in the file of its kind, under `@world`.
"""

from . import attributes, containers, libraries, managers_and_iterators, objects
from ._world import WORLDS

__all__ = ["WORLDS"]
_KINDS = (attributes, containers, libraries, managers_and_iterators, objects)
