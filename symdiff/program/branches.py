"""A branch as one statement, whose arms are programs: one of them is run.

    found = Branch(condition, *operands)
    x = Result.joined(branch, 0)(found)

Both arms have the same inputs, which are given the operands, and as many outputs: those of the arm
that was run are the results. A derivative of a branch is made of derivatives of its arms, and is a
branch again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import InvalidProgramError, SourceSpan
from ..records import dataclass
from .bodies import agree, assignment, check_guards, lines_of, run
from .program import FOUND, Aval, Operand, Program, format_operand, operand_aval, validate


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """An `Operation`: run one of two programs. Its results are read by `Result`.

    Its operands are the condition (what `Guard` calls a truth) and what the arms are given. An
    output may be `None` in one of the arms: there is nothing then, and nobody reads it.

    Attributes:
        arms: what is run where the condition is true, and where it is not. In the body of a loop
            that guards end, a guard in an arm that is run ends it, too.
    """

    arms: tuple[Program, Program]

    @property
    def name(self) -> str:
        return "branch"

    @property
    def bodies(self) -> tuple[Program, ...]:
        return self.arms

    def infer(self, avals: Sequence[Aval]) -> Aval:
        return FOUND

    def joined(self, k: int) -> Aval:
        """What is known of result number `k`, whichever arm is run."""
        known = [operand_aval(a.outputs[k]) for a in self.arms if a.outputs[k] is not None]
        return next((aval for aval in known if not aval.weak), known[0])

    def check(self, operands: Sequence[Operand]) -> None:
        """Whether operands, inputs and outputs of the arms agree.

        Raises:
            InvalidProgramError: they do not.
        """
        for arm in self.arms:
            if len(operands) != len(arm.inputs) + 1:
                raise InvalidProgramError(
                    f"an arm of {len(arm.inputs)} inputs is given {len(operands) - 1}"
                )
            for var, operand in zip(arm.inputs, operands[1:], strict=True):
                agree(var, operand, "branch", "is given")
            check_guards(arm)
            validate(arm, inside=True)
        if operand_aval(operands[0]).dtype in ("tape", "found"):
            raise InvalidProgramError(f"{format_operand(operands[0])} is no condition")
        first, second = (arm.outputs for arm in self.arms)
        if len(first) != len(second):
            raise InvalidProgramError(
                f"the arms of a branch give {len(first)} and {len(second)} values"
            )
        for k, (one, other) in enumerate(zip(first, second, strict=True)):
            if one is None and other is None:
                raise InvalidProgramError(f"no arm of a branch gives its value number {k}")
            if one is None or other is None:
                continue
            a, b = operand_aval(one), operand_aval(other)
            if a.shape != b.shape or a.dtype != b.dtype:
                raise InvalidProgramError(
                    f"the arms of a branch give {format_operand(one)}: {a!r} "
                    f"and {format_operand(other)}: {b!r}"
                )

    def evaluate(self, condition: Any, *values: Any) -> list[Any] | None:
        """The outputs of the arm that is run; `None` where a guard in it fails."""
        return run(self.arms[0 if np.all(condition) else 1], values)

    def describe(self, operands: Sequence[str]) -> str:
        return f"branch({', '.join(operands)})"

    def block(self, operands: Sequence[str]) -> Iterator[tuple[str, SourceSpan | None]]:
        """The branch as people read it, line by line, with the source of each."""
        for head, arm in zip((f"if {operands[0]}:", "else:"), self.arms, strict=True):
            yield head, None
            names = zip([v.name for v in arm.inputs], operands[1:], strict=True)
            given = [(a, b) for a, b in names if a != b]
            lines = list(lines_of(arm, False))
            if given:
                lines.insert(0, (assignment(given), None))
            outputs = [format_operand(o) for o in arm.outputs]
            if outputs:
                joined = [(f"joined_{k}", text) for k, text in enumerate(outputs)]
                lines.append((assignment(joined), None))
            for text, span in lines or [("pass", None)]:
                yield f"    {text}", span
