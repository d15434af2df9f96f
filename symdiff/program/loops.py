"""A loop as one statement, whose body is a program: what it carries, reads and stacks.

    found = Loop(count, *carried, *tapes, *invariants)
    x = Result("carried", 0)(found)

The body's inputs are the values carried from one iteration to the next, an entry of each tape, and
what is the same in all iterations. Its outputs are the carried values of the next iteration, and
what is stacked onto tapes, an entry an iteration. A derivative of a loop is made of derivatives of
its body, and is a loop again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count as counting
from typing import Any

import numpy as np

from ..errors import InvalidProgramError, SourceSpan
from ..records import dataclass
from ..settings import get_memory_limit
from .bodies import agree, assignment, check_guards, lines_of, run
from .branches import Branch
from .program import (
    FOUND,
    INT,
    Aval,
    Operand,
    Program,
    format_operand,
    guards_in,
    operand_aval,
    validate,
)

TAPE = Aval.of((), "tape")
"""What a loop has stacked: a list with an entry for each iteration."""


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """An `Operation`: run the body again and again. Its value is read by `Result`.

    Its operands are the count, the first carried values, the tapes and the invariants. The count
    is the largest number of iterations; `None` is no bound, or the length of the tapes.

    Attributes:
        body: what an iteration computes.
        carried: how many of the body's inputs, and of its outputs, are carried.
        elements: how many of the inputs after those are entries of tapes.
        backward: whether tapes are read and written from the end.
        until: whether guards in the body end the loop: an iteration in which one fails is not
            made, and what is carried stays as it was before it.
        endless: whether the count is no more than the limit of a loop that has no count itself.
    """

    body: Program
    carried: int
    elements: int = 0
    backward: bool = False
    until: bool = False
    endless: bool = False

    @property
    def name(self) -> str:
        return "loop"

    @property
    def bodies(self) -> tuple[Program, ...]:
        return (self.body,)

    @property
    def stacked(self) -> int:
        """How many tapes the loop writes."""
        return len(self.body.outputs) - self.carried

    def parts(self, values: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
        """Carried values, elements and invariants: of the body's inputs, or of the operands."""
        start, end = self.carried, self.carried + self.elements
        return values[:start], values[start:end], values[end:]

    def infer(self, avals: Sequence[Aval]) -> Aval:
        return FOUND

    def check(self, operands: Sequence[Operand]) -> None:
        """Whether operands, inputs and outputs of the body agree.

        Raises:
            InvalidProgramError: they do not.
        """
        inputs, outputs = self.body.inputs, self.body.outputs
        if len(operands) != len(inputs) + 1:
            raise InvalidProgramError(
                f"a loop of {len(inputs)} inputs is given {len(operands) - 1}"
            )
        carried, elements, invariants = self.parts(inputs)
        first, tapes, fixed = self.parts(operands[1:])
        for var, operand in zip((*carried, *invariants), (*first, *fixed), strict=True):
            agree(var, operand, "loop", "is given")
        for tape in tapes:
            if operand_aval(tape) is not TAPE:
                raise InvalidProgramError(f"{format_operand(tape)} is no tape")
        for var, operand in zip(carried, outputs[: self.carried], strict=True):
            agree(var, operand, "loop", "becomes")
        if elements and (operands[0] is not None or self.until):
            raise InvalidProgramError("a loop over tapes ends elsewhere than they do")
        if operands[0] is None and not (self.until or elements):
            raise InvalidProgramError("a loop has no end")
        guard = next(guards_in(self.body), None)
        if guard is not None and not self.until:
            raise InvalidProgramError("a guard in a loop that it does not end", where=guard.span)
        check_guards(self.body)
        validate(self.body, inside=True)

    def evaluate(self, *values: Any) -> tuple[list[Any], list[list[Any]], int]:
        count, *rest = values
        first, tapes, fixed = self.parts(rest)
        carried = list(first)
        stacked: list[list[Any]] = [[] for _ in range(self.stacked)]
        order = [() if t is None else t[::-1] if self.backward else t for t in tapes]
        entries = zip(*order, strict=True)
        made = 0
        for _ in range(count) if count is not None else counting():
            entry = next(entries, None) if tapes else ()
            if entry is None:
                break
            results = run(self.body, (*carried, *entry, *fixed))
            if results is None:
                break
            carried = results[: self.carried]
            for tape, value in zip(stacked, results[self.carried :], strict=True):
                tape.append(value)
            made += 1
        return carried, [t[::-1] if self.backward else t for t in stacked], made

    def describe(self, operands: Sequence[str]) -> str:
        return f"loop({', '.join(operands)})"

    def block(self, operands: Sequence[str]) -> Iterator[tuple[str, SourceSpan | None]]:
        """The loop as people read it, line by line, with the source of each."""
        body = self.body
        inputs = [v.name for v in body.inputs]
        carried, elements, _ = self.parts(inputs)
        first, tapes, fixed = self.parts(operands[1:])
        own = self.parts(inputs)[2]
        given = [(a, b) for a, b in zip((*carried, *own), (*first, *fixed), strict=True) if a != b]
        if given:
            yield assignment(given), None
        if elements:
            order = [f"reversed({t})" if self.backward else t for t in tapes]
            many = len(order) > 1
            over = f"zip({', '.join(order)})" if many else order[0]
            yield f"for {', '.join(elements)} in {over}:", None
        elif operands[0] != "None":
            yield f"for _ in range({operands[0]}):", None
        else:
            yield "while True:", None
        for text, span in lines_of(body, True):
            yield f"    {text}", span
        after = [format_operand(o) for o in body.outputs]
        for k, value in enumerate(after[self.carried :]):
            yield f"    stack_{k}.append({value})", None
        changed = [(a, b) for a, b in zip(carried, after, strict=False) if a != b]
        if changed:
            yield f"    {assignment(changed)}", None


