"""Every operator, augmented form and conversion of Python, on values being differentiated."""

import math
import operator
from fractions import Fraction

from . import Case


def plus(x):
    return +x + 3


def minus(x):
    return -x - 3 - -x * x


def times(x):
    return 2 * x * x * 0.5


def divided(x):
    return 1 / x + x / 3


def floor_divided(x):
    return (x // 0.75) * x


def floor_divides(x):
    return (7 // x) * x + x


def remainder(x):
    return x % 0.75 + 7.3 % x


def remainder_of_negative(x):
    return (-x) % 1.3 * x


def divmod_both(x):
    q, r = divmod(x, 0.8)
    return q * x + r * r


def power_constant(x):
    return x**3 + x**-2 + x**0 + x**1


def power_computed(x):
    n = len([1, 2, 3]) - 1
    return x**n + x ** (n / 2 + 1)


def power_of_constant(x):
    return 2**x + 0.5**x


def power_of_itself(x):
    return abs(x) ** x


def builtin_pow(x):
    return pow(x, 3) + pow(2.0, x) + math.pow(abs(x), 1.5)


def absolute(x):
    return abs(x) * x + abs(-x)


def augmented_add(x):
    y = 1.0
    y += x
    y += y * x
    return y


def augmented_floor(x):
    y = x * 10
    y //= 3
    y *= x
    return y


def augmented_mod(x):
    y = x * x
    y %= 1.7
    return y


def augmented_pow(x):
    y = x
    y **= 3
    y -= 1
    y /= x
    return y


def comparison_chain(x):
    if -1 < x <= 1 < x + 3:
        return x * x
    if not -5 < x < 2:
        return x * 3
    return x**3


def comparison_as_number(x):
    return (x > 1) * x * x + (x <= 1) * x


def equality(x):
    if x == 1.5:
        return x * 4
    return x * x if x != -2 else x * 9


def not_not(x):
    return x * 2 if not not x > 1 else x * x


def and_or_values(x):
    return (x and x * 2) + (x > 1 and x * x or x * 3)


def ternary_nested(x):
    return x * x if x > 2 else (x * 3 if x > 0 else -x)


def integer_part(x):
    return int(x) * x + int(x * 10) % 3 * x


def float_of(x):
    return float(x) * float(2) + float("1.5") * x


def bool_of(x):
    return bool(x) * x * x + bool(0) * x


def rounded(x):
    return round(x) * x + round(x, 1) * x


def floor_ceil_trunc(x):
    return math.floor(x) * x + math.ceil(x) * x * x + math.trunc(x) * x


def bits(x):
    n = int(abs(x)) << 2 | 1
    return x * (n & 5) + x * (n ^ 3) + x * (n >> 1) + x * ~n


def operator_module(x):
    y = operator.add(operator.mul(x, x), operator.neg(x))
    return operator.truediv(y, operator.pow(x, 2)) + operator.sub(1, x)


def operator_in_place(x):
    y = operator.iadd(x, 2)
    return operator.imul(y, x)


def operator_getters(x):
    pick = operator.itemgetter(0, 2)
    a, b = pick([x, 1.0, x * x])
    return a * b * operator.itemgetter("k")({"k": x})


def operator_compare(x):
    if operator.lt(x, 1) and operator.ne(x, 0):
        return x * x
    return operator.abs(x) * 3


def sign_copied(x):
    return math.copysign(x * x, x) + math.copysign(2.0, x) * x


def fmod_and_remainder(x):
    return math.fmod(x, 0.7) * x


def hypotenuse(x):
    return math.hypot(x, 2 * x, 1.0) + math.dist([x, 1.0], [0.0, x])


def sums_and_products(x):
    return math.fsum([x, x * x, 1.0]) * math.prod([x, 2.0, x])


def fraction_constant(x):
    return x * float(Fraction(1, 3)) + x * x * (3 // 2)


def true_and_false(x):
    return x * True + (x + False) * x


def is_tests(x):
    y = None
    if y is None and x is not None:
        y = x
    return y * y


def small_and_large(x):
    return 1e-300 * x * 1e300 + 1e10 * x - 1e10 * x * 0.5


def in_range(x):
    return x * 2 if int(x) in range(2, 5) else x * x


def lazy_or(x):
    return x if x > 1 or math.log(-x + 2) > 0.5 else x * x * 2


def swapped_arguments(x, y):
    return (x - y) ** 3 / (x * y)


def hex_and_octal(x):
    return 0x10 * x + 0b11 * x * x + 0o7 + 1_000 * x


_XS = [1.5, -0.6, 3.2]
_POSITIVE = [1.5, 0.6, 3.2]

CASES = [
    Case(plus, _XS),
    Case(minus, _XS),
    Case(times, _XS),
    Case(divided, _XS),
    Case(floor_divided, [1.0, -0.6, 3.2]),
    Case(floor_divides, [1.5, -0.6, 3.2], oracle="difference"),
    Case(remainder, [1.0, -0.6, 3.2]),
    Case(remainder_of_negative, [1.5, 0.6, -3.2]),
    Case(divmod_both, [1.5, -0.6, 3.3]),
    Case(power_constant, _XS),
    Case(power_computed, _POSITIVE),
    Case(power_of_constant, _XS),
    Case(power_of_itself, _XS),
    Case(builtin_pow, _XS),
    Case(absolute, _XS),
    Case(augmented_add, _XS),
    Case(augmented_floor, [1.6, -0.7, 3.2]),
    Case(augmented_mod, _XS),
    Case(augmented_pow, _XS),
    Case(comparison_chain, [0.5, 3.0, -7.0, -3.0]),
    Case(comparison_as_number, _XS),
    Case(equality, [2.5, -3.0, 0.5]),
    Case(not_not, _XS),
    Case(and_or_values, _XS),
    Case(ternary_nested, _XS),
    Case(integer_part, [1.53, -0.66, 3.27]),
    Case(float_of, _XS, oracle="difference"),
    Case(bool_of, _XS),
    Case(rounded, [1.53, -0.66, 3.27]),
    Case(floor_ceil_trunc, _XS),
    Case(bits, [1.53, -4.66, 3.27]),
    Case(operator_module, _XS),
    Case(operator_in_place, _XS),
    Case(operator_getters, _XS),
    Case(operator_compare, _XS),
    Case(sign_copied, _XS),
    Case(fmod_and_remainder, _XS, oracle="difference"),
    Case(hypotenuse, _XS),
    Case(sums_and_products, _XS, oracle="difference"),
    Case(fraction_constant, _XS, oracle="difference"),
    Case(true_and_false, _XS),
    Case(is_tests, _XS),
    Case(small_and_large, _XS),
    Case(in_range, [1.53, 4.66, 3.27]),
    Case(lazy_or, [1.53, 0.2, -3.0]),
    Case(swapped_arguments, [(1.5, 2.0), (-0.5, 3.0), (2.0, 1.0)], wrt=1),
    Case(hex_and_octal, _XS),
]
