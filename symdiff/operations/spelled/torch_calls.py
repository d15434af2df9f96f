"""Entries for what `torch` and `jax.nn` have and NumPy has not, or has under another meaning."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.signatures import axes_of, ints_of

_F = "torch.nn.functional."


def _compose(name: str, lower: Any, names: tuple[str, ...], samples: Any) -> None:
    """Enter a composition; its meaning of a name goes before NumPy's."""
    for known in names:
        TABLE.by_call.pop(known, None)
    TABLE.add(StructuralEntry(name=name, names=names, lower=lower, samples=samples))


def _one(rng: Any) -> Any:
    return [((rng.normal(size=(2, 3)),), {}), ((0.7,), {})]


# -- activations


def _leaky_relu(ops: Ops, x: Any, negative_slope: Any = 0.01, inplace: Any = False) -> Any:
    return ops.where(ops.gt(x, 0), x, ops.mul(x, negative_slope))


def _elu(ops: Ops, x: Any, alpha: Any = 1.0, inplace: Any = False) -> Any:
    positive = ops.gt(x, 0)
    return ops.where(positive, x, ops.mul(alpha, ops.expm1(ops.where(positive, 0.0, x))))


def _selu(ops: Ops, x: Any, inplace: Any = False) -> Any:
    return ops.mul(1.0507009873554805, _elu(ops, x, 1.6732632423543772))


def _gelu(ops: Ops, x: Any) -> Any:
    return ops.mul(x, ops.ndtr(x))


def _gelu_tanh(ops: Ops, x: Any) -> Any:
    inner = ops.mul(math.sqrt(2 / math.pi), ops.add(x, ops.mul(0.044715, ops.pow(x, 3))))
    return ops.mul(ops.mul(0.5, x), ops.add(1.0, ops.tanh(inner)))


def _torch_gelu(ops: Ops, x: Any, approximate: str = "none") -> Any:
    return _gelu(ops, x) if approximate == "none" else _gelu_tanh(ops, x)


def _jax_gelu(ops: Ops, x: Any, approximate: Any = True) -> Any:
    return _gelu_tanh(ops, x) if approximate else _gelu(ops, x)


def _silu(ops: Ops, x: Any, inplace: Any = False) -> Any:
    return ops.mul(x, ops.sigmoid(x))


_ACTIVATIONS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("leaky_relu", _leaky_relu, (_F + "leaky_relu", "jax.nn.leaky_relu")),
    ("elu", _elu, (_F + "elu", "jax.nn.elu")),
    ("selu", _selu, (_F + "selu", "jax.nn.selu", "torch.selu")),
    ("torch_gelu", _torch_gelu, (_F + "gelu",)),
    ("jax_gelu", _jax_gelu, ("jax.nn.gelu",)),
    ("silu", _silu, (_F + "silu", "jax.nn.silu", "jax.nn.swish")),
)
for _name, _rule, _names in _ACTIVATIONS:
    _compose(_name, _rule, _names, _one)
_compose(
    "rsqrt",
    lambda ops, x: ops.div(1.0, ops.sqrt(x)),
    ("torch.rsqrt",),
    lambda rng: [((rng.uniform(0.5, 2.0, 3),), {})],
)

# -- statistics: torch divides by n - 1, and gives places with extremes


def _variance(ops: Ops, x: Any, dim: Any, more: dict[str, Any], root: bool) -> Any:
    unbiased = more.pop("unbiased", None)
    correction = more.pop("correction", 1 if unbiased is None else int(bool(unbiased)))
    keepdims = more.pop("keepdims", more.pop("keepdim", False))
    dim = more.pop("axis", dim)
    if isinstance(dim, bool):
        dim, correction = None, int(dim)
    if more:
        raise UnsupportedError(f"`std` with `{next(iter(more))}` is not supported")
    return ops.apply(
        "std" if root else "var",
        x,
        axis=axes_of(dim),
        ddof=correction,
        keepdims=bool(keepdims),
    )


