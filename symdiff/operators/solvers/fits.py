"""Least squares inside a differentiated function: `least_squares`, `leastsq` and `curve_fit`.

At the parameters that are found the gradient of the cost is zero: those are the equations. A
parameter that lies at one of its bounds stays there, and moves as the bound does.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import UnsupportedError
from ...operations.statements.builder import Builder
from ...operations.table.entry import TABLE, StructuralEntry
from ...program.program import Program, Var, operand_aval
from ...specialize.calls.scipy import HANDLERS, NOT_HANDLED
from .bounds import Bounds
from .implicit import Solver
from .minima import as_tuple, slope_of
from .pointwise import full
from .roots import Outcome, plain, plain_unless_called, scipy_optimize, set_only

if TYPE_CHECKING:
    from ...specialize.calls.dispatch import Calls


_LOSSES = ("linear", "soft_l1", "huber", "cauchy", "arctan")


def cost_of(residuals: Program, loss: str = "linear", scale: float = 1.0) -> Program:
    """Half the sum of the squares, or what SciPy's `loss` makes of them."""
    ops = Builder()
    ops.statements.extend(residuals.statements)
    (r,) = residuals.outputs
    squares = ops.square(ops.div(r, scale))
    if loss == "soft_l1":
        squares = ops.mul(2.0, ops.sub(ops.sqrt(ops.add(1.0, squares)), 1.0))
    elif loss == "huber":
        near = ops.le(squares, 1.0)
        root = ops.sqrt(ops.where(near, 1.0, squares))
        squares = ops.where(near, squares, ops.sub(ops.mul(2.0, root), 1.0))
    elif loss == "cauchy":
        squares = ops.log1p(squares)
    elif loss == "arctan":
        squares = ops.arctan(squares)
    total = ops.sum(full(ops, squares, operand_aval(squares).size), axis=None, keepdims=False)
    result = ops.mul(0.5 * scale**2, total)
    return Program("cost", residuals.inputs, ops.statements, (result,))


def _least_squares(
    calls: Calls,
    fun: Any,
    x0: Any,
    jac: Any = "2-point",
    bounds: Any = (-math.inf, math.inf),
    method: Any = "trf",
    ftol: Any = 1e-8,
    xtol: Any = 1e-8,
    gtol: Any = 1e-8,
    x_scale: Any = None,
    loss: Any = "linear",
    f_scale: Any = 1.0,
    diff_step: Any = None,
    tr_solver: Any = None,
    tr_options: Any = None,
    jac_sparsity: Any = None,
    max_nfev: Any = None,
    verbose: Any = 0,
    args: Any = (),
    kwargs: Any = None,
    callback: Any = None,
    workers: Any = None,
) -> Any:
    recorder = calls.recorder
    loss, f_scale = plain_unless_called(calls, loss), plain(calls, f_scale)
    jac = plain_unless_called(calls, jac)
    if callback is not None or workers is not None or loss not in _LOSSES or np.ndim(f_scale):
        return NOT_HANDLED
    if isinstance(jac, str) and jac == "cs":
        return NOT_HANDLED
    solver = Solver(calls, "least_squares")
    named = dict(kwargs or {})

    def keyed(function: Any) -> Callable[..., Any]:
        def value(x: Any) -> Any:
            return solver.vector(calls.call(solver.site, function, x, *as_tuple(args), **named))

        return value

    solver.follow(fun, (*as_tuple(args), named), shown=keyed(fun))
    if callable(jac):
        solver.follow(jac, (*as_tuple(args), named), shown=keyed(jac))
    fixed = {"method": method, "ftol": ftol, "xtol": xtol, "gtol": gtol, "x_scale": x_scale}
    fixed |= {"diff_step": diff_step, "tr_solver": tr_solver, "tr_options": tr_options}
    fixed |= {"jac_sparsity": jac_sparsity, "max_nfev": max_nfev, "verbose": verbose}
    settings = {k: plain(calls, v) for k, v in fixed.items()}
    for name in ("x_scale", "tr_options"):
        if settings[name] is None:  # SciPy before 1.16 has other defaults, and does not take it
            del settings[name]
    limits = _limits(calls, bounds)
    told: dict[str, Any] = {}

    def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
        derivative = functions[1] if len(functions) > 1 else jac
        given = (-math.inf, math.inf) if limits.low is None else tuple(starts[1:])
        found = scipy_optimize().least_squares(
            functions[0], starts[0], derivative, given, loss=loss, f_scale=f_scale, **settings
        )
        told.update(message=found.message)
        counts = [found.status, found.nfev, -1 if found.njev is None else found.njev]
        return [*found.x, *found.active_mask, float(found.success), *counts]

    whole = solver.search([x0, *limits.starts()], run)
    size = (recorder.shape(whole)[0] - 4) // 2
    point = solver.part(whole, 0, size)
    residuals = solver.program_at(0, point)
    equations = slope_of(cost_of(residuals, loss, float(f_scale)))
    if limits.low is not None:
        limits.decide(_pushed(solver, whole, point, limits, size))
        equations = limits.equations(equations)
    after = 2 * size
    x = solver.solved(point, solver.number(whole, after), equations)

    def residual() -> Any:
        return keyed(fun)(x)

    def cost() -> Any:
        if loss != "linear":
            recorder.refuse(f"`.cost` of `least_squares` with loss={loss!r}")
        squares = calls.call(solver.site, np.sum, calls.call(solver.site, np.square, residual()))
        return recorder.operator("mul", 0.5, squares)

    known = {
        "x": x,
        "success": bool(solver.known(whole, after)),
        "status": solver.known(whole, after + 1),
        "message": told["message"],
        "nfev": solver.count(whole, after + 2),
        "njev": solver.count(whole, after + 3),
    }
    return Outcome("scipy.optimize.least_squares", known, {"fun": residual, "cost": cost})


