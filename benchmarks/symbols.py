"""The libraries that make expressions of symbols: CasADi and SymPy. See `libraries.py`."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from typing import Any

import numpy as np
import optree
from libraries import Library, names_of
from workloads import Workload

MOST_SYMBOLS = 1000
"""Longer vectors are one symbol to CasADi (`MX`), shorter ones a symbol for each element."""


class Casadi(Library):
    """A `Function`, called through its buffers, which is the fastest way from Python."""

    name = "CasADi"
    module = "casadi"

    def load(self) -> None:
        import casadi

        self.casadi = casadi

        def total(x, axis=None):
            if axis is not None:
                raise NotImplementedError("sums along an axis")
            return casadi.sum1(casadi.vec(x))

        self.own = names_of(
            casadi,
            sum=total,
            max=casadi.mmax,
            maximum=casadi.fmax,
            zeros=casadi.SX.zeros,
            dot=casadi.dot,
            array=lambda rows: casadi.vertcat(*rows),
            mean=lambda x: total(x) / x.numel(),
            logaddexp=lambda a, b: (
                casadi.fmax(a, b) + casadi.log1p(casadi.exp(-casadi.fabs(a - b)))
            ),
        )

    def names(self):
        return {"np": self.own, "math": self.own, "len": lambda x: x.shape[0]}

    def derivative(self, workload: Workload) -> Any:
        casadi = self.casadi
        arguments = workload.arguments()
        if workload.wanted == "jacobians":
            columns = tuple(a[:, 0] for a in arguments)
        else:
            columns = arguments
        if any(np.ndim(leaf) > 2 for leaf in optree.tree_leaves(columns)):
            raise NotImplementedError("arrays of more than two axes")
        given, structure = optree.tree_flatten(columns)
        size = sum(np.size(leaf) for leaf in given)
        kind = casadi.SX if size <= MOST_SYMBOLS else casadi.MX
        symbols = [
            leaf if isinstance(leaf, int) else kind.sym(f"x{k}", *np.shape(leaf))
            for k, leaf in enumerate(given)
        ]
        held = optree.tree_unflatten(structure, symbols)
        symbols = [s for s in symbols if not isinstance(s, int)]
        function = workload.form(self.name, **self.names())
        moved = dict(workload.keywords)
        by = [s for k in workload.by for s in optree.tree_leaves(held[k])]
        if workload.wanted == "gradient":
            value = function(*held, **moved)
            results = [casadi.gradient(value, s) for s in by]
        elif workload.wanted in ("jacobian", "jacobians"):
            results = [casadi.jacobian(function(*held), by[0])]
        elif workload.wanted == "hessian":
            results = [casadi.hessian(function(*held), by[0])[0]]
        else:
            slope = casadi.gradient(function(held[0]), held[0])
            results = [casadi.jtimes(slope, held[0], held[1], True)]
        results = [casadi.densify(r) for r in results]
        made = self.compiled(casadi.Function("derivative", symbols, results))
        if workload.wanted == "jacobians":
            count = arguments[0].shape[1]
            made = made.map(count)
            shapes = [(count, *results[0].shape)]
            shaped = [lambda flat: flat.reshape(count, 15, 2).transpose(0, 2, 1)]
        else:
            shapes = [r.shape for r in results]
            shaped = [functools.partial(self.shaped, shape=s) for s in shapes]
        return self.buffered(made, arguments, shapes, shaped)

    @staticmethod
    def shaped(flat: Any, shape: tuple[int, ...]) -> Any:
        return flat.reshape(shape[::-1]).T if 1 not in shape else flat

    def compiled(self, function: Any) -> Any:
        return function

    @staticmethod
    def flat(arguments: Any) -> list[Any]:
        """All but the whole numbers, which are no symbols: loops run as often as they say."""
        return [v for v in optree.tree_leaves(arguments) if not isinstance(v, int)]

    def buffered(self, made, arguments, shapes, shaped):
        buffer, evaluate = made.buffer()
        inputs = [np.zeros(np.size(leaf)) for leaf in self.flat(arguments)]
        outputs = [np.zeros(int(np.prod(s))) for s in shapes]
        for k, held in enumerate(inputs):
            buffer.set_arg(k, memoryview(held))
        for k, held in enumerate(outputs):
            buffer.set_res(k, memoryview(held))

        def call(*given: Any) -> Any:
            flat = given if len(given) == len(inputs) else self.flat(given)
            for held, leaf in zip(inputs, flat):
                held[:] = leaf if np.ndim(leaf) < 2 else leaf.T.ravel()
            evaluate()
            return [to(held.copy()) for to, held in zip(shaped, outputs)]

        call.kept = (buffer, made)
        return call, arguments, {}

    def numbers(self, result):
        return [np.asarray(leaf, dtype=float) for leaf in result]


class CasadiC(Casadi):
    """The C code that CasADi writes, compiled with the system's compiler."""

    name = "CasADi C"

    def compiled(self, function: Any) -> Any:
        folder = tempfile.mkdtemp()
        here = os.getcwd()
        os.chdir(folder)
        try:
            function.generate("derivative.c")
        finally:
            os.chdir(here)
        library = os.path.join(folder, "derivative.so")
        subprocess.run(
            ["cc", "-O2", "-shared", "-fPIC", "-o", library, library[:-2] + "c", "-lm"],
            check=True,
        )
        return self.casadi.external("derivative", library)


