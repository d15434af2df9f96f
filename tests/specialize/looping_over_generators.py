"""Functions with loops over generators, of a number and a count."""

# ruff: noqa: B007

from __future__ import annotations

import math

import numpy as np


def damped(x, n):
    for k in range(n):
        x = x * 0.99 + math.sin(x) * 0.1
        yield x


def endless(x):
    while True:
        yield x
        x = x * 0.9 + 0.01


def squares_of(x, n):
    for v in damped(x, n):
        yield v * v


def falling(x):
    while x > 0.01:
        yield x
        x = x * 0.7


def both(x, n):
    yield x
    yield from damped(x, n)
    yield from damped(x * 0.5, n)


class Model:
    def __init__(self, rate):
        self.rate = rate

    def steps(self, x, n):
        for k in range(n):
            self.rate = self.rate * 0.99
            x = x + self.rate * math.sin(x)
            yield k, x


def inner_(x, n):
    def steps(x):
        for k in range(n):
            x = x * 0.99 + math.sin(x) * 0.1
            yield x

    t = 0.0
    for v in steps(x):
        t += v * v
    return t


def outer_(x, n):
    t = 0.0
    for v in damped(x, n):
        t += v * v
    return t


def method_(x, n):
    model = Model(0.3)
    t = 0.0
    for k, v in model.steps(x, n):
        t = t * 0.9 + v * k
    return t + model.rate


def enumerated_(x, n):
    t = 0.0
    for k, v in enumerate(damped(x, n), 1):
        t += v / k
    return t


def nested_(x, n):
    t = 0.0
    for v in squares_of(x, n):
        t += v
    return t


def yield_from_(x, n):
    t = 0.0
    for v in both(x, n):
        t += math.sin(v)
    return t


def break_(x, n):
    t = 0.0
    for v in damped(x, n):
        if t > 3.0:
            break
        t += v
    else:
        t += 10.0
    return t


def continue_(x, n):
    t, odd = 0.0, 0
    for k, v in enumerate(damped(x, n)):
        if k % 3 == 1:
            odd += 1
            continue
        t += v
    return t + odd


def return_(x, n):
    t = 0.0
    for v in damped(x, n):
        t += v
        if t > 4.0:
            return t * 2
    return t


def with_state_(x, n):
    s = {"t": 0.0, "last": x}
    for v in damped(x, n):
        s["t"] += v * s["last"]
        s["last"] = v
    return s["t"]


def pair_(x, n):
    pair = (x, 0.0)
    for v in damped(x, n):
        pair = (pair[1] + v, pair[0] * 0.5)
    return pair[0] + pair[1]


def target_after_(x, n):
    v = x
    for v in damped(x, n):
        pass
    return v


def loop_inside_(x, n):
    t = 0.0
    for v in damped(x, n):
        for j in range(n):
            t = t * 0.99 + v
    return t


def inside_loop_(x, n):
    t = 0.0
    for k in range(n):
        for v in damped(x + 0.01 * k, n):
            t = t * 0.99 + v
    return t


def kept_in_a_name_(x, n):
    values = damped(x, n)
    t = 0.0
    for v in values:
        t += v * v
    return t


def doubled(source):
    for v in source:
        yield 2 * v
        yield v * v


def total(source, factor):
    t = 0.0
    for k, v in enumerate(source, 1):
        if t > 6.0:
            return t
        t += factor * v / k
    return t


def handed_to_functions_(x, n):
    return total(damped(x, n), 0.5) + total(factor=x, source=doubled(damped(x, n)))


def summed_(x, n):
    return sum(damped(x, n)) + sum(v * v for v in damped(x, n))


def beside_a_range_(x, n):
    t = 0.0
    for k, v in zip(range(2, n), endless(x)):
        t += k * v
    return t


def before_a_range_(x, n):
    t = 0.0
    for v, k in zip(damped(x, 25), range(n)):
        t += k * v
    else:
        t += 0.5
    return t


def between_arrays_(x, n):
    a = np.linspace(0.1, 1.0, 40) * x
    t = 0.0
    for u, v, w in zip(a, damped(x, n), a[::-1]):
        if v > 2.5:
            continue
        t += u * v - w
    return t


class Cooling:
    def __init__(self, x, n):
        self.x, self.n = x, n

    def __iter__(self):
        v = self.x
        for k in range(self.n):
            v = 0.9 * v + 0.1 * math.sin(v)
            yield v


def an_object_that_iterates_(x, n):
    t = 0.0
    for v in Cooling(x, n):
        t = 0.5 * t + v
    return t


ROLLED = [v for k, v in dict(vars()).items() if k.endswith("_") and not k.startswith("_")]


def appended_(x, n):
    held = [x]
    for v in damped(x, n):
        held.append(v * held[-1])
    return sum(held)


def appended_and_read_(x, n):
    held = [0.0, x, 1.0]
    for k, v in enumerate(damped(x, n)):
        held[k % 3] += v
        held = [2 * z for z in held]
        held.append(held[0])
    return sum(held[-9:]) + len(held)


def gathered_(x, n):
    held = [v * v for v in damped(x, n)]
    return sum(held) + sum(v for v in damped(x, n))


def while_(x, n):
    t = 0.0
    for v in falling(x * n):
        t += v
    return t


def kept_and_left_(x, n):
    g = damped(x, n)
    t = 0.0
    for v in g:
        t += v
        if t > 1.0:
            break
    for v in g:
        t += 2 * v
    return t


