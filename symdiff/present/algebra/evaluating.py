"""Terms with NumPy, at a point: by this a formula is proved before it is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...operations.table.template import Template
from .terms import Exponent, Shape, Term, walk

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "total": np.sum,
    "max": np.max,
    "min": np.min,
    "prod": np.prod,
}
_CONSTANTS = {"pi": math.pi, "e": math.e}


def evaluate(term: Term, names: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
    """The value of a term, with values for its names and sizes for its lengths.

    >>> from .reductions import Algebra
    >>> algebra = Algebra()
    >>> x = algebra.name("x", ("n",))
    >>> float(evaluate(algebra.total(algebra.times(x, x)), {"x": np.array([1.0, 2.0])}, {"n": 2}))
    5.0
    """
    known: dict[Term, Any] = {}
    with np.errstate(all="ignore"):
        for t in sorted(walk(term), key=lambda t: t.serial):
            known[t] = _value(t, known, names, sizes)
    return known[term]


def _value(
    term: Term, known: Mapping[Term, Any], names: Mapping[str, Any], sizes: Mapping[str, int]
) -> Any:
    args = [known[t] for t in term.args]
    op = term.op
    if op == "name":
        return names[term.data]
    if op == "number":
        return float(term.data)
    if op == "length":
        return float(sizes[term.data])
    if op == "constant":
        return _CONSTANTS[term.data]
    if op in ("zeros", "ones"):
        return getattr(np, op)(_shape(term.shape, sizes))
    if op == "identity":
        return np.eye(_shape(term.shape, sizes)[0])
    if op == "unit":
        one = np.zeros(_shape(term.shape, sizes))
        one[term.data] = 1.0
        return one
    if op == "sum":
        return sum(float(c) * v for v, c in zip(args, term.data, strict=True))
    if op == "product":
        whole = 1.0
        for v, e in zip(args, term.data, strict=True):
            whole = whole * _power(v, e, known)
        return whole
    if op == "compare":
        return _COMPARISONS[term.data](*args)
    if op == "element":
        return args[0][term.data]
    if op == "softmax":
        e = np.exp(args[0] - np.max(args[0], axis=term.data, keepdims=True))
        return e / np.sum(e, axis=term.data, keepdims=True)
    if op in ("total", "max", "min", "prod"):
        return _REDUCTIONS[op](args[0], axis=term.data)
    if op == "expand":
        return np.expand_dims(args[0], term.data)
    if op == "matmul":
        whole = args[-1]
        for v in reversed(args[:-1]):
            whole = v @ whole
        return whole
    return _FUNCTIONS[op](*args)


def _power(value: Any, e: Exponent, known: Mapping[Term, Any]) -> Any:
    if isinstance(e, Term):
        return np.power(value, known[e])
    if e == 1:
        return value
    return np.sqrt(value) if e == 0.5 else np.power(value * 1.0, float(e))


def _shape(shape: Shape, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple([sizes[d] if isinstance(d, str) else d for d in shape])


def _own(name: str) -> Callable[[Any], Any]:
    """A function as the programs themselves compute it."""
    return lambda u: Template.of((0, name)).evaluate(u)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "transpose": np.transpose,
    "outer": np.outer,
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "trace": np.trace,
    "diag": np.diag,
    "diagonal": np.diagonal,
    "cholesky": np.linalg.cholesky,
    "where": np.where,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arctan": np.arctan,
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arcsinh": np.arcsinh,
    "arctanh": np.arctanh,
    "abs": np.abs,
    "sign": np.sign,
    "floor": np.floor,
    "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
    "erf": _own("erf"),
    "Phi": _own("ndtr"),
    "phi": lambda u: np.exp(-u * u / 2) / math.sqrt(2 * math.pi),
    "lgamma": _own("lgamma"),
    "digamma": _own("digamma"),
}
