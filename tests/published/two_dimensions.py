"""The classical functions of two to four variables, element by element."""

from math import factorial
from typing import ClassVar

import numpy as np
from numpy import arctan2, cos, exp, log, pi, sin, sqrt

from .base import Benchmark


class Adjiman(Benchmark):
    box = [(-1.0, 2.0), (-1.0, 1.0)]

    def __init__(self, dimensions=2):
        super().__init__(dimensions)
        self.custom_bounds = ([-1.0, 2.0], [-1.0, 1.0])
        self.global_optimum = [[2.0, 0.10578]]
        self.fglob = -2.02180678

    def fun(self, x, *args):
        self.nfev += 1
        return cos(x[0]) * sin(x[1]) - x[0] / (x[1] ** 2 + 1)


class BartelsConn(Benchmark):
    box = (-500.0, 500.0)

    def fun(self, x, *args):
        self.nfev += 1
        return abs(x[0] ** 2.0 + x[1] ** 2.0 + x[0] * x[1]) + abs(sin(x[0])) + abs(cos(x[1]))


class Beale(Benchmark):
    box = (-4.5, 4.5)

    def fun(self, x, *args):
        self.nfev += 1
        a, b = x
        return (1.5 - a + a * b) ** 2 + (2.25 - a + a * b**2) ** 2 + (2.625 - a + a * b**3) ** 2


class BiggsExp02(Benchmark):
    box = (0.0, 20.0)

    def fun(self, x, *args):
        self.nfev += 1
        t = np.arange(1, 11.0) * 0.1
        y = exp(-t) - 5 * exp(-10 * t)
        vec = (exp(-t * x[0]) - 5 * exp(-t * x[1]) - y) ** 2
        return np.sum(vec)


class BiggsExp05(Benchmark):
    box = (0.0, 20.0)
    dimensions = 5

    def fun(self, x, *args):
        self.nfev += 1
        t = np.arange(1, 12.0) * 0.1
        y = exp(-t) - 5 * exp(-10 * t) + 3 * exp(-4 * t)
        x1, x2, x3, x4, x5 = x
        return np.sum((x3 * exp(-t * x1) - x4 * exp(-t * x2) + 3 * exp(-t * x5) - y) ** 2)


class Bird(Benchmark):
    box = (-2 * pi, 2 * pi)

    def fun(self, x, *args):
        self.nfev += 1
        return (
            sin(x[0]) * exp((1 - cos(x[1])) ** 2)
            + cos(x[1]) * exp((1 - sin(x[0])) ** 2)
            + (x[0] - x[1]) ** 2
        )


class Branin01(Benchmark):
    box = [(-5.0, 10.0), (0.0, 15.0)]

    def fun(self, x, *args):
        self.nfev += 1
        return (
            (x[1] - (5.1 / (4 * pi**2)) * x[0] ** 2 + 5 * x[0] / pi - 6) ** 2
            + 10 * (1 - 1 / (8 * pi)) * cos(x[0])
            + 10
        )


class Branin02(Benchmark):
    box = (-5.0, 15.0)

    def fun(self, x, *args):
        self.nfev += 1
        return (
            (x[1] - (5.1 / (4 * pi**2)) * x[0] ** 2 + 5 * x[0] / pi - 6) ** 2
            + 10 * (1 - 1 / (8 * pi)) * cos(x[0]) * cos(x[1])
            + log(x[0] ** 2.0 + x[1] ** 2.0 + 1.0)
            + 10
        )


