"""One entry of the table of primitives: everything symdiff knows about one operation.

Two sorts share the table. An *elementwise* entry is a scalar function that arrays apply element by
element; its derivative is written in SymPy terms. A *structural* entry moves, adds up or solves
whole arrays; its derivative is a pullback written with other entries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ...records import dataclass

if TYPE_CHECKING:
    from ...program.program import Aval

# Precedence of what an elementwise entry prints, Python's own order.
LAMBDA, TERNARY, NOT, COMPARE, BITOR, ADD, MUL, UNARY, POW, ATOM = range(10)


KEYWORDS: dict[str, Any] = {
    "where": True,
    "initial": np._NoValue,
    "dtype": None,
    "order": "C",
    "copy": None,
}
"""Keywords that are rare enough to be a rule of their own, with their defaults."""


@dataclass(frozen=True, slots=True)
class Kink:
    """A point where a function has no derivative, and what symdiff says it is there.

    `at` are the operands, `partials` what each partial is taken to be at that point.
    """

    at: tuple[float, ...]
    partials: tuple[float, ...]
    note: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class ElementwiseEntry:
    """A scalar function, applied to arrays element by element with broadcasting.

    Attributes:
        name: the name in the table, also the name of its SymPy node.
        names: what calls it: `"math.tanh"`, `"numpy.tanh"`, `".tanh"` for the method.
        arity: the number of operands.
        math: Python source for Python numbers, operands as `{0}`, `{1}`; must raise
            `ArithmeticError` or `ValueError` where NumPy would give `inf` or `nan`.
        numpy: Python source for arrays; must broadcast.
        precedence: of the printed source, for parentheses.
        sympy: the name of SymPy's own function, for people; also for calculus without `partials`.
        partials: `partials(m, *operands)` gives one SymPy expression an operand; `m.sin(x)` is the
            node of any entry of the table. `None` when SymPy's own derivative is used.
        dtype: `"numpy"` for what NumPy infers, `"bool"` for a predicate, `"int"` for a whole number
            of Python's own, whatever number it is given.
        domain: for each operand the open interval that tests draw from.
        kinks: where it has no derivative, and the policy there.
        refuses: operands without a derivative rule, and the reason why.
        source: where a formula comes from (DLMF number, paper).
    """

    name: str
    names: tuple[str, ...] = ()
    arity: int = 1
    math: str
    numpy: str
    precedence: int = ATOM
    sympy: str | None = None
    partials: Callable[..., tuple[Any, ...]] | None = None
    dtype: str = "numpy"
    domain: tuple[tuple[float, float], ...] = ((-2.0, 2.0),)
    kinks: tuple[Kink, ...] = ()
    refuses: Mapping[int, str] = field(default_factory=dict)
    source: str = ""

    @property
    def differentiable(self) -> bool:
        return self.dtype != "bool"

    def __repr__(self) -> str:
        return f"<elementwise {self.name}>"


class Ops(Protocol):
    """What a rule may do with values it cannot see: apply any entry of the table by its name.

    The same rule runs over tracers (while a function is traced) and over program variables (while
    a program is differentiated). `ops.sum(x, axis=0)` is `ops.apply("sum", x, axis=0)`.
    """

    def apply(self, name: str, /, *operands: Any, **params: Any) -> Any: ...

    def aval(self, operand: Any) -> Aval: ...

    def known(self, value: Any) -> Any:
        """A value as the plain number, array or list it is; guarded while tracing."""

    def __getattr__(self, name: str) -> Callable[..., Any]: ...


@dataclass(frozen=True, eq=False, kw_only=True)
class StructuralEntry:
    """An operation on whole arrays.

    Attributes:
        name: the name in the table.
        names: what calls it, as in `ElementwiseEntry`.
        numpy: `numpy(*operands, **params)`, the value. Also what the compiled function calls
            unless `emit` says how to print it.
        infer: `infer(*avals, **params)`, the `Aval` of the result.
        pullback: `pullback(ops, ct, result, *operands, **params)` gives one cotangent an operand
            (`None` for one that has none). `ct` has the shape of the result.
        pushforward: `pushforward(ops, tangents, result, *operands, **params)` gives the tangent of
            the result; a tangent is `None` where an operand is not active.
        linear: `"joint"` when linear in all operands together (concatenate, reshape), `"each"`
            when linear in each one alone (matmul): then `pushforward` need not be given.
        signature: `signature(*args, **kwargs)` turns a call as NumPy spells it into
            `(operands, params)`; params must be hashable. `None` when all arguments are operands.
        keywords: `keywords(ops, *args, **kwargs)`, the same for a call with one of the keywords in
            `KEYWORDS`, in terms of other entries.
        lower: instead of all of the above, `lower(ops, *args, **kwargs)` says what it is in terms
            of other entries.
        traced: instead of all of the above, `traced(recorder, *args, **kwargs)` records a call: for
            a function of the user's.
        emit: `emit(operand_strings, params)`, Python source for the value; `None` calls `numpy`.
        inline: `inline(operand_strings, params, avals)`, Python source where what is known of the
            operands allows for something shorter than `emit`; `None` where it does not.
        prepare: `prepare(**params)`, the function of the operands alone that compiled code calls
            where `emit` is not given: what the parameters decide is then decided once.
        describe: `describe(operand_strings, params)`, how people read it.
        exact: `exact(ops, *operands, **params)`, a more accurate value than `numpy` gives, at which
            derivatives are taken; `None` where the value is as accurate.
        alias: the result may share memory with the first operand.
        elementwise: an element of the result depends only on the elements of the operands at its
            place, with broadcasting.
        samples: `samples(rng)` gives `(args, kwargs)` calls for the generated tests.
    """

    name: str
    names: tuple[str, ...] = ()
    numpy: Callable[..., Any] | None = None
    infer: Callable[..., Aval] | None = None
    pullback: Callable[..., Sequence[Any]] | None = None
    pushforward: Callable[..., Any] | None = None
    linear: str = ""
    signature: Callable[..., tuple[Sequence[Any], dict[str, Any]]] | None = None
    keywords: Callable[..., Any] | None = None
    lower: Callable[..., Any] | None = None
    traced: Callable[..., Any] | None = None
    emit: Callable[[Sequence[str], dict[str, Any]], str] | None = None
    inline: Callable[[Sequence[str], dict[str, Any], Sequence[Aval]], str | None] | None = None
    prepare: Callable[..., Callable[..., Any]] | None = None
    describe: Callable[[Sequence[str], dict[str, Any]], str] | None = None
    exact: Callable[..., Any] | None = None
    alias: bool = False
    elementwise: bool = False
    samples: Callable[[Any], list[tuple[tuple[Any, ...], dict[str, Any]]]] | None = None
    kinks: tuple[Kink, ...] = ()
    source: str = ""

    def rule_for(self, kwargs: dict[str, Any]) -> Callable[..., Any] | None:
        """`lower` or `keywords`, where a call is a matter of other entries."""
        if self.lower is None and self.keywords is not None:
            special = any(kwargs.get(k, default) is not default for k, default in KEYWORDS.items())
            return self.keywords if special else None
        return self.lower

    def __repr__(self) -> str:
        return f"<structural {self.name}>"


def handed_on(
    name: str,
    pullback: Callable[..., Sequence[Any]],
    pushforward: Callable[..., Any],
    source: str = "",
) -> StructuralEntry:
    """An entry whose value is its first operand, computed already: its derivatives read the others.

    >>> entry = handed_on("again", lambda *args: (), lambda *args: None)
    >>> entry.numpy(2.0, 3.0), entry.describe(("a", "b"), {})
    (array(2.), 'a')
    """
    return StructuralEntry(
        name=name,
        numpy=lambda value, *others, **params: np.array(value),
        infer=lambda value, *others, **params: value,
        pullback=pullback,
        pushforward=pushforward,
        emit=lambda o, p: o[0],
        describe=lambda o, p: o[0],
        source=source,
    )


Entry = ElementwiseEntry | StructuralEntry


@dataclass(slots=True)
class Table:
    """All entries by name, and by every name that calls them."""

    entries: dict[str, Entry] = field(default_factory=dict)
    by_call: dict[str, Entry] = field(default_factory=dict)

    def add(self, entry: Entry) -> Entry:
        if entry.name in self.entries:
            raise ValueError(f"two entries are called {entry.name}")
        self.entries[entry.name] = entry
        for name in entry.names:
            if name in self.by_call:
                raise ValueError(f"{name} calls both {self.by_call[name].name} and {entry.name}")
            self.by_call[name] = entry
        return entry

    def elementwise(self) -> list[ElementwiseEntry]:
        return [e for e in self.entries.values() if isinstance(e, ElementwiseEntry)]

    def structural(self) -> list[StructuralEntry]:
        return [e for e in self.entries.values() if isinstance(e, StructuralEntry)]


TABLE = Table()
