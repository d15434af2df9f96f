"""Which operations give what memory: a running sum, a view, one element."""

from __future__ import annotations

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import Statement, Var, operand_aval


def accumulator(template: Template) -> int | None:
    """The placeholder `p` of a template `p + ...` that reads `p` once; `None` for any other.

    >>> accumulator(Template.of((1, 0, 0, "mul", "add"))), accumulator(Template.of((0, "sin")))
    (1, None)
    """
    code = template.code
    first = code[0]
    if type(first) is not int or code[-1] != "add" or code.count(first) != 1:
        return None
    depth = 0
    for token in code[1:-1]:
        if isinstance(token, str):
            entry = TABLE.entries[token]
            assert isinstance(entry, ElementwiseEntry)
            depth -= entry.arity
            if depth < 0:  # an operation that takes the first operand in
                return None
        depth += 1
    return first if depth == 1 else None


def may_alias(statement: Statement) -> bool:
    """Whether the result may share memory with the first operand."""
    operation, target = statement.operation, statement.target
    assert isinstance(operation, Structural)
    assert target is not None
    if operation.name == "unbroadcast":  # a sum is an array of its own
        return operand_aval(statement.operands[0]).size == target.aval.size
    return operation.entry.alias


def is_element(statement: Statement) -> bool:
    """Whether a statement reads one number of an array, at a place known beforehand."""
    operation = statement.operation
    assert isinstance(operation, Structural)
    index = operation.params["index"]
    x = statement.operands[0]
    return (
        type(x) is Var and len(index) == operand_aval(x).ndim and all(type(i) is int for i in index)
    )
