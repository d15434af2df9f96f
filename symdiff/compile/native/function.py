"""The C function of a whole program, and how it hands its results over."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...optimize.checkpoints import Stacking
from ...program.acts import Opaque, Write
from ...program.lengths import AnyLength
from ...program.outside import Check
from ...program.program import Operand, Program, Var
from ...records import dataclass
from ...safety.floating import quiet_state, settings
from ...settings import MEMORY_LIMIT
from ..emit import Layout
from ..lifetimes import Lifetimes
from ..lines import Output
from ..ranges import Danger
from .arithmetic import Arithmetic
from .kernels import KERNELS
from .loops import LoopWriter
from .outside import Outside
from .prelude import HEAD, TAIL
from .values import KINDS, NUMPY_TYPES, TYPES, Array, Dim, NoNativeForm, Number, Shape

_MOST = 4000
"""So many lines of C are compiled with all that the compiler can do."""


ERROR_STATES: list[Any] = [None, quiet_state()]
"""Where native code looks up under which settings of NumPy's nothing raises: see `floating.py`."""


@dataclass(frozen=True, slots=True)
class Written:
    """C text, and the objects that the function is given; the first is what a miss calls."""

    text: str
    constants: list[Any]
    long: bool
    state: list[Any] | None
    called: tuple[str, ...]


def written(
    program: Program,
    parameters: int,
    outputs: Sequence[Output],
    layout: Layout | None,
    watching: Danger,
    limited: Mapping[Operand, Stacking],
    quiet: bool,
) -> Written:
    """Write a program in C.

    Raises:
        NoNativeForm: something in it has none.
    """
    w = LoopWriter()
    w.outside = Outside(w.line, w.name, w.owned, w.constants, parameters, watching is Danger.INPUTS)
    w.outside.copies = lambda name, kind, shape: _taken(w, name, kind, shape)
    walk(w, program, [f"args[{parameters + k}]" for k in range(len(program.inputs))], watching)
    boxes = Boxes(w)
    names = [boxes.box(o, spec) for o, spec in zip(program.outputs, outputs, strict=True)]
    boxes.result(names, layout)
    lines = w.settled()
    state = None
    if quiet or w.has_arrays:
        state = ERROR_STATES
        lines = [*_settings_checked(w, state), *lines]
    if w.stacks:
        lines = [*_limit_read(w), *lines]
    text = _text(w, lines, parameters + len(program.inputs))
    return Written(text, w.constants.objects, len(lines) > _MOST, state, tuple(w.called))


def walk(w: LoopWriter, program: Program, given: Sequence[str], watching: Danger) -> None:
    """Write the lines of a program up to its results.

    Args:
        w: writes them.
        program: what to compute.
        given: the texts of its inputs.
        watching: whether numbers may leave the range of floats.
    """
    if watching is Danger.CONSTANTS:
        raise NoNativeForm("constants are so large or small that it runs in extended precision")
    for statement in program.statements:
        if isinstance(statement.operation, Opaque | Write):
            raise NoNativeForm("what changes the outside has no native form", statement.span)
    w.free = any(_is_free(s.operation) for s in program.statements)
    for var, text in zip(program.inputs, given, strict=True):
        w.known[var] = _given(w, var, text)
    w.program(program, Lifetimes(program))
    w.line("if (!(sd_check == 0.0)) goto miss;")


def _limit_read(w: LoopWriter) -> list[str]:
    """Lines that ask how much loops may stack."""
    return [
        "PyObject *most = NULL;",
        f"if (PyContextVar_Get({w.constants.text(MEMORY_LIMIT)}, NULL, &most) < 0) goto miss;",
        "pool.limit = PyLong_AsSize_t(most);",
        "Py_DECREF(most);",
        "if (PyErr_Occurred()) goto miss;",
    ]


def _settings_checked(w: LoopWriter, state: list[Any]) -> list[str]:
    """Lines that look whether NumPy raises errors: it does what it did when that was asked."""
    if settings() is None:
        raise NoNativeForm("this NumPy does not say whether it raises errors")
    holder, variable = w.constants.text(state), w.constants.text(settings())
    return [
        "PyObject *errors = NULL;",
        f"if (PyContextVar_Get({variable}, NULL, &errors) < 0) goto miss;",
        "Py_XDECREF(errors);",
        f"if ((errors ? errors : Py_None) != PyList_GET_ITEM({holder}, 0)",
        f"    && errors != PyList_GET_ITEM({holder}, 1)) goto miss;",
    ]


