from __future__ import annotations

import ast
import math
import re
from typing import Any

import numpy as np
import pytest

from symdiff import grad
from symdiff.differentiate import vjp
from symdiff.errors import SourceSpan, UnsupportedError
from symdiff.operations import TABLE
from symdiff.operations.statements.builder import Builder
from symdiff.operations.table.structural import Structural
from symdiff.operations.table.template import Literal, Template
from symdiff.operators.building import optimized
from symdiff.present.point import evaluate
from symdiff.present.source import gradient_source, python_source
from symdiff.program.program import (
    BOOL,
    FLOAT,
    INT,
    Aval,
    Guard,
    Program,
    Statement,
    Var,
    aval_of,
    name_uniquely,
)

pytestmark = pytest.mark.sampled(every=23)

VECTOR = Aval.of((3,), "float64")


def run(text, name, *values, **outside):
    """Run source by itself: nothing of this package is in reach."""
    assert "symdiff" not in text
    namespace = {"__name__": "alone"}
    exec(compile(text, "alone.py", "exec"), namespace)
    return namespace[name](*values, **outside)


def same(found, expected):
    if not isinstance(found, tuple):
        found = (found,)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert np.shape(one) == np.shape(other)
        if np.ndim(other):
            assert np.asarray(one).dtype == np.asarray(other).dtype
        np.testing.assert_allclose(one, other, rtol=1e-14, atol=1e-300)


def check(program, *values):
    text = python_source(name_uniquely(program), "f")
    with np.errstate(all="ignore"):
        same(run(text, "f", *values), evaluate(program, values))
    return text


@pytest.mark.parametrize("name", [e.name for e in TABLE.elementwise()])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_every_elementwise_entry_runs_on_its_own(name, shape):
    entry = TABLE.entries[name]
    rng = np.random.default_rng(1)
    values = [rng.uniform(*entry.domain[k], size=shape or None) for k in range(entry.arity)]
    if name.startswith("bit_") or name == "invert":
        values = [np.asarray(v > 0)[()] for v in values]
    if name == "polygamma":
        values[0] = 1
    if name == "where":
        values[0] = values[0] > 0
    inputs = tuple(Var(n, aval_of(v)) for n, v in zip("abcdef", values, strict=False))
    ops = Builder()
    result = ops.elementwise(Template.of((*range(entry.arity), name)), inputs)
    check(Program("f", inputs, ops.statements, (result,)), *values)


@pytest.mark.parametrize(
    "name", [e.name for e in TABLE.structural() if e.lower is None and e.samples is not None]
)
def test_every_array_entry_runs_on_its_own(name):
    entry = TABLE.entries[name]
    for args, kwargs in entry.samples(np.random.default_rng(2)):
        if entry.rule_for(kwargs) is not None:
            continue  # a matter of other entries
        if name in ("unbroadcast", "scatter_add", "scatter_sum", "last_writes"):
            operands, params = args, kwargs
        elif entry.signature is not None:
            operands, params = entry.signature(*args, **kwargs)
        else:
            operands, params = args, kwargs
        try:
            operation = Structural.of(name, **params)
        except TypeError:
            continue
        inputs = tuple(Var(f"x{k}", aval_of(v)) for k, v in enumerate(operands))
        out = operation.infer([v.aval for v in inputs])
        target = Var("y", out)
        statement = Statement(target, operation, inputs)
        check(Program("f", inputs, [statement], (target,)), *operands)


def gradient_program():
    x, w = Var("abs", FLOAT), Var("w", VECTOR)
    ops = Builder()
    ops.span = SourceSpan("/somewhere/f.py", 4, 5, 4, 20)
    y = ops.emit(
        Template.of((0, "abs", 0, "sign", "mul", 1, "tanh", "mul", Literal.of(2), "add")),
        (x, w),
        "exp",
    )
    ops.span = SourceSpan("/somewhere/f.py", 5, 5, 5, 20)
    test = ops.gt(x, 0)
    ops.statements.append(Statement(None, Guard("truth", True), (test,), ops.span))
    z = ops.mul(y, np.array([0.1, 1 / 3, 2.0]))
    ops.span = SourceSpan("/somewhere/f.py", 6, 5, 6, 20)
    total = ops.sum(z)
    program = Program("model", (x, w), ops.statements, (total,))
    return optimized(vjp(program, [x, w], [1.0]))


