"""The adjoint as an operation of the table, for many parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....operations.statements.builder import Builder
from ....operations.table.entry import TABLE, Ops, StructuralEntry
from ....program.program import Aval, Program, Var
from . import adjoint
from .equations import RightHandSide
from .solve import Plan
from .system import System, active_operands, pull


def _adjoint(
    y0: Any, ends: Any, times: Any, *params: Any, rhs: RightHandSide, plan: Plan, active: Any
) -> Any:
    *own, ct = params
    return adjoint.solve(rhs, plan, active, y0, ends, times, own, np.asarray(ct, float))


def _by_sensitivities(
    operands: Sequence[Any], rhs: RightHandSide, plan: Plan, active: Any
) -> Program:
    """The same as products with sensitivities, which have derivatives."""
    y0, ends, times, *params, ct = operands
    ops = Builder()
    system = System(ops, None, y0, ends, times, params, rhs, plan, None)
    wanted = [True, True, False, *[k in active for k in range(len(params))]]
    y0_bar, ends_bar, _, *bars = pull(ops, ct, system, wanted, forward=True)
    first = ops.getitem(ends_bar, index=(("slice", 0, 1, None),))
    parts = [ops.reshape(bars[k], shape=(rhs.params[k].aval.size,)) for k in active]
    result = ops.concatenate(y0_bar, first, *parts, axis=0)
    inputs = tuple(dict.fromkeys(o for o in operands if type(o) is Var))
    return Program("adjoint", inputs, ops.statements, (result,))


def _adjoint_pullback(ops: Ops, ct: Any, result: Any, *operands: Any, **params: Any) -> list[Any]:
    from ....differentiate import vjp

    program = _by_sensitivities(operands, **params)
    wrt = [o for o, a in zip(operands, active_operands(ops, operands), strict=True) if a]
    wrt = list(dict.fromkeys(wrt))
    pulled = vjp(program, wrt, [ct])
    ops.statements.extend(pulled.statements)  # type: ignore[attr-defined]
    found = dict(zip(wrt, pulled.outputs[1:], strict=True))
    # An operand that stands twice gets its cotangent once.
    return [found.pop(o, None) if type(o) is Var else None for o in operands]


def _adjoint_pushforward(
    ops: Ops, tangents: Any, result: Any, *operands: Any, **params: Any
) -> Any:
    from ....differentiate import jvp

    program = _by_sensitivities(operands, **params)
    moving = {o: t for o, t in zip(operands, tangents, strict=True) if t is not None}
    moved = jvp(program, list(moving), list(moving.values()))
    ops.statements.extend(moved.statements)  # type: ignore[attr-defined]
    return moved.outputs[1]


TABLE.add(
    StructuralEntry(
        name="ode_adjoint",
        numpy=_adjoint,
        infer=lambda y0, ends, times, *more, rhs, plan, active: Aval.of(
            (rhs.size + 1 + sum(rhs.params[k].aval.size for k in active),), "float64"
        ),
        pullback=_adjoint_pullback,
        pushforward=_adjoint_pushforward,
        describe=lambda o, p: f"adjoint(f, {', '.join(o)})",
        source="Cao, Li, Petzold, Serban 2003, SIAM J. Sci. Comput. 24, 1076",
    )
)
