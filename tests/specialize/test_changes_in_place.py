"""What is changed in place between two calls, a gradient object sees."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from symdiff import grad

from .places import Holder
from .test_staleness import outcome
from .values import Color, square, use

pytestmark = pytest.mark.sampled(every=41)


def check(f: Any, *changes: Callable[[], Any], x: float = 1.5) -> None:
    """The gradient after each change is that of a fresh gradient object, and right."""
    g = grad(f)
    g(x)
    for change in changes:
        change()
        found, expected = outcome(g, x), outcome(grad(f), x)
        assert found == expected
        plain = outcome(lambda x: (f(x + 1e-5) - f(x - 1e-5)) / 2e-5, x)
        if isinstance(plain, type):
            assert found is plain
        else:
            assert found == pytest.approx(plain, rel=1e-2)


@pytest.mark.slow
def test_containers_changed_in_place() -> None:
    values = [1.0, 2.0]
    check(
        lambda x: use(values, x),
        lambda: values.append(3.0),
        lambda: values.__setitem__(0, 5),
        lambda: values.reverse(),
        lambda: values.__setitem__(1, [1.0]),
        lambda: values[1].append(2.0),
        lambda: values.pop(),
        lambda: values.clear(),
    )
    table: dict[Any, Any] = {"a": 1.0}
    check(
        lambda x: use(table, x),
        lambda: table.update(b=2.0),
        lambda: table.__setitem__("a", "text"),
        lambda: table.pop("a"),
        lambda: table.update(a=1.0),
        lambda: table.clear(),
    )


def test_arrays_changed_in_place() -> None:
    array = np.arange(4.0)
    check(
        lambda x: use(array, x) if array[0] < 5 else x * array[0],
        lambda: array.__setitem__(1, 9.0),
        lambda: array.__setitem__(0, 7.0),
        lambda: array.__setitem__(0, 1.0),
        lambda: array.resize(6, refcheck=False),
        lambda: setattr(array, "shape", (3, 2)),
    )


def test_membership_and_lengths_of_sets() -> None:
    names = {"a"}
    check(
        lambda x: (x if "b" in names else x * x) * len(names) if names else x * 3,
        lambda: names.add("b"),
        lambda: names.add("c"),
        lambda: names.clear(),
    )


def test_deletion_and_coming_back() -> None:
    owner = SimpleNamespace(value=2.0)

    def f(x):
        return x * owner.value if hasattr(owner, "value") else x * x

    check(f, lambda: delattr(owner, "value"), lambda: setattr(owner, "value", 5.0))

    def g(x):
        return x * getattr(owner, "value", 3.0)

    check(g, lambda: delattr(owner, "value"), lambda: setattr(owner, "value", 7.0))

    def h(x):
        try:
            return x * owner.value
        except AttributeError:
            return x * x

    check(h, lambda: delattr(owner, "value"), lambda: setattr(owner, "value", 7.0))

    def plain(x):
        return x * owner.value

    check(plain, lambda: delattr(owner, "value"), lambda: setattr(owner, "value", 7.0))


def test_an_instance_attribute_that_hides_the_class() -> None:
    owner = Holder()
    check(
        lambda x: x * owner.other,
        lambda: setattr(owner, "other", 5.0),
        lambda: setattr(Holder, "other", 7.0),
        lambda: delattr(owner, "other"),
    )


def test_methods_that_are_replaced() -> None:
    class Base:
        def scale(self, x):
            return x * 2

        def __add__(self, other):
            return other * 3

        @property
        def factor(self):
            return 4.0

        @staticmethod
        def static(x):
            return x * 5

        def __call__(self, x):
            return x * 6

    class Model(Base):
        def scale(self, x):
            return super().scale(x) * 1.5

    model = Model()

    def f(x):
        inner = Model()
        return (
            model.scale(x)
            + inner.scale(x)
            + (model + x)
            + model.factor * x
            + inner.factor * x
            + model.static(x)
            + inner.static(x)
            + inner(x)
            + Model.scale(inner, x)
        )

    check(
        f,
        lambda: setattr(Base, "scale", lambda self, x: x * 11),
        lambda: setattr(Model, "scale", lambda self, x: x * 13),
        lambda: setattr(Base, "__add__", lambda self, other: other * 17),
        lambda: setattr(Base, "factor", property(lambda self: 19.0)),
        lambda: setattr(Base, "static", staticmethod(lambda x: x * 23)),
        lambda: setattr(Base, "__call__", lambda self, x: x * 29),
        lambda: setattr(model, "scale", lambda x: x * 31),
        lambda: setattr(Model, "__init__", lambda self: setattr(self, "static", square)),
        lambda: setattr(model, "__class__", Base),
    )


def test_one_object_under_two_names() -> None:
    owner = SimpleNamespace(a=[1.0], b=None)
    owner.b = owner.a
    check(
        lambda x: use(owner.a, x) + 10 * use(owner.b, x),
        lambda: setattr(owner, "b", [5.0]),
        lambda: setattr(owner, "a", owner.b),
    )
    pair = SimpleNamespace(p=SimpleNamespace(v=1.0), q=None)
    pair.q = pair.p
    check(
        lambda x: pair.p.v * x + 10 * pair.q.v * x,
        lambda: setattr(pair, "q", SimpleNamespace(v=3.0)),
        lambda: setattr(pair, "p", SimpleNamespace(v=4.0)),
        lambda: setattr(pair, "q", pair.p),
    )
    arrays = SimpleNamespace(p=np.ones(2), q=None)
    arrays.q = arrays.p
    check(
        lambda x: (arrays.p * x).sum() + 10 * (arrays.q * x).sum(),
        lambda: setattr(arrays, "q", np.ones(2) * 3),
        lambda: setattr(arrays, "p", np.ones(2) * 4),
    )


def test_one_object_under_two_names_that_is_changed() -> None:
    def f(x, a, b):
        a.v = x * 2
        return b.v * x

    g = grad(f)
    one, two = SimpleNamespace(v=1.0), SimpleNamespace(v=5.0)
    assert g(1.5, one, two) == 5.0
    assert g(1.5, one, one) == 6.0
    assert g(1.5, one, two) == 5.0

    def h(x, a, b):
        a.append(x)
        return len(b) * x

    g = grad(h)
    assert g(1.5, [], []) == 0.0
    both: list[float] = []
    assert g(1.5, both, both) == 1.0
    assert both == [1.5]
    assert g(1.5, [], []) == 0.0

    def k(x, a, b):
        a[0] = x
        return b.sum() * x

    g = grad(k)
    assert g(1.5, np.ones(2), np.ones(2)) == 2.0
    same = np.ones(2)
    assert g(1.5, same, same) == 4.0
    same = np.ones(3)
    assert g(1.5, same[:2], same[1:]) == 2.0
    assert g(1.5, same[:2], same[:2]) == pytest.approx(4.0)
    assert g(1.5, np.ones(2), np.ones(2)) == 2.0


def test_enumerations_and_types() -> None:
    owner = SimpleNamespace(color=Color.RED, kind=float)

    def f(x):
        if owner.color is Color.RED:
            return x * owner.color.value
        return owner.kind(x) * x * owner.color.value

    check(
        f,
        lambda: setattr(owner, "color", Color.BLUE),
        lambda: setattr(owner, "kind", int),
        lambda: setattr(owner, "color", Color.RED),
    )


def test_objects_of_other_classes() -> None:
    class First:
        def value(self, x):
            return x * 2

    class Second:
        def value(self, x):
            return x * x

    owner = SimpleNamespace(model=First(), models=[First(), Second()])
    check(
        lambda x: owner.model.value(x) + sum(m.value(x) for m in owner.models),
        lambda: setattr(owner, "model", Second()),
        lambda: owner.models.reverse(),
        lambda: owner.models.append(First()),
        lambda: owner.models.__setitem__(0, Second()),
    )


def test_captured_arrays_of_every_kind() -> None:
    owner = SimpleNamespace(a=np.arange(3.0))
    check(
        lambda x: use(owner.a, x),
        lambda: setattr(owner, "a", np.arange(3)),
        lambda: setattr(owner, "a", np.arange(3.0, dtype=np.float32)),
        lambda: setattr(owner, "a", np.arange(6.0).reshape(2, 3).T),
        lambda: setattr(owner, "a", np.ones(3, bool)),
        lambda: setattr(owner, "a", np.zeros(0)),
        lambda: setattr(owner, "a", 3.0),
    )


def test_a_shared_specialization_serves_every_owner() -> None:
    class Model:
        def __init__(self, w):
            self.w = w

        def loss(self, x):
            return self.w * x * x

    def f(x, model):
        return model.loss(x)

    g = grad(f)
    assert [g(1.0, Model(w)) for w in (1.0, 2.0, 3.0)] == [2.0, 4.0, 6.0]
    assert g.trace_count == 1
