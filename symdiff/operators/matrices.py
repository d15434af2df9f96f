"""Matrices of derivatives: the objects that `jacobian` and `hessian` return."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, ParamSpec

import numpy as np

from ..errors import LengthError, UsageError
from ..operations.statements.builder import Builder
from ..program.program import Aval, Operand, Var
from ..program.trees import map_leaves
from ..specialize.result import Specialization
from .building import Built, Derived
from .diagonal_blocks import by_diagonals
from .places import Wrt
from .primal import Leaf, Primal, check_scalar, leaves_of, seed_of, with_operands
from .sweeps import Sweeps, linear_part
from .targets import Target
from .transformed import Transformed

P = ParamSpec("P")
Mode = Literal["auto", "forward", "reverse"]

_STATEMENT_COST = 32
"""What running a statement costs besides its elements, in elements."""


class Jacobian(Transformed[P]):
    """All derivatives of all results with respect to all arguments; made by `jacobian`."""

    operator: ClassVar[str] = "jacobian"
    rolls: ClassVar[bool] = True
    frees: ClassVar[bool] = True

    def __init__(
        self,
        function: Callable[P, Any],
        wrt: Wrt = 0,
        mode: Mode = "auto",
        has_aux: bool = False,
        stack: bool = False,
        target: Target = "python",
    ) -> None:
        if mode not in ("auto", "forward", "reverse"):
            raise UsageError(
                f"jacobian: mode={mode!r}", remedy='give "auto", "forward" or "reverse"'
            )
        self._mode = mode
        self._stack = stack
        super().__init__(function, wrt, has_aux, target, mode=mode, stack=stack)

    def _build(self, specialization: Specialization) -> Built:
        primal = self._primal(specialization)
        refuse_square(specialization, leaves_of(primal.result), leaves_of(primal.wrt))
        return super()._build(specialization)

    def derive(self, primal: Primal) -> Derived:
        primal, aux = primal.without_aux(self._has_aux)
        outputs, variables = leaves_of(primal.result), leaves_of(primal.wrt)
        _check_room(primal, outputs, variables)
        sweeps = Sweeps(primal)
        mode = self._mode if self._mode != "auto" else cheaper_mode(primal)
        assemble = forward_matrix if mode == "forward" else reverse_matrix
        matrix = assemble(sweeps, outputs, variables)
        rows = iter(matrix)

        def block(leaf: Any) -> Any:
            if type(leaf) is not Leaf:
                return leaf
            if self._stack:
                return Leaf(_side_by_side(sweeps.build(), next(rows), leaf, variables), np.ndarray)
            return self._pick(with_operands(primal.wrt, next(rows)))

        result = map_leaves(block, primal.result)
        return sweeps.statements, (result, aux) if self._has_aux else result


class Hessian(Transformed[P]):
    """All second derivatives of a function that returns one number; made by `hessian`."""

    operator: ClassVar[str] = "hessian"
    rolls: ClassVar[bool] = True
    frees: ClassVar[bool] = True
    order = 2

    def _build(self, specialization: Specialization) -> Built:
        variables = leaves_of(self._primal(specialization).wrt)
        refuse_square(specialization, variables, variables)
        return super()._build(specialization)

    def derive(self, primal: Primal) -> Derived:
        primal, aux = primal.without_aux(self._has_aux)
        loss = check_scalar(primal, primal.name, "Hessian")
        sweeps = Sweeps(primal)
        variables = leaves_of(primal.wrt)
        _check_room(primal, variables, variables)
        slopes = sweeps.reverse([loss.operand], [seed_of(loss)], primal.variables())
        matrix = iter(
            forward_matrix(sweeps, [v.like(s) for v, s in zip(variables, slopes)], variables)
        )
        result = map_leaves(
            lambda leaf: (
                self._pick(with_operands(primal.wrt, next(matrix))) if type(leaf) is Leaf else leaf
            ),
            primal.wrt,
        )
        result = self._pick(result)
        return sweeps.statements, (result, aux) if self._has_aux else result


def refuse_square(
    specialization: Specialization, rows: Sequence[Leaf], columns: Sequence[Leaf]
) -> None:
    """Make a matrix for its own lengths where it has rows and columns of a length that is free.

    Raises:
        LengthError: it has.
    """
    free = {var.aval.shape[0] for var in specialization.free}
    if all(any(not free.isdisjoint(x.aval.shape) for x in part) for part in (rows, columns)):
        raise LengthError("a matrix has two axes of free lengths")


def forward_matrix(
    sweeps: Sweeps, outputs: Sequence[Leaf], variables: Sequence[Leaf]
) -> list[list[Operand]]:
    """A block for each output and variable, by one forward sweep for each element of a variable."""
    base = sweeps.statements
    operands = [leaf.operand for leaf in outputs]
    columns = []
    for variable in variables:
        var = variable.operand
        blocks = by_diagonals(sweeps, operands, var, base)
        if blocks is not None:
            columns.append(blocks)
            continue
        sweep = functools.partial(_pushed, sweeps, operands, var, base)
        found = _for_units(sweeps, sweep, var.aval, f"d_{var.name}", outputs)
        builder = sweeps.build()
        columns.append(
            [
                _joined(builder, whole, var.aval.shape, leaf.aval.shape, False)
                for whole, leaf in zip(found, outputs, strict=True)
            ]
        )
    return [[column[j] for column in columns] for j in range(len(outputs))]


def reverse_matrix(
    sweeps: Sweeps, outputs: Sequence[Leaf], variables: Sequence[Leaf]
) -> list[list[Operand]]:
    """A block for each output and variable, by one reverse sweep for each element of an output."""
    base = sweeps.statements
    reads = [leaf.operand for leaf in variables]
    rows = []
    for leaf in outputs:
        sweep = functools.partial(_pulled, sweeps, leaf.operand, reads, base)
        found = _for_units(sweeps, sweep, leaf.aval, "ct", variables)
        builder = sweeps.build()
        rows.append(
            [
                _joined(builder, whole, leaf.aval.shape, v.aval.shape, True)
                for whole, v in zip(found, variables, strict=True)
            ]
        )
    return rows


def _pushed(
    sweeps: Sweeps, outputs: Sequence[Operand], var: Var, base: Any, seed: Operand
) -> list[Operand]:
    return sweeps.forward(outputs, [var], [seed], base)


def _pulled(
    sweeps: Sweeps, output: Operand, wrt: Sequence[Var], base: Any, seed: Operand
) -> list[Operand]:
    return sweeps.reverse([output], [seed], wrt, base)


def _check_room(primal: Primal, outputs: Sequence[Leaf], variables: Sequence[Leaf]) -> None:
    """Refuse a matrix that this machine cannot hold, before it is asked for.

    Raises:
        UsageError: it has more bytes than there is memory.
    """
    rows, columns = (sum(leaf.aval.size for leaf in part) for part in (outputs, variables))
    size = 8 * rows * columns
    if size > _memory():
        raise UsageError(
            f"{rows:,} derivatives by {columns:,} numbers each are {size / 1e9:,.0f} GB, "
            "more than this machine's memory",
            where=primal.where(),
            remedy="ask for those that are not 0 with sparse_jacobian or sparse_hessian, or, of a "
            "function of one observation at a time, write it for one and use "
            "batched(jacobian(f)); hvp, jvp and vjp give products without the matrix",
        )


@functools.cache
def _memory() -> float:
    """The bytes of memory of this machine, where that is known."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return float("inf")


