"""Tracers, and the statements that they record.

Here belongs how a concrete value and its place in the program go together, and how entries are
applied to it. What calls mean does not: see `specialize.calls`. Open `tracer.py` first.
"""
