"""A native form beside the Python form of a compiled program."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...optimize.checkpoints import Stacking
from ...program.program import Operand, Program
from ...records import dataclass
from ...safety.floating import current, errors_raise, quiet_state, quietly
from ..emit import Layout, Output
from ..function import Compiled
from ..guards import GuardMiss
from ..ranges import Danger, danger
from .building import built, why_not
from .function import ERROR_STATES, written
from .values import NoNativeForm


@dataclass(frozen=True, slots=True)
class Made:
    """A native form: its text, where NumPy's settings are looked up, and how it is bound.

    What is `called` is computed by Python all the same.
    """

    text: str
    state: list[Any] | None
    bind: Callable[[Callable[..., Any]], Callable[..., Any]]
    called: tuple[str, ...] = ()


def by_c(*program: Any) -> Made:
    """The native form by the system's compiler."""
    if why_not() is not None:
        raise NoNativeForm(why_not() or "")
    made = written(*program)
    module = built(made.text, made.long)

    def bound(behind: Any) -> Any:
        """The native function, with another function that a miss calls."""
        return module.bind((behind, *made.constants[1:]))

    return Made(made.text, made.state, bound, made.called)


def with_native(
    compiled: Compiled,
    program: Program,
    parameters: int,
    outputs: Sequence[Output],
    layout: Layout | None,
    limited: Mapping[Operand, Stacking],
    make: Callable[..., Made] = by_c,
) -> Compiled:
    """A compiled program whose function is native; what that is not made for, the other does.

    Where there is no native form, the compiled program itself, which says why (`missing`).

    Args:
        compiled: the Python form.
        program: what is computed.
        parameters: how many parameters the user's function has.
        outputs: how each output is handed over.
        layout: how the outputs are put together.
        limited: the loops that may not stack what they like.
        make: makes the native form.
    """
    watching = danger(program) if compiled.watching else Danger.NONE
    try:
        if compiled.needs_log:
            raise NoNativeForm("what acts on the outside has no native form")
        made = make(program, parameters, outputs, layout, watching, limited, compiled.quiet)
    except NoNativeForm as missing:
        return dataclasses.replace(compiled, missing=str(missing))
    except (AssertionError, LookupError, TypeError, AttributeError) as defect:
        # The other form is there, and right.
        why = f"symdiff has failed to write it ({defect!r}), which is a defect of symdiff"
        return dataclasses.replace(compiled, missing=why)
    if not errors_raise():
        ERROR_STATES[0] = current()
    python: Any = compiled.function
    function = made.bind(python_form(python, made.state))
    return dataclasses.replace(
        compiled,
        function=function,
        python=python,
        native=made.text,
        bound=made.bind,
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
