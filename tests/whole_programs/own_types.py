"""Programs with number, vector and graph classes of their own."""

import math

import numpy as np

from ._program import program

rs = np.random.RandomState


class Value:
    def __init__(self, data, _children=(), _op=""):
        self.data = data
        self.grad = 0
        self._backward = lambda: None
        self._prev = set(_children)
        self._op = _op

    def __add__(self, o):
        o = o if isinstance(o, Value) else Value(o)
        out = Value(self.data + o.data, (self, o), "+")

        def _b():
            self.grad += out.grad
            o.grad += out.grad

        out._backward = _b
        return out

    def __mul__(self, o):
        o = o if isinstance(o, Value) else Value(o)
        out = Value(self.data * o.data, (self, o), "*")

        def _b():
            self.grad += o.data * out.grad
            o.grad += self.data * out.grad

        out._backward = _b
        return out

    def __pow__(self, k):
        out = Value(self.data**k, (self,), f"**{k}")

        def _b():
            self.grad += k * self.data ** (k - 1) * out.grad

        out._backward = _b
        return out

    def relu(self):
        out = Value(0 if self.data < 0 else self.data, (self,), "ReLU")

        def _b():
            self.grad += (out.data > 0) * out.grad

        out._backward = _b
        return out

    def tanh(self):
        t = (math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)
        out = Value(t, (self,), "tanh")

        def _b():
            self.grad += (1 - t**2) * out.grad

        out._backward = _b
        return out

    def backward(self):
        topo = []
        visited = set()

        def build(v):
            if v not in visited:
                visited.add(v)
                for c in v._prev:
                    build(c)
                topo.append(v)

        build(self)
        self.grad = 1
        for v in reversed(topo):
            v._backward()

    def __neg__(self):
        return self * -1

    def __radd__(self, o):
        return self + o

    def __sub__(self, o):
        return self + -o

    def __rsub__(self, o):
        return o + -self

    def __rmul__(self, o):
        return self * o

    def __truediv__(self, o):
        return self * o ** (-1)

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"


class Neuron:
    def __init__(self, w, b, nonlin=True):
        self.w = [Value(v) for v in w]
        self.b = Value(b)
        self.nonlin = nonlin

    def __call__(self, x):
        act = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return act.tanh() if self.nonlin else act


@program(np.array([0.3, -0.2, 0.5, 0.7, 0.1, -0.4, 0.2, 0.6, 0.9]), rs(3).normal(size=9))
def micrograd_forward(t):
    n1 = Neuron(t[0:2], t[2])
    n2 = Neuron(t[3:5], t[5])
    n3 = Neuron(t[6:8], t[8], False)
    total = Value(0.0)
    for x, y in [((1.0, 2.0), 0.5), ((-1.0, 0.3), -0.2)]:
        o = n3([n1(x), n2(x)])
        total = total + (o - y) ** 2
    return total.data


@program(np.array([0.3, -0.2, 0.5, 0.7, 0.1, -0.4, 0.2, 0.6, 0.9]), rs(3).normal(size=9))
def micrograd_backward(t):
    n1 = Neuron(t[0:2], t[2])
    n2 = Neuron(t[3:5], t[5])
    n3 = Neuron(t[6:8], t[8], False)
    total = Value(0.0)
    for x, y in [((1.0, 2.0), 0.5), ((-1.0, 0.3), -0.2)]:
        o = n3([n1(x).relu(), n2(x)])
        total = total + (o - y) ** 2
    total.backward()
    return sum((w.grad**2 for n in (n1, n2, n3) for w in n.w + [n.b]))


class Dual:
    __slots__ = ("re", "du")

    def __init__(self, re, du=0.0):
        self.re, self.du = (re, du)

    def _w(o):
        return o if isinstance(o, Dual) else Dual(o)

    def __add__(a, b):
        b = Dual._w(b)
        return Dual(a.re + b.re, a.du + b.du)

    __radd__ = __add__

    def __mul__(a, b):
        b = Dual._w(b)
        return Dual(a.re * b.re, a.re * b.du + a.du * b.re)

    __rmul__ = __mul__

    def __sub__(a, b):
        return a + -1 * b

    def __rsub__(a, b):
        return b + -1 * a

    def __truediv__(a, b):
        b = Dual._w(b)
        return Dual(a.re / b.re, (a.du * b.re - a.re * b.du) / b.re**2)

    def __lt__(a, b):
        return a.re < Dual._w(b).re

    def __abs__(a):
        return a if a.re >= 0 else Dual(-a.re, -a.du)

    def __float__(a):
        return float(a.re)

    def __eq__(a, b):
        return isinstance(b, Dual) and a.re == b.re

    def __hash__(a):
        return hash(a.re)


