"""Formulas of a few numbers."""

from __future__ import annotations

import math

from .workload import Workload

ROOT_2 = math.sqrt(2.0)
ROOT_2_PI = math.sqrt(2.0 * math.pi)


def cubic(x):
    return x**3 - 2 * x + math.sin(x)


def cubic_by_hand(x):
    return 3.0 * x * x - 2.0 + math.cos(x)


def normal(x):
    return 0.5 * (1.0 + math.erf(x / ROOT_2))


def black_scholes(spot, strike, rate, volatility, time):
    root = volatility * math.sqrt(time)
    first = (math.log(spot / strike) + (rate + volatility**2 / 2) * time) / root
    second = first - root
    return spot * normal(first) - strike * math.exp(-rate * time) * normal(second)


def black_scholes_by_hand(spot, strike, rate, volatility, time):
    root_time = math.sqrt(time)
    root = volatility * root_time
    first = (math.log(spot / strike) + (rate + 0.5 * volatility * volatility) * time) / root
    delta = 0.5 + 0.5 * math.erf(first / ROOT_2)
    below = math.exp(-rate * time) * (0.5 + 0.5 * math.erf((first - root) / ROOT_2))
    density = spot * math.exp(-0.5 * first * first) / ROOT_2_PI
    paid = strike * below
    return (
        delta,
        -below,
        time * paid,
        density * root_time,
        rate * paid + 0.5 * density * volatility / root_time,
    )


def scaled(x, scale=2.0):
    return scale * x * math.sin(x)


def scaled_by_hand(x, scale=2.0):
    return scale * (math.sin(x) + x * math.cos(x))


WORKLOADS = [
    Workload("x**3 - 2x + sin x", cubic, lambda: (0.7,), cubic_by_hand),
    Workload(
        "Black-Scholes, 5 Greeks",
        black_scholes,
        lambda: (100.0, 95.0, 0.03, 0.2, 1.5),
        black_scholes_by_hand,
        by=(0, 1, 2, 3, 4),
    ),
    Workload("two numbers", scaled, lambda: (0.7, 2.0), scaled_by_hand),
    Workload("a keyword argument", scaled, lambda: (0.7,), scaled_by_hand, keywords={"scale": 2.0}),
    Workload("a default left out", scaled, lambda: (0.7,), scaled_by_hand),
]
