"""Large elementwise expressions, operation by operation, in as little memory as there can be.

New memory has to be found and filled before it is of use, and what has just been computed is nearer
than what has not. So an operation writes over what it reads, where that is read for the last time:
a part of the expression, or an array of the program of which it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Any

from ..operations.table.template import Literal, Template, flatten, is_node, render_code
from ..program.program import Aval
from ..program.shapes import broadcast_shapes
from ..records import dataclass

FUNCTIONS = {
    **{"add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative"},
    **{name: name for name in ("exp", "log", "sin", "cos", "tanh", "sqrt", "square", "cosh")},
    **{name: name for name in ("sinh", "log1p", "expm1", "tan", "exp2", "log2", "log10")},
}
"""What is one function of NumPy's, by the name of the entry."""

_IN_TURN = {"sech": ("cosh", "reciprocal"), "reciprocal": ("reciprocal",)}
"""What is several of them, one upon the other."""

_FRESH = frozenset({"sigmoid", "sech_squared", "where", "maximum", "minimum", "abs"})
"""Of the others those that give an array of their own."""

_MOST_OPERATIONS = 24

_LEAST, _MOST = 1e-290, 1e290
"""The inverse of a number between these has all digits."""


def buffered(
    template: Template,
    names: Sequence[str],
    avals: Sequence[Aval],
    target: str,
    shape: tuple[int, ...],
    free: int | None,
    namer: Callable[[str], str],
    alone: str,
    row: str | None = None,
    named: Callable[[float], str] | None = None,
    loose: bool = False,
) -> list[tuple[str, str]] | None:
    """Lines that compute an expression; `None` where one line does as well.

    Args:
        template: the expression, of double precision throughout.
        names: the source of its operands.
        avals: what they are.
        target: the name of the result.
        shape: its shape.
        free: the operand to whose memory may be written once it has been read.
        namer: gives names that nothing else has.
        alone: what stands for the source of a line that assigns nothing.
        row: the source of an array to which the result is written.
        named: gives a name for a number, as an array of no axes.
        loose: whether the last digit may come out as it likes.

    >>> t = Template.of((0, 1, "mul", 0, "sin", "add"))
    >>> avals = [Aval.of((9000,), "float64")] * 2
    >>> for line in buffered(t, ["x", "y"], avals, "z", (9000,), 0, lambda hint: hint, "-"):
    ...     print(*line)
    z x*y
    numpy.sin(x, x) -
    numpy.add(z, x, z) -
    """
    tree = template.tree
    writer = _Writer(names, avals, target, shape, free, namer, alone, row, named, loose)
    for token in template.code:
        if type(token) is int:
            writer.uses[token] = writer.uses.get(token, 0) + 1
    operations = writer.count(tree)
    least = 2 if free is None and row is None else 1
    if not least <= operations <= _MOST_OPERATIONS:
        return None
    if row is not None:
        writer.lines.append((target, row))
    text, _ = writer.write(tree, row is not None)
    if text != target:
        writer.lines.append((target if row is None else f"{target}[...]", text))
    left = [name for name in writer.made if name != target and name != text]
    if text != target and text in writer.made:
        left.append(text)
    if left:
        writer.lines.append((f"del {', '.join(left)}", alone))
    return writer.lines


