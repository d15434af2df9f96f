"""The objects that operators make, whose modules are imported when the first of them is made."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np  # noqa: F401  # whose absence is told at once

from ..safety.collecting import uncollected
from ..safety.exclusive import IMPORTING


class Later:
    """What a module of this package has, which is imported when it is first called.

    Only NumPy is imported at once, so that `from symdiff import grad` takes no longer than that.
    """

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name
        self._made: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._found(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._found, name)

    @property
    def _found(self) -> Any:
        """The object. No lock of `cached_property`: a fork would leave it locked in the child."""
        if self._made is None:
            home = f"{__package__}.{self._module}"
            with IMPORTING:
                try:
                    self._made = getattr(uncollected(importlib.import_module, home), self._name)
                except AttributeError as error:
                    raise ImportError(f"{home} cannot be imported: {error}") from error
        return self._made


if TYPE_CHECKING:
    from .directional import Derivative, Hvp, Pushforward, tangents_like
    from .gradient import ElementwiseGrad, Gradient
    from .linear_maps import Linearized, Pullback
    from .matrices import Hessian, Jacobian
    from .methods import ClassOperator
    from .sparse import sparse_hessian, sparse_jacobian
else:
    Derivative = Later("directional", "Derivative")
    Hvp = Later("directional", "Hvp")
    Pushforward = Later("directional", "Pushforward")
    tangents_like = Later("directional", "tangents_like")
    ElementwiseGrad = Later("gradient", "ElementwiseGrad")
    Gradient = Later("gradient", "Gradient")
    Linearized = Later("linear_maps", "Linearized")
    Pullback = Later("linear_maps", "Pullback")
    Hessian = Later("matrices", "Hessian")
    Jacobian = Later("matrices", "Jacobian")
    ClassOperator = Later("methods", "ClassOperator")
    sparse_hessian = Later("sparse", "sparse_hessian")
    sparse_jacobian = Later("sparse", "sparse_jacobian")

__all__ = [
    "ClassOperator",
    "Derivative",
    "ElementwiseGrad",
    "Gradient",
    "Hessian",
    "Hvp",
    "Jacobian",
    "Later",
    "Linearized",
    "Pullback",
    "Pushforward",
    "sparse_hessian",
    "sparse_jacobian",
    "tangents_like",
]
