"""Reads of elements that are written next, as late as they can be: the way back begins with them.

The way back of `a[i, j] = a[i, j] - a[i, k] * a[k, j]` takes the cotangent of the element away and,
behind those of the other two, gives it back. Where the element is read last, it is given back at
once, which is to leave it where it is (`optimize/elements.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import Operand, Statement, Var


def with_late_reads(statements: Sequence[Statement]) -> Sequence[Statement]:
    """The statements, in which what is read of a place that is written next is read last."""
    reads: dict[Any, Statement] = {}
    late: set[Statement] = set()
    for s in statements:
        place = _place(s)
        if place is None:
            continue
        if s.operation.name == "getitem":
            reads[place] = s
        elif place in reads:
            late.add(reads[place])
    if not late:
        return statements
    found: list[Statement] = []
    held: list[Statement] = []
    for s in statements:
        passed = [h for h in held if _may_pass(h, s)]
        found += [h for h in held if h not in passed]
        held = passed
        if s in late:
            held.append(s)
        else:
            found.append(s)
    return found + held


def _place(s: Statement) -> tuple[Operand, Any, tuple[Operand, ...]] | None:
    """The array and the place of an element that is read or written."""
    operation = s.operation
    if not isinstance(operation, Structural) or operation.name not in ("getitem", "setitem"):
        return None
    index = operation.params["index"]
    x = s.operands[0]
    if type(x) is not Var or type(index) is not tuple or len(index) != x.aval.ndim:
        return None
    if not all(type(i) is int or (type(i) is tuple and i[0] == "place") for i in index):
        return None
    return x, index, s.operands[1 if operation.name == "getitem" else 2 :]


def _may_pass(read: Statement, s: Statement) -> bool:
    """Whether a read may come after another statement instead of before it."""
    if any(o is read.target for o in s.operands):
        return False
    if s.operation.name == "getitem":
        return _place(s) is not None
    return type(s.operation) is Template
