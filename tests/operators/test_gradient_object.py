"""What `grad` accepts, and what the object it returns offers."""

from __future__ import annotations

import functools
import inspect
import linecache
import math
import re

import numpy as np
import pytest
import sympy

import symdiff
from symdiff import SymdiffError, grad, hessian, value_and_grad, vjp
from symdiff.errors import NonScalarError, SourceNotFoundError, TooLargeError, UsageError
from symdiff.program.program import Program


def weighted(x, y, z=2.0):
    """A function of three."""
    return x * x * y + z * y**3


EXPECTED = {"x": 2 * 3.0 * 2.0, "y": 3.0**2 + 3 * 2.0 * 2.0**2, "z": 2.0**3}


@pytest.mark.parametrize(("wrt", "names"), [(0, "x"), (1, "y"), (2, "z"), (-1, "z")])
def test_wrt_a_position(wrt: int, names: str) -> None:
    assert grad(weighted, wrt)(3.0, 2.0) == EXPECTED[names]
    assert grad(weighted, wrt=wrt)(3.0, 2.0) == EXPECTED[names]


@pytest.mark.parametrize("wrt", ["x", "y", "z"])
def test_wrt_a_name(wrt: str) -> None:
    assert grad(weighted, wrt)(3.0, 2.0) == EXPECTED[wrt]


@pytest.mark.parametrize(
    ("wrt", "order"),
    [
        ((0, 1), "xy"),
        ((1, 0), "yx"),
        (("z", "x"), "zx"),
        ((2, "y"), "zy"),
        ([0, 2], "xz"),
        ((1,), "y"),
        ("all", "xyz"),
    ],
)
def test_several_give_a_tuple_in_that_order(wrt, order: str) -> None:
    found = grad(weighted, wrt)(3.0, 2.0)
    assert isinstance(found, tuple)
    assert found == tuple(EXPECTED[name] for name in order)


def test_default_is_the_first_parameter() -> None:
    assert grad(weighted)(3.0, 2.0) == EXPECTED["x"]


@pytest.mark.parametrize("wrt", ["w", 3, (0, 7), 1.5])
def test_a_wrt_that_makes_no_sense_is_refused(wrt) -> None:
    with pytest.raises(SymdiffError):
        grad(weighted, wrt)(3.0, 2.0)


def test_an_unknown_name_is_refused_at_once_with_the_names_there_are() -> None:
    with pytest.raises(UsageError, match=r"x.*y.*z"):
        grad(weighted, "w")


# --- how it is called ---------------------------------------------------------------------------


def test_keyword_arguments_and_defaults() -> None:
    g = grad(weighted, "y")
    assert g(3.0, y=2.0) == EXPECTED["y"]
    assert g(y=2.0, x=3.0) == EXPECTED["y"]
    assert g(3.0, 2.0, 2.0) == g(3.0, 2.0, z=2.0) == g(3.0, 2.0)
    assert g(3.0, 2.0, z=0.0) == 9.0


def test_keyword_only_parameters() -> None:
    def f(x, *, scale=2.0, power):
        return scale * x**power

    assert grad(f)(3.0, power=2) == 12.0
    assert grad(f, "scale")(3.0, power=2) == 9.0
    assert grad(f, ("scale", "x"))(3.0, power=2, scale=1.0) == (9.0, 6.0)


def test_wrong_arguments_raise_what_python_raises() -> None:
    g = grad(weighted)
    with pytest.raises(TypeError, match="argument"):
        g()
    with pytest.raises(TypeError, match="argument"):
        g(1.0, 2.0, nonsense=3.0)


def test_as_a_decorator() -> None:
    @grad
    def f(x):
        return x**3

    @grad(wrt="b")
    def h(a, b):
        return a * b * b

    @grad(wrt=(0, 1))
    def k(a, b):
        return a * b

    @value_and_grad
    def v(x):
        return x**3

    assert f(2.0) == 12.0
    assert h(3.0, 2.0) == 12.0
    assert k(3.0, 2.0) == (2.0, 3.0)
    assert v(2.0) == (8.0, 12.0)


def test_decorator_on_a_method() -> None:
    class Model:
        def __init__(self, slope):
            self.slope = slope

        @grad(wrt="x")
        def slope_at(self, x):
            return self.slope * x * x

    assert Model(3.0).slope_at(2.0) == 12.0
    assert Model(5.0).slope_at(2.0) == 20.0


def test_value_and_grad() -> None:
    assert value_and_grad(weighted)(3.0, 2.0) == (34.0, 12.0)
    assert value_and_grad(weighted, (0, 1))(3.0, 2.0) == (34.0, (12.0, EXPECTED["y"]))
    value, slope = value_and_grad(lambda x: (x * x).sum())(np.arange(3.0))
    assert value == 5.0
    np.testing.assert_array_equal(slope, [0.0, 2.0, 4.0])


# --- results ------------------------------------------------------------------------------------


