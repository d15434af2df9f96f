"""What a structural entry of the table says of itself, checked on its samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..operations.table.entry import StructuralEntry
from ..operations.table.structural import Structural
from ..program.program import Program, Var
from .numeric import close
from .programs import call_program, check_float32, check_program, evaluate, gradient_of
from .references import references_of

_WIDENS = {"cast", "cov", "corrcoef", "float_power", "bincount", "kaiser"}
"""Entries that compute in double precision, as NumPy does, or in any that is asked for."""


def check_structural(
    entry: StructuralEntry, reference: Callable[..., Any] | None, rng: np.random.Generator
) -> None:
    """Assert what the entry says of values, rules, views and dtypes, on each of its samples."""
    if entry.samples is None:
        raise AssertionError(f"{entry.name}: no samples to check it with")
    references = references_of(entry)
    if reference is not None:
        references = [("the reference", reference)]
    for args, kwargs in entry.samples(rng):
        program, values = call_program(entry, args, kwargs)
        result = evaluate(program, *values)
        for name, function in references:
            want = function(*args, **kwargs)
            want = _split_parts(want if isinstance(want, (tuple, list)) else (want,))
            for have, expected in zip(result, want, strict=True):
                close(have, expected, 1e-13, 1e-14, f"{entry.name}: value against {name}")
        _check_aliases(program, values)
        for method in entry.names:
            _compare_method(entry, method, args, kwargs, result)
        check_program(program, values, rng=rng)
        gradient, _ = gradient_of(program, program.inputs)
        seeds = [rng.normal(size=np.shape(r))[()] if np.ndim(r) else rng.normal() for r in result]
        _compare_targets(gradient, [*values, *seeds], entry.name)
        if entry.name not in _WIDENS and not any(type(v) is float for v in values):
            check_float32(*call_program(entry, _single(args), kwargs))


def _split_parts(values: Sequence[Any]) -> list[Any]:
    """Values as `call_program` gives them: a complex one is two real ones."""
    parts: list[Any] = []
    for value in values:
        parts += [np.real(value), np.imag(value)] if np.iscomplexobj(value) else [value]
    return parts


def _single(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)([_single(v) for v in value])
    if isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f":
        return value.astype(np.float32)
    if isinstance(value, (np.ndarray, np.complexfloating)) and value.dtype.kind == "c":
        return value.astype(np.complex64)
    return value


def _compare_method(
    entry: StructuralEntry, name: str, args: Sequence[Any], kwargs: dict[str, Any], result: Any
) -> None:
    if not name.startswith(".") or not args or not isinstance(args[0], np.ndarray):
        return
    method = getattr(args[0], name[1:], None)
    if not callable(method):
        return
    try:
        want = method(*args[1:], **kwargs)
    except TypeError:  # the method spells its arguments otherwise
        return
    for have, part in zip(result, _split_parts([want]), strict=False):
        close(have, part, 1e-13, 1e-14, f"{entry.name}: value against the method {name}")


def _check_aliases(program: Program, values: Sequence[Any]) -> None:
    """Only an entry marked so gives a view of an operand, and only of the first."""
    known: dict[Any, Any] = dict(zip(program.inputs, values, strict=True))
    for statement in program.statements:
        operands = [known[o] if type(o) is Var else o for o in statement.operands]
        result = known[statement.target] = statement.operation.evaluate(*operands)
        if not isinstance(statement.operation, Structural):
            continue
        entry = statement.operation.entry
        for k, operand in enumerate(operands):
            shared = isinstance(result, np.ndarray) and np.shares_memory(result, operand)
            if shared and not (entry.alias and k == 0):
                raise AssertionError(f"{entry.name}: the result is a view of operand {k}")


def _compare_targets(program: Program, values: Sequence[Any], name: str) -> None:
    have = evaluate(program, *values, target="math")
    for one, other in zip(have, evaluate(program, *values), strict=True):
        close(one, other, 1e-12, 1e-14, f"{name}: what `emit` prints against `numpy`")
