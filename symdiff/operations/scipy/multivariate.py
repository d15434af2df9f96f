"""Entries for distributions of vectors in `scipy.stats`: the multivariate normal, Dirichlet's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.signatures import refuse
from .stats import as_operand

_LOG_ROOT_2PI = 0.5 * math.log(2 * math.pi)


def _enter(name: str, lower: Any, samples: Any) -> None:
    TABLE.add(
        StructuralEntry(
            name=name.replace(".", "_"),
            names=(f"scipy.stats.{name}",),
            lower=lower,
            samples=samples,
        )
    )


# -- the multivariate normal


def _moved(
    ops: Ops, x: Any, mean: Any, cov: Any, settings: dict[str, Any]
) -> tuple[Any, Any, tuple[int, ...]]:
    """The points less the mean, one in a row, their covariance matrix, and their shape."""
    settings.pop("allow_singular", None)
    refuse("multivariate_normal", settings, {})
    x = as_operand(ops, x)
    mean = None if mean is None else as_operand(ops, mean)
    cov = as_operand(ops, cov)
    covariance, shape = ops.aval(cov), ops.aval(x).shape
    size = max(
        1 if mean is None else ops.aval(mean).size,
        1 if not covariance.ndim else covariance.shape[0],
    )
    if size == 1 or covariance.ndim == 0 or covariance.ndim == 1:
        spread = ops.mul(cov, np.eye(size)) if size > 1 else ops.reshape(cov, shape=(1, 1))
    else:
        spread = cov
    if size == 1 and (not shape or shape[-1] != 1):
        x = ops.reshape(x, shape=(*shape, 1))
    moved = x if mean is None else ops.sub(x, ops.reshape(mean, shape=(size,)))
    lead = ops.aval(moved).shape[:-1]
    return ops.reshape(moved, shape=(math.prod(lead), size)), spread, lead


def _lacking(ops: Ops, spread: Any, allow_singular: Any) -> int | None:
    """The rank of a singular matrix, where one is allowed; else `None`."""
    if not ops.known(allow_singular):
        return None
    rank = int(ops.known(ops.covariance_rank(spread)))
    return rank if rank < ops.aval(spread).shape[0] else None


def _spectrum(covariance: Any) -> tuple[Any, Any, float]:
    """Eigenvalues, eigenvectors, and what SciPy takes for zero beside the largest."""
    values, vectors = np.linalg.eigh(np.asarray(covariance, float))
    return values, vectors, float(1e6 * np.finfo(float).eps * np.max(np.abs(values)))


def _rank(covariance: Any) -> Any:
    """The rank as SciPy counts it: the eigenvalues beyond rounding of the largest."""
    values, _, zero = _spectrum(covariance)
    return np.int64(np.sum(values > zero))


TABLE.add(
    StructuralEntry(
        name="covariance_rank",
        numpy=_rank,
        infer=lambda x: Aval.of((), "int64"),
        pullback=lambda ops, ct, result, x: (None,),
        pushforward=lambda ops, tangents, result, x: None,
        samples=lambda rng: [((np.diag([1.0, 2.0, 0.0]),), {})],
    )
)


def _whitening(covariance: Any, *, rank: int) -> Any:
    values, vectors, _ = _spectrum(covariance)
    return vectors[:, -rank:] / np.sqrt(values[-rank:]) if rank else vectors[:, :0]


def _not_of_the_matrix(*args: Any, **kwargs: Any) -> Any:
    raise UnsupportedError(
        "the derivative of `multivariate_normal` in a covariance matrix that is singular is not "
        "supported",
        why="where its rank changes the density jumps: it has no derivative in the matrix",
        remedy="leave out the directions in which nothing varies, or add a small multiple of "
        "the identity",
    )


def _of_singular(name: str, value: Any, infer: Any) -> None:
    """What is computed of a singular covariance matrix, and has no derivative in it."""
    TABLE.add(
        StructuralEntry(
            name=name,
            numpy=value,
            infer=infer,
            pullback=_not_of_the_matrix,
            pushforward=_not_of_the_matrix,
        )
    )


_of_singular(
    "singular_whitening",
    _whitening,
    lambda x, *, rank: Aval.of((x.shape[0], rank), "float64"),
)
_of_singular(
    "singular_null_space",
    lambda x, *, rank: _spectrum(x)[1][:, : len(x) - rank],
    lambda x, *, rank: Aval.of((x.shape[0], x.shape[0] - rank), "float64"),
)
_of_singular(
    "singular_log_volume",
    lambda x, *, rank: np.sum(np.log(_spectrum(x)[0][len(x) - rank :])),
    lambda x, *, rank: Aval.of((), "float64"),
)
_of_singular(
    "singular_tolerance",
    lambda x, *, rank: np.float64(1e3 * _spectrum(x)[2]),
    lambda x, *, rank: Aval.of((), "float64"),
)


def _singular_logpdf(ops: Ops, moved: Any, spread: Any, rank: int) -> Any:
    """The density over the plane in which the points vary; there is nothing beside it."""

    def length(part: Any) -> Any:
        return ops.sum(ops.mul(part, part), axis=(1,), keepdims=False)

    distance = length(ops.matmul(moved, ops.singular_whitening(spread, rank=rank)))
    volume = ops.singular_log_volume(spread, rank=rank)
    log = ops.div(ops.add(distance, ops.add(volume, 2 * rank * _LOG_ROOT_2PI)), -2.0)
    beside = length(ops.matmul(moved, ops.singular_null_space(spread, rank=rank)))
    tolerance = ops.singular_tolerance(spread, rank=rank)
    return ops.where(ops.lt(beside, ops.mul(tolerance, tolerance)), log, -math.inf)


def _mvn_logpdf(
    ops: Ops, x: Any, mean: Any = None, cov: Any = 1, allow_singular: Any = False, **more: Any
) -> Any:
    moved, spread, lead = _moved(ops, x, mean, cov, {"allow_singular": allow_singular, **more})
    size = ops.aval(moved).shape[1]
    rank = _lacking(ops, spread, allow_singular)
    if rank is not None:
        return ops.reshape(_singular_logpdf(ops, moved, spread, rank), shape=lead)
    factor = ops.cholesky(spread)
    flat = ops.transpose(moved, axes=None)
    white = ops.solve_triangular(factor, flat, trans=0, lower=True, unit=False)
    distance = ops.sum(ops.mul(white, white), axis=(0,), keepdims=False)
    volume = ops.sum(ops.log(ops.diag(factor)), axis=None, keepdims=False)
    log = ops.sub(ops.div(distance, -2.0), ops.add(volume, size * _LOG_ROOT_2PI))
    return ops.reshape(log, shape=lead)


def _mvn_cdf(
    ops: Ops, x: Any, mean: Any = None, cov: Any = 1, allow_singular: Any = False, **more: Any
) -> Any:
    """In one dimension by `ndtr`, in two by Plackett's formula.

    Raises:
        UnsupportedError: there are more dimensions, and SciPy integrates with random points.
    """
    moved, spread, lead = _moved(ops, x, mean, cov, {"allow_singular": allow_singular, **more})
    size = ops.aval(moved).shape[1]
    if _lacking(ops, spread, allow_singular) is not None:
        raise UnsupportedError(
            "`multivariate_normal.cdf` of a covariance matrix that is singular is not supported",
            remedy="leave out the directions in which nothing varies",
        )
    if size > 2:
        raise UnsupportedError(
            f"`multivariate_normal.cdf` in {size} dimensions has no derivative rule",
            why="SciPy integrates it with random points: it is no function of its arguments alone",
            remedy="write it for two dimensions at a time, or use detach(...)",
        )
    deviations = ops.sqrt(ops.diag(spread))
    scaled = ops.div(moved, deviations)
    columns = [ops.getitem(scaled, index=(("slice", None, None, None), k)) for k in range(size)]
    if size == 1:
        return ops.reshape(ops.ndtr(columns[0]), shape=lead)
    one, other = [ops.getitem(deviations, index=(k,)) for k in range(2)]
    sides = [ops.getitem(spread, index=(k, 1 - k)) for k in range(2)]
    covariance = ops.div(ops.add(*sides), 2.0)
    correlation = ops.div(covariance, ops.mul(one, other))
    return ops.reshape(ops.binormal(*columns, correlation), shape=lead)


def _mvn_samples(rng: Any) -> Any:
    x = rng.normal(size=(3, 3))
    cov = x @ x.T + 2.0 * np.eye(3)
    return [
        ((rng.normal(size=3), rng.normal(size=3), cov), {}),
        ((rng.normal(size=(4, 3)), rng.normal(size=3), cov), {}),
        ((rng.normal(size=3), rng.normal(size=3), 2.0), {}),
    ]


def _mvn_plane_samples(rng: Any) -> Any:
    cov = np.array([[1.5, 0.4], [0.4, 0.8]])
    return [
        ((rng.normal(size=2), rng.normal(size=2), cov), {}),
        ((rng.normal(size=(4, 2)), rng.normal(size=2), -cov + 3 * np.diag(np.diag(cov))), {}),
        ((rng.normal(size=2), rng.normal(size=2), 2.0), {}),
        ((rng.normal(size=3), 0.3, 2.0), {}),
    ]


_enter("multivariate_normal.logpdf", _mvn_logpdf, _mvn_samples)
_enter("multivariate_normal.cdf", _mvn_cdf, _mvn_plane_samples)
_enter(
    "multivariate_normal.logcdf",
    lambda ops, *args, **named: ops.log(_mvn_cdf(ops, *args, **named)),
    _mvn_plane_samples,
)
_enter(
    "multivariate_normal.pdf",
    lambda ops, *args, **named: ops.exp(_mvn_logpdf(ops, *args, **named)),
    _mvn_samples,
)


# -- Dirichlet's, over the numbers that add up to 1


def _dirichlet_logpdf(ops: Ops, x: Any, alpha: Any) -> Any:
    x, alpha = as_operand(ops, x), as_operand(ops, alpha)
    shape, (n,) = ops.aval(x).shape, ops.aval(alpha).shape
    if shape not in ((n,), (n - 1,)):
        raise UnsupportedError(
            f"`dirichlet.logpdf` of shapes {shape} and {(n,)} is not supported",
            remedy="call it for one point at a time",
        )
    if shape == (n - 1,):  # the last follows from the others
        last = ops.sub(1.0, ops.sum(x, axis=None, keepdims=False))
        x = ops.concatenate(x, ops.reshape(last, shape=(1,)), axis=0)
    terms = ops.sub(ops.xlogy(ops.sub(alpha, 1.0), x), ops.lgamma(alpha))
    whole = ops.lgamma(ops.sum(alpha, axis=None, keepdims=False))
    return ops.add(ops.sum(terms, axis=None, keepdims=False), whole)


def _dirichlet_samples(rng: Any) -> Any:
    return [((np.array([0.3, 0.7 - k]), rng.uniform(0.5, 3.0, 3)), {}) for k in (0.2, 0.4)]


_enter("dirichlet.logpdf", _dirichlet_logpdf, _dirichlet_samples)
_enter(
    "dirichlet.pdf",
    lambda ops, x, alpha: ops.exp(_dirichlet_logpdf(ops, x, alpha)),
    _dirichlet_samples,
)
