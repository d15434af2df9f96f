"""How the users of each library get a derivative of a workload, for `peers.py`.

A library's `derivative(workload)` returns a function, its arguments (converted once, as a user
holds them) and its keywords; a call of it is what is measured. `numbers` makes NumPy arrays of a
result, for comparison. What a library cannot do raises, and is a dash.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import optree
from workloads import Workload

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


def names_of(*modules: Any, **own: Any) -> ModuleType:
    """What stands for `np` and `math`: a module with the names of several, the first ones first."""
    made = ModuleType("names")
    for module in reversed(modules):
        made.__dict__.update({k: v for k, v in vars(module).items() if not k.startswith("__")})
    made.__dict__.update(own)
    return made


class Library:
    """One column of the table."""

    name = ""
    module = ""

    def __init__(self) -> None:
        self.version = ""
        if self.module:
            module = importlib.import_module(self.module)
            self.version = str(getattr(module, "__version__", ""))
        self.load()

    def load(self) -> None:
        """Import what else is needed."""

    def derivative(self, workload: Workload) -> Call:
        arguments = tuple(optree.tree_map(self.held, workload.arguments()))
        function = workload.form(self.name, **self.names())
        return getattr(self, workload.wanted)(function, workload, arguments)

    def names(self) -> dict[str, Any]:
        return {}

    def held(self, value: Any) -> Any:
        return value

    def numbers(self, result: Any) -> list[Any]:
        return [np.asarray(leaf, dtype=float) for leaf in optree.tree_leaves(result)]


def by_of(workload: Workload) -> Any:
    return workload.by if len(workload.by) > 1 else workload.by[0]


class Hand(Library):
    """The gradient by hand, which all are compared with."""

    name = "hand"

    def derivative(self, workload: Workload) -> Call:
        return workload.by_hand, workload.arguments(), dict(workload.keywords)


class Symdiff(Library):
    """symdiff, as it is by default."""

    name = "symdiff"
    module = "symdiff"
    target: str | None = None

    def made(self, operator: Callable[..., Any], *arguments: Any) -> Any:
        further = {} if self.target is None else {"target": self.target}
        return operator(*arguments, **further)

    def gradient(self, function, workload, arguments):
        from symdiff import grad

        return self.made(grad, function, by_of(workload)), arguments, dict(workload.keywords)

    def jacobian(self, function, workload, arguments):
        from symdiff import jacobian

        return self.made(jacobian, function), arguments, {}

    def jacobians(self, function, workload, arguments):
        from symdiff import batched

        return batched(self.jacobian(function, workload, ())[0], in_axes=1), arguments, {}

    def hessian(self, function, workload, arguments):
        from symdiff import hessian

        return self.made(hessian, function), arguments, {}

    def hvp(self, function, workload, arguments):
        from symdiff import hvp

        return self.made(hvp, function), arguments, {}


class SymdiffNative(Symdiff):
    """symdiff with `target="c"`."""

    name = "symdiff C"
    target = "c"


class Numba(Library):
    """The gradient by hand, where it compiles as it is."""

    name = "numba"
    module = "numba"

    def derivative(self, workload: Workload) -> Call:
        return self.compiled(workload.by_hand), workload.arguments(), dict(workload.keywords)

    def compiled(self, function: Callable[..., Any]) -> Any:
        import numba

        return numba.njit(function, fastmath=False)


class Jax(Library):
    """JAX: `jit` of each derivative, with doubles, until the result is there."""

    name = "JAX"
    module = "jax"

    def load(self) -> None:
        import jax
        from jax.scipy import special

        jax.config.update("jax_enable_x64", True)
        self.jax = jax
        self.own = names_of(jax.numpy, special)

    def names(self):
        return {"np": self.own, "math": self.own, "lax": self.jax.lax}

    def held(self, value):
        return self.jax.numpy.asarray(value) if isinstance(value, np.ndarray) else value

    def compiled(self, derivative, arguments, keywords=None):
        fixed = tuple(k for k, v in enumerate(arguments) if isinstance(v, int))
        call = self.jax.jit(derivative, static_argnums=fixed)
        return lambda *a, **k: self.jax.block_until_ready(call(*a, **k)), arguments, keywords or {}

    def gradient(self, function, workload, arguments):
        derivative = self.jax.grad(function, by_of(workload))
        return self.compiled(derivative, arguments, dict(workload.keywords))

    def jacobian(self, function, workload, arguments):
        return self.compiled(self.jax.jacrev(function), arguments)

    def jacobians(self, function, workload, arguments):
        derivative = self.jax.vmap(self.jax.jacrev(function), in_axes=1)
        return self.compiled(derivative, arguments)

    def hessian(self, function, workload, arguments):
        return self.compiled(self.jax.hessian(function), arguments)

    def hvp(self, function, workload, arguments):
        slope = self.jax.grad(function)
        return self.compiled(lambda x, v: self.jax.jvp(slope, (x,), (v,))[1], arguments)


class Torch(Library):
    """PyTorch, eagerly: `torch.autograd.grad`, and `torch.func` for what is no gradient."""

    name = "PyTorch"
    module = "torch"

    def load(self) -> None:
        import torch

        torch.set_default_dtype(torch.float64)
        torch.set_num_threads(1)
        self.torch = torch

        def concatenate(parts, axis=0):
            return torch.cat(parts, dim=axis)

        def largest(x, axis=None):
            return torch.max(x) if axis is None else torch.amax(x, dim=axis)

        def logaddexp(a, b):
            return torch.logaddexp(torch.as_tensor(a), b)

        def swapaxes(x, a, b):
            return x.transpose(a, b)

        def maximum(a, b):
            return torch.maximum(a, torch.as_tensor(b))

        def pad(x, width):
            return torch.nn.functional.pad(x, (width,) * 2 * x.dim())

        def of_both(name):
            own, plain = getattr(torch, name), getattr(math, name)
            return lambda x: own(x) if isinstance(x, torch.Tensor) else plain(x)

        self.own = names_of(
            torch,
            concatenate=concatenate,
            max=largest,
            maximum=maximum,
            logaddexp=logaddexp,
            swapaxes=swapaxes,
            array=torch.stack,
            pad=pad,
        )
        functions = ("sin", "cos", "tanh", "exp", "log", "sqrt", "erf")
        self.math = names_of(torch, **{name: of_both(name) for name in functions})

    def names(self):
        return {"np": self.own, "math": self.math}

    def held(self, value):
        if isinstance(value, np.ndarray):
            return self.torch.tensor(value)
        return self.torch.tensor(value) if isinstance(value, float) else value

    def gradient(self, function, workload, arguments):
        torch, keywords = self.torch, dict(workload.keywords)
        wanted = [arguments[k] for k in workload.by]
        leaves = optree.tree_leaves(wanted)
        for leaf in leaves:
            leaf.requires_grad_(True)
        return (
            lambda *a, **k: torch.autograd.grad(function(*a, **k), leaves),
            arguments,
            keywords,
        )

    def jacobian(self, function, workload, arguments):
        return self.torch.func.jacrev(function), arguments, {}

    def jacobians(self, function, workload, arguments):
        func = self.torch.func
        return func.vmap(func.jacrev(function), in_dims=1), arguments, {}

    def hessian(self, function, workload, arguments):
        return self.torch.func.hessian(function), arguments, {}

    def hvp(self, function, workload, arguments):
        func = self.torch.func
        return lambda x, v: func.jvp(func.grad(function), (x,), (v,))[1], arguments, {}

    def numbers(self, result):
        return [leaf.detach().numpy() for leaf in optree.tree_leaves(result)]


class TorchCompiled(Torch):
    """`torch.compile` of what `torch.func` makes."""

    name = "torch.compile"

    def derivative(self, workload):
        # All are one function to it, of which it keeps eight forms; the ninth runs eagerly.
        self.torch.compiler.reset()
        return super().derivative(workload)

    def names(self):
        return {"np": self.own, "math": self.own}

    def gradient(self, function, workload, arguments):
        slope = self.torch.func.grad(function, by_of(workload))
        return self.torch.compile(slope), arguments, dict(workload.keywords)

    def jacobian(self, function, workload, arguments):
        return self.torch.compile(super().jacobian(function, workload, arguments)[0]), arguments, {}

    def jacobians(self, function, workload, arguments):
        call = super().jacobians(function, workload, arguments)[0]
        return self.torch.compile(call), arguments, {}

    def hessian(self, function, workload, arguments):
        return self.torch.compile(super().hessian(function, workload, arguments)[0]), arguments, {}

    def hvp(self, function, workload, arguments):
        return self.torch.compile(super().hvp(function, workload, arguments)[0]), arguments, {}


class Autograd(Library):
    """HIPS autograd."""

    name = "autograd"
    module = "autograd"

    def load(self) -> None:
        import autograd
        import autograd.numpy
        import autograd.scipy.special

        self.autograd = autograd

        def pad(x, width):
            return autograd.numpy.pad(x, width, "constant")

        self.own = names_of(autograd.numpy, autograd.scipy.special, pad=pad)

    def names(self):
        return {"np": self.own, "math": self.own}

    def gradient(self, function, workload, arguments):
        derivative = self.autograd.grad(function, by_of(workload))
        return derivative, arguments, dict(workload.keywords)

    def jacobian(self, function, workload, arguments):
        return self.autograd.jacobian(function), arguments, {}

    def jacobians(self, function, workload, arguments):
        raise NotImplementedError("no batches")

    def hessian(self, function, workload, arguments):
        return self.autograd.hessian(function), arguments, {}

    def hvp(self, function, workload, arguments):
        return self.autograd.hessian_vector_product(function), arguments, {}


class Advect(Library):
    """A staged program, of which the library makes a compiled derivative where it can."""

    name = "Advect"
    module = "advect"

    def load(self) -> None:
        import advect
        from advect.scipy import special

        self.advect = advect
        self.own = names_of(np, special, array=np.stack)

    def names(self):
        return {"np": self.own, "math": self.own, "len": lambda x: x.shape[0]}

    def derivative(self, workload):
        """Of what is no whole number: a program is staged for a number of iterations."""
        f, arguments, keywords = super().derivative(workload)
        return f, tuple(a for a in arguments if not isinstance(a, int)), keywords

    def staged(self, function, arguments):
        fixed = [isinstance(a, int) for a in arguments]

        def moved(*given):
            rest = iter(given)
            return function(*(a if f else next(rest) for a, f in zip(arguments, fixed)))

        kept = [a for a, f in zip(arguments, fixed) if not f]
        return self.advect.stage(moved if any(fixed) else function, *kept)

    def gradient(self, function, workload, arguments):
        if workload.keywords:
            raise NotImplementedError("keywords are declared, not given")
        staged = self.staged(function, arguments)
        return self.advect.grad(staged, by_of(workload)), arguments, {}

    def jacobian(self, function, workload, arguments):
        return self.advect.jacobian(self.staged(function, arguments)), arguments, {}

    def jacobians(self, function, workload, arguments):
        raise NotImplementedError("no batches")

    def hessian(self, function, workload, arguments):
        return self.advect.hessian(self.staged(function, arguments)), arguments, {}

    def hvp(self, function, workload, arguments):
        call = self.advect.hvp(self.staged(function, arguments[:1]))
        return lambda x, v: call(x, vectors=v)[1], arguments, {}


class Tangent(Library):
    """tangent-ad, which writes Python for a gradient."""

    name = "tangent"
    module = "tangent"

    def load(self) -> None:
        import tangent

        self.tangent = tangent

    def names(self):
        return {"math": np}

    def gradient(self, function, workload, arguments):
        return self.tangent.grad(function, wrt=workload.by), arguments, dict(workload.keywords)

    def jacobian(self, function, workload, arguments):
        raise NotImplementedError("gradients")

    jacobians = hessian = hvp = jacobian
