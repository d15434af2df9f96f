"""Objects that are made once for each structure, and forgotten when nobody uses them any more.

A process that differentiates new functions, shapes and numbers all day must not keep what it made
of each. The latest are kept even if nobody uses them: who differentiates a function again and
again, with a new object each time, finds them.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

LATEST = 512
"""How many objects of a kind are kept without being used."""


class Interned(Generic[T]):
    """A table of objects by what they are made of, which does not keep them alive.

    >>> numbers = Interned[set](1)
    >>> one, other = numbers.get("a", set), numbers.get("a", set)
    >>> one is other
    True
    """

    def __init__(self, latest: int = LATEST) -> None:
        self.known: weakref.WeakValueDictionary[Hashable, T] = weakref.WeakValueDictionary()
        self.latest: deque[T] = deque(maxlen=latest)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The object of a key, made now if there is none."""
        found = self.known.get(key)
        if found is None:
            found = self.known.setdefault(key, make())
            self.latest.append(found)
        return found

    def __len__(self) -> int:
        return len(self.known)


MOST = 256
"""How many results a memo of an object that lives long may hold."""


def within_bounds(memo: dict[Hashable, object]) -> None:
    """Empty a memo that has become too large, before something is added."""
    if len(memo) >= MOST:
        memo.clear()
