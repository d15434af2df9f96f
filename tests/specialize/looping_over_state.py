"""Functions with loops over what containers and objects hold, of a number and a count."""

# ruff: noqa: B007

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np


class Body:
    def __init__(self, v):
        self.v = v
        self.w = 0.0

    def step(self):
        self.v = self.v * 0.99 + 0.01 * self.w
        self.w += math.sin(self.v)

    def moved(self, h):
        return Body(self.v + h * math.sin(self.v))


class Slotted:
    __slots__ = ("p", "q")

    def __init__(self, p, q):
        self.p, self.q = p, q


class Doubled(Body):
    def step(self):
        super().step()
        self.v = self.v * 0.5

    @property
    def both(self):
        return self.v + self.w

    @both.setter
    def both(self, value):
        self.v = value * 0.3
        self.w = value * 0.7


class Pair(NamedTuple):
    a: float
    b: float

    def turned(self, angle):
        return Pair(self.a - angle * self.b, self.b + angle * self.a)


@dataclass
class Point:
    x: float
    y: float = 0.0
    log: list = field(default_factory=list)


@dataclass(frozen=True)
class Frozen:
    x: float
    y: float

    def next(self):
        return Frozen(self.x * 0.9 + self.y * 0.1, math.cos(self.x))


def dict_(x, n):
    s = {"a": x, "b": 0.0}
    for k in range(n):
        s["a"] = s["a"] * 0.99 + 0.01 * s["b"]
        s["b"] += math.sin(s["a"])
    return s["a"] + s["b"]


def method_(x, n):
    p = Body(x)
    for k in range(n):
        p.step()
    return p.v + p.w


def attribute_(x, n):
    p = Body(x)
    k = 0
    while k < n:
        p.v, p.w = p.v * 0.9 + 0.1 * p.w, p.v
        k += 1
    return p.v * p.w


def self_(x, n):
    class Model:
        def __init__(self):
            self.total = 0.0
            self.at = x

        def run(self, n):
            for k in range(n):
                self.total = self.total + self.at
                self.at *= 0.95
            return self.total

    return Model().run(n)


def base_class_(x, n):
    p = Doubled(x)
    for k in range(n):
        p.step()
        p.both = p.both * 0.5 + 0.1
    return p.v + 2 * p.w


def slots_(x, n):
    s = Slotted(x, 1.0)
    for k in range(n):
        s.p, s.q = s.p * 0.9 + 0.1 * s.q, math.tanh(s.p)
    return s.p * s.q


def tuple_(x, n):
    state = (x, 1.0)
    for k in range(n):
        a, b = state
        state = (a * 0.9 + 0.1 * b, math.sin(a))
    return state[0] * state[1]


def nested_tuple_(x, n):
    state = ((x, 0.5), [1.0, {"u": x}], "name")
    for k in range(n):
        (a, b), [c, d], name = state
        state = ((a * 0.9 + b, b * 0.5), [c * 0.9 + a, {"u": d["u"] + 0.1 * c}], name)
    (a, b), (c, d), name = state
    return a * b + c * d["u"] + len(name)


def list_(x, n):
    state = [x, 1.0]
    for k in range(n):
        state = [state[0] * 0.9 + 0.1 * state[1], math.sin(state[0])]
    return state[0] * state[1]


def comprehension_(x, n):
    state = [x, 1.0, 0.3]
    for k in range(n):
        state = [0.9 * v + 0.1 * math.sin(v) for v in state]
    return sum(state)


def copied_(x, n):
    state = [x, 1.0]
    for k in range(n):
        new = state[:]
        new[0] = state[0] * 0.9 + state[1] * 0.1
        new[1] = math.cos(state[0])
        state = new
    return state[0] - state[1]


def copied_dict_(x, n):
    s = {"a": x, "b": 1.0}
    for k in range(n):
        new = dict(s)
        new["a"] = s["a"] * 0.9 + s["b"] * 0.1
        s = {**new, "b": math.cos(s["a"])}
    return s["a"] - s["b"]


def items_(x, n):
    s = {"a": x, "b": 1.0}
    for k in range(n):
        s = {key: v * 0.9 + 0.1 * math.sin(v) for key, v in s.items()}
    return s["a"] * s["b"]


def written_list_(x, n):
    held = [x, 1.0, 0.0]
    for k in range(n):
        held[0] = held[0] * 0.5 + 0.3
        held[-1] += held[0] * held[1]
    return held[0] + held[2]


def swapped_(x, n):
    held = [x, 1.0]
    for k in range(n):
        held[0], held[1] = held[1] * 0.9, held[0] + 0.1
    return held[0] + 2 * held[1]


def by_function_(x, n):
    def step(state):
        p, v = state
        return (p + 0.01 * v, v - 0.01 * math.sin(p))

    state = (x, 0.0)
    for k in range(n):
        state = step(state)
    return state[0]


def closure_(x, n):
    s = {"a": x, "count": 0}

    def step():
        s["a"] = s["a"] * 0.9 + 0.1 * math.sin(s["a"])
        s["count"] += 1

    for k in range(n):
        step()
    return s["a"] * s["count"]


