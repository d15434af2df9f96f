"""Of what sort a result is, where nothing has to be computed to know it."""

from __future__ import annotations

import random

import numpy as np
import pytest

from symdiff.operations import TABLE
from symdiff.operations.table.entry import ElementwiseEntry
from symdiff.operations.table.samples import _OF_FLOATS, gives_floats
from symdiff.operations.table.template import Literal, Template
from symdiff.program.program import Aval


@pytest.mark.parametrize("name", sorted(_OF_FLOATS))
@pytest.mark.parametrize("weak", [True, False])
def test_an_operation_gives_floats(name: str, weak: bool) -> None:
    entry = TABLE.entries[name]
    assert isinstance(entry, ElementwiseEntry)
    template = Template.of((*range(entry.arity), name))
    values = [(low + high) / 2 + 0.1 for low, high in entry.domain][: entry.arity]
    values += values[:1] * (entry.arity - len(values))
    found = template.evaluate(*values if weak else map(np.float64, values))
    assert np.asarray(found).dtype == np.float64
    assert gives_floats(template.code, [Aval.of((), "float64", weak)] * entry.arity)


def test_what_is_known_is_what_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(5)
    binary, unary = ["add", "sub", "mul", "div", "pow"], ["sin", "exp", "neg", "tanh", "square"]
    codes = []
    for _ in range(60):
        code: list[object] = [0]
        for _ in range(draw.randrange(1, 6)):
            if draw.random() < 0.5:
                code.append(draw.choice(unary))
            else:
                code += [draw.choice([0, 1, Literal.of(2), Literal.of(0.5)]), draw.choice(binary)]
        codes.append(tuple(code))
    for code in codes:
        arity = 1 + max(t for t in code if type(t) is int)
        for avals in ([Aval.of((), "float64", True)] * arity, [Aval.of((3,), "float64")] * arity):
            template = Template(code)
            assert gives_floats(code, avals)
            known = template.infer(avals)
            with monkeypatch.context() as patch:
                patch.setattr("symdiff.operations.table.template.gives_floats", lambda *_: False)
                assert Template(code).infer(avals) == known


def test_what_is_not_known() -> None:
    x, n = Aval.of((), "float64", True), Aval.of((), "int64", True)
    assert not gives_floats((0, 1, "lt"), [x, x])
    assert not gives_floats((0, 1, "mul"), [x, n])
    assert not gives_floats((Literal.of(2),), [])
    assert not gives_floats((0, Literal.of(1j), "mul"), [x])
    assert not gives_floats((0, "floor"), [x])
