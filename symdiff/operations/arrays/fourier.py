"""The discrete Fourier transforms. The matrix of `fft` is symmetric: it is its own transpose."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ...program.program import Aval
from ..numbers.complexes import is_complex
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import ALL, lowered, section
from ..table.signatures import axes_of, refuse

Axes = tuple[int, ...]


def _complex_dtype(aval: Aval) -> str:
    return np.fft.fft(np.ones(1, aval.dtype)).dtype.name


def _real_dtype(aval: Aval) -> str:
    return np.empty(0, _complex_dtype(aval)).real.dtype.name


# -- the transforms by themselves, without scaling of their own


def _fourier(x: Any, *, axes: Axes, inverse: bool) -> Any:
    return np.fft.ifftn(x, axes=axes) if inverse else np.fft.fftn(x, axes=axes)


TABLE.add(
    StructuralEntry(
        name="fourier",
        numpy=_fourier,
        infer=lambda x, *, axes, inverse: Aval.of(x.shape, _complex_dtype(x)),
        pullback=lambda ops, ct, result, x, *, axes, inverse: (
            ops.fourier(ct, axes=axes, inverse=inverse),
        ),
        linear="joint",
        samples=lambda rng: [
            ((rng.normal(size=4) + 1j * rng.normal(size=4),), {"axes": (0,), "inverse": True}),
            ((rng.normal(size=(2, 3)),), {"axes": (0, 1), "inverse": False}),
        ],
    )
)


def _padded(ops: Ops, x: Any, axis: int, n: int) -> Any:
    """Cut or filled with zeros to n elements along an axis."""
    aval = ops.aval(x)
    have = aval.shape[axis]
    if have == n:
        return x
    if have > n:
        return section(ops, x, axis, 0, n)
    shape = (*aval.shape[:axis], n, *aval.shape[axis + 1 :])
    return ops.scatter_add(x, index=(*[ALL] * axis, ("slice", 0, have, None)), shape=shape)


def _half(n: int) -> int:
    return n // 2 + 1


def _with(shape: tuple[int, ...], axis: int, n: int) -> tuple[int, ...]:
    return (*shape[:axis], n, *shape[axis + 1 :])


TABLE.add(
    StructuralEntry(
        name="real_fourier",
        numpy=lambda x, *, axis: np.fft.rfft(x, axis=axis),
        infer=lambda x, *, axis: Aval.of(
            _with(x.shape, axis, _half(x.shape[axis])), _complex_dtype(x)
        ),
        pullback=lambda ops, ct, result, x, *, axis: (
            ops.real(
                ops.fourier(
                    _padded(ops, ct, axis, ops.aval(x).shape[axis]), axes=(axis,), inverse=False
                )
            ),
        ),
        linear="joint",
        samples=lambda rng: (
            [((rng.normal(size=n),), {"axis": 0}) for n in (4, 5, 1)]
            + [((rng.normal(size=(4, 3)),), {"axis": 0})]
        ),
    )
)


def _weights(n: int, axis: int, ndim: int, dtype: str) -> Any:
    """How often each element of half a spectrum counts in a real signal of n elements, over n."""
    weights = np.full(_half(n), 2.0 / n)
    weights[0] = 1.0 / n
    if n % 2 == 0:
        weights[-1] = 1.0 / n
    return weights.reshape([-1 if k == axis else 1 for k in range(ndim)]).astype(dtype)


def _irfft_pullback(ops: Ops, ct: Any, result: Any, x: Any, *, n: int, axis: int) -> tuple[Any]:
    aval = ops.aval(ct)
    spectrum = ops.conj(ops.real_fourier(ct, axis=axis))
    return (ops.mul(spectrum, _weights(n, axis, aval.ndim, aval.dtype)),)


TABLE.add(
    StructuralEntry(
        name="inverse_real_fourier",
        numpy=lambda x, *, n, axis: np.fft.irfft(x, n, axis=axis),
        infer=lambda x, *, n, axis: Aval.of(_with(x.shape, axis, n), _real_dtype(x)),
        pullback=_irfft_pullback,
        linear="joint",
        samples=lambda rng: [
            ((rng.normal(size=3) + 1j * rng.normal(size=3),), {"n": n, "axis": 0}) for n in (4, 5)
        ],
    )
)


# -- as NumPy calls them


def _scale(ops: Ops, x: Any, size: float, norm: Any, inverse: bool) -> Any:
    """From the scaling of the transform by itself to the one that is asked for."""
    if norm not in (None, "backward", "ortho", "forward"):
        raise ValueError(f"Invalid norm value {norm}; should be 'backward', 'ortho' or 'forward'.")
    if norm in (None, "backward"):
        return x
    factor = math.sqrt(size) if norm == "ortho" else size
    return ops.mul(x, factor) if inverse else ops.div(x, factor)


def _line(name: str, inverse: bool) -> Any:
    def lower(
        ops: Ops, a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None
    ) -> Any:
        refuse(name, {"out": out})
        k = operator.index(axis) % ops.aval(a).ndim
        a = a if n is None else _padded(ops, a, k, operator.index(n))
        size = ops.aval(a).shape[k]
        return _scale(ops, ops.fourier(a, axes=(k,), inverse=inverse), size, norm, inverse)

    return lower


def _grid(ops: Ops, a: Any, s: Any, axes: Any) -> tuple[Any, Axes]:
    """The array cut or filled to the sizes s along axes, and the axes."""
    n = ops.aval(a).ndim
    if axes is None:
        chosen = tuple(range(n)) if s is None else tuple(range(n - len(s), n))
    else:
        chosen = tuple(k % n for k in axes_of(axes) or ())
    if s is not None:
        for k, size in zip(chosen, s, strict=True):
            a = _padded(ops, a, k, ops.aval(a).shape[k] if size == -1 else operator.index(size))
    return a, chosen


def _many(name: str, inverse: bool, default: Any) -> Any:
    def lower(
        ops: Ops, a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None
    ) -> Any:
        refuse(name, {"out": out})
        a, chosen = _grid(ops, a, s, axes)
        size = math.prod(ops.aval(a).shape[k] for k in chosen)
        return _scale(ops, ops.fourier(a, axes=chosen, inverse=inverse), size, norm, inverse)

    return lower


def _rfft(
    ops: Ops, a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None
) -> Any:
    refuse("rfft", {"out": out})
    if is_complex(ops.aval(a)):
        raise TypeError("rfft of complex numbers")
    k = operator.index(axis) % ops.aval(a).ndim
    a = a if n is None else _padded(ops, a, k, operator.index(n))
    return _scale(ops, ops.real_fourier(a, axis=k), ops.aval(a).shape[k], norm, False)


def _irfft(
    ops: Ops, a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None
) -> Any:
    refuse("irfft", {"out": out})
    k = operator.index(axis) % ops.aval(a).ndim
    size = 2 * (ops.aval(a).shape[k] - 1) if n is None else operator.index(n)
    a = _padded(ops, a, k, _half(size))
    return _scale(ops, ops.inverse_real_fourier(a, n=size, axis=k), size, norm, True)


def _rfftn(default: Any) -> Any:
    def lower(
        ops: Ops, a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None
    ) -> Any:
        refuse("rfftn", {"out": out})
        a, chosen = _grid(ops, a, s, axes)
        size = math.prod(ops.aval(a).shape[k] for k in chosen)
        half = ops.real_fourier(a, axis=chosen[-1])
        if chosen[:-1]:
            half = ops.fourier(half, axes=chosen[:-1], inverse=False)
        return _scale(ops, half, size, norm, False)

    return lower


def _irfftn(default: Any) -> Any:
    def lower(
        ops: Ops, a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None
    ) -> Any:
        refuse("irfftn", {"out": out})
        last = None if s is None else operator.index(s[-1])
        a, chosen = _grid(ops, a, None if s is None else (*s[:-1], -1), axes)
        n = 2 * (ops.aval(a).shape[chosen[-1]] - 1) if last is None else last
        a = _padded(ops, a, chosen[-1], _half(n))
        size = n * math.prod(ops.aval(a).shape[k] for k in chosen[:-1])
        if chosen[:-1]:
            a = ops.fourier(a, axes=chosen[:-1], inverse=True)
        return _scale(ops, ops.inverse_real_fourier(a, n=n, axis=chosen[-1]), size, norm, True)

    return lower


_FLIPPED = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def _hfft(
    ops: Ops, a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None
) -> Any:
    a = ops.conj(a) if is_complex(ops.aval(a)) else a
    return _irfft(ops, a, n, axis, _FLIPPED[norm], out)


def _ihfft(
    ops: Ops, a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None
) -> Any:
    return ops.conj(_rfft(ops, a, n, axis, _FLIPPED[norm], out))


def _shift(sign: int) -> Any:
    def lower(ops: Ops, x: Any, axes: Any = None) -> Any:
        shape = ops.aval(x).shape
        chosen = tuple(range(len(shape))) if axes is None else axes_of(axes) or ()
        steps = tuple(sign * (shape[k] // 2) for k in chosen)
        return ops.roll(x, shift=steps, axis=chosen)

    return lower


def _samples(*calls: tuple[str, tuple[int, ...], dict[str, Any]]) -> Any:
    """Calls of a real (`"r"`) or complex (`"c"`) array of a shape."""

    def samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        found = []
        for kind, shape, kwargs in calls:
            x = rng.normal(size=shape)
            found.append(((x if kind == "r" else x + 1j * rng.normal(size=shape),), dict(kwargs)))
        return found

    return samples


def _for_scipy(rule: Any) -> Any:
    """SciPy spells the array `x`, and has keywords for how to compute."""

    def lower(
        ops: Ops, x: Any, *args: Any, overwrite_x: Any = False, workers: Any = None, **kwargs: Any
    ) -> Any:
        kwargs.pop("plan", None)
        return rule(ops, x, *args, **kwargs)

    return lower


_LINES = [("n", 3), ("n", 6), ("norm", "ortho"), ("norm", "forward"), ("axis", 0)]
_ONE = [("r", (4,), {}), *[("c", (4, 5), {k: v}) for k, v in _LINES]]
_ONE_REAL = [("r", (4,), {}), ("r", (5,), {}), *[("r", (4, 5), {k: v}) for k, v in _LINES]]
_ONE_HALF = [("c", (4,), {}), *[("c", (4, 5), {k: v}) for k, v in (*_LINES, ("n", 7))]]
_GRIDS = [{}, {"s": (2, 5), "axes": (0, 1)}, {"norm": "ortho"}, {"axes": (0,)}]
_TWO = [("c", (3, 4), kwargs) for kwargs in _GRIDS]
_TWO_REAL = [("r", (3, 4), kwargs) for kwargs in _GRIDS]
for _name, _rule, _calls in (
    ("fft", _line("fft", False), _ONE),
    ("ifft", _line("ifft", True), _ONE),
    ("rfft", _rfft, _ONE_REAL),
    ("irfft", _irfft, _ONE_HALF),
    ("hfft", _hfft, _ONE_HALF),
    ("ihfft", _ihfft, _ONE_REAL),
    ("fft2", _many("fft2", False, (-2, -1)), _TWO),
    ("ifft2", _many("ifft2", True, (-2, -1)), _TWO),
    ("fftn", _many("fftn", False, None), _TWO),
    ("ifftn", _many("ifftn", True, None), _TWO),
    ("rfft2", _rfftn((-2, -1)), _TWO_REAL),
    ("rfftn", _rfftn(None), _TWO_REAL),
    ("irfft2", _irfftn((-2, -1)), _TWO),
    ("irfftn", _irfftn(None), _TWO),
):
    lowered(
        f"fft_{_name}",
        _rule,
        (f"numpy.fft.{_name}", f"jax.numpy.fft.{_name}"),
        _samples(*_calls),
        "a",
    )
    lowered(
        f"scipy_fft_{_name}",
        _for_scipy(_rule),
        (f"scipy.fft.{_name}",),
        _samples(*_calls[:3]),
        "x",
    )
for _name, _sign in (("fftshift", 1), ("ifftshift", -1)):
    lowered(
        _name,
        _shift(_sign),
        (f"numpy.fft.{_name}", f"jax.numpy.fft.{_name}", f"scipy.fft.{_name}"),
        _samples(("r", (5,), {}), ("c", (2, 3), {"axes": 1})),
    )
