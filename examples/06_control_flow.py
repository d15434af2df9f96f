"""A loop and a branch that depend on the input: the gradient follows the path that is taken.

`f` multiplies its argument by some number, so its gradient is f(a)/a wherever it has one.
"""

import numpy as np

import symdiff
from symdiff import SymdiffError, grad


def f(a):
    b = a * 2
    while b.norm() < 1000:
        b = b * 2
    if b.sum() > 0:
        c = b
    else:
        c = 100 * b
    return c


def total(a):
    return f(a).sum()


g = grad(f)
for a in (1.5, -1.5, 1e-300, 1e6):
    value, slope = g.value_and_grad(a)
    print(f"a = {a!r:7}  f(a) = {value!r:22}  gradient = {slope!r}")
    assert slope == value / a

g_total = grad(total)
for a in (np.array([1.0, -0.25, 3.0]), np.full((2, 3), 0.5)):
    value, slope = g_total.value_and_grad(a)
    print(f"shape {a.shape}: gradient of the sum =", slope.ravel()[0], "everywhere")
    assert np.allclose(slope, value / a.sum(), rtol=1e-15)

# At zero the loop never ends. The step limit ends it.
try:
    with symdiff.step_limit(1000):
        g(0.0)
except SymdiffError as error:
    print(error)
else:
    raise AssertionError("the loop has no end at zero")
