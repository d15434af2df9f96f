"""Complex arrays as intermediate values: from real numbers, through a transform, back to real.

A cotangent `ct` of a complex value z stands for the real-linear form `dz -> Re(ct*dz)`, without a
conjugate, as in JAX. So rules that are linear over the complex numbers (sums, products, reading,
`fft`) are the same as for real ones, and those here are the others. An elementwise function may
have complex operands if it is among `HOLOMORPHIC`, an entry for arrays if among `LINEAR`: its rule
never conjugates, and SymPy is told nothing that holds for real numbers only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...program.program import Aval
from ...program.shapes import broadcast_shapes
from ..table.entry import TABLE, Kink, Ops, StructuralEntry
from ..table.lowering import lowered

HOLOMORPHIC = frozenset(
    {
        "add", "sub", "mul", "div", "neg", "pos", "square", "reciprocal", "where",
        "vanishing",
        "exp", "sin", "cos", "sinh", "cosh", "tanh", "exp2", "expm1", "log1p", "log2", "log10",
    }
)  # fmt: skip
"""Elementwise entries that may be applied to complex values."""

LINEAR = frozenset(
    {
        "sum", "mean", "cumsum", "prod", "running_product", "getitem", "setitem", "scatter_add",
        "number", "reshape", "transpose", "broadcast_to", "unbroadcast", "copy", "cast",
        "concatenate", "array", "matmul", "outer", "flip", "roll", "contraction",
        "full_convolution", "solve",
        "inv", "item", "detach", "zeros_like", "ones_like", "real", "imag", "conj", "complex_of",
        "complex_abs", "complex_angle", "complex_log", "complex_sqrt",
        "complex_asin", "complex_acos", "complex_atan", "complex_asinh", "complex_acosh",
        "complex_atanh", "complex_tan",
        "fourier", "real_fourier", "inverse_real_fourier", "roots_of", "complex_eig", "phased",
        "quadrature", "quadrature_error", "inner_at", "search",
        "solution", "stack", "swapaxes", "expand_dims",
    }
)  # fmt: skip
"""Entries for arrays that may be applied to complex values."""


def is_complex(aval: Aval) -> bool:
    """Whether the values are complex numbers.

    >>> is_complex(Aval.of((2,), "complex128"))
    True
    """
    return aval.dtype.startswith("complex")


def _part(aval: Aval) -> str:
    """The dtype of a real or imaginary part."""
    return np.empty(0, aval.dtype).real.dtype.name


def _whole(aval: Aval) -> str:
    """The dtype of a complex number made of such parts."""
    return np.result_type(np.empty(0, aval.dtype), np.complex64).name


def samples_of(*shapes: tuple[int, ...]) -> Any:
    """One complex array a sample."""

    def samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        return [((rng.normal(size=s) + 1j * rng.normal(size=s),), {}) for s in shapes]

    return samples


def _times_i(ops: Ops, x: Any, factor: complex) -> Any:
    if is_complex(ops.aval(x)):
        return ops.mul(x, factor)
    return ops.complex_of(
        ops.mul(x, factor.real) if factor.real else ops.zeros_like(x), ops.mul(x, factor.imag)
    )


def _complex_of(re: Any, im: Any) -> Any:
    re, im = np.asarray(re), np.asarray(im)
    out = np.empty(broadcast_shapes(re.shape, im.shape), np.result_type(re, im, np.complex64))
    out.real, out.imag = re, im
    return out[()]


TABLE.add(
    StructuralEntry(
        name="complex_of",
        numpy=_complex_of,
        infer=lambda re, im: Aval.of(re.shape, np.result_type(_whole(re), _whole(im)).name),
        pullback=lambda ops, ct, result, re, im: (ops.real(ct), ops.neg(ops.imag(ct))),
        linear="joint",
        samples=lambda rng: [((rng.normal(size=3), rng.normal(size=3)), {})],
    )
)
TABLE.add(
    StructuralEntry(
        name="conj",
        numpy=lambda x: np.conj(x),
        infer=lambda x: Aval.of(x.shape, x.dtype),
        pullback=lambda ops, ct, result, x: (ops.conj(ct) if is_complex(ops.aval(ct)) else ct,),
        linear="joint",
        emit=lambda o, p: f"numpy.conj({o[0]})",
        samples=samples_of((3,)),
    )
)


def _part_of(function: Any) -> Any:
    """A part of a complex array, which is a view of it, or of a number."""

    def part(x: Any) -> Any:
        return function(x) if isinstance(x, np.ndarray) else np.array(function(x))[()]

    return part


TABLE.add(
    StructuralEntry(
        name="real",
        numpy=_part_of(np.real),
        alias=True,
        infer=lambda x: Aval.of(x.shape, _part(x)),
        pullback=lambda ops, ct, result, x: (ct,),
        linear="joint",
        samples=samples_of((3,), ()),
    )
)
TABLE.add(
    StructuralEntry(
        name="imag",
        numpy=_part_of(np.imag),
        alias=True,
        infer=lambda x: Aval.of(x.shape, _part(x)),
        pullback=lambda ops, ct, result, x: (_times_i(ops, ct, -1j),),
        linear="joint",
        samples=samples_of((3,), ()),
    )
)


def _along(ops: Ops, x: Any, size: Any, ct: Any) -> Any:
    """`ct*conj(z)/|z|`, and 0 at 0."""
    re, im = ops.radial(ct, ops.real(x), size), ops.radial(ct, ops.imag(x), size)
    return ops.complex_of(re, ops.neg(im))


def _moved_size(ops: Ops, x: Any, size: Any, tangent: Any) -> Any:
    re, im = (part(tangent) for part in (ops.real, ops.imag))
    return ops.add(ops.radial(re, ops.real(x), size), ops.radial(im, ops.imag(x), size))


TABLE.add(
    StructuralEntry(
        name="complex_abs",
        numpy=lambda x: np.abs(x),
        infer=lambda x: Aval.of(x.shape, _part(x)),
        pullback=lambda ops, ct, result, x: (_along(ops, x, result, ct),),
        pushforward=lambda ops, tangents, result, x: _moved_size(ops, x, result, tangents[0]),
        emit=lambda o, p: f"numpy.abs({o[0]})",
        samples=samples_of((3,), ()),
        kinks=(Kink((0.0, 0.0), (0.0, 0.0), "the tip of the cone"),),
    )
)


def _turn(ops: Ops, x: Any) -> Any:
    """`-i/z`, by the size of z rather than its square, which would not hold it."""
    size = ops.complex_abs(x)
    re, im = (ops.div(ops.div(part(x), size), size) for part in (ops.imag, ops.real))
    return ops.complex_of(ops.neg(re), ops.neg(im))


TABLE.add(
    StructuralEntry(
        name="complex_angle",
        numpy=lambda x: np.angle(x),
        infer=lambda x: Aval.of(x.shape, _part(x)),
        pullback=lambda ops, ct, result, x: (ops.mul(_turn(ops, x), ct),),
        pushforward=lambda ops, tangents, result, x: ops.real(ops.mul(_turn(ops, x), tangents[0])),
        emit=lambda o, p: f"numpy.angle({o[0]})",
        samples=samples_of((3,), ()),
    )
)


# -- with a branch cut: as NumPy has them, and as the derivative is on both sides

TABLE.add(
    StructuralEntry(
        name="complex_log",
        numpy=lambda x: np.log(x),
        infer=lambda x: Aval.of(x.shape, x.dtype),
        pullback=lambda ops, ct, result, x: (ops.div(ct, x),),
        pushforward=lambda ops, tangents, result, x: ops.div(tangents[0], x),
        emit=lambda o, p: f"numpy.log({o[0]})",
        samples=samples_of((3,), ()),
    )
)
TABLE.add(
    StructuralEntry(
        name="complex_sqrt",
        numpy=lambda x: np.sqrt(x),
        infer=lambda x: Aval.of(x.shape, x.dtype),
        pullback=lambda ops, ct, result, x: (ops.div(ct, ops.mul(result, 2.0)),),
        pushforward=lambda ops, tangents, result, x: ops.div(tangents[0], ops.mul(result, 2.0)),
        emit=lambda o, p: f"numpy.sqrt({o[0]})",
        samples=samples_of((3,), ()),
    )
)


def _factors(ops: Ops, *factors: Any) -> Any:
    """The product of principal roots: it has the branch cuts of the inverse function."""
    first, second = (ops.complex_sqrt(f) for f in factors)
    return ops.mul(first, second)


def _moved_by_i(ops: Ops, z: Any, sign: float) -> Any:
    """`1 + sign*i*z`."""
    return ops.add(_times_i(ops, z, sign * 1j), 1.0)


def _one_less(ops: Ops, z: Any) -> Any:
    return ops.sub(1.0, z)


def _one_more(ops: Ops, z: Any) -> Any:
    return ops.add(z, 1.0)


_SLOPES: dict[str, tuple[str, Any, str]] = {
    # the reciprocal of each derivative
    "tan": ("tan", lambda ops, z: ops.square(ops.cos(z)), "4.20.3"),
    "asin": (
        "arcsin",
        lambda ops, z: _factors(ops, _one_less(ops, z), _one_more(ops, z)),
        "4.24.7",
    ),
    "acos": (
        "arccos",
        lambda ops, z: ops.neg(_factors(ops, _one_less(ops, z), _one_more(ops, z))),
        "4.24.8",
    ),
    "atan": (
        "arctan",
        lambda ops, z: ops.mul(_moved_by_i(ops, z, 1.0), _moved_by_i(ops, z, -1.0)),
        "4.24.9",
    ),
    "asinh": (
        "arcsinh",
        lambda ops, z: _factors(ops, _moved_by_i(ops, z, 1.0), _moved_by_i(ops, z, -1.0)),
        "4.38.9",
    ),
    "acosh": (
        "arccosh",
        lambda ops, z: _factors(ops, ops.sub(z, 1.0), _one_more(ops, z)),
        "4.38.10",
    ),
    "atanh": ("arctanh", lambda ops, z: ops.mul(_one_less(ops, z), _one_more(ops, z)), "4.38.11"),
}


def _reciprocal(name: str, numpy: Any, slope: Any, number: str) -> None:
    """Enter a function by the reciprocal of its derivative."""
    TABLE.add(
        StructuralEntry(
            name=f"complex_{name}",
            numpy=lambda x: numpy(x),
            infer=lambda x: Aval.of(x.shape, x.dtype),
            pullback=lambda ops, ct, result, x: (ops.div(ct, slope(ops, x)),),
            pushforward=lambda ops, tangents, result, x: ops.div(tangents[0], slope(ops, x)),
            emit=lambda o, p: f"numpy.{numpy.__name__}({o[0]})",
            samples=samples_of((3,), ()),
            source=f"DLMF {number}",
        )
    )


for _name, (_numpy, _slope, _number) in _SLOPES.items():
    _reciprocal(_name, getattr(np, _numpy), _slope, _number)

OF_COMPLEX = {
    "abs": "complex_abs",
    "log": "complex_log",
    "sqrt": "complex_sqrt",
    **{name: f"complex_{name}" for name in _SLOPES},
}
"""Elementwise entries that have another rule for complex values, and which."""


# -- as NumPy calls them, also of real numbers


def _of_real(entry: str, real: Any) -> Any:
    return lambda ops, z: ops.apply(entry, z) if is_complex(ops.aval(z)) else real(ops, z)


def _angle(ops: Ops, z: Any, deg: Any = False) -> Any:
    if is_complex(ops.aval(z)):
        angle = ops.complex_angle(z)
    else:
        angle = ops.where(ops.lt(z, 0.0), np.pi, 0.0)
        if ops.aval(z).is_inexact and not ops.aval(z).weak:
            angle = ops.cast(angle, dtype=ops.aval(z).dtype)
    return ops.mul(angle, 180 / np.pi) if deg else angle


def _both(*shapes: tuple[int, ...]) -> Any:
    return lambda rng: [*samples_of(*shapes)(rng), ((rng.normal(size=3),), {})]


for _name, _real, _names in (
    ("real", lambda ops, z: z, ("numpy.real", "jax.numpy.real", "torch.real")),
    ("imag", lambda ops, z: ops.zeros_like(z), ("numpy.imag", "jax.numpy.imag", "torch.imag")),
    (
        "conj",
        lambda ops, z: z,
        ("numpy.conjugate", "jax.numpy.conj", "jax.numpy.conjugate", "torch.conj", ".conj",
         ".conjugate"),
    ),
):  # fmt: skip
    lowered(f"{_name}_of", _of_real(_name, _real), _names, _both((3,)), "z")
lowered("angle", _angle, ("numpy.angle", "jax.numpy.angle", "torch.angle"), _both((3,)), "z")


def _real_if_close(ops: Ops, a: Any, tol: Any = 100) -> Any:
    if not is_complex(ops.aval(a)):
        return a
    eps = np.finfo(_part(ops.aval(a))).eps
    limit = tol * eps if tol > 1 else tol
    near = ops.all(ops.lt(ops.abs(ops.imag(a)), float(limit)), axis=None, keepdims=False)
    return ops.real(a) if bool(ops.known(near)) else a


lowered(
    "real_if_close",
    _real_if_close,
    ("numpy.real_if_close",),
    lambda rng: [((rng.normal(size=3),), {})],
    "a",
)