def _sample_matrix(rng: Any) -> Any:
    return [((rng.normal(size=(2, 3)),), {}), ((rng.normal(size=(2, 3)), 1), {})]


_compose(
    "torch_var",
    lambda ops, x, dim=None, **more: _variance(ops, x, dim, more, False),
    ("torch.var",),
    _sample_matrix,
)
_compose(
    "torch_std",
    lambda ops, x, dim=None, **more: _variance(ops, x, dim, more, True),
    ("torch.std",),
    _sample_matrix,
)
# -- shapes


def _transpose(ops: Ops, x: Any, dim0: int, dim1: int) -> Any:
    return ops.swapaxes(x, dim0, dim1)


def _expand(ops: Ops, x: Any, *sizes: Any) -> Any:
    wanted, have = ints_of(sizes), ops.aval(x).shape
    have = (1,) * (len(wanted) - len(have)) + have
    shape = tuple(h if w == -1 else w for w, h in zip(wanted, have, strict=True))
    return ops.broadcast_to(x, shape=shape)


def _masked_fill(ops: Ops, x: Any, mask: Any, value: Any) -> Any:
    return ops.where(mask, value, x)


def _itself(ops: Ops, x: Any, *args: Any, **kwargs: Any) -> Any:
    return x


_compose(
    "torch_transpose",
    _transpose,
    ("torch.transpose",),
    lambda rng: [((rng.normal(size=(2, 3)), 0, 1), {})],
)
_compose(
    "expand",
    _expand,
    (".expand",),
    lambda rng: [((rng.normal(size=(3, 1)), 3, 2), {}), ((rng.normal(size=3), (2, -1)), {})],
)
_compose(
    "expand_as",
    lambda ops, x, other: ops.broadcast_to(x, shape=ops.aval(other).shape),
    ("torch.expand_as",),
    lambda rng: [((rng.normal(size=3), np.ones((2, 3))), {})],
)
_compose(
    "view_as",
    lambda ops, x, other: ops.reshape(x, shape=ops.aval(other).shape),
    ("torch.view_as",),
    lambda rng: [((rng.normal(size=6), np.ones((2, 3))), {})],
)
_compose(
    "masked_fill",
    _masked_fill,
    ("torch.masked_fill",),
    lambda rng: [((rng.normal(size=3), np.array([True, False, True]), 0.5), {})],
)
_compose(
    "tensor_where",
    lambda ops, x, condition, other: ops.where(condition, x, other),
    ("torch.Tensor.where",),
    lambda rng: [((rng.normal(size=3), np.array([True, False, True]), rng.normal(size=3)), {})],
)
_compose(
    "tensor_itself",
    _itself,
    (".cpu", ".numpy", ".contiguous", ".requires_grad_", ".block_until_ready"),
    lambda rng: [((rng.normal(size=3),), {})],
)
_compose(
    "double",
    lambda ops, x: ops.cast(x, dtype="float64") if ops.aval(x).dtype != "float64" else x,
    (".double",),
    None,
)
_compose("float_single", lambda ops, x: ops.cast(x, dtype="float32"), (".float",), None)
_compose("tensor_dim", lambda ops, x: ops.aval(x).ndim, (".dim", ".ndimension"), None)
_compose("tensor_numel", lambda ops, x: ops.aval(x).size, (".numel", "torch.numel"), None)

# -- losses and layers


def _reduced(ops: Ops, x: Any, reduction: str) -> Any:
    if reduction == "none":
        return x
    if reduction not in ("mean", "sum"):
        raise UnsupportedError(f"a loss with reduction={reduction!r} is not supported")
    return ops.apply(reduction, x, axis=None, keepdims=False)


def _mse_loss(ops: Ops, x: Any, target: Any, *, reduction: str = "mean") -> Any:
    return _reduced(ops, ops.square(ops.sub(x, target)), reduction)


def _l1_loss(ops: Ops, x: Any, target: Any, *, reduction: str = "mean") -> Any:
    return _reduced(ops, ops.abs(ops.sub(x, target)), reduction)


