"""A branch as one statement: its rules, how it prints, and what it computes."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from symdiff.errors import InvalidProgramError, LoopError
from symdiff.operations.statements.builder import Builder
from symdiff.present.closed_form import closed_form
from symdiff.program.branches import Branch
from symdiff.program.loops import Loop, Result
from symdiff.program.program import (
    BOOL,
    FLOAT,
    FOUND,
    INT,
    Guard,
    Operand,
    Program,
    Statement,
    Var,
    name_uniquely,
    validate,
)

from ..loops_by_hand import recorded


def huber() -> Program:
    """`if x > c: c*x - 1` and otherwise `x*x`, and which of them."""

    def f(xp: Any, x: Any, c: Any) -> Any:
        return xp.branch(x > c, (x, c), lambda x, c: (c * x - 1.0, 1), lambda x, c: (x * x, 0))

    return recorded(f, 0.3, 1.0)


def branch_of(program: Program) -> Branch:
    found = next(s.operation for s in program.statements if isinstance(s.operation, Branch))
    assert isinstance(found, Branch)
    return found


def test_a_branch_prints_as_people_write_it() -> None:
    assert str(huber()) == (
        "f(x_0: float, x_1: float):\n"
        "    t = x_0 > x_1\n"
        "    if t:\n"
        "        a_0, a_1 = x_0, x_1\n"
        "        t_1 = a_1*a_0 - 1.0\n"
        "        joined_0, joined_1 = t_1, 1\n"
        "    else:\n"
        "        a_0_1, a_1_1 = x_0, x_1\n"
        "        t_2 = a_0_1*a_0_1\n"
        "        joined_0, joined_1 = t_2, 0\n"
        "    found = branch(t, x_0, x_1)\n"
        "    joined = found.joined[0]\n"
        "    joined_1 = found.joined[1]\n"
        "    return joined, joined_1"
    )


def test_what_a_branch_computes() -> None:
    branch = branch_of(huber())
    assert branch.evaluate(True, 3.0, 2.0) == [5.0, 1]
    assert branch.evaluate(False, 3.0, 2.0) == [9.0, 0]
    assert Result.joined(branch, 0).evaluate([9.0, 0]) == 9.0
    assert Result.joined(branch, 1).aval is INT


def test_a_failing_guard_in_an_arm_ends_the_loop() -> None:
    def f(xp: Any, x: Any) -> Any:
        def small(s: Any, k: Any) -> Any:
            xp.stop_unless(s < 8.0)
            return s * 2.0, k + 1

        def body(c: Any, e: Any, v: Any) -> Any:
            return xp.branch(c[1] % 2 > 0, c, small, lambda s, k: (s + 1.0, k + 1))

        found, _, trips = xp.loop(20, (x, 0), body, stops=True)
        return found[0], found[1], trips

    program = recorded(f, 1.0)
    loop = next(s.operation for s in program.statements if isinstance(s.operation, Loop))
    assert isinstance(loop, Loop)
    assert loop.evaluate(20, 1.0, 0) == ([11.0, 5], [], 5)
    assert "            test = a_0 < 8.0\n            guard test\n" in str(program)


def statement(*operands: Operand, first: Program, second: Program) -> Program:
    inputs = (Var("a", FLOAT), Var("k", INT), Var("test", BOOL))
    named = {v.name: v for v in inputs}
    given = tuple([named.get(o, o) if isinstance(o, str) else o for o in operands])
    return Program(
        "f", inputs, [Statement(Var("found", FOUND), Branch((first, second)), given)], ()
    )


def arm(*names: str, outputs: tuple[Any, ...] = ()) -> Program:
    inputs = {n: Var(n, INT if n == "j" else FLOAT) for n in names}
    return Program("arm", tuple(inputs.values()), [], tuple([inputs.get(o, o) for o in outputs]))


def test_the_rules_of_a_branch() -> None:
    x, j = arm("x", outputs=("x",)), arm("j", outputs=("j",))
    validate(statement("test", "a", first=x, second=arm("y", outputs=(1.0,))))
    validate(statement("test", "a", first=x, second=arm("y", outputs=(None,))))
    for program, message in (
        (statement("test", first=x, second=x), "an arm of 1 inputs is given 0"),
        (statement("test", "k", first=x, second=x), "x of a branch is float, and is given k: int"),
        (statement("test", "a", first=x, second=j), "j of a branch is int, and is given a: float"),
        (statement("test", "a", first=x, second=arm("y")), "give 1 and 0 values"),
        (
            statement("test", "a", first=x, second=arm("y", outputs=(1,))),
            "give x: float and 1: int",
        ),
        (
            statement("test", first=arm(outputs=(None,)), second=arm(outputs=(None,))),
            "no arm of a branch gives its value number 0",
        ),
    ):
        with pytest.raises(InvalidProgramError, match=message):
            validate(program)


def test_a_guard_in_an_arm_is_of_a_decision() -> None:
    test = Var("t", BOOL)

    def arm(guard: Guard) -> Program:
        return Program("arm", (test,), [Statement(None, guard, (test,))], ())

    validate(statement(True, "test", first=arm(Guard("truth", True)), second=arm_of_test()))
    with pytest.raises(InvalidProgramError, match="is of a truth"):
        validate(statement(True, "test", first=arm(Guard("equal", 2)), second=arm_of_test()))


def arm_of_test() -> Program:
    return Program("arm", (Var("t", BOOL),), [], ())


def test_a_branch_is_pickled() -> None:
    program = huber()
    assert str(pickle.loads(pickle.dumps(program))) == str(program)


def test_names_are_unique_in_arms_too() -> None:
    x, ops = Var("x", FLOAT), Builder()
    inside = Program("arm", (x,), ops.statements, (ops.sin(x),))
    again = Var("x", FLOAT)
    found = Statement(Var("found", FOUND), Branch((inside, inside)), (True, again))
    program = name_uniquely(Program("f", (again,), [found], ()))
    assert x.name != again.name
    validate(program)


def test_what_knows_no_branches_refuses_them() -> None:
    with pytest.raises(LoopError, match="the closed form of a branch"):
        closed_form(huber())
