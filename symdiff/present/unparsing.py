"""Statements as text that people read."""

from __future__ import annotations

import ast
import warnings

_WIDTH = 79


def unparse(node: ast.stmt, width: int = _WIDTH) -> str:
    """Source of one statement by astor; by Python itself where astor's would mean another thing."""
    import astor
    from astor.source_repr import split_lines

    module = ast.fix_missing_locations(ast.Module([node], []))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        pretty = None if width == _WIDTH else lambda source: "".join(split_lines(source, width))
        more = {} if pretty is None else {"pretty_source": pretty}
        text = str(astor.to_source(module, **more)).rstrip("\n")
    plain = ast.unparse(module)
    return text if _meaning(text) == _meaning(plain) else plain


def fitted(text: str, width: int) -> str:
    """A statement, or the head of one, in lines of a width where that can be.

    >>> print(fitted("for a, b in zip(reversed(some_values), reversed(others)):", 40))
    for a, b in zip(
            reversed(some_values),
            reversed(others)):
    """
    if max(map(len, text.split("\n"))) <= width:
        return text
    if text.startswith("for ") and text.endswith(")):") and ", reversed(" in text:
        head, tapes = text[:-2].split("(", 1)
        lines = [f"{head}("]
        for tape in tapes.split(", "):
            together = f"{lines[-1]} {tape},"
            fits = len(lines) > 1 and len(together) <= width
            lines[-1:] = [together] if fits else [lines[-1], f"        {tape},"]
        return "\n".join(lines).rstrip(",") + "):"
    try:
        (node,) = ast.parse(f"{text} pass" if text.endswith(":") else text).body
    except (SyntaxError, ValueError):
        return text
    made = unparse(node, width)
    if not text.endswith(":"):
        return made
    return made.rpartition("\n")[0] if made.endswith(":\n    pass") else text


def _meaning(text: str) -> str:
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return ""
