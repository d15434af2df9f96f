"""Polynomials by their coefficients, highest power first, and convolutions."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..linalg.products import result_dtype
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import draw, lowered, numpy_and_jax, section
from ..table.signatures import refuse

# -- convolution: each pullback is a correlation with the other operand


def _full_shape(a: Aval, v: Aval) -> Aval:
    if a.ndim != 1 or v.ndim != 1 or not a.size or not v.size:
        raise ValueError("object too deep or too empty for desired array")
    return Aval.of((a.size + v.size - 1,), result_dtype(a, v))


def _convolve_pullback(ops: Ops, ct: Any, result: Any, a: Any, v: Any) -> tuple[Any, Any]:
    n, m = ops.aval(a).size, ops.aval(v).size
    # The cotangent runs over all shifts; of its correlation the part with full overlap counts.
    a_bar = section(ops, ops.full_convolution(ct, ops.flip(v, axis=None)), 0, m - 1, m - 1 + n)
    v_bar = section(ops, ops.full_convolution(ct, ops.flip(a, axis=None)), 0, n - 1, n - 1 + m)
    return a_bar, v_bar


TABLE.add(
    StructuralEntry(
        name="full_convolution",
        numpy=lambda a, v: np.convolve(a, v),
        infer=_full_shape,
        pullback=_convolve_pullback,
        linear="each",
        emit=lambda o, p: f"numpy.convolve({o[0]}, {o[1]})",
        samples=draw((((4,), (2,)), {}), (((2,), (4,)), {}), (((1,), (3,)), {})),
    )
)


def _middle(n: int, m: int, mode: Any) -> tuple[int, int]:
    """Which part of the full convolution of lengths n and m a mode keeps."""
    if isinstance(mode, str) and mode.lower().startswith("f"):
        return 0, n + m - 1
    low, high = min(n, m), max(n, m)
    if mode == "valid":
        return low - 1, high
    if mode != "same":
        raise ValueError("mode must be one of 'valid', 'same', or 'full'")
    start = (low - 1) // 2
    return start, start + high


def _convolve(ops: Ops, a: Any, v: Any, mode: Any = "full") -> Any:
    a, v = ops.atleast_1d(a), ops.atleast_1d(v)
    n, m = ops.aval(a).size, ops.aval(v).size
    if m > n:
        a, v = v, a
    whole = ops.full_convolution(a, v)
    start, stop = _middle(n, m, mode)
    return whole if mode == "full" else section(ops, whole, 0, start, stop)


def _correlate(ops: Ops, a: Any, v: Any, mode: Any = "valid") -> Any:
    n, m = ops.aval(a).size, ops.aval(v).size
    whole = ops.full_convolution(a, ops.flip(v, axis=None))
    if mode == "full":
        return whole
    start, stop = _middle(n, m, mode)
    if mode == "same":
        # NumPy centers on the longer of the two.
        start = (min(n, m) - 1) // 2 if n >= m else min(n, m) // 2
        stop = start + max(n, m)
    return section(ops, whole, 0, start, stop)


_LENGTHS = [((5,), (3,)), ((3,), (5,)), ((4,), (2,)), ((2,), (4,)), ((4,), (4,))]
_MODES = [(pair, {"mode": mode}) for pair in _LENGTHS for mode in ("full", "same", "valid")]
lowered("convolve", _convolve, numpy_and_jax("convolve"), draw(*_MODES), "a", "v")
lowered("correlate", _correlate, numpy_and_jax("correlate"), draw(*_MODES), "a", "v")


# -- values


def _vander(ops: Ops, x: Any, N: Any = None, increasing: Any = False) -> Any:
    count = ops.aval(x).size if N is None else operator.index(N)
    if not ops.aval(x).is_inexact:  # powers of small integers wrap around
        x = ops.cast(x, dtype=np.promote_types(ops.aval(x).dtype, int).name)
    powers = [ops.ones_like(x)]
    for _ in range(count - 1):
        powers.append(ops.mul(powers[-1], x))
    return ops.stack((powers if increasing else powers[::-1])[:count], 1)


def _polyval(ops: Ops, p: Any, x: Any) -> Any:
    shape = ops.aval(x).shape
    value: Any = np.zeros(shape, ops.aval(x).dtype) if shape else 0.0
    for k in range(ops.aval(p).size):
        c = ops.getitem(p, index=(k,))
        value = ops.add(ops.mul(value, x), c) if k else ops.add(ops.mul(x, 0.0), c)
    return value


lowered(
    "vander",
    _vander,
    numpy_and_jax("vander"),
    draw((((3,),), {}), (((3,), 2), {"increasing": True}), (((3,), 4), {})),
)
lowered(
    "polyval",
    _polyval,
    numpy_and_jax("polyval"),
    draw((((3,), (4,)), {}), (([1.0, -2.0, 0.5], 0.7), {}), (((1,), (2, 3)), {})),
    "p",
    "x",
)


# -- coefficients


def _polyder(ops: Ops, p: Any, m: Any = 1) -> Any:
    for _ in range(m):
        n = ops.aval(p).size
        powers = np.arange(n - 1, 0, -1).astype(ops.aval(p).dtype)
        p = ops.mul(section(ops, p, 0, 0, n - 1), powers)
    return p


def _polyint(ops: Ops, p: Any, m: Any = 1, k: Any = None) -> Any:
    dtype = ops.aval(p).dtype
    for turn in range(m):
        if k is None:
            last: Any = np.zeros(1, dtype)
        elif not ops.aval(k).shape:
            last = ops.reshape(k, shape=(1,))
        else:
            one = turn if ops.aval(k).size > 1 else 0
            last = section(ops, k, 0, one, one + 1)
        powers = np.arange(ops.aval(p).size, 0, -1).astype(dtype)
        p = ops.concatenate(ops.div(p, powers), last, axis=0)
    return p


def _aligned(ops: Ops, a: Any, b: Any) -> tuple[Any, Any]:
    """Two polynomials with as many coefficients each."""
    a, b = ops.atleast_1d(a), ops.atleast_1d(b)
    n = max(ops.aval(a).size, ops.aval(b).size)

    def longer(p: Any) -> Any:
        missing = n - ops.aval(p).size
        zeros = np.zeros(missing, ops.aval(p).dtype)
        return ops.concatenate(zeros, p, axis=0) if missing else p

    return longer(a), longer(b)


def _polydiv(ops: Ops, u: Any, v: Any) -> tuple[Any, Any]:
    u, v = ops.atleast_1d(u), ops.atleast_1d(v)
    n, m = ops.aval(u).size, ops.aval(v).size
    if n < m:
        return ops.mul(section(ops, u, 0, 0, 1), 0.0), u
    lead, quotient, rest = ops.getitem(v, index=(0,)), [], u
    for k in range(n - m + 1):
        c = ops.div(ops.getitem(rest, index=(k,)), lead)
        quotient.append(c)
        moved = ops.scatter_add(ops.mul(v, c), index=(("slice", k, k + m, None),), shape=(n,))
        rest = ops.sub(rest, moved)
    left = section(ops, rest, 0, n - m + 1, n) if m > 1 else ops.mul(section(ops, u, 0, 0, 1), 0.0)
    return ops.stack(quotient, 0), left


def _poly(ops: Ops, seq_of_zeros: Any) -> Any:
    if ops.aval(seq_of_zeros).ndim != 1:
        raise UnsupportedError(
            "`poly` of a matrix is not supported", remedy="pass the roots themselves"
        )
    p: Any = np.ones(1, ops.aval(seq_of_zeros).dtype)
    for k in range(ops.aval(seq_of_zeros).size):
        root = section(ops, seq_of_zeros, 0, k, k + 1)
        one = np.ones(1, ops.aval(seq_of_zeros).dtype)
        p = ops.full_convolution(p, ops.concatenate(one, ops.neg(root), axis=0))
    return p


def _polyfit(
    ops: Ops,
    x: Any,
    y: Any,
    deg: Any,
    rcond: Any = None,
    full: Any = False,
    w: Any = None,
    cov: Any = False,
) -> Any:
    allowed = {"rcond": None, "full": False, "cov": False}
    refuse("polyfit", {"rcond": rcond, "full": full, "cov": cov}, allowed)
    weights = w
    left = ops.vander(x, int(deg) + 1)
    right = y
    if weights is not None:
        column = ops.reshape(weights, shape=(ops.aval(weights).size, 1))
        left = ops.mul(left, column)
        right = ops.mul(y, weights if ops.aval(y).ndim == 1 else column)
    scale = ops.sqrt(ops.sum(ops.square(left), axis=(0,), keepdims=False))
    solution = ops.least_squares(ops.div(left, scale), right)
    if ops.aval(y).ndim == 2:
        scale = ops.reshape(scale, shape=(int(deg) + 1, 1))
    return ops.div(solution, scale)


lowered("polyder", _polyder, numpy_and_jax("polyder"), draw((((4,),), {}), (((4,), 2), {})), "p")
lowered(
    "polyint",
    _polyint,
    numpy_and_jax("polyint"),
    draw((((4,),), {}), (((3,), 2), {}), (((3,), 1, 2.5), {}), (((3,), 2, (2,)), {})),
    "p",
    "k",
)
for _name, _rule in (
    ("polyadd", lambda ops, a1, a2: ops.add(*_aligned(ops, a1, a2))),
    ("polysub", lambda ops, a1, a2: ops.sub(*_aligned(ops, a1, a2))),
    ("polymul", lambda ops, a1, a2: _convolve(ops, a1, a2)),
):
    lowered(
        _name, _rule, numpy_and_jax(_name), draw((((4,), (2,)), {}), (((2,), (3,)), {})), "a1", "a2"
    )
lowered("polydiv", _polydiv, numpy_and_jax("polydiv"), draw((((4,), (2,)), {})), "u", "v")
lowered("poly", _poly, numpy_and_jax("poly"), draw((((3,),), {})), "seq_of_zeros")
lowered(
    "polyfit",
    _polyfit,
    numpy_and_jax("polyfit"),
    lambda rng: [
        ((np.arange(5.0) + rng.uniform(0, 0.1, 5), rng.normal(size=5), 2), {}),
        ((np.arange(5.0), rng.normal(size=5), 1, None, False, rng.uniform(1, 2, 5)), {}),
        ((np.arange(5.0), rng.normal(size=(5, 2)), 1), {}),
    ],
    "x",
    "y",
    "w",
)
