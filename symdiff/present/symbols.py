"""Names of lengths in place of the sizes that they were taken to have.

The program of a function was made at two choices of sizes. What differs between the two is a size,
or is made of sizes, and is written with their names; where it is nothing simple, the function is
refused.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import ConcreteValueError
from ..program.dimensions import Dimensions
from ..program.program import Statement, Var, format_operand, operand_aval
from .lengths import Lengths, spell

_LARGEST_TERM, _LARGEST_FACTOR = 3, 4
_TOPS = (1, 2, 3, 4)
_FEW = 8
_UNREADABLE = re.compile(r"<\w+\[[^\]]*[a-z]|\b(?:onehot|unbroadcast)\b")
"""What says nothing to those who read it: an array of a length that was assumed, and our names."""

_EXAMPLES = (2, 3, 4, 5, 6, 7)


class Symbols(Lengths):
    """Lengths that have names of their own."""

    def __init__(self, dimensions: Dimensions) -> None:
        self.dimensions = dimensions
        self.arrays = [name for name, shape in dimensions.shapes.items() if shape]
        self.lengths = [0 for _ in dimensions.sizes] if dimensions.sizes[0] else []
        self.text = ""

    def assumption(self) -> str:
        return self.dimensions.text()

    def refuse(self, what: str) -> ConcreteValueError:
        names = list(self.dimensions.sizes[0])
        return ConcreteValueError(
            f"{what} depends on the length{'s' * (len(names) > 1)} {' and '.join(names)}",
            why="in a way that is not simple enough to be written with "
            + ("them" if len(names) > 1 else "it"),
            remedy=f'give values: --at "{example(self.dimensions)}"',
        )

    def name(self, texts: Sequence[str], what: str = "the formula") -> str:
        if not self.lengths:
            return texts[0]
        found = spell(texts, lambda values: made_of(values, self.dimensions.sizes))
        if found is None or _UNREADABLE.search(found):
            raise self.refuse(what)
        return found


def made_of(values: Sequence[float], sizes: Sequence[Mapping[str, int]]) -> str | None:
    """What numbers are that differ with the sizes; `None` where it is nothing simple.

    >>> sizes = [{"m": 11, "n": 7}, {"m": 19, "n": 23}]
    >>> made_of([77, 437], sizes), made_of([6, 22], sizes), made_of([2 / 11, 2 / 19], sizes)
    ('m*n', 'n - 1', '2/m')
    >>> made_of([5, 3], sizes)
    """
    if all(float(v).is_integer() for v in values):
        return _count([int(v) for v in values], sizes)
    if not all(values):
        return None
    for top in _TOPS:
        counts = [round(top / v) for v in values]
        if all(c and top / c == v for c, v in zip(counts, values, strict=True)):
            found = _count(counts, sizes)
            if found is not None:
                return f"{top}/{found}" if found.isidentifier() else f"{top}/({found})"
    return None


def _count(values: Sequence[int], sizes: Sequence[Mapping[str, int]]) -> str | None:
    for level in (_products, _sums, _shifted):
        found = [text for text, made in level(sizes) if list(made) == list(values)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


_Made = Iterator[tuple[str, Sequence[int]]]


def _products(sizes: Sequence[Mapping[str, int]]) -> _Made:
    names = list(sizes[0])
    for name in names:
        yield name, [s[name] for s in sizes]
    for a, b in itertools.combinations_with_replacement(names, 2):
        yield (f"{a}**2" if a == b else f"{a}*{b}"), [s[a] * s[b] for s in sizes]


def _sums(sizes: Sequence[Mapping[str, int]]) -> _Made:
    for name in sizes[0]:
        for term in range(1, _LARGEST_TERM + 1):
            yield f"{name} - {term}", [s[name] - term for s in sizes]
            yield f"{name} + {term}", [s[name] + term for s in sizes]
        for factor in range(2, _LARGEST_FACTOR + 1):
            yield f"{factor}*{name}", [factor * s[name] for s in sizes]
    for a, b in itertools.combinations(sizes[0], 2):
        yield f"{a} + {b}", [s[a] + s[b] for s in sizes]


def _shifted(sizes: Sequence[Mapping[str, int]]) -> _Made:
    for a, b in itertools.combinations_with_replacement(sizes[0], 2):
        product = f"{a}**2" if a == b else f"{a}*{b}"
        yield f"{product} - 1", [s[a] * s[b] - 1 for s in sizes]
        yield f"({a} - 1)*{b}", [(s[a] - 1) * s[b] for s in sizes]
        yield f"{a}*({b} - 1)", [s[a] * (s[b] - 1) for s in sizes]


def example(dimensions: Dimensions) -> str:
    """Values for `--at` with shapes that fit.

    >>> example(Dimensions({"A": ("n", "n"), "x": ("n",), "a": ()}, [{"n": 7}, {"n": 11}]))
    'A=[[2, 1], [1, 3]], x=[1, 2], a=0.3'
    """
    sizes = dict(zip(dimensions.sizes[0], _EXAMPLES, strict=False))
    parts = []
    for name, shape in dimensions.shapes.items():
        lengths = [n if isinstance(n, int) else sizes[n] for n in shape]
        parts.append(f"{name}={_array(lengths)}" if lengths else f"{name}=0.3")
    return ", ".join(parts)


def _array(lengths: Sequence[int]) -> list[Any]:
    """An array; a square one is symmetric, and has positive eigenvalues."""
    if len(lengths) == 1:
        return list(range(1, lengths[0] + 1))
    if len(lengths) == 2:
        rows, columns = lengths
        if rows == columns:
            return [[k + 2 if k == j else 1 for j in range(rows)] for k in range(rows)]
        return [[(k * j + k + j) % 7 + 1 for j in range(columns)] for k in range(rows)]
    return [_array(lengths[1:]) for _ in range(lengths[0])]


def lines_of(statement: Statement) -> Iterator[tuple[str, Any]]:
    """The lines of a statement, in the words of NumPy."""
    operands = statement.operands
    if not isinstance(statement.target, Var):
        yield from statement.lines()
    elif statement.operation.name == "unbroadcast":
        yield f"{statement.target.name} = {_summed(operands[0], statement)}", statement.span
    elif any(isinstance(o, np.ndarray) and o.size > _FEW for o in operands):
        texts = [
            array_text(o) if isinstance(o, np.ndarray) else format_operand(o) for o in operands
        ]
        text = statement.operation.describe(texts)
        yield f"{statement.target.name} = {text}", statement.span
    else:
        yield from statement.lines()


def operand_text(operand: Any) -> str:
    """An operand; a larger constant array as the call that makes it."""
    large = isinstance(operand, np.ndarray) and operand.size > _FEW
    return array_text(operand) if large else format_operand(operand)


def array_text(array: Any) -> str:
    """A constant array as the call that makes it; of others, what kind of array it is.

    >>> array_text(np.arange(7)), array_text(np.tril(np.ones((3, 3)))), array_text(np.ones(4))
    ('arange(7)', 'tri(3)', 'ones((4,))')
    """
    shape = ", ".join(map(str, array.shape))
    if array.dtype.kind not in "iufb" or not array.size:
        return format_operand(array)
    if (array == array.flat[0]).all():
        value = array.flat[0].item()
        call = {0: "zeros", 1: "ones"}.get(value)
        whole = f"({shape},)" if array.ndim == 1 else f"({shape})"
        return f"{call}({whole})" if call else f"full({whole}, {value!r})"
    count = array.shape[0]
    if array.ndim == 1 and (array == np.arange(count)).all():
        return f"arange({shape})"
    if array.ndim == 2:
        for call in ("eye", "tri"):
            if (array == getattr(np, call)(*array.shape)).all():
                return f"{call}({count})" if array.shape[1] == count else f"{call}({shape})"
        if (array == np.tri(count) - np.eye(count) / 2).all() if array.shape[1] == count else False:
            return f"(tri({count}) - eye({count})/2)"
    return format_operand(array)


def _summed(given: Any, statement: Statement) -> str:
    """What has been broadcast, summed over the axes along which it was repeated."""
    assert statement.target is not None
    shape = statement.target.aval.shape
    whole = operand_aval(given).shape
    text = format_operand(given)
    if not shape:
        return f"sum({text})"
    more = len(whole) - len(shape)
    repeated = [k for k, n in enumerate(shape) if n == 1 and whole[more + k] != 1]
    if more:
        axes = range(more)
        text = f"sum({text}, axis={axes[0] if more == 1 else tuple(axes)})"
    if repeated:
        axis = repeated[0] if len(repeated) == 1 else tuple(repeated)
        text = f"sum({text}, axis={axis}, keepdims=True)"
    return text
