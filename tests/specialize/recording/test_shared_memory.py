"""What shares memory with what: each call is written to on both sides, as NumPy has it.

For every call NumPy itself says what a write to the source does to the result, and the other way
round, or that it raises; value and gradient have to agree. So views that are taken for copies are
found, copies that are taken for views, and arrays that may not be written to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import value_and_grad
from symdiff.errors import UnsupportedError

pytestmark = pytest.mark.sampled(every=31)

Call = Callable[[Any], Any]


VECTOR: dict[str, Call] = {
    "itself": lambda a: a,
    "slice": lambda a: a[1:],
    "step": lambda a: a[::2],
    "back": lambda a: a[::-1],
    "none": lambda a: a[None],
    "ellipsis": lambda a: a[...],
    "index array": lambda a: a[[0, 1, 2]],
    "mask": lambda a: a[np.array([True, False, True, True])],
    "take": lambda a: np.take(a, [0, 1, 2, 3]),
    ".take": lambda a: a.take([1, 2]),
    "take_along_axis": lambda a: np.take_along_axis(a, np.array([0, 1]), 0),
    "compress": lambda a: np.compress([True, True, False, True], a),
    ".compress": lambda a: a.compress([True, True, True, True]),
    "extract": lambda a: np.extract(np.ones(4, bool), a),
    "choose": lambda a: np.choose([0, 0, 0, 0], [a]),
    "where": lambda a: np.where(np.ones(4, bool), a, 0.0),
    "select": lambda a: np.select([np.ones(4, bool)], [a]),
    "tile": lambda a: np.tile(a, 1),
    "tile twice": lambda a: np.tile(a, (2, 1)),
    "repeat": lambda a: np.repeat(a, 1),
    ".repeat": lambda a: a.repeat(2),
    "repeat of a broadcast axis": lambda a: np.repeat(a[None], 3, axis=0),
    "meshgrid": lambda a: np.meshgrid(a, np.arange(2.0)),
    "meshgrid of one": lambda a: np.meshgrid(a),
    "meshgrid no copy": lambda a: np.meshgrid(a, np.arange(2.0), copy=False),
    "meshgrid sparse": lambda a: np.meshgrid(a, np.arange(2.0), sparse=True),
    "meshgrid sparse no copy": lambda a: np.meshgrid(a, a, sparse=True, copy=False),
    "meshgrid ij": lambda a: np.meshgrid(a, np.arange(2.0), indexing="ij"),
    "full_like": lambda a: np.full_like(np.zeros(4), a),
    "full_like 2": lambda a: np.full_like(np.zeros((2, 4)), a),
    "full": lambda a: np.full((2, 4), a),
    "full same": lambda a: np.full(4, a),
    "zeros_like": lambda a: np.zeros_like(a),
    "pad": lambda a: np.pad(a, 0),
    "pad 1": lambda a: np.pad(a, 1, mode="edge"),
    "conj": lambda a: np.conj(a),
    "conjugate": lambda a: np.conjugate(a),
    ".conj": lambda a: a.conj(),
    ".conjugate": lambda a: a.conjugate(),
    "real": lambda a: np.real(a),
    ".real": lambda a: a.real,
    "imag": lambda a: np.imag(a),
    "real_if_close": lambda a: np.real_if_close(a),
    "nan_to_num": lambda a: np.nan_to_num(a),
    "nan_to_num in place": lambda a: np.nan_to_num(a, copy=False),
    "einsum copy": lambda a: np.einsum("i->i", a),
    "einsum outer": lambda a: np.einsum("i,j->ij", a, np.ones(2)),
    "T": lambda a: a.T,
    "transpose": lambda a: np.transpose(a),
    "reshape": lambda a: a.reshape(2, 2),
    "np.reshape": lambda a: np.reshape(a, (2, 2)),
    "reshape same": lambda a: a.reshape(4),
    "reshape of a step": lambda a: a[::2].reshape(2, 1),
    "reshape F": lambda a: a.reshape((2, 2), order="F"),
    "reshape copy": lambda a: np.reshape(a, (2, 2), copy=True),
    "ravel": lambda a: a.ravel(),
    "np.ravel": lambda a: np.ravel(a),
    "ravel of a step": lambda a: np.ravel(a[::2]),
    "flatten": lambda a: a.flatten(),
    "squeeze": lambda a: np.squeeze(a),
    ".squeeze": lambda a: a[None].squeeze(),
    "expand_dims": lambda a: np.expand_dims(a, 0),
    "atleast_1d": lambda a: np.atleast_1d(a),
    "atleast_2d": lambda a: np.atleast_2d(a),
    "atleast_3d": lambda a: np.atleast_3d(a),
    "atleast of two": lambda a: np.atleast_2d(a, a)[1],
    "array": lambda a: np.array(a),
    "array no copy": lambda a: np.array(a, copy=False),
    "array copy None": lambda a: np.array(a, copy=None),
    "array ndmin": lambda a: np.array(a, copy=None, ndmin=2),
    "array dtype": lambda a: np.array(a, dtype=float, copy=None),
    "array of a list": lambda a: np.array([a]),
    "asarray": lambda a: np.asarray(a),
    "asarray dtype": lambda a: np.asarray(a, dtype=np.float64),
    "asarray other dtype": lambda a: np.asarray(a, dtype=np.float32),
    "asarray copy": lambda a: np.asarray(a, copy=True),
    "asanyarray": lambda a: np.asanyarray(a),
    "asarray_chkfinite": lambda a: np.asarray_chkfinite(a),
    "ascontiguousarray": lambda a: np.ascontiguousarray(a),
    "ascontiguousarray of a step": lambda a: np.ascontiguousarray(a[::2]),
    "asfortranarray": lambda a: np.asfortranarray(a),
    "require": lambda a: np.require(a),
    "require C": lambda a: np.require(a, requirements=["C"]),
    "require C of a step": lambda a: np.require(a[::2], requirements=["C"]),
    "copy": lambda a: a.copy(),
    "np.copy": lambda a: np.copy(a),
    "astype": lambda a: a.astype(float),
    "astype no copy": lambda a: a.astype(float, copy=False),
    "astype by place": lambda a: a.astype(float, "K", "unsafe", True, False),
    "np.astype": lambda a: np.astype(a, np.float64),
    "np.astype no copy": lambda a: np.astype(a, np.float64, copy=False),
    "view": lambda a: a.view(),
    "broadcast_to": lambda a: np.broadcast_to(a, (2, 4)),
    "broadcast_to same": lambda a: np.broadcast_to(a, (4,)),
    "broadcast_to copied": lambda a: np.broadcast_to(a, (2, 4)).copy(),
    "broadcast_arrays": lambda a: np.broadcast_arrays(a, np.ones(4)),
    "broadcast_arrays row": lambda a: np.broadcast_arrays(a, np.ones((2, 1)))[0][0],
    "split": lambda a: np.split(a, 2),
    "split at": lambda a: np.split(a, [1]),
    "array_split": lambda a: np.array_split(a, 3),
    "hsplit": lambda a: np.hsplit(a, 2),
    "unstack": lambda a: np.unstack(a[None]),
    "concatenate": lambda a: np.concatenate([a]),
    "hstack": lambda a: np.hstack([a]),
    "vstack": lambda a: np.vstack([a]),
    "stack": lambda a: np.stack([a]),
    "dstack": lambda a: np.dstack([a]),
    "column_stack": lambda a: np.column_stack([a]),
    "block": lambda a: np.block(a),
    "block of one": lambda a: np.block([a]),
    "append": lambda a: np.append(a, [1.0]),
    "append nothing": lambda a: np.append(a, []),
    "insert": lambda a: np.insert(a, 1, 5.0),
    "delete": lambda a: np.delete(a, 1),
    "delete nothing": lambda a: np.delete(a, []),
    "r_": lambda a: np.r_[a],
    "c_": lambda a: np.c_[a],
    "flip": lambda a: np.flip(a),
    "flip 0": lambda a: np.flip(a, 0),
    "flipud": lambda a: np.flipud(a),
    "roll": lambda a: np.roll(a, 0),
    "roll 1": lambda a: np.roll(a, 1),
    "trim_zeros": lambda a: np.trim_zeros(a),
    "resize": lambda a: np.resize(a, (4,)),
    "resize 2": lambda a: np.resize(a, (2, 4)),
    "clip": lambda a: np.clip(a, -10.0, 10.0),
    ".clip": lambda a: a.clip(-10.0, 10.0),
    "clip nothing": lambda a: np.clip(a, None, 10.0),
    "round": lambda a: np.round(a * 1.0, 1),
    "fix": lambda a: np.fix(a),
    "positive": lambda a: np.positive(a),
    "pos": lambda a: +a,
    "abs": lambda a: np.abs(a),
    "maximum": lambda a: np.maximum(a, -np.inf),
    "sort": lambda a: np.sort(a),
    "cumsum": lambda a: np.cumsum(a),
    "diff 0": lambda a: np.diff(a, n=0),
    "diff": lambda a: np.diff(a),
    "ediff1d": lambda a: np.ediff1d(a),
    "sum of no axes": lambda a: np.sum(a, axis=()),
    "max of no axes": lambda a: np.max(a, axis=()),
    "sum of one": lambda a: np.sum(a[None], axis=0),
    "mean of one": lambda a: np.mean(a[None], axis=0),
    "max of one": lambda a: np.max(a[None], axis=0),
    "prod of one": lambda a: np.prod(a[None], axis=0),
    "median of one": lambda a: np.median(a[None], axis=0),
    "ptp": lambda a: np.ptp(a[None], axis=0),
    "unique": lambda a: np.unique(a),
    "diag": lambda a: np.diag(a),
    "diagflat": lambda a: np.diagflat(a),
    "tril": lambda a: np.tril(a),
    "ix_": lambda a: np.ix_(a)[0],
    "sliding": lambda a: np.lib.stride_tricks.sliding_window_view(a, 2),
    "sliding to write": lambda a: np.lib.stride_tricks.sliding_window_view(a, 2, writeable=True),
    "dot": lambda a: np.dot(a, 1.0),
    "matmul": lambda a: np.eye(4) @ a,
    "outer": lambda a: np.outer(a, [1.0]),
    "kron": lambda a: np.kron(a, [1.0]),
    "convolve": lambda a: np.convolve(a, [1.0]),
    "interp": lambda a: np.interp([0.0, 1.0], [0.0, 1.0, 2.0, 3.0], a),
    "apply_along_axis": lambda a: np.apply_along_axis(lambda r: r, 0, a),
    "vectorize": lambda a: np.vectorize(lambda t: t)(a),
    "piecewise": lambda a: np.piecewise(a, [a > -9], [lambda t: t]),
    "gradient": lambda a: np.gradient(a),
    "polyadd": lambda a: np.polyadd(a, [0.0]),
    "fill": lambda a: np.asarray([*a]),
    "iter": lambda a: next(iter(a[None])),
    "flat": lambda a: a.flat[:],
    "tolist": lambda a: np.array(a.tolist()),
    "identity of conj": lambda a: np.conj(np.conj(a)),
    "swapaxes": lambda a: a[None].swapaxes(0, 1),
    "permute_dims": lambda a: np.permute_dims(a, (0,)),
    "linalg.matrix_transpose": lambda a: np.matrix_transpose(a[None]),
    "vander": lambda a: np.vander(a, 1),
    "lexsorted": lambda a: a[np.argsort(a)],
    "copyto": lambda a: _copied(a),
    "item": lambda a: a[0:1],
    "zero d": lambda a: a[0, ...],
    "squeezed to 0d": lambda a: a[:1].squeeze(),
    "reshaped to 0d": lambda a: a[:1].reshape(()),
}


def _copied(a: Any) -> Any:
    out = np.zeros(4)
    np.copyto(out, a)
    return out


MATRIX: dict[str, Call] = {
    "T": lambda a: a.T,
    "mT": lambda a: a.mT,
    "transpose": lambda a: np.transpose(a),
    ".transpose": lambda a: a.transpose(1, 0),
    "swapaxes": lambda a: np.swapaxes(a, 0, 1),
    ".swapaxes": lambda a: a.swapaxes(0, 1),
    "moveaxis": lambda a: np.moveaxis(a, 0, 1),
    "rollaxis": lambda a: np.rollaxis(a, 1),
    "matrix_transpose": lambda a: np.matrix_transpose(a),
    "row": lambda a: a[0],
    "column": lambda a: a[:, 0],
    "block": lambda a: a[:2, 1:],
    "reshape": lambda a: a.reshape(-1),
    "reshape of T": lambda a: a.T.reshape(-1),
    "reshape of columns": lambda a: a[:, :2].reshape(-1),
    "reshape of rows": lambda a: a[:2].reshape(-1),
    "reshape F": lambda a: a.reshape(-1, order="F"),
    "reshape A": lambda a: a.T.reshape(-1, order="A"),
    "ravel": lambda a: a.ravel(),
    "ravel of T": lambda a: a.T.ravel(),
    "ravel F": lambda a: a.ravel("F"),
    "ravel F of T": lambda a: a.T.ravel("F"),
    "ravel K of T": lambda a: a.T.ravel("K"),
    "np.ravel A of T": lambda a: np.ravel(a.T, order="A"),
    "flatten": lambda a: a.flatten(),
    "flatten F": lambda a: a.flatten("F"),
    "diagonal": lambda a: np.diagonal(a),
    ".diagonal": lambda a: a.diagonal(),
    "diagonal 1": lambda a: np.diagonal(a, 1),
    "diagonal of T": lambda a: a.T.diagonal(),
    "linalg.diagonal": lambda a: np.linalg.diagonal(a),
    "diag": lambda a: np.diag(a),
    "diag 1": lambda a: np.diag(a, k=1),
    "tril": lambda a: np.tril(a),
    "triu": lambda a: np.triu(a, -9),
    "einsum diagonal": lambda a: np.einsum("ii->i", a),
    "einsum T": lambda a: np.einsum("ij->ji", a),
    "einsum same": lambda a: np.einsum("ij->ij", a),
    "einsum ellipsis": lambda a: np.einsum("...j->j...", a),
    "einsum lists": lambda a: np.einsum(a, [0, 0], [0]),
    "einsum sum": lambda a: np.einsum("ij->j", a),
    "einsum optimized": lambda a: np.einsum("ij->ji", a, optimize=True),
    "rot90": lambda a: np.rot90(a),
    "rot90 0": lambda a: np.rot90(a, 0),
    "rot90 2": lambda a: np.rot90(a, 2),
    "rot90 3": lambda a: np.rot90(a, 3),
    "flip": lambda a: np.flip(a),
    "flip 1": lambda a: np.flip(a, 1),
    "fliplr": lambda a: np.fliplr(a),
    "flipud": lambda a: np.flipud(a),
    "roll": lambda a: np.roll(a, 0, axis=0),
    "squeeze": lambda a: np.squeeze(a[:1]),
    "squeeze 0": lambda a: np.squeeze(a[:1], axis=0),
    "expand_dims": lambda a: np.expand_dims(a, (0, 2)),
    "atleast_2d": lambda a: np.atleast_2d(a),
    "atleast_3d": lambda a: np.atleast_3d(a),
    "ascontiguousarray": lambda a: np.ascontiguousarray(a),
    "ascontiguousarray of T": lambda a: np.ascontiguousarray(a.T),
    "asfortranarray": lambda a: np.asfortranarray(a),
    "asfortranarray of T": lambda a: np.asfortranarray(a.T),
    "array order F": lambda a: np.array(a, order="F", copy=None),
    "asarray order F": lambda a: np.asarray(a, order="F"),
    "asarray order C of T": lambda a: np.asarray(a.T, order="C"),
    "asarray order K of T": lambda a: np.asarray(a.T, order="K"),
    "require F": lambda a: np.require(a, requirements="F"),
    "require of T": lambda a: np.require(a.T, None, "C"),
    "require own": lambda a: np.require(a[:2], requirements=["O"]),
    "astype order": lambda a: a.astype(float, order="F", copy=False),
    "vsplit": lambda a: np.vsplit(a, 3),
    "hsplit": lambda a: np.hsplit(a, 3),
    "dsplit": lambda a: np.dsplit(a[..., None], 1),
    "array_split": lambda a: np.array_split(a, 2, axis=1),
    "unstack": lambda a: np.unstack(a),
    "unstack 1": lambda a: np.unstack(a, axis=1),
    "unpack": lambda a: [*a],
    "hstack": lambda a: np.hstack([a]),
    "vstack": lambda a: np.vstack([a]),
    "block of one": lambda a: np.block([[a]]),
    "compress": lambda a: np.compress([True, True, True], a, axis=0),
    "take": lambda a: np.take(a, [0, 1, 2], axis=1),
    "take one": lambda a: np.take(a, 0, axis=0),
    "repeat": lambda a: np.repeat(a, 1, axis=1),
    "tile": lambda a: np.tile(a, (1, 1)),
    "pad": lambda a: np.pad(a, ((0, 0), (0, 0))),
    "pad one side": lambda a: np.pad(a, ((0, 0), (0, 1))),
    "broadcast_to": lambda a: np.broadcast_to(a, (2, 3, 3)),
    "delete": lambda a: np.delete(a, [], axis=0),
    "insert": lambda a: np.insert(a, 0, 1.0, axis=1),
    "sum of one axis": lambda a: np.sum(a[:, None], axis=1),
    "max of one axis": lambda a: np.max(a[:, None], axis=1),
    "cov": lambda a: np.cov(a),
    "inv": lambda a: np.linalg.inv(a),
    "matrix_power 1": lambda a: np.linalg.matrix_power(a, 1),
    "matrix_power 0": lambda a: np.linalg.matrix_power(a, 0),
    "multi_dot": lambda a: np.linalg.multi_dot([a, np.eye(3)]),
    "tensordot": lambda a: np.tensordot(a, 1.0, 0),
    "mask": lambda a: a[np.ones((3, 3), bool)],
    "index arrays": lambda a: a[np.ix_([0, 1], [0, 1])],
    "mixed": lambda a: a[[0, 1], :],
    "lower part": lambda a: a[np.tril_indices(3)],
}


def _weights(shape: tuple[int, ...]) -> Any:
    return 1.0 + np.arange(float(np.prod(shape, dtype=int))).reshape(shape) % 7


def _parts(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (list, tuple)) else [result]


def _source_first(call: Call) -> Any:
    """The source is written to, and the result read."""

    def f(x):
        a = x * 1.0
        parts = _parts(call(a))
        a[0] = a[1] * 3.0
        a[-1] += 2.0
        return sum([np.sum(p * _weights(np.shape(p))) for p in parts])

    return f


def _result_first(call: Call) -> Any:
    """The result is written to, and the source read."""

    def f(x):
        a = x * 1.0
        parts = _parts(call(a))
        p = parts[-1]
        p[...] = p * p
        p *= 1.5
        if p.ndim:
            p[-1] = 2.5
        return np.sum(a * _weights(a.shape)) + np.sum(p * _weights(p.shape))

    return f


def _numeric(f: Any, x: np.ndarray) -> np.ndarray:
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[place] = 1e-3
        # A polynomial of low degree, but for `inv`: four points give it to rounding.
        one, two = f(x + step) - f(x - step), f(x + 2 * step) - f(x - 2 * step)
        slopes[place] = (8 * one - two) / 12e-3
    return slopes


REFUSED = {
    "meshgrid no copy": UnsupportedError,  # NumPy lets one write into what overlaps itself
    "broadcast_arrays row": UnsupportedError,
    "sliding to write": UnsupportedError,
    "reshape A": UnsupportedError,
}


def _check(f: Any, x: np.ndarray) -> None:
    try:
        want = f(x)
    except ValueError as error:
        with pytest.raises(ValueError, match=str(error)[:20].replace("(", r"\(")):
            value_and_grad(f)(x)
        return
    have, slope = value_and_grad(f)(x)
    np.testing.assert_allclose(have, want, rtol=1e-6 if "float32" in repr(want) else 1e-13)
    np.testing.assert_allclose(slope, _numeric(f, x), rtol=1e-4, atol=1e-6)


V = np.array([0.3, 1.7, -2.4, 0.9])


M = np.array([[0.3, 1.7, -2.4], [0.9, -1.1, 0.6], [2.2, 0.1, 1.4]])


CALLS = [("vector", n) for n in VECTOR] + [("matrix", n) for n in MATRIX]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("kind", "name"), CALLS)
def test_views_and_copies(kind: str, name: str) -> None:
    call, x = (VECTOR[name], V) if kind == "vector" else (MATRIX[name], M)
    if not hasattr(np, "unstack") and "unstack" in name:
        pytest.skip("a NumPy without unstack")
    if name in REFUSED:
        with pytest.raises(REFUSED[name]):
            value_and_grad(_result_first(call))(x)
    else:
        _check(_result_first(call), x)
    if name not in ("sliding to write", "reshape A"):
        _check(_source_first(call), x)
