"""Python's own protocols and standard library over traced values."""

import bisect
import collections
import contextlib
import copy
import dataclasses
import enum
import functools
import heapq
import itertools
import math
import operator
import random
import statistics
import types
import typing
from fractions import Fraction

import numpy as np

from . import Case


def methods_by_name(x):
    first = x.__mul__(2) + x.__radd__(1) + x.__rsub__(2.0) + x.__rtruediv__(1.0) + x.__pow__(2)
    second = x.__neg__() + x.__abs__() + x.__mod__(0.7) + sum(x.__divmod__(0.7)) + x.__round__(1)
    third = x * x.__lt__(2) + x.__int__() * x + x.__floor__() * x + x.__bool__() * x
    return first + second + third + (x if x.__mul__("a") is NotImplemented else 0)


def methods_by_class(x):
    items = [x]
    list.append(items, x * x)
    table = {"a": x}
    return float.__add__(x, 2.0) * float.__mul__(x, x) + sum(items) + dict.get(table, "a")


def attributes_that_a_float_lacks(x):
    try:
        return x.foo()
    except AttributeError as error:
        return x * len(str(error)) + x * hasattr(x, "bar") + getattr(x, "baz", x * x)


def errors_of_operators(x):
    total = 0
    for other in ("a", None, [1.0], {}):
        try:
            total += x + other
        except TypeError as error:
            total += x * len(str(error))
    for attempt in (lambda: x @ x, lambda: x(2), lambda: x[0], lambda: "ab" * x):
        try:
            total += attempt()
        except TypeError:
            total += x * x
    return total


def rounded(x):
    return round(x, 1) * x + round(x, ndigits=2) * x + round(x, -1) + round(x) * x + round(x, None)


def of_complex(x):
    z, w = complex(x, 2 * x), complex(x)
    return abs(z) + z.real * z.imag + (w * (1 + 2j)).imag


def variables_of_an_object(x):
    made = types.SimpleNamespace(a=x, b=x * x)
    vars(made)["c"] = 2 * x
    return sum(vars(made).values()) + made.c


class Vector:
    def __init__(self, *parts):
        self.parts = list(parts)

    def __iter__(self):
        return iter(self.parts)

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, k):
        return self.parts[k]

    def __rmul__(self, other):
        return Vector(*[other * p for p in self])

    def __radd__(self, other):
        return Vector(*[other + p for p in self])

    def __rpow__(self, other):
        return Vector(*[other**p for p in self])

    def __rmatmul__(self, other):
        return sum(p * q for p, q in zip(other, self))

    def __gt__(self, other):
        return self.parts[0] > other

    def __float__(self):
        return float(self.parts[0])

    def __int__(self):
        return int(self.parts[0])

    def __index__(self):
        return 1

    def __round__(self, digits=0):
        return Vector(*[round(p, digits) for p in self])

    def __divmod__(self, other):
        return [divmod(p, other) for p in self]

    def __floor__(self):
        return math.floor(self.parts[0])

    def __complex__(self):
        return complex(1, 2)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.parts)

    def __format__(self, spec):
        return "|".join(format(p, spec) for p in self)

    def __copy__(self):
        return Vector(*[2 * p for p in self])


def number_before_an_object(x):
    v = Vector(x, 2.0)
    return (x * v)[0] + (x + v)[1] + (abs(x) ** v)[1] + [1, x] @ v + (x < v) * x + (3 * x * v)[1]


def objects_as_numbers(x):
    v = Vector(x, 2 * x)
    rest = round(v, 1)[0] + sum(q for q, _ in divmod(v, 0.7)) + math.floor(v) * x
    return float(v) * x + int(v) * x + [5, x][v] + rest + abs(complex(v)) * x + np.sum(np.array(v))


def objects_turned_round(x):
    return list(reversed(Vector(x, x * x)))[0] + copy.copy(Vector(x))[0] + len(f"{Vector(x):7.1f}")


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 3


def members_and_fractions(x):
    first = Level.HIGH * x + x * Level.LOW + x**Level.HIGH + Level.HIGH / x + (x > Level.LOW) * x
    return first + Fraction(1, 3) * x + x / Fraction(3, 4) + (x > Fraction(1, 2)) * x


def functions_of_operator(x):
    items = [x, x * x]
    operator.setitem(items, 0, 3 * x)
    operator.delitem(items, 1)
    items = operator.iconcat(items, operator.concat([x], [2.0]))
    total = operator.countOf(items, x) + operator.indexOf(items, x) + operator.contains(items, x)
    total += operator.not_(x) + operator.truth(x) + operator.is_(x, x)
    return total * x + operator.itemgetter(1)(items) + sum(operator.itemgetter(0, -1)(items))


class Holder:
    def __init__(self, value):
        self.value = value

    @property
    def twice(self):
        return 2 * self.value

    def times(self, factor, plus=0.0):
        return self.value * factor + plus


