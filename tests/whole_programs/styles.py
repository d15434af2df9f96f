"""The language as it is used: registries, visitors, generics, decorators, contexts, descriptors, closures."""

import abc
import contextlib
import enum
import functools
import math
import operator
from functools import cached_property, partial, singledispatch, wraps

import numpy as np

from ._program import program

rs = np.random.RandomState


class Kind(enum.Enum):
    RBF = "rbf"
    LIN = "lin"
    PER = "per"


class Kernel(abc.ABC):
    registry = {}

    def __init_subclass__(cls, kind=None, **kw):
        super().__init_subclass__(**kw)
        Kernel.registry[kind] = cls

    def __init__(self, **hyper):
        self.__dict__.update(hyper)

    @abc.abstractmethod
    def k(self, a, b): ...

    def gram(self, X):
        return np.array([[self.k(a, b) for b in X] for a in X])

    def __add__(self, o):
        return SumK(self, o)

    def __mul__(self, o):
        return ProdK(self, o)


class RBF(Kernel, kind=Kind.RBF):
    def k(self, a, b):
        return self.s**2 * math.exp(-((a - b) ** 2) / (2 * self.l**2))


class Lin(Kernel, kind=Kind.LIN):
    def k(self, a, b):
        return self.v * a * b


class Per(Kernel, kind=Kind.PER):
    @cached_property
    def freq(self):
        return math.pi / self.p

    def k(self, a, b):
        return math.exp(-2 * math.sin(self.freq * abs(a - b)) ** 2)


class SumK(Kernel):
    def __init__(s, *p):
        s.p = p

    def k(s, a, b):
        return sum((q.k(a, b) for q in s.p))


class ProdK(SumK):
    def k(s, a, b):
        return functools.reduce(operator.mul, (q.k(a, b) for q in s.p))


@program(np.array([0.5, 1.2, 0.3, 1.7]), np.array([1.5, 0.2, 0.9, 0.7]))
def kernels(h):
    mk = lambda kind, **kw: Kernel.registry[kind](**kw)
    K = mk(Kind.RBF, l=h[0], s=h[1]) * mk(Kind.PER, p=h[3]) + mk(Kind.LIN, v=h[2])
    X = [-1.0, -0.3, 0.4, 1.1]
    G = K.gram(X) + 0.1 * np.eye(4)
    y = np.sin(X)
    s, ld = np.linalg.slogdet(G)
    return 0.5 * y @ np.linalg.solve(G, y) + 0.5 * ld


class Num:
    def __init__(s, v):
        s.v = v


class Bin:
    def __init__(s, op, a, b):
        s.op, s.a, s.b = (op, a, b)


class VarE:
    def __init__(s, n):
        s.n = n


class Ev:
    ops = {
        "+": operator.add,
        "*": operator.mul,
        "-": operator.sub,
        "/": operator.truediv,
        "^": operator.pow,
    }

    def __init__(s, env):
        s.env = env
        s.visits = 0

    def visit(s, node):
        s.visits += 1
        return getattr(s, "visit_" + type(node).__name__)(node)

    def visit_Num(s, n):
        return n.v

    def visit_VarE(s, n):
        return s.env[n.n]

    def visit_Bin(s, n):
        return s.ops[n.op](s.visit(n.a), s.visit(n.b))


def parse(txt):
    out = []
    prec = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
    ops = []

    def red():
        o = ops.pop()
        b = out.pop()
        a = out.pop()
        out.append(Bin(o, a, b))

    for t in txt.split():
        if t in prec:
            while ops and ops[-1] != "(" and (prec[ops[-1]] >= prec[t]):
                red()
            ops.append(t)
        elif t == "(":
            ops.append(t)
        elif t == ")":
            while ops[-1] != "(":
                red()
            ops.pop()
        elif t.replace(".", "").isdigit():
            out.append(Num(float(t)))
        else:
            out.append(VarE(t))
    while ops:
        red()
    return out[0]


@program(0.7, 2.0, -1.3)
def calc(x):
    e = Ev({"x": x, "y": x * x})
    v = e.visit(parse("x * y + ( 3.5 - x ) ^ 2 / ( y + 1 )"))
    return v * e.visits


@singledispatch
def size(o):
    return 0.0


@size.register
def _(o: dict):
    return sum((size(v) for v in o.values()))


@size.register
def _(o: list):
    return sum(map(size, o))


@size.register
def _(o: np.ndarray):
    return np.sum(o**2)


@size.register(float)
@size.register(np.floating)
def _(o):
    return o * o


@program(np.array([0.7, 2.0, -1.3]))
def dispatch(x):
    tree = {"a": [x, x[:2] * 3], "b": {"c": x[0] * 2.0, "d": "text", "e": None}, "f": []}
    return size(tree)


def tree_map(f, *ts):
    t = ts[0]
    if isinstance(t, dict):
        return {k: tree_map(f, *[u[k] for u in ts]) for k in t}
    if isinstance(t, (list, tuple)):
        return type(t)((tree_map(f, *us) for us in zip(*ts)))
    return f(*ts)


