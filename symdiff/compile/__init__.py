"""Program to callable, by SymPy's `lambdify`.

Here belongs what writes the lines that run, and what they do when a guard fails. Python that people
read does not: that is `present`. Open `emit.py` first.
"""
