"""Entries for `scipy.ndimage`: filters that are linear in the image."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import lowered
from ..table.signatures import refuse
from .linear import apply_along, enter_along, options_of

# -- one axis after the other


def _refuse_integers(ops: Ops, name: str, image: Any) -> None:
    """SciPy rounds every result to the type of the image."""
    if not ops.aval(image).is_inexact:
        raise UnsupportedError(
            f"`{name}` of an image of integers",
            why="its results are rounded to integers, in SciPy's own way",
            remedy="use image.astype(float)",
        )


def _filter1d(name: str, *known: str) -> Callable[..., Any]:
    def lower(
        ops: Ops,
        input: Any,
        size: Any,
        axis: Any = -1,
        *,
        order: Any = None,
        mode: Any = "reflect",
        cval: Any = 0.0,
        truncate: Any = None,
        radius: Any = None,
        origin: Any = None,
    ) -> Any:
        refuse(name, {"cval": cval}, {"cval": 0.0})
        _refuse_integers(ops, name, input)
        given = {
            known[0]: size,
            "order": order,
            "mode": mode,
            "truncate": truncate,
            "radius": radius,
            "origin": origin,
        }
        return apply_along(ops, name, input, axis, options_of(ops, name, given, known))

    return lower


_gaussian = _filter1d("gaussian_filter1d", "sigma", "order", "mode", "truncate", "radius")
_uniform = _filter1d("uniform_filter1d", "size", "mode", "origin")


def _along_each(one: Callable[..., Any]) -> Callable[..., Any]:
    def lower(ops: Ops, input: Any, size: Any = 3, **more: Any) -> Any:
        ndim = ops.aval(input).ndim
        more.pop("axes", None)
        each = {k: v if isinstance(v, tuple | list) else (v,) * ndim for k, v in more.items()}
        sizes = size if isinstance(size, tuple | list) else (size,) * ndim
        for axis in range(ndim):
            input = one(ops, input, sizes[axis], axis, **{k: v[axis] for k, v in each.items()})
        return input

    return lower


def _gaussian_nd(ops: Ops, input: Any, sigma: Any, order: Any = 0, **more: Any) -> Any:
    refuse("gaussian_filter", {"axes": more.pop("axes", None)}, {"axes": None})
    return _along_each(_gaussian)(ops, input, sigma, order=order, **more)


_GAUSS = [(((5,), 1), {}), (((4, 3), 2), {"mode": "nearest"})]
enter_along(
    "gaussian_filter1d",
    "scipy.ndimage.gaussian_filter1d",
    lambda ops, input, sigma, axis=-1, order=0, mode="reflect", **more: _gaussian(
        ops, input, sigma, axis, order=order, mode=mode, **more
    ),
    _GAUSS,
    "input",
)
enter_along("gaussian_filter", "scipy.ndimage.gaussian_filter", _gaussian_nd, _GAUSS, "input")
enter_along(
    "uniform_filter1d",
    "scipy.ndimage.uniform_filter1d",
    lambda ops, input, size, axis=-1, **more: _uniform(ops, input, size, axis, **more),
    [(((5,), 3), {}), (((4, 3), 2), {"mode": "wrap"})],
    "input",
)
enter_along(
    "uniform_filter",
    "scipy.ndimage.uniform_filter",
    _along_each(_uniform),
    [(((4, 5), 3), {}), (((4, 3), 2), {"mode": "mirror"})],
    "input",
)


_PADDED = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "nearest": "edge",
    "mirror": "reflect",
    "wrap": "wrap",
    "grid-wrap": "wrap",
}


def _correlated(
    ops: Ops, input: Any, weights: Any, mode: Any, cval: Any, origin: Any, turned: bool
) -> Any:
    shape, sizes = ops.aval(input).shape, ops.aval(weights).shape
    refuse("convolve", {"cval": cval}, {"cval": 0.0})
    _refuse_integers(ops, "convolve", input)
    origins = origin if isinstance(origin, tuple | list) else (origin,) * len(shape)
    for axis, (n, m, shift) in enumerate(zip(shape, sizes, origins, strict=True)):
        before = (m - 1) // 2 - shift if turned else m // 2 + shift
        after = m - 1 - before
        if mode == "constant":
            around = [(0, 0)] * len(shape)
            around[axis] = (before, after)
            input = ops.apply("pad", input, tuple(around))
        elif mode in _PADDED:
            places = np.pad(np.arange(n), (before, after), mode=_PADDED[mode])  # type: ignore[call-overload]
            index = (*[("slice", None, None, None)] * axis, ("array", 0))
            input = ops.getitem(input, places, index=index)
        else:
            raise UnsupportedError(f"`convolve` with mode={mode!r} is not supported")
    dtype = ops.aval(input).dtype
    whole = ops.convolve_full(input, weights if turned else ops.flip(weights))
    result = ops.getitem(
        whole,
        index=tuple(("slice", m - 1, m - 1 + n, None) for n, m in zip(shape, sizes, strict=True)),
    )
    if dtype == "float32" and ops.aval(result).dtype != dtype:  # as the image
        return ops.cast(result, dtype=dtype)
    return result


for _name, _turned in (("convolve", True), ("correlate", False)):
    lowered(
        f"ndimage_{_name}",
        lambda ops, input, weights, mode="reflect", cval=0.0, origin=0, turned=_turned: _correlated(
            ops, input, weights, mode, cval, origin, turned
        ),
        (f"scipy.ndimage.{_name}",),
        lambda rng: [
            ((rng.normal(size=(4, 5)), rng.normal(size=(3, 2))), {"mode": m})
            for m in ("reflect", "nearest", "mirror", "wrap", "constant")
        ],
        "input",
        "weights",
    )


def _spline_filter(x: Any, *, turned: bool = False) -> Any:
    """The coefficients of a cubic spline through an image, mirrored at its edges, or the transpose.

    The filter goes along one axis after the other, and is linear: its transpose goes by the matrix
    that it makes of the unit vectors.
    """
    ndimage = importlib.import_module("scipy.ndimage")
    if not turned:
        return ndimage.spline_filter(x, order=3, output=np.float64, mode="mirror")
    for axis, n in enumerate(np.shape(x)):
        matrix = ndimage.spline_filter1d(np.eye(n), 3, 0, np.float64, "mirror")
        x = np.moveaxis(np.tensordot(matrix, x, (0, axis)), 0, axis)
    return x


TABLE.add(
    StructuralEntry(
        name="image_spline",
        numpy=_spline_filter,
        infer=lambda x, *, turned=False: Aval.of(x.shape, "float64"),
        pullback=lambda ops, ct, result, x, *, turned=False: (
            ops.image_spline(ct, turned=not turned),
        ),
        linear="joint",
        describe=lambda o, p: f"spline_filter({o[0]}{', transposed' * p.get('turned', False)})",
        samples=lambda rng: [((rng.normal(size=(5, 4)),), {}), ((rng.normal(size=6),), {})],
    )
)
