"""Entries that make fewer numbers of many: sums, extremes, statistics, orders.

Here belongs what takes `axis` and gives up an axis for it. Products of arrays do not: they are of
`linalg`. Open `moments.py` first.
"""