@program(rs(0).normal(size=11))
def pytree_sgd(th):
    p = {"w": th[:6].reshape(3, 2), "b": [th[6:8], th[8:9]], "v": (th[9:11],)}
    X = rs(1).normal(size=(5, 3))
    y = rs(2).normal(size=5)

    def loss_grads(p):
        h = X @ p["w"] + p["b"][0]
        a = np.tanh(h)
        o = a @ p["v"][0] + p["b"][1]
        r = (o - y) / 5
        gh = r[:, None] * p["v"][0] * (1 - a**2)
        return (
            np.sum(r**2),
            {"w": X.T @ gh, "b": [gh.sum(0), r.sum(keepdims=True)], "v": (a.T @ r,)},
        )

    vel = tree_map(np.zeros_like, p)
    for i in range(4):
        l, g = loss_grads(p)
        vel = tree_map(lambda v, q: 0.9 * v - 0.1 * q, vel, g)
        p = tree_map(operator.add, p, vel)
    return loss_grads(p)[0]


HIST = []


def logged(fn=None, *, tag="x"):
    if fn is None:
        return partial(logged, tag=tag)

    @wraps(fn)
    def inner(*a, **k):
        out = fn(*a, **k)
        HIST.append((tag, float(out) if not hasattr(out, "shape") else out))
        inner.calls += 1
        return out

    inner.calls = 0
    return inner


@logged(tag="chol")
def logdet(A):
    jitter = 0.0
    for k in range(5):
        try:
            L = np.linalg.cholesky(A + jitter * np.eye(len(A)))
            break
        except np.linalg.LinAlgError:
            jitter = 10.0 ** (k - 2)
    else:
        raise RuntimeError("no")
    return 2 * np.sum(np.log(np.diagonal(L)))


@program(np.array([1.0, 0.5, 0.2]), np.array([0.1, 2.0, 0.3]))
def retry_chol(x):
    A = np.array([[1 + x[0] ** 2, x[1]], [x[1], 0.5 + x[2] ** 2]])
    return logdet(A)


@contextlib.contextmanager
def scaled(box, s):
    old = box["scale"]
    box["scale"] = old * s
    try:
        yield box
    finally:
        box["scale"] = old


@program(0.4, 1.5)
def ctx(x):
    box = {"scale": 1.0}
    tot = 0.0
    for k in range(3):
        with scaled(box, x + k) as b:
            tot += b["scale"] ** 2
            with scaled(box, 2.0):
                tot += math.sin(box["scale"])
    return tot + box["scale"]


class Bounded:
    def __init__(s, lo, hi):
        s.lo, s.hi = (lo, hi)

    def __set_name__(s, o, n):
        s.n = "_" + n

    def __get__(s, o, t=None):
        return s if o is None else getattr(o, s.n)

    def __set__(s, o, v):
        setattr(o, s.n, min(max(v, s.lo), s.hi))


class Body:
    temp = Bounded(0.0, 10.0)
    __slots__ = ("_temp", "mass", "_e")

    def __init__(s, t, m):
        s.temp = t
        s.mass = m
        s._e = 0

    @property
    def energy(s):
        return s.mass * s.temp**2 + s._e

    @energy.setter
    def energy(s, v):
        s.temp = math.sqrt(v / s.mass)
        s._e = 0 * v

    def __iadd__(s, o):
        s.temp = s.temp + o.temp
        s.mass += o.mass
        return s


@program(3.0, 8.0, 12.0)
def descr(x):
    b = Body(x, 2.0)
    c = Body(0.5 * x, 1.0)
    b += c
    b.energy = b.energy * 0.9
    return b.energy + b.temp * c.temp


@program(rs(3).normal(size=6))
def coro(x):

    def avg():
        tot = 0.0
        n = 0
        m = None
        while True:
            v = yield m
            if v is None:
                return tot
            tot += v
            n += 1
            m = tot / n

    c = avg()
    next(c)
    s = 0.0
    for v in x:
        s += c.send(v) ** 2
    try:
        c.send(None)
    except StopIteration as e:
        s += e.value
    return s


def flatten(t):
    for v in t:
        if isinstance(v, (list, tuple)):
            yield from flatten(v)
        else:
            yield v


@program(np.array([1.0, 2.0, -0.5]))
def yf(x):
    a, b, c = x
    return sum((v * (k + 1) for k, v in enumerate(flatten([a, [b, (c, [a * b])], [], c**2]))))


@program(np.array([1.0, 2.0, 0.5, -1.0]), np.array([-1.0, 0.3, 0.5, 2.0]))
def machine(x):
    st = ("idle", 0.0)
    tot = 0.0
    for v in x:
        match (st, v > 0):
            case [["idle", _], True]:
                st = ("run", v)
            case [["run", e], True]:
                st = ("run", e * 0.5 + v)
                tot += e**2
            case [["run", e], False]:
                st = ("cool", e + v)
            case [["cool", e], _] if e > 1:
                st = ("cool", e / 2)
                tot += e
            case [[_, e], _]:
                st = ("idle", e * 0.1)
    return tot + st[1] ** 3


@program(1.3, 0.2)
def closures(x):
    calls = {"n": 0}
    acc = []

    def make(n):

        def f(y):
            nonlocal x
            calls["n"] += 1
            x = x * 1.1
            acc.append(y)
            return y**n + x

        return f

    fs = [make(k) for k in range(1, 4)]
    out = 1.0
    for f in fs:
        out = f(out)
    return out * calls["n"] + sum(acc) + acc[-1] * x
