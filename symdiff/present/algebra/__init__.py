"""An algebra of arrays whose lengths are symbols: formulas as a mathematician would write them.

Here belongs what makes, simplifies, differentiates, proves and writes terms of vectors and
matrices. Open `shown.py` first.
"""
