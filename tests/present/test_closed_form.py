from __future__ import annotations

import math
import time

import numpy as np
import pytest
import sympy

from symdiff.differentiate import vjp
from symdiff.errors import TooLargeError
from symdiff.operations import TABLE
from symdiff.operations.statements.builder import Builder
from symdiff.operations.table.template import Literal, Template
from symdiff.present.cases import cases_of
from symdiff.present.closed_form import closed_form, conditions
from symdiff.present.expressions import number, symbol
from symdiff.present.simplify import tidy
from symdiff.present.text import (
    format_cases,
    format_condition,
    format_expression,
    latex,
    latex_cases,
    wrap,
)
from symdiff.program.program import BOOL, FLOAT, Aval, Guard, Program, Statement, Var, name_uniquely

pytestmark = pytest.mark.sampled(every=17)

VECTOR = Aval.of((3,), "float64")
MATRIX = Aval.of((2, 3), "float64")


def literal(value):
    return Literal.of(value)


def program_of(code, *names):
    inputs = tuple(Var(n, FLOAT) for n in names)
    ops = Builder()
    result = ops.emit(Template.of(code), inputs, "y")
    return Program("f", inputs, ops.statements, (result,))


def texts(program):
    derivative = name_uniquely(vjp(program, program.inputs, [1.0]))
    value = format_expression(closed_form(derivative, 0, simplify=False))
    return [
        value,
        *(format_expression(closed_form(derivative, k + 1)) for k in range(len(program.inputs))),
    ]


def texts_of(build, *inputs):
    ops = Builder()
    result = build(ops, *inputs)
    return texts(Program("f", inputs, ops.statements, (result,)))


CODES = [
    (
        (0, literal(3), "pow", literal(2), 0, "mul", "sub", 0, "sin", "add"),
        "x",
        ["x**3 - 2*x + sin(x)", "3*x**2 + cos(x) - 2"],
    ),
    ((0, 0, "cos", "mul", 0, "div"), "x", ["cos(x)", "-sin(x)"]),
    (
        (0, 1, "sub", literal(2), "pow", literal(0.1), "mul"),
        "x mu",
        ["0.1*(x - mu)**2", "0.2*(x - mu)", "0.2*(mu - x)"],
    ),
    ((0, 1, "pow"), "x y", ["x**y", "x**(y - 1)*y", "x**y*log(x)"]),
    ((0, "sqrt"), "x", ["sqrt(x)", "1/(2*sqrt(x))"]),
    ((literal(1), 0, literal(2), "pow", "div"), "x", ["1/x**2", "-2/x**3"]),
    ((0, literal(0.5), "pow"), "x", ["sqrt(x)", "0.5/sqrt(x)"]),
    (
        (literal(1), literal(1), 0, "neg", "exp", "add", "div"),
        "x",
        ["1/(1 + exp(-x))", "exp(x)/(exp(x) + 1)**2"],
    ),
    (
        (0, literal(0), "gt", 0, "sqrt", literal(0), "where"),
        "x",
        ["sqrt(x) if x > 0 else 0", "1/(2*sqrt(x)) if x > 0 else 0"],
    ),
    ((0, literal(2), "pow", "sqrt"), "x", ["abs(x)", "sign(x)"]),
    ((0, "log1p"), "x", ["log(x + 1)", "1/(x + 1)"]),
    ((0, 1, "hypot"), "x y", ["sqrt(x**2 + y**2)", "x/sqrt(x**2 + y**2)", "y/sqrt(x**2 + y**2)"]),
    ((0, "floor", 0, "mul"), "x", ["x*floor(x)", "floor(x)"]),
]


@pytest.mark.parametrize(("code", "names", "expected"), CODES)
def test_small_forms_read_as_people_write_them(code, names, expected):
    assert texts(program_of(code, *names.split())) == expected


@pytest.mark.parametrize(
    "name", ["exp", "I", "E", "S", "N", "Q", "O", "lambda_", "gamma", "pi", "beta", "zoo", "nan"]
)
def test_any_name_is_only_a_name(name):
    value, slope = texts(program_of((0, literal(2), "pow", 0, "sin", "mul"), name))
    assert value == f"{name}**2*sin({name})"
    assert slope == f"{name}*({name}*cos({name}) + 2*sin({name}))"


def test_two_names_that_sympy_knows_do_not_meet():
    assert texts(program_of((0, 1, "mul", 1, "exp", "add"), "I", "E")) == [
        "E*I + exp(E)",
        "E",
        "I + exp(E)",
    ]


def _names_of_entries():
    return [e.name for e in TABLE.elementwise() if e.dtype != "bool"]


