"""Dependence through products: an operand is gathered along what is summed, then spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..program.program import Statement, Var, operand_aval
from .dependence import RULES, Dependence, Numbers, Parts, numbers_of, target_of, union

_MOST_PAIRS = 5_000_000


def _product(
    statement: Statement, parts: Parts, terms: Sequence[str], output: str
) -> Dependence | None:
    """`einsum` of operands whose axes are named by `terms`."""
    sizes: dict[str, int] = {}
    for term, operand in zip(terms, statement.operands, strict=True):
        sizes.update(zip(term, operand_aval(operand).shape, strict=True))
    target = np.arange(math.prod(sizes[c] for c in output)).reshape([sizes[c] for c in output])
    found = []
    for k, (term, part) in enumerate(zip(terms, parts, strict=True)):
        if part is None:
            continue
        exact = _through_constants(statement, terms, output, k, sizes)
        if exact is not None:
            found.append(part.moved(*exact))
            continue
        kept = "".join(c for c in term if c in output)
        middle = np.arange(math.prod(sizes[c] for c in kept)).reshape([sizes[c] for c in kept])
        source = numbers_of(statement.operands[k])
        gathered = part.moved(_spread(middle, kept, term, sizes), source)
        found.append(gathered.moved(target, _spread(middle, kept, output, sizes)))
    return union(found)


def _spread(numbers: Numbers, letters: str, over: str, sizes: dict[str, int]) -> Numbers:
    """`numbers` with axes `letters`, broadcast to axes `over`."""
    order = [letters.index(c) for c in over if c in letters]
    shape = [sizes[c] if c in letters else 1 for c in over]
    return np.broadcast_to(numbers.transpose(order).reshape(shape), [sizes[c] for c in over])


def _through_constants(
    statement: Statement, terms: Sequence[str], output: str, k: int, sizes: dict[str, int]
) -> tuple[Numbers, Numbers] | None:
    """The pairs of a product of one operand with one constant, leaving out the zeros in it."""
    others = [j for j in range(len(terms)) if j != k]
    if len(others) != 1 or type(statement.operands[others[0]]) is Var:
        return None
    constant, letters = np.asarray(statement.operands[others[0]]), terms[others[0]]
    free = "".join(c for c in terms[k] if c not in letters)
    places = np.nonzero(constant)
    if not letters or len(places[0]) * math.prod(sizes[c] for c in free) > _MOST_PAIRS:
        return None
    count = math.prod(sizes[c] for c in free)
    grid = np.indices([sizes[c] for c in free]).reshape(len(free), 1, count)
    index = {c: p.reshape(-1, 1) for c, p in zip(letters, places, strict=True)}
    index |= dict(zip(free, grid, strict=True))

    def flat(term: str) -> Numbers:
        number: Any = np.zeros((len(places[0]), grid.shape[-1]), np.int64)
        for c in term:
            number = number * sizes[c] + index[c]
        return number  # type: ignore[no-any-return]

    return flat(output), flat(terms[k])


def _einsum(statement: Statement, parts: Parts) -> Dependence | None:
    subscripts = statement.operation.params["subscripts"]  # type: ignore[attr-defined]
    inputs, _, output = subscripts.partition("->")
    terms = inputs.split(",")
    if any(len(set(term)) != len(term) for term in terms):
        return None
    return _product(statement, parts, terms, output)


def _convolution(statement: Statement, parts: Parts) -> Dependence | None:
    """Element i of one operand and j of the other meet in element i + j."""
    a, b = statement.operands
    shapes = operand_aval(a).shape, operand_aval(b).shape
    sizes = [math.prod(s) for s in shapes]
    if len(shapes[0]) != len(shapes[1]) or sizes[0] * sizes[1] > _MOST_PAIRS:
        return None
    ahead, behind = [np.indices(s).reshape(len(s), -1) for s in shapes]
    where = tuple(ahead[:, :, None] + behind[:, None, :])
    meet = numbers_of(target_of(statement))[where]
    found = []
    for k, (other, part) in enumerate(zip((b, a), parts, strict=True)):
        if part is not None:
            lines = meet if k == 0 else meet.T
            source = np.broadcast_to(np.arange(sizes[k])[:, None], lines.shape)
            if type(other) is not Var:
                (nonzero,) = np.nonzero(np.ravel(other))
                lines, source = lines[:, nonzero], source[:, nonzero]
            found.append(part.moved(lines, source))
    return union(found)


def _matmul(statement: Statement, parts: Parts) -> Dependence | None:
    a, b = [operand_aval(o) for o in statement.operands]
    lead_a, lead_b = a.shape[:-2], b.shape[:-2]
    if lead_a and lead_b and lead_a != lead_b:
        return _stacked(statement, parts)
    lead = "defghijk"[: max(len(lead_a), len(lead_b))]
    left = (lead if lead_a else "") + ("xy" if a.ndim > 1 else "y")
    right = (lead if lead_b else "") + ("yz" if b.ndim > 1 else "y")
    output = lead + ("x" if a.ndim > 1 else "") + ("z" if b.ndim > 1 else "")
    return _product(statement, parts, (left, right), output)


def _stacked(statement: Statement, parts: Parts) -> Dependence:
    """`matmul` of stacks of matrices whose leading axes are broadcast."""
    target = numbers_of(target_of(statement))
    found = []
    for k, (operand, part) in enumerate(zip(statement.operands, parts, strict=True)):
        if part is None:
            continue
        numbers = numbers_of(operand)
        # The operand's own axis (rows of the left, columns of the right) first, then the summed.
        lines = numbers if k == 0 else np.swapaxes(numbers, -1, -2)
        whole = target if k == 0 else np.swapaxes(target, -1, -2)
        middle = np.arange(math.prod(lines.shape[:-1])).reshape(lines.shape[:-1])
        gathered = part.moved(np.broadcast_to(middle[..., None], lines.shape), lines)
        found.append(gathered.moved(whole, np.broadcast_to(middle[..., None], whole.shape)))
    return union(found)


def _outer(statement: Statement, parts: Parts) -> Dependence | None:
    target = numbers_of(target_of(statement))
    found = []
    for k, (operand, part) in enumerate(zip(statement.operands, parts, strict=True)):
        if part is not None:
            flat = numbers_of(operand).reshape((-1, 1) if k == 0 else (1, -1))
            found.append(part.moved(target, np.broadcast_to(flat, target.shape)))
    return union(found)


def _solve(statement: Statement, parts: Parts) -> Dependence | None:
    """`solve(a, b)` column by column of `b`, while `a` stays."""
    a, b = statement.operands
    plain = operand_aval(a).ndim == operand_aval(b).ndim == 2
    if parts[0] is not None or parts[1] is None or not plain:
        return None
    rows, columns = operand_aval(b).shape
    middle = np.broadcast_to(np.arange(columns), (rows, columns))
    gathered = parts[1].moved(middle, numbers_of(b))
    return gathered.moved(numbers_of(b), middle)


RULES.update(
    {
        "matmul": _matmul,
        "outer": _outer,
        "contraction": _einsum,
        "full_convolution": _convolution,
        "convolve_full": _convolution,
        "solve": _solve,
    }
)
