"""Source-to-source symbolic differentiation of plain Python and NumPy functions.

>>> from symdiff import grad
>>> grad(lambda x: x * x)(3.0)
6.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import InternalError, SymdiffError, UnsupportedError
    from .operators.batching import Batched, batched
    from .operators.detach import detach, stop_gradient
    from .operators.gradient import Gradient
    from .operators.rules.primitives import Primitive, primitive, register
    from .operators.sparse import SparseDerivative, sparse_hessian, sparse_jacobian
    from .operators.transforms import (
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
    from .operators.variable import Variable
    from .settings import (
        get_memory_limit,
        get_step_limit,
        memory_limit,
        set_memory_limit,
        set_step_limit,
        step_limit,
    )

    __version__: str

_HOMES = {
    "Batched": "operators.batching",
    "Gradient": "operators.gradient",
    "InternalError": "errors",
    "Primitive": "operators.rules.primitives",
    "SparseDerivative": "operators.sparse",
    "SymdiffError": "errors",
    "UnsupportedError": "errors",
    "Variable": "operators.variable",
    "batched": "operators.batching",
    "derivative": "operators.transforms",
    "detach": "operators.detach",
    "elementwise_grad": "operators.transforms",
    "get_memory_limit": "settings",
    "get_step_limit": "settings",
    "grad": "operators.transforms",
    "hessian": "operators.transforms",
    "hvp": "operators.transforms",
    "jacfwd": "operators.transforms",
    "jacobian": "operators.transforms",
    "jacrev": "operators.transforms",
    "jvp": "operators.transforms",
    "primitive": "operators.rules.primitives",
    "register": "operators.rules.primitives",
    "linearize": "operators.transforms",
    "memory_limit": "settings",
    "set_memory_limit": "settings",
    "set_step_limit": "settings",
    "sparse_hessian": "operators.sparse",
    "sparse_jacobian": "operators.sparse",
    "step_limit": "settings",
    "stop_gradient": "operators.detach",
    "value_and_grad": "operators.transforms",
    "vjp": "operators.transforms",
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
    "get_memory_limit",
    "get_step_limit",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "memory_limit",
    "primitive",
    "register",
    "set_memory_limit",
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

        from .safety.collecting import uncollected
        from .safety.exclusive import IMPORTING

        with IMPORTING:
            try:
                module = uncollected(import_module, f"{__name__}.{home}")
            except AttributeError as error:
                # `from symdiff import name` would take it for a name that is missing here.
                raise ImportError(f"{__name__}.{home} cannot be imported: {error}") from error
            # All names of the module at once: one of them may be called as the module is.
            globals().update({n: getattr(module, n) for n, h in _HOMES.items() if h == home})
            return globals()[name]


def __dir__() -> list[str]:
    return sorted(__all__)
