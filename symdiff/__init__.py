"""Source-to-source symbolic differentiation of plain Python and NumPy functions.

>>> from symdiff import grad
>>> grad(lambda x: x * x)(3.0)
6.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .batching import Batched, batched
    from .detach import detach, stop_gradient
    from .errors import InternalError, SymdiffError, UnsupportedError
    from .gradient import Gradient
    from .primitives import Primitive, primitive, register
    from .settings import get_step_limit, set_step_limit, step_limit
    from .sparse import SparseDerivative, sparse_hessian, sparse_jacobian
    from .transforms import (
        derivative,
        elementwise_grad,
        grad,
        hessian,
        hvp,
        jacfwd,
        jacobian,
        jacrev,
        jvp,
        linearize,
        value_and_grad,
        vjp,
    )
    from .variable import Variable

    __version__: str

_HOMES = {
    "Batched": "batching",
    "Gradient": "gradient",
    "InternalError": "errors",
    "Primitive": "primitives",
    "SparseDerivative": "sparse",
    "SymdiffError": "errors",
    "UnsupportedError": "errors",
    "Variable": "variable",
    "batched": "batching",
    "derivative": "transforms",
    "detach": "detach",
    "elementwise_grad": "transforms",
    "get_step_limit": "settings",
    "grad": "transforms",
    "hessian": "transforms",
    "hvp": "transforms",
    "jacfwd": "transforms",
    "jacobian": "transforms",
    "jacrev": "transforms",
    "jvp": "transforms",
    "primitive": "primitives",
    "register": "primitives",
    "linearize": "transforms",
    "set_step_limit": "settings",
    "sparse_hessian": "sparse",
    "sparse_jacobian": "sparse",
    "step_limit": "settings",
    "stop_gradient": "detach",
    "value_and_grad": "transforms",
    "vjp": "transforms",
}

__all__ = [
    "Batched",
    "Gradient",
    "InternalError",
    "Primitive",
    "SparseDerivative",
    "SymdiffError",
    "UnsupportedError",
    "Variable",
    "__version__",
    "batched",
    "derivative",
    "detach",
    "elementwise_grad",
    "get_step_limit",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "primitive",
    "register",
    "set_step_limit",
    "sparse_hessian",
    "sparse_jacobian",
    "step_limit",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]


if not TYPE_CHECKING:  # a type checker is to know the names above, and no others

    def __getattr__(name: str) -> Any:
        # Names are imported when first used, so that the command line starts at once.
        if name == "__version__":
            from importlib.metadata import version

            return version("symdiff-grad")
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        from .exclusive import IMPORTING

        with IMPORTING:
            try:
                module = import_module(f"{__name__}.{home}")
            except AttributeError as error:
                # `from symdiff import name` would take it for a name that is missing here.
                raise ImportError(f"{__name__}.{home} cannot be imported: {error}") from error
            # All names of the module at once: one of them may be called as the module is.
            globals().update({n: getattr(module, n) for n, h in _HOMES.items() if h == home})
            return globals()[name]


def __dir__() -> list[str]:
    return sorted(__all__)
