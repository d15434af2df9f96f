"""What the operations on whole arrays are in terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from .reductions import Algebra
from .terms import NoFormulaError, Shape, Term

_HALF = Fraction(1, 2)


def apply_structural(
    algebra: Algebra, name: str, params: Mapping[str, Any], terms: Sequence[Term], shape: Shape
) -> Term:
    """An operation on whole arrays as a term.

    Raises:
        NoFormulaError: there is none.
    """
    rule = _RULES.get(name)
    if rule is None:
        raise NoFormulaError(f"no term for {name}")
    return rule(algebra, params, terms, shape)


def _axes(term: Term, params: Mapping[str, Any]) -> tuple[int, ...]:
    axis = params.get("axis")
    if axis is None:
        return tuple(range(term.ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    if not term.ndim:
        raise NoFormulaError("an axis of a number")
    return tuple(sorted(k % term.ndim for k in axes))


def _kept(a: Algebra, params: Mapping[str, Any], whole: Term, axes: tuple[int, ...]) -> Term:
    """With the axes that are summed over left in place, of length 1."""
    if not params.get("keepdims"):
        return whole
    if not whole.shape:
        return whole  # one number, whatever its axes
    return a.expand(whole, axes)


def _sum(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    axes = _axes(t[0], p)
    return _kept(a, p, _told(a, t[0], axes), axes)


def _told(a: Algebra, term: Term, axes: tuple[int, ...]) -> Term:
    """A sum that the user has written as one, and not as a product of vectors."""
    a.telling = True
    try:
        return a.total(term, axes)
    finally:
        a.telling = False


def _mean(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    axes = _axes(t[0], p)
    count = a.size(tuple(t[0].shape[k] for k in axes))
    return _kept(a, p, a.over(_told(a, t[0], axes), count), axes)


def _extreme(name: str) -> Callable[..., Term]:
    def rule(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
        axes = _axes(t[0], p)
        return _kept(a, p, a.reduction(name, t[0], axes), axes)

    return rule


def _norm(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    axes = _axes(t[0], p)
    return _kept(a, p, a.power(a.total(a.power(t[0], 2), axes), _HALF), axes)


def _squared_norm(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    axes = _axes(t[0], p)
    return _kept(a, p, a.total(a.power(t[0], 2), axes), axes)


def _root_mean_square(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    if p.get("count") is not None:
        raise NoFormulaError("a count of its own")
    axes = _axes(t[0], p)
    count = a.size(tuple(t[0].shape[k] for k in axes))
    return _kept(a, p, a.power(a.over(a.total(a.power(t[0], 2), axes), count), _HALF), axes)


def _log_total(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    axes = _axes(t[0], p)
    return _kept(a, p, a.log_total(t[0], axes, False), axes)


def _transpose(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    axes = p.get("axes")
    n = t[0].ndim
    if axes is None or tuple(k % n for k in axes) == tuple(range(n))[::-1]:
        return a.transpose(t[0])
    if tuple(k % n for k in axes) == tuple(range(n)):
        return t[0]
    raise NoFormulaError("axes in another order")


def _reshape(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    (term,) = t
    if term.shape == shape:
        return term
    if [d for d in term.shape if d != 1] == [d for d in shape if d != 1]:
        if term.ndim == 1 and len(shape) == 2:
            return a.expand(term, (shape.index(1),)) if shape[0] != 1 else _row(a, term, shape)
        if not shape:
            number, rest = a.outside(term)
            if rest.op == "ones":
                return number
    raise NoFormulaError("an array in another shape")


def _row(a: Algebra, term: Term, shape: Shape) -> Term:
    raise NoFormulaError("an array in another shape")


def _einsum(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    """Contractions that are sums, products of matrices, traces and outer products."""
    left, _, result = p["subscripts"].replace(" ", "").partition("->")
    operands = left.split(",")
    if len(operands) != len(t):
        raise NoFormulaError("a contraction")
    if len(t) == 1:
        (own,) = operands
        if len(set(own)) == len(own):
            if result == own:
                return t[0]
            if result == own[::-1] and len(own) == 2:
                return a.transpose(t[0])
            if set(result) <= set(own) and list(result) == sorted(result, key=own.index):
                return a.total(t[0], tuple(k for k, c in enumerate(own) if c not in result))
        if own == own[:1] * 2:
            return a.trace(t[0]) if not result else a.diagonal(t[0])
        raise NoFormulaError("a contraction")
    if len(t) == 2 and operands[0] == operands[1]:
        both = a.times(*t)
        axes = tuple(k for k, c in enumerate(operands[0]) if c not in result)
        if result == "".join(c for c in operands[0] if c in result):
            return a.total(both, axes)
    if len(t) == 2 and result == operands[0] + operands[1] and max(map(len, operands)) == 1:
        return a.outer(*t)
    return _chained(a, operands, list(t), result)


def _chained(a: Algebra, operands: list[str], terms: list[Term], result: str) -> Term:
    """Factors put in an order in which each index stands beside itself."""
    if any(len(own) not in (1, 2) or len(set(own)) != len(own) for own in operands):
        raise NoFormulaError("a contraction")
    counts = {c: "".join(operands).count(c) for c in "".join(operands)}
    if any((n != 2) != (c in result) for c, n in counts.items()) or max(counts.values()) > 2:
        raise NoFormulaError("a contraction")
    left = list(zip(operands, terms))
    start = next((k for k, (own, _) in enumerate(left) if len(own) == 1), None)
    if start is None:
        if not result:
            start = 0
        else:
            start = next(k for k, (own, _) in enumerate(left) if result[0] in own)
    own, term = left.pop(start)
    if len(own) == 2 and result and own[0] != result[0]:
        own, term = own[::-1], a.transpose(term)
    chain, first, end = [term], own[0] if len(own) == 2 else "", own[-1]
    while left:
        k = next((k for k, (own, _) in enumerate(left) if end in own), None)
        if k is None:
            raise NoFormulaError("a contraction")
        own, term = left.pop(k)
        if len(own) == 2 and own[0] != end:
            own, term = own[::-1], a.transpose(term)
        chain.append(term)
        end = own[1] if len(own) == 2 else ""
    whole = a.matmul(*chain)
    if not result and first and first == end:
        return a.trace(whole)
    if result == first + end:
        return whole
    if result == end + first:
        return a.transpose(whole)
    raise NoFormulaError("a contraction")


def _matmul(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    return a.matmul(*t)


def _logarithm_of_size(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    det = a.determinant(t[0])
    return a.apply("log", a.apply("abs", det))


def _cholesky(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    if t[0].op == "name":
        a.symmetric.add(t[0])
    return a.cholesky(t[0])


def _same(a: Algebra, p: Mapping[str, Any], t: Sequence[Term], shape: Shape) -> Term:
    return t[0]


_RULES: dict[str, Callable[..., Term]] = {
    "sum": _sum,
    "mean": _mean,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "prod": _extreme("prod"),
    "norm": _norm,
    "squared_norm": _squared_norm,
    "root_mean_square": _root_mean_square,
    "log_total": _log_total,
    "shares": lambda a, p, t, s: a.softmax(t[0], _axes(t[0], p)),
    "matmul": _matmul,
    "dot": _matmul,
    "outer": lambda a, p, t, s: a.outer(*t),
    "transpose": _transpose,
    "reshape": _reshape,
    "ravel": _reshape,
    "view": _reshape,
    "squeeze": _reshape,
    "expand_dims": _reshape,
    "broadcast_to": lambda a, p, t, s: a.broadcast_to(t[0], s),
    "solve": lambda a, p, t, s: a.matmul(a.inverse(t[0]), t[1]),
    "inv": lambda a, p, t, s: a.inverse(t[0]),
    "det": lambda a, p, t, s: a.determinant(t[0]),
    "log_abs_det": _logarithm_of_size,
    "cholesky": _cholesky,
    "contraction": _einsum,
    "number": _same,
    "copy": _same,
    "item": _same,
    "cast": _same,
    "detach": lambda a, p, t, s: _no_detach(),
    "zeros_like": lambda a, p, t, s: a.zeros(s),
    "ones_like": lambda a, p, t, s: a.ones(s),
    "fsum": lambda a, p, t, s: a.plus(*t),
    "sum_of_floats": lambda a, p, t, s: a.plus(*t),
}


def _no_detach() -> Term:
    raise NoFormulaError("what is held still")
