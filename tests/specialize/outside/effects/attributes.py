"""Attributes of an object that are written to in every way."""

from __future__ import annotations

import collections
import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..worlds import World
from ._world import WORLDS


class Counting:
    """An object that counts its calls and keeps what it has seen."""

    total = 0

    def __init__(self) -> None:
        self.calls = 0
        self.scale = 2.0
        self.history: list[Any] = []
        self.table = {"a": 1.0}
        self.last: Any = None
        self.seen: set[Any] = set()
        self.recent: Any = collections.deque(maxlen=3)
        self.buffer = np.zeros(3)

    def count(self, x):
        self.calls += 1
        return self.scale * x * x * self.calls

    def keep(self, x):
        self.history.append(x * 2)
        return x * len(self.history) + self.history[0]

    def keep_pairs(self, x):
        self.history.append((x, {"square": x * x}))
        return x * self.history[-1][1]["square"]

    def keep_lists(self, x):
        self.history.append([x, 1.0])
        self.history[0][1] += 1.0
        return x * self.history[0][1]

    def change_table(self, x):
        self.table["a"] += x
        self.table["b"] = x * x
        return self.table["a"] * x

    def drop_from_table(self, x):
        self.table.setdefault("b", 3.0)
        value = self.table.pop("b")
        self.table.update(c=value * x)
        return self.table["c"] * x

    def guarded(self, x):
        self.calls += 1
        y = x * x
        if y > 2:
            self.history.append("large")
            return y * self.calls
        self.history.append("small")
        return y

    def through_alias(self, x):
        me = self
        me.scale = me.scale + 1.0
        return self.scale * x

    def through_method(self, x):
        self._bump()
        self._bump()
        return self.calls * x

    def _bump(self):
        self.calls += 1

    def class_counter(self, x):
        type(self).total += 1
        return x * self.total

    def new_attribute(self, x):
        self.fresh = x * 3
        return self.fresh * x

    def delete_attribute(self, x):
        self.temporary = x
        y = self.temporary * x
        del self.temporary
        return y

    def keep_object(self, x):
        self.last = SimpleNamespace(value=x, name="n")
        return self.last.value * x

    def replace_list(self, x):
        self.history.append(x)
        old = self.history
        self.history = [x * 2]
        old.append(7.0)
        return self.history[0] * x

    def add_to_set(self, x):
        self.seen.add(x > 0)
        self.seen.add(len(self.seen))
        return x * len(self.seen)

    def rotate(self, x):
        self.recent.append(x)
        self.recent.appendleft(1.0)
        return sum(self.recent) * x

    def write_array(self, x):
        self.buffer[1] = x
        self.buffer += 1.0
        return (self.buffer * x).sum()

    def keep_array(self, x):
        self.last = np.ones(2) * x
        return self.last.sum() * x

    def set_by_name(self, x):
        setattr(self, "calls", getattr(self, "calls") + 2)  # noqa: B009, B010
        return self.calls * x

    def raising(self, x):
        self.calls += 1
        if x < 0:
            raise ValueError("negative")
        self.history.append(x)
        return x * self.calls

    def in_finally(self, x):
        try:
            y = math.log(x)
        except ValueError:
            self.history.append("bad")
            y = x
        finally:
            self.calls += 1
        return y * self.calls


def attribute_world(name: str) -> None:
    def make() -> World:
        fresh = type("Counting", (Counting,), {"total": 0})
        owner = fresh()

        def look() -> Any:
            state = dict(vars(owner))
            if isinstance(state["last"], SimpleNamespace):
                state["last"] = vars(state["last"])
            return state | {"total": fresh.total}

        return getattr(owner, name), look

    make.__name__ = name
    WORLDS.append(make)


for _name in [n for n in vars(Counting) if not n.startswith("_") and n not in ("total", "raising")]:
    attribute_world(_name)
