"""Whether the function itself raises, asked of compiled code instead of a new trace.

Compiled gradients compute with Python's numbers, which raise where NumPy's give `inf` or `nan`: in
the function as the user wrote it, in its derivative, or in what the user had NumPy compute. Only
the first is an error of the user's. A *replay* runs every statement of the function, guards and
all, with the numbers that each operation had when the function was traced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Literal, Template, format_number, render_operation
from ..program.acts import Write
from ..program.naming import Namer
from ..program.program import Program, Statement, Var, name_uniquely, operand_aval
from ..records import dataclass
from .branches import BranchEmitter
from .emit import Emitted, Layout, emit
from .lifetimes import Lifetimes
from .lines import Emitter, Output


@dataclass(slots=True)
class _Replayer(BranchEmitter):
    """Writes lines that raise where the function does."""

    python: Mapping[Var, tuple[bool, ...]] = field(default_factory=dict)

    def template(self, operation: Template, statement: Statement) -> None:
        target = statement.target
        assert target is not None
        avals = [operand_aval(o) for o in statement.operands]
        own = self.python.get(target, ())
        if len(own) != sum(isinstance(token, str) for token in operation.code):
            own = operation.python(avals)
        if not any(own):
            Emitter.template(self, operation, statement)
            return
        source = _render(operation, [self.operand(o) for o in statement.operands], own)
        if own[-1] and target.aval.dtype == "float64":
            source = f"numpy.float64({source})"  # for what NumPy computes of it
        self.lines.append((target.name, source))


def _render(operation: Template, operands: Sequence[str], own: Sequence[bool]) -> str:
    """Source of a template in which the operations in `own` are done by Python's numbers."""
    kinds = iter(own)
    stack: list[tuple[str, bool]] = []  # and whether it is a number of Python's own for certain
    for token in operation.code:
        if type(token) is int:
            stack.append((operands[token], False))
        elif isinstance(token, Literal):
            stack.append((f"({format_number(token.value)})", True))
        else:
            entry = TABLE.entries[token]  # type: ignore[index]
            assert isinstance(entry, ElementwiseEntry)
            read = stack[len(stack) - entry.arity :]
            of_python = next(kinds)
            if of_python:
                texts = [text if plain else f"rt.plain({text})" for text, plain in read]
            else:
                texts = [text for text, _ in read]
                if all(plain for _, plain in read):
                    texts[0] = f"numpy.float64({texts[0]})"
            text = render_operation(entry, texts, "math" if of_python else "numpy")
            stack[len(stack) - entry.arity :] = [(f"({text})", of_python)]
    return stack[-1][0]


def emit_replay(
    program: Program,
    parameters: int,
    python: Mapping[Var, tuple[bool, ...]],
    outputs: Sequence[Output] = (),
    layout: Layout | None = None,
) -> Emitted:
    """The lines that a function runs, up to its result, without what it changes outside.

    Args:
        program: a traced function.
        parameters: how many parameters it has.
        python: which operations gave a number of Python's own, where the operands do not tell.
        outputs: of the program's outputs, how those are handed over that are asked for.
        layout: how they are put together.
    """
    kept = [s for s in program.statements if type(s.operation) is not Write]
    asked = program.outputs if outputs else ()
    whole = name_uniquely(Program(program.name, program.inputs, kept, asked))

    def emitter(careful: bool, namer: Namer, lifetimes: Lifetimes) -> BranchEmitter:
        return _Replayer(careful, namer, lifetimes=lifetimes, python=python)

    return emit(whole, parameters, outputs, layout, careful=True, emitter=emitter)
