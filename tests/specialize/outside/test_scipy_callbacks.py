"""Functions of the user that SciPy calls: what they read is followed, what cannot be is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import integrate, interpolate, linalg, optimize, sparse, stats
from scipy.sparse import linalg as sparse_linalg

from symdiff import UnsupportedError, grad

pytestmark = pytest.mark.sampled(every=3)

LEVEL = 2.0
POINTS = np.array([1.0, 2.0])


class Model:
    def __init__(self, level: float) -> None:
        self.level = level

    def __call__(self, z: Any) -> Any:
        return (z - self.level) ** 2


MODEL = Model(3.0)


def parabola(z: Any) -> Any:
    return (z - LEVEL) ** 2


def cubic(z: Any) -> Any:
    return z**3 - LEVEL


def distance(z: Any) -> Any:
    return ((z - POINTS) ** 2).sum()


ON_THE_SIDE: dict[str, Callable[[float], Any]] = {
    "minimize_scalar": lambda x: x * optimize.minimize_scalar(parabola).x,
    "a closure": lambda x: x * optimize.minimize_scalar(lambda z: (z - LEVEL) ** 2).x,
    "an instance": lambda x: x * optimize.minimize_scalar(MODEL).x,
    "minimize": lambda x: x * optimize.minimize(distance, POINTS * 0).x[0],
    "with a gradient": lambda x: (
        x * optimize.minimize(distance, POINTS * 0, jac=grad(distance)).x[0]
    ),
    "in a dict": lambda x: (
        x
        * optimize.minimize(
            distance, [0.0, 0.0], constraints=[{"type": "eq", "fun": lambda z: z[0] - LEVEL}]
        ).x[0]
    ),
    "newton": lambda x: x * optimize.newton(cubic, 1.0),
    "root": lambda x: x * optimize.root(cubic, 1.0).x[0],
    "least_squares": lambda x: (
        x * optimize.least_squares(lambda z, a: z**3 - a, 1.0, args=(LEVEL,)).x[0]
    ),
    "curve_fit": lambda x: x * optimize.curve_fit(lambda t, a: a * t, POINTS, POINTS * LEVEL)[0][0],
    "fixed_quad": lambda x: x * integrate.fixed_quad(cubic, 0, LEVEL)[0],
    "dblquad": lambda x: x * integrate.dblquad(lambda a, b: a * b * LEVEL, 0, 1, 0, LEVEL)[0],
    "expect": lambda x: x * stats.norm.expect(lambda t: t * t * LEVEL),
    "no function": lambda x: x * linalg.schur(np.outer(POINTS, POINTS) * LEVEL)[0][0, 0],
    "a class": lambda x: x * (sparse.csr_matrix(np.outer(POINTS, POINTS)) @ POINTS)[0],
}


@pytest.mark.parametrize("name", ON_THE_SIDE)
def test_what_is_read_is_read_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    f = ON_THE_SIDE[name]
    gradient = grad(f)
    for level, point in ((2.0, 1.0), (1.5, 1.3), (2.0, 1.0)):
        monkeypatch.setitem(globals(), "LEVEL", level)
        monkeypatch.setattr(MODEL, "level", level + 1)
        POINTS[0] = point
        assert gradient(1.0) == pytest.approx(f(1.0), rel=1e-9), (level, point)


SPARSE = sparse.csc_matrix(np.array([[2.0, 1.0], [0.5, 3.0]]))

REFUSED: dict[str, Callable[[float], Any]] = {
    "scipy.sparse.csc_matrix.power": lambda x: (SPARSE.power(x) @ np.ones(2))[0],
    "scipy.sparse.linalg.expm_multiply": lambda x: sparse_linalg.expm_multiply(
        SPARSE, np.array([x, 1.0])
    )[0],
    "scipy.optimize.minimize": lambda x: optimize.minimize(
        lambda z: (z[0] - x) ** 2, [0.0], callback=print
    ).x[0],
    "scipy.optimize.least_squares": lambda x: optimize.least_squares(
        lambda z: z - x, 1.0, loss=lambda z: np.array([z, z, z])
    ).x[0],
    "scipy.optimize.dual_annealing": lambda x: optimize.dual_annealing(
        lambda z: (z[0] - x) ** 2, [(0, 1)]
    ).x[0],
    "scipy.optimize.linprog": lambda x: (
        optimize.linprog([x, 1.0], A_ub=[[-1.0, -1.0]], b_ub=[-1.0]).fun
    ),
    "scipy.integrate.quad_vec": lambda x: integrate.quad_vec(lambda a: a * x, 0, 1)[0],
    "scipy.integrate.RK45": lambda x: integrate.RK45(lambda t, y: -x * y, 0, [1.0], 1.0).t,
    "scipy.linalg.schur": lambda x: linalg.schur(np.eye(2) * x)[0][0, 0],
    "scipy.linalg.null_space": lambda x: linalg.null_space(np.array([[1.0, x]]))[0, 0],
    "scipy.linalg.orth": lambda x: linalg.orth(np.eye(2) * x)[0, 0],
    "scipy.linalg.funm": lambda x: linalg.funm(np.eye(2) * x, np.exp)[0, 0],
    "scipy.interpolate.Akima1DInterpolator": lambda x: interpolate.Akima1DInterpolator(
        np.arange(5.0), np.arange(5.0) * x
    )(1.5),
    "scipy.stats.norm.expect": lambda x: stats.norm.expect(lambda t: t * x),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_depends_on_the_argument_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        grad(REFUSED[name])(0.7)
    message = str(caught.value)
    assert f"`{name}` has no derivative rule" in message
    assert "^" in message
    assert "try: " in message