def test_results_have_the_type_of_the_argument() -> None:
    g = grad(lambda x: (x * x).sum() if isinstance(x, np.ndarray) else x * x)
    assert type(g(3.0)) is float
    for dtype in (np.float64, np.float32):
        found = g(np.ones((2, 3), dtype))
        assert isinstance(found, np.ndarray)
        assert found.dtype == dtype
        assert found.shape == (2, 3)
    assert type(g(3.0)) is float


def test_an_argument_that_does_not_matter_has_gradient_zero() -> None:
    def f(x, y):
        return y * 2

    assert grad(f)(3.0, 2.0) == 0.0
    np.testing.assert_array_equal(grad(f)(np.ones(3), 2.0), np.zeros(3))
    assert grad(lambda x: 7.0)(1.0) == 0.0


# --- what the object offers ---------------------------------------------------------------------


def test_it_keeps_the_functions_name_and_signature() -> None:
    g = grad(weighted)
    assert g.__name__ == "weighted"
    assert g.__doc__ == "A function of three."
    assert g.__wrapped__ is weighted
    assert g.__module__ == weighted.__module__
    assert inspect.signature(g) == inspect.signature(weighted)
    assert "weighted" in repr(g)


def test_value_runs_the_function() -> None:
    g = grad(weighted)
    assert g.value(3.0, 2.0) == 34.0
    assert g.value_and_grad(3.0, 2.0) == (34.0, 12.0)


def test_source_runs_on_its_own() -> None:
    def f(x, y):
        z = math.sin(x) * y
        return z * z + math.exp(-y)

    g = grad(f)
    text = g.source(1.5, 2.0)
    space: dict = {}
    exec(text, space)
    functions = [v for v in space.values() if inspect.isfunction(v)]
    assert any(
        h(1.5, 2.0) == pytest.approx(g(1.5, 2.0), rel=1e-14)
        for h in functions
        if len(inspect.signature(h).parameters) == 2
    )
    assert "z" in text
    assert "symdiff" not in text


def test_source_of_arrays_runs_on_its_own() -> None:
    g = grad(lambda x, a: np.sum(np.tanh(x @ a) ** 2))
    x, a = np.array([1.0, -0.5]), np.array([[1.0, 2.0], [0.5, -1.0]])
    space: dict = {}
    exec(g.source(x, a), space)
    functions = [v for v in space.values() if inspect.isfunction(v)]
    two = [h for h in functions if len(inspect.signature(h).parameters) == 2]
    np.testing.assert_allclose(two[-1](x, a), g(x, a), rtol=1e-14)


def test_expression_is_sympy_in_the_users_names() -> None:
    def f(x):
        return x**3 - 2 * x + math.sin(x)

    expression = grad(f).expression(1.5)
    assert isinstance(expression, sympy.Basic)
    (x,) = expression.free_symbols
    assert str(x) == "x"
    assert sympy.simplify(expression - (3 * x**2 - 2 + sympy.cos(x))) == 0


def test_expression_of_the_taken_path() -> None:
    def f(x):
        if x > 0:
            return x * x
        return 5 * x

    g = grad(f)
    assert str(g.expression(2.0)) == "2*x"
    assert g.expression(-2.0) == 5


def test_a_large_expression_is_refused_with_its_size() -> None:
    def swell(x):
        for k in range(40):
            x = math.sin(x) * math.exp(x / (k + 1)) + x * x / (2 + x * x)
        return x

    with pytest.raises(TooLargeError) as caught:
        grad(swell).expression(0.5)
    message = str(caught.value)
    assert re.search(r"\d{2,}", message)
    assert "source" in message or "program" in message


def test_program_is_readable_and_valid() -> None:
    program = grad(weighted).program(3.0, 2.0)
    assert isinstance(program, Program)
    symdiff.program.program.validate(program)
    text = str(program)
    assert "test_gradient_object.py" in text
    assert "return" in text


def test_generated_source_is_what_is_compiled() -> None:
    text = grad(weighted).generated_source(3.0, 2.0)
    compile(text, "<generated>", "exec")


# --- kinds of functions -------------------------------------------------------------------------


def test_partial() -> None:
    assert grad(functools.partial(weighted, z=0.0), "y")(3.0, 2.0) == 9.0
    assert grad(functools.partial(weighted, 3.0))(2.0) == EXPECTED["y"]


def test_bound_method_and_callable_object() -> None:
    class Model:
        slope = 2.0

        def value(self, x):
            return self.slope * x**2

        def __call__(self, x):
            return self.value(x) + x

    model = Model()
    assert grad(model.value)(3.0) == 12.0
    assert grad(model)(3.0) == 13.0
    model.slope = 4.0
    assert grad(model.value)(3.0) == 24.0


def test_closures_and_nested_functions() -> None:
    def make(k):
        def f(x):
            def inner(y):
                return k * y * x

            return inner(x)

        return f

    assert grad(make(2.0))(3.0) == 12.0
    assert grad(make(5.0))(3.0) == 30.0


