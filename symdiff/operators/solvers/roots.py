"""Roots and fixed points inside a differentiated function: `fsolve`, `root`, `newton`, `brentq`.

Each handler runs the user's own call of SciPy and says which equations its result solves; the
derivative is that of `implicit`. Where a search begins, the start or the bracket, may
depend on the inputs: the root does not.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...program.program import Program
from ...specialize.calls.scipy import HANDLERS, NOT_HANDLED
from ...specialize.outside.callbacks import refuse_by_name
from .implicit import Solver, minus_argument

if TYPE_CHECKING:
    from ...specialize.calls.dispatch import Calls


def scipy_optimize() -> Any:
    """SciPy's module, imported when it is needed."""
    return importlib.import_module("scipy.optimize")


class Outcome:
    """What a solver gives as an object, whose items are also its attributes."""

    def __init__(self, name: str, told: dict[str, Any], later: dict[str, Any]) -> None:
        self.__dict__.update(told)
        self._name = name
        self._told = told
        self._later = later

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def __getitem__(self, name: str) -> Any:
        if name not in self._told and name in self._later:
            self._told[name] = self._later[name]()
        return self._told[name]

    def get(self, name: str, default: Any = None) -> Any:
        """An item, as of a dict."""
        return self[name] if name in self._told or name in self._later else default

    def keys(self) -> list[str]:
        """The names of the items."""
        return [*self._told, *self._later]


def _attribute(calls: Calls, outcome: Outcome, name: str) -> Any:
    if name in outcome._later:
        return outcome[name]
    return refuse_by_name(calls, f"{outcome._name}(...).{name}")


_lookup: Any = Outcome.__getattr__
_lookup.__symdiff_traced__ = _attribute


def plain(calls: Calls, value: Any) -> Any:
    """A setting as the plain value it is, guarded; refuses what depends on the inputs."""
    if isinstance(value, dict):
        return {k: plain(calls, v) for k, v in value.items()}
    return calls.recorder.known(value)


def plain_unless_called(calls: Calls, value: Any) -> Any:
    """The same, of what may be a function of the user's."""
    return value if callable(value) else plain(calls, value)


def set_only(calls: Calls, given: dict[str, Any]) -> dict[str, Any]:
    """The settings that are not None, as plain values."""
    return {k: plain(calls, v) for k, v in given.items() if v is not None}


def first_output(program: Program) -> Program:
    """The program without what it returns further."""
    return Program(program.name, program.inputs, program.statements, program.outputs[:1])


# -- one unknown


def _bracketing(name: str) -> Callable[..., Any]:
    def handler(
        calls: Calls,
        f: Any,
        a: Any,
        b: Any,
        args: Any = (),
        *rest: Any,
        full_output: Any = False,
        disp: Any = True,
        **settings: Any,
    ) -> Any:
        first = ("k",) if name == "toms748" else ()
        names = (*first, "xtol", "rtol", "maxiter", "full_output", "disp")
        given = {**dict(zip(names, rest, strict=False)), **settings}
        full_output = plain(calls, given.pop("full_output", full_output))
        disp = plain(calls, given.pop("disp", disp))
        options = set_only(calls, given)
        solver = Solver(calls, name)
        solver.follow(f, args)

        def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
            find = getattr(scipy_optimize(), name)
            low, high = starts
            value = _number_of(functions[0])
            root, told = find(value, low, high, full_output=True, disp=disp, **options)
            return [root, *_numbers(told)]

        root, told = _scalar_root(solver, solver.search((a, b), run), name)
        return (root, told) if full_output else root

    return handler


