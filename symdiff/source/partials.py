"""What binds arguments of the user's, and what only happens to be called as such things are."""

from __future__ import annotations

import functools
from typing import Any, TypeGuard


def is_partial(value: Any) -> TypeGuard[functools.partial[Any]]:
    """Whether a callable stands for another one with some arguments filled in.

    The objects that operators make are called as `functools.partial` is, which costs least; what
    they call is compiled, and none of the user's.

    >>> from symdiff import grad
    >>> is_partial(functools.partial(max, 1)), is_partial(grad(lambda x: x * x))
    (True, False)
    """
    return isinstance(value, functools.partial) and not hasattr(type(value), "__symdiff_call__")
