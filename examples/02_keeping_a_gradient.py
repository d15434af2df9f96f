"""A `Variable` keeps its gradient: in one buffer, added to by each call, reset when you say so."""

import numpy as np

from symdiff import Variable, grad


@grad
def y(x):
    return 2 * np.dot(x, x)


x = Variable(np.arange(4.0))
assert x.grad is None

print("value             ", y.backward(x))
print("gradient          ", x.grad)
assert np.array_equal(x.grad, 4 * x.value)

buffer = x.grad
y.backward(x)
print("after a second    ", x.grad)
assert np.array_equal(x.grad, 8 * x.value)

x.zero_grad()
print("after zero_grad   ", x.grad)
assert np.array_equal(x.grad, np.zeros(4))
assert x.grad is buffer  # the same memory throughout

out = np.empty(4)
y(np.arange(4.0), out=out)
print("into my own buffer", out)
assert np.array_equal(out, [0.0, 4.0, 8.0, 12.0])
