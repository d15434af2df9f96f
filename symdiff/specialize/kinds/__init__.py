"""What a function's parameters are that have no value: numbers, vectors, matrices, of which shapes.

Here belongs what tries shapes out and learns from what does not fit. What was written of shapes by
the user is read in `source`, and traces are made in `paths`. Open `inference.py` first.
"""
