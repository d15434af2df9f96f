"""A traced function, ready to be differentiated: its result and arguments, nested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..differentiate.unread import with_unread_kept
from ..errors import NonScalarError, UsageError, an
from ..optimize import in_bodies, number_values
from ..optimize.carried_elements import with_carried_elements
from ..program.outside import Check
from ..program.program import (
    Aval,
    Operand,
    Program,
    Statement,
    Var,
    operand_aval,
)
from ..program.sources import Fixed, Floats
from ..program.trees import flatten, map_leaves, unflatten
from ..records import dataclass
from ..specialize.result import Specialization


class Leaf:
    """A number or array in a nested argument or result: its operand, and the type it is given.

    What a function returns is its `own`, unless it returns derivatives. What is `kept` goes on to
    another program.
    """

    __slots__ = ("kept", "operand", "own", "type")

    def __init__(self, operand: Operand, type: type, own: bool = False, kept: bool = False) -> None:
        self.operand = operand
        self.type = type
        self.own = own
        self.kept = kept

    @property
    def aval(self) -> Aval:
        return operand_aval(self.operand)

    def like(self, operand: Operand) -> Leaf:
        return Leaf(operand, self.type)

    def __repr__(self) -> str:
        return f"<leaf {self.operand}>"


class Numbers(list[Any]):
    """The type of a list of Python's floats, taken as one."""


class Scalars(list[Any]):
    """The type of a list of NumPy's numbers, taken as one."""


