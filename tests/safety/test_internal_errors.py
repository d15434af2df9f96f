"""An exception of symdiff's own code is reported as one; the user's stay the user's."""

from __future__ import annotations

import math
import operator

import mpmath
import numpy as np
import pytest
from click.testing import CliRunner

import symdiff
from symdiff import InternalError, grad
from symdiff.command.cli import main
from symdiff.specialize.recording.application import Application

pytestmark = pytest.mark.sampled(every=3)


def f(x):
    y = x * 2
    return math.sin(y) * x


@pytest.mark.internal_error
def test_a_fault_while_tracing(monkeypatch):
    monkeypatch.setattr(Application, "elementwise", None)
    with pytest.raises(InternalError) as caught:
        grad(f)(0.3)
    error = caught.value
    assert type(error.__cause__) is TypeError
    assert error.where.line == f.__code__.co_firstlineno + 1
    assert "a defect of symdiff" in str(error)
    assert "report it" in str(error)
    assert isinstance(error, symdiff.SymdiffError)


@pytest.mark.internal_error
def test_a_fault_while_differentiating(monkeypatch):
    monkeypatch.setattr("symdiff.operations.table.linearize.linearize", None)
    with pytest.raises(InternalError, match="TypeError"):
        grad(lambda x: math.sin(x) * math.cosh(x) / (x + 7.25))(0.3)


@pytest.mark.internal_error
def test_a_fault_while_compiling(monkeypatch):
    monkeypatch.setattr("symdiff.operators.dispatch.compile_program", None)
    with pytest.raises(InternalError, match="TypeError"):
        grad(f)(0.3)


@pytest.mark.internal_error
def test_a_fault_while_showing(monkeypatch, tmp_path):
    monkeypatch.setattr("symdiff.present.show.differentiate_path", None)
    (tmp_path / "f.py").write_text("def f(x):\n    return x*x\n")
    result = CliRunner().invoke(main, ["show", str(tmp_path / "f.py")])
    assert result.exit_code == 1
    assert "f.py:1:1: error: symdiff has failed: TypeError" in result.stderr
    assert "Traceback" not in result.stderr


OWN = {
    "text and number": (lambda x: x + "a", TypeError),
    "item": (lambda x: {}["a"] * x, KeyError),
    "place": (lambda x: [][0] * x, IndexError),
    "attribute": (lambda x: x.missing, AttributeError),
    "division": (lambda x: x / 0, ZeroDivisionError),
    "modulo": (lambda x: 7 % 0 * x, ZeroDivisionError),
    "domain": (lambda x: math.log(-x * x), ValueError),
    "call": (lambda x: x(3), TypeError),
    "arguments": (lambda x: math.sin(x, x), TypeError),
    "unpacking": (lambda x: _unpacked(x), TypeError),
    "shapes": (lambda x: np.zeros(3) @ np.zeros(2) * x, ValueError),
    "conversion": (lambda x: int("a") * x, ValueError),
    "assertion": (lambda x: _asserted(x), AssertionError),
    "operator": (lambda x: operator.add(x, None), TypeError),
    "shift": (lambda x: 2.5 >> 1, TypeError),
    "keyword": (lambda x: _asserted(y=x), TypeError),
    "raised": (lambda x: _raised(x), KeyError),
    "name": (lambda x: undefined_name * x, NameError),  # noqa: F821
    "axis of a number": (lambda x: np.sum(np.diff(x)), ValueError),
    "sorted number": (lambda x: np.sort(x)[0], np.exceptions.AxisError),
    "overflow": (lambda x: math.exp(x * 1e4), OverflowError),
}


def _unpacked(x):
    a, _ = x
    return a


def _asserted(x):
    assert x < 0, "must be negative"
    return x


def _raised(x):
    raise KeyError(x)


@pytest.mark.parametrize("name", OWN)
def test_the_users_errors_stay_the_users(name):
    function, kind = OWN[name]
    with pytest.raises(kind) as expected:
        function(0.7)
    with pytest.raises(kind) as caught:
        grad(function)(0.7)
    assert type(caught.value) is type(expected.value)


RULES = {
    "cotangents": lambda p: p.defvjp(lambda ct, r, x: int("missing")),
    "partials": lambda p: p.defpartials(lambda r, x: int("missing")),
    "tangents": lambda p: p.defjvp(lambda t, r, x: int("missing")),
}


@pytest.mark.parametrize("name", RULES)
def test_an_error_in_a_rule_of_the_users_is_the_users(name):
    square = RULES[name](symdiff.primitive(lambda x: x * x))
    operator = symdiff.jacfwd if name == "tangents" else grad
    with pytest.raises(ValueError, match="missing"):
        operator(lambda x: square(x) * 2)(3.0)


@pytest.mark.internal_error
def test_whose_file_raises_tells_whose_error_it_is(monkeypatch):
    monkeypatch.setattr("symdiff.operators.dispatch.compile_program", mpmath.linspace)
    with pytest.raises(InternalError, match="linspace"):
        grad(f)(0.3)

    def users(*args, **more):
        raise OSError("a rule has found no file")

    monkeypatch.setattr("symdiff.operators.dispatch.compile_program", users)
    with pytest.raises(OSError, match="no file"):
        grad(f)(0.3)


def test_the_function_is_not_asked_where_it_has_acted(monkeypatch):
    calls = []

    def counting(x):
        calls.append(1)
        return x + "a"

    with pytest.raises(TypeError):
        grad(counting)(0.3)
    assert calls == [1]


@pytest.mark.parametrize(
    "body",
    [
        "return x % 0",
        "return '%d' % x",
        "return x @ 3",
        "return x & 3",
        "return ~x",
        "return x.real.missing",
        "return float.hex(x)",
        "return [1, 2][x:]",
        "return bytes(x)",
        "return x['a'].b",
        "return sorted({x: 1})[0]",
    ],
)
def test_symbols_meet_no_internal_error(tmp_path, body):
    (tmp_path / "f.py").write_text(f"def f(x):\n    {body}\n")
    result = CliRunner().invoke(main, ["show", str(tmp_path / "f.py")], catch_exceptions=False)
    assert "Traceback" not in result.output
    assert "symdiff has failed" not in result.output
    assert result.exit_code == 0 or "f.py:2" in result.stderr or "f.py:1" in result.stderr


@pytest.mark.parametrize("count", [33, 64])
@pytest.mark.parametrize(
    ("function", "slope"), [(np.exp, np.exp(2.0)), (np.square, 4.0), (lambda x: x * (x + 1.0), 5.0)]
)
def test_as_many_axes_as_numpy_has(count, function, slope):
    def f(x):
        return np.sum(function(x))

    found = symdiff.grad(f)(np.full((1,) * count, 2.0))
    assert found.shape == (1,) * count
    assert found.item() == slope
