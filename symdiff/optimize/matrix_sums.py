"""Sums of products of matrices are products of sums: `ones @ (a @ b)` is `(ones @ a) @ b`.

The cotangent of what was added to each row of a matrix is the sum of the rows of a product, which
need not be made. Nor need the squares of a large array that are added up along rows.
"""

from __future__ import annotations

import math
import string
from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from ..operations.statements.builder import Builder
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template
from ..program.program import Operand, Program, Statement, Var, operand_aval
from .dead_code import without_newly_unread
from .seen import seen_in
from .sums import has_free_length

_LEAST = 4
"""A product of so few rows takes no longer than two."""


def with_sums_before_products(program: Program, own: Collection[Operand]) -> Program:
    """The program, in which rows or columns are added up before matrices are multiplied.

    Args:
        program: what is to be compiled.
        own: the outputs that are to be what NumPy gives, to the last bit.

    >>> from symdiff.program.program import Aval
    >>> ops, a, b = Builder(), *[Var(n, Aval.of((9, 9), "float64")) for n in "ab"]
    >>> total = ops.unbroadcast(ops.matmul(a, b), shape=(9,))
    >>> made = with_sums_before_products(Program("f", (a, b), ops.statements, (total,)), ())
    >>> print(*made.statements, sep="; ")
    t = unbroadcast(a, shape=(9,)); t = t @ b
    """
    if not any(_is_sum(s) for s in program.statements):
        return program
    if any(has_free_length(s) for s in program.statements):
        return program  # shapes are not what they are said to be
    seen = seen_in(program, own)
    reads = Counter(o for s in program.statements for o in s.operands if type(o) is Var)
    reads.update(o for o in program.outputs if type(o) is Var)
    ops = Builder()
    made: dict[Operand, Statement] = {}
    changed = False
    for statement in program.statements:
        target = statement.target
        x = statement.operands[0] if _is_sum(statement) else None
        if type(x) is Var and target is not None and target not in seen and reads[x] == 1:
            product = made.get(x)
            ops.span, ops.hint = statement.span, target.name
            if product is not None and type(product.operation) is Structural:
                parts = _summed(ops, product, target)
                if parts is not None:
                    statement = Statement(target, product.operation, parts, statement.span)
                    changed = True
            elif product is not None and type(product.operation) is Template:
                found = _squares_summed(ops, product, target)
                if found is not None:
                    statement, changed = found, True
        ops.statements.append(statement)
        if target is not None:
            made[target] = statement
    if not changed:
        return program
    return without_newly_unread(replace(program, statements=ops.statements), program)


_SQUARES = (
    Template.of((0, Literal.of(2), "pow")),
    Template.of((0, Literal.of(2.0), "pow")),
    Template.of((0, 0, "mul")),
    Template.of((0, "square")),
)
_LARGE = 2**17
"""New memory for so many squares takes longer to come by than they take to be computed."""

_SHORTEST, _LONGEST = 8, 64
"""The rows whose squares `einsum` adds up in about the time of a product with ones."""


def _squares_summed(ops: Builder, squares: Statement, target: Var) -> Statement | None:
    """The sums of the squares of rows, without the squares; `None` for other sums."""
    x = squares.operands[0]
    if squares.operation not in _SQUARES or operand_aval(x).dtype != "float64":
        return None
    shape = operand_aval(x).shape
    if math.prod(shape) < _LARGE or not _SHORTEST <= shape[-1] <= _LONGEST or len(shape) > 26:
        return None
    if target.aval.shape != (*shape[:-1], 1):
        return None
    axes = string.ascii_lowercase[: len(shape)]
    whole = Structural.of("contraction", subscripts=f"{axes},{axes}->{axes[:-1]}")
    total = ops.emit(whole, (x, x))
    return Statement(target, Structural.of("reshape", shape=target.aval.shape), (total,), ops.span)


def _is_sum(statement: Statement) -> bool:
    operation = statement.operation
    return type(operation) is Structural and operation.name == "unbroadcast"


def _summed(ops: Builder, product: Statement, target: Var) -> tuple[Operand, Operand] | None:
    """The factors of a product of matrices, one of them summed; `None` for other sums."""
    operation = product.operation
    if type(operation) is not Structural or operation.name != "matmul":
        return None
    a, b = product.operands
    left, right = operand_aval(a).shape, operand_aval(b).shape
    if operand_aval(a).dtype != "float64" or operand_aval(b).dtype != "float64":
        return None
    if min(len(left), len(right)) < 2:
        return None
    lead = product.target.aval.shape[:-2] if product.target is not None else ()
    wanted = target.aval.shape
    if left[:-2] == lead and left[-2] >= _LEAST:
        if wanted == (*lead, 1, right[-1]):
            return ops.unbroadcast(a, shape=(*lead, 1, left[-1])), b
        if wanted == (right[-1],) and not lead and len(right) == 2:
            return ops.unbroadcast(a, shape=(left[-1],)), b
    if right[:-2] == lead and right[-1] >= _LEAST and wanted == (*lead, left[-2], 1):
        return a, ops.unbroadcast(b, shape=(*lead, right[-2], 1))
    return None
