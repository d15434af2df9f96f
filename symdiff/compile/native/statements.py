"""The lines of C for each statement but loops and branches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

import numpy as np

from ...operations.table.structural import Structural
from ...operations.table.template import COPY, Template
from ...program.lengths import Filled, LengthOf
from ...program.outside import Check, Read
from ...program.program import Guard, Keep, Operand, Statement, Var
from ...records import dataclass
from .arithmetic import Arithmetic
from .called import call
from .groups import GroupWriter, Pending
from .outside import Outside
from .structural import STRUCTURAL
from .values import TYPES, Array, Buffer, Dim, Entry, NoNativeForm, Number, literal


@dataclass(slots=True)
class StatementWriter(GroupWriter):
    """Writes the lines of statements."""

    outside: Outside | None = None
    objects: dict[Var, str] = field(default_factory=dict)  # read, and not yet checked
    position: int = 0

    def statement(self, statement: Statement) -> None:
        operation = statement.operation
        if isinstance(operation, Template):
            self.template(operation, statement)
        elif isinstance(operation, Structural):
            self.structural(operation, statement)
        elif isinstance(operation, Keep):
            pass
        elif isinstance(operation, Guard):
            self.guard(operation, statement)
        elif isinstance(operation, Read):
            assert self.outside is not None
            assert statement.target is not None
            self.objects[statement.target] = self.outside.read(operation)
        elif isinstance(operation, Check):
            self.check(operation, statement)
        elif isinstance(operation, LengthOf):
            self.define(statement, self.length(self.shape_of(self.value(statement.operands[0]))[0]))
        elif isinstance(operation, Filled):
            self.filled(operation, statement)
        else:
            raise self.refuse(f"{operation.name} has no native form")

    def define(self, statement: Statement, value: Any) -> None:
        assert statement.target is not None
        self.known[statement.target] = value

    # -- what lies outside

    def check(self, operation: Check, statement: Statement) -> None:
        assert self.outside is not None
        if operation.kind == "signature":
            (var,) = statement.operands
            text = self.objects.get(var)
            if text is None:
                raise self.refuse(f"{var.name} is checked and has not been read")
            self.known[var] = self.outside.signature(var, text, operation.expected)
        else:
            self.outside.check(operation, self.position)
        self.position += 1

    # -- templates

    def template(self, operation: Template, statement: Statement) -> None:
        target = statement.target
        assert target is not None
        values = [self.value(o) for o in statement.operands]
        kind = self.kind_of(target.aval)
        if operation is COPY and not isinstance(values[0], Number):
            if isinstance(values[0], Pending):
                values[0].variables.append(target)
            self.known[target] = values[0]
            return
        try:
            self.known[target] = self.computed(operation, values, kind, target)
        except NoNativeForm:
            if not self.calls:
                raise
            self.known[target] = call(self, statement, values)

    def computed(
        self, operation: Template, values: Sequence[Any], kind: str, target: Var
    ) -> Number | Pending:
        """A number, or an array that a group computes."""
        if all(isinstance(v, Number) for v in values) and not target.aval.shape:
            arithmetic = Arithmetic(self)
            found = arithmetic.value(operation.tree, values, target.name)
            return self.named(arithmetic.as_kind(found, kind))
        if not all(isinstance(v, Number | Array | Pending) for v in values):
            raise self.refuse(f"{operation.name} of such operands has no native form")
        return self.elementwise(operation.code, values, kind, target)

    def named(self, number: Number) -> Number:
        """A number whose text is a name or a literal."""
        if not number.text.startswith("(("):
            return number
        name = self.name("t")
        self.line(f"const {TYPES[number.kind]} {name} = {number.text};")
        return Number(name, number.kind)

    def structural(self, operation: Structural, statement: Statement) -> None:
        value = self.formed(operation, statement)
        target = statement.target
        assert target is not None
        if isinstance(value, Pending) and target not in value.variables:
            value.variables.append(target)
        if isinstance(value, Number):
            value = self.named(Arithmetic(self).as_kind(value, self.kind_of(target.aval)))
        elif isinstance(value, Array) and (self.copied or not operation.entry.alias):
            shared = self.buffers_in(statement)
            written = self.in_place and operation.name == "setitem"
            if value.buffer in shared and not written:
                value = self.copy(value, target.name)
        self.known[target] = value

    def formed(self, operation: Structural, statement: Statement) -> Any:
        """What a form of C gives, or what Python does where there is none."""
        form = STRUCTURAL.get(operation.name)
        if form is not None:
            try:
                return form(self, operation, statement)
            except NoNativeForm:
                if not self.calls:
                    raise
        return call(self, statement, [self.value(o) for o in statement.operands])

    def buffers_in(self, statement: Statement) -> list[Buffer]:
        """The memory of the operands; an array of a group may have been written by now."""
        values = [self.value(o) for o in statement.operands]
        own = [v for v in values if not (isinstance(v, Pending) and v.elsewhere)]
        arrays = [v.array if isinstance(v, Pending) else v for v in own]
        return [a.buffer for a in arrays if isinstance(a, Array)]

    def filled(self, operation: Filled, statement: Statement) -> None:
        length, value = (self.scalar(o) for o in statement.operands)
        dims = [Dim("", n) for n in operation.aval.shape]
        dims[operation.axis] = self.dim(length)
        if not dims[operation.axis].known:
            self.line(f"if ({dims[operation.axis]} < 0) goto miss;")
        kind = self.kind_of(operation.aval)
        assert statement.target is not None
        array = self.new(tuple(dims), kind, statement.target.name)
        self.fill(array, Arithmetic(self).as_kind(value, kind).text)
        self.define(statement, array)

    # -- guards

    def guard(self, operation: Guard, statement: Statement) -> None:
        self.position += 1
        expected = operation.expected
        if operation.kind == "truth":
            test = self.truth(statement.operands[0])
            self.line(f"if ({'!' if expected else ''}{test}) goto miss;")
        elif operation.kind == "equal" and type(expected) in (int, bool):
            number = self.scalar(statement.operands[0])
            self.line(f"if ({number.text} != {int(expected)}) goto miss;")
        elif operation.kind == "equal" and isinstance(expected, float | np.integer):
            number = self.scalar(statement.operands[0])
            self.line(
                f"if (!({number.text} == {literal(np.asarray(expected).item()).text})) goto miss;"
            )
        elif operation.kind == "equal" and isinstance(expected, np.ndarray):
            self.same_array(statement.operands[0], expected)
        else:
            raise self.refuse(f"a guard of the kind {operation.kind!r} has no native form")

    def same_array(self, operand: Operand, expected: Any) -> None:
        """Have an array be what it was in the trace."""
        value = self.value(operand)
        if isinstance(value, Number):
            raise self.refuse("a guard of an array without dimensions has no native form")
        found, known = self.array_of(value), self.constant_array(expected)
        if len(found.shape) != len(known.shape):
            raise self.refuse("a guard of another shape has no native form")
        for one, other in zip(found.shape, known.shape, strict=True):
            self.same(one, other)
        heads, (at, of) = self.heads(known.shape, [found, known])
        self.nest(heads, [f"if ({found.pointer}[{at}] != {known.pointer}[{of}]) goto miss;"], False)

    def truth(self, operand: Operand) -> str:
        """C that tells whether a number is true; what it is made of has been computed by then."""
        return Arithmetic(self).test(self.scalar(operand))

    def at_entry(self, name: str, entry: Entry, start: str) -> Array:
        """The array that is an entry of a tape."""
        kind = TYPES[entry.kind]
        self.line(f"{kind} *{name} = {start};")
        return self.at(name, entry.shape, entry.kind)
