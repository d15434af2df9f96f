"""A user's own rule for a function that is not looked into: `primitive` and `register`.

Such a function is one statement of the program, under its own name. Its rule is plain NumPy, and
symdiff traces the rule itself, so that forward mode, reverse mode and higher orders follow from one
rule. A rule that cannot be traced (it decides by values, or calls what symdiff does not know) is
called as it is, and then gives first order in its own mode only.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np

from .errors import UnsupportedError, UsageError
from .operations.entry import TABLE, StructuralEntry
from .operations.lookup import enter
from .operations.structural import Structural
from .outside import Same
from .program import FLOAT, Aval, Operand, Var, aval_of
from .rules import Rule, Seeds, pulled, pushed
from .specialize.tracer import UNKNOWN, Tracer, contains_tracer

_NUMBERS = (float, np.floating, np.integer, np.ndarray)


class Primitive:
    """A function with a rule of its own; made by `primitive` and `register`.

    Call it like the function itself. State its derivative once, by one of `defpartials`, `defvjp`
    and `defjvp`; each returns the primitive.
    """

    __wrapped__: Callable[..., Any]

    def __init__(
        self,
        function: Callable[..., Any],
        name: str | None = None,
        nondiff: Sequence[int | str] = (),
        own: bool = True,
    ) -> None:
        functools.update_wrapper(self, function, updated=())
        self.name: str = name or getattr(function, "__name__", "primitive").strip("<>")
        self._function = function
        self._called: Callable[..., Any] = self if own else function
        self._signature = _signature(function)
        self._nondiff = frozenset(self._position(item) for item in nondiff)
        self._rules: dict[str, tuple[Callable[..., Any], ...]] = {}
        self._known: dict[Any, StructuralEntry] = {}
        front = StructuralEntry(name=self.name, traced=self._traced)
        enter(self._called, front)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        rules = ", ".join(f"def{kind}" for kind in self._rules) or "no rule yet"
        return f"<primitive {self.name}: {rules}>"

    def _position(self, item: int | str) -> int:
        if isinstance(item, int):
            return item
        names = list(self._signature.parameters) if self._signature is not None else []
        if item not in names:
            raise UsageError(
                f"nondiff: `{item}` is no parameter of `{self.name}`",
                remedy="give its position" if not names else f"name one of: {', '.join(names)}",
            )
        return names.index(item)

    # -- rules

    def defpartials(self, *partials: Callable[..., Any] | None) -> Primitive:
        """State the partial derivatives of a function that works element by element.

        Args:
            partials: one function an argument, called as `p(result, *args, **kwargs)`; `None` for
                an argument that is not differentiated.

        >>> import math
        >>> from symdiff import grad, primitive
        >>> tanh = primitive(lambda x: math.tanh(x)).defpartials(lambda r, x: 1 - r**2)
        >>> grad(tanh)(0.0), grad(grad(tanh))(0.0)
        (1.0, -0.0)
        """
        return self._define("partials", partials)

    def defvjp(self, *rules: Callable[..., Any] | None) -> Primitive:
        """State the cotangents of the arguments.

        Args:
            rules: one function an argument, called as `v(ct, result, *args, **kwargs)`; or a single
                one that gives a tuple, one cotangent an argument (`None` for one without).
        """
        return self._define("vjp", rules)

    def defjvp(self, *rules: Callable[..., Any] | None) -> Primitive:
        """State how the result moves.

        Args:
            rules: one function an argument, called as `j(t, result, *args, **kwargs)`, what its
                tangent adds to that of the result; or a single one for several arguments, called
                with the tuple of all tangents.
        """
        return self._define("jvp", rules)

    def _define(self, kind: str, rules: tuple[Callable[..., Any] | None, ...]) -> Primitive:
        if not rules or not all(r is None or callable(r) for r in rules):
            raise UsageError(f"def{kind}(...) takes functions, one for each argument")
        self._rules[kind] = rules  # type: ignore[assignment]
        self._known.clear()
        return self

    # -- in a trace

    def _traced(self, recorder: Any, *args: Any, **kwargs: Any) -> Any:
        """What stands in the program for a call: one statement."""
        placed, kwargs = self._bound(recorder, args, kwargs)
        operands = [a for a in placed if _is_operand(a)]
        values = [a.value if type(a) is Tracer else a for a in operands]
        fixed = tuple((k, a) for k, a in enumerate(placed) if not _is_operand(a))
        call = Call(self, len(placed), fixed, tuple(sorted(kwargs.items())))
        if all(recorder.is_const(o) for o in operands):
            return recorder.const(call(*values))
        program = tuple([recorder.operand(o) for o in operands])
        if any(v is UNKNOWN for v in values):
            if "partials" not in self._rules:
                recorder.need_value(f"an argument of `{self.name}`")
            shape = np.broadcast_shapes(*[recorder.aval(o).shape for o in operands])
            value: Any = UNKNOWN
            aval = Aval.of(shape, "float64") if shape else FLOAT
        else:
            value = call(*values)
            if not isinstance(value, int | float | np.generic | np.ndarray):
                recorder.refuse(
                    f"`{self.name}` returns a {type(value).__name__}",
                    remedy="make a primitive of one number or array for each result",
                )
            value = np.array(value)[()] if isinstance(value, np.ndarray) else value
            aval = aval_of(value)
        var = recorder.emit(Structural(self._entry(call, aval), {}), program, self.name)
        if value is not UNKNOWN:
            recorder.values[var] = value
        return recorder.handle(value, var)

    def _bound(
        self, recorder: Any, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """The arguments by position as far as the function lets them be, and plain keywords."""
        if kwargs and self._signature is not None:
            bound = self._signature.bind(*args, **kwargs)
            args, kwargs = bound.args, bound.kwargs

        def plain(value: Any) -> Any:
            if isinstance(value, list | tuple) and contains_tracer(value):
                return recorder.array(value)
            if type(value) is Tracer and recorder.is_const(value) and not recorder.shape(value):
                return value.value
            return value

        if contains_tracer(kwargs):
            kwargs = {k: recorder.concrete_deep(v) for k, v in kwargs.items()}
        return [plain(a) for a in args], kwargs

    def _entry(self, call: Call, aval: Aval) -> StructuralEntry:
        key = (call.key(), aval)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _entry(call, aval)
        return known

    def describe(self, kind: str) -> str:
        return f"the `def{kind}` rule of `{self.name}`"

    def differentiable(self, position: int) -> bool:
        """Whether the argument at this position has a derivative."""
        return position not in self._nondiff

    def rule(self, kind: str) -> tuple[Callable[..., Any], ...] | None:
        """The functions the user gave for one kind of rule."""
        return self._rules.get(kind)


@dataclass(frozen=True, eq=False)
class Call:
    """One way of calling a primitive: what stands at the places that are no operands."""

    primitive: Primitive
    arity: int
    fixed: tuple[tuple[int, Any], ...]
    kwargs: tuple[tuple[str, Any], ...]
    places: tuple[int, ...] = field(init=False)
    rules: dict[Any, list[tuple[Rule, list[int]]]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        taken = {k for k, _ in self.fixed}
        places = tuple(k for k in range(self.arity) if k not in taken)
        object.__setattr__(self, "places", places)

    def arrange(self, operands: Sequence[Any]) -> list[Any]:
        """All positional arguments, operands put between what is fixed."""
        args: list[Any] = [None] * self.arity
        for k, value in self.fixed:
            args[k] = value
        for k, value in zip(self.places, operands, strict=True):
            args[k] = value
        return args

    def __call__(self, *operands: Any) -> Any:
        return self.primitive(*self.arrange(operands), **dict(self.kwargs))

    def key(self) -> Any:
        return (self.arity, tuple(map(_key, self.fixed)), tuple(map(_key, self.kwargs)))

    def target(self) -> Callable[..., Any]:
        """What the compiled function calls: the function itself where it takes operands only."""
        return self if self.fixed or self.kwargs else self.primitive._called

    def text(self, operands: Sequence[str]) -> str:
        shown = [a if type(a) is str else repr(a) for a in self.arrange(operands)]
        for k, value in self.fixed:
            shown[k] = repr(value)
        shown += [f"{k}={v!r}" for k, v in self.kwargs]
        return f"{self.primitive.name}({', '.join(shown)})"


def _key(item: tuple[Any, Any]) -> Any:
    place, value = item
    try:
        hash(value)
    except TypeError:
        return (place, Same(value))
    return (place, type(value), value)


def _is_operand(value: Any) -> bool:
    return type(value) is Tracer or (
        isinstance(value, _NUMBERS) and np.asarray(value).dtype.kind in "fiub"
    )


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


# -- the entry: derivatives from whichever rules there are


def _entry(call: Call, aval: Aval) -> StructuralEntry:
    target = call.target()
    name = call.primitive.name

    def owned(*operands: Any) -> Any:
        """The value in memory of its own: the function may keep what it returns."""
        result = target(*operands)
        return np.array(result)[()] if type(result) is np.ndarray else result

    return StructuralEntry(
        # An operation of the table may be known by its name.
        name=name if name not in TABLE.entries else f"{name}_of_user",
        numpy=target,
        prepare=lambda: owned,
        infer=lambda *avals: aval,
        pullback=lambda ops, ct, result, *operands: _pullback(call, ops, ct, result, operands),
        pushforward=lambda ops, moves, result, *operands: _pushforward(
            call, ops, moves, result, operands
        ),
        describe=lambda operands, params: call.text(operands),
        elementwise=call.primitive.rule("partials") is not None,
    )


def _wanted(call: Call, operands: Sequence[Operand], ops: Any) -> list[int]:
    """The numbers of the operands that a derivative is for."""
    return [
        n
        for n, (k, o) in enumerate(zip(call.places, operands, strict=True))
        if call.primitive.differentiable(k) and type(o) is Var and ops.aval(o).is_inexact
    ]


def _chosen(call: Call, *order: str) -> tuple[str, tuple[Callable[..., Any], ...]]:
    for kind in order:
        rules = call.primitive.rule(kind)
        if rules is not None:
            if len(rules) not in (1, call.arity):
                raise UsageError(
                    f"{call.primitive.describe(kind)} has {len(rules)} functions, and it is "
                    f"called with {call.arity} arguments",
                    remedy="give one for each argument (None for one without)",
                )
            return kind, rules
    raise UnsupportedError(
        f"`{call.primitive.name}` has no derivative rule",
        remedy=f"state one, for instance {call.primitive.name}.defpartials(lambda r, x: ...)",
    )


def _pullback(
    call: Call, ops: Any, ct: Operand, result: Operand, operands: Sequence[Operand]
) -> list[Any]:
    kind, functions = _chosen(call, "vjp", "partials", "jvp")
    parts: list[Any] = [None] * len(operands)
    wanted = _wanted(call, operands, ops)
    for rule, numbers in _rules(call, kind, functions, wanted):
        values = (result, *operands)
        if kind == "partials":
            (n,) = numbers
            (partial,) = rule.apply(ops, values, [ops.aval(result)])
            product = ops.mul(ct, partial)
            shape = ops.aval(operands[n]).shape
            if ops.aval(product).shape != shape:
                product = ops.unbroadcast(product, shape=shape)
            parts[n] = product
            continue
        if kind == "vjp":
            given = rule.apply(ops, (ct, *values), [ops.aval(operands[n]) for n in numbers])
        else:
            seeds = Seeds([ops.aval(operands[n]) for n in numbers])
            given = pulled(rule, ops, seeds, values, ct)
        for n, part in zip(numbers, given, strict=True):
            parts[n] = part
    return parts


def _pushforward(
    call: Call, ops: Any, moves: Sequence[Any], result: Operand, operands: Sequence[Operand]
) -> Any:
    kind, functions = _chosen(call, "jvp", "partials", "vjp")
    wanted = [n for n in _wanted(call, operands, ops) if moves[n] is not None]
    terms = []
    for rule, numbers in _rules(call, kind, functions, wanted):
        values = (result, *operands)
        if kind == "partials":
            (n,) = numbers
            (partial,) = rule.apply(ops, values, [ops.aval(result)])
            terms.append(ops.mul(moves[n], partial))
        elif kind == "jvp":
            seeds = tuple([moves[n] for n in numbers])
            terms += rule.apply(ops, (*seeds, *values), [ops.aval(result)])
        else:
            terms.append(pushed(rule, ops, ops.aval(result), values, [moves[n] for n in numbers]))
    if not terms:
        return None
    total = terms[0]
    for term in terms[1:]:
        total = ops.add(total, term)
    return total


def _rules(
    call: Call, kind: str, functions: tuple[Callable[..., Any], ...], wanted: Sequence[int]
) -> list[tuple[Rule, list[int]]]:
    """The user's functions over operands alone, each with the operands that it is for."""
    key = (kind, functions, tuple(wanted))
    known = call.rules.get(key)
    if known is None:
        known = call.rules[key] = _made_rules(call, kind, functions, wanted)
    return known


