"""Objects and functions that count, keep and act."""

from __future__ import annotations

import dataclasses
import functools
from types import SimpleNamespace
from typing import Any

from ..worlds import World
from ._world import world


@world
def bound_method_from_outside() -> World:
    values: list[float] = []
    append = values.append

    def f(x):
        append(x)
        return x * x

    return f, lambda: values


@world
def mutable_default() -> World:
    def helper(x, seen=[]):  # noqa: B006
        seen.append(x)
        return x * len(seen)

    def f(x):
        return helper(x) + helper(2 * x)

    return f, lambda: helper.__defaults__


@world
def own_mutable_default() -> World:
    def f(x, seen=[]):  # noqa: B006
        seen.append(x)
        return x * len(seen)

    return f, lambda: f.__defaults__


@world
def function_attribute() -> World:
    def f(x):
        f.calls += 1
        return x * f.calls

    f.calls = 0
    return f, lambda: f.calls


@world
def decorator_that_counts() -> World:
    log: list[str] = []

    def counted(g):
        @functools.wraps(g)
        def wrapper(*args, **kwargs):
            wrapper.calls += 1
            log.append(g.__name__)
            return g(*args, **kwargs)

        wrapper.calls = 0
        return wrapper

    @counted
    def helper(x):
        return x * x

    @counted
    def f(x):
        return helper(x) + helper(x + 1)

    return f, lambda: (log, f.calls, helper.calls)


@world
def cached_helper() -> World:
    log: list[int] = []

    @functools.lru_cache
    def coefficient(n):
        log.append(n)
        return n * 2.0

    def f(x):
        return coefficient(2) * x + coefficient(3) * x + coefficient(2)

    return f, lambda: (log, coefficient.cache_info())


@world
def property_with_effects() -> World:
    class Sensor:
        def __init__(self):
            self.reads = 0
            self._value = 2.0

        @property
        def value(self):
            self.reads += 1
            return self._value

        @value.setter
        def value(self, new):
            self.reads += 10
            self._value = new

    sensor = Sensor()

    def f(x):
        y = sensor.value * x
        sensor.value = sensor._value + 1.0
        return y + sensor.value

    return f, lambda: vars(sensor)


@world
def getattr_with_effects() -> World:
    class Lazy:
        def __init__(self):
            self.asked = []

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            self.asked.append(name)
            return len(name) * 1.0

    lazy = Lazy()

    def f(x):
        return lazy.abc * x + lazy.de

    return f, lambda: lazy.asked


@world
def descriptor_with_effects() -> World:
    class Field:
        reads = 0

        def __get__(self, owner, kind):
            Field.reads += 1
            return owner.store

        def __set__(self, owner, value):
            owner.store = value

    class Holder:
        field = Field()

        def __init__(self):
            self.store = 3.0

    holder = Holder()

    def f(x):
        holder.field = holder.field * 2.0
        return holder.field * x

    return f, lambda: (vars(holder), Field.reads)


@world
def slots() -> World:
    class Slotted:
        __slots__ = ("n", "values")

        def __init__(self):
            self.n = 0
            self.values = []

    owner = Slotted()

    def f(x):
        owner.n += 1
        owner.values.append(x)
        return owner.n * x * len(owner.values)

    return f, lambda: (owner.n, owner.values)


@world
def dataclass_fields() -> World:
    @dataclasses.dataclass
    class State:
        n: int = 0
        values: list = dataclasses.field(default_factory=list)

    @dataclasses.dataclass(frozen=True)
    class Frozen:
        state: State

    frozen = Frozen(State())

    def f(x):
        frozen.state.n += 1
        frozen.state.values.append(x)
        return x * frozen.state.n

    return f, lambda: dataclasses.asdict(frozen)


@world
def frozen_refuses() -> World:
    @dataclasses.dataclass(frozen=True)
    class Frozen:
        a: float = 2.0

    frozen = Frozen()
    log: list[str] = []

    def f(x):
        try:
            frozen.a = x
        except dataclasses.FrozenInstanceError:
            log.append("frozen")
        return frozen.a * x

    return f, lambda: (frozen.a, log)


@world
def objects_in_lists_in_dicts() -> World:
    model = {"layers": [SimpleNamespace(n=0, w=2.0), SimpleNamespace(n=0, w=3.0)]}

    def f(x):
        for layer in model["layers"]:
            layer.n += 1
            x = x * layer.w
        return x * model["layers"][0].n

    return f, lambda: [vars(layer) for layer in model["layers"]]


@world
def instances_made_inside() -> World:
    class Node:
        made = 0
        registry: Any = []

        def __init__(self, v):
            Node.made += 1
            self.registry.append("node")
            self.v = v

    def f(x):
        a, b = Node(x), Node(x * x)
        return a.v * b.v * Node.made

    return f, lambda: (Node.made, Node.registry)


@world
def object_as_function() -> World:
    class Loss:
        def __init__(self):
            self.calls = 0

        def __call__(self, x):
            self.calls += 1
            return x * x * self.calls

    loss = Loss()
    return loss, lambda: loss.calls


@world
def operators_with_effects() -> World:
    log: list[str] = []

    class Money:
        def __init__(self, v):
            self.v = v

        def __add__(self, other):
            log.append("add")
            return Money(self.v + other.v)

        def __getitem__(self, k):
            log.append("item")
            return self.v * k

        def __len__(self):
            log.append("len")
            return 2

        def __contains__(self, k):
            log.append("in")
            return k == 2

        def __iter__(self):
            log.append("iter")
            return iter([self.v, 2.0])

        def __bool__(self):
            log.append("bool")
            return True

    base = Money(3.0)

    def f(x):
        total = base + Money(x)
        a, b = total
        y = a * b + total[2] + len(base) * x
        if 2 in base:
            y = y + x
        if base:
            y = y * 2
        return y

    return f, lambda: log
