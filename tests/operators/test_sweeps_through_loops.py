"""Several sweeps through one loop or branch: each variable, each output has one of its own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symdiff import grad, hessian, jacfwd, jacobian, jacrev
from symdiff.settings import rolling

WEIGHTS = np.linspace(0.1, 0.9, 12)
CHOICES = [("x", "y"), ("y", "x"), ("x", "y", "w"), "w"]
INPUTS = [(1.0, 0.7, WEIGHTS), (-0.8, 0.2, WEIGHTS * 0.5)]


def counted(x, y, w):
    s = x * y
    for i in range(12):
        s = s * 0.5 + math.sin(x * s) + y * x * w[i % 3]
    return s * y + w[0]


def until(x, y, w):
    t = 0
    while t < 9:
        t = t + x * x + w[1] * y
    r = np.zeros(4)
    for i in range(4):
        r[i] = t * w[0] * i
    return t * y * w[2] + (r * r).sum()


def with_branch(x, y, w):
    a = x * y
    for v in w:
        a = a * v + x if v > 0.3 else math.sin(a) - y
    return a * a


def several(x, y, w):
    a = with_branch(x, y, w)
    return np.array([a, a * y, x])


def flat(result):
    """All numbers of a result, in order."""
    if isinstance(result, tuple):
        return np.concatenate([flat(part) for part in result])
    return np.ravel(result)


def moved(args, names, name, place, step):
    """The arguments with one number moved."""
    changed = [np.array(a) for a in args]
    changed[names.index(name)].flat[place] += step
    return [a if a.shape else float(a) for a in changed]


@pytest.mark.parametrize("function", [counted, until, with_branch], ids=lambda f: f.__name__)
@pytest.mark.parametrize("wrt", CHOICES, ids=str)
def test_a_hessian_of_several_variables(function, wrt):
    names = ["x", "y", "w"]
    second = hessian(function, wrt=wrt)
    slope = grad(function, wrt=wrt)
    chosen = (wrt,) if isinstance(wrt, str) else wrt
    for args in INPUTS:
        columns = []
        for name in chosen:
            for place in range(np.size(args[names.index(name)])):
                up = flat(slope(*moved(args, names, name, place, 1e-6)))
                down = flat(slope(*moved(args, names, name, place, -1e-6)))
                columns.append((up - down) / 2e-6)
        expected = np.array(columns)  # symmetric
        rows = flat(second(*args))
        with rolling(False):
            np.testing.assert_allclose(
                rows, flat(hessian(function, wrt=wrt)(*args)), rtol=1e-9, atol=1e-9
            )
        assert np.isclose(np.sort(rows), np.sort(expected.ravel()), rtol=1e-4, atol=1e-4).all()


@pytest.mark.parametrize("operator", [jacfwd, jacrev, jacobian], ids=lambda f: f.__name__)
@pytest.mark.parametrize("wrt", CHOICES, ids=str)
def test_a_jacobian_of_several_variables(operator, wrt):
    names = ["x", "y", "w"]
    jacobians = operator(several, wrt=wrt)
    chosen = (wrt,) if isinstance(wrt, str) else wrt
    for args in INPUTS:
        found = jacobians(*args)
        for name, block in zip(chosen, found if isinstance(wrt, tuple) else (found,), strict=True):
            block = np.asarray(block).reshape(3, -1)
            for place in range(np.size(args[names.index(name)])):
                up = several(*moved(args, names, name, place, 1e-6))
                down = several(*moved(args, names, name, place, -1e-6))
                np.testing.assert_allclose(block[:, place], (up - down) / 2e-6, atol=1e-5)
