"""What a solver finds, chooses, counts and says: operations without a derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....operations.table.entry import TABLE, Ops, StructuralEntry
from ....program.program import FOUND, INT, Aval
from .solve import Plan, Run, run


def _solved(y0: Any, ends: Any, times: Any, *params: Any, rhs: Any, plan: Plan) -> Run:
    return run(rhs, plan, y0, ends, times, params)


def _nothing(ops: Ops, ct: Any, result: Any, *operands: Any, **params: Any) -> list[Any]:
    return [None] * len(operands)


def _still(ops: Ops, tangents: Any, result: Any, *operands: Any, **params: Any) -> Any:
    return None


def _enter_constant(name: str, numpy: Any, infer: Any, describe: Any = None) -> None:
    """An operation without a derivative: what a solver chooses, counts or says."""
    TABLE.add(
        StructuralEntry(
            name=name,
            numpy=numpy,
            infer=infer,
            pullback=_nothing,
            pushforward=_still,
            describe=describe,
        )
    )


_enter_constant(
    "ode_run",
    _solved,
    lambda y0, ends, times, *params, rhs, plan: FOUND,
    lambda o, p: f"{p['plan'].solver}(f, {', '.join(o)})",
)

_enter_constant(
    "ode_unknown",
    lambda found, *, known: known if not found.unknown else f"{known}, {found.unknown}",
    lambda found, *, known: FOUND,
)

_enter_constant("ode_status", lambda found: int(found.status), lambda found: INT)

_enter_constant("ode_length", lambda found: len(found.times), lambda found: INT)

_enter_constant(
    "ode_count", lambda found, *, which: int(found.counts[which]), lambda found, *, which: INT
)

_enter_constant("ode_calls", lambda found: int(found.calls), lambda found: INT)

_enter_constant(
    "ode_steps",
    lambda found, *, count: np.array(found.times[:count], float),
    lambda found, *, count: Aval.of((count,), "float64"),
    lambda o, p: f"steps({o[0]})",
)

_enter_constant(
    "ode_happened",
    lambda found, *, event: len(found.event_times[event]),
    lambda found, *, event: INT,
)

_enter_constant(
    "ode_info",
    lambda found, *, key, aval: np.array(found.info[key]),
    lambda found, *, key, aval: aval,
)
