"""Programs over a whole batch, with a rule for each kind of operation."""

from . import indexing, products, rules
from .program import RULES, BatchedProgram, Condition, batch

__all__ = ["RULES", "BatchedProgram", "Condition", "batch", "indexing", "products", "rules"]
