"""Whether NumPy raises floating-point errors where the user calls from.

Compiled programs compute without raising, so the function is then traced anew in every call: the
trace raises what the function does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

from .exclusive import restoring

P = ParamSpec("P")
T = TypeVar("T")

_RAISING = frozenset({"raise", "call"})

# Where NumPy keeps its settings: a new object for each change, so that one look is enough.
_umath = getattr(getattr(np, "_core", None), "umath", None)
_settings: Any = getattr(_umath, "_extobj_contextvar", None)
HARMLESS: list[Any] = [None]
"""The settings that were last found not to have errors raise; asked by compiled code, too."""


def errors_raise() -> bool:
    """Whether `numpy.seterr` or `numpy.errstate` has floating-point errors raise now.

    >>> with np.errstate(divide="raise"):
    ...     errors_raise()
    True
    """
    current = None if _settings is None else _settings.get()
    if current is not None and current is HARMLESS[0]:
        return False
    if not _RAISING.isdisjoint(np.geterr().values()):
        return True
    HARMLESS[0] = current
    return False


def quietly(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that computes without raising or warning.

    `numpy.errstate` takes ten times as long, and may leave its settings behind where an interrupt
    meets it.

    >>> before = np.geterr()
    >>> quietly(np.divide, 1.0, 0.0), np.geterr() == before
    (np.float64(inf), True)
    """
    if _settings is None:
        known = np.geterr()

        def quiet() -> T:
            with np.errstate(all="ignore"):
                return function(*args, **kwargs)

        return restoring(lambda: np.seterr(**known), quiet)
    before = _settings.get()
    try:
        try:
            _settings.set(_quiet)
            return function(*args, **kwargs)
        finally:
            _settings.set(before)
    except BaseException:
        _settings.set(before)
        raise


def current() -> Any:
    """The object that holds what NumPy does about errors here; a new one for each change."""
    return None if _settings is None else _settings.get()


def settings() -> Any:
    """The context variable of that object; `None` where NumPy has none."""
    return _settings


def quiet_state() -> Any:
    """The object that `quietly` puts there."""
    return _quiet


def raising() -> Any:
    """Have NumPy raise where Python's own numbers do, from now on; gives what `settled` takes.

    >>> before = raising()
    >>> try:
    ...     np.exp(np.array([1000.0]))
    ... except FloatingPointError:
    ...     settled(before)
    """
    if _settings is None:
        return np.seterr(over="raise", divide="raise", invalid="raise", under="ignore")
    before = _settings.get()
    _settings.set(_raising)
    return before


def settled(before: Any) -> None:
    """Have NumPy do again what it did."""
    if _settings is None:
        np.seterr(**before)
    else:
        _settings.set(before)


def computing(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that raises where the user has NumPy raise, and does not warn."""
    if not errors_raise():
        return quietly(function, *args, **kwargs)
    known = np.geterr()
    states: Any = {k: v if v in _RAISING else "ignore" for k, v in known.items()}

    def raising() -> T:
        with np.errstate(**states):
            return function(*args, **kwargs)

    return restoring(lambda: np.seterr(**known), raising)


with np.errstate(all="ignore"):
    _quiet = None if _settings is None else _settings.get()

with np.errstate(over="raise", divide="raise", invalid="raise", under="ignore"):
    _raising = None if _settings is None else _settings.get()

STATE = (
    (np.geterr, settled, dict.fromkeys(np.geterr(), "ignore"))
    if _settings is None
    else (_settings.get, _settings.set, _quiet)
)
"""How compiled code is told what NumPy does, how it changes that, and what it changes it to."""
