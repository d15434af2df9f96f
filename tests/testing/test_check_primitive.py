"""The checker of the table is checked by rules planted wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from symdiff.operations import TABLE
from symdiff.operations.table.entry import ElementwiseEntry, Entry, StructuralEntry
from symdiff.program.program import Aval
from symdiff.testing import check_primitive

pytestmark = pytest.mark.sampled(every=83)


@contextmanager
def planted(entry: Entry) -> Iterator[Entry]:
    """Enter an entry into the table under a name nobody else has."""
    entry = replace(entry, name=f"planted_{len(TABLE.entries)}_{id(entry)}", names=())
    TABLE.entries[entry.name] = entry
    try:
        yield entry
    finally:
        del TABLE.entries[entry.name]


def _elementwise(name: str) -> ElementwiseEntry:
    entry = TABLE.entries[name]
    assert isinstance(entry, ElementwiseEntry)
    return entry


def _structural(name: str) -> StructuralEntry:
    entry = TABLE.entries[name]
    assert isinstance(entry, StructuralEntry)
    return entry


WRONG_ELEMENTWISE: dict[str, tuple[ElementwiseEntry, Any]] = {
    "value": (replace(_elementwise("tanh"), numpy="numpy.sinh({0})"), np.tanh),
    "sign": (replace(_elementwise("tanh"), partials=lambda m, x: (-(m.sech(x) ** 2),)), np.tanh),
    "factor": (replace(_elementwise("log1p"), partials=lambda m, x: (1 / (1 - x),)), np.log1p),
    "missing argument": (
        replace(_elementwise("hypot"), partials=lambda m, x, y: (m.over(x, m.hypot(x, y)), 0)),
        np.hypot,
    ),
    "swapped arguments": (
        replace(
            _elementwise("atan2"),
            partials=lambda m, y, x: (-y / (x**2 + y**2), x / (x**2 + y**2)),
        ),
        np.arctan2,
    ),
    "slightly wrong": (
        replace(
            _elementwise("tan"), sympy=None, partials=lambda m, x: (1 + 0.999999 * m.tan(x) ** 2,)
        ),
        np.tan,
    ),
    "kink": (
        replace(_elementwise("abs"), partials=lambda m, x: (m.where(m.ge(x, 0), 1, -1),)),
        np.abs,
    ),
    "tie": (
        replace(
            _elementwise("maximum"),
            partials=lambda m, a, b: (m.where(m.ge(a, b), 1, 0), m.where(m.ge(a, b), 0, 1)),
        ),
        np.maximum,
    ),
    "second order": (
        replace(
            _elementwise("exp"), sympy=None, partials=lambda m, x: (m.floor(1e9 * m.exp(x)) / 1e9,)
        ),
        np.exp,
    ),
    "math differs": (replace(_elementwise("sin"), math="math.tan({0})"), np.sin),
    "math silent": (
        replace(_elementwise("log"), math="(math.log({0}) if {0} > 0 else 0.0)"),
        np.log,
    ),
    "math complex": (replace(_elementwise("sqrt"), math="({0})**0.5"), np.sqrt),
    "float32": (
        replace(_elementwise("sin"), numpy="numpy.sin({0}) + numpy.float64(0)"),
        np.sin,
    ),
    "not finite": (
        replace(_elementwise("tanh"), partials=lambda m, x: (m.log(-1 - x**2),)),
        np.tanh,
    ),
}


@pytest.mark.parametrize("what", WRONG_ELEMENTWISE)
def test_a_wrong_elementwise_rule_is_caught(what: str) -> None:
    wrong, reference = WRONG_ELEMENTWISE[what]
    if wrong.sympy is not None:  # SymPy's node belongs to the right entry
        right = wrong.sympy
        wrong = replace(wrong, sympy=None, partials=lambda m, x: (TRUE_PARTIALS[right](m, x),))
    with planted(wrong) as entry, pytest.raises(AssertionError):
        check_primitive(entry, reference=reference)


TRUE_PARTIALS = {
    "sin": lambda m, x: m.cos(x),
    "log": lambda m, x: 1 / x,
    "exp": lambda m, x: m.exp(x),
}


@pytest.mark.parametrize("name", ["tanh", "hypot", "atan2", "maximum", "log1p"])
def test_the_same_rule_planted_right_passes(name: str) -> None:
    reference = {"atan2": np.arctan2}.get(name) or getattr(np, name)
    with planted(_elementwise(name)) as entry:
        check_primitive(entry, reference=reference)


WRONG_STRUCTURAL: dict[str, StructuralEntry] = {
    "value": replace(_structural("sum"), numpy=lambda x, **kw: 2 * np.sum(x, **kw)),
    "sign": replace(
        _structural("flip"),
        pullback=lambda ops, ct, result, x, *, axis=None: (ops.neg(ops.flip(ct, axis=axis)),),
    ),
    "axis": replace(
        _structural("cumsum"),
        pullback=lambda ops, ct, result, x, *, axis: (
            ops.reshape(ops.cumsum(ct, axis=axis), shape=ops.aval(x).shape),
        ),
    ),
    "missing argument": replace(
        _structural("matmul"),
        pullback=lambda ops, ct, result, a, b: (
            _structural("matmul").pullback(ops, ct, result, a, b)[0],  # type: ignore[misc]
            None,
        ),
    ),
    "shape": replace(
        _structural("broadcast_to"), pullback=lambda ops, ct, result, x, *, shape: (ct,)
    ),
    "pushforward": replace(
        _structural("max"),
        pushforward=lambda ops, tangents, result, x, *, axis=None, keepdims=False: ops.sum(
            tangents[0], axis=axis, keepdims=keepdims
        ),
    ),
    "not linear": replace(_structural("norm"), pushforward=None, linear="joint"),
    "infer": replace(
        _structural("transpose"), infer=lambda x, *, axes=None: Aval.of(x.shape, x.dtype)
    ),
    "emit": replace(_structural("transpose"), emit=lambda o, p: o[0]),
    "alias": replace(_structural("transpose"), alias=False),
    "float32": replace(
        _structural("cumsum"), numpy=lambda x, *, axis: np.cumsum(x, axis=axis, dtype=float)
    ),
    "repeated indices": replace(
        _structural("getitem"),
        pullback=lambda ops, ct, result, x, *arrays, index: (
            ops.setitem(np.zeros(ops.aval(x).shape), ct, *arrays, index=index),
            *[None] * len(arrays),
        ),
    ),
}


STRUCTURAL_REFERENCES: dict[str, Any] = {"value": np.sum}


@pytest.mark.parametrize("what", WRONG_STRUCTURAL)
def test_a_wrong_structural_rule_is_caught(what: str) -> None:
    from symdiff.errors import InvalidProgramError

    with (
        planted(WRONG_STRUCTURAL[what]) as entry,
        pytest.raises((AssertionError, InvalidProgramError, ValueError)),
    ):
        check_primitive(entry, reference=STRUCTURAL_REFERENCES.get(what))
