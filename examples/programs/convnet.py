"""A convolutional network tells horizontal bars from vertical ones and from crosses."""

import numpy as np
from _check import worst_error

from symdiff import value_and_grad


def convolve(images, kernels, bias):
    """Valid cross-correlation: (n, c, h, w) with (c, k, k, d) to (n, d, h-k+1, w-k+1)."""
    k = kernels.shape[1]
    height, width = images.shape[2] - k + 1, images.shape[3] - k + 1
    out = bias[:, None, None]
    for i in range(k):
        for j in range(k):
            part = images[:, :, i : i + height, j : j + width]
            out = out + np.einsum("nchw,cd->ndhw", part, kernels[:, i, j])
    return out


def pool(images):
    """The largest of each square of two by two."""
    n, c, h, w = images.shape
    return images.reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))


def scores(images, kernels1, bias1, kernels2, bias2, weights, bias):
    x = np.maximum(convolve(images, kernels1, bias1), 0)  # 12 -> 10
    x = pool(x)  # 10 -> 5
    x = np.tanh(convolve(x, kernels2, bias2))  # 5 -> 3
    return x.reshape(len(images), -1) @ weights + bias


def loss(images, labels, *weights):
    s = scores(images, *weights)
    s = s - np.max(s, axis=1, keepdims=True)
    log_p = s - np.log(np.sum(np.exp(s), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


def draw(count, rng):
    """Noisy pictures of 12 by 12 and what is on them: 0 a row, 1 a column, 2 both."""
    images = 0.3 * rng.normal(size=(count, 1, 12, 12))
    labels = rng.integers(0, 3, size=count)
    for image, label in zip(images[:, 0], labels):
        if label in (0, 2):
            image[rng.integers(12)] += 1.0
        if label in (1, 2):
            image[:, rng.integers(12)] += 1.0
    return images, labels


def main():
    rng = np.random.default_rng(0)
    weights = [
        0.4 * rng.normal(size=(1, 3, 3, 6)),
        np.zeros(6),
        0.2 * rng.normal(size=(6, 3, 3, 8)),
        np.zeros(8),
        0.2 * rng.normal(size=(72, 3)),
        np.zeros(3),
    ]
    images, labels = draw(32, rng)
    objective = value_and_grad(loss, wrt=range(2, 8))
    before, gradient = objective(images, labels, *weights)
    error = worst_error(lambda *w: loss(images, labels, *w), weights, gradient, step=1e-6)
    assert error < 1e-6, error

    speed = [np.zeros_like(w) for w in weights]
    for _ in range(100):
        after, gradient = objective(*draw(64, rng), *weights)
        for w, v, g in zip(weights, speed, gradient):
            v *= 0.9
            v -= 0.05 * g
            w += v
    images, labels = draw(300, rng)
    right = np.mean(np.argmax(scores(images, *weights), axis=1) == labels)
    print(f"loss {before:.3f} -> {after:.3f}, gradient error {error:.1e}")
    print(f"new pictures told right: {right:.0%}")
    assert after < 0.5 * before
    assert right > 0.85


if __name__ == "__main__":
    main()
