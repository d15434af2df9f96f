"""Bundle adjustment (as in ADBench): the Jacobian of one reprojection, and of ten thousand."""

from __future__ import annotations

import math

import numpy as np

from .workload import Workload


def reprojection(p, feature):
    """By a camera (rotation, centre, focal length, principal point, distortion), point, weight."""
    x, y, z = p[11] - p[3], p[12] - p[4], p[13] - p[5]
    angle = np.sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2])
    cosine, sine = np.cos(angle), np.sin(angle)
    a, b, c = p[0] / angle, p[1] / angle, p[2] / angle
    along = (a * x + b * y + c * z) * (1.0 - cosine)
    depth = z * cosine + (a * y - b * x) * sine + c * along
    u = (x * cosine + (b * z - c * y) * sine + a * along) / depth
    v = (y * cosine + (c * x - a * z) * sine + b * along) / depth
    square = u * u + v * v
    stretch = (1.0 + p[9] * square + p[10] * square * square) * p[6]
    return np.array(
        [
            p[14] * (u * stretch + p[7] - feature[0]),
            p[14] * (v * stretch + p[8] - feature[1]),
        ]
    )


def entries(p, feature, sqrt, cos, sin):
    """The rows of the Jacobian, of numbers or of arrays with an entry for each observation."""
    r1, r2, r3, c1, c2, c3, focal, p1, p2, k1, k2, x, y, z, weight = p
    x, y, z = x - c1, y - c2, z - c3
    angle = sqrt(r1 * r1 + r2 * r2 + r3 * r3)
    inverse = 1.0 / angle
    a, b, c = r1 * inverse, r2 * inverse, r3 * inverse
    cosine, sine = cos(angle), sin(angle)
    rest = 1.0 - cosine
    dot = a * x + b * y + c * z
    along = dot * rest
    s1, s2, s3 = b * z - c * y, c * x - a * z, a * y - b * x
    near = 1.0 / (z * cosine + s3 * sine + c * along)
    u = (x * cosine + s1 * sine + a * along) * near
    v = (y * cosine + s2 * sine + b * along) * near
    # The derivative of the turned point by the angle.
    turn = dot * sine
    t1 = s1 * cosine - x * sine + a * turn
    t2 = s2 * cosine - y * sine + b * turn
    t3 = s3 * cosine - z * sine + c * turn
    square = u * u + v * v
    stretch = 1.0 + (k1 + k2 * square) * square
    slope = 2.0 * (k1 + 2.0 * k2 * square)
    scale = weight * focal
    by_square = scale * square
    both = slope * u * v
    for value, other, centre, read, own in (
        (u, v, p1, feature[0], 0),
        (v, u, p2, feature[1], 1),
    ):
        direct, cross = stretch + slope * value * value, both
        to_depth = -scale * near * (direct * value + cross * other)
        direct, cross = scale * near * direct, scale * near * cross
        g1, g2, g3 = (cross, direct, to_depth) if own else (direct, cross, to_depth)
        by_axis = g1 * a + g2 * b + g3 * c
        by_angle = g1 * t1 + g2 * t2 + g3 * t3
        h1 = sine * (y * g3 - z * g2) + rest * (g1 * dot + x * by_axis)
        h2 = sine * (z * g1 - x * g3) + rest * (g2 * dot + y * by_axis)
        h3 = sine * (x * g2 - y * g1) + rest * (g3 * dot + z * by_axis)
        by_angle = by_angle - inverse * (h1 * a + h2 * b + h3 * c)
        turned = rest * by_axis
        x1 = cosine * g1 + sine * (g2 * c - g3 * b) + turned * a
        x2 = cosine * g2 + sine * (g3 * a - g1 * c) + turned * b
        x3 = cosine * g3 + sine * (g1 * b - g2 * a) + turned * c
        far = value * stretch
        distorted = value * by_square
        yield (
            h1 * inverse + by_angle * a,
            h2 * inverse + by_angle * b,
            h3 * inverse + by_angle * c,
            -x1,
            -x2,
            -x3,
            weight * far,
            0.0 if own else weight,
            weight if own else 0.0,
            distorted,
            distorted * square,
            x1,
            x2,
            x3,
            focal * far + centre - read,
        )


def reprojection_by_hand(p, feature):
    rows = entries(p.tolist(), feature.tolist(), math.sqrt, math.cos, math.sin)
    return np.array(list(rows))


def reprojections_by_hand(p, feature):
    result = np.empty((2, 15, p.shape[1]))
    for i, row in enumerate(entries(p, feature, np.sqrt, np.cos, np.sin)):
        for j, entry in enumerate(row):
            result[i, j] = entry
    return result.transpose(2, 0, 1)


def observed(n):
    """The parameters and features of n observations, one in each column."""
    wave = np.sin(np.arange(15.0 * n)).reshape(15, n)
    centre = np.array([0.1, 0.2, -0.3, 0.0, 0.5, -4.0, 500, 250, 260, 0.02, 0.01, 0, 0, 1, 1.0])
    spread = np.array([0.05, 0.05, 0.05, 0.1, 0.1, 0.1, 5, 5, 5, 0.01, 0.01, 1, 1, 0.5, 0.1])
    p = centre[:, None] + spread[:, None] * wave
    return p, 255.0 + 20.0 * wave[3:5]


def one():
    p, feature = observed(1)
    return p[:, 0].copy(), feature[:, 0].copy()


WORKLOADS = [
    Workload("bundle adjustment 1", reprojection, one, reprojection_by_hand, wanted="jacobian"),
    Workload(
        "bundle adjustment 10,000",
        reprojection,
        lambda: observed(10_000),
        reprojections_by_hand,
        wanted="jacobians",
    ),
]
