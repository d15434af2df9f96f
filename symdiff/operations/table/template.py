"""Elementwise templates: one scalar expression, applied to numbers or arrays.

A template is a postfix code over placeholders, exactly as the user wrote it: floats are never
re-associated. It is interned by structure, so that the ten-thousandth execution of a source
statement finds what the first one built, and nothing symbolic happens twice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ...program.interning import Interned, within_bounds
from ...program.program import Aval
from ...program.shapes import broadcast_shapes
from ..runtime import functions as runtime
from ..runtime.alone import without_scipy
from ..runtime.pristine import NAMES
from .entry import ADD, ATOM, LAMBDA, POW, TABLE, UNARY, ElementwiseEntry
from .samples import different, gives_floats, same, small


class _MinusZero(float):
    """The kind of `-0.0`, which compares equal to `0.0`."""


class Literal(NamedTuple):
    """A number the user wrote. `kind` keeps `1`, `1.0` and `0.0`, `-0.0` apart: they are equal."""

    kind: type
    value: Any

    @staticmethod
    def of(value: Any) -> Literal:
        if type(value) is float and value == 0.0 and math.copysign(1.0, value) < 0.0:
            return Literal(_MinusZero, value)
        return Literal(type(value), value)


Code = tuple[int | str | Literal, ...]
"""Postfix: an `int` is a placeholder, a `Literal` a number, a `str` an elementwise entry."""

Tree = Any
"""A postfix code as nested tuples: a placeholder `int`, a `Literal`, or `(name, *operands)`."""

LONGEST = 24
"""A derivative of more tokens than this is computed in several lines: the derivative of a long line
is longer still, and those of a high order would grow without bounds."""

_INTEGER = re.compile(r"-?\d+(?:\.0)?")
_MODULE_PREFIX = re.compile(r"\b(?:math|numpy|rt)\.")


def format_number(value: Any) -> str:
    """Source text that reads back as the same number, to the last bit."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "math.nan" if value != value else ("math.inf" if value > 0 else "-math.inf")
    for kind in (bool, int, float, complex):
        if isinstance(value, kind):
            return kind.__repr__(value)  # whatever a class of the user's makes of being printed
    raise AssertionError(f"a {type(value).__name__} is no number that source may hold")


_TYPED_BY_VALUE = {
    "larger": "maximum",
    "smaller": "minimum",
    "larger_along": "maximum_along",
    "smaller_along": "minimum_along",
}
"""`max(x, 2)` is an int or a float, as it comes; the program takes it for what holds both."""


