"""What a gradient costs when the function is large: a network, an LSTM, loops over elements.

    python benchmarks/size.py [--source network|lstm|squares|neighbours|written]

Arrays stay arrays: a network of 180,000 weights and an LSTM of 32,000 are programs of a few
statements for each line of theirs, and the gradient (with the value) costs at most 4 times the
function. A loop that reads an array element by element has a gradient whose cost grows as the
loop does. autograd, JAX and PyTorch run the same source where they are installed, with their own
NumPy in the place of `np`.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from types import FunctionType
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one thread for everybody
os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)

import numpy as np

from symdiff import value_and_grad

HIDDEN, LETTERS, TIME, BATCH = 64, 60, 30, 32
BOUND = 4.0
GROWTH = 1.6
"""How much more an element may cost in a loop ten times as long: a cache, not an algorithm."""


def network(x, y, w1, b1, w2, b2, w3, b3):
    h = np.tanh(x @ w1 + b1)
    h = np.tanh(h @ w2 + b2)
    scores = h @ w3 + b3
    scores = scores - np.amax(scores, axis=1, keepdims=True)
    log_p = scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    return -np.mean(np.sum(log_p * y, axis=1))


def sigmoid(x):
    return 0.5 * (np.tanh(0.5 * x) + 1.0)


def lstm(gates, bias, output, inputs, targets):
    n = inputs.shape[1]
    h = np.zeros((n, HIDDEN))
    c = np.zeros((n, HIDDEN))
    total = 0.0
    for x, y in zip(inputs, targets):
        z = np.concatenate([x, h], axis=1) @ gates + bias
        forget = sigmoid(z[:, :HIDDEN])
        read = sigmoid(z[:, HIDDEN : 2 * HIDDEN])
        write = sigmoid(z[:, 2 * HIDDEN : 3 * HIDDEN])
        c = forget * c + read * np.tanh(z[:, 3 * HIDDEN :])
        h = write * np.tanh(c)
        scores = h @ output
        scores = scores - np.amax(scores, axis=1, keepdims=True)
        log_total = np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
        total = total - np.sum((scores - log_total) * y)
    return total / (n * len(inputs))


def squares(x):
    total = 0.0
    for i in range(len(x)):
        total = total + 0.5 * x[i] ** 2
    return total


def neighbours(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def written(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] * np.sin(x[i])
    return np.sum(y * y)


def network_arguments() -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    sizes = [784, 200, 100, 10]
    weights: list[Any] = []
    for a, b in pairwise(sizes):
        weights += [rng.normal(size=(a, b)) / np.sqrt(a), np.zeros(b)]
    labels = np.eye(10)[rng.integers(0, 10, 256)]
    return rng.normal(size=(256, 784)), labels, *weights


def lstm_arguments() -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    letters = np.eye(LETTERS)[rng.integers(0, LETTERS, (TIME + 1, BATCH))]
    return (
        0.1 * rng.normal(size=(LETTERS + HIDDEN, 4 * HIDDEN)),
        np.zeros(4 * HIDDEN),
        0.1 * rng.normal(size=(HIDDEN, LETTERS)),
        letters[:-1],
        letters[1:],
    )


def elements(n: int) -> tuple[Any, ...]:
    return (np.random.default_rng(0).normal(size=n),)


def cpu_seconds(f: Callable[..., Any], *args: Any, rounds: int = 7, least: float = 0.02) -> float:
    """Seconds of processor time that a call takes, the best of several rounds.

    Processor time, because one that others use too would add theirs to a wall clock.
    """
    f(*args)
    count, elapsed = 1, 0.0
    while elapsed < least:
        count *= 2
        elapsed = _round(f, args, count)
    return min(_round(f, args, count) for _ in range(rounds)) / count


def _round(f: Callable[..., Any], args: Sequence[Any], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        f(*args)
    return time.process_time() - start


class Rows:
    """A table of measured ratios, and whether all of them keep their bounds."""

    def __init__(self) -> None:
        self.failed = False
        print(f"{'':34} {'CPU s':>9} {'/ function':>10}  statements")

    def add(self, name: str, seconds: float, base: float, note: str = "") -> None:
        print(f"{name:34} {seconds:9.5f} {seconds / base:10.2f}  {note}", flush=True)

    def check(self, name: str, ratio: float, bound: float) -> None:
        passed = ratio <= bound
        self.failed = self.failed or not passed
        print(f"{name}: {ratio:.2f} (bound {bound:g}): {'pass' if passed else 'FAIL'}", flush=True)


def with_numpy(function: FunctionType, module: Any) -> Callable[..., Any]:
    """The same function with another NumPy."""
    names = {**function.__globals__, "np": module}
    for name in ("sigmoid",):
        names[name] = FunctionType(names[name].__code__, names)
    return FunctionType(function.__code__, names)


def peers(function: Any, args: Sequence[Any], wrt: tuple[int, ...]) -> dict[str, Callable[[], Any]]:
    """The gradient and value by others, ready to be timed."""
    found: dict[str, Callable[[], Any]] = {}
    if importlib.util.find_spec("autograd"):
        import autograd
        import autograd.numpy as anp

        def packed(some: Any) -> Any:
            full = list(args)
            for k, value in zip(wrt, some):
                full[k] = value
            return swapped(*full)

        swapped = with_numpy(function, anp)
        slope = autograd.value_and_grad(packed)
        weights = tuple(args[k] for k in wrt)
        found["autograd"] = lambda: slope(weights)
    if importlib.util.find_spec("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)
        compiled = jax.jit(jax.value_and_grad(with_numpy(function, jax.numpy), argnums=wrt))
        arrays = [jax.numpy.asarray(a) for a in args]
        found["jax (jit)"] = lambda: jax.block_until_ready(compiled(*arrays))
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_default_dtype(torch.float64)
        torch.set_num_threads(1)
        eager = with_numpy(function, torch)
        tensors = [torch.tensor(a, requires_grad=k in wrt) for k, a in enumerate(args)]

        def backward() -> Any:
            for k in wrt:
                tensors[k].grad = None
            value = eager(*tensors)
            value.backward()
            return value.detach(), tuple(tensors[k].grad for k in wrt)

        found["torch"] = backward
    return found


def one(
    rows: Rows, name: str, function: Any, args: Sequence[Any], wrt: tuple[int, ...], others: bool
) -> tuple[float, float]:
    """Measure one function; its gradient's ratio and the seconds of the gradient."""
    g = value_and_grad(function, wrt=wrt)
    value, gradient = g(*args)
    # In turn, so that a change of clock speed meets both.
    pairs = [(cpu_seconds(function, *args), cpu_seconds(g, *args)) for _ in range(3)]
    base, own = min(a for a, _ in pairs), min(b for _, b in pairs)
    rows.add(name, base, base)
    rows.add("  symdiff", own, base, f"{len(g.program(*args))}")
    if others:
        for peer, call in peers(function, args, wrt).items():
            their_value, theirs = call()
            assert np.isclose(float(their_value), value, rtol=1e-9)
            for a, b in zip(gradient, theirs):
                np.testing.assert_allclose(a, np.asarray(b), rtol=1e-6, atol=1e-12)
            rows.add(f"  {peer}", cpu_seconds(call), base)
    return own / base, own


