"""The gradient of y = 2 x·x is 4x."""

import numpy as np

from symdiff import grad


@grad
def y(x):
    return 2 * np.dot(x, x)


x = np.arange(4.0)
print("x        =", x)
print("y        =", y.value(x))
print("gradient =", y(x))
print("formula  =", y.expression(x))

assert np.array_equal(y(x), [0.0, 4.0, 8.0, 12.0])
assert np.array_equal(y(x), 4 * x)
assert str(y.expression(x)) == "4*x"