class Template:
    """An elementwise `Operation`: a scalar expression over placeholders `0 .. arity-1`.

    >>> square = Template.of((0, Literal.of(2), "pow"))
    >>> square.describe(["x"]), square.evaluate(3.0)
    ('x**2', 9.0)
    """

    __slots__ = ("__dict__", "__weakref__", "arity", "code")
    _interned: Interned[Template] = Interned()

    def __init__(self, code: Code) -> None:
        self.code = code
        self.arity = 1 + max((t for t in code if type(t) is int), default=-1)
        self._avals: dict[tuple[Aval, ...], Aval] = {}
        self._formats: dict[str, Any] = {}
        self._python: dict[tuple[bool, ...], tuple[bool, ...]] = {}
        self.linearizations: dict[tuple[tuple[int, ...], ...], Any] = {}  # by `linearize`

    @classmethod
    def of(cls, code: Code) -> Template:
        return cls._interned.get(code, lambda: cls(code))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Template.of, (self.code,))

    def __repr__(self) -> str:
        return f"<{self.describe([f'p{k}' for k in range(self.arity)])}>"

    @property
    def name(self) -> str:
        last = self.code[-1]
        return last if isinstance(last, str) else "copy"

    # -- shapes and values

    def infer(self, avals: Sequence[Aval]) -> Aval:
        key = tuple(avals)
        known = self._avals.get(key)
        if known is None:
            within_bounds(self._avals)  # type: ignore[arg-type]
            known = self._avals[key] = self._infer(key)
        return known

    def _infer(self, avals: tuple[Aval, ...]) -> Aval:
        weak = (self.python(avals) or [a.weak for a in avals] or [True])[-1]
        if not _TYPED_BY_VALUE.keys().isdisjoint(self.code):
            code = [_TYPED_BY_VALUE.get(t, t) if type(t) is str else t for t in self.code]
            return Template.of(tuple(code)).infer(avals)
        dtype = "float64" if gives_floats(self.code, avals) else None
        tries = [same(avals), different(avals), different(avals, 40)] if dtype is None else []
        if self._makes_whole():  # of a small number: Python has larger ones than NumPy
            tries.insert(0, small(avals))
        for samples in tries:
            try:
                dtype = self._dtype(samples)
                break
            except (ArithmeticError, ValueError):  # Python numbers raise at a pole: look beside it
                continue
        if dtype is None:  # there is a pole everywhere, as in 1/(x - x)
            dtype = self._dtype([np.asarray(v)[()] for v in different(avals)])
        if dtype.startswith("complex") and not self._reads_complex(avals):
            # The samples left the real numbers, as Python's (-1.0)**1.5 does; a trace refuses to.
            dtype = {"complex64": "float32"}.get(dtype, "float64")
        shape = broadcast_shapes(*[a.shape for a in avals])
        return Aval.of(shape, dtype, weak and not shape)

    def _reads_complex(self, avals: tuple[Aval, ...]) -> bool:
        return any(a.dtype.startswith("complex") for a in avals) or any(
            isinstance(t, Literal) and isinstance(t.value, complex) for t in self.code
        )

    def _makes_whole(self) -> bool:
        """Whether it makes ints of Python's."""
        return any(type(t) is str and t.endswith("_int") for t in self.code)

    def _dtype(self, samples: Sequence[Any]) -> str:
        function = without_scipy(self._numpy_function, self.code)
        with np.errstate(all="ignore"):
            return np.asarray(function(*samples)).dtype.name

    def evaluate(self, *values: Any) -> Any:
        return self._numpy_function(*values)

    def python(self, avals: Sequence[Aval]) -> tuple[bool, ...]:
        """For each operation in the code, whether Python's own numbers are all it reads.

        >>> plain, array = Aval.of((), "float64", True), Aval.of((), "float64")
        >>> Template.of((0, 1, "mul", 2, "add")).python([plain, plain, array])
        (True, False)
        """
        key = tuple([a.weak for a in avals])
        known = self._python.get(key)
        if known is None:
            stack: list[bool] = []
            found: list[bool] = []
            for token in self.code:
                if not isinstance(token, str):
                    stack.append(key[token] if type(token) is int else True)
                    continue
                entry = TABLE.entries[token]
                assert isinstance(entry, ElementwiseEntry)
                own = entry.dtype == "int" or all(stack[len(stack) - entry.arity :])
                stack[len(stack) - entry.arity :] = [own]
                found.append(own)
            known = self._python[key] = tuple(found)
        return known

    def written_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        """The shape of what is computed, in which some operations are one number for any operand.

        >>> Template.of((0, "vanishing")).written_shape([(3,)])
        ()
        """
        stack: list[tuple[int, ...]] = []
        for token in self.code:
            if not isinstance(token, str):
                stack.append(shapes[token] if type(token) is int else ())
                continue
            entry = TABLE.entries[token]
            assert isinstance(entry, ElementwiseEntry)
            first = len(stack) - entry.arity
            own = () if token in _CONSTANT else broadcast_shapes(*stack[first:])
            stack[first:] = [own]
        return stack[-1]

    @cached_property
    def tree(self) -> Tree:
        """Its code as nested tuples."""
        return tree_of(self.code)

    @cached_property
    def _numpy_function(self) -> Any:
        names = [f"a{k}" for k in range(self.arity)]
        source = f"lambda {', '.join(names)}: {self.render(names, 'numpy')}"
        return eval(source, {**NAMES, "rt": runtime})

    @cached_property
    def pieces(self) -> tuple[tuple[Template, tuple[int, ...]], ...]:
        """A long expression as several short ones: each a template and what it reads.

        Places number the operands first and then the pieces, in order. What a choice guards is not
        taken out of it.

        >>> long = Template.of((0, *[t for _ in range(40) for t in (1, "mul")]))
        >>> max(len(template.code) for template, _ in long.pieces) < len(long.code)
        True
        """
        if len(self.code) <= LONGEST:
            return ((self, tuple(range(self.arity))),)
        made: list[tuple[Template, tuple[int, ...]]] = []

        def cut(tokens: list[Any]) -> list[Any]:
            places = list(dict.fromkeys(t for t in tokens if type(t) is int))
            code = tuple([places.index(t) if type(t) is int else t for t in tokens])
            made.append((Template.of(code), tuple(places)))
            return [self.arity + len(made) - 1]

        # Each value on the stack begins at a token; what lies in an arm of a choice is not cut.
        guarded = in_arms(self.code)
        stack: list[tuple[list[Any], bool]] = []
        for token, inside in zip(self.code, guarded, strict=True):
            if not isinstance(token, str):
                stack.append(([token], inside))
                continue
            entry = TABLE.entries[token]
            assert isinstance(entry, ElementwiseEntry)
            first = len(stack) - entry.arity
            while sum(len(part) for part, _ in stack[first:]) >= LONGEST // 2:
                free = [k for k in range(first, len(stack)) if _is_free(*stack[k])]
                k = max(free, key=lambda k: len(stack[k][0]), default=None)
                if k is None or len(stack[k][0]) < 3:
                    break
                stack[k] = (cut(stack[k][0]), False)
            stack[first:] = [([*[t for part, _ in stack[first:] for t in part], token], inside)]
        ((left, _),) = stack
        cut(left)
        return tuple(made)

    # -- text

    def render(self, operands: Sequence[str], target: str) -> str:
        """Source text of the value for a target.

        `target` is `"math"` (Python numbers), `"numpy"`, or `"text"`, which people read.
        """
        form = self._formats.get(target)
        if form is None:
            form = self._formats[target] = self._format(target)
        return form[0] % tuple([operands[k] for k in form[1]])

    def _format(self, target: str) -> tuple[str, tuple[int, ...]]:
        text, _ = render_code(self.code, lambda k: f"\0{k}\0", target)
        pieces = text.split("\0")
        text = "%s".join(p.replace("%", "%%") for p in pieces[::2])
        return text, tuple(int(k) for k in pieces[1::2])

    def describe(self, operands: Sequence[str]) -> str:
        return _MODULE_PREFIX.sub("", self.render(operands, "text"))


