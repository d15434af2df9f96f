"""What a trace gives: the program, and what the function returned."""

from __future__ import annotations

from dataclasses import field
from typing import Any, NoReturn

import numpy as np

from ..errors import UnsupportedError, an
from ..program.program import Operand, Program, Var
from ..program.sources import Fixed
from ..program.trees import LEAF, flatten, is_node, one_level
from ..records import dataclass
from .outside.reads import Reader
from .recording.recorder import Recorder
from .recording.text import looked_at
from .recording.tracer import Tracer


@dataclass(slots=True, eq=False)
class Specialization:
    """A function at one set of decisions.

    Attributes:
        program: the primal; its inputs are not used, arguments are read by statements.
        path: the outcomes of all guards and checks, in order.
        arguments: what is differentiated by, with program variables for the numbers and arrays.
        result: what the function returned.
        python: for statements that mix Python's numbers with NumPy's, or apply NumPy's functions
            to Python's numbers: which operations gave a number of Python's own.
        derives: whether the function takes derivatives itself.
        free: the arrays from outside whose lengths are free, with the groups of equal length.
        longest: how long the longest of them is.
        parts: what operators keep with it.
    """

    program: Program
    path: tuple[Any, ...]
    arguments: dict[str, Any]
    result: Result
    python: dict[Var, tuple[bool, ...]] = field(default_factory=dict)
    derives: bool = False
    free: dict[Var, int] = field(default_factory=dict)
    longest: int = 0
    parts: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What a function returned, apart from the numbers and arrays, which are program outputs.

    Attributes:
        structure: of containers, as `trees.flatten` gives it.
        leaves: for each leaf the number of the program's output, or a `Fixed` object.
        types: the Python type of each output, for the conversion at the end.
    """

    structure: Any
    leaves: tuple[int | Fixed, ...]
    types: tuple[type, ...]


def outputs_of(
    recorder: Recorder, result: Any, reader: Reader
) -> tuple[tuple[Operand, ...], Result]:
    """The numbers and arrays in a result, and how they stand in it."""
    items, structure = flatten(looked_at(result))
    outputs: list[Operand] = []
    leaves: list[int | Fixed] = []
    types: list[type] = []
    for item in items:
        if type(item) is np.ndarray and item.dtype.kind in "fiub":
            item = recorder.const(item)
        if isinstance(item, str | bytes) and structure is not LEAF:
            plain_text = str(item) if isinstance(item, str) else item
            leaves.append(Fixed(plain_text, "text"))
            continue
        if type(item) is not Tracer and not isinstance(item, int | float | np.generic):
            _refuse_result(recorder, item)
        leaves.append(len(outputs))
        outputs.append(recorder.operand(item))
        types.append(type(item.value) if type(item) is Tracer else type(item))
    if result is None or _holds_outside(result, reader):
        _refuse_result(recorder, result)
    return tuple(outputs), Result(structure, tuple(leaves), tuple(types))


def _refuse_result(recorder: Recorder, item: Any) -> NoReturn:
    raise UnsupportedError(
        f"the function returns {_article(item)}",
        where=recorder.where(),
        why="only numbers and arrays, or containers of them, can be differentiated",
        remedy="return a number",
    )


def _holds_outside(result: Any, reader: Reader) -> bool:
    """Whether a dataclass from outside is in a result: its fields would not be read again."""
    if not is_node(result) or result is None:
        return False
    return reader.is_outside(result) or any(_holds_outside(v, reader) for v in one_level(result)[0])


def _article(value: Any) -> str:
    if value is None:
        return "nothing (`None`)"
    return an(type(value).__name__)
