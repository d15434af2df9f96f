"""Functions with loops in which `match` and `with` stand, of a number and a count."""

# ruff: noqa: B007

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass

import numpy as np


@dataclass
class Point:
    x: float
    y: float


def numbers_(x, n):
    t = 0.0
    for k in range(n):
        match k % 4:
            case 0:
                t += x
            case 1 | 2:
                t += math.sin(x * k)
            case other:
                t *= 0.9 + 0.01 * other
    return t


def guarded_(x, n):
    t = x
    for k in range(n):
        match t:
            case v if v > 1.0:
                t = 0.3 * v
            case v if k % 5 == 0:
                t = v + 0.5 * x
            case _:
                t = 1.2 * t + 0.01
    return t


def leaves_(x, n):
    t = 0.0
    for k in range(n):
        match k % 5:
            case 1:
                continue
            case 3 if t > 4.0:
                break
            case 4 if t > 3.0:
                return t * 2
        t += 0.3 + x
    else:
        t += 1.0
    return t


def parts_(x, n):
    t = 0.0
    for k in range(n):
        match (k % 2, x * k):
            case (0, v):
                t += v
            case (_, w):
                t -= 0.5 * w
    return t


def steps(x, n):
    for k in range(n):
        match k % 3:
            case 0:
                yield x
            case 1:
                x = x * 0.9 + 0.1
                yield 2 * x


def of_a_generator_(x, n):
    t = 0.0
    for v in steps(x, n):
        match t:
            case s if s > 3.0:
                t = 0.5 * s
                continue
        t += v
    return t


def quiet_inside_(x, n):
    t = 0.0
    for k in range(n):
        with np.errstate(divide="ignore", invalid="ignore"), contextlib.nullcontext():
            t += np.log(x * k + 1.0)
            if t > 30:
                break
    return t


def quiet_around_(x, n):
    t = 0.0
    with np.errstate(all="ignore"):
        for k in range(n):
            if k % 3:
                t += math.sin(x * k)
    return t


ROLLED = [v for k, v in dict(vars()).items() if k.endswith("_") and not k.startswith("_")]


def objects_(x, n):
    p = Point(x, 0.1)
    t = 0.0
    for k in range(n):
        match p:
            case Point(a, b) if a > 0.5:
                p = Point(b, a * 0.5)
            case Point(x=a, y=b):
                p = Point(a + 0.2, b + 0.1)
        match [p.x, p.y, k]:
            case [first, *rest]:
                t += first * len(rest) + sum(rest)
        match {"kind": k % 2, "value": p.y}:
            case {"kind": 0, "value": v}:
                t += v
            case {"kind": 1, **others}:
                t -= others["value"]
    return t


def states_(x, n):
    t = 0.0
    state = ("a", x)
    for k in range(n):
        match state:
            case ("a", v):
                t += v
                state = ("b", v * 0.9)
            case ("b", v):
                t -= 0.5 * v
                state = ("a", v * 0.9)
    return t


def singletons_(x, n):
    t, last = 0.0, None
    for k in range(n):
        match last:
            case None:
                last = x
            case 0.5:
                t += 10
            case _:
                t += last
                last = last * 0.9 if k % 4 else None
        match t > 3.0:
            case True:
                t -= 1
    return t


def bound_before_(x, n):
    v = x
    t = 0.0
    for k in range(n):
        t += v
        match k:
            case 9 | 12 as found:
                v = 0.1 * found
            case 4:
                pass
        t += v
    return t


class Swallowing:
    def __init__(self, log):
        self.log = log

    def __enter__(self):
        self.log.append(1.0)

    def __exit__(self, kind, error, traceback):
        self.log.append(2.0)
        return kind is ZeroDivisionError


def errstate(log):
    return Swallowing(log)


def another_by_the_name_(x, n):
    log = []
    t = 0.0
    for k in range(n):
        with errstate(log):
            t += x / (k - 7)
    with errstate(log):
        for k in range(n):
            t += x / (k - 12)
    return t + sum(log) * x


def caught_around_(x, n):
    t = 0.0
    try:
        with contextlib.nullcontext():
            for k in range(n):
                t += x / (k - 12)
    except ZeroDivisionError:
        t = t * 2
    return t


EITHER = [
    v
    for k, v in dict(vars()).items()
    if k.endswith("_") and not k.startswith("_") and v not in ROLLED
]