def _is_free(operation: Any) -> bool:
    expected = operation.expected if type(operation) is Check else None
    if not isinstance(expected, tuple) or len(expected) != 2:
        return False
    return isinstance(expected[1], tuple) and any(isinstance(n, AnyLength) for n in expected[1])


def _given(w: LoopWriter, var: Var, text: str) -> Any:
    """An input of the program itself, such as a cotangent."""
    assert w.outside is not None
    if var.aval.shape:
        return w.outside.array(text, np.dtype(var.aval.dtype), var.aval.shape)
    kinds: dict[str, type] = {"float64": float, "int64": int, "bool": bool}
    kind = kinds.get(var.aval.dtype)
    if kind is None:
        raise w.refuse(f"{var.aval.dtype} has no native form")
    return w.outside.number(var, text, kind)


def _taken(w: LoopWriter, name: str, kind: str, shape: Shape) -> Array:
    """The elements of an array of NumPy's: its own memory, if they lie one behind the other."""
    w.has_arrays = True
    pointer, c = w.name("elements"), TYPES[kind]
    w.head.append(f"{c} *{pointer} = NULL;")
    size = "*".join(["sizeof(" + c + ")", *[f"(size_t)({d})" for d in shape]])
    w.line(f"if (PyArray_IS_C_CONTIGUOUS({name})) {{")
    w.line(f"    {pointer} = ({c} *)PyArray_DATA({name});")
    w.line("} else {")
    w.line(f"    if (!({pointer} = sd_resize(&pool, NULL, {size}))) goto miss;")
    w.line(f"    sd_gather({name}, (char *){pointer}, 0, PyArray_BYTES({name}));")
    w.line("}")
    return w.at(pointer, shape, kind)


@dataclass(slots=True)
class Boxes:
    """Makes the objects of Python's that the function returns."""

    w: LoopWriter

    def box(self, operand: Operand, output: Output) -> str:
        """The C name of the object of one result: a reference of the function's own."""
        w, kind = self.w, output.type
        value = w.value(operand)
        if kind is np.ndarray:
            return self.array(value, output)
        if kind is list or kind is object or not isinstance(value, Number):
            raise w.refuse("what goes from one program to another has no native form")
        arithmetic = Arithmetic(w)
        if kind is float:
            return self.made(f"PyFloat_FromDouble({arithmetic.float(value)})")
        if kind is bool:
            return self.made(f"PyBool_FromLong({arithmetic.test(value)})")
        if kind is int:
            return self.made(f"PyLong_FromLongLong({arithmetic.whole(value)})")
        known = w.constants.text(kind)
        inner = {
            "f": f"PyFloat_FromDouble({value.text})",
            "i": f"PyLong_FromLongLong({value.text})",
            "b": f"PyBool_FromLong({value.text})",
        }[value.kind]
        plain = self.made(inner)
        return self.made(f"PyObject_CallOneArg({known}, {plain})")

    def array(self, value: Any, output: Output) -> str:
        w = self.w
        kind = KINDS.get(output.dtype)
        if kind is None:
            raise w.refuse(f"arrays of {output.dtype} have no native form")
        if isinstance(value, Number):
            value = w.uniform(Arithmetic(w).as_kind(value, kind), ())
        array = w.array_of(value)
        buffer = array.buffer
        own = array.pointer == buffer.pointer and buffer in w.buffers and not buffer.output
        whole = own and array.kind == kind and buffer.size == _size(array.shape)
        if whole and not array.contiguous and array.is_turned:
            base = w.owned()
            size = (Dim("", int(buffer.size)),)
            buffer.output = _array_made(buffer.pointer, kind, size, base)
            shape, strides = ", ".join(map(str, array.shape)), ", ".join(array.strides)
            arguments = f"{len(array.shape)}, (npy_intp[]){{{shape}}}, (npy_intp[]){{{strides}}}"
            return self.made(f"sd_turned({base}, {arguments})")
        if not whole or not array.contiguous:
            if "fib".index(array.kind) < "fib".index(kind):
                raise w.refuse("a result of floats is an array of whole numbers")
            array = w.copy_as(array, kind, "result")
            buffer = array.buffer
        place = w.owned()
        buffer.output = _array_made(buffer.pointer, kind, array.shape, place)
        return place

    def made(self, call: str) -> str:
        """The place of a new object, without which there is no result."""
        place = self.w.owned()
        self.w.line(f"if (!({place} = {call})) goto error;")
        return place

    def result(self, names: Sequence[str], layout: Layout | None) -> None:
        """Put the objects together as the layout says."""
        w = self.w
        if layout is None:
            text = names[0] if len(names) == 1 else self.sequence("PyTuple", names)
        else:
            text = self.laid_out(names, layout)
        w.line(f"result = Py_NewRef({text});")

    def laid_out(self, names: Sequence[str], layout: Layout) -> str:
        """Numbers, tuples, lists and dicts are made here; anything else by a line of Python."""
        space: dict[str, Any] = {}

        def namer(value: Any, hint: str) -> str:
            name = f"{hint}_{len(space)}" if hint.isidentifier() else f"object_{len(space)}"
            space[name] = value
            return name

        source = layout(iter([f"result_{k}_" for k in range(len(names))]), namer)
        places = {f"result_{k}_": name for k, name in enumerate(names)}
        tree = ast.parse(source, mode="eval").body
        plain = self.nested(tree, places)
        if plain is not None:
            return plain
        arguments = ", ".join(places)
        function = eval(f"lambda {arguments}: {source}", space)
        packed = self.sequence("PyTuple", names)
        return self.made(f"PyObject_CallObject({self.w.constants.text(function)}, {packed})")

    def nested(self, tree: ast.expr, places: Mapping[str, str]) -> str | None:
        if isinstance(tree, ast.Name):
            return places.get(tree.id)
        if isinstance(tree, ast.Constant) and tree.value is None:
            return "Py_None"
        if isinstance(tree, ast.Tuple | ast.List):
            parts = [self.nested(e, places) for e in tree.elts]
            if any(p is None for p in parts):
                return None
            kind = "PyTuple" if isinstance(tree, ast.Tuple) else "PyList"
            return self.sequence(kind, [p for p in parts if p is not None])
        if isinstance(tree, ast.Dict):
            values = [self.nested(e, places) for e in tree.values]
            keys = [k.value if isinstance(k, ast.Constant) else None for k in tree.keys]
            if any(v is None for v in values) or not all(type(k) is str for k in keys):
                return None
            found = self.made("PyDict_New()")
            for key, value in zip(keys, values, strict=True):
                name = self.w.constants.text(key)
                self.w.line(f"if (PyDict_SetItem({found}, {name}, {value}) < 0) goto error;")
            return found
        return None

    def sequence(self, kind: str, names: Sequence[str]) -> str:
        found = self.made(f"{kind}_New({len(names)})")
        for k, name in enumerate(names):
            self.w.line(f"{kind}_SET_ITEM({found}, {k}, Py_NewRef({name}));")
        return found


