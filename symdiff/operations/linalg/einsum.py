"""`einsum`, in all its spellings: of the entry with every axis named once an operand."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import lowered
from ..table.signatures import refuse
from .products import result_dtype


def _sizes(terms: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
    return {
        c: n
        for term, shape in zip(terms, shapes, strict=True)
        for c, n in zip(term, shape, strict=True)
    }


def _infer(*avals: Aval, subscripts: str) -> Aval:
    inputs, _, output = subscripts.partition("->")
    sizes = _sizes(inputs.split(","), [a.shape for a in avals])
    return Aval.of(tuple(sizes[c] for c in output), result_dtype(*avals))


def _pullback(ops: Ops, ct: Any, result: Any, *operands: Any, subscripts: str) -> list[Any]:
    inputs, _, output = subscripts.partition("->")
    terms = inputs.split(",")
    sizes = _sizes(terms, [ops.aval(o).shape for o in operands])
    cotangents = []
    for k, term in enumerate(terms):
        others = [o for j, o in enumerate(operands) if j != k]
        reads = [output, *[t for j, t in enumerate(terms) if j != k]]
        # An index of this operand that nothing else has was summed: its cotangent is spread.
        lonely = "".join(c for c in term if not any(c in read for read in reads))
        extra = [np.ones([sizes[c] for c in lonely], ops.aval(ct).dtype)] if lonely else []
        inverse = ",".join([*reads, *([lonely] if lonely else [])]) + "->" + term
        cotangents.append(ops.contraction(ct, *others, *extra, subscripts=inverse))
    return cotangents


def _value(*operands: Any, subscripts: str) -> Any:
    return np.einsum(subscripts, *operands, optimize=len(operands) > 2)


TABLE.add(
    StructuralEntry(
        name="contraction",
        numpy=_value,
        infer=_infer,
        pullback=_pullback,
        linear="each",
        emit=lambda o, p: (
            f"numpy.einsum({p['subscripts']!r}, {', '.join(o)}"
            f"{', optimize=True' if len(o) > 2 else ''})"
        ),
        describe=lambda o, p: f"einsum({p['subscripts']!r}, {', '.join(o)})",
        alias=True,  # NumPy gives a view where nothing is summed
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)), rng.normal(size=(3, 4))), {"subscripts": "ij,jk->ik"}),
            ((rng.normal(size=(2, 3)),), {"subscripts": "ij->i"}),
            ((rng.normal(size=(2, 3)),), {"subscripts": "ij->ji"}),
            (
                (rng.normal(size=2), rng.normal(size=3), rng.normal(size=(2, 3))),
                {"subscripts": "i,j,ij->"},
            ),
        ],
    )
)


def _spelled(args: Sequence[Any]) -> tuple[str, list[Any]]:
    """Subscripts and operands, also where the axes are lists: `einsum(a, [0, 1], b, [1, 2])`."""
    if isinstance(args[0], str):
        return args[0].replace(" ", ""), list(args[1:])
    letters = string.ascii_letters
    operands = list(args[0 : len(args) // 2 * 2 : 2])
    lists = [*args[1::2], *([args[-1]] if len(args) % 2 else [])]

    def term(axes: Any) -> str:
        return "".join("..." if a is Ellipsis else letters[a] for a in axes)

    terms = ",".join(term(a) for a in lists[: len(operands)])
    return (f"{terms}->{term(args[-1])}" if len(args) % 2 else terms), operands


def _named(terms: list[str], ranks: Sequence[int], output: str | None) -> tuple[list[str], str]:
    """Letters in the place of `...`, and the output that is meant where none is given."""
    free = [c for c in string.ascii_letters if not any(c in t for t in [*terms, output or ""])]
    extra = [n - len(t.replace("...", "")) for t, n in zip(terms, ranks, strict=True)]
    most = max([n for t, n in zip(terms, extra, strict=True) if "..." in t], default=0)
    dots = "".join(free[:most])
    whole = [
        t.replace("...", dots[most - n :] if n else "") for t, n in zip(terms, extra, strict=True)
    ]
    if output is None:
        letters = "".join(t.replace("...", "") for t in terms)
        output = "..." if dots else ""
        output += "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return whole, output.replace("...", dots)


def _diagonal(ops: Ops, x: Any, term: str) -> tuple[Any, str]:
    """Axes of one name become one axis."""
    for c in dict.fromkeys(term):
        while term.count(c) > 1:
            first = term.index(c)
            second = term.index(c, first + 1)
            n = np.arange(ops.aval(x).shape[first])
            x = ops.moveaxis(x, (first, second), (0, 1))
            x = ops.getitem(x, n, n, index=(("array", 0), ("array", 1)))
            term = c + "".join(t for k, t in enumerate(term) if k not in (first, second))
    return x, term


def _einsum(ops: Ops, *args: Any, **more: Any) -> Any:
    for harmless in ("optimize", "order", "casting"):
        more.pop(harmless, None)
    refuse("einsum", more)
    subscripts, operands = _spelled(args)
    inputs, arrow, given = subscripts.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        raise ValueError("fewer or more operands provided to einstein sum function than specified")
    ranks = [ops.aval(o).ndim for o in operands]
    terms, output = _named(terms, ranks, given if arrow else None)
    for term, rank in zip(terms, ranks, strict=True):
        if len(term) != rank:
            raise ValueError(f"einsum: {term!r} does not name the axes of an array of {rank} axes")
    pairs = [_diagonal(ops, o, t) for o, t in zip(operands, terms, strict=True)]
    # An axis of length one is spread over a longer one of the same name.
    sizes: dict[str, int] = {}
    for x, term in pairs:
        for c, n in zip(term, ops.aval(x).shape, strict=True):
            if 1 not in (n, sizes.get(c, 1)) and n != sizes[c]:
                raise ValueError(f"einsum: the axes named {c!r} have lengths {n} and {sizes[c]}")
            sizes[c] = max(n, sizes.get(c, 1)) if n != 0 else 0
    reads, names = [], []
    for x, term in pairs:
        shape = ops.aval(x).shape
        drop = [k for k, c in enumerate(term) if shape[k] == 1 != sizes[c]]
        reads.append(ops.squeeze(x, tuple(drop)) if drop else x)
        names.append("".join(c for k, c in enumerate(term) if k not in drop))
    return ops.contraction(*reads, subscripts=f"{','.join(names)}->{output}")


lowered(
    "einsum",
    _einsum,
    ("numpy.einsum", "torch.einsum", "jax.numpy.einsum"),
    lambda rng: [
        (("ij,jk->ik", rng.normal(size=(2, 3)), rng.normal(size=(3, 4))), {}),
        (("ij,jk", rng.normal(size=(2, 3)), rng.normal(size=(3, 4))), {"optimize": True}),
        (("...ij,...jk->...ik", rng.normal(size=(2, 2, 3)), rng.normal(size=(3, 4))), {}),
        (("i...,i->...", rng.normal(size=(2, 3, 2)), rng.normal(size=2)), {}),
        (("...i,...i", rng.normal(size=(2, 3)), rng.normal(size=(1, 3))), {}),
        (("ii", rng.normal(size=(3, 3))), {}),
        (("ii->i", rng.normal(size=(3, 3))), {}),
        (("iji,j->i", rng.normal(size=(3, 2, 3)), rng.normal(size=2)), {}),
        (("ba", rng.normal(size=(2, 3))), {}),
        (("i,j->", rng.normal(size=2), rng.normal(size=3)), {}),
        (("ij,ij->i", rng.normal(size=(2, 3)), rng.normal(size=(1, 3))), {}),
        ((rng.normal(size=(2, 3)), (0, 1), rng.normal(size=(3, 2)), (1, 2), (0, 2)), {}),
    ],
    "operands",
    free=("args", "more"),
)
