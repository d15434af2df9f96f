"""Functions with loops and branches that are written once and run in several ways, for tests.

A function takes `xp`, whose names are those of NumPy, and calls `xp.loop` where Python has `for`
or `while`, and `xp.branch` where it has `if`:

    def f(xp, x):
        s, _, _ = xp.loop(10, (x,), lambda c, e, v: (xp.sin(c[0]),))
        return xp.branch(s[0] > 0, (s[0], x), lambda a, b: (a * b,), lambda a, b: (a,))[0]

`recorded` makes a program of it in which those are statements, `unrolled` one in which they are
not. Run over `Plain(autograd.numpy)` or `Plain(mpmath.mp)` it computes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count as counting
from typing import Any

import numpy as np

from symdiff.compile.emit import Output
from symdiff.compile.function import compile_program
from symdiff.operations.statements.builder import Builder
from symdiff.operations.table.template import Literal, Template
from symdiff.optimize import number_values, remove_dead_code, without_marks
from symdiff.program.branches import Branch
from symdiff.program.loops import TAPE, Loop, Result
from symdiff.program.program import (
    FOUND,
    Aval,
    Guard,
    Program,
    Statement,
    Var,
    aval_of,
    name_uniquely,
    operand_aval,
    validate,
)

Body = Callable[..., Any]


class _StopError(Exception):
    """The iteration that is under way is not made."""


class Plain:
    """Runs a function over the numbers of some library."""

    def __init__(self, library: Any) -> None:
        self.library = library

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name)

    def where(self, test: Any, a: Any, b: Any) -> Any:
        if np.ndim(test):
            return self.library.where(test, a, b)
        return a if test else b

    def put(self, x: Any, i: int, value: Any) -> Any:
        place = (np.arange(len(x)) == i) * 1.0
        return value * place + x * (1.0 - place)

    def take(self, x: Any, i: Any) -> Any:
        return x[i]

    def let(self, value: Any, name: str = "t") -> Any:
        return value

    def stop_unless(self, test: Any) -> None:
        """End the innermost loop, without this iteration, unless a test holds."""
        if not self.value(test):
            raise _StopError

    def value(self, test: Any) -> Any:
        return test

    def loop(
        self,
        count: int | None,
        carried: Sequence[Any],
        body: Body,
        tapes: Sequence[Any] = (),
        fixed: Sequence[Any] = (),
        until: Body | None = None,
        backward: bool = False,
        stops: bool = False,
        stacks: int = 0,
    ) -> tuple[list[Any], list[list[Any]], int]:
        """`body(carried, elements, fixed)` gives the next carried values, or those and entries."""
        now = list(carried)
        found: list[list[Any]] = [[] for _ in range(stacks)]
        order = [t[::-1] if backward else t for t in tapes]
        made = 0
        for k in range(count) if count is not None else counting():
            if tapes and k >= len(order[0]):
                break
            entries = [t[k] for t in order]
            if until is not None and not until(now, entries, fixed):
                break
            try:
                now, entries = _parts(body(now, entries, fixed))
            except _StopError:
                break
            for tape, entry in zip(found, entries, strict=True):
                tape.append(entry)
            made += 1
        return now, [t[::-1] if backward else t for t in found], made

    def branch(
        self, test: Any, operands: Sequence[Any], first: Body, second: Body
    ) -> tuple[Any, ...]:
        """What one of two functions gives for some operands; an arm may give `None`."""
        return tuple((first if self.value(test) else second)(*operands))


def _parts(found: Any) -> tuple[list[Any], list[Any]]:
    if isinstance(found, list):
        return found[0], found[1]
    return list(found), []


class Expr:
    """A value of a program: a postfix code over operands, as the trace keeps it pending."""

    __array_ufunc__ = None

    def __init__(self, to: Recording, code: tuple[Any, ...], operands: tuple[Any, ...]) -> None:
        self.to, self.code, self.operands = to, code, operands

    def operand(self, name: str = "t") -> Any:
        if self.code != (0,):
            made = self.to.ops.elementwise(Template.of(self.code), self.operands, name)
            made = made.item() if isinstance(made, np.generic) else made
            self.code, self.operands = (0,), (made,)
        return self.operands[0]

    def __bool__(self) -> bool:
        raise TypeError("a decision on a value that is not known")

    def __getitem__(self, i: Any) -> Expr:
        return self.to.take(self, i)


def _operator(name: str, swapped: bool = False) -> Any:
    def method(self: Expr, *others: Any) -> Expr:
        operands = (*others, self) if swapped else (self, *others)
        return self.to.apply(name, *operands)

    return method


for _name in ("add", "sub", "mul", "pow", "mod"):
    setattr(Expr, f"__{_name}__", _operator(_name))
    setattr(Expr, f"__r{_name}__", _operator(_name, swapped=True))
Expr.__truediv__ = _operator("div")  # type: ignore[attr-defined]
Expr.__rtruediv__ = _operator("div", swapped=True)  # type: ignore[attr-defined]
for _name in ("neg", "lt", "gt", "le", "ge"):
    setattr(Expr, f"__{_name}__", _operator(_name))


class Recording:
    """Records a function into the statements of a program, with its loops as statements."""

    def __init__(self, ops: Builder) -> None:
        self.ops = ops
        self.entries: dict[Var, Aval] = {}  # of tapes

    def of(self, operand: Any) -> Expr:
        return Expr(self, (0,), (operand,))

    def __getattr__(self, name: str) -> Any:
        return lambda *operands: self.apply(name, *operands)

    def apply(self, name: str, *operands: Any) -> Expr:
        code: list[Any] = []
        own: list[Any] = []
        for operand in operands:
            if isinstance(operand, Expr) and [*map(type, operand.operands)] in ([float], [int]):
                operand = operand.operands[0]
            if not isinstance(operand, Expr):
                if isinstance(operand, np.ndarray):
                    operand = self.of(operand)
                else:
                    code.append(Literal.of(operand))
                    continue
            places = []
            for o in operand.operands:
                if not any(o is p for p in own):
                    own.append(o)
                places.append(next(k for k, p in enumerate(own) if p is o))
            code += [places[t] if type(t) is int else t for t in operand.code]
        return Expr(self, (*code, name), tuple(own))

    def let(self, value: Any, name: str = "t") -> Any:
        if isinstance(value, Expr):
            value.operand(name)
        return value

    def stop_unless(self, test: Expr) -> None:
        statement = Statement(None, Guard("truth", True), (test.operand("test"),))
        self.ops.statements.append(statement)

    def operand(self, value: Any) -> Any:
        return value.operand() if isinstance(value, Expr) else value

    def structural(self, name: str, *operands: Any, **params: Any) -> Expr:
        return self.of(self.ops.apply(name, *[self.operand(o) for o in operands], **params))

    def take(self, x: Any, i: Any) -> Expr:
        if isinstance(i, Expr):
            return self.item(self.structural("getitem", x, i, index=(("place", 0),)))
        return self.item(self.structural("getitem", x, index=(i,)))

    def item(self, number: Expr) -> Expr:
        return self.structural("item", number)

    def where(self, test: Any, a: Any, b: Any) -> Expr:
        made = self.apply("where", test, a, b)
        return made if operand_aval(made.operand()).shape else self.item(made)

    def put(self, x: Any, i: Any, value: Any) -> Expr:
        if isinstance(i, Expr):
            return self.structural("setitem", x, value, i, index=(("place", 0),))
        return self.structural("setitem", x, value, index=(i,))

    def sum(self, x: Any) -> Expr:
        return self.item(self.structural("sum", x, axis=None, keepdims=False))

    def dot(self, a: Any, b: Any) -> Expr:
        return self.item(self.structural("matmul", a, b))

    def roll(self, x: Any, shift: int) -> Expr:
        return self.structural("roll", x, shift=shift, axis=None)

    def loop(
        self,
        count: Any,
        carried: Sequence[Any],
        body: Body,
        tapes: Sequence[Any] = (),
        fixed: Sequence[Any] = (),
        until: Body | None = None,
        backward: bool = False,
        stops: bool = False,
        stacks: int = 0,
    ) -> tuple[list[Expr], list[Expr], Expr]:
        first = [self.operand(c) for c in carried]
        invariants = [self.operand(c) for c in fixed]
        read = [self.operand(t) for t in tapes]
        outside, self.ops = self.ops, Builder()
        inner = self.ops

        def inputs(hint: str, operands: Sequence[Any]) -> list[Var]:
            return [Var(f"{hint}_{k}", operand_aval(o)) for k, o in enumerate(operands)]

        entries = [Var("entry", self.entries[t]) for t in read]
        own = [inputs("c", first), inputs("e", entries), inputs("v", invariants)]
        wrapped = [[self.of(v) for v in group] for group in own]
        if until is not None:
            self.stop_unless(until(*wrapped))
        following, stacked = _parts(body(*wrapped))
        outputs = [self.operand(o) for o in (*following, *stacked)]
        program = Program("body", tuple(v for g in own for v in g), inner.statements, (*outputs,))
        self.ops = outside
        loop = Loop(program, len(first), len(read), backward, until is not None or stops)
        found = Var("found", FOUND)
        operands = (self.operand(count), *first, *read, *invariants)
        self._append(found, loop, operands)
        results = [Result.carried(loop, k) for k in range(len(first))]
        tapes_made = [Result.stacked(loop, k) for k in range(len(stacked))]
        made = [self._result(found, r) for r in (*results, *tapes_made, Result.trips())]
        return made[: len(first)], made[len(first) : -1], made[-1]

    def branch(
        self, test: Any, operands: Sequence[Any], first: Body, second: Body
    ) -> tuple[Any, ...]:
        given = [self.operand(o) for o in operands]
        condition = self.operand(test)
        outside, arms = self.ops, []
        for function in (first, second):
            self.ops = Builder()
            inputs = tuple([Var(f"a_{k}", operand_aval(o)) for k, o in enumerate(given)])
            for var, operand in zip(inputs, given, strict=True):
                if var.aval is TAPE:
                    self.entries[var] = self.entries[operand]
            outputs = tuple([self.operand(o) for o in function(*map(self.of, inputs))])
            arms.append(Program("arm", inputs, self.ops.statements, outputs))
        self.ops = outside
        branch = Branch((arms[0], arms[1]))
        found = Var("found", FOUND)
        self._append(found, branch, (condition, *given))
        results = [Result.joined(branch, k) for k in range(len(arms[0].outputs))]
        return tuple([self._result(found, result) for result in results])

    def _append(self, target: Var, operation: Any, operands: tuple[Any, ...]) -> None:
        statement = Statement(target, operation, operands)
        self.ops.statements.append(statement)
        self.ops.definitions[target] = statement

    def _result(self, found: Var, result: Result) -> Expr:
        target = Var(result.kind, result.aval)
        if result.entry is not None:
            self.entries[target] = result.entry
        self._append(target, result, (found,))
        return self.of(target)


class Unrolling(Recording, Plain):
    """Records the iterations one after another; the values decide how many there are."""

    known: dict[Var, Any]

    def __init__(self, ops: Builder) -> None:
        Recording.__init__(self, ops)
        self.known = {}
        self.done = 0

    def value(self, operand: Any) -> Any:
        """What an operand is for the inputs given."""
        if isinstance(operand, Expr):
            operand = operand.operand()
        for statement in self.ops.statements[self.done :]:
            if statement.target is not None:
                values = [self.known[o] if type(o) is Var else o for o in statement.operands]
                values = [np.float64(v) if type(v) is float else v for v in values]
                self.known[statement.target] = statement.operation.evaluate(*values)
        self.done = len(self.ops.statements)
        return self.known[operand] if type(operand) is Var else operand

    def loop(self, count: Any, *args: Any, until: Body | None = None, **kwargs: Any) -> Any:
        decided = None
        if until is not None:

            def decided(*state: Any) -> bool:
                return bool(self.value(until(*state)))

        return Plain.loop(self, self.value(count), *args, until=decided, **kwargs)

    def stop_unless(self, test: Any) -> None:
        Plain.stop_unless(self, test)

    def branch(self, *args: Any) -> Any:
        return Plain.branch(self, *args)

    def take(self, x: Any, i: Any) -> Expr:
        return Recording.take(self, x, self.value(i))

    def put(self, x: Any, i: Any, value: Any) -> Expr:
        return Recording.put(self, x, self.value(i), value)

    def where(self, test: Any, a: Any, b: Any) -> Any:
        return Recording.where(self, test, a, b)


def recorded(f: Body, *values: Any, unroll: bool = False) -> Program:
    """The program of a function, for arguments like `values`."""
    ops = Builder()
    inputs = tuple([Var(f"x_{k}", aval_of(v)) for k, v in enumerate(values)])
    recording = Unrolling(ops) if unroll else Recording(ops)
    if isinstance(recording, Unrolling):
        recording.known.update(zip(inputs, values, strict=True))
    found = f(recording, *map(recording.of, inputs))
    results = found if isinstance(found, tuple | list) else (found,)
    outputs = tuple([recording.operand(r) for r in results])
    return validate(name_uniquely(Program("f", inputs, ops.statements, outputs)))


def unrolled(f: Body, *values: Any) -> Program:
    """The program of a function without loops, for the iterations that `values` make."""
    return recorded(f, *values, unroll=True)


def optimized(program: Program) -> Program:
    """The program as operators compile it."""
    return validate(name_uniquely(remove_dead_code(number_values(without_marks(program)))))


def compiled(program: Program, careful: bool = False) -> Any:
    """A function of the program's inputs, which gives a tuple of its outputs."""
    outputs = []
    for operand in program.outputs:
        aval = operand_aval(operand)
        kind: type = (
            np.ndarray if aval.shape else {"int64": int, "bool": bool}.get(aval.dtype, float)
        )
        outputs.append(Output(kind, aval.dtype, aval.shape))

    def layout(texts: Any, _: Any) -> str:
        return f"({''.join([t + ', ' for t in texts])})"

    return compile_program(program, 0, outputs, layout, careful)
