"""Three exercises: second derivatives, calling twice, and cosine without writing it.

    python 07_exercises.py [picture.png]

With a file name, sin and its derivative are plotted into it; that needs matplotlib.
"""

import sys

import numpy as np

from symdiff import grad

# 1. The second derivative is the derivative of the derivative.


def cubic(x):
    return x**3 - 2 * x


second = grad(grad(cubic))
print("second derivative of x**3 - 2*x at 2:", second(2.0))
assert second(2.0) == 12.0

# 2. Calling twice computes twice, and nothing is used up.


@grad
def y(x):
    return 2 * np.dot(x, x)


x = np.arange(4.0)
print("called twice:", y(x), y(x))
assert np.array_equal(y(x), y(x))

# 3. The derivative of sin, from sin alone.


@grad
def slope(x):
    return np.sin(x).sum()  # the sum over points: each has its own derivative


points = np.linspace(-np.pi, np.pi, 201)
heights, slopes = np.sin(points), slope(points)
print("slope of sin at 0:", slopes[100])
assert abs(slopes[100] - 1.0) < 1e-15
assert np.allclose(heights**2 + slopes**2, 1.0, rtol=0, atol=1e-14)

if len(sys.argv) > 1:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.plot(points, heights, label="sin")
    plt.plot(points, slopes, label="its derivative")
    plt.legend()
    plt.savefig(sys.argv[1])
    print("plotted into", sys.argv[1])