def test_two_lambdas_on_one_line() -> None:
    square, cube = grad(lambda x: x**2), grad(lambda x: x**3)
    assert (square(2.0), cube(2.0)) == (4.0, 12.0)
    pair = [lambda x: x * 3.0, lambda x: x * 4.0]
    assert [grad(f)(1.0) for f in pair] == [3.0, 4.0]


def test_gradient_inside_a_function() -> None:
    def f(x):
        return grad(lambda y: y**3)(x) * x

    assert f(2.0) == 24.0
    assert grad(f)(2.0) == 36.0


def test_a_function_typed_at_a_prompt() -> None:
    text = "def typed(x):\n    y = x * x\n    return y * x\n"
    name = "<python-input-7>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    space: dict = {}
    exec(compile(text, name, "exec"), space)
    assert grad(space["typed"])(2.0) == 12.0


def test_a_function_without_source_is_refused() -> None:
    space: dict = {}
    exec("def hidden(x):\n    return x * x\n", space)
    with pytest.raises(SourceNotFoundError, match="hidden"):
        grad(space["hidden"])(2.0)


@pytest.mark.parametrize("thing", [3.0, "f", None])
def test_what_is_not_a_function_is_refused(thing) -> None:
    with pytest.raises(SymdiffError):
        grad(thing)(1.0)


# --- vjp ----------------------------------------------------------------------------------------


def test_vjp_of_a_scalar_function() -> None:
    value, pullback = vjp(lambda x: x**3, 2.0)
    assert value == 8.0
    assert pullback(1.0) == (12.0,)
    assert pullback(-2.0) == (-24.0,)


def test_vjp_of_several_arguments() -> None:
    value, pullback = vjp(lambda x, y: x * y, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    np.testing.assert_array_equal(value, [3.0, 8.0])
    dx, dy = pullback(np.array([1.0, 10.0]))
    np.testing.assert_array_equal(dx, [3.0, 40.0])
    np.testing.assert_array_equal(dy, [1.0, 20.0])


def test_a_list_is_not_a_scalar() -> None:
    with pytest.raises(NonScalarError):
        grad(lambda x: [x, x])(1.0)
    with pytest.raises(SymdiffError):
        grad(lambda x: None)(1.0)


class Scaled:
    factor = 2.0

    @grad
    @classmethod
    def slope(cls, x):
        return cls.factor * x * x

    @grad(wrt="y")
    @classmethod
    def second(cls, x, y):
        return cls.factor * x * y * y

    @value_and_grad
    @classmethod
    def both(cls, x):
        return cls.factor * x**3

    @hessian
    @classmethod
    def bend(cls, x):
        return cls.factor * x**3

    @grad
    @staticmethod
    def plain(x):
        return x**3


class Doubled(Scaled):
    factor = 4.0


@pytest.mark.parametrize("of", [Scaled, Scaled(), Doubled, Doubled()])
def test_an_operator_over_a_class_method_knows_the_class(of):
    factor = of.factor
    assert of.slope(1.5) == factor * 3.0
    assert of.slope.value(1.5) == factor * 2.25
    assert of.second(2.0, 3.0) == factor * 12.0
    assert of.both(2.0) == (factor * 8.0, factor * 12.0)
    assert of.bend(2.0) == factor * 12.0
    assert "x_bar" in str(of.slope.program(1.5))
    assert of.plain(2.0) == 12.0
    assert of.plain.value(2.0) == 8.0


def test_a_class_method_within_a_traced_function():
    assert grad(lambda x: Doubled.slope(x) * x)(1.5) == 4.0 * 2 * 2 * 1.5


@pytest.mark.parametrize("rolls", [False, True])
@pytest.mark.parametrize("refused", [np.arange(12), np.ones((12, 2))])
def test_what_is_refused_for_one_input_is_not_for_the_next(refused, rolls):
    """Whole numbers and a result that is no number, at the first call and later."""

    def f(x):
        if not rolls:
            return np.sum(x * x, axis=0)
        total = 0.0
        for v in x:
            total += v * v
        return total

    g = grad(f)
    for x in (np.arange(12.0), np.arange(12.0), np.arange(15.0), [1.0] * 3):
        with pytest.raises(SymdiffError):
            g(refused)
        assert np.array_equal(g(np.asarray(x)), 2 * np.asarray(x))
    assert len(g._dispatcher.leaves) <= 4


def test_a_value_is_given_where_the_gradient_is_refused():
    g = grad(lambda x: np.sum(x * x, axis=0))
    for _ in range(2):
        assert np.array_equal(g.value(np.ones((3, 2))), [3.0, 3.0])
        with pytest.raises(SymdiffError):
            g(np.ones((3, 2)))
    assert np.array_equal(g(np.ones(3)), [2.0, 2.0, 2.0])
