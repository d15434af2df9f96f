"""Residuals as More, Garbow and Hillstrom give them, as plain functions with `math` or arrays."""

import math

import numpy as np

CASES = []


def problem(start, others=()):
    """Remember a function with the places where it is tried."""

    def keep(function):
        CASES.append((function, [np.array(start, float), *[np.array(p, float) for p in others]]))
        return function

    return keep


@problem([-1.2, 1.0], [[0.5, 0.5]])
def rosenbrock(x):
    f = np.zeros(2)
    f[0] = 10 * (x[1] - x[0] ** 2)
    f[1] = 1 - x[0]
    return f @ f


@problem([0.0, 1.0], [[0.3, 2.0]])
def powell_badly_scaled(x):
    return (1e4 * x[0] * x[1] - 1) ** 2 + (math.exp(-x[0]) + math.exp(-x[1]) - 1.0001) ** 2


@problem([0.4, 1.0, 0.0], [[1.0, 0.5, 0.1]])
def bard(x):
    y = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39]
    s = 0
    for i in range(15):
        u = i + 1
        v = 16 - u
        w = min(u, v)
        s += (y[i] - (x[0] + u / (v * (x[1] + 1) + w * (x[2] + 2)))) ** 2
    return s


@problem([0.4, 1.0, 0.0], [[0.3, 2.0, 0.4]])
def gaussian(x):
    y = (
        np.array([9, 44, 175, 540, 1295, 2420, 3521, 3989, 3521, 2420, 1295, 540, 175, 44, 9])
        * 1e-4
    )
    t = (8 - np.arange(1, 16)) / 2
    return np.square(x[0] * np.exp(-x[1] * (t - x[2]) ** 2 / 2) - y).sum()


@problem([0.0, 10.0, 20.0], [[5.0, 2.5, 1.5]])
def box_three_dimensional(x):
    total = 0.0
    for i in range(1, 11):
        t = 0.1 * i
        r = math.exp(-t * x[0]) - math.exp(-t * x[1]) - x[2] * (math.exp(-t) - math.exp(-10 * t))
        total += r * r
    return total


@problem([3.0, -1.0, 0.0, 1.0], [[1.0, 2.0, -0.5, 0.1]])
def powell_singular(x):
    r = np.array(
        [
            x[0] + 10 * x[1],
            math.sqrt(5) * (x[2] - x[3]),
            (x[1] - 2 * x[2]) ** 2,
            math.sqrt(10) * (x[0] - x[3]) ** 2,
        ]
    )
    return float(np.sum(r**2)) if r.dtype == int else np.sum(r**2)


@problem([0.25, 0.39, 0.415, 0.39], [[0.3, 0.2, 0.1, 0.4]])
def kowalik_and_osborne(x):
    y = np.array(
        [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246]
    )
    u = np.array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])
    r = y - x[0] * (u * (u + x[1])) / (u * (u + x[2]) + x[3])
    return np.linalg.norm(r) ** 2


@problem([25.0, 5.0, -5.0, -1.0], [[-11.0, 13.0, -0.4, 0.2]])
def brown_and_dennis(x):
    t = np.arange(1, 21) / 5
    r = (x[0] + t * x[1] - np.exp(t)) ** 2 + (x[2] + np.sin(t) * x[3] - np.cos(t)) ** 2
    return np.dot(r, r)


@problem([0.5, 1.5, -1.0, 0.01, 0.02], [[0.4, 1.0, -0.5, 0.03, 0.01]])
def osborne(x):
    y = [0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751, 0.718]
    return sum(
        (yi - (x[0] + x[1] * math.exp(-10 * i * x[3]) + x[2] * math.exp(-10 * i * x[4]))) ** 2
        for i, yi in enumerate(y)
    )


@problem([1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5])
def osborne_peaks(x):
    t = np.linspace(0.0, 6.4, 20)
    y = 1.3 * np.exp(-t) + 0.6 * np.exp(-5 * (t - 2) ** 2)
    model = x[0] * np.exp(-t * x[4])
    for k in range(3):
        model = model + x[1 + k] * np.exp(-x[5 + k] * (t - x[8 + k]) ** 2)
    return ((y - model) ** 2).sum()


