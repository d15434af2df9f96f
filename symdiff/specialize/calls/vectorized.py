"""`numpy.vectorize` and `numpy.frompyfunc`: a Python function called for each element or block."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...program.outside import Same
from ...program.shapes import broadcast_shapes
from ...program.sources import Attribute
from .ufunc_methods import UfuncMethods

if TYPE_CHECKING:
    from ..outside.parts import Calls
    from ..recording.recorder import Recorder


class Vectorized:
    """What `numpy.frompyfunc` makes inside a traced function; its results are not objects."""

    def __init__(self, calls: Calls, function: Any, nin: int, nout: int) -> None:
        self.calls = calls
        self.function = function
        self.nin, self.nout, self.nargs = nin, nout, nin + nout

    def __symdiff_call__(self, calls: Calls, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        return _spread(calls, self.function, args, kwargs, frozenset(), None, keep=True)

    def __getattr__(self, name: str) -> Any:
        if name in ("reduce", "accumulate", "outer") and (self.nin, self.nout) == (2, 1):
            return getattr(_Methods(self), name)
        return self.calls.recorder.refuse(f"`.{name}` of what `numpy.frompyfunc` gives")


class _Methods(UfuncMethods):
    """The methods of a ufunc that is made of a Python function."""

    def __init__(self, made: Vectorized) -> None:
        self.calls = made.calls
        self.recorder = made.calls.recorder
        self.name = "frompyfunc"
        self.made = made

    def _apply(self, a: Any, b: Any) -> Any:
        return self.made.__symdiff_call__(self.calls, (a, b), {})


def vectorize(calls: Calls, vectorized: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Call what `numpy.vectorize` made."""
    excluded, otypes = frozenset(vectorized.excluded), vectorized.otypes
    reader = calls.hooks.reader
    if reader.is_outside(vectorized) and hasattr(vectorized, "pyfunc"):
        place = Attribute(reader.source_of(vectorized), "pyfunc")
        reader.check_once((id(vectorized), "pyfunc"), place, "identity", Same(vectorized.pyfunc))
    if not hasattr(vectorized, "pyfunc") or not callable(vectorized.pyfunc):
        return vectorized._init_stage_2(*args, **kwargs)  # `vectorize(otypes=...)(f)`
    if vectorized.signature is not None:
        return _blocks(calls, vectorized, args, kwargs, excluded)
    return _spread(calls, vectorized.pyfunc, args, kwargs, excluded, otypes)


def _spread(
    calls: Calls,
    function: Any,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    excluded: frozenset[Any],
    otypes: Any,
    keep: bool = False,
) -> Any:
    """The function for every element of the arguments that are not excluded, broadcast."""
    recorder, site = calls.recorder, calls.recorder.site
    given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
    arrays = {k: recorder.array(v) for k, v in given.items() if k not in excluded}
    shape = broadcast_shapes(*[recorder.shape(a) for a in arrays.values()])
    arrays = {k: recorder.apply("broadcast_to", a, shape=shape) for k, a in arrays.items()}

    def one(place: tuple[int, ...]) -> Any:
        row = dict(given)
        for k in arrays:
            row[k] = recorder.getitem(arrays[k], place) if shape else given[k]
        named = {k: row[k] for k in kwargs}
        return calls.call(site, function, *[row[k] for k in range(len(args))], **named)

    results = [one(place) for place in np.ndindex(shape)]
    if not results:
        recorder.refuse("a vectorized function of no elements", remedy="test the size before it")
    if isinstance(results[0], tuple):
        kinds = otypes or [None] * len(results[0])
        columns = zip(*results, strict=True)
        return tuple([_gathered(recorder, list(c), shape, t, keep) for c, t in zip(columns, kinds)])
    return _gathered(recorder, results, shape, otypes[0] if otypes else None, keep)


def _gathered(
    recorder: Recorder, values: list[Any], shape: tuple[int, ...], otype: Any, keep: bool
) -> Any:
    """One array of the results, of the dtype asked for or, as NumPy has it, of the first one."""
    joined = recorder.apply("reshape", recorder.array(values), shape=shape)
    dtype = recorder.aval(values[0]).dtype if otype is None else np.dtype(otype).name
    if not keep and recorder.aval(joined).dtype != dtype:
        joined = recorder.apply("cast", joined, dtype=dtype)
    if not shape and keep:
        return values[0]
    return joined


# -- with a signature: the last axes of each argument go to the function together


def _dimensions(signature: str) -> tuple[list[list[str]], list[list[str]]]:
    """The names of the core dimensions of the arguments and of the results.

    >>> _dimensions("(m,n),(n)->(m)")
    ([['m', 'n'], ['n']], [['m']])
    """

    def parse(text: str) -> list[list[str]]:
        groups = re.findall(r"\(([^)]*)\)", text)
        return [[d.strip() for d in group.split(",") if d.strip()] for group in groups]

    before, after = signature.split("->")
    return parse(before), parse(after)


def _blocks(
    calls: Calls,
    vectorized: Any,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    excluded: frozenset[Any],
) -> Any:
    recorder, site = calls.recorder, calls.recorder.site
    taken, _ = _dimensions(vectorized.signature)
    spread = [k for k in range(len(args)) if k not in excluded]
    if kwargs.keys() - excluded:
        recorder.refuse("`numpy.vectorize` with a signature and keyword arguments")
    if len(spread) != len(taken):
        raise TypeError(
            f"wrong number of positional arguments: expected {len(taken)}, got {len(spread)}"
        )
    arrays = {k: recorder.array(args[k]) for k in spread}
    cores, sizes = {}, dict[str, int]()
    for k, names in zip(spread, taken, strict=True):
        shape = recorder.shape(arrays[k])
        if len(shape) < len(names):
            raise ValueError(f"{len(shape)}-dimensional argument does not have enough dimensions")
        cores[k] = shape[len(shape) - len(names) :]
        for name, size in zip(names, cores[k], strict=True):
            if sizes.setdefault(name, size) != size:
                raise ValueError(f"inconsistent size for core dimension {name!r}")
    outer = broadcast_shapes(
        *[recorder.shape(a)[: len(recorder.shape(a)) - len(cores[k])] for k, a in arrays.items()]
    )
    arrays = {
        k: recorder.apply("broadcast_to", a, shape=(*outer, *cores[k])) for k, a in arrays.items()
    }

    def one(place: tuple[int, ...]) -> Any:
        row = [
            (recorder.getitem(arrays[k], place) if place else arrays[k]) if k in arrays else v
            for k, v in enumerate(args)
        ]
        return calls.call(site, vectorized.pyfunc, *row, **kwargs)

    results = [one(place) for place in np.ndindex(outer)]
    several = isinstance(results[0], tuple)
    columns = zip(*results, strict=True) if several else [results]
    joined = []
    for column, otype in zip(columns, vectorized.otypes or [None] * len(results)):
        blocks = [recorder.array(value) for value in column]
        whole = recorder.apply("stack", blocks)
        inner = recorder.shape(blocks[0])
        dtype = recorder.aval(blocks[0]).dtype if otype is None else np.dtype(otype).name
        if recorder.aval(whole).dtype != dtype:
            whole = recorder.apply("cast", whole, dtype=dtype)
        joined.append(recorder.apply("reshape", whole, shape=(*outer, *inner)))
    return tuple(joined) if several else joined[0]
