"""Three optimisers written by hand train a small net; then one of them is differentiated itself.

The last part is a meta-gradient: the loss after a few steps of gradient descent, differentiated
with respect to the length of those steps.
"""

import numpy as np
from _check import worst_error

from symdiff import grad, value_and_grad


def net(w, x):
    hidden = np.tanh(x @ w[:16].reshape(2, 8) + w[16:24])
    return hidden @ w[24:32] + w[32]


def loss(w, x, y):
    return np.mean((net(w, x) - y) ** 2)


def sgd(gradient, w, steps, rate=0.2):
    for _ in range(steps):
        w = w - rate * gradient(w)
    return w


def momentum(gradient, w, steps, rate=0.05, keep=0.9):
    velocity = np.zeros_like(w)
    for _ in range(steps):
        velocity = keep * velocity - rate * gradient(w)
        w = w + velocity
    return w


def adam(gradient, w, steps, rate=0.05, b1=0.9, b2=0.999):
    m, v = np.zeros_like(w), np.zeros_like(w)
    for k in range(1, steps + 1):
        g = gradient(w)
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        w = w - rate * (m / (1 - b1**k)) / (np.sqrt(v / (1 - b2**k)) + 1e-8)
    return w


def trained_loss(log_rate, w, x, y):
    """The loss after five steps of momentum, as a function of the logarithm of their length."""
    w = momentum(grad(lambda w: loss(w, x, y)), w, 5, rate=np.exp(log_rate))
    return loss(w, x, y)


def main():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 2))
    y = np.sin(x[:, 0]) * x[:, 1]
    start = 0.5 * rng.normal(size=33)
    before, gradient = value_and_grad(loss)(start, x, y)
    error = worst_error(lambda w: loss(w, x, y), (start,), (gradient,))
    assert error < 1e-7, error
    print(f"loss {before:.4f}, gradient error {error:.1e}")

    slope = grad(loss)
    for optimiser in (sgd, momentum, adam):
        after = loss(optimiser(lambda w: slope(w, x, y), start, 200), x, y)
        print(f"{optimiser.__name__}: {after:.4f}")
        assert after < 0.3 * before

    meta = value_and_grad(trained_loss)
    log_rate = np.log(0.01)
    first, d_rate = meta(log_rate, start, x, y)
    error = worst_error(lambda r: trained_loss(r, start, x, y), (log_rate,), (d_rate,))
    assert error < 1e-6, error
    for _ in range(20):
        last, d_rate = meta(log_rate, start, x, y)
        log_rate = log_rate - 2.0 * d_rate
    print(f"after five steps {first:.4f} -> {last:.4f} with steps of {np.exp(log_rate):.3f}")
    assert last < first


if __name__ == "__main__":
    main()