@problem([1.0, 2.0, 1.0, 1.0, 1.0, 1.0], [[1.2, 9.0, 1.1, 4.5, 4.0, 3.0]])
def biggs_exp6(x):
    t = 0.1 * np.arange(1, 14)
    y = np.exp(-t) - 5 * np.exp(-10 * t) + 3 * np.exp(-4 * t)
    e = lambda k: np.exp(-t * x[k])  # noqa: E731
    return np.sum((x[2] * e(0) - x[3] * e(1) + x[5] * e(4) - y) ** 2)


@problem([-1.2, 1.0, -1.2, 1.0], [[0.5, 0.1, 0.2, 0.9]])
def extended_rosenbrock(x):
    odd, even = x[0::2], x[1::2]
    return np.sum(100 * (even - odd**2) ** 2 + (1 - odd) ** 2)


@problem([1.0, 2.0, 3.0, 4.0], [[0.3, -0.4, 0.1, 0.2]])
def penalty_one(x):
    a = 1e-5
    first = a * sum((v - 1) ** 2 for v in x)
    return first + (sum(v**2 for v in x) - 0.25) ** 2


@problem([0.5, 0.5, 0.5, 0.5], [[0.1, -0.3, 1.0, 0.8]])
def penalty_two(x):
    n = len(x)
    a = 1e-5
    f = [x[0] - 0.2]
    for i in range(1, n):
        y = math.exp((i + 1) / 10) + math.exp(i / 10)
        f.append(math.sqrt(a) * (math.exp(x[i] / 10) + math.exp(x[i - 1] / 10) - y))
    for i in range(n, 2 * n - 1):
        f.append(math.sqrt(a) * (math.exp(x[i - n + 1] / 10) - math.exp(-1 / 10)))
    f.append(sum((n - j) * x[j] ** 2 for j in range(n)) - 1)
    return sum(map(lambda r: r * r, f))  # noqa: C417


@problem([0.75, 0.5, 0.25, 0.0], [[1.1, 0.9, 1.2, 0.8]])
def variably_dimensioned(x):
    j = np.arange(1, x.size + 1)
    s = (j * (x - 1)).sum()
    return ((x - 1) ** 2).sum() + s**2 + s**4


@problem([0.25, 0.25, 0.25, 0.25], [[1.0, 2.0, -1.0, 0.2]])
def trigonometric(x):
    n = len(x)
    s = n - np.cos(x).sum()
    total = 0
    for i, v in enumerate(x):
        total += (s + (i + 1) * (1 - math.cos(v)) - math.sin(v)) ** 2
    return total


@problem([0.5, 0.5, 0.5], [[1.1, 0.4, 2.0]])
def brown_almost_linear(x):
    n = len(x)
    f = x[:-1] + x.sum() - (n + 1)
    last = x.prod() - 1
    return f @ f + last**2


@problem([-0.1, -0.2, -0.1, 0.05], [[0.3, 0.2, 0.1, -0.4]])
def discrete_boundary_value(x):
    h = 1 / (len(x) + 1)
    padded = np.concatenate(([0.0], x, [0.0]))
    t = h * np.arange(1, len(x) + 1)
    r = 2 * x - padded[:-2] - padded[2:] + h**2 * (x + t + 1) ** 3 / 2
    return np.sum(r * r)


@problem([-0.1, -0.2, -0.1, 0.05], [[0.3, 0.2, 0.1, -0.4]])
def discrete_integral(x):
    n = len(x)
    h = 1.0 / (n + 1)
    t = [h * (i + 1) for i in range(n)]
    total = 0.0
    for i in range(n):
        left = sum(t[j] * (x[j] + t[j] + 1) ** 3 for j in range(i + 1))
        right = sum((1 - t[j]) * (x[j] + t[j] + 1) ** 3 for j in range(i + 1, n))
        total += (x[i] + h * ((1 - t[i]) * left + t[i] * right) / 2) ** 2
    return total


