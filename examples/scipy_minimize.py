"""Minimise Rosenbrock's function with SciPy, with exact first and second derivatives.

python examples/scipy_minimize.py
"""

import numpy as np
from scipy.optimize import minimize

from symdiff import hessian, hvp, value_and_grad


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


x0 = np.full(6, 1.3)
both = value_and_grad(rosenbrock)

quasi = minimize(both, x0, jac=True, method="L-BFGS-B")
newton = minimize(both, x0, jac=True, hess=hessian(rosenbrock), method="trust-exact")
products = minimize(both, x0, jac=True, hessp=hvp(rosenbrock), method="trust-krylov")

for name, found in (("gradient", quasi), ("Hessian", newton), ("Hessian products", products)):
    assert np.allclose(found.x, 1.0, atol=1e-3)
    print(f"with the {name:<16}: {found.nit:3d} iterations, f = {found.fun:.1e}")
