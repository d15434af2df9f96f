"""Functions of the user that a library calls, where the library itself is not followed.

What such a function reads outside is guarded, and what it makes of a value that is differentiated
is refused by the name of the library's function, with what to do instead.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ...source.installed import is_library_file
from ...source.partials import is_partial
from ..recording.tracer import Tracer
from ..rewriting.hook_calls import MARK
from .libraries import is_library

if TYPE_CHECKING:
    from .parts import Calls

_DETACH = "use symdiff.detach(...) on its argument where the derivative is not wanted"

_REMEDIES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        (
            *("differential_evolution", "dual_annealing", "basinhopping", "shgo", "direct"),
            *("brute", "fmin_l_bfgs_b", "fmin_slsqp", "fmin_tnc", "fmin_ncg"),
            *("linprog", "milp", "nnls", "lsq_linear"),
        ),
        "give its result to scipy.optimize.minimize as the start, which has a derivative; or "
        "register a rule for the search: at its result the gradient of the objective is zero "
        "(symdiff.grad gives it), and the implicit function theorem gives the derivative; or ",
    ),
    (
        ("minimize", "least_squares", "curve_fit", "leastsq", "root", "newton"),
        "leave out `callback`, jac='cs' and what else it is told beyond the usual; or ",
    ),
    (
        ("fmin", "fmin_powell", "fmin_bfgs", "fmin_cg", "fminbound", "brent", "golden"),
        "leave out `full_output` and `callback`; or ",
    ),
    (
        ("tplquad", "nquad", "quad_vec"),
        "integrate one variable at a time with scipy.integrate.quad or dblquad; or ",
    ),
    (
        ("schur", "null_space", "orth"),
        "a basis is not a function of the matrix alone: differentiate what is made of it that does "
        "not depend on the choice, with numpy.linalg.svd, eigh or pinv; or ",
    ),
    (("funm",), "use scipy.linalg.expm, logm, sqrtm, or numpy.linalg.eig; or "),
)


def remedy_for(name: str) -> str:
    """What to do instead of a function of SciPy that has no rule."""
    if name.startswith("scipy.sparse"):
        return (
            "use products with a vector or a dense matrix, spsolve, splu or factorized, or a dense "
            f"array; or {_DETACH}"
        )
    last = name.rpartition(".")[2]
    for names, remedy in _REMEDIES:
        if last in names:
            return remedy + _DETACH
    return f"register a rule for it, or {_DETACH}"


def refuse_by_name(calls: Calls, name: str) -> NoReturn:
    """Refuse a function of SciPy that meets what is differentiated."""
    calls.recorder.refuse(
        f"`{name}` has no derivative rule",
        why="symdiff does not follow SciPy's own code",
        remedy=remedy_for(name),
    )


def public_name(function: Any) -> str:
    """The name that a function or class is imported by, or a method of a class called by."""
    module: str = getattr(function, "__module__", None) or ""
    name: str = getattr(function, "__qualname__", function.__name__)
    parts = module.split(".")
    for k in range(len(parts), 0, -1):
        if any(part.startswith("_") for part in parts[:k]):
            continue
        package = ".".join(parts[:k])
        if hasattr(sys.modules.get(package), name.partition(".")[0]):
            shorter = ".".join(parts[:2])  # a deprecated module may hold it as well
            if hasattr(sys.modules.get(shorter), name):
                package = shorter
            return f"{package}.{name}"
    return ".".join([*(part for part in parts if not part.startswith("_")), name])


def is_callback(value: Any) -> bool:
    """Whether a value is a function of the user, or an instance that can be called."""
    if isinstance(value, type | Tracer | np.ndarray):
        return False
    if isinstance(value, FunctionType):
        return MARK in value.__globals__ or not is_library_file(value.__code__.co_filename)
    if isinstance(value, MethodType):
        return is_callback(value.__func__)
    if is_partial(value):
        return is_callback(value.func)
    return callable(value) and not is_library(type(value))


def holds_callback(value: Any) -> bool:
    """Whether there is one among arguments: solvers take lists and dicts of functions too."""
    if type(value) in (list, tuple):
        return any(map(holds_callback, value))
    if type(value) is dict:
        return any(map(holds_callback, value.values()))
    return is_callback(value)


class Watch:
    """The arguments of one call into a library, with an eye on what its callbacks give.

    Attributes:
        hands_on: whether the library's code may have traced values.
    """

    def __init__(self, calls: Calls, name: str, *, hands_on: bool = False) -> None:
        self.calls = calls
        self.name = name
        self.hands_on = hands_on
        self.site = calls.recorder.site

    def prepared(self, value: Any) -> Any:
        """Arguments as plain values, guarded, with the user's functions traced when called."""
        if type(value) in (list, tuple):
            return type(value)(self.prepared(v) for v in value)
        if type(value) is dict:
            return {k: self.prepared(v) for k, v in value.items()}
        if is_callback(value):
            return self._watched(value)
        return self.calls.recorder.concrete_deep(value)

    def _watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            result = self.calls.call(self.site, function, *args, **kwargs)
            recorder = self.calls.recorder
            if self.hands_on:
                return result
            if recorder.is_active(result):
                recorder.site = self.site
                refuse_by_name(self.calls, self.name)
            return recorder.concrete_deep(result)

        if isinstance(function, FunctionType | MethodType):
            functools.update_wrapper(call, function)  # SciPy may ask how many arguments it takes
        return call
