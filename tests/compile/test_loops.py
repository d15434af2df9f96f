"""Loops as compiled code: the same values as when the body is run statement by statement."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from symdiff.compile.emit import Output
from symdiff.compile.function import Compiled, compile_program
from symdiff.operations.statements.builder import Builder
from symdiff.program.loops import Loop, Result
from symdiff.program.program import (
    FLOAT,
    FOUND,
    INT,
    Aval,
    Guard,
    Operand,
    Program,
    Statement,
    Var,
    name_uniquely,
    operand_aval,
    validate,
)

TYPES = {"float64": float, "int64": int, "bool": bool}


class Loops(Builder):
    """A builder of loops and of what they find."""

    def test(self, operand: Operand, expected: bool = True) -> None:
        self.statements.append(Statement(None, Guard("truth", expected), (operand,)))

    def loop(self, loop: Loop, *operands: Operand) -> Var:
        found = Var("found", FOUND)
        self.statements.append(Statement(found, loop, operands))
        return found

    def result(self, found: Var, result: Result) -> Var:
        target = Var(result.kind, result.aval)
        self.statements.append(Statement(target, result, (found,)))
        return target


def compiled(program: Program, careful: bool = False) -> Compiled:
    validate(name_uniquely(program))
    outputs = []
    for output in program.outputs:
        aval = operand_aval(output)
        kind = np.ndarray if aval.shape else TYPES[aval.dtype]
        outputs.append(Output(kind, aval.dtype, aval.shape))
    return compile_program(program, 0, outputs, careful=careful)


def whole(loop: Loop, inputs: tuple[Var, ...], *operands: Operand) -> Program:
    """A program that runs a loop and gives all that it finds, but tapes."""
    ops = Loops()
    found = ops.loop(loop, *operands)
    results = [Result.carried(loop, k) for k in range(loop.carried)]
    outputs = [ops.result(found, r) for r in (*results, Result.trips())]
    return Program("f", inputs, ops.statements, tuple(outputs))


def newton() -> Program:
    x, s, a = Var("x", FLOAT), Var("s", FLOAT), Var("a", FLOAT)
    ops = Loops()
    ops.test(ops.gt(ops.sub(ops.mul(x, x), a), 1e-12))
    moved = ops.mul(0.5, ops.add(x, ops.div(a, x)))
    body = Program("body", (x, s, a), ops.statements, (moved, ops.add(s, x)))
    n, of = Var("n", INT), Var("of", FLOAT)
    return whole(Loop(body, 2, until=True), (n, of), n, of, 0.0, of)


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("count", [100, 2, 0, -1])
def test_a_loop_that_ends_by_itself_or_by_its_count(count: int, careful: bool) -> None:
    x, s, made = 2.0, 0.0, 0
    while made < count and x * x - 2.0 > 1e-12:
        x, s, made = 0.5 * (x + 2.0 / x), s + x, made + 1
    assert compiled(newton(), careful).function(count, 2.0) == (x, s, made)


def test_values_that_change_places() -> None:
    a, b, c = (Var(name, FLOAT) for name in "abc")
    ops = Builder()
    body = Program("body", (a, b, c), ops.statements, (b, ops.add(a, b), a))
    n = Var("n", INT)
    f = compiled(whole(Loop(body, 3), (n,), n, 0.0, 1.0, 7.0)).function
    assert f(10) == (55.0, 89.0, 34.0, 10)
    assert f(0) == (0.0, 1.0, 7.0, 0)
    swap = Program("body", (a, b, c), [], (b, c, a))
    g = compiled(whole(Loop(swap, 3), (n,), n, 0.0, 1.0, 7.0)).function
    assert g(2) == (7.0, 0.0, 1.0, 2)


def test_where_a_number_divides_by_zero() -> None:
    """Python's numbers raise, and the careful form does not."""
    x = Var("x", FLOAT)
    ops = Builder()
    body = Program("body", (x,), ops.statements, (ops.div(1.0, ops.mul(x, 0.0)),))
    n = Var("n", INT)
    program = whole(Loop(body, 1), (n,), n, 1.0)
    with pytest.raises(ZeroDivisionError):
        compiled(program).function(3)
    with np.errstate(all="ignore"):
        assert compiled(program, careful=True).function(1) == (math.inf, 1)