@problem([-1.0, -1.0, -1.0, -1.0, -1.0], [[0.1, 0.2, 0.3, 0.4, 0.5]])
def broyden_tridiagonal(x):
    n = x.shape[0]
    f = np.empty(n)
    f[0] = (3 - 2 * x[0]) * x[0] - 2 * x[1] + 1
    f[1:-1] = (3 - 2 * x[1:-1]) * x[1:-1] - x[:-2] - 2 * x[2:] + 1
    f[-1] = (3 - 2 * x[-1]) * x[-1] - x[-2] + 1
    return np.sum(f**2)


@problem(
    [-1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0], [[0.1, 0.2, -0.3, 0.4, 0.5, 0.6, 0.7, 0.8]]
)
def broyden_banded(x):
    ml, mu = 5, 1
    total = 0
    for i in range(len(x)):
        band = [j for j in range(max(0, i - ml), min(len(x), i + mu + 1)) if j != i]
        s = 0
        for j in band:
            s += x[j] * (1 + x[j])
        total += (x[i] * (2 + 5 * x[i] ** 2) + 1 - s) ** 2
    return total


@problem([1.0, 1.0, 1.0], [[0.2, 0.4, -0.9]])
def linear_rank_one(x):
    m = 5
    r = np.outer(np.arange(1, m + 1), np.arange(1, len(x) + 1)) @ x - 1
    return r @ r


@problem([0.2, 0.4, 0.6, 0.8], [[0.1, 0.3, 0.7, 0.95]])
def chebyquad(x):
    n = len(x)
    total = 0.0
    for i in range(1, n + 1):
        mean = 0.0
        for v in x:
            before, now = 1.0, 2 * v - 1
            for _ in range(i - 1):
                before, now = now, 2 * (2 * v - 1) * now - before
            mean += now / n
        if i % 2 == 0:
            mean += 1 / (i * i - 1)
        total += mean**2
    return total


@problem([0.1, -0.2, 0.3, 0.4, 0.5, -0.6], [[1.0, 1.2, 0.3, 0.4, 1.5, 0.6]])
def dixon_price(x):
    jj = range(2, len(x) + 1)
    y = x[1:]
    xs = x[:-1]
    return sum(np.asarray(jj) * (2 * y**2 - xs) ** 2) + (x[0] - 1) ** 2


@problem([3.0, 2.0, 1.0, 0.5], [[-1.0, 0.2, 3.0, -2.0]])
def zakharov(x):
    i = np.arange(1.0, len(x) + 1)
    u = np.sum(x**2)
    v = np.sum(0.5 * i * x)
    return u + v**2 + v**4


@problem([3.0, 2.0, 1.0, 0.5], [[-1.0, 0.2, 3.0, -2.0]])
def schwefel_double_sum(x):
    return np.sum(np.cumsum(x) ** 2)


@problem([3.0, 2.0, 1.0, 0.5], [[-1.0, 0.2, 3.0, -2.0]])
def sum_of_different_powers(x):
    total = 0.0
    for i, xi in enumerate(x):
        total = total + np.abs(xi) ** (i + 2)
    return total


@problem([3.0, 2.0, 1.0, 0.5], [[-1.0, 0.2, 3.0, -2.0]])
def brown(x):
    x0, x1 = x[:-1], x[1:]
    return np.sum((x0**2) ** (x1**2 + 1) + (x1**2) ** (x0**2 + 1))


@problem([3.0, 2.0, 1.0, 0.5], [[-1.0, 0.2, 3.0, -2.0]])
def chained_wood(x):
    total = 1.0
    for i in range(0, len(x) - 3, 2):
        a, b, c, d = x[i : i + 4]
        total += 100 * (b - a * a) ** 2 + (1 - a) ** 2 + 90 * (d - c * c) ** 2 + (1 - c) ** 2
        total += 10 * (b + d - 2) ** 2 + 0.1 * (b - d) ** 2
    return total