def _for_units(
    sweeps: Sweeps,
    sweep: Callable[[Operand], list[Operand]],
    aval: Aval,
    hint: str,
    leaves: Sequence[Leaf],
) -> list[Operand]:
    """What a sweep finds for each unit seed, with the seeds along an axis in front."""
    if not aval.shape:
        return sweep(1.0)
    if not aval.size:  # of nothing, or with respect to nothing
        return [np.zeros((0, *leaf.aval.shape)) for leaf in leaves]
    return sweeps.stacked(sweep, aval, hint)


def _joined(
    builder: Builder, whole: Operand, seeds: tuple[int, ...], shape: tuple[int, ...], rows: bool
) -> Operand:
    """One array of the results for all unit seeds: rows of a Jacobian, or columns."""
    if not seeds:
        return whole
    if shape and not rows:
        whole = builder.apply("transpose", whole, axes=(*range(1, len(shape) + 1), 0))
    full = (*seeds, *shape) if rows else (*shape, *seeds)
    return builder.apply("reshape", whole, shape=full) if len(seeds) > 1 else whole


def _side_by_side(
    builder: Builder, parts: Sequence[Operand], output: Leaf, variables: Sequence[Leaf]
) -> Operand:
    """The blocks of all variables as columns of one array."""
    shape = output.aval.shape
    columns = [
        builder.apply("reshape", part, shape=(*shape, variable.aval.size))
        for part, variable in zip(parts, variables, strict=True)
    ]
    return builder.apply("concatenate", *columns, axis=len(shape))


def cheaper_mode(primal: Primal) -> Mode:
    """The mode that takes fewer operations, counted on the program: sweeps times their cost."""
    outputs, variables = leaves_of(primal.result), leaves_of(primal.wrt)
    columns = sum(leaf.aval.size for leaf in variables)
    rows = sum(leaf.aval.size for leaf in outputs)
    if columns == 1 or rows == 1:
        return "forward" if columns == 1 else "reverse"
    operands = [leaf.operand for leaf in outputs]
    wrt = primal.variables()
    sweeps = Sweeps(primal)
    seeds = [Var("d", v.aval) for v in wrt]
    ahead = _cost(sweeps, seeds, sweeps.forward(operands, wrt, seeds))
    sweeps = Sweeps(primal)
    seeds = [Var("ct", leaf.aval) for leaf in outputs]
    back = _cost(sweeps, seeds, sweeps.reverse(operands, seeds, wrt))
    forward, reverse = columns * ahead, rows * back
    if forward > reverse:
        forward = min(forward, _cost_of_diagonals(primal, reverse))
    return "forward" if forward <= reverse else "reverse"


def _cost_of_diagonals(primal: Primal, most: int) -> int:
    """What the forward sweeps cost where they are done by diagonals; else more than `most`."""
    sweeps = Sweeps(primal)
    outputs = [leaf.operand for leaf in leaves_of(primal.result)]
    base = sweeps.statements
    for var in primal.variables():
        if by_diagonals(sweeps, outputs, var, base) is None:
            return most + 1
    old = {s.target for s in base}
    added = [s.target for s in sweeps.statements if s.target is not None and s.target not in old]
    return sum(_STATEMENT_COST + target.aval.size for target in added)


def _cost(sweeps: Sweeps, seeds: Sequence[Var], results: Sequence[Operand]) -> int:
    linear, _ = linear_part(sweeps.statements, seeds, results)
    return sum(_STATEMENT_COST + s.target.aval.size for s in linear if s.target is not None)
