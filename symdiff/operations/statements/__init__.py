"""Statements made by naming entries: the `Ops` of derivative rules.

Here belongs how entries are applied to operands, and what is left out or read nearer on the way.
Entries do not: they are in the rooms beside. Open `builder.py` first.
"""
