"""Parts of arrays that move: `x[i:i + 3]`, where the program computes `i` and the length is fixed.

Such a part is read or written at an operand, as `x[i]` is, so that an iteration may stand for
others. NumPy cuts it off where the axis ends, and counts from there what is negative; so the
program checks that it lies within the axis. Where the numbers of iterations tell how far it goes,
that is checked once before the loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.arrays.index_codes import Window
from ...operations.statements.affine import Affine, affine_of, affine_of_code
from ...operations.table.template import Template
from ...program.program import Guard, Statement, Var
from .tracer import PENDING, UNKNOWN, Tracer

if TYPE_CHECKING:
    from .operators import Operators

_NEAR = 64
"""So many statements back it is asked what a number is made of."""


def may_move(index: Any) -> bool:
    """Whether a slice of an index has bounds that are both traced."""
    return any(map(_may_move, index if type(index) is tuple else (index,)))


def windows_in(recorder: Operators, index: Any, lengths: Sequence[Any]) -> dict[int, Window]:
    """The slices of an index that are parts which move, by identity.

    Args:
        recorder: of the trace.
        index: what stands between the brackets.
        lengths: of the axes of the array.
    """
    parts = index if type(index) is tuple else (index,)
    found = {}
    for axis, part in _axes(parts, len(lengths)):
        if axis < len(lengths) and _may_move(part):
            size = lengths[axis]
            window = _window(recorder, part, size)
            if window is not None:
                found[id(part)] = window
    return found


def _may_move(part: Any) -> bool:
    return type(part) is slice and type(part.start) is Tracer and type(part.stop) is Tracer


def _axes(parts: tuple[Any, ...], ndim: int) -> list[tuple[int, Any]]:
    """Integers and slices with the axes that they stand for; none where arrays take several."""
    if any(not (p is None or p is ... or type(p) is slice or _is_number(p)) for p in parts):
        return []
    given = sum(p is not None and p is not ... for p in parts)
    found, axis = [], 0
    for part in parts:
        if part is ...:
            axis += ndim - given
        elif part is not None:
            found.append((axis, part))
            axis += 1
    return found


def _is_number(value: Any) -> bool:
    plain = value.value if type(value) is Tracer else value
    return isinstance(plain, int | np.integer) and type(plain) is not bool


def _window(recorder: Operators, part: slice, size: Any) -> Window | None:
    """A slice as a part that moves, if it is one."""
    start, stop, step = part.start, part.stop, 1 if part.step is None else part.step
    if (
        type(step) is not int
        or step == 0
        or not (_moves(recorder, start) and _moves(recorder, stop))
    ):
        return None
    first, last = _affine(recorder, start), _affine(recorder, stop)
    span = _span(recorder, first, last, start, stop)
    if span is None or len(range(0, span, step)) == 0:
        return None
    low = first if span > 0 else first.plus(Affine(span))
    end = _affine(recorder, size).plus(Affine(max(span, 1)), -1).plus(first, -1)
    fits = [_is_kept(recorder, number) for number in (low, end)]
    if all(fits):
        return Window(start, span, step)
    if not recorder.forced:
        return None
    # On a way that is not taken, numbers need not fit it: any part of that length will do.
    room = size.value if type(size) is Tracer else size
    if room < abs(span):
        return None
    within = recorder.handle(0 if span > 0 else -span, recorder.operand(start))
    return Window(within, span, step)


def moves_by(recorder: Operators, start: Any, stop: Any) -> bool:
    """Whether the bounds of a slice are computed, and not always so far from each other."""
    if not (_moves(recorder, start) or _moves(recorder, stop)):
        return False
    if start is None or stop is None:
        return True
    return _affine(recorder, stop).plus(_affine(recorder, start), -1).known is None


def is_same_number(recorder: Operators, a: Any, b: Any) -> bool:
    """Whether two bounds of slices are one number, whatever that is."""
    if a is None or b is None:
        return a is b
    return _affine(recorder, a) == _affine(recorder, b)


def _moves(recorder: Operators, value: Any) -> bool:
    """Whether a bound is a whole number that the program computes."""
    if type(value) is not Tracer or value.value is UNKNOWN or recorder.is_const(value):
        return False
    return _is_number(value) and recorder.aval(value).dtype == "int64"


# -- what the bounds are made of


def _affine(recorder: Operators, value: Any) -> Affine:
    """A whole number as others, and constants, that it is the sum of."""
    if type(value) is not Tracer:
        return Affine(int(value))
    if value.operand is not PENDING:
        return _affine_of(recorder, value.operand)
    leaves = iter(value.leaves)
    code = [token if type(token) is str else next(leaves) for token in value.code]
    found = affine_of_code(code, lambda leaf: _affine_of(recorder, leaf))
    return _affine_of(recorder, recorder.operand(value)) if found is None else found


def _affine_of(recorder: Operators, operand: Any) -> Affine:
    if type(operand) is not Var:
        return Affine(int(operand))
    found = None
    for statements in _lists(recorder):
        made = next((s for s in reversed(statements[-_NEAR:]) if s.target is operand), None)
        if made is not None and type(made.operation) is Template:
            whole = [_whole(recorder, o) for o in made.operands]
            found = affine_of(made.operation, whole)
            break
    return Affine(0, 0, frozenset({(operand, 1)})) if found is None else found


def _whole(recorder: Operators, operand: Any) -> Affine | None:
    aval = operand.aval if type(operand) is Var else None
    whole = type(operand) is int if aval is None else aval.dtype == "int64" and not aval.shape
    return _affine_of(recorder, operand) if whole else None


def _lists(recorder: Operators) -> list[list[Statement]]:
    """The statements that are recorded, those of inner loops first."""
    return [recorder.statements, *[probe.outer for probe in _probes(recorder)]]


def _probes(recorder: Operators) -> list[Any]:
    """The loops whose iterations are recorded, inner ones first."""
    return [w.probe for w in reversed(recorder.watches) if w.probing and not w.region]


def _span(recorder: Operators, first: Affine, last: Affine, start: Any, stop: Any) -> int | None:
    """How far the end is from the start, which is checked where it is not known."""
    apart = last.plus(first, -1)
    if apart.known is not None:
        return apart.known
    numbers = [var for var, _ in apart.parts]
    if any(v not in recorder.values for v in numbers):
        return None
    if not any(_varies(recorder, var) for var in numbers):
        known = {v: int(recorder.concrete(recorder.handle(recorder.values[v], v))) for v in numbers}
        return apart.const + sum(k * known[var] for var, k in apart.parts)
    span = int(stop.value - start.value)
    here = recorder.operator("eq", _number(recorder, apart), span)
    _guard(recorder, recorder.operand(here, "width"), True)
    return span


def _varies(recorder: Operators, var: Var) -> bool:
    """Whether a number may be another one in another iteration that is recorded."""
    probes = _probes(recorder)
    if not probes:
        return False
    made = [s.target for statements in _lists(recorder)[:-1] for s in statements]
    return var in made or any(c.var is var for probe in probes for c in probe.carried)


# -- that it lies within the axis


def _is_kept(recorder: Operators, number: Affine) -> bool:
    """Whether a number is not negative, in all iterations or here: what is found is checked."""
    least = _least(recorder, number)
    return (least is not None and _is_natural(recorder, least)) or (
        least != number and _is_natural(recorder, number)
    )


def _least(recorder: Operators, number: Affine) -> Affine | None:
    """The least that a number is in the loops that are recorded; `None` where none is known."""
    for probe in _probes(recorder):
        if probe.at is None:
            continue
        times = dict(number.parts).get(probe.at.var, 0)
        if not times:
            continue
        at = _affine(recorder, probe.first_place)
        if times < 0:
            if probe.most is None:
                return None
            at = at.plus(_affine(recorder, probe.most)).plus(Affine(1), -1)
        own = Affine(0, 0, frozenset({(probe.at.var, 1)}))
        number = number.plus(own, -times).plus(at, times)
    return number


def _is_natural(recorder: Operators, number: Affine) -> bool:
    """Whether a number is 0 or more, which is checked."""
    if number.known is not None:
        return number.known >= 0
    known = recorder.decided.get(("bound", number))
    if known is not None:
        return bool(known)
    if any(var not in recorder.values for var, _ in number.parts):
        return False
    here = recorder.operator("ge", _number(recorder, number), 0)
    outcome = bool(here.value)
    var = recorder.operand(here, "within")
    recorder.bounding[var] = number
    recorder.decided["bound", number] = outcome
    _guard(recorder, var, outcome)
    return outcome


def _guard(recorder: Operators, var: Any, outcome: bool) -> None:
    """Check something that is no decision of the function's, and tells no ways apart."""
    recorder.statements.append(Statement(None, Guard("truth", outcome), (var,), None))
    recorder.path.append(outcome)


def _number(recorder: Operators, number: Affine) -> Any:
    """A number that is made of others, traced."""
    total: Any = None
    for var, times in sorted(number.parts, key=lambda part: (part[1] < 0, part[0].name)):
        term: Any = recorder.handle(recorder.values[var], var)
        if abs(times) != 1:
            term = recorder.operator("mul", term, abs(times))
        if total is None:
            total = term if times > 0 else recorder.operator("neg", term)
        else:
            total = recorder.operator("add" if times > 0 else "sub", total, term)
    if not number.const:
        return total
    name = "add" if number.const > 0 else "sub"
    return recorder.operator(name, total, abs(number.const))