def _size(shape: Shape) -> str:
    from .values import size_of

    return size_of(shape)


def _array_made(name: str, kind: str, shape: Shape, place: str) -> str:
    """The line that makes the array of a result, and has its memory written to."""
    dims = ", ".join(map(str, shape)) or "0"
    call = f"sd_empty({len(shape)}, (npy_intp[]){{{dims}}}, {NUMPY_TYPES[kind]})"
    return (
        f"if (!{name}) {{ if (!({place} = {call})) goto error; "
        f"{name} = ({TYPES[kind]} *)PyArray_DATA((PyArrayObject *){place}); }}"
    )


def _text(w: LoopWriter, lines: Sequence[str], arguments: int) -> str:
    assert w.outside is not None
    owned = w.references
    body = [
        "static PyObject *",
        "sd_call(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *names)",
        "{",
        "    PyObject *const *const K = &PyTuple_GET_ITEM(self, 0);",
        "    PyObject *result = NULL;",
        "    Py_INCREF(self);",  # whatever becomes of the function meanwhile
        f"    PyObject *own[{owned + 1}] = {{NULL}};",
        "    sd_pool pool = {NULL, 0, SIZE_MAX};",
        "    double sd_check = 0.0;",
        *["    " + line for line in w.head],
        f"    if (nargs != {arguments} || names) goto miss;",
        *["    " + line for line in w.outside.of_dicts()],
        *["    " + line for line in lines],
        "    goto done;",
        "miss: __attribute__((cold));",  # or loops after many checks are taken for rare
        "    PyErr_Clear();",
        f"    for (int k = 0; k < {owned}; ++k) Py_CLEAR(own[k]);",
        "    sd_free(&pool);",
        "    result = PyObject_Vectorcall(K[0], args, (size_t)nargs, names);",
        "    Py_DECREF(self);",
        "    return result;",
        "error: __attribute__((unused, cold));",
        "done:",
        f"    for (int k = 0; k < {owned}; ++k) Py_XDECREF(own[k]);",
        "    sd_free(&pool);",
        "    Py_DECREF(self);",
        "    return result;",
        "}",
    ]
    return HEAD + KERNELS + "\n" + "\n".join(body) + "\n" + TAIL
