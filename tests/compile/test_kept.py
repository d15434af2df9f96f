"""What a gradient and the process keep: no arrays, no instances, nothing of functions gone."""

import gc
import importlib.util
import math
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

import symdiff as sd
from symdiff.operations.table.structural import Structural
from symdiff.operations.table.template import Template
from symdiff.program.interning import LATEST
from symdiff.specialize.calls.rewritten_code import _rewritten
from symdiff.specialize.rewriting.sites import SITES

pytestmark = pytest.mark.sampled(every=5)

_PATH = Path(__file__).resolve().parents[2] / "tools" / "memory.py"
_SPEC = importlib.util.spec_from_file_location("kinds_of_memory", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
memory = importlib.util.module_from_spec(_SPEC)
sys.modules["kinds_of_memory"] = memory
_SPEC.loader.exec_module(memory)


class Model:
    def __init__(self, size):
        self.weights = np.ones(size)


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.slow
@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x * x),
        lambda x: np.sum(np.exp(x)[1:] * x[0]),
        lambda x: x[int(x[0])] * x[1],
        lambda x: math.tanh(float(x[0]) * 800.0) + np.sum(x),
    ],
)
def test_an_argument_is_let_go_of_when_the_call_ends(f):
    g = sd.grad(f)
    for _ in range(2):  # the first call traces
        x = np.arange(1.0, 4.0)
        gone = weakref.ref(x)
        g(x)
        del x
        assert gone() is None


@pytest.mark.slow
@pytest.mark.usefixtures("no_collector")
def test_an_array_that_is_not_differentiated_is_let_go_of():
    g = sd.grad(lambda x, table: x * np.sum(table))
    table = np.ones(3)
    gone = weakref.ref(table)
    g(2.0, table)
    del table
    assert gone() is None


@pytest.mark.slow
def test_a_gradient_keeps_no_instances():
    g = sd.grad(lambda x, model: np.sum(model.weights) * x**2)
    alive = []
    for size in range(1, 12):
        model = Model(size)
        alive.append(weakref.ref(model))
        assert g(2.0, model) == 4.0 * size
    del model
    gc.collect()
    assert not any(r() is not None for r in alive)


@pytest.mark.slow
def test_code_that_is_gone_is_forgotten():
    import linecache

    def one(k):
        name, text = f"<kept {k}>", f"def f(x):\n    return x**3 * {k}.25\n"
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        space = {}
        exec(compile(text, name, "exec"), space)
        assert sd.grad(space["f"])(2.0) == 12.0 * (k + 0.25)
        del linecache.cache[name]

    one(0)
    gc.collect()
    rewritten, sites = len(_rewritten.known), len(SITES)
    for k in range(1, 6):
        one(k)
    gc.collect()
    assert len(_rewritten.known) <= rewritten + 1
    assert len(SITES) <= sites + 10


@pytest.mark.slow
def test_templates_and_operations_nobody_uses_are_few():
    gc.collect()
    for kept in (Template._interned, Structural._interned):
        assert kept.latest.maxlen == LATEST
        assert len(kept.known) < 20 * LATEST


def test_every_kind_of_growth_can_be_measured():
    assert {"lambdas", "closures", "shapes", "paths", "instances"} <= set(memory.KINDS)
    for make in memory.KINDS.values():
        one = make()
        one()
        one()
