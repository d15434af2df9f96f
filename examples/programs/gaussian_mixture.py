"""A mixture of Gaussians fitted by gradient: softmax weights, triangular precision factors."""

import numpy as np
from _check import worst_error
from scipy.optimize import minimize
from scipy.special import logsumexp

from symdiff import value_and_grad

GROUPS, DIMENSION = 3, 2


def unpack(theta):
    """Weights (log, normalised), means, and lower factors of the precision matrices."""
    logits = theta[:GROUPS]
    means = theta[GROUPS : GROUPS + GROUPS * DIMENSION].reshape(GROUPS, DIMENSION)
    rest = theta[GROUPS + GROUPS * DIMENSION :].reshape(GROUPS, 3)
    factors = []
    for log_a, b, log_c in rest:
        factors.append(np.array([[np.exp(log_a), 0.0], [b, np.exp(log_c)]]))
    return logits - logsumexp(logits), means, factors


def negative_log_likelihood(theta, points):
    log_weights, means, factors = unpack(theta)
    columns = []
    for k in range(GROUPS):
        scaled = (points - means[k]) @ factors[k].T
        log_det = np.log(factors[k][0, 0]) + np.log(factors[k][1, 1])
        density = log_det - 0.5 * np.sum(scaled**2, axis=1) - np.log(2 * np.pi)
        columns.append(log_weights[k] + density)
    return -np.mean(logsumexp(np.stack(columns, axis=1), axis=1))


def main():
    rng = np.random.default_rng(0)
    centers = np.array([[-2.0, 0.0], [2.0, 0.5], [0.0, 3.0]])
    points = np.concatenate([c + 0.5 * rng.normal(size=(80, 2)) for c in centers])
    objective = value_and_grad(negative_log_likelihood)
    start = np.concatenate([np.zeros(GROUPS), rng.normal(size=6), np.zeros(9)])

    before, gradient = objective(start, points)
    error = worst_error(lambda t: negative_log_likelihood(t, points), (start,), (gradient,))
    assert error < 1e-7, error

    found = minimize(objective, start, args=(points,), jac=True)
    means = unpack(found.x)[1]
    print(f"negative log likelihood {before:.3f} -> {found.fun:.3f}, gradient error {error:.1e}")
    print(f"means {means.round(1).tolist()}")
    assert found.fun < before - 1
    assert all(np.min(np.linalg.norm(means - c, axis=1)) < 0.2 for c in centers)


if __name__ == "__main__":
    main()
