"""How large a closed form would be, counted without building it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ..errors import TooLargeError
from ..operations.table.template import Literal, Template
from ..program.interning import LATEST
from ..program.program import Operand, Program, Var

READABLE = 400
"""Operations that a person may still want to read, and that SymPy handles at once."""

DEEPEST = 100
"""SymPy works by recursion: expressions nested deeper than this exhaust Python's stack."""

_CAP = 10**30


def check_size(program: Program, wanted: Sequence[Operand], limit: int = READABLE) -> None:
    """Refuse a closed form that is too large, in time proportional to the program.

    Raises:
        TooLargeError: it has more operations than `limit`, or is nested too deeply.
    """
    operations, depth = closed_form_size(program, wanted)
    if operations <= limit and depth <= DEEPEST:
        return
    if operations > limit:
        shown = f"{operations:,}" if operations < _CAP else f"more than 10**{len(str(_CAP)) - 1}"
        what = f"the closed form of {program.name} has {shown} operations; the limit is {limit:,}"
    else:
        what = f"the closed form of {program.name} is nested {depth:,} deep; the limit is {DEEPEST}"
    raise TooLargeError(
        what,
        why="substituting the lines into each other repeats what they share",
        remedy="read it line by line: `.program(...)`, `.source(...)`, or on the command line "
        "`symdiff show --format program`",
    )


def closed_form_size(program: Program, wanted: Sequence[Operand]) -> tuple[int, int]:
    """Operations and nesting depth of the closed form of some outputs, before simplification.

    >>> closed_form_size(Program("f", (), [], (1.0,)), [1.0])
    (0, 0)
    """
    needed = {o for o in wanted if type(o) is Var}
    if not needed:
        return 0, 0
    live = []
    for statement in reversed(program.statements):
        if statement.target in needed:
            live.append(statement)
            needed.update([o for o in statement.operands if type(o) is Var])
    sizes: dict[Var, tuple[int, int]] = {}
    nothing = (0, 0)
    for statement in reversed(live):
        operation = statement.operation
        if isinstance(operation, Template):
            size, uses = _of_template(operation)
            depth = size
        else:
            size, uses, depth = 1, None, 1
        below = 0
        for k, operand in enumerate(statement.operands):
            operations, deep = sizes.get(operand, nothing) if type(operand) is Var else nothing
            size += operations if uses is None else operations * uses[k]
            below = max(below, deep)
        assert statement.target is not None
        sizes[statement.target] = (min(size, _CAP), below + min(depth, 10))
    found = [sizes.get(o, nothing) for o in wanted if type(o) is Var]
    return sum(s for s, _ in found), max(d for _, d in found)


@lru_cache(LATEST)
def _of_template(template: Template) -> tuple[int, list[int]]:
    uses = [0] * template.arity
    size = 0
    for token in template.code:
        if isinstance(token, str):
            size += 1
        elif not isinstance(token, Literal):
            uses[token] += 1
    return size, uses
