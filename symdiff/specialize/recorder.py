"""Record what a traced function does as statements of a `Program`.

The recorder is the `Ops` of tracers: it applies entries of the table to concrete values and to the
program at once. It knows nothing of Python syntax (hooks do) and nothing of calculus.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn

import numpy as np

from ..errors import ConcreteValueError, SourceSpan, UnsupportedError
from ..operations.entry import TABLE, ElementwiseEntry, Entry, StructuralEntry
from ..operations.indexing import encode_index
from ..operations.lookup import entry_of, method_entry
from ..operations.structural import Structural
from ..operations.template import Literal, Template
from ..outside import EffectLog
from ..program import Guard, Operand, Operation, Statement, Var, aval_of, operand_aval
from .sites import SITES
from .tracer import PENDING, UNKNOWN, Tracer, contains_tracer

OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "matmul": operator.matmul,
    "and_": operator.and_,
    "or_": operator.or_,
    "xor": operator.xor,
    "lshift": operator.lshift,
    "rshift": operator.rshift,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
    "neg": operator.neg,
    "pos": operator.pos,
    "abs": operator.abs,
    "invert": operator.invert,
}

_ARRAY_ONLY = frozenset({"sum", "mean", "dot", "matmul", "transpose", "cumsum", "prod", "max", "min"})
"""Entries whose operand, while only a symbol, is taken to be an array."""

_LONGEST_CODE = 60
"""A pending expression longer than this is closed: one source line that grows with the data."""

_templates: dict[Any, Template] = {}


class Recorder:
    """Statements, guards and their path, of one run of a function."""

    def __init__(self, log: EffectLog | None = None, abstract: bool = False) -> None:
        self.statements: list[Statement] = []
        self.path: list[Any] = []
        self.site = 0
        self.abstract = abstract
        self.log = log or EffectLog()
        self.unnamed: set[Var] = set()
        self.values: dict[Var, Any] = {}
        self.decided: dict[tuple[str, Var], Any] = {}
        self.decide: Callable[[Tracer], bool] | None = None
        self.demand_array: Callable[[Tracer, str], NoReturn] | None = None

    def where(self) -> SourceSpan | None:
        span = SITES[self.site].span
        return span if span.line else None

    # -- operands

    def const(self, value: Any) -> Any:
        """A value that does not vary; arrays become handles, numbers stay what they are."""
        return Tracer(self, value, value) if type(value) is np.ndarray else value

    def is_const(self, value: Any) -> bool:
        if type(value) is not Tracer:
            return True
        if value.operand is PENDING:
            return False
        if value.base is not None:
            return self.is_const(_root(value))
        return type(value.operand) is not Var

    def operand(self, value: Any, hint: str = "") -> Operand:
        """The program variable or constant of a value, closing what is pending."""
        if type(value) is not Tracer:
            return value
        if value.operand is PENDING:
            return self.close(value, hint)
        if value.base is not None and value.version != _root(value).version:
            self._refresh(value)
        if type(value.operand) is not Var and value.operand is value.value:
            # A constant array may still be written to: statements keep what it was here.
            frozen = np.array(value.value)
            frozen.flags.writeable = False
            value.operand = frozen
        return value.operand

    def _refresh(self, view: Tracer) -> None:
        """Read a view again after a write through another handle."""
        assert view.base is not None and view.view is not None
        operation, further = view.view
        base = self.operand(view.base)
        if type(base) is Var or any(type(o) is Var for o in further):
            view.operand = self.emit(operation, (base, *further), operation.name)
            self.values[view.operand] = view.value
        else:
            view.operand = view.value
        view.version = _root(view).version

    def emit(
        self, operation: Operation, operands: tuple[Operand, ...], hint: str
    ) -> Var:
        aval = operation.infer([operand_aval(o) for o in operands])
        assert aval is not None
        var = Var(hint, aval)
        self.statements.append(Statement(var, operation, operands, SITES[self.site].span))
        self.unnamed.add(var)
        return var

    def close(self, tracer: Tracer, hint: str = "") -> Var:
        """Turn a pending expression into one statement."""
        literals = SITES[self.site].literals
        index: dict[Any, int] = {}
        operands: list[Operand] = []
        pattern: list[Any] = []
        for leaf in tracer.leaves:
            if type(leaf) is not Var:
                written = (type(leaf), leaf) if type(leaf) in (int, float) else None
                if written in literals:
                    pattern.append(written)
                else:
                    pattern.append(len(operands))
                    operands.append(leaf)
                continue
            k = index.get(leaf)
            if k is None:
                k = index[leaf] = len(operands)
                operands.append(leaf)
            pattern.append(k)
        key = (tracer.code, tuple(pattern))
        template = _templates.get(key)
        if template is None:
            template = _templates[key] = _template(tracer.code, pattern)
        var = self.emit(template, tuple(operands), hint or template.name)
        self.values[var] = tracer.value
        if hint:
            self.unnamed.discard(var)
        tracer.operand = var
        tracer.code = tracer.leaves = ()
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

    # -- elementwise operations

    def operator(self, name: str, *args: Any) -> Any:
        function = OPERATORS[name]
        for arg in args:
            if type(arg) is not Tracer and isinstance(arg, str | list | tuple | dict | set):
                return self._mixed_operator(name, args)
        entry = _operator_entries.get(name)
        if entry is None:
            entry = entry_of(function)
            if entry is None:
                self.refuse(f"the operator `{name}` has no derivative rule")
            _operator_entries[name] = entry
        if type(entry) is ElementwiseEntry:
            return self.elementwise(entry, function, args)
        return self.structural_call(entry, args, {})

    def _mixed_operator(self, name: str, args: tuple[Any, ...]) -> Any:
        if name in ("eq", "ne"):
            return name == "ne"
        left, right = args
        if isinstance(left, list | tuple) and type(right) is Tracer and name == "mul":
            if right.value is not UNKNOWN and isinstance(right.value, int | np.integer):
                return left * self.concrete(right)
        if isinstance(left, list | tuple):
            left = self.array(left)
        if isinstance(right, list | tuple):
            right = self.array(right)
        if isinstance(left, str | dict | set) or isinstance(right, str | dict | set):
            self.refuse(f"the operator `{name}` between a traced value and a container")
        return self.operator(name, left, right)

    def elementwise(
        self, entry: ElementwiseEntry, function: Callable[..., Any], args: Sequence[Any]
    ) -> Any:
        """Apply a scalar function: concretely now, and as pending code in the program."""
        code: tuple[Any, ...] = ()
        leaves: tuple[Any, ...] = ()
        values = []
        variable = False
        for arg in args:
            if type(arg) is Tracer:
                values.append(arg.value)
                if arg.operand is PENDING and not arg.used and len(arg.code) < _LONGEST_CODE:
                    arg.used = True
                    code += arg.code
                    leaves += arg.leaves
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
        if self.abstract and any(v is UNKNOWN for v in values):
            value: Any = UNKNOWN
        else:
            try:
                value = function(*values)
            except Exception:
                self._guard_raises(function, args)
                raise
            if isinstance(value, complex):
                self.refuse(
                    f"`{entry.name}` left the real numbers here: {value}",
                    remedy="keep its argument in the domain, for instance with a test before it",
                )
        return Tracer(self, value, PENDING, (*code, entry.name), leaves)

    def _guard_raises(self, function: Callable[..., Any], args: Sequence[Any]) -> None:
        operands = tuple([self.operand(a) for a in args])
        self.guard(Guard("raises", function), operands, True)

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
            self.refuse("an array of rows of different shapes")
        return self.apply("stack", parts)

    def _flatten(self, value: Any, numbers: list[Any]) -> tuple[int, ...] | None:
        """The shape of nested lists of numbers, collected in order; `None` if arrays are in them."""
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
            return entry.lower(self, *operands, **params)
        operands = [self.array(o) if isinstance(o, list | tuple) else o for o in operands]
        if self.abstract and self.demand_array is not None and entry.name in _ARRAY_ONLY:
            for operand in operands:
                if type(operand) is Tracer and operand.value is UNKNOWN:
                    if not self.shape(operand):
                        self.demand_array(operand, f"`{entry.name}`")
        operation = Structural.of(entry.name, **params)
        values = [o.value if type(o) is Tracer else o for o in operands]
        if all(self.is_const(o) for o in operands):
            value = operation.evaluate(*values)
            result = Tracer(self, value, value) if type(value) is np.ndarray else value
            further: tuple[Any, ...] = tuple([self.operand(o) for o in operands[1:]])
        else:
            program = tuple([self.operand(o) for o in operands])
            further = program[1:]
            if self.abstract and any(v is UNKNOWN for v in values):
                value = UNKNOWN
            else:
                value = operation.evaluate(*values)
            var = self.emit(operation, program, entry.name)
            self.values[var] = value
            result = Tracer(self, value, var)
        first = operands[0] if operands else None
        if (
            entry.alias
            and type(result) is Tracer
            and type(first) is Tracer
            and (value is UNKNOWN or np.may_share_memory(value, first.value))
        ):
            result.base = first
            result.view = (operation, further)
            result.version = _root(first).version
        return result

    def structural_call(
        self, entry: StructuralEntry, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Apply a structural entry as NumPy spells the call."""
        if entry.lower is not None:
            return entry.lower(self, *args, **kwargs)
        if entry.signature is None:
            if kwargs:
                self.refuse(f"`{entry.name}` with the keyword `{next(iter(kwargs))}`")
            return self.structural(entry, args, {})
        kwargs = {k: self.concrete_deep(v) for k, v in kwargs.items()}
        try:
            operands, params = entry.signature(*args, **kwargs)
        except UnsupportedError as error:
            error.where = error.where or self.where()
            raise
        params = {k: self.concrete_deep(v) for k, v in params.items()}
        return self.structural(entry, operands, params)

    def call_entry(
        self, function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Apply the entry that a NumPy or `math` function stands for."""
        entry = entry_of(function)
        if entry is None:
            name = getattr(function, "__name__", repr(function))
            self.refuse(
                f"`{name}` has no derivative rule",
                remedy="write it with functions that have one, or use symdiff.detach(...)",
            )
        return self.apply_entry(entry, function, args, kwargs)

    def apply_entry(
        self,
        entry: Entry,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
    ) -> Any:
        if isinstance(entry, StructuralEntry):
            return self.structural_call(entry, args, kwargs)
        if kwargs:
            self.refuse(f"`{entry.name}` with the keyword `{next(iter(kwargs))}`")
        if len(args) != entry.arity:
            if entry.name == "log" and len(args) == 2:
                return self.operator("div", *[self.apply("log", a) for a in args])
            return self.const(function(*args))  # Python's own error for a wrong call
        args = [self.array(a) if isinstance(a, list | tuple) else a for a in args]
        return self.elementwise(entry, function, args)

    # -- the `Ops` of rules in the table

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in TABLE.entries:
            raise AttributeError(name)
        return partial(self.apply, name)

    def apply(self, name: str, /, *operands: Any, **params: Any) -> Any:
        entry = TABLE.entries[name]
        if isinstance(entry, ElementwiseEntry):
            from ..operations.builder import elementwise_template

            return self.elementwise(entry, elementwise_template(name).evaluate, operands)
        return self.structural(entry, operands, params)

    def aval(self, value: Any) -> Any:
        return operand_aval(self.operand(value)) if type(value) is Tracer else aval_of(value)

    def shape(self, value: Any) -> tuple[int, ...]:
        if type(value) is not Tracer:
            return np.shape(value)
        if value.value is UNKNOWN:
            shape: tuple[int, ...] = self.aval(value).shape
            return shape
        return np.shape(value.value)

    # -- concrete values, guarded

    def guard(self, guard: Guard, operands: tuple[Operand, ...], outcome: Any) -> None:
        self.statements.append(Statement(None, guard, operands, SITES[self.site].span))
        self.path.append(outcome)

    def truth(self, tracer: Tracer) -> bool:
        """The truth of a traced value, as a decision of this specialization."""
        if self.is_const(tracer):
            return bool(tracer.value)
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
        self.decided["truth", var] = outcome
        self.guard(Guard("truth", outcome), (var,), outcome)
        return outcome

    def concrete(self, value: Any) -> Any:
        """The value itself, guarded: an index, a count, a shape."""
        if type(value) is not Tracer:
            return value
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
        self.guard(Guard("equal", result), (var,), outcome)
        return result

    def concrete_deep(self, value: Any) -> Any:
        if type(value) is Tracer:
            return self.concrete(value)
        if type(value) in (tuple, list):
            return type(value)(self.concrete_deep(v) for v in value)
        return value

    def need_value(self, what: str) -> NoReturn:
        raise ConcreteValueError(
            f"{what} is needed here, and it is only known as a symbol",
            where=self.where(),
            why="what the code does next depends on it",
        )

    def refuse(self, what: str, why: str = "", remedy: str = "") -> NoReturn:
        raise UnsupportedError(
            f"cannot differentiate: {what}", where=self.where(), why=why, remedy=remedy
        )

    # -- arrays as handles

    def length(self, tracer: Tracer) -> int:
        shape = self.shape(tracer)
        if not shape:
            if tracer.value is UNKNOWN and self.demand_array is not None:
                self.demand_array(tracer, "len()")
            return len(tracer.value)
        if self.abstract and tracer.value is UNKNOWN:
            self.need_value("the length of an array")
        return shape[0]

    def rows(self, tracer: Tracer) -> list[Any]:
        return [self.getitem(tracer, k) for k in range(self.length(tracer))]

    def _index(self, index: Any) -> tuple[Any, tuple[Any, ...]]:
        """A hashable code of an index, and the index arrays in it as operands."""
        traced: dict[int, Tracer] = {}

        def plain(part: Any) -> Any:
            if type(part) is Tracer:
                if not self.shape(part) or self.aval(part).dtype == "bool":
                    return self.concrete(part)
                if part.value is UNKNOWN:
                    self.need_value("an index")
                traced[id(part.value)] = part
                return part.value
            if type(part) is slice:
                return slice(*[self.concrete(p) for p in (part.start, part.stop, part.step)])
            if type(part) is list:
                return np.array(self.concrete_deep(part))
            return part

        parts = tuple([plain(p) for p in index]) if type(index) is tuple else plain(index)
        code, arrays = encode_index(parts)
        return code, tuple([traced.get(id(a), a) for a in arrays])

    def copied(self, tracer: Tracer) -> Any:
        """A copy with memory of its own; a number is its own copy."""
        return self.apply("copy", tracer) if self.shape(tracer) else tracer

    def getitem(self, tracer: Tracer, index: Any) -> Any:
        if tracer.value is UNKNOWN and not self.shape(tracer) and self.demand_array is not None:
            self.demand_array(tracer, "indexing")
        if not self.shape(tracer) and tracer.value is not UNKNOWN:
            return tracer.value[index]  # Python's own error
        code, arrays = self._index(index)
        item = self.apply("getitem", tracer, *arrays, index=code)
        if type(item) is Tracer and type(item.operand) is Var:
            places = [k for k in code if type(k) is int and k >= 0]
            if len(places) == len(code):
                item.operand.name = "_".join([_hint(tracer.operand, "item"), *map(str, places)])
        return item

    def setitem(self, tracer: Tracer, index: Any, value: Any) -> None:
        """Write in place: a new program variable behind the same handle."""
        if isinstance(value, list | tuple):
            value = self.array(value)
        if isinstance(value, np.ndarray):
            value = self.const(value)
        code, arrays = self._index(index)
        if self.is_const(tracer) and self.is_const(value) and all(map(self.is_const, arrays)):
            self._write_value(tracer, index, value)
            tracer.operand = tracer.value
            _root(tracer).version += 1
            _root(tracer).operand = _root(tracer).value
            return
        operation = Structural.of("setitem", index=code)
        before = self.operand(tracer)
        operands = (before, self.operand(value), *[self.operand(a) for a in arrays])
        new = self.emit(operation, operands, _hint(before, "updated"))
        if tracer.value is not UNKNOWN:
            if type(before) is Var:
                self.values[before] = np.array(tracer.value)
        self._write_value(tracer, index, value)
        self.values[new] = tracer.value
        self.write_through(tracer, new)

    def _write_value(self, tracer: Tracer, index: Any, value: Any) -> None:
        if tracer.value is not UNKNOWN:
            plain = self._plain_index(index)
            tracer.value[plain] = value.value if type(value) is Tracer else value

    def _plain_index(self, index: Any) -> Any:
        def plain(part: Any) -> Any:
            if type(part) is Tracer:
                return part.value
            if type(part) is slice:
                return slice(*[plain(p) for p in (part.start, part.stop, part.step)])
            if type(part) is list:
                return [plain(p) for p in part]
            return part

        return tuple([plain(p) for p in index]) if type(index) is tuple else plain(index)

    def write_through(self, tracer: Tracer, new: Operand) -> None:
        """Make `new` the contents behind a handle, and of everything it is a view of."""
        if tracer.base is None:
            tracer.operand = new
            tracer.version += 1
            return
        base = tracer.base
        assert tracer.view is not None
        operation, further = tracer.view
        before = self.operand(base)
        if operation.name == "getitem":
            update = Structural.of("setitem", index=operation.params["index"])
            whole = self.emit(update, (before, new, *further), _hint(before, "updated"))
        else:
            whole = self._unview(operation, new, before)
        self.write_through(base, whole)
        tracer.operand = new
        tracer.version = _root(tracer).version

    def _unview(self, operation: Structural, new: Operand, before: Operand) -> Operand:
        """Undo a view that only rearranges: for those the pullback is the inverse."""
        rule = operation.entry.pullback
        aval = operand_aval(before)
        new_aval = operand_aval(new)
        if operation.name == "detach":
            return new
        if rule is None or aval.size != new_aval.size:
            self.refuse(f"a write through `{operation.name}`", remedy="write to the array itself")
        builder = _OperandOps(self)
        (whole,) = rule(builder, new, new, before, **operation.params)
        return whole

    def attribute(self, tracer: Tracer, name: str) -> Any:
        """An attribute of a traced number or array, as NumPy (or a tensor library) has it."""
        if name == "shape":
            return self._static(tracer, "shape", self.shape(tracer))
        if name == "ndim":
            return len(self.shape(tracer))
        if name == "size":
            return self._static(tracer, "size", int(np.prod(self.shape(tracer), dtype=int)))
        if name == "dtype":
            return np.dtype(self.aval(tracer).dtype)
        if name in ("T", "mT"):
            if tracer.value is UNKNOWN and not self.shape(tracer) and self.demand_array is not None:
                self.demand_array(tracer, f".{name}")
            entry = method_entry(name)
            if isinstance(entry, StructuralEntry):
                return self.structural_call(entry, [tracer], {})
        if name == "real":
            return tracer
        return BoundMethod(tracer, name)

    def _static(self, tracer: Tracer, what: str, value: Any) -> Any:
        if tracer.value is UNKNOWN:
            if not self.shape(tracer) and self.demand_array is not None:
                self.demand_array(tracer, f".{what}")
            self.need_value(f"the {what} of an array")
        return value


class BoundMethod:
    """`x.norm` of a traced value `x`, waiting to be called."""

    __slots__ = ("name", "tracer")

    def __init__(self, tracer: Tracer, name: str) -> None:
        self.tracer = tracer
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        recorder, name = self.tracer.recorder, self.name
        entry = method_entry(name)
        if entry is None:
            value = self.tracer.value
            if value is not UNKNOWN and not hasattr(value, name):
                raise AttributeError(
                    f"{type(value).__name__!r} object has no attribute {name!r}"
                )
            recorder.refuse(f"the method `.{name}()` has no derivative rule")
        if isinstance(entry, StructuralEntry):
            return recorder.structural_call(entry, (self.tracer, *args), kwargs)
        if kwargs:
            recorder.refuse(f"`.{name}()` with the keyword `{next(iter(kwargs))}`")
        return recorder.apply(entry.name, self.tracer, *args)


class _OperandOps:
    """Rules over program variables while tracing, for writes through views."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self.apply, name)

    def aval(self, operand: Operand) -> Any:
        return operand_aval(operand)

    def apply(self, name: str, /, *operands: Operand, **params: Any) -> Any:
        entry = TABLE.entries[name]
        if isinstance(entry, ElementwiseEntry):
            from ..operations.builder import elementwise_template

            return self.recorder.emit(elementwise_template(name), operands, name)
        if entry.lower is not None:
            return entry.lower(self, *operands, **params)
        return self.recorder.emit(Structural.of(name, **params), operands, name)


_operator_entries: dict[str, Entry] = {}


def _root(tracer: Tracer) -> Tracer:
    while tracer.base is not None:
        tracer = tracer.base
    return tracer


def _hint(operand: Operand, otherwise: str) -> str:
    return operand.name if type(operand) is Var else otherwise


def _template(code: tuple[Any, ...], pattern: Sequence[Any]) -> Template:
    leaves = iter(pattern)
    tokens: list[Any] = []
    for token in code:
        if token is None:
            leaf = next(leaves)
            tokens.append(Literal(*leaf) if type(leaf) is tuple else leaf)
        else:
            tokens.append(token)
    return Template.of(tuple(tokens))
