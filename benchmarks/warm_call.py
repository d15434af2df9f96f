"""What a warm gradient call of a tiny scalar function costs, against the bare compiled function.

    python benchmarks/warm_call.py

The bare function is what SymPy's lambdify makes of the derivative; autograd, JAX and PyTorch are
shown where they are installed.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from typing import Any

import sympy
from _timing import per_call, show, verdict

from symdiff import grad

BOUND = 4.0


def f(x: float) -> float:
    return x**3 - 2 * x + math.sin(x)


def by_hand(x: float) -> float:
    return 3 * x**2 - 2 + math.cos(x)


def lambdified() -> Callable[[float], float]:
    x = sympy.Symbol("x", real=True)
    bare: Callable[[float], float] = sympy.lambdify(
        [x], sympy.diff(x**3 - 2 * x + sympy.sin(x), x), modules="math"
    )
    return bare


def peers() -> dict[str, tuple[Callable[..., Any], Any]]:
    """Gradients of the same function by others, each with the argument it takes."""
    found: dict[str, tuple[Callable[..., Any], Any]] = {}
    if importlib.util.find_spec("autograd"):
        import autograd
        import autograd.numpy as anp

        found["autograd"] = (autograd.grad(lambda x: x**3 - 2 * x + anp.sin(x)), 1.5)
    if importlib.util.find_spec("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)
        jitted = jax.jit(jax.grad(lambda x: x**3 - 2 * x + jax.numpy.sin(x)))
        found["jax (jit)"] = (lambda x: jitted(x).block_until_ready(), 1.5)
    if importlib.util.find_spec("torch"):
        import torch

        def backward(x: Any) -> Any:
            x.grad = None
            y = x**3 - 2 * x + torch.sin(x)
            y.backward()
            return x.grad

        found["torch"] = (backward, torch.tensor(1.5, dtype=torch.float64, requires_grad=True))
    return found


def main() -> None:
    g = grad(f)
    bare = lambdified()
    assert math.isclose(g(1.5), bare(1.5), rel_tol=1e-15)
    # Measured next to each other, in turn, so that a change of clock speed meets both.
    pairs = [(per_call(g, 1.5, repeats=5), per_call(bare, 1.5, repeats=5)) for _ in range(7)]
    ratio, own, base = sorted((a / b, a, b) for a, b in pairs)[len(pairs) // 2]

    rows = [("x**3 - 2*x + sin(x) at 1.5", "microseconds", "/ bare")]
    timed = [("bare lambdified derivative", base), ("symdiff, warm g(1.5)", own)]
    timed.append(("derivative by hand", per_call(by_hand, 1.5)))
    for name, (gradient, argument) in peers().items():
        assert math.isclose(float(gradient(argument)), bare(1.5), rel_tol=1e-14)
        timed.append((name, per_call(gradient, argument)))
    rows += [(name, f"{1e6 * t:.2f}", f"{t / base:.1f}") for name, t in timed]
    show(rows)
    verdict("symdiff / bare", ratio, BOUND)


if __name__ == "__main__":
    main()
