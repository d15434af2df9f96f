"""SciPy's calls that are more than a function of numbers: distributions, and what is refused.

Everything goes by names: SciPy is never imported here, and a module that is not loaded cannot have
been called.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ...operations.table.entry import TABLE
from ..outside.callbacks import Watch, holds_callback, public_name, refuse_by_name
from ..recording.tracer import Tracer, contains_tracer

if TYPE_CHECKING:
    from ..outside.parts import Calls


class Handlers(dict[str, Callable[..., Any]]):
    """What is called in the place of functions of SciPy; modules enter their own.

    Those modules are imported when SciPy is called, which most functions never do.
    """

    waiting: ClassVar[list[str]] = []

    def later(self, *modules: str) -> None:
        """Have modules imported before anything is looked up."""
        self.waiting.extend(modules)

    def __getitem__(self, name: str) -> Callable[..., Any]:
        self._complete()
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._complete()
        return super().get(name, default)

    def _complete(self) -> None:
        while self.waiting:
            importlib.import_module(self.waiting[-1])
            self.waiting.pop()


HANDLERS = Handlers()
"""Functions of SciPy that take functions, by module and name: `handler(calls, *args, **kwargs)`.

One that gives `NOT_HANDLED` cannot differentiate such a call, which may still be one of constants.
"""

SPARSE = Handlers()
"""What `sparse` makes of methods of sparse matrices, and of factors of them."""

NOT_HANDLED = object()
"""What `Libraries.function` gives for a function that is followed as the user's own are."""

_FOLLOWED = {
    f"scipy.optimize._optimize.{name}"
    for name in ("rosen", "rosen_der", "rosen_hess", "rosen_hess_prod")
}
"""Functions of SciPy that are plain NumPy."""

_HAND_ON = {"scipy.integrate.fixed_quad"}
"""Functions whose own code computes with whatever the user's function gives."""


def _library(value: Any) -> str:
    return getattr(value, "__module__", None) or ""


def _is_sparse(value: Any) -> bool:
    return (getattr(type(value), "__module__", None) or "").startswith("scipy.sparse.")