class Inert:
    """What is neither number nor array in a nested argument or result."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def leaves_of(nested: Any) -> list[Leaf]:
    """The numbers and arrays in a nested argument or result."""
    return [leaf for leaf in flatten(nested)[0] if type(leaf) is Leaf]


def with_operands(nested: Any, operands: Sequence[Operand]) -> Any:
    """The same containers with other operands, and `None` for what is no number."""
    given = iter(operands)
    return map_leaves(
        lambda leaf: leaf.like(next(given)) if type(leaf) is Leaf else Inert(None), nested
    )


@dataclass(frozen=True, slots=True)
class Primal:
    """A traced function, ready to be differentiated.

    Attributes:
        name: of the function, for people.
        statements: what it does.
        result: what it returns, nested, with a `Leaf` for each number or array.
        wrt: the arguments to differentiate with respect to, nested in the same way.
        extra: the operator's own arguments, such as tangents.
        inside: whether it is part of a larger trace, which may read any of its variables.
    """

    name: str
    statements: list[Statement]
    result: Any
    wrt: tuple[Any, ...]
    extra: tuple[Any, ...] = ()
    inside: bool = False

    def variables(self) -> list[Var]:
        return [leaf.operand for leaf in leaves_of(self.wrt)]

    def where(self) -> Any:
        """Where the result was computed."""
        found = leaves_of(self.result)
        made = (s for s in reversed(self.statements) if s.target is found[0].operand and s.span)
        first = next(made, None) if found else None
        return first.span if first is not None else None

    def without_aux(self, has_aux: bool) -> tuple[Primal, Any]:
        """The function of the first result alone, and the second result."""
        if not has_aux:
            return self, None
        if not isinstance(self.result, tuple) or len(self.result) != 2:
            raise UsageError(
                f"has_aux=True, but `{self.name}` does not return two things",
                where=self.where(),
                remedy="return a tuple: the number to differentiate, and anything else",
            )
        loss, aux = self.result
        return replace(self, result=loss), aux


# -- from a specialization


def primal_of(
    specialization: Specialization,
    name: str,
    wrt: Sequence[tuple[str, Any]],
    extra: Sequence[Any] = (),
    order: int = 1,
) -> Primal:
    """What an operator starts from.

    Args:
        specialization: the traced function.
        name: of the function.
        wrt: a label and a nested argument of program variables, for each place.
        extra: the operator's own arguments, nested in the same way.
        order: of the derivative that is wanted; of order 0 are the values.
    """
    program, returned = specialization.program, specialization.result
    kinds = _argument_types(program)

    def result(leaf: int | Fixed) -> Any:
        if isinstance(leaf, Fixed):
            return Inert(leaf.value)
        return Leaf(program.outputs[leaf], returned.types[leaf], not specialization.derives)

    def argument(label: str, value: Any) -> Any:
        leaves, structure = flatten(value)
        single = value is None or (
            leaves and not any(type(v) is Var for v in leaves)  # nothing to differentiate by
        )
        made: list[Leaf | Inert] = []
        if value is None:
            leaves = [None]
        for leaf in leaves:
            if type(leaf) is Var:
                _check_inexact(label, leaf)
                made.append(Leaf(leaf, kinds.get(leaf, float)))
            elif single:
                raise UsageError(
                    f"cannot differentiate with respect to `{label}`: it is not a number or array",
                    remedy="pass a float or a NumPy array of floats",
                )
            else:
                made.append(Inert(None))
        return unflatten(structure, made)

    nested = tuple([argument(label, value) for label, value in wrt])
    variables = [leaf.operand for leaf in leaves_of(nested)] if order else []
    kept = with_unread_kept(program, variables, specialization.python, order)
    statements = in_bodies(kept, number_values).statements  # so that a way back reads less
    if order and not specialization.free:
        statements = with_carried_elements(statements)
    return Primal(
        name,
        statements,
        unflatten(returned.structure, [result(leaf) for leaf in returned.leaves]),
        nested,
        tuple(
            [
                map_leaves(
                    lambda v: Leaf(v, kinds.get(v, float)) if type(v) is Var else Inert(v), value
                )
                for value in extra
            ]
        ),
    )


def _check_inexact(label: str, var: Var) -> None:
    if var.aval.dtype.startswith("complex"):
        raise UsageError(
            f"cannot differentiate with respect to `{label}`: it is complex",
            remedy="pass its real and its imaginary part",
        )
    if not var.aval.is_inexact:
        raise UsageError(
            f"cannot differentiate with respect to `{label}`: its dtype is "
            f"{var.aval.dtype}, and a derivative needs floats",
            remedy=f"pass {label} as float, for instance {label}.astype(float)",
        )


def _argument_types(program: Program) -> dict[Var, type]:
    """The type a gradient has for an argument: its own, and a float for an integer."""
    found: dict[Var, type] = {}
    for statement in program.statements:
        operation = statement.operation
        if type(operation) is Check and type(operation.source) is Floats:
            python = operation.source.kind is float
            found[statement.operands[0]] = Numbers if python else Scalars
        elif type(operation) is Check and operation.kind == "signature":
            expected = operation.expected
            if isinstance(expected, tuple):
                expected = np.ndarray
            found[statement.operands[0]] = float if expected is int else expected
    return found


def check_scalar(primal: Primal, name: str, what: str = "gradient") -> Leaf:
    """The one number that a function returns.

    Raises:
        NonScalarError: it returns something else.
    """
    result = primal.result
    if type(result) is not Leaf:
        kind = type(result).__name__
        raise NonScalarError(
            f"the {what} of `{name}` is not defined: it returns {an(kind)} of {_length(result)}",
            where=primal.where(),
            why="a gradient is the derivative of one number",
            remedy=f"return one of them, or use symdiff.jacobian({name}) or symdiff.vjp({name}, "
            "...)",
        )
    if result.aval.dtype.startswith("complex"):
        raise NonScalarError(
            f"the {what} of `{name}` is not defined: its result is complex",
            where=primal.where(),
            why="a gradient is the derivative of one real number",
            remedy="return its real part, its imaginary part or its abs",
        )
    if result.aval.size != 1:
        raise NonScalarError(
            f"the {what} of `{name}` is not defined: its result has shape {result.aval.shape}",
            where=primal.where(),
            why="a gradient is the derivative of one number",
            remedy=f"return a sum (`.sum()`), give a cotangent "
            f"(g.backward(x, gradient=...)), or use symdiff.jacobian({name}) or "
            f"symdiff.vjp({name}, ...)",
        )
    return result


def seed_of(loss: Leaf) -> Operand:
    """The cotangent of the one number that a function returns, in whatever shape."""
    return np.ones(loss.aval.shape, loss.aval.dtype) if loss.aval.shape else 1.0


def _length(value: Any) -> int:
    try:
        return len(value)
    except TypeError:
        return len(flatten(value)[0])
