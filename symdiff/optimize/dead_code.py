"""Remove statements that no output, guard or effect depends on."""

from __future__ import annotations

from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.acts import Opaque
from ..program.branches import Branch
from ..program.loops import Loop, Result
from ..program.program import Program, Statement, Var
from .branches import Key, acts, pruned_branch
from .loops import pruned, read_from


def remove_dead_code(program: Program) -> Program:
    """The same program without the statements nobody needs. Guards and effects stay.

    Loops carry, stack and read what is left of them, and arms of branches likewise.

    >>> from symdiff.program.program import FLOAT
    >>> from symdiff.operations.statements.builder import Builder
    >>> ops, x = Builder(), Var("x", FLOAT)
    >>> unused, y = ops.sin(x), ops.cos(x)
    >>> len(remove_dead_code(Program("f", (x,), ops.statements, (y,))))
    1
    """
    needed = {o for o in program.outputs if type(o) is Var}
    kept: list[Statement] = []
    wanted: dict[Var, set[Key]] = {}
    places: dict[Var, dict[Key, int]] = {}
    for statement in reversed(program.statements):
        target, operation = statement.target, statement.operation
        structured = type(operation) is Loop or type(operation) is Branch
        if (
            target is None
            or target in needed
            or type(operation) is Opaque
            or (structured and acts(operation))
        ):
            if structured:
                assert target is not None
                known = wanted.get(target, set())
                prune = pruned if type(operation) is Loop else pruned_branch
                statement, places[target] = prune(statement, known, remove_dead_code)
            elif type(operation) is Result:
                wanted.setdefault(statement.operands[0], set()).add((operation.kind, operation.k))
            kept.append(statement)
            needed.update([o for o in statement.operands if type(o) is Var])
    kept.reverse()
    if places:
        kept = [
            read_from(s, places[s.operands[0]]) if type(s.operation) is Result else s for s in kept
        ]
    return Program(program.name, program.inputs, kept, program.outputs, program.extra)


def without_newly_unread(program: Program, original: Program) -> Program:
    """The program without what has been read in another form of it, and is not any more.

    What nobody has read there may be there for what it raises.
    """
    read = {o for s in original.statements for o in s.operands if type(o) is Var}
    needed = {o for o in program.outputs if type(o) is Var}
    kept: list[Statement] = []
    for statement in reversed(program.statements):
        gone = statement.target in read and statement.target not in needed
        if not gone or type(statement.operation) not in (Template, Structural):
            kept.append(statement)
            needed.update([o for o in statement.operands if type(o) is Var])
    kept.reverse()
    return Program(program.name, program.inputs, kept, program.outputs, program.extra)


def without_unread(program: Program, original: Program) -> Program:
    """The program without what nobody reads, but for what nobody has read in another form of it."""
    read = {o for s in original.statements for o in s.operands if type(o) is Var}
    kept = {s.target for s in original.statements if s.target not in read}
    needed = {o for o in program.outputs if type(o) is Var}
    statements: list[Statement] = []
    for statement in reversed(program.statements):
        target = statement.target
        if target is None or target in needed or target in kept:
            statements.append(statement)
            needed.update([o for o in statement.operands if type(o) is Var])
    statements.reverse()
    return Program(program.name, program.inputs, statements, program.outputs, program.extra)
