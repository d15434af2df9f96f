"""What an entry of the table is, and what statements are made of entries.

Here belongs the machinery: entries, templates, their derivatives by SymPy, lookup. No
entry is here: they are in the rooms beside. Open `entry.py` first.
"""
