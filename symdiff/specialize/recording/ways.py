"""The ways through one iteration of a loop, put together: branches where they part and meet.

Each way has been recorded from the same variables on, so that two of them record the same until a
decision comes out otherwise. There they part, in a `Branch`. They meet again before the last
statements that do the same with other values; what differs there is what the branch joins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...errors import SourceSpan
from ...operations.table.raising import may_raise
from ...operations.table.template import Template
from ...program.alike import same_operand, same_operation, token
from ...program.branches import Branch
from ...program.loops import Result
from ...program.program import (
    FOUND,
    Guard,
    Keep,
    Operand,
    Program,
    Statement,
    Var,
    operand_aval,
    substituted,
)
from ...records import dataclass

Signature = tuple[tuple[SourceSpan, bool], ...]
"""The decisions of a way, in their order: where each is made, and how it comes out."""


class UnlikeError(Exception):
    """Two ways part elsewhere than at a decision."""


@dataclass(frozen=True, slots=True)
class Way:
    """What one way through an iteration records, and what it hands to the next."""

    statements: Sequence[Statement]
    outputs: tuple[Operand, ...]


def signature(statements: Iterable[Statement], own: Any = None) -> Signature:
    """The decisions among statements; with `own`, of those variables alone."""
    return tuple(
        [
            (s.span, bool(s.operation.expected))
            for s in statements
            if type(s.operation) is Guard
            and s.operation.kind == "truth"
            and s.span is not None
            and (own is None or s.operands[0] in own)
        ]
    )


def in_order(decisions: Signature) -> list[tuple[int, int, bool]]:
    """A key that brings ways in the same order whichever was recorded first."""
    return [(span.line, span.column, not outcome) for span, outcome in decisions]


def put_together(ways: Sequence[Way]) -> Way:
    """One program for several ways: it goes the way that its decisions lead.

    Raises:
        UnlikeError: two of them part elsewhere than at a decision.
    """
    return _parting(ways, 0, [{} for _ in ways], [])


def _parting(
    ways: Sequence[Way], at: int, known: Sequence[dict[Var, Var]], lines: list[Statement]
) -> Way:
    """Ways that are alike up to a statement; `known` has the variables of the first for theirs."""
    first = ways[0].statements
    if len(ways) == 1:
        rest = [_renamed(s, known[0]) for s in first[at:]]
        return Way([*lines, *rest], substituted(ways[0].outputs, known[0]))
    while all(at < len(w.statements) for w in ways):
        head = _renamed(first[at], known[0])
        groups: dict[bool, list[int]] = {}
        for k, (way, names) in enumerate(zip(ways, known, strict=True)):
            s = _renamed(way.statements[at], names)
            outcome = True
            if type(s.operation) is Guard and type(head.operation) is Guard:
                outcome = bool(s.operation.expected)
            elif not same_operation(head.operation, s.operation):
                raise UnlikeError
            if len(s.operands) != len(head.operands) or not all(
                map(same_operand, s.operands, head.operands)
            ):
                raise UnlikeError
            groups.setdefault(outcome, []).append(k)
            if s.target is not None and head.target is not None:
                names[s.target] = head.target
        at += 1
        if len(groups) > 1:
            arms = [
                _parting([ways[k] for k in groups[b]], at, [dict(known[k]) for k in groups[b]], [])
                for b in (True, False)
            ]
            return _meeting(lines, head, arms[0], arms[1])
        lines.append(head)
    raise UnlikeError


def _renamed(s: Statement, names: Mapping[Var, Operand]) -> Statement:
    return Statement(s.target, s.operation, substituted(s.operands, names), s.span)


class _Ends:
    """The last statements that two arms have alike, and what differs in them."""

    def __init__(self, one: Way, other: Way) -> None:
        self.own = ({s.target for s in one.statements}, {s.target for s in other.statements})
        self.partners: tuple[dict[Operand, set[Any]], dict[Operand, set[Any]]] = ({}, {})
        self.count = 0
        for a, b in zip(one.outputs, other.outputs, strict=True):
            if not self._may_meet(a, b):
                raise UnlikeError
            self._meet(a, b)
        for s, t in zip(reversed(one.statements), reversed(other.statements), strict=False):
            if not self._takes(s, t):
                break
            self.count += 1

    def _takes(self, s: Statement, t: Statement) -> bool:
        if not same_operation(s.operation, t.operation) or len(s.operands) != len(t.operands):
            return False
        for k, (a, b) in enumerate(((s.target, t.target), (t.target, s.target))):
            if a is not None and self.partners[k].get(a, set()) - {_key(b)}:
                return False  # one of them meets something else further down
        for a, b in zip(s.operands, t.operands, strict=True):
            both_constant = type(a) is not Var and type(b) is not Var and not same_operand(a, b)
            if both_constant and type(s.operation) is not Template:
                return False
            if not self._may_meet(a, b):
                return False
        for a, b in zip(s.operands, t.operands, strict=True):
            self._meet(a, b)
        return True

    def _may_meet(self, a: Operand, b: Operand) -> bool:
        one, other = operand_aval(a), operand_aval(b)
        if one is other and one is FOUND:
            return a is b or (a in self.own[0] and b in self.own[1])
        return one.shape == other.shape and one.dtype == other.dtype

    def _meet(self, a: Operand, b: Operand) -> None:
        if same_operand(a, b):
            return
        if type(a) is Var:
            self.partners[0].setdefault(a, set()).add(_key(b))
        if type(b) is Var:
            self.partners[1].setdefault(b, set()).add(_key(a))


def _key(operand: Operand) -> Any:
    return operand if type(operand) is Var or operand is None else token(operand)


def _meeting(lines: list[Statement], decision: Statement, one: Way, other: Way) -> Way:
    """Two arms after a decision: a branch, and what they do alike after it."""
    one, other = (_without_elements(way, lines) for way in (one, other))
    ends = _Ends(one, other)
    while True:
        made = _joined(lines, decision, one, other, ends.count)
        if made is not None:
            return made
        ends.count -= 1  # what a loop or a branch finds cannot be joined: its results can


def _joined(
    lines: list[Statement], decision: Statement, one: Way, other: Way, count: int
) -> Way | None:
    split = len(one.statements) - count, len(other.statements) - count
    heads = list(one.statements[: split[0]]), list(other.statements[: split[1]])
    shared = {s.target for s in one.statements[split[0] :]} - {None}
    joins: dict[tuple[Any, Any], tuple[Var, Operand, Operand]] = {}

    def join(a: Operand, b: Operand) -> Operand:
        if (type(a) is Var and a in shared) or same_operand(a, b):
            return a
        key = (_key(a), _key(b))
        known = joins.get(key)
        if known is None:
            aval = operand_aval(a)
            name = next((o.name for o in (a, b) if type(o) is Var), "joined")
            stronger = aval if type(a) is Var or not aval.weak else operand_aval(b)
            known = joins[key] = (Var(name, stronger), a, b)
        return known[0]

    after = []
    for s, t in zip(one.statements[split[0] :], other.statements[split[1] :], strict=True):
        operands = tuple(map(join, s.operands, t.operands))
        after.append(Statement(s.target, s.operation, operands, s.span))
    outputs = tuple(map(join, one.outputs, other.outputs))
    if any(operand_aval(a) is FOUND for _, a, _ in joins.values()):
        return None
    if not joins and not any(_counts(s) for head in heads for s in head):
        return Way([*lines, *after], outputs)
    results = list(joins.values())
    wanted = ([a for _, a, _ in results], [b for _, _, b in results])
    free: dict[Var, None] = {}
    for head, ends in zip(heads, wanted, strict=True):
        made: set[Any] = set()
        for s in head:
            free.update(dict.fromkeys(o for o in s.operands if type(o) is Var and o not in made))
            made.add(s.target)
        free.update(dict.fromkeys(o for o in ends if type(o) is Var and o not in made))
    arms = tuple(
        [
            _arm(name, head, ends, list(free))
            for name, head, ends in zip(("then", "otherwise"), heads, wanted, strict=True)
        ]
    )
    branch = Branch((arms[0], arms[1]))
    found = Var("branch", FOUND)
    made_of = Statement(found, branch, (decision.operands[0], *free), decision.span)
    joined = [
        Statement(var, Result.joined(branch, k), (found,), decision.span)
        for k, (var, _, _) in enumerate(results)
    ]
    return Way([*lines, made_of, *joined, *after], outputs)


def _counts(statement: Statement) -> bool:
    """Whether it matters that a statement is run, though nobody reads what it gives."""
    return type(statement.operation) in (Guard, Keep) or may_raise(statement)


def is_element(statement: Statement) -> bool:
    """Whether a statement reads an array at a fixed place, which cannot raise."""
    return statement.operation.name == "getitem" and len(statement.operands) == 1


def _is_number(statement: Statement) -> bool:
    """Whether it reads a number from an array."""
    target = statement.target
    given = is_element(statement) and type(statement.operands[0]) is Var
    return given and target is not None and not target.aval.shape


def _without_elements(way: Way, lines: list[Statement]) -> Way:
    """A way whose elements of arrays that are there before it are read before it.

    Such an element is a number of its own then, whose derivatives are summed up as numbers, and
    put in their place once.
    """
    known = {(s.operation, s.operands[0]): s.target for s in lines if _is_number(s)}
    made: set[Any] = set()
    names: dict[Var, Operand] = {}
    rest = []
    for s in way.statements:
        if not _is_number(s) or s.operands[0] in made:
            made.add(s.target)
            rest.append(s)
            continue
        key = (s.operation, s.operands[0])
        if key not in known:
            known[key] = s.target
            lines.append(s)
        elif s.target is not None and known[key] is not None:
            names[s.target] = known[key]
    if len(rest) == len(way.statements):
        return way
    return Way([_renamed(s, names) for s in rest], substituted(way.outputs, names))


def _arm(
    name: str, statements: Sequence[Statement], outputs: Sequence[Operand], free: Sequence[Var]
) -> Program:
    """An arm as a program of its own."""
    inner = {v: Var(v.name, v.aval) for v in free}
    body = [_renamed(s, inner) for s in statements]
    return Program(name, tuple(inner.values()), body, substituted(outputs, inner))
