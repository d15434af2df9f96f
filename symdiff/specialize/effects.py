"""Calls that act on the world, or answer differently each time: once per gradient call."""

from __future__ import annotations

import operator
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..outside import Check, Opaque, Source, signature, structure
from ..program import BOOL, Guard, Operand, Statement, Var, aval_of
from .recorder import Recorder
from .sites import SITES
from .tracer import Tracer, contains_tracer

_RANDOM_MODULES = {"random", "numpy.random", "secrets", "uuid"}
_EFFECTS: set[Any] = {
    print,
    time.time,
    time.perf_counter,
    time.monotonic,
    time.process_time,
    time.sleep,
}


class Effects:
    """The opaque calls of one trace: made now, and once in every run of the compiled program."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def acts(self, function: Any) -> bool:
        """Whether a call changes from call to call, or acts on the world."""
        try:
            if function in _EFFECTS:
                return True
        except TypeError:
            return False
        owner = getattr(function, "__self__", None)
        module = getattr(function, "__module__", None) or type(owner).__module__ or ""
        return (
            module in _RANDOM_MODULES
            or module.startswith("numpy.random")
            or isinstance(owner, random.Random)
            or type(owner).__module__.startswith("numpy.random")
        )

    def call(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call it now, and once in every run of the compiled program."""
        recorder = self.recorder
        if recorder.abstract and (contains_tracer(args) or contains_tracer(kwargs)):
            return None if function is print else recorder.need_value("a call's argument")
        operands: list[Operand] = []

        def strip(value: Any) -> Any:
            if type(value) is Tracer:
                operand = recorder.operand(value)
                operands.append(operand)
                k = len(operands) - 1
                return lambda values: values[k]
            if type(value) in (list, tuple) and contains_tracer(value):
                kind, parts = type(value), [strip(v) for v in value]
                return lambda values: kind([p(values) for p in parts])
            return lambda values: value

        stripped = [strip(a) for a in args]
        named = {k: strip(v) for k, v in kwargs.items()}

        def arrange(values: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
            return tuple([s(values) for s in stripped]), {k: s(values) for k, s in named.items()}

        concrete = [_value_of(v) for v in args]
        named_values = {k: _value_of(v) for k, v in kwargs.items()}
        result = recorder.log.call(lambda: function(*concrete, **named_values))
        label = getattr(function, "__name__", "call")
        return self._handed(Opaque(function, arrange, BOOL, label), tuple(operands), result)

    def _handed(self, operation: Opaque, operands: tuple[Operand, ...], result: Any) -> Any:
        """The result of an opaque call as the traced function sees it."""
        recorder = self.recorder
        span = SITES[recorder.site].span
        label = operation.label
        number = isinstance(result, int | float | np.number | np.ndarray) and not isinstance(
            result, bool
        )
        aval = aval_of(result) if number else BOOL
        target = Var(label, aval)
        recorder.statements.append(Statement(target, replace(operation, aval=aval), operands, span))
        if result is None:
            return None
        if number:
            expected = signature(result)
            check = Check("signature", _Made(label), expected)
            recorder.statements.append(Statement(None, check, (target,), span))
            recorder.path.append(expected)
            value = np.array(result) if isinstance(result, np.ndarray) else result
            recorder.values[target] = value
            return Tracer(recorder, value, target)
        if isinstance(result, bool | str):
            recorder.guard(Guard("equal", result), (target,), result)
            return result
        if type(result) in (list, tuple):
            recorder.guard(Guard("structure", structure(result)), (target,), structure(result))
            items = [self._item(target, k, item, label) for k, item in enumerate(result)]
            return type(result)(items)
        return recorder.refuse(
            f"`{label}` gives a {type(result).__name__}, which symdiff cannot follow",
            remedy="call it outside the function and pass the result",
        )

    def _item(self, target: Var, k: int, item: Any, label: str) -> Any:
        self.recorder.log.call(lambda: item)
        take = Opaque(operator.itemgetter(k), lambda values: ((values[0],), {}), BOOL, label)
        return self._handed(take, (target,), item)


class _Made(Source):
    """The source of an opaque call's result, for messages."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __str__(self) -> str:
        return f"the result of {self.label}"


def _value_of(value: Any) -> Any:
    if type(value) is Tracer:
        return value.value
    if type(value) in (list, tuple):
        return type(value)(_value_of(v) for v in value)
    return value
