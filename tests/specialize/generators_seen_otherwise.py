"""More functions with loops over generators, which may stay loops or not."""

# ruff: noqa: B007

from __future__ import annotations

import numpy as np

from .looping_over_generators import Model, damped, doubled, falling, total


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


EITHER = [v for k, v in dict(vars()).items() if k.endswith("_") and not k.startswith("_")]
