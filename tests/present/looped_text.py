"""Read back what `symdiff show` prints of a loop: sums, products, cases and recurrences."""

from __future__ import annotations

import builtins
import inspect
import math
import re
from types import GeneratorType
from typing import Any

import mpmath
import numpy as np

from .readback import rows_of

_TERM = r"\b([A-Za-z]\w*)_(?:\{([^}]*)\}|(\w+))"


def _reduced(of_generator: Any, of_array: Any) -> Any:
    def call(values: Any) -> Any:
        if isinstance(values, GeneratorType):
            return of_generator(values)
        return of_array(values)

    return call


_NAMES: dict[str, Any] = {
    **{
        n: getattr(np, n)
        for n in ("sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "cosh", "sign")
    },
    "sum": _reduced(builtins.sum, np.sum),
    "prod": _reduced(math.prod, np.prod),
    "factorial": math.factorial,
    "floor": math.floor,
    "array": np.array,
    "abs": np.abs,
    "max": max,
    "min": min,
    "len": len,
    "mod": lambda a, b: a % b,
    "range": range,
    "onehot": lambda k, n: np.eye(n)[k],
    "reversed": reversed,
}


class Text:
    """What was printed, as values at a point.

    Args:
        text: of `show`, without line breaks.
        point: the arguments by name.
    """

    def __init__(self, text: str, point: dict[str, Any]) -> None:
        self.point = point
        self.known: dict[Any, Any] = {}
        lines = []
        taken = False
        for line in text.splitlines():
            taken = line.startswith("where ") or (taken and line.startswith("      "))
            if taken:
                lines.append(line[6:])
        self.first: dict[str, tuple[str, str]] = {}
        self.rules: dict[str, tuple[str, str, bool]] = {}
        self.firsts: dict[str, tuple[str, str]] = {}
        self.needs = []
        for line in lines:
            self._take(line)
        shown = [r for r in text.splitlines() if r not in {f"      {x}" for x in lines}]
        self.rows = rows_of("\n".join(shown))

    def _take(self, line: str) -> None:
        count = re.match(r"(\w+) is the first (\w+) = 0, 1, \.\.\. with (.*)$", line)
        if count:
            self.firsts[count[1]] = (count[2], count[3])
            return
        left = re.match(_TERM + " = (.*)$", line)
        if left is None:
            self.needs.append(line)
            return
        name, index, right = left[1], left[2] or left[3], left[4]
        rule = re.match(r"(.*) for (\w+) in (reversed\()?range\(.*?\)+$", right)
        if rule is None or rule[1].count("(") != rule[1].count(")"):
            self.first[name] = (index, right)
        else:
            self.rules[name] = (rule[2], rule[1], bool(rule[3]))

    def value(self, text: str, **given: Any) -> Any:
        names = "|".join(sorted(map(re.escape, self.first), key=len, reverse=True))
        if names:
            text = re.sub(
                rf"\b({names})_(?:\{{([^}}]*)\}}|(\w+))",
                lambda m: f"term({m[1]!r}, {m[2] or m[3]})",
                text,
            )
        around = {**_NAMES, **self.point, "term": self.term, **given}
        for name in self.firsts:
            if re.search(rf"\b{name}\b", text):
                around[name] = self.count(name)
        return eval(text, {**around, "__builtins__": {}})

    def count(self, name: str) -> int:
        k, test = self.firsts[name]
        return next(j for j in range(10_000) if self.value(test, **{k: j}))

    def term(self, name: str, index: int) -> Any:
        key = (name, index)
        if key not in self.known:
            at, first = self.first[name]
            k, rule, backward = self.rules[name]
            if self.value(at) == index:
                self.known[key] = self.value(first)
            else:
                self.known[key] = self.value(rule, **{k: index if backward else index - 1})
        return self.known[key]

    def row(self, label: str, **given: Any) -> Any:
        for formula, condition in self.rows[label]:
            if np.all(self.value(condition, **given)):
                return self.value(formula, **given)
        raise LookupError(label)


class _Math:
    """`math` at 30 digits."""

    def __getattr__(self, name: str) -> Any:
        return getattr(mpmath, name)


class _Numpy:
    """What makes and reduces arrays, of numbers with 30 digits."""

    @staticmethod
    def zeros(n: int) -> Any:
        return np.array([mpmath.mpf(0)] * n, dtype=object)

    @staticmethod
    def ones(n: int) -> Any:
        return np.array([mpmath.mpf(1)] * n, dtype=object)

    @staticmethod
    def array(values: Any) -> Any:
        return np.array([mpmath.mpf(v) for v in values], dtype=object)

    def sum(self, values: Any) -> Any:
        return builtins.sum(values, mpmath.mpf(0))

    def mean(self, values: Any) -> Any:
        return self.sum(values) / len(values)

    def dot(self, a: Any, b: Any) -> Any:
        return self.sum([p * q for p, q in zip(a, b, strict=True)])


def exact(source: str, name: str) -> Any:
    """The function itself, in which `math` computes with 30 digits."""
    space: dict[str, Any] = {"math": _Math(), "np": _Numpy()}
    exec(compile(source, "exact", "exec"), space)
    return space[name]


def check(text: str, function: Any, name: str, point: dict[str, Any]) -> None:
    """Compare each row that was printed with differences of the function at 30 digits."""
    read = Text(text, {k: np.array(v) if isinstance(v, list) else v for k, v in point.items()})
    for need in read.needs:
        if not read.value(need):
            return
    with mpmath.workdps(30), np.errstate(all="ignore"):
        exactly = {k: _mp(v) for k, v in point.items()}
        try:
            expected = function(**exactly)
        except ZeroDivisionError:
            return
        found = read.row(name)
        assert np.allclose(float(found), float(expected), rtol=1e-9, atol=1e-12), (text, point)
        for label in read.rows:
            if label == name:
                continue
            by, _, index = label.removeprefix(f"d{name}/d").partition("[")
            if not isinstance(point[by], list):
                slope = mpmath.diff(lambda v, by=by: function(**{**exactly, by: v}), exactly[by])
                _compare(read.row(label), slope, text, label, point)
                continue
            for j in range(len(point[by])):

                def moved(v: Any, by: str = by, j: int = j) -> Any:
                    values = [*exactly[by]]
                    values[j] = v
                    return function(**{**exactly, by: values})

                slope = mpmath.diff(moved, exactly[by][j])
                if index:
                    value = read.row(label, **{index[:-1]: j})
                else:
                    value = np.broadcast_to(read.row(label), len(point[by]))[j]
                _compare(value, slope, text, label, point)


def _compare(found: Any, expected: Any, text: str, label: str, point: Any) -> None:
    assert np.allclose(float(found), float(expected), rtol=1e-8, atol=1e-10), (
        f"{label} at {point}: {found}, and not {expected}\n{text}"
    )


def _mp(value: Any) -> Any:
    if isinstance(value, list):
        return [mpmath.mpf(v) for v in value]
    return value if isinstance(value, int) else mpmath.mpf(value)


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)