class SymPy(Library):
    """`diff` of the whole expression, and `lambdify` with common parts taken out."""

    name = "SymPy"
    module = "sympy"

    def load(self) -> None:
        import sympy

        self.sympy = sympy

        def each(name):
            return np.frompyfunc(getattr(sympy, name), 1, 1)

        functions = ("sin", "cos", "tanh", "exp", "log", "sqrt", "erf")
        self.own = names_of(np, **{name: each(name) for name in functions})

    def names(self):
        return {"np": self.own, "math": self.own}

    def derivative(self, workload: Workload) -> Any:
        sympy = self.sympy
        arguments = workload.arguments()
        given, structure = optree.tree_flatten(arguments)
        if workload.wanted not in ("gradient", "jacobian", "hessian"):
            raise NotImplementedError(workload.wanted)
        if sum(np.size(leaf) for leaf in given) > 30:
            raise NotImplementedError("many symbols")
        symbols = [
            np.array(sympy.symbols(f"x{k}_:{np.size(leaf)}"), dtype=object).reshape(np.shape(leaf))
            if np.ndim(leaf)
            else sympy.Symbol(f"x{k}")
            for k, leaf in enumerate(given)
        ]
        held = optree.tree_unflatten(structure, symbols)
        by = [s for k in workload.by for s in np.ravel(np.array(held[k], dtype=object))]
        value = workload.form(self.name, **self.names())(*held, **workload.keywords)
        if workload.wanted == "gradient":
            results = [sympy.diff(value, s) for s in by]
        elif workload.wanted == "jacobian":
            results = [sympy.diff(v, s) for v in value for s in by]
        else:
            results = [sympy.diff(value, s, t) for s in by for t in by]
        single = not any(np.ndim(leaf) for leaf in given)
        flat = [s for leaf in symbols for s in np.ravel(np.array(leaf, dtype=object))]
        made = sympy.lambdify(flat, results[0] if len(results) == 1 else results, "math", cse=True)
        if single:
            return made, arguments, {}
        shape = {"gradient": (-1,), "jacobian": (2, -1), "hessian": (len(by), len(by))}
        target = shape[workload.wanted]

        def call(*given: Any) -> Any:
            numbers = [n for a in given for n in (a.tolist() if np.ndim(a) else [a])]
            return np.array(made(*numbers)).reshape(target)

        return call, arguments, {}
