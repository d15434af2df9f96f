"""Minima inside a differentiated function: `minimize`, `minimize_scalar` and the older functions.

At a minimum the gradient of the objective is zero: those are the equations of `implicit`.
An unknown that lies at one of its bounds stays there, and moves as the bound does.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...differentiate import vjp
from ...operations.statements.builder import Builder
from ...program.program import Program, operand_aval
from ...specialize.calls.scipy import HANDLERS, NOT_HANDLED
from .bounds import Bounds
from .constraints import Constraints
from .implicit import Solver
from .pointwise import full
from .roots import Outcome, first_output, plain, plain_unless_called, scipy_optimize, set_only

if TYPE_CHECKING:
    from ...specialize.calls.dispatch import Calls


def slope_of(objective: Program) -> Program:
    """The gradient of an objective in its argument, as a vector."""
    ops = Builder()
    argument = objective.inputs[0]
    aval = operand_aval(objective.outputs[0])
    seed = np.ones(aval.shape) if aval.shape else 1.0
    pulled = vjp(objective, [argument], [seed])
    ops.statements.extend(pulled.statements)
    result = full(ops, pulled.outputs[-1], argument.aval.size)
    return Program("slope", objective.inputs, ops.statements, (result,))


def _minimize(
    calls: Calls,
    fun: Any,
    x0: Any,
    args: Any = (),
    method: Any = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: Any = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    recorder = calls.recorder
    if callback is not None or plain_unless_called(calls, jac) == "cs":
        return NOT_HANDLED
    solver = Solver(calls, "minimize")
    jac = plain_unless_called(calls, jac)
    together = jac is True
    solver.follow(fun, args, parts=together)
    places = {}
    for key, function in (("jac", jac), ("hess", hess), ("hessp", hessp)):
        strategy = hasattr(function, "update")  # of quasi-Newton steps
        if callable(function) and not strategy:
            places[key] = solver.follow(function, args)
    fixed = {"method": method, "tol": tol, "options": options}
    if "hess" not in places:
        fixed["hess"] = hess
    settings = set_only(calls, fixed)
    if "jac" not in places and jac is not None:
        settings["jac"] = jac
    count = math.prod(calls.recorder.shape(calls.recorder.array(x0)))
    limits = Bounds(calls, bounds)
    restraints = Constraints(calls, solver, constraints, count)
    told: dict[str, Any] = {}

    def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
        named = {key: functions[k] for key, k in places.items()}
        _, *ends = starts
        if limits.low is not None:
            named["bounds"] = scipy_optimize().Bounds(*ends[:2], limits.feasible)
            del ends[:2]
        if restraints:
            named["constraints"] = restraints.given(functions, ends)
        value = functions[0]
        objective = value if together else lambda x: np.reshape(value(x), ())[()]
        found = scipy_optimize().minimize(objective, starts[0], **named, **settings)
        told.update(message=found.message)
        counts = [found.get(k, -1) for k in ("status", "nfev", "njev", "nit")]
        return [*np.ravel(found.x), float(found.success), *counts]

    whole = solver.search([x0, *limits.starts(), *restraints.starts()], run)
    size = recorder.shape(whole)[0] - 5
    point = solver.part(whole, 0, size)
    objective = first_output(solver.program_at(0, point))
    _ask_for_number(calls, objective, "minimize")
    limits.decide(point)
    success = solver.number(whole, size)
    if restraints:
        x = restraints.solved(point, success, objective, limits)
    else:
        x = solver.solved(point, success, limits.equations(slope_of(objective)))

    def value() -> Any:
        result = calls.call(solver.site, fun, x, *as_tuple(args))
        result = solver.vector(result[0] if together else result)
        return recorder.apply("reshape", result, shape=()) if recorder.shape(result) else result

    known = {
        "x": x,
        "success": bool(solver.known(whole, size)),
        "status": solver.known(whole, size + 1),
        "message": told["message"],
        **{k: solver.count(whole, size + 2 + i) for i, k in enumerate(("nfev", "njev", "nit"))},
    }
    return Outcome("scipy.optimize.minimize", known, {"fun": value})


def as_tuple(args: Any) -> tuple[Any, ...]:
    """The further arguments of a function: one alone may stand without its tuple."""
    return tuple(args) if isinstance(args, tuple | list) else (args,)


def _ask_for_number(calls: Calls, objective: Program, name: str) -> None:
    if operand_aval(objective.outputs[0]).size != 1:
        calls.recorder.refuse(f"`{name}` of a function that gives several numbers")


def _minimize_scalar(
    calls: Calls,
    fun: Any,
    bracket: Any = None,
    bounds: Any = None,
    args: Any = (),
    method: Any = None,
    tol: Any = None,
    options: Any = None,
) -> Any:
    solver = Solver(calls, "minimize_scalar")
    solver.follow(fun, args)
    settings = set_only(calls, {"method": method, "tol": tol, "options": options})
    ends = {"bracket": bracket, "bounds": bounds}
    given = {k: list(calls.iterable(v)) for k, v in ends.items() if v is not None}
    told: dict[str, Any] = {}

    def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
        left, named = list(starts), {}
        for key, values in given.items():
            named[key], left = tuple(left[: len(values)]), left[len(values) :]
        value = functions[0]
        found = scipy_optimize().minimize_scalar(
            lambda x: np.reshape(value(x), ())[()], **named, **settings
        )
        told.update(message=found.get("message", ""))
        return [found.x, float(found.success), found.nfev, found.get("nit", -1)]

    whole = solver.search([v for values in given.values() for v in values], run)
    x = _scalar_minimum(calls, solver, whole, "minimize_scalar")
    known = {
        "x": x,
        "success": bool(solver.known(whole, 1)),
        "message": told["message"],
        "nfev": solver.count(whole, 2),
        "nit": solver.count(whole, 3),
    }
    value = _value_at(calls, solver, fun, x, args)
    return Outcome("scipy.optimize.minimize_scalar", known, {"fun": value})


def _value_at(calls: Calls, solver: Solver, fun: Any, x: Any, args: Any) -> Callable[[], Any]:
    return lambda: calls.call(solver.site, fun, x, *as_tuple(args))


def _scalar_minimum(calls: Calls, solver: Solver, whole: Any, name: str) -> Any:
    objective = first_output(solver.program_at(0, solver.element(whole, 0)))
    _ask_for_number(calls, objective, name)
    point = solver.part(whole, 0, 1)
    x = solver.solved(point, solver.number(whole, 1), slope_of(objective))
    return solver.as_python(solver.element(x, 0), np.float64)


# -- the older functions


def _older(name: str, further: int) -> Callable[..., Any]:
    """`fmin(f, x0, ...)` and its kin, which give the point, or a tuple that begins with it."""

    def handler(calls: Calls, *args: Any, **kwargs: Any) -> Any:
        function = getattr(scipy_optimize(), name)
        bound = inspect.signature(function).bind(*args, **kwargs)
        given = dict(bound.arguments)
        fun = given.pop("f", None) or given.pop("func")
        x0, own = given.pop("x0"), given.pop("args", ())
        if given.pop("callback", None) is not None or plain(calls, given.pop("full_output", False)):
            return NOT_HANDLED
        solver = Solver(calls, name)
        solver.follow(fun, own)
        fprime = given.pop("fprime", None)
        if fprime is not None:
            solver.follow(fprime, own)
        settings = set_only(calls, given)

        def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
            named = {"fprime": functions[1]} if len(functions) > 1 else {}
            value = functions[0]
            found = function(
                lambda x: np.reshape(value(x), ())[()],
                starts[0],
                full_output=True,
                **named,
                **settings,
            )
            return [*np.ravel(found[0]), found[further]]

        whole = solver.search([x0], run)
        size = calls.recorder.shape(whole)[0] - 1
        point = solver.part(whole, 0, size)
        objective = first_output(solver.program_at(0, point))
        _ask_for_number(calls, objective, name)
        flag = calls.recorder.apply("sub", 0.5, solver.number(whole, size))
        return solver.solved(point, flag, slope_of(objective))

    return handler


def _older_scalar(name: str) -> Callable[..., Any]:
    """`fminbound`, `brent` and `golden`."""

    def handler(calls: Calls, *args: Any, **kwargs: Any) -> Any:
        function = getattr(scipy_optimize(), name)
        given = dict(inspect.signature(function).bind(*args, **kwargs).arguments)
        fun, own = given.pop("func"), given.pop("args", ())
        if plain(calls, given.pop("full_output", False)):
            return NOT_HANDLED
        starts = [given.pop(k) for k in ("x1", "x2") if k in given]
        brack = given.pop("brack", None)
        starts += [] if brack is None else list(calls.iterable(brack))
        solver = Solver(calls, name)
        solver.follow(fun, own)
        settings = set_only(calls, given)

        def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
            value = functions[0]
            objective = lambda x: np.reshape(value(x), ())[()]  # noqa: E731
            if name == "fminbound":
                found = function(objective, *starts, full_output=True, **settings)
                return [found[0], 1.0 - found[2]]
            brack = tuple(starts) or None
            return [function(objective, brack=brack, **settings), 1.0]

        whole = solver.search(starts, run)
        return _scalar_minimum(calls, solver, whole, name)

    return handler


HANDLERS["scipy.optimize._minimize.minimize"] = _minimize
HANDLERS["scipy.optimize._minimize.minimize_scalar"] = _minimize_scalar
for _name, _place in (("fmin", 4), ("fmin_powell", 5), ("fmin_bfgs", 6), ("fmin_cg", 4)):
    HANDLERS[f"scipy.optimize._optimize.{_name}"] = _older(_name, _place)
for _name in ("fminbound", "brent", "golden"):
    HANDLERS[f"scipy.optimize._optimize.{_name}"] = _older_scalar(_name)
