"""Rotations of SciPy, by their unit quaternions `(x, y, z, w)`.

A rotation from outside is asked for its quaternion at every call. One that is made of what is
differentiated is a `Turn`. The quaternion of a rotation vector is a smooth function of it, also at
zero, where the formulas by its length are replaced by their series.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...program.sources import Asked
from ..outside.callbacks import refuse_by_name
from ..recording.tracer import contains_tracer
from .scipy import HANDLERS, NOT_HANDLED

if TYPE_CHECKING:
    from ..outside.parts import Calls

_MODULE = "scipy.spatial.transform._rotation"
_NAME = "scipy.spatial.transform.Rotation"
_SMALL = 1e-6
"""Below this square of an angle the series of four terms is exact to rounding."""


class Turn:
    """Rotations: quaternions of shape `(4,)` or `(n, 4)`."""

    def __init__(self, quat: Any) -> None:
        self.quat = quat

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


class _Arithmetic:
    """NumPy over traced values, and the parts of quaternions."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.recorder = calls.recorder

    def __call__(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self.calls.call(self.recorder.site, function, *args, **kwargs)

    def do(self, name: str, a: Any, b: Any) -> Any:
        return self.recorder.operator(name, a, b)

    def parts(self, x: Any) -> list[Any]:
        """The columns of the last axis."""
        return [self.recorder.getitem(x, (..., k)) for k in range(self.recorder.shape(x)[-1])]

    def joined(self, parts: Sequence[Any]) -> Any:
        return self(np.stack, list(self(np.broadcast_arrays, *parts)), axis=-1)

    def total(self, *terms: Any) -> Any:
        found = terms[0]
        for term in terms[1:]:
            found = self.do("add", found, term)
        return found

    def products(self, *pairs: tuple[float, Any, Any]) -> Any:
        return self.total(
            *[self.do("mul", self.do("mul", a, b), float(sign)) for sign, a, b in pairs]
        )


def _rotation() -> Any:
    return sys.modules[_MODULE].Rotation


def _is_rotation(value: Any) -> bool:
    module = sys.modules.get(_MODULE)
    return module is not None and isinstance(value, module.Rotation)


def _quaternion(calls: Calls, rotation: Any) -> Any:
    if type(rotation) is Turn:
        return rotation.quat
    if not _is_rotation(rotation):
        calls.recorder.refuse("a rotation and something that is none")
    reader = calls.hooks.reader
    if reader.is_outside(rotation):
        source = Asked(reader.source_of(rotation), "as_quat")
        return reader.wrap(rotation.as_quat(), source, "quat")
    return calls.recorder.const(rotation.as_quat())


# -- making them


def _in_radians(do: _Arithmetic, angles: Any, degrees: Any) -> Any:
    angles = do.recorder.array(angles)
    turned = do.recorder.concrete_deep(degrees)
    return do.do("mul", angles, math.pi / 180) if turned else do.do("mul", angles, 1.0)


def _from_rotvec(calls: Calls, rotvec: Any, degrees: Any = False) -> Any:
    if not contains_tracer(rotvec):
        return NOT_HANDLED
    do = _Arithmetic(calls)
    v = _in_radians(do, rotvec, degrees)
    square = do(np.sum, do(np.square, v), axis=-1, keepdims=True)
    small = do(np.less, square, _SMALL)
    length = do(np.sqrt, do(np.where, small, 1.0, square))
    half = do.do("mul", length, 0.5)

    def series(first: float, *more: float) -> Any:
        found: Any = more[-1]
        for c in (*more[-2::-1], first):
            found = do.do("add", do.do("mul", found, square), c)
        return found

    sine = do(
        np.where, small, series(1 / 2, -1 / 48, 1 / 3840), do.do("div", do(np.sin, half), length)
    )
    cosine = do(np.where, small, series(1.0, -1 / 8, 1 / 384), do(np.cos, half))
    return Turn(do(np.concatenate, [do.do("mul", v, sine), cosine], axis=-1))


def _from_quat(calls: Calls, quat: Any, *, scalar_first: Any = False) -> Any:
    if not contains_tracer(quat):
        return NOT_HANDLED
    do = _Arithmetic(calls)
    q = calls.recorder.array(quat)
    if calls.recorder.concrete_deep(scalar_first):
        q = do(np.roll, q, -1, axis=-1)
    norm = do(np.sqrt, do(np.sum, do(np.square, q), axis=-1, keepdims=True))
    return Turn(do.do("div", q, norm))


def _from_euler(calls: Calls, seq: Any, angles: Any, degrees: Any = False) -> Any:
    if not contains_tracer(angles):
        return NOT_HANDLED
    do = _Arithmetic(calls)
    seq = calls.recorder.concrete_deep(seq)
    angles = _in_radians(do, angles, degrees)
    shape = calls.recorder.shape(angles)
    if len(seq) == 1 and (not shape or shape[-1] != 1):
        columns = [angles]
    else:
        columns = do.parts(angles)
    if len(columns) != len(seq) or not (seq.islower() or seq.isupper()):
        raise ValueError(f"Expected `angles` to have {len(seq)} columns, for the axes {seq!r}")
    found: Any = None
    for letter, angle in zip(seq.lower(), columns, strict=True):
        half = do.do("mul", angle, 0.5)
        sine, cosine = do(np.sin, half), do(np.cos, half)
        zero = do.do("mul", sine, 0.0)
        axis = "xyz".index(letter)
        quat = do.joined([*[sine if k == axis else zero for k in range(3)], cosine])
        if found is None:
            found = quat
        else:  # lower case: about axes at rest
            found = _composed(do, quat, found) if seq.islower() else _composed(do, found, quat)
    return Turn(found)


def _only_constant(name: str) -> Callable[..., Any]:
    def handler(calls: Calls, *args: Any, **kwargs: Any) -> Any:
        if calls.recorder.is_active(args) or calls.recorder.is_active(kwargs):
            refuse_by_name(calls, f"{_NAME}.{name}")
        return NOT_HANDLED

    return handler


# -- what they do


def _composed(do: _Arithmetic, p: Any, q: Any) -> Any:
    """Hamilton's product."""
    a, b, c, d = do.parts(p)
    e, f, g, h = do.parts(q)
    return do.joined(
        [
            do.products((1, d, e), (1, h, a), (1, b, g), (-1, c, f)),
            do.products((1, d, f), (1, h, b), (1, c, e), (-1, a, g)),
            do.products((1, d, g), (1, h, c), (1, a, f), (-1, b, e)),
            do.products((1, d, h), (-1, a, e), (-1, b, f), (-1, c, g)),
        ]
    )


def _times(calls: Calls, left: Any, right: Any) -> Any:
    do = _Arithmetic(calls)
    return Turn(_composed(do, _quaternion(calls, left), _quaternion(calls, right)))


def _inverse(calls: Calls, rotation: Any) -> Any:
    flipped = np.array([-1.0, -1.0, -1.0, 1.0])
    return Turn(calls.recorder.operator("mul", _quaternion(calls, rotation), flipped))


def _matrix(calls: Calls, rotation: Any) -> Any:
    do = _Arithmetic(calls)
    x, y, z, w = do.parts(_quaternion(calls, rotation))
    rows = [
        [
            ((1, x, x), (-1, y, y), (-1, z, z), (1, w, w)),
            ((2, x, y), (-2, z, w)),
            ((2, x, z), (2, y, w)),
        ],
        [
            ((2, x, y), (2, z, w)),
            ((-1, x, x), (1, y, y), (-1, z, z), (1, w, w)),
            ((2, y, z), (-2, x, w)),
        ],
        [
            ((2, x, z), (-2, y, w)),
            ((2, y, z), (2, x, w)),
            ((-1, x, x), (-1, y, y), (1, z, z), (1, w, w)),
        ],
    ]
    made = [do(np.stack, [do.products(*entry) for entry in row], axis=-1) for row in rows]
    return do(np.stack, made, axis=-2)


def _apply(calls: Calls, rotation: Any, vectors: Any, inverse: Any = False) -> Any:
    if type(rotation) is not Turn and not contains_tracer(vectors):
        return NOT_HANDLED
    do = _Arithmetic(calls)
    if calls.recorder.concrete_deep(inverse):
        rotation = _inverse(calls, rotation)
    matrix, v = _matrix(calls, rotation), calls.recorder.array(vectors)
    column = do(np.expand_dims, v, -1)
    found = do(np.matmul, matrix, column)
    return calls.recorder.getitem(found, (..., 0))


def _as_quat(
    calls: Calls, rotation: Any, canonical: Any = False, *, scalar_first: Any = False
) -> Any:
    known = calls.recorder.concrete_deep
    quat = _quaternion(calls, rotation)
    if known(canonical):
        refuse_by_name(calls, f"{_NAME}.as_quat with canonical=True")
    if known(scalar_first):
        return calls.call(calls.recorder.site, np.roll, quat, 1, axis=-1)
    return quat


def _as_rotvec(calls: Calls, rotation: Any, degrees: Any = False) -> Any:
    do = _Arithmetic(calls)
    quat = _quaternion(calls, rotation)
    w = calls.recorder.getitem(quat, (..., slice(3, 4)))
    v = calls.recorder.getitem(quat, (..., slice(0, 3)))
    side = do(np.where, do(np.less, w, 0.0), -1.0, 1.0)
    square = do(np.sum, do(np.square, v), axis=-1, keepdims=True)
    small = do(np.less, square, _SMALL)
    length = do(np.sqrt, do(np.where, small, 1.0, square))
    cosine = do.do("mul", w, side)
    ratio = do.do("div", do(np.arctan2, length, cosine), length)
    # asin(s)/s, of which w is the cosine
    near = do.total(do.do("mul", square, 1 / 6), do.do("mul", do(np.square, square), 3 / 40), 1.0)
    scale = do.do("mul", do(np.where, small, near, ratio), 2.0)
    found = do.do("mul", v, do.do("mul", scale, side))
    turned = calls.recorder.concrete_deep(degrees)
    return do.do("mul", found, 180 / math.pi) if turned else found


def _magnitude(calls: Calls, rotation: Any) -> Any:
    do = _Arithmetic(calls)
    quat = _quaternion(calls, rotation)
    v = calls.recorder.getitem(quat, (..., slice(0, 3)))
    length = do(np.sqrt, do(np.sum, do(np.square, v), axis=-1))
    w = calls.recorder.getitem(quat, (..., 3))
    return do.do("mul", do(np.arctan2, length, do(np.abs, w)), 2.0)


def _as_euler(calls: Calls, rotation: Any, seq: Any, degrees: Any = False, **more: Any) -> Any:
    """Angles about three axes, of the quaternion itself.

    Bernardes and Viollet, Quaternion to Euler angles conversion, PLOS ONE 17 (2022). Where the
    first and third axis fall together SciPy picks one of many answers, which has no derivative.
    """
    do = _Arithmetic(calls)
    seq = calls.recorder.concrete_deep(seq)
    if more or len(seq) != 3:
        refuse_by_name(calls, f"{_NAME}.as_euler of {seq!r}")
    _rotation().from_quat([0.1, 0.2, 0.3, 0.9]).as_euler(seq)  # SciPy's own errors
    inside = seq.isupper()
    i, j, k = ("xyz".index(axis) for axis in (seq[::-1] if inside else seq).lower())
    proper = i == k
    k = 3 - i - j if proper else k
    sign = float((i - j) * (j - k) * (k - i) // 2)
    quat = do.parts(_quaternion(calls, rotation))
    turned = do.do("mul", quat[k], sign)
    if proper:
        a, b, c, d = quat[3], quat[i], quat[j], turned
    else:
        a, b = do.do("sub", quat[3], quat[j]), do.do("add", quat[i], turned)
        c, d = do.do("add", quat[j], quat[3]), do.do("sub", turned, quat[i])
    middle = do.do("mul", do(np.arctan2, do(np.hypot, c, d), do(np.hypot, a, b)), 2.0)
    locked = do(np.logical_or, do(np.less, middle, 1e-7), do(np.greater, middle, math.pi - 1e-7))
    if calls.hooks.test(do(np.any, locked), calls.recorder.site):
        calls.recorder.refuse(
            f"`as_euler({seq!r})` where the first and the third axis fall together",
            why="only the sum of two angles is known there",
            remedy="use as_quat, as_rotvec or as_matrix",
        )
    half_sum, half_difference = do(np.arctan2, b, a), do(np.arctan2, d, c)
    first, third = do.do("sub", half_sum, half_difference), do.do("add", half_sum, half_difference)
    if not proper:
        third = do.do("mul", third, sign)
        middle = do.do("sub", middle, math.pi / 2)
    first, third = (_wrapped(do, angle) for angle in (first, third))
    found = do.joined([third, middle, first] if inside else [first, middle, third])
    degrees = calls.recorder.concrete_deep(degrees)
    return do.do("mul", found, 180 / math.pi) if degrees else found


def _wrapped(do: _Arithmetic, angle: Any) -> Any:
    """Between -pi and pi, for angles that are at most once around."""
    low = do(np.where, do(np.less, angle, -math.pi), 2 * math.pi, 0.0)
    high = do(np.where, do(np.greater, angle, math.pi), -2 * math.pi, 0.0)
    return do.total(angle, low, high)


_METHODS: dict[str, Callable[..., Any]] = {
    "apply": _apply,
    "as_euler": _as_euler,
    "inv": _inverse,
    "as_matrix": _matrix,
    "as_quat": _as_quat,
    "as_rotvec": _as_rotvec,
    "magnitude": _magnitude,
    "__mul__": _times,
    "__rmul__": lambda calls, right, left: _times(calls, left, right),
}


def _own(name: str) -> Callable[..., Any]:
    def placeholder(self: Turn, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("called outside a trace")

    placeholder.__name__ = name
    placeholder.__symdiff_traced__ = _METHODS[name]  # type: ignore[attr-defined]
    return placeholder


for _method in _METHODS:
    setattr(Turn, _method, _own(_method))


def _attribute(calls: Calls, turn: Turn, name: str) -> Any:
    if name in _METHODS:
        return MethodType(getattr(Turn, name), turn)
    return refuse_by_name(calls, f"{_NAME}.{name}")


_lookup: Any = Turn.__getattr__
_lookup.__symdiff_traced__ = _attribute


def _product_of_constants(calls: Calls, left: Any, right: Any) -> Any:
    return _times(calls, left, right) if type(right) is Turn else NOT_HANDLED


HANDLERS[f"{_MODULE}.from_rotvec"] = _from_rotvec
HANDLERS[f"{_MODULE}.from_quat"] = _from_quat
HANDLERS[f"{_MODULE}.from_euler"] = _from_euler
for _name in ("from_matrix", "from_mrp", "from_davenport"):
    HANDLERS[f"{_MODULE}.{_name}"] = _only_constant(_name)
HANDLERS[f"{_MODULE}.apply"] = _apply
HANDLERS[f"{_MODULE}.__mul__"] = _product_of_constants
