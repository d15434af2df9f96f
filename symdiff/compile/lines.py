"""The lines of Python for each statement of a program, in the program's own names.

Scalars are computed with `math`, arrays with NumPy. The *careful* form computes everything with
NumPy, which gives `inf` and `nan` where `math` raises.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import field
from typing import Any

import numpy as np

from ..operations.arrays.index_codes import format_index
from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template
from ..program.acts import Composed, Opaque, Sharing, Write
from ..program.changes import commit
from ..program.lengths import Filled, LengthOf
from ..program.loops import TAPE
from ..program.outside import Check, Read
from ..program.program import SMALL_INTEGERS, Aval, Guard, Operand, Statement, Var, operand_aval
from ..program.sources import Cell, Global
from ..records import dataclass
from .aliases import accumulator, may_alias
from .checks import PYTHON_TYPES, is_math
from .long_lines import LongLines
from .plain_numbers import in_floats, with_own_names
from .squares import with_products
from .stacked import put, stack

_OF_BITS = frozenset({"bit_and", "bit_or", "bit_xor", "invert"})
_NARROW = SMALL_INTEGERS | {"float32", "float16", "complex64", "uint64"}
"""Types that a number of Python's takes on, and one of NumPy's does not."""
CHOICES = frozenset(
    {"where", "larger", "smaller", "maximum", "minimum", "fmax", "fmin", "heaviside"}
)
"""What hands on one of its operands, which may be an int of the user's."""


@dataclass(frozen=True, slots=True)
class Output:
    """How a result is handed to the user: a Python or NumPy scalar type, or an array.

    `type` is `float`, `int`, `bool`, a NumPy scalar type or `numpy.ndarray`; `dtype` and `shape`
    matter for arrays only. A tape is a `list`; what an arm of a branch may have nothing for is an
    `object`, which is `None` then. What a function returns is its `own`: that is not corrected.
    What is `kept` goes on to another program, in extended precision if that is how it was computed.
    """

    type: type
    dtype: str = "float64"
    shape: tuple[int, ...] = ()
    own: bool = False
    kept: bool = False


def kind_of(aval: Aval) -> type:
    """The type in which a value goes from one compiled program to another."""
    if aval is TAPE:
        return list
    if aval.shape:
        return np.ndarray
    return PYTHON_TYPES.get(aval.dtype) or np.dtype(aval.dtype).type