def getters(x):
    made = types.SimpleNamespace(inner=Holder(x))
    twice = operator.attrgetter("inner.twice", "inner.value")(made)
    return sum(twice) + operator.methodcaller("times", x, plus=x)(made.inner)


def until_a_sentinel(x):
    values = iter([x, x * x, 2.0, 7.0])
    return sum(v * x for v in iter(lambda: next(values), 2.0))


def chained_and_batched(x):
    total = sum(itertools.chain.from_iterable([[x], (x * x, 1.0)]))
    return total + sum(dict.fromkeys("ab", x).values())


def ordered_by_comparison(x):
    values = [x, 2.0, x * x]
    up = sorted(values, key=functools.cmp_to_key(lambda a, b: (a > b) - (a < b)))
    down = sorted(values, key=functools.cmp_to_key(lambda a, b: -1 if a > b else 1))
    return up[0] + 2 * up[1] + 3 * up[2] + 5 * down[0]


def heap(x):
    h = [3.0, x, x * x, 1.0]
    heapq.heapify(h)
    heapq.heappush(h, x * 2)
    a, b, c = heapq.heappop(h), heapq.heappushpop(h, x), heapq.heapreplace(h, 2 * x)
    merged = heapq.merge([1.0, 2.0], sorted([x, 2 * x]))
    largest = heapq.nlargest(1, h, key=lambda v: -v)[0]
    rest = sum(v * k for k, v in enumerate(merged)) + sum(heapq.nsmallest(2, h))
    return a + 2 * b + 3 * c + h[0] + largest + rest


def heap_of_pairs(x):
    queue, total = [], 0
    for k, value in enumerate([x, 1.0, x * x]):
        heapq.heappush(queue, (value, k))
    while queue:
        value, k = heapq.heappop(queue)
        total = total * 2 + value * k
    return total


def table_looked_up(x):
    xs = [-1.0, 0.0, 1.0, 2.0, 4.0]
    ys = [v * x for v in xs]
    k = min(max(bisect.bisect_right(xs, x) - 1, 0), 3)
    t = (x - xs[k]) / (xs[k + 1] - xs[k])
    bisect.insort(xs, x)
    return ys[k] * (1 - t) + ys[k + 1] * t + xs[2] * bisect.bisect_left(xs, x)


@functools.singledispatch
def dispatched(value):
    return 1.0


@dispatched.register
def _(value: float):
    return value * value


@dispatched.register(list)
def _(value):
    return sum(value)


def by_type(x):
    @functools.singledispatch
    def local(value):
        return 2.0

    @local.register
    def _(value: float):
        return value * 3

    return dispatched(x) + dispatched([x, 2.0]) + dispatched("a") * x + local(x) + local(1)


def dataclass_made_inside(x):
    @dataclasses.dataclass
    class Base:
        a: float
        kind: typing.ClassVar[str] = "base"

    @dataclasses.dataclass
    class Derived(Base):
        b: float = 3.0
        c: list = dataclasses.field(default_factory=list)

        def total(self):
            return self.a * self.b + sum(self.c)

    return Derived(x).total() + Derived(x, x, [x]).total() + len(dataclasses.fields(Derived)) * x


def dataclass_with_options_made_inside(x):
    @dataclasses.dataclass(order=True)
    class Ordered:
        a: float
        b: float = x
        c: list = dataclasses.field(default_factory=list)

    @dataclasses.dataclass(slots=True, frozen=True)
    class Slotted:
        a: float
        b: float = x

        def __post_init__(self):
            object.__setattr__(self, "a", self.a * 2)

    larger = max(Ordered(x, c=[x, 2 * x]), Ordered(1.0))
    Point = dataclasses.make_dataclass("Point", ["u", ("v", float)])
    slotted = Slotted(x * x)
    return larger.a * larger.b + sum(larger.c) + slotted.a * slotted.b + Point(x, v=x * x).v


def stack_of_contexts(x):
    out = []
    with contextlib.ExitStack() as stack:
        value = stack.enter_context(contextlib.nullcontext(x * 2))
        stack.callback(lambda v: out.append(v * 2), x)
    return out[0] * value


class Resource:
    def __init__(self, value):
        self.value = value
        self.closed = 0

    def close(self):
        self.closed += self.value


def closed_at_the_end(x):
    made = Resource(x)
    with contextlib.closing(made) as resource:
        total = resource.value * 2
    return total * made.closed


def error_with_a_note(x):
    try:
        error = ValueError("a", x)
        error.add_note(f"at {x:6.2f}")
        raise error
    except ValueError as caught:
        return x * len(caught.__notes__[0]) + caught.args[1]


def copies(x):
    nested = [x, [x * x], {"a": x}]
    shallow, deep = copy.copy(nested), copy.deepcopy(nested)
    nested[0] = 1.0
    nested[1][0] = 5.0
    held = copy.deepcopy(Holder([x]))
    return shallow[0] + shallow[1][0] * x + deep[1][0] + deep[2]["a"] + held.value[0]


