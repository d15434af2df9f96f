"""Operands without a derivative rule: each is refused with its reason, and the others are not."""

from __future__ import annotations

import pytest

from symdiff.differentiate import jvp, vjp
from symdiff.errors import UnsupportedError
from symdiff.operations import TABLE
from symdiff.operations.statements.builder import Builder, elementwise_template
from symdiff.operations.table.entry import ElementwiseEntry
from symdiff.program.program import FLOAT, Program, Var

REFUSING = [
    entry
    for entry in TABLE.entries.values()
    if isinstance(entry, ElementwiseEntry) and entry.refuses
]


@pytest.mark.parametrize("entry", REFUSING, ids=lambda entry: entry.name)
def test_each_operand(entry: ElementwiseEntry) -> None:
    for k in range(entry.arity):
        inputs = tuple([Var(f"x_{n}", FLOAT) for n in range(entry.arity)])
        ops = Builder()
        program = Program(
            "f",
            inputs,
            ops.statements,
            (ops.elementwise(elementwise_template(entry.name), inputs),),
        )
        for derived in (
            lambda p=program, x=inputs[k]: vjp(p, [x], [1.0]),
            lambda p=program, x=inputs[k]: jvp(p, [x], [1.0]),
        ):
            if k in entry.refuses:
                with pytest.raises(UnsupportedError, match=rf"`{entry.name}`.*number {k + 1}"):
                    derived()
            else:
                derived()