_HARMLESS = frozenset(
    {"add", "sub", "mul", "neg", "pos", "where", "isfinite", "vanishing"}
    | {"eq", "ne", "lt", "le", "gt", "ge"}
)
"""What may be computed of any numbers, in vain: it raises for none."""

_CONSTANT = ("vanishing", "cusp", "tip_half")
"""What is written as one number, whatever the shape of its operand: no line of its own."""


def _is_free(tokens: Sequence[Any], inside: bool) -> bool:
    """Whether a part of an expression may be computed beforehand."""
    if tokens[-1] in _CONSTANT:
        return False
    return not inside or all(t in _HARMLESS for t in tokens if isinstance(t, str))


def in_arms(code: Code) -> list[bool]:
    """For each token, whether its value is computed in an arm of a choice."""
    inside = [False] * len(code)
    starts: list[int] = []
    for k, token in enumerate(code):
        if not isinstance(token, str):
            starts.append(k)
            continue
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        own = starts[len(starts) - entry.arity :]
        del starts[len(starts) - entry.arity :]
        if token == "where":
            inside[own[1] : k] = [True] * (k - own[1])
        starts.append(own[0])
    return inside


def render_code(code: Code, placeholder: Any, target: str) -> tuple[str, int]:
    """Source text and precedence of a postfix code; `placeholder(k)` names operand `k`."""
    stack: list[tuple[str, int]] = []
    for token in code:
        if type(token) is int:
            stack.append((placeholder(token), ATOM))
        elif isinstance(token, Literal):
            text = format_number(token.value)
            stack.append((text, UNARY if text.startswith("-") else ATOM))
        else:
            entry = TABLE.entries[token]  # type: ignore[index]
            assert isinstance(entry, ElementwiseEntry)
            operands = stack[len(stack) - entry.arity :]
            del stack[len(stack) - entry.arity :]
            stack.append(_apply(entry, operands, target))
    return stack[-1]