def means(x):
    d = [x, 2.0, x * x, 5.0]
    a = abs(x)
    first = (
        statistics.mean(d) + statistics.fmean(d) + statistics.median(d) + statistics.median_low(d)
    )
    second = statistics.harmonic_mean([a, 2.0]) + statistics.geometric_mean([a, 2.0, 3.0])
    return first + second + statistics.harmonic_mean([a, 2.0], weights=[1, 2])


def spreads(x):
    d = [x, 2.0, x * x, 5.0]
    first = statistics.stdev(d) + statistics.pstdev(d) + statistics.variance(d, 2.0)
    return first + statistics.pvariance(d) + statistics.variance(d)


def fitted_line(x):
    line = statistics.linear_regression([1, 2, 3], [x, 2, x * x])
    return line.slope + 2 * line.intercept + statistics.covariance([1, 2, 3], [x, 2, x * x])


def normal_distribution(x):
    n = statistics.NormalDist(x, 2.0)
    both = n + statistics.NormalDist(1.0, x * x)
    return n.pdf(1.0) + n.cdf(0.5) + n.mean + n.variance + n.inv_cdf(0.3) * x + both.stdev


def chosen_at_random(x):
    draw = random.Random(3)
    some = draw.sample([x, 2.0, x * x], 2)
    return draw.choice([x, 2 * x, x * x]) + some[0] + 2 * some[1] + sum(draw.choices([x, 1.0], k=3))


def converted(x):
    y = np.float64(x)
    return y * 2 + np.double(x) * y.item() + int(np.int64(x)) * x + x * bool(np.bool_(x > 1))


def close_enough(x):
    return x if math.isclose(x, 1.5, rel_tol=0.1) else x * x * (not math.isclose(x, x + 1e-3))


def counted(x):
    counter = collections.Counter(a=x, b=1.0)
    counter["a"] += x
    return counter["a"] * x + max(counter.values()) + counter.total()


def bound_after_an_or(x):
    k = 0
    while True:
        if k >= 3 or (square := x * k) > 4:
            break
        k += 1
    return square * x


def bound_after_an_and(x):
    return x * half if x > 0 and (half := x / 2) > 0.2 and (x < 9 or (x := 1) < 0) else x**3


def bound_in_a_chain(x):
    if 0.1 < (low := x * x) < (high := x + 2) < 50:
        return low * high
    return low**2 if 0 < (third := x * 3) < 9 else third


def bound_in_a_comprehension(x):
    found = [y for t in (1, 2) if t > 5 or (y := x * t) > -1]
    return sum(found) + y


_XS = [1.53, -0.61, 3.27, 0.74]


def identity_of_a_comparison(x):
    positive = x > 0
    if positive is True:
        return x**2
    return x**3 if positive is not False else x**4


def truth_matched(x):
    match (x > 0, abs(x) > 1):
        case (True, False):
            return x**3
        case (True, True):
            return x**2
        case _:
            return 2 * x


def dataclass_with_traced_defaults(x):
    @dataclasses.dataclass
    class Spring:
        length: float
        stiffness: float = x * 2
        damping: float = dataclasses.field(default=x * 3)

    spring = Spring(x)
    fields = [("a", float), ("b", float, dataclasses.field(default=x * 2))]
    made = dataclasses.make_dataclass("Made", fields)(x)
    return spring.length * spring.stiffness + spring.damping + made.a * made.b


def attribute_that_numbers_lack(x):
    return x.sum() if hasattr(x, "sum") else x**2


def exact_sums(x):
    return math.fsum([1e16, x, -1e16, 0.25]) ** 2 + math.fsum(x * t for t in (0.1,) * 10)


def power_of_a_negated_number(x):
    return (-x if x < 0 else x) ** 1.5 + (0.5 - x) ** 1.5 if x < 0 else (50 - x) ** 0.5


CASES = [
    Case(function, _XS, oracle="difference", tolerance=1e-8)
    for function in (
        methods_by_name,
        methods_by_class,
        attributes_that_a_float_lacks,
        errors_of_operators,
        rounded,
        of_complex,
        variables_of_an_object,
        number_before_an_object,
        objects_as_numbers,
        objects_turned_round,
        members_and_fractions,
        functions_of_operator,
        getters,
        until_a_sentinel,
        chained_and_batched,
        ordered_by_comparison,
        heap,
        heap_of_pairs,
        table_looked_up,
        by_type,
        dataclass_with_options_made_inside,
        dataclass_made_inside,
        stack_of_contexts,
        closed_at_the_end,
        error_with_a_note,
        copies,
        means,
        spreads,
        fitted_line,
        normal_distribution,
        chosen_at_random,
        converted,
        close_enough,
        counted,
        identity_of_a_comparison,
        truth_matched,
        bound_after_an_or,
        bound_after_an_and,
        bound_in_a_chain,
        bound_in_a_comprehension,
        dataclass_with_traced_defaults,
        attribute_that_numbers_lack,
        exact_sums,
        power_of_a_negated_number,
    )
]
