"""The one data structure between all stages: a straight-line `Program` of small statements.

A `Program` has inputs, statements and outputs. Each statement gives one variable a value by one
*operation* over earlier variables and constants, and remembers the line of the user's source it
comes from. A derivative is again a `Program`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Protocol, TypeAlias

import numpy as np

from ..errors import InvalidProgramError, SourceSpan
from ..records import dataclass
from .interning import Interned
from .naming import Namer, printable

SMALL_INTEGERS = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32))
"""NumPy's integers of fewer than 64 bits, by their dtypes."""


class Aval:
    """What is known of a value without knowing it: shape, dtype, and whether it is *weak*.

    Python's own numbers are weak: they do not widen the dtype of an array (NumPy's NEP 50). Avals
    are interned by `Aval.of`, so they compare by identity.

    >>> Aval.of((3,), "float64") is Aval.of((3,), "float64")
    True
    """

    __slots__ = ("__weakref__", "dtype", "shape", "weak", "wraps")
    _numbers: dict[tuple[str, bool], Aval] = {}
    _arrays: Interned[Aval] = Interned()

    def __init__(self, shape: tuple[int, ...], dtype: str, weak: bool) -> None:
        self.shape = shape
        self.dtype = dtype
        self.weak = weak
        # Integers of a fixed size: their arithmetic wraps around. Python's own have no end.
        self.wraps = not self.is_inexact and (dtype == "bool" or not weak)

    @staticmethod
    def of(shape: tuple[int, ...], dtype: str, weak: bool = False) -> Aval:
        if shape:
            return Aval._arrays.get((shape, dtype, weak), lambda: Aval(shape, dtype, weak))
        known = Aval._numbers.get((dtype, weak))
        if known is None:
            known = Aval._numbers.setdefault((dtype, weak), Aval(shape, dtype, weak))
        return known

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        size = 1
        for n in self.shape:
            size *= n
        return size

    @property
    def is_inexact(self) -> bool:
        return self.dtype.startswith(("float", "complex"))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Aval.of, (self.shape, self.dtype, self.weak))

    def __repr__(self) -> str:
        if not self.shape:
            return self.dtype.rstrip("0123456789") if self.weak else self.dtype
        return f"{self.dtype}[{','.join(map(str, self.shape))}]"


FLOAT = Aval.of((), "float64", True)
INT = Aval.of((), "int64", True)
BOOL = Aval.of((), "bool", True)
COMPLEX = Aval.of((), "complex128", True)
_PYTHON_AVALS = {float: FLOAT, int: INT, bool: BOOL, complex: COMPLEX}
NUMERIC = frozenset(
    np.dtype(c).name for c in "?" + np.typecodes["AllInteger"] + np.typecodes["AllFloat"]
)
"""The dtypes of numbers: anything else, such as an array of objects, has no derivative."""
FOUND = Aval.of((), "found")
"""What a solver found as a whole: no number, and read by operations of its own."""


def aval_of(value: Any) -> Aval:
    """The `Aval` of a number or array.

    >>> aval_of(1.5), aval_of(np.ones((2, 3)))
    (float, float64[2,3])
    """
    python = _PYTHON_AVALS.get(type(value))
    if python is not None:
        return python
    return Aval.of(np.shape(value), np.asarray(value).dtype.name)


class Var:
    """A variable of a program, given its value once. Two are the same only if identical."""

    __slots__ = ("aval", "derived", "moved", "name", "still")

    def __init__(self, name: str, aval: Aval) -> None:
        self.name = name
        self.aval = aval
        self.derived = False  # whether it is of a derivative, and not of the function
        self.moved = False  # whether something has been differentiated by it
        self.still = False  # whether no derivative runs through it

    def __repr__(self) -> str:
        return self.name


Operand: TypeAlias = Any
"""A `Var`, or a constant: a Python or NumPy number, or a NumPy array nobody writes to."""


def operand_aval(operand: Operand) -> Aval:
    """The `Aval` of a variable or constant."""
    return operand.aval if type(operand) is Var else aval_of(operand)