def test_a_gradient_reads_well(golden):
    golden("source_gradient", python_source(gradient_program(), "gradient", "The gradient."))


def test_a_gradient_runs_on_its_own():
    program = gradient_program()
    check(program, 0.7, np.array([0.1, -0.2, 0.5]))


def test_a_decision_is_checked():
    text = python_source(gradient_program(), "f")
    with pytest.raises(ValueError, match=r"takes another branch: f\.py:5"):
        run(text, "f", -0.7, np.ones(3))


def test_a_decision_the_other_way_and_an_equality_are_checked():
    flag, n = Var("flag", BOOL), Var("n", INT)
    statements = [
        Statement(None, Guard("truth", False), (flag,)),
        Statement(None, Guard("equal", 3), (n,)),
        Statement(None, Guard("signature", None), ()),
    ]
    text = python_source(Program("f", (flag, n), statements, (n,)))
    assert run(text, "f", False, 3) == 3
    with pytest.raises(ValueError, match="another branch"):
        run(text, "f", True, 3)
    with pytest.raises(ValueError, match="n == 3"):
        run(text, "f", False, 4)


@pytest.mark.parametrize("name", ["abs", "math_", "sum", "float", "builtins", "range", "rt", "len"])
def test_names_of_the_user_hide_nothing(name):
    x = Var(name, FLOAT)
    ops = Builder()
    y = ops.mul(ops.abs(x), ops.sign(x))
    z = ops.emit(Template.of((0, "tanh")), (y,), "np")
    program = Program("f", (x,), ops.statements, (z,))
    text = check(program, -0.3)
    assert f"def f({name}):" in text


def test_constants_are_exact():
    special = np.array([0.1, -0.0, math.nan, math.inf, -math.inf, 5e-324])
    single = np.array([0.1, 0.2, 0.3], dtype=np.float32)
    x = Var("x", Aval.of((6,), "float64"))
    s = Var("s", Aval.of((3,), "float32"))
    ops = Builder()
    first, second = ops.mul(x, special), ops.mul(s, single)
    third = ops.mul(ops.mul(s, np.float32(0.1)), np.ones(3, np.float32))
    fourth = ops.mul(x, math.inf)
    program = Program("f", (x, s), ops.statements, (first, second, third, fourth))
    check(program, np.arange(6.0) - 2, np.arange(3, dtype=np.float32))


def test_integer_and_boolean_arrays_keep_their_dtype():
    x = Var("x", VECTOR)
    ops = Builder()
    mask = np.array([True, False, True])
    y = ops.where(mask, x, np.arange(3))
    check(Program("f", (x,), ops.statements, (y, np.arange(20), mask)), np.ones(3))


@pytest.mark.parametrize("row", [np.arange(5000), np.arange(3, 90, 4)])
def test_long_rows_of_whole_numbers_are_short(row):
    x = Var("x", Aval.of(row.shape, "float64"))
    ops = Builder()
    y = ops.mul(x, row)
    text = check(Program("f", (x,), ops.statements, (y,)), np.linspace(0, 1, row.size))
    assert len(text) < 400


class Outside:
    name = "read"

    def infer(self, avals):
        return FLOAT

    def evaluate(self, *values):
        return 2.0

    def describe(self, operands):
        return "read scale"


def test_what_is_read_from_outside_is_a_keyword():
    x, scale, y = Var("x", FLOAT), Var("self.scale", FLOAT), Var("y", FLOAT)
    statements = [
        Statement(scale, Outside(), ()),
        Statement(y, Template.of((0, 1, "mul")), (x, scale)),
    ]
    text = python_source(Program("f", (x,), statements, (y,)))
    assert "def f(x, *, self_scale):" in text
    assert run(text, "f", 3.0, self_scale=2.0) == 6.0


class Strange(Outside):
    name = "strange"