def _limits(calls: Calls, bounds: Any) -> Bounds:
    """Bounds as least squares take them: all the lower ones, then all the upper ones."""
    if hasattr(bounds, "lb"):
        return Bounds(calls, bounds)
    low, high = calls.iterable(bounds)
    made = Bounds(calls, None)
    free = all(type(e) is float and math.isinf(e) for e in (low, high))
    if not free:
        ends = [list(e) if isinstance(e, tuple) else e for e in (low, high)]
        made.low, made.high = [calls.recorder.array(e) for e in ends]
    return made


def _pushed(solver: Solver, whole: Any, point: Any, limits: Bounds, size: int) -> Any:
    """The point, with the unknowns put to the bounds that SciPy says they have reached."""
    recorder = solver.recorder
    mask = recorder.apply("detach", solver.part(whole, size, 2 * size))
    for sign, bound in ((-1.0, limits.low), (1.0, limits.high)):
        there = recorder.operator("eq", mask, sign)
        point = recorder.apply("where", there, bound, point)
    return point


def _leastsq(
    calls: Calls,
    func: Any,
    x0: Any,
    args: Any = (),
    Dfun: Any = None,
    full_output: Any = False,
    col_deriv: Any = False,
    **more: Any,
) -> Any:
    if plain(calls, full_output):
        return NOT_HANDLED
    solver = Solver(calls, "leastsq")
    solver.follow(func, args)
    if Dfun is not None:
        solver.follow(Dfun, args)
    settings = set_only(calls, {"col_deriv": col_deriv, **more})

    def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
        derivative = functions[1] if len(functions) > 1 else None
        x, status = scipy_optimize().leastsq(functions[0], starts[0], Dfun=derivative, **settings)
        return [*np.ravel(x), status]

    whole = solver.search([x0], run)
    size = calls.recorder.shape(whole)[0] - 1
    status = solver.known(whole, size)
    point = solver.part(whole, 0, size)
    equations = slope_of(cost_of(solver.program_at(0, point)))
    x = solver.solved(point, 1.0 if status in (1, 2, 3, 4) else -1.0, equations)
    return x, status


