"""The `Operation` of a structural entry: the entry with its parameters filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...program.interning import Interned, within_bounds
from ...program.program import Aval
from .entry import TABLE, StructuralEntry


class Structural:
    """A structural entry with its parameters; interned, so equal ones are identical.

    >>> total = Structural.of("sum", axis=0)
    >>> total.describe(["x"])
    'sum(x, axis=0)'
    """

    __slots__ = ("__weakref__", "_avals", "entry", "params")
    _interned: Interned[Structural] = Interned()

    def __init__(self, entry: StructuralEntry, params: dict[str, Any]) -> None:
        self.entry = entry
        self.params = params
        self._avals: dict[tuple[Aval, ...], Aval] = {}

    @classmethod
    def of(cls, name: str, /, **params: Any) -> Structural:
        key = (name, tuple(sorted((k, repr(type(v)), v) for k, v in params.items())))

        def make() -> Structural:
            entry = TABLE.entries[name]
            assert isinstance(entry, StructuralEntry), name
            return cls(entry, params)

        # A parameter that belongs to one trace keeps its operations, so that they go with it.
        home = next((v.interned for v in params.values() if hasattr(v, "interned")), None)
        if home is None:
            return cls._interned.get(key, make)
        if key not in home:
            home[key] = make()
        return home[key]  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (self.entry.name, self.params))

    def __repr__(self) -> str:
        return f"<{self.entry.name} {self.params}>"

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def solves(self) -> bool:
        """Whether it solves equations, which are programs that it has as a parameter."""
        return any(hasattr(value, "interned") for value in self.params.values())

    def infer(self, avals: Sequence[Aval]) -> Aval:
        key = tuple(avals)
        known = self._avals.get(key)
        if known is None:
            assert self.entry.infer is not None, self.entry.name
            within_bounds(self._avals)  # type: ignore[arg-type]
            known = self._avals[key] = self.entry.infer(*key, **self.params)
        return known

    def evaluate(self, *values: Any) -> Any:
        assert self.entry.numpy is not None, self.entry.name
        return self.entry.numpy(*values, **self.params)

    def describe(self, operands: Sequence[str]) -> str:
        if self.entry.describe is not None:
            return self.entry.describe(operands, self.params)
        params = [f"{k}={v!r}" for k, v in self.params.items() if v is not None and v is not False]
        return f"{self.entry.name}({', '.join([*operands, *params])})"


def _rebuild(name: str, params: dict[str, Any]) -> Structural:
    return Structural.of(name, **params)
