"""Functions that keep what they have computed, each in another way."""

import functools
from collections import namedtuple

import numpy as np

TABLE = {}


LAST = {"x": None, "f": None}


PAIRS = []


LAST_X = LAST_F = None


def cube(x):
    return x**3 + np.sin(x)


def dictionary(x):
    if x not in TABLE:
        TABLE[x] = cube(x)
    return TABLE[x] + x


def dictionary_get(x):
    known = TABLE.get(x)
    if known is None:
        known = TABLE[x] = cube(x)
    return known + x


def dictionary_tried(x):
    try:
        return TABLE[x] + x
    except KeyError:
        TABLE[x] = cube(x)
        return TABLE[x] + x


def dictionary_setdefault(x):
    return TABLE.setdefault(x, cube(x)) + x


def dictionary_by_text(x):
    key = f"{x:.9f}"
    if key not in TABLE:
        TABLE[key] = cube(x)
    return TABLE[key] + x


def dictionary_by_str(x):
    key = str(x)
    if key in TABLE:
        return TABLE[key] + x
    result = TABLE[key] = cube(x)
    return result + x


def dictionary_by_tuple(x):
    key = (x, 2.0)
    if key not in TABLE:
        TABLE[key] = cube(x)
    return TABLE[key] + x


def dictionary_by_rounded(x):
    key = round(x, 9)
    if key not in TABLE:
        TABLE[key] = cube(x)
    return TABLE[key] + x


def dictionary_by_integer(x):
    key = int(x * 1e6)
    if key not in TABLE:
        TABLE[key] = cube(x)
    return TABLE[key] + x


def dictionary_by_hash(x):
    key = hash((x, 1))
    if key not in TABLE:
        TABLE[key] = cube(x)
    return TABLE[key] + x


def in_a_default(x, cache={}):  # noqa: B006
    if x not in cache:
        cache[x] = cube(x)
    return cache[x] + x


def make_closure():
    known = {}
    last = None
    value = None

    def by_dictionary(x):
        if x not in known:
            known[x] = cube(x)
        return known[x] + x

    def by_last(x):
        nonlocal last, value
        if x != last:
            last, value = x, cube(x)
        return value + x

    return by_dictionary, by_last


closure_dictionary, closure_last = make_closure()


def decorate(f):
    cache = {}

    @functools.wraps(f)
    def wrapper(*args):
        if args in cache:
            return cache[args]
        result = cache[args] = f(*args)
        return result

    return wrapper


@decorate
def decorated(x):
    return cube(x) + x


def last_global(x):
    global LAST_X, LAST_F
    if LAST_X is None or x != LAST_X:
        LAST_F = cube(x)
        LAST_X = x
    return LAST_F + x


def last_items(x):
    if LAST["x"] != x:
        LAST["x"] = x
        LAST["f"] = cube(x)
    return LAST["f"] + x


def pairs(x):
    for key, value in PAIRS:
        if key == x:
            return value + x
    PAIRS.append((x, cube(x)))
    return PAIRS[-1][1] + x


class Missing(dict):
    def __missing__(self, x):
        self[x] = cube(x)
        return self[x]


MISSING = Missing()


NAMED = namedtuple("NAMED", ["x", "n"])


KEYS, VALUES = np.zeros(6), np.zeros(6)


def dictionary_that_fills_itself(x):
    return MISSING[x] + x


def dictionary_by_named_tuple(x):
    key = NAMED(x, 1)
    if key not in TABLE:
        TABLE[key] = cube(x)
    return TABLE[key] + x


def dictionary_by_frozenset(x):
    key = frozenset([x])
    if key not in TABLE:
        TABLE[key] = cube(x)
    return TABLE[key] + x


def arrays(x):
    (hits,) = np.where(x == KEYS)
    if len(hits):
        return VALUES[hits[0]] + x
    k = int(np.count_nonzero(KEYS))
    KEYS[k] = x
    VALUES[k] = cube(x)
    return VALUES[k] + x


class Model:
    def __init__(self):
        self.last_x = None
        self.last_f = None
        self.cache = {}
        self.calls = 0

    def dictionary(self, x):
        if x not in self.cache:
            self.calls += 1
            self.cache[x] = cube(x)
        return self.cache[x] + x

    def last(self, x):
        if self.last_x is not None and x == self.last_x:
            return self.last_f + x
        self.last_x = x
        self.last_f = cube(x)
        return self.last_f + x

    def close(self, x):
        if self.last_x is None or abs(x - self.last_x) > 1e-12:
            self.last_x = x
            self.last_f = cube(x)
        return self.last_f + x

    def updated(self, x):
        self.update_if_needed(x)
        return self.last_f + x

    def update_if_needed(self, x):
        if self.last_x is None or self.last_x != x:
            self.last_x = x
            self.last_f = cube(x)

    def apart(self, x):
        if self.last_x is None or x - self.last_x != 0:
            self.last_x = x
            self.last_f = cube(x)
        return self.last_f + x

    def difference(self, x):
        if self.last_x is None or x - self.last_x:
            self.last_x = x
            self.last_f = cube(x)
        return self.last_f + x

    def by_property(self, x):
        self.point = x
        return self.last_f + x

    @property
    def point(self):
        return self.last_x

    @point.setter
    def point(self, x):
        if self.last_x is None or x != self.last_x:
            self.last_x = x
            self.last_f = cube(x)


NUMBERS = [
    *(dictionary, dictionary_get, dictionary_tried, dictionary_setdefault, dictionary_by_text),
    *(dictionary_by_str, dictionary_by_tuple, dictionary_by_rounded, dictionary_by_integer),
    dictionary_by_hash,
    *(in_a_default, closure_dictionary, closure_last, decorated, last_global, last_items),
    *(dictionary_that_fills_itself, dictionary_by_named_tuple, dictionary_by_frozenset),
    *(Model().apart, Model().difference),
    *(Model().dictionary, Model().last, Model().close, Model().updated, Model().by_property),
]


def clear():
    global LAST_X, LAST_F
    TABLE.clear()
    PAIRS.clear()
    MISSING.clear()
    KEYS[:] = VALUES[:] = 0.0
    LAST.update(x=None, f=None)
    LAST_X = LAST_F = None
