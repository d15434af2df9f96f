"""Methods of traced arrays that are no entries of the table, and writes in place.

`METHODS` gives what is called in the place of each. In-place writes go through the recorder, so
that every alias and view sees them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .memory import astype, diagonal, flatten, ravel
from .positions import positions
from .sharing import set_flags
from .tracer import Tracer

if TYPE_CHECKING:
    from .recorder import Recorder


def write(recorder: Recorder, target: Any, index: Any, value: Any) -> None:
    """`target[index] = value`, where the target is an array of this trace."""
    if type(target) is not Tracer:
        recorder.refuse("a write in place into something that is not an array")
    recorder.setitem(target, index, value)


def cycled(recorder: Recorder, values: Any, places: Any) -> Any:
    """Values by flat place, from the start again where they are used up."""
    values = recorder.array(values)
    size = int(np.prod(recorder.shape(values)))
    flat = recorder.apply("reshape", values, shape=(size,))
    return recorder.apply("getitem", flat, np.asarray(places) % size, index=(("array", 0),))


def fill_flat(recorder: Recorder, x: Any, values: Any) -> None:
    """`x.flat = values`."""
    shape = recorder.shape(x)
    size = int(np.prod(shape))
    given = cycled(recorder, values, np.arange(size))
    write(recorder, x, Ellipsis, recorder.apply("reshape", given, shape=shape))


def put(recorder: Recorder, a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    """`numpy.put`, by the flat places of the elements."""
    shape = recorder.shape(a)
    flat = np.ravel(recorder.concrete_deep(ind))
    size = int(np.prod(shape))
    if mode == "wrap":
        flat = flat % size
    elif mode == "clip":
        flat = np.clip(flat, 0, size - 1)
    flat = np.where(flat < 0, flat + size, flat)
    values = cycled(recorder, v, np.arange(len(flat)))
    write(recorder, a, tuple(np.unravel_index(flat, shape)), values)


def _sort_in_place(recorder: Recorder, x: Tracer, axis: Any = -1, **more: Any) -> None:
    write(recorder, x, Ellipsis, recorder.apply("sort", x, axis, **more))


def _partition_in_place(recorder: Recorder, x: Tracer, kth: Any, axis: Any = -1) -> None:
    write(recorder, x, Ellipsis, recorder.apply("partition", x, kth, axis))


def _tolist(recorder: Recorder, x: Any) -> Any:
    if not recorder.shape(x):
        return recorder.apply("item", x)
    return [_tolist(recorder, row) for row in recorder.rows(x)]


def _resize_in_place(recorder: Recorder, x: Tracer, *shape: Any, **more: Any) -> None:
    recorder.refuse(
        "`.resize()` of an array in place",
        why="NumPy allows it or not by who else refers to the array",
        remedy="use numpy.resize, or an array of the size it will need",
    )


def _item(recorder: Recorder, x: Any, *place: Any) -> Any:
    """`x.item()`, `x.item(3)` of the flat array, `x.item(1, 2)`."""
    if place and not recorder.shape(x):
        np.empty(()).item(*recorder.concrete_deep(place))  # NumPy's own error for another place
    elif place:
        places = recorder.concrete_deep(place[0] if len(place) == 1 else place)
        if not isinstance(places, tuple):
            shape = recorder.shape(x)
            flat = places + int(np.prod(shape)) if places < 0 else places
            places = tuple(int(k) for k in np.unravel_index(flat, shape))
        x = recorder.getitem(x, places)
    return recorder.apply("item", x)


METHODS: dict[str, Callable[..., Any]] = {
    "fill": lambda recorder, x, value: write(recorder, x, Ellipsis, value),
    "sort": _sort_in_place,
    "partition": _partition_in_place,
    "put": put,
    "resize": _resize_in_place,
    "item": _item,
    "astype": astype,
    "diagonal": lambda recorder, x, *a, **k: diagonal(recorder, "diagonal", x, *a, **k),
    "flatten": flatten,
    "ravel": ravel,
    "setflags": set_flags,
    "tolist": _tolist,
    "nonzero": positions,
}
"""In the place of methods of a traced array: `METHODS[name](recorder, x, ...)`."""