def kept_by_a_call_(x, n):
    held = []

    def make():
        held.append(damped(x, n))
        return held[-1]

    t = 0.0
    for v in make():
        t += v
        if t > 1.0:
            break
    return t + sum(held[0])


def sent_(x, n):
    def counter():
        total = 0.0
        for k in range(n):
            total += (yield total) or x

    t = 0.0
    for v in counter():
        t += v
    return t


def guarded_(x, n):
    log = []

    def steps():
        try:
            for k in range(n):
                yield x * k
        finally:
            log.append(x)

    t = 0.0
    for v in steps():
        t += v
        if t > 5.0:
            break
    return t + sum(log)


def chained_(x, n):
    t = 0.0
    for v in doubled(damped(x, n)):
        t += v
    return t


def shared_name_(x, n):
    def steps(x):
        nonlocal n
        for k in range(n):
            x = x * 0.9
            yield x

    t = 0.0
    for v in steps(x):
        t += v
        n = 3
    return t + n


def changes_what_it_yields_from_(x, n):
    s = {"x": x}

    def steps():
        for k in range(n):
            s["x"] = s["x"] * 0.9
            yield s["x"]

    t = 0.0
    for v in steps():
        t += v
        s["x"] += 0.05
    return t + s["x"]


def lambdas_that_are_kept_(x, n):
    held = []
    for v in damped(x, n):
        held.append(lambda: v)
    return sum(f() for f in held) + x


def summed_within_(x, n):
    weights = [0.5, x, 2.0]
    t = 0.0
    for v in damped(x, n):
        t += sum(v * w for w in weights) + max([v * w for w in weights])
    return t


def raised_by_the_body_(x, n):
    def total(bound):
        t = 0.0
        for k, v in enumerate(damped(x, n)):
            t += v if k % 2 else 2 * v
            if t > bound:
                raise ValueError(t)
        return t

    try:
        return total(3.0)
    except ValueError as error:
        return error.args[0] * x


def counted_from_a_number_(x, n):
    t = 0.0
    for k, v in enumerate(damped(x, n), n - 1):
        t += v * k
    return t


class Scaled(Model):
    def factor(self):
        return 2.0


class Doubled(Scaled):
    def factor(self):
        return 3.0

    def total(self, x, n):
        t = 0.0
        for v in damped(x, n):
            t += v * super().factor()
        return t


def super_in_the_body_(x, n):
    return Doubled(0.3).total(x, n)


def made_by_another_function_(x, n):
    def made(x):
        return damped(x * 2, n)

    t = 0.0
    for v in made(x):
        t = t * 0.9 + v
    return t


def listed_(x, n):
    values = list(damped(x, n))
    values.append(x)
    return values[-1] + values[n // 2] + max(damped(x, n + 1)) + sorted(damped(x, n + 1))[0]


def as_an_array_(x, n):
    return np.sum(np.array(list(damped(x, n))) ** 2) + len(tuple(damped(x, n)))


def logged(log, x, n):
    for k in range(n):
        log.append(k)
        x = x * 0.9 + 0.1
        yield x
    log.append(-1)


def weighed(log, x):
    return sum(v * (k + 1) for k, v in enumerate(log)) * x


def as_zip_goes_on_(x, n):
    log = []
    t = 0.0
    for k, v in zip(range(n), logged(log, x, 11)):
        log.append(100 + k)
        t += v
    for v, k in zip(logged(log, x, 11), range(n)):
        log.append(200 + k)
        t += v
    for a, v, b in zip([1, 2, 3, 4] * 3, logged(log, x, n), [x] * 11):
        log.append(a)
        t += v * b
        if t > 40:
            break
    else:
        log.append(7)
    return t + weighed(log, x)


def grows_beside_it_(x, n):
    beside = [x] * 3
    t = 0.0
    for v, w in zip(damped(x, n), beside):
        t += v * w
        if len(beside) < 9:
            beside.append(w * 0.9)
    return t


def used_up_by_two_(x, n):
    values = damped(x, n)
    return total(values, 3.0) + sum(values)


def keeps(held, source):
    held.append(source)
    return 0.0


def kept_and_handed_on_(x, n):
    held = []
    t = keeps(held, damped(x, n))
    return t + total(held[0], 3.0) + sum(held[0])


def through(*sources):
    return total(sources[0], 2.0) + total(*sources, 3.0)


def handed_on_twice_(x, n):
    return through(damped(x, n))


def only_names(source):
    for v in source:
        if v > 0.8:
            return v
    return 0.0


def a_parameter_in_a_loop_(x, n):
    def parts(source):
        t = 0.0
        for k in range(3):
            for v in source:
                t += v * (k + 1)
                if t > 2 * k:
                    break
        return t

    return parts(damped(x, n)) + only_names(damped(x, n))


def names_of_others_(x, n):
    def sum(values):
        return next(values) + next(values) + x

    return sum(damped(x, n + 2)) * next(damped(x, n + 2))


def a_generator_of_another_type_(x, n):
    t = 0.0
    for k, v in zip(damped(x, n), (v * 2 for v in damped(x, n))):
        t += k * v
    for v in (v * 3 for v in damped(x, n)):
        t += v
    return t


class Counted(list):
    def __iter__(self):
        self[0] += 1.0
        yield from super().__iter__()


def made_before_it_is_gone_through_(x, n):
    source = Counted([x] * (n + 1))
    first = source[0] * 1.0
    t = 0.0
    for v in source:
        t = 0.9 * t + v * first
    return t


EITHER = [
    v
    for k, v in dict(vars()).items()
    if k.endswith("_") and not k.startswith("_") and v not in ROLLED
]
