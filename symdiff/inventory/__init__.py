"""What of NumPy, SciPy and `math` can be differentiated: `python -m symdiff.inventory`.

Here belongs what counts, and why some functions do not count. What makes a function differentiable
does not: that is its entry in `operations`. Open `count.py` first.
"""

from .count import inventory, main, markdown

__all__ = ["inventory", "main", "markdown"]
