"""Linear maps inside a differentiated function: what `vjp` and `linearize` give there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..differentiate import divided
from ..program.program import Operand, Program, Statement, Var
from ..records import dataclass
from ..specialize.recording.recorder import Recorder
from .alike import has_loops
from .nested import (
    Operator,
    appended,
    compute,
    handled,
    handles,
    operands_of,
    trace_inner,
    write_back,
)
from .primal import Primal, leaves_of, with_operands
from .sweeps import Sweeps, instantiate, linear_part, seeds_for

if TYPE_CHECKING:
    from ..specialize.calls.dispatch import Calls


def vjp_in_trace(operator: Operator, calls: Calls, primals: Sequence[Any]) -> Any:
    """Record the inner function; its pullback records the reverse sweep when it is called."""

    def sweep(sweeps: Sweeps, primal: Primal, seeds: Sequence[Operand]) -> list[Operand]:
        outputs = [leaf.operand for leaf in leaves_of(primal.result)]
        return sweeps.reverse(outputs, seeds, primal.variables())

    recorder = calls.recorder
    inner = _inner_of(operator, calls, primals)
    primal = inner.primal
    own = [Var("ct", leaf.aval) for leaf in leaves_of(primal.result)]
    linear = _Linear(recorder, inner, own, sweep)

    def pullback(cotangent: Any) -> Any:
        given = operands_of(recorder, cotangent)
        return linear(primal.result, given, "the cotangent", primal.wrt)

    return inner.returned(pullback)


def linearize_in_trace(operator: Operator, calls: Calls, primals: Sequence[Any]) -> Any:
    """Record the inner function; the linear map records a forward sweep when it is called."""

    def sweep(sweeps: Sweeps, primal: Primal, seeds: Sequence[Operand]) -> list[Operand]:
        outputs = [leaf.operand for leaf in leaves_of(primal.result)]
        return sweeps.forward(outputs, primal.variables(), seeds)

    recorder = calls.recorder
    inner = _inner_of(operator, calls, primals)
    primal = inner.primal
    own = [Var(f"d_{v.name}", v.aval) for v in primal.variables()]
    linear = _Linear(recorder, inner, own, sweep)

    def linear_map(*tangents: Any) -> Any:
        given = operands_of(recorder, tangents)
        return linear(primal.wrt, given, "a tangent", primal.result)

    return inner.returned(linear_map)


@dataclass(frozen=True, slots=True)
class _Inner:
    """An inner function that has been recorded.

    Attributes:
        primal: the function of the first result alone.
        result: what it returned.
        start: where it begins in the statements of the trace.
        has_aux: whether it returned a second result.
    """

    primal: Primal
    result: Any
    start: int
    has_aux: bool

    def returned(self, function: Callable[..., Any]) -> Any:
        """What the operator returns: the result, and a function of ours."""
        if self.has_aux:
            return self.result[0], handled(function), self.result[1]
        return self.result, handled(function)


def _inner_of(operator: Operator, calls: Calls, primals: Sequence[Any]) -> _Inner:
    values = operator._bind(primals, {}, unwrap=False)
    whole, result, start, written = trace_inner(operator, calls, values)
    write_back(calls.recorder, written)
    primal, _ = whole.without_aux(operator._has_aux)
    return _Inner(primal, result, start, operator._has_aux)


class _Linear:
    """A linear map at the point of an inner function, which records what it does when called.

    The sweep is made when it is asked for. Where the function has loops or branches, it is made at
    once, for symbols: what they hand to it belongs to where the function stands.
    """

    def __init__(
        self,
        recorder: Recorder,
        inner: _Inner,
        seeds: list[Var],
        sweep: Callable[[Sweeps, Primal, Sequence[Operand]], list[Operand]],
    ) -> None:
        self.recorder, self.primal, self.sweep, self.seeds = recorder, inner.primal, sweep, seeds
        self.lines: list[Statement] | None = None
        statements = self.primal.statements
        if not has_loops(Program("", (), statements, ())):
            return
        sweeps = Sweeps(self.primal)
        self.results = sweep(sweeps, self.primal, seeds)
        whole = divided(Program("", tuple(seeds), sweeps.statements, ()), seeds)
        self.lines, _ = linear_part(whole.statements, seeds, self.results)
        moved = {s.target for s in self.lines}
        known = [s for s in whole.statements if s.target is None or s.target not in moved]
        recorder.statements[inner.start : inner.start + len(statements)] = known
        compute(recorder, known)

    def __call__(self, of: Any, given: Any, what: str, nested: Any) -> Any:
        """Record what becomes of what is given, which must have the structure of `of`."""
        recorder = self.recorder
        if self.lines is None:
            sweeps = Sweeps(self.primal)
            seeds = seeds_for(of, given, sweeps, what)
            results = self.sweep(sweeps, self.primal, seeds)
            return appended(recorder, self.primal, sweeps, with_operands(nested, results))
        sweeps = Sweeps(replace(self.primal, statements=[]))
        known = dict(zip(self.seeds, seeds_for(of, given, sweeps, what), strict=True))
        results = instantiate(sweeps.build(), self.lines, known, self.results)
        recorder.statements.extend(sweeps.statements)
        return handles(recorder, sweeps.statements, with_operands(nested, results))
