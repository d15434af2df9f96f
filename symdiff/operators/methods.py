"""A decorated method: one operator for all instances, which are arguments like any other."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any


class BoundOperator(functools.partial[Any]):
    """What an operator made of a method, bound to an instance: it hands the instance on.

    What is traced and compiled belongs to the method: the next instance uses it, too.
    """

    # One is made for each call of a method: what is seldom asked for is found when it is.

    @property
    def _operator(self) -> Any:
        return self.func

    @property
    def _instance(self) -> Any:
        return self.args[0]

    @property
    def _name(self) -> str:
        name: str = self._operator._function.__name__
        return name

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        return self.func.__doc__

    def __getattr__(self, name: str) -> Any:
        if name == "__signature__":
            signature = self._operator.__signature__
            return signature.replace(parameters=[*signature.parameters.values()][1:])
        if name.startswith("_") and name not in _SHOWN:
            raise AttributeError(name)
        found = getattr(self._operator, name)
        if not inspect.ismethod(found) or not _takes_arguments(found):
            return found
        return functools.partial(found, self._instance)

    def __repr__(self) -> str:
        return repr(self._operator)

    def __reduce__(self) -> Any:
        held = inspect.getattr_static(type(self._instance), self._name, None)
        if held is not None and getattr(held, "_method", None) is self._operator:
            return getattr, (self._instance, self._name)
        return BoundOperator, (self._operator, self._instance)

    def __symdiff_call__(self, calls: Any, args: Any, kwargs: Any) -> Any:
        return self._operator.__symdiff_call__(calls, (self._instance, *args), kwargs)


class ClassOperator:
    """What an operator made of a class method: bound to the class, on every version of Python.

    `classmethod(operator)` hands the class on to calls alone since Python 3.13, and not to the
    operator's own methods.
    """

    def __init__(self, operator: Any) -> None:
        self._operator = operator
        self.__doc__ = operator.__doc__

    def __get__(self, instance: Any, owner: type | None = None) -> BoundOperator:
        of = type(instance) if owner is None else owner
        return BoundOperator(self._operator._as_method(), of)


_SHOWN = frozenset({"__name__", "__qualname__", "__doc__", "__module__", "__wrapped__"})


def _takes_arguments(method: Callable[..., Any]) -> bool:
    """Whether a method of an operator takes the arguments of the function."""
    return any(p.kind is p.VAR_POSITIONAL for p in inspect.signature(method).parameters.values())


def shifted(wrt: Any, names: list[str]) -> Any:
    """What `wrt` of a bound method means for the function, whose first parameter is `self`.

    >>> shifted(0, ["self", "x"]), shifted("x", ["self", "x"]), shifted("all", ["self", "x", "y"])
    (1, 'x', ('x', 'y'))
    """
    if wrt == "all":
        return tuple(names[1:])
    if isinstance(wrt, int) and not isinstance(wrt, bool):
        return wrt + 1 if wrt >= 0 else wrt
    if isinstance(wrt, list | tuple):
        return type(wrt)(shifted(w, names) for w in wrt)
    return wrt
