"""The function of a whole program that numba compiles, and the one of Python's that calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from ....program.naming import Namer
from ....program.program import Operand, Program
from ....records import dataclass
from ....safety.floating import settings
from ....settings import MEMORY_LIMIT
from ...emit import Layout
from ...lines import Output
from ...ranges import Danger
from ..arithmetic import Arithmetic
from ..attached import Made
from ..function import ERROR_STATES, walk
from ..loops import LoopWriter
from ..values import KINDS, TYPES, Array, NoNativeForm, Number, Shape
from .building import compiled, why_not
from .outside import UNLIKE, Given, PythonOutside, ReadLines
from .translation import Translation

_MOST = 1500
"""Longer texts take numba minutes and gigabytes."""

_NUMPY = {"f": "np.float64", "i": "np.int64", "b": "np.bool_"}


@dataclass(slots=True)
class Results:
    """Where numba's function leaves its results: words, in order."""

    w: LoopWriter
    reads: ReadLines
    size: int = 0
    kinds: list[tuple[str, int, int | None]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def leave(self, operand: Operand, output: Output) -> None:
        """Write the lines that leave a result."""
        w, kind = self.w, output.type
        value, name = w.value(operand), f"found_{len(self.kinds)}"
        if kind is np.ndarray:
            self.array(value, output)
            self.texts.append(name)
            return
        if kind is list or kind is object or not isinstance(value, Number):
            raise w.refuse("what goes from one program to another has no native form")
        arithmetic = Arithmetic(w)
        if kind is float:
            value = Number(arithmetic.float(value), "f")
        elif kind is bool:
            value = Number(arithmetic.test(value), "b")
        elif kind is int:
            value = Number(arithmetic.whole(value), "i")
        place = (
            f"((double *)results)[{self.size}]" if value.kind == "f" else f"results[{self.size}]"
        )
        w.line(f"{place} = {value.text};")
        self.kinds.append((value.kind, self.size, None))
        self.size += 1
        plain = kind in (float, int, bool)
        self.texts.append(name if plain else f"{self.reads.object(kind, 'type')}({name})")

    def array(self, value: Any, output: Output) -> None:
        w = self.w
        kind = KINDS.get(output.dtype)
        if kind is None:
            raise w.refuse(f"arrays of {output.dtype} have no native form")
        if isinstance(value, Number):
            value = w.uniform(Arithmetic(w).as_kind(value, kind), ())
        array = w.array_of(value)
        if "fib".index(array.kind) < "fib".index(kind):
            raise w.refuse("a result of floats is an array of whole numbers")
        if not array.contiguous or array.kind != kind:
            array = w.copy_as(array, kind, "result")
        w.line(f"results[{self.size}] = ADDRESS({array.pointer});")
        for axis, dim in enumerate(array.shape):
            w.line(f"results[{self.size + 1 + axis}] = {dim};")
        self.kinds.append((kind, self.size, len(array.shape)))
        self.size += 1 + len(array.shape)


def by_numba(
    program: Program,
    parameters: int,
    outputs: Sequence[Output],
    layout: Layout | None,
    watching: Danger,
    limited: Mapping[Operand, Any],
    quiet: bool,
) -> Made:
    """Have numba compile a program.

    Raises:
        NoNativeForm: something in it has none, or there is no numba.
    """
    missing = why_not()
    if missing is not None:
        raise NoNativeForm(missing)
    arguments = [f"arg_{k}" for k in range(parameters + len(program.inputs))]
    w = LoopWriter()
    w.calls = False
    reads = ReadLines(False, Namer({*arguments, UNLIKE, "kernel", "behind", "status"}))
    outside = PythonOutside(
        w.line, w.name, w.owned, w.constants, parameters, watching is Danger.INPUTS, reads=reads
    )
    outside.copies = lambda name, kind, shape: _taken(w, name, kind, shape)
    w.outside = outside
    walk(w, program, arguments[parameters:], watching)
    results = Results(w, reads)
    for operand, output in zip(program.outputs, outputs, strict=True):
        results.leave(operand, output)
    given = [*_constants(w, outside), *outside.given]
    text = _text(w, given, results)
    kernel = compiled(text, given)
    state = None
    lines = reads.text()
    if quiet or w.has_arrays:
        state = ERROR_STATES
        lines = [*_settings_checked(reads, state), *lines]
    limit = f"{reads.object(MEMORY_LIMIT, 'limit')}.get()" if w.stacks else "0x7fffffffffffffff"
    names = iter(results.texts)
    if layout is not None:
        result = layout(names, reads.object)
    else:
        found = list(names)
        result = found[0] if len(found) == 1 else f"({', '.join(found)})"
    source = _caller(arguments, lines, [*[g.text for g in given], limit], results, result)
    space = {**reads.namespace, "kernel": kernel, UNLIKE: _UNLIKE, "numpy": np}
    exec(compile(source, "<symdiff for numba>", "exec"), space)
    return Made(text, state, space["bind"])


class _Unlike(Exception):
    """Something is unlike what was assumed."""


_UNLIKE = _Unlike()


def _taken(w: LoopWriter, name: str, kind: str, shape: Shape) -> Array:
    """The elements of an array of NumPy's, which lie one behind the other."""
    w.has_arrays = True
    pointer = w.name("elements")
    w.head.append(f"{TYPES[kind]} *{pointer} = DATA({name});")
    return w.at(pointer, shape, kind)


def _constants(w: LoopWriter, outside: PythonOutside) -> list[Given]:
    """The places of the arrays that the program holds, which stay where they are."""
    given = []
    for k, value in enumerate(w.constants.objects):
        if isinstance(value, np.ndarray) and f"K[{k}]" in "".join(w.head):
            name = f"constant_at_{k}"
            place = outside.reads.object(value.ctypes.data, "place")
            outside.reads.keep.append(value)
            outside.reads.object(value, "held")
            given.append(Given(name, "i", None, place))
            held = f"PyArray_DATA((PyArrayObject *)K[{k}])"
            w.head[:] = [line.replace(held, f"AT({name})") for line in w.head]
    return given


def _settings_checked(reads: ReadLines, state: list[Any]) -> list[str]:
    """Lines that look whether NumPy raises errors: it does what it did when that was asked."""
    if settings() is None:
        raise NoNativeForm("this NumPy does not say whether it raises errors")
    known, variable = reads.object(state, "states"), reads.object(settings(), "settings")
    return [
        f"errors = {variable}.get(None)",
        f"if errors is not {known}[0] and errors is not {known}[1]: raise {UNLIKE}",
    ]


def _text(w: LoopWriter, given: Sequence[Given], results: Results) -> str:
    """What numba compiles: all lines as one function, and one that makes room and lets go of it."""
    names = [g.name for g in given]
    translation = Translation()
    types = translation.known.types
    types.update({g.name: g.kind if g.ndim is None else "array" for g in given})
    types.update(pool="t", results="i*")
    written = ["double sd_check = 0.0;", *w.head, *w.settled()]
    if len(written) > _MOST:
        raise NoNativeForm(f"{len(written)} lines are too many for numba")
    translation.all(written)
    body = ", ".join(["pool", "results", *names])
    lines = [f"def body({body}):", *translation.lines, "    return 0", ""]
    lines += [
        f"def call({', '.join([*names, 'limit'])}):",
        "    pool = words(3)",
        "    pool[2] = limit",
        f"    results = words({max(results.size, 1)})",
        f"    status = body({body})",
        "    if status == 0:",
        *["        " + line for line in _found(results, True)],
        "    else:",
        *["        " + line for line in _found(results, False)],
        "    sd_free(pool)",
        "    if status == 2:",
        "        raise_met()",
        f"    return {', '.join(['status', *[f'found_{k}' for k in range(len(results.kinds))]])},",
        "",
    ]
    return "\n".join(lines)


def _found(results: Results, there: bool) -> list[str]:
    """Lines that take the results out of their words, or stand for them."""
    lines = ["pass"]
    for k, (kind, place, ndim) in enumerate(results.kinds):
        name = f"found_{k}"
        if ndim is None:
            made = {
                "f": f"f_at(address(results))[{place}]",
                "i": f"results[{place}]",
                "b": f"results[{place}] != 0",
            }[kind]
            lines.append(
                f"{name} = {made if there else {'f': '0.0', 'i': '0', 'b': 'False'}[kind]}"
            )
            continue
        dims = [f"results[{place + 1 + axis}]" if there else "0" for axis in range(ndim)]
        shape = f"({', '.join(dims)}{',' if ndim == 1 else ''})"
        lines.append(f"{name} = np.empty({shape}, {_NUMPY[kind]})")
        if there:
            size = 1 if kind == "b" else 8
            lines.append(f"memcpy({name}.ctypes.data, results[{place}], {size}*{name}.size)")
    return lines


def _caller(
    arguments: Sequence[str],
    lines: Sequence[str],
    given: Sequence[str],
    results: Results,
    result: str,
) -> str:
    """The function of Python's that reads, checks, and hands over."""
    names = ", ".join(arguments)
    found = ", ".join(["status", *[f"found_{k}" for k in range(len(results.kinds))]])
    return "\n".join(
        [
            "def bind(behind):",
            f"    def native({names}):",
            "        try:",
            *["            " + line for line in [*lines, "pass"]],
            "        except Exception:",
            "            pass",
            "        else:",
            f"            {found}{',' if not results.kinds else ''} = kernel({', '.join(given)})",
            "            if not status:",
            f"                return {result}",
            f"        return behind({names})",
            "    return native",
        ]
    )
