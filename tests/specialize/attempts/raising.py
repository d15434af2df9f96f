"""What raises at one input and not at another."""

from __future__ import annotations

import contextlib
import math

import numpy as np

from ._attempt import attempt

XS = (1.5, 800.0, 0.0, -2.0, 1e-320, 1.5, 3.0)


def raising(name, f):
    def make():
        return f, [], XS

    make.__name__ = "raising_" + name
    attempt(make)


def caught(g, *errors):
    kinds = errors or (Exception,)

    def f(x):
        try:
            y = g(x)
        except kinds:
            return x * 3
        return y * x

    return f


raising("exp", caught(lambda x: math.exp(x), OverflowError))


raising("div", caught(lambda x: 1 / x, ZeroDivisionError))


raising("log", caught(lambda x: math.log(x), ValueError))


raising("sqrt", caught(lambda x: math.sqrt(x), ValueError))


raising("pow", caught(lambda x: x**300.0, OverflowError))


raising("floordiv", caught(lambda x: 1 // x, ZeroDivisionError))


raising("mod", caught(lambda x: 1 % x, ZeroDivisionError))


raising("int", caught(lambda x: int(1e300 * x * 1e300), OverflowError))


raising("chain", caught(lambda x: math.exp(x) * 0.0 + math.log(x), OverflowError, ValueError))


raising("unused", caught(lambda x: (1 / x, x)[1], ZeroDivisionError))


raising("unused2", caught(lambda x: [math.exp(x), x][1], OverflowError))


raising("cosh", caught(lambda x: math.cosh(x)))


raising("fsum", caught(lambda x: math.fsum([1e308 * x, 1e308 * x])))


raising("gamma", caught(lambda x: math.gamma(x)))


raising("fmod", caught(lambda x: math.fmod(1.0, x)))


raising("acos", caught(lambda x: math.acos(x)))


raising("round", caught(lambda x: round(1e308 * x * 10)))


raising("complexpow", caught(lambda x: (x**0.5) * 1.0 if x >= 0 else x))


raising("truediv_int", caught(lambda x: int(x) / int(x)))


def suppressing(x):
    y = 0.0
    with contextlib.suppress(OverflowError, ZeroDivisionError):
        y = math.exp(x) / x
    return y + x


raising("suppress", suppressing)


def inner_try(x):
    def h(t):
        try:
            return 1 / t
        except ZeroDivisionError:
            return 0.0

    return h(x) * x + h(x - 1.5) + x


raising("inner", inner_try)


def tryfinally(x):
    s = x
    try:
        try:
            s = s + math.exp(x)
        finally:
            s = s * 2
    except OverflowError:
        return s
    return s


raising("finally", tryfinally)


def tryelse(x):
    try:
        y = math.exp(x)
    except OverflowError:
        y = 1.0
    else:
        y = 2.0
    return y * x


raising("else", tryelse)


def loop(x):
    s = 0.0
    for k in range(3):
        try:
            s += 1 / (x - k)
        except ZeroDivisionError:
            continue
        s += x
    return s


raising("loop", loop)


def array_raise(x):
    with np.errstate(all="raise"):
        try:
            return float(np.exp(np.array([x]))[0])
        except FloatingPointError:
            return x


raising("errstate", array_raise)
