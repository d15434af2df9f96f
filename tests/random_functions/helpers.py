"""What random functions read beside the libraries, and what takes its place for the oracle."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from typing import Any, NamedTuple

from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from ..oracle import MP


@dataclasses.dataclass
class Record:
    """Two numbers, and one made of them."""

    a: Any
    b: Any
    c: Any = 0.5

    def __post_init__(self):
        self.c = self.a * self.c

    def total(self):
        return self.a + self.b


class Pair(NamedTuple):
    """Two numbers."""

    a: Any
    b: Any

    def total(self):
        return self.a - self.b


def flow(a, b):
    """The state at time one of a system with one number and a source."""
    rate = 0.5 + abs(a)
    found = solve_ivp(
        lambda t, u: [b - rate * u[0]], (0.0, 1.0), [1.0], t_eval=[0.5, 1.0], rtol=1e-9, atol=1e-11
    )
    return found.y[0, -1]


def root(a):
    """The real root of a cubic that grows."""
    return brentq(lambda z: z**3 + z - a, -20.0, 20.0, xtol=1e-14, rtol=1e-14)


def _exact_flow(a: Any, b: Any) -> Any:
    rate = MP.mpf("0.5") + abs(a)
    return b / rate + (1 - b / rate) * MP.exp(-rate)


def _exact_root(a: Any) -> Any:
    z = MP.mpf(0) if abs(a) < 1 else MP.sign(a) * MP.cbrt(abs(a))
    for _ in range(60):
        z = z - (z**3 + z - a) / (3 * z**2 + 1)
    return z


NAMES: dict[str, Any] = {
    "contextlib": contextlib,
    "dataclasses": dataclasses,
    "functools": functools,
    "Pair": Pair,
    "Record": Record,
    "flow": flow,
    "root": root,
}
EXACT: dict[str, Any] = {"flow": _exact_flow, "root": _exact_root}
"""What takes the place of a name for the oracle."""
