"""From a function object to the AST of its definition, with true file lines.

Here belongs what finds, keeps and carries the text of functions. What reads meaning into it does
not: that is `specialize.rewriting`. Open `functions.py` first.
"""
