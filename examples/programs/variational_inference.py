"""Black-box variational inference: a Gaussian fitted to a posterior by reparameterised draws.

The objective draws its own random numbers: each call sees fresh ones, and value and gradient see
the same.
"""

import numpy as np
from _check import worst_error

from symdiff import value_and_grad

RNG = np.random.RandomState(0)


def log_posterior(z):
    """A banana: the first coordinate is normal, the second bends around its square."""
    return -0.5 * z[:, 0] ** 2 - 0.5 * ((z[:, 1] - 0.5 * z[:, 0] ** 2) / 0.6) ** 2


def negative_elbo(mean, log_std, draws):
    noise = RNG.randn(draws, 2)
    samples = mean + np.exp(log_std) * noise
    entropy = np.sum(log_std) + np.log(2 * np.pi * np.e)
    return -(np.mean(log_posterior(samples)) + entropy)


def main():
    objective = value_and_grad(negative_elbo, wrt=(0, 1))
    mean, log_std = np.array([1.5, -1.0]), np.array([-1.0, -1.0])

    def same_draws(mean, log_std):
        RNG.seed(7)
        return negative_elbo(mean, log_std, 100)

    RNG.seed(7)
    _, gradient = objective(mean, log_std, 100)
    error = worst_error(same_draws, (mean, log_std), gradient)
    assert error < 1e-7, error

    RNG.seed(1)
    before = negative_elbo(mean, log_std, 5000)
    first = [objective(mean, log_std, 100)[0] for _ in range(3)]
    assert len(set(first)) == 3, "each call draws afresh"
    for step in range(400):
        rate = 0.05 / (1 + 0.01 * step)
        _, (g_mean, g_log_std) = objective(mean, log_std, 100)
        mean, log_std = mean - rate * g_mean, log_std - rate * g_log_std
    after = negative_elbo(mean, log_std, 5000)
    print(f"negative ELBO {before:.3f} -> {after:.3f}, gradient error {error:.1e}")
    print(f"mean {mean.round(2)}, standard deviation {np.exp(log_std).round(2)}")
    assert after < before - 1
    assert abs(mean[0]) < 0.2


if __name__ == "__main__":
    main()
