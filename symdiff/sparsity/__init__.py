"""The sparsity pattern of a Jacobian, and the sweeps that are enough for it."""

from . import products
from .coloring import colored
from .dependence import RULES, Dependence, dependence

__all__ = ["RULES", "Dependence", "colored", "dependence", "products"]