def test_what_cannot_stand_alone_is_refused():
    y = Var("y", FLOAT)
    with pytest.raises(UnsupportedError, match="`strange` cannot be written"):
        python_source(Program("f", (), [Statement(y, Strange(), ())], (y,)))


def test_comments_stand_in_one_column():
    ops, x = Builder(), Var("x", FLOAT)
    ops.span = SourceSpan("/somewhere/f.py", 4, 5, 4, 20)
    y = ops.mul(ops.sin(x), ops.add(ops.exp(x), 12.5))
    text = python_source(name_uniquely(Program("f", (x,), ops.statements, (y,))))
    columns = {line.index("  # f.py:4") for line in text.splitlines() if "#" in line}
    assert len(columns) == 1


def test_lines_are_short():
    text = python_source(gradient_program(), "f")
    assert max(map(len, text.splitlines())) <= 88


def test_long_lines_keep_their_meaning():
    ops = Builder()
    names = [Var(f"a_rather_long_name_{k}", FLOAT) for k in range(12)]
    code: list = [0]
    for k in range(1, 12):
        code += [k, "sin", "mul", k, "add"]
    total = ops.emit(Template.of(tuple(code)), tuple(names), "total")
    program = Program("f", tuple(names), ops.statements, (total,))
    text = check(program, *np.linspace(0.1, 1, 12).tolist())
    ast.parse(text)


def test_a_docstring_cannot_end_early():
    x = Var("x", FLOAT)
    text = python_source(Program("f", (x,), [], (x,)), doc='Ends """ early \\ here.\n\nTwo.')
    tree = ast.parse(text).body[0]
    assert re.sub(r"\s+", " ", ast.get_docstring(tree)) == 'Ends """ early \\ here. Two.'


SCALE = 2.0


class Model:
    rate = 3.0

    def loss(self, x, n, options):
        y = x
        for _ in range(n):
            y = y * math.sin(y) * SCALE + options[0] * x
        if y > 0:
            y = y * self.rate
        return y + options[1]


def test_a_gradient_is_a_function_of_the_users_parameters():
    g = grad(Model().loss)
    program = g.program(0.5, 2, (3.0, 4.0))
    text = gradient_source(program, "slope", ["x", "n", "options"], [0.5, 2, (3.0, 4.0)])
    assert "def slope(x, n, options, *, SCALE=2.0, rate=3.0):" in text
    assert '"""Written for inputs that take the branches of x = 0.5, n = 2."""' in text
    found = run(text, "slope", 0.6, 2, (3.0, 4.0))
    assert found == pytest.approx(g(0.6, 2, (3.0, 4.0)), rel=1e-14)
    with pytest.raises(ValueError, match="another branch"):
        run(text, "slope", -0.1, 2, (3.0, 4.0))
    with pytest.raises(ValueError, match="another branch"):
        run(text, "slope", 0.6, 3, (3.0, 4.0))


def test_what_is_read_from_outside_has_the_users_name():
    form = grad(Model().loss).expression(0.5, 0, (3.0, 4.0))
    assert str(form) == "self.rate"


def test_a_value_keeps_the_first_name_that_it_is_given():
    def f(x):
        first = second = x * x
        third = first + math.sin(second)
        fourth = third
        return fourth * first + np.sin(third)

    text = grad(f).source(2.0)
    assert "first = " in text
    assert "third = " in text
    assert "second" not in text
    assert "fourth" not in text


def picked(x):
    z = np.exp(x[0] + 1j * x[1])
    rows, _ = np.mgrid[0:2, 0:2]
    y = x[x > 0]
    y[np.argmax(y)] *= np.abs(z)
    return (y * y).sum() + (rows * x[1]).sum()


def test_guards_of_arrays_and_complex_numbers_run_on_their_own():
    x = np.array([0.3, 1.2, -0.8])
    g = grad(picked)
    namespace: dict[str, Any] = {}
    exec(g.source(x), namespace)
    np.testing.assert_allclose(namespace["grad_picked"](x), g(x), rtol=1e-12)
    with pytest.raises(ValueError, match="this source is for"):
        namespace["grad_picked"](-x)
