"""Has numba compile a text."""

from __future__ import annotations

import functools
import importlib.util
import linecache
from collections.abc import Sequence
from typing import Any

from ..values import NoNativeForm
from .outside import Given
from .prelude import PRELUDE

_made: dict[tuple[str, tuple[Any, ...]], Any] = {}


def why_not() -> str | None:
    """Why numba compiles nothing here; `None` where it does."""
    if importlib.util.find_spec("numba") is None:
        return "numba is not installed (pip install numba)"
    try:
        import numba

        if numba.config.DISABLE_JIT:
            return "numba is told to compile nothing (NUMBA_DISABLE_JIT)"
        _space()
    except Exception as error:
        return f"numba cannot be used here ({error!r})"
    return None


@functools.lru_cache(1)
def _space() -> dict[str, Any]:
    """What texts are compiled among: the prelude."""
    space: dict[str, Any] = {"__name__": "symdiff_for_numba"}
    file = "<symdiff prelude for numba>"
    linecache.cache[file] = (len(PRELUDE), None, PRELUDE.splitlines(True), file)
    exec(compile(PRELUDE, file, "exec"), space)
    return space


def compiled(text: str, given: Sequence[Given]) -> Any:
    """The function `call` of a text, which calls its function `body`.

    Raises:
        NoNativeForm: numba does not take it.
    """
    key = text, tuple([(g.kind, g.ndim) for g in given])
    known = _made.get(key)
    if known is not None:
        return known
    import numba

    letters = {"f": numba.float64, "i": numba.int64, "b": numba.boolean}
    kinds = [
        letters[g.kind]
        if g.ndim is None
        else numba.types.Array(letters[g.kind], g.ndim, "C", readonly=True)
        for g in given
    ]
    file = f"<symdiff for numba {len(_made)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space = dict(_space())
    exec(compile(text, file, "exec"), space)
    options: dict[str, Any] = {"error_model": "numpy"}
    alone = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    try:
        space["body"] = numba.njit(**options, **alone)(space["body"])
        made = numba.njit((*kinds, numba.int64), no_cfunc_wrapper=True, **options)(space["call"])
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        why = f"numba refused ({type(error).__name__}): {' '.join(lines[:3])}"
        raise NoNativeForm(why) from error
    _made[key] = made
    return made
