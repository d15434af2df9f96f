"""What of NumPy, SciPy and `math` can be differentiated: `python -m symdiff.inventory`."""

from .count import inventory, main, markdown

__all__ = ["inventory", "main", "markdown"]
