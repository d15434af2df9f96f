"""Exceptions, context managers, pattern matching, generators, and other ways to go on."""

import contextlib
import functools
import itertools
import math

from . import Case


def value_dependent_exception(x):
    try:
        return math.log(x)
    except ValueError:
        return x * 3


def exception_of_root(x):
    try:
        y = math.sqrt(x) * 2
    except ValueError as error:
        y = x * len(str(error.args[0])) / 10
    else:
        y = y + x
    return y


def division_by_zero(x):
    try:
        y = 1 / math.floor(x)
    except ZeroDivisionError:
        y = 7.0
    return x * y


def key_and_index_errors(x):
    table = {"a": x}
    try:
        y = table["b"]
    except KeyError:
        y = table["a"] * 2
    try:
        y = [x][5]
    except IndexError:
        y = y * x
    return y


def nested_try(x):
    total = x
    try:
        try:
            if x > 1:
                raise KeyError("inner")
            total = total * 2
        finally:
            total = total + x
    except KeyError:
        total = total * x
    return total


class _Large(Exception):
    def __init__(self, value):
        super().__init__("large")
        self.value = value


def exception_that_carries(x):
    def check(v):
        if v > 1:
            raise _Large(v * v)
        return v

    try:
        return check(x) * 2
    except _Large as error:
        return error.value * x


def reraised(x):
    try:
        try:
            if x < 1:
                raise ValueError("small")
            y = x * x
        except ValueError:
            raise TypeError("other") from None
    except (TypeError, KeyError):
        y = x * 5
    return y


def finally_returns(x):
    def g():
        try:
            return x * 2
        finally:
            seen.append(x)

    seen = []
    y = g()
    return y * seen[0]


def finally_in_loop(x):
    total = 0.0
    for k in range(4):
        try:
            if k == 1:
                continue
            if total > 3:
                break
            total = total + x * k
        finally:
            total = total + x
    return total


def suppressed(x):
    y = x
    with contextlib.suppress(ValueError):
        y = math.log(x) * x
    return y * 2


class _Scaling:
    def __init__(self, k):
        self.k = k

    def __enter__(self):
        self.k = self.k * 2
        return self

    def __exit__(self, *error):
        self.k = 0.0
        return error[0] is ValueError


def with_statement(x):
    with _Scaling(x) as s, _Scaling(2.0) as t:
        y = s.k * t.k * x
    return y + s.k


def with_that_swallows(x):
    y = x
    with _Scaling(x) as s:
        y = math.sqrt(x) * s.k
        y = y + 1
    return y * x


@contextlib.contextmanager
def _held(x):
    box = [x]
    try:
        yield box
    finally:
        box[0] = box[0] * 3


def generator_based_with(x):
    with _held(x) as box:
        box[0] = box[0] * x
    return box[0]


def assert_and_message(x):
    assert x < 100, f"{x} is too large"
    return x * x


def match_literals(x):
    match int(x):
        case 0:
            return x * 2
        case 1 | 2:
            return x * x
        case _:
            return x * 5


def match_sequence(x):
    match [x, x * x, 3.0]:
        case [a, b]:
            return a * b
        case [a, *rest]:
            return a * rest[0] + rest[1]
    return 0.0


def match_mapping(x):
    match {"kind": "scale", "by": x}:
        case {"kind": "shift", "by": v}:
            return v + 1
        case {"kind": "scale", "by": v, **rest}:
            return v * v + len(rest)
    return 0.0


class _Node:
    __match_args__ = ("left", "right")

    def __init__(self, left, right):
        self.left = left
        self.right = right


def match_class(x):
    match _Node(x, _Node(2.0, x * x)):
        case _Node(a, _Node(b, right=c)) if a > 1:
            return a * b * c
        case _Node(a, _):
            return a * 3
    return 0.0


def walrus_in_while(x):
    total = 0.0
    while (y := x * x + total) < 20:
        total = total + y
        x = x * 1.5
    return total + y


def walrus_in_comprehension(x):
    values = [y * y for k in range(4) if (y := x * k) > -5]
    return sum(values) + y


def generator_send(x):
    def running():
        total = 0.0
        while True:
            value = yield total
            total = total + value * value

    g = running()
    next(g)
    g.send(x)
    return g.send(2 * x)


def yield_from(x):
    def inner(n):
        for k in range(n):
            yield x**k
        return x * 10

    def outer():
        last = yield from inner(3)
        yield last

    return sum(outer())


def generator_expression(x):
    return sum(k * x**k for k in range(5) if k % 2) + max(v * v for v in (x, 3.0))


def generator_closed_early(x):
    def values():
        k = 0
        while True:
            yield x * k
            k += 1

    total = 0.0
    for v in values():
        if abs(v) > 4:
            break
        total = total + v * v
    return total


def recursion_generator(x):
    def tree(depth):
        if depth:
            yield from tree(depth - 1)
            yield x**depth
            yield from tree(depth - 1)

    return sum(tree(3))


def accumulated(x):
    sums = list(itertools.accumulate([x, x * x, 2.0]))
    products = list(itertools.accumulate([x, 2.0, x], lambda a, b: a * b))
    return sums[-1] * products[-1] + sums[1]


