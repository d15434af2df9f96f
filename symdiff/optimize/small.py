"""Small arrays as numbers, where that takes less time: a call of NumPy costs as much as forty sums.

Both forms of a program are estimated, and the faster one is compiled. Numbers of Python's raise
where NumPy has infinities and NaN; then, as for all numbers, the careful form answers, which knows
nothing of this. Products of vectors and functions may differ from NumPy's in the last digits: what
may be seen (`seen.py`) stays what NumPy computes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from ..operations.statements.known import without_gaps
from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template, flatten, is_node
from ..program.interning import LATEST
from ..program.outside import Check, Read
from ..program.program import Guard, Keep, Operand, Program, Statement, Var, operand_aval
from .dead_code import without_unread
from .elementwise import EXACT
from .joining import with_lines_joined
from .parts import with_parts_outside
from .scalars import Sweep
from .seen import seen_in
from .sums import has_free_length
from .value_numbering import number_values

MOST = 32
"""Larger arrays stay arrays."""

_MOST_MADE = 128
"""What is put together of numbers, such as a small matrix, may be larger."""

_MOST_AXES = 8
"""NumPy puts together no shapes of many more."""

_MOST_OPERATIONS = 1500
"""More operations on numbers are not worth compiling."""

_GAIN = 0.9
"""Numbers are to take so much of the time of arrays at most."""

_KNOWN = frozenset({Template, Structural, Guard, Keep, Read, Check})


def with_numbers(program: Program, own: Collection[Operand] = ()) -> Program:
    """The program, in which small arrays are numbers if that is faster; else itself.

    Args:
        program: what is to be compiled.
        own: the outputs that are to be what NumPy gives, to the last bit.

    >>> from symdiff.operations.statements.builder import Builder
    >>> from symdiff.program.program import Aval
    >>> ops, x = Builder(), Var("x", Aval.of((3,), "float64"))
    >>> y = ops.mul(ops.sub(x, 1.0), x)
    >>> program = with_numbers(Program("f", (x,), ops.statements, (y,)))
    >>> for line in program.statements[3:]:
    ...     print(line)
    t_0 = (x_0 - 1.0)*x_0
    t_1 = (x_1 - 1.0)*x_1
    t_2 = (x_2 - 1.0)*x_2
    t = array([t_0, t_1, t_2])
    """
    if not _is_open(program):
        return program
    sweep = _Numbers(_laid_out(program, seen_in(program, own)))
    for statement in program.statements:
        sweep.step(statement)
        if len(sweep.statements) > _MOST_OPERATIONS:
            return program
    outputs = tuple([sweep.whole(o) for o in program.outputs])
    made = Program(program.name, program.inputs, sweep.statements, outputs, program.extra)
    made = with_parts_outside(number_values(without_unread(made, program)), number_values)
    return with_lines_joined(made) if cost(made) < _GAIN * cost(program) else program


def _is_open(program: Program) -> bool:
    """Whether there are small arrays, operations on them, and nothing but what is known here."""
    operations = 0
    for statement in program.statements:
        operation, target = statement.operation, statement.target
        if type(operation) not in _KNOWN or has_free_length(statement):
            return False
        if target is None or type(operation) is Read:
            continue
        if target.aval.dtype not in ("float64", "bool", "int64"):
            return False
        if target.aval.shape and target.aval.size <= MOST and target.aval.dtype == "float64":
            operations += target.aval.size
    avals = [v.aval for v in program.inputs]
    return 0 < operations <= _MOST_OPERATIONS and all(a.dtype == "float64" for a in avals)


def _laid_out(program: Program, seen: Collection[Var]) -> set[Var | None]:
    """What has to stay what it is: that may be seen, and its last digits depend on NumPy.

    How NumPy adds up depends on how arrays lie in memory, and so on what they are made of.
    """
    found: set[Var | None] = set()
    for statement in reversed(program.statements):
        operation, target = statement.operation, statement.target
        kept = target in found
        if target is None:
            continue
        if target in seen and type(operation) is Template:
            kept = kept or (bool(target.aval.shape) and not _is_exact(operation))
        elif target in seen and operation.name in _ROUNDED:
            row = operation.name == "sum" and operand_aval(statement.operands[0]).ndim == 1
            kept = kept or not row
        if kept:
            found.add(target)
            found.update([o for o in statement.operands if type(o) is Var and o.aval.shape])
    return found


class _Numbers(Sweep):
    """The statements over numbers, but for what has no form for them."""

    skips_zeros = False

    def __init__(self, laid_out: Collection[Var | None]) -> None:
        super().__init__(MOST)
        self.laid_out = laid_out
        self.narrow: set[Var] = set()  # arrays that are written as one number

    def elements(self, operand: Operand, most: int | None = None) -> Any:
        aval = operand_aval(operand)
        if aval.shape and type(operand) is Var and aval.dtype == "int64":
            return None  # NumPy's whole numbers wrap around
        if aval.ndim > _MOST_AXES or (type(operand) is Var and operand in self.narrow):
            return None
        return super().elements(operand, most)

    def step(self, statement: Statement) -> bool:
        operation, target = statement.operation, statement.target
        if type(operation) is Keep:
            operand = statement.operands[0]
            if type(operand) is not Var or not operand.aval.shape:  # arrays raise nothing
                self._keep(statement, statement.operands)
            return True
        if target in self.laid_out:
            self._keep(statement, tuple([self.whole(o) for o in statement.operands]))
            return True
        if type(operation) is Structural and target is not None:
            most = _MOST_MADE if operation.name in _PUT_TOGETHER else MOST
            aval = target.aval
            if aval.size > most or aval.dtype != "float64" or aval.ndim > _MOST_AXES:
                self._keep(statement, tuple([self.whole(o) for o in statement.operands]))
                return True
        return super().step(statement)

    def elementwise(
        self, template: Template, operands: tuple[Operand, ...], hint: str | None = None
    ) -> Operand:
        """An expression of elements; squares are products, as NumPy computes them."""
        squared = _without_powers(template)
        if squared is None:
            return super().elementwise(template, operands, hint)
        inner, outer = squared
        for part in inner:
            read, own = without_gaps(part, operands)
            operands = (*operands, super().elementwise(read, tuple(own), "part"))
        read, own = without_gaps(outer, operands)
        return super().elementwise(read, tuple(own), hint)

    def _keep(self, statement: Statement, operands: tuple[Operand, ...]) -> None:
        operation, target = statement.operation, statement.target
        if type(operation) is Template and target is not None and target.aval.shape:
            written = operation.written_shape([operand_aval(o).shape for o in operands])
            if written != target.aval.shape or any(o in self.narrow for o in _variables(operands)):
                self.narrow.add(target)
        super()._keep(statement, operands)

    def _template(self, operation: Template, statement: Statement, target: Var) -> bool:
        kinds = tuple([_kind(o) for o in statement.operands])
        if has_scalar_form(operation, kinds):
            return super()._template(operation, statement, target)
        self._keep(statement, tuple([self.whole(o) for o in statement.operands]))
        return True


def _variables(operands: Sequence[Operand]) -> list[Var]:
    return [o for o in operands if type(o) is Var]


_PUT_TOGETHER = frozenset(
    {"scatter_sum", "scatter_add", "array", "concatenate", "stack", "rows", "reshape", "transpose"}
    | {"squeeze", "expand_dims", "ravel", "swapaxes", "moveaxis", "broadcast_to", "setitem"}
)

_ROUNDED = frozenset({"sum", "unbroadcast", "matmul"})
"""Operations whose last digits depend on the order in which NumPy adds up."""

_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "pos", "abs"})
_COMPARING = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "isfinite", "isnan"})
_OF_BOOLS = frozenset(
    {"logical_and", "logical_or", "logical_not", "bit_and", "bit_or", "bit_xor", "invert"}
)
_FUNCTIONS = frozenset(
    {"square", "sqrt", "reciprocal", "hypot", "over", "sign", "maximum", "minimum"}
    | {"exp", "expm1", "exp2", "log", "log2", "log10", "log1p", "sigmoid", "softplus"}
    | {"sin", "cos", "tan", "asin", "acos", "atan", "atan2", "erf", "erfc"}
    | {"sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sech", "vanishing"}
)
"""Those whose form for numbers gives a float, or raises where NumPy's gives no number."""


