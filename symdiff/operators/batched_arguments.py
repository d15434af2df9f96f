"""The arguments and the results of one batched call, with the batch in front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

import numpy as np

from ..errors import UsageError
from ..program.trees import is_node, map_leaves
from ..records import dataclass


@dataclass(slots=True)
class BatchedArguments:
    """The arguments of a call; batched arrays have the batch in front.

    Attributes:
        values: one for each parameter.
        axes: `None` for a parameter that is not batched.
        size: of the batch.
    """

    values: list[Any]
    axes: list[int | None]
    size: int

    @staticmethod
    def of(
        names: Sequence[str], values: Sequence[Any], axes: Sequence[int | None]
    ) -> BatchedArguments:
        sizes: dict[int, str] = {}
        moved = []
        for name, value, axis in zip(names, values, axes, strict=True):
            if axis is not None:
                value = _moved(value, axis, name, sizes)
            moved.append(value)
        if not sizes:
            raise UsageError("no argument is batched", remedy="give in_axes for one of them")
        if len(sizes) > 1:
            found = ", ".join(f"{n} of `{name}`" for n, name in sizes.items())
            raise UsageError(f"batched arguments have different lengths: {found}")
        return BatchedArguments(moved, list(axes), next(iter(sizes)))

    def element(self, k: int) -> tuple[Any, ...]:
        return tuple(
            [
                v if a is None else _element(v, k, self.size)
                for v, a in zip(self.values, self.axes, strict=True)
            ]
        )


def _moved(value: Any, axis: int, name: str, sizes: dict[int, str]) -> Any:
    """A batched argument with the batch in front of every array in it."""
    if isinstance(value, list | tuple) and value and all(_is_number(v) for v in value):
        value = np.asarray(value)
    if is_node(value):
        return map_leaves(lambda v: _moved(v, axis, name, sizes), value)
    array = np.asarray(value)
    if array.dtype.kind not in "fiub" or not -array.ndim <= axis < array.ndim:
        raise UsageError(
            f"`{name}` is batched along axis {axis}, and has none: it is {value!r:.60}",
            remedy="give in_axes a None for what all elements share",
        )
    sizes.setdefault(array.shape[axis], name)
    return np.moveaxis(array, axis, 0)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.generic)


def _element(value: Any, k: int, size: int) -> Any:
    def taken(array: Any) -> Any:
        one = array[k] if size else np.ones(array.shape[1:], array.dtype)[()]
        plain = isinstance(one, np.float64 | np.int64 | np.bool_)
        return one.item() if plain else one

    return map_leaves(taken, value)


@dataclass(slots=True)
class Gathered:
    """The results of one call as they come in."""

    size: int
    buffers: list[Any] = field(default_factory=list)
    structure: Any = None

    def put(self, k: int, flat: Sequence[Any], structure: Any) -> None:
        if self.buffers and structure != self.structure:
            raise UsageError(
                "the elements of the batch give results of different structure",
                remedy="return the same tuple, list or dict on every path",
            )
        self.structure = structure
        self.put_all(np.array([k]), [np.asarray(v)[None] for v in flat])

    def put_all(self, where: Any, parts: Sequence[Any]) -> None:
        if not self.buffers:
            self.buffers = [np.empty((self.size, *p.shape[1:]), p.dtype) for p in parts]
        for n, part in enumerate(parts):
            buffer = self.buffers[n]
            if part.shape[1:] != buffer.shape[1:]:
                raise UsageError(
                    "the elements of the batch give results of different shapes: "
                    f"{buffer.shape[1:]} and {part.shape[1:]}"
                )
            wider = np.result_type(buffer, part)
            if wider != buffer.dtype:
                buffer = self.buffers[n] = buffer.astype(wider)
            buffer[where] = part

    def put_rest(self, wholes: Sequence[Any]) -> None:
        """Put in what is there of all elements, for all but the first; it is handed over."""
        for n, whole in enumerate(wholes):
            first = self.buffers[n]
            if whole.shape != first.shape:
                self.put_all(slice(1, None), [w[1:] for w in wholes])
                return
        for n, whole in enumerate(wholes):
            first = self.buffers[n][:1]
            whole = whole.astype(np.result_type(first, whole), copy=not whole.flags.writeable)
            whole[:1] = first
            self.buffers[n] = whole
