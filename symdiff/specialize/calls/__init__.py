"""What happens at a call, by the kind of what is called.

Here belongs a file for each kind: Python's builtins and containers, NumPy, SciPy, the standard
library. Derivatives do not: they are of `operations`. Open `dispatch.py` first.
"""
