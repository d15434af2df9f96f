"""Fit a curve with SciPy, with exact derivatives with respect to its parameters.

python examples/scipy_curve_fit.py
"""

import numpy as np
from scipy.optimize import curve_fit

from symdiff import jacobian


def decay(t, amplitude, rate, offset):
    return amplitude * np.exp(-rate * t) + offset


t = np.linspace(0.0, 3.0, 40)
measured = decay(t, 2.0, 1.3, 0.5) + 0.01 * np.cos(17 * t)

slopes = jacobian(decay, wrt=("amplitude", "rate", "offset"), stack=True)
found, covariance = curve_fit(decay, t, measured, p0=[1.0, 1.0, 0.0], jac=slopes)
assert np.allclose(found, [2.0, 1.3, 0.5], atol=0.02)
for name, value, variance in zip(("amplitude", "rate", "offset"), found, np.diag(covariance)):
    print(f"{name:<9} {value:.4f} +- {variance**0.5:.4f}")