class Operation(Protocol):
    """What a statement does. Operations know shapes and values; rules live beside each kind."""

    @property
    def name(self) -> str: ...

    def infer(self, avals: Sequence[Aval]) -> Aval | None:
        """The `Aval` of the result; `None` for an operation that only checks or writes."""

    def evaluate(self, *values: Any) -> Any:
        """The value of the result, by NumPy."""

    def describe(self, operands: Sequence[str]) -> str:
        """The right-hand side as people read it."""


class Statement:
    """`target = operation(operands)`, with the span of source it comes from."""

    __slots__ = ("operands", "operation", "span", "target")

    def __init__(
        self,
        target: Var | None,
        operation: Operation,
        operands: tuple[Operand, ...],
        span: SourceSpan | None = None,
    ) -> None:
        self.target = target
        self.operation = operation
        self.operands = operands
        self.span = span

    def __str__(self) -> str:
        right = self.operation.describe([format_operand(o) for o in self.operands])
        return f"{self.target} = {right}" if self.target is not None else right

    def lines(self) -> Iterator[tuple[str, SourceSpan | None]]:
        """The statement as people read it: one line, or those of the program it runs."""
        block = getattr(self.operation, "block", None)
        if block is not None:
            yield from block([format_operand(o) for o in self.operands])
        yield str(self), self.span


@dataclass(frozen=True, slots=True)
class Guard:
    """An `Operation` that gives no value: it checks what the specialization assumed.

    `kind` is `"truth"` (a decision), `"equal"` (an integer used as an index, count or shape, a
    string), `"structure"` (the type and length of what an opaque call gave), `"raises"` (the
    function `expected` raises for these operands) or `"ways"` (the ways through a function that a
    solver calls are among `expected`, which the solver finds out itself). `expected` is the outcome
    this program was made for.
    """

    kind: str
    expected: Any

    @property
    def name(self) -> str:
        return "guard"

    def infer(self, avals: Sequence[Aval]) -> None:
        return None

    def evaluate(self, *values: Any) -> Any:
        return None

    def describe(self, operands: Sequence[str]) -> str:
        if self.kind == "truth":
            return f"guard {operands[0]}" if self.expected else f"guard not {operands[0]}"
        if self.kind == "ways":
            return f"guard {len(self.expected)} ways through the function of a solver"
        return f"guard {operands[0]} == {self.expected!r}"


@dataclass(frozen=True, slots=True)
class Keep:
    """An `Operation` that keeps its operand computed even if nobody reads it.

    Computing it may raise, as in `math.log(x)`: where the function raises, so must its gradient,
    and an exception that the function catches decides what it does next.
    """

    @property
    def name(self) -> str:
        return "keep"

    def infer(self, avals: Sequence[Aval]) -> None:
        return None

    def evaluate(self, *values: Any) -> Any:
        return None

    def describe(self, operands: Sequence[str]) -> str:
        return f"keep {operands[0]}"


KEEP = Keep()


@dataclass(slots=True)
class Program:
    """Inputs, statements, outputs.

    >>> x, y = Var("x", FLOAT), Var("y", FLOAT)
    >>> print(Program("f", (x,), [], (x,)))
    f(x: float):
        return x
    """

    name: str
    inputs: tuple[Var, ...]
    statements: list[Statement]
    outputs: tuple[Operand, ...]
    extra: dict[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Statement]:
        return iter(self.statements)

    def __len__(self) -> int:
        return len(self.statements)

    def variables(self) -> Iterator[Var]:
        yield from self.inputs
        for statement in self.statements:
            if statement.target is not None:
                yield statement.target

    def guards(self) -> list[Statement]:
        return [s for s in self.statements if isinstance(s.operation, Guard)]

    def __str__(self) -> str:
        head = ", ".join(f"{v.name}: {v.aval!r}" for v in self.inputs)
        lines: list[tuple[str, SourceSpan | None]] = [
            ("    " + text, span) for s in self.statements for text, span in s.lines()
        ]
        lines.append(("    return " + ", ".join(format_operand(o) for o in self.outputs), None))
        width = min(max((len(text) for text, span in lines if span), default=0), 72)
        body = [
            f"{text:<{width}}    # {printable(span.file.rpartition('/')[2])}:{span.line}"
            if span
            else text
            for text, span in lines
        ]
        return "\n".join([f"{printable(self.name)}({head}):", *body])


