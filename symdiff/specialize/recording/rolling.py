"""The loop that is made of recorded iterations: its ways put together, computed and recorded.

Its iterations are computed by a function that is compiled of the body, not traced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ...program.loops import Loop, Result
from ...program.program import INT, Program, Statement, Var, guards_in
from ...records import dataclass
from ..rewriting.sites import SITES
from .bodies import body_of
from .carried import Carried, is_array, laid_like, stays
from .lists import Numbers
from .operators import Operators
from .probe import Probe
from .statements import root_of
from .tracer import Tracer, plain
from .watching import FORCED_ROUNDS
from .ways import UnlikeError, in_order, put_together


class Runner(Protocol):
    """What computes the other iterations: given by those who can compile."""

    def __call__(
        self, body: Program, types: Sequence[type], python: Mapping[Var, tuple[bool, ...]]
    ) -> Callable[[list[Any], list[Any], int], tuple[list[Any], int, bool]]:
        """A function of what is carried, of invariants and of the most iterations to make.

        It gives what is carried at the end, how many iterations were made, and whether the next
        one raises.
        """


@dataclass(frozen=True, slots=True)
class Rolled:
    """A loop that stays a loop.

    Attributes:
        names: what names hold after it.
        place: the position of a `for` loop after it.
        until: whether a decision may end it.
        endless: whether it has been ended because it does not end.
    """

    names: Mapping[str, Any]
    place: Any
    until: bool
    endless: bool


def roll(probe: Probe, least: int) -> Rolled | None:
    """The rest of the loop, computed and recorded; `None` where it ends too soon."""
    recorder = probe.recorder
    probe.check_discarded()
    probe.be_free()
    own = next(iter(probe.ways.values()))
    try:
        whole = put_together([probe.ways[k] for k in sorted(probe.ways, key=in_order)])
    except UnlikeError:
        whole = own
    outputs = dict(zip(probe.carried, whole.outputs, strict=True))
    fixed = [c for c in probe.carried if c is not probe.at and stays(c, outputs[c])]
    carried = [c for c in probe.carried if c not in fixed]
    body = body_of(
        whole,
        [c.var for c in carried],
        [outputs[c] for c in carried],
        {c.var: c.first for c in fixed},
    )
    program, invariants = body.program, body.invariants
    if any(v not in recorder.values for v in invariants):
        return None
    until = any(True for _ in guards_in(program))
    most = plain(probe.most)
    certain = most if most is probe.most else None
    limit = recorder.most_rounds if most is None else min(most, recorder.most_rounds)
    if recorder.forced:  # with values that need not fit, it need not end
        limit = min(limit, FORCED_ROUNDS)
    python = recorder.python
    assert recorder.runner is not None
    run = recorder.runner(program, [c.kind for c in carried], python)
    values, trips, raises = run(
        [c.value for c in carried], [recorder.values[v] for v in invariants], limit
    )
    if raises and not recorder.forced:
        recorder.unroll("an iteration raises")
    if (until and trips < least and trips != most) or (probe.widened and trips == 0):
        return None
    probe.restore()
    recorder.heads.pop(probe.watch.site, None)
    recorder.statements += body.before
    operation = Loop(program, len(carried), 0, False, until, probe.most is None)
    count = recorder.most_rounds if probe.most is None else recorder.operand(probe.most)
    found = recorder.emit(operation, (count, *[c.first for c in carried], *invariants), "loop")
    names: dict[str, Any] = {n: c.origin or c.original for c in fixed for n in c.names}
    place: Any = probe.first_place
    for k, (c, value) in enumerate(zip(carried, values, strict=True)):
        var = _result(probe, found, k, "place" if c is probe.at else c.var.name, c)
        value = laid_like(value, c.value) if is_array(c.tracer) else c.kind(value)
        if c.saved is not None:
            recorder.values[var] = np.array(value)
            c.tracer.value[...] = value
            c.tracer.operand = var
            c.tracer.version += 1
            continue
        recorder.values[var] = value
        if c.mixed:
            recorder.joined.append((probe.watch.site, var))
        result = recorder.handle(value, var)
        if c.grown is not None:
            c.grown.end(result, None if until else certain)
            continue
        alone = not (until or c.passed or c.shared or probe.first)
        if isinstance(value, np.ndarray) and not alone:
            # It may be what the name held at the head, if no iteration is made.
            _may_be_shared(probe, result)
            _may_be_shared(probe, root_of(c.original))
        if c.list is not None:
            made = Numbers.of(c.origin.recorder, result, c.list.kind)
            names.update(dict.fromkeys(c.names, made))
            continue
        for name in c.names:
            names[name] = result
        if c is probe.at:
            place = result
    for grown in probe.lists:
        if grown.length is None:
            grown.numbers.items = []
    if probe.widened and (until or type(probe.most) is Tracer):
        _check_begun(recorder, found, trips)
    recorder.rolled.add(probe.watch.site)
    endless = trips >= limit and (most is None or most > limit) and not recorder.forced
    return Rolled(names, place, until, endless)


def _check_begun(recorder: Operators, found: Var, trips: int) -> None:
    """What is of another type where the loop begins must be what an iteration makes of it."""
    var = Var("trips", INT)
    recorder.statements.append(Statement(var, Result.trips(), (found,)))
    recorder.values[var] = trips
    if not recorder.truth(recorder.operator("gt", recorder.handle(trips, var), 0)):
        recorder.unroll("a loop that makes no iteration leaves numbers of another type")


def _may_be_shared(probe: Probe, handle: Tracer) -> None:
    """Nobody can tell whether others see what is written to an array from here on."""
    probe.recorder.uncertain[id(handle)] = (handle, probe.watch.site)


def _result(probe: Probe, found: Var, k: int, hint: str, c: Carried) -> Var:
    recorder = probe.recorder
    var = Var(hint, c.var.aval)
    span = SITES[probe.watch.site].span
    result = Result("carried", k, c.var.aval)
    recorder.statements.append(Statement(var, result, (found,), span))
    recorder.unnamed.add(var)
    if c.var in recorder.active:
        recorder.active.add(var)
    if recorder.free is not None:
        recorder.free.alike(var, c.var)
    return var
