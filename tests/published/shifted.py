"""Shifted, rotated, hybrid and composed functions, as competitions put them together."""

import math

import numpy as np

CASES = []


def rotation(n, seed):
    q, _ = np.linalg.qr(np.random.RandomState(seed).normal(size=(n, n)))
    return q


def sphere(z):
    return np.sum(z**2)


def elliptic(z):
    n = len(z)
    return sum(1e6 ** (i / (n - 1)) * v**2 for i, v in enumerate(z))


def bent_cigar(z):
    return z[0] ** 2 + 1e6 * np.sum(z[1:] ** 2)


def discus(z):
    return 1e6 * z[0] ** 2 + (z[1:] ** 2).sum()


def ackley(z):
    n = z.shape[0]
    a = -20 * np.exp(-0.2 * np.sqrt(np.mean(z**2)))
    return a - np.exp(np.cos(2 * np.pi * z).sum() / n) + 20 + np.e


def rastrigin(z):
    return np.sum(z * z - 10 * np.cos(2 * np.pi * z) + 10)


def non_continuous_rastrigin(z):
    z = np.where(np.abs(z) > 0.5, np.round(2 * z) / 2 + 0.1 * z, z)
    return rastrigin(z)


def griewank(z):
    return np.sum(z**2) / 4000 - np.prod(np.cos(z / np.sqrt(np.arange(1, len(z) + 1)))) + 1


def rosenbrock(z):
    z = z + 1
    return np.sum(100 * (z[:-1] ** 2 - z[1:]) ** 2 + (z[:-1] - 1) ** 2)


def expanded_griewank_rosenbrock(z):
    total = 0.0
    n = len(z)
    for i in range(n):
        a, b = z[i], z[(i + 1) % n]
        t = 100 * (a * a - b) ** 2 + (a - 1) ** 2
        total += t * t / 4000 - math.cos(t) + 1
    return total


def expanded_schaffer(z):
    def g(a, b):
        s = a**2 + b**2
        return 0.5 + (np.sin(np.sqrt(s)) ** 2 - 0.5) / (1 + 0.001 * s) ** 2

    return sum(g(a, b) for a, b in zip(z, np.roll(z, -1)))


def happy_cat(z):
    n = len(z)
    r2 = np.dot(z, z)
    return np.abs(r2 - n) ** 0.25 + (0.5 * r2 + z.sum()) / n + 0.5


def hgbat(z):
    n = z.size
    r2, s = (z**2).sum(), z.sum()
    return np.sqrt(np.abs(r2**2 - s**2)) + (0.5 * r2 + s) / n + 0.5


def modified_schwefel(z):
    """Cases by `if` for each element."""
    n = len(z)
    total = 0.0
    for v in z * 100:
        y = v + 420.9687462275036
        if y > 500:
            r = 500 - y % 500
            total -= r * math.sin(math.sqrt(abs(r))) - (y - 500) ** 2 / (10000 * n)
        elif y < -500:
            r = abs(y) % 500 - 500
            total -= r * math.sin(math.sqrt(abs(r))) - (y + 500) ** 2 / (10000 * n)
        else:
            total -= y * math.sin(math.sqrt(abs(y)))
    return total + 418.9829 * n


def schwefel_by_masks(z):
    """The same by boolean masks and assignment."""
    n = len(z)
    y = z * 100 + 420.9687462275036
    out = np.zeros_like(y)
    high, low = y > 500, y < -500
    inside = ~(high | low)
    out[inside] = y[inside] * np.sin(np.sqrt(np.abs(y[inside])))
    r = 500 - np.mod(y[high], 500)
    out[high] = r * np.sin(np.sqrt(np.abs(r))) - (y[high] - 500) ** 2 / (10000 * n)
    r = np.mod(np.abs(y[low]), 500) - 500
    out[low] = r * np.sin(np.sqrt(np.abs(r))) - (y[low] + 500) ** 2 / (10000 * n)
    return 418.9829 * n - out.sum()


def weierstrass(z, a=0.5, b=3, kmax=8):
    total = 0.0
    for v in z:
        for k in range(kmax):
            total += a**k * np.cos(2 * np.pi * b**k * (v + 0.5))
    return total - len(z) * sum(a**k * np.cos(np.pi * b**k) for k in range(kmax))


