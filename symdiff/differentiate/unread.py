"""What may raise, and no derivative computes, is kept: where the function raises, so does that.

`z = 1/(k - 3)` decides at later inputs whether the function has a result, be `z` used or not. A
derivative that reads the value, or the slope, of such a statement divides as well, and needs
nothing besides. So a statement is kept only if its value reaches none of what is differentiated,
or only as a summand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.raising import RAISING, raising_in
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.acts import Opaque
from ..program.branches import Branch
from ..program.interning import LATEST
from ..program.loops import Loop, Result
from ..program.program import KEEP, Operand, Program, Statement, Var, bodies_of
from ..records import dataclass
from .activity import active_variables
from .loop_activity import activity_of

Python = Mapping[Var, tuple[bool, ...]]
_Key = tuple[str, int]


def with_unread_kept(
    program: Program, wrt: Iterable[Var], python: Python, order: int = 1
) -> Program:
    """The program, in which what may raise is kept unless its derivative computes it anyway.

    Args:
        program: the primal.
        wrt: the variables to differentiate with respect to; without any, the outputs are computed.
        python: which operations give numbers of Python's own, where avals do not say.
        order: of the derivative; the second one of a product with a constant does not read it.

    >>> from symdiff.program.program import FLOAT
    >>> x, y, z, k = (Var(name, FLOAT) for name in "xyzk")
    >>> lines = [Statement(z, Template.of((0, 1, "div")), (1.0, k))]
    >>> lines.append(Statement(y, Template.of((0, 0, "mul")), (x,)))
    >>> print(with_unread_kept(Program("f", (x, k), lines, (y,)), [x], {}))
    f(x: float, k: float):
        z = 1.0/k
        keep z
        y = x*x
        return y
    """
    if not any(map(_is_doubtful, program.statements)):
        return program
    wrt = set(wrt)
    outputs = {o for o in program.outputs if type(o) is Var}
    active = active_variables(_moving(program), wrt)
    sweep = _Sweep(active, outputs & active, set() if wrt else outputs, python, order)
    return replace(program, statements=sweep.through(program.statements))


def _is_doubtful(statement: Statement, in_loop: bool = False) -> bool:
    """Whether a statement has operations that may raise if Python's numbers do them."""
    operation = statement.operation
    if type(operation) is Template:
        return not RAISING.isdisjoint(operation.code)
    if isinstance(operation, Structural):
        return in_loop and _may_miss(operation, statement.operands)
    in_loop = in_loop or isinstance(operation, Loop)
    return any(_is_doubtful(s, in_loop) for body in bodies_of(operation) for s in body.statements)


def _moving(program: Program) -> Program:
    """A program whose statements are left with the operands that their slopes are not 0 by."""
    found = []
    for statement in program.statements:
        operation, operands = statement.operation, statement.operands
        if type(operation) is Template and not _STILL.isdisjoint(operation.code):
            operands = tuple([o for k, o in enumerate(operands) if _moves(operation, k)])
        elif isinstance(operation, Loop | Branch):
            operation = _moving_within(operation)
        found.append(Statement(statement.target, operation, operands, statement.span))
    return replace(program, statements=found)


def _moving_within(operation: Loop | Branch) -> Loop | Branch:
    if isinstance(operation, Loop):
        return replace(operation, body=_moving(operation.body))
    return replace(operation, arms=(_moving(operation.arms[0]), _moving(operation.arms[1])))


@lru_cache(LATEST)
def _moves(template: Template, place: int) -> bool:
    """Whether the slope by an operand is not 0 everywhere."""
    return _tree(template, frozenset({place})).active


