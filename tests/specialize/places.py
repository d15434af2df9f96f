"""Places where a function finds a value, and functions that depend on all of it."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from .values import module_of, use

K: Any = 2.0


class Holder:
    """Holds a value in its class."""

    value: Any = 2.0
    other: Any = 1.0


Place = Callable[[], tuple[Callable[..., Any], Callable[[Any], Any]]]


PLACES: list[Place] = []


def place(make: Place) -> Place:
    PLACES.append(make)
    return make


@place
def in_global():
    def put(value):
        global K
        K = value

    return lambda x: use(K, x), put


@place
def in_cell():
    held = 2.0

    def put(value):
        nonlocal held
        held = value

    return lambda x: use(held, x), put


@place
def in_cell_of_helper():
    held = 2.0

    def put(value):
        nonlocal held
        held = value

    def helper(x):
        return use(held, x)

    return lambda x: helper(x) + helper(x * 2), put


@place
def in_attribute():
    owner = SimpleNamespace(value=2.0)

    def put(value):
        owner.value = value

    return lambda x: use(owner.value, x), put


@place
def in_class_attribute():
    def put(value):
        Holder.value = staticmethod(value) if isinstance(value, types.FunctionType) else value

    return lambda x: use(Holder.value, x), put


@place
def in_class_attribute_through_an_instance():
    owner = Holder()

    def put(value):
        Holder.value = staticmethod(value) if isinstance(value, types.FunctionType) else value

    return lambda x: use(owner.value, x), put


@place
def in_class_attribute_through_a_new_instance():
    def put(value):
        Holder.value = staticmethod(value) if isinstance(value, types.FunctionType) else value

    return lambda x: use(Holder().value, x), put


@place
def in_module_attribute():
    module = module_of(2.0)

    def put(value):
        module.value = value

    return lambda x: use(module.value, x), put


@place
def in_module_imported_inside():
    module = module_of(2.0)

    def f(x):
        import users_settings

        return use(users_settings.value, x)

    def put(value):
        module.value = value

    return f, put


@place
def in_list():
    held = [0.0, 2.0]

    def put(value):
        held[1] = value

    return lambda x: use(held[1], x), put


@place
def in_dict():
    held = {"k": {"value": 2.0}}

    def put(value):
        held["k"]["value"] = value

    return lambda x: use(held["k"]["value"], x), put


@place
def in_object_in_list_in_dict():
    held = {"layers": [SimpleNamespace(value=2.0)]}

    def put(value):
        held["layers"][0].value = value

    return lambda x: sum(use(layer.value, x) for layer in held["layers"]), put


@place
def in_default():
    def f(x, value=2.0):
        return use(value, x)

    def put(value):
        f.__defaults__ = (value,)

    return f, put


@place
def in_default_of_helper():
    def helper(x, value=2.0):
        return use(value, x)

    def put(value):
        helper.__defaults__ = (value,)

    return lambda x: helper(x), put


@place
def in_keyword_default():
    def f(x, *, value=2.0):
        return use(value, x)

    def put(value):
        f.__kwdefaults__["value"] = value

    return f, put


@place
def in_keyword_default_of_helper():
    def helper(x, *, value=2.0):
        return use(value, x)

    def put(value):
        helper.__kwdefaults__ = {"value": value}

    return lambda x: helper(x), put


@place
def in_bound_instance():
    class Model:
        def loss(self, x):
            return use(self.value, x)

    model = Model()

    def put(value):
        model.value = value

    put(2.0)
    return model.loss, put


@place
def in_instance_of_global_bound_method():
    class Model:
        def loss(self, x):
            return use(self.value, x)

    model = Model()
    method = model.loss

    def put(value):
        model.value = value

    put(2.0)
    return lambda x: method(x), put


@place
def in_argument_of_partial():
    held = [2.0]

    def put(value):
        held[0] = value

    return functools.partial(lambda values, x: use(values[0], x), held), put


@place
def in_keyword_of_partial():
    partial = functools.partial(lambda x, value: use(value, x), value=2.0)

    def put(value):
        partial.keywords["value"] = value

    return lambda x: partial(x), put


@place
def in_function_attribute():
    def f(x):
        return use(f.value, x)

    def put(value):
        f.value = value

    put(2.0)
    return f, put


@place
def in_slot():
    class Slotted:
        __slots__ = ("value",)

    owner = Slotted()

    def put(value):
        owner.value = value

    put(2.0)
    return lambda x: use(owner.value, x), put


@place
def in_property():
    class Owner:
        @property
        def value(self):
            return self._value

    owner = Owner()

    def put(value):
        owner._value = value

    put(2.0)
    return lambda x: use(owner.value, x), put


@place
def behind_getattr():
    class Owner:
        def __getattr__(self, name):
            return self.store[name]

    owner = Owner()

    def put(value):
        owner.__dict__["store"] = {"value": value}

    put(2.0)
    return lambda x: use(owner.value, x), put


@place
def in_argument():
    held: list[Any] = [2.0]

    def f(x, holder):
        return use(holder.value, x)

    def put(value):
        held[0] = value

    def call(g):
        return lambda x: g(x, SimpleNamespace(value=held[0]))

    f.call = call
    return f, put
