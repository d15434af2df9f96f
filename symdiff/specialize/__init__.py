"""AST and concrete inputs to a `Program`: rewrite the function, run it once with tracers.

Here belongs what knows Python and the libraries that users call. Calculus does not: it begins with
the program in `differentiate`. Open `trace.py` first.
"""
