"""Sparse Jacobians and Hessians: the pattern from the program, the numbers from few sweeps."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np

from ..batch import batch
from ..compile.emit import Output
from ..differentiate import jvp, vjp
from ..differentiate.unread import with_unread_kept
from ..errors import LoopError, NonScalarError, UnsupportedError, UsageError
from ..program.naming import name_of
from ..program.program import Aval, Program, Statement, Var, operand_aval
from ..records import dataclass
from ..source.carrying import rebuilt, sources_of
from ..sparsity import colored, dependence
from ..specialize.result import Specialization
from ..specialize.traced import Traced
from .alike import has_loops
from .building import optimized
from .dispatch import Dispatcher
from .variable import unwrap_variables

_MOST_TOGETHER = 64
"""More sweeps than this are done one after another, so that memory does not grow with them."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How the derivative of one specialization is compressed.

    Attributes:
        specialization: what it belongs to.
        rows: row of each entry of the pattern, sorted by row.
        columns: column of each entry.
        shape: of the matrix.
        forward: whether columns share a sweep (`jvp`), or rows do (`vjp`).
        colors: of each column, or row.
        sweeps: how many colours there are.
        together: whether the sweeps are done in one pass, over arrays with a colour an axis.
    """

    specialization: Specialization
    rows: Any
    columns: Any
    shape: tuple[int, int]
    forward: bool
    colors: Any
    sweeps: int
    together: bool


class SparseDerivative:
    """A sparse Jacobian or Hessian; made by `sparse_jacobian` and `sparse_hessian`.

    Call it with the function's own arguments; it gives a `scipy.sparse.csr_array`.

    Attributes:
        sweeps: how many sweeps the last call took: the number of colours.
    """

    __wrapped__: Callable[..., Any]

    def __init__(self, function: Callable[..., Any], wrt: int | str, order: int) -> None:
        functools.update_wrapper(self, function, updated=())
        self._function = function
        self._order = order
        self._traced = Traced(function)
        self.__signature__ = self._traced.signature
        self._wrt = _parameter(wrt, self._traced)
        self._dispatcher = Dispatcher(self._traced, {self._wrt: True}, rolls=True)
        self.sweeps = 0

    def __reduce__(self) -> Any:
        """Pickled as the function and what was asked of it; the paths are traced again."""
        options = {"wrt": self._wrt, "order": self._order}
        return rebuilt, (SparseDerivative, options, self._function, sources_of(self._function))

    def __repr__(self) -> str:
        kind = "hessian" if self._order == 2 else "jacobian"
        return f"<sparse {kind} of {name_of(self, 'f')} wrt {self._wrt}>"

    def __symdiff_call__(self, calls: Any, args: Any, kwargs: Any) -> Any:
        raise UnsupportedError(
            "a sparse derivative inside a differentiated function is not supported",
            where=calls.recorder.where(),
            remedy="use the dense one there",
        )

    # -- calling

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """The derivative as a `scipy.sparse.csr_array`."""
        values = self._bind(args, kwargs)
        results, leaf, _ = self._dispatcher.call("sparse", self._together, values)
        plan = self._plan_of(leaf.specialization)
        if plan.together:
            parts = results if isinstance(results, tuple) else (results,)
            sweeps = np.concatenate([np.reshape(r, (plan.sweeps, -1)) for r in parts], axis=1)
        else:
            sweeps = self._one_by_one(plan, values)
        self.sweeps = plan.sweeps
        if plan.forward:
            entries = sweeps[plan.colors[plan.columns], plan.rows]
        else:
            entries = sweeps[plan.colors[plan.rows], plan.columns]
        return _matrix(plan, entries)

    def _one_by_one(self, plan: Plan, values: Sequence[Any]) -> Any:
        sweeps = np.empty((plan.sweeps, plan.shape[0] if plan.forward else plan.shape[1]))
        for k, seed in enumerate(self._seeds(plan)):
            results, _, _ = self._dispatcher.call("sweep", self._sweep, values, seed)
            parts = results if isinstance(results, tuple) else (results,)
            sweeps[k] = np.concatenate([np.ravel(r) for r in parts])
        return sweeps

    def pattern(self, /, *args: Any, **kwargs: Any) -> Any:
        """Where the derivative at these inputs may differ from zero: a sparse array of bools."""
        plan = self._plan(self._bind(args, kwargs))
        return _matrix(plan, np.ones(len(plan.rows), bool))

    def colors(self, /, *args: Any, **kwargs: Any) -> Any:
        """The colour of each column (of each row, where rows need fewer)."""
        return self._plan(self._bind(args, kwargs)).colors.copy()

    def _bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        bound = self._traced.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        values: tuple[Any, ...] = unwrap_variables(tuple(bound.arguments.values()))
        return values

    # -- the plan of a specialization

    def _plan(self, values: Sequence[Any]) -> Plan:
        leaf, _ = self._dispatcher.trace(values)
        try:
            return self._plan_of(leaf.specialization)
        except LoopError:
            self._dispatcher.unroll()
            leaf, _ = self._dispatcher.trace(values)
            return self._plan_of(leaf.specialization)

    def _plan_of(self, specialization: Specialization) -> Plan:
        known: Plan | None = specialization.parts.get("sparse")
        if known is None:
            known = specialization.parts["sparse"] = self._planned(specialization)
        return known

    def _planned(self, specialization: Specialization) -> Plan:
        program, var = self._primal(specialization), self._variable(specialization)
        rows, columns, height = [], [], 0
        for output, found in zip(program.outputs, dependence(program, var), strict=True):
            rows.append(found.rows + height)
            columns.append(found.columns)
            height += operand_aval(output).size
        width = var.aval.size
        row, column = np.concatenate(rows), np.concatenate(columns)
        by_column = colored(row, column, width)
        best, forward = by_column, True
        if self._order == 1:
            by_row = colored(column, row, height)
            if _count(by_row) < _count(by_column):
                best, forward = by_row, False
        sweeps = _count(best) if len(row) else 0
        together = sweeps > 0 and (sweeps <= _MOST_TOGETHER or _has_effects(program))
        return Plan(specialization, row, column, (height, width), forward, best, sweeps, together)

    def _seeds(self, plan: Plan) -> list[list[Any]]:
        specialization = plan.specialization
        avals = [self._variable(specialization).aval]
        if not plan.forward:
            avals = [operand_aval(o) for o in specialization.program.outputs]
        return [_split((plan.colors == color).astype(float), avals) for color in range(plan.sweeps)]

    # -- programs

    def _variable(self, specialization: Specialization) -> Var:
        var = specialization.arguments.get(self._wrt)
        if type(var) is not Var or not var.aval.is_inexact:
            what = repr(var.aval.dtype) if type(var) is Var else "not a number or array"
            raise UsageError(
                f"cannot differentiate with respect to `{self._wrt}`: it is {what}",
                remedy="pass a float or a NumPy array of floats",
            )
        return var

    def _primal(self, specialization: Specialization) -> Program:
        """The program whose first derivative is asked for."""
        var = self._variable(specialization)
        program = with_unread_kept(
            specialization.program, [var], specialization.python, self._order
        )
        if self._order == 1:
            return program
        if len(program.outputs) != 1 or operand_aval(program.outputs[0]).shape:
            raise NonScalarError(
                f"the Hessian of `{name_of(self, 'f')}` is not defined: "
                "its result is not one number",
                remedy="return a sum",
            )
        gradient = vjp(program, [var], [1.0])
        gradient.outputs = gradient.outputs[1:]
        return optimized(gradient) if has_loops(program) else gradient

    def _value(self, specialization: Specialization) -> Any:
        primal = with_unread_kept(specialization.program, [], specialization.python)
        return _compiled(Program(primal.name, (), list(primal.statements), primal.outputs), 0)

    def _sweep(self, specialization: Specialization) -> Any:
        """The program of one sweep; the seeds are its inputs."""
        return _compiled(*self._swept(specialization))

    def _swept(self, specialization: Specialization) -> tuple[Program, int]:
        primal, var = self._primal(specialization), self._variable(specialization)
        if self._plan_of(specialization).forward:
            program = jvp(primal, [var], [Var(f"d_{var.name}", var.aval)])
        else:
            program = vjp(primal, [var], [Var("ct", operand_aval(o)) for o in primal.outputs])
        return program, len(primal.outputs)

    def _together(self, specialization: Specialization) -> Any:
        """The program of all sweeps at once: the seeds are constants with an axis of colours."""
        plan = self._plan_of(specialization)
        if not plan.together:
            return self._value(specialization)
        program, drop = self._swept(specialization)
        program.outputs = program.outputs[drop:]
        made = batch(optimized(program), set(program.inputs), plan.sweeps, once=True).program
        made.outputs = made.outputs[: len(program.outputs)]
        stacked = zip(*self._seeds(plan), strict=True)
        seeds = dict(zip(made.inputs, map(np.stack, stacked), strict=True))

        def given(operand: Any) -> Any:
            return seeds.get(operand, operand) if type(operand) is Var else operand

        statements = [
            Statement(s.target, s.operation, tuple(map(given, s.operands)), s.span)
            for s in made.statements
        ]
        outputs = tuple(map(given, made.outputs))
        return _compiled(Program(made.name, (), statements, outputs), 0)


def _has_effects(program: Program) -> bool:
    return any(s.operation.name in ("opaque", "write") for s in program.statements)


def _parameter(wrt: int | str, traced: Traced) -> str:
    names = traced.names
    if isinstance(wrt, int) and -len(names) <= wrt < len(names):
        return names[wrt]
    if wrt not in names:
        raise UsageError(
            f"wrt={wrt!r} is no parameter of `{name_of(traced.function, 'f')}`",
            remedy=f"name one of: {', '.join(names)}" if names else "",
        )
    return str(wrt)


def _compiled(program: Program, drop: int) -> Any:
    """A program without its first outputs, each of the others as a number or array."""
    program.outputs = program.outputs[drop:]
    avals = [operand_aval(o) for o in program.outputs]
    outputs = [Output(np.ndarray if a.shape else float, a.dtype, a.shape) for a in avals]
    return optimized(program), outputs, None


def _count(colors: Any) -> int:
    return int(colors.max(initial=-1)) + 1


def _split(seed: Any, avals: Sequence[Aval]) -> list[Any]:
    """One long vector as seeds of these shapes."""
    parts, start = [], 0
    for aval in avals:
        part = seed[start : start + aval.size]
        start += aval.size
        parts.append(part.reshape(aval.shape).astype(aval.dtype) if aval.shape else float(part[0]))
    return parts


def _matrix(plan: Plan, entries: Any) -> Any:
    from scipy.sparse import csr_array

    starts = np.searchsorted(plan.rows, np.arange(plan.shape[0] + 1))
    return csr_array((entries, plan.columns, starts), shape=plan.shape)


@overload
def sparse_jacobian(f: Callable[..., Any], wrt: int | str = 0) -> SparseDerivative: ...
@overload
def sparse_jacobian(
    f: None = None, wrt: int | str = 0
) -> Callable[[Callable[..., Any]], SparseDerivative]: ...
def sparse_jacobian(f: Any = None, wrt: int | str = 0) -> Any:
    """The Jacobian of a function as a sparse matrix, from as many sweeps as it has colours.

    Args:
        f: a function of numbers and arrays; its result is a number, an array, or a tuple or list of
            them, whose elements in order are the rows.
        wrt: the argument to differentiate with respect to, by position or name; its elements in
            order are the columns.

    Returns:
        A `SparseDerivative`, called like `f`.

    >>> import numpy as np
    >>> from symdiff import sparse_jacobian
    >>> jacobian = sparse_jacobian(lambda x: x[1:] - x[:-1] ** 2)
    >>> jacobian(np.array([1.0, 2.0, 3.0])).toarray()
    array([[-2.,  1.,  0.],
           [ 0., -4.,  1.]])
    >>> jacobian.sweeps
    2
    """
    if f is None:
        return functools.partial(sparse_jacobian, wrt=wrt)
    return SparseDerivative(f, wrt, 1)


@overload
def sparse_hessian(f: Callable[..., Any], wrt: int | str = 0) -> SparseDerivative: ...
@overload
def sparse_hessian(
    f: None = None, wrt: int | str = 0
) -> Callable[[Callable[..., Any]], SparseDerivative]: ...
def sparse_hessian(f: Any = None, wrt: int | str = 0) -> Any:
    """The Hessian of a function that returns one number, as a sparse matrix.

    The pattern is that of the gradient's Jacobian. Its columns are coloured like those of any
    Jacobian; that a Hessian is symmetric could save a sweep or two more, and is not used.

    >>> import numpy as np
    >>> from symdiff import sparse_hessian
    >>> hessian = sparse_hessian(lambda x: np.sum(x[1:] * x[:-1] ** 2))
    >>> hessian(np.array([1.0, 2.0, 3.0])).toarray()
    array([[4., 2., 0.],
           [2., 6., 4.],
           [0., 4., 0.]])
    """
    if f is None:
        return functools.partial(sparse_hessian, wrt=wrt)
    return SparseDerivative(f, wrt, 2)
