"""Read printed formulas back: parsed as Python, and computed with NumPy."""

from __future__ import annotations

import ast
import contextlib
import math
import operator
import re
from typing import Any

import numpy as np
import scipy.special

from symdiff.operations import TABLE

_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: lambda a, b: np.power(np.asarray(a, float)[()], b),
    ast.MatMult: operator.matmul,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
}
_COMPARE = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class _At:
    """`x.at`, of which `x.at[i].add(v)` and `x.at[i].set(v)` are other arrays."""

    def __init__(self, array: Any, index: Any = None) -> None:
        self.array = np.asarray(array)
        self.index = index

    def __getitem__(self, index: Any) -> _At:
        return _At(self.array, index)

    def add(self, value: Any) -> Any:
        made = np.array(self.array, float)
        np.add.at(made, self.index, value)
        return made

    def set(self, value: Any) -> Any:
        made = np.array(self.array, np.result_type(self.array, value))
        made[self.index] = value
        return made


def _onehot(k: int, n: int) -> Any:
    return np.eye(int(n))[int(k)]


def _deviation(variance: Any) -> Any:
    return np.sqrt(variance)


def _extreme(reduce: Any, pairwise: Any) -> Any:
    def call(*operands: Any, **params: Any) -> Any:
        if len(operands) == 1:
            return reduce(operands[0], **params)
        result = operands[0]
        for other in operands[1:]:
            result = pairwise(result, other)
        return result

    return call


_FUNCTIONS: dict[str, Any] = {
    "onehot": _onehot,
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "norm": np.linalg.norm,
    "sigmoid": scipy.special.expit,
    "Phi": scipy.special.ndtr,
    "phi": lambda u: np.exp(-(u**2) / 2) / math.sqrt(2 * math.pi),
    "deviation": _deviation,
    "max": _extreme(np.max, np.maximum),
    "min": _extreme(np.min, np.minimum),
    "sum": np.sum,
    "mean": np.mean,
    "len": len,
    "lgamma": np.vectorize(math.lgamma),
    "gamma": np.vectorize(math.gamma),
    "erf": np.vectorize(math.erf),
    "erfc": np.vectorize(math.erfc),
    "broadcast_to": lambda v, shape: np.broadcast_to(v, tuple(map(int, shape))),
    "detach": lambda v: v,
    "array": np.array,
    "zeros": lambda shape: np.zeros([int(n) for n in shape]),
    "concatenate": lambda *parts, **params: np.concatenate(parts, **params),
    "stack": lambda *parts, **params: np.stack(parts, **params),
    "atan2": np.arctan2,
    "ceil": np.ceil,
    "reshape": lambda v, shape: np.reshape(v, tuple(map(int, shape))),
    "log2": np.log2,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
}


class Reader:
    """The value of a formula where its names have values."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names

    def value(self, text: str) -> Any:
        with np.errstate(all="ignore"):
            return self.walk(ast.parse(text.strip(), mode="eval").body)

    def walk(self, node: Any) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            if node.id in self.names:
                return self.names[node.id]
            return {"inf": math.inf, "nan": math.nan, "pi": math.pi}[node.id]
        if isinstance(node, ast.Tuple):
            return tuple([self.walk(n) for n in node.elts])
        if isinstance(node, ast.List):
            return np.array([self.walk(n) for n in node.elts])
        if isinstance(node, ast.UnaryOp):
            inner = self.walk(node.operand)
            if isinstance(node.op, ast.Not):
                return np.logical_not(inner)
            if isinstance(node.op, ast.Invert):
                return np.invert(inner)
            return np.negative(inner) if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            return _BINARY[type(node.op)](self.walk(node.left), self.walk(node.right))
        if isinstance(node, ast.Compare):
            left, result = self.walk(node.left), True
            for operation, right in zip(node.ops, map(self.walk, node.comparators), strict=True):
                result = np.logical_and(result, _COMPARE[type(operation)](left, right))
                left = right
            return result
        if isinstance(node, ast.BoolOp):
            both = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            result = self.walk(node.values[0])
            for value in node.values[1:]:
                result = both(result, self.walk(value))
            return result
        if isinstance(node, ast.IfExp):
            return np.where(self.walk(node.test), self.walk(node.body), self.walk(node.orelse))[()]
        if isinstance(node, ast.Slice):
            parts = [None if n is None else self.walk(n) for n in (node.lower, node.upper)]
            step = None if node.step is None else self.walk(node.step)
            return slice(*[None if p is None else int(p) for p in parts], step)
        if isinstance(node, ast.Subscript):
            owner, index = self.walk(node.value), self.walk(node.slice)
            if isinstance(index, float) and index.is_integer():
                index = int(index)
            return owner[index]
        if isinstance(node, ast.Attribute):
            owner = self.walk(node.value)
            return _At(owner) if node.attr == "at" else getattr(owner, node.attr)
        assert isinstance(node, ast.Call), ast.dump(node)
        params = {str(k.arg): self.walk(k.value) for k in node.keywords}
        operands = [self.walk(n) for n in node.args]
        if isinstance(node.func, ast.Attribute):
            owner = self.walk(node.func.value)
            return getattr(owner, node.func.attr)(*operands, **params)
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](*operands, **params)
        if hasattr(np, name):
            return getattr(np, name)(*operands, **params)
        if hasattr(scipy.special, name):
            return getattr(scipy.special, name)(*operands, **params)
        entry: Any = TABLE.entries[name]
        if hasattr(entry, "evaluate"):
            return entry.evaluate(*operands)
        from symdiff.operations.statements.builder import elementwise_template
        from symdiff.operations.table.structural import Structural

        if entry in TABLE.elementwise():
            return elementwise_template(name).evaluate(*operands)
        return Structural.of(name, **params).evaluate(*operands)


def rows_of(text: str) -> dict[str, list[tuple[str, str]]]:
    """What `show` prints, without line breaks: for each label its cases, `(formula, condition)`."""
    rows: dict[str, list[tuple[str, str]]] = {}
    label = ""
    for line in text.splitlines():
        if line.startswith(("with ", "where ", "at ")) or not line.strip():
            continue
        head = re.match(r"(\S+)\s+= (.*)$", line)
        if head is not None and not line.startswith(" "):
            label, line = head[1], head[2]
            rows[label] = []
        case = re.match(r"\s*(.*?) {3,}(?:if (.*)|otherwise)$", line)
        rows[label].append((case[1], case[2] or "True") if case else (line.strip(), "True"))
    return rows


def defined(text: str, names: dict[str, Any]) -> dict[str, Any]:
    """What the lines below formulas, and the function's own name, stand for in them."""
    names = dict(names)
    n = next((np.shape(v) for v in names.values() if np.ndim(v) == 1), (0,))
    for name, place in re.findall(r"^with (\w+) the unit .* \[(-?\d+)\]$", text, re.MULTILINE):
        names[name] = np.eye(*n)[int(place)]
    label, cases = next(iter(rows_of(text).items()))
    with contextlib.suppress(KeyError):
        names.setdefault(label, value_of(cases, names))
    parts = re.findall(r"^where (\w+) = (.*)$", text, re.MULTILINE)
    for part, formula in reversed(parts):  # a part stands above those that it is made of
        names[part] = Reader(names).value(formula)
    return names


def value_of(cases: list[tuple[str, str]], names: dict[str, Any]) -> Any:
    """The value of the first case whose condition holds."""
    reader = Reader(names)
    for formula, condition in cases:
        if bool(np.all(reader.value(condition))):
            return reader.value(formula)
    raise LookupError("no case holds")
