"""What is put in the place of something else between two calls: functions, modules, classes."""

from __future__ import annotations

import abc
import builtins
import datetime
import enum
import fractions
import math
import operator
import os
import sys
import types
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from symdiff import grad

from ..test_changes_in_place import check


@pytest.mark.slow
def test_patched_library_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x):
        return math.sin(x) * math.pi + np.linalg.norm([x, 1.0]) + abs(x)

    check(
        f,
        lambda: monkeypatch.setattr(math, "sin", math.cos),
        lambda: monkeypatch.setattr(math, "pi", 3.0),
        lambda: monkeypatch.setattr(np.linalg, "norm", lambda v: v[0] ** 2),
        lambda: monkeypatch.setattr(math, "sin", lambda v: v**3),
        monkeypatch.undo,
    )


def test_a_patched_name_stands_for_what_was_put_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(math, "sin", math.cos)

    def f(x):
        return math.sin(x) + math.cos(x)

    assert grad(f)(0.5) == pytest.approx(-2 * math.sqrt(1 - math.cos(0.5) ** 2))


def test_patched_builtins(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "added_to_builtins"
    monkeypatch.setattr(builtins, name, lambda v: v * 2, raising=False)

    def f(x):
        return x * added_to_builtins(x)  # type: ignore[name-defined]  # noqa: F821

    check(f, lambda: monkeypatch.setattr(builtins, name, lambda v: v * v))


@pytest.mark.slow
def test_builtins_that_are_handled(monkeypatch: pytest.MonkeyPatch) -> None:
    least, total = min, sum

    def f(x):
        return abs(x) * x + sum([x, 2 * x]) + round(x) * min(x, 3.0)

    for _ in range(2):
        check(
            f,
            lambda: monkeypatch.setattr(builtins, "abs", lambda v: v * v),
            lambda: monkeypatch.setattr(builtins, "round", lambda v, *n: v / 2),
            lambda: monkeypatch.setattr(builtins, "sum", lambda vs, *s: 3 * total(vs, *s)),
            lambda: monkeypatch.setattr(builtins, "min", lambda *vs, **k: 2 * least(*vs, **k)),
            monkeypatch.undo,
            x=1.3,
        )


def test_classes_that_are_registered_later() -> None:
    class Base(abc.ABC):  # noqa: B024
        pass

    class Other:
        pass

    thing = Other()

    def f(x):
        y = x * 5 if issubclass(Other, (int, Base)) else x
        return y * x if isinstance(thing, Base) else y * 3

    check(f, lambda: Base.register(Other))


def test_modules_made_at_run_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made: Any = types.ModuleType("made_at_run_time")
    made.k, made.h = 2.0, lambda v: v * v
    monkeypatch.setitem(sys.modules, "made_at_run_time", made)

    def f(x):
        import made_at_run_time as named
        from made_at_run_time import k

        return named.h(x) * k

    def replace() -> None:
        other: Any = types.ModuleType("made_at_run_time")
        other.k, other.h = 9.0, lambda v: v
        monkeypatch.setitem(sys.modules, "made_at_run_time", other)

    check(
        f,
        lambda: setattr(made, "k", 3.0),
        lambda: setattr(made, "h", lambda v: v**3),
        replace,
    )


def test_functions_get_other_code() -> None:
    def h(x):
        return x * x

    def other(x):
        return x**3

    def f(x):
        return h(x) * 2

    def g(x):
        return x * 7

    check(
        f,
        lambda: setattr(h, "__code__", other.__code__),
        lambda: setattr(f, "__code__", g.__code__) if not f.__closure__ else None,
    )


@pytest.mark.slow
def test_defaults_of_a_function_differentiated_inside() -> None:
    def h(x, k=2.0, *, seen={"n": 0}):  # noqa: B006
        seen["n"] += 1
        return k * x**3

    def f(x):
        return grad(h)(x)

    check(f, lambda: setattr(h, "__defaults__", (5.0,)))
    before = h.__kwdefaults__["seen"]["n"]
    g = grad(f)
    g(1.0)
    g(1.0)
    assert h.__kwdefaults__["seen"]["n"] == before + 2


@pytest.mark.slow
def test_identity() -> None:
    owner = SimpleNamespace(a=np.ones(2), b=np.ones(2), c=SimpleNamespace(), d=[1.0])
    owner.e, owner.f = SimpleNamespace(), [1.0]

    def f(x):
        y = x * x if owner.a is owner.b else x * 3
        y = y * x if owner.c is owner.e else y
        y = y * x if owner.c == owner.e else y
        return y * x if owner.d is not owner.f else y

    check(
        f,
        lambda: setattr(owner, "b", owner.a),
        lambda: setattr(owner, "e", owner.c),
        lambda: setattr(owner, "f", owner.d),
        lambda: setattr(owner, "b", np.ones(2)),
        lambda: setattr(owner, "c", SimpleNamespace(z=1)),
    )


@pytest.mark.slow
def test_values_that_never_change_but_are_replaced() -> None:
    owner = SimpleNamespace(
        r=range(3),
        s=slice(0, 2),
        q=fractions.Fraction(1, 2),
        d=datetime.date(2020, 1, 5),
        n=enum.IntEnum("n", {"ONE": 1, "TWO": 2}).ONE,  # type: ignore[attr-defined]
        get=operator.attrgetter("inner.k"),
        inner=SimpleNamespace(k=2.0),
    )

    def f(x):
        y = x * sum(owner.r) + sum([x, x * x, x**3][owner.s])
        return y * float(owner.q) * owner.d.day * owner.n * owner.get(owner)

    check(
        f,
        lambda: setattr(owner, "r", range(5)),
        lambda: setattr(owner, "s", slice(1, 3)),
        lambda: setattr(owner, "q", fractions.Fraction(3, 2)),
        lambda: setattr(owner, "d", datetime.date(2020, 1, 9)),
        lambda: setattr(owner, "n", type(owner.n).TWO),
        lambda: setattr(owner.inner, "k", 5.0),
    )


def test_descriptors_and_attributes_of_number_classes() -> None:
    class Field:
        """A descriptor with a state of its own."""

        def __init__(self) -> None:
            self.value = 2.0

        def __get__(self, owner, kind):
            return self.value

    class Length(float):
        """A number with a unit."""

        unit = 2.0

    field = Field()
    owner = type("Owner", (), {"k": field})()
    owner.length = Length(3.0)

    def f(x):
        return x * x * owner.k + x * owner.length * owner.length.unit

    check(
        f,
        lambda: setattr(field, "value", 3.0),
        lambda: setattr(owner, "length", Length(5.0)),
        lambda: setattr(Length, "unit", 7.0),
    )


_name: Any = 2.0


def test_names_that_come_and_go() -> None:
    def f(x):
        try:
            return x * x * _name
        except NameError:
            return x * 9

    def forget() -> None:
        del globals()["_name"]

    check(f, forget, lambda: globals().update(_name=3.0))


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMDIFF_TEST_K", "2.0")

    def f(x):
        return x * float(os.environ["SYMDIFF_TEST_K"]) + x * x * len(
            os.environ.get("SYMDIFF_TEST_J", "")
        )

    check(
        f,
        lambda: monkeypatch.setenv("SYMDIFF_TEST_K", "5.0"),
        lambda: monkeypatch.setenv("SYMDIFF_TEST_J", "text"),
    )