def _curve_fit(
    calls: Calls,
    f: Any,
    xdata: Any,
    ydata: Any,
    p0: Any = None,
    sigma: Any = None,
    absolute_sigma: Any = False,
    check_finite: Any = None,
    bounds: Any = (-math.inf, math.inf),
    method: Any = None,
    jac: Any = None,
    *,
    full_output: Any = False,
    nan_policy: Any = None,
    **more: Any,
) -> Any:
    recorder = calls.recorder
    sigma = recorder.array(sigma) if isinstance(sigma, list | tuple) else sigma
    matrix = sigma is not None and len(recorder.shape(sigma)) == 2
    jac = plain_unless_called(calls, jac)
    if plain(calls, full_output) or nan_policy is not None or matrix or jac == "cs":
        return NOT_HANDLED
    solver = Solver(calls, "curve_fit")
    ydata = solver.vector(ydata)
    xdata = solver.vector(xdata) if isinstance(xdata, list | tuple) else xdata

    def model(function: Any) -> Callable[..., Any]:
        def value(p: Any) -> Any:
            return solver.vector(calls.call(solver.site, function, xdata, *recorder.rows(p)))

        return value

    solver.follow(f, (xdata,), shown=model(f))
    if callable(jac):
        solver.follow(jac, (xdata,), shown=model(jac))
    fixed = {"absolute_sigma": absolute_sigma, "check_finite": check_finite, "method": method}
    settings = set_only(calls, {**fixed, **more})
    if jac is not None and not callable(jac):
        settings["jac"] = jac
    limits = _limits(calls, bounds)
    signature = inspect.signature(f)
    starts = [xdata, ydata, *(() if sigma is None else (sigma,)), *(() if p0 is None else (p0,))]

    def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
        values = list(starts)
        named: dict[str, Any] = {}
        if limits.low is not None:
            named["bounds"] = (values[-2], values[-1])
            values = values[:-2]
        x, y, *others = values
        if sigma is not None:
            named["sigma"] = others.pop(0)
        if p0 is not None:
            named["p0"] = others.pop(0)
        value: Any = _of_parameters(functions[0], signature)
        if len(functions) > 1:
            named["jac"] = _of_parameters(functions[1], signature)
        popt, pcov = scipy_optimize().curve_fit(value, x, y, **named, **settings)
        return [*popt, *np.ravel(pcov)]

    whole = solver.search([*starts, *limits.starts()], run)
    total = recorder.shape(whole)[0]
    size = math.isqrt(total)
    size = next(n for n in (size, size - 1) if n * (n + 1) == total)
    point = solver.part(whole, 0, size)
    residuals = _residuals(calls, solver.program_at(0, point), ydata, sigma)
    equations = slope_of(cost_of(residuals))
    if limits.low is not None:
        limits.decide(point)
        equations = limits.equations(equations)
    popt = solver.solved(point, 1.0, equations)
    spread = recorder.apply("spread", solver.part(whole, size, total, (size, size)))
    return popt, spread


def _of_parameters(function: Callable[..., Any], signature: Any) -> Callable[..., Any]:
    def value(x: Any, *parameters: Any) -> Any:
        return function(np.array(parameters, float))

    value.__signature__ = signature  # type: ignore[attr-defined]  # SciPy counts them by it
    return value


def _residuals(calls: Calls, model: Program, ydata: Any, sigma: Any) -> Program:
    recorder = calls.recorder
    ops = Builder()
    ops.statements.extend(model.statements)
    result = model.outputs[0]
    further: list[Var] = []
    for name, data in (("sub", ydata), ("div", sigma)):
        if data is not None:
            operand = recorder.operand(data)
            if type(operand) is Var and operand not in further:
                further.append(operand)
            result = ops.apply(name, result, operand)
    known = [v for v in further if v not in model.inputs]
    return Program("residuals", (*model.inputs, *known), ops.statements, (result,))


def _no_spread(*args: Any, **kwargs: Any) -> Any:
    raise UnsupportedError(
        "the derivative of the covariance that `curve_fit` gives is not supported",
        remedy="compute it from the Jacobian of the model at the parameters",
    )


TABLE.add(
    StructuralEntry(
        name="spread",
        numpy=lambda x: np.array(x),
        infer=lambda x: x,
        pullback=_no_spread,
        pushforward=_no_spread,
        describe=lambda o, p: o[0],
    )
)

HANDLERS["scipy.optimize._lsq.least_squares.least_squares"] = _least_squares
HANDLERS["scipy.optimize._minpack_py.leastsq"] = _leastsq
HANDLERS["scipy.optimize._minpack_py.curve_fit"] = _curve_fit
