"""Functions that call functions: helpers, recursion, closures, lambdas, partials, methods."""

import functools
import math
from dataclasses import dataclass
from math import exp, sin
from math import sin as sine

from . import Case, call, vector


def _square(x):
    return x * x


def _smooth_step(x, sharpness=2.0):
    if x < -1:
        return 0.0
    return 1 / (1 + math.exp(-sharpness * x))


def helper(x):
    return _square(x) + _square(_square(x) + 1)


def helper_with_branch(x):
    return _smooth_step(x) * x + _smooth_step(x - 2, sharpness=3.0)


def factorial_like(x, n):
    return 1.0 if n == 0 else x * factorial_like(x, n - 1) / n


def recursive_on_value(x):
    if x > 10:
        return x
    return recursive_on_value(x * x + 1)


def _even(x, n):
    return x if n == 0 else _odd(x * 2, n - 1)


def _odd(x, n):
    return -x if n == 0 else _even(x + 1, n - 1)


def mutual_recursion(x, n):
    return _even(x, n) * x


def inner_function(x):
    def scaled(y, k):
        return k * y * x

    return scaled(x, 2) + scaled(3.0, 4)


def inner_nonlocal(x):
    total = 0.0

    def add(value):
        nonlocal total
        total = total + value * value

    add(x)
    add(2 * x)
    add(x + 1)
    return total


def returned_closure(x):
    def power(n):
        def apply(y):
            return y**n

        return apply

    square, cube = power(2), power(3)
    return cube(x) - square(x)


def inner_lambda(x):
    twice = lambda y: 2 * y  # noqa: E731
    compose = lambda f, g: lambda y: f(g(y))  # noqa: E731
    return compose(twice, lambda y: y * y * x)(x)


def higher_order(x):
    return sum(map(_square, [x, 2 * x, x + 1])) + functools.reduce(lambda a, b: a * b, [x, x, 3.0])


def star_arguments(x):
    def total(*values, scale=1.0, **more):
        return scale * sum(values) + more["shift"] * x

    arguments = [x, x * x]
    return total(*arguments, 3.0, scale=2.0, **{"shift": x})


def imported_names(x):
    return sin(x) * exp(-x) + sine(2 * x)


def alias(x):
    f = math.cos
    return f(x) + f(2 * x)


def function_from_list(x, which):
    return [math.sin, math.cos, _square][which](x)


def default_argument(x, scale=2.0, shift=-1.0):
    return scale * x * x + shift * x


def keyword_only(x, *, power=2, scale=1.0):
    return scale * x**power


def positional_only(x, y, /, z=1.0):
    return x * y * y + z * x


def variadic(*values):
    return sum(v * v * (k + 1) for k, v in enumerate(values))


def make_scaled(scale):
    def scaled(x):
        return scale * x * x + x

    return scaled


def make_counter():
    state = {"scale": 1.0}

    def scaled(x):
        return state["scale"] * x**3

    return scaled, state


_from_state, _state = make_counter()


class Model:
    """A class with methods that are differentiated."""

    slope = 3.0

    def __init__(self, offset):
        self.offset = offset

    def linear(self, x):
        return self.slope * x + self.offset

    def loss(self, x):
        return self.linear(x) ** 2 + self.damping() * x

    def damping(self):
        return 0.5

    @staticmethod
    def cube(x):
        return x**3

    @classmethod
    def scaled(cls, x):
        return cls.slope * x * x

    @property
    def doubled(self):
        return 2 * self.offset

    def with_property(self, x):
        return self.doubled * x * x + self.cube(x)

    def __call__(self, x):
        return self.loss(x) - self.offset * x


class SubModel(Model):
    slope = -2.0

    def loss(self, x):
        return super().loss(x) + x**3

    def damping(self):
        return 1.5


@dataclass
class Point:
    x: float
    y: float

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def norm_squared(self):
        return self.x * self.x + self.y * self.y


def own_class(x):
    p = Point(x, 2 * x) + Point(1.0, x * x)
    return p.norm_squared()


