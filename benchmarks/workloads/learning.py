"""Logistic regression, a network of two layers, and a mixture of Gaussians (as in ADBench)."""

from __future__ import annotations

import numpy as np

from .workload import Workload


def logistic(w, x, y):
    z = x @ w
    return np.mean(np.logaddexp(0.0, z) - y * z) + 0.005 * np.dot(w, w)


def logistic_by_hand(w, x, y):
    bar = x @ w
    np.negative(bar, out=bar)
    np.exp(bar, out=bar)
    bar += 1.0
    np.reciprocal(bar, out=bar)
    bar -= y
    result = bar @ x
    result *= 1.0 / len(y)
    result += 0.01 * w
    return result


def observations():
    x = np.sin(np.arange(20_000.0)).reshape(1000, 20)
    return np.cos(np.arange(20.0)), x, (x[:, 0] > 0.1).astype(float)


def network(w1, b1, w2, b2, x, y):
    hidden = np.tanh(x @ w1 + b1)
    return np.mean((hidden @ w2 + b2 - y) ** 2)


def network_by_hand(w1, b1, w2, b2, x, y):
    hidden = x @ w1
    hidden += b1
    np.tanh(hidden, out=hidden)
    error = hidden @ w2
    error += b2
    error -= y
    error *= 2.0 / error.size
    bar = error @ w2.T
    w2_bar = hidden.T @ error
    hidden *= hidden
    np.subtract(1.0, hidden, out=hidden)
    bar *= hidden
    ones = np.ones(len(x))
    return x.T @ bar, ones @ bar, w2_bar, ones @ error


def layers():
    def wave(*shape):
        return np.sin(np.arange(float(np.prod(shape)))).reshape(shape)

    return (
        0.2 * wave(64, 128),
        0.1 * wave(128),
        0.2 * wave(128, 10),
        0.1 * wave(10),
        wave(256, 64),
        0.5 * wave(256, 10),
    )


def mixture(weights, means, factors, x, places, gamma, m):
    """The logarithm of a posterior: Gaussians by the factors of their inverse covariances.

    A row of `factors` has the logarithms of a diagonal, and what is below it; `places` tells where
    in the latter, behind a zero, the elements of the whole matrix are.
    """
    n, d = x.shape
    logs, below = factors[:, :d], factors[:, d:]
    padded = np.concatenate([np.zeros((means.shape[0], 1)), below], axis=1)
    lower = padded[:, places] + np.exp(logs)[:, :, None] * np.eye(d)
    centred = x[None, :, :] - means[:, None, :]
    scaled = centred @ np.swapaxes(lower, 1, 2)
    volumes = np.sum(logs, axis=1)
    inner = (weights + volumes)[:, None] - 0.5 * np.sum(scaled**2, axis=2)
    top = np.max(inner, axis=0)
    total = np.sum(top + np.log(np.sum(np.exp(inner - top), axis=0)))
    total = total - n * np.log(np.sum(np.exp(weights)))
    prior = 0.5 * gamma**2 * (np.sum(np.exp(logs) ** 2) + np.sum(below**2))
    return total + prior - m * np.sum(volumes)


def mixture_by_hand(weights, means, factors, x, places, gamma, m):
    n, d = x.shape
    k = len(means)
    logs, below = factors[:, :d], factors[:, d:]
    diagonal = np.exp(logs)
    padded = np.zeros((k, 1 + below.shape[1]))
    padded[:, 1:] = below
    lower = padded[:, places]
    lower.reshape(k, d * d)[:, :: d + 1] = diagonal
    centred = x[None, :, :] - means[:, None, :]
    scaled = centred @ lower.transpose(0, 2, 1)
    inner = np.einsum("knd,knd->kn", scaled, scaled)
    inner *= -0.5
    inner += (weights + logs.sum(axis=1))[:, None]
    inner -= inner.max(axis=0)
    np.exp(inner, out=inner)
    inner *= 1.0 / inner.sum(axis=0)
    counts = inner.sum(axis=1)
    exponentials = np.exp(weights)
    weights_bar = counts - (n / exponentials.sum()) * exponentials
    scaled *= inner[:, :, None]
    lower_bar = scaled.transpose(0, 2, 1) @ centred
    means_bar = (np.ones(n) @ scaled)[:, None, :] @ lower
    factors_bar = np.empty(factors.shape)
    logs_bar = -diagonal * lower_bar.reshape(k, d * d)[:, :: d + 1]
    logs_bar += counts[:, None]
    logs_bar += gamma**2 * diagonal * diagonal - m
    factors_bar[:, :d] = logs_bar
    rows, columns = np.nonzero(places)
    order = places[rows, columns] - 1
    factors_bar[:, d + order] = -lower_bar[:, rows, columns]
    factors_bar[:, d:] += gamma**2 * below
    return weights_bar, means_bar[:, 0], factors_bar


def gaussians(d, k, n):
    def wave(*shape):
        return np.sin(1.7 * np.arange(float(np.prod(shape)))).reshape(shape)

    places = np.zeros((d, d), dtype=int)
    places[np.tril_indices(d, -1)] = np.arange(1, d * (d - 1) // 2 + 1)
    return (
        wave(k),
        wave(k, d),
        0.3 * wave(k, d * (d + 1) // 2),
        2.0 * wave(n, d),
        places,
        1.0,
        0.0,
    )


WORKLOADS = [
    Workload("logistic regression", logistic, observations, logistic_by_hand),
    Workload("network of two layers", network, layers, network_by_hand, by=(0, 1, 2, 3)),
    *(
        Workload(
            f"Gaussian mixture {name}",
            mixture,
            lambda sizes=sizes: gaussians(*sizes),
            mixture_by_hand,
            by=(0, 1, 2),
        )
        for name, sizes in {"small": (2, 5, 1000), "medium": (10, 25, 1000)}.items()
    ),
]
