"""Branches that meet again, and paths that do not."""

from __future__ import annotations

import math

import numpy as np

from symdiff import grad, hessian, jvp

from .cases import emitted

POINTS = ((0.5,), (-0.5,), (2.0,))


def along(f):
    return lambda x: jvp(f, (x,), (1.0,))


@emitted(*POINTS, by=(grad, along, hessian))
def one_meeting(x):
    if x > 0.0:
        y = math.sin(x)
    else:
        y = x * x
    return y * math.exp(y)


@emitted(*POINTS, by=grad)
def two_in_turn(x):
    y = x if x > 0.0 else -2.0 * x
    if y > 1.0:
        y = math.sqrt(y)
        z = y * 3.0
    else:
        z = y**3
    return y * z


@emitted(*POINTS, by=grad)
def one_inside_another(x):
    y, z = x, 1.0
    if x > 0.0:
        if x > 1.0:
            z = x * x
        else:
            y = math.cos(x)
    else:
        z = 2.0
    return y * z + z


@emitted(*POINTS, by=grad)
def arms_that_return(x):
    if x < 0.0:
        return -x
    y = x * x
    if y > 1.0:
        return math.log(y)
    return y


@emitted((np.array([1.0, -2.0, 3.0]),), (np.array([-1.0, 2.0, 0.5]),), by=grad)
def of_elements(x):
    s = 0.0
    if x[0] > 0.0:
        s += x[0] * x[1]
    if x[1] > 0.0 and x[2] > 1.0:
        s *= x[2]
    return s + x[2]


@emitted((np.array([1.0, -2.0, 3.0]),), (np.array([-1.0, 2.0, 0.5]),), by=(grad, hessian))
def of_whole_arrays(x):
    if np.sum(x) > 1.7:
        y = np.exp(x)
    else:
        y = x * x
    return np.sum(y * x)


@emitted(*POINTS, by=grad)
def matched(x):
    match (x > 0.0, x > 1.0):
        case (True, True):
            y = x * 3.0
        case (True, _):
            y = x**2
        case _:
            y = 1.0
    return y * x


@emitted((0.5, 1.5), (1.5, 0.5), by=grad)
def ordered(x, y):
    if x > y:
        x, y = y, x
    return x * y + y


@emitted((0.5,), (0.0,), by=grad)
def in_an_arm_alone(x):
    y = math.sin(x) / x if x != 0.0 else 1.0
    return y * x


@emitted((0.5, 1.5), (-0.5, 1.5), by=lambda f: grad(f, wrt=0))
def what_an_arm_computes_of_constants(x, c):
    if x > 0.0:
        t = math.exp(c) * 2.0
        y = t * x * x
    else:
        y = math.sqrt(c) / x
    return y * y


@emitted((0.3, 50), (-0.3, 50), by=lambda f: grad(f, wrt=0))
def a_loop_in_an_arm(x, n):
    y = x
    if x > 0.0:
        for k in range(n):
            y = math.sin(y) + 0.1 * k
    else:
        y = x * x
    return y * x
