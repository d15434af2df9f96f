"""One statement as text that people read."""

from __future__ import annotations

import ast
import warnings


def unparse(node: ast.stmt) -> str:
    """Source of one statement by astor; by Python itself where astor's would mean another thing."""
    import astor

    module = ast.fix_missing_locations(ast.Module([node], []))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        text = str(astor.to_source(module)).rstrip("\n")
    plain = ast.unparse(module)
    return text if _meaning(text) == _meaning(plain) else plain


def _meaning(text: str) -> str:
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return ""
