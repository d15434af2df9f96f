"""A function of the user's at a point, as one operation with derivatives.

It is a program of its argument (a number or an array) and of what it reads; so are its derivatives
in both, which makes integrals, roots and minima differentiable to any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...differentiate import jvp, vjp
from ...operations.statements.builder import Builder
from ...operations.table.entry import TABLE, Ops, StructuralEntry
from ...program.program import Aval, Operand, Program, Var, operand_aval


class Inner:
    """`f(t, *params)`, a vector, as a program whose inputs are those, in that order.

    Attributes:
        program: one output.
        resting: parameters that have no derivative, although they could.
    """

    def __init__(self, program: Program, resting: frozenset[Var] = frozenset()) -> None:
        self.program = program
        self.resting = resting
        self._made: dict[Any, Inner] = {}

    def __repr__(self) -> str:
        return "f"

    @property
    def size(self) -> int:
        """The length of the result."""
        return operand_aval(self.program.outputs[0]).size

    @property
    def argument(self) -> Var:
        """The first input."""
        return self.program.inputs[0]

    @property
    def moving(self) -> list[Var]:
        """The parameters that can have a derivative."""
        params = self.program.inputs[1:]
        return [
            v for v in params if v.aval.is_inexact and v not in self.resting and not _is_complex(v)
        ]

    def function(self, params: Sequence[Any]) -> Callable[[Any], Any]:
        """What a library calls: a vector from a number, or from an array of any shape."""
        argument, *rest = self.program.inputs
        shape = argument.aval.shape
        fixed = dict(zip(rest, params, strict=True))
        steps = [(s.target, s.operation.evaluate, s.operands) for s in self.program.statements]
        (output,) = self.program.outputs

        def value(t: Any) -> Any:
            t = np.reshape(np.asarray(t, float), shape)
            values: dict[Any, Any] = {**fixed, argument: t if shape else float(t)}
            for target, evaluate, operands in steps:
                values[target] = evaluate(*[values[o] if type(o) is Var else o for o in operands])
            return np.reshape(values[output] if type(output) is Var else output, -1)

        return value

    def gradient(self, argument: bool = True, params: bool = True) -> Inner:
        """From a cotangent of the result those of the argument and of `moving`, in one vector."""
        if (argument, params) not in self._made:
            program, ops = self.program, Builder()
            wrt = self._inputs(argument, params)
            seed = Var("ct", operand_aval(program.outputs[0]))
            pulled = vjp(program, wrt, [seed])
            ops.statements.extend(pulled.statements)
            cotangents = zip(wrt, pulled.outputs[1:], strict=True)
            parts = [full(ops, ct, v.aval.size) for v, ct in cotangents]
            result = ops.concatenate(*parts, axis=0) if parts else np.zeros(0)
            made = Program("gradient", (*program.inputs, seed), ops.statements, (result,))
            self._made[argument, params] = Inner(made, self.resting)
        return self._made[argument, params]

    def tangent(self, argument: bool) -> Inner:
        """How the result moves with the parameters, and with the argument where asked."""
        if argument not in self._made:
            program, ops = self.program, Builder()
            wrt = self._inputs(argument, True)
            moves = [Var(f"d_{v.name}", v.aval) for v in wrt]
            moved = jvp(program, wrt, moves)
            ops.statements.extend(moved.statements)
            result = full(ops, moved.outputs[-1], self.size)
            made = Program("tangent", (*program.inputs, *moves), ops.statements, (result,))
            self._made[argument] = Inner(made, self.resting)
        return self._made[argument]

    def _inputs(self, argument: bool, params: bool) -> list[Var]:
        return [*([self.argument] if argument else []), *(self.moving if params else [])]

    def cut(self, ops: Ops, whole: Any, argument: bool, params: bool) -> dict[Var, Any]:
        """What belongs to each input, from what `gradient` gives."""
        parts, start = {}, 0
        for var in self._inputs(argument, params):
            stop = start + var.aval.size
            piece = ops.getitem(whole, index=(("slice", start, stop, None),))
            parts[var] = ops.reshape(piece, shape=var.aval.shape)
            start = stop
        return parts

    def moves(self, tangents: Sequence[Any]) -> list[Any]:
        """A tangent for each of `moving`, zero where it rests."""
        known = dict(zip(self.program.inputs[1:], tangents, strict=True))
        return [known[v] if known[v] is not None else zero(v.aval) for v in self.moving]


def _is_complex(var: Var) -> bool:
    return var.aval.dtype.startswith("complex")


def zero(aval: Aval) -> Any:
    """Zero, of that shape."""
    return np.zeros(aval.shape) if aval.shape else 0.0


def full(ops: Any, value: Operand, size: int) -> Any:
    """A vector of that length from an array, or from the 0 of what does not depend."""
    shape = operand_aval(value).shape
    if int(np.prod(shape, dtype=int)) == size:
        return ops.reshape(value, shape=(size,))
    return ops.broadcast_to(value, shape=(size,))


def _pullback(ops: Ops, ct: Any, result: Any, t: Any, *params: Any, f: Inner) -> list[Any]:
    ct = ops.reshape(ct, shape=operand_aval(f.program.outputs[0]).shape)
    parts = f.cut(ops, ops.inner_at(t, *params, ct, f=f.gradient()), True, True)
    moved = [parts.get(v) for v in f.program.inputs]
    moved[0] = ops.reshape(moved[0], shape=ops.aval(t).shape)
    return moved


def _pushforward(ops: Ops, tangents: Any, result: Any, t: Any, *params: Any, f: Inner) -> Any:
    t_dot, *rest = tangents
    moves = f.moves(rest)
    if t_dot is None:
        return ops.inner_at(t, *params, *moves, f=f.tangent(False))
    t_dot = ops.reshape(t_dot, shape=f.argument.aval.shape)
    return ops.inner_at(t, *params, t_dot, *moves, f=f.tangent(True))


TABLE.add(
    StructuralEntry(
        name="inner_at",
        numpy=lambda t, *params, f: np.array(f.function(params)(t), float),
        infer=lambda t, *params, f: Aval.of((f.size,), "float64"),
        pullback=_pullback,
        pushforward=_pushforward,
        describe=lambda o, p: f"f({', '.join(o)})",
    )
)
