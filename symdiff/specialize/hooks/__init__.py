"""What rewritten code asks: tests, operators, items, attributes, assignments.

Here belongs one method for each rewriting. What recording does with the answer does not. Open
`rewritten.py` first.
"""