@problem([0.4, 0.2, 0.1, 0.5, 0.6], [[1.0, 0.2, 3.0, 2.0, 0.1]])
def arrowhead(x):
    *most, last = x
    return sum((v * v + last * last) ** 2 - 4 * v + 3 for v in most)


@problem([0.4, 0.2, 0.1, 0.5, 0.6], [[1.0, 0.2, 3.0, 2.0, 0.1]])
def nondia(x):
    head, tail = x[0], x[1:]
    return (head - 1) ** 2 + 100 * ((head - tail**2) ** 2).sum()


@problem([0.4, 0.2, 0.1, 0.5, 0.6], [[-1.0, 0.2, 3.0, -2.0, 0.1]])
def engval(x):
    result = 0
    for left, right in zip(x, x[1:]):
        result += (left**2 + right**2) ** 2 - 4 * left + 3
    return result


@problem([0.4, 0.2, 0.1, 0.5, 0.6], [[-1.0, 0.2, 3.0, -2.0, 0.1]])
def edensch(x):
    pairs = list(zip(x[:-1], x[1:]))
    return 16 + sum([(a - 2) ** 4 + (a * b - 2 * b) ** 2 + (b + 1) ** 2 for a, b in pairs])


@problem([0.4, 0.2, 0.1, 0.5, 0.6], [[-1.0, 0.2, 3.0, -2.0, 0.1]])
def cragg_levy(x):
    total = 0.0
    i = 0
    while i + 3 < len(x):
        total += (np.exp(x[i]) - x[i + 1]) ** 4 + 100 * (x[i + 1] - x[i + 2]) ** 6
        total += (np.tan(0.1 * (x[i + 2] - x[i + 3])) + x[i + 2] - x[i + 3]) ** 4 + x[i] ** 8
        total += (x[i + 3] - 1) ** 2
        i += 1
    return total


@problem([0.4, 0.2, 0.1, 0.5, 0.6], [[-1.0, 0.2, 3.0, -2.0, 0.1]])
def tridiagonal_quadratic(x):
    A = 2 * np.eye(5) - np.eye(5, k=1) - np.eye(5, k=-1)
    b = np.ones(5)
    return 0.5 * x.T @ A @ x - b @ x


@problem([0.4, 0.2, 0.1, 0.5], [[1.0, 1.2, 0.3, 2.0]])
def hilbert(x):
    n = len(x)
    H = np.array([[1.0 / (i + j + 1) for j in range(n)] for i in range(n)])
    return x.dot(H).dot(x) / 2 + np.abs(np.linalg.det(H)) * x[0]


@problem([0.4, 0.2, 0.1, 0.5], [[1.0, 1.2, 0.3, 2.0]])
def vardim_by_reduce(x):
    from functools import reduce

    s = reduce(lambda total, pair: total + pair[0] * (pair[1] - 1), enumerate(x, 1), 0.0)
    return sum((x - 1) ** 2) + s**2 + s**4


@problem([0.4, 0.2, 0.1, 0.5], [[1.0, 1.2, 0.3, 2.0]])
def minimal_surface(x):
    """A plate over a coarse grid: edges fixed, the inner four are the variables."""
    u = np.zeros((4, 4))
    u[0, :] = np.linspace(1.0, 2.0, 4)
    u[:, -1] = 1.5
    u[1:3, 1:3] = x.reshape(2, 2)
    a = u[1:, 1:] - u[:-1, :-1]
    b = u[1:, :-1] - u[:-1, 1:]
    return np.sqrt(1 + 0.5 * (a**2 + b**2)).sum()


@problem([0.4, 0.2, 0.1, 0.5], [[1.0, 1.2, 0.3, 2.0]])
def elastic_torsion(x):
    v = np.pad(x.reshape(2, 2), 1)
    right = np.diff(v, axis=1) ** 2
    up = np.diff(v, axis=0) ** 2
    return 0.5 * (right.sum() + up.sum()) - 5.0 * v.mean()
