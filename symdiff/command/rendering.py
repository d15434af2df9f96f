"""What is printed of one function: the best form that it has.

Everything symbolic is imported when there is something to show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import _lru_cache_wrapper, cache
from typing import Any

from .points import Shape, as_value
from .readings import reading_of
from .targets import parameters_of, unused_lengths

WIDTH = 80


def render(
    title: str,
    function: Any,
    at: dict[str, Any],
    by: list[str] | None,
    form: str,
    max_paths: int,
) -> tuple[str, str]:
    """The text to print of a function, and its head: the name with the arguments.

    Args:
        title: what the function is called.
        function: the function, or its gradient.
        at: values for arguments, and shapes of arrays.
        by: the arguments to differentiate with respect to; `None` for all, or the gradient's own.
        form: one of the formats of `present.show`.
        max_paths: the most ways through its branches.

    Raises:
        SymdiffError: it cannot be shown.
    """
    from ..errors import ConcreteValueError, SymdiffError
    from ..operators.gradient import Gradient
    from ..operators.transforms import grad
    from ..present.show import show as written
    from ..present.symbols import Symbols, example
    from ..program.loops import makes_lengths
    from ..specialize.paths import enumerate_paths

    wrapped: Any = function
    if isinstance(function, Gradient):
        wrapped = getattr(function, "__wrapped__", function)
    if isinstance(function, Gradient) and by is None:
        gradient: Any = function
    else:
        gradient = grad(wrapped, wrt=tuple(by) if by is not None else "all")
    wrt = list(gradient.wrt_names())
    parameters = parameters_of(wrapped)
    typed = {
        k: tuple([None if n in parameters else n for n in v.lengths])
        for k, v in at.items()
        if type(v) is Shape and k in parameters
    }
    at = {k: v for k, v in at.items() if type(v) is not Shape}
    point = {k: as_value(v, k in wrt) for k, v in at.items() if k in parameters}
    whole = {k: at[k] for k in point if type(at[k]) is int and k in wrt and by is None}
    lengths = unused_lengths(wrapped)

    @cache
    def traced(loops: bool) -> list[Any]:
        """The ways through the function, at each length, with loops that are kept or unrolled."""
        paths = enumerate_paths(wrapped, point, max_paths, lengths[0], loops)
        assumed = any(v.aval.shape == (lengths[0],) for p in paths for v in p.program.inputs)
        if not assumed and not any(makes_lengths(p.program) for p in paths):
            return [paths]
        return [paths, *[enumerate_paths(wrapped, point, max_paths, n, loops) for n in lengths[1:]]]

    def shown(
        loops: bool, by_line: bool = True, variants: Sequence[Any] = (), dimensions: Any = None
    ) -> str:
        paths, *others = variants or traced(loops)
        inputs = [v for p in paths for v in p.program.inputs]
        real = {v.name for v in inputs if v.aval.is_inexact}
        whole = {v.name for v in inputs} - real
        names = [n for n in wrt if by is not None or n not in whole]
        if wrapped is function and by is None:
            names = [n for n in wrt if n in real]
        given: dict[str, Any] = {"at": point, "width": WIDTH, "lengths": lengths}
        given["dimensions"] = dimensions
        return written(title, paths, names, form=form, others=others, by_line=by_line, **given)

    head = f"{title}({', '.join(parameters)})"
    try:
        if whole:
            traced(False)
    except TypeError:  # of a float where Python takes whole numbers alone
        point.update(whole)
        wrt = [n for n in wrt if n not in whole]
        traced.cache_clear()
    except SymdiffError:
        pass  # told below
    if form == "steps":
        try:
            return shown(False), head
        except ConcreteValueError as error:
            reading = reading_of(wrapped, point, max_paths, traced, typed)
            if reading is not None:
                error.remedy = f'give values: --at "{example(reading.dimensions)}"'
            raise
    text = ""
    if form == "text" and point and all(name in point for name in parameters):
        text = _looped(traced, shown, point, wrt)
    reading = None if text else reading_of(wrapped, point, max_paths, traced, typed)
    if reading is not None:
        if not reading.alike:
            raise Symbols(reading.dimensions).refuse("what is computed")
        text = shown(False, variants=reading.variants, dimensions=reading.dimensions)
    return text or _best(traced, shown), head


def _looped(
    traced: _lru_cache_wrapper[list[Any]],
    shown: Callable[..., str],
    point: dict[str, Any],
    wrt: Sequence[str],
) -> str:
    """How a function goes that has loops, with its values at a point that gives all it needs.

    It is nothing where there is a formula for that point, or a loop that cannot be kept.
    """
    from ..errors import SymdiffError, TooLargeError
    from ..present.kept import has_loops
    from ..present.point import values_at
    from ..present.ways import differentiate_path

    given = dict(point)
    try:
        shown(False, by_line=False)
        return ""
    except TooLargeError:
        ((path, *_), *_) = traced(False)
    except (SymdiffError, TypeError):
        return ""
    traced.cache_clear()
    point.clear()
    try:
        if not any(map(has_loops, traced(True))):
            return ""
        names = [v.name for v in path.program.inputs if v.name in wrt]
        way = differentiate_path(path.program, names)
        values = values_at(path.program.name, [way], given, WIDTH)
        return "\n".join([shown(True), *values])
    except SymdiffError:
        return ""
    finally:
        point.update(given)
        traced.cache_clear()


def _best(traced: Callable[[bool], list[Any]], shown: Callable[..., str]) -> str:
    """A formula with loops that are kept; or without, if that is one; or what else there is."""
    from ..errors import (
        NonScalarError,
        StepLimitError,
        SymdiffError,
        TooLargeError,
        UsageError,
    )
    from ..present.kept import has_loops

    try:
        if not any(map(has_loops, traced(True))):
            return shown(True)
        return shown(True, by_line=False)
    except TooLargeError:
        attempts = [(False, False), (True, True)]
    except (UsageError, StepLimitError, NonScalarError):
        raise
    except SymdiffError:
        attempts = []
    for attempt in attempts:
        try:
            return shown(*attempt)
        except SymdiffError:
            pass
    return shown(False)
