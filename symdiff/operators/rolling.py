"""Compute the iterations of a loop that are not traced: what compiles for the front end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..compile.emit import Output
from ..compile.function import compile_body
from ..compile.guards import GuardMiss, guards_heeded
from ..program.program import Program, Var

_PYTHON = {np.dtype("float64"): float, np.dtype("int64"): int, np.dtype("bool"): bool}


class Iterations:
    """The iterations of one loop, one after another.

    Compiled code computes with Python's numbers, which raise where NumPy's do not. An iteration
    that raises there is made again with the sorts of numbers that the function has.
    """

    def __init__(
        self, body: Program, types: Sequence[type], python: Mapping[Var, tuple[bool, ...]]
    ) -> None:
        self.body = body
        self.types = types
        self.python = python
        self.count = len(types)
        self.own = [_of_python(v) for v in body.inputs]
        outputs = [_output(v) for v in body.inputs[: self.count]]
        self.fast = compile_body(body, outputs).function
        self._exact: Any = None

    def __call__(
        self, carried: list[Any], invariants: list[Any], most: int
    ) -> tuple[list[Any], int, bool]:
        """What is carried at the end, how many iterations were made, whether the next raises."""
        return guards_heeded(self._run, carried, invariants, most)

    def _run(
        self, carried: list[Any], invariants: list[Any], most: int
    ) -> tuple[list[Any], int, bool]:
        own = self.own
        values = [v if t is None else t(v) for t, v in zip(own, carried)]
        fixed = [v if t is None else t(v) for t, v in zip(own[self.count :], invariants)]
        fast = self.fast
        with np.errstate(all="ignore"):
            for made in range(most):
                try:
                    values = fast(*values, *fixed)
                except GuardMiss:
                    return values, made, False
                except Exception:
                    try:
                        values = self._exactly(values, invariants)
                    except GuardMiss:
                        return values, made, False
                    except Exception:
                        return values, made, True
        return values, most, False

    def _exactly(self, values: list[Any], invariants: list[Any]) -> list[Any]:
        """One iteration with the sorts of numbers that the function has."""
        if self._exact is None:
            outputs = [_exact_output(t, v) for t, v in zip(self.types, self.body.inputs)]
            self._exact = compile_body(self.body, outputs, self.python).function
        given = [v if isinstance(v, np.ndarray) else t(v) for t, v in zip(self.types, values)]
        found = self._exact(*given, *invariants)
        return [v if t is None else t(v) for t, v in zip(self.own, found)]


def _of_python(var: Var) -> Any:
    """What makes a number of Python's own of a value of a variable that is computed as one."""
    return None if var.aval.shape else _PYTHON.get(np.dtype(var.aval.dtype))


def _output(var: Var) -> Output:
    aval = var.aval
    kind = np.ndarray if aval.shape else _of_python(var) or np.dtype(aval.dtype).type
    return Output(kind, aval.dtype, aval.shape)


def _exact_output(kind: type, var: Var) -> Output:
    return Output(np.ndarray if var.aval.shape else kind, var.aval.dtype, var.aval.shape)