@dataclass(frozen=True, slots=True)
class Result:
    """An `Operation` that reads what a loop or a branch found.

    `kind` is `"carried"` (value number `k` after the last iteration), `"stacked"` (tape number
    `k`, with entries of the kind `entry`) or `"trips"` (how many iterations were made); of a branch
    `"joined"` (output number `k` of the arm that was run).
    """

    kind: str
    k: int
    aval: Aval
    entry: Aval | None = None

    @staticmethod
    def carried(loop: Loop, k: int) -> Result:
        return Result("carried", k, loop.body.inputs[k].aval)

    @staticmethod
    def stacked(loop: Loop, k: int) -> Result:
        return Result("stacked", k, TAPE, operand_aval(loop.body.outputs[loop.carried + k]))

    @staticmethod
    def trips() -> Result:
        return Result("trips", 0, INT)

    @staticmethod
    def joined(branch: Branch, k: int) -> Result:
        aval = branch.joined(k)
        return Result("joined", k, aval, _entry(branch, k) if aval is TAPE else None)

    @property
    def name(self) -> str:
        return "result"

    def infer(self, avals: Sequence[Aval]) -> Aval:
        return self.aval

    def evaluate(self, found: Any) -> Any:
        if self.kind == "joined":
            return found[self.k]
        carried, stacked, trips = found
        if self.kind == "trips":
            return trips
        return carried[self.k] if self.kind == "carried" else stacked[self.k]

    def describe(self, operands: Sequence[str]) -> str:
        return f"{operands[0]}.{self.kind}" + ("" if self.kind == "trips" else f"[{self.k}]")


def bytes_of(aval: Aval) -> int:
    """About how much memory an entry of a tape takes: a reference, and what that refers to."""
    if aval.shape:
        return 120 + aval.size * np.dtype(aval.dtype).itemsize
    return 64 if aval is TAPE else 8 if aval.dtype == "bool" else 32


@dataclass(frozen=True, slots=True)
class Room:
    """An `Operation` without operands: how many entries of so many bytes a loop may stack.

    One half of what the user allows: the other is for what is stacked a second time.
    """

    size: int

    @property
    def name(self) -> str:
        return "room"

    def infer(self, avals: Sequence[Aval]) -> Aval:
        return INT

    def evaluate(self, *values: Any) -> int:
        return max(1, get_memory_limit() // (2 * self.size))

    def describe(self, operands: Sequence[str]) -> str:
        return f"room for entries of {self.size} bytes"


@dataclass(frozen=True, slots=True)
class Length:
    """An `Operation`: the length of an array that has no value, which a trace has assumed.

    With a second operand, that is the length, and the first a number that stands for it in shapes.
    """

    @property
    def name(self) -> str:
        return "length"

    def infer(self, avals: Sequence[Aval]) -> Aval:
        return INT

    def evaluate(self, *lengths: Any) -> Any:
        return lengths[-1]

    def describe(self, operands: Sequence[str]) -> str:
        return operands[-1]


def makes_lengths(program: Program) -> bool:
    """Whether a program makes arrays in whose shapes some numbers stand for arguments."""
    return any(isinstance(s.operation, Length) and s.operands[1:] for s in program.statements)


def _entry(branch: Branch, k: int) -> Aval | None:
    """What the entries of a tape are that the arms of a branch hand out."""
    for arm in branch.arms:
        for statement in arm.statements:
            if statement.target is arm.outputs[k] and isinstance(statement.operation, Result):
                return statement.operation.entry
    return None
