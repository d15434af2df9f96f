"""Decisions: if, ternaries, and/or/not, chained comparisons, early returns, match."""

import math

import numpy as np

from . import Case, vector


def two_arms(x):
    if x > 0:
        y = x * x
    else:
        y = -3 * x
    return y + 1


def one_arm(x):
    y = x
    if x > 1:
        y = y * x
    return y * 2


def ladder(x):
    if x < -1:
        return x * x
    elif x < 0:
        return -x
    elif x < 1:
        return 2 * x
    else:
        return x**3


def nested(x, y):
    if x > 0:
        if y > 0:
            z = x * y
        else:
            z = x - y
    elif y > 0:
        z = y * y * x
    else:
        z = x / (1 + y * y)
    return z * z


def ternary(x):
    return x * x if x > 1 else math.sin(x)


def ternary_chain(x):
    return -x if x < -1 else x**3 if x < 1 else 2 * x - 1


def guarded_domain(x):
    return math.sqrt(x) if x > 0 else x * x


def conjunction(x):
    if x > 0 and x < 2:
        return x * x
    return 5 * x


def disjunction(x):
    if x < -1 or x > 1:
        return x**3
    return x


def negation(x):
    if not x > 1:
        return 3 * x
    return x * x


def mixed_logic(x, y):
    if (x > 0 and not y > 0) or (y > 1 and x > -1):
        return x * y
    return x + y * y


def chained_comparison(x):
    return x * x if -1 < x <= 1.5 < 2 else x


def value_of_or(x):
    return (x > 2 and x * x) or x * 3


def truth_of_number(x):
    if x:
        return x * 2 + 1
    return x * 5


def early_return(x):
    if x > 3:
        return x
    y = x * x
    if y > 4:
        return y
    z = y * x
    return z


def clipped(x):
    return min(max(x, -1.0), 2.0) * x


def kind_of_argument(x):
    if isinstance(x, np.ndarray):
        return (x * x).sum()
    return x * 2


def switch(x, mode):
    match mode:
        case "square":
            return x * x
        case "cube" | "third":
            return x**3
        case [_, factor]:
            return x * factor
        case _:
            return x


def guarded_match(x):
    match x:
        case v if v > 2:
            return v * v
        case v if v < 0:
            return -v
        case v:
            return v * 3


def assertion(x):
    assert x < 100, "too large"
    return x * x


def sixty_four_switches(x):
    total = 0.0
    for k in range(64):
        if x[k] > 0:
            step = x[k] * x[k]
        else:
            step = -2 * x[k]
        total = total + step
    return total


def _pattern(seed):
    return vector(*[math.sin(3.7 * k + seed) + 0.01 for k in range(64)])


CASES = [
    Case(two_arms, [1.5, -2.0, 0.25]),
    Case(one_arm, [0.5, 2.0, -1.0]),
    Case(ladder, [-2.0, -0.5, 0.5, 2.0]),
    Case(nested, [(1.0, 2.0), (1.0, -2.0), (-1.0, 2.0), (-1.0, -2.0)]),
    Case(ternary, [0.5, 2.0, -1.0]),
    Case(ternary_chain, [-2.0, 0.5, 3.0]),
    Case(guarded_domain, [2.0, -3.0, 0.25]),
    Case(conjunction, [1.0, -1.0, 3.0]),
    Case(disjunction, [-2.0, 2.0, 0.5]),
    Case(negation, [0.5, 2.0, -3.0]),
    Case(mixed_logic, [(1.0, -1.0), (1.0, 0.5), (-0.5, 2.0), (-2.0, 3.0)]),
    Case(chained_comparison, [0.5, -2.0, 1.75]),
    Case(value_of_or, [3.0, 1.0, -2.0]),
    Case(truth_of_number, [1.0, -2.0, 0.25]),
    Case(early_return, [4.0, 2.5, 0.5, -3.0]),
    Case(clipped, [-3.0, 0.5, 4.0]),
    Case(kind_of_argument, [1.5, vector(1.0, 2.0), -0.5, vector(3.0)]),
    Case(switch, [(1.5, "square"), (1.5, "cube"), (1.5, [0, 4.0]), (1.5, "other"), (2.0, "third")]),
    Case(guarded_match, [3.0, -2.0, 1.0]),
    Case(assertion, [1.5, -2.0, 3.0]),
    Case(sixty_four_switches, [_pattern(0.0), _pattern(1.0), _pattern(2.0)]),
]
