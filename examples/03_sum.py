"""The gradient of a sum is an array of ones."""

import numpy as np

from symdiff import Variable, grad


@grad
def y(x):
    return x.sum()


x = Variable(np.arange(4.0))
y.backward(x)
print("gradient =", x.grad)
assert np.array_equal(x.grad, np.ones(4))
