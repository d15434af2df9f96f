"""An operation run for each element of a batch, where no rule serves the whole batch at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..operations.table.entry import TABLE, StructuralEntry
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import Aval

_STACKED: dict[str, Callable[..., Any]] = {
    "solve": np.linalg.solve,
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "cholesky": np.linalg.cholesky,
    "det_sign": lambda a: np.linalg.slogdet(a)[0],
    "log_abs_det": lambda a: np.linalg.slogdet(a)[1],
}
"""Functions of NumPy that take a stack of matrices."""


def each_element(
    operation: Template | Structural,
    flags: tuple[bool, ...],
    avals: Sequence[Aval],
    size: int,
    aval: Aval,
) -> StructuralEntry:
    """An entry that runs an operation for each element, and stacks the results.

    `flags` says which operands have the batch in front; `aval` is of one result.
    """
    stacked = _STACKED.get(operation.name)
    if isinstance(operation, Template) or TABLE.entries.get(operation.name) is not operation.entry:
        stacked = None
    if operation.name == "solve" and (avals[0].ndim != 2 or avals[1].ndim not in (1, 2)):
        stacked = None
    weak = [a.weak for a in avals]

    def value(*operands: Any) -> Any:
        if operation.name == "solve" and stacked is not None:
            a, b = operands
            lines = b if len(aval.shape) == 2 else b[..., None]
            return stacked(a, lines).reshape(size, *aval.shape)
        if stacked is not None:
            return stacked(*operands)
        whole = np.empty((size, *aval.shape), aval.dtype)
        for k in range(size):
            one = [o[k] if f else o for o, f in zip(operands, flags, strict=True)]
            one = [
                o.item() if w and isinstance(o, np.generic) else o
                for o, w in zip(one, weak, strict=True)
            ]
            whole[k] = operation.evaluate(*one)
        return whole

    return StructuralEntry(
        name=f"each_{operation.name}",
        numpy=value,
        infer=lambda *avals: Aval.of((size, *aval.shape), aval.dtype),
        describe=lambda operands, params: f"each({operation.describe(operands)})",
    )