_scale = 1.0


def uses_global(x):
    return _scale * x * x


def _set_scale(value):
    def change():
        global _scale
        _scale = value

    return change


def _set_state(value):
    return lambda: _state.update(scale=value)


def _logged(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args) * 1.5

    return wrapper


@_logged
def decorated(x):
    return x * x


def generator(x):
    def terms():
        for k in range(4):
            yield x**k * k

    return sum(terms())


def exceptions(x):
    try:
        if x > 1:
            raise ValueError(x)
        y = x * 2
    except ValueError:
        y = x * x
    finally:
        y = y + x
    return y


_NUMBERS = [1.5, -0.75, 3.0]
_first, _second = lambda x: x * x * 3, lambda x: x**3 + 1

CASES = [
    Case(helper, _NUMBERS, oracle="complex"),
    Case(helper_with_branch, [1.5, -0.75, -3.0, 0.5]),
    Case(factorial_like, [(1.5, 3), (1.5, 0), (-2.0, 5)]),
    Case(recursive_on_value, [0.5, 2.0, 11.0]),
    Case(mutual_recursion, [(1.5, 3), (1.5, 0), (-2.0, 4)]),
    Case(inner_function, _NUMBERS, oracle="complex"),
    Case(inner_nonlocal, _NUMBERS),
    Case(returned_closure, _NUMBERS, oracle="complex"),
    Case(inner_lambda, _NUMBERS, oracle="complex"),
    Case(higher_order, _NUMBERS),
    Case(star_arguments, _NUMBERS, oracle="complex"),
    Case(imported_names, _NUMBERS, oracle="complex"),
    Case(alias, _NUMBERS, oracle="complex"),
    Case(function_from_list, [(1.5, 0), (1.5, 1), (1.5, 2), (-2.0, 0)]),
    Case(
        default_argument, [1.5, (1.5, 3.0), call(1.5, shift=4.0), call(1.5, scale=0.5, shift=2.0)]
    ),
    Case(keyword_only, [1.5, call(1.5, power=3), call(1.5, scale=4.0), call(2.5, power=1)]),
    Case(positional_only, [(1.5, 2.0), (1.5, -1.0, 3.0), call(0.5, 2.0, z=-2.0)], wrt=1),
    Case(make_scaled(2.0), _NUMBERS, name="closure"),
    Case(
        _from_state,
        [
            call(1.5),
            call(1.5, before=_set_state(4.0)),
            call(2.0),
            call(1.5, before=_set_state(1.0)),
        ],
        name="closure_that_changes",
    ),
    Case(
        uses_global,
        [
            call(1.5, before=_set_scale(1.0)),
            call(1.5, before=_set_scale(5.0)),
            call(1.5, before=_set_scale(-2)),
        ],
    ),
    Case(Model(2.0).loss, _NUMBERS, name="method"),
    Case(SubModel(2.0).loss, _NUMBERS, name="method_with_super"),
    Case(Model(2.0).with_property, _NUMBERS, name="method_with_property"),
    Case(Model.cube, _NUMBERS, name="static_method"),
    Case(SubModel.scaled, _NUMBERS, name="class_method"),
    Case(Model(1.5), _NUMBERS, name="callable_object"),
    Case(own_class, _NUMBERS),
    Case(functools.partial(default_argument, scale=4.0), _NUMBERS, name="partial_keyword"),
    Case(functools.partial(positional_only, 2.0), _NUMBERS, name="partial_first"),
    Case(_first, _NUMBERS, name="first_lambda_of_line"),
    Case(_second, _NUMBERS, name="second_lambda_of_line"),
    Case(variadic, [(1.5, 2.0), (1.5,), (1.0, -2.0, 3.0)]),
    Case(decorated, _NUMBERS),
    Case(generator, _NUMBERS),
    Case(exceptions, [0.5, 2.0, -1.0]),
    Case(lambda x: (x * vector(1.0, 2.0)).sum(), _NUMBERS, name="lambda_in_a_list"),
]
