"""AST to AST: tests, calls, reads and writes ask a hook.

Here belongs what is decided by syntax alone, before anything runs. What the hooks answer does not:
that is `specialize.hooks`. Open `rewrite.py` first.
"""