def dsin(d):
    return Dual(math.sin(d.re), math.cos(d.re) * d.du)


@program(0.7, -1.3, 2.2)
def dual_numbers(x):
    d = Dual(x, 1.0)
    y = 2 * d * d - dsin(3 * d) / (1 + abs(d))
    if d < 1:
        y = y * d
    return y.re + y.du


class Vec:
    def __init__(self, *c):
        self.c = tuple(c)

    def __iter__(self):
        return iter(self.c)

    def __len__(self):
        return len(self.c)

    def __getitem__(self, i):
        return self.c[i]

    def __add__(a, b):
        return Vec(*(p + q for p, q in zip(a, b)))

    def __sub__(a, b):
        return Vec(*(p - q for p, q in zip(a, b)))

    def __mul__(a, s):
        return Vec(*(p * s for p in a)) if not isinstance(s, Vec) else a.dot(s)

    __rmul__ = lambda a, s: a * s

    def dot(a, b):
        return sum((p * q for p, q in zip(a, b)))

    def cross(a, b):
        return Vec(a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])

    def norm(self):
        return math.sqrt(self * self)

    @property
    def unit(self):
        return self * (1 / self.norm())

    @classmethod
    def of(cls, arr):
        return cls(*arr)


class Sphere:
    def __init__(s, c, r):
        s.c, s.r = (c, r)

    def hit(s, o, d):
        oc = o - s.c
        b = oc * d
        disc = b * b - (oc * oc - s.r**2)
        if disc < 0:
            return math.inf
        t = -b - math.sqrt(disc)
        return t if t > 1e-06 else math.inf


@program(
    np.array([0.05, 0.02, 5, 1.47, 3, 3, -2]),
    np.array([1.43, 0.11, 5, 1.52, 3, 3, -2]),
    np.array([0.13, 0.21, 4, 0.53, 3, 1, -2]),
)
def ray_trace(p):
    s = Sphere(Vec(*p[:3]), p[3])
    ground = Sphere(Vec(0, -102, 5), 100.0)
    light = Vec.of(p[4:])
    total = 0.0
    for i in range(-2, 3):
        for j in range(-1, 2):
            d = Vec(i * 0.15, j * 0.15, 1.0).unit
            o = Vec(0.0, 0.0, 0.0)
            t, obj = min(((q.hit(o, d), q) for q in (s, ground)), key=lambda z: z[0])
            if t == math.inf:
                total += 0.1
                continue
            h = o + d * t
            n = (h - obj.c).unit
            total += max(0.0, n * (light - h).unit) ** 2
    return total


@program(np.array([0.3, 0.5, 0.8]), np.array([1.0, 0.2, 0.1]), np.array([-0.6, 0.9, 0.4]))
def sdf_march(p):

    def box(q, b):
        d = np.abs(q) - b
        return np.linalg.norm(np.maximum(d, 0)) + min(max(d[0], max(d[1], d[2])), 0.0)

    def smin(a, b, k=0.3):
        h = max(k - abs(a - b), 0) / k
        return min(a, b) - h * h * k * 0.25

    def scene(q):
        return smin(
            np.linalg.norm(q - p) - 0.5, box(q - np.array([0, 0, 3.0]), np.array([0.5, 0.6, 0.4]))
        )

    total = 0.0
    for u in np.linspace(-0.2, 0.2, 3):
        o = np.array([0.0, 0.0, -2.0])
        d = np.array([u, 0.1, 1.0])
        d = d / np.sqrt((d**2).sum())
        t = 0.0
        for _ in range(6):
            t = t + scene(o + t * d)
        total += t
    return total
