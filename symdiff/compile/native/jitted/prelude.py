"""What translated lines call, for numba to compile: a text, since numba may be absent.

The functions are those of the C prelude of the same names, and compute in the same order. What
numba has no words for, to do with memory and with flags of the processor, is in `memory.py`.
"""

from __future__ import annotations

from .memory import MEMORY

PRELUDE = (
    MEMORY
    + r"""

# -- numbers

@njit(**_OWN)
def sd_sign(x):
    return math.copysign(1.0, x) if x > 0.0 or x < 0.0 else x


@njit(**_OWN)
def sd_maximum(a, b):
    return a if a >= b or a != a else b


@njit(**_OWN)
def sd_minimum(a, b):
    return a if a <= b or a != a else b


@njit(**_OWN)
def sd_fmax(a, b):
    return a if a >= b or b != b else b


@njit(**_OWN)
def sd_fmin(a, b):
    return a if a <= b or b != b else b


@njit(**_OWN)
def sd_over(x, r):
    return x / (math.inf if r == 0.0 else r)


@njit(**_OWN)
def sd_sigmoid(x):
    e = math.exp(-math.fabs(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e)


@njit(**_OWN)
def sd_logaddexp(a, b):
    high = a if a > b else b
    low = b if a > b else a
    d = low - high
    if a == b:
        return a + 0.6931471805599453
    return d if d != d else high + libm_log1p(math.exp(d))


@njit(**_OWN)
def sd_sinc(x):
    y = 3.141592653589793 * x
    return math.sin(y) / y if x != 0.0 else 1.0


@njit(**_OWN)
def sd_side_toward(x, d, e, facing):
    change = -d if facing < 0.0 else d
    n = x if x != 0.0 else change if d != 0.0 else e
    return -1.0 if n < 0.0 else 1.0


@njit(**_OWN)
def sd_mod(x, y):
    m = libm_fmod(x, y)
    if m != 0.0:
        return m + y if (y < 0.0) != (m < 0.0) else m
    return math.copysign(0.0, y)


@njit(**_OWN)
def sd_floordiv(x, y):
    m = libm_fmod(x, y)
    d = (x - m) / y
    if m != 0.0 and ((y < 0.0) != (m < 0.0)):
        d = d - 1.0
    if d == 0.0:
        return math.copysign(0.0, x / y)
    f = np.floor(d)
    return f + 1.0 if d - f > 0.5 else f


@njit(**_OWN)
def int_pow(a, n):
    r = 1
    if n < 0:
        return 0, True
    while n:
        if n & 1:
            r, over = mul_over(r, a)
            if over:
                return 0, True
        n = n >> 1
        if n:
            a, over = mul_over(a, a)
            if over:
                return 0, True
    return r, False


@njit(**_OWN)
def sd_exact(a):
    return a <= 9007199254740992 and a >= -9007199254740992


@njit(**_OWN)
def sd_fits(x):
    return x > -9.2e18 and x < 9.2e18


@njit(**_OWN)
def sd_within(a, n):
    most = 0.0
    for i in range(n):
        x = math.fabs(a[i])
        if not x < 2.0**150 or (n <= 24 and x <= 2.0**-150 and x != 0.0):
            return False
        most = x if x > most else most
    return most > 2.0**-150 or most == 0.0


# -- arrays

@njit(**_OWN)
def _sum_of_few(a, n, stride):
    if n < 8:
        sum = -0.0 if n else 0.0
        for i in range(n):
            sum += a[i * stride]
        return sum
    r0, r1, r2, r3 = a[0], a[stride], a[2 * stride], a[3 * stride]
    r4, r5, r6, r7 = a[4 * stride], a[5 * stride], a[6 * stride], a[7 * stride]
    i = 8
    while i < n - (n % 8):
        r0 += a[i * stride]
        r1 += a[(i + 1) * stride]
        r2 += a[(i + 2) * stride]
        r3 += a[(i + 3) * stride]
        r4 += a[(i + 4) * stride]
        r5 += a[(i + 5) * stride]
        r6 += a[(i + 6) * stride]
        r7 += a[(i + 7) * stride]
        i += 8
    sum = ((r0 + r1) + (r2 + r3)) + ((r4 + r5) + (r6 + r7))
    while i < n:
        sum += a[i * stride]
        i += 1
    return sum


@njit(**_OWN)
def sd_sum(a, n, stride):
    if n <= 128:
        return _sum_of_few(a, n, stride)
    # Halves of halves; of each level where it begins, its size, and which half is to come.
    levels, sums = words(192), f_at(address(words(64)))
    levels[0], levels[1], levels[2] = 0, n, 0
    level, found = 0, 0.0
    while level >= 0:
        begin, size, half = levels[3 * level], levels[3 * level + 1], levels[3 * level + 2]
        first = size // 2
        first -= first % 8
        if size <= 128:
            found = _sum_of_few(plus(a, begin * stride), size, stride)
            level -= 1
        elif half == 2:
            found = sums[level] + found
            level -= 1
        else:
            levels[3 * level + 2] = half + 1
            if half == 0:
                size = first
            else:
                sums[level] = found
                begin, size = begin + first, size - first
            level += 1
            levels[3 * level], levels[3 * level + 1], levels[3 * level + 2] = begin, size, 0
    return found


@njit(**_OWN)
def sd_dot(a, sa, b, sb, n):
    r0 = r1 = r2 = r3 = 0.0
    i = 0
    while i + 4 <= n:
        r0 += a[i * sa] * b[i * sb]
        r1 += a[(i + 1) * sa] * b[(i + 1) * sb]
        r2 += a[(i + 2) * sa] * b[(i + 2) * sb]
        r3 += a[(i + 3) * sa] * b[(i + 3) * sb]
        i += 4
    while i < n:
        r0 += a[i * sa] * b[i * sb]
        i += 1
    return (r0 + r2) + (r1 + r3)


@njit(**_OWN)
def sd_matvec(to, a, down, along, x, step, m, n):
    if down == 1:
        for i in range(m):
            to[i] = 0.0
        for k in range(n):
            for i in range(m):
                to[i] = to[i] + a[i + k * along] * x[k * step]
        return
    for i in range(m):
        to[i] = sd_dot(plus(a, i * down), along, x, step, n)


@njit(**_OWN)
def sd_max(a, n, stride):
    most = a[0]
    for i in range(n):
        most = sd_maximum(most, a[i * stride])
    return most


@njit(**_OWN)
def sd_min(a, n, stride):
    least = a[0]
    for i in range(n):
        least = sd_minimum(least, a[i * stride])
    return least
"""
)
