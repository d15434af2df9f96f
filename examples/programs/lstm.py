"""A character model: an LSTM reads a text and learns to say what comes next."""

import numpy as np
from _check import worst_error

from symdiff import value_and_grad

TEXT = "the cat sat on the mat. the dog sat on the log. the frog sat on the rug. "
LETTERS = sorted(set(TEXT))
HIDDEN = 24


def sigmoid(x):
    return 0.5 * (np.tanh(0.5 * x) + 1.0)


def loss(gates, bias, output, inputs, targets):
    """The mean cross entropy of the next letter; inputs are one-hot, (time, batch, letters)."""
    batch = inputs.shape[1]
    h = np.zeros((batch, HIDDEN))
    c = np.zeros((batch, HIDDEN))
    total = 0.0
    for x, y in zip(inputs, targets):
        z = np.concatenate([x, h], axis=1) @ gates + bias
        forget, read, write, change = np.split(z, 4, axis=1)
        c = sigmoid(forget) * c + sigmoid(read) * np.tanh(change)
        h = sigmoid(write) * np.tanh(c)
        scores = h @ output
        top = np.max(scores, axis=1, keepdims=True)
        log_total = top + np.log(np.sum(np.exp(scores - top), axis=1, keepdims=True))
        total -= np.sum((scores - log_total) * y)
    return total / (len(inputs) * batch)


def windows(length, count, rng):
    places = np.array([LETTERS.index(c) for c in TEXT])
    starts = rng.integers(0, len(TEXT) - length - 1, size=count)
    rows = np.stack([places[s : s + length + 1] for s in starts], axis=1)
    one_hot = np.eye(len(LETTERS))[rows]
    return one_hot[:-1], one_hot[1:]


def main():
    rng = np.random.default_rng(0)
    n = len(LETTERS)
    weights = [
        0.2 * rng.normal(size=(n + HIDDEN, 4 * HIDDEN)),
        np.zeros(4 * HIDDEN),
        0.2 * rng.normal(size=(HIDDEN, n)),
    ]
    inputs, targets = windows(20, 16, rng)
    objective = value_and_grad(loss, wrt=(0, 1, 2))
    before, gradient = objective(*weights, inputs, targets)
    error = worst_error(lambda *w: loss(*w, inputs, targets), weights, gradient)
    assert error < 1e-7, error

    moment = [np.zeros_like(w) for w in weights]
    square = [np.zeros_like(w) for w in weights]
    for step in range(1, 121):
        after, gradient = objective(*weights, *windows(20, 16, rng))
        for w, g, m, s in zip(weights, gradient, moment, square):
            m += 0.1 * (g - m)
            s += 0.001 * (g * g - s)
            w -= 0.02 * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)
    print(f"cross entropy {before:.3f} -> {after:.3f}, gradient error {error:.1e}")
    assert after < 0.5 * before


if __name__ == "__main__":
    main()
