"""Differentiate a `Program`: reverse mode (`vjp`) and forward mode (`jvp`), as new programs.

Each elementwise statement was differentiated once as a template, each structural one has its rule
in the table; here the chain rule joins them, line by line. The result computes the primal first
and the derivative after it (reverse) or beside it (forward), and keeps the source line of each.

Here belongs what derivatives of whole programs need. The rule of one operation does not: that is
its entry in `operations`. Open `reverse.py` first.
"""

from .activity import active_variables
from .dividing import divided
from .forward import jvp
from .reverse import vjp

__all__ = ["active_variables", "divided", "jvp", "vjp"]
