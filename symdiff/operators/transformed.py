"""A function that an operator made of another: binding, dispatch, and use inside a trace.

`grad`, `jacobian` and the others differ in one method: `derive`, from a traced function to
statements and a nested result. It serves calls from outside, which are compiled, and calls inside
a function that is itself being differentiated, which are recorded: so operators compose.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, Self

import numpy as np

from ..compile.guards import GuardMiss
from ..errors import LoopError, UnsupportedError, UsageError
from ..program.naming import name_of
from ..program.program import Program
from ..program.trees import flatten
from ..safety.floating import errors_raise
from ..settings import rolling
from ..source.carrying import rebuilt, sources_of
from ..specialize.calls.numba import written_function
from ..specialize.result import Specialization
from ..specialize.traced import Traced, unwrap
from . import late as late  # says what is imported where SciPy is called
from .building import Built, Derived, as_function, built, optimized
from .calling import Callee
from .dispatch import Dispatcher
from .methods import BoundOperator, shifted
from .places import Place, Wrt, places_of, promotions
from .primal import Primal, primal_of
from .sizes import for_all_lengths
from .targets import Target, checked, found_native
from .variable import unwrap_variables

if TYPE_CHECKING:
    from ..specialize.calls.dispatch import Calls

P = ParamSpec("P")

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Transformed(Callee[P]):
    """What an operator makes of a function; call it with the function's own arguments.

    The first call for a path through the function traces and compiles it; later calls along the
    same path run compiled code.

    Attributes:
        trace_count: how many paths of the function have been traced so far.
    """

    operator: ClassVar[str] = "transformed"
    further: ClassVar[str | None] = None
    """The name of an argument of its own, after the function's, such as the vector of an hvp."""
    rolls: ClassVar[bool] = False
    order: int = 1
    lists: ClassVar[str] = "given"
    """Whether its derivatives know loops; where not, every loop is unrolled."""
    frees: ClassVar[bool] = False
    """Whether its derivatives may be made for all lengths of an array at once."""

    __wrapped__: Callable[P, Any]

    def __init__(
        self,
        function: Callable[..., Any],
        wrt: Wrt = 0,
        has_aux: bool = False,
        target: Target = "python",
        **options: Any,
    ) -> None:
        function = written_function(function)
        functools.update_wrapper(self, function, updated=())
        self._function = function
        self._has_aux = has_aux
        self._options = {"wrt": wrt, "has_aux": has_aux, "target": checked(target), **options}
        self.wrt = wrt
        signature = Traced(function).signature
        self._further = self._name_further(signature)
        extra = () if self._further is None else (self._further,)
        self._traced = Traced(function, extra)
        self.__signature__ = self._signature_with(signature)
        self._places = places_of(wrt, self._traced, function)
        self._single = isinstance(wrt, int | str) and wrt != "all"
        self._dispatcher = Dispatcher(
            self._traced,
            promotions(self._places, extra),
            self.rolls,
            self.frees,
            self.lists,
            target,
        )
        self._parameters = self._bound_directly()
        self._prepare()
        self._arity = len(self._traced.parameters)
        if any(
            p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
            for p in self._traced.parameters
        ):
            self._arity = -1
        self._method: Any = None  # what is bound to instances, once it was asked for
        self._defaults = self._traced.defaults()

    def __repr__(self) -> str:
        name = getattr(self._function, "__qualname__", repr(self._function))
        return f"<{self._label()} of {name} wrt {', '.join(map(str, self._places))}>"

    def __reduce__(self) -> Any:
        """Pickled as the function and what was asked of it; the paths are traced again.

        A decorated function is pickled as Python pickles functions: by its name.
        """
        module = sys.modules.get(getattr(self._function, "__module__", None) or "")
        name = getattr(self._function, "__qualname__", "")
        found: Any = module
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is self:
            return name
        return rebuilt, (type(self), self._options, self._function, sources_of(self._function))

    def __get__(self, instance: Any, owner: type | None = None) -> Self:
        """A decorated method: the operator's result for what follows `self`."""
        if instance is None:
            return self
        if self._method is not None:
            return BoundOperator(self._method, instance)  # type: ignore[return-value]
        if not isinstance(self._function, FunctionType):
            return type(self)(self._function.__get__(instance, owner), **self._options)
        return BoundOperator(self._as_method(), instance)  # type: ignore[return-value]

    def _as_method(self) -> Self:
        """The operator with respect to what follows the first parameter."""
        if self._method is None:
            wrt = shifted(self.wrt, [p.name for p in self._traced.own if p.kind not in _VARIADIC])
            self._method = type(self)(self._function, **{**self._options, "wrt": wrt})
        made: Self = self._method
        return made

    # -- what each operator says

    def derive(self, primal: Primal) -> Derived:
        """The statements of the transformed function, and its nested result."""
        raise NotImplementedError

    def _label(self) -> str:
        return self.operator

    # -- signature

    def _name_further(self, signature: inspect.Signature) -> str | None:
        name = self.further
        while name is not None and name in signature.parameters:
            name += "_"
        return name

    def _signature_with(self, signature: inspect.Signature) -> inspect.Signature:
        if self._further is None:
            return signature
        parameters = list(signature.parameters.values())
        plain = all(
            p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
            for p in parameters
        )
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD if plain else inspect.Parameter.KEYWORD_ONLY
        parameter = inspect.Parameter(self._further, kind)
        if parameters and parameters[-1].kind is parameters[-1].VAR_KEYWORD:
            return signature.replace(parameters=[*parameters[:-1], parameter, parameters[-1]])
        return signature.replace(parameters=[*parameters, parameter])

    def _bound_directly(self) -> Sequence[inspect.Parameter] | None:
        """The parameters in the order of the values, if a function of theirs binds as this does."""
        parameters = list(self.__signature__.parameters.values())
        if [p.name for p in parameters] != self._traced.names:
            return None
        if self._further is not None and parameters[-1].kind is parameters[-1].KEYWORD_ONLY:
            return None  # which may be given by position, too
        return parameters

    # -- calling

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not kwargs and len(args) == self._arity:
            try:
                result = self._hot(*args)
            except GuardMiss as miss:
                missed, raised = miss.with_traceback(None), False  # which holds the arguments
            except Exception:
                missed, raised = None, True  # the careful way follows, outside this handler
            else:
                self._answered(args)
                return result
            return self._call_without(args, missed, raised, self._hot_leaf)
        if self._is_of_class(args):
            return self._as_method()(*args, **kwargs)
        return self._call_by_name(args, kwargs)

    def _call_without(
        self, values: Sequence[Any], missed: GuardMiss | None, raised: bool, leaf: Any
    ) -> Any:
        if self._is_of_class(values):
            args, kwargs = self._traced.arguments(values)
            return self._as_method()(*args, **kwargs)
        return self._slow(values, missed, raised, leaf)

    def _is_of_class(self, args: Sequence[Any]) -> bool:
        """Whether a `classmethod` calls this with its class, which is no value to differentiate by.

        Since CPython 3.13 it does not ask what it holds for a method first (`__get__`).
        """
        return (
            bool(args)
            and isinstance(args[0], type)
            and isinstance(self._function, FunctionType)
            and Place(self._traced.own[0].name) in self._places
        )

    def _call_by_name(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call with keyword arguments, or one that leaves defaults to be filled in."""
        return self._slow(self._bind(args, kwargs), None)

    def _slow(
        self,
        values: Sequence[Any],
        missed: GuardMiss | None,
        raised: bool = False,
        last: Any = None,
    ) -> Any:
        """Answer a call by the path that its values take, which `last` was perhaps not."""
        unwrapped = unwrap_variables(values)
        if unwrapped is not values:
            values, missed, raised = unwrapped, None, False  # what failed had met the box
        start = last if raised or (missed and missed.position >= 0) else None
        result, leaf, compiled = self._dispatcher.call(
            self._label(),
            self._build,
            values,
            start=start,
            missed=missed if start else None,
            raised=raised,
        )
        self._dispatcher.target.tell()
        if not compiled.needs_log and not errors_raise():
            self._served(leaf, compiled, values)
        return result

    def _bind(
        self, args: Sequence[Any], kwargs: dict[str, Any], unwrap: bool = True
    ) -> tuple[Any, ...]:
        """One value for each parameter, defaults filled in."""
        defaults = self._traced.defaults()
        if defaults != self._defaults:
            self._defaults = defaults
            self._traced.reread_signature()
        own: tuple[Any, ...] = ()
        if self._further is not None:
            if self._further in kwargs:
                kwargs = dict(kwargs)
                own = (kwargs.pop(self._further),)
            elif args:
                args, own = args[:-1], (args[-1],)
            else:
                raise TypeError(f"missing a required argument: '{self._further}'")
        bound = self._traced.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        for name in self._traced.signature.parameters:  # CPython 3.13.0 overlooks some
            if name not in bound.arguments:
                raise TypeError(f"missing a required argument: {name!r}")
        values = (*bound.arguments.values(), *own)
        return unwrap_variables(values) if unwrap else values

    # -- building programs

    def _primal(self, specialization: Specialization, order: int | None = None) -> Primal:
        arguments = specialization.arguments
        return primal_of(
            specialization,
            name_of(self._function, "f"),
            [(str(place), place.find(arguments[place.parameter])) for place in self._places],
            () if self._further is None else (arguments[self._further],),
            self.order if order is None else order,
        )

    def _build(self, specialization: Specialization) -> Built:
        primal = self._primal(specialization)
        return built(primal.name, self.derive(primal))

    def _build_value(self, specialization: Specialization) -> Built:
        primal = self._primal(specialization, 0)
        return built(primal.name, (primal.statements, primal.result))

    def _pick(self, parts: Sequence[Any]) -> Any:
        """One result, or a tuple of them, as `wrt` asked for."""
        return parts[0] if self._single else tuple(parts)

    # -- what the object offers

    def wrt_names(self) -> tuple[str, ...]:
        """The parameters, or paths into them, to differentiate with respect to."""
        return tuple(map(str, self._places))

    @property
    def trace_count(self) -> int:
        return self._dispatcher.trace_count

    @property
    def native(self) -> tuple[str, ...]:
        """Of each path compiled so far, `"native"`, or why the Python form runs, and where.

        >>> Transformed(abs, target="python").native
        ()
        """
        return found_native(self._dispatcher.leaves)

    def value(self, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The function's result alone."""
        values = self._bind(args, kwargs)
        result, _, _ = self._dispatcher.call("value", self._build_value, values)
        return result

    def program(self, /, *args: P.args, **kwargs: P.kwargs) -> Program:
        """What is computed at these inputs as a `Program`: one small statement a line."""
        return as_function(self._derived_program(self._bind(args, kwargs)))

    def _derived_program(self, values: Sequence[Any]) -> Program:
        try:
            return self._build(self._specialization(values))[0]
        except LoopError:
            with rolling(False):
                return self._build(self._specialization(values))[0]

    def _specialization(self, values: Sequence[Any]) -> Specialization:
        leaf, _ = self._dispatcher.trace(values)
        return leaf.specialization

    def source(self, /, *args: P.args, **kwargs: P.kwargs) -> str:
        """What is computed at these inputs as readable Python that runs on its own.

        What the function reads from outside becomes a keyword argument, with today's value.
        """
        from ..present.source import gradient_source

        values = self._bind(args, kwargs)
        parameter = inspect.Parameter
        stars: dict[Any, str] = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}
        names = [stars.get(p.kind, "") + p.name for p in self._traced.parameters]
        defaults = {p.name: p.default for p in self._traced.parameters if p.default is not p.empty}
        try:
            program = self._program_for_all_lengths(values) or self._derived_program(values)
            return gradient_source(program, self._name(), names, values, defaults)
        except UnsupportedError:  # in a loop, perhaps
            with rolling(False):
                program = self._derived_program(values)
            return gradient_source(program, self._name(), names, values, defaults)

    def _program_for_all_lengths(self, values: Sequence[Any]) -> Program | None:
        """The program that serves these inputs, if it leaves lengths free."""
        if not any(leaf.specialization.free for leaf in self._dispatcher.leaves):
            return None
        _, leaf, _ = self._dispatcher.call(self._label(), self._build, values)
        if not leaf.specialization.free:
            return None
        program: Program = for_all_lengths(leaf.specialization, self._build)[0]
        return program

    def _name(self) -> str:
        name = name_of(self._function, "f")
        return f"{self._label()}_{name.strip('<>')}"

    def expression(self, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The closed form at these inputs, as a SymPy expression.

        Raises:
            TooLargeError: the closed form would be too large to read.
        """
        from ..present.closed_form import closed_form

        with rolling(False):  # a formula has no loops
            program = as_function(self._derived_program(self._bind(args, kwargs)))
        forms = [closed_form(program, k) for k in range(len(program.outputs))]
        return forms[0] if len(forms) == 1 and self._single else tuple(forms)

    def generated_source(self, /, *args: P.args, **kwargs: P.kwargs) -> str:
        """The text that was compiled for these inputs, guards and all."""
        values = self._bind(args, kwargs)
        _, _, compiled = self._dispatcher.call(self._label(), self._build, values)
        return compiled.source

    # -- inside another differentiated function

    def __symdiff_call__(self, calls: Calls, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        from .nested import record

        if self._is_of_class(args):
            return self._as_method().__symdiff_call__(calls, args, kwargs)
        named = self._with_defaults(calls, args, kwargs)
        return record(self, calls, self._bind(args, named, unwrap=False))

    def _with_defaults(
        self, calls: Calls, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        """The keyword arguments, with what is left to defaults as the trace sees those."""
        own = args if self._further is None or self._further in kwargs else args[:-1]
        parameters = list(self._traced.signature.parameters.values())
        left = [
            p
            for p in parameters[len(own) :]
            if p.name not in kwargs
            and p.default is not p.empty
            and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        ]
        function = self._function
        if not left or not isinstance(function, FunctionType | MethodType):
            return kwargs
        found = calls.defaults_of(unwrap(function)[0])
        return {**kwargs, **{p.name: found[p.name] for p in left if p.name in found}}


def copy_into(out: Any, result: Any) -> Any:
    """Write the arrays of a result into those of `out`, and return `out`."""
    targets, parts = flatten(out)[0], flatten(result)[0]
    if len(targets) != len(parts):
        raise UsageError(f"`out` has {len(targets)} arrays, the result {len(parts)}")
    for target, part in zip(targets, parts, strict=True):
        if not isinstance(target, np.ndarray) or target.shape != np.shape(part):
            raise UsageError(
                "`out` must be an array of the gradient's shape",
                why=f"the gradient has shape {np.shape(part)}",
            )
        np.copyto(target, part)
    return out


__all__ = ["Program", "Transformed", "copy_into", "optimized"]
