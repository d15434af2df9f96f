"""`vjp`, `linearize` and `jvp` called by a function that is itself differentiated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .directional import Pushforward
from .linear_maps import Linearized, Pullback
from .nested import record
from .nested_maps import linearize_in_trace, vjp_in_trace

if TYPE_CHECKING:
    from ..specialize.calls.dispatch import Calls


def traced_vjp(calls: Calls, f: Any, *primals: Any, has_aux: bool = False) -> Any:
    """What `vjp` gives inside a trace."""
    operator: Pullback[...] = Pullback(f, wrt=tuple(range(len(primals))), has_aux=has_aux)
    return vjp_in_trace(operator, calls, primals)


def traced_linearize(calls: Calls, f: Any, *primals: Any, has_aux: bool = False) -> Any:
    """What `linearize` gives inside a trace."""
    operator: Linearized[...] = Linearized(f, wrt=tuple(range(len(primals))), has_aux=has_aux)
    return linearize_in_trace(operator, calls, primals)


def traced_jvp(
    calls: Calls, f: Any, primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> Any:
    """What `jvp` gives inside a trace."""
    operator: Pushforward[...] = Pushforward(f, wrt=tuple(range(len(primals))), has_aux=has_aux)
    values = operator._bind((*primals, tuple(tangents)), {}, unwrap=False)
    return record(operator, calls, values)
