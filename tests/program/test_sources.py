"""Where a value is read from: the same by `read`, in a trace, and by `code`, in compiled code."""

from __future__ import annotations

import abc
import weakref
from fractions import Fraction
from types import CellType
from typing import Any

import numpy as np
import pytest

from symdiff.program import sources
from symdiff.program.outside import Read
from symdiff.program.program import FLOAT, Var
from symdiff.program.sources import (
    Argument,
    Asked,
    Attribute,
    Bound,
    Cell,
    Child,
    Dispatched,
    Fixed,
    Importable,
    InClass,
    Instance,
    Item,
    Length,
    Made,
    Referent,
    Source,
    Subclass,
)


class Sized(abc.ABC):
    @abc.abstractmethod
    def size(self) -> int: ...


Sized.register(list)


class Held:
    rate = 2.5

    def __init__(self) -> None:
        self.name_of_its_own = 7.5


HELD = Held()
ARGUMENTS = ([1.5, 2.5], {"k": 3.5}, HELD, np.arange(3.0), weakref.ref(HELD))
LIST, DICT, OBJECT, ARRAY, REFERENCE = (Argument(k, f"a{k}") for k in range(5))

SOURCES: list[tuple[Source, Any]] = [
    (LIST, ARGUMENTS[0]),
    (Item(LIST, 1), 2.5),
    (Item(LIST, 1, own=True), 2.5),
    (Item(DICT, "k"), 3.5),
    (Length(LIST), 2),
    (Attribute(OBJECT, "name_of_its_own"), 7.5),
    (Attribute(OBJECT, "rate"), 2.5),
    (Asked(ARRAY, "tolist"), [0.0, 1.0, 2.0]),
    (InClass(Held, "rate"), 2.5),
    (InClass(Held, "other"), sources.MISSING),
    (Subclass(list, Sized), True),
    (Subclass(dict, Sized), False),
    (Instance(LIST, Sized), True),
    (Instance(DICT, Sized), False),
    (Cell(CellType(4.5), "c"), 4.5),
    (Bound(CellType(4.5), "c"), True),
    (Bound(CellType(), "c"), False),
    (Fixed(HELD, "held"), HELD),
    (Referent(REFERENCE), HELD),
    (Importable("math", "symdiff", None, 0), True),
    (Importable("math", "symdiff", "cosh", 0), True),
    (Importable("math", "symdiff", "cosine", 0), False),
    (Importable("no_such_module", "symdiff", None, 0), False),
    (Importable("program", "symdiff", "sources", 1), True),
]


@pytest.mark.parametrize(("source", "want"), SOURCES, ids=lambda v: str(v)[:40])
def test_a_source_reads_what_its_code_gives(source: Source, want: Any) -> None:
    namespace: dict[str, Any] = {}

    def name(value: Any, hint: str) -> str:
        text = f"{hint}_{len(namespace)}"
        namespace[text] = value
        return text

    assert source.read(ARGUMENTS) == want
    text = source.code(name)
    space = {"__builtins__": __builtins__, **namespace}
    space.update({f"arg_{k}": v for k, v in enumerate(ARGUMENTS)})
    assert eval(text, space) == want


def test_a_dispatched_function_is_what_its_type_chooses() -> None:
    import functools

    @functools.singledispatch
    def area(shape: Any) -> str:
        return "any"

    @area.register
    def _(shape: int) -> str:
        return "int"

    own = Dispatched(area, int)
    assert own.read(())(3) == "int"
    assert Dispatched(area, Fraction).read(())(Fraction(1)) == "any"


def test_the_children_of_a_registered_container() -> None:
    assert Child(Fixed((1.5, 2.5), "pair"), 1).read(()) == 2.5


def test_the_result_of_a_call_is_let_go() -> None:
    made = Made(Var("v", FLOAT), 3.5, "f()")
    assert made.read(()) == 3.5
    assert made.code(lambda value, hint: hint) == "v"
    made.forget()
    with pytest.raises(LookupError, match="the result of f"):
        made.read(())


def test_what_is_read_by_a_program_is_what_is_there_now() -> None:
    place = {"a": 2.0}
    read = Read(Item(Fixed(place, "place"), "a"), FLOAT)
    assert read.evaluate() == 2.0
    place["a"] = 3.0
    assert read.evaluate() == 3.0


def test_how_an_attribute_of_a_class_is_called() -> None:
    class Model:
        rate = 2.0

    assert str(InClass(Model, "rate")).endswith("Model.rate")
