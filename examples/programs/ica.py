"""Independent component analysis: unmix signals by maximum likelihood."""

import numpy as np
from _check import worst_error

from symdiff import value_and_grad


def log_likelihood(unmixing, data):
    """Of sources with density proportional to 1/cosh, up to a constant."""
    sources = data @ unmixing.T
    _, log_det = np.linalg.slogdet(unmixing)
    log_cosh = np.logaddexp(sources, -sources) - np.log(2.0)
    return log_det - np.mean(np.sum(log_cosh, axis=1))


def by_mixing(mixing, data):
    """The same, given the matrix that mixed: its inverse unmixes."""
    return log_likelihood(np.linalg.inv(mixing), data)


def main():
    rng = np.random.default_rng(0)
    sources = rng.laplace(size=(4000, 3))
    mixing = rng.normal(size=(3, 3)) + 2 * np.eye(3)
    data = sources @ mixing.T
    unmixing = np.linalg.inv(np.linalg.cholesky(np.cov(data.T)))

    objective = value_and_grad(log_likelihood)
    before, gradient = objective(unmixing, data)
    error = worst_error(lambda w: log_likelihood(w, data), (unmixing,), (gradient,))
    assert error < 1e-7, error
    value, other = value_and_grad(by_mixing)(mixing, data)
    other_error = worst_error(lambda a: by_mixing(a, data), (mixing,), (other,))
    assert other_error < 1e-7, other_error

    for _ in range(200):
        after, gradient = objective(unmixing, data)
        unmixing = unmixing + 0.3 * gradient @ unmixing.T @ unmixing  # the natural gradient
    found = np.abs(unmixing @ mixing)
    purity = np.min(np.max(found, axis=1) / np.sum(found, axis=1))
    print(f"log likelihood {before:.4f} -> {after:.4f}, gradient error {error:.1e}")
    print(f"share of the main source in each component: at least {purity:.0%}")
    assert after > before
    assert after > value - 1e-2
    assert purity > 0.85


if __name__ == "__main__":
    main()