def place_among(operands: list[Operand], operand: Operand) -> int:
    """The place of an operand, which becomes the last if it is not there.

    >>> x, y = Var("x", FLOAT), Var("y", FLOAT)
    >>> operands: list[Operand] = [x]
    >>> place_among(operands, y), place_among(operands, x), len(operands)
    (1, 0, 2)
    """
    for k, known in enumerate(operands):
        if known is operand:
            return k
    operands.append(operand)
    return len(operands) - 1


def substituted(operands: Sequence[Operand], by: Mapping[Var, Operand]) -> tuple[Operand, ...]:
    """Operands with others in the place of some variables.

    >>> x, y = Var("x", FLOAT), Var("y", FLOAT)
    >>> substituted((x, y, 1.0), {x: 2.0})[0], substituted((x, y, 1.0), {x: 2.0})[1] is y
    (2.0, True)
    """
    return tuple([by.get(o, o) if type(o) is Var else o for o in operands])


def format_operand(operand: Operand) -> str:
    """An operand as people read it: a name, a number, or a short form of an array."""
    if type(operand) is Var:
        return operand.name
    if isinstance(operand, np.ndarray):
        if operand.size <= 6:
            return np.array2string(operand, separator=", ", max_line_width=10_000)
        return f"<{operand.dtype.name}[{','.join(map(str, operand.shape))}]>"
    if isinstance(operand, np.generic):
        return repr(operand.item())
    return repr(operand)


def bodies_of(operation: Operation) -> tuple[Program, ...]:
    """The programs that an operation is made of: the body of a loop, the arms of a branch."""
    found: tuple[Program, ...] = getattr(operation, "bodies", ())
    return found


def one_of_each(program: Program) -> Collection[Statement]:
    """A statement for each operation of a program: a loop that is unrolled has few."""
    return {id(s.operation): s for s in program.statements}.values()


def guards_in(program: Program) -> Iterator[Statement]:
    """The guards of a program and of the arms of its branches: all that may end it early."""
    for statement in program.statements:
        if isinstance(statement.operation, Guard):
            yield statement
        for arm in getattr(statement.operation, "arms", ()):
            yield from guards_in(arm)


def name_uniquely(program: Program) -> Program:
    """Rename the variables in place so that no two share a name; first come keeps its hint.

    Those of the bodies of loops and of the arms of branches, too.
    """
    names, named = Namer(), set[Var]()

    def rename(program: Program) -> None:
        for var in program.variables():
            if var not in named:  # two bodies may read one variable
                var.name = names(var.name)
                named.add(var)
        for statement in one_of_each(program):
            for body in bodies_of(statement.operation):
                rename(body)

    rename(program)
    return program


def validate(program: Program, inside: bool = False) -> Program:
    """Check a program's own rules and return it.

    Every variable is assigned once and before it is used, names are unique, and the recorded
    avals agree with what each operation infers.

    Args:
        program: what is checked.
        inside: whether it is part of another program.

    Raises:
        InvalidProgramError: a rule is broken.
    """
    known: set[int] = set()
    names: set[str] = set()

    def define(var: Var) -> None:
        if id(var) in known:
            raise InvalidProgramError(f"{var.name} is assigned twice in {program.name}")
        if var.name in names:
            raise InvalidProgramError(f"two variables are called {var.name} in {program.name}")
        known.add(id(var))
        names.add(var.name)

    def use(operand: Operand, where: SourceSpan | None) -> None:
        if type(operand) is Var and id(operand) not in known:
            raise InvalidProgramError(
                f"{operand.name} is used before it is assigned in {program.name}", where=where
            )

    for var in program.inputs:
        define(var)
    for statement in program.statements:
        for operand in statement.operands:
            use(operand, statement.span)
        check = getattr(statement.operation, "check", None)
        if check is not None:
            check(statement.operands)
        inferred = statement.operation.infer([operand_aval(o) for o in statement.operands])
        if statement.target is not None:
            if inferred is not None and (
                inferred.shape != statement.target.aval.shape
                or inferred.dtype != statement.target.aval.dtype
            ):
                raise InvalidProgramError(
                    f"{statement}: {statement.target.aval!r} recorded, {inferred!r} inferred",
                    where=statement.span,
                )
            define(statement.target)
    for operand in program.outputs:
        use(operand, None)
    return program
