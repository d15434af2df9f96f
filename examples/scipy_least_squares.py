"""Fit a decay by least squares with SciPy, with an exact Jacobian.

python examples/scipy_least_squares.py
"""

import numpy as np
from scipy.optimize import least_squares

from symdiff import jacobian

t = np.linspace(0.0, 3.0, 40)
measured = 2.0 * np.exp(-1.3 * t) + 0.5


def residuals(p):
    return p[0] * np.exp(-p[1] * t) + p[2] - measured


found = least_squares(residuals, [1.0, 1.0, 0.0], jac=jacobian(residuals))
assert np.allclose(found.x, [2.0, 1.3, 0.5])
print(f"amplitude, rate, offset: {found.x.round(6)} after {found.njev} Jacobians")
