"""What the passes leave of loops computes the same, and no more than is asked for."""

from __future__ import annotations

import pytest
from numpy.testing import assert_allclose

from symdiff.differentiate import jvp, vjp
from symdiff.operators.building import optimized
from symdiff.program.loops import Loop, Result
from symdiff.program.program import FLOAT, INT, Program, Var, name_uniquely

from ..compile.test_loops import Loops, compiled
from ..differentiate.test_loops import CASES, program_of


@pytest.mark.parametrize("n", [0, 1, 6])
@pytest.mark.parametrize("name", CASES)
def test_an_optimized_loop_computes_the_same(name: str, n: int) -> None:
    program, wrt, _ = program_of(name)
    reverse = vjp(program, wrt, [1.0])
    for made in (program, jvp(program, wrt, [1.0, 0.5]), reverse, jvp(reverse, wrt, [1.0, 0.5])):
        left = optimized(made)
        want = compiled(made).function(n, 1.3, 0.7)
        assert_allclose(compiled(left).function(n, 1.3, 0.7), want, rtol=1e-14)
        assert _size(left) <= _size(made)


def _size(program: Program) -> int:
    inner = [s.operation.body for s in program.statements if isinstance(s.operation, Loop)]
    return len(program.statements) + sum(map(_size, inner))


def test_what_is_carried_for_nobody_is_not_carried() -> None:
    """`unused` feeds itself alone, and `fixed` is the same in all iterations."""
    x, unused, c, d = (Var(name, FLOAT) for name in ("x", "unused", "c", "d"))
    ops = Loops()
    fixed = ops.exp(ops.mul(c, c))
    body = Program(
        "body",
        (x, unused, c, d),
        ops.statements,
        (ops.add(ops.mul(x, fixed), ops.mul(c, c)), ops.mul(unused, d), x, unused),
    )
    loop = Loop(body, 2)
    n, a, b, around = Var("n", INT), Var("a", FLOAT), Var("b", FLOAT), Loops()
    found = around.loop(loop, n, a, b, 0.5, b)
    around.result(found, Result.stacked(loop, 1))
    again = around.result(found, Result.carried(loop, 0))
    total = around.add(around.result(found, Result.carried(loop, 0)), again)
    left = optimized(Program("f", (n, a, b), around.statements, (total,)))
    assert str(left) == (
        "f(n: int, a: float, b: float):\n"
        "    t = 0.5*0.5\n"
        "    t_1 = exp(t)\n"
        "    x, t_3, t_4 = a, t, t_1\n"
        "    for _ in range(n):\n"
        "        t_5 = x*t_4\n"
        "        t_6 = t_5 + t_3\n"
        "        x = t_6\n"
        "    found = loop(n, a, t, t_1)\n"
        "    carried = found.carried[0]\n"
        "    t_2 = carried + carried\n"
        "    return t_2"
    )


def test_a_loop_over_tapes_keeps_its_number_of_iterations() -> None:
    s, e, c, ops = Var("s", FLOAT), Var("e", FLOAT), Var("c", FLOAT), Loops()
    body = Program("body", (s, e, c), ops.statements, (ops.mul(s, c),))
    back = Loop(body, 1, elements=1)
    x, forth_ops = Var("x", FLOAT), Loops()
    forth = Loop(Program("forth", (x,), forth_ops.statements, (forth_ops.add(x, 1.0), x)), 1)
    n, a, around = Var("n", INT), Var("a", FLOAT), Loops()
    tape = around.result(around.loop(forth, n, 0.0), Result.stacked(forth, 0))
    result = around.result(around.loop(back, None, 1.0, tape, a), Result.carried(back, 0))
    program = name_uniquely(Program("f", (n, a), around.statements, (result,)))
    assert compiled(optimized(program)).function(5, 2.0) == 32.0
