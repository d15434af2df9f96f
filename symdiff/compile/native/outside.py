"""Reads and checks of what lies outside, in C: anything unlike what was assumed is a miss.

The usual sources (arguments, globals, attributes, elements of lists and dicts) are read by calls of
CPython's. The others, and unusual checks, are left to the line of Python that the other form has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from ...operations.runtime.ranges import HIGH, LOW
from ...program.lengths import AnyLength
from ...program.naming import Namer
from ...program.outside import Check, Read
from ...program.program import Var
from ...program.sources import Argument, Attribute, Cell, Fixed, Global, Item, Made, Source
from ...records import dataclass
from ..checks import ALONE, CheckLines
from .values import KINDS, NUMPY_TYPES, Array, Dim, NoNativeForm, Number


@dataclass(slots=True)
class Constants:
    """The objects that the C function is given once: `K[0]` is what a miss calls."""

    objects: list[Any] = field(default_factory=lambda: [None])
    places: dict[int, int] = field(default_factory=dict)

    def text(self, value: Any) -> str:
        """C that gives an object."""
        place = self.places.get(id(value))
        if place is None:
            place = self.places[id(value)] = len(self.objects)
            self.objects.append(value)
        return f"K[{place}]"


@dataclass(slots=True)
class Outside:
    """Writes the lines of reads and checks."""

    line: Callable[[str], None]
    name: Callable[[str], str]
    owned: Callable[[], str]
    constants: Constants
    parameters: int
    watching: bool = False
    found: dict[str, str] = field(default_factory=dict)
    lengths: dict[int, Dim] = field(default_factory=dict)  # of groups of arrays
    dicts: dict[str, dict[str, str]] = field(default_factory=dict)  # what they must hold
    copies: Callable[[str, str, tuple[Dim, ...]], Array] | None = None

    # -- objects

    def place(self, source: Source) -> str:
        """The C name of the object that a source gives."""
        key = source.code(lambda value, hint: self.constants.text(value))
        known = self.found.get(key)
        if known is None:
            known = self.found[key] = self._place(source)
        return known

    def _place(self, source: Source) -> str:
        if type(source) is Argument:
            return f"args[{source.index}]"
        if type(source) is Fixed:
            return self.constants.text(source.value)
        if type(source) is Global and source.name in source.namespace:
            return self.dict_item(self.constants.text(source.namespace), source.name)
        if type(source) is Cell:
            cell = self.constants.text(source.cell)
            return self.borrowed(f"PyCell_GET({cell})", "cell")
        if type(source) is Attribute:
            owner = source.owner
            if type(owner) is Fixed:
                if type(owner.value) is ModuleType:  # its dict is looked up, as Python does
                    space = self.constants.text(vars(owner.value))
                    return self.dict_item(space, source.name)
                if type(owner.value) is FunctionType and source.name == "__code__":
                    held = self.constants.text(owner.value)
                    return f"PyFunction_GET_CODE({held})"
            name = self.constants.text(_interned(source.name))
            return self.reference(f"PyObject_GetAttr({self.place(owner)}, {name})", "attribute")
        if type(source) is Item and not source.own:
            owner_text = self.place(source.owner)
            key = self.constants.text(_interned(source.key))
            if type(source.key) is int and 0 <= source.key < 2**31:
                return self.reference(f"sd_item({owner_text}, {source.key}, {key})", "item")
            return self.reference(f"PyObject_GetItem({owner_text}, {key})", "item")
        if isinstance(source, Made):
            raise NoNativeForm("a call that symdiff does not look into has no native form")
        return self.python(source.code, "read")

    def python(self, code: Callable[[Callable[[Any, str], str]], str], hint: str) -> str:
        """What a line of Python gives, which reads arguments alone."""
        lines = CheckLines(False, Namer({f"arg_{k}" for k in range(self.parameters)}))
        source = code(lines.object)
        arguments = ", ".join([f"arg_{k}" for k in range(self.parameters)])
        function = eval(f"lambda {arguments}: {source}", lines.namespace)
        call = f"PyObject_Vectorcall({self.constants.text(function)}, args, nargs, NULL)"
        return self.reference(call, hint)

    def dict_item(self, owner: str, key: str) -> str:
        name = self.constants.text(_interned(key))
        return self.borrowed(f"PyDict_GetItemWithError({owner}, {name})", "found")

    def borrowed(self, call: str, hint: str) -> str:
        name = self.name(hint)
        self.line(f"PyObject *{name} = {call};")
        self.line(f"if (!{name}) goto miss;")
        return name

    def reference(self, call: str, hint: str) -> str:
        """The name of a new reference, which is let go at the end."""
        name = self.borrowed(call, hint)
        self.line(f"{self.owned()} = {name};")
        return name

    # -- numbers and arrays

    def read(self, operation: Read) -> str:
        return self.place(operation.source)

    def signature(self, var: Var, text: str, expected: Any) -> Number | Array:
        """Check the type of an object, and take the number or array that it is."""
        if isinstance(expected, tuple):
            return self.array(text, np.dtype(expected[0]), expected[1])
        return self.number(var, text, expected)

    def number(self, var: Var, text: str, kind: type) -> Number:
        as_float = KINDS.get(var.aval.dtype) == "f"
        name = self.name(var.name)
        if kind is bool:
            self.line(f"if ({text} != Py_True && {text} != Py_False) goto miss;")
            self.line(f"const npy_bool {name} = {text} == Py_True;")
            return self.as_dtype(Number(name, "b"), as_float)
        if kind is float:
            self.line(f"if (!PyFloat_CheckExact({text})) goto miss;")
        elif kind is int:
            self.line(f"if (!PyLong_CheckExact({text})) goto miss;")
        else:
            expected = self.constants.text(kind)
            self.line(f"if ((PyObject *)Py_TYPE({text}) != {expected}) goto miss;")
        if issubclass(kind, float):
            self.line(f"const double {name} = PyFloat_AS_DOUBLE({text});")
            return self.watched(Number(name, "f"))
        if issubclass(kind, int):
            self.line(f"int64_t {name};")
            self.line(f"if (!sd_whole({text}, &{name})) goto miss;")
            return self.as_dtype(Number(name, "i"), as_float)
        if kind is np.int64:
            self.line(f"const int64_t {name} = PyArrayScalar_VAL({text}, Int64);")
            return self.as_dtype(Number(name, "i"), as_float)
        if kind is np.bool_:
            self.line(f"const npy_bool {name} = {text} == PyArrayScalar_True;")
            return self.as_dtype(Number(name, "b"), as_float)
        raise NoNativeForm(f"a number of type {kind.__name__} has no native form")

    def as_dtype(self, number: Number, as_float: bool) -> Number:
        if not as_float:
            return number
        name = self.name("x")
        if number.kind == "i":
            self.line(f"if (!sd_exact({number.text})) goto miss;")
        self.line(f"const double {name} = (double){number.text};")
        return self.watched(Number(name, "f"))

    def watched(self, number: Number) -> Number:
        """A float, which is a miss where products of it may be no floats."""
        x = number.text
        if self.watching:
            low, high = repr(LOW**2), repr(HIGH**2)
            self.line(f"if (!({low} < {x} * {x} && {x} * {x} < {high}) && {x} != 0.0) goto miss;")
        return number

    def array(self, text: str, dtype: np.dtype[Any], shape: tuple[Any, ...]) -> Array:
        kind = KINDS.get(dtype.name)
        if kind is None or not dtype.isnative:
            raise NoNativeForm(f"arrays of {dtype.name} have no native form")
        a = self.name("array")
        self.line(f"if (Py_TYPE({text}) != &PyArray_Type) goto miss;")
        self.line(f"PyArrayObject *{a} = (PyArrayObject *){text};")
        test = f"PyArray_TYPE({a}) != {NUMPY_TYPES[kind]} || PyArray_NDIM({a}) != {len(shape)}"
        self.line(f"if ({test} || !PyArray_ISBEHAVED_RO({a})) goto miss;")
        dims = []
        for axis, length in enumerate(shape):
            found = f"PyArray_DIM({a}, {axis})"
            if isinstance(length, AnyLength):
                known = self.lengths.get(length.group)
                if known is None:
                    name = self.name("n")
                    self.line(f"const int64_t {name} = {found};")
                    if length.most is not None:
                        self.line(f"if ({name} > {length.most}) goto miss;")
                    known = self.lengths[length.group] = Dim(name)
                else:
                    self.line(f"if ({found} != {known}) goto miss;")
                dims.append(known)
            else:
                self.line(f"if ({found} != {length}) goto miss;")
                dims.append(Dim("", length))
        whole = tuple(dims)
        assert self.copies is not None
        taken = self.copies(a, kind, whole)
        if self.watching and kind == "f":
            size = "*".join([str(d) for d in whole]) or "1"
            self.line(f"if (!sd_within({taken.pointer}, {size})) goto miss;")
        return taken

    # -- checks

    def check(self, operation: Check, position: int) -> None:
        expected, source = operation.expected, operation.source
        if operation.kind == "identity":
            held = self.held(source)
            if held is None:
                self.line(f"if ({self.place(source)} != {self.object(expected.value)}) goto miss;")
            else:
                self.expect(*held, self.object(expected.value))
        elif operation.kind == "absent" and isinstance(source, Global):
            space = self.constants.text(source.namespace)
            name = self.constants.text(_interned(source.name))
            self.expect(space, name, "NULL")
            if operation.detail is not None:
                builtins = self.constants.text(source.builtins)
                self.expect(builtins, name, self.object(operation.detail))
        elif (
            operation.kind == "equal"
            and expected[1] in (None, True, False)
            and (expected[1] is None or type(expected[1]) is bool)
        ):
            self.line(f"if ({self.place(source)} != {self.object(expected[1])}) goto miss;")
        elif operation.kind == "structure" and _is_sequence(expected):
            kind, size = expected
            text = self.place(source)
            c = "PyList" if kind is list else "PyTuple"
            self.line(f"if (!{c}_CheckExact({text}) || {c}_GET_SIZE({text}) != {size}) goto miss;")
        elif operation.kind == "structure" and isinstance(expected, type):
            text = self.place(source)
            self.line(f"if ((PyObject *)Py_TYPE({text}) != {self.object(expected)}) goto miss;")
        else:
            self.in_python(operation)

    def object(self, value: Any) -> str:
        return self.constants.text(value)

    def held(self, source: Source) -> tuple[str, str] | None:
        """The dict and the name by which a global, or what a module holds, is found."""
        if type(source) is Global and source.name in source.namespace:
            space = source.namespace
        elif type(source) is Attribute and type(source.owner) is Fixed:
            if type(source.owner.value) is not ModuleType:
                return None
            space = vars(source.owner.value)
        else:
            return None
        return self.constants.text(space), self.constants.text(_interned(source.name))

    def expect(self, space: str, name: str, value: str) -> None:
        """Have a dict hold an object under a name."""
        known = self.dicts.setdefault(space, {})
        if known.setdefault(name, value) != value:
            raise NoNativeForm("a name outside is expected to be two things")

    def of_dicts(self) -> list[str]:
        """The lines that look whether dicts hold what they must, if they have changed since."""
        lines = []
        for k, (space, names) in enumerate(self.dicts.items()):
            lines.append(f"const uint64_t version_{k} = sd_version({space});")
            lines.append(f"if (!version_{k} || versions[{k}] != version_{k}) {{")
            for name, value in names.items():
                lines.append(f"    if (PyDict_GetItemWithError({space}, {name}) != {value})")
                lines.append("        goto miss;")
            lines += [f"    versions[{k}] = version_{k};", "}"]
        if lines:
            held = self.constants.text(bytearray(8 * len(self.dicts)))
            lines.insert(
                0, f"uint64_t *const versions = (uint64_t *)PyByteArray_AS_STRING({held});"
            )
        return lines

    def in_python(self, operation: Check) -> None:
        """Have the line of Python check: it raises where something is otherwise."""
        lines = CheckLines(False, Namer({f"arg_{k}" for k in range(self.parameters)}))
        from ...program.program import Statement

        lines.check(operation, Statement(None, operation, ()))
        body = [text if source == ALONE else f"{text} = {source}" for text, source in lines.lines]
        arguments = ", ".join([f"arg_{k}" for k in range(self.parameters)])
        space: dict[str, Any] = lines.namespace
        exec(f"def check({arguments}):\n    " + "\n    ".join(body), space)
        call = f"PyObject_Vectorcall({self.constants.text(space['check'])}, args, nargs, NULL)"
        self.reference(call, "checked")


def _is_sequence(expected: Any) -> bool:
    return isinstance(expected, tuple) and len(expected) == 2 and expected[0] in (list, tuple)


_names: dict[Any, Any] = {}


def _interned(value: Any) -> Any:
    """One object for equal names and numbers, so that each is one constant."""
    return _names.setdefault((type(value), value), value)
