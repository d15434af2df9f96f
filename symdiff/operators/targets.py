"""What derivatives are compiled to: Python, C, numba's code, or what turns out to be faster."""

from __future__ import annotations

import dataclasses
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from ..compile.emit import Layout, Output
from ..compile.function import Compiled
from ..errors import UsageError
from ..optimize.checkpoints import Stacking
from ..program.program import Operand, Program
from ..safety.defence import is_own
from .switching import Candidate

Target = Literal["python", "c", "numba", "auto"]
"""`"python"`, `"c"`, `"numba"` or `"auto"`: see docs/native.md."""


class NativeWarning(UserWarning):
    """Native code was asked for and there is none: the Python form runs."""


def checked(target: Any) -> Any:
    """A target, if it is one.

    Raises:
        UsageError: it is none.
    """
    if target not in ("python", "c", "numba", "auto"):
        raise UsageError(f"target={target!r}", remedy='give "python", "c", "numba" or "auto"')
    return target


def found_native(leaves: Iterable[Any]) -> tuple[str, ...]:
    """Of each path that has been compiled, whether it is native, or why not."""
    made = [c for leaf in leaves for (_, careful), c in leaf.compiled.items() if not careful]
    ways = [c.candidate.why if c.candidate and not c.native else c.missing for c in made]
    native = [_way(c) if c.native else way for c, way in zip(made, ways, strict=True)]
    return tuple([way for way in native if way])


def _way(compiled: Compiled) -> str:
    if not compiled.called:
        return "native"
    return f"native, and Python for {', '.join(dict.fromkeys(compiled.called))}"


class Targeted:
    """What the programs of one function are compiled to."""

    def __init__(self, target: str, name: str) -> None:
        self.target = target
        self.name = name
        self.missing: str | None = None
        self.told = False

    def of(
        self,
        compiled: Compiled,
        program: Program,
        parameters: int,
        outputs: Sequence[Output],
        layout: Layout | None,
        limited: Mapping[Operand, Stacking],
    ) -> Compiled:
        """A compiled program in the form that is asked for, if there is one."""
        if self.target == "python" or compiled.careful:
            return compiled
        from ..compile.native.attached import by_c, with_native

        if self.target == "auto":
            again = partial(with_native, compiled, program, parameters, outputs, layout, limited)
            return dataclasses.replace(compiled, candidate=Candidate(again))
        make = by_c
        if self.target == "numba":
            from ..compile.native.jitted.function import by_numba as make
        made = with_native(compiled, program, parameters, outputs, layout, limited, make)
        if made.missing and self.missing is None:
            self.missing = made.missing
        return made

    def tell(self) -> None:
        """Warn where the Python form runs though native code was asked for: once."""
        if self.missing and not self.told:
            self.told = True
            message = f"the derivative of {self.name} runs as Python: {self.missing}"
            warnings.warn(message, NativeWarning, stacklevel=_users_level())


def _users_level() -> int:
    """How many frames up the first is that is not of this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and is_own(frame):
        level, frame = level + 1, frame.f_back
    return level
