"""From a traced function to its derivatives as programs, and how results are handed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..compile.emit import Layout, Output
from ..differentiate import jvp, vjp
from ..differentiate.activity import zeros_of
from ..errors import NonScalarError, UsageError
from ..operations.statements.builder import MOST_FOLDED, Builder
from ..operations.table.structural import Structural
from ..optimize import number_values, remove_dead_code, without_marks
from ..program.outside import Argument, Check, Fixed, Read
from ..program.program import (
    Aval,
    Keep,
    Operand,
    Program,
    Statement,
    Var,
    name_uniquely,
    operand_aval,
)
from ..program.trees import code, flatten, map_leaves, unflatten
from ..specialize.trace import Specialization

Built = tuple[Program, list[Output], Layout]


class Leaf:
    """A number or array in a nested argument or result: its operand, and the type it is given."""

    __slots__ = ("operand", "type")

    def __init__(self, operand: Operand, type: type) -> None:
        self.operand = operand
        self.type = type

    @property
    def aval(self) -> Aval:
        return operand_aval(self.operand)

    def like(self, operand: Operand) -> Leaf:
        return Leaf(operand, self.type)

    def __repr__(self) -> str:
        return f"<leaf {self.operand}>"


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


Derived = tuple[list[Statement], Any]
"""Statements, and a nested result with a `Leaf` for each number or array."""


class Sweeps:
    """Statements that grow by sweeps, forward and reverse, one after another or side by side."""

    def __init__(self, primal: Primal) -> None:
        self.name = primal.name
        self.statements = list(primal.statements)
        self._defined: set[Var] = set()

    def reverse(
        self,
        outputs: Sequence[Operand],
        cotangents: Sequence[Operand],
        wrt: Sequence[Var],
        base: list[Statement] | None = None,
    ) -> list[Operand]:
        """The cotangents of `wrt`, given those of `outputs`.

        Args:
            outputs: what the cotangents belong to.
            cotangents: one for each output.
            wrt: what to differentiate with respect to.
            base: the statements to go back through; by default all there are.
        """
        base = self.statements if base is None else base
        derived = vjp(Program(self.name, (), base, tuple(outputs)), wrt, cotangents)
        self._take(base, derived.statements)
        return list(derived.outputs[len(outputs) :])

    def forward(
        self,
        outputs: Sequence[Operand],
        wrt: Sequence[Var],
        tangents: Sequence[Operand],
        base: list[Statement] | None = None,
    ) -> list[Operand]:
        """The tangents of `outputs`, given those of `wrt`."""
        base = self.statements if base is None else base
        derived = jvp(Program(self.name, (), base, tuple(outputs)), wrt, tangents)
        self._take(base, derived.statements)
        return list(derived.outputs[len(outputs) :])

    def _take(self, base: list[Statement], derived: list[Statement]) -> None:
        """Keep what is new; a first sweep may also have changed what is old."""
        if self.statements is base:
            self.statements = list(derived)
            self._defined = {s.target for s in derived if s.target is not None}
            return
        for statement in derived:
            target = statement.target
            if target is not None and target not in self._defined:
                self._defined.add(target)
                self.statements.append(statement)

    def build(self) -> Builder:
        """A builder that appends to these statements."""
        builder = Builder()
        if self.statements:
            builder.span = self.statements[-1].span
        builder.statements = self.statements
        return builder

    def rows(
        self, sweep: Callable[[Operand], list[Operand]], aval: Aval, hint: str
    ) -> list[list[Operand]]:
        """The results of a sweep for each unit seed of a shape.

        The sweep is recorded once for a symbolic seed, and what depends on the seed is written
        again for each unit.
        """
        if not aval.shape:
            return [sweep(1.0)]
        seed = Var(hint, aval)
        outputs = sweep(seed)
        linear, rest = _dependent(self.statements, {seed})
        self.statements = rest
        self._defined = {s.target for s in self.statements if s.target is not None}
        builder = self.build()
        found = []
        for k in range(aval.size):
            unit = np.zeros(aval.shape, aval.dtype)
            unit.flat[k] = 1
            unit.flags.writeable = False
            found.append(instantiate(builder, linear, {seed: unit}, outputs))
        return found


def _dependent(
    statements: Sequence[Statement], seeds: set[Var]
) -> tuple[list[Statement], list[Statement]]:
    """The statements that depend on the seeds, and the others."""
    reached = set(seeds)
    linear: list[Statement] = []
    rest: list[Statement] = []
    for statement in statements:
        if any(type(o) is Var and o in reached for o in statement.operands):
            linear.append(statement)
            if statement.target is not None:
                reached.add(statement.target)
        else:
            rest.append(statement)
    return linear, rest


def instantiate(
    builder: Builder,
    statements: Sequence[Statement],
    known: dict[Var, Operand],
    outputs: Sequence[Operand],
) -> list[Operand]:
    """Write statements again with some variables given; returns what becomes of the outputs.

    The statements are linear in what is given. What depends on zeros alone is zero, and is not
    computed: a partial that is infinite would make it no number.
    """
    for statement in statements:
        target = statement.target
        assert target is not None
        moved = [known[o] for o in statement.operands if type(o) is Var and o in known]
        if _is_joint(statement.operation):  # a state and how it moves may stand side by side
            moved += [o for o in statement.operands if type(o) is not Var or o not in known]
        if target.aval.size <= MOST_FOLDED and all(map(_is_zero, moved)):
            known[target] = zeros_of(target.aval)
            continue
        builder.span = statement.span
        operands = tuple([known.get(o, o) if type(o) is Var else o for o in statement.operands])
        known[target] = builder.emit(statement.operation, operands, target.name)
    return [known.get(o, o) if type(o) is Var else o for o in outputs]


def _is_joint(operation: Any) -> bool:
    return type(operation) is Structural and operation.entry.linear == "joint"


def _is_zero(operand: Operand) -> bool:
    return type(operand) is not Var and not np.any(operand)


def linear_part(
    statements: Sequence[Statement], seeds: Sequence[Var], outputs: Sequence[Operand]
) -> tuple[list[Statement], list[Var]]:
    """The statements that depend on the seeds, and the variables they need from the others."""
    linear, _ = _dependent(statements, set(seeds))
    own = {s.target for s in linear} | set(seeds)
    read = [o for s in linear for o in s.operands] + list(outputs)
    return linear, list(dict.fromkeys(o for o in read if type(o) is Var and o not in own))


# -- from a specialization


def primal_of(
    specialization: Specialization,
    name: str,
    wrt: Sequence[tuple[str, Any]],
    extra: Sequence[Any] = (),
) -> Primal:
    """What an operator starts from.

    Args:
        specialization: the traced function.
        name: of the function.
        wrt: a label and a nested argument of program variables, for each place.
        extra: the operator's own arguments, nested in the same way.
    """
    program, returned = specialization.program, specialization.result
    kinds = _argument_types(program)

    def result(leaf: int | Fixed) -> Any:
        if isinstance(leaf, Fixed):
            return Inert(leaf.value)
        return Leaf(program.outputs[leaf], returned.types[leaf])

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

    return Primal(
        name,
        program.statements,
        unflatten(returned.structure, [result(leaf) for leaf in returned.leaves]),
        tuple([argument(label, value) for label, value in wrt]),
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
        if type(operation) is Check and operation.kind == "signature":
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
            f"the {what} of `{name}` is not defined: it returns a {kind} of {_length(result)}",
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


def seeds_for(targets: Any, given: Any, sweeps: Sweeps, what: str) -> list[Operand]:
    """Operands of `given`, which has to match the leaves of `targets`, each in its dtype.

    Raises:
        UsageError: the shapes disagree.
    """
    expected, found = leaves_of(targets), flatten(given)[0]
    builder = sweeps.build()
    if len(expected) != len(found):
        raise UsageError(
            f"{what} has {len(found)} numbers or arrays, and {len(expected)} are needed",
            remedy=f"give {what} the structure of what it belongs to",
        )
    seeds: list[Operand] = []
    for target, leaf in zip(expected, found, strict=True):
        shape = leaf.aval.shape if type(leaf) is Leaf else None
        if shape != target.aval.shape:
            raise UsageError(
                f"{what} has shape {shape}, and {target.aval.shape} is needed",
                remedy=f"give {what} the shape of what it belongs to",
            )
        seed = leaf.operand
        if target.aval.dtype != leaf.aval.dtype and (shape or not target.aval.weak):
            seed = builder.apply("cast", seed, dtype=target.aval.dtype)
        seeds.append(seed)
    return seeds


# -- to what is compiled


def built(name: str, derived: Derived) -> Built:
    """A derived program, the types of its outputs, and how they are put together."""
    statements, nested = derived
    leaves, structure = flatten(nested)
    numbers = [leaf for leaf in leaves if type(leaf) is Leaf]
    program = Program(name, (), statements, tuple([leaf.operand for leaf in numbers]))

    def layout(texts: Iterator[str], name: Callable[[Any, str], str]) -> str:
        def text(leaf: Leaf | Inert) -> str:
            if type(leaf) is Leaf:
                return next(texts)
            assert isinstance(leaf, Inert)
            return "None" if leaf.value is None else name(leaf.value, "constant")

        return code(structure, iter([text(leaf) for leaf in leaves]), name)

    return optimized(program), [output_of(leaf) for leaf in numbers], layout


def output_of(leaf: Leaf) -> Output:
    """How a number or array is handed over."""
    aval = leaf.aval
    kind = np.ndarray if aval.shape else leaf.type
    return Output(kind, aval.dtype, aval.shape)


def kind_of(aval: Aval) -> type:
    """The type in which a value goes from one compiled program to another."""
    if aval.shape:
        return np.ndarray
    python: dict[str, type] = {"float64": float, "int64": int, "bool": bool}
    return python.get(aval.dtype) or np.dtype(aval.dtype).type


def as_function(program: Program) -> Program:
    """A program as people read it: arguments are inputs, and checks of their types are left out."""
    inputs = []
    statements = []
    for statement in program.statements:
        operation = statement.operation
        if type(operation) is Read and type(operation.source) is Argument:
            assert statement.target is not None
            inputs.append(statement.target)
        elif type(operation) not in (Check, Keep):
            statements.append(statement)
    return Program(
        program.name, (*inputs, *program.inputs), statements, program.outputs, program.extra
    )


def optimized(program: Program) -> Program:
    """The program with each value computed once, and none that nobody needs; to be run as it is."""
    return name_uniquely(remove_dead_code(number_values(without_marks(program))))
