"""Assignment in all its forms."""

from . import Case


def chained(x):
    a = b = x * x
    return a * b + a


def swapped(x):
    a, b = x, 2 * x
    a, b = b, a * b
    return a - 3 * b


def nested_targets(x):
    (a, (b, c)), d = (x, (x * x, 3.0)), x + 1
    return a * b + c * d


def starred(x):
    first, *middle, last = x, x**2, x**3, 4.0
    return first * last + middle[0] * middle[1]


def augmented(x):
    y = x
    y += 2
    y *= x
    y -= x / 3
    y /= 1 + x * x
    y **= 2
    return y


def annotated(x: float) -> float:
    y: float = x * 3
    z: float
    z = y * y
    return z


def rebound(x):
    x = x * 2
    x = x * x
    x = x + 1
    return x


def walrus(x):
    if (y := x * x) > 2:
        return y * x
    return y + x


def deleted(x):
    y = x * x
    z = y + x
    del y
    return z * 2


def unused(x):
    y = x * x
    z = x * 17.0
    del z
    _ = x**5
    return y


def shadowing(x):
    exp = x * 2
    sin = exp + 1
    E = sin * exp
    S, N, I, Q, pi, gamma = E, E + 1, E * 2, 3, x, x * x
    lambda_ = S + N * I + Q * pi - gamma
    return lambda_ * exp


def unicode_names(α):
    β = α * α
    Δ_1 = β - α
    return β * Δ_1


def self_assignment(x):
    y = x
    z = y
    w = z
    return w * y * z


def slice_target(x):
    values = [0.0, 0.0, 0.0]
    values[1:] = [x, x * x]
    values[0] = x + values[1]
    return values[0] * values[1] + values[2]


_NUMBERS = [1.5, -0.75, 3.0]

CASES = [
    Case(chained, _NUMBERS, oracle="complex"),
    Case(swapped, _NUMBERS, oracle="complex"),
    Case(nested_targets, _NUMBERS, oracle="complex"),
    Case(starred, _NUMBERS, oracle="complex"),
    Case(augmented, _NUMBERS, oracle="complex"),
    Case(annotated, _NUMBERS),
    Case(rebound, _NUMBERS),
    Case(walrus, [2.0, 0.5, -1.75, -0.25]),
    Case(deleted, _NUMBERS),
    Case(unused, _NUMBERS),
    Case(shadowing, _NUMBERS, oracle="complex"),
    Case(unicode_names, _NUMBERS, oracle="complex"),
    Case(self_assignment, _NUMBERS),
    Case(slice_target, _NUMBERS),
]