def test_loops_in_a_loop() -> None:
    """`for i in range(n): for j in range(m): s += i*x + j*s`, twice with one body."""
    s, j, i, x = Var("s", FLOAT), Var("j", INT), Var("i", INT), Var("x", FLOAT)
    ops = Builder()
    moved = ops.add(s, ops.add(ops.mul(i, x), ops.mul(ops.mul(j, s), 1e-3)))
    inner = Loop(Program("inner", (s, j, i, x), ops.statements, (moved, ops.add(j, 1))), 2)
    s1, i1, x1, m1 = Var("s1", FLOAT), Var("i1", INT), Var("x1", FLOAT), Var("m1", INT)
    around = Loops()
    first = around.result(around.loop(inner, m1, s1, 0, i1, x1), Result.carried(inner, 0))
    second_found = around.loop(inner, 2, first, 0, i1, x1)
    second = around.result(second_found, Result.carried(inner, 0))
    body = Program("outer", (s1, i1, x1, m1), around.statements, (second, around.add(i1, 1)))
    n, m, at = Var("n", INT), Var("m", INT), Var("at", FLOAT)
    program = whole(Loop(body, 2), (n, m, at), n, 1.0, 0, at, m)
    want = 1.0
    for i_ in range(4):
        for count in (3, 2):
            for j_ in range(count):
                want = want + (i_ * 0.7 + j_ * want * 1e-3)
    assert compiled(program).function(4, 3, 0.7) == (want, 4, 4)


def test_tapes_from_one_loop_to_the_next() -> None:
    """The squares of what one loop stacks, summed up from the end by another."""
    x, c = Var("x", FLOAT), Var("c", FLOAT)
    ops = Builder()
    forth = Loop(Program("forth", (x, c), ops.statements, (ops.mul(x, c), x)), 1)
    s, e = Var("s", FLOAT), Var("e", FLOAT)
    back_ops = Builder()
    total = back_ops.add(back_ops.mul(s, 0.5), back_ops.mul(e, e))
    back = Loop(
        Program("back", (s, e), back_ops.statements, (total, total)), 1, elements=1, backward=True
    )
    around, n, at = Loops(), Var("n", INT), Var("at", FLOAT)
    tape = around.result(around.loop(forth, n, 1.0, at), Result.stacked(forth, 0))
    found = around.loop(back, None, 0.0, tape)
    outputs = (
        around.result(found, Result.carried(back, 0)),
        around.result(found, Result.trips()),
    )
    program = Program("f", (n, at), around.statements, outputs)
    want = 0.0
    for entry in reversed([0.5**k for k in range(5)]):
        want = want * 0.5 + entry * entry
    assert compiled(program).function(5, 0.5) == (want, 5)
    assert compiled(program).function(0, 0.5) == (0.0, 0)


VECTOR = Aval.of((3,), "float64")


def written(extra: str) -> tuple[Program, Any]:
    """`y[k] = x*k`, and beside it what else may look into the memory of `y`."""
    y, k, x, kept = Var("y", VECTOR), Var("k", INT), Var("x", FLOAT), Var("kept", VECTOR)
    ops = Loops()
    value = ops.mul(x, k)
    new = ops.setitem(y, value, k, index=(("place", 0),))
    following = ops.add(k, 1)
    other = {"old": y, "new": new, "itself": kept}[extra]
    stacked = new if extra != "itself" else y
    body = Program("body", (y, k, kept, x), ops.statements, (new, following, other, stacked))
    return Loop(body, 3), body


