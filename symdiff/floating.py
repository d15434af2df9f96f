"""Whether NumPy raises floating-point errors where the user calls from.

Compiled programs compute without raising, so the function is then traced anew in every call: the
trace raises what the function does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_RAISING = frozenset({"raise", "call"})

# Where NumPy keeps its settings: a new object for each change, so that one look is enough.
_umath = getattr(getattr(np, "_core", None), "umath", None)
_settings: Any = getattr(_umath, "_extobj_contextvar", None)
_harmless: Any = None


def errors_raise() -> bool:
    """Whether `numpy.seterr` or `numpy.errstate` has floating-point errors raise now.

    >>> with np.errstate(divide="raise"):
    ...     errors_raise()
    True
    """
    global _harmless
    current = None if _settings is None else _settings.get()
    if current is not None and current is _harmless:
        return False
    if not _RAISING.isdisjoint(np.geterr().values()):
        return True
    _harmless = current
    return False
