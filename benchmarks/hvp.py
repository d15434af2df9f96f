"""What a Hessian times a vector costs, against a value and a gradient, in one run.

python benchmarks/hvp.py
"""

from __future__ import annotations

import numpy as np
from _timing import per_call, show, verdict

from symdiff import hessian, hvp, value_and_grad

BOUND = 4.0


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def mixed(x):
    return np.sum(np.tanh(x[1:] * x[:-1]) + np.exp(-(x[1:] ** 2))) + np.sqrt(1 + x @ x)


def main() -> None:
    rows = [("hvp of, at n", "microseconds", "/ value_and_grad")]
    worst = 0.0
    for f in (rosenbrock, mixed):
        for n in (10, 1_000, 100_000):
            x, v = np.linspace(-1.0, 1.0, n), np.cos(np.arange(n))
            both, product = value_and_grad(f), hvp(f)
            pairs = [
                (per_call(product, x, v, repeats=3), per_call(both, x, repeats=3)) for _ in range(5)
            ]
            ratio, own = sorted((a / b, a) for a, b in pairs)[2]
            worst = max(worst, ratio)
            if n <= 10:
                assert np.allclose(hessian(f)(x) @ v, product(x, v))
            rows.append((f"{f.__name__}, {n}", f"{1e6 * own:.0f}", f"{ratio:.2f}"))
    show(rows)
    verdict("hvp / value_and_grad", worst, BOUND)


if __name__ == "__main__":
    main()
