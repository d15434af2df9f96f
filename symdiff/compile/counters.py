"""What is known of the numbers of a loop without running it: those that count, and its powers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from ..operations.statements.counting import step_of
from ..operations.table.template import Template
from ..program.loops import Loop
from ..program.program import FLOAT, Operand, Var
from ..records import dataclass

_RANGE = 900.0
"""A power of two beyond which a float may lose digits, or be infinite."""


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number that grows by a constant, which the head of a loop counts.

    Attributes:
        k: its number among what the loop carries.
        var: the variable that is counted.
        start: what it is before the loop.
        ahead: whether what is counted is one step ahead of that.
        step: by how much it grows.
        left_out: the number of the statement that need not be run.
    """

    k: int
    var: Var
    start: Operand
    ahead: bool
    step: int
    left_out: int | None


def counted_in(loop: Loop, first: Sequence[Operand], asked: Collection[int]) -> Count | None:
    """A number that need not be carried.

    The head of a loop knows what it is as long as iterations are made, and where guards end the
    loop, after it, too.

    Args:
        loop: the loop.
        first: what it carries at first.
        asked: which of the carried values are read after it.
    """
    body = loop.body
    if loop.elements:
        return None
    reads = Counter(o for s in body.statements for o in s.operands if type(o) is Var)
    handed = Counter(o for o in body.outputs if type(o) is Var)
    for k, (var, start) in enumerate(zip(body.inputs[: loop.carried], first, strict=True)):
        made = body.outputs[k]
        step = step_of(var, made, body.statements)
        if not step or (k in asked and not loop.until):
            continue
        at = next(n for n, s in enumerate(body.statements) if s.target is made)
        if reads[var] == 1 and not handed[var] and handed[made] == 1 and not loop.until:
            return Count(k, made, start, True, step, at)
        alone = not reads[made] and handed[made] == 1
        return Count(k, var, start, False, step, at if alone else None)
    return None


def factor_of(loop: Loop) -> float | None:
    """The number by which a loop multiplies all that it carries, if it does nothing else."""
    body = loop.body
    if loop.until or loop.elements or loop.carried != 1 or loop.stacked:
        return None
    if len(body.statements) != 1 or body.inputs[0].aval is not FLOAT:
        return None
    (line,) = body.statements
    if type(line.operation) is not Template or line.target is not body.outputs[0]:
        return None
    code = line.operation.code
    words = {t for t in code if isinstance(t, str)}
    reads = [o for t in code if type(t) is int and type(o := line.operands[t]) is Var]
    if not words <= {"mul", "neg"} or "mul" not in words or reads != [body.inputs[0]]:
        return None
    values = [1.0 if type(o) is Var else o for o in line.operands]
    factor: Any = line.operation.evaluate(*values)
    if type(factor) is not float or factor == 0.0 or not math.isfinite(factor):
        return None
    return factor


def most_powers(factor: float) -> int:
    """Up to which exponent a power is in the midst of the range of floats.

    >>> most_powers(2.0), most_powers(-0.25)
    (900, 450)
    """
    each = abs(math.log2(abs(factor)))
    return int(min(_RANGE / each, 1e9)) if each > 0.0 else 10**9
