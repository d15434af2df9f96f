"""Text to function: SymPy's `lambdify` where SymPy is loaded, and the same text without it.

`lambdify` takes a `cse` function that returns assignments, which it emits as they stand, and a
printer: a program of ten thousand lines is compiled without SymPy walking any of it. A process that
finds its derivatives on disk needs nothing else of SymPy, which takes longer to load than all that
is left to do; there the same text is put together and compiled here.
"""

from __future__ import annotations

import builtins
import itertools
import linecache
import sys
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from ..operations.runtime.pristine import PYTHON

Line = tuple[str, str | None]
"""What is assigned to, and its expression, as `lambdify` writes them; names without one are
forgotten."""

NAME = "_lambdifygenerated"

_numbers = itertools.count(1)


def function_of(
    parameters: str, lines: Iterable[Line], result: str, namespace: dict[str, Any]
) -> Callable[..., Any]:
    """The function of these parameters that runs the lines and returns the result.

    Its text stands in `linecache` as long as there is the function.

    >>> f = function_of("x", [("y", "x + one")], "2*y", {"one": 1})
    >>> f(2.0)
    6.0
    """
    if "sympy" in sys.modules:
        return _by_lambdify(parameters, lines, result, namespace)
    return _by_itself(parameters, lines, result, namespace)


def _by_lambdify(
    parameters: str, lines: Iterable[Line], result: str, namespace: dict[str, Any]
) -> Callable[..., Any]:
    from sympy import lambdify

    function: Callable[..., Any] = lambdify(
        [parameters] if parameters else [],  # all in one: each by itself would be sorted
        result,
        modules=[{"__builtins__": vars(PYTHON), **namespace}],
        printer=_as_text,
        cse=lambda expression: (list(lines), expression),
        docstring_limit=0,
    )
    return function


def _as_text(expression: Any) -> str:
    return str(expression)


def _by_itself(
    parameters: str, lines: Iterable[Line], result: str, namespace: dict[str, Any]
) -> Callable[..., Any]:
    written = [f"    del {t}" if source is None else f"    {t} = {source}" for t, source in lines]
    text = "\n".join([f"def {NAME}({parameters}):", *written, f"    return {result}", ""])
    file = f"<lambdifygenerated-{next(_numbers)}.0>"
    space = {"__builtins__": vars(PYTHON), **namespace, "builtins": builtins, "range": range}
    made: dict[str, Any] = {}
    exec(compile(text, file, "exec"), space, made)
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    function: Callable[..., Any] = made[NAME]
    weakref.finalize(function, linecache.cache.pop, file, None)
    return function