def _made_rules(
    call: Call, kind: str, functions: tuple[Callable[..., Any], ...], wanted: Sequence[int]
) -> list[tuple[Rule, list[int]]]:
    what = call.primitive.describe(kind)
    if len(functions) == 1 and call.arity > 1 and wanted:
        return [(_joint_rule(call, kind, functions[0], list(wanted), what), list(wanted))]
    found = []
    for n in wanted:
        function = functions[call.places[n]]
        if function is None:
            continue
        lead = 0 if kind == "partials" else 1
        single = _arranged(call, function, lead)
        found.append((Rule(function, single, what, lead), [n]))
    return found


def _arranged(call: Call, function: Callable[..., Any], lead: int) -> Callable[..., Any]:
    """From `(seed, result, *operands)` to the call as the user spelled it."""
    kwargs = dict(call.kwargs)

    def arranged(invoke: Callable[..., Any], *values: Any) -> Any:
        head, operands = values[: lead + 1], values[lead + 1 :]
        return (invoke(function, *head, *call.arrange(operands), **kwargs),)

    return arranged


def _joint_rule(
    call: Call, kind: str, function: Callable[..., Any], wanted: list[int], what: str
) -> Rule:
    kwargs = dict(call.kwargs)
    if kind == "partials":
        raise UsageError(f"{what} has 1 function, and it is called with {call.arity} arguments")
    if kind == "vjp":

        def pull(invoke: Callable[..., Any], ct: Any, result: Any, *operands: Any) -> Any:
            parts = invoke(function, ct, result, *call.arrange(operands), **kwargs)
            if not isinstance(parts, tuple | list) or len(parts) != call.arity:
                raise UsageError(
                    f"{what} must give a tuple of {call.arity} cotangents, one for each argument"
                )
            return tuple([parts[call.places[n]] for n in wanted])

        return Rule(function, pull, what, 1)

    def push(invoke: Callable[..., Any], *values: Any) -> Any:
        tangents: list[Any] = [0.0] * call.arity
        moves, (result, *operands) = values[: len(wanted)], values[len(wanted) :]
        for n, o in enumerate(operands):
            tangents[call.places[n]] = invoke(np.zeros_like, o)
        for n, move in zip(wanted, moves, strict=True):
            tangents[call.places[n]] = move
        return (invoke(function, tuple(tangents), result, *call.arrange(operands), **kwargs),)

    return Rule(function, push, what, len(wanted))


