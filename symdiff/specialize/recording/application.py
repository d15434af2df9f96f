"""Apply entries of the table to traced values: concretely now, and as statements of the program."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...operations.numbers.complexes import HOLOMORPHIC, LINEAR, OF_COMPLEX
from ...operations.statements.builder import elementwise_template
from ...operations.table.entry import TABLE, ElementwiseEntry, StructuralEntry
from ...operations.table.structural import Structural
from ...program.loops import Result
from ...program.outside import Read
from ...program.program import KEEP, Guard, Operand, Statement, Var
from ...program.sources import Argument
from ..rewriting.sites import SITES
from .lengths import is_place
from .statements import PYTHON_NUMBERS, Statements, root_of
from .tracer import PENDING, UNKNOWN, Tracer, contains_tracer
from .watching import some_number

_ARRAY_ONLY = frozenset(
    {"sum", "mean", "dot", "matmul", "transpose", "cumsum", "prod", "max", "min"}
)
"""Entries whose operand, while only a symbol, is taken to be an array."""

_OF_ARRAYS = frozenset(
    {"linalg_norm", "scipy_norm", "outer", "inner", "vdot", "kron", "diag", "ravel", "cross"}
)
"""The same of entries that make something else of numbers."""

_SQUARE = frozenset({"trace"})
"""Entries of square matrices, where lengths are assumed, although NumPy takes others."""

_DOMAIN = frozenset(
    {math.log, math.log2, math.log10, math.log1p, math.atanh, math.acosh, math.gamma, math.lgamma}
)
"""Functions that raise outside a domain beyond which the formula of their derivative goes on."""

_LONGEST_CODE = 60
"""A pending expression longer than this is closed: one source line that grows with the data."""


_PARTLY_DEFINED = frozenset(
    {"acos", "acosh", "asin", "atanh", "gamma", "lgamma", "log", "log10", "log1p", "log2", "sqrt"}
)
_DIVISIONS = frozenset({"div", "floordiv", "fmod", "mod", "remainder"})


def _may_raise(name: str, function: Callable[..., Any], values: Sequence[Any]) -> bool:
    """Whether an operation on Python's numbers raises for some values that are not known."""
    if name in _PARTLY_DEFINED:
        return getattr(function, "__module__", None) == "math"
    if isinstance(function, np.ufunc):
        return False
    if name in _DIVISIONS:
        return values[1] is UNKNOWN or not np.all(values[1])
    return name == "pow" and not (isinstance(values[1], int) and values[1] >= 0)


def _check_square(name: str, shape: tuple[int, ...]) -> None:
    if len(shape) < 2 or shape[0] != shape[1]:
        raise ValueError(f"{name}: the last 2 dimensions must be square, not {shape}")


def _share(value: Any, other: Any) -> bool:
    return other is not UNKNOWN and np.may_share_memory(value, other)


def _is_view(operation: Structural) -> bool:
    """Whether what is read of an array without a value is a view: not where arrays are indexes."""
    index = operation.params.get("index", ())
    return not any(type(part) is tuple and part[0] == "array" for part in index)


def _is_complex(value: Any) -> bool:
    kind = getattr(value, "dtype", None)
    return isinstance(value, complex) or (kind is not None and kind.kind == "c")


_KEYWORDS = {"dim": "axis", "dims": "axis", "keepdim": "keepdims", "shifts": "shift"}
"""Keywords of torch, and what NumPy calls them."""

_OF_TRUTHS = {
    **dict.fromkeys(("add", "maximum", "fmax", "larger"), "logical_or"),
    **dict.fromkeys(("mul", "minimum", "fmin", "smaller"), "logical_and"),
}
_COMPARISONS = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})


