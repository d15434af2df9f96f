"""The derivatives of other libraries, each in a process of its own, with a limit of time.

They run the code of `stability_cases.py` with their own modules for `np` and `special`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import multiprocessing
import types
from collections.abc import Callable
from typing import Any

import numpy as np
from stability_cases import Case

PEERS = ("JAX", "PyTorch", "autograd")
_MODULES = {"JAX": "jax", "PyTorch": "torch", "autograd": "autograd"}
LIMIT = 120.0
"""Seconds that a library may take for the derivatives of one function at one input."""

Found = tuple[list[Any], list[Any]]
"""First derivatives and second ones, each computed in one way or more."""


def version_of(peer: str) -> str:
    """The version that is installed; empty for none."""
    if not importlib.util.find_spec(_MODULES[peer]):
        return ""
    return importlib.metadata.version(_MODULES[peer]).partition("+")[0]


def with_names(function: Callable[..., Any], np_: Any, special_: Any) -> Callable[..., Any]:
    """The same code, with other modules for `np` and `special`."""
    names = {**function.__globals__, "np": np_, "special": special_}
    return types.FunctionType(function.__code__, names, function.__name__)


def input_of(case: Case) -> Any:
    """The input as a number or an array of the precision that is asked for."""
    if isinstance(case.at, list):
        return np.array(case.at, np.float32 if case.single else np.float64)
    return np.float32(case.at) if case.single else float(case.at)


def by_jax(case: Case) -> Found:
    """JAX's derivatives, with 64 bits, operation by operation."""
    import jax

    jax.config.update("jax_enable_x64", True)
    f = with_names(case.function, jax.numpy, _first_of(jax.scipy.special, jax.nn))
    x = jax.numpy.asarray(input_of(case))
    return [np.asarray(jax.grad(f)(x))], [np.asarray(jax.jacfwd(jax.grad(f))(x))]


def by_torch(case: Case) -> Found:
    """PyTorch's derivatives."""
    import torch

    special = _first_of(torch.special, torch)
    special.logsumexp = lambda x: torch.logsumexp(x, 0)
    special.log_expit = torch.nn.functional.logsigmoid
    f = with_names(case.function, torch, special)
    x = torch.as_tensor(np.asarray(input_of(case)))
    functional = torch.autograd.functional
    return [functional.jacobian(f, x).numpy()], [functional.hessian(f, x).numpy()]


def by_autograd(case: Case) -> Found:
    """Those of autograd."""
    import autograd
    import autograd.numpy
    import autograd.scipy.special

    f = with_names(case.function, autograd.numpy, autograd.scipy.special)
    x = input_of(case)
    return [autograd.grad(f)(x)], [autograd.jacobian(autograd.grad(f))(x)]


def _first_of(*modules: Any) -> Any:
    names: dict[str, Any] = {}
    for module in reversed(modules):
        names.update({k: getattr(module, k) for k in dir(module) if not k.startswith("_")})
    names.setdefault("log_expit", names.get("log_sigmoid"))
    return types.SimpleNamespace(**names)


_BY = {"JAX": by_jax, "PyTorch": by_torch, "autograd": by_autograd}


class Peer:
    """A library, in a process that is ended where it takes too long, and made anew."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.process: Any = None
        self.ours: Any = None

    def derivatives(self, case: Case) -> Found:
        """Its derivatives of a case.

        Raises:
            TimeoutError: it takes longer than `LIMIT` seconds.
            RuntimeError: it does not run the function.
        """
        if self.process is None:
            spawning = multiprocessing.get_context("spawn")
            self.ours, theirs = spawning.Pipe()
            self.process = spawning.Process(target=_serve, args=(self.name, theirs), daemon=True)
            self.process.start()
        self.ours.send(case)
        if not self.ours.poll(LIMIT):
            self.process.kill()
            self.process = None
            raise TimeoutError(self.name)
        found = self.ours.recv()
        if isinstance(found, str):
            raise RuntimeError(found)
        return found  # type: ignore[no-any-return]


def _serve(name: str, pipe: Any) -> None:
    import warnings

    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    while True:
        try:
            case = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(_BY[name](case))
        except Exception as error:
            pipe.send(f"{type(error).__name__}: {error}")
