"""Arithmetic of Python's own numbers, written as CPython runs it fastest, to the same last bit.

CPython has instructions for arithmetic and comparisons of two floats; a whole number beside a float
takes a slow way. A function by a name of its own is found sooner than one within a module.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from ..operations.runtime import functions as runtime
from ..operations.runtime.pristine import MATH
from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Literal, Template, in_arms
from ..program.program import Statement, Var

_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "floordiv", "mod"})
_BESIDE = _ARITHMETIC | {"lt", "le", "gt", "ge", "eq", "ne"}
"""What does the same with a float and a whole number as with two floats."""

_EXACT = 2**53
"""Whole numbers up to this are floats, too."""

_OF_MODULE = re.compile(r"\b(math|rt)\.([a-z]\w*)")
_MODULES = {"math": MATH, "rt": runtime}

_made: WeakKeyDictionary[Template, dict[tuple[bool, ...], Template]] = WeakKeyDictionary()


def in_floats(template: Template, floats: Sequence[bool]) -> Template:
    """The same expression, in which whole numbers that are beside a float are written as floats.

    Args:
        template: an expression of Python's numbers.
        floats: for each operand, whether it is a float of Python's for certain.

    >>> twice = Template.of((Literal.of(2), 0, "mul"))
    >>> in_floats(twice, [True]).describe(["x"]), in_floats(twice, [False]).describe(["k"])
    ('2.0*x', '2*k')
    """
    if not any(isinstance(t, Literal) and t.kind is int for t in template.code):
        return template
    key = tuple(floats)
    known = _made.setdefault(template, {})
    if key not in known:
        known[key] = _in_floats(template, key)
    return known[key]


def _in_floats(template: Template, floats: Sequence[bool]) -> Template:
    code: list[Any] = list(template.code)
    stack: list[tuple[int, bool]] = []  # of each value: where it ends, and whether it is a float
    for at, token in enumerate(code):
        if not isinstance(token, str):
            own = floats[token] if type(token) is int else token.kind is float
            stack.append((at, own))
            continue
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        first = len(stack) - entry.arity
        ends = tuple([end for end, _ in stack[first:]])
        kinds = [kind for _, kind in stack[first:]]
        beside: tuple[int, ...] = ()
        if token in _BESIDE and any(kinds):
            beside = ends
        elif token == "pow" and kinds[0]:
            beside = ends[1:]
        for end in beside:
            code[end] = _as_float(code[end])
        end = ends[0] if token in ("neg", "pos") else at  # of a whole number it is one, too
        stack[first:] = [(end, _is_float(entry, kinds))]
    return Template.of(tuple(code))


def _as_float(token: Any) -> Any:
    whole = isinstance(token, Literal) and token.kind is int and abs(token.value) <= _EXACT
    return Literal.of(float(token.value)) if whole else token


def _is_float(entry: ElementwiseEntry, kinds: Sequence[bool]) -> bool:
    """Whether an operation gives a float of Python's for certain."""
    if entry.name in _ARITHMETIC or entry.name == "pow":
        return any(kinds) or entry.name == "div"
    if entry.name == "where":
        return all(kinds[1:])
    if entry.name in ("neg", "pos", "abs"):
        return kinds[0]
    return entry.dtype == "numpy" and entry.math.startswith("math.")


def operands_once(template: Template, statement: Statement) -> list[Var]:
    """The variables that an expression reads once, whatever it decides.

    >>> from symdiff.program.program import FLOAT
    >>> x, y = Var("x", FLOAT), Var("y", FLOAT)
    >>> line = Statement(None, Template.of((0, 1, Literal.of(0.0), "where")), (x, y))
    >>> [v.name for v in operands_once(line.operation, line)]
    ['x']
    """
    operands, code = statement.operands, template.code
    if any(_decides(token) for token in code if isinstance(token, str) and token != "where"):
        return []
    inside = in_arms(code)
    read = [operands[t] for t, arm in zip(code, inside, strict=True) if type(t) is int and not arm]
    times = Counter(operands[t] for t in code if type(t) is int)
    return [o for o in read if type(o) is Var and times[o] == 1]


def _decides(token: str) -> bool:
    entry = TABLE.entries[token]
    assert isinstance(entry, ElementwiseEntry)
    return " if " in entry.math or " or " in entry.math


def with_own_names(source: str, object: Callable[[Any, str], str]) -> str:
    """Source that calls functions of `math` by names of their own, which `object` gives them."""

    def name(match: re.Match[str]) -> str:
        module, attribute = match.groups()
        return object(getattr(_MODULES[module], attribute), attribute)

    return _OF_MODULE.sub(name, source)