class _Sweep:
    """Back through a program: what a derivative reads, and what it goes through."""

    def __init__(
        self,
        active: set[Var],
        passed: set[Var],
        read: set[Var],
        python: Python,
        order: int,
        in_loop: bool = False,
    ) -> None:
        self.active = active
        self.passed = passed
        self.read = read
        self.held: set[Var] = set()  # what is read by what is kept
        self.python = python
        self.order = order
        self.in_loop = in_loop
        self.results: dict[Var, tuple[set[_Key], set[_Key]]] = {}

    def through(self, statements: Sequence[Statement]) -> list[Statement]:
        found: list[Statement] = []
        for statement in reversed(statements):
            if statement.target is None or type(statement.operation) is Opaque:
                self.read.update(o for o in statement.operands if type(o) is Var)
            elif type(statement.operation) is Result:
                self._result(statement.operation, statement)
            elif isinstance(statement.operation, Loop | Branch):
                statement = self._structured(statement.operation, statement)
            elif not self._computed(statement):
                self.held.update(o for o in statement.operands if type(o) is Var)
                found.append(Statement(None, KEEP, (statement.target,), statement.span))
            found.append(statement)
        return found[::-1]

    def _computed(self, statement: Statement) -> bool:
        """Whether a derivative raises where a statement does, or that does not; follow it."""
        target, operation, operands = statement.target, statement.operation, statement.operands
        assert target is not None
        for found in (self.read, self.held):
            if target in found:
                found.update(o for o in operands if type(o) is Var)
        passed = target in self.passed
        if passed:
            self.passed.update(o for o in operands if type(o) is Var and o in self.active)
        if target in self.read or target in self.held:
            return True
        if type(operation) is Template:
            own = self.python.get(target, ())
            doubtful = frozenset(() if target.derived else raising_in(statement, own))
            if not passed:
                return not doubtful
            places = frozenset(
                k for k, o in enumerate(operands) if type(o) is Var and o in self.active
            )
            reads, all_computed = _within(operation, places, doubtful, self.order)
            self.read.update(o for k in reads if type(o := operands[k]) is Var)
            return all_computed
        if isinstance(operation, Structural):
            if passed and self.order == 1:
                self.read.update(_read_by(operation, operands, self.active))
            elif passed:
                return True
            else:
                return not (self.in_loop and _may_miss(operation, operands))
        return True

    # -- loops and branches

    def _result(self, result: Result, statement: Statement) -> None:
        passed, read = self.results.setdefault(statement.operands[0], (set(), set()))
        if statement.target in self.passed:
            passed.add((result.kind, result.k))
        if statement.target in self.read or statement.target in self.held:
            read.add((result.kind, result.k))

    def _structured(self, operation: Loop | Branch, statement: Statement) -> Statement:
        assert statement.target is not None
        passed, read = self.results.get(statement.target, (set(), set()))
        operands = statement.operands
        if type(operands[0]) is Var:
            self.read.add(operands[0])
        within: set[Var] = set()
        if any(type(o) is Var and o in self.active for o in operands):
            moving = _moving_within(operation)
            within = set(activity_of(moving, operands, self.active, active_variables).within)
        bodies = []
        for body in operation.bodies:
            sweep, lines = self._body(operation, body, within, passed, read)
            bodies.append(
                body if _same(lines, body.statements) else replace(body, statements=lines)
            )
            for var, operand in zip(body.inputs, operands[1:], strict=True):
                if type(operand) is Var and var in sweep.read:
                    self.read.add(operand)
                if type(operand) is Var and var in sweep.held:
                    self.held.add(operand)
                if type(operand) is Var and var in sweep.passed and operand in self.active:
                    self.passed.add(operand)
        if _same(bodies, operation.bodies):
            return statement
        if isinstance(operation, Loop):
            changed: Loop | Branch = replace(operation, body=bodies[0])
        else:
            changed = replace(operation, arms=(bodies[0], bodies[1]))
        return Statement(statement.target, changed, operands, statement.span)

    def _body(
        self,
        operation: Loop | Branch,
        body: Program,
        within: set[Var],
        passed: set[_Key],
        read: set[_Key],
    ) -> tuple[_Sweep, list[Statement]]:
        """Back through a body, until no more of what it carries is found to be read."""
        carried = operation.carried if isinstance(operation, Loop) else 0
        in_loop = self.in_loop or isinstance(operation, Loop)
        ends = _ends(operation)
        wanted = [{ends[key] for key in keys if key in ends} for keys in (passed, read)]
        while True:
            goes, reads = ({o for k in ks if type(o := body.outputs[k]) is Var} for ks in wanted)
            sweep = _Sweep(within, goes & within, reads, self.python, self.order, in_loop)
            lines = sweep.through(body.statements)
            more = [
                {k for k, v in enumerate(body.inputs[:carried]) if v in found}
                for found in (sweep.passed, sweep.read)
            ]
            if all(a <= b for a, b in zip(more, wanted, strict=True)):
                return sweep, lines
            wanted = [a | b for a, b in zip(more, wanted, strict=True)]


def _same(some: Sequence[Any], others: Sequence[Any]) -> bool:
    return len(some) == len(others) and all(a is b for a, b in zip(some, others, strict=True))


def _ends(operation: Loop | Branch) -> dict[_Key, int]:
    """Which output of a body each result is."""
    if isinstance(operation, Branch):
        return {("joined", k): k for k in range(len(operation.arms[0].outputs))}
    n = operation.carried
    ends = {("carried", k): k for k in range(n)}
    return {**ends, **{("stacked", k): n + k for k in range(operation.stacked)}}


