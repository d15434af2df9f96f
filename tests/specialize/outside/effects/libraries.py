"""Logs, warnings and random numbers."""

from __future__ import annotations

import logging
import random
from types import SimpleNamespace

import numpy as np

from ..worlds import World
from ._world import world


@world
def logging_and_warnings() -> World:
    records: list[str] = []
    logger = logging.Logger("zoo")

    class Handler(logging.Handler):
        def emit(self, record):
            records.append(record.getMessage())

    logger.addHandler(Handler())

    def f(x):
        logger.info("called with %s", x)
        logger.warning(f"{x:.2f}")
        return x * x

    return f, lambda: records


@world
def seeded_inside() -> World:
    def f(x):
        rng = np.random.default_rng(7)
        noise = rng.normal(size=2)
        more = random.Random(3)
        return (x * noise).sum() + more.random() * x + rng.random() * x

    return f, lambda: None


@world
def generators_of_random_numbers() -> World:
    rng = np.random.default_rng(0)
    legacy = np.random.RandomState(1)
    plain = random.Random(2)
    owner = SimpleNamespace(rng=np.random.default_rng(5))

    def f(x):
        a = rng.normal() + rng.uniform(0, 1, size=3).sum() + owner.rng.integers(0, 5)
        b = legacy.rand(2).sum() + legacy.randn()
        c = plain.random() + plain.gauss(0, 1) + plain.choice([1.0, 2.0, 3.0])
        if c > 1:
            return x * x * a
        return x * b * c

    return f, lambda: (rng.random(), legacy.rand(), plain.random(), owner.rng.random())


@world
def shuffled() -> World:
    plain = random.Random(2)
    rng = np.random.default_rng(2)

    def f(x):
        order = [1.0, 2.0, 3.0]
        plain.shuffle(order)
        a, b = plain.sample([1.0, 2.0, 4.0], 2)
        p = rng.permutation(3)
        return order[0] * x + a * x * x + b + p[0] * x

    return f, lambda: plain.random()