class Brent(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        return (x[0] + 10.0) ** 2.0 + (x[1] + 10.0) ** 2.0 + exp(-(x[0] ** 2.0) - x[1] ** 2.0)


class Bukin02(Benchmark):
    box = [(-15.0, -5.0), (-3.0, 3.0)]

    def fun(self, x, *args):
        self.nfev += 1
        return 100 * (x[1] ** 2 - 0.01 * x[0] ** 2 + 1.0) + 0.01 * (x[0] + 10.0) ** 2.0


class Bukin06(Benchmark):
    box = [(-15.0, -5.0), (-3.0, 3.0)]
    points = ([-10.0, 1.5], [-11.0, 0.3])

    def fun(self, x, *args):
        self.nfev += 1
        return 100 * sqrt(abs(x[1] - 0.01 * x[0] ** 2)) + 0.01 * abs(x[0] + 10)


class CarromTable(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        u = cos(x[0]) * cos(x[1])
        v = sqrt(x[0] ** 2 + x[1] ** 2)
        return -((u * exp(abs(1 - v / pi))) ** 2) / 30.0


class Chichinadze(Benchmark):
    box = (-30.0, 30.0)

    def fun(self, x, *args):
        self.nfev += 1
        return (
            x[0] ** 2
            - 12 * x[0]
            + 8 * sin(5 * pi * x[0] / 2)
            + 10 * cos(pi * x[0] / 2)
            + 11
            - 0.2 * sqrt(5) / exp(0.5 * (x[1] - 0.5) ** 2)
        )


class Cube(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        return 100.0 * (x[1] - x[0] ** 3.0) ** 2.0 + (1.0 - x[0]) ** 2.0


class Damavandi(Benchmark):
    box = (2.5, 4.5)

    def fun(self, x, *args):
        self.nfev += 1
        with np.errstate(divide="ignore", invalid="ignore"):
            num = sin(pi * (x[0] - 2.0)) * sin(pi * (x[1] - 2.0))
            den = (pi**2) * (x[0] - 2.0) * (x[1] - 2.0)
            factor1 = 1.0 - (abs(num / den)) ** 5.0
            factor2 = 2 + (x[0] - 7.0) ** 2.0 + 2 * (x[1] - 7.0) ** 2.0
            return factor1 * factor2


class DeckkersAarts(Benchmark):
    box = (-20.0, 20.0)

    def fun(self, x, *args):
        self.nfev += 1
        return (
            1.0e5 * x[0] ** 2
            + x[1] ** 2
            - (x[0] ** 2 + x[1] ** 2) ** 2
            + 1.0e-5 * (x[0] ** 2 + x[1] ** 2) ** 4
        )


class Dolan(Benchmark):
    box = (-100.0, 100.0)
    dimensions = 5

    def fun(self, x, *args):
        self.nfev += 1
        return abs(
            (x[0] + 1.7 * x[1]) * sin(x[0])
            - 1.5 * x[2]
            - 0.1 * x[3] * cos(x[3] + x[4] - x[0])
            + 0.2 * x[4] ** 2
            - x[1]
            - 1
        )


class Easom(Benchmark):
    box = (2.0, 4.5)

    def fun(self, x, *args):
        self.nfev += 1
        a = (x[0] - pi) ** 2 + (x[1] - pi) ** 2
        return -cos(x[0]) * cos(x[1]) * exp(-a)


class Eckerle4(Benchmark):
    """A peak of a spectrum fitted to data."""

    box = [(0.0, 20.0), (1.0, 20.0), (10.0, 600.0)]
    dimensions = 3
    a = np.asarray([1.575e-4, 1.699e-4, 2.35e-4, 3.102e-4, 4.917e-4, 8.71e-4, 1.7418e-3, 4.64e-3])
    b = np.asarray([400.0, 405.0, 410.0, 415.0, 420.0, 425.0, 430.0, 435.0])

    def fun(self, x, *args):
        self.nfev += 1
        vec = x[0] / x[1] * exp(-((self.b - x[2]) ** 2) / (2 * x[1] ** 2))
        return np.sum((self.a - vec) ** 2)


class FreudensteinRoth(Benchmark):
    """Freudenstein and Roth."""

    def fun(self, x, *args):
        self.nfev += 1
        f1 = (-13.0 + x[0] + ((5.0 - x[1]) * x[1] - 2.0) * x[1]) ** 2
        f2 = (-29.0 + x[0] + ((x[1] + 1.0) * x[1] - 14.0) * x[1]) ** 2
        return f1 + f2


class Giunta(Benchmark):
    box = (-1.0, 1.0)

    def fun(self, x, *args):
        self.nfev += 1
        arg = 16 * x / 15.0 - 1
        return 0.6 + np.sum(sin(arg) + sin(arg) ** 2 + sin(4 * arg) / 50.0)


class GoldsteinPrice(Benchmark):
    box = (-2.0, 2.0)

    def fun(self, x, *args):
        self.nfev += 1
        a = 1 + (x[0] + x[1] + 1) ** 2 * (
            19 - 14 * x[0] + 3 * x[0] ** 2 - 14 * x[1] + 6 * x[0] * x[1] + 3 * x[1] ** 2
        )
        b = 30 + (2 * x[0] - 3 * x[1]) ** 2 * (
            18 - 32 * x[0] + 12 * x[0] ** 2 + 48 * x[1] - 36 * x[0] * x[1] + 27 * x[1] ** 2
        )
        return a * b


class Gulf(Benchmark):
    box = (1.0, 50.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        m = 30.0
        i = np.arange(1.0, m + 1)
        u = 25 + (-50 * log(i / 100.0)) ** (2 / 3.0)
        vec = exp(-(abs(u - x[1]) ** x[2] / x[0])) - i / 100.0
        return np.sum(vec**2)


class Hansen(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        i = np.arange(5.0)
        a = (i + 1) * cos(i * x[0] + i + 1)
        b = (i + 1) * cos((i + 2) * x[1] + i + 1)
        return np.sum(a) * np.sum(b)


class HelicalValley(Benchmark):
    """The angle by the textbook's cases rather than `arctan2`."""

    dimensions = 3
    points = ([-1.0, 0.5, 2.0], [-1.0, -0.5, 2.0], [1.0, -0.5, 2.0])

    def fun(self, x, *args):
        self.nfev += 1
        if x[0] > 0:
            theta = np.arctan(x[1] / x[0]) / (2.0 * pi)
        elif x[0] < 0:
            theta = np.arctan(x[1] / x[0]) / (2.0 * pi) + 0.5
        else:
            theta = np.sign(x[1]) * 0.25 + 0 * x[1]
        return 100.0 * ((x[2] - 10 * theta) ** 2 + (np.hypot(x[0], x[1]) - 1) ** 2) + x[2] ** 2


class HelicalValleyByArctan2(Benchmark):
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        x, y, z = x
        radius = sqrt(x**2 + y**2)
        return 100 * ((z - 10 * arctan2(y, x) / 2 / pi) ** 2 + (radius - 1) ** 2) + z**2


class HimmelBlau(Benchmark):
    box = (-5.0, 5.0)

    def fun(self, x, *args):
        self.nfev += 1
        return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


class Hosaki(Benchmark):
    box = (0.0, 6.0)

    def fun(self, x, *args):
        self.nfev += 1
        val = 1 - 8 * x[0] + 7 * x[0] ** 2 - 7 / 3.0 * x[0] ** 3 + 0.25 * x[0] ** 4
        return val * x[1] ** 2 * exp(-x[1])


class JennrichSampson(Benchmark):
    box = (-1.0, 1.0)

    def fun(self, x, *args):
        self.nfev += 1
        i = np.arange(1, 11)
        return np.sum((2 + 2 * i - (exp(i * x[0]) + exp(i * x[1]))) ** 2)


class Judge(Benchmark):
    y: ClassVar = np.asarray(
        [4.284, 4.149, 3.877, 0.533, 2.211, 2.389, 2.145, 3.231, 1.998, 1.379]
        + [2.106, 1.428, 1.011, 2.179, 2.858, 1.388, 1.651, 1.593, 1.046, 2.152]
    )
    x2: ClassVar = np.asarray(
        [0.286, 0.973, 0.384, 0.276, 0.973, 0.543, 0.957, 0.948, 0.543, 0.797]
        + [0.936, 0.889, 0.006, 0.828, 0.399, 0.617, 0.939, 0.784, 0.072, 0.889]
    )
    x3: ClassVar = np.asarray(
        [0.645, 0.585, 0.310, 0.058, 0.455, 0.779, 0.259, 0.202, 0.028, 0.099]
        + [0.142, 0.296, 0.175, 0.180, 0.842, 0.039, 0.103, 0.620, 0.158, 0.704]
    )

    def fun(self, x, *args):
        self.nfev += 1
        y_pred = x[0] + x[1] * self.x2 + (x[1] ** 2) * self.x3
        return np.sum((self.y - y_pred) ** 2)


class Leon(Benchmark):
    box = (-1.2, 1.2)

    def fun(self, x, *args):
        self.nfev += 1
        return 100.0 * (x[1] - x[0] ** 3.0) ** 2 + (1.0 - x[0]) ** 2.0


class Matyas(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        return 0.26 * (x[0] ** 2 + x[1] ** 2) - 0.48 * x[0] * x[1]


class McCormick(Benchmark):
    box = [(-1.5, 4.0), (-3.0, 3.0)]

    def fun(self, x, *args):
        self.nfev += 1
        return sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1


class MieleCantrell(Benchmark):
    box = (-1.0, 1.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        return (
            (exp(-x[0]) - x[1]) ** 4
            + 100 * (x[1] - x[2]) ** 6
            + np.tan(x[2] - x[3]) ** 4
            + x[0] ** 8
        )


class Mishra08(Benchmark):
    """Decanomial: two polynomials with their coefficients in tables."""

    box = (-3.0, 3.0)
    first: ClassVar = (1, -20, 180, -960, 3360, -8064, 13340, -15360, 11520, -5120, 2624)
    second: ClassVar = (1.0, 12.0, 54.0, 108.0, 81.0)

    def fun(self, x, *args):
        self.nfev += 1
        F1 = abs(sum(c * x[0] ** (10 - k) for k, c in enumerate(self.first)))
        F2 = abs(np.polyval(self.second, x[1]))
        return 0.001 * (F1 + F2) ** 2


class Parabola(Benchmark):
    """Schaffer's simplest, with a table in place of a formula."""

    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        table = {"linear": 0.3, "square": 1.0, "cross": 0.5}
        total = table["square"] * (x @ x)
        total = total + table["cross"] * x[0] * x[-1]
        return total - table["linear"] * x.sum()


class PermFunction01(Benchmark):
    box = (-3.0, 3.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        b = 0.5
        k = np.atleast_2d(np.arange(self.N) + 1).T
        j = np.atleast_2d(np.arange(self.N) + 1)
        s = (j**k + b) * ((x / j) ** k - 1)
        return np.sum(np.sum(s, axis=1) ** 2)


class PermFunction02(Benchmark):
    box = (-3.0, 3.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        b = 10
        k = np.atleast_2d(np.arange(self.N) + 1).T
        j = np.atleast_2d(np.arange(self.N) + 1)
        s = (j + b) * (x**k - (1.0 / j) ** k)
        return np.sum(np.sum(s, axis=1) ** 2)


class PowerSum(Benchmark):
    box = (0.0, 4.0)
    dimensions = 4
    b: ClassVar = [8.0, 18.0, 44.0, 114.0]

    def fun(self, x, *args):
        self.nfev += 1
        total = 0.0
        for k in range(1, self.N + 1):
            total += (np.sum(x**k) - self.b[k - 1]) ** 2
        return total


class Powell(Benchmark):
    box = (-4.0, 5.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        x1, x2, x3, x4 = x
        return (x1 + 10 * x2) ** 2 + 5 * (x3 - x4) ** 2 + (x2 - 2 * x3) ** 4 + 10 * (x1 - x4) ** 4


class Price01(Benchmark):
    points = ([-3.0, 2.0], [3.0, -2.0])

    def fun(self, x, *args):
        self.nfev += 1
        return (abs(x[0]) - 5.0) ** 2.0 + (abs(x[1]) - 5.0) ** 2.0


class Price03(Benchmark):
    box = (-5.0, 5.0)

    def fun(self, x, *args):
        self.nfev += 1
        return 100 * (x[1] - x[0] ** 2) ** 2 + (6.4 * (x[1] - 0.5) ** 2 - x[0] - 0.6) ** 2


class Quadratic(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        return (
            -3803.84
            - 138.08 * x[0]
            - 232.92 * x[1]
            + 128.08 * x[0] ** 2.0
            + 203.64 * x[1] ** 2.0
            + 182.25 * x[0] * x[1]
        )


class Ratkowsky01(Benchmark):
    """Pasture yield: a Richards curve."""

    dimensions = 4
    box = [(500.0, 900.0), (1.0, 6.0), (0.3, 1.5), (0.8, 2.0)]
    y: ClassVar = [8.93, 10.8, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08]

    def fun(self, x, *args):
        self.nfev += 1
        total = 0
        for t, y in enumerate(self.y, start=1):
            total += (y - x[0] / (1 + exp(x[1] - x[2] * t)) ** (1 / x[3])) ** 2
        return total


class RosenbrockModified(Benchmark):
    box = (-2.0, 2.0)

    def fun(self, x, *args):
        self.nfev += 1
        a = 74 + 100.0 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
        a -= 400 * exp(-((x[0] + 1.0) ** 2 + (x[1] + 1.0) ** 2) / 0.1)
        return a


class RotatedEllipse01(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        return 7.0 * x[0] ** 2.0 - 6.0 * sqrt(3) * x[0] * x[1] + 13 * x[1] ** 2.0


class Schwefel22(Benchmark):
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        return np.sum(np.abs(x)) + np.prod(np.abs(x))


class Schwefel36(Benchmark):
    box = (0.0, 500.0)

    def fun(self, x, *args):
        self.nfev += 1
        return -x[0] * x[1] * (72 - 2 * x[0] - 2 * x[1])


class SixHumpCamel(Benchmark):
    box = (-5.0, 5.0)

    def fun(self, x, *args):
        self.nfev += 1
        u, v = x[0], x[1]
        return (4 - 2.1 * u**2 + u**4 / 3) * u**2 + u * v + (4 * v**2 - 4) * v**2


class ThreeHumpCamel(Benchmark):
    box = (-5.0, 5.0)

    def fun(self, x, *args):
        self.nfev += 1
        return 2.0 * x[0] ** 2.0 - 1.05 * x[0] ** 4.0 + x[0] ** 6 / 6.0 + x[0] * x[1] + x[1] ** 2.0


class Treccani(Benchmark):
    box = (-5.0, 5.0)

    def fun(self, x, *args):
        self.nfev += 1
        return x[0] ** 4 + 4.0 * x[0] ** 3 + 4.0 * x[0] ** 2 + x[1] ** 2


class Tripod(Benchmark):
    """Steps that depend on signs, as numbers."""

    box = (-100.0, 100.0)
    points = ([3.0, -20.0], [-3.0, -20.0], [3.0, 20.0], [-3.0, 20.0])

    def fun(self, x, *args):
        self.nfev += 1
        p1 = float(x[0] >= 0)
        p2 = float(x[1] >= 0)
        return (
            p2 * (1.0 + p1)
            + abs(x[0] + 50.0 * p2 * (1.0 - 2.0 * p1))
            + abs(x[1] + 50.0 * (1.0 - 2.0 * p2))
        )


class Ursem03(Benchmark):
    box = [(-2.0, 2.0), (-1.5, 1.5)]

    def fun(self, x, *args):
        self.nfev += 1
        u = -(sin(2.2 * pi * x[0] + 0.5 * pi) * ((2.0 - abs(x[0])) / 2.0) * ((3.0 - abs(x[0])) / 2))
        v = -(sin(2.2 * pi * x[1] + 0.5 * pi) * ((2.0 - abs(x[1])) / 2) * ((3.0 - abs(x[1])) / 2))
        return u + v


class VenterExponential(Benchmark):
    """Zettl, and a factorial that nobody needs."""

    box = (-1.0, 5.0)

    def fun(self, x, *args):
        self.nfev += 1
        scale = factorial(4) / 96
        return scale * x[0] + (x[0] ** 2 - 2.0 * x[0] + x[1] ** 2) ** 2


class WayburnSeader01(Benchmark):
    box = (-5.0, 5.0)

    def fun(self, x, *args):
        self.nfev += 1
        return (x[0] ** 6 + x[1] ** 4 - 17) ** 2 + (2 * x[0] + x[1] - 4) ** 2


class WayburnSeader02(Benchmark):
    box = (-500.0, 500.0)

    def fun(self, x, *args):
        self.nfev += 1
        u = (1.613 - 4 * (x[0] - 0.3125) ** 2 - 4 * (x[1] - 1.625) ** 2) ** 2
        v = (x[1] - 1) ** 2
        return u + v


class Wood(Benchmark):
    """Colville."""

    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        w, x, y, z = x
        return (
            100 * (w**2 - x) ** 2
            + (w - 1) ** 2
            + (y - 1) ** 2
            + 90 * (y**2 - z) ** 2
            + 10.1 * ((x - 1) ** 2 + (z - 1) ** 2)
            + 19.8 * (x - 1) * (z - 1)
        )


class Zettl(Benchmark):
    box = (-1.0, 5.0)

    def fun(self, x, *args):
        self.nfev += 1
        return (x[0] ** 2 + x[1] ** 2 - 2 * x[0]) ** 2 + 0.25 * x[0]


class Zimmerman(Benchmark):
    """Penalties by nested helpers, joined by `max`."""

    box = (0.0, 100.0)
    points = ([5.0, 2.0], [1.0, 1.0], [8.0, 4.0], [3.0, 6.0])

    def fun(self, x, *args):
        self.nfev += 1

        def Zh1(x):
            return 9.0 - x[0] - x[1]

        def Zh2(x):
            return (x[0] - 3.0) ** 2.0 + (x[1] - 2.0) ** 2.0 - 16.0

        def Zh3(x):
            return x[0] * x[1] - 14.0

        def Zp(t):
            return 100.0 * (1.0 + t)

        return max(
            Zh1(x),
            Zp(Zh2(x)) * np.sign(Zh2(x)),
            Zp(Zh3(x)) * np.sign(Zh3(x)),
            Zp(-x[0]) * np.sign(x[0]),
            Zp(-x[1]) * np.sign(x[1]),
        )


class Zirilli(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        return 0.25 * x[0] ** 4 - 0.5 * x[0] ** 2 + 0.1 * x[0] + 0.5 * x[1] ** 2
