"""The parameters of a source: their names, defaults, and what is read of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..program.naming import Namer, is_plain
from ..program.outside import Check, Read
from ..program.program import Program, Var
from ..program.sources import Argument, Attribute, Item, Source


def written_defaults(
    parameters: Sequence[str], shown: Sequence[str], defaults: Mapping[str, Any]
) -> dict[str, str]:
    """`=2.0` for each parameter that has such a default, as have all after it."""
    written: dict[str, str] = {}
    for name, as_shown in reversed(list(zip(parameters, shown, strict=True))):
        if name.startswith("*"):
            continue
        value = defaults.get(name, Ellipsis)
        number = type(value) in (int, float) and math.isfinite(value)
        if not number and not (value is None or type(value) in (bool, str)):
            break
        written[as_shown] = f"={value!r}"
    return written


def unused_reads(program: Program) -> set[Var]:
    """The defaults of parameters that are given: they are read and then only checked."""
    used = {o for o in program.outputs if type(o) is Var}
    for statement in program.statements:
        if not isinstance(statement.operation, Check):
            used.update(o for o in statement.operands if type(o) is Var)
    return {
        s.target
        for s in program.statements
        if isinstance(s.operation, Read) and _is_default(s.operation.source)
        if s.target is not None and s.target not in used
    }


def _is_default(source: Source) -> bool:
    owner = source.owner if isinstance(source, Item) else None
    return isinstance(owner, Attribute) and owner.name in ("__defaults__", "__kwdefaults__")


def plain_names(parameters: Sequence[str]) -> list[str]:
    """The names of parameters, and for those that source cannot hold names of their own."""
    namer = Namer([p for p in parameters if is_plain(p)])
    return [p if is_plain(p) else namer(p) for p in parameters]


def names_of(program: Program, parameters: list[str]) -> dict[Var, str]:
    """A name for each variable: that of a parameter only where it is what is given for it."""
    names = {v: v.name for v in program.inputs if v.name in parameters}
    namer = Namer(parameters)
    for statement in program.statements:
        operation, target = statement.operation, statement.target
        if target is None or not isinstance(operation, Read):
            continue
        source = operation.source
        if isinstance(source, Argument) and parameters[source.index :][:1] == [target.name]:
            names[target] = target.name
    for var in program.variables():
        if var not in names:
            names[var] = namer(var.name)
    return names