def named_tuple_(x, n):
    p = Pair(x, 1.0)
    for k in range(n):
        p = p.turned(0.1)
        p = p._replace(a=p.a * 0.99)
    return p.a + 2 * p[1]


def object_(x, n):
    p = Body(x)
    for k in range(n):
        p = p.moved(0.1)
    return p.v + p.w


def frozen_(x, n):
    p = Frozen(x, 0.2)
    for k in range(n):
        p = p.next()
    return p.x * p.y


def dataclass_(x, n):
    p = Point(x)
    for k in range(n):
        p.y = p.y + 0.1 * p.x
        p.x = p.x * math.cos(p.y)
    return p.x + p.y


def branches_(x, n):
    s = {"a": x, "b": 0.0, "hits": 0}
    for k in range(n):
        if s["a"] > 0.5:
            s["a"] = s["a"] * 0.7
            s["hits"] += 1
        else:
            s["b"] = s["b"] + s["a"]
            s["a"] += 0.21
    return s["a"] + s["b"] + s["hits"]


def break_(x, n):
    p = Body(x)
    for k in range(n):
        p.step()
        if p.w > 2.0:
            p.w = p.w - 1.0
            break
    return p.v + p.w


def return_(x, n):
    s = [x, 0.0]
    for k in range(n):
        s[0] = s[0] * 1.1
        if s[0] > 3.0:
            s[1] = 5.0
            return s[0] + s[1]
    return s[0] - s[1]


def nested_loops_(x, n):
    s = {"a": x, "t": 0.0}
    for k in range(n):
        s["t"] += 0.1 * s["a"]
        for j in range(n):
            s["a"] = s["a"] * 0.99 + 0.001 * j
    return s["a"] + s["t"]


def nested_tuples_(x, n):
    state = (x, 0.0)
    for k in range(n):
        for j in range(n):
            state = (state[0] * 0.99, state[1] + state[0])
        state = (state[0] + 0.1, state[1] * 0.5)
    return state[0] + state[1]


def several_objects_(x, n):
    bodies = [Body(x), Body(x * x), Body(1.0)]
    for k in range(n):
        for p in bodies:
            p.step()
        bodies[0].v += 0.1 * bodies[1].w
    return sum([p.v + p.w for p in bodies])


def arrays_(x, n):
    s = {"u": np.linspace(0.0, 1.0, 5) * x, "t": 0.0}
    for k in range(n):
        s["u"] = s["u"] * 0.9 + 0.1 * np.sin(s["u"])
        s["t"] = s["t"] + np.sum(s["u"])
    return s["t"]


def arrays_in_place_(x, n):
    p = Body(np.linspace(0.0, 1.0, 5) * x)
    for k in range(n):
        p.v += 0.1 * np.sin(p.v)
        p.w = p.w + p.v[1] * p.v[2]
    return p.w + np.sum(p.v)


def array_element_(x, n):
    s = {"u": np.zeros(4)}
    for k in range(n):
        s["u"][k % 4] = s["u"][(k + 1) % 4] * 0.5 + x
    return np.sum(s["u"] * s["u"])


def aliased_names_(x, n):
    s = {"a": x, "b": 1.0}
    t = s
    for k in range(n):
        s["a"] = s["a"] * 0.9 + t["b"] * 0.1
        t["b"] = math.cos(t["a"])
    return s["b"] + t["a"]


def alias_in_place_(x, n):
    held = [x, 1.0]
    outer = {"held": held, "t": 0.0}
    for k in range(n):
        held[0] = held[0] * 0.9 + 0.05
        outer["t"] += outer["held"][0]
    return outer["t"] + held[1]


def previous_(x, n):
    before = (x, 0.0)
    state = (x * 0.5, 1.0)
    for k in range(n):
        before, state = state, (state[0] + 0.1 * before[1], before[0] * 0.9)
    return before[0] + state[1]


def previous_list_(x, n):
    before = [x, 0.0]
    state = [x * 0.5, 1.0]
    for k in range(n):
        before, state = state, [state[0] + 0.1 * before[1], before[0] * 0.9]
    return before[0] + state[1]


def tuple_attribute_(x, n):
    p = Body((x, 0.5))
    for k in range(n):
        a, b = p.v
        p.v = (a * 0.9 + b, b * 0.8)
        p.w = p.w + p.v[0]
    return p.w + p.v[1]


def list_attribute_(x, n):
    p = Body([x, 0.5])
    for k in range(n):
        p.v = [p.v[0] * 0.9 + p.v[1], p.v[1] * 0.8]
        p.w = p.w + p.v[0]
    return p.w + p.v[1]


def integer_first_(x, n):
    s = {"t": 0, "u": x}
    for k in range(n):
        s["t"] = s["t"] + s["u"]
        s["u"] = s["u"] * 0.9
    return s["t"]


def temporary_(x, n):
    t = x
    for k in range(n):
        p = Body(t)
        p.step()
        s = {"a": p.v, "b": p.w}
        s["c"] = s["a"] + s["b"]
        t = t * 0.5 + s["c"] * 0.1
    return t


ROLLED = [v for k, v in dict(vars()).items() if k.endswith("_") and not k.startswith("_")]