class Libraries:
    """Calls into SciPy during one trace."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    # -- functions and classes

    def function(self, function: FunctionType, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The result of a function that has a way of its own here; refuses what has none."""
        module = _library(function)
        if not module.startswith("scipy."):
            return NOT_HANDLED
        if module.startswith("scipy.sparse.") and args and _is_sparse(args[0]):
            found = SPARSE["method"](self.calls, function.__name__, args, kwargs)
            if found is not NOT_HANDLED:
                return found
        name = f"{module}.{function.__name__}"
        stand_in = _STAND_INS.get(name) or HANDLERS.get(name)
        if stand_in is not None:
            result = stand_in(self.calls, *args, **kwargs)
            if result is not NOT_HANDLED:
                return result
        elif name in _FOLLOWED:
            return NOT_HANDLED
        name = public_name(function)
        if args and function.__name__ in dir(type(args[0])):  # a method, by the class of its object
            name = f"{public_name(type(args[0]))}.{function.__name__}"
        self.refuse_active(name, args, kwargs)
        if holds_callback((args, kwargs)):
            watch = Watch(self.calls, name, hands_on=name in _HAND_ON)
            given, named = watch.prepared((args, kwargs))
            self.calls.effects.allow(function, given, named)
            return self.calls.recorder.const(function(*given, **named))
        if contains_tracer(args) or contains_tracer(kwargs):
            return self.calls.effects.call(function, args, kwargs)
        return NOT_HANDLED

    def instance(self, kind: type, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """An instance of a class of SciPy; refuses what depends on what is differentiated."""
        module = _library(kind)
        if not module.startswith("scipy."):
            return NOT_HANDLED
        handler = HANDLERS.get(f"{module}.{kind.__name__}")
        if handler is not None:
            made = handler(self.calls, *args, **kwargs)
            if made is not NOT_HANDLED:
                return made
        self.refuse_active(public_name(kind), args, kwargs)
        given, named = Watch(self.calls, public_name(kind)).prepared((args, kwargs))
        self.calls.effects.allow(kind, given, named)
        return kind(*given, **named)

    def refuse_active(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        """Refuse, by name, a function or class that would get what is differentiated."""
        recorder = self.calls.recorder
        if recorder.is_active(args) or recorder.is_active(kwargs):
            self.refuse(name)

    def refuse(self, name: str) -> None:
        refuse_by_name(self.calls, name)

    # -- distributions

    def is_distribution(self, value: Any) -> bool:
        """Whether this is `scipy.stats.norm`, or `norm(loc, scale)` made outside."""
        return _library(type(value)).startswith("scipy.stats.") and (
            type(value).__name__.endswith(("_gen", "_frozen"))
        )

    def frozen(self, family: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Frozen:
        """`norm(loc, scale)` with traced parameters: they are passed on to each method."""
        return Frozen(_family(family), tuple(args), dict(kwargs))

    def method(self, method: MethodType, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """`norm.logpdf(x, ...)`, or the same of a frozen distribution from outside."""
        owner, name = method.__self__, method.__name__
        if type(owner).__name__.endswith("_frozen"):
            first, named = self._parameters(owner)
            args, kwargs = (*args, *first), {**named, **kwargs}
            owner = _generator(owner)
            method = getattr(owner, name)
        if holds_callback((args, kwargs)):
            given, named = Watch(self.calls, f"{_family(owner)}.{name}").prepared((args, kwargs))
            self.calls.effects.allow(method, given, named)
            return self.calls.recorder.const(method(*given, **named))
        if not contains_tracer(args) and not contains_tracer(kwargs):
            self.calls.effects.allow(method, args, kwargs)
            return self.calls.recorder.const(method(*args, **kwargs))
        return self._of_family(owner, name, args, kwargs)

    def _of_family(self, owner: Any, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """A method by its entry; `norm._cdf` and its kin are the same without location and scale.

        Those do not look whether they are asked within the range of the distribution.
        """
        family, public = _family(owner), name.removeprefix("_")
        if public == name or f"{family}.{public}" not in TABLE.by_call:
            return self.entry(f"{family}.{name}", args, kwargs)
        recorder = self.calls.recorder
        moving = type(owner)._get_support is not _fixed_support()
        if moving:  # the range depends on the parameters
            self.refuse(f"{family}.{name}")
        low, high = (0.0, 1.0) if public in ("ppf", "isf") else (owner.a, owner.b)
        values = recorder.array(args[0])
        for test, end in (("gt", low), ("lt", high)):
            if np.any(np.isfinite(end)):
                within = recorder.operator(test, values, end)
                whole = recorder.apply("all", within, axis=None, keepdims=False)
                if not recorder.truth(whole) if type(whole) is Tracer else not whole:
                    recorder.refuse(
                        f"`{family}.{name}` outside the range of the distribution",
                        why="it gives what its formula gives there",
                        remedy=f"use `{public}`",
                    )
        return self.entry(f"{family}.{public}", args, kwargs)

    def _parameters(self, frozen: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What a frozen distribution was made with; read again at every call if from outside."""

        def read(name: str) -> Any:
            reader = self.calls.hooks.reader
            return (
                self.calls.hooks.attributes.outside(frozen, name)
                if reader.is_outside(frozen)
                else getattr(frozen, name)
            )

        if hasattr(frozen, "kwds"):
            return tuple(read("args")), dict(read("kwds"))
        return (), {"mean": read("mean"), "cov": read("cov")}

    def entry(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Apply the entry of that name, or refuse by it."""
        entry = TABLE.by_call.get(name)
        if entry is None:
            self.refuse(name)
        assert entry is not None
        recorder = self.calls.recorder
        return recorder.apply_entry(entry, entry_missing, args, kwargs)


def _namespace(calls: Calls, *arrays: Any, **options: Any) -> Any:
    """SciPy asks which array library its arguments belong to."""
    return np


def _promote(
    calls: Calls, *arrays: Any, broadcast: bool = False, force_floating: bool = False, xp: Any
) -> Any:
    """SciPy makes arrays of its arguments, of one dtype; what is traced is floating."""
    recorder = calls.recorder
    if broadcast:
        arrays = tuple(calls.call(recorder.site, np.broadcast_arrays, *arrays))
    made = [a if a is None else recorder.array(a) for a in arrays]
    return made[0] if len(made) == 1 else tuple(made)


_STAND_INS: dict[str, Callable[..., Any]] = {
    "scipy._lib._array_api.array_namespace": _namespace,
    "scipy._lib._array_api_override.array_namespace": _namespace,
    "scipy._lib._array_api.xp_promote": _promote,
}
"""What SciPy's own functions ask about their arguments before they compute."""


def _normal(method: str) -> Callable[..., Any]:
    """What the module of SciPy's distributions has beside them: `_norm_cdf(x)`."""

    def handler(calls: Calls, x: Any) -> Any:
        return calls.libraries.entry(f"scipy.stats.norm.{method}", (x,), {})

    return handler


for _method in ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf"):
    HANDLERS[f"scipy.stats._continuous_distns._norm_{_method}"] = _normal(_method)


def entry_missing(*args: Any, **kwargs: Any) -> Any:
    """Stands for the function of a structural entry, which is not called."""
    raise AssertionError("a structural entry is not called as a function")


def _fixed_support() -> Any:
    """What distributions say of their range that have one range for all parameters."""
    module: Any = sys.modules["scipy.stats._distn_infrastructure"]
    return module.rv_generic._get_support


def _generator(frozen: Any) -> Any:
    dist = getattr(frozen, "dist", None)
    return dist if dist is not None else frozen._dist


def _family(generator: Any) -> str:
    name = type(generator).__name__.removesuffix("_gen")
    return f"scipy.stats.{name}"


class Frozen:
    """A distribution with traced parameters.

    Its methods are instance attributes, so that nothing of this class is traced.
    """

    def __init__(self, family: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.family = family
        for name in TABLE.by_call:
            if name.startswith(family + "."):
                method = name.removeprefix(family + ".")
                self.__dict__[method] = FrozenMethod(name, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def _unknown(calls: Calls, frozen: Frozen, name: str) -> Any:
    return calls.libraries.refuse(f"{frozen.family}.{name}")


_lookup: Callable[..., Any] = Frozen.__getattr__
_lookup.__symdiff_traced__ = _unknown  # type: ignore[attr-defined]


class FrozenMethod:
    """A method of a distribution with traced parameters, waiting to be called."""

    __slots__ = ("args", "kwargs", "name")

    def __init__(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.name = name
        self.args = args
        self.kwargs = kwargs

    def __symdiff_call__(self, calls: Calls, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        return calls.libraries.entry(self.name, (*args, *self.args), {**self.kwargs, **kwargs})
