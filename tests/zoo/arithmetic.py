"""Python's operators, and numbers of every kind."""

from . import Case, call


def cubic(x):
    return x**3 - 2 * x + 1


def quotient(x):
    return (x * x + 1) / (x - 5)


def reversed_operators(x):
    return 2 - x + 3 / x + 2.5**x + 7 * x


def signs(x):
    return -x * +x - -(x**2) * -x


def power_of_two_arguments(x, y):
    return x**y + y**x


def negative_power(x):
    return x**-2 + 1 / x**3


def zeroth_power(x):
    return x**0 + x**1 + 3 * x


def fractional_power(x):
    return x**0.5 + x**1.5 + x ** (1 / 3)


def long_sum(x):
    return x + 2 * x + 3 * x**2 + 4 * x**3 + 5 * x**4 + 6 * x**5 + 7 * x**6 + 8 * x**7


def long_product(x):
    return (x - 1) * (x - 2) * (x - 3) * (x - 4) * (x - 5) * (x - 6) * (x - 7)


def horner(x):
    return ((((0.1 * x - 0.2) * x + 0.3) * x - 0.4) * x + 0.5) * x


def careful_sum(x):
    big = x * 1e8
    total = big + x
    lost = (total - big) - x
    return total * 1e-8 + lost * lost


def remainder(x):
    return (x % 1.25) * x


def floor_division(x):
    return (x // 0.7) * x


def rounded_away(x):
    return x * round(2.6) + int(3.9) * x * x


def mixed_kinds(x, n, flag):
    return x * n + flag * x * x + x / n


def pow_builtin(x):
    return pow(x, 3) + pow(2, x) + abs(x) * max(x, 1.0) * min(x, 2.5)


def divmod_builtin(x):
    q, r = divmod(x, 0.8)
    return q * x + r * r


def secant_step(x):
    """Equal operands make a pole of this quotient; these are never equal."""
    f = lambda t: t**3 - x
    before, now = 1.0, 2.5
    for _ in range(6):
        before, now = now, now - f(now) * (now - before) / (f(now) - f(before))
    return now


def divided_by_one_less(x, n):
    mean = (x * x + x) / (n - 1)
    return mean * n


CASES = [
    Case(cubic, [1.5, -2.0, 0.25], oracle="complex"),
    Case(quotient, [1.5, -2.0, 30.0], oracle="complex"),
    Case(reversed_operators, [1.5, -2.0, 0.25], oracle="complex"),
    Case(signs, [1.5, -2.0, 0.25], oracle="complex"),
    Case(power_of_two_arguments, [(1.5, 2.5), (0.3, 4.0), (3.0, 0.5)]),
    Case(power_of_two_arguments, [(1.5, 2.5), (0.3, 4.0), (3.0, 0.5)], wrt=1, name="power_wrt_1"),
    Case(negative_power, [1.5, -2.0, 0.25]),
    Case(zeroth_power, [1.5, -2.0, 0.0]),
    Case(fractional_power, [1.5, 2.0, 0.25]),
    Case(long_sum, [0.9, -0.5, 1.25], oracle="complex"),
    Case(long_product, [0.5, 3.5, 8.0]),
    Case(horner, [1.5, -2.0, 0.25], oracle="complex"),
    Case(careful_sum, [1.5, -2.0, 3.0], tolerance=1e-7),
    Case(remainder, [1.5, 4.0, 0.25]),
    Case(floor_division, [1.5, 4.0, 0.25]),
    Case(rounded_away, [1.5, -2.0, 0.25]),
    Case(mixed_kinds, [(1.5, 2, True), (2.5, 3, False), (-1.0, 2, True)]),
    Case(pow_builtin, [1.5, -2.0, 0.25, 3.0]),
    Case(secant_step, [1.5, 4.0, 9.0]),
    Case(divided_by_one_less, [(1.5, 2), (2.5, 3), (-1.0, 5)]),
    Case(divmod_builtin, [1.5, 4.3, call(0.25)]),
]
