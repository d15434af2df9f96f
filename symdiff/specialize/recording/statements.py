"""The statements of one trace: operands, pending expressions, guards and the path they make."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NoReturn, cast

import numpy as np

from ...errors import ConcreteValueError, SourceSpan, StepLimitError, SymdiffError, UnsupportedError
from ...operations.statements.affine import Affine
from ...operations.table.raising import RAISING
from ...operations.table.template import Literal, Template
from ...program.acts import EffectLog
from ...program.outside import Check
from ...program.program import (
    FOUND,
    KEEP,
    NUMERIC,
    Guard,
    Operand,
    Operation,
    Statement,
    Var,
    aval_of,
    operand_aval,
)
from ...settings import get_step_limit
from ..rewriting.refusals import handled
from ..rewriting.sites import SITES
from .lengths import FreeLengths
from .parts import Recording
from .text import Text, TracedBytes, TracedText
from .tracer import PENDING, UNKNOWN, Tracer, held_in, holds_itself
from .watching import Watching

_templates: weakref.WeakValueDictionary[Any, Template] = weakref.WeakValueDictionary()

PYTHON_NUMBERS = frozenset({float, int, bool})
"""The types whose arithmetic raises where NumPy's gives `inf` or `nan`."""

_STATEMENTS_A_STEP = 5
"""A trace may record this many statements for each step that a `while` loop may take."""


