"""Gaussian process regression: fit the kernel by the marginal likelihood, then predict."""

import numpy as np
from _check import worst_error
from scipy.optimize import minimize

from symdiff import value_and_grad


def kernel(a, b, scale, length):
    squared = np.sum((a[:, None, :] / length - b[None, :, :] / length) ** 2, axis=-1)
    return scale * np.exp(-0.5 * squared)


def negative_log_likelihood(theta, x, y):
    """Minus the log of p(y | x), by the Cholesky factor of the covariance."""
    scale, noise, length = np.exp(theta[0]), np.exp(theta[1]), np.exp(theta[2:])
    covariance = kernel(x, x, scale, length) + noise * np.eye(len(x))
    factor = np.linalg.cholesky(covariance)
    whitened = np.linalg.solve(factor, y)
    log_det = 2.0 * np.sum(np.log(np.diag(factor)))
    return 0.5 * (whitened @ whitened + log_det + len(x) * np.log(2 * np.pi))


def predict(theta, x, y, new):
    scale, noise, length = np.exp(theta[0]), np.exp(theta[1]), np.exp(theta[2:])
    covariance = kernel(x, x, scale, length) + noise * np.eye(len(x))
    return kernel(new, x, scale, length) @ np.linalg.solve(covariance, y)


def target(x):
    return np.sin(2 * x[:, 0]) + 0.3 * x[:, 1]


def main():
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, size=(60, 2))
    y = target(x) + 0.05 * rng.normal(size=60)
    objective = value_and_grad(negative_log_likelihood)
    start = np.array([0.0, -1.0, 0.0, 0.0])

    before, gradient = objective(start, x, y)
    error = worst_error(lambda t: negative_log_likelihood(t, x, y), (start,), (gradient,))
    assert error < 1e-7, error

    found = minimize(objective, start, args=(x, y), jac=True)
    new = rng.uniform(-1.5, 1.5, size=(200, 2))
    rms = float(np.sqrt(np.mean((predict(found.x, x, y, new) - target(new)) ** 2)))
    print(f"negative log likelihood {before:.2f} -> {found.fun:.2f}, gradient error {error:.1e}")
    print(f"length scales {np.exp(found.x[2:]).round(2)}, prediction error {rms:.3f}")
    assert found.fun < before - 10
    assert rms < 0.1


if __name__ == "__main__":
    main()
