"""Take a value as a constant: `detach`, also called `stop_gradient`."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def detach(x: T) -> T:
    """`x` itself, taken as a constant where a function is differentiated.

    >>> from symdiff import grad
    >>> grad(lambda x: detach(x * x) * x)(3.0)
    9.0
    """
    return x


def _traced(calls: Any, x: Any) -> Any:
    return calls.recorder.apply("detach", x)


detach.__symdiff_traced__ = _traced  # type: ignore[attr-defined]
stop_gradient = detach
