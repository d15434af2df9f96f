"""A native form beside the Python form of a compiled program."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ...optimize.checkpoints import Stacking
from ...program.program import Operand, Program
from ...safety.floating import current, errors_raise, quiet_state, quietly
from ..emit import Layout, Output
from ..function import Compiled
from ..guards import GuardMiss
from ..ranges import Danger, danger
from .building import built, why_not
from .function import ERROR_STATES, written
from .values import NoNativeForm


def with_native(
    compiled: Compiled,
    program: Program,
    parameters: int,
    outputs: Sequence[Output],
    layout: Layout | None,
    limited: Mapping[Operand, Stacking],
) -> Compiled:
    """A compiled program whose function is native; what that is not made for, the other does.

    Where there is no native form, the compiled program itself, which says why (`missing`).
    """
    watching = danger(program) if compiled.watching else Danger.NONE
    try:
        if why_not() is not None:
            raise NoNativeForm(why_not() or "")
        if compiled.needs_log:
            raise NoNativeForm("what acts on the outside has no native form")
        made = written(program, parameters, outputs, layout, watching, limited, compiled.quiet)
        module = built(made.text, made.long)
    except NoNativeForm as missing:
        return dataclasses.replace(compiled, missing=str(missing))
    except (AssertionError, LookupError, TypeError, AttributeError) as defect:
        # The other form is there, and right.
        why = f"symdiff has failed to write it ({defect!r}), which is a defect of symdiff"
        return dataclasses.replace(compiled, missing=why)
    if not errors_raise():
        ERROR_STATES[0] = current()
    python: Any = compiled.function
    constants = made.constants
    constants[0] = python_form(python, made.state)

    def bound(behind: Any) -> Any:
        """The native function, with another function that a miss calls."""
        return module.bind((behind, *constants[1:]))

    function = bound(constants[0])
    return dataclasses.replace(
        compiled,
        function=function,
        python=python,
        native=made.text,
        bound=bound,
        called=made.called,
    )


def python_form(function: Any, state: list[Any] | None) -> Any:
    """What a miss calls: the Python form, where NumPy does not warn.

    Args:
        function: the Python form.
        state: where native code looks up what NumPy does about floating-point errors.
    """
    if state is None:

        def call(*args: Any) -> Any:
            return quietly(function, *args)

        return call

    def call_arrays(*args: Any) -> Any:
        if errors_raise():
            raise GuardMiss(-1, None)
        if current() is not quiet_state():
            state[0] = current()
        return quietly(function, *args)

    return call_arrays