def _number_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives one number in whatever shape, as one that gives a float."""

    def value(*values: Any) -> Any:
        result = function(*values)
        return float(np.reshape(result, ())) if np.size(result) == 1 else result

    return value


def _numbers(told: Any) -> list[float]:
    return [float(told.converged), float(told.iterations), float(told.function_calls)]


def _scalar_root(solver: Solver, whole: Any, name: str) -> tuple[Any, Outcome]:
    """A root in one unknown, and what is told of it: converged, iterations, calls."""
    point = solver.part(whole, 0, 1)
    equations = first_output(solver.program_at(0, solver.element(whole, 0)))
    root = solver.element(solver.solved(point, solver.number(whole, 1), equations), 0)
    root = solver.as_python(root, float)
    converged = bool(solver.known(whole, 1))
    told = {
        "root": root,
        "iterations": solver.count(whole, 2),
        "function_calls": solver.count(whole, 3),
        "converged": converged,
        "flag": "converged" if converged else "convergence error",
        "method": name,
    }
    return root, Outcome(f"scipy.optimize.{name}", told, {})


def _newton(
    calls: Calls,
    func: Any,
    x0: Any,
    fprime: Any = None,
    args: Any = (),
    tol: Any = 1.48e-8,
    maxiter: Any = 50,
    fprime2: Any = None,
    x1: Any = None,
    rtol: Any = 0.0,
    full_output: Any = False,
    disp: Any = True,
) -> Any:
    solver = Solver(calls, "newton")
    settings = {"tol": tol, "maxiter": maxiter, "rtol": rtol, "disp": disp}
    options = set_only(calls, settings)
    full_output = plain(calls, full_output)
    places = {}
    for key, function in (("func", func), ("fprime", fprime), ("fprime2", fprime2)):
        if function is not None:
            places[key] = solver.follow(function, args)
    starts = [x0] if x1 is None else [x0, x1]
    shape = calls.recorder.shape(calls.recorder.array(x0) if isinstance(x0, list | tuple) else x0)
    several = int(np.prod(shape, dtype=int)) > 1
    if several and full_output:
        return NOT_HANDLED

    def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
        named = {key: functions[k] for key, k in places.items()}
        if not several:
            named = {key: _number_of(f) for key, f in named.items()}
            starts = [float(np.reshape(s, ())) if np.ndim(s) else s for s in starts]
        named.update(zip(("x0", "x1"), starts, strict=False))
        found = scipy_optimize().newton(**named, full_output=True, **options)
        if several:
            return [*np.ravel(found[0]), float(np.all(found.converged))]
        return [found[0], *_numbers(found[1])]

    whole = solver.search(starts, run)
    if not several:
        root, told = _scalar_root(solver, whole, "newton")
        return (root, told) if full_output else root
    size = int(np.prod(shape))
    point = solver.part(whole, 0, size)
    equations = solver.program_at(0, solver.part(whole, 0, size, shape))
    success = solver.number(whole, size)
    roots = solver.solved(point, success, equations, diagonal=True)
    return calls.recorder.apply("reshape", roots, shape=shape)


def _root_scalar(
    calls: Calls,
    f: Any,
    args: Any = (),
    method: Any = None,
    bracket: Any = None,
    fprime: Any = None,
    fprime2: Any = None,
    x0: Any = None,
    x1: Any = None,
    xtol: Any = None,
    rtol: Any = None,
    maxiter: Any = None,
    options: Any = None,
) -> Any:
    solver = Solver(calls, "root_scalar")
    fprime, fprime2 = (plain_unless_called(calls, d) for d in (fprime, fprime2))
    together = any(d is not None and not callable(d) and bool(d) for d in (fprime, fprime2))
    solver.follow(f, args, parts=together)
    places = {}
    fixed = {"method": method, "xtol": xtol, "rtol": rtol, "maxiter": maxiter, "options": options}
    settings = set_only(calls, fixed)
    for key, function in (("fprime", fprime), ("fprime2", fprime2)):
        if callable(function):
            places[key] = solver.follow(function, args)
        elif function is not None:
            settings[key] = function
    starts = [*(bracket if bracket is not None else ()), *(s for s in (x0, x1) if s is not None)]
    names = [k for k, s in (("x0", x0), ("x1", x1)) if s is not None]

    def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
        named: dict[str, Any] = {key: _number_of(functions[k]) for key, k in places.items()}
        if bracket is not None:
            named["bracket"] = tuple(starts[: len(starts) - len(names)])
        named.update(zip(names, starts[len(starts) - len(names) :], strict=True))
        value = functions[0] if together else _number_of(functions[0])
        found = scipy_optimize().root_scalar(value, **named, **settings)
        methods.append(found.method)
        flags.append(found.flag)
        return [found.root, *_numbers(found)]

    methods: list[str] = []
    flags: list[str] = []
    whole = solver.search(starts, run)
    _, told = _scalar_root(solver, whole, "root_scalar")
    vars(told).update(method=methods[0], flag=flags[0])
    told._told.update(method=methods[0], flag=flags[0])
    return told


# -- several unknowns


def _fsolve(
    calls: Calls,
    func: Any,
    x0: Any,
    args: Any = (),
    fprime: Any = None,
    full_output: Any = 0,
    col_deriv: Any = 0,
    xtol: Any = 1.49012e-8,
    maxfev: Any = 0,
    band: Any = None,
    epsfcn: Any = None,
    factor: Any = 100,
    diag: Any = None,
) -> Any:
    solver = Solver(calls, "fsolve")
    solver.follow(func, args)
    if fprime is not None:
        solver.follow(fprime, args)
    fixed = {"col_deriv": col_deriv, "xtol": xtol, "maxfev": maxfev, "band": band}
    fixed |= {"epsfcn": epsfcn, "factor": factor, "diag": diag}
    settings = set_only(calls, fixed)
    full_output = plain(calls, full_output)
    messages: list[str] = []

    def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
        derivative = functions[1] if len(functions) > 1 else None
        x, told, status, message = scipy_optimize().fsolve(
            functions[0], starts[0], fprime=derivative, full_output=True, **settings
        )
        messages.append(message)
        if status != 1 and not full_output:
            warnings.warn(message, RuntimeWarning, stacklevel=3)
        return [*x, status, told["nfev"], told.get("njev", 0)]

    whole = solver.search([x0], run)
    size = calls.recorder.shape(whole)[0] - 3
    status = solver.number(whole, size)
    good = calls.recorder.apply("sub", 1.5, status)  # 1 is success, what is beyond is not
    x = _solved(solver, whole, size, good)
    if not full_output:
        return x
    residual = calls.call(solver.site, func, x, *_as_tuple(args))
    told = {"nfev": solver.count(whole, size + 1), "fvec": solver.vector(residual)}
    return x, told, solver.known(whole, size), messages[0]


def _as_tuple(args: Any) -> tuple[Any, ...]:
    return tuple(args) if isinstance(args, tuple | list) else (args,)


def _solved(solver: Solver, whole: Any, size: int, success: Any) -> Any:
    point = solver.part(whole, 0, size)
    return solver.solved(point, success, first_output(solver.program_at(0, point)))


def _root(
    calls: Calls,
    fun: Any,
    x0: Any,
    args: Any = (),
    method: Any = "hybr",
    jac: Any = None,
    tol: Any = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    recorder = calls.recorder
    if callback is not None:
        return NOT_HANDLED
    solver = Solver(calls, "root")
    jac = plain_unless_called(calls, jac)
    together = not callable(jac) and bool(jac)
    solver.follow(fun, args, parts=together)
    if callable(jac):
        solver.follow(jac, args)
    settings = set_only(calls, {"method": method, "tol": tol, "options": options})
    told: dict[str, Any] = {}

    def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
        derivative = functions[1] if len(functions) > 1 else jac
        found = scipy_optimize().root(functions[0], starts[0], jac=derivative, **settings)
        told.update(shape=np.shape(found.x), message=found.get("message", ""))
        counts = [found.get(k, -1) for k in ("status", "nfev", "njev", "nit")]
        return [*np.ravel(found.x), float(found.success), *counts]

    whole = solver.search([x0], run)
    size = recorder.shape(whole)[0] - 5
    shape = told["shape"]
    point = solver.part(whole, 0, size)
    equations = first_output(solver.program_at(0, solver.part(whole, 0, size, shape)))
    x = solver.solved(point, solver.number(whole, size), equations)
    if shape != (size,):
        x = recorder.apply("reshape", x, shape=shape)

    def residual() -> Any:
        result = calls.call(solver.site, fun, x, *_as_tuple(args))
        return solver.vector(result[0] if together else result)

    known = {
        "x": x,
        "success": bool(solver.known(whole, size)),
        "status": solver.known(whole, size + 1),
        "message": told["message"],
        **{k: solver.count(whole, size + 2 + i) for i, k in enumerate(("nfev", "njev", "nit"))},
    }
    return Outcome("scipy.optimize.root", known, {"fun": residual})


def _fixed_point(
    calls: Calls,
    func: Any,
    x0: Any,
    args: Any = (),
    xtol: Any = 1e-8,
    maxiter: Any = 500,
    method: Any = "del2",
) -> Any:
    recorder = calls.recorder
    solver = Solver(calls, "fixed_point")
    solver.follow(func, args)
    settings = set_only(calls, {"xtol": xtol, "maxiter": maxiter, "method": method})
    shapes: list[tuple[int, ...]] = []

    def run(starts: Sequence[Any], functions: Sequence[Any]) -> Any:
        found = scipy_optimize().fixed_point(functions[0], starts[0], **settings)
        shapes.append(np.shape(found))
        return np.ravel(found)

    whole = solver.search([x0], run)
    shape = shapes[0]
    point = solver.part(whole, 0, recorder.shape(whole)[0])
    shaped = recorder.apply("reshape", point, shape=shape)
    equations = minus_argument(solver.program_at(0, recorder.number(shaped)))
    x = solver.solved(point, 1.0, equations)
    return recorder.number(recorder.apply("reshape", x, shape=shape))


for _name in ("brentq", "brenth", "ridder", "bisect", "toms748"):
    HANDLERS[f"scipy.optimize._zeros_py.{_name}"] = _bracketing(_name)
HANDLERS["scipy.optimize._zeros_py.newton"] = _newton
HANDLERS["scipy.optimize._root_scalar.root_scalar"] = _root_scalar
HANDLERS["scipy.optimize._minpack_py.fsolve"] = _fsolve
HANDLERS["scipy.optimize._minpack_py.fixed_point"] = _fixed_point
HANDLERS["scipy.optimize._root.root"] = _root
