"""What a traced value may ask of its trace: the recorder, as a protocol.

The recorder makes tracers, and a tracer asks it for all that happens to it. So that neither a
tracer nor a text names the class of its owner, both know what is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn, Protocol

from ...errors import SourceSpan, SymdiffError
from ...program.program import Guard, Operand, Var


class Recording(Protocol):
    """What tracers and texts ask of their trace. Traced values are `Any` here."""

    abstract: bool
    epoch: int
    decided: dict[tuple[str, Var], Any]

    # -- where it is, and that it cannot go on

    def where(self) -> SourceSpan | None: ...

    def need_value(self, what: str) -> NoReturn: ...

    def refused(self, error: SymdiffError) -> NoReturn: ...

    # -- values and decisions

    def handle(self, value: Any, operand: Any) -> Any: ...

    def operand(self, value: Any) -> Operand: ...

    def aval(self, value: Any) -> Any: ...

    def truth(self, tracer: Any) -> bool: ...

    def concrete(self, value: Any) -> Any: ...

    def guard(self, guard: Guard, operands: tuple[Operand, ...], outcome: Any) -> None: ...

    # -- what is done with them

    def operator(self, name: str, *args: Any) -> Any: ...

    def call_entry(
        self, function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any: ...

    def attribute(self, tracer: Any, name: str) -> Any: ...

    def copied(self, tracer: Any) -> Any: ...

    def length(self, tracer: Any) -> int: ...

    def each(self, tracer: Any) -> Iterator[Any]: ...

    def getitem(self, tracer: Any, index: Any) -> Any: ...

    def setitem(self, tracer: Any, index: Any, value: Any) -> None: ...
