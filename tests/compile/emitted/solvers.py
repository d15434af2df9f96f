"""Equations that are solved: their derivatives are those of the exact solution."""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq, fsolve, minimize

from symdiff import grad, hessian

from .cases import emitted


@emitted((np.array([0.5, 1.2]),), by=(grad, hessian))
def flow(p):
    made = solve_ivp(lambda t, y: [-p[0] * y[0] + y[1], -p[1] * y[1] ** 2], (0.0, 1.0), [1.0, p[0]])
    return made.y[0, -1] ** 2


@emitted((2.0,), by=(grad, hessian))
def root(a):
    return brentq(lambda x: x**3 - a * x - 1.0, 0.0, 5.0) * a


@emitted((np.array([3.0, 2.0]),), by=grad)
def roots_of_a_system(p):
    x = fsolve(lambda x: [x[0] ** 2 + x[1] - p[0], x[1] ** 3 - p[1]], [0.5, 1.0])
    return x[0] * x[1]


@emitted((1.5,), by=(grad, hessian))
def integral(a):
    return quad(lambda t: np.exp(-a * t * t), 0.0, a)[0]


@emitted((np.array([1.0, 0.5]),), by=grad)
def lowest_point(p):
    found = minimize(lambda x: (x[0] - p[0]) ** 2 + (x[1] - p[1] * x[0]) ** 2, [0.0, 0.0])
    return found.x[0] * found.x[1]