@lru_cache(LATEST)
def _is_exact(template: Template) -> bool:
    """Whether numbers give the same as arrays to the last bit.

    >>> [_is_exact(Template.of((0, Literal.of(n), "pow"))) for n in (2, 3)]
    [True, False]
    """
    code = template.code
    powers = [k for k, t in enumerate(code) if type(t) is str and t in _POWERS]
    if any(not isinstance(two := code[k - 1], Literal) or two.value != 2 for k in powers):
        return False
    return all(t in EXACT or t in _POWERS for t in code if isinstance(t, str))


def _kind(operand: Operand) -> str:
    """What sort of number an operand is: a float, a bool, or a whole number."""
    aval = operand_aval(operand)
    if aval.dtype == "int64" and (type(operand) is not Var or not aval.shape):
        return "i"
    return {"float64": "f", "bool": "b"}.get(aval.dtype, "")


@lru_cache(LATEST)
def has_scalar_form(template: Template, kinds: tuple[str, ...]) -> bool:
    """Whether numbers of Python's, of these kinds, give what NumPy's arrays do.

    >>> power = Template.of((0, 1, "pow"))
    >>> has_scalar_form(power, ("f", "f")), has_scalar_form(power, ("f", "i"))
    (False, False)
    >>> has_scalar_form(Template.of((0, Literal.of(2), "pow")), ("f",))
    True
    >>> has_scalar_form(Template.of((0, 1, "add")), ("b", "b"))
    False
    """
    stack: list[tuple[str, Any]] = []
    for token in template.code:
        if type(token) is int:
            stack.append((kinds[token], None))
            continue
        if isinstance(token, Literal):
            kind = {int: "i", bool: "b"}.get(type(token.value), "f")
            stack.append((kind, token.value))
            continue
        entry = TABLE.entries[str(token)]
        assert isinstance(entry, ElementwiseEntry)
        first = len(stack) - entry.arity
        found = _result(str(token), [k for k, _ in stack[first:]], stack[-1][1])
        if not found:
            return False
        stack[first:] = [(found, None)]
    return stack[0][0] in ("f", "b")


