"""Programs over a whole batch, with a rule for each kind of operation.

Here belongs what gives a program a leading axis. How a batched call binds its arguments and finds
the paths of its elements does not: that is `operators.batching`. Open `program.py` first.
"""

from . import indexing, products, rules
from .program import RULES, BatchedProgram, Condition, batch

__all__ = ["RULES", "BatchedProgram", "Condition", "batch", "indexing", "products", "rules"]
