"""The sparsity pattern of a Jacobian, and the sweeps that are enough for it.

Here belongs what is read off a program about which elements depend on which. How the user gets the
sparse matrix does not: that is `operators.sparse`. Open `dependence.py` first.
"""

from . import products
from .coloring import colored
from .dependence import RULES, Dependence, dependence

__all__ = ["RULES", "Dependence", "colored", "dependence", "products"]