@dataclass(slots=True)
class Emitter(LongLines):
    """Writes the lines of a program."""

    shared: set[Var] = field(default_factory=set)
    maybe_integers: set[Var] = field(default_factory=set)
    needs_log: bool = False

    # -- statements

    def statement(self, statement: Statement, number: int) -> None:
        operation = statement.operation
        if self.held and not isinstance(operation, Check | Guard | Read | Template):
            self.held.clear()
        if isinstance(operation, Template):
            if number in self.lifetimes.in_place:
                self.add_in_place(operation, statement)
            elif not (
                self.at_home(operation, statement)
                or self.at_length(operation, statement, self.lifetimes.reused.get(number))
            ):
                self.template(operation, statement)
                put(self, self.lifetimes.rows, statement.target)
        elif isinstance(operation, Structural):
            if number in self.lifetimes.in_place:
                self.write_in_place(operation, statement)
            else:
                self.structural(operation, statement, number in self.lifetimes.copied)
        elif isinstance(operation, Guard):
            self.guard(operation, statement)
        elif isinstance(operation, Read):
            self.read(operation, statement)
        elif isinstance(operation, Check):
            self.check(operation, statement)
        elif isinstance(operation, LengthOf):
            self.length(statement)
        elif isinstance(operation, Filled):
            self.filled(operation, statement)
        elif isinstance(operation, Opaque):
            self.opaque(operation, statement)
        elif isinstance(operation, Composed):
            self.composed(operation, statement)
        else:
            raise AssertionError(f"cannot compile {operation!r}")

    def template(self, operation: Template, statement: Statement) -> None:
        target = statement.target
        assert target is not None
        in_math = not self.careful and is_math(target)
        names = []
        narrow = False
        for operand in statement.operands:
            if type(operand) is Var:
                names.append(operand.name)
                narrow = narrow or operand.aval.dtype in _NARROW
                if in_math and operand not in self.python_numbers:
                    in_math = False
            else:
                names.append(self.operand(operand))
                narrow = narrow or operand_aval(operand).dtype in _NARROW
        if narrow:
            in_math = False
            names = [self.wide(o, n) for o, n in zip(statement.operands, names, strict=True)]
        elif self.careful:  # a constant of NumPy's is divided by the integer 0, too
            pairs = zip(statement.operands, names, strict=True)
            names = [self.careful_name(o, n, operation) for o, n in pairs]
        if operation.code == (0,):
            self.shared.add(target)
        if in_math:
            self.ask_whole(statement)
            floats = [self.is_float(o) for o in statement.operands]
            written = self.in_products(in_floats(operation, floats), statement)
            source = written.render(names, "math")
            source = with_own_names(source, self.function)
            self.python_numbers.add(target)
            if target.aval.dtype == "float64" and _may_be_int(operation, statement):
                source = f"float({source})"
            elif operation.arity == 0 or (
                "where" in operation.code
                and not self.maybe_integers.isdisjoint(
                    [o for o in statement.operands if type(o) is Var]
                )
            ):
                self.maybe_integers.add(target)  # an arm may be the integer 0 or 1
        else:
            source = self.of_arrays(operation, statement, names)
            of_floats = {*map(type, statement.operands)} == {float}
            if self.careful and target.aval.dtype == "float64" and of_floats:
                source = f"float({source})"
        self.lines.append((target.name, source))

    def in_products(self, written: Template, statement: Statement) -> Template:
        """The expression, in which squares are products if nobody sees the difference."""
        if self.seen is None or statement.target in self.seen or self.lifetimes is not self.whole:
            return written
        found = with_products(written)
        if found is None:
            return written
        made, exponents = found
        for k, exponent in exponents.items():
            base = statement.operands[k]
            if not self.is_float(base):
                return written
            if type(base) is Var and base not in self.asked:
                self.powers[base] = max(self.powers.get(base, 0.0), exponent)
        return made

    def is_float(self, operand: Operand) -> bool:
        """Whether an operand is a float of Python's own for certain."""
        if type(operand) is not Var:
            return type(operand) is float
        exact = operand.aval.dtype == "float64" and operand not in self.maybe_integers
        return exact and operand in self.python_numbers

    def careful_name(self, operand: Operand, name: str, operation: Template) -> str:
        """An operand where nothing raises: Python's own 1.0 is not divided by the integer 0.

        Nor is a number of Python's raised to a power that is no float.
        """
        if type(operand) is float and "pow" in operation.code:
            return f"numpy.float64({name})"
        if type(operand) in (int, float) and operand == 0 and "div" in operation.code:
            return f"numpy.float64({name})"
        if type(operand) is not Var:
            return self.wide(operand, name)
        aval, code = operand.aval, {*operation.code}
        whole = aval.weak and aval.dtype == "int64" and not aval.shape
        divided = bool(code & {"div", "reciprocal"}) and not code & _OF_BITS
        return f"numpy.float64({name})" if whole and divided else name

    def wide(self, operand: Operand, name: str) -> str:
        """A number of NumPy's with 64 bits beside one with fewer, which it widens."""
        aval = operand_aval(operand)
        if aval.shape or aval.weak or aval.dtype not in ("float64", "int64"):
            return name
        return f"numpy.{aval.dtype}({name})"

    def structural(self, operation: Structural, statement: Statement, copied: bool) -> None:
        target = statement.target
        assert target is not None
        names = [self.operand(o) for o in statement.operands]
        entry = operation.entry
        if entry.name == "getitem" and self.element(operation, statement):
            return
        if entry.name == "scatter_sum" and self.put_together(operation, statement, names):
            return
        if entry.name == "array" and self.packed(statement, names):
            return
        if entry.name == "rows" and stack(self, self.lifetimes.rows, statement, names):
            return
        short = None
        if entry.inline is not None:
            avals = [operand_aval(o) for o in statement.operands]
            short = entry.inline(names, operation.params, avals)
        if short is not None:
            source = short
        elif entry.emit is not None:
            source = entry.emit(names, operation.params)
        else:
            assert entry.numpy is not None
            function: Any = entry.numpy
            if entry.prepare is not None:
                function = entry.prepare(**operation.params)
            elif operation.params:
                function = functools.partial(entry.numpy, **operation.params)
            key = self.object(operation, entry.name)
            self.namespace[key] = function
            source = f"{key}({', '.join(names)})"
        whole = entry.name == "getitem" and "..." in operation.params["index"]
        first = statement.operands[0] if whole else None
        plain = type(first) is Var and first in self.python_numbers
        if whole and not target.aval.shape and not plain:
            source = f"numpy.asarray({source})[()]"  # not a view of what may be written to
        if not self.careful and is_math(target):
            held = statement.operands[0] if entry.name == "item" else None
            known = type(held) is Var and held in self.python_numbers - self.maybe_integers
            kind = PYTHON_TYPES[target.aval.dtype].__name__
            source = names[0] if known else f"{kind}({source})"
            self.python_numbers.add(target)
        elif copied:
            source = f"numpy.array({source})"
        elif may_alias(statement):
            self.shared.add(target)
        self.lines.append((target.name, source))

    def add_in_place(self, operation: Template, statement: Statement) -> None:
        target, total = statement.target, accumulator(operation)
        assert target is not None
        assert total is not None
        names = [self.operand(o) for o in statement.operands]
        added = Template.of(operation.code[1:-1]).render(names, "numpy")
        self.lines.append((target.name, f"numpy.add({names[total]}, {added}, {names[total]})"))
        if statement.operands[total] in self.shared:
            self.shared.add(target)

    def write_in_place(self, operation: Structural, statement: Statement) -> None:
        target, x = statement.target, statement.operands[0]
        assert target is not None
        _, value, *arrays = [self.operand(o) for o in statement.operands]
        index = format_index(operation.params["index"], arrays)
        self.lines.append((f"{x.name}[{index}]", value))
        self.lines.append((target.name, x.name))
        if x in self.shared:
            self.shared.add(target)

    def read(self, operation: Read, statement: Statement) -> None:
        assert statement.target is not None
        self.shared.add(statement.target)
        self.lines.append((statement.target.name, self.place(operation.source)))

    def length(self, statement: Statement) -> None:
        assert statement.target is not None
        if not self.careful:
            self.python_numbers.add(statement.target)
        self.lines.append((statement.target.name, f"len({self.operand(statement.operands[0])})"))

    def filled(self, operation: Filled, statement: Statement) -> None:
        assert statement.target is not None
        length, value = map(self.operand, statement.operands)
        if operation.aval.ndim > 1:
            length = f"({', '.join(map(str, operation.shape(length)))})"
        dtype = self.object(self.dtype_of(operation.aval), "dtype")
        zeros = type(statement.operands[1]) is float and value == "0.0"
        source = f"zeros({length}, {dtype})" if zeros else f"full({length}, {value}, {dtype})"
        self.lines.append((statement.target.name, f"numpy.{source}"))

    def dtype_of(self, aval: Aval) -> Any:
        """The dtype of an array that is made."""
        return np.dtype(aval.dtype)

    def opaque(self, operation: Opaque, statement: Statement) -> None:
        assert statement.target is not None
        self.needs_log = True
        call = f"{operation.function.code(self.object)}({self.arguments(operation, statement)})"
        self.shared.add(statement.target)
        way = "raised" if operation.raises else "call"
        self.lines.append((statement.target.name, f"log.{way}(lambda: {call})"))

    def composed(self, operation: Composed, statement: Statement) -> None:
        assert statement.target is not None
        function = self.object(operation.function, "text")
        call = f"{function}({self.arguments(operation, statement)})"
        self.lines.append((statement.target.name, call))

    def arguments(self, operation: Opaque | Composed, statement: Statement) -> str:
        """The arguments of a call, put together from operands."""
        names = [self.operand(o) for o in statement.operands]
        sharing = Sharing(self.shared_line)
        args = [p.code(names, self.object, sharing) for p in operation.args]
        if operation.kwargs:
            named = [
                f"{k!r}: {p.code(names, self.object, sharing)}" for k, p in operation.kwargs.items()
            ]
            args.append(f"**{{{', '.join(named)}}}")
        return ", ".join(args)

    def shared_line(self, hint: str, source: str) -> str:
        """A line of its own for what is used several times."""
        name = self.namer(f"{hint}_0")
        self.lines.append((name, source))
        return name

    def writes(self, statements: Sequence[Statement]) -> None:
        """All changes of the outside in one line, put together before the first is made."""
        sharing = Sharing(self.shared_line)
        changes = []
        for statement in statements:
            operation = statement.operation
            assert type(operation) is Write
            kind, source = operation.kind, operation.source
            names = [self.operand(o) for o in statement.operands]
            if kind == "global":
                assert isinstance(source, Global)
                owner = self.object(source.namespace, "globals")
            elif kind == "cell":
                assert isinstance(source, Cell)
                owner = self.object(source.cell, "cell")
            else:
                owner = source.code(self.object)
            key = "None" if operation.key is None else self.object(operation.key, "key")
            if kind == "place":
                code, places = operation.key
                key = f"numpy.s_[{format_index(code, [names[k] for k in places])}]"
            value = "None"
            if operation.part is not None:
                value = operation.part.code(names, self.object, sharing)
            elif kind == "attribute":
                kind = "delete"
            changes.append(f"({kind!r}, {owner}, {key}, {value})")
        if changes:
            self.line(f"{self.object(commit, 'commit')}(({', '.join(changes)},))")

    # -- the result

    def output(self, operand: Operand, output: Output, handed: set[Var]) -> str:
        name = self.operand(operand)
        aval = operand_aval(operand)
        if output.type is list or output.type is object:
            return f"rt.kept({name})"
        if output.type is np.ndarray:
            fresh = False
            if type(operand) is Var:
                seen = self.lifetimes.root_of(operand)  # a view of all there is is no copy's equal
                own = operand in self.shared and seen is not operand
                if own and self.lifetimes.owns(seen) and seen.aval.size == aval.size:
                    own = seen not in self.shared and not self.lifetimes.is_read_only(operand)
                    fresh = own and seen not in handed
                else:
                    fresh = operand not in self.shared and operand not in handed
                handed.update((operand, seen))
            if not fresh:
                return f"numpy.array({name}, {output.dtype!r})"
            if aval.dtype != output.dtype:
                return f"{name}.astype({output.dtype!r})"
            return name if aval.shape else f"numpy.asarray({name}, {output.dtype!r})"
        if output.type is float:
            if type(operand) is Var and operand in self.python_numbers and not self.careful:
                exact = aval.dtype == "float64" and operand not in self.maybe_integers
                return name if exact else f"float({name})"
            return name if type(operand) is float else f"float({name})"
        return f"{self.object(output.type, 'type')}({name})"


def _may_be_int(operation: Template, statement: Statement) -> bool:
    """Whether what should be a float may come out as an int: `1 if x > y else 0.5`."""
    if CHOICES.isdisjoint(operation.code):
        return False
    stack: list[bool] = []
    for token in operation.code:
        if type(token) is int:
            stack.append(not operand_aval(statement.operands[token]).is_inexact)
        elif not isinstance(token, str):
            stack.append(isinstance(token, Literal) and token.kind is int)
        else:
            entry = TABLE.entries[token]
            assert isinstance(entry, ElementwiseEntry)
            read = stack[len(stack) - entry.arity :]
            whole = any(read[token == "where" :]) if token in CHOICES else all(read)
            stack[len(stack) - entry.arity :] = [whole]
    return stack[-1]