def _result(token: str, kinds: Sequence[str], last: Any) -> str:
    """What sort of number an operation gives; nothing where it may not be NumPy's."""
    if "" in kinds:
        return ""
    if token in _OF_BOOLS:
        return "b" if {*kinds} == {"b"} else ""
    if token == "where":
        arms = {*kinds[1:]}
        return "f" if kinds[0] == "b" and "f" in arms and "b" not in arms else ""
    if token == "neg" and kinds[0] == "i":
        return "i"
    if "b" in kinds or "f" not in kinds:
        return ""
    if token in _COMPARING:
        return "b"
    if token in _POWERS:  # Python's may be complex
        whole = isinstance(last, int | float) and float(last).is_integer()
        return "f" if kinds[0] == "f" and whole else ""
    return "f" if token in _ARITHMETIC or token in _FUNCTIONS else ""


@lru_cache(LATEST)
def _without_powers(template: Template) -> tuple[list[list[Any]], list[Any]] | None:
    """What is squared or cubed, as further operands, and the expression with products of those.

    >>> _without_powers(Template.of((0, 1, "add", Literal.of(2), "pow")))
    ([[0, 1, 'add']], [2, 2, 'mul'])
    """
    parts: list[list[Any]] = []

    def walk(tree: Any) -> Any:
        if not is_node(tree):
            return tree
        inner = [walk(part) for part in tree[1:]]
        if tree[0] not in _POWERS or not isinstance(inner[1], Literal):
            return (tree[0], *inner)
        base, exponent = inner
        if exponent.value not in (2, 3):
            return (tree[0], *inner)
        if type(base) is not int:
            parts.append(list(flatten(base)))
            base = template.arity + len(parts) - 1
        product = ("mul", base, base)
        return product if exponent.value == 2 else ("mul", product, base)

    if _POWERS.isdisjoint(template.code):
        return None
    code = flatten(walk(template.tree))
    return (parts, list(code)) if code != template.code else None


_POWERS = frozenset({"pow", "strict_pow"})


# -- what programs cost, in nanoseconds, as measured with CPython 3.11 and NumPy 2.4

_CALL, _EACH = 380.0, 1.0
"""An elementwise operation of NumPy, and what each element adds to that."""

_NUMBER, _FUNCTION = 9.0, 30.0
"""An operation of Python on numbers, and a function or a power."""

_VIEW, _MOVE, _REDUCE, _OTHER = 110.0, 400.0, 1100.0, 2000.0

_UNPACK, _PACK, _ONE = 90.0, 130.0, 9.0
"""An array taken apart, one put together, and what each element adds to that."""

_STRUCTURAL = {
    **dict.fromkeys(("getitem", "transpose", "reshape", "squeeze", "ravel"), _VIEW),
    **dict.fromkeys(("expand_dims", "swapaxes", "moveaxis", "diagonal", "cast"), _VIEW),
    **dict.fromkeys(("sum", "unbroadcast", "matmul", "max", "min"), _REDUCE),
    **dict.fromkeys(("setitem", "copy", "flip", "number", "item"), _MOVE),
}


def cost(program: Program) -> float:
    """About how long the operations of a program take that differ between arrays and numbers."""
    total = 0.0
    apart: set[Var] = set()
    for statement in program.statements:
        operation, target = statement.operation, statement.target
        if type(operation) is Template and target is not None:
            total += _of_template(operation, target.aval.size if target.aval.shape else 0)
        elif type(operation) is Structural and target is not None:
            x = statement.operands[0] if statement.operands else None
            if operation.name == "getitem" and type(x) is Var and not target.aval.shape:
                if x not in apart:
                    apart.add(x)
                    total += _UNPACK
                total += _ONE
            elif operation.name == "array":
                total += _PACK + _ONE * target.aval.size
            elif operation.name == "scatter_sum":
                total += _VIEW + _MOVE * len(operation.params["indexes"])
            else:
                total += _STRUCTURAL.get(operation.name, _OTHER)
    return total


def _of_template(template: Template, size: int) -> float:
    words = [t for t in template.code if isinstance(t, str)]
    if size:
        return len(words) * (_CALL + _EACH * size)
    quick = sum(w in _ARITHMETIC or w in _COMPARING or w == "where" for w in words)
    return quick * _NUMBER + (len(words) - quick) * _FUNCTION
