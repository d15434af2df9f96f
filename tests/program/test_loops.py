"""A loop as one statement: its rules, how it prints, and what it computes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from symdiff.errors import InvalidProgramError, LoopError
from symdiff.operations.statements.builder import Builder
from symdiff.present.closed_form import closed_form
from symdiff.program.loops import TAPE, Loop, Result
from symdiff.program.program import (
    BOOL,
    FLOAT,
    FOUND,
    INT,
    Guard,
    Program,
    Statement,
    Var,
    name_uniquely,
    validate,
)
from symdiff.sparsity import dependence


def newton(until: bool = True) -> tuple[Loop, Program]:
    """`while x*x - a > 1e-12: x = (x + a/x)/2`, and the sum and the list of all `x`."""
    x, s, a = Var("x", FLOAT), Var("s", FLOAT), Var("a", FLOAT)
    ops = Builder()
    test = ops.gt(ops.sub(ops.mul(x, x), a), 1e-12)
    if until:
        ops.statements.append(Statement(None, Guard("truth", True), (test,)))
    moved = ops.mul(0.5, ops.add(x, ops.div(a, x)))
    body = Program("body", (x, s, a), ops.statements, (moved, ops.add(s, x), x))
    loop = Loop(body, 2, until=until)
    n, of = Var("n", INT), Var("of", FLOAT)
    found = Var("found", FOUND)
    results = [Result.carried(loop, 0), Result.carried(loop, 1), Result.trips()]
    targets = [Var("root", FLOAT), Var("total", FLOAT), Var("made", INT)]
    statements = [Statement(found, loop, (n, of, 0.0, of))]
    statements += [Statement(t, r, (found,)) for t, r in zip(targets, results, strict=True)]
    return loop, name_uniquely(Program("newton", (n, of), statements, tuple(targets)))


def test_a_loop_prints_as_people_write_it() -> None:
    _, program = newton()
    assert str(validate(program)) == (
        "newton(n: int, of: float):\n"
        "    x, s, a = of, 0.0, of\n"
        "    for _ in range(n):\n"
        "        t = x*x\n"
        "        t_1 = t - a\n"
        "        t_2 = t_1 > 1e-12\n"
        "        if not t_2: break\n"
        "        t_3 = a/x\n"
        "        t_4 = x + t_3\n"
        "        t_5 = 0.5*t_4\n"
        "        t_6 = s + x\n"
        "        stack_0.append(x)\n"
        "        x, s = t_5, t_6\n"
        "    found = loop(n, of, 0.0, of)\n"
        "    root = found.carried[0]\n"
        "    total = found.carried[1]\n"
        "    made = found.trips\n"
        "    return root, total, made"
    )


def test_what_a_loop_computes() -> None:
    loop, _ = newton()
    carried, stacked, made = loop.evaluate(100, 2.0, 0.0, 2.0)
    assert carried[0] == pytest.approx(2.0**0.5, abs=1e-12)
    assert made == len(stacked[0]) == 5
    assert carried[1] == sum(stacked[0])
    assert loop.evaluate(2, 2.0, 0.0, 2.0)[2] == 2
    assert loop.evaluate(0, 2.0, 0.0, 2.0) == ([2.0, 0.0], [[]], 0)
    assert loop.evaluate(None, 2.0, 0.0, 2.0)[2] == 5


def test_tapes_are_read_and_written_from_the_end() -> None:
    s, e = Var("s", FLOAT), Var("e", FLOAT)
    ops = Builder()
    total = ops.add(s, e)
    loop = Loop(Program("body", (s, e), ops.statements, (total, total)), 1, 1, backward=True)
    assert loop.evaluate(None, 0.0, [1.0, 2.0, 4.0]) == ([7.0], [[7.0, 6.0, 4.0]], 3)


def test_the_rules_of_a_loop() -> None:
    x, c = Var("x", FLOAT), Var("c", FLOAT)
    ops = Builder()
    body = Program("body", (x, c), ops.statements, (ops.mul(x, c),))
    n, a, k, t = Var("n", INT), Var("a", FLOAT), Var("k", INT), Var("t", TAPE)

    def program(loop: Loop, *operands: object) -> Program:
        return Program(
            "f", (n, a, k, t), [Statement(Var("found", FOUND), loop, tuple(operands))], ()
        )

    validate(program(Loop(body, 1), n, a, a))
    for operands, message in (
        ((n, a), "is given 1"),
        ((n, k, a), "x of a loop is float, and is given k: int"),
        ((n, a, k), "c of a loop is float, and is given k: int"),
        ((None, a, a), "has no end"),
    ):
        with pytest.raises(InvalidProgramError, match=message):
            validate(program(Loop(body, 1), *operands))
    with pytest.raises(InvalidProgramError, match="a is no tape"):
        validate(program(Loop(body, 1, 1), n, a, a))
    whole = Program("body", (x, c), [], (k,))
    with pytest.raises(InvalidProgramError, match="becomes k: int"):
        validate(program(Loop(whole, 1), n, a, a))
    test = Var("test", BOOL)
    guarded = Program("body", (x, test), [Statement(None, Guard("truth", True), (test,))], (x,))
    with pytest.raises(InvalidProgramError, match="guard in a loop that it does not end"):
        validate(program(Loop(guarded, 1), n, a, True))


@pytest.mark.parametrize(
    ("what", "ask"),
    [
        ("the sparsity", lambda p: dependence(p, p.inputs[1])),
        ("the closed form", closed_form),
    ],
)
def test_what_knows_no_loops_refuses_them(what: str, ask: Callable[[Program], object]) -> None:
    _, program = newton()
    with pytest.raises(LoopError, match=f"{what} of a loop"):
        ask(program)
