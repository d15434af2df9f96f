"""Minima under constraints: the conditions of Karush, Kuhn and Tucker as equations.

At a minimum `x` of `f` whose constraints `c` are at their ends, there are multipliers with
`grad f = sum(m * grad c)` and `c = 0`. Those are as many equations as unknowns `(x, m)`, which is
what `solution` differentiates. Which constraints are at their ends is decided where the
search ended, and is a guard; one that is there without holding the minimum back (its multiplier is
zero) is a kink, at which the derivative is NaN.

Source: Nocedal, Wright, Numerical Optimization, theorem 12.1; Fiacco 1976, Math. Program. 10, 287.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...differentiate import vjp
from ...errors import an
from ...operations.statements.builder import Builder
from ...operations.table.entry import TABLE, StructuralEntry
from ...operations.table.structural import Structural
from ...program.program import Aval, Program, Statement, Var, operand_aval
from ...specialize.calls.scipy import HANDLERS, NOT_HANDLED
from ...specialize.recording.tracer import Tracer
from .bounds import Bounds
from .implicit import Solver
from .pointwise import Inner, full
from .roots import plain, plain_unless_called, scipy_optimize
from .solution import rows_of

if TYPE_CHECKING:
    from ...specialize.calls.dispatch import Calls

_AT_ITS_END = 1e-5
"""How near to zero, relative to its size, a constraint is that holds the minimum back: solvers
stop at 1e-6 or so."""

_HOLDS_BACK = 1e-4
"""How large, relative to the gradient of the objective, the multiplier of such a constraint is."""


_EXACTLY = 1e-7
"""The same of one that does not hold it back, and is at its end all the same."""


_SEARCHED = 1e-6
"""Relative to its size, how near the end of a search is to the minimum."""


class _Constraint:
    """One constraint: a followed function, and between which ends it is to stay.

    Attributes:
        number: of the followed function.
        kind: `"eq"`, `"ineq"`, or `"between"` two ends.
        low, high: the ends, which may be traced.
        given: what SciPy is given, from the plain functions and the plain ends.
    """

    def __init__(
        self, number: int, kind: str, given: Callable[..., Any], low: Any = 0.0, high: Any = None
    ) -> None:
        self.number = number
        self.kind = kind
        self.given = given
        self.low = low
        self.high = high


class Constraints:
    """The constraints of a search for so many unknowns."""

    def __init__(self, calls: Calls, solver: Solver, constraints: Any, count: int) -> None:
        self.count = count
        self.calls = calls
        self.recorder = calls.recorder
        self.solver = solver
        one = isinstance(constraints, dict) or _is_library(constraints)
        several = [] if constraints is None else [constraints] if one else constraints
        self.all = [self._read(c) for c in (several if one else calls.iterable(several))]

    def __bool__(self) -> bool:
        return bool(self.all)

    def _read(self, constraint: Any) -> _Constraint:
        if isinstance(constraint, dict):
            return self._from_dict(constraint)
        kind = getattr(constraint, "kind", type(constraint).__name__)
        if not _is_library(constraint):
            self.recorder.refuse(
                f"`minimize` with a constraint that is {an(kind)}",
                remedy="give a dict, a LinearConstraint or a NonlinearConstraint",
            )
        get, site = self.calls.hooks.attributes.get, self.recorder.site
        low, high = (self._array(get(constraint, end, site)) for end in ("lb", "ub"))
        feasible = plain(self.calls, get(constraint, "keep_feasible", site))
        if kind == "LinearConstraint":
            matrix = self._array(get(constraint, "A", site))
            self._check_width(matrix)
            product = self.calls.recorder.operator
            number = self.solver.follow(
                np.matmul, shown=lambda x: product("matmul", _plain_matrix(matrix), x)
            )
            jac: Any = None
        else:
            number = self.solver.follow(get(constraint, "fun", site))
            jac = plain_unless_called(self.calls, get(constraint, "jac", site))
        place = self.solver.follow(jac) if callable(jac) else None

        def given(functions: Sequence[Any], ends: Sequence[Any]) -> Any:
            more = {} if place is None else {"jac": functions[place]}
            made = scipy_optimize().NonlinearConstraint
            return made(functions[number], *ends, keep_feasible=feasible, **more)

        return _Constraint(number, "between", given, low, high)

    def _array(self, value: Any) -> Any:
        return self.recorder.array(value) if isinstance(value, list | tuple) else value

    def _check_width(self, matrix: Any) -> None:
        shape = self.recorder.shape(_plain_matrix(matrix))
        if shape and shape[-1] != self.count:
            self.recorder.refuse(
                f"`minimize` of {self.count} unknowns with a LinearConstraint of {shape[-1]}",
                why="a row of `A` has a factor for each unknown, of which `x0` has one each",
                remedy=f"give it a matrix `A` of {self.count} columns",
            )

    def _from_dict(self, constraint: dict[str, Any]) -> _Constraint:
        kind = plain(self.calls, constraint.get("type"))
        if (
            not isinstance(kind, str)
            or kind.lower() not in ("eq", "ineq")
            or "fun" not in constraint
        ):
            self.recorder.refuse(
                f"`minimize` with a constraint of type {kind!r}",
                remedy="give each constraint a `type`, 'eq' or 'ineq', and a `fun`",
            )
        args = constraint.get("args", ())
        number = self.solver.follow(constraint["fun"], args)
        jac = constraint.get("jac")
        place = self.solver.follow(jac, args) if callable(jac) else None

        def given(functions: Sequence[Any], ends: Sequence[Any]) -> Any:
            more = {} if place is None else {"jac": functions[place]}
            return {"type": kind.lower(), "fun": functions[number], **more}

        return _Constraint(number, kind.lower(), given)

    def starts(self) -> list[Any]:
        """Further operands of the search: the ends."""
        return [end for c in self.all if c.kind == "between" for end in (c.low, c.high)]

    def given(self, functions: Sequence[Any], starts: Sequence[Any]) -> list[Any]:
        """What SciPy is given: plain functions and ends."""
        ends, found = list(starts), []
        for constraint in self.all:
            own = ends[:2] if constraint.kind == "between" else []
            del ends[: len(own)]
            found.append(constraint.given(functions, own))
        return found

    # -- the equations

    def solved(
        self,
        point: Any,
        success: Any,
        objective: Program,
        bounds: Bounds,
    ) -> Any:
        """The minimum with its derivative.

        Args:
            point: where the search ended, a vector.
            success: positive where the solver is content.
            objective: a program of the unknowns.
            bounds: of the unknowns, decided.
        """
        recorder = self.recorder
        together, kinds = self._together(point, objective)
        at_rest = recorder.apply("detach", point)
        given = [
            recorder.apply("detach", recorder.handle(recorder.values[v], v))
            for v in together.inputs[1:]
        ]
        f, free = Inner(together), bounds.free(recorder.shape(point)[0])
        found = recorder.apply("multipliers", at_rest, *given, f=f, kinds=kinds, free=free)
        holding = recorder.concrete(recorder.operator("ne", found, 0.0))
        places = [int(k) for k in np.flatnonzero(holding)]
        some = recorder.apply("getitem", found, np.array(places, np.intp), index=(("array", 0),))
        start = recorder.apply("concatenate", point, some, axis=0) if places else point
        equations = self._equations(together, places, bounds)
        whole = self.solver.solved(start, success, equations)
        size = recorder.shape(point)[0]
        return self.solver.part(whole, 0, size) if places else whole

    def _together(self, point: Any, objective: Program) -> tuple[Program, tuple[str, ...]]:
        """The objective and all constraints as one vector of the unknowns, and their kinds."""
        ops, size = Builder(), self.recorder.shape(point)[0]
        x = Var("x", Aval.of((size,), "float64"))
        rows = [full(ops, _inlined(ops, objective, x), 1)]
        kinds: list[str] = []
        inputs: list[Var] = list(objective.inputs[1:])
        for constraint in self.all:
            program = self.solver.program_at(constraint.number, point)
            inputs += program.inputs[1:]
            value = _inlined(ops, program, x)
            count = operand_aval(value).size
            value = full(ops, value, count)
            if constraint.kind != "between":
                rows.append(value)
                kinds += [constraint.kind] * count
                continue
            ends = []
            for end in (constraint.low, constraint.high):
                operand = self.recorder.operand(end)
                finite = self.recorder.concrete(self.recorder.apply("isfinite", end))
                if type(operand) is Var:
                    inputs.append(operand)
                ends.append((operand, np.broadcast_to(finite, (count,))))
            (low, from_below), (high, from_above) = ends
            same = self.recorder.concrete(
                self.recorder.operator("eq", constraint.low, constraint.high)
            )
            same = np.broadcast_to(same, (count,))
            low, high = (
                np.where(np.isfinite(e), e, 0.0) if type(e) is not Var else e for e in (low, high)
            )
            rows.append(ops.sub(value, full(ops, low, count)))
            rows.append(ops.sub(full(ops, high, count), value))
            kinds += ["eq" if s else "ineq" if b else "" for s, b in zip(same, from_below)]
            kinds += ["ineq" if b and not s else "" for s, b in zip(same, from_above)]
        result = ops.concatenate(*rows, axis=0) if len(rows) > 1 else rows[0]
        params = tuple(dict.fromkeys(inputs))
        return Program("f", (x, *params), ops.statements, (result,)), tuple(kinds)

    def _equations(self, together: Program, places: Sequence[int], bounds: Bounds) -> Program:
        x, *params = together.inputs
        size, count = x.aval.size, operand_aval(together.outputs[0]).size
        ops = Builder()
        z = Var("z", Aval.of((size + len(places),), "float64"))
        own = ops.getitem(z, index=(("slice", 0, size, None),))
        ops.statements.append(_alias(x, own))
        minus = ops.neg(ops.getitem(z, index=(("slice", size, None, None),)))
        scattered = ops.scatter_add(
            minus, np.array(places, np.intp) + 1, index=(("array", 0),), shape=(count,)
        )
        seed = ops.add(np.eye(1, count)[0], scattered)
        pulled = vjp(together, [x], [seed])
        ops.statements.extend(pulled.statements)
        value, slope = pulled.outputs
        slope, further = bounds.held(ops, own, full(ops, slope, size))
        ends = ops.getitem(value, np.array(places, np.intp) + 1, index=(("array", 0),))
        result = ops.concatenate(slope, ends, axis=0) if places else slope
        known = [v for v in further if v not in params]
        return Program("optimality", (z, *params, *known), ops.statements, (result,))


class _Limits:
    """What `Bounds` and the constraints of SciPy hold, where some of it is traced."""

    def __init__(self, kind: str, **held: Any) -> None:
        self.kind = kind
        self.__dict__.update(held)


def _enter(kind: str, **names: Any) -> None:
    def handler(calls: Calls, *args: Any, **kwargs: Any) -> Any:
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        if len(args) > len(names) or not given.keys() <= names.keys() or not _traced(given):
            return NOT_HANDLED  # SciPy's own object, or SciPy's own error
        return _Limits(kind, **{**names, **given})

    HANDLERS[f"scipy.optimize._constraints.{kind}"] = handler


def _traced(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_traced, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_traced, value))
    return type(value) is Tracer


_enter("Bounds", lb=-math.inf, ub=math.inf, keep_feasible=False)
_enter("LinearConstraint", A=None, lb=-math.inf, ub=math.inf, keep_feasible=False)
_enter(
    "NonlinearConstraint",
    fun=None,
    lb=None,
    ub=None,
    jac="2-point",
    hess=None,
    keep_feasible=False,
    finite_diff_rel_step=None,
    finite_diff_jac_sparsity=None,
)


def _is_library(constraint: Any) -> bool:
    optimize = scipy_optimize()
    kinds = (_Limits, optimize.LinearConstraint, optimize.NonlinearConstraint)
    return type(constraint) in kinds


def _plain_matrix(matrix: Any) -> Any:
    return matrix.toarray() if hasattr(matrix, "toarray") else matrix


def _inlined(ops: Builder, program: Program, x: Var) -> Any:
    """The result of a program of `x`, written into a longer one."""
    argument = program.inputs[0]
    ops.statements.append(_alias(argument, x))
    ops.statements.extend(program.statements)
    return program.outputs[0]


def _alias(var: Var, value: Any) -> Statement:
    """`var = value`, of the same size."""
    return Statement(var, Structural.of("reshape", shape=var.aval.shape), (value,))


def _multipliers(x: Any, *params: Any, f: Inner, kinds: Sequence[str], free: Sequence[bool]) -> Any:
    """The multiplier of each constraint that holds the minimum back, 0 of the others.

    They are the non-negative ones (of any sign for an equation) that explain the gradient of the
    objective best. NaN stands where one is at its end and does nothing.
    """
    from scipy.optimize import lsq_linear

    with np.errstate(all="ignore"):
        values = f.function(params)(x)[1:]
        rows = np.array(rows_of(f, params, x, False))
    slope, slopes = rows[0], rows[1:]
    result = np.zeros(len(kinds))
    size = np.linalg.norm(slopes, axis=1) * (1 + np.linalg.norm(x))
    near = [
        k == "eq" or (k == "ineq" and v <= _AT_ITS_END * s) for k, v, s in zip(kinds, values, size)
    ]
    places = [int(k) for k in np.flatnonzero(near)]
    if not places:
        return result
    matrix, wanted = slopes[places][:, list(free)].T, slope[list(free)]
    if not np.all(np.isfinite(matrix)) or not np.all(np.isfinite(wanted)):
        result[places] = np.nan
        return result
    scale = np.linalg.norm(matrix, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    least = [-np.inf if kinds[p] == "eq" else 0.0 for p in places]
    found = lsq_linear(matrix / scale, wanted, (least, np.inf)).x
    weight = _HOLDS_BACK * max(float(np.linalg.norm(wanted)), float(np.max(np.abs(found))))
    # Where the slope vanishes, what is found is the error of the search.
    beside = rows_of(f, params, x + _SEARCHED * (1 + np.abs(x)), False)[0] - slope
    weight = max(weight, float(np.linalg.norm(beside)))
    for place, value, unit in zip(places, found, scale, strict=True):
        # Of an equation the multiplier may be zero: it holds all the same.
        if kinds[place] == "eq":
            result[place] = value / unit or 1e-300
        elif value > weight:
            result[place] = value / unit
        elif values[place] <= _EXACTLY * size[place]:
            result[place] = np.nan
    return result


TABLE.add(
    StructuralEntry(
        name="multipliers",
        numpy=_multipliers,
        infer=lambda x, *avals, f, kinds, free: Aval.of((len(kinds),), "float64"),
        pullback=lambda ops, ct, result, *operands, f, kinds, free: [None] * len(operands),
        pushforward=lambda ops, tangents, result, *operands, f, kinds, free: None,
        describe=lambda o, p: f"multipliers({', '.join(o)})",
        source="Nocedal, Wright, Numerical Optimization, theorem 12.1",
    )
)
