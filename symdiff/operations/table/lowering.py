"""Enter functions that are made of others, and read their arguments as NumPy reads them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from .entry import TABLE, Ops, StructuralEntry

ALL = ("slice", None, None, None)
"""The code of the index `:`."""

Samples = Callable[[Any], list[tuple[tuple[Any, ...], dict[str, Any]]]]


def whole(ops: Ops, value: Any) -> Any:
    """Nested lists of numbers and arrays as one array; anything else as it is."""
    if not isinstance(value, (list, tuple)):
        return value
    if not value:
        return np.array(value)
    numbers: list[Any] = []
    shape = _flatten(ops, value, numbers)
    if shape is not None:
        return ops.apply("array", *numbers, shape=shape)
    return ops.apply("stack", [whole(ops, v) for v in value])


def _flatten(ops: Ops, value: Any, numbers: list[Any]) -> tuple[int, ...] | None:
    """The shape of nested lists of numbers, put in order into `numbers`; `None` with arrays."""
    if not isinstance(value, (list, tuple)):
        if ops.aval(value).shape:
            return None
        numbers.append(value)
        return ()
    shapes = [_flatten(ops, v, numbers) for v in value]
    first = shapes[0] if shapes else ()
    if first is None or any(s != first for s in shapes):
        return None
    return (len(value), *first)


def reads(lower: Callable[..., Any], *arrays: str, free: Sequence[str] = ()) -> Callable[..., Any]:
    """Prepare the arguments of a rule, which it names as NumPy does.

    Args:
        lower: `lower(ops, ...)`.
        arrays: its parameters that are arrays, for which NumPy also takes nested lists.
        free: those it reads itself. Any other parameter is made a plain value, guarded.
    """
    spread = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)

    @cache  # asked for at the first call: a process calls few of the rules that it loads
    def declared() -> tuple[inspect.Signature, dict[str, Any], str]:
        signature = inspect.signature(lower)
        kinds = {p.name: p.kind for p in signature.parameters.values()}
        return signature, kinds, next(iter(kinds))

    def call(ops: Ops, *args: Any, **kwargs: Any) -> Any:
        signature, kinds, first = declared()
        bound = signature.bind(ops, *args, **kwargs)
        for key, value in bound.arguments.items():
            if key == first or key in free:
                continue
            if kinds[key] in spread:
                if key in arrays:
                    bound.arguments[key] = tuple([whole(ops, v) for v in value])
                continue
            bound.arguments[key] = whole(ops, value) if key in arrays else ops.known(value)
        return lower(*bound.args, **bound.kwargs)

    return call


def lowered(
    name: str,
    lower: Callable[..., Any],
    names: Sequence[str],
    samples: Samples | None,
    *arrays: str,
    free: Sequence[str] = (),
) -> None:
    """Enter what is made of other entries; `arrays` and `free` as in `reads`."""
    TABLE.add(
        StructuralEntry(
            name=name,
            names=tuple(names),
            lower=reads(lower, *(arrays or ("x",)), free=free),
            samples=samples,
        )
    )


def numpy_and_jax(name: str, *also: str) -> tuple[str, ...]:
    """The names of a function that NumPy and JAX spell alike.

    >>> numpy_and_jax("tile", ".tile")
    ('numpy.tile', 'jax.numpy.tile', '.tile')
    """
    return (f"numpy.{name}", f"jax.numpy.{name}", *also)


def in_floats(ops: Ops, x: Any) -> Any:
    """Integers and truths as floats: differences of small ones wrap around, a mean may be none."""
    return x if ops.aval(x).is_inexact else ops.cast(x, dtype="float64")


def along(axis: int, *items: Any) -> tuple[Any, ...]:
    """The code of an index that has `items` at `axis` and takes what is before whole."""
    return (*[ALL] * axis, *items)


def section(ops: Ops, x: Any, axis: int, start: Any, stop: Any, step: Any = None) -> Any:
    """`x[start:stop:step]` along one axis."""
    return ops.getitem(x, index=along(axis, ("slice", start, stop, step)))


def draw(*calls: Any) -> Samples:
    """Samples from shapes: each call is `(args, kwargs)`, a tuple of integers a random array.

    >>> import numpy as np
    >>> [((x, k), kwargs)] = draw((((2, 3), 1), {"axis": 0}))(np.random.default_rng(0))
    >>> x.shape, k, kwargs
    ((2, 3), 1, {'axis': 0})
    """

    def samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        def fill(value: Any) -> Any:
            shape = isinstance(value, tuple) and all(type(v) is int for v in value)
            if shape:
                return rng.normal(size=value)
            return [fill(v) for v in value] if isinstance(value, list) else value

        return [(tuple(fill(a) for a in args), dict(kwargs)) for args, kwargs in calls]

    return samples
