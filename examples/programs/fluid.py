"""Shape the initial flow of a fluid so that it carries smoke into a given picture.

The simulation goes by semi-Lagrangian steps on a periodic grid: advect, then make the flow free of
divergence. The gradient goes back through all of them.
"""

import numpy as np
from _check import worst_error
from scipy.optimize import minimize

from symdiff import value_and_grad

SIZE, STEPS, DT = 16, 8, 0.6


def project(vx, vy):
    """The part of a flow without divergence, by a few sweeps of Jacobi for the pressure."""
    div = -0.5 * (np.roll(vx, -1, 0) - np.roll(vx, 1, 0) + np.roll(vy, -1, 1) - np.roll(vy, 1, 1))
    p = np.zeros(vx.shape)
    for _ in range(6):
        around = np.roll(p, 1, 0) + np.roll(p, -1, 0) + np.roll(p, 1, 1) + np.roll(p, -1, 1)
        p = (div + around) / 4.0
    vx = vx - 0.5 * (np.roll(p, -1, axis=0) - np.roll(p, 1, axis=0))
    vy = vy - 0.5 * (np.roll(p, -1, axis=1) - np.roll(p, 1, axis=1))
    return vx, vy


def advect(f, vx, vy):
    """Carry `f` along the flow: look up where each cell came from, between four neighbours."""
    rows, columns = f.shape
    at_x, at_y = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    x, y = at_x - DT * vx, at_y - DT * vy
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    rx, ry = x - left, y - top
    left, top = left % rows, top % columns
    right, bottom = (left + 1) % rows, (top + 1) % columns
    upper = (1 - ry) * f[left, top] + ry * f[left, bottom]
    lower = (1 - ry) * f[right, top] + ry * f[right, bottom]
    return (1 - rx) * upper + rx * lower


def simulate(vx, vy, smoke):
    for _ in range(STEPS):
        vx, vy = project(advect(vx, vx, vy), advect(vy, vx, vy))
        smoke = advect(smoke, vx, vy)
    return smoke


def misfit(velocity, smoke, target):
    vx, vy = velocity.reshape(2, SIZE, SIZE)
    return np.mean((simulate(vx, vy, smoke) - target) ** 2)


def main():
    rng = np.random.default_rng(0)
    i, j = np.mgrid[:SIZE, :SIZE]
    smoke = np.exp(-0.1 * ((i - 5) ** 2 + (j - 5) ** 2))
    target = np.exp(-0.1 * ((i - 10) ** 2 + (j - 8) ** 2))
    start = 0.1 * rng.normal(size=2 * SIZE * SIZE)
    objective = value_and_grad(misfit)

    before, gradient = objective(start, smoke, target)
    error = worst_error(lambda v: misfit(v, smoke, target), (start,), (gradient,), step=1e-6)
    assert error < 1e-6, error

    options = {"maxiter": 25}
    found = minimize(objective, start, args=(smoke, target), jac=True, method="CG", options=options)
    print(f"misfit {before:.5f} -> {found.fun:.5f}, gradient error {error:.1e}")
    assert found.fun < 0.3 * before


if __name__ == "__main__":
    main()
