"""The object that `grad` and `value_and_grad` return."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, ParamSpec

import numpy as np

from . import odes as odes  # registers how differential equations are solved
from .compile.emit import Output
from .compile.guards import GuardMiss
from .dispatch import Dispatcher
from .errors import NonScalarError, UsageError
from .program import Program, Var, operand_aval
from .specialize.trace import Specialization, Traced
from .variable import Variable, unwrap_variables

if TYPE_CHECKING:
    from .specialize.calls import Calls
from .building import (
    STRUCTURES,
    Built,
    Wrt,
    argument_type,
    as_function,
    derivative,
    optimized,
    output_of,
    resolve_wrt,
    result_span,
)

P = ParamSpec("P")


def _never(*args: Any) -> Any:
    raise GuardMiss(-1, None)


class Gradient(Generic[P]):
    """The gradient of a function; call it with the function's own arguments.

    Made by `grad` and `value_and_grad`. The first call for a path through the function traces and
    compiles it; later calls along the same path run compiled code.

    Attributes:
        trace_count: how many times the function was traced so far.
    """

    __wrapped__: Callable[P, Any]

    def __init__(self, function: Callable[P, Any], wrt: Wrt, with_value: bool) -> None:
        functools.update_wrapper(self, function, updated=())
        self._function = function
        self._with_value = with_value
        self._variant = "value_and_grad" if with_value else "grad"
        self.wrt = wrt
        self._traced = Traced(function)
        self.__signature__ = self._traced.signature
        self._wrt = resolve_wrt(wrt, self._traced, function)
        self._single = isinstance(wrt, int | str) and wrt != "all"
        self._dispatcher = Dispatcher(self._traced, self._wrt)
        self._hot: Callable[..., Any] = _never
        self._hot_leaf: Any = None
        self._arity = len(self._traced.parameters)
        if any(
            p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
            for p in self._traced.parameters
        ):
            self._arity = -1
        self._bound: tuple[Any, Gradient[...]] | None = None
        self._defaults = self._traced.defaults()

    def __repr__(self) -> str:
        name = getattr(self._function, "__qualname__", repr(self._function))
        return f"<{self._variant} of {name} wrt {', '.join(self._wrt)}>"

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
        return Gradient, (self._function, self.wrt, self._with_value)

    def __get__(self, instance: Any, owner: type | None = None) -> Gradient[...]:
        """A decorated method: the gradient with respect to what follows `self`."""
        if instance is None:
            return self
        known = self._bound
        if known is not None and known[0] is instance:
            return known[1]
        method: Any = self._function.__get__(instance, owner)
        bound: Gradient[...] = Gradient(method, self.wrt, self._with_value)
        self._bound = (instance, bound)
        return bound

    # -- calling

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        if not kwargs and len(args) == self._arity:
            missed = None
            try:
                return self._hot(*args)
            except GuardMiss as miss:
                missed = miss
            except Exception:
                missed = None  # the careful way follows, outside this handler
            return self._slow(args, missed)
        out = kwargs.pop("out", None) if "out" not in self._traced.names else None
        values = self._bind(args, kwargs)
        if out is not None:
            return self._into(out, self._slow(values, None))
        return self._slow(values, None)

    def _slow(self, values: Sequence[Any], missed: GuardMiss | None) -> Any:
        unwrapped = unwrap_variables(values)
        if unwrapped is not values:
            values, missed = unwrapped, None  # the guard that failed had met the box
        start = self._hot_leaf if missed is not None and missed.position >= 0 else None
        result, leaf, compiled = self._dispatcher.call(
            self._variant, self._build, values, start=start, missed=missed if start else None
        )
        if not compiled.needs_log:
            self._hot_leaf, self._hot = leaf, compiled.function
            if any(isinstance(o, np.ndarray) for o in values):
                self._hot = _quiet(compiled.function)
        return result

    def _bind(
        self, args: Sequence[Any], kwargs: dict[str, Any], unwrap: bool = True
    ) -> tuple[Any, ...]:
        """One value for each parameter, defaults filled in."""
        defaults = self._traced.defaults()
        if defaults != self._defaults:
            self._defaults = defaults
            self._traced.reread_signature()
        bound = self._traced.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        values = tuple(bound.arguments.values())
        return unwrap_variables(values) if unwrap else values

    def _into(self, out: Any, result: Any) -> Any:
        gradient = result[1] if self._with_value else result
        outs = (out,) if self._single else out
        for target, part in zip(outs, (gradient,) if self._single else gradient, strict=True):
            if not isinstance(target, np.ndarray) or target.shape != np.shape(part):
                raise UsageError(
                    "`out` must be an array of the gradient's shape",
                    why=f"the gradient has shape {np.shape(part)}",
                )
            np.copyto(target, part)
        return (result[0], out) if self._with_value else out

    # -- building programs

    def _build(self, specialization: Specialization) -> Built:
        return (
            self._build_both(specialization)
            if self._with_value
            else self._build_grad(specialization)
        )

    def _build_grad(self, specialization: Specialization) -> Built:
        program = self._differentiated(specialization, with_value=False)
        return program, self._outputs(specialization), self._layout()

    def _build_both(self, specialization: Specialization) -> Built:
        program = self._differentiated(specialization, with_value=True)
        outputs = [output_of(specialization, 0), *self._outputs(specialization)]
        return program, outputs, f"({{}}, {self._layout()})"

    def _layout(self) -> str:
        return "{}" if self._single else f"({'{}, ' * len(self._wrt)})"

    def _differentiated(self, specialization: Specialization, with_value: bool) -> Program:
        outputs = self._outputs(specialization)
        self._check_scalar(specialization)
        program = derivative(specialization, self._wrt, [1.0])
        assert len(outputs) == len(self._wrt)
        if not with_value:
            program.outputs = program.outputs[len(specialization.program.outputs) :]
        return optimized(program)

    def _build_pullback(self, specialization: Specialization) -> Built:
        """The primal outputs, then the cotangents of the arguments given those of the outputs."""
        outputs = self._outputs(specialization)
        seeds = [Var("ct", operand_aval(o)) for o in specialization.program.outputs]
        program = optimized(derivative(specialization, self._wrt, seeds))
        values = [output_of(specialization, k) for k in range(len(seeds))]
        return program, [*values, *outputs], None

    def _build_value(self, specialization: Specialization) -> Built:
        primal = specialization.program
        program = Program(primal.name, (), list(primal.statements), primal.outputs)
        values = [output_of(specialization, k) for k in range(len(primal.outputs))]
        layout = STRUCTURES[specialization.structure].format("{}, " * len(values))
        return optimized(program), values, layout if specialization.structure != "one" else None

    def _outputs(self, specialization: Specialization) -> list[Output]:
        outputs = []
        for name in self._wrt:
            var = specialization.arguments.get(name)
            if var is None:
                raise UsageError(
                    f"cannot differentiate with respect to `{name}`: it is not a number or array",
                    remedy="pass a float or a NumPy array of floats",
                )
            if not var.aval.is_inexact:
                raise UsageError(
                    f"cannot differentiate with respect to `{name}`: its dtype is "
                    f"{var.aval.dtype}, and a derivative needs floats",
                    remedy=f"pass {name} as float, for instance {name}.astype(float)",
                )
            if var.aval.dtype.startswith("complex"):
                raise UsageError(
                    f"cannot differentiate with respect to `{name}`: it is complex",
                    remedy="pass its real and its imaginary part",
                )
            kind = argument_type(specialization, var)
            outputs.append(Output(kind, var.aval.dtype, var.aval.shape))
        return outputs

    def _check_scalar(self, specialization: Specialization) -> None:
        outputs = specialization.program.outputs
        name = getattr(self._function, "__name__", "the function")
        if specialization.structure != "one" or len(outputs) != 1:
            raise NonScalarError(
                f"the gradient of `{name}` is not defined: it returns a "
                f"{specialization.structure} of {len(outputs)}",
                where=result_span(specialization.program),
                why="a gradient is the derivative of one number",
                remedy=f"return one of them, or use symdiff.vjp({name}, ...)",
            )
        aval = operand_aval(outputs[0])
        if aval.dtype.startswith("complex"):
            raise NonScalarError(
                f"the gradient of `{name}` is not defined: its result is complex",
                where=result_span(specialization.program),
                why="a gradient is the derivative of one real number",
                remedy="return its real part, its imaginary part or its abs",
            )
        if aval.size != 1 or aval.shape:
            raise NonScalarError(
                f"the gradient of `{name}` is not defined: its result has shape {aval.shape}",
                where=result_span(specialization.program),
                why="a gradient is the derivative of one number",
                remedy=f"return a sum (`.sum()`), give a cotangent "
                f"(g.backward(x, gradient=...)), or use symdiff.vjp({name}, ...)",
            )

    # -- what the object offers

    def wrt_names(self) -> tuple[str, ...]:
        """The parameters this is the gradient with respect to."""
        return self._wrt

    @property
    def trace_count(self) -> int:
        return self._dispatcher.trace_count

    def value(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The function's result alone."""
        result, _, _ = self._dispatcher.call("value", self._build_value, self._bind(args, kwargs))
        return result

    def value_and_grad(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The function's result and its gradient, computed together."""
        result, _, _ = self._dispatcher.call("both", self._build_both, self._bind(args, kwargs))
        return result

    def backward(self, *args: Any, gradient: Any = None, **kwargs: Any) -> Any:
        """Compute the function, and add its gradient to the `grad` of each `Variable` argument.

        Args:
            args: the function's own arguments.
            gradient: the cotangent of the result, of its shape; needed where that is no number.
            kwargs: the function's own keyword arguments.

        Returns:
            The function's value.
        """
        boxes = self._bind(args, kwargs, unwrap=False)
        values = unwrap_variables(boxes)
        if gradient is None:
            (value, parts), _, _ = self._dispatcher.call("both", self._build_both, values)
            parts = (parts,) if self._single else parts
        else:
            value, pullback = self._pullback(values)
            parts = pullback(gradient)
        for name, part in zip(self._wrt, parts, strict=True):
            box = boxes[self._traced.names.index(name)]
            if type(box) is Variable:
                box.accumulate(part)
        return value

    def _pullback(self, values: Sequence[Any]) -> tuple[Any, Callable[..., tuple[Any, ...]]]:
        value, leaf, _ = self._dispatcher.call("value", self._build_value, values)
        primal = leaf.specialization
        avals = [operand_aval(o) for o in primal.program.outputs]
        kept = tuple([np.array(v) if type(v) is np.ndarray else v for v in values])

        def pullback(cotangent: Any) -> tuple[Any, ...]:
            parts = [cotangent] if primal.structure == "one" else list(cotangent)
            cast = []
            for part, aval in zip(parts, avals, strict=True):
                if np.shape(part) != aval.shape:
                    raise UsageError(
                        f"the cotangent has shape {np.shape(part)}, the result {aval.shape}",
                        remedy="give a cotangent of the shape of the result",
                    )
                cast.append(np.asarray(part, aval.dtype) if aval.shape else float(part))
            result, _, _ = self._dispatcher.call("vjp", self._build_pullback, kept, cast)
            return tuple(result[len(avals) :])

        return value, pullback

    def _pushed(self, values: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
        moves = []
        for value, tangent in zip(values, tangents, strict=True):
            if np.shape(value) != np.shape(tangent):
                raise UsageError(
                    f"a tangent has shape {np.shape(tangent)}, its argument {np.shape(value)}",
                    remedy="give each tangent the shape of its argument",
                )
            moves.append(
                np.asarray(tangent, np.asarray(value).dtype) if np.shape(value) else float(tangent)
            )
        result, _, _ = self._dispatcher.call("jvp", self._build_pushforward, values, moves)
        return result  # type: ignore[no-any-return]

    def _build_pushforward(self, specialization: Specialization) -> Built:
        """The primal outputs and their tangents, given the tangents of the arguments."""
        from .differentiate import jvp as differentiate

        self._outputs(specialization)
        wrt = [specialization.arguments[n] for n in self._wrt]
        seeds = [Var(f"d_{v.name}", v.aval) for v in wrt]
        program = optimized(differentiate(specialization.program, wrt, seeds))
        count = len(program.outputs) // 2
        values = [output_of(specialization, k) for k in range(count)]
        part = STRUCTURES[specialization.structure].format("{}, " * count)
        if specialization.structure == "one":
            part = "{}"
        return program, values * 2, f"({part}, {part})"

    def program(self, *args: P.args, **kwargs: P.kwargs) -> Program:
        """The gradient at these inputs as a `Program`: one small statement a line."""
        return self._program(self._bind(args, kwargs))

    def _program(self, values: Sequence[Any]) -> Program:
        specialization = self._specialization(values)
        return as_function(self._differentiated(specialization, self._with_value))

    def _specialization(self, values: Sequence[Any]) -> Specialization:
        leaf, _ = self._dispatcher.trace(values)
        return leaf.specialization

    def source(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """The gradient at these inputs as readable Python that runs on its own.

        What the function reads from outside becomes a keyword argument, with today's value.
        """
        from .present.source import gradient_source

        values = self._bind(args, kwargs)
        program = self._differentiated(self._specialization(values), self._with_value)
        return gradient_source(program, self._name(), self._traced.names, values)

    def _name(self) -> str:
        name = getattr(self._function, "__name__", "f")
        return f"{'value_and_grad' if self._with_value else 'grad'}_{name.strip('<>')}"

    def expression(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The gradient's closed form at these inputs, as a SymPy expression.

        Raises:
            TooLargeError: the closed form would be too large to read.
        """
        from .present.closed_form import closed_form

        values = self._bind(args, kwargs)
        program = as_function(self._differentiated(self._specialization(values), with_value=False))
        forms = [closed_form(program, k) for k in range(len(program.outputs))]
        return forms[0] if self._single else tuple(forms)

    def generated_source(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """The text that was compiled for these inputs, guards and all."""
        values = self._bind(args, kwargs)
        _, _, compiled = self._dispatcher.call(self._variant, self._build, values)
        return compiled.source

    # -- inside another differentiated function

    def __symdiff_call__(self, calls: Calls, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        from .nested import gradient_in_trace

        return gradient_in_trace(self, calls, args, kwargs)


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """Array programs compute both arms of a `where`: no warnings for the one not taken."""

    def call(*args: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*args)

    return call
