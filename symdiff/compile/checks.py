"""The lines that check what a program assumed: of what lies outside, and of values on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from types import ModuleType
from typing import Any

import numpy as np

from ..operations.table.template import format_number
from ..program.lengths import AnyLength
from ..program.naming import Namer, exact
from ..program.outside import Check, structure
from ..program.program import Guard, Operand, Statement, Var
from ..program.sameness import exactly, is_plain
from ..program.sources import Argument, Attribute, Fixed, Global, Item, Source
from ..records import dataclass
from .guards import miss, raises

_WRITTEN = frozenset({float, int, bool, complex})
_DEEP = 16
PYTHON_TYPES: dict[str, type] = {"float64": float, "int64": int, "bool": bool}
"""The types of Python's own numbers, by the dtypes they stand for."""

MATH_DTYPES = frozenset(PYTHON_TYPES)

ALONE = ""
"""What is assigned in a line that is a statement by itself."""


class Checked(str):
    """A line that checks something.

    `condition` is an expression that holds where the check passes, and `argument` the parameter
    that it asks of what sort it is, if any. A check that no global hides a builtin is `hidden`: the
    global's namespace and name, and what the builtin is known by.
    """

    condition: str
    argument: int | None = None
    hidden: tuple[Global, str] | None = None


@dataclass(slots=True)
class CheckLines:
    """Writes lines, and binds the objects that they name; here the lines of checks and guards."""

    careful: bool
    namer: Namer
    namespace: dict[str, Any] = field(default_factory=dict)
    lines: list[tuple[str, str | None]] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    keep: list[Any] = field(default_factory=list)
    python_numbers: set[Var] = field(default_factory=set)
    position: int = 0
    unused: str = "_"
    held: dict[int, str] = field(default_factory=dict)
    own_names: dict[int, str] = field(default_factory=dict)  # of functions
    first_of: dict[int, Var] = field(default_factory=dict)  # arrays of a group of equal lengths
    last_check: Checked = field(default_factory=Checked)

    def object(self, value: Any, hint: str) -> str:
        """A name bound to an object in the namespace of the compiled function."""
        name = self.names.get(id(value))
        if name is None:
            name = self.names[id(value)] = self.namer(f"{hint}_0")
            self.namespace[name] = value
            self.keep.append(value)
        return name

    def function(self, function: Any, hint: str) -> str:
        """The same for a function that is called in many lines: under its own name, if possible."""
        name = self.own_names.get(id(function))
        if name is None:
            name = self.own_names[id(function)] = self.namer(hint)
            self.namespace[name] = function
        return name

    def operand(self, operand: Operand) -> str:
        if type(operand) is Var:
            return operand.name
        if isinstance(operand, np.ndarray):
            return self.object(operand, "array")
        if isinstance(operand, np.generic) and operand.dtype.name not in MATH_DTYPES:
            return self.object(operand, "number")
        if type(operand) not in _WRITTEN and not isinstance(operand, np.generic):
            return self.object(operand, "constant")  # nobody is asked to print himself as source
        text = format_number(operand)
        return f"({text})" if text.startswith("-") else text

    def place(self, source: Source) -> str:
        """Where a source lies, from the last container on the way that has a name of its own.

        What lies deep gets one, so that nobody walks the whole way to each level of it. It holds
        until something runs that may change what lies outside.
        """
        way: list[Attribute | Item] = []
        look = source
        while isinstance(look, Attribute | Item) and id(look) not in self.held:
            way.append(look)
            look = look.owner
        text = self.held.get(id(look)) or look.code(self.object)
        for step in reversed(way):
            text = step.of(text, self.object)
        if len(way) < _DEEP:
            return text
        name = self.held[id(source)] = self.namer("held_0")
        self.keep.append(source)
        self.lines.append((name, text))
        return name

    # -- checks

    def check(self, operation: Check, statement: Statement) -> None:
        position = self.position
        self.position += 1
        expected = operation.expected

        def missed(value: Any) -> bool:
            return miss(position, operation.outcome(value))

        if operation.kind == "signature":
            (var,) = statement.operands
            self._signature(var, expected, self._missed(missed, position), _argument_of(operation))
            return
        if operation.kind in ("has", "lacks", "alias", "overlap", "writeable", "layout"):
            self._relation(operation, position)
            return
        if operation.kind == "absent":
            source = operation.source
            assert isinstance(source, Global)
            namespace, name = self.object(source.namespace, "globals"), source.name
            test = f"{exact(name)!r} not in {namespace}"
            if operation.detail is not None:
                builtins = self.object(source.builtins, "builtins")
                known = self.object(operation.detail, "known")
                test = f"{test} and {builtins}[{exact(name)!r}] is {known}"
            self.tested(f"({test}) or {self._missed(missed, position)}(None)", test)
            if operation.detail is not None:
                self.last_check.hidden = (source, known)
            return
        source_text = self.place(operation.source)
        if operation.kind == "node":
            outcome = self.object(operation.outcome, "outcome")
            test = f"{outcome}({source_text}) == {self.object(expected, 'node')}"
        elif operation.kind == "identity":
            test = f"{source_text} is {self.object(expected.value, 'known')}"
        elif operation.kind == "equal":
            kind, value = expected[:2]
            if not is_plain(expected):
                token = self.object(exactly, "exactly")
                test = f"{token}({source_text}) == {self.object(expected, 'known')}"
            elif value is None or value is True or value is False or value is Ellipsis:
                test = f"{source_text} is {value!r}"
            else:
                constant = repr(value) if kind in (str, bytes) else self.object(value, "known")
                test = (
                    f"{source_text}.__class__ is {self.object(kind, 'type')} "
                    f"and {source_text} == {constant}"
                )
        elif isinstance(expected, tuple):
            kind, size = expected[:2]
            of = f"{source_text}.__class__ is {self.object(kind, 'type')}"
            if kind in (list, tuple):
                test = f"{of} and len({source_text}) == {size}"
            elif kind is dict and all(type(k) is str for k in size):
                test = f"{of} and tuple({source_text}) == {self.object(size, 'keys')}"
            else:
                found = f"{self.object(structure, 'structure')}({source_text})"
                test = f"{found} == {self.object(expected, 'expected')}"
        else:
            test = f"{source_text}.__class__ is {self.object(expected, 'type')}"
        self.tested(
            f"({test}) or {self._missed(missed, position)}({source_text})",
            self._in_namespace(operation) or test,
        )
        self.last_check.argument = _argument_of(operation)

    def _in_namespace(self, operation: Check) -> str | None:
        """A quicker test for a module that may make up attributes: what it holds itself."""
        source = operation.source
        if type(source) is not Attribute or operation.kind != "identity":
            return None
        module = source.owner.value if type(source.owner) is Fixed else None
        if type(module) is not ModuleType or "__getattr__" not in vars(module):
            return None
        if source.name not in vars(module):
            return None
        held = self.object(vars(module), "held")
        return f"{held}[{exact(source.name)!r}] is {self.object(operation.expected.value, 'known')}"

    def _relation(self, operation: Check, position: int) -> None:
        """A check of an attribute's presence, or of two objects against each other."""
        source = self.place(operation.source)
        other = "None"
        if operation.kind in ("alias", "overlap"):
            other = operation.detail.code(self.object)
        expected = operation.expected

        def check(value: Any, other: Any) -> bool:
            found = operation.outcome(value, other)
            return bool(found == expected) or miss(position, found)

        name = self.namer("check_0")
        self.namespace[name] = check
        self.tested(f"{name}({source}, {other})", f"{name}({source}, {other})")

    def _missed(self, function: Callable[[Any], bool], position: int) -> str:
        name = self.namer("missed_0")
        self.namespace[name] = function
        return name

    def _signature(self, var: Var, expected: Any, missed: str, argument: int | None) -> None:
        name = var.name
        if isinstance(expected, tuple):
            dtype, shape = expected
            kind = f"{name}.__class__ is {self.object(np.ndarray, 'ndarray')}"
            of, found = self.object(np.dtype(dtype), "dtype"), self._shape(var, shape)
            same = f"{name}.dtype == {of}"
            quick = found
            if len(shape) == 1 and type(shape[0]) is int:  # without a tuple that is made for it
                quick = f"{name}.ndim == 1 and len({name}) == {shape[0]}"
            self.tested(
                f"({kind} and {same} and {found}) or {missed}({name})",
                f"{kind} and ({name}.dtype is {of} or {same}) and {quick}",
            )
            self.last_check.argument = argument
            self.taken_in(var, bool(shape) and isinstance(shape[0], AnyLength))
            return
        known = "float" if expected is float else "int" if expected is int else None
        test = f"{name}.__class__ is {known or self.object(expected, 'type')}"
        plain = self._plain_number(name, expected)
        convert = self.converted(var, expected, plain)
        if not self.careful and is_math(var):
            self.python_numbers.add(var)
        if convert == name:
            self.tested(f"{test} or {missed}({name})", test)
            self.last_check.argument = argument
        else:
            self.lines.append((name, f"{convert} if {test} else {missed}({name})"))
        self.taken_in(var)

    def _shape(self, var: Var, shape: tuple[Any, ...]) -> str:
        """The test of a shape; arrays of a group have the same length, whatever it is."""
        if not shape or not isinstance(shape[0], AnyLength):
            return f"{var.name}.shape == {shape!r}"
        first = self.first_of.setdefault(shape[0].group, var)
        tests = [f"{var.name}.ndim == {len(shape)}"]
        if first is not var:
            tests.append(f"len({var.name}) == len({first.name})")
        if first is var and shape[0].most is not None:
            tests.append(f"len({var.name}) <= {shape[0].most}")
        if len(shape) > 1:
            tests.append(f"{var.name}.shape[1:] == {shape[1:]!r}")
        return " and ".join(tests)

    def converted(self, var: Var, kind: type, name: str) -> str:
        """A number from outside as one to compute with."""
        if self.careful and var.aval.dtype == "float64":
            return f"numpy.float64({name})"
        if issubclass(kind, int) and var.aval.dtype == "float64":
            return f"float({name})"
        plain = kind is np.float64 or (kind is np.int64 and not self.careful)
        return f"{name}.item()" if plain else name

    def given(self, var: Var) -> None:
        """What precedes all lines for a number or array that another program has computed."""

    def taken_in(self, var: Var, free: bool = False) -> None:
        """What follows when a number or array from outside is of the type that is expected.

        A vector of a `free` length may be as short as it likes.
        """

    def _plain_number(self, name: str, kind: type) -> str:
        """A number of the user's own class as Python's: its operators are in the program."""
        if kind in (int, float, bool) or not issubclass(kind, int | float):
            return name
        if issubclass(kind, np.generic):
            return name
        base: Any = int if issubclass(kind, int) else float
        return f"{self.object(base.__pos__, 'plain')}({name})"

    def tested(self, line: str, condition: str) -> None:
        """The line of a check, and what holds where it passes."""
        self.last_check = Checked(line)
        self.last_check.condition = condition
        self.lines.append((self.last_check, ALONE))

    def line(self, source: str) -> None:
        self.lines.append((source, ALONE))

    def guard(self, operation: Guard, statement: Statement) -> None:
        position = self.position
        self.position += 1
        expected = operation.expected
        names = [self.operand(o) for o in statement.operands]
        missed = self.object(miss, "miss")
        if operation.kind == "truth":
            if expected:
                self.line(f"{names[0]} or {missed}({position}, False)")
            else:
                self.line(f"{missed}({position}, True) if {names[0]} else None")
        elif operation.kind == "equal":
            if isinstance(expected, np.ndarray):
                known = self.object(expected, "known")
                outcome = self.object(_array_outcome, "outcome")
                self.line(
                    f"numpy.array_equal({names[0]}, {known}) "
                    f"or {missed}({position}, {outcome}({names[0]}))"
                )
            elif type(expected) in (int, bool, str):
                self.line(f"{names[0]} == {expected!r} or {missed}({position}, {names[0]})")
            else:
                known = self.object(expected, "known")
                self.line(f"{names[0]} == {known} or {missed}({position}, {names[0]})")
        elif operation.kind == "structure":
            shape_of = self.object(structure, "structure")
            known = self.object(expected, "known")
            self.line(
                f"{shape_of}({names[0]}) == {known} or {missed}({position}, {shape_of}({names[0]}))"
            )
        elif operation.kind == "ways":
            pass  # the solver finds out itself, and raises
        elif operation.kind == "raises":
            function = self.object(expected, "function")
            test = self.object(raises, "raises")
            self.line(f"{test}({', '.join([function, *names])}) or {missed}({position}, False)")
        else:
            raise AssertionError(operation.kind)


def is_math(var: Var) -> bool:
    """Whether a variable is computed as a number of Python's own."""
    return not var.aval.shape and var.aval.dtype in MATH_DTYPES


def _argument_of(operation: Check) -> int | None:
    """The parameter of which a check asks that it be of some sort."""
    if operation.kind in ("signature", "structure", "equal", "identity"):
        return operation.source.index if type(operation.source) is Argument else None
    return None


def _array_outcome(value: Any) -> Any:
    return (value.dtype.str, value.shape, value.tobytes())
