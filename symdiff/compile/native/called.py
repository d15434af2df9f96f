"""What has no form in C is computed by NumPy, or by the line of Python that the other form has.

Native code then calls a function of Python's in between: operands become numbers and read-only
arrays that see its memory, and of the result it has a copy where that is not NumPy's own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...operations.runtime import functions as runtime
from ...operations.runtime.pristine import MATH, NUMPY, PYTHON
from ...operations.table.structural import Structural
from ...operations.table.template import Template
from ...program.program import Statement
from ...safety.floating import quietly
from .groups import GroupWriter
from .values import NUMPY_TYPES, TYPES, Array, Dim, Number

_SPACE = {"math": MATH, "numpy": NUMPY, "rt": runtime, "__builtins__": vars(PYTHON)}


def function_of(operation: Structural | Template, numbers: bool) -> Callable[..., Any]:
    """A function of the operands: of Python's numbers, or of NumPy's arrays."""
    if isinstance(operation, Template):
        names = [f"a{k}" for k in range(operation.arity)]
        text = operation.render(names, "math" if numbers else "numpy")
        return _silent(eval(f"lambda {', '.join(names)}: {text}", dict(_SPACE)))
    entry = operation.entry
    assert entry.numpy is not None
    if entry.prepare is not None:
        return _silent(entry.prepare(**operation.params))
    return _silent(functools.partial(entry.numpy, **operation.params))


def _silent(function: Callable[..., Any]) -> Callable[..., Any]:
    return functools.partial(quietly, function)


def call(w: GroupWriter, statement: Statement, values: Sequence[Any]) -> Number | Array:
    """The lines that have Python compute a statement."""
    operation, target = statement.operation, statement.target
    assert isinstance(operation, Structural | Template)
    assert target is not None
    computed = isinstance(operation, Structural) and operation.entry.numpy is None
    if not w.calls or computed or (isinstance(operation, Structural) and operation.solves):
        raise w.refuse(f"the operation {operation.name!r} has no native form")
    kind = w.kind_of(target.aval)
    numbers = all(isinstance(v, Number) for v in values)
    function = w.constants.text(function_of(operation, numbers))
    w.has_arrays = True
    w.called.append(operation.name)
    given = [
        w.constants.text(operand)
        if isinstance(operand, np.ndarray)
        else boxed(w, value if isinstance(value, Number) else w.array_of(value))
        for operand, value in zip(statement.operands, values, strict=True)
    ]
    arguments = w.name("given")
    w.line(f"PyObject *const {arguments}[{len(given) + 1}] = {{{', '.join([*given, 'NULL'])}}};")
    place = w.owned()
    result = f"PyObject_Vectorcall({function}, {arguments}, {len(given)}, NULL)"
    w.line(f"Py_XSETREF({place}, {result});")
    w.line(f"if (!{place}) goto miss;")
    if not target.aval.shape:
        return number(w, place, kind, target.name)
    return array(w, place, kind, target.aval.ndim, target.name)


def boxed(w: GroupWriter, value: Number | Array) -> str:
    """The object of a number or an array, which lives until the next of it is made."""
    place = w.owned()
    if isinstance(value, Number):
        make = {"f": "PyFloat_FromDouble", "i": "PyLong_FromLongLong", "b": "PyBool_FromLong"}
        w.line(f"Py_XSETREF({place}, {make[value.kind]}({value.text}));")
    else:
        dims = ", ".join(map(str, value.shape)) or "0"
        size = f"sizeof({TYPES[value.kind]})"
        steps = ", ".join(f"(npy_intp){size}*({s})" for s in value.strides) or "0"
        w.line(
            f"Py_XSETREF({place}, sd_seen({value.pointer}, {len(value.shape)}, "
            f"(npy_intp[]){{{dims}}}, (npy_intp[]){{{steps}}}, {NUMPY_TYPES[value.kind]}));"
        )
    w.line(f"if (!{place}) goto miss;")
    return place


def number(w: GroupWriter, place: str, kind: str, hint: str) -> Number:
    """A number that Python has computed."""
    name = w.name(hint)
    if kind == "f":
        w.line(f"const double {name} = PyFloat_AsDouble({place});")
        w.line(f"if ({name} == -1.0 && PyErr_Occurred()) goto miss;")
    elif kind == "b":
        w.line(f"const int is_{name} = PyObject_IsTrue({place});")
        w.line(f"if (is_{name} < 0) goto miss;")
        w.line(f"const npy_bool {name} = is_{name};")
    else:
        w.line(f"int64_t {name};")
        w.line(f"if (!sd_index({place}, &{name})) goto miss;")
    return Number(name, kind)


def array(w: GroupWriter, place: str, kind: str, ndim: int, hint: str) -> Array:
    """An array that Python has computed, as one whose elements lie one behind the other."""
    a, c = w.name("found"), TYPES[kind]
    w.line(f"if (!PyArray_Check({place})) goto miss;")
    w.line(f"PyArrayObject *const {a} = (PyArrayObject *){place};")
    w.line(
        f"if (PyArray_TYPE({a}) != {NUMPY_TYPES[kind]} || PyArray_NDIM({a}) != {ndim}"
        f" || !PyArray_ISBEHAVED_RO({a})) goto miss;"
    )
    dims = []
    for axis in range(ndim):
        n = w.name("n")
        w.line(f"const int64_t {n} = PyArray_DIM({a}, {axis});")
        dims.append(Dim(n))
    pointer = w.name(hint)
    w.line(f"{c} *{pointer} = ({c} *)PyArray_DATA({a});")
    w.line(f"if (!PyArray_CHKFLAGS({a}, NPY_ARRAY_CARRAY_RO | NPY_ARRAY_OWNDATA)) {{")
    w.line(f"    {pointer} = sd_resize(&pool, NULL, (size_t)PyArray_NBYTES({a}));")
    w.line(f"    if (!{pointer}) goto miss;")
    w.line(f"    sd_gather({a}, (char *){pointer}, 0, PyArray_BYTES({a}));")
    w.line("}")
    return w.at(pointer, tuple(dims), kind)
