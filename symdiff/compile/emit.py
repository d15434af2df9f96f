"""A program as the lines of Python that lambdify compiles, in the program's own names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from ..operations.runtime import functions as runtime
from ..operations.runtime.pristine import MATH, NUMPY
from ..optimize.checkpoints import Stacking
from ..optimize.factors import Regrouped
from ..program.acts import Write
from ..program.naming import BUILTIN_NAMES, Namer, checked
from ..program.program import Keep, Operand, Program, Var
from ..program.sources import Argument
from ..records import dataclass
from .branches import BranchEmitter
from .checks import is_math
from .homes import homes_in
from .lifetimes import Lifetimes
from .lines import Output
from .ranges import Danger
from .warning import may_warn

Layout = Callable[[Iterator[str], Callable[[Any, str], str]], str]
"""From the source of each output, and a namer of objects, to the source of the whole result."""


@dataclass(slots=True)
class Emitted:
    """Lines, the source of the result, and the objects that the lines name.

    A line is `(target, source)`, or `(names, None)` to forget some variables.
    """

    parameters: list[str]
    lines: list[tuple[str, str | None]]
    result: str
    namespace: dict[str, Any]
    needs_log: bool
    quiet: bool = False  # whether whole arrays are computed where the function has none
    warns: bool = False  # whether NumPy may warn where the function gives no reason to
    minds: bool = False  # whether numbers stand for arrays, which raise where NumPy is told to


def emit(
    program: Program,
    parameters: int,
    outputs: Sequence[Output],
    layout: Layout | None = None,
    careful: bool = False,
    watching: Danger = Danger.NONE,
    emitter: Callable[..., BranchEmitter] = BranchEmitter,
    limited: Mapping[Operand, Stacking] | None = None,
    seen: Collection[Var] | None = None,
    measured: Collection[Var] | None = None,
    regrouped: Sequence[Regrouped] = (),
) -> Emitted:
    """Turn a program into lines.

    Args:
        program: what to compute; arguments are read by its `Read` statements, and its own inputs
            (such as the cotangent of a vjp) come after the function's parameters.
        parameters: how many parameters the user's function has.
        outputs: how each output is handed over.
        layout: how the outputs are put together; by default one output by itself and several as
            a tuple.
        careful: compute scalars with NumPy, too.
        watching: raise `OutOfRange` where products may leave the range of floats.
        emitter: makes what writes the lines.
        limited: the loops that raise `BeyondMemory` where they would stack too much.
        seen: the values that are to be those of the function to the last bit; all, if not given.
        measured: the inputs whose size matters where products are watched; all, if not given.
        regrouped: the products whose size is asked for.
    """
    arguments = [f"arg_{k}" for k in range(parameters)]
    namer = Namer({v.name for v in program.variables()} | _OWN_NAMES | set(arguments))
    for var in program.variables():
        if var.name in _OWN_NAMES or var.name in arguments:
            var.name = namer(var.name)  # the user's own name for it means something else here
        checked(var.name)
    lifetimes = Lifetimes(program, reuses=not careful)
    writer = emitter(careful, namer, lifetimes=lifetimes)
    if not careful:
        writer.arrange(program)
        writer.homes = homes_in(program, lifetimes.in_place)
    writer.limited, writer.whole = limited or {}, lifetimes
    writer.unused, writer.seen, writer.measured = "_", seen, measured
    writer.watching = watching is Danger.INPUTS
    if watching is Danger.CONSTANTS:
        writer.line("rt.out_of_range()")
    writer.namespace.update(math=MATH, numpy=NUMPY, rt=runtime)
    writer.shared.update(program.inputs)  # a cotangent is the caller's own array
    for var in program.inputs:
        if is_math(var) and not careful:
            writer.python_numbers.add(var)
        writer.given(var)
        if var in writer.as_lists:
            writer.lines.append((var.name, f"{var.name}.tolist()"))
    writes = []
    for number, statement in enumerate(program.statements):
        if type(statement.operation) is Write:
            writes.append(statement)
        elif type(statement.operation) is not Keep:
            writer.ask_before(statement.operation)
            writer.statement(statement, number)
            unread = [v for v in lifetimes.forgotten(number) if v not in writer.as_lists]
            if unread:
                writer.lines.append((", ".join([v.name for v in unread]), None))
    writer.ask_before(None)
    writer.ask_regrouped(regrouped)
    handed: set[Var] = set()
    results = [
        writer.output(o, spec, handed) for o, spec in zip(program.outputs, outputs, strict=True)
    ]
    writer.writes(writes)
    names = [*arguments, *[v.name for v in program.inputs]]
    if writer.needs_log:
        names.append("log")
    if layout is not None:
        result = layout(iter(results), writer.object)
    else:
        result = results[0] if len(results) == 1 else f"({', '.join(results)})"
    return Emitted(
        names,
        writer.lines,
        result,
        writer.namespace,
        writer.needs_log,
        writer.quiet,
        writer.squares or may_warn(program),
    )


_OWN_NAMES = BUILTIN_NAMES | {"log", "rt", "builtins", "_"}
"""What a line may call, or assign to in passing (`_`): no variable has such a name. `math` and the
like are reserved anyway."""

__all__ = ["Argument", "Emitted", "Layout", "Output", "emit"]
