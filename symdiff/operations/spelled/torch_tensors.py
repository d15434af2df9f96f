"""More of what `torch` has and NumPy has not: values with their places, norms, parts, layers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..reductions.running import pick
from ..table.entry import Ops
from ..table.lowering import along, draw, section
from ..table.signatures import axes_of, ints_of
from .torch_calls import _F, _compose, _reduced, _variance

_MATRIX = draw((((2, 3),), {}), (((3, 4),), {"axis": 1}))


class Ordered(NamedTuple):
    """Values and where they were found, as torch gives them for one dimension."""

    values: Any
    indices: Any


def _places(name: str, torch_name: str, lower: Any, samples: Any = _MATRIX) -> None:
    _compose(name, lower, (f"torch.{torch_name}",), samples)


# -- values with their places


def _extreme(name: str) -> Any:
    def lower(
        ops: Ops, x: Any, other: Any = None, keepdims: Any = False, *, axis: Any = None
    ) -> Any:
        if type(other) is int:
            axis, other = other, None
        if other is not None:
            return ops.apply(f"{name}imum", x, other)
        if axis is None:
            return ops.apply(name, x, axis=None, keepdims=False)
        values = ops.apply(name, x, axis=(axis,), keepdims=bool(keepdims))
        indices = ops.apply(f"arg{name}", x, axis=axis)
        return Ordered(values, ops.expand_dims(indices, axis) if keepdims else indices)

    return lower


def _sort(ops: Ops, x: Any, axis: Any = -1, descending: Any = False, stable: Any = None) -> Any:
    k = axis % ops.aval(x).ndim
    order = ops.argsort(ops.neg(x) if descending else x, axis=k, stable=True)
    return Ordered(pick(ops, x, order, k), order)


def _topk(ops: Ops, x: Any, k: Any, axis: Any = -1, largest: Any = True, sorted: Any = True) -> Any:
    n = axis % ops.aval(x).ndim
    values, order = _sort(ops, x, n, largest)
    return Ordered(section(ops, values, n, 0, k), section(ops, order, n, 0, k))


def _kth(ops: Ops, x: Any, k: int, axis: Any, keepdims: Any) -> Any:
    n = axis % ops.aval(x).ndim
    found = Ordered(*[ops.getitem(v, index=along(n, k)) for v in _sort(ops, x, n)])
    return Ordered(*[ops.expand_dims(v, n) for v in found]) if keepdims else found


def _median(ops: Ops, x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Of an even number the lower one in the middle."""
    if axis is None:
        flat = ops.reshape(x, shape=(ops.aval(x).size,))
        return _kth(ops, flat, (ops.aval(x).size - 1) // 2, 0, False).values
    return _kth(ops, x, (ops.aval(x).shape[axis] - 1) // 2, axis, keepdims)


def _running(name: str, largest: bool) -> Any:
    def lower(ops: Ops, x: Any, axis: Any) -> Any:
        k = axis % ops.aval(x).ndim
        leaders = ops.leaders(x, axis=k, largest=largest)
        return Ordered(pick(ops, x, leaders, k), leaders)

    return lower


for _name in ("max", "min"):
    _places(f"torch_{_name}_along", _name, _extreme(_name))
_places("torch_sort", "sort", _sort)
_places("torch_median", "median", _median)
_places("torch_topk", "topk", _topk, draw((((3, 4), 2), {}), (((4, 3), 2), {"axis": 0})))
_places(
    "torch_kthvalue",
    "kthvalue",
    lambda ops, x, k, axis=-1, keepdims=False: _kth(ops, x, k - 1, axis, keepdims),
    draw((((3, 4), 2), {})),
)
_places("torch_cummax", "cummax", _running("max", True), draw((((3, 4), 1), {})))
_places("torch_cummin", "cummin", _running("min", False), draw((((3, 4), 1), {})))


def _moments(root: bool) -> Any:
    def lower(ops: Ops, x: Any, axis: Any = None, **more: Any) -> Any:
        keep = bool(more.get("keepdims", False))
        mean = ops.mean(x, axis=axes_of(axis), keepdims=keep)
        return _variance(ops, x, axis, dict(more), root), mean

    return lower


_compose("torch_var_mean", _moments(False), ("torch.var_mean",), _MATRIX)
_compose("torch_std_mean", _moments(True), ("torch.std_mean",), _MATRIX)


# -- norms: of all elements as one vector, whatever the shape


def _norm(ops: Ops, x: Any, p: Any = "fro", axis: Any = None, keepdims: Any = False) -> Any:
    if p == "nuc":
        return ops.linalg_norm(x, "nuc", axis=axis, keepdims=keepdims)
    order = 2 if p in ("fro", None) else p
    return ops.vector_norm(x, axis=axis, keepdims=keepdims, ord=order)


_compose(
    "torch_norm",
    _norm,
    ("torch.norm", ".norm"),
    draw((((2, 3),), {}), (((2, 3), 1), {}), (((2, 3),), {"axis": 1, "p": 3})),
)


def _normalize(ops: Ops, x: Any, p: Any = 2.0, axis: Any = 1, eps: Any = 1e-12) -> Any:
    size = ops.vector_norm(x, axis=axis, keepdims=True, ord=p)
    return ops.div(x, ops.maximum(size, eps))


def _cosine(ops: Ops, a: Any, b: Any, axis: Any = 1, eps: Any = 1e-8) -> Any:
    sizes = [ops.maximum(ops.norm(v, axis=(axis,), keepdims=False), eps) for v in (a, b)]
    return ops.div(
        ops.sum(ops.mul(a, b), axis=(axis,), keepdims=False), ops.mul(sizes[0], sizes[1])
    )


_PAIR = draw((((3, 4), (3, 4)), {}))
_compose("torch_normalize", _normalize, (_F + "normalize",), draw((((3, 4),), {})))
_compose("cosine_similarity", _cosine, (_F + "cosine_similarity", "torch.cosine_similarity"), _PAIR)


# -- parts


def _split(ops: Ops, x: Any, size: Any, axis: Any = 0) -> Any:
    n = ops.aval(x).shape[axis]
    sizes = ints_of((size,)) if np.ndim(size) else None
    cuts = np.cumsum(sizes)[:-1] if sizes else np.arange(int(size), n, int(size))
    return tuple(ops.array_split(x, [int(c) for c in cuts], axis))


def _chunk(ops: Ops, x: Any, chunks: Any, axis: Any = 0) -> Any:
    return _split(ops, x, -(-ops.aval(x).shape[axis] // chunks), axis)


def _unbind(ops: Ops, x: Any, axis: Any = 0) -> Any:
    k = axis % ops.aval(x).ndim
    return tuple([ops.getitem(x, index=along(k, j)) for j in range(ops.aval(x).shape[k])])


def _index_select(ops: Ops, x: Any, axis: Any, places: Any) -> Any:
    return ops.getitem(x, places, index=along(axis % ops.aval(x).ndim, ("array", 0)))


def _gather(ops: Ops, x: Any, axis: Any, places: Any) -> Any:
    wide, k = ops.aval(places).shape, axis % ops.aval(x).ndim
    arrays = [
        places if j == k else np.arange(n).reshape([-1 if i == j else 1 for i in range(len(wide))])
        for j, n in enumerate(wide)
    ]
    return ops.getitem(x, *arrays, index=tuple(("array", j) for j in range(len(wide))))


def _masked_select(ops: Ops, x: Any, mask: Any) -> Any:
    chosen = np.broadcast_to(np.asarray(ops.known(mask)), ops.aval(x).shape)
    return ops.getitem(x, chosen, index=(("mask", 0, int(np.count_nonzero(chosen)), chosen.ndim),))


def _flatten(ops: Ops, x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    shape = ops.aval(x).shape
    start, end = start_dim % max(len(shape), 1), end_dim % max(len(shape), 1)
    size = int(np.prod(shape[start : end + 1], dtype=int))
    return ops.reshape(x, shape=(*shape[:start], size, *shape[end + 1 :]))


def _flip(ops: Ops, x: Any, *axes: Any, axis: Any = None) -> Any:
    return ops.flip(x, axis=ints_of(axes) if axes else axes_of(axis))


def _to(ops: Ops, x: Any, *args: Any, **more: Any) -> Any:
    """Another dtype, named as torch or NumPy name it; where a tensor lies is nothing here."""
    wanted = [more.get("dtype"), *args]
    names = [str(w).removeprefix("torch.") for w in wanted if _is_dtype(w)]
    return ops.cast(x, dtype=np.dtype(names[0]).name) if names else x


def _is_dtype(value: Any) -> bool:
    return isinstance(value, np.dtype) or str(value).startswith("torch.float")


_PARTS: tuple[tuple[str, Any, Any], ...] = (
    ("split", _split, draw((((5, 2), 2), {}), (((2, 5), [1, 4]), {"axis": 1}))),
    ("chunk", _chunk, draw((((5, 2), 2), {}))),
    ("unbind", _unbind, draw((((2, 3),), {}))),
    (
        "index_select",
        _index_select,
        lambda rng: [((rng.normal(size=(2, 3)), 1, np.array([2, 0])), {})],
    ),
    ("gather", _gather, lambda rng: [((rng.normal(size=(2, 3)), 1, np.array([[2], [0]])), {})]),
    (
        "masked_select",
        _masked_select,
        lambda rng: [((rng.normal(size=3), np.array([True, False, True])), {})],
    ),
    (
        "repeat_interleave",
        lambda ops, x, repeats, axis=None: ops.repeat(x, repeats, axis),
        draw((((2, 3), 2), {"axis": 1})),
    ),
    ("movedim", lambda ops, x, a, b: ops.moveaxis(x, a, b), draw((((2, 3, 4), 0, 2), {}))),
    ("clamp_min", lambda ops, x, low: ops.maximum(x, low), draw((((2, 3), 0.1), {}))),
    ("clamp_max", lambda ops, x, high: ops.minimum(x, high), draw((((2, 3), 0.1), {}))),
)
for _name, _rule, _samples in _PARTS:
    _compose(f"torch_{_name}", _rule, (f"torch.{_name}", f".{_name}"), _samples)
_compose(
    "torch_flatten",
    _flatten,
    ("torch.flatten",),
    draw((((2, 3, 4),), {}), (((2, 3, 4), 1), {})),
)
_compose("torch_flip", _flip, ("torch.flip", ".flip"), draw((((2, 3), 1), {})))
_compose("torch_to", _to, (".to", ".type"), None)
_compose(
    "torch_type_as", lambda ops, x, o: ops.cast(x, dtype=ops.aval(o).dtype), (".type_as",), None
)


# -- arithmetic with a factor, and layers


def _with_alpha(name: str) -> Any:
    def lower(ops: Ops, x: Any, other: Any, *, alpha: Any = 1) -> Any:
        return ops.apply(name, x, other if alpha == 1 else ops.mul(other, alpha))

    return lower


def _div(ops: Ops, x: Any, other: Any, *, rounding_mode: Any = None) -> Any:
    quotient = ops.div(x, other)
    return ops.apply(rounding_mode, quotient) if rounding_mode else quotient


for _name, _names, _rule in (
    ("add", ("torch.add",), _with_alpha("add")),
    ("sub", ("torch.sub", "torch.subtract"), _with_alpha("sub")),
    ("div", ("torch.div", "torch.divide"), _div),
):
    _compose(f"torch_{_name}", _rule, _names, _PAIR)


def _smooth_l1(ops: Ops, x: Any, target: Any, *, reduction: str = "mean", beta: float = 1.0) -> Any:
    size = ops.abs(ops.sub(x, target))
    near = ops.div(ops.mul(0.5, ops.square(size)), beta)
    return _reduced(ops, ops.where(ops.lt(size, beta), near, ops.sub(size, 0.5 * beta)), reduction)


def _huber(ops: Ops, x: Any, target: Any, *, reduction: str = "mean", delta: float = 1.0) -> Any:
    return ops.mul(delta, _smooth_l1(ops, x, target, reduction=reduction, beta=delta))


def _layer_norm(
    ops: Ops, x: Any, shape: Any, weight: Any = None, bias: Any = None, eps: Any = 1e-5
) -> Any:
    axes = tuple(range(-len(ints_of((shape,))), 0))
    centered = ops.sub(x, ops.mean(x, axis=axes, keepdims=True))
    spread = ops.mean(ops.square(centered), axis=axes, keepdims=True)
    y = ops.div(centered, ops.sqrt(ops.add(spread, eps)))
    y = y if weight is None else ops.mul(y, weight)
    return y if bias is None else ops.add(y, bias)


def _softplus(ops: Ops, x: Any, beta: Any = 1.0, threshold: Any = 20.0) -> Any:
    """`log(1 + exp(beta*x))/beta`, and `x` itself beyond `threshold`, as torch has it."""
    scaled = ops.mul(x, beta)
    soft = ops.div(ops.logaddexp(scaled, 0.0), beta)
    return ops.where(ops.gt(scaled, threshold), x, soft)


_ELEMENTWISE: tuple[tuple[str, Any, tuple[str, ...], Any], ...] = (
    ("smooth_l1_loss", _smooth_l1, (_F + "smooth_l1_loss",), _PAIR),
    ("huber_loss", _huber, (_F + "huber_loss",), _PAIR),
    ("layer_norm", _layer_norm, (_F + "layer_norm",), draw((((2, 3), [3]), {}))),
    ("torch_softplus", _softplus, (_F + "softplus",), draw((((2, 3),), {"beta": 2.0}))),
    (
        "torch_hardtanh",
        lambda ops, x, min_val=-1.0, max_val=1.0: ops.clip(x, min_val, max_val),
        (_F + "hardtanh",),
        draw((((2, 3),), {})),
    ),
    ("relu6", lambda ops, x: ops.clip(x, 0.0, 6.0), (_F + "relu6",), draw((((2, 3),), {}))),
    (
        "softsign",
        lambda ops, x: ops.div(x, ops.add(1.0, ops.abs(x))),
        (_F + "softsign",),
        draw((((2, 3),), {})),
    ),
    (
        "mish",
        lambda ops, x: ops.mul(x, ops.tanh(_softplus(ops, x))),
        (_F + "mish",),
        draw((((2, 3),), {})),
    ),
    (
        "lerp",
        lambda ops, x, end, weight: ops.add(x, ops.mul(weight, ops.sub(end, x))),
        ("torch.lerp",),
        draw((((3,), (3,), 0.3), {})),
    ),
    (
        "addcmul",
        lambda ops, x, a, b, *, value=1: ops.add(x, ops.mul(value, ops.mul(a, b))),
        ("torch.addcmul",),
        draw((((3,), (3,), (3,)), {"value": 0.5})),
    ),
    (
        "embedding",
        lambda ops, places, weight: ops.getitem(weight, places, index=(("array", 0),)),
        (_F + "embedding",),
        lambda rng: [((np.array([2, 0]), rng.normal(size=(3, 2))), {})],
    ),
)
for _name, _rule, _called, _samples in _ELEMENTWISE:
    _compose(_name, _rule, _called, _samples)
