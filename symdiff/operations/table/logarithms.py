"""Logarithms of functions that grow or decay exponentially, whose slopes are simple.

`log(cosh(x))` has the slope `tanh(x)`. Written as `sinh(x)/cosh(x)` that has no derivative left
where it is 1 to rounding, and the slope of `log(p)` with `p = 1/(1 + exp(-x))` is taken by way of
`p*p`, which is 0 where `p` and the logarithm are accurate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .entry import TABLE, ElementwiseEntry

Inner = Callable[[Any], Any]

_SLOPES: dict[str, Callable[[Any, Any], Any]] = {
    "sd_exp": lambda m, z: 1,
    "sd_cosh": lambda m, z: m.tanh(z),
    "sd_sech": lambda m, z: -m.tanh(z),
    "sd_sigmoid": lambda m, z: m.sigmoid(-z),
    "sd_ndtr": lambda m, z: _partial("log_ndtr", m, z),
}
"""The slope of the logarithm of a function, by the name of its node."""


def log_derivative(self: Any, inner: Inner, m: Any) -> Any:
    """The derivative of a logarithm: of a reciprocal it is that of `-log(v)`."""
    (argument,) = self.args
    name = argument.func.__name__
    slope = _SLOPES.get(name)
    if slope is not None:
        change = inner(argument.args[0])
        return change and slope(m, argument.args[0]) * change
    if name == "sd_div" and argument.args[0].is_number:
        return -log_derivative(m.log(argument.args[1]), inner, m)
    change = inner(argument)
    return change and m.div(1, argument) * change


def log1p_derivative(self: Any, inner: Inner, m: Any) -> Any:
    """The derivative of `log1p(u)`: where `u` is `-sigmoid(z)`, it is that of `log_expit(-z)`."""
    (argument,) = self.args
    number, rest = argument.as_coeff_Mul()
    if number == -1 and rest.func.__name__ == "sd_sigmoid":
        return -rest * inner(rest.args[0])
    change = inner(argument)
    return change and self.fdiff(1) * change


def _partial(name: str, m: Any, z: Any) -> Any:
    entry = TABLE.entries[name]
    assert isinstance(entry, ElementwiseEntry)
    assert entry.partials is not None
    return entry.partials(m, z)[0]
