"""Classes: instances made inside, attributes, properties, inheritance, operators, data classes."""

import collections
import dataclasses
import enum
import functools
import math
from typing import NamedTuple

from . import Case


class _Vector:
    count = 2

    def __init__(self, *items):
        self.items = list(items)

    def __add__(self, other):
        return _Vector(*[a + b for a, b in zip(self.items, other.items, strict=True)])

    def __sub__(self, other):
        return self + (-other)

    def __neg__(self):
        return _Vector(*[-a for a in self.items])

    def __mul__(self, k):
        return _Vector(*[a * k for a in self.items])

    __rmul__ = __mul__

    def __truediv__(self, k):
        return self * (1 / k)

    def __matmul__(self, other):
        return sum(a * b for a, b in zip(self.items, other.items, strict=True))

    def __pow__(self, n):
        return _Vector(*[a**n for a in self.items])

    def __abs__(self):
        return math.sqrt(self @ self)

    def __iadd__(self, other):
        self.items = [a + b for a, b in zip(self.items, other.items, strict=True)]
        return self

    def __getitem__(self, k):
        return self.items[k]

    def __setitem__(self, k, v):
        self.items[k] = v

    def __delitem__(self, k):
        del self.items[k]

    def __len__(self):
        return len(self.items)

    def __iter__(self):
        return iter(self.items)

    def __contains__(self, v):
        return any(a == v for a in self.items)

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __eq__(self, other):
        return self.items == other.items

    def __call__(self, t):
        return self.items[0] + t * self.items[1]

    def __bool__(self):
        return self.items[0] > 0


def operators(x):
    v = _Vector(x, 2.0)
    w = 3 * v - v / 2 + _Vector(1.0, x * x)
    return v @ w


def absolute_and_power(x):
    return abs(_Vector(x, 2.0) ** 2) * 2


def in_place_operator(x):
    v = _Vector(x, 1.0)
    w = v
    v += _Vector(x * x, x)
    return w[0] * v[1]


def items(x):
    v = _Vector(x, 2.0, x * x)
    v[1] = v[0] * v[2]
    del v[0]
    return v[0] * len(v) + v[1]


def iterated(x):
    a, b = _Vector(x, x * x)
    return sum(v * k for k, v in enumerate(_Vector(a, b, 3.0)))


def compared(x):
    if _Vector(x, 0.0) < _Vector(1.0, 0.0):
        return x * 2
    if _Vector(x, 1.0):
        return x * x
    return x**3


def called(x):
    return _Vector(x, x * 2)(x) + _Vector(1.0, 2.0)(x * x)


def method_as_value(x):
    f = _Vector(x, 2.0).__call__
    return f(x) * f(3.0)


class _Base:
    scale = 2.0

    def __init__(self, w):
        self.w = w

    def forward(self, x):
        return self.w * x * self.scale

    @property
    def doubled(self):
        return self.w * 2

    @doubled.setter
    def doubled(self, v):
        self.w = v / 2

    @staticmethod
    def square(v):
        return v * v

    @classmethod
    def of(cls, v):
        return cls(v + cls.scale)


class _Derived(_Base):
    scale = 3.0

    def __init__(self, w, b):
        super().__init__(w)
        self.b = b

    def forward(self, x):
        return super().forward(x) + self.b

    @classmethod
    def of(cls, v):
        return cls(v, v * v)


class _Deeper(_Derived):
    def forward(self, x):
        return super(_Deeper, self).forward(x) * self.square(x)


def inherited(x):
    return _Derived(x, x * x).forward(2.0) + _Base(x).forward(x)


def deeper(x):
    return _Deeper(x, 1.0).forward(x)


def property_and_setter(x):
    m = _Base(x)
    m.doubled = m.doubled * x
    return m.w * m.doubled


def static_and_class_methods(x):
    return _Base.square(x) + _Base.of(x).forward(x) + _Derived.of(x).b


def class_attribute(x):
    m = _Base(x)
    m.scale = x * 5
    return m.forward(1.0) + _Base(x).scale * x


class _Private:
    def __init__(self, v):
        self.__v = v

    def get(self):
        return self.__v * self.__helper()

    def __helper(self):
        return self.__v + 1


def private_names(x):
    return _Private(x).get()


class _Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a
        self.b = a * a


def slots(x):
    s = _Slotted(x)
    s.a = s.a * s.b
    return s.a + s.b