def _read_by(operation: Structural, operands: Sequence[Operand], active: set[Var]) -> list[Var]:
    """What the derivative of an operation on arrays surely reads of its operands."""
    given = [o for o in operands if type(o) is Var]
    if operation.name in ("getitem", "scatter_add", "setitem"):
        return [o for o in given if o not in active and not o.aval.is_inexact]
    if operation.name in ("matmul", "contraction", "outer"):
        moving = [o for o in given if o in active]
        return [o for o in given if len(moving) > 1 or o not in moving]
    return []


def _may_miss(operation: Structural, operands: Sequence[Operand]) -> bool:
    """Whether an element is read at a place that is computed, and may not be there.

    Outside of loops it is kept where it is recorded.
    """
    if operation.name in ("pick", "key_place"):
        return type(operands[-1 if operation.name == "pick" else 0]) is Var
    if operation.name != "getitem":
        return False
    items = [i for i in operation.params["index"] if type(i) is tuple and i[0] == "place"]
    return any(type(operands[1 + item[1]]) is Var for item in items)


# -- within a statement

_LINEAR = frozenset({"add", "sub", "neg", "pos"})
_STILL = frozenset(
    {
        *("floordiv", "sign", "floor", "ceil", "trunc", "rint", "round"),
        *("floor_int", "ceil_int", "trunc_int", "round_int"),
    }
)
"""Operations whose slopes are 0: no derivative goes on behind them."""

_FLAT = _STILL | {"mod", "fmod", "remainder"}
"""Operations whose slopes read nothing, or are none."""

_POWERS = frozenset({"mul", "pow", "square"})
"""Operations whose derivatives of some order read nothing."""


@dataclass(slots=True)
class _Node:
    name: str | None
    children: tuple[_Node, ...] = ()
    place: int = -1
    number: int = -1
    active: bool = False


@lru_cache(LATEST)
def _within(
    template: Template, active: frozenset[int], doubtful: frozenset[int], order: int = 1
) -> tuple[frozenset[int], bool]:
    """Of a statement that is differentiated, whose value need not be computed.

    Returns:
        The operands that its derivatives read for certain, and whether they raise where one of the
        operations in `doubtful` does.

    >>> of = lambda *code: _within(Template.of(code), frozenset({0}), frozenset({0}))
    >>> of(0, 1, "div"), of(1, 1, "div", 0, "add")
    ((frozenset({1}), True), (frozenset(), False))
    """
    read: set[int] = set()
    computed = True

    def visit(node: _Node, is_read: bool) -> None:
        nonlocal computed
        if node.place >= 0 and is_read:
            read.add(node.place)
        if node.number in doubtful and not (is_read or _raises(node, order)):
            computed = False
        for k, child in enumerate(node.children):
            visit(child, is_read or (node.active and _reads(node, k, order)))

    visit(_tree(template, active), False)
    return frozenset(read), computed


def _raises(node: _Node, order: int) -> bool:
    """Whether a derivative raises where an operation does."""
    if order > 1 and node.name == "div" and not node.children[1].active:
        return _bends(node.children[0], order)
    return node.active and node.name not in _FLAT


def _reads(node: _Node, k: int, order: int) -> bool:
    """Whether a derivative of an operation reads the value of operand number `k`."""
    if node.name in _LINEAR or node.name in _FLAT:
        return False
    others = [c for j, c in enumerate(node.children) if j != k]
    if node.name == "mul" or (node.name == "div" and k == 0):
        return any(_bends(c, order) for c in others)
    if node.name == "div" and not node.children[1].active:
        return _bends(node.children[0], order)
    return order == 1 or node.name not in _POWERS


def _bends(node: _Node, order: int) -> bool:
    """Whether a derivative of this order of an operand is an expression that is not 0."""
    if order == 1 or not node.active or node.name in _FLAT:
        return node.active and node.name not in _FLAT
    moving = [c for c in node.children if c.active]
    if node.name in _LINEAR or (node.name in ("mul", "div") and len(moving) == 1):
        return any(_bends(c, order) for c in moving) or (
            node.name == "div" and node.children[1].active
        )
    return bool(moving) and (order == 2 or node.name not in _POWERS)


def _tree(template: Template, active: frozenset[int]) -> _Node:
    stack: list[_Node] = []
    number = 0
    for token in template.code:
        if type(token) is int:
            stack.append(_Node(None, place=token, active=token in active))
        elif isinstance(token, str):
            entry: Any = TABLE.entries[token]
            assert isinstance(entry, ElementwiseEntry)
            children = tuple(stack[len(stack) - entry.arity :])
            moves = token not in _STILL and any(c.active for c in children)
            stack[len(stack) - entry.arity :] = [
                _Node(token, children, number=number, active=moves)
            ]
            number += 1
        else:
            stack.append(_Node(None))
    return stack[-1]
