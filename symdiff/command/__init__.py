"""The command line: `symdiff show` and its kin.

Here belongs what names files and functions, prints and complains in a terminal. The formulas
themselves do not: they are of `present`. Open `cli.py` first.
"""
