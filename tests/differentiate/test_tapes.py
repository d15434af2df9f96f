"""Tapes, by what makes them and by what reads them."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff.compile.emit import Output
from symdiff.compile.function import compile_program
from symdiff.differentiate.tapes import entry_of, sum_of_tapes, zero_tape
from symdiff.program.loops import TAPE, Loop, Result
from symdiff.program.program import FLOAT, Aval, Program, Var

from ..compile.test_loops import Loops

ROW = Aval.of((2,), "float64")


def test_the_entries_of_a_tape_by_the_loop_that_makes_it_and_by_the_one_that_reads_it():
    x, ops = Var("x", ROW), Loops()
    made = Loop(Program("body", (x,), ops.statements, (ops.mul(x, 2.0), x)), 1)
    start, whole = Var("start", ROW), Loops()
    tape = whole.result(whole.loop(made, 3, start), Result.stacked(made, 0))
    assert entry_of(Program("f", (start,), whole.statements, (tape,)), tape) == ROW

    other, s, entry, ops = Var("other", TAPE), Var("s", FLOAT), Var("entry", ROW), Loops()
    body = Program("body", (s, entry), ops.statements, (ops.add(s, ops.sum(entry)),))
    reads, inside = Loop(body, 1, elements=1), Loops()
    inside.loop(reads, None, 0.0, other)
    assert entry_of(Program("f", (other,), inside.statements, ()), other) == ROW
    with pytest.raises(AssertionError, match="nothing makes or reads tape"):
        entry_of(Program("f", (), [], ()), Var("tape", TAPE))


def test_sums_of_tapes_and_tapes_of_zeros():
    one, two, ops = Var("one", TAPE), Var("two", TAPE), Loops()
    total = sum_of_tapes(ops, [one, two], FLOAT, None)
    zeros = zero_tape(ops.statements, one, ROW)
    program = Program("f", (one, two), ops.statements, (total, zeros))
    function = compile_program(program, 0, [Output(list), Output(list)]).function
    summed, empty = function([1.0, 2.0, 3.0], [10.0, 20.0, 30.0])
    assert list(summed) == [11.0, 22.0, 33.0]
    assert len(empty) == 3
    assert all(np.array_equal(row, np.zeros(2)) for row in empty)