def chained(x):
    return sum(itertools.chain([x, 2 * x], (x * x,), itertools.repeat(x, 2)))


def products_of_pairs(x):
    pairs = itertools.product([x, 1.0], [2.0, x * x])
    return sum(a * b for a, b in pairs) + sum(
        a * b for a, b in itertools.combinations([x, 2.0, x + 1], 2)
    )


def sliced(x):
    powers = (x**k for k in itertools.count())
    return sum(itertools.islice(powers, 1, 5))


def taken_while(x):
    values = [x, x * 2, x * 4, x * 8]
    low = itertools.takewhile(lambda v: abs(v) < 7, values)
    high = itertools.dropwhile(lambda v: abs(v) < 7, values)
    return sum(v * v for v in low) + sum(high)


def starmapped(x):
    return sum(itertools.starmap(lambda a, b: a * b + x, [(x, 2.0), (3.0, x)]))


def zip_longest(x):
    return sum(a * b for a, b in itertools.zip_longest([x, x * x], [3.0], fillvalue=x))


def grouped(x):
    total = 0.0
    for key, group in itertools.groupby([1, 1, 2, 2, 2], key=lambda k: k):
        total = total + x**key * len(list(group))
    return total


def cycled(x):
    total = 0.0
    for sign, k in zip(itertools.cycle([1, -1]), range(5), strict=False):
        total = total + sign * x**k
    return total


def reduced(x):
    return functools.reduce(lambda a, b: a * x + b, [1.0, 2.0, 3.0], 0.5)


def sorted_by_key(x):
    a, b, c = sorted([x, 2.0, -x * x], key=lambda v: (v - 1) ** 2, reverse=True)
    return a + 10 * b + 100 * c


def sorted_pairs(x):
    pairs = sorted([(x, 1.0), (2.0, x), (-x, 3.0)])
    return sum(k * a * b for k, (a, b) in enumerate(pairs))


def minimum_of_key(x):
    return min([x, 2.0, -x], key=lambda v: abs(v - 1.9)) * x


def filtered_map(x):
    return sum(map(lambda a, b: a * b, filter(lambda v: v > 0, [x, -x, 2.0]), [3.0, x]))


def reversed_and_enumerated(x):
    return sum(k * v for k, v in enumerate(reversed([x, x * x, 1.0]), start=2))


def any_all_of_generators(x):
    if any(v > 2 for v in (x, x * x)) and all(v > 0 for v in (x, x + 1)):
        return x**3
    return x * 7


def while_with_two_exits(x):
    k = 0
    while True:
        k += 1
        x = x * 1.3 + 0.1
        if x > 5:
            return x * k
        if k > 6:
            return -x


def for_over_dictionary(x):
    total = 0.0
    for name, value in {"a": x, "bb": x * x}.items():
        total = total + len(name) * value
    return total


def deep_recursion(x):
    def down(n, acc):
        return acc if n == 0 else down(n - 1, acc * x + 0.01)

    return down(60, 1.0)


def global_helper_twice(x):
    return _halve(_halve(x * x)) + _halve(x)


def _halve(x):
    if x > 1:
        return x / 2
    return x


_XS = [1.5, -0.6, 3.2]

CASES = [
    Case(value_dependent_exception, _XS, oracle="difference"),
    Case(exception_of_root, _XS, oracle="difference"),
    Case(division_by_zero, [1.5, 0.4, 3.2]),
    Case(key_and_index_errors, _XS),
    Case(nested_try, _XS),
    Case(exception_that_carries, _XS),
    Case(reraised, _XS),
    Case(finally_returns, _XS),
    Case(finally_in_loop, [1.4, -0.6, 3.2]),
    Case(suppressed, _XS, oracle="difference"),
    Case(with_statement, _XS),
    Case(with_that_swallows, _XS, oracle="difference"),
    Case(generator_based_with, _XS),
    Case(assert_and_message, _XS),
    Case(match_literals, _XS),
    Case(match_sequence, _XS),
    Case(match_mapping, _XS),
    Case(match_class, _XS),
    Case(walrus_in_while, [1.5, -0.6, 3.2]),
    Case(walrus_in_comprehension, _XS),
    Case(generator_send, _XS),
    Case(yield_from, _XS),
    Case(generator_expression, _XS),
    Case(generator_closed_early, _XS),
    Case(recursion_generator, _XS),
    Case(accumulated, _XS),
    Case(chained, _XS),
    Case(products_of_pairs, _XS),
    Case(sliced, _XS),
    Case(taken_while, [1.5, -0.6, 3.3]),
    Case(starmapped, _XS),
    Case(zip_longest, _XS),
    Case(grouped, _XS),
    Case(cycled, _XS),
    Case(reduced, _XS),
    Case(sorted_by_key, _XS),
    Case(sorted_pairs, _XS),
    Case(minimum_of_key, _XS),
    Case(filtered_map, _XS),
    Case(reversed_and_enumerated, _XS),
    Case(any_all_of_generators, _XS),
    Case(while_with_two_exits, _XS),
    Case(for_over_dictionary, _XS),
    Case(deep_recursion, [0.9, -0.6, 1.1]),
    Case(global_helper_twice, _XS),
]