class Shifted:
    """`f(M (x - o)) + bias`, any of the functions above."""

    def __init__(self, function, n=5, seed=1, bias=0.0, rotate=True):
        self.function = function
        self.o = np.random.RandomState(seed).uniform(-1, 1, n)
        self.M = rotation(n, seed) if rotate else None
        self.bias = bias
        self.calls = 0
        self.__name__ = f"{'rotated' if rotate else 'shifted'}_{function.__name__}"

    def __call__(self, x):
        self.calls += 1
        z = x - self.o
        if self.M is not None:
            z = self.M @ z
        return self.function(z) + self.bias


class Hybrid:
    """Each function has its own share of the shuffled variables."""

    def __init__(self, functions, shares, seed=3):
        self.functions, self.shares = functions, shares
        self.n = sum(shares)
        self.order = np.random.RandomState(seed).permutation(self.n)
        self.o = np.linspace(-0.5, 0.5, self.n)
        self.__name__ = "hybrid_" + "_".join(f.__name__ for f in functions)

    def __call__(self, x):
        y = (x - self.o)[self.order]
        total, start = 0.0, 0
        for f, share in zip(self.functions, self.shares):
            total += f(y[start : start + share])
            start += share
        return total


class Composition:
    """A weighted sum; the weights fall off from each one's own optimum."""

    def __init__(self, functions, sigma, lam, bias, n=4):
        self.parts = list(zip(functions, sigma, lam, bias, strict=True))
        self.o = [np.cos(np.arange(n) + k) for k in range(len(functions))]
        self.__name__ = "composed_" + "_".join(f.__name__ for f in functions)

    def weights(self, x):
        raw = []
        for o, (_, sigma, _, _) in zip(self.o, self.parts):
            d = np.sum((x - o) ** 2)
            if d == 0:
                return [1.0 if o is p else 0.0 for p in self.o]
            raw.append(np.exp(-d / (2 * len(x) * sigma**2)) / np.sqrt(d))
        total = sum(raw)
        return [w / total for w in raw]

    def __call__(self, x):
        value = 0
        for w, o, (f, _, lam, bias) in zip(self.weights(x), self.o, self.parts):
            value += w * (lam * f(x - o) + bias)
        return value


_SIMPLE = [
    sphere,
    elliptic,
    bent_cigar,
    discus,
    ackley,
    rastrigin,
    non_continuous_rastrigin,
    griewank,
    rosenbrock,
    expanded_griewank_rosenbrock,
    expanded_schaffer,
    happy_cat,
    hgbat,
    modified_schwefel,
    schwefel_by_masks,
    weierstrass,
]
_FIVE = [np.array(p) for p in ([0.3, -2.0, 1.5, 0.7, -1.1], [-3.0, 2.5, 0.1, -0.6, 4.2])]
_SIX = [np.array(p) for p in ([0.3, -2.0, 1.5, 0.7, -1.1, 2.2], [-3.0, 2.5, 0.1, -0.6, 4.2, 0.9])]
_FOUR = [np.array(p) for p in ([0.3, -2.0, 1.5, 0.7], [0.5, 0.2, -0.3, -0.9])]
CASES += [(Shifted(f, bias=100.0 * k), _FIVE) for k, f in enumerate(_SIMPLE)]
CASES += [(Shifted(f, rotate=False, seed=2), _FIVE) for f in (sphere, rastrigin, schwefel_by_masks)]
CASES += [
    (Hybrid([modified_schwefel, rastrigin, elliptic], [2, 2, 2]), _SIX),
    (Hybrid([griewank, weierstrass, rosenbrock], [1, 2, 3]), _SIX),
    (Hybrid([hgbat, ackley], [3, 3]), _SIX),
    (
        Composition(
            [rosenbrock, elliptic, rastrigin], (1.0, 2.0, 3.0), (1, 1e-6, 1), (0, 100, 200)
        ),
        _FOUR,
    ),
    (Composition([ackley, griewank], (1.0, 2.0), (10, 1), (0, 50)), _FOUR),
]
