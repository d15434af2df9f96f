"""Second derivatives of Rosenbrock's function."""

from __future__ import annotations

import numpy as np

from .vectors import rosenbrock, start
from .workload import Workload


def diagonals(x):
    inner = x[:-1]
    main = np.empty(len(x))
    main[-1] = 0.0
    first = main[:-1]
    np.multiply(inner, inner, out=first)
    first *= 1200.0
    first -= 400.0 * x[1:]
    first += 2.0
    main[1:] += 200.0
    return main, -400.0 * inner


def hessian_by_hand(x):
    n = len(x)
    result = np.zeros((n, n))
    flat = result.reshape(-1)
    main, beside = diagonals(x)
    flat[:: n + 1] = main
    flat[1 :: n + 1] = beside
    flat[n :: n + 1] = beside
    return result


def product_by_hand(x, v):
    main, beside = diagonals(x)
    main *= v
    main[:-1] += beside * v[1:]
    main[1:] += beside * v[:-1]
    return main


WORKLOADS = [
    *(
        Workload(
            f"Hessian of Rosenbrock {n}",
            rosenbrock,
            lambda n=n: (start(n),),
            hessian_by_hand,
            wanted="hessian",
        )
        for n in (10, 100)
    ),
    Workload(
        "Hessian times vector 1,000",
        rosenbrock,
        lambda: (start(1000), np.cos(np.arange(1000.0))),
        product_by_hand,
        wanted="hvp",
    ),
]