class Application(Statements):
    """The `Ops` of tracers: entries of the table, by name."""

    # -- elementwise operations

    def elementwise(
        self, entry: ElementwiseEntry, function: Callable[..., Any], args: Sequence[Any]
    ) -> Any:
        """Apply a scalar function: concretely now, and as pending code in the program."""
        if entry.name in _COMPARISONS and self.remembered is not None:
            kept = self.remembered.differ(entry.name, args)
            if kept is not None:
                return self.const(kept)
        code: tuple[Any, ...] = ()
        leaves: tuple[Any, ...] = ()
        python: tuple[bool, ...] = ()
        values = []
        variable = False
        risky = self.catching > 0 or function in _DOMAIN
        for arg in args:
            if type(arg) is Tracer:
                values.append(arg.value)
                risky = risky or arg.risky
                if arg.operand is PENDING and not arg.used and len(arg.code) < _LONGEST_CODE:
                    arg.used = True
                    code += arg.code
                    leaves += arg.leaves
                    python += arg.python
                    variable = True
                    continue
                operand = self.operand(arg)
                variable = variable or type(operand) is Var
                leaves += (operand,)
            else:
                values.append(arg)
                leaves += (arg,)
            code += (None,)
        if not variable:
            return self.const(function(*values))
        if entry.name in OF_COMPLEX and np.iscomplexobj(values[0]):
            made = self.apply(OF_COMPLEX[entry.name], args[0])
            own = type(values[0]) is complex and type(made) is Tracer and not self.abstract
            return self.handle(made.value.item(), self.operand(made)) if own else made
        if self.abstract and any(v is UNKNOWN for v in values):
            if self.catching and _may_raise(entry.name, function, values):
                self.need_value(f"whether `{entry.name}` raises")
            value: Any = next((v for v in values if isinstance(v, complex)), UNKNOWN)
        else:
            try:
                value = function(*values)
            except Exception as error:
                if not self.forced or not isinstance(error, ArithmeticError | ValueError):
                    self._guard_raises(function, args)
                    raise
                value = some_number(entry.name, values)
            if self.forced and isinstance(value, complex) and not any(map(np.iscomplexobj, values)):
                value = some_number(entry.name, values)
        if type(value) is not float:
            kind = getattr(value, "dtype", None)
            if isinstance(value, complex) or (kind is not None and kind.kind == "c"):
                self._check_complex(entry, value, [] if self.abstract else values)
        # Two of NumPy's truths make one, where Python's, which stand for them, are numbers.
        truths = getattr(value, "dtype", None) == np.bool_
        name = _OF_TRUTHS.get(entry.name, entry.name) if truths else entry.name
        result = self.handle(value, PENDING, (*code, name), leaves)
        result.python = (*python, type(value) in PYTHON_NUMBERS)
        result.risky = risky
        return result

    def _check_complex(self, entry: ElementwiseEntry, value: Any, operands: list[Any]) -> None:
        """Complex numbers are values on the way where they came from complex numbers."""
        if self.abstract or not any(np.iscomplexobj(o) for o in operands):
            self.refuse(
                f"`{entry.name}` left the real numbers here: {value}",
                remedy="keep its argument in the domain, for instance with a test before it",
            )
        power = entry.name == "pow" and isinstance(operands[1], int | float)
        if entry.name not in HOLOMORPHIC and not power:
            self.refuse(
                f"`{entry.name}` of complex numbers",
                why="its derivative is known for real numbers only",
                remedy="write it with the real and the imaginary part, or with abs and angle",
            )

    def _may_miss(self, operation: Structural, operands: Sequence[Operand]) -> bool:
        """Whether an element is read that other inputs may not have: no derivative need ask for it.

        What loops read is left to them: a line more in each iteration.
        """
        if self.watches:
            return False
        if operation.name in ("pick", "key_place"):
            return type(operands[-1 if operation.name == "pick" else 0]) is Var
        if operation.name != "getitem":
            return False
        items = [i for i in operation.params["index"] if is_place(i) and type(i) is not int]
        return any(type(operands[1 + item[1]]) is Var for item in items)

    def _guard_raises(self, function: Callable[..., Any], args: Sequence[Any]) -> None:
        operands = tuple([self.operand(a) for a in args])
        known = (Var, int, float, complex, np.generic, np.ndarray)
        if all(isinstance(o, known) for o in operands):  # the types of others are checked
            # Where it raised tells this path from one that raises at another place.
            self.guard(Guard("raises", function), operands, ("raises", len(self.statements)))

    # -- structural operations

    def array(self, value: Any) -> Any:
        """An array from nested lists that hold traced numbers or arrays, as `numpy.array` makes."""
        if type(value) is Tracer:
            return value
        if not contains_tracer(value):
            return self.const(np.array(value))
        if isinstance(value, np.ndarray):
            value = value.tolist()
        numbers: list[Any] = []
        shape = self._flatten(value, numbers)
        if shape is not None:
            return self.apply("array", *numbers, shape=shape)
        parts = [self.array(v) if isinstance(v, list | tuple) else v for v in value]
        if len({self.shape(p) for p in parts}) != 1:
            self.refuse(
                "an array of rows of different shapes",
                remedy="keep them in a list, or make them of one shape",
            )
        return self.apply("stack", parts)

    def copied(self, tracer: Tracer) -> Any:
        """A copy with memory of its own; a number is its own copy."""
        array = self.shape(tracer) or isinstance(tracer.value, np.ndarray)
        return self.apply("copy", tracer) if array else tracer

    def _flatten(self, value: Any, numbers: list[Any]) -> tuple[int, ...] | None:
        """The shape of nested lists of numbers, put in order into `numbers`; `None` with arrays."""
        if not isinstance(value, list | tuple):
            if self.shape(value):
                return None
            numbers.append(value)
            return ()
        shapes = [self._flatten(v, numbers) for v in value]
        first = shapes[0] if shapes else ()
        if first is None or any(s != first for s in shapes):
            return None
        return (len(value), *first)

    def structural(
        self, entry: StructuralEntry, operands: Sequence[Any], params: dict[str, Any]
    ) -> Any:
        if entry.lower is not None:
            return entry.lower(Rules(self), *operands, **params)
        operands = [self.array(o) if isinstance(o, list | tuple) else o for o in operands]
        if self.abstract and self.demand_array is not None and entry.name in _ARRAY_ONLY:
            for operand in operands:
                unknown = type(operand) is Tracer and operand.value is UNKNOWN
                if unknown and not self.shape(operand):
                    self.demand_array(operand, f"`{entry.name}`")
        operation = Structural.of(entry.name, **params)
        values = [o.value if type(o) is Tracer else o for o in operands]
        if all(self.is_const(o) for o in operands):
            value = operation.evaluate(*values)
            result = self.handle(value, value) if type(value) is np.ndarray else value
            further: tuple[Any, ...] = tuple([self.operand(o) for o in operands[1:]])
        else:
            program = tuple([self.operand(o) for o in operands])
            further = program[1:]
            if self.abstract and any(v is UNKNOWN for v in values):
                value = UNKNOWN
            else:
                try:
                    value = operation.evaluate(*values)
                except Exception:
                    self._guard_raises(operation.evaluate, operands)
                    raise
            if entry.name not in LINEAR and any(_is_complex(v) for v in values):
                self.refuse(
                    f"`{entry.name}` of complex numbers",
                    why="its rule is for real numbers only",
                    remedy="take the real part, the imaginary part or abs before it",
                )
            var = self.emit(operation, program, entry.name)
            self.values[var] = value
            if (self.catching or self._may_miss(operation, program)) and not self.abstract:
                self.statements.append(Statement(None, KEEP, (var,), SITES[self.site].span))
            result = self.handle(value, var)
        first = operands[0] if operands else None
        if entry.name == "reshape" and type(first) is Tracer and type(result) is Tracer:
            for part in (root_of(first), result):
                self.reshaped[id(part)] = part
        if (
            entry.alias
            and type(result) is Tracer
            and type(first) is Tracer
            and (_is_view(operation) if value is UNKNOWN else _share(value, first.value))
        ):
            result.base = first
            result.view = (operation, further)
            if self.abstract:
                self.views.append(result)
            result.version = root_of(first).version
        return result

    def structural_call(
        self, entry: StructuralEntry, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Apply a structural entry as NumPy spells the call, or as torch does: `dim` for `axis`."""
        if not self.abstract:
            return self._structural_call(entry, args, kwargs)
        arrays = entry.name in _OF_ARRAYS or (self.knows_lengths and entry.name == "dot")
        if arrays and self.demand_array is not None:
            for value in args:
                if type(value) is Tracer and value.value is UNKNOWN and not self.shape(value):
                    self.demand_array(value, f"`{entry.name}`")
        try:
            if self.knows_lengths and entry.name in _SQUARE:
                _check_square(entry.name, self.shape(args[0]))
            return self._structural_call(entry, args, kwargs)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            # It makes no sense of a number, where it might of an array.
            for value in (*args, *kwargs.values()):
                number = type(value) is Tracer and value.value is UNKNOWN and not self.shape(value)
                if number and self.demand_array is not None:
                    self.demand_array(value, f"`{entry.name}`")
            raise

    def call_by_name(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Apply an entry as NumPy spells its call."""
        entry = TABLE.entries[name]
        assert isinstance(entry, StructuralEntry)
        return self.structural_call(entry, args, kwargs)

    def _structural_call(
        self, entry: StructuralEntry, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        if entry.traced is not None:
            return entry.traced(self, *args, **kwargs)
        if kwargs:
            kwargs = {_KEYWORDS.get(k, k): v for k, v in kwargs.items()}
        rule = entry.rule_for(kwargs)
        if rule is not None:
            return self._located(rule, Rules(self), *args, **kwargs)
        if entry.signature is None:
            if kwargs:
                self.refuse(f"`{entry.name}` with the keyword `{next(iter(kwargs))}`")
            return self.structural(entry, args, {})
        kwargs = {k: self.concrete_deep(v) for k, v in kwargs.items()}
        operands, params = self._located(entry.signature, *args, **kwargs)
        params = {k: self.concrete_deep(v) for k, v in params.items()}
        return self.structural(entry, operands, params)

    def _located(self, rule: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a rule; an error of its own gets the place of the call."""
        try:
            return rule(*args, **kwargs)
        except UnsupportedError as error:
            error.where = error.where or self.where()
            raise

    def known(self, value: Any) -> Any:
        """A value as the plain one it is, guarded: an argument that nobody differentiates.

        Raises:
            UnsupportedError: it depends on an input, and a derivative would be lost.
        """
        if type(value) in (list, tuple):
            return type(value)(self.known(v) for v in value)
        if type(value) is not Tracer:
            return value
        if not self.is_const(value) and self.aval(value).is_inexact and self._varies(value):
            self.refuse(
                "an argument that must be a plain number depends on the inputs",
                why="there is no derivative with respect to it",
                remedy="use symdiff.detach(...) on it",
            )
        return self.concrete(value)

    def _varies(self, value: Tracer) -> bool:
        """Whether a derivative could flow from an input of the program to a value."""
        made = {s.target: s for s in self.statements if s.target is not None}
        seen, waiting = set(), [self.operand(value)]
        while waiting:
            var = waiting.pop()
            if type(var) is not Var or var in seen or not var.aval.is_inexact:
                continue
            seen.add(var)
            statement = made.get(var)
            if statement is None:
                return True
            if isinstance(statement.operation, Read):
                source: Any = statement.operation.source
                while hasattr(source, "owner"):
                    source = source.owner
                if isinstance(source, Argument):
                    return True
            elif type(statement.operation) is Result:
                if var in self.active:  # through whatever the loop does
                    return True
            elif statement.operation.name != "detach":
                waiting.extend(statement.operands)
        return False

    # -- the `Ops` of rules in the table: seen through `Rules`

    def apply(self, name: str, /, *operands: Any, **params: Any) -> Any:
        entry = TABLE.entries[name]
        if isinstance(entry, ElementwiseEntry):
            arrays = [self.array(o) if isinstance(o, list | tuple) else o for o in operands]
            return self.elementwise(entry, elementwise_template(name).evaluate, arrays)
        return self.structural(entry, operands, params)

    def aval(self, value: Any) -> Any:
        """The `Aval` of a traced or plain value, a list as the array it would make."""
        return super().aval(self.array(value) if isinstance(value, list | tuple) else value)


class Rules:
    """The `Ops` of a rule over tracers: entries of the table by name, and nothing else.

    The recorder has methods of its own called `where`, `getitem`, `array`: a rule means the entry.
    """

    __slots__ = ("apply", "aval", "known")

    def __init__(self, application: Application) -> None:
        self.apply = application.apply
        self.aval = application.aval
        self.known = application.known

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in TABLE.entries:
            raise AttributeError(name)
        return partial(self.apply, name)
