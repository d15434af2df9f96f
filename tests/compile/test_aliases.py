"""Which results may share memory with what they were made of."""

from __future__ import annotations

import pytest

from symdiff.compile.aliases import may_alias
from symdiff.operations.statements.builder import Builder
from symdiff.program.program import Aval, Var


@pytest.mark.parametrize(
    ("name", "shape", "params", "aliases"),
    [
        ("unbroadcast", (1, 3), {"shape": (3,)}, True),
        ("unbroadcast", (3,), {"shape": (3,)}, True),
        ("unbroadcast", (2, 3), {"shape": (3,)}, False),
        ("unbroadcast", (2, 3), {"shape": ()}, False),
        ("reshape", (2, 3), {"shape": (6,)}, True),
        ("transpose", (2, 3), {"axes": (1, 0)}, True),
        ("sum", (2, 3), {"axis": (0,), "keepdims": False}, False),
        ("copy", (2, 3), {}, False),
    ],
)
def test_what_shares_memory(name: str, shape: tuple[int, ...], params: dict, aliases: bool) -> None:
    ops, x = Builder(), Var("x", Aval.of(shape, "float64"))
    made = ops.apply(name, x, **params)
    (statement,) = [s for s in ops.statements if s.target is made] or [None]
    if statement is not None:
        assert may_alias(statement) is aliases
