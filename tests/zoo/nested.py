"""Derivatives inside differentiated functions; a twin without them is what the oracle runs."""

import functools
import math

import numpy as np

from symdiff import grad, jvp, value_and_grad, vjp

from . import Case, vector


def gradient_of_gradient(x):
    return grad(grad(lambda y: y**4))(x) * x


def gradient_of_gradient_twin(x):
    return 12 * x**2 * x


def third_order(x):
    return grad(grad(grad(lambda y: math.sin(y) * y)))(x)


def third_order_twin(x):
    return -3 * math.sin(x) - x * math.cos(x)


def perturbation_confusion(x):
    return x * grad(lambda y: x + y)(1.0)


def perturbation_confusion_twin(x):
    return x * 1


def confusion_by_product(x):
    return x * grad(lambda y: x * y * y)(2.0)


def confusion_by_product_twin(x):
    return x * (4 * x)


def confusion_same_name(x):
    return grad(lambda x: x * x)(x * 3) * x


def confusion_same_name_twin(x):
    return 6 * x * x


def confusion_by_currying(x):
    def shift(k):
        return lambda f: lambda y: f(y + k)

    return grad(lambda k: grad(shift(k)(shift(k)(lambda y: y**4)))(x))(x)


def confusion_by_currying_twin(x):
    return 12 * 2 * (x + 2 * x) ** 2


def closure_over_outer(x):
    scale = x * x

    def inner(y):
        return math.sin(y * scale) + x * y

    return grad(inner)(x + 1)


def closure_over_outer_twin(x):
    return math.cos((x + 1) * x * x) * x * x + x


def newton_steps(x):
    def residual(y):
        return y**3 - x

    y = 1.5
    for _ in range(3):
        y = y - residual(y) / grad(residual)(y)
    return y


def newton_steps_twin(x):
    y = 1.5
    for _ in range(3):
        y = y - (y**3 - x) / (3 * y**2)
    return y


def descent_on_parameter(x):
    w = 0.5
    for _ in range(4):
        loss, slope = value_and_grad(lambda v: (v * x - 1.0) ** 2)(w)
        w = w - 0.1 * slope
    return loss + w


def descent_on_parameter_twin(x):
    w = 0.5
    for _ in range(4):
        loss = (w * x - 1.0) ** 2
        w = w - 0.1 * 2 * (w * x - 1.0) * x
    return loss + w


def hessian_vector_product(x):
    def f(y):
        return np.sum(y**3) * y[0]

    v = np.array([1.0, 2.0])
    return np.sum(grad(lambda y: np.dot(grad(f)(y), v))(x))


def hessian_vector_product_twin(x):
    a, b = x[0], x[1]
    return (12 * a**2 + 2 * 3 * b**2) + (3 * b**2 + 2 * 6 * a * b)


def pullback(x):
    value, back = vjp(lambda a, b: (a * b, a + b * b), x, x * x)
    da, db = back((1.0, 3.0))
    return value[0] * da + db


def pullback_twin(x):
    return x**3 * (x * x + 3) + (x + 6 * x * x)


def pushforward(x):
    value, moved = jvp(lambda y: math.exp(y) * y, (x,), (2.0,))
    return value + moved * x


def pushforward_twin(x):
    return math.exp(x) * x + 2 * math.exp(x) * (x + 1) * x


def branch_inside(x):
    def f(y):
        if y > 1:
            return y**3
        return y * y * x

    return grad(f)(x) + grad(f)(x / 2)


def branch_inside_twin(x):
    def d(y):
        return 3 * y * y if y > 1 else 2 * y * x

    return d(x) + d(x / 2)


def gradient_with_several(x):
    da, db = grad(lambda a, b: a * a * b, (0, 1))(x, 3.0 * x)
    return da * db


def gradient_with_several_twin(x):
    return 2 * x * 3 * x * x * x


def gradient_in_helper(x):
    return _slope(_cubic, x) + _slope(functools.partial(_scaled, k=x), 2.0)


def gradient_in_helper_twin(x):
    return 3 * x * x + 1 + 4 * x


def _slope(f, x):
    return grad(f)(x)


def _cubic(x):
    return x**3 + x


def _scaled(x, k):
    return k * x * x


def gradient_of_library_function(x):
    return grad(math.log)(x) + grad(np.sqrt)(x)


def gradient_of_library_function_twin(x):
    return 1 / x + 0.5 / math.sqrt(x)


def inner_writes(x):
    def f(y):
        a = np.zeros(2)
        a[0] = y * x
        a += y
        return (a * a).sum()

    return grad(f)(x)


def inner_writes_twin(x):
    return 2 * (x * x + x) * (x + 1) + 2 * x


def inner_effects(x):
    seen = []

    def f(y):
        seen.append(y)
        return y * y * len(seen)

    return grad(f)(x) + grad(f)(x * 2) + seen[0]


def inner_effects_twin(x):
    return 2 * x + 2 * 2 * x * 2 + x


_XS = [1.5, -0.6, 3.2]
_POSITIVE = [1.5, 0.7, 3.2]

CASES = [
    Case(gradient_of_gradient, _XS, twin=gradient_of_gradient_twin),
    Case(third_order, _XS, twin=third_order_twin),
    Case(perturbation_confusion, _XS, twin=perturbation_confusion_twin),
    Case(confusion_by_product, _XS, twin=confusion_by_product_twin),
    Case(confusion_same_name, _XS, twin=confusion_same_name_twin),
    Case(confusion_by_currying, _XS, twin=confusion_by_currying_twin),
    Case(closure_over_outer, _XS, twin=closure_over_outer_twin),
    Case(newton_steps, _POSITIVE, twin=newton_steps_twin),
    Case(descent_on_parameter, _XS, twin=descent_on_parameter_twin),
    Case(
        hessian_vector_product,
        [vector(1.5, 2.0), vector(-0.5, 3.0), vector(0.3, -1.2)],
        twin=hessian_vector_product_twin,
    ),
    Case(pullback, _XS, twin=pullback_twin),
    Case(pushforward, _XS, twin=pushforward_twin),
    Case(branch_inside, _XS, twin=branch_inside_twin),
    Case(gradient_with_several, _XS, twin=gradient_with_several_twin),
    Case(gradient_in_helper, _XS, twin=gradient_in_helper_twin),
    Case(gradient_of_library_function, _POSITIVE, twin=gradient_of_library_function_twin),
    Case(inner_writes, _XS, twin=inner_writes_twin),
    Case(inner_effects, _XS, twin=inner_effects_twin),
]
