"""What a function reads from outside, and the checks that this makes."""

from __future__ import annotations

import collections
import math
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np

from symdiff import grad

from .cases import emitted

RATE = 2.0
COUNT = 3
WEIGHTS = np.array([1.0, 2.0, 3.0])
TABLE = {"a": 1.0, "b": [2.0, 3.0], 4: (5.0, "kind")}
NAMES = ["a", "b"]
QUEUE = collections.deque([1.0, 2.0], maxlen=4)
USUAL = collections.defaultdict(float, {"k": 1.5})
KINDS = {"sin", "cos"}
LOG: list[float] = []


class Model:
    scale = 2.0
    __slots__ = ("bias", "parts")

    def __init__(self):
        self.bias, self.parts = 0.5, [1.0, 2.0]

    @property
    def doubled(self):
        return self.bias * 2.0

    def __call__(self, x):
        return self.scale * x + self.doubled + self.parts[1]


class Ordinary:
    def __init__(self):
        self.gain, self.calls = 3.0, 0

    def apply(self, x):
        self.calls += 1
        return self.gain * x


@dataclass
class Settings:
    rate: float = 0.1
    steps: int = 3
    names: tuple[str, ...] = ("a",)
    more: dict[str, float] = field(default_factory=lambda: {"m": 2.0})


class Pair(NamedTuple):
    left: float
    right: float


MODEL, ORDINARY, SETTINGS, PAIR = Model(), Ordinary(), Settings(), Pair(1.0, 2.0)


def helper(x, k=COUNT):
    return x * RATE + k


def made_with(c, d):
    def inner(x):
        return c * x + d

    return inner


INNER = made_with(2.0, 1)
BOUND = partial(helper, k=7)


@emitted((0.5,), by=grad)
def globals_and_helpers(x):
    return helper(x) * RATE + BOUND(x) + INNER(x) * x


@emitted((0.5,), by=grad)
def containers(x):
    total = TABLE["a"] * x + TABLE["b"][1] * x**2 + TABLE[4][0]
    for name in NAMES:
        total = total * x if name in TABLE else total
    return total + QUEUE[-1] * x + USUAL["k"] + (x if "sin" in KINDS else 0.0) * len(QUEUE)


@emitted((0.5,), by=grad)
def objects(x):
    return MODEL(x) * ORDINARY.apply(x) + SETTINGS.rate * x * SETTINGS.more["m"] + PAIR.right * x


@emitted((0.5,), by=grad)
def kept_outside(x):
    LOG.append(x * x)
    del LOG[:-2]
    TABLE["last"] = x
    return LOG[-1] * x


@emitted((np.array([1.0, 2.0, 3.0]),), by=grad)
def arrays_outside(x):
    w = WEIGHTS[1:] * 2.0
    return np.sum(x[1:] * w) + (x[0] if WEIGHTS.flags.writeable else 0.0) * WEIGHTS.shape[0]


@emitted(({"w": np.ones(2), "b": 0.5}, [1.0, (2.0, 3)]), by=grad)
def arguments_of_containers(p, rest):
    s = np.sum(p["w"]) * p["b"] + rest[0] * rest[1][0] * rest[1][1]
    return s if len(rest) == 2 else s * 2.0


@emitted((0.5, None, "sin"), (0.5, None, "cos"), (0.5, 2.0, "cos"), by=lambda f: grad(f, wrt=0))
def options(x, scale=None, kind="sin"):
    y = math.sin(x) if kind == "sin" else math.cos(x)
    return y if scale is None else y * scale


@emitted((Settings(), 0.5), by=lambda f: grad(f, wrt=1))
def an_object_given(settings, x):
    for _ in range(settings.steps):
        x = x - settings.rate * x**2
    return x if isinstance(settings, Settings) and hasattr(settings, "names") else 0.0


@emitted((0.5,), by=grad)
def classes_and_types(x):
    kind = type(x)
    return kind(2) * x + Model.scale * x + (x if issubclass(Ordinary, object) else 0.0)
