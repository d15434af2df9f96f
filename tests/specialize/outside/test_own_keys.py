"""Objects of the user's own classes as keys, texts told apart by `is`, and maps that pickle."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from symdiff import grad, linearize, value_and_grad, vjp

pytestmark = pytest.mark.sampled(every=7)


class Key:
    def __init__(self, v):
        self.v = v

    def __hash__(self):
        return hash(self.v)

    def __eq__(self, other):
        return self.v == other.v


KEY = Key(1)
SET, TABLE = {Key(1), Key(2)}, {Key(1): 2.0, Key(2): 7.0}


def pop(x):
    d = {Key(1): 2.0, Key(2): 7.0}
    return x * d.pop(KEY, 9.0)


def set_default(x):
    d = {Key(1): 2.0}
    d.setdefault(KEY, 5.0)
    return x * sum(d.values())


def add(x):
    s = {Key(1)}
    s.add(KEY)
    return x * len(s)


def item(x):
    d = {Key(1): 2.0, Key(2): 7.0, Key(5): 1.0}
    return x * d[KEY]


def in_a_tuple(x):
    d = {(1, Key(1)): 2.0, (1, Key(2)): 7.0}
    return x * d.get((1, KEY), 9.0)


FORMS: list[Any] = [
    lambda x: x * 3.0 if KEY in SET else x,
    lambda x: x * TABLE.get(KEY, 1.0),
    lambda x: x * (TABLE[KEY] if KEY in TABLE else 0.5),  # noqa: SIM401
    lambda x: x * len({Key(1)} | {KEY}),
    lambda x: x * len(SET & {KEY}),
    lambda x: x * len(SET.intersection({KEY})),
    lambda x: x * 2 if {KEY} <= SET else x,
    lambda x: x * len({Key(1), KEY}),
    lambda x: x * len(set([Key(1), KEY])),  # noqa: C405
    lambda x: x * len(dict.fromkeys((Key(1), KEY), 1)),
    lambda x: x * len({k: k.v for k in (Key(1), KEY)}),
    lambda x: x * len({k for k in (Key(1), KEY)}),  # noqa: C416
    lambda x: x * len({Key(1): 1, KEY: 2}),
    lambda x: x * len(frozenset([Key(1), KEY])),
    lambda x: x * [Key(1), Key(2), Key(5)].index(KEY),
    lambda x: x * [Key(1), Key(2), Key(5)].count(KEY),
    pop,
    set_default,
    add,
    item,
    in_a_tuple,
]


@pytest.mark.parametrize("k", range(len(FORMS)))
def test_what_a_key_is_equal_to_may_change(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    f = FORMS[k]
    g = value_and_grad(f)
    for v in (1, 2, 5, 1, 2):
        monkeypatch.setattr(KEY, "v", v)
        value, slope = g(2.0)
        assert value == f(2.0)
        assert slope == f(2.0) / 2.0


class Mode:
    name = "ab"


NAME = "ab"


def by_global(x, mode="ab"):
    return x * 2 if Mode.name is NAME else x * 5


def by_argument(x, mode="ab"):
    return x * 2 if mode is NAME else x * 5


def not_the_default(x, mode="ab"):
    return x * 2 if NAME is not mode else x * 5


def other() -> str:
    return "".join(["a", "b"])


@pytest.mark.parametrize("f", [by_global, by_argument, not_the_default])
def test_equal_texts_may_be_two(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    g = value_and_grad(f)
    for text in (NAME, other(), NAME, other()):
        monkeypatch.setattr(Mode, "name", text)
        assert g(2.0, text)[0] == f(2.0, text)


def test_linear_maps_pickle() -> None:
    def f(x):
        return {"a": np.sin(x) * x[0], "b": np.sum(x**2) / x[1]}

    x = np.array([0.5, 2.0, -1.0])
    ct = {"a": np.array([1.0, -2.0, 0.5]), "b": 3.0}
    _, pull = vjp(f, x)
    _, push = linearize(f, x)
    for again in (pickle.loads(pickle.dumps(pull)), pickle.loads(pickle.dumps(pull))):
        np.testing.assert_array_equal(again(ct)[0], pull(ct)[0])
    moved, wanted = pickle.loads(pickle.dumps(push))(ct["a"]), push(ct["a"])
    np.testing.assert_array_equal(moved["a"], wanted["a"])
    assert moved["b"] == wanted["b"]
    power = pickle.loads(pickle.dumps(vjp(lambda t: t**0.5, 0.0)[1]))
    assert power(1.0)[0] == np.inf  # by the careful form


def test_parameters_with_the_names_of_builtins() -> None:
    def f(x, globals, locals, vars):
        return x * globals + locals * vars

    assert grad(f, ("x", "globals"))(2.0, 3.0, 4.0, 5.0) == (3.0, 2.0)


class Loose:
    """A key by its identity, whose state the function reads."""

    def __init__(self, v):
        self.v = v


ONE, OTHER = Loose(1.0), Loose(2.0)
BY_LOOSE, LOOSE = {ONE: 3.0, OTHER: 4.0}, {ONE, OTHER}


@pytest.mark.parametrize(
    "f",
    [
        lambda x: sum(k.v * BY_LOOSE[k] for k in BY_LOOSE) * x,
        lambda x: sum(k.v * v for k, v in BY_LOOSE.items()) * x,
        lambda x: sum(k.v for k in LOOSE) * x,
        lambda x: max(BY_LOOSE, key=lambda k: k.v).v * x,
    ],
    ids=["keys", "items", "set", "largest"],
)
def test_the_state_of_keys_is_read_again(f: Any) -> None:
    g = grad(f)
    for v in (1.0, 1.0, 10.0, 1.5):
        ONE.v = v
        assert g(2.0) == f(1.0)
    ONE.v = 1.0