@pytest.mark.parametrize("name", _names_of_entries())
def test_closed_form_has_the_value_of_the_entry(name):
    """What SymPy is told each entry is must be what the entry computes."""
    entry = TABLE.entries[name]
    program = program_of((*range(entry.arity), name), *"xyzuvw"[: entry.arity])
    expr = closed_form(program)
    rng = np.random.default_rng(len(name))
    for _ in range(5):
        point = [rng.uniform(*interval) for interval in entry.domain[: entry.arity]]
        values = {symbol(n): sympy.Float(v, 30) for n, v in zip("xyzuvw", point, strict=False)}
        if name in ("where", "shared"):  # of a condition, which is no number
            continue
        found = expr.xreplace(values)
        if any(f.func.__name__.startswith("sd_") for f in found.atoms(sympy.Function)):
            pytest.skip("SymPy has no such function; it keeps its name")
        expected = Template.of((*range(entry.arity), name)).evaluate(*point)
        assert math.isclose(float(found), float(expected), rel_tol=1e-12, abs_tol=1e-13)


def test_numbers_print_to_the_last_bit():
    rng = np.random.default_rng(0)
    for value in [0.1, 1e-300, 5e-324, 1.7976931348623157e308, *rng.normal(size=200)]:
        text = format_expression(number(float(value)))
        assert float(text) == value
    assert format_expression(number(0.1) * symbol("x")) == "0.1*x"
    assert texts(program_of((0, literal(0.1), "mul", literal(3), "mul"), "x"))[0] == "0.3*x"
    assert format_expression(number(1e22) * symbol("x")) == "1e22*x"


def test_constants_of_the_machine_read_as_what_they_stand_for():
    assert format_expression(number(2.0, literal=False)) == "2"
    assert format_expression(number(1 / 3, literal=False)) == "1/3"
    assert format_expression(number(0.1, literal=False)) == "0.1"
    assert format_expression(number(math.pi, literal=False)) == repr(math.pi)


def chain(n):
    x, c = Var("x", FLOAT), Var("c", FLOAT)
    template = Template.of((0, literal(0.01), 0, "sin", "mul", 1, "mul", "add"))
    ops = Builder()
    y = x
    for _ in range(n):
        y = ops.emit(template, (y, c), "x")
    return Program("model", (x, c), ops.statements, (y,))


@pytest.mark.slow
def test_a_large_form_is_refused_at_once_and_says_what_to_use():
    program = vjp(chain(10_000), [chain(1).inputs[0]], [1.0])
    start = time.perf_counter()
    with pytest.raises(TooLargeError) as caught:
        closed_form(program)
    assert time.perf_counter() - start < 1
    message = str(caught.value)
    assert "model has more than 10**30 operations; the limit is 400" in message
    assert ".program(...)" in message
    assert ".source(...)" in message
    assert "symdiff show --format program" in message


def test_the_size_is_counted_without_building():
    program = chain(20)
    with pytest.raises(TooLargeError, match=r"4,194,300|\d{1,3}(,\d{3})+ operations"):
        closed_form(program)
    with pytest.raises(TooLargeError, match="the limit is 3"):
        closed_form(chain(1), limit=3)


def test_a_deep_form_is_refused():
    ops, x = Builder(), Var("x", FLOAT)
    y = x
    for _ in range(300):
        y = ops.sin(y)
    with pytest.raises(TooLargeError, match="nested 300 deep"):
        closed_form(Program("f", (x,), ops.statements, (y,)), limit=1000)


def test_only_what_the_output_needs_is_counted():
    program = chain(1)
    other = chain(500)
    statements = [*other.statements, *program.statements]
    both = Program("f", program.inputs + other.inputs, statements, program.outputs)
    assert format_expression(closed_form(both)) == "0.01*c*sin(x) + x"


# -- whole arrays

x, y, w, a = (Var(n, s) for n, s in (("x", VECTOR), ("y", VECTOR), ("w", MATRIX), ("a", FLOAT)))

ARRAYS = [
    (lambda o, x: o.mul(o.dot(x, x), 2), (x,), ["2*(x @ x)", "4*x"]),
    (lambda o, x: o.sum(o.mul(x, x)), (x,), ["sum(x**2)", "2*x"]),
    (lambda o, x: o.mean(o.mul(x, x)), (x,), ["mean(x**2)", "2*x/3"]),
    (lambda o, x, a: o.sum(o.mul(x, a)), (x, a), ["sum(a*x)", "a", "sum(x)"]),
    (lambda o, a: o.sum(o.broadcast_to(a, shape=(4,))), (a,), ["4*a", "4"]),
    (
        lambda o, x, y: o.sin(o.matmul(x, y)),
        (x, y),
        ["sin(x @ y)", "y*cos(x @ y)", "x*cos(x @ y)"],
    ),
    (
        lambda o, x, w: o.sum(o.square(o.matmul(w, x))),
        (x, w),
        ["sum((w @ x)**2)", "2*(w.T @ (w @ x))", "2*outer(w @ x, x)"],
    ),
    (
        lambda o, x: o.add(o.square(o.getitem(x, index=(0,))), o.mul(3, o.getitem(x, index=(2,)))),
        (x,),
        ["x[0]**2 + 3*x[2]", "[2*x[0], 0, 3]"],
    ),
    (lambda o, x: o.norm(x), (x,), ["norm(x)", "x/norm(x)"]),
    (lambda o, x: o.log(o.sum(o.exp(x))), (x,), ["log(sum(exp(x)))", "exp(x)/sum(exp(x))"]),
    (
        lambda o, x, y: o.mean(o.square(o.sub(x, y))),
        (x, y),
        ["mean((x - y)**2)", "2*(x - y)/3", "2*(y - x)/3"],
    ),
    (
        lambda o, a: o.sum(o.mul(np.array([1.0, 2.0, 4.0]), a)),
        (a,),
        ["sum([1., 2., 4.]*a)", "7"],
    ),
]