CASES: dict[str, tuple[Any, Callable[[], tuple[Any, ...]], tuple[int, ...]]] = {
    "network": (network, network_arguments, tuple(range(2, 8))),
    "lstm": (lstm, lstm_arguments, (0, 1, 2)),
    "squares": (squares, lambda: elements(10), (0,)),
    "neighbours": (neighbours, lambda: elements(10), (0,)),
    "written": (written, lambda: elements(10), (0,)),
}


def main() -> None:
    if sys.argv[1:2] == ["--source"]:
        function, make, wrt = CASES[sys.argv[2]]
        print(value_and_grad(function, wrt=wrt).generated_source(*make()))
        return
    rows = Rows()
    for name in ("network", "lstm"):
        function, make, wrt = CASES[name]
        args = make()
        weights = sum(args[k].size for k in wrt)
        ratio, _ = one(rows, f"{name}, {weights:,} weights", function, args, wrt, others=True)
        rows.check(f"{name}: gradient and value / function", ratio, BOUND)
    for name in ("squares", "neighbours", "written"):
        function, _, wrt = CASES[name]
        cost = {}
        for n in (100, 1000, 10000):
            few = n <= 100 and name != "written"  # JAX takes minutes to compile a long loop
            _, seconds = one(rows, f"{name}, n = {n}", function, elements(n), wrt, others=few)
            cost[n] = seconds / n
        rows.check(
            f"{name}: cost of an element at 10,000 / at 1,000", cost[10000] / cost[1000], GROWTH
        )
    sys.exit(1 if rows.failed else 0)


if __name__ == "__main__":
    main()