@dataclasses.dataclass
class _Point:
    x: float
    y: float = 2.0
    tags: list = dataclasses.field(default_factory=list)

    def __post_init__(self):
        self.norm = self.x * self.x + self.y * self.y


@dataclasses.dataclass(frozen=True)
class _Frozen:
    a: float
    b: float = 1.0

    @property
    def product(self):
        return self.a * self.b


def data_class(x):
    p = _Point(x)
    p.y = p.y * x
    p.tags.append(x * 3)
    return p.norm * p.y + p.tags[0]


def frozen_data_class(x):
    f = _Frozen(x, b=x * x)
    g = dataclasses.replace(f, a=3.0)
    return f.product + g.product


def data_class_to_tuple(x):
    a, b = dataclasses.astuple(_Frozen(x, 2.0))
    d = dataclasses.asdict(_Frozen(x, x))
    return a * b * d["a"] * d["b"]


class _Pair(NamedTuple):
    first: float
    second: float

    def total(self):
        return self.first + self.second


def named_tuple(x):
    p = _Pair(x, x * x)
    a, b = p._replace(second=p.first * 3)
    return p.total() * a * b + p[1] * p.first


def old_named_tuple(x):
    kind = collections.namedtuple("kind", "u v")
    k = kind(v=x, u=2.0)
    return k.u * k.v**2


class _Mode(enum.Enum):
    LINEAR = 1
    SQUARE = 2


def enumeration(x):
    mode = _Mode.SQUARE if x > 1 else _Mode.LINEAR
    if mode is _Mode.SQUARE:
        return x**mode.value
    return x * 3 * mode.value


class _Lazy:
    def __init__(self, v):
        self.v = v

    def __getattr__(self, name):
        if name == "twice":
            return self.v * 2
        raise AttributeError(name)

    @functools.cached_property
    def square(self):
        return self.v * self.v


def missing_attributes(x):
    z = _Lazy(x)
    return z.twice * getattr(z, "thrice", x) + (3.0 if hasattr(z, "nothing") else z.square)


class _Field:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        return getattr(instance, self.name) * 2

    def __set__(self, instance, value):
        setattr(instance, self.name, value + 1)


class _Described:
    field = _Field()


def descriptors(x):
    d = _Described()
    d.field = x
    d.field = d.field * x
    return d.field


def class_made_inside(x):
    class Local:
        k = x * 2

        def value(self, v):
            return self.k * v * x

    return Local().value(3.0) + Local.k


def attributes_by_name(x):
    m = _Base(1.0)
    for name, v in (("w", x), ("extra", x * x)):
        setattr(m, name, v)
    return m.w * m.extra


def deleted_attribute(x):
    m = _Base(x)
    m.scale = x
    y = m.forward(1.0)
    del m.scale
    return y + m.forward(1.0)


class _Stack:
    def __init__(self):
        self.values = []

    def push(self, v):
        self.values.append(v)
        return self

    def pop(self):
        return self.values.pop()


def fluent(x):
    s = _Stack().push(x).push(x * x).push(2.0)
    return s.pop() * s.pop() + len(s.values) * x


def linked_list(x):
    node = None
    for k in range(4):
        node = {"value": x**k, "next": node}
    total = 0.0
    while node:
        total = total + node["value"] * 0.5
        node = node["next"]
    return total


def tree_of_instances(x):
    class Tree:
        def __init__(self, v, *children):
            self.v = v
            self.children = children

        def total(self):
            return self.v * (1 + sum(c.total() for c in self.children))

    return Tree(x, Tree(x * x), Tree(2.0, Tree(x))).total()


class _Module:
    def __init__(self, *layers):
        self.layers = layers

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def modules(x):
    net = _Module(lambda v: v * x, math.tanh, _Module(math.exp, lambda v: v + x))
    return net(x)


_XS = [1.5, -0.6, 3.2]
_PLAIN = [operators, absolute_and_power, in_place_operator, items, iterated, compared, called]
_PLAIN += [method_as_value, inherited, deeper, property_and_setter, static_and_class_methods]
_PLAIN += [class_attribute, private_names, slots, data_class, frozen_data_class]
_PLAIN += [data_class_to_tuple, named_tuple, old_named_tuple, enumeration, missing_attributes]
_PLAIN += [descriptors, class_made_inside, attributes_by_name, deleted_attribute, fluent]
_PLAIN += [linked_list, tree_of_instances, modules]

CASES = [Case(f, _XS, oracle="difference") for f in _PLAIN]
