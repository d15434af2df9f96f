"""Functions with many hills in any number of dimensions, with names imported from numpy."""

from numpy import (
    abs,
    arange,
    array,
    asarray,
    atleast_1d,
    cos,
    e,
    exp,
    log,
    ones_like,
    pi,
    prod,
    roll,
    sign,
    sin,
    sqrt,
    sum,
    tan,
    zeros,
)

from .base import Benchmark


class Ackley01(Benchmark):
    box = (-35.0, 35.0)
    dimensions = 3

    def __init__(self, dimensions=None):
        Benchmark.__init__(self, dimensions)
        self.global_optimum = [[0 for _ in range(self.N)]]
        self.fglob = 0.0
        self.change_dimensionality = True

    def fun(self, x, *args):
        self.nfev += 1
        u = sum(x**2)
        v = sum(cos(2 * pi * x))
        return -20.0 * exp(-0.2 * sqrt(u / self.N)) - exp(v / self.N) + 20.0 + exp(1.0)


class Ackley02(Benchmark):
    box = (-32.0, 32.0)

    def fun(self, x, *args):
        self.nfev += 1
        return -200 * exp(-0.02 * sqrt(x[0] ** 2 + x[1] ** 2))


class Ackley03(Benchmark):
    box = (-32.0, 32.0)

    def fun(self, x, *args):
        self.nfev += 1
        a = -200 * exp(-0.02 * sqrt(x[0] ** 2 + x[1] ** 2))
        a += 5 * exp(cos(3 * x[0]) + sin(3 * x[1]))
        return a


class Alpine01(Benchmark):
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        return sum(abs(x * sin(x) + 0.1 * x))


