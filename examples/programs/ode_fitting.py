"""Fit the rates of predators and prey to a noisy record, through a Runge-Kutta solver."""

import numpy as np
from _check import worst_error
from scipy.optimize import minimize

from symdiff import value_and_grad


def rates(state, theta):
    prey, predators = state
    births, eaten, deaths, fed = theta
    return np.array(
        [births * prey - eaten * prey * predators, fed * prey * predators - deaths * predators]
    )


def solve(theta, start, step, count):
    """The states at `count` times, by the classical Runge-Kutta method."""
    states = [start]
    y = start
    for _ in range(count - 1):
        k1 = rates(y, theta)
        k2 = rates(y + 0.5 * step * k1, theta)
        k3 = rates(y + 0.5 * step * k2, theta)
        k4 = rates(y + step * k3, theta)
        y = y + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        states.append(y)
    return np.array(states)


def misfit(log_theta, start, record, step):
    states = solve(np.exp(log_theta), start, step, len(record))
    return np.mean((np.log(states) - np.log(record)) ** 2)


def main():
    rng = np.random.default_rng(0)
    truth, start = np.array([1.1, 0.4, 0.4, 0.1]), np.array([10.0, 5.0])
    record = solve(truth, start, 0.1, 80) * np.exp(0.05 * rng.normal(size=(80, 2)))
    objective = value_and_grad(misfit)
    guess = np.log([0.9, 0.5, 0.5, 0.12])

    before, gradient = objective(guess, start, record, 0.1)
    error = worst_error(lambda t: misfit(t, start, record, 0.1), (guess,), (gradient,))
    assert error < 1e-7, error

    found = minimize(objective, guess, args=(start, record, 0.1), jac=True)
    print(f"misfit {before:.4f} -> {found.fun:.4f}, gradient error {error:.1e}")
    print(f"rates {np.exp(found.x).round(3)}, true ones {truth}")
    assert found.fun < 0.05 * before
    assert np.allclose(np.exp(found.x), truth, rtol=0.1)


if __name__ == "__main__":
    main()
