"""A place to keep a value and its gradient, as a deep-learning library's tensor does."""

from __future__ import annotations

from typing import Any

import numpy as np


class Variable:
    """A number or array with room for a gradient.

    `g.backward(x)` adds to `x.grad`, which is `None` before and always the same buffer after, so
    that no new memory is needed a call.

    Attributes:
        value: the number or array.
        grad: the accumulated gradient, or `None`.

    >>> import numpy as np
    >>> from symdiff import Variable, grad
    >>> x = Variable(np.arange(4.0))
    >>> float(grad(lambda x: 2 * np.dot(x, x)).backward(x))
    28.0
    >>> x.grad
    array([ 0.,  4.,  8., 12.])
    """

    __slots__ = ("grad", "value")
    value: Any
    grad: Any

    def __init__(self, value: Any) -> None:
        if isinstance(value, Variable):
            value = value.value
        if isinstance(value, list | tuple):
            value = np.array(value, dtype=float)
        self.value = float(value) if type(value) is int else value
        self.grad = None

    def zero_grad(self) -> None:
        """Set the gradient to zero, in the same buffer."""
        if isinstance(self.grad, np.ndarray):
            self.grad.fill(0)
        elif self.grad is not None:
            self.grad = type(self.grad)(0)

    def accumulate(self, gradient: Any) -> None:
        """Add a gradient to `grad`."""
        if self.grad is None:
            # The caller gives an array that is nobody else's.
            self.grad = gradient
        elif isinstance(self.grad, np.ndarray):
            self.grad += gradient
        else:
            self.grad = self.grad + gradient

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.value, dtype=dtype) if copy else np.asarray(self.value, dtype=dtype)

    def __repr__(self) -> str:
        return f"Variable({self.value!r}, grad={self.grad!r})"


def unwrap_variables(values: Any) -> Any:
    """The values without their `Variable` boxes; the same object if there are none."""
    if any(type(v) is Variable for v in values):
        return tuple([v.value if type(v) is Variable else v for v in values])
    return values
