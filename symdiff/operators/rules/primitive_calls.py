"""One way of calling a user's primitive, and its entry: derivatives from whichever rules there are.

`Primitive` has the user's rules; here they become a pullback and a pushforward over operands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Any, Protocol

import numpy as np

from ...errors import UnsupportedError, UsageError
from ...operations.table.entry import TABLE, StructuralEntry
from ...program.outside import Same
from ...program.program import Aval, Operand, Var
from ...records import dataclass
from .statements import Rule, Seeds, pulled, pushed


class Primitive(Protocol):
    """What is asked of the primitive that is called."""

    name: str
    _called: Callable[..., Any]

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any: ...

    def describe(self, kind: str) -> str: ...

    def differentiable(self, position: int) -> bool: ...

    def rule(self, kind: str) -> tuple[Callable[..., Any] | None, ...] | None: ...


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


def entry_for(call: Call, aval: Aval) -> StructuralEntry:
    """The entry of a call whose result is known: what stands in the program."""
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


def _chosen(call: Call, *order: str) -> tuple[str, tuple[Callable[..., Any] | None, ...]]:
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
    call: Call, kind: str, functions: tuple[Callable[..., Any] | None, ...], wanted: Sequence[int]
) -> list[tuple[Rule, list[int]]]:
    """The user's functions over operands alone, each with the operands that it is for."""
    key = (kind, functions, tuple(wanted))
    known = call.rules.get(key)
    if known is None:
        known = call.rules[key] = _made_rules(call, kind, functions, wanted)
    return known


def _made_rules(
    call: Call, kind: str, functions: tuple[Callable[..., Any] | None, ...], wanted: Sequence[int]
) -> list[tuple[Rule, list[int]]]:
    what = call.primitive.describe(kind)
    joint = functions[0]
    if len(functions) == 1 and call.arity > 1 and wanted and joint is not None:
        return [(_joint_rule(call, kind, joint, list(wanted), what), list(wanted))]
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
