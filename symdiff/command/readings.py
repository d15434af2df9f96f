"""What the parameters of a function are taken for that have no value: shapes that `show` needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..specialize.kinds.inference import Reading


def reading_of(
    function: Any,
    at: Mapping[str, Any],
    limit: int,
    traced: Callable[[bool], list[Any]],
) -> Reading | None:
    """How to read a function of arrays; `None` where numbers and vectors of one length will do.

    Args:
        function: the function.
        at: values of its parameters.
        limit: the most ways through it.
        traced: the ways through it with vectors of one length, with loops that are kept or not.

    Raises:
        StepLimitError: the function has no end.
    """
    from ..errors import ConcreteValueError, StepLimitError, SymdiffError
    from ..specialize.kinds.inference import infer
    from ..specialize.kinds.wishes import wishes

    try:
        found = _traced_at_all(traced)
    except ConcreteValueError:
        return infer(function, at, limit)
    except StepLimitError:
        raise
    except SymdiffError:
        return None
    except Exception:
        return infer(function, at, limit)
    if not wishes(found):
        return None
    reading = infer(function, at, limit)
    if reading is None:
        return None
    kinds = set(reading.dimensions.shapes.values())
    one_length = len({n for shape in kinds for n in shape}) <= 1
    return None if one_length and all(len(shape) <= 1 for shape in kinds) else reading


def _traced_at_all(traced: Callable[[bool], list[Any]]) -> Any:
    from ..errors import StepLimitError

    try:
        return traced(True)[0]
    except StepLimitError:
        raise
    except Exception:
        return traced(False)[0]