@dataclass(slots=True)
class _Writer:
    names: Sequence[str]
    avals: Sequence[Aval]
    target: str
    shape: tuple[int, ...]
    free: int | None
    namer: Callable[[str], str]
    alone: str
    row: str | None = None
    named: Callable[[float], str] | None = None
    loose: bool = False
    uses: dict[int, int] = field(default_factory=dict)
    lines: list[tuple[str, str]] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    def shape_of(self, tree: Any) -> tuple[int, ...]:
        shapes = {self.avals[t].shape for t in flatten(tree) if type(t) is int}
        return broadcast_shapes(*shapes) if shapes else ()

    def is_whole(self, tree: Any) -> bool:
        return self.shape_of(tree) == self.shape

    def count(self, tree: Any) -> int:
        """How many operations on whole arrays there are."""
        if not is_node(tree) or not self.is_whole(tree):
            return 0
        return 1 + sum(map(self.count, tree[1:]))

    def write(self, tree: Any, to_row: bool = False) -> tuple[str, bool]:
        """The name of a part of the expression, and whether it may be written over."""
        if not is_node(tree) or not self.is_whole(tree):
            return self.read(tree)
        base = _squared(tree)
        if base is None and tree[0] not in FUNCTIONS and tree[0] not in _IN_TURN:
            return self.made_of(self.read(tree)[0]), tree[0] in _FRESH and self.is_float(tree)
        first, *then = ("square",) if base is not None else _IN_TURN.get(tree[0], (tree[0],))
        parts = [base] if base is not None else list(tree[1:])
        order = sorted(range(len(parts)), key=lambda k: -self.count(parts[k]))
        found: dict[int, tuple[str, bool]] = {}
        for k in order:  # what takes most memory first
            found[k] = self.write(parts[k])
        texts = [found[k][0] for k in range(len(parts))]
        own = [text for text, is_own in found.values() if is_own]
        if to_row or (self.row is not None and not own and self.target not in self.made):
            self.made.append(self.target)
            own.insert(0, self.target)
        out = own[0] if own else self.unused.pop() if self.unused else None
        self.unused += own[1:]
        if self.loose and first == "div" and self.shape_of(parts[1]) == ():
            out = self.divided(texts[0], texts[1], out)
        elif out is not None:
            function = FUNCTIONS.get(first, first)
            self.lines.append((f"numpy.{function}({', '.join([*texts, out])})", self.alone))
        else:
            code = (*range(len(parts)), first)
            source = f"{texts[0]}**2" if base is not None else self.rendered(code, texts)
            out = self.made_of(source)
        self.lines += [(f"numpy.{function}({out}, {out})", self.alone) for function in then]
        return out, True

    def divided(self, x: str, number: str, out: str | None) -> str:
        """The name of an array over a number: times its inverse, which takes a third of the time.

        The inverse of a number of ordinary size is one.
        """
        if not number.isidentifier():
            scale = self.namer(f"{self.target}_scale")
            self.lines.append((scale, number))
            number = scale
        if out is None:
            product, quotient = f"{x}*(1.0/{number})", f"{x}/{number}"
        else:
            product = f"numpy.multiply({x}, 1.0/{number}, {out})"
            quotient = f"numpy.divide({x}, {number}, {out})"
        source = f"{product} if {_LEAST} < {number} < {_MOST} else {quotient}"
        if out is None:
            return self.made_of(source)
        self.lines.append((source, self.alone))
        return out

    def made_of(self, source: str) -> str:
        """The name of a new array."""
        taken = self.row is not None or self.target in self.made
        name = self.namer(f"{self.target}_part") if taken else self.target
        self.made.append(name)
        self.lines.append((name, source))
        return name

    def is_float(self, tree: Any) -> bool:
        """Whether a part of the expression is of double precision, too."""
        code = flatten(tree)
        places = list(dict.fromkeys(t for t in code if type(t) is int))
        template = Template.of(tuple([places.index(t) if type(t) is int else t for t in code]))
        return template.infer([self.avals[k] for k in places]).dtype == "float64"

    def read(self, tree: Any) -> tuple[str, bool]:
        """An operand, or what is smaller than the whole, as it stands."""
        value = tree[1] if is_node(tree) and tree[0] == "neg" else tree
        if self.named is not None and isinstance(value, Literal) and value.kind in (int, float):
            return self.named(float(value.value) if value is tree else -float(value.value)), False
        code = flatten(tree)
        for token in code:
            if type(token) is int:
                self.uses[token] -= 1
        text = self.rendered(code, self.names)
        last = type(tree) is int and tree == self.free and not self.uses[tree]
        return (f"({text})" if is_node(tree) else text), last

    @staticmethod
    def rendered(code: Sequence[Any], names: Sequence[str]) -> str:
        return render_code(tuple(code), names.__getitem__, "numpy")[0]


def _squared(tree: Any) -> Any:
    """What is squared by a power."""
    if tree[0] == "pow" and isinstance(tree[2], Literal) and tree[2].value == 2:
        return tree[1]
    return None
