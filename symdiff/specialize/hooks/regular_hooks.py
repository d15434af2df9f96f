"""Which hooks do the same in every iteration of a loop."""

from __future__ import annotations

from ..recording.operators import OPERATORS
from .operators import IN_PLACE

REGULAR = frozenset(
    {"test", "bound", "round", "enter", "holds", "hashed", "link", "kept", "failed", "call"}
    | {
        "spread",
        "pairs",
        "getattr",
        "getitem",
        "setattr",
        "setitem",
        "part",
        "subpart",
        "slice",
        "iter",
    }
    | {
        "assign",
        "unpack",
        "return",
        "item",
        "sequence",
        "sequence_named",
        "for",
        "while",
        "locals",
        "generator",
    }
    | {"opened", "made_list", "listing", "gathers", "keeps_loops", "read", "repeated", "append_to"}
    | {"popped", "filled", "list_in", "length"}
    | {"applied", "comes to", "summed"}
    | {"region", "new", "mapping", "super", "iter"}
    | {
        "match",
        "quiet",
        "raised",
        "passes",
        "catching",
        "handles",
        "dropped",
        "is_super",
        "import_error",
        "not_imported",
        "decorator",
    }
    | OPERATORS.keys()
    | {f"i{name}" for name in IN_PLACE}
)
"""Hooks that do the same in every iteration of a loop, or tell themselves where they do not."""
