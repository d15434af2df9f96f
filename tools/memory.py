"""Memory that new functions, shapes and paths keep: a line for each kind.

    python tools/memory.py                    # growth per 10,000 of each, after a warm-up
    python tools/memory.py --count 2000       # a shorter run

"Flat" is less than 100 bytes for each: what a garbage collector and an allocator leave behind.
CPython itself keeps about 70 of them for each file name under which a function is compiled and
made. Functions from new files come with two such names, that of their file and that of the compiled
derivative, and up to 4,096 names of files are remembered beside that: those may keep 250. The table
in which CPython keeps its names doubles now and then: by 1.9 MB in one step after some thousands of
functions. A kind that happens to be measured then seems to grow, by 480 bytes for each of 4,000:
run it alone.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import math
import os
import re
import sys
import tracemalloc
from collections.abc import Callable

import numpy as np

import symdiff as sd

KINDS: dict[str, Callable[[], Callable[[], object]]] = {}
FLAT = {"functions_from_new_files": 250.0}
"""How many bytes a kind may keep for each, where that is not 100."""


def kind(function: Callable[[], Callable[[], object]]) -> Callable[[], Callable[[], object]]:
    """Enter a kind: a function that gives a call which makes and uses one more."""
    KINDS[function.__name__] = function
    return function


@kind
def lambdas() -> Callable[[], object]:
    """A lambda of its own for each gradient, from one place in the source."""
    counter = itertools.count(1)

    def one() -> object:
        k = next(counter)
        return sd.grad(lambda x: math.sin(x) * k)(0.3)

    return one


@kind
def closures() -> Callable[[], object]:
    """A closure over an array, with a helper and a branch."""
    counter = itertools.count(1)

    def one() -> object:
        table = np.full(3, float(next(counter)))

        def helper(x: float) -> float:
            return x * float(table[0])

        def f(x: float) -> float:
            return helper(x) ** 2 if x > 0 else helper(x)

        return sd.grad(f)(0.3)

    return one


@kind
def functions_from_new_files() -> Callable[[], object]:
    """A function whose code is new, with a number of its own in it, as a notebook makes them."""
    import linecache

    counter = itertools.count(1)

    def one() -> object:
        k = next(counter)
        name, text = f"<cell {k}>", f"def f(x):\n    return x**3 * {k}.5 + x\n"
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        namespace: dict[str, Callable[[float], float]] = {}
        exec(compile(text, name, "exec"), namespace)
        result = sd.grad(namespace["f"])(0.3)
        del linecache.cache[name]
        return result

    return one


@kind
def shapes() -> Callable[[], object]:
    """One gradient, which meets a new shape at each call."""
    counter = itertools.count()
    g = sd.grad(lambda x: np.sum(x[1:] * np.sin(x[:-1])))

    def one() -> object:
        n = next(counter)
        return g(np.ones((2 + n % 97, 1 + n // 97)))

    return one


@kind
def paths() -> Callable[[], object]:
    """One gradient, which goes another way at each call."""
    counter = itertools.count(1)

    def turns(x: float, n: int) -> float:
        for k in range(14):
            x = x * 1.5 if n >> k & 1 else x + 0.5
        return x

    g = sd.grad(turns)
    return lambda: g(0.7, next(counter))


@kind
def instances() -> Callable[[], object]:
    """One gradient of a function of an instance, a new one at each call."""

    class Model:
        def __init__(self, size: int) -> None:
            self.weights = np.ones(size)

    counter = itertools.count(1)
    g = sd.grad(lambda x, model: float(np.sum(model.weights)) * x**2)
    return lambda: g(2.0, Model(next(counter) % 400 + 1))


@kind
def errors() -> Callable[[], object]:
    """One gradient of a function that raises, at each call."""
    g = sd.grad(lambda x: math.log(x) * x)

    def one() -> object:
        try:
            return g(-1.0)
        except ValueError:
            return None

    return one


def resident() -> int:
    """The memory of this process, in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def growth(name: str, warm_up: int, count: int) -> tuple[float, float]:
    """Bytes of Python objects, and of the process, for each new one."""
    one = KINDS[name]()
    for _ in range(warm_up):
        one()
    gc.collect()
    before = resident() if sys.platform == "linux" else 0
    start = tracemalloc.get_traced_memory()[0]
    for _ in range(count):
        one()
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0] - start
    after = resident() if sys.platform == "linux" else 0
    return kept / count, (after - before) / count


def main() -> int:
    """Print the growth; the number of kinds that are not flat."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--warm-up", type=int, default=1_500)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    failed = 0
    tracemalloc.start(1)  # before all kinds: to replace what one of them has left is no growth
    for name in KINDS:
        if not re.search(given.only, name):
            continue
        objects, process = growth(name, given.warm_up, given.count)
        flat = objects < FLAT.get(name, 100.0)
        failed += not flat
        print(
            f"{'flat' if flat else 'GROWS'}  {name}: {objects:.0f} bytes of objects and "
            f"{process:.0f} of the process for each of {given.count}, "
            f"{objects * 1e4 / 1e6:.2f} MB per 10,000",
            flush=True,
        )
    return failed


if __name__ == "__main__":
    sys.exit(min(main(), 1))