class Statements(Watching):
    """Statements, guards and their path, of one run of a function."""

    def __init__(self, log: EffectLog | None = None, abstract: bool = False) -> None:
        super().__init__()
        self.statements: list[Statement] = []
        self.path: list[Any] = []
        self.site = 0
        self.most = _STATEMENTS_A_STEP * get_step_limit()
        self.abstract = abstract
        self.knows_lengths = False  # without values: the shapes of arrays are those of a call
        self.harmless_only = False  # nothing is called of which it is not known what it does
        self.log = log or EffectLog()
        self.unnamed: set[Var] = set()
        self.active: set[Var] = set()
        self.values: dict[Var, Any] = {}
        self.computed: dict[Var, Operation] = {}  # what loops and branches were when computed
        self.foreign: set[Any] = set()  # variables of functions that only a library calls
        self.derives = False  # whether derivatives have been taken inside
        self.catching = 0  # how many statements there are in which an exception may be caught
        self.swallowing = 0  # in how many of them nobody sees that it is
        self.outer = handled()  # what the caller handles, which is not of this trace
        self.refusal: SymdiffError | None = None
        self.remembered: Any = None
        self.counted: set[Any] = set()  # what has been made of differentiated values, as guarded
        self.lays_matter = False  # how arrays lie in memory decides what the function does
        self.reshaped: dict[int, Tracer] = {}  # by identity: what may share memory with another
        self.spread: dict[int, Tracer] = {}  # by identity: what repeats elements in its memory
        self.views: list[
            Tracer
        ] = []  # of arrays that hold no symbols yet, while others are symbols
        self.on_write: Callable[[Tracer], None] | None = None
        self.assume: Callable[[Any, Callable[[], Sequence[Check]]], None] | None = None
        self.is_outside: Callable[[Tracer], bool] | None = None
        self.decided: dict[tuple[str, Any], Any] = {}
        self.bounding: dict[Any, Affine] = {}  # what must not be negative, by what tells that
        self.python: dict[Var, tuple[bool, ...]] = {}
        self.stacked: dict[tuple[int, ...], tuple[list[Any], Any]] = {}  # lists as arrays
        self.decide: Callable[[Tracer], bool] | None = None
        self.demand_array: Callable[[Tracer, str], NoReturn] | None = None
        self.demand_whole: Callable[[Tracer], None] | None = None
        self.lengths: dict[int, Tracer] = {}  # that were assumed
        self.sizes: Any = None  # of a trace without values, in which loops are kept
        self.lost: set[Any] = set()  # variables of what names hold that only an iteration binds
        self.loops_around: list[tuple[dict[Var, Operand], list[Statement]]] = []
        self.outermost: list[Statement] | None = None  # of a trace without values
        self.free: FreeLengths | None = None  # lengths that are not those of this call alone

    def around(self) -> Iterator[tuple[dict[Var, Operand], list[Statement]]]:
        """The statements of a trace without values, those of inner loops first.

        With them comes what variables of the loop before them stand for where it begins.
        """
        origins: dict[Var, Operand] = {}
        statements = self.statements
        for first, outer in reversed(self.loops_around):
            yield origins, statements
            origins, statements = first, outer
        yield origins, statements

    def kept_of_earlier_calls(self) -> tuple[int, int]:
        """How much has been asked of what earlier calls have kept."""
        kept = self.remembered
        return (0, 0) if kept is None else (len(kept.entries), len(kept.places))

    def where(self) -> SourceSpan | None:
        span = SITES[self.site].span
        return span if span.line else None

    # -- operands

    def handle(
        self, value: Any, operand: Any, code: tuple[Any, ...] = (), leaves: tuple[Any, ...] = ()
    ) -> Tracer:
        """A traced value of this trace."""
        return Tracer(cast(Recording, self), value, operand, code, leaves)

    def const(self, value: Any) -> Any:
        """A value that does not vary; arrays become handles, numbers stay what they are."""
        return self.handle(value, value) if type(value) is np.ndarray else value

    def is_const(self, value: Any) -> bool:
        if type(value) is not Tracer:
            return True
        if value.operand is PENDING:
            return False
        if value.base is not None:
            return self.is_const(root_of(value))
        return type(value.operand) is not Var

    def operand(self, value: Any, hint: str = "") -> Operand:
        """The program variable or constant of a value, closing what is pending."""
        if type(value) is not Tracer:
            return value
        if value.operand is PENDING:
            return self.close(value, hint)
        if value.base is not None and value.version != root_of(value).version:
            self._refresh(value)
        if type(value.operand) is not Var and value.operand is value.value:
            # A constant array may still be written to: statements keep what it was here.
            frozen = np.array(value.value)
            frozen.flags.writeable = False
            value.operand = frozen
        return value.operand

    def _refresh(self, view: Tracer) -> None:
        """Read a view again after a write through another handle."""
        assert view.base is not None
        assert view.view is not None
        operation, further = view.view
        base = self.operand(view.base)
        if self.watches:
            self.refreshed.append((view, view.operand, view.version))
        if type(base) is Var or any(type(o) is Var for o in further):
            view.operand = self.emit(operation, (base, *further), operation.name)
            self.values[view.operand] = view.value
        else:
            view.operand = view.value
        view.version = root_of(view).version

    def emit(self, operation: Operation, operands: tuple[Operand, ...], hint: str) -> Var:
        aval = operation.infer([operand_aval(o) for o in operands])
        assert aval is not None
        if aval.dtype not in NUMERIC and aval is not FOUND:
            objects = aval.dtype == "object"  # read in every run, too: NumPy's rules differ
            if any(objects or o in self.active for o in operands if type(o) is Var):
                self._not_numbers(aval.dtype)
        var = Var(hint, aval)
        if self.free is not None:
            self.free.emitted(operation, operands, var)
        self.statements.append(Statement(var, operation, operands, SITES[self.site].span))
        if self.free is not None and self.free.may_raise(operation, operands):
            self.statements.append(Statement(None, KEEP, (var,), SITES[self.site].span))
        if len(self.statements) > self.most:
            self._too_many()
        self.unnamed.add(var)
        self.spread_activity(operation, operands, var)
        return var

    def _not_numbers(self, dtype: str) -> NoReturn:
        objects = dtype == "object"
        self.refuse(
            "traced values in an array of " + ("objects" if objects else f"dtype {dtype}"),
            why="what NumPy does with them there has no rule, and the derivative would be lost",
            remedy="leave out dtype=object, or use a list" if objects else "use an array of floats",
        )

    def _too_many(self) -> NoReturn:
        self.refused(
            StepLimitError(
                f"more than {self.most:,} steps have been recorded",
                where=self.where(),
                why="symdiff unrolls loops for the given input, and keeps each step until the end",
                remedy="compute with whole arrays in place of a loop over elements, differentiate "
                "a shorter loop, or raise the limit with symdiff.set_step_limit(...)",
            )
        )

    def spread_activity(
        self, operation: Operation, operands: tuple[Operand, ...], target: Var
    ) -> None:
        """A result depends on what is differentiated if an operand does.

        Not if it is detached, or a whole number: that has no derivative.
        """
        for operand in operands:
            if type(operand) is Var and operand in self.active:
                whole = target.aval.dtype.startswith(("int", "uint"))
                if not whole and operation.name != "detach":
                    self.active.add(target)
                return

    def is_active(self, value: Any) -> bool:
        """Whether a derivative may flow through a value, or through what it holds."""
        if type(value) is Tracer:
            leaves = value.leaves if value.operand is PENDING else (self.operand(value),)
            return any(type(leaf) is Var and leaf in self.active for leaf in leaves)
        if isinstance(value, _CONTAINERS):
            held = held_in(value)
            return any(self.is_active(v) for v in held if not isinstance(v, _CONTAINERS))
        if type(value) is Text:
            return value.active
        return type(value) in (TracedText, TracedBytes)

    def close(self, tracer: Tracer, hint: str = "") -> Var:
        """Turn a pending expression into one statement."""
        literals = SITES[self.site].literals
        divides = "div" in tracer.code
        index: dict[Any, int] = {}
        operands: list[Operand] = []
        pattern: list[Any] = []
        for place, leaf in enumerate(tracer.leaves):
            if type(leaf) is Var:
                k = index.get(leaf)
                if k is None:
                    k = index[leaf] = len(operands)
                    operands.append(leaf)
                pattern.append(k)
                continue
            literal = Literal.of(leaf) if type(leaf) in (int, float) else None
            # Divided by a literal 0, SymPy has no number, and what is made of it has no slope.
            zero = literal and divides and leaf == 0 and _divides(tracer.code, place)
            if literal in literals and not zero:
                pattern.append(literal)
                continue
            pattern.append(len(operands))
            operands.append(leaf)
        key = (tracer.code, tuple(pattern))
        template = _templates.get(key)
        if template is None:
            template = _templates[key] = _template(tracer.code, pattern)
        var = self.emit(template, tuple(operands), hint or template.name)
        self.values[var] = tracer.value
        if self.watches:
            self.closed.append((tracer, tracer.code, tracer.leaves, tracer.python, tracer.risky))
        if not self.abstract and tracer.python != template.python(
            [operand_aval(o) for o in operands]
        ):
            self.python[var] = tracer.python
        if tracer.risky and not self.abstract:
            self.statements.append(Statement(None, KEEP, (var,), SITES[self.site].span))
        if hint:
            self.unnamed.discard(var)
        tracer.operand = var
        tracer.code = tracer.leaves = tracer.python = ()
        tracer.risky = False
        return var

    def name(self, value: Any, hint: str) -> None:
        """An assignment: close what is pending under the target's name, or name the result."""
        if type(value) is Tracer:
            if value.operand is PENDING:
                self.close(value, hint)
            elif type(value.operand) is Var and value.operand in self.unnamed:
                value.operand.name = hint
                self.unnamed.discard(value.operand)

    def hold(self, value: Any, hint: str = "") -> None:
        """Give a value a variable of its own without taking it for named."""
        if type(value) is Tracer and value.operand is PENDING:
            var = self.close(value, hint)
            self.unnamed.add(var)

    def hold_unused(self, value: Tracer) -> None:
        """Record what nobody has used, if it may raise: then so does the function."""
        raises = value.risky or not RAISING.isdisjoint(value.code)
        if value.operand is PENDING and not value.used and raises:
            self.hold(value)

    def aval(self, value: Any) -> Any:
        """The `Aval` of a traced or plain value."""
        return operand_aval(self.operand(value)) if type(value) is Tracer else aval_of(value)

    def shape(self, value: Any) -> tuple[int, ...]:
        """The shape of a traced or plain value."""
        if type(value) is not Tracer:
            return np.shape(value)
        if value.value is UNKNOWN:
            shape: tuple[int, ...] = self.aval(value).shape
            return shape
        return np.shape(value.value)

    # -- concrete values, guarded

    def guard(self, guard: Guard, operands: tuple[Operand, ...], outcome: Any) -> None:
        if self.free is not None:
            self.free.guarded(guard.kind, operands)
        self.statements.append(Statement(None, guard, operands, SITES[self.site].span))
        self.path.append(outcome)

    def truth(self, tracer: Tracer) -> bool:
        """The truth of a traced value, as a decision of this specialization."""
        if self.is_const(tracer):
            return bool(tracer.value)
        zero = type(tracer.value) is float and tracer.value == 0.0
        if zero and self.remembered is not None and self.remembered.is_apart(tracer):
            return True
        var = self.operand(tracer)
        known = self.decided.get(("truth", var))
        if known is not None:
            return bool(known)
        if tracer.value is UNKNOWN:
            if self.decide is None:
                self.need_value("a test")
            outcome = self.decide(tracer)
        else:
            outcome = bool(tracer.value)
            if self.forced and self.forced[-1].statements is self.statements:
                outcome = self.forced[-1].outcome(outcome)
        self.decided["truth", var] = outcome
        self.guard(Guard("truth", outcome), (var,), outcome)
        return outcome

    def concrete(self, value: Any) -> Any:
        """The value itself, guarded: an index, a count, a shape."""
        if type(value) is not Tracer:
            return value.look() if type(value) is Text else value
        if self.is_const(value):
            return value.value
        if value.value is UNKNOWN:
            self.need_value("the value")
        var = self.operand(value)
        if ("equal", var) in self.decided:
            return self.decided["equal", var]
        result = value.value
        if isinstance(result, np.ndarray):
            result = np.array(result)
            outcome: Any = (result.dtype.str, result.shape, result.tobytes())
        else:
            outcome = result
        self.decided["equal", var] = result
        if var in self.active and isinstance(result, int | float | np.number):
            self.counted.add(result)
        self.guard(Guard("equal", result), (var,), outcome)
        return result

    def concrete_deep(self, value: Any) -> Any:
        if type(value) is Tracer or type(value) is Text:
            return self.concrete(value)
        if type(value) in (tuple, list) and not holds_itself(value):
            return type(value)(self.concrete_deep(v) for v in value)
        return value

    def key(self, value: Any) -> Any:
        """What is stored as a key: a traced float itself, which a loop over the keys gives back."""
        if type(value) is tuple:
            return tuple([self.key(v) for v in value])
        if type(value) is Tracer and self.aval(value).is_inexact:
            return value
        return self.concrete_deep(value)

    def key_value(self, value: Any) -> Any:
        """A key without traced values, guarded."""
        if isinstance(value, tuple):
            made = tuple([self.key_value(v) for v in value])
            return made if type(value) is tuple else tuple.__new__(type(value), made)
        return str(value) if type(value) is TracedText else self.concrete_deep(value)

    def need_value(self, what: str) -> NoReturn:
        self.refused(
            ConcreteValueError(
                f"{what} is needed here, and it is only known as a symbol",
                where=self.where(),
                why="what the code does next depends on it",
            )
        )

    def refuse(self, what: str, why: str = "", remedy: str = "") -> NoReturn:
        self.refused(
            UnsupportedError(
                f"cannot differentiate: {what}", where=self.where(), why=why, remedy=remedy
            )
        )

    def refused(self, error: SymdiffError) -> NoReturn:
        """Raise a refusal, and remember it: whoever catches it, the trace is over."""
        self.refusal = self.refusal or error
        raise error


_CONTAINERS = (list, tuple, set, dict)


def root_of(tracer: Tracer) -> Tracer:
    """The tracer that owns the memory a view looks at."""
    while tracer.base is not None:
        tracer = tracer.base
    return tracer


def _divides(code: tuple[Any, ...], leaf: int) -> bool:
    """Whether something is divided by a leaf of a postfix code."""
    for token, following in pairwise(code):
        leaf -= token is None
        if leaf < 0:
            return bool(following == "div")
    return False


def _template(code: tuple[Any, ...], pattern: Sequence[Any]) -> Template:
    leaves = iter(pattern)
    return Template.of(tuple([next(leaves) if token is None else token for token in code]))
