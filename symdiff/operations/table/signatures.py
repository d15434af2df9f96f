"""Small helpers to read a call as NumPy spells it and to print it back."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval

Emit = Callable[[Sequence[str], dict[str, Any]], str]


def refuse(name: str, keywords: dict[str, Any], allowed: dict[str, Any] | None = None) -> None:
    """Refuse keywords the table does not know, by name; NumPy's own defaults pass.

    Raises:
        UnsupportedError: a keyword has a value other than its default.

    >>> refuse("f", {"out": None, "where": True, "order": "C", "subok": True})
    >>> for keywords in ({"where": False}, {"order": "F"}, {"subok": False}):
    ...     try:
    ...         refuse("f", keywords)
    ...     except UnsupportedError as error:
    ...         print(error.what)
    `f` with `where=False` is not supported
    `f` with `order='F'` is not supported
    `f` with `subok=False` is not supported
    """
    defaults = {"out": None, "dtype": None, "where": True, "order": "C", "subok": True}
    defaults.update(allowed or {})
    for keyword, value in keywords.items():
        plain = value is None or isinstance(value, (bool, int, float, str))
        if plain and keyword in defaults and value == defaults[keyword]:
            continue
        if type(value).__name__ == "_NoValueType":
            continue
        given = f"{keyword}={value!r}" if plain else keyword
        raise UnsupportedError(
            f"`{name}` with `{given}` is not supported",
            remedy=f"leave `{keyword}` at its default, or write out what it does",
        )


def axes_of(axis: Any) -> tuple[int, ...] | None:
    """An `axis` argument as a tuple of integers, `None` for all axes.

    >>> axes_of(-1), axes_of([0, 1]), axes_of(None)
    ((-1,), (0, 1), None)
    """
    if axis is None:
        return None
    if isinstance(axis, (tuple, list)):
        return tuple(operator.index(a) for a in axis)
    return (operator.index(axis),)


def keeps(keepdims: Any) -> bool:
    """A `keepdims` argument as a truth value; NumPy's mark for one not given is false.

    >>> keeps(1), keeps(False), keeps(np._NoValue)
    (True, False, False)
    """
    return keepdims is not np._NoValue and bool(keepdims)


def ints_of(values: tuple[Any, ...]) -> tuple[int, ...]:
    """Integers given one by one or as one sequence: `x.reshape(2, 3)`, `x.reshape((2, 3))`.

    >>> ints_of((2, 3)), ints_of(((2, 3),))
    ((2, 3), (2, 3))
    """
    if len(values) == 1 and isinstance(values[0], (tuple, list, np.ndarray)):
        values = tuple(values[0])
    return tuple(operator.index(v) for v in values)


def shown(value: Any) -> str:
    """A parameter as people write it: `axis=0`, not `axis=(0,)`."""
    return repr(value[0]) if isinstance(value, tuple) and len(value) == 1 else repr(value)


def _arguments(operands: Sequence[str], params: dict[str, Any]) -> str:
    used = [f"{k}={shown(v)}" for k, v in params.items() if v is not None and v is not False]
    return ", ".join([*operands, *used])


def describe_call(name: str) -> Emit:
    """Print as `name(x, axis=0)`."""
    return lambda operands, params: f"{name}({_arguments(operands, params)})"


def emit_call(name: str) -> Emit:
    """Print as `numpy.name(x, axis=0)`, leaving out what is `None` or false."""
    return lambda operands, params: f"numpy.{name}({_arguments(operands, params)})"


def inline_reduce(ufunc: str) -> Callable[..., str | None]:
    """Print a reduction as that of a ufunc, which is what `numpy.sum` and the like call in the end.

    >>> from ...program.program import Aval
    >>> inline_reduce("add")(["x"], {"axis": 0, "keepdims": False}, [Aval.of((3,), "float64")])
    'numpy.add.reduce(x, 0)'
    """

    def inline(
        operands: Sequence[str], params: Mapping[str, Any], avals: Sequence[Aval]
    ) -> str | None:
        if not avals[0].shape:
            return None
        kept = ", keepdims=True" if params.get("keepdims") else ""
        return f"numpy.{ufunc}.reduce({operands[0]}, {params.get('axis')!r}{kept})"

    return inline


def tight(operand: str) -> str:
    """An operand that an attribute or index can follow."""
    name = operand.replace("_", "a").replace(".", "a").isalnum() and not operand[0].isdigit()
    return operand if name else f"({operand})"
