"""Other libraries' names for what the table knows: `torch`, `jax`, `autograd`.

Most of them mirror NumPy or SciPy: `jax.numpy.tanh` is `numpy.tanh`. `mirror` says of which name a
name is the mirror image; `RENAMED` lists those that are called otherwise. What means something
else under the same name (`torch.std` divides by n - 1) has an entry of its own in `torch_calls`.
Nothing here imports those libraries.
"""

from __future__ import annotations

from ..table.entry import TABLE

LIBRARIES = ("torch", "jax", "autograd")

_MIRRORS = (
    ("jax.numpy.", "numpy."),
    ("jax.scipy.", "scipy."),
    ("autograd.numpy.", "numpy."),
    ("autograd.scipy.", "scipy."),
    ("torch.special.", "scipy.special."),
    ("torch.linalg.", "numpy.linalg."),
    ("torch.fft.", "numpy.fft."),
    ("torch.", "numpy."),
)
"""Prefixes of names and what they mirror; the first that fits counts."""

DIFFERENT = frozenset(
    f"torch.{name}"
    for name in (
        *("max", "min", "median", "nanmedian", "sort", "std", "var", "cov", "split", "transpose"),
        *("gradient", "unique", "take", "histogram", "put", "select", "typename", "dtype"),
        *("heaviside", "cross", "trapezoid", "diag_embed", "load", "save", "any", "all"),
    )
) | {"torch.linalg.svd", "torch.linalg.lstsq", "torch.linalg.cross", "torch.special.softmax"}
"""Names that mean something else than NumPy's, and are not mirrored."""

RENAMED = {
    "torch.cat": "numpy.concatenate",
    "torch.concat": "numpy.concatenate",
    "torch.sub": "numpy.subtract",
    "torch.mul": "numpy.multiply",
    "torch.div": "numpy.divide",
    "torch.neg": "numpy.negative",
    "torch.lt": "numpy.less",
    "torch.le": "numpy.less_equal",
    "torch.gt": "numpy.greater",
    "torch.ge": "numpy.greater_equal",
    "torch.eq": "numpy.equal",
    "torch.ne": "numpy.not_equal",
    "torch.mm": "numpy.matmul",
    "torch.mv": "numpy.matmul",
    "torch.bmm": "numpy.matmul",
    "torch.ger": "numpy.outer",
    "torch.permute": "numpy.transpose",
    "torch.unsqueeze": "numpy.expand_dims",
    "torch.movedim": "numpy.moveaxis",
    "torch.swapdims": "numpy.swapaxes",
    "torch.clamp": "numpy.clip",
    "torch.sigmoid": "scipy.special.expit",
    "torch.nn.functional.sigmoid": "scipy.special.expit",
    "torch.nn.functional.tanh": "numpy.tanh",
    "torch.erf": "scipy.special.erf",
    "torch.erfc": "scipy.special.erfc",
    "torch.lgamma": "scipy.special.gammaln",
    "torch.digamma": "scipy.special.digamma",
    "torch.linalg.multi_dot": "numpy.linalg.multi_dot",
    "torch.linalg.vector_norm": "numpy.linalg.norm",
    "torch.linalg.matrix_norm": "numpy.linalg.norm",
    "torch.det": "numpy.linalg.det",
    "torch.inverse": "numpy.linalg.inv",
    "torch.slogdet": "numpy.linalg.slogdet",
    "torch.tensor": "numpy.array",
    "torch.as_tensor": "numpy.asarray",
    "torch.from_numpy": "numpy.asarray",
    "torch.special.expit": "scipy.special.expit",
    "jax.nn.sigmoid": "scipy.special.expit",
    "jax.nn.tanh": "numpy.tanh",
    "jax.scipy.special.digamma": "scipy.special.digamma",
    "jax.lax.exp": "numpy.exp",
    "jax.lax.log": "numpy.log",
    "jax.lax.sqrt": "numpy.sqrt",
    "jax.lax.rsqrt": "torch.rsqrt",
    "jax.lax.stop_gradient": ".detach",
    "jax.lax.select": "numpy.where",
    "torch.detach": ".detach",
    "torch.clone": ".clone",
}
"""Names without a mirror image, and what they are called in the table."""

IN_SCIPY = ("expm1", "log1p", "exp2", "cbrt", "sinc")
"""Functions that `scipy.special` has of its own beside NumPy's."""

METHODS = {
    "bmm": "numpy.matmul",
    "permute": "numpy.transpose",
    "lt": "numpy.less",
    "le": "numpy.less_equal",
    "gt": "numpy.greater",
    "ge": "numpy.greater_equal",
    "eq": "numpy.equal",
    "ne": "numpy.not_equal",
    "rsqrt": "torch.rsqrt",
    "logaddexp": "numpy.logaddexp",
    "maximum": "numpy.maximum",
    "minimum": "numpy.minimum",
    "cumprod": "numpy.cumprod",
    "expand_as": "torch.expand_as",
    "view_as": "torch.view_as",
    "masked_fill": "torch.masked_fill",
    "det": "numpy.linalg.det",
    "inverse": "numpy.linalg.inv",
    "logdet": "torch.logdet",
    "where": "torch.Tensor.where",
    "true_divide": "numpy.divide",
    "multiply": "numpy.multiply",
    "subtract": "numpy.subtract",
    "silu": "torch.nn.functional.silu",
}
"""Methods of tensors that arrays do not have, and what they are called in the table."""


def mirror(name: str) -> str | None:
    """The name in NumPy or SciPy that another library's name stands for, or `None`.

    >>> mirror("jax.numpy.linalg.norm"), mirror("torch.cat"), mirror("torch.std")
    ('numpy.linalg.norm', 'numpy.concatenate', None)
    """
    if name in RENAMED:
        return RENAMED[name]
    if name in DIFFERENT:
        return None
    for prefix, original in _MIRRORS:
        if name.startswith(prefix):
            rest = name.removeprefix(prefix)
            if original == "numpy." and "." in rest and prefix == "torch.":
                return None
            return original + rest
    return None


def mirrored() -> dict[str, str]:
    """Every name of NumPy and SciPy in the table, under the names that mirror it."""
    found: dict[str, str] = {}
    for name in TABLE.by_call:
        for prefix, original in _MIRRORS:
            if name.startswith(original):
                image = prefix + name.removeprefix(original)
                if mirror(image) == name:
                    found.setdefault(image, name)
    return found


def enter_spellings() -> None:
    """Let every entry answer to the names in other libraries that mirror its own."""
    for name in IN_SCIPY:
        TABLE.by_call.setdefault(f"scipy.special.{name}", TABLE.by_call[f"numpy.{name}"])
    images = mirrored() | {n: o for n, o in RENAMED.items() if o in TABLE.by_call}
    images |= {f".{n}": o for n, o in METHODS.items() if o in TABLE.by_call}
    for name, original in images.items():
        TABLE.by_call.setdefault(name, TABLE.by_call[original])
