"""Programs over a whole batch, with a rule for each kind of operation.

Here belongs what gives a program a leading axis. How a batched call binds its arguments and finds
the paths of its elements does not: that is `operators.batching`. Open `program.py` first.
"""

from . import branches, indexing, loops, products, rules
from .program import RULES, BatchedProgram, Condition, batch

__all__ = [
    "RULES",
    "BatchedProgram",
    "Condition",
    "batch",
    "branches",
    "indexing",
    "loops",
    "products",
    "rules",
]
