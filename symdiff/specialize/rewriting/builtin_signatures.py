"""How Python's builtins may be called: a call of ours that Python refuses is refused as it does."""

from __future__ import annotations

import functools
import math
import operator
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

_ANY = sys.maxsize

# For each function: the least and the most arguments by place, and those that may come by name.
_CALLS: dict[Any, tuple[int, int, frozenset[str]]] = {
    function: (least, most, frozenset(names.split()))
    for function, least, most, names in (
        (isinstance, 2, 2, ""),
        (issubclass, 2, 2, ""),
        (len, 1, 1, ""),
        (int, 0, 2, "base"),
        (float, 0, 1, ""),
        (bool, 0, 1, ""),
        (range, 1, 3, ""),
        (sum, 1, 2, "start"),
        (complex, 0, 2, "real imag"),
        (hash, 1, 1, ""),
        (math.floor, 1, 1, ""),
        (math.ceil, 1, 1, ""),
        (math.trunc, 1, 1, ""),
        (operator.index, 1, 1, ""),
        (min, 1, _ANY, "key default"),
        (max, 1, _ANY, "key default"),
        (any, 1, 1, ""),
        (all, 1, 1, ""),
        (round, 0, 2, "number ndigits"),
        (divmod, 2, 2, ""),
        (pow, 0, 3, "base exp mod"),
        (sorted, 1, 1, "key reverse"),
        (list, 0, 1, ""),
        (tuple, 0, 1, ""),
        (set, 0, 1, ""),
        (frozenset, 0, 1, ""),
        (enumerate, 0, 2, "iterable start"),
        (zip, 0, _ANY, "strict"),
        (iter, 1, 2, ""),
        (next, 1, 2, ""),
        (reversed, 1, 1, ""),
        (map, 2, _ANY, ""),
        (filter, 2, 2, ""),
        (functools.reduce, 2, 3, ""),
        (getattr, 2, 3, ""),
        (hasattr, 2, 2, ""),
        (setattr, 3, 3, ""),
        (delattr, 2, 2, ""),
        (vars, 0, 1, ""),
        (callable, 1, 1, ""),
        (id, 1, 1, ""),
        (str, 0, 3, "object encoding errors"),
        (repr, 1, 1, ""),
        (ascii, 1, 1, ""),
        (format, 1, 2, ""),
        (abs, 1, 1, ""),
        (math.fsum, 1, 1, ""),
        (math.dist, 2, 2, ""),
        (math.prod, 1, 1, "start"),
        (dict.fromkeys, 1, 2, ""),
    )
}


def fits(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
    """Whether Python takes a call of one of its builtins, as far as the arguments' number goes.

    >>> fits(max, (3.0, 1.0), {"key": abs}), fits(max, (3.0, 1.0), {"c": 7.0})
    (True, False)
    """
    known = _CALLS.get(function)
    if known is None:
        return True
    least, most, names = known
    if not least <= len(args) <= most or not kwargs.keys() <= names:
        return False
    return not (function in (min, max) and len(args) > 1 and "default" in kwargs)


def raise_wrong_call(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> NoReturn:
    """Raise what Python raises for a wrong call; the arguments are plain values."""
    function(*args, **kwargs)
    raise TypeError(f"{function.__name__}() takes other arguments")
