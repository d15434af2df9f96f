"""The C function of a program, printed once more for numba's compiler.

Everything but the last step is that of C: the program is walked by the same writers, whose lines of
C, which are simple and few in kind, are translated one by one. So whatever is a miss there is one
here, and numbers are computed by the same operations in the same order. What lies outside is read
and checked by a function of Python's before, for numba knows no objects.

Here belongs what makes that translation, and has numba compile it, which is imported only where
that is asked for. Open `function.py` first.
"""
