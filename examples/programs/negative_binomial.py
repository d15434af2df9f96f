"""Counts that vary more than a Poisson law allows: regression with a negative binomial."""

import numpy as np
from _check import worst_error
from scipy.optimize import minimize
from scipy.special import gammaln

from symdiff import value_and_grad


def log_pmf(k, mean, shape):
    """The log probability of `k` counts, with that mean and the variance mean + mean**2/shape."""
    p = shape / (shape + mean)
    choices = gammaln(k + shape) - gammaln(shape) - gammaln(k + 1.0)
    return choices + shape * np.log(p) + k * np.log1p(-p)


def negative_log_likelihood(theta, x, counts):
    mean = np.exp(x @ theta[:-1])
    return -np.mean(log_pmf(counts, mean, np.exp(theta[-1])))


def main():
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(2000), rng.normal(size=2000)])
    truth = np.array([1.0, 0.5, np.log(3.0)])
    mean, shape = np.exp(x @ truth[:-1]), np.exp(truth[-1])
    counts = rng.negative_binomial(shape, shape / (shape + mean)).astype(float)
    objective = value_and_grad(negative_log_likelihood)
    start = np.zeros(3)

    before, gradient = objective(start, x, counts)
    error = worst_error(lambda t: negative_log_likelihood(t, x, counts), (start,), (gradient,))
    assert error < 1e-7, error

    found = minimize(objective, start, args=(x, counts), jac=True)
    print(f"negative log likelihood {before:.4f} -> {found.fun:.4f}, gradient error {error:.1e}")
    print(f"estimate {found.x.round(2)}, truth {truth.round(2)}")
    assert found.fun < before
    assert np.allclose(found.x, truth, atol=0.2)


if __name__ == "__main__":
    main()