def render_operation(entry: ElementwiseEntry, operands: Sequence[str], target: str) -> str:
    """Source text of one operation; the texts of its operands are in parentheses already."""
    return _apply(entry, [(text, ATOM) for text in operands], target)[0]


def _apply(
    entry: ElementwiseEntry, operands: list[tuple[str, int]], target: str
) -> tuple[str, int]:
    form = entry.numpy if target == "numpy" else entry.math
    power = entry.precedence == POW and entry.arity == 2
    if power and target == "math" and not _INTEGER.fullmatch(operands[1][0]):
        # Python leaves the reals for a negative base; the helper raises instead.
        return f"rt.power({operands[0][0]}, {operands[1][0]})", ATOM
    if entry.precedence == ATOM:
        return form.format(*[text for text, _ in operands]), ATOM
    texts = []
    for k, (text, precedence) in enumerate(operands):
        # Arithmetic associates to the left, powers to the right; comparisons chain and choices
        # do not nest on the left, so those take parentheses on both sides.
        tight = entry.precedence
        if tight == POW:
            needs = precedence <= tight if k == 0 else precedence < UNARY
        elif k == 0 and tight >= ADD:
            needs = precedence < tight
        else:
            needs = precedence <= tight
        texts.append(f"({text})" if needs or precedence == LAMBDA else text)
    return form.format(*texts), entry.precedence


def compose(terms: Sequence[tuple[Template, tuple[int, ...]]]) -> Template:
    """The sum of several templates, each over its own choice of placeholders, as one template.

    A product that begins with a minus sign is subtracted, which is the same to the last bit.

    >>> t = Template.of((0, Literal.of(2), "mul"))
    >>> compose([(t, (0,)), (t, (1,))]).describe(["x", "y"])
    'x*2 + y*2'
    """
    code: list[Any] = []
    for n, (template, places) in enumerate(terms):
        term: Code = template.code
        opposite = _without_minus(term) if n else None
        code.extend(places[t] if type(t) is int else t for t in opposite or term)
        if n:
            code.append("sub" if opposite else "add")
    return Template.of(tuple(code))


def _without_minus(code: Code) -> Code | None:
    """The code of `y*z` for `-y*z`; `None` for anything but such a product."""
    if len(code) < 2 or code[1] != "neg":
        return None
    leading = [True]  # of each value on the stack, whether the first one is a factor of it
    for token in code[2:]:
        if not isinstance(token, str):
            leading.append(False)
            continue
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        operands = leading[len(leading) - entry.arity :]
        del leading[len(leading) - entry.arity :]
        if operands[0] and token not in ("mul", "div"):
            return None
        leading.append(operands[0])
    return (code[0], *code[2:]) if leading == [True] else None


def tree_of(code: Code) -> Tree:
    """The tree of a postfix code.

    >>> tree_of((0, 1, "mul", 2, "add"))
    ('add', ('mul', 0, 1), 2)
    """
    stack: list[Any] = []
    for token in code:
        if not isinstance(token, str):
            stack.append(token)
            continue
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        operands = stack[len(stack) - entry.arity :]
        del stack[len(stack) - entry.arity :]
        stack.append((token, *operands))
    return stack[-1]


def is_node(tree: Tree) -> bool:
    """Whether a tree is an operation of the table, and not a placeholder or a number."""
    return type(tree) is tuple


def flatten(tree: Tree) -> Code:
    """Postfix code of a tree."""
    code: list[Any] = []

    def walk(node: Tree) -> None:
        if type(node) is tuple:
            for child in node[1:]:
                if type(child) is tuple:
                    walk(child)
                else:
                    code.append(child)
            code.append(node[0])
        else:
            code.append(node)

    walk(tree)
    return tuple(code)


COPY = Template.of((0,))
