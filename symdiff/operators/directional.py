"""Derivatives along directions: what `jvp`, `hvp` and `derivative` return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, ParamSpec

import numpy as np

from ..compile.lines import kind_of
from ..errors import UsageError
from ..program.program import Program
from ..program.trees import flatten, unflatten
from .building import Derived, optimized
from .places import Wrt
from .primal import Leaf, Primal, check_scalar, leaves_of, seed_of, with_operands
from .sweeps import Sweeps, seeds_for
from .targets import Target
from .transformed import Transformed

P = ParamSpec("P")


class Pushforward(Transformed[P]):
    """A function's value and how it moves; its last argument is a tuple of tangents."""

    operator: ClassVar[str] = "jvp"
    rolls: ClassVar[bool] = True
    frees: ClassVar[bool] = True
    further: ClassVar[str | None] = "tangents"

    def derive(self, primal: Primal) -> Derived:
        primal, aux = primal.without_aux(self._has_aux)
        sweeps = Sweeps(primal)
        seeds = seeds_for(primal.wrt, primal.extra[0], sweeps, "a tangent")
        outputs = leaves_of(primal.result)
        moved = sweeps.forward([leaf.operand for leaf in outputs], primal.variables(), seeds)
        tangent = with_operands(primal.result, moved)
        both = (primal.result, tangent)
        return sweeps.statements, (*both, aux) if self._has_aux else both


class Hvp(Transformed[P]):
    """The Hessian of a function times a vector; made by `hvp`."""

    operator: ClassVar[str] = "hvp"
    rolls: ClassVar[bool] = True
    frees: ClassVar[bool] = True
    further: ClassVar[str | None] = "v"
    order = 2

    def derive(self, primal: Primal) -> Derived:
        primal, aux = primal.without_aux(self._has_aux)
        loss = check_scalar(primal, primal.name, "Hessian")
        sweeps = Sweeps(primal)
        variables = primal.variables()
        vector = primal.extra[0] if not self._single else (primal.extra[0],)
        seeds = seeds_for(primal.wrt, vector, sweeps, "the vector of an hvp")
        slopes = sweeps.reverse([loss.operand], [seed_of(loss)], variables)
        products = sweeps.forward(slopes, variables, seeds)
        result = self._pick(with_operands(primal.wrt, products))
        return sweeps.statements, (result, aux) if self._has_aux else result


class Derivative(Transformed[P]):
    """The derivative of some order with respect to one number; made by `derivative`."""

    operator: ClassVar[str] = "derivative"
    rolls: ClassVar[bool] = True
    frees: ClassVar[bool] = True

    def __init__(
        self,
        function: Callable[P, Any],
        wrt: Wrt = 0,
        n: int = 1,
        has_aux: bool = False,
        target: Target = "python",
    ) -> None:
        self.order = n
        super().__init__(function, wrt, has_aux, target, n=n)
        if not self._single:
            raise UsageError("derivative(...) is with respect to one number", remedy="use grad")

    def derive(self, primal: Primal) -> Derived:
        primal, aux = primal.without_aux(self._has_aux)
        variables = primal.variables()
        if len(variables) != 1 or variables[0].aval.shape:
            raise UsageError(
                f"derivative: `{self._places[0]}` is not one number",
                remedy="use elementwise_grad, grad or jacobian",
            )
        sweeps = Sweeps(primal)
        operands = [leaf.operand for leaf in leaves_of(primal.result)]
        for _ in range(self.order):
            operands = sweeps.forward(operands, variables, [1.0])
            if primal.inside:
                continue
            kept = leaves_of(aux)
            goals = (*operands, *[leaf.operand for leaf in kept])
            lean = optimized(Program(primal.name, (), sweeps.statements, goals))
            operands = list(lean.outputs[: len(operands)])
            for leaf, operand in zip(kept, lean.outputs[len(operands) :], strict=True):
                leaf.operand = operand
            sweeps = Sweeps(Primal(primal.name, lean.statements, None, ()))
        result = with_operands(primal.result, operands)
        return sweeps.statements, (result, aux) if self._has_aux else result


def cast_like(targets: Any, given: Any, what: str) -> list[Any]:
    """The numbers and arrays of `given`, checked against the shapes of `targets`, in their dtypes.

    Raises:
        UsageError: a shape disagrees.
    """
    expected = leaves_of(targets)
    found = [leaf for leaf in flatten(given)[0] if not isinstance(leaf, str | bytes)]
    if len(found) != len(expected):
        found = _rows(targets, given)
    if len(found) != len(expected):
        raise UsageError(
            f"{what} has {len(found)} numbers or arrays, and {len(expected)} are needed",
            remedy=f"give {what} the structure of what it belongs to",
        )
    cast: list[Any] = []
    for leaf, part in zip(expected, found, strict=True):
        aval = leaf.aval
        if np.shape(part) != aval.shape:
            raise UsageError(
                f"{what} has shape {np.shape(part)}, and {aval.shape} is needed",
                remedy=f"give {what} the shape of what it belongs to",
            )
        if aval.shape:
            cast.append(np.asarray(part, aval.dtype))
        else:
            cast.append(kind_of(aval)(part))
    return cast


def _rows(targets: Any, given: Any) -> list[Any]:
    """A list of numbers where an array is needed, or an array where a list of numbers is."""
    if type(targets) is Leaf:
        return [np.asarray(given)]
    if isinstance(given, np.ndarray):
        return list(given)
    if isinstance(targets, tuple) and isinstance(given, tuple) and len(targets) == len(given):
        return [part for t, g in zip(targets, given, strict=True) for part in _rows(t, g)]
    return []


def tangents_like(primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    """Tangents in the types of their primals, for the arguments of a `Pushforward`."""
    if len(primals) != len(tangents):
        raise UsageError(f"{len(primals)} primals, but {len(tangents)} tangents")
    made = []
    for primal, tangent in zip(primals, tangents, strict=True):
        leaves, structure = flatten(primal)
        targets = tuple([_target(v) for v in leaves if _number(v)])
        parts = iter(cast_like(targets, _like(len(targets), tangent), "a tangent"))
        made.append(unflatten(structure, [next(parts) if _number(v) else v for v in leaves]))
    return tuple(made)


def _target(value: Any) -> Leaf:
    """What the tangent of a number or array is like."""
    if type(value) is int:
        return Leaf(float(value), float)
    whole = isinstance(value, np.ndarray | np.generic) and value.dtype.kind != "f"
    return Leaf(value.astype(float) if whole else value, type(value))


def _like(count: int, tangent: Any) -> tuple[Any, ...]:
    found = [v for v in flatten(tangent)[0] if not isinstance(v, str | bytes | bool)]
    return (np.asarray(tangent),) if count == 1 and len(found) != 1 else tuple(found)


def _number(value: Any) -> bool:
    return isinstance(value, int | float | np.generic | np.ndarray) and not isinstance(value, bool)


__all__ = [
    "Derivative",
    "Hvp",
    "Pushforward",
    "cast_like",
    "tangents_like",
]
