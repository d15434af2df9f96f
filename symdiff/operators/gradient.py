"""The object that `grad` and `value_and_grad` return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, ParamSpec

from ..program.naming import name_of
from ..specialize.result import Specialization
from .building import Built, Derived
from .linear_maps import Pullback
from .places import Wrt
from .primal import Leaf, Primal, check_scalar, leaves_of, seed_of, with_operands
from .sweeps import Sweeps
from .targets import Target
from .transformed import Transformed, copy_into
from .variable import Variable, unwrap_variables

P = ParamSpec("P")


class Gradient(Transformed[P]):
    """The gradient of a function; call it with the function's own arguments.

    Made by `grad` and `value_and_grad`. The first call for a path through the function traces and
    compiles it; later calls along the same path run compiled code.

    Attributes:
        trace_count: how many paths of the function have been traced so far.
    """

    operator: ClassVar[str] = "grad"
    rolls: ClassVar[bool] = True
    frees: ClassVar[bool] = True
    lists: ClassVar[str] = "all"

    def __init__(
        self,
        function: Callable[P, Any],
        wrt: Wrt = 0,
        with_value: bool = False,
        has_aux: bool = False,
        target: Target = "python",
    ) -> None:
        self._with_value = with_value
        super().__init__(function, wrt, has_aux, target, with_value=with_value)
        self._keyword = None if "out" in self._traced.names else "out"

    def _label(self) -> str:
        return "value_and_grad" if self._with_value else "grad"

    def _call_by_name(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._keyword is None or self._keyword not in kwargs:
            return super()._call_by_name(args, kwargs)
        return self._call_with(args, kwargs, kwargs.pop(self._keyword))

    def _call_with(self, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> Any:
        result = self._call(args, kwargs)
        if self._with_value:
            return result[0], copy_into(out, result[1])
        if self._has_aux:
            return copy_into(out, result[0]), result[1]
        return copy_into(out, result)

    # -- building programs

    def derive(self, primal: Primal) -> Derived:
        return self._derive(primal, self._with_value)

    def _derive(self, primal: Primal, with_value: bool) -> Derived:
        primal, aux = primal.without_aux(self._has_aux)
        loss = check_scalar(primal, name_of(self._function, "the function"))
        sweeps = Sweeps(primal)
        parts = sweeps.reverse([loss.operand], [seed_of(loss)], primal.variables())
        gradient = self._pick(with_operands(primal.wrt, parts))
        if not with_value:
            return sweeps.statements, (gradient, aux) if self._has_aux else gradient
        return sweeps.statements, ((loss, aux) if self._has_aux else loss, gradient)

    def _build_both(self, specialization: Specialization) -> Built:
        from .building import built

        primal = self._primal(specialization)
        return built(primal.name, self._derive(primal, with_value=True))

    def expression(self, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The gradient's closed form at these inputs, as a SymPy expression.

        Raises:
            TooLargeError: the closed form would be too large to read.
        """
        if self._with_value or self._has_aux:
            return Gradient(self._function, self.wrt).expression(*args, **kwargs)
        return super().expression(*args, **kwargs)

    # -- what the object offers

    def value_and_grad(self, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The function's result and its gradient, computed together."""
        result, _, _ = self._dispatcher.call("both", self._build_both, self._bind(args, kwargs))
        return result

    def backward(self, /, *args: Any, gradient: Any = None, **kwargs: Any) -> Any:
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
            pullback: Pullback[...] = Pullback(self._function, wrt=self.wrt)
            value, pull = pullback.at(values)
            parts = pull(gradient)
        for place, part in zip(self._places, parts, strict=True):
            box = boxes[self._traced.names.index(place.parameter)]
            if type(box) is Variable:
                box.accumulate(part)
        return value


class ElementwiseGrad(Transformed[P]):
    """The derivative of each element of a vectorised function; made by `elementwise_grad`."""

    operator: ClassVar[str] = "elementwise_grad"
    rolls: ClassVar[bool] = True
    frees: ClassVar[bool] = True

    def derive(self, primal: Primal) -> Derived:
        primal, aux = primal.without_aux(self._has_aux)
        sweeps = Sweeps(primal)
        outputs = leaves_of(primal.result)
        builder = sweeps.build()
        ones = [_one(builder, leaf) for leaf in outputs]
        parts = sweeps.reverse([leaf.operand for leaf in outputs], ones, primal.variables())
        gradient = self._pick(with_operands(primal.wrt, parts))
        return sweeps.statements, (gradient, aux) if self._has_aux else gradient


def _one(builder: Any, leaf: Leaf) -> Any:
    if not leaf.aval.shape:
        return 1.0
    return builder.apply("broadcast_to", 1.0, shape=leaf.aval.shape)
