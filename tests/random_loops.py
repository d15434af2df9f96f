"""Random functions with loops and branches, in the manner of `loops_by_hand`: a seed gives one."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Tree = Any
LENGTH = 4


class Random:
    """A random function `f(xp, x, y, a)` of two numbers and an array of four."""

    def __init__(
        self,
        seed: int,
        depth: int = 2,
        arrays: bool = True,
        small: bool = False,
        branches: bool = False,
    ) -> None:
        self.rng = random.Random(seed)
        self.branches = branches
        self.deep = 1 if small else 3
        rng = self.rng
        self.steps: list[Any] = []
        numbers, vectors, tapes = 2, int(arrays), 0
        for _ in range(rng.randint(1, 2 if small else 3)):
            step = self._loop(numbers, vectors, tapes, depth)
            self.steps.append(step)
            numbers += step["numbers"]
            vectors += step["vectors"]
            tapes += len(step["stacked"]) if step["kind"] != "over" else 0
        self.result = self._number(numbers, vectors, self.deep)

    # -- trees

    def _number(self, numbers: int, vectors: int, depth: int) -> Tree:
        rng = self.rng
        if depth <= 0 or rng.random() < 0.15:
            if vectors and rng.random() < 0.3:
                return ("take", rng.randrange(vectors), rng.randrange(LENGTH))
            return (
                ("number", rng.randrange(numbers))
                if rng.random() < 0.85
                else rng.choice(_CONSTANTS)
            )
        if self.branches and rng.random() < 0.15:
            test = [self._number(numbers, vectors, 1) for _ in range(2)]
            return ("branch", *test, *[self._number(numbers, vectors, depth) for _ in range(2)])
        kind = rng.choice(_NUMBERS if vectors else [k for k in _NUMBERS if k not in ("sum", "dot")])
        if kind in ("sum",):
            return (kind, self._vector(numbers, vectors, depth - 1))
        if kind == "dot":
            return (kind, *[self._vector(numbers, vectors, depth - 1) for _ in range(2)])
        return (kind, *[self._number(numbers, vectors, depth - 1) for _ in range(_ARITY[kind])])

    def _vector(self, numbers: int, vectors: int, depth: int) -> Tree:
        rng = self.rng
        if depth <= 0 or rng.random() < 0.2:
            return ("vector", rng.randrange(vectors))
        if self.branches and rng.random() < 0.2:
            test = [self._number(numbers, vectors, 1) for _ in range(2)]
            return ("v_branch", *test, *[self._vector(numbers, vectors, depth) for _ in range(2)])
        kind = rng.choice(["v_tanh", "v_mul", "v_add", "v_scaled", "v_roll", "v_put", "v_where"])
        below = [self._vector(numbers, vectors, depth - 1)]
        if kind in ("v_mul", "v_add", "v_where"):
            below.append(self._vector(numbers, vectors, depth - 1))
        if kind in ("v_scaled", "v_put"):
            below.append(self._number(numbers, vectors, depth - 1))
        if kind == "v_put":
            below.append(rng.choice([*range(LENGTH), "k"]))
        return (kind, *below)

    # -- loops

    def _loop(self, numbers: int, vectors: int, tapes: int, depth: int) -> dict[str, Any]:
        """A loop over some numbers, vectors and a counter."""
        rng = self.rng
        kind = rng.choice(["for", "while", "for", "over" if tapes else "for"])
        own, own_vectors = rng.randint(1, 3), rng.randint(0, 2) if vectors else 0
        fixed = [rng.randrange(numbers) for _ in range(rng.randint(0, 2))]
        fixed_vectors = [rng.randrange(vectors) for _ in range(rng.randint(0, 1) if vectors else 0)]
        tape = rng.randrange(tapes) if kind == "over" else 0
        inside = own + len(fixed) + (kind == "over")
        inside_vectors = own_vectors + len(fixed_vectors)
        inner = None
        if depth > 1 and rng.random() < 0.4:
            inner = self._loop(inside, inside_vectors, 0, depth - 1)
        all_numbers = inside + (inner["numbers"] if inner else 0)
        all_vectors = inside_vectors + (inner["vectors"] if inner else 0)
        arms = None
        if self.branches and rng.random() < 0.7:
            arms = {
                "test": [self._number(all_numbers, all_vectors, 1) for _ in range(2)],
                "next": [self._number(all_numbers, all_vectors, self.deep) for _ in range(own)],
                "next_vectors": [
                    self._vector(all_numbers, all_vectors, min(self.deep, 2))
                    for _ in range(own_vectors)
                ],
            }
        return {
            "arms": arms,
            "kind": kind,
            "count": rng.choice([0, 1, 2, 5, 9] if self.deep > 1 else [0, 1, 2, 4]),
            "backward": kind == "over" and rng.random() < 0.5,
            "bound": rng.choice([-1.0, 0.3, 1.2, 3.0]),
            "late": rng.random() < 0.4,
            "tape": tape,
            "numbers": own,
            "vectors": own_vectors,
            "first": [self._number(numbers, vectors, 1) for _ in range(own)],
            "first_vectors": [self._vector(numbers, vectors, 1) for _ in range(own_vectors)],
            "fixed": fixed,
            "fixed_vectors": fixed_vectors,
            "inner": inner,
            "next": [self._number(all_numbers, all_vectors, self.deep) for _ in range(own)],
            "next_vectors": [
                self._vector(all_numbers, all_vectors, min(self.deep, 2))
                for _ in range(own_vectors)
            ],
            "stacked": [
                self._number(all_numbers, all_vectors, 2) for _ in range(rng.randint(0, 2))
            ],
            "permuted": rng.random() < 0.2,
        }

    # -- running

    def __call__(self, xp: Any, x: Any, y: Any, *a: Any) -> Any:
        numbers, vectors, tapes = [x, y], list(a), []
        for step in self.steps:
            found, found_vectors, stacked, _ = run(xp, step, numbers, vectors, tapes)
            numbers += found
            vectors += found_vectors
            if step["kind"] != "over":
                tapes += stacked
        total = value(xp, self.result, numbers, vectors, 0) + x * y
        for v in numbers[2:]:
            total = total + v
        for v in vectors:
            total = total + xp.sum(v * v)
        return total


def run(xp: Any, step: Any, numbers: list[Any], vectors: list[Any], tapes: Sequence[Any]) -> Any:
    own, kind = step["numbers"], step["kind"]
    first = [xp.tanh(value(xp, t, numbers, vectors, 0)) for t in step["first"]]
    first_vectors = [vector(xp, t, numbers, vectors, 0) for t in step["first_vectors"]]
    fixed = [numbers[k] for k in step["fixed"]]
    fixed_vectors = [vectors[k] for k in step["fixed_vectors"]]
    carried = [0, 0.0, *first, *first_vectors]

    def going(c: Any) -> Any:
        return c[1] < step["bound"]

    def body(c: Any, e: Any, v: Any) -> Any:
        inside = [*c[2 : 2 + own], *v[: len(fixed)], *e]
        inside_vectors = [*c[2 + own :], *v[len(fixed) :]]
        if step["inner"] is not None:
            found, found_vectors, _, _ = run(xp, step["inner"], inside, inside_vectors, [])
            inside, inside_vectors = inside + found, inside_vectors + found_vectors
        ending = kind == "while" and step["late"]

        def update(source: Any, inside: Any, inside_vectors: Any, k: Any, grown: Any) -> Any:
            following = [xp.tanh(value(xp, t, inside, inside_vectors, k)) for t in source["next"]]
            if step["permuted"]:
                following = following[::-1]
            if ending and step["arms"] is not None and source is step:
                xp.stop_unless(grown < step["bound"])
            arrays = [vector(xp, t, inside, inside_vectors, k) for t in source["next_vectors"]]
            return (*following, *arrays)

        if step["arms"] is not None:
            a, b = (value(xp, t, inside, inside_vectors, c[0]) for t in step["arms"]["test"])
            made = _branch(xp, a > b, inside, inside_vectors, (c[0], c[1]), update, step)
        else:
            made = update(step, inside, inside_vectors, c[0], c[1])
        following, arrays = made[:own], made[own:]
        entries = [value(xp, t, inside, inside_vectors, c[0]) for t in step["stacked"]]
        if ending and step["arms"] is None:
            xp.stop_unless(going(c))
        grown = c[1] + 0.11 + 0.5 * following[0] * following[0]
        return [[c[0] + 1, grown, *following, *arrays], entries]

    until: Callable[..., Any] | None = None
    if kind == "while" and not step["late"]:
        until = lambda c, e, v: going(c)
    most = 12 if step["count"] % 2 or step["late"] else None
    found, stacked, trips = xp.loop(
        step["count"] if kind == "for" else most if kind == "while" else None,
        carried,
        body,
        [tapes[step["tape"]]] if kind == "over" else [],
        [*fixed, *fixed_vectors],
        until=until,
        backward=step["backward"],
        stops=kind == "while" and step["late"],
        stacks=len(step["stacked"]),
    )
    return found[2 : 2 + own], found[2 + own :], stacked, trips


def _branch(
    xp: Any, test: Any, numbers: Any, vectors: Any, more: Any, update: Any, step: Any
) -> Any:
    """What one of two ways to go on gives, with what those are given as operands."""
    n, m = len(numbers), len(numbers) + len(vectors)

    def arm(source: Any) -> Any:
        return lambda *given: update(source, given[:n], given[n:m], *given[m:])

    return xp.branch(test, (*numbers, *vectors, *more), arm(step), arm(step["arms"]))


def _chosen(xp: Any, below: Any, numbers: Any, vectors: Any, k: Any, compute: Any) -> Any:
    a, b = (value(xp, t, numbers, vectors, k) for t in below[:2])
    n = len(numbers)

    def arm(tree: Tree) -> Any:
        return lambda *given: (compute(xp, tree, given[:n], given[n:-1], given[-1]),)

    return xp.branch(a > b, (*numbers, *vectors, k), *map(arm, below[2:]))[0]


def value(xp: Any, tree: Tree, numbers: Any, vectors: Any, k: Any) -> Any:
    if not isinstance(tree, tuple):
        return tree
    name, *below = tree
    if name == "number":
        return numbers[below[0]]
    if name == "take":
        return xp.take(vectors[below[0]], below[1])
    if name == "branch":
        return _chosen(xp, below, numbers, vectors, k, value)
    if name in ("sum", "dot"):
        parts = [vector(xp, b, numbers, vectors, k) for b in below]
        return xp.sum(parts[0]) if name == "sum" else xp.dot(*parts)
    a, *more = [value(xp, b, numbers, vectors, k) for b in below]
    return _FUNCTIONS[name](xp, a, *more)


def vector(xp: Any, tree: Tree, numbers: Any, vectors: Any, k: Any) -> Any:
    name, first, *more = tree
    if name == "vector":
        return vectors[first]
    if name == "v_branch":
        return _chosen(xp, [first, *more], numbers, vectors, k, vector)
    a = vector(xp, first, numbers, vectors, k)
    if name == "v_tanh":
        return xp.tanh(a)
    if name == "v_roll":
        return xp.roll(a, 1)
    if name == "v_put":
        what = value(xp, more[0], numbers, vectors, k)
        return xp.put(a, k % LENGTH if more[1] == "k" else more[1], xp.tanh(what))
    if name == "v_scaled":
        return a * xp.tanh(value(xp, more[0], numbers, vectors, k))
    b = vector(xp, more[0], numbers, vectors, k)
    if name == "v_mul":
        return xp.tanh(a * b)
    if name == "v_where":
        return xp.where(a > b, a, xp.sin(b))
    return 0.5 * (a + b)


_CONSTANTS = [0.5, 1.0, 2.0, -0.7]
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": lambda xp, a, b: a + b,
    "sub": lambda xp, a, b: a - b,
    "mul": lambda xp, a, b: a * b,
    "sin": lambda xp, a: xp.sin(a),
    "tanh": lambda xp, a: xp.tanh(a),
    "let": lambda xp, a: xp.let(a * a),
    "ratio": lambda xp, a, b: a / (1.0 + b * b),
    "root": lambda xp, a: xp.sqrt(1.5 + a * a),
    "log": lambda xp, a: xp.log(1.0 + a * a),
    "where": lambda xp, a, b: xp.where(a > b, a, xp.sin(b)),
}
_ARITY = {"add": 2, "sub": 2, "mul": 2, "ratio": 2, "where": 2}
_ARITY |= dict.fromkeys(("sin", "tanh", "let", "root", "log"), 1)
_NUMBERS = [*_FUNCTIONS, "mul", "sin", "sum", "dot"]


def arguments(seed: int, arrays: bool) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    x, y = (float(v) for v in rng.uniform(-1.5, 1.5, 2))
    return (x, y, rng.uniform(-1.0, 1.0, LENGTH)) if arrays else (x, y)
