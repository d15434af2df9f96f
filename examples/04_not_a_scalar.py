"""A function whose result is an array has no gradient, until you say what to weigh it with."""

import numpy as np

from symdiff import SymdiffError, Variable, grad, vjp


def squares(x):
    return x * x


x = np.arange(4.0)
try:
    grad(squares)(x)
except SymdiffError as error:
    print(error)
else:
    raise AssertionError("an array has no gradient")

# One way on: a weight for each entry of the result.
v = Variable(x)
grad(squares).backward(v, gradient=np.ones(4))
print("backward with ones:", v.grad)
assert np.array_equal(v.grad, 2 * x)

# Another: the value, and a function from weights to gradients.
value, pullback = vjp(squares, x)
print("vjp with ones:     ", pullback(np.ones(4))[0])
assert np.array_equal(value, x * x)
assert np.array_equal(pullback(np.ones(4))[0], 2 * x)


# The simplest: make it a scalar.
@grad
def total(x):
    return squares(x).sum()


print("gradient of sum:   ", total(x))
assert np.array_equal(total(x), 2 * x)