@pytest.mark.parametrize("extra", ["old", "new", "itself"])
def test_an_array_that_is_written_to(extra: str) -> None:
    loop, _ = written(extra)
    around, at, start = Loops(), Var("at", FLOAT), Var("start", VECTOR)
    found = around.loop(loop, 3, start, 0, start, at)
    tape = around.result(found, Result.stacked(loop, 0))
    s, e = Var("s", VECTOR), Var("e", VECTOR)
    ops = Builder()
    total = ops.add(ops.mul(s, 10.0), e)
    adding = Loop(Program("adding", (s, e), ops.statements, (total,)), 1, elements=1)
    sums = around.loop(adding, None, np.zeros(3), tape)
    outputs = [
        around.result(found, Result.carried(loop, 0)),
        around.result(found, Result.carried(loop, 2)),
        around.result(sums, Result.carried(adding, 0)),
    ]
    program = Program("f", (at, start), around.statements, tuple(outputs))
    given = np.array([5.0, 6.0, 7.0])
    got = compiled(program).function(2.0, given)
    y = kept = given.copy()
    total_ = np.zeros(3)
    for k in range(3):
        old, y = y, y.copy()
        y[k] = 2.0 * k
        kept = {"old": old, "new": y, "itself": kept}[extra]
        total_ = total_ * 10.0 + (old if extra == "itself" else y)
    assert_array_equal(given, [5.0, 6.0, 7.0])
    for one, other in zip(got, (y, kept, total_), strict=True):
        assert_array_equal(one, other)


def test_arrays_of_which_a_loop_takes_elements_are_lists_in_it() -> None:
    """`y[k] = y[k - 1]*x[k] + y[2]`: no array is asked for an element a thousand times."""
    y, k, x = Var("y", VECTOR), Var("k", INT), Var("x", VECTOR)
    ops = Loops()
    before = ops.getitem(y, ops.sub(k, 1), index=(("place", 0),))
    own = ops.getitem(x, k, index=(("place", 0),))
    value = ops.add(ops.mul(before, own), ops.getitem(y, index=(2,)))
    new = ops.setitem(y, value, k, index=(("place", 0),))
    loop = Loop(Program("body", (y, k, x), ops.statements, (new, ops.add(k, 1))), 2)
    n, start, at, around = Var("n", INT), Var("start", VECTOR), Var("at", VECTOR), Loops()
    last = around.result(around.loop(loop, n, start, 0, at), Result.carried(loop, 0))
    made = compiled(Program("f", (n, start, at), around.statements, (last,)))
    given, factors = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.25, 4.0])
    want = given.tolist()
    for i in range(3):
        want[i] = want[i - 1] * factors[i] + want[2]
    assert made.source.count(".tolist()") == 2
    got = made.function(3, given, factors)
    assert got.tolist() == want
    assert type(got) is np.ndarray
    assert given.tolist() == [1.0, 2.0, 3.0]
    assert made.function(0, given, factors).tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(IndexError):
        made.function(4, given, factors)


@pytest.mark.parametrize(("count", "lists"), [(10, 0), (10_000, 1)])
def test_a_large_array_is_no_list_for_a_few_elements(count: int, lists: int) -> None:
    s, k, x, ops = Var("s", FLOAT), Var("k", INT), Var("x", Aval.of((50_000,), "float64")), Loops()
    total = ops.sub(ops.getitem(x, k, index=(("place", 0),)), s)
    loop = Loop(Program("body", (s, k, x), ops.statements, (total, ops.add(k, 1))), 2)
    at, around = Var("at", x.aval), Loops()
    result = around.result(around.loop(loop, count, 0.0, 0, at), Result.carried(loop, 0))
    made = compiled(Program("f", (at,), around.statements, (result,)))
    assert made.source.count(".tolist()") == lists
    assert made.function(np.arange(50_000.0)) == count / 2


def test_how_many_iterations_a_loop_made_is_told_before_its_count_changes() -> None:
    """`for i in range(n): for _ in range(i): s += x`, and the number of those, after `i += 1`."""
    s, x = Var("s", FLOAT), Var("x", FLOAT)
    ops = Builder()
    inner = Loop(Program("inner", (s, x), ops.statements, (ops.add(s, x),)), 1)
    s1, i1, k1, x1, around = Var("s", FLOAT), Var("i", INT), Var("k", INT), Var("x", FLOAT), Loops()
    found = around.loop(inner, i1, s1, x1)
    moved = around.result(found, Result.carried(inner, 0))
    following = around.add(i1, 1)
    made = around.add(k1, around.result(found, Result.trips()))
    body = Program("outer", (s1, i1, k1, x1), around.statements, (moved, following, made))
    n, at = Var("n", INT), Var("at", FLOAT)
    program = whole(Loop(body, 3), (n, at), n, 0.0, 0, 0, at)
    assert compiled(program).function(4, 0.5) == (3.0, 4, 6, 4)
