"""What the parameters of a function are taken for that have no value: shapes that `show` needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..source.shapes import Lengths
    from ..specialize.kinds.inference import Reading


def reading_of(
    function: Any,
    at: Mapping[str, Any],
    limit: int,
    traced: Callable[[bool], list[Any]],
    typed: Mapping[str, Lengths],
) -> Reading | None:
    """How to read a function of arrays; `None` where numbers and vectors of one length will do.

    Args:
        function: the function.
        at: values of its parameters.
        limit: the most ways through it.
        traced: the ways through it with vectors of one length, with loops that are kept or not.
        typed: shapes of parameters that were typed.

    Raises:
        ConcreteValueError: the function does not take arrays of the shapes that were typed.
        StepLimitError: the function has no end.
    """
    from ..errors import ConcreteValueError, StepLimitError, SymdiffError, UnsupportedError
    from ..source.shapes import told_of
    from ..specialize.kinds.inference import infer, refuse
    from ..specialize.kinds.wishes import wishes

    said = told_of(function)
    told = {name: shape for name, shape in said.shapes.items() if name not in at} | dict(typed)
    found = None
    try:
        found = _traced_at_all(traced)
    except StepLimitError:
        raise
    except (ConcreteValueError, UnsupportedError):
        pass
    except SymdiffError:
        if not typed:
            return None
    except Exception:
        pass
    axes = {v.name: len(v.aval.shape) for p in found or [] for v in p.program.inputs}
    if found is not None and not wishes(found) and _agrees(told, axes):
        return None
    arrays = said.arrays - set(at)
    reading = infer(function, at, limit, told, arrays)
    if said.shapes and (reading is None or not reading.gives_numbers()):
        reading = infer(function, at, limit, typed) or reading
    if reading is None and typed:
        raise refuse(function, at, limit, typed)
    if reading is None or found is None:
        return reading
    shapes = reading.dimensions.shapes
    of_one_length = len({n for shape in shapes.values() for n in shape}) <= 1
    same = all(axes.get(name) == len(shape) < 2 for name, shape in shapes.items())
    known = any(isinstance(n, int) for shape in shapes.values() for n in shape)
    return None if of_one_length and same and not known else reading


def _agrees(told: Mapping[str, Lengths], axes: Mapping[str, int]) -> bool:
    """Whether vectors of one length are what was told."""
    lengths = {n for shape in told.values() for n in shape if n is not None}
    known = [n for n in lengths if isinstance(n, int)]
    same = all(axes.get(name, len(shape)) == len(shape) for name, shape in told.items())
    return same and len(lengths) <= 1 and not known


def _traced_at_all(traced: Callable[[bool], list[Any]]) -> Any:
    from ..errors import StepLimitError

    try:
        return traced(True)[0]
    except StepLimitError:
        raise
    except Exception:
        return traced(False)[0]
