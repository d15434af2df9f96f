"""Entries that make arrays, move their elements, read and write parts of them.

Here belongs what is linear in an array and along its axes. What sums up does not (`reductions`),
nor what multiplies matrices (`linalg`). Open `moving.py` first.
"""
