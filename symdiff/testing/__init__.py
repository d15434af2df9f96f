"""Check derivatives: of functions users write, of the table of primitives, of programs.

Nothing here trusts a derivative rule: values are compared with NumPy and `math`, derivatives with
complex steps or extrapolated central differences, forward mode with reverse mode, and the gradient
program is differentiated and checked again.

Here belongs what users and the tests of the package check rules with. The tests themselves do not:
they are in `tests/`. Open `primitives.py` first.
"""

from .functions import check_grads
from .primitives import check_primitive
from .programs import call_program, check_program, evaluate

__all__ = ["call_program", "check_grads", "check_primitive", "check_program", "evaluate"]
