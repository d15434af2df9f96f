"""Which operations raise for some of Python's numbers, where NumPy's would give `inf` or `nan`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from ...program.interning import LATEST
from ...program.program import Aval, Statement, Var, operand_aval
from .entry import TABLE, ElementwiseEntry
from .template import Literal, Template

_DIVIDING = frozenset({"div", "floordiv", "fmod", "mod", "remainder"})
_PARTLY_DEFINED = frozenset(
    {
        *("acos", "asin", "sqrt", "pow", "reciprocal", "gamma", "lgamma"),
        *("exp", "exp2", "expm1", "sinh", "cosh"),
        *("floor_int", "ceil_int", "trunc_int", "round_int"),
    }
)
RAISING = _DIVIDING | _PARTLY_DEFINED
"""Operations that may raise. Functions whose values are kept in any case are left out."""


def may_raise(statement: Statement, python: Sequence[bool] = ()) -> bool:
    """Whether an elementwise statement raises for some values of its variables.

    Args:
        statement: of a template.
        python: which of its operations are done by Python's numbers, if not all that could be.

    >>> from symdiff.program.program import FLOAT
    >>> x, y = Var("x", FLOAT), Var("y", FLOAT)
    >>> divided = Template.of((0, 1, "div"))
    >>> may_raise(Statement(y, divided, (2.0, x))), may_raise(Statement(y, divided, (x, 2.0)))
    (True, False)
    """
    operation = statement.operation
    if type(operation) is not Template or RAISING.isdisjoint(operation.code):
        return False
    return any(True for _ in raising_in(statement, python))


def raising_in(statement: Statement, python: Sequence[bool] = ()) -> Iterator[int]:
    """Of the operations in the code of a template, numbered, those that may raise."""
    operation, operands = statement.operation, statement.operands
    assert type(operation) is Template
    own = operation.python([operand_aval(o) for o in operands])
    if len(python) == len(own):  # else derivatives have written the statement anew
        own = tuple(python)
    for at, name, last in _doubtful(operation):
        if own[at] and not (name in _ENDING and _is_harmless(name, _known(last, operands))):
            yield at


@lru_cache(LATEST)
def _doubtful(template: Template) -> tuple[tuple[int, str, Any], ...]:
    """Each operation that may raise: its number, its name, and the last that it reads."""
    found: list[tuple[int, str, Any]] = []
    stack: list[Any] = []
    number = 0
    for token in template.code:
        if not isinstance(token, str):
            stack.append(token)
            continue
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        if token in RAISING:
            found.append((number, token, stack[-1]))
        stack[len(stack) - entry.arity :] = [None]
        number += 1
    return tuple(found)


_ENDING = _DIVIDING | {"pow"}
"""Operations that a constant at their end keeps from raising."""


def _known(token: Any, operands: Sequence[Any]) -> Any:
    if isinstance(token, Literal):
        return token.value
    found = operands[token] if type(token) is int else None
    return None if type(found) is Var else found


def _is_harmless(name: str, last: Any) -> bool:
    if type(last) not in (int, float):
        return False
    return bool(last >= 0) if name == "pow" else last != 0


def is_number(aval: Aval) -> bool:
    """Whether a value is a number of Python's own."""
    return aval.weak and not aval.shape
