"""What a workload is, and the same function with the names of another library."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any, Literal

Wanted = Literal["gradient", "jacobian", "jacobians", "hessian", "hvp"]


@dataclass(frozen=True)
class Workload:
    """A function, its arguments, what is wanted of it, and that by hand.

    `wanted` tells the derivative by the arguments `by`; `jacobians` are those of all columns of
    the arguments, and `hvp` takes a vector as its last argument. `forms` has the function as the
    users of another library would write it, where the names of that library in place of `np` and
    `math` do not do.
    """

    name: str
    function: Callable[..., Any]
    arguments: Callable[[], tuple[Any, ...]]
    by_hand: Callable[..., Any]
    by: tuple[int, ...] = (0,)
    wanted: Wanted = "gradient"
    keywords: Mapping[str, Any] = field(default_factory=dict)
    forms: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    tolerance: float = 1e-9

    def form(self, library: str, **names: Any) -> Callable[..., Any]:
        """The function for a library, which reads `names` where the plain one reads its modules."""
        function = self.forms.get(library, self.function)
        return adapted(function, **names) if names else function


_adapted = itertools.count()


def adapted(function: Callable[..., Any], **names: Any) -> Callable[..., Any]:
    """The function, and those of its file that it calls, with other values for global names."""
    assert isinstance(function, FunctionType)
    # PyTorch looks the names up in the module that is named, which is to be one of these.
    module = ModuleType(f"{function.__module__}_{next(_adapted)}")
    sys.modules[module.__name__] = module
    own = module.__dict__
    own.update({k: v for k, v in function.__globals__.items() if k != "__name__"})

    def moved(f: FunctionType) -> FunctionType:
        copy = FunctionType(f.__code__, own, f.__name__, f.__defaults__, f.__closure__)
        copy.__kwdefaults__ = f.__kwdefaults__
        copy.__module__ = f.__module__
        return copy

    for name, value in function.__globals__.items():
        if isinstance(value, FunctionType) and value.__module__ == function.__module__:
            own[name] = moved(value)
    own.update(names)
    return moved(function)
