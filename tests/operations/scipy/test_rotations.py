"""Rotations of SciPy: made of what is differentiated, and applied to it."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from symdiff import grad, hessian, jacfwd
from symdiff.errors import UnsupportedError

pytestmark = [
    pytest.mark.sampled(every=11),
    pytest.mark.skipif(
        not isinstance(Rotation.apply, FunctionType),
        reason="rotations of this SciPy are written in C",
    ),
]


V = np.array([0.1, 0.2, 0.3])
W = np.arange(9.0).reshape(3, 3)
HELD = Rotation.from_euler("xyz", [0.1, 0.2, 0.3])
SEVERAL = Rotation.from_rotvec(np.arange(6.0).reshape(2, 3) * 0.2)


def slope(f: Any, x: float, h: float = 1e-3) -> float:
    d = [(f(x + k * h) - f(x - k * h)) / (2 * k * h) for k in (1, 2, 3)]
    return (15 * d[0] - 6 * d[1] + d[2]) / 10


def by_differences(f: Any, x: Any) -> Any:
    return np.array([slope(lambda s, e=e: f(x + s * e), 0.0) for e in np.eye(len(x))])


def weighed(rotation: Any) -> Any:
    return np.sum(rotation.as_matrix() * W)


CASES: dict[str, tuple[Any, Any]] = {
    "a rotation vector": (lambda v: weighed(Rotation.from_rotvec(v)), V),
    "none": (lambda v: weighed(Rotation.from_rotvec(v)), 0 * V),
    "a small one": (lambda v: weighed(Rotation.from_rotvec(v)), 1e-3 * V),
    "in degrees": (lambda v: weighed(Rotation.from_rotvec(v, degrees=True)), 90 * V),
    "one angle": (lambda v: Rotation.from_euler("z", v[0]).apply([1.0, 2.0, 3.0])[0] + v[1], V),
    "extrinsic angles": (lambda v: weighed(Rotation.from_euler("xyz", v)), V),
    "intrinsic angles": (lambda v: weighed(Rotation.from_euler("ZYX", [v[0], v[1], v[2]])), V),
    "angles in degrees": (
        lambda v: weighed(Rotation.from_euler("zx", v[:2], degrees=True)),
        60 * V,
    ),
    "a quaternion": (lambda q: weighed(Rotation.from_quat(q)), np.array([0.1, 0.2, 0.3, 0.9])),
    "another order": (
        lambda q: weighed(Rotation.from_quat(q, scalar_first=True)),
        np.array([0.1, 0.2, 0.3, 0.9]),
    ),
    "a constant one": (lambda v: HELD.apply(v) @ V + HELD.apply(v, inverse=True) @ V, V),
    "its inverse": (lambda v: HELD.inv().apply(v)[1], V),
    "several vectors": (lambda v: np.sum(HELD.apply(np.stack([v, v * v])) * W[:2]), V),
    "several rotations": (
        lambda v: (
            np.sum(SEVERAL.apply(v) * W[:2])
            + np.sum(Rotation.from_rotvec(np.stack([v, 2 * v])).apply(W[:2]))
        ),
        V,
    ),
    "products": (
        lambda v: weighed(Rotation.from_rotvec(v) * HELD) + weighed(HELD * Rotation.from_rotvec(v)),
        V,
    ),
    "a chain": (
        lambda v: (Rotation.from_rotvec(v) * Rotation.from_euler("x", v[0]).inv()).apply(V)[1],
        V,
    ),
    "back to a vector": (lambda v: (HELD * Rotation.from_rotvec(v)).as_rotvec() @ V, V),
    "a vector of none": (lambda v: Rotation.from_rotvec(v).as_rotvec() @ V, 0 * V),
    "its quaternion": (lambda v: Rotation.from_rotvec(v).as_quat() @ np.arange(4.0), V),
    "its angle": (lambda v: (HELD * Rotation.from_rotvec(v)).magnitude(), V),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name: str) -> None:
    f, at = CASES[name]
    np.testing.assert_allclose(grad(f)(at), by_differences(f, at), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(jacfwd(f)(at), grad(f)(at), rtol=1e-10, atol=1e-12)


def test_the_hessian_of_no_rotation() -> None:
    # The rotation is 1 + [v] + [v]**2/2 + ..., and [v]**2 is v v' - v'v.
    want = (W + W.T) / 2 - np.trace(W) * np.eye(3)
    got = hessian(lambda v: weighed(Rotation.from_rotvec(v)))(0 * V)
    np.testing.assert_allclose(got, want, atol=1e-9)


def test_a_rotation_from_outside_is_asked_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(lambda v: HELD.apply(v)[0])
    np.testing.assert_allclose(gradient(V), HELD.as_matrix()[0])
    monkeypatch.setitem(globals(), "HELD", Rotation.from_euler("y", 0.7))
    np.testing.assert_allclose(gradient(V), HELD.as_matrix()[0], atol=1e-15)
    assert gradient.trace_count == 1


def test_what_is_not_followed_is_refused() -> None:
    for f in (
        lambda v: Rotation.from_rotvec(np.outer(V, v)).mean().as_quat()[0],
        lambda v: Rotation.from_matrix(np.eye(3) * v[0]).as_quat()[0],
        lambda v: Rotation.from_rotvec(v).as_quat(canonical=True)[0],
    ):
        with pytest.raises(UnsupportedError):
            grad(f)(V)
