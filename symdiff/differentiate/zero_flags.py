"""What is 0 whatever the inputs are in some iterations of a loop, or in one arm, and not in others.

    c, s = x, 0.0
    for _ in range(n):
        c = sqrt(c * s)
        s = tanh(x)

Written out, no iteration moves `c`: it is 0 from the first on. In the loop `s` is 0 in the first
iteration alone and `c` after all of them, so that nothing that is carried is 0 throughout, and
infinite slopes would meet zeros. So iterations are told apart for a while. What is 0 in all of
them does not move. Beside what is so in some alone a flag is carried, and where that is set, a root
is the constant 0. Only programs get flags in which there is such a root of something that moves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Any

from ..operations.statements.builder import Builder
from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Literal, Template
from ..program.branches import Branch
from ..program.interning import LATEST
from ..program.loops import Loop, Result
from ..program.program import BOOL, Operand, Program, Statement, Var
from .zeros import is_constant_zero, is_zero_code, keeps, of_literal, vanishes

RESTING_ZERO, MOVING_ZERO, RESTING, MOVING = 1, 2, 4, 8
"""What a variable may be when it is computed: 0 whatever the inputs are, or not, and whether the
inputs reach it. These are added up to sets."""

_ZEROS, _MOVING = RESTING_ZERO | MOVING_ZERO, MOVING_ZERO | MOVING

WIDENED_AFTER = 8
"""So many iterations are told apart, those that follow are taken together."""


def with_zero_flags(program: Program, wrt: Iterable[Var]) -> Program:
    """The program with flags where something that is 0 for a while would have an infinite slope.

    Args:
        program: the program, whose variables that are always 0 are marked (`hold_zeros`).
        wrt: what moves.
    """
    found = _States()
    found.go_through(program, dict.fromkeys(wrt, MOVING))
    for var, state in found.known.items():
        if not state & ~_ZEROS and var.aval.is_inexact:  # for another reason in each iteration
            var.still = True
    steep = {var for var in found.steep if not var.still}
    return _Flagged(found.known, steep).program(program, {}) if steep else program


class _States:
    """What each variable may be, in any iteration; `steep` are those that need a flag."""

    def __init__(self) -> None:
        self.known: dict[Var, int] = {}
        self.steep: set[Var] = set()

    def go_through(self, program: Program, inputs: Mapping[Var, int]) -> list[int]:
        """What the outputs may be if the inputs are so."""
        now = dict(inputs)
        found: dict[Operand, dict[tuple[str, int], int]] = {}
        for statement in program.statements:
            target, operation = statement.target, statement.operation
            if target is None or target in inputs:
                continue
            operands = [_state(o, now) for o in statement.operands]
            if type(operation) is Template:
                state = _of_template(operation, operands)
                if any(_of_code(part, operands) & MOVING_ZERO for part in _steep_parts(operation)):
                    self.steep.add(target)
            elif isinstance(operation, Result):
                key = (operation.kind, operation.k)
                state = found.get(statement.operands[0], {}).get(key, RESTING)
            elif isinstance(operation, Loop):
                found[target] = self._of_loop(operation, operands[1:])
                continue
            elif isinstance(operation, Branch):
                found[target] = self._of_branch(operation, operands[1:])
                continue
            else:
                state = _hidden(operands)
            still = target.still or operation.name == "detach" or not target.aval.is_inexact
            now[target] = _at_rest(state) if still else state
        for var, state in now.items():
            self.known[var] = self.known.get(var, 0) | state
        return [_state(o, now) for o in program.outputs]

    def _of_loop(self, loop: Loop, given: Sequence[int]) -> dict[tuple[str, int], int]:
        body, many = loop.body, loop.carried
        first, entries, fixed = loop.parts(given)
        rest = [*[_hidden([e]) for e in entries], *fixed]
        now, seen = list(first), [list(first)]
        carried, stacked = list(first), [0] * loop.stacked
        while True:
            after = self.go_through(body, dict(zip(body.inputs, [*now, *rest], strict=True)))
            carried = [a | b for a, b in zip(carried, after, strict=False)]
            stacked = [a | b for a, b in zip(stacked, after[many:], strict=True)]
            now = after[:many]
            if len(seen) > WIDENED_AFTER:
                now = list(carried)
            if now in seen:
                break
            seen.append(now)
        found = {("carried", k): state for k, state in enumerate(carried)}
        return found | {("stacked", k): _hidden([state]) for k, state in enumerate(stacked)}

    def _of_branch(self, branch: Branch, given: Sequence[int]) -> dict[tuple[str, int], int]:
        joined = [0] * len(branch.arms[0].outputs)
        for arm in branch.arms:
            after = self.go_through(arm, dict(zip(arm.inputs, given, strict=True)))
            joined = [a | b for a, b in zip(joined, after, strict=True)]
        return {("joined", k): state for k, state in enumerate(joined)}


def _state(operand: Operand, known: Mapping[Var, int]) -> int:
    if type(operand) is Var:
        return known.get(operand, RESTING)
    return RESTING_ZERO if is_constant_zero(operand) else RESTING


def _at_rest(state: int) -> int:
    """The same, where the inputs do not reach it."""
    return (state | (state & _MOVING) >> 1) & (RESTING_ZERO | RESTING)


def _hidden(states: Collection[int]) -> int:
    """What is made of operands by an operation that keeps no zeros."""
    return MOVING if any(state & _MOVING for state in states) else RESTING


def _of_template(template: Template, states: Sequence[int]) -> int:
    """What a template may be, for operands each of which may be any of these."""
    return _of_places(lambda places: vanishes(template, places), range(len(states)), states)


def _of_code(code: tuple[Any, ...], states: Sequence[int]) -> int:
    """The same of a part of a template."""
    places = {token for token in code if type(token) is int}
    return _of_places(lambda zeros: is_zero_code(code, zeros), places, states)


def _of_places(
    is_zero: Callable[[frozenset[int]], bool], places: Collection[int], states: Sequence[int]
) -> int:
    may = frozenset([k for k in places if states[k] & _ZEROS])
    must = frozenset([k for k in may if not states[k] & ~_ZEROS])
    moving = [k for k in places if states[k] & _MOVING]
    rests = all(states[k] & (RESTING_ZERO | RESTING) for k in places)
    found = 0
    if any(is_zero(may if states[k] & MOVING_ZERO else may - {k}) for k in moving):
        found |= MOVING_ZERO
    if rests and is_zero(frozenset([k for k in may if states[k] & RESTING_ZERO])):
        found |= RESTING_ZERO
    if not is_zero(must):
        found |= (MOVING if moving else 0) | (RESTING if rests else 0)
    return found


_STEEP = frozenset({"sqrt", "cbrt", "pow", "hypot"})
"""What has an infinite slope, or second derivative, where it is 0 and its operands are."""


@lru_cache(LATEST)
def _steep_parts(template: Template) -> tuple[tuple[Any, ...], ...]:
    """The parts of a template whose slope may be infinite where they are 0."""
    if _STEEP.isdisjoint([token for token in template.code if type(token) is str]):
        return ()
    found: list[tuple[Any, ...]] = []

    def seen(part: tuple[Any, ...]) -> tuple[Any, ...]:
        found.append(part)
        return part

    _with_parts(template.code, seen)
    return tuple(found)


def _with_parts(
    code: tuple[Any, ...], changed: Callable[[tuple[Any, ...]], tuple[Any, ...]]
) -> tuple[Any, ...]:
    """The code of a template, with its steep parts as they become, the inner ones first."""
    stack: list[tuple[Any, ...]] = []
    for k, token in enumerate(code):
        if type(token) is not str:
            stack.append((token,))
            continue
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        own, stack = stack[len(stack) - entry.arity :], stack[: len(stack) - entry.arity]
        part = (*chain.from_iterable(own), token)
        steep = token in _STEEP and not (token == "pow" and _is_whole(code[k - 1]))
        stack.append(changed(part) if steep else part)
    return stack[-1]


def _is_whole(token: object) -> bool:
    return isinstance(token, Literal) and token.kind is not complex and token.value % 1 == 0


class _Flagged:
    """Write programs with flags."""

    def __init__(self, states: Mapping[Var, int], steep: set[Var]) -> None:
        self.states = states
        self.steep = steep

    def _varies(self, var: Var) -> bool:
        state = self.states.get(var, 0)
        return bool(state & _ZEROS and state & ~_ZEROS)

    def flag(self, operand: Operand, flags: Mapping[Var, Operand]) -> Operand:
        """Whether an operand is 0 whatever the inputs are, as a constant if that is known."""
        if type(operand) is not Var:
            return operand is not None and is_constant_zero(operand)
        if operand in flags:
            return flags[operand]
        state = self.states.get(operand, 0)
        return bool(state and not state & ~_ZEROS)

    def program(
        self, program: Program, flags: dict[Var, Operand], asked: Sequence[Operand] = ()
    ) -> Program:
        """A program with flags, those of some operands as further outputs.

        Args:
            program: the program.
            flags: what is known of the inputs.
            asked: what is to be told at the end.
        """
        lines = Builder()
        made: dict[Operand, dict[tuple[str, int], Result]] = {}
        for statement in program.statements:
            target, operation = statement.target, statement.operation
            lines.span = statement.span
            if isinstance(operation, Loop):
                assert target is not None
                statement, made[target] = self._loop(operation, statement, flags)
            elif isinstance(operation, Branch):
                assert target is not None
                statement, made[target] = self._branch(operation, statement, flags)
            elif target is not None and type(operation) is Template:
                if self._varies(target):
                    flags[target] = self._of_code(lines, operation.code, statement.operands, flags)
                if target in self.steep:
                    statement = self._chosen(lines, statement, operation, flags)
            lines.statements.append(statement)
            if isinstance(operation, Result):
                assert target is not None
                result = made.get(statement.operands[0], {}).get((operation.kind, operation.k))
                if result is not None:
                    flags[target] = Var(f"{target.name}_zero", result.aval)
                    told = Statement(flags[target], result, statement.operands, statement.span)
                    lines.statements.append(told)
        outputs = (*program.outputs, *[self.flag(o, flags) for o in asked])
        return replace(program, statements=lines.statements, outputs=outputs)

    def _chosen(
        self,
        lines: Builder,
        statement: Statement,
        template: Template,
        flags: Mapping[Var, Operand],
    ) -> Statement:
        """The statement, whose steep parts are constants where they are 0."""
        operands = list(statement.operands)

        def changed(part: tuple[Any, ...]) -> tuple[Any, ...]:
            flag = self._of_code(lines, part, operands, flags)
            if type(flag) is not Var:
                return part
            operands.append(flag)
            return (len(operands) - 1, Literal.of(0.0), *part, "where")

        code = _with_parts(template.code, changed)
        return Statement(statement.target, Template.of(code), tuple(operands), statement.span)

    def _of_code(
        self,
        lines: Builder,
        code: tuple[Any, ...],
        operands: Sequence[Operand],
        flags: Mapping[Var, Operand],
    ) -> Operand:
        """The flag of a template or a part of one: `is_zero_code`, of flags."""
        lines.hint = "zero"
        stack: list[tuple[Operand, bool]] = []
        for token in code:
            if type(token) is int:
                stack.append((self.flag(operands[token], flags), False))
            elif isinstance(token, Literal):
                stack.append(of_literal(token))
            else:
                entry = TABLE.entries[str(token)]
                assert isinstance(entry, ElementwiseEntry)
                own, stack = stack[len(stack) - entry.arity :], stack[: len(stack) - entry.arity]
                stack.append((_kept(lines, entry.name, own), False))
        return stack[-1][0]

    def _loop(
        self, loop: Loop, statement: Statement, flags: Mapping[Var, Operand]
    ) -> tuple[Statement, dict[tuple[str, int], Result]]:
        body = loop.body
        count, *given = statement.operands
        carried, elements, fixed = loop.parts(body.inputs)
        inside: dict[Var, Operand] = {}
        varying = [k for k, v in enumerate(carried) if self._varies(v)]
        own = [Var(f"{carried[k].name}_zero", BOOL) for k in varying]
        inside.update(zip([carried[k] for k in varying], own, strict=True))
        first, tapes, outer = loop.parts(given)
        read, further = self._given(fixed, outer, flags, inside)
        made = self.program(body, inside, [body.outputs[k] for k in varying])
        values, stacked = body.outputs[: loop.carried], body.outputs[loop.carried :]
        told = made.outputs[len(body.outputs) :]
        body = replace(
            made,
            inputs=(*carried, *own, *elements, *fixed, *read),
            outputs=(*values, *told, *stacked),
        )
        changed = replace(loop, body=body, carried=loop.carried + len(own))
        starts = [self.flag(given[k], flags) for k in varying]
        operands = (count, *first, *starts, *tapes, *outer, *further)
        results = {
            ("carried", k): Result.carried(changed, loop.carried + n) for n, k in enumerate(varying)
        }
        return Statement(statement.target, changed, operands, statement.span), results

    def _branch(
        self, branch: Branch, statement: Statement, flags: Mapping[Var, Operand]
    ) -> tuple[Statement, dict[tuple[str, int], Result]]:
        condition, *given = statement.operands
        varying = [k for k in range(len(branch.arms[0].outputs)) if self._joins(branch, k)]
        arms = []
        for arm in branch.arms:
            inside: dict[Var, Operand] = {}
            read, further = self._given(arm.inputs, given, flags, inside)
            made = self.program(arm, inside, [arm.outputs[k] for k in varying])
            arms.append(replace(made, inputs=(*arm.inputs, *read)))
        changed = Branch((arms[0], arms[1]))
        many = len(branch.arms[0].outputs)
        results = {("joined", k): Result.joined(changed, many + n) for n, k in enumerate(varying)}
        operands = (condition, *given, *further)
        return Statement(statement.target, changed, operands, statement.span), results

    def _joins(self, branch: Branch, k: int) -> bool:
        """Whether a result may be 0, and may be something else."""
        outputs = [o for o in (arm.outputs[k] for arm in branch.arms) if o is not None]
        known = {
            self._varies(o) or self.flag(o, {}) if type(o) is Var else is_constant_zero(o)
            for o in outputs
        }
        return known != {False} and not all(self.flag(o, {}) is True for o in outputs)

    def _given(
        self,
        inputs: Sequence[Var],
        operands: Sequence[Operand],
        flags: Mapping[Var, Operand],
        inside: dict[Var, Operand],
    ) -> tuple[list[Var], list[Operand]]:
        """Tell a body or an arm of what it is given: by further inputs, where that varies."""
        read, further = [], []
        for var, operand in zip(inputs, operands, strict=True):
            flag = self.flag(operand, flags)
            if type(flag) is Var:
                further.append(flag)
                flag = Var(f"{var.name}_zero", BOOL)
                read.append(flag)
            inside[var] = flag
        return read, further


def _kept(lines: Builder, name: str, operands: Sequence[tuple[Operand, bool]]) -> Operand:
    """Whether an entry is 0, as `keeps` has it, of flags some of which are variables."""
    flags = [flag for flag, _ in operands]
    if all(type(flag) is bool for flag in flags):
        return keeps(name, [(bool(flag), positive) for flag, positive in operands])
    # What `keeps` says of each flag alone, and of all, decides between its three sorts of rules.
    if name == "mul":
        return _combined(lines, "logical_or", flags)
    if name == "div":
        if flags[1] is True:
            return False
        other = flags[1] if flags[1] is False else lines.apply("logical_not", flags[1])
        return _combined(lines, "logical_and", [flags[0], True if other is False else other])
    if not keeps(name, [(True, positive) for _, positive in operands]):
        return False
    return flags[0] if name == "pow" else _combined(lines, "logical_and", flags)


def _combined(lines: Builder, name: str, flags: Sequence[Operand]) -> Operand:
    """All or any of some flags."""
    decided = name == "logical_or"
    if any(flag is decided for flag in flags):
        return decided
    left = [flag for flag in flags if type(flag) is Var]
    found = left[0] if left else not decided
    for flag in left[1:]:
        found = lines.apply(name, found, flag)
    return found
