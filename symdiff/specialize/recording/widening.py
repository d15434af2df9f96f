"""Where a number is Python's on one way and NumPy's on another: may it be taken for NumPy's?

It may where nothing that is computed of it tells the two apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...operations.table.entry import TABLE, ElementwiseEntry
from ...operations.table.template import Literal as LiteralNumber
from ...operations.table.template import Template
from ...program.program import Aval, Keep, Operand, Program, Statement, Var, bodies_of, operand_aval
from .tracer import Tracer
from .watching import COMPUTING

_NARROW = frozenset({"float16", "float32", "complex64"})


def may_widen(value: Any) -> bool:
    """Whether a number may be taken for one of NumPy's double precision."""
    if type(value) is Tracer:
        return type(value.value) is float
    return type(value) is float or (type(value) is int and abs(value) < 2**53)


def is_double(kind: type, aval: Aval) -> bool:
    """Whether a number is one of double precision, Python's or NumPy's."""
    return kind in (float, np.float64) and aval.dtype == "float64" and not aval.shape


def tells_apart(statements: Sequence[Statement], var: Var) -> bool:
    """Whether what is computed of a number tells Python's from NumPy's.

    Python's raises where NumPy's gives an infinity, and widens no array; and what lies outside
    may look at it.

    Args:
        statements: those that may read it; it may also be computed in a body of theirs.
        var: the number.
    """
    return _tells_apart(statements, {var})


def _tells_apart(statements: Sequence[Statement], moved: set[Var]) -> bool:
    for s in statements:
        reached = [type(o) is Var and o in moved for o in s.operands]
        if not any(reached):
            if _in_a_body(s, moved):
                return True
            continue
        kind = type(s.operation)
        narrow = any(operand_aval(o).dtype in _NARROW for o in s.operands)
        if narrow or kind is Keep or kind not in COMPUTING:
            return True
        if type(s.operation) is Template and _may_raise(s.operation, s.operands, reached):
            return True
        for body in bodies_of(s.operation):
            pairs = zip(body.inputs, reached[1:], strict=True)
            if _tells_apart_in(body, moved | {v for v, is_reached in pairs if is_reached}):
                return True
        if s.target is not None:
            moved.add(s.target)
    return False


def _in_a_body(s: Statement, moved: set[Var]) -> bool:
    """The same of a statement that reads no such number, and may compute one in its bodies."""
    for body in bodies_of(s.operation):
        made = {t.target for t in body.statements}
        if made.isdisjoint(moved):
            if any(_in_a_body(t, moved) for t in body.statements):
                return True
            continue
        if _tells_apart_in(body, set(moved)):
            return True
        if s.target is not None:
            moved.add(s.target)
    return False


def may_be_python(
    statements: Sequence[Statement],
    doubtful: set[Var],
    values: Mapping[Var, Any],
    python: Mapping[Var, tuple[bool, ...]],
) -> set[Var]:
    """What may be Python's number, though all that is doubtful has been taken for NumPy's.

    Args:
        statements: what is computed, in order.
        doubtful: numbers that are Python's on some ways, and NumPy's on others.
        values: what has been computed.
        python: which operations of a statement give Python's numbers of any others.
    """
    found = set(doubtful)
    for s in statements:
        target = s.target
        if target is None or target.aval.shape:
            continue
        if not any(type(o) is Var and o in found for o in s.operands):
            continue
        if type(s.operation) is not Template:
            if type(values.get(target)) is not np.ndarray:
                found.add(target)
            continue
        own = [
            o in found or _is_python(values.get(o)) if type(o) is Var else _is_python(o)
            for o in s.operands
        ]
        if _gives_python(s.operation, own, python.get(target, ())):
            found.add(target)
    return found


def _is_python(value: Any) -> bool:
    return type(value) in (bool, int, float)


def _gives_python(template: Template, own: Sequence[bool], python: Sequence[bool]) -> bool:
    """Whether a template gives Python's number of operands some of which are."""
    stack: list[bool] = []
    position = 0
    for token in template.code:
        if not isinstance(token, str):
            stack.append(own[token] if type(token) is int else True)
            continue
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        given = position < len(python) and python[position]
        position += 1
        stack[len(stack) - entry.arity :] = [given or all(stack[len(stack) - entry.arity :])]
    return stack[-1]


def _may_raise(template: Template, operands: Sequence[Operand], reached: Sequence[bool]) -> bool:
    """Whether a division or power in a template raises for some of Python's numbers alone."""
    stack: list[tuple[bool, Any]] = []  # whether a number moves, and what it is if it is constant
    for token in template.code:
        if type(token) is int:
            operand = operands[token]
            stack.append((reached[token], None if type(operand) is Var else operand))
        elif isinstance(token, LiteralNumber):
            stack.append((False, token.value))
        else:
            assert isinstance(token, str)
            entry = TABLE.entries[token]
            assert isinstance(entry, ElementwiseEntry)
            read = stack[len(stack) - entry.arity :]
            moves = any(is_reached for is_reached, _ in read)
            last = read[-1][1] if read else None
            if moves and token in _RAISING and not _is_harmless(token, last):
                return True
            stack[len(stack) - entry.arity :] = [(moves, None)]
    return False


_RAISING = frozenset({"div", "floordiv", "mod", "pow", "reciprocal"})
"""Operations that raise for some of Python's numbers."""


def _is_harmless(name: str, last: Any) -> bool:
    """Whether one of them does not raise with such a divisor, or such an exponent."""
    if type(last) not in (int, float):
        return False
    return bool(last >= 0) if name == "pow" else last != 0


def _tells_apart_in(body: Program, moved: set[Var]) -> bool:
    """The same in a body, whose inputs may become what its outputs are."""
    while True:
        known = set(moved)
        if _tells_apart(body.statements, known):
            return True
        pairs = zip(body.inputs, body.outputs, strict=False)
        further = {v for v, o in pairs if type(o) is Var and o in known} - moved
        if not further:
            return False
        moved |= further
