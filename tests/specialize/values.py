"""Values of many types, for a place that a function reads."""

from __future__ import annotations

import collections
import enum
import functools
import math
import sys
import types
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np


def use(value: Any, x: Any) -> Any:
    """A number that depends on everything about a value."""
    if value is None:
        return x * 7
    if isinstance(value, str):
        return x * len(value)
    if isinstance(value, bool):
        return x * x if value else x * 3
    if isinstance(value, int | float | np.floating):
        return x * value + (x * x if isinstance(value, int) else 0.0)
    if isinstance(value, np.ndarray):
        y = x * value.sum() * value.size + value.ndim * x * x
        return y * 2 if value.dtype == np.float32 else y
    if isinstance(value, dict):
        return sum(use(v, x) * (k + 1) for k, v in enumerate(value.values())) + len(value) * x
    if isinstance(value, list | tuple | set | frozenset | collections.deque):
        y = x * len(value)
        for k, v in enumerate(value):
            y = y + use(v, x) * (k + 1)
        return y
    if callable(value):
        return value(x)
    return use(value.inner, x)


def square(x):
    return x * x


def cube(x):
    return x**3


class Color(enum.Enum):
    """Two members with different values."""

    RED = 2.0
    BLUE = 5.0


class Pair(NamedTuple):
    """A named tuple."""

    a: Any
    b: Any


VALUES: list[Any] = [
    2.0,
    3.5,
    3,
    0,
    True,
    False,
    None,
    "ab",
    "abc",
    np.float32(2.5),
    np.float64(3.0),
    np.arange(3.0),
    np.arange(4.0),
    np.ones((2, 2)),
    np.ones(3, np.float32),
    np.array(4.0),
    np.array([1, 2]),
    [1.0, 2.0],
    [1.0, 2.5],
    [1, 2.0],
    [1.0],
    [],
    [1.0, [2.0, {"a": 3.0}]],
    [1.0, [2.0, {"a": 4.0}]],
    [1.0, [2.0, {"b": 3.0}]],
    (1.0, 2.0),
    (1.0, 2.0, 3.0),
    {"a": 1.0},
    {"a": 2.0},
    {"b": 1.0},
    {"a": 1.0, "b": np.ones(2)},
    {1: 2.0},
    {1.0, 2.0},
    {1.0, 3.0},
    frozenset({4.0}),
    collections.deque([1.0, 2.0]),
    collections.deque([1.0, 2.0, 3.0]),
    collections.OrderedDict(a=1.0),
    collections.OrderedDict(a=4.0),
    collections.Counter("aab"),
    collections.Counter("aabb"),
    Pair(1.0, 2.0),
    Pair(1.0, 3.0),
    Pair(1.0, None),
    square,
    cube,
    math.sin,
    np.cos,
    abs,
    lambda x: x * 9,
    functools.partial(pow, exp=2),
    functools.partial(use, 3.0),
    functools.partial(use, 4.0),
    SimpleNamespace(inner=1.0),
    SimpleNamespace(inner=2.0),
    SimpleNamespace(inner=SimpleNamespace(inner=[1.0])),
    SimpleNamespace(inner=None),
]


def pool(seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [VALUES[k] for k in rng.integers(0, len(VALUES), 40)]


def module_of(value: Any) -> types.ModuleType:
    module = types.ModuleType("users_settings")
    module.__file__ = "/home/user/users_settings.py"
    module.value = value
    sys.modules["users_settings"] = module
    return module
