"""Solve a stiff differential equation with SciPy, with an exact Jacobian.

python examples/scipy_solve_ivp.py
"""

import numpy as np
from scipy.integrate import solve_ivp

from symdiff import jacobian


def van_der_pol(t, y, mu=200.0):
    return [y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]]


span, start = (0.0, 100.0), [2.0, 0.0]
exact = solve_ivp(van_der_pol, span, start, method="Radau", jac=jacobian(van_der_pol, wrt=1))
differences = solve_ivp(van_der_pol, span, start, method="Radau")

assert np.allclose(exact.y[:, -1], differences.y[:, -1], rtol=1e-2)
print(f"with the Jacobian   : {exact.nfev} evaluations, y = {exact.y[0, -1]:.5f}")
print(f"with differences    : {differences.nfev} evaluations, y = {differences.y[0, -1]:.5f}")