def _cross_entropy_with_logits(ops: Ops, x: Any, target: Any, *, reduction: str = "mean") -> Any:
    # max(x, 0) - x*t + log(1 + exp(-|x|))
    return _reduced(ops, ops.sub(ops.mul(ops.sub(1.0, target), x), ops.log_expit(x)), reduction)


def _binary_cross_entropy(ops: Ops, x: Any, target: Any, *, reduction: str = "mean") -> Any:
    one = ops.mul(target, ops.log(x))
    other = ops.mul(ops.sub(1.0, target), ops.log1p(ops.neg(x)))
    return _reduced(ops, ops.neg(ops.add(one, other)), reduction)


def _picked(ops: Ops, log: Any, target: Any) -> Any:
    rows = np.arange(ops.aval(log).shape[0])
    return ops.neg(ops.getitem(log, rows, target, index=(("array", 0), ("array", 1))))


def _nll_loss(ops: Ops, log: Any, target: Any, *, reduction: str = "mean") -> Any:
    return _reduced(ops, _picked(ops, log, target), reduction)


def _cross_entropy(ops: Ops, x: Any, target: Any, *, reduction: str = "mean") -> Any:
    if ops.aval(x).ndim != 2:
        raise UnsupportedError("`cross_entropy` of scores that are not a matrix is not supported")
    log = ops.log_softmax(x, 1)
    if ops.aval(target).is_inexact:
        each = ops.neg(ops.sum(ops.mul(log, target), axis=(1,), keepdims=False))
    else:
        each = _picked(ops, log, target)
    return _reduced(ops, each, reduction)


def _linear(ops: Ops, x: Any, weight: Any, bias: Any = None) -> Any:
    y = ops.matmul(x, ops.transpose(weight, axes=None))
    return y if bias is None else ops.add(y, bias)


def _addmm(ops: Ops, x: Any, a: Any, b: Any) -> Any:
    return ops.add(x, ops.matmul(a, b))


def _logdet(ops: Ops, a: Any) -> Any:
    return ops.log_abs_det(a)


def _two(rng: Any) -> Any:
    return [((rng.normal(size=4), rng.uniform(0.1, 0.9, 4)), {})]


def _classes(rng: Any) -> Any:
    return [((rng.normal(size=(3, 4)), np.array([1, 0, 3])), {})]


_LAYERS: tuple[tuple[str, Any, tuple[str, ...], Any], ...] = (
    ("mse_loss", _mse_loss, (_F + "mse_loss",), _two),
    ("l1_loss", _l1_loss, (_F + "l1_loss",), _two),
    (
        "cross_entropy_with_logits",
        _cross_entropy_with_logits,
        (_F + "binary_cross_entropy_with_logits",),
        _two,
    ),
    (
        "binary_cross_entropy",
        _binary_cross_entropy,
        (_F + "binary_cross_entropy",),
        lambda rng: [((rng.uniform(0.1, 0.9, 4), rng.uniform(0.1, 0.9, 4)), {})],
    ),
    ("nll_loss", _nll_loss, (_F + "nll_loss",), _classes),
    ("cross_entropy", _cross_entropy, (_F + "cross_entropy",), _classes),
    (
        "linear",
        _linear,
        (_F + "linear",),
        lambda rng: [((rng.normal(size=(2, 3)), rng.normal(size=(4, 3)), rng.normal(size=4)), {})],
    ),
    (
        "addmm",
        _addmm,
        ("torch.addmm",),
        lambda rng: [((rng.normal(size=2), rng.normal(size=(3, 4)), rng.normal(size=(4, 2))), {})],
    ),
    (
        "logdet",
        _logdet,
        ("torch.logdet",),
        lambda rng: [((rng.normal(size=(3, 3)) + 4 * np.eye(3),), {})],
    ),
)
for _name, _rule, _names, _samples in _LAYERS:
    _compose(_name, _rule, _names, _samples)