@pytest.mark.parametrize(("build", "inputs", "expected"), ARRAYS)
def test_array_operations_read_as_people_write_them(build, inputs, expected):
    assert texts_of(build, *inputs) == expected


def test_array_operations_in_latex():
    ops = Builder()
    total = ops.sum(ops.square(ops.matmul(w, x)))
    form = closed_form(Program("f", (x, w), ops.statements, (total,)))
    assert latex(form) == r"\operatorname{sum}{\left(\left(w \, x\right)^{2}\right)}"


def test_two_large_arrays_are_told_apart():
    ops, x = Builder(), Var("x", Aval.of((9,), "float64"))
    first, second = np.arange(9.0), np.arange(9.0) + 1
    difference = ops.sub(ops.mul(x, first), ops.mul(x, second))
    form = closed_form(Program("f", (x,), ops.statements, (difference,)))
    assert format_expression(form) == "x*(<float64[9]> - <float64[9] #2>)"


# -- decisions


def test_decisions_are_conditions():
    ops, x = Builder(), Var("x", FLOAT)
    first, second = ops.gt(x, 0), ops.lt(ops.mul(x, 2), 1)
    guards = [
        Statement(None, Guard("truth", True), (first,)),
        Statement(None, Guard("truth", False), (second,)),
        Statement(None, Guard("equal", 3), (x,)),
        Statement(None, Guard("signature", None), ()),
    ]
    found = conditions(Program("f", (x,), [*ops.statements, *guards], (x,)))
    assert [format_condition(c) for c in found] == ["x > 0", "2*x >= 1"]


def test_a_decision_on_a_truth_value():
    flag = Var("flag", BOOL)
    guard = Statement(None, Guard("truth", False), (flag,))
    (found,) = conditions(Program("f", (flag,), [guard], ()))
    assert format_condition(found) == "not flag"


def test_a_large_decision_is_named():
    program = chain(50)
    test = Var("test", BOOL)
    compare = Statement(test, Template.of((0, literal(0), "gt")), (program.outputs[0],))
    guard = Statement(None, Guard("truth", True), (test,))
    statements = [*program.statements, compare, guard]
    found = conditions(Program("f", program.inputs, statements, program.outputs))
    assert found == [("test", True)]


X = symbol("x")


def test_decisions_that_change_nothing_are_left_out():
    ways = [([(X > 0, True)], X), ([(X > 0, False)], X)]
    assert cases_of(ways) == [([], X)]


def test_a_way_that_was_not_followed_keeps_its_conditions():
    ways = [([(X > 0, True), (X > 1, True)], X), ([(X > 0, False)], -X)]
    text = format_cases(cases_of(ways))
    assert text == "x    if x > 0 and x > 1\n-x   if x <= 0"


def test_cases_are_aligned():
    cases = [([(X > 0, True)], 2 * X), ([], sympy.Integer(-1))]
    assert format_cases(cases) == "2*x   if x > 0\n-1    otherwise"
    assert latex_cases(cases) == (
        r"\begin{cases} 2 x & \text{if}\: x > 0 \\ -1 & \text{otherwise} \end{cases}"
    )


def test_cases_fit_the_terminal():
    wide = sympy.Add(*[symbol(f"variable_{k}") ** k for k in range(2, 12)])
    cases = [([(X > 0, True)], wide), ([(X > -1, True)], X), ([], wide + 1)]
    text = format_cases(cases, indent=12, width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "otherwise" in text


@pytest.mark.parametrize("width", [20, 40, 80])
def test_wrapping_loses_nothing(width):
    text = format_expression(closed_form(chain(2)))
    lines = wrap(text, width)
    assert max(map(len, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_simplification_never_makes_it_longer():
    form = (X**2 - 1) / (X - 1) + sympy.sin(X) ** 2 + sympy.cos(X) ** 2
    assert format_expression(tidy(form)) == "x + 2"
    assert tidy(X + 1) == X + 1


def test_a_case_that_says_the_same_is_left_out():
    code = (0, literal(0), "eq", literal(0), 0, literal(2), "mul", "where")
    assert texts(program_of(code, "x"))[0] == "2*x"
    code = (0, literal(0), "eq", literal(5), 0, literal(2), "mul", "where")
    assert texts(program_of(code, "x"))[0] == "5 if x == 0 else 2*x"
