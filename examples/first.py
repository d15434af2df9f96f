"""A first look: two functions and their derivatives.

Run `symdiff show examples/first.py` to read the formulas, or this file for numbers.
"""

import math

from symdiff import grad


@grad
def bump(x):
    y = x**3 - 2 * x
    return y + math.sin(x)


@grad(wrt=("amplitude", "rate"))
def decay(amplitude, rate, t=2.0):
    return amplitude * math.exp(-rate * t)


if __name__ == "__main__":
    print("bump'(1.5) =", bump(1.5))
    assert math.isclose(bump(1.5), 3 * 1.5**2 - 2 + math.cos(1.5), rel_tol=1e-15)

    by_amplitude, by_rate = decay(3.0, 0.5)
    print("decay by amplitude and rate:", by_amplitude, by_rate)
    assert math.isclose(by_amplitude, math.exp(-1.0), rel_tol=1e-15)
    assert math.isclose(by_rate, -6.0 * math.exp(-1.0), rel_tol=1e-15)
