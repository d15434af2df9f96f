"""What depends on the length of an array that has no value, written with `len(x)`.

A function is traced with its arrays taken to have some length, which must not be seen in what is
printed. So it is traced at several lengths. A number that differs between them is written as what
it is of the length, where it is that at all of them; where it is nothing simple, the formula cannot
be written down, and values are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..errors import ConcreteValueError
from ..program.program import Program, Statement, Var

_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d*)?(?:e[+-]?\d+)?)(?![\w.])")
_NAME = re.compile(r"\w+|len\(\w+\)")
_LARGEST_FACTOR, _LARGEST_TERM = 8, 64
_TOPS = (1, 2, 3, 4)


class Linear(NamedTuple):
    """`(factor*n + term)/below` of a length `n`; with `top`, that many divided by it."""

    factor: int
    term: int
    below: int
    top: int = 0

    def text(self, name: str) -> str:
        """As Python.

        >>> Linear(1, -1, 2).text("len(x)")
        '(len(x) - 1)/2'
        """
        text = name if self.factor == 1 else f"{self.factor}*{name}"
        if self.term:
            text += f" {'+' if self.term > 0 else '-'} {abs(self.term)}"
        if self.below > 1:
            text = f"({text})" if self.term else text
            text += f"/{self.below}"
        if self.top:
            text = f"({text})" if self.term or self.below > 1 or self.factor > 1 else text
            text = f"{self.top}/{text}"
        return text

    def expression(self, n: Any) -> Any:
        """As a SymPy expression of the symbol `n`."""
        import sympy

        count = (self.factor * n + self.term) / sympy.Integer(self.below)
        return self.top / count if self.top else count


def fit(values: Sequence[int], lengths: Sequence[int]) -> Linear | None:
    """How integers depend on a length, where that is simple.

    >>> fit([1008, 1012, 257], [1009, 1013, 258])
    Linear(factor=1, term=-1, below=1, top=0)
    """
    slope = Fraction(values[1] - values[0], lengths[1] - lengths[0])
    if not 0 < slope <= _LARGEST_FACTOR or slope.denominator > 4:
        return None
    below = slope.denominator
    term = below * values[0] - slope.numerator * lengths[0]
    if abs(term) > _LARGEST_TERM:
        return None
    found = Linear(slope.numerator, term, below)
    fits = all(found.factor * n + term == below * v for v, n in zip(values, lengths, strict=True))
    return found if fits else None


def fit_number(values: Sequence[Any], lengths: Sequence[int]) -> Linear | None:
    """How numbers depend on a length: as an integer does, or as a small one divided by such.

    >>> fit_number([2/1008, 2/1012, 2/257], [1009, 1013, 258])
    Linear(factor=1, term=-1, below=1, top=2)
    """
    floats = [float(v) for v in values]
    if all(v.is_integer() for v in floats):
        return fit([int(v) for v in floats], lengths)
    if not all(floats):
        return None
    for top in _TOPS:
        counts = [round(top / v) for v in floats]
        if all(c and top / c == v for c, v in zip(counts, floats, strict=True)):
            found = fit(counts, lengths)
            if found is not None:
                return found._replace(top=top)
    return None


def generalize(texts: Sequence[str], lengths: Sequence[int], name: str) -> str | None:
    """One text for the same thing at several lengths; `None` where there is none.

    >>> generalize(["x[1008]", "x[1012]", "x[257]"], [1009, 1013, 258], "len(x)")
    'x[len(x) - 1]'
    """

    def told(values: list[float]) -> str | None:
        found = fit_number(values, lengths)
        return None if found is None else found.text(name)

    return spell(texts, told)


def spell(texts: Sequence[str], told: Callable[[list[float]], str | None]) -> str | None:
    """The same, with what is written for numbers that differ, if there is anything.

    >>> spell(["f(3, 4)", "f(3, 5)"], lambda numbers: "m" if numbers == [4, 5] else None)
    'f(3, m)'
    """
    pieces = [_NUMBER.split(text) for text in texts]
    if len(set(map(len, pieces))) != 1:
        return None
    written = ""
    for k, parts in enumerate(zip(*pieces, strict=True)):
        if len(set(parts)) == 1:
            written += parts[0]
            continue
        text = told(list(map(float, parts))) if k % 2 else None
        if text is None:
            return None
        before, after = written.rstrip()[-1:], pieces[0][k + 1].lstrip()[:1]
        alone = before in ("", "(", "[", ",", ":", "=") and after in ("", ")", "]", ",", ":")
        written += text if alone or _NAME.fullmatch(text) else f"({text})"
    return written


class Lengths:
    """The arrays whose length was assumed, and the lengths that were.

    Attributes:
        lengths: the length that each variant was traced with; empty if none was assumed.
        arrays: the names of the arrays.
        text: what the length is called.
        told: what is said of arrays whose lengths are known.
    """

    def __init__(
        self,
        inputs: Sequence[Var],
        at: Mapping[str, Any],
        lengths: Sequence[int],
    ) -> None:
        first = lengths[0] if lengths else None
        arrays = [v.name for v in inputs if v.aval.shape == (first,) and v.name not in at]
        self.arrays = list(dict.fromkeys(arrays))
        self.lengths = list(lengths) if arrays else []
        self.text = f"len({arrays[0]})" if arrays else ""
        self.told = ""

    def assumption(self) -> str:
        """What was assumed of the arrays, in words; empty if nothing was."""
        if not self.arrays:
            return self.told
        if len(self.arrays) == 1:
            return f"with {self.arrays[0]} a vector"
        return f"with {', '.join(self.arrays)} vectors of one length"

    def refuse(self, what: str) -> ConcreteValueError:
        remedy = " ".join(f'--at "{name}=[1, 2, 3]"' for name in self.arrays)
        return ConcreteValueError(
            f"{what} depends on {self.text}",
            why="in a way that is not simple enough to be written with it",
            remedy=f"give a value: {remedy}",
        )

    def name(self, texts: Sequence[str], what: str = "the formula") -> str:
        """The same text of each variant as one that holds for every length.

        Raises:
            ConcreteValueError: there is none.
        """
        if not self.lengths:
            return texts[0]
        found = generalize(texts, self.lengths, self.text)
        if found is None:
            raise self.refuse(what)
        return found

    def same(self, texts: Sequence[str], what: str) -> str:
        """A text that must be the same at every length.

        Raises:
            ConcreteValueError: it is not.
        """
        if len(set(texts)) > 1:
            raise self.refuse(what)
        return texts[0]

    def symbol(self) -> Any:
        from .expressions import symbol

        return symbol(self.text)

    def counts(self, programs: Sequence[Program]) -> list[Counts]:
        """For each variant of a program, what its constants are of the length.

        Raises:
            ConcreteValueError: the programs are not one program at several lengths.
        """
        if not self.lengths:
            return [Counts(None, 0, {})]
        shapes = [[(s.operation.name, len(s.operands)) for s in p.statements] for p in programs]
        if any(shape != shapes[0] for shape in shapes):
            raise self.refuse("what is computed")
        n = self.symbol()
        found: list[dict[tuple[int, int], Any]] = [{} for _ in programs]
        for together in zip(*[p.statements for p in programs], strict=True):
            for k, operands in enumerate(zip(*[s.operands for s in together], strict=True)):
                expr = self._constant(operands, n)
                if expr is not None:
                    for known, statement in zip(found, together, strict=True):
                        known[id(statement), k] = expr
        return [Counts(n, m, known) for m, known in zip(self.lengths, found, strict=True)]

    def _constant(self, operands: Sequence[Any], n: Any) -> Any:
        """An operand that is a number, or an array of one number, and differs with the length."""
        if any(type(o) is Var or isinstance(o, str | bool) for o in operands):
            return None
        arrays = [np.asarray(o) for o in operands]
        if any(a.dtype.kind not in "iuf" or not a.size for a in arrays):
            return None
        if not all((a == a.flat[0]).all() for a in arrays):
            if any(a.shape != arrays[0].shape for a in arrays):
                raise self.refuse("a constant array")
            return None
        values = [a.flat[0].item() for a in arrays]
        if len(set(values)) == 1:
            return None
        found = fit_number(values, self.lengths)
        if found is None:
            raise self.refuse("a constant")
        return found.expression(n)


class Counts(NamedTuple):
    """What of a program at one length is a matter of that length.

    Attributes:
        symbol: the length as a symbol; `None` where none was assumed.
        length: what it was taken to be.
        constants: by statement and operand: what a constant is of the length.
    """

    symbol: Any
    length: int
    constants: Mapping[tuple[int, int], Any]

    def constant(self, statement: Statement, k: int) -> Any:
        return self.constants.get((id(statement), k))

    def assumed(self) -> list[tuple[int, Any]]:
        """The numbers that stand for lengths, with what they stand for."""
        return [] if self.symbol is None else [(self.length, self.symbol)]

    def size(self, shape: Sequence[int]) -> Any:
        """How many elements an array of a shape has, with the length as a symbol."""
        import sympy

        assumed = [d for d in shape if self.symbol is not None and d == self.length]
        rest = int(np.prod([d for d in shape if d not in assumed], dtype=int))
        return sympy.Integer(rest) * (self.symbol ** len(assumed) if assumed else 1)


class CountsByValue(Counts):
    """The same of a program at one length alone: a constant is told by its value.

    No number of the function's own is near a length that was assumed. What is told wrongly all the
    same differs at another length, and is refused.

    Attributes:
        made: numbers that stand for the lengths of arrays that the function makes.
    """

    made: dict[int, Any]

    @staticmethod
    def of(symbol: Any, length: int) -> CountsByValue:
        """What stands for the length of arguments, if any is assumed."""
        found = CountsByValue(symbol, length, {})
        found.made = {}
        return found

    def assumed(self) -> list[tuple[int, Any]]:
        return [*super().assumed(), *self.made.items()]

    def size(self, shape: Sequence[int]) -> Any:
        import sympy

        known, whole = dict(self.assumed()), sympy.Integer(1)
        for d in shape:
            whole *= known.get(d, d)
        return whole

    def constant(self, statement: Statement, k: int) -> Any:
        operand = statement.operands[k]
        if not self.assumed() or type(operand) in (Var, bool, str) or operand is None:
            return None
        array = np.asarray(operand)
        if array.dtype.kind not in "iuf" or not array.size or not (array == array.flat[0]).all():
            return None
        value = float(array.flat[0])
        for length, symbol in self.assumed():
            found = _near(value, length, symbol)
            if found is not None:
                return found
        return None


def _near(value: float, length: int, symbol: Any) -> Any:
    """A constant as what it is of a length; `None` if it is nothing of it."""
    if value.is_integer():
        apart = int(value) - length
        return symbol + apart if abs(apart) <= _LARGEST_TERM else None
    for top in _TOPS if value else ():
        count = round(top / value)
        if abs(count - length) <= _LARGEST_TERM and top / count == value:
            return top / (symbol + (count - length))
    return None
