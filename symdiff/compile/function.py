"""A program as a function: which passes it takes, and in which form it is compiled."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..optimize.checkpoints import Stacking
from ..optimize.dead_code import without_newly_unread
from ..optimize.doubles import with_doubles
from ..optimize.factors import Regrouped, with_factors_shared
from ..optimize.matrix_sums import with_sums_before_products
from ..optimize.products import with_short_products
from ..optimize.seen import seen_in
from ..optimize.small import with_numbers
from ..optimize.sums import with_sums_inside
from ..optimize.tangents import with_tangents_shared
from ..program.program import Operand, Program, Var, name_uniquely
from ..records import dataclass
from .asking import asked_for
from .branches import BranchEmitter
from .checks import ALONE
from .direct import LONGEST
from .emit import Emitted, Layout, Output, emit
from .extended import ExtendedEmitter
from .ranges import Danger, danger
from .replay import emit_replay
from .text import function_of
from .whole import ExactEmitter, WholeEmitter


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled program: the function, and whether it takes the log of effects at the end.

    One that is `watching` raises `OutOfRange` where products may leave the range of floats. One
    that is `quiet` is to be called where NumPy does not warn, even if it is given numbers alone.
    Where `native` code is the function, this is its C; the `python` form takes over where that is
    not made for something, and what is `called` is computed by Python all the same; `bound` gives
    the same function with another one behind it. What is `missing` is why there is none although
    it was asked for. What was `emitted` is kept for `direct.py`, if it is short. A `candidate` may
    become native: see `operators/switching.py`.
    """

    function: Callable[..., Any]
    needs_log: bool
    watching: bool = False
    quiet: bool = False
    python: Callable[..., Any] | None = None
    careful: bool = False
    native: str = ""
    bound: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None
    missing: str = ""
    called: tuple[str, ...] = ()
    emitted: Emitted | None = None
    candidate: Any = None
    numbers: bool = False

    @property
    def source(self) -> str:
        """The text that was compiled: C, where that is what runs."""
        if self.native:
            return self.native
        return "".join(linecache.getlines(self.function.__code__.co_filename))


def compile_program(
    program: Program,
    parameters: int,
    outputs: Sequence[Output],
    layout: Layout | None = None,
    careful: bool = False,
    watching: bool = False,
    limited: Mapping[Operand, Stacking] | None = None,
    numbers: bool = True,
    alone: bool = False,
) -> Compiled:
    """Compile a program into a Python function of the user's parameters; see `emit`.

    Args:
        program: what to compute.
        parameters: how many parameters the user's function has.
        outputs: how each output is handed over.
        layout: how the outputs are put together.
        careful: compute scalars with NumPy, too.
        watching: raise `OutOfRange` where products may leave the range of floats.
        limited: the loops that raise `BeyondMemory` where they would stack too much.
        numbers: compute small arrays as numbers where that is faster.
        alone: whether no other program goes on to multiply what this one gives.
    """
    looked_for = danger(program) if watching else Danger.NONE
    emitter = BranchEmitter if careful else WholeEmitter
    seen: set[Var] | None = None
    regrouped: list[Regrouped] = []
    if not careful:
        shorter = with_sums_inside(with_doubles(program), _own(program, outputs))
        for shorten in (with_short_products, with_sums_before_products, with_tangents_shared):
            shorter = shorten(shorter, _own(shorter, outputs))
        if shorter is not program:
            shorter = without_newly_unread(shorter, program)
        if numbers:
            apart = with_numbers(shorter, _own(shorter, outputs))
            numbers, shorter = apart is not shorter, apart
        if shorter is not program:
            program = name_uniquely(shorter)
        seen = seen_in(program, _own(program, outputs))
        if looked_for is Danger.INPUTS:
            shorter, regrouped = with_factors_shared(program, seen)
            if shorter is not program:
                program = name_uniquely(shorter)
    measured = asked_for(program) if alone and looked_for is Danger.INPUTS else None
    if measured is not None and not measured and not regrouped:
        looked_for = Danger.NONE
    emitted = emit(
        program,
        parameters,
        outputs,
        layout,
        careful,
        looked_for,
        emitter,
        limited=limited,
        seen=seen,
        measured=measured,
        regrouped=regrouped,
    )
    numbers = numbers and not careful
    emitted.minds = numbers
    return _compiled(emitted, looked_for is not Danger.NONE, careful, numbers)


def _own(program: Program, outputs: Sequence[Output]) -> list[Operand]:
    """The outputs that are to be what the function gives, to the last bit."""
    return [o for o, output in zip(program.outputs, outputs, strict=True) if output.own]


def compile_extended(
    program: Program,
    parameters: int,
    outputs: Sequence[Output],
    layout: Layout | None = None,
    limited: Mapping[Operand, Stacking] | None = None,
) -> Compiled:
    """Compile a program that computes in extended precision; see `extended`."""
    emitted = emit(
        program,
        parameters,
        outputs,
        layout,
        careful=True,
        emitter=ExtendedEmitter,
        limited=limited,
    )
    return _compiled(emitted)


def compile_replay(
    program: Program, parameters: int, python: Mapping[Var, tuple[bool, ...]]
) -> Compiled:
    """Compile what tells whether a traced function itself raises; see `replay`."""
    return _compiled(emit_replay(program, parameters, python))


def compile_body(
    body: Program, outputs: Sequence[Output], python: Mapping[Var, tuple[bool, ...]] | None = None
) -> Compiled:
    """Compile one iteration of a loop into a function of its inputs, which gives a list.

    Args:
        body: what an iteration computes.
        outputs: how each of its outputs is handed over.
        python: as for a replay, where the numbers are to be those of the function itself.
    """
    if python is None:
        return _compiled(emit(body, 0, outputs, _as_list, emitter=ExactEmitter))
    return _compiled(emit_replay(body, 0, python, outputs, _as_list))


def _as_list(results: Iterator[str], namer: Callable[[Any, str], str]) -> str:
    return f"[{', '.join(results)}]"


def _compiled(
    emitted: Emitted, watching: bool = False, careful: bool = False, numbers: bool = False
) -> Compiled:
    function = function_of(
        ", ".join(emitted.parameters),
        _assignments(emitted.lines),
        emitted.result,
        emitted.namespace,
    )
    short = sum(len(t) + len(s or "") for t, s in emitted.lines) <= LONGEST
    kept = emitted if short else None
    return Compiled(
        function,
        emitted.needs_log,
        watching,
        emitted.quiet,
        careful=careful,
        emitted=kept,
        numbers=numbers,
    )


def _assignments(lines: Sequence[tuple[str, str | None]]) -> Iterator[tuple[str, str | None]]:
    """Lines that are assignments, as `lambdify` writes them: others stand in front of the next."""
    before = ""
    for target, source in lines:
        if source == ALONE:
            before += f"{target}\n    "
        elif source is None and before:
            yield f"{before}del {target}; _", "None"
            before = ""
        else:
            yield before + target, source
            before = ""
    if before:
        yield f"{before.rstrip()}; _", "None"
