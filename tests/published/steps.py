"""Functions with steps, corners, cases and ties: floor, ceil, int, min, max, conditions."""

import math
from math import ceil, floor

import numpy as np

from .base import Benchmark


class Step01(Benchmark):
    box = (-100.0, 100.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        return np.sum(np.floor(np.abs(x))) + 0.5 * np.sum(x)


class Step02(Benchmark):
    box = (-100.0, 100.0)

    def fun(self, x, *args):
        self.nfev += 1
        return sum((floor(v + 0.5)) ** 2.0 for v in x) + np.dot(x, x)


class Stepint(Benchmark):
    box = (-5.12, 5.12)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        return 25 + sum(int(v) * v for v in x) + sum([ceil(v) for v in x])


class Corana(Benchmark):
    """Boxes cut out of a parabola, element by element."""

    box = (-5.0, 5.0)
    dimensions = 4
    points = ([0.01, 0.21, -0.41, 3.0], [0.03, -0.02, 0.0, 0.2])

    def fun(self, x, *args):
        self.nfev += 1
        d = [1.0, 1000.0, 10.0, 100.0]
        r = 0
        for j in range(4):
            zj = np.floor(abs(x[j] / 0.2) + 0.49999) * np.sign(x[j]) * 0.2
            if abs(x[j] - zj) < 0.05:
                r += 0.15 * ((zj - 0.05 * np.sign(zj)) ** 2) * d[j]
            else:
                r += d[j] * x[j] * x[j]
        return r


class Katsuura(Benchmark):
    """Products over digits of the numbers."""

    box = (0.0, 4.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        d = 3
        k = np.atleast_2d(np.arange(1, d + 1)).T
        i = np.arange(0.0, self.N * 1.0)
        inner = np.round(2**k * x) * (2.0 ** (-k))
        return np.prod(np.sum(inner, axis=0) * (i + 1) + 1 + 0.1 * x)


class KatsuuraByLoops(Benchmark):
    box = (0.0, 4.0)
    dimensions = 2

    def fun(self, x, *args):
        self.nfev += 1
        result = 1.0
        for i, value in enumerate(x):
            total = 0.0
            for k in range(1, 9):
                term = 2**k * value
                total += math.fabs(term - round(term)) / 2**k
            result *= (1.0 + (i + 1) * total) ** (10.0 / self.N**1.2)
        return (10.0 / self.N**2) * result - 10.0 / self.N**2


class Schwefel21(Benchmark):
    box = (-100.0, 100.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        return np.max(np.abs(x))


class Schwefel06(Benchmark):
    box = (-100.0, 100.0)
    points = ([3.0, 5.0], [5.0, 3.0])

    def fun(self, x, *args):
        self.nfev += 1
        return max(abs(x[0] + 2 * x[1] - 7), abs(2 * x[0] + x[1] - 5))


class Bukin04(Benchmark):
    box = [(-15.0, -5.0), (-3.0, 3.0)]

    def fun(self, x, *args):
        self.nfev += 1
        return 100 * x[1] ** 2 + 0.01 * abs(x[0] + 10)


class Plateau(Benchmark):
    box = (-5.12, 5.12)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        return 30.0 + np.sum(np.floor(np.abs(x)) * x)


class Cola(Benchmark):
    """Multidimensional scaling: distances of points, taken from one vector by pieces."""

    box = (-4.0, 4.0)
    dimensions = 7
    d = np.asarray(
        [
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [1.27, 0.0, 0.0, 0.0, 0.0],
            [1.69, 1.43, 0.0, 0.0, 0.0],
            [2.04, 2.35, 2.43, 0.0, 0.0],
            [3.09, 3.18, 3.26, 2.85, 0.0],
        ]
    )

    def fun(self, x, *args):
        self.nfev += 1
        xi = np.atleast_2d(np.asarray([0.0, x[0]] + list(x[1::2])))
        xj = np.repeat(xi, np.size(xi, 1), axis=0)
        xi = xi.T
        yi = np.atleast_2d(np.asarray([0.0, 0.0] + list(x[2::2])))
        yj = np.repeat(yi, np.size(yi, 1), axis=0)
        yi = yi.T
        inner = (np.sqrt((xi - xj) ** 2 + (yi - yj) ** 2 + 1e-9) - self.d) ** 2
        inner = np.tril(inner, -1)
        return np.sum(np.sum(inner, axis=1))


class DeVilliersGlasser(Benchmark):
    """De Villiers and Glasser: an exponential times a sine, fitted to 24 values."""

    box = (1.0, 10.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        t = 0.1 * np.arange(24.0)
        y = 60.137 * (1.371**t) * np.sin(3.112 * t + 1.761)
        return np.sum((x[0] * (x[1] ** t) * np.sin(x[2] * t + x[3]) - y) ** 2.0)


class Gear(Benchmark):
    """A gear train: numbers of teeth are whole, and the rest is a slope."""

    box = (12.0, 60.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        teeth = np.floor(x)
        ratio = teeth[0] * teeth[1] / (teeth[2] * teeth[3])
        return (1.0 / 6.931 - ratio) ** 2 + 1e-3 * ((x - teeth) ** 2).sum()


class Paviani(Benchmark):
    box = (2.001, 9.999)
    dimensions = 10

    def fun(self, x, *args):
        self.nfev += 1
        return np.sum(np.log(x - 2) ** 2.0 + np.log(10.0 - x) ** 2.0) - np.prod(x) ** 0.2


class StretchedV(Benchmark):
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        t = x[1:] ** 2 + x[:-1] ** 2
        return np.sum(t ** (1 / 4) * (np.sin(50.0 * t**0.1) + 1) ** 2)


class BiasedStep(Benchmark):
    """Lunacek's two funnels: the smaller of two sums, by the built-in."""

    box = (-5.0, 5.0)
    dimensions = 3
    points = ([2.4, 2.6, 2.5], [-1.9, -1.8, -2.0])

    def fun(self, x, *args):
        self.nfev += 1
        mu1, d = 2.5, 1.0
        s = 1.0 - 1.0 / (2.0 * math.sqrt(self.N + 20.0) - 8.2)
        mu2 = -math.sqrt((mu1**2 - d) / s)
        first = sum((xi - mu1) ** 2 for xi in x)
        second = d * self.N + s * sum((xi - mu2) ** 2 for xi in x)
        waves = 10 * sum(1.0 - math.cos(2 * math.pi * (xi - mu1)) for xi in x)
        return min(first, second) + waves


class Shekel(Benchmark):
    box = (0.0, 10.0)
    dimensions = 4
    A = np.asarray(
        [
            [4.0, 4.0, 4.0, 4.0],
            [1.0, 1.0, 1.0, 1.0],
            [8.0, 8.0, 8.0, 8.0],
            [6.0, 6.0, 6.0, 6.0],
            [3.0, 7.0, 3.0, 7.0],
            [2.0, 9.0, 2.0, 9.0],
            [5.0, 5.0, 3.0, 3.0],
        ]
    )
    C = np.asarray([0.1, 0.2, 0.2, 0.4, 0.4, 0.6, 0.3])

    def fun(self, x, *args):
        self.nfev += 1
        return -np.sum(1 / (np.sum((x - self.A) ** 2.0, axis=1) + self.C))


class ShekelByLoops(Shekel):
    """The same by two loops: what it inherits is a class attribute."""

    def fun(self, x, *args):
        self.nfev += 1
        total = 0.0
        for row, c in zip(self.A, self.C):
            distance = c
            for value, a in zip(x, row):
                distance += (value - a) * (value - a)
            total -= 1.0 / distance
        return total


class Foxholes(Benchmark):
    """Shekel's foxholes of De Jong: 25 holes from two rows of numbers."""

    box = (-40.0, 40.0)
    a = np.array([np.tile([-32.0, -16.0, 0.0, 16.0, 32.0], 5), np.repeat([-32, -16, 0, 16, 32], 5)])

    def fun(self, x, *args):
        self.nfev += 1
        j = np.arange(1, 26)
        powers = ((x[0] - self.a[0, :]) ** 6) + ((x[1] - self.a[1, :]) ** 6)
        return 1.0 / (0.002 + np.sum(1.0 / (j + powers)))


class Hartmann3(Benchmark):
    box = (0.0, 1.0)
    dimensions = 3

    def __init__(self, dimensions=3):
        Benchmark.__init__(self, dimensions)
        self.a = np.asarray(
            [[3.0, 10.0, 30.0], [0.1, 10.0, 35.0], [3.0, 10.0, 30.0], [0.1, 10, 35]]
        )
        self.p = np.asarray(
            [
                [0.3689, 0.1170, 0.2673],
                [0.4699, 0.4387, 0.7470],
                [0.1091, 0.8732, 0.5547],
                [0.03815, 0.5743, 0.8828],
            ]
        )
        self.c = np.asarray([1.0, 1.2, 3.0, 3.2])

    def fun(self, x, *args):
        self.nfev += 1
        XX = np.atleast_2d(x)
        d = np.sum(self.a * (XX - self.p) ** 2, axis=1)
        return -np.sum(self.c * np.exp(-d))


class Hartmann6(Benchmark):
    box = (0.0, 1.0)
    dimensions = 6
    a = (
        (10.0, 3.0, 17.0, 3.5, 1.7, 8.0),
        (0.05, 10.0, 17.0, 0.1, 8.0, 14.0),
        (3.0, 3.5, 1.7, 10.0, 17.0, 8.0),
        (17.0, 8.0, 0.05, 10.0, 0.1, 14.0),
    )
    p = (
        (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
        (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
        (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
        (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
    )
    c = (1.0, 1.2, 3.0, 3.2)

    def fun(self, x, *args):
        self.nfev += 1
        outer = 0
        for i in range(4):
            inner = 0
            for j in range(6):
                inner = inner + self.a[i][j] * (x[j] - self.p[i][j]) ** 2
            outer = outer + self.c[i] * np.exp(-inner)
        return -outer


class Kowalik(Benchmark):
    box = (-5.0, 5.0)
    dimensions = 4

    def __init__(self, dimensions=4):
        Benchmark.__init__(self, dimensions)
        self.a = np.asarray([4.0, 2.0, 1.0, 1 / 2.0, 1 / 4.0, 1 / 6.0, 1 / 8.0, 1 / 10, 1 / 12])
        self.b = np.asarray([0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323])

    def fun(self, x, *args):
        self.nfev += 1
        vec = self.b - (x[0] * (self.a**2 + self.a * x[1]) / (self.a**2 + self.a * x[2] + x[3]))
        return np.sum(vec**2)


class Meyer(Benchmark):
    box = [(0.0, 1.0), (4000.0, 5000.0), (200.0, 300.0)]
    dimensions = 3
    a = (34780.0, 28610.0, 23650.0, 19630.0, 16370.0, 13720.0, 11540.0, 9744.0)

    def fun(self, x, *args):
        self.nfev += 1
        total = 0.0
        for i, y in enumerate(self.a):
            t = 45.0 + 5.0 * (i + 1)
            total += (x[0] * math.exp(x[1] / (t + x[2])) - y) ** 2
        return total * 1e-6


class LennardJones(Benchmark):
    """The energy of a cluster of atoms, pair by pair."""

    box = (-4.0, 4.0)
    dimensions = 9

    def fun(self, x, *args):
        self.nfev += 1
        k = int(self.N / 3)
        s = 0.0
        for i in range(k - 1):
            for j in range(i + 1, k):
                a = 3 * i
                b = 3 * j
                xd = x[a] - x[b]
                yd = x[a + 1] - x[b + 1]
                zd = x[a + 2] - x[b + 2]
                ed = xd * xd + yd * yd + zd * zd
                ud = ed * ed * ed
                if ed > 0.0:
                    s += (1.0 / ud - 2.0) / ud
        return s


class Thurber(Benchmark):
    box = (100.0, 1500.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        a = np.asarray([-3.067, -2.981, -2.921, -2.912, -2.84, -1.016, -0.055, 0.55, 2.0])
        y = np.asarray([80.574, 84.248, 87.264, 87.195, 89.076, 350.0, 900.0, 1150.0, 1400.0])
        b0, b1, b2, b3 = x
        vec = (b0 + b1 * a + b2 * a**2) / (1 + b3 / 1500 * a**2)
        return np.sum((y - vec) ** 2) / 1e6


class Trid(Benchmark):
    box = (-20.0, 20.0)
    dimensions = 6

    def fun(self, x, *args):
        self.nfev += 1
        return sum((x - 1.0) ** 2.0) - sum(x[1:] * x[:-1])


class TridByAccumulation(Benchmark):
    box = (-20.0, 20.0)
    dimensions = 6

    def fun(self, x, *args):
        self.nfev += 1
        f = (x[0] - 1) ** 2
        for k in range(1, len(x)):
            f += (x[k] - 1) ** 2 - x[k] * x[k - 1]
        return f


class ZeroSum(Benchmark):
    points = ([1.0, 2.0, 3.0], [-1.0, -2.0, 0.5])
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        if abs(np.sum(x)) < 3e-16:
            return 0.0 * x[0]
        return 1.0 + (10000.0 * abs(np.sum(x))) ** 0.5


class Watson(Benchmark):
    box = (-1.0, 1.0)
    dimensions = 6

    def fun(self, x, *args):
        self.nfev += 1
        i = np.atleast_2d(np.arange(30.0)).T
        a = i / 29.0
        j = np.arange(5.0)
        k = np.arange(6.0)
        t1 = np.sum((j + 1) * a**j * x[1:], axis=1)
        t2 = np.sum(a**k * x, axis=1)
        inner = (t1 - t2**2 - 1) ** 2
        return np.sum(inner) + x[0] ** 2


class Stochastic(Benchmark):
    """Xin-She Yang's noisy slope; with a generator of its own it can be seeded again."""

    box = (-5.0, 5.0)
    dimensions = 4
    seeded = True

    def __init__(self, dimensions=None):
        super().__init__(dimensions)
        self.rng = np.random.default_rng(7)

    def reset(self):
        self.rng = np.random.default_rng(7)

    def fun(self, x, *args):
        self.nfev += 1
        rnd = self.rng.uniform(0.0, 1.0, size=(self.N,))
        i = np.arange(1, self.N + 1)
        return np.sum(rnd * np.abs(x - 1.0 / i))


class XinSheYang01(Benchmark):
    """The noise comes from the global generator."""

    box = (-5.0, 5.0)
    dimensions = 3
    seeded = True

    def reset(self):
        np.random.seed(3)

    def fun(self, x, *args):
        self.nfev += 1
        i = np.arange(1.0, self.N + 1.0)
        return np.sum(np.random.random(self.N) * (np.abs(x) ** i))


class NoisyQuartic(Benchmark):
    """De Jong's fourth, with one noise added."""

    box = (-1.28, 1.28)
    dimensions = 4
    seeded = True

    def reset(self):
        np.random.seed(11)

    def fun(self, x, *args):
        self.nfev += 1
        total = 0.0
        for i, v in enumerate(x, 1):
            total += i * v**4
        return total * (1 + 0.1 * np.random.normal()) + np.random.uniform()
