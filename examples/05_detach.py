"""`detach` treats a value as a constant from there on."""

import numpy as np

from symdiff import detach, grad


@grad
def detached(x):
    y = x * x
    u = detach(y)
    z = u * x
    return z.sum()


@grad
def by_method(x):
    y = x * x
    z = y.detach() * x
    return z.sum()


@grad
def undetached(x):
    y = x * x
    return y.sum()


x = np.arange(4.0)
print("u * x with u detached:", detached(x))
print("the same, as a method:", by_method(x))
print("y itself, undetached: ", undetached(x))
assert np.array_equal(detached(x), x * x)
assert np.array_equal(by_method(x), x * x)
assert np.array_equal(undetached(x), 2 * x)