# -- what users call


@overload
def primitive(
    function: Callable[..., Any], *, name: str | None = None, nondiff: Sequence[int | str] = ()
) -> Primitive: ...
@overload
def primitive(
    function: None = None, *, name: str | None = None, nondiff: Sequence[int | str] = ()
) -> Callable[[Callable[..., Any]], Primitive]: ...
def primitive(
    function: Any = None, *, name: str | None = None, nondiff: Sequence[int | str] = ()
) -> Any:
    """A function that symdiff does not look into, with a derivative rule of the user's.

    Args:
        function: any callable of numbers and arrays that gives one number or array, and depends on
            nothing else: it may be compiled, look up a table, or have no source.
        name: what it is called in programs and closed forms.
        nondiff: positions or names of arguments that have no derivative, such as an order.

    Returns:
        A `Primitive`; without a function, a decorator.

    Raises:
        UsageError: it is not callable, or `nondiff` names no parameter.

    >>> from symdiff import grad, primitive
    >>> @primitive
    ... def cube(x):
    ...     return x * x * x
    >>> _ = cube.defpartials(lambda r, x: 3 * x**2)
    >>> grad(lambda x: 2 * cube(x))(2.0)
    24.0
    """
    if function is None:
        return functools.partial(primitive, name=name, nondiff=nondiff)
    if not callable(function):
        raise UsageError(f"primitive(...) takes a function, not {function!r}")
    return Primitive(function, name, nondiff)


_registered: dict[int, tuple[Any, Primitive]] = {}


def register(
    function: Callable[..., Any], *, name: str | None = None, nondiff: Sequence[int | str] = ()
) -> Primitive:
    """Give a function of somebody else's a rule: wherever it is called, the rule is used.

    >>> import scipy.special
    >>> from symdiff import grad, register
    >>> _ = register(scipy.special.dawsn).defpartials(lambda r, x: 1 - 2 * x * r)
    >>> grad(lambda x: scipy.special.dawsn(x))(0.0)
    1.0

    Raises:
        UsageError: it is not callable.
    """
    if not callable(function):
        raise UsageError(f"register(...) takes a function, not {function!r}")
    if isinstance(function, Primitive):
        return function
    known = _registered.get(id(function))
    if known is not None and known[0] is function and name is None and not nondiff:
        return known[1]
    made = Primitive(function, name, nondiff, own=False)
    _registered[id(function)] = (function, made)
    return made
