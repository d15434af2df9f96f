"""What the passes leave of branches computes the same, and no more than is asked for."""

from __future__ import annotations

from typing import Any

from symdiff.operations.statements.builder import Builder
from symdiff.optimize import number_values, remove_dead_code
from symdiff.program.branches import Branch
from symdiff.program.loops import Loop
from symdiff.program.program import FLOAT, FOUND, KEEP, Program, Statement, Var

from ..loops_by_hand import compiled, optimized, recorded


def lines(program: Program) -> list[str]:
    return str(program).splitlines()[1:]


def test_what_nobody_reads_is_not_computed() -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        arms = lambda x, y: (xp.sin(x), xp.exp(y)), lambda x, y: (xp.cos(x), xp.log(y))
        return xp.branch(x > y, (x, y), *arms)[0]

    program = optimized(recorded(f, 0.7, 0.4))
    branch = next(s.operation for s in program.statements if isinstance(s.operation, Branch))
    assert isinstance(branch, Branch)
    assert [len(arm.inputs) for arm in branch.arms] == [1, 1]
    assert [len(arm.statements) for arm in branch.arms] == [1, 1]


def test_a_branch_that_nobody_reads_stays_where_it_may_raise() -> None:
    x, y, ops = Var("x", FLOAT), Var("y", FLOAT), Builder()
    root = ops.log(y)
    kept = Program("arm", (y,), [*ops.statements, Statement(None, KEEP, (root,))], ())
    other = Program("arm", (Var("y", FLOAT),), [], ())
    for first, count in ((kept, 1), (other, 0)):
        found = Statement(Var("found", FOUND), Branch((first, other)), (True, x))
        assert len(remove_dead_code(Program("f", (x,), [found], ())).statements) == count


def test_what_both_arms_hand_on_is_no_result() -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        p, q, r, s = xp.branch(
            x > y, (x, y), lambda x, y: (y, x, 2.0, None), lambda x, y: (y, y, 2.0, x)
        )
        return p + r, q, s

    program = optimized(recorded(f, 0.7, 0.4))
    assert lines(program)[-1] == "    return t_1, joined_1, x_0"
    assert compiled(program).function(0.7, 0.4) == (2.4, 0.7, 0.7)


def test_an_arm_reads_what_has_been_computed_before_it() -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        t = xp.let(xp.sin(x))

        def first(x: Any, y: Any) -> Any:
            again = xp.let(xp.sin(x))
            return (xp.let(again * again) + y,)

        (s,) = xp.branch(t > y, (x, y), first, lambda x, y: (xp.let(xp.sin(x)) + y,))
        return s + xp.let(t * t)

    program = optimized(recorded(f, 0.7, 0.4))
    assert str(program).count("sin(") == 1
    assert str(program).count("*") == 2  # the product after the branch is not one before it


def test_nothing_moves_out_of_an_arm() -> None:
    """What is the same in all iterations is computed before the loop, but not that of an arm."""

    def f(xp: Any, x: Any, y: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            arms = lambda s, x: (s + xp.let(xp.log(x)),), lambda s, x: (s + xp.let(xp.sin(x)),)
            return xp.branch(c[0] > 1.0, (c[0], v[0]), *arms)

        return xp.loop(5, (y,), body, fixed=(x,))[0][0]

    program = optimized(recorded(f, 0.7, 0.4))
    assert not any("log" in str(s) or "sin" in str(s) for s in program.statements)
    assert compiled(program).function(-1.0, 0.4)[0] < 0.4


def test_a_branch_that_is_the_same_in_all_iterations_is_run_before_the_loop() -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            arms = lambda x: (xp.sin(x),), lambda x: (xp.cos(x),)
            (a,) = xp.branch(v[0] > 0.5, (v[0],), *arms)
            return (c[0] * a + 1.0,)

        return xp.loop(5, (y,), body, fixed=(x,))[0][0]

    program = optimized(recorded(f, 0.7, 0.4))
    kinds = [type(s.operation) for s in program.statements]
    assert kinds.index(Branch) < kinds.index(Loop)


def test_what_is_given_twice_is_read_once() -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        arms = lambda a, b, c: (a * b + c, a), lambda a, b, c: (b - c, b)
        p, q = xp.branch(x > y, (x, x, 2.0), *arms)
        return p, q

    program = optimized(recorded(f, 0.7, 0.4))
    branch = next(s for s in program.statements if isinstance(s.operation, Branch))
    assert len(branch.operands) == 2
    assert "a_0*a_0 + 2.0" in str(program).replace("x_0", "a_0")


def test_two_branches_number_their_values_apart() -> None:
    """What one arm computes is not known in the other, nor after the branch."""

    def f(xp: Any, x: Any, y: Any) -> Any:
        arms = lambda x, y: (xp.let(xp.exp(x)) * y,), lambda x, y: (xp.let(xp.exp(x)) + y,)
        (a,) = xp.branch(x > y, (x, y), *arms)
        (b,) = xp.branch(x > y, (x, y), *arms)
        return a, b

    program = number_values(recorded(f, 0.7, 0.4))
    assert str(program).count("exp(") == 4