class Alpine02(Benchmark):
    box = (0.1, 10.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        return prod(sqrt(x) * sin(x))


class Bohachevsky(Benchmark):
    box = (-15.0, 15.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        x0 = x[:-1]
        x1 = roll(x, -1)[:-1]
        return sum(
            x0**2 + 2 * x1**2 - 0.3 * cos(3 * pi * x0) - 0.4 * cos(4 * pi * x1) + 0.7, axis=0
        )


class CosineMixture(Benchmark):
    box = (-1.0, 1.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        return -0.1 * sum(cos(5.0 * pi * x)) - sum(x**2.0)


class CrossInTray(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        inner = abs(sin(x[0]) * sin(x[1]) * exp(abs(100 - sqrt(x[0] ** 2 + x[1] ** 2) / pi)))
        return -0.0001 * (inner + 1) ** 0.1


class CrossLegTable(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        u = 100 - sqrt(x[0] ** 2 + x[1] ** 2) / pi
        v = sin(x[0]) * sin(x[1])
        return -((abs(v * exp(abs(u))) + 1) ** (-0.1))


class CrownedCross(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        u = 100 - sqrt(x[0] ** 2 + x[1] ** 2) / pi
        v = sin(x[0]) * sin(x[1])
        return 0.0001 * (abs(v * exp(abs(u))) + 1) ** 0.1


class Csendes(Benchmark):
    box = (-1.0, 1.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        return sum((x**6.0) * (2.0 + sin(1.0 / x)))


class Deb01(Benchmark):
    box = (-1.0, 1.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        return -(1.0 / self.N) * sum(sin(5 * pi * x) ** 6.0)


class Deb03(Benchmark):
    box = (0.05, 1.0)

    def fun(self, x, *args):
        self.nfev += 1
        return -(1.0 / self.N) * sum(sin(5 * pi * (x**0.75 - 0.05)) ** 6.0)


class DeflectedCorrugatedSpring(Benchmark):
    box = (0.0, 10.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        K, alpha = 5.0, 5.0
        inner = sum((x - alpha) ** 2)
        return -cos(K * sqrt(inner)) + 0.1 * inner


class DropWave(Benchmark):
    box = (-5.12, 5.12)

    def fun(self, x, *args):
        self.nfev += 1
        norm_x = sum(x**2)
        return -(1 + cos(12 * sqrt(norm_x))) / (0.5 * norm_x + 2)


class EggCrate(Benchmark):
    box = (-5.0, 5.0)

    def fun(self, x, *args):
        self.nfev += 1
        return x[0] ** 2 + x[1] ** 2 + 25 * (sin(x[0]) ** 2 + sin(x[1]) ** 2)


class EggHolder(Benchmark):
    box = (-512.0, 512.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        x_i, x_next = x[:-1], roll(x, -1)[:-1]
        value = -(x_next + 47) * sin(sqrt(abs(x_next + x_i / 2.0 + 47)))
        return sum(value - x_i * sin(sqrt(abs(x_i - (x_next + 47)))))


class ElAttarVidyasagarDutta(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        first, second = x
        return (
            (first**2 + second - 10) ** 2
            + (first + second**2 - 7) ** 2
            + (first**2 + second**3 - 1) ** 2
        )


class Exponential(Benchmark):
    box = (-1.0, 1.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        return -exp(-0.5 * sum(x**2.0))


class Exp2(Benchmark):
    box = (0.0, 20.0)

    def fun(self, x, *args):
        self.nfev += 1
        i = arange(10.0)
        vector = (
            exp(-i * x[0] / 10.0) - 5 * exp(-i * x[1] / 10.0) - exp(-i / 10.0) + 5 * exp(-i)
        ) ** 2.0
        return sum(vector)


class Griewank(Benchmark):
    box = (-100.0, 100.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        i = arange(1.0, self.N + 1.0)
        return sum(x**2 / 4000) - prod(cos(x / sqrt(i))) + 1


class HolderTable(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        return -abs(sin(x[0]) * cos(x[1]) * exp(abs(1 - sqrt(x[0] ** 2 + x[1] ** 2) / pi)))


class Infinity(Benchmark):
    box = (-1.0, 1.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        return sum(x**6.0 * (sin(1.0 / x) + 2.0))


class Keane(Benchmark):
    box = (0.1, 10.0)

    def fun(self, x, *args):
        self.nfev += 1
        value = sin(x[0] - x[1]) ** 2 * sin(x[0] + x[1]) ** 2
        return value / sqrt(x[0] ** 2 + x[1] ** 2)


class Bump(Benchmark):
    """Keane's bump, with its penalty when the product of all is too small."""

    box = (0.5, 10.0)
    dimensions = 4
    points = ([0.3, 0.4, 0.5, 0.6], [3.0, 2.9, 1.0, 0.4])

    def fun(self, x, *args):
        self.nfev += 1
        if prod(x) < 0.75 or sum(x) > 7.5 * self.N:
            return 100.0 + sum(x * x)
        top = abs(sum(cos(x) ** 4) - 2 * prod(cos(x) ** 2))
        return -top / sqrt(sum(arange(1, self.N + 1) * x**2))


class Langermann(Benchmark):
    box = (0.0, 10.0)

    def fun(self, x, *args):
        self.nfev += 1
        a = [3, 5, 2, 1, 7]
        b = [5, 2, 1, 4, 9]
        c = [1, 2, 5, 2, 3]
        return -sum(
            [
                ci
                * exp(-(1 / pi) * ((x[0] - ai) ** 2 + (x[1] - bi) ** 2))
                * cos(pi * ((x[0] - ai) ** 2 + (x[1] - bi) ** 2))
                for ai, bi, ci in zip(a, b, c)
            ]
        )


class Levy03(Benchmark):
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        y = 1 + (x - 1) / 4
        v = sum((y[:-1] - 1) ** 2 * (1 + 10 * sin(pi * y[:-1] + 1) ** 2))
        z = (y[-1] - 1) ** 2
        return sin(pi * y[0]) ** 2 + v + z * (1 + sin(2 * pi * y[-1]) ** 2)


class Levy05(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        i = arange(1, 6)
        a = i * cos((i - 1) * x[0] + i)
        b = i * cos((i + 1) * x[1] + i)
        return sum(a) * sum(b) + (x[0] + 1.42513) ** 2 + (x[1] + 0.80032) ** 2


class Levy13(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        u = sin(3 * pi * x[0]) ** 2
        v = (x[0] - 1) ** 2 * (1 + (sin(3 * pi * x[1])) ** 2)
        w = (x[1] - 1) ** 2 * (1 + (sin(2 * pi * x[1])) ** 2)
        return u + v + w


class Michalewicz(Benchmark):
    box = (0.0, pi)
    dimensions = 5

    def fun(self, x, *args):
        self.nfev += 1
        m = 10.0
        i = arange(1, self.N + 1)
        return -sum(sin(x) * sin(i * x**2 / pi) ** (2 * m))


class EpistaticMichalewicz(Benchmark):
    """Neighbours are rotated into each other, odd and even places differently."""

    box = (0.0, pi)
    dimensions = 5

    def fun(self, x, *args):
        self.nfev += 1
        a, m, theta = asarray(x), 10, pi / 6
        y = zeros(self.N)
        for i in range(self.N - 1):
            if i % 2 == 0:
                y[i] = a[i] * cos(theta) - a[i + 1] * sin(theta)
            else:
                y[i] = a[i - 1] * sin(theta) + a[i] * cos(theta)
        y[-1] = a[-1]
        k = arange(self.N) + 1.0
        return -sum(sin(y) * sin(k * y**2 / pi) ** (2 * m))


class Mishra03(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        return 0.01 * (x[0] + x[1]) + sqrt(abs(cos(sqrt(abs(x[0] ** 2 + x[1] ** 2)))))


class Mishra04(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        return 0.01 * (x[0] + x[1]) + sqrt(abs(sin(sqrt(abs(x[0] ** 2 + x[1] ** 2)))))


class Mishra05(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        return (
            0.01 * x[0]
            + 0.1 * x[1]
            + (
                sin((cos(x[0]) + cos(x[1])) ** 2) ** 2
                + cos((sin(x[0]) + sin(x[1])) ** 2) ** 2
                + x[0]
            )
            ** 2
        )


class Mishra06(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        u = sin((cos(x[0]) + cos(x[1])) ** 2) ** 2
        v = cos((sin(x[0]) + sin(x[1])) ** 2) ** 2
        return -log((u - v + x[0]) ** 2) + 0.1 * ((x[0] - 1) ** 2 + (x[1] - 1) ** 2)


class Mishra09(Benchmark):
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        a = 2 * x[0] ** 3 + 5 * x[0] * x[1] + 4 * x[2] - 2 * x[0] ** 2 * x[2] - 18
        b = x[0] + x[1] ** 3 + x[0] * x[2] ** 2 - 22
        c = 8 * x[0] ** 2 + 2 * x[1] * x[2] + 2 * x[1] ** 2 + 3 * x[1] ** 3 - 52
        return (a * c * b**2 + a * b * c**2 + b**2 + (x[0] + x[1] - x[2]) ** 2) ** 2


class NeedleEye(Benchmark):
    points = ([0.01, -0.05], [0.5, -0.01], [3.0, 4.0])

    def fun(self, x, *args):
        self.nfev += 1
        f = fp = 0.0
        eye = 0.1
        for val in x:
            if abs(val) >= eye:
                fp = 1.0
                f += 100.0 + abs(val)
            else:
                f += 1.0
        if fp < 1e-6:
            f = f / self.N
        return f


class NewFunction01(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        return abs(cos(sqrt(abs(x[0] ** 2 + x[1])))) ** 0.5 + 0.01 * x[0] + 0.01 * x[1]


class OddSquare(Benchmark):
    """The largest deviation against the largest of all, with a table as an attribute."""

    box = (-5.0 * pi, 5.0 * pi)
    dimensions = 3

    def __init__(self, dimensions=None):
        Benchmark.__init__(self, dimensions)
        self.a = asarray([1, 1.3, 0.8, -0.4, -1.3, 1.6, -0.2, -0.6, 0.5, 1.4] * 2)

    def fun(self, x, *args):
        self.nfev += 1
        b = self.a[0 : self.N]
        d = self.N * max((x - b) ** 2.0)
        h = sum((x - b) ** 2.0)
        return -exp(-d / (2.0 * pi)) * cos(pi * d) * (1.0 + 0.02 * h / (d + 0.01))


class Parsopoulos(Benchmark):
    box = (-5.0, 5.0)

    def fun(self, x, *args):
        self.nfev += 1
        return cos(x[0]) ** 2.0 + sin(x[1]) ** 2.0


class Pathological(Benchmark):
    box = (-100.0, 100.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        vec = 0.5 + (sin(sqrt(100 * x[:-1] ** 2 + x[1:] ** 2)) ** 2 - 0.5) / (
            1.0 + 0.001 * (x[:-1] ** 2 - 2 * x[:-1] * x[1:] + x[1:] ** 2) ** 2
        )
        return sum(vec)


class Penalty01(Benchmark):
    """Levy's sine waves, and a wall outside of the box, by boolean indexing."""

    box = (-50.0, 50.0)
    dimensions = 3
    points = ([0.1, 0.2, 9.0], [11.0, -12.0, 3.0])

    def fun(self, x, *args):
        self.nfev += 1
        a, b, c = 10.0, 100.0, 4.0
        xx = abs(x)
        u = sum(array([b * (v - a) ** c for v in xx[xx > a]])) if any(xx > a) else 0.0
        y = 1.0 + (x + 1.0) / 4.0
        return u + (pi / 30.0) * (
            10.0 * sin(pi * y[0]) ** 2.0
            + sum((y[:-1] - 1.0) ** 2.0 * (1.0 + 10.0 * sin(pi * y[1:]) ** 2.0))
            + (y[-1] - 1) ** 2.0
        )


class Penalty02(Benchmark):
    box = (-50.0, 50.0)
    dimensions = 3
    points = ([0.1, 0.2, 4.0], [6.0, -7.0, 3.0])

    def fun(self, x, *args):
        self.nfev += 1
        a, b, c = 5.0, 100.0, 4.0
        xx = abs(x)
        mask = xx > a
        u = b * sum((xx[mask] - a) ** c)
        return u + 0.1 * (
            sin(3.0 * pi * x[0]) ** 2.0
            + sum((x[:-1] - 1.0) ** 2.0 * (1.0 + sin(3 * pi * x[1:]) ** 2.0))
            + (x[-1] - 1) ** 2.0 * (1 + sin(2 * pi * x[-1]) ** 2.0)
        )


class PenHolder(Benchmark):
    box = (-11.0, 11.0)

    def fun(self, x, *args):
        self.nfev += 1
        a = abs(1.0 - (sqrt(x[0] ** 2 + x[1] ** 2) / pi))
        b = cos(x[0]) * cos(x[1]) * exp(a)
        return -exp(-(abs(b) ** -1))


class Periodic(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        return 1.0 + sum(sin(x) ** 2) - 0.1 * exp(-sum(x**2.0))


class Pinter(Benchmark):
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        i = arange(self.N) + 1
        xx = zeros(self.N + 2)
        xx[1:-1] = x
        xx[0] = x[-1]
        xx[-1] = x[0]
        A = xx[0:-2] * sin(xx[1:-1]) + sin(xx[2:])
        B = xx[0:-2] ** 2 - 2 * xx[1:-1] + 3 * xx[2:] - cos(xx[1:-1]) + 1
        f = sum(i * x**2)
        f += sum(20 * i * sin(A) ** 2)
        f += sum(i * log(1 + i * B**2) / log(10.0))
        return f


class Qing(Benchmark):
    box = (-5.0, 5.0)
    dimensions = 5

    def fun(self, x, *args):
        self.nfev += 1
        i = arange(1, self.N + 1)
        return sum((x**2.0 - i) ** 2.0)


class Quintic(Benchmark):
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        return sum(abs(x**5 - 3 * x**4 + 4 * x**3 + 2 * x**2 - 10 * x - 4))


class Rana(Benchmark):
    box = (-500.0, 500.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        t1 = sqrt(abs(x[1:] + x[:-1] + 1))
        t2 = sqrt(abs(x[1:] - x[:-1] + 1))
        v = (x[1:] + 1) * cos(t2) * sin(t1) + x[:-1] * cos(t1) * sin(t2)
        return sum(v)


class Rastrigin(Benchmark):
    box = (-5.12, 5.12)
    dimensions = 5

    def fun(self, x, *args):
        self.nfev += 1
        return 10.0 * self.N + sum(x**2.0 - 10.0 * cos(2.0 * pi * x))


class Ripple01(Benchmark):
    box = (0.0, 1.0)

    def fun(self, x, *args):
        self.nfev += 1
        u = -2.0 * log(2.0) * ((x - 0.1) / 0.8) ** 2.0
        v = sin(5.0 * pi * x) ** 6.0 + 0.1 * cos(500.0 * pi * x) ** 2.0
        return sum(-exp(u) * v)


class Salomon(Benchmark):
    box = (-100.0, 100.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        u = sqrt(sum(x**2))
        return 1 - cos(2 * pi * u) + 0.1 * u


class Sargan(Benchmark):
    box = (-100.0, 100.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        x0 = x[:-1]
        x1 = roll(x, -1)[:-1]
        return sum(self.N * (x**2 + 0.4 * sum(x0 * x1)))


class Schaffer01(Benchmark):
    box = (-100.0, 100.0)

    def fun(self, x, *args):
        self.nfev += 1
        u = x[0] ** 2 + x[1] ** 2
        num = sin(u) ** 2 - 0.5
        den = (1 + 0.001 * u) ** 2
        return 0.5 + num / den


class Schaffer04(Benchmark):
    box = (-100.0, 100.0)

    def fun(self, x, *args):
        self.nfev += 1
        num = cos(sin(abs(x[0] ** 2 - x[1] ** 2))) ** 2 - 0.5
        den = (1 + 0.001 * (x[0] ** 2 + x[1] ** 2)) ** 2
        return 0.5 + num / den


class SchafferStretchedV(Benchmark):
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        t = x[1:] ** 2 + x[:-1] ** 2
        return sum(t**0.25 * (sin(50.0 * t**0.1) ** 2 + 1))


class Schwefel26(Benchmark):
    box = (-500.0, 500.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        return 418.982887 * self.N - sum(x * sin(sqrt(abs(x))))


class Shubert01(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        s1 = s2 = 0
        for j in range(1, 6):
            s1 += j * cos((j + 1) * x[0] + j)
            s2 += j * cos((j + 1) * x[1] + j)
        return s1 * s2


class Shubert03(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        j = atleast_1d(arange(1, 6))[:, None]
        return -sum(-sum(j * sin((j + 1) * x + j), axis=0))


class Sine_Envelope(Benchmark):
    box = (-100.0, 100.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        X0, X1 = x[:-1], x[1:]
        both = X0**2 + X1**2
        return sum((sin(sqrt(both)) ** 2 - 0.5) / (1 + 0.001 * both) ** 2 + 0.5)


class StyblinskiTang(Benchmark):
    box = (-5.0, 5.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        return sum(x**4 - 16 * x**2 + 5 * x) / 2


class TestTubeHolder(Benchmark):
    __test__ = False

    def fun(self, x, *args):
        self.nfev += 1
        u = sin(x[0]) * cos(x[1])
        v = (x[0] ** 2 + x[1] ** 2) / 200
        return -4 * abs(u * exp(abs(cos(v))))


class Trefethen(Benchmark):
    def fun(self, x, *args):
        self.nfev += 1
        val = 0.25 * x[0] ** 2 + 0.25 * x[1] ** 2
        val += exp(sin(50.0 * x[0])) - sin(10 * x[0] + 10 * x[1])
        val += sin(60 * exp(x[1] / 10))
        val += sin(70 * sin(x[0]))
        val += sin(sin(80 * x[1] / 10))
        return val


class Trigonometric01(Benchmark):
    box = (0.0, pi)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        i = atleast_1d(arange(self.N, dtype=float)) + 1
        inner = self.N - sum(cos(x)) + i * (ones_like(x) - cos(x)) - sin(x)
        return sum(inner**2)


class Trigonometric02(Benchmark):
    box = (-50.0, 50.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        vec = 8 * sin(7 * (x - 0.9) ** 2) ** 2 + 6 * sin(14 * (x - 0.9) ** 2) ** 2 + (x - 0.9) ** 2
        return 1.0 + sum(vec)


class Ursem01(Benchmark):
    box = [(-2.5, 3.0), (-2.0, 2.0)]

    def fun(self, x, *args):
        self.nfev += 1
        return -sin(2 * x[0] - 0.5 * pi) - 3 * cos(x[1]) - 0.5 * x[0]


class UrsemWaves(Benchmark):
    box = [(-0.9, 1.2), (-1.2, 1.2)]

    def fun(self, x, *args):
        self.nfev += 1
        u = -0.9 * x[0] ** 2
        v = (x[1] ** 2 - 4.5 * x[1] ** 2) * x[0] * x[1]
        w = 4.7 * cos(3 * x[0] - x[1] ** 2 * (2 + x[0])) * sin(2.5 * pi * x[0])
        return u + v + w


class VenterSobiezcczanskiSobieski(Benchmark):
    box = (-50.0, 50.0)

    def fun(self, x, *args):
        self.nfev += 1
        u = x[0] ** 2.0 - 100.0 * cos(x[0]) ** 2.0
        v = -100.0 * cos(x[0] ** 2.0 / 30.0) + x[1] ** 2.0
        w = -100.0 * cos(x[1]) ** 2.0 - 100.0 * cos(x[1] ** 2.0 / 30.0)
        return u + v + w


class Vincent(Benchmark):
    box = (0.25, 10.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        return -sum(sin(10.0 * log(x)))


class Wavy(Benchmark):
    box = (-pi, pi)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        return 1.0 - (1.0 / self.N) * sum(cos(10 * x) * exp(-(x**2.0) / 2.0))


class Weierstrass(Benchmark):
    box = (-0.5, 0.5)

    def fun(self, x, *args):
        self.nfev += 1
        kmax, a, b = 5, 0.5, 3.0
        k = atleast_1d(arange(kmax + 1.0)).reshape(-1, 1)
        t1 = a**k * cos(2 * pi * b**k * (x + 0.5))
        t2 = self.N * sum(a**k.T * cos(pi * b**k.T))
        return sum(sum(t1, axis=0)) - t2


class Whitley(Benchmark):
    box = (-2.0, 2.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        XI = x
        XJ = x.reshape(-1, 1)
        temp = 100.0 * ((XI**2.0) - XJ) ** 2.0 + (1.0 - XJ) ** 2.0
        inner = (temp**2.0) / 4000.0 - cos(temp) + 1.0
        return sum(sum(inner, axis=0))


class XinSheYang02(Benchmark):
    box = (-2 * pi, 2 * pi)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        return sum(abs(x)) * exp(-sum(sin(x**2.0)))


class XinSheYang03(Benchmark):
    box = (-20.0, 20.0)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        beta, m = 15.0, 5.0
        u = sum((x / beta) ** (2 * m))
        v = sum(x**2)
        w = prod(cos(x) ** 2)
        return exp(-u) - 2 * exp(-v) * w


class XinSheYang04(Benchmark):
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        u = sum(sin(x) ** 2)
        v = sum(x**2)
        w = sum(sin(sqrt(abs(x))) ** 2)
        return (u - exp(-v)) * exp(-w)


class Xor(Benchmark):
    """A small network of logistic units that learns to tell its inputs apart."""

    box = (-1.0, 1.0)
    dimensions = 9

    def fun(self, x, *args):
        self.nfev += 1
        F11 = x[6] / (1.0 + exp(-x[0] - x[1] - x[4]))
        F12 = x[7] / (1.0 + exp(-x[2] - x[3] - x[5]))
        F1 = (1.0 + exp(-F11 - F12 - x[8])) ** (-2)
        F21 = x[6] / (1.0 + exp(-x[4]))
        F22 = x[7] / (1.0 + exp(-x[5]))
        F2 = (1.0 + exp(-F21 - F22 - x[8])) ** (-2)
        F31 = x[6] / (1.0 + exp(-x[0] - x[4]))
        F32 = x[7] / (1.0 + exp(-x[2] - x[5]))
        F3 = (1.0 - (1.0 + exp(-F31 - F32 - x[8])) ** (-1)) ** 2
        F41 = x[6] / (1.0 + exp(-x[1] - x[4]))
        F42 = x[7] / (1.0 + exp(-x[3] - x[5]))
        F4 = (1.0 - (1.0 + exp(-F41 - F42 - x[8])) ** (-1)) ** 2
        return F1 + F2 + F3 + F4


class YaoLiu04(Benchmark):
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        return abs(x).max()


class YaoLiu09(Benchmark):
    box = (-5.12, 5.12)
    dimensions = 3

    def fun(self, x, *args):
        self.nfev += 1
        return sum(x**2.0 - 10.0 * cos(2 * pi * x) + 10)


class Oscillated(Benchmark):
    """The oscillation that black-box suites put on their variables, over signs."""

    box = (-4.0, 4.0)
    dimensions = 4

    def fun(self, x, *args):
        self.nfev += 1
        xhat = log(abs(x))
        c1 = asarray([10.0 if v > 0 else 5.5 for v in x])
        c2 = asarray([7.9 if v > 0 else 3.1 for v in x])
        y = sign(x) * exp(xhat + 0.049 * (sin(c1 * xhat) + sin(c2 * xhat)))
        return sum(tan(0.1 * y) ** 2) * e
