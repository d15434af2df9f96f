"""Systems with a sparse matrix: `spsolve`, `splu`, `factorized`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...program.outside import Same
from ..recording.tracer import contains_tracer
from .scipy import HANDLERS, NOT_HANDLED, SPARSE
from .sparse import Sparse, is_sparse, opened, solution, vector

if TYPE_CHECKING:
    from ..outside.parts import Calls


def _spsolve(calls: Calls, A: Any, b: Any, permc_spec: Any = None, use_umfpack: Any = True) -> Any:
    if not contains_tracer(b) and type(A) is not Sparse:
        return NOT_HANDLED
    return solution(calls, A, b)


class Factors:
    """What `splu` or `factorized` makes of a matrix."""

    def __init__(self, matrix: Sparse, called: bool) -> None:
        self.matrix = matrix
        self.shape = matrix.shape
        self.solve = self if not called else None

    def __symdiff_call__(self, calls: Calls, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        def solve(rhs: Any, trans: Any = "N") -> Any:
            turned = calls.recorder.concrete_deep(trans) != "N"
            return solution(calls, self.matrix, rhs, turned)

        return solve(*args, **kwargs)


def _factored(called: bool) -> Callable[..., Any]:
    def handler(calls: Calls, A: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_sparse(A):
            return NOT_HANDLED
        return Factors(opened(calls, A), called)

    return handler


def factors_of(calls: Calls, owner: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """`lu.solve(b)` of factors from outside, which do not change."""
    reader = calls.hooks.reader
    if reader.is_outside(owner):
        source = reader.source_of(owner)
        reader.check_once((id(owner), "factors"), source, "identity", Same(owner))

    def solve(rhs: Any, trans: Any = "N") -> Any:
        turned = calls.recorder.concrete_deep(trans)
        return calls.recorder.apply("factored_solve", vector(calls, rhs), lu=owner, trans=turned)

    return solve(*args, **kwargs)


SPARSE["factors"] = factors_of
HANDLERS["scipy.sparse.linalg._dsolve.linsolve.spsolve"] = _spsolve
HANDLERS["scipy.sparse.linalg._dsolve.linsolve.splu"] = _factored(False)
HANDLERS["scipy.sparse.linalg._dsolve.linsolve.factorized"] = _factored(True)
