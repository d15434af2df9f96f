"""Small random functions of a vector, as source text: for NumPy, and for whatever looks like it."""

from __future__ import annotations

import linecache
import random
from types import FunctionType
from typing import Any

import numpy as np

SIZE = 4

_UNARY = ("np.sin({})", "np.tanh({})", "np.exp(-{0} * {0})", "np.sqrt(1.5 + {0} * {0})")
_UNARY += ("np.log(2.0 + {0} ** 2)", "np.arctan({})", "-{}", "1 / (2 + np.cos({}))")
_BINARY = (
    "{} * {}",
    "{} + {}",
    "{} - {}",
    "{} / (2.5 + np.sin({}))",
    "np.where({0} > 0.1, {0} * {1}, {1})",
)
_REDUCE = ("np.sum({})", "np.mean({})", "{}[1]", "{} @ np.cos({})", "np.sum({0}[1:] * {0}[:-1])")
_ARRAY = ("{}[::-1]", "np.cumsum({}) / 3", "np.outer({0}, {0}).sum(axis=0)")


def random_text(seed: int, outputs: str) -> str:
    """A function `f(x)` of a vector that returns `"number"`, `"vector"` or `"dict"`."""
    rng = random.Random(seed)
    numbers, vectors = [], ["x"]
    lines = []
    for k in range(rng.randint(3, 8)):
        name = f"t{k}"
        kind = rng.random()
        if kind < 0.3 or not numbers:
            form, pool, into = rng.choice(_REDUCE), vectors, numbers
        elif kind < 0.45:
            form, pool, into = rng.choice(_ARRAY), vectors, vectors
        elif kind < 0.7:
            form, pool, into = rng.choice(_UNARY), vectors + numbers, None
        else:
            form, pool, into = rng.choice(_BINARY), vectors + numbers, None
        picked = [rng.choice(pool), rng.choice(pool)]
        if into is None:
            read = picked[:1] if form in _UNARY else picked
            into = vectors if any(p in vectors for p in read) else numbers
        lines.append(f"    {name} = {form.format(*picked)}")
        into.append(name)
    number = " + ".join(numbers + [f"np.sum({v})" for v in vectors[1:]])
    vector = " + ".join(vectors)
    result = {
        "number": number,
        "vector": f"({vector}) * {numbers[-1]}",
        "dict": f"{{'a': {number}, 'b': [{vector}, {numbers[0]}]}}",
    }[outputs]
    return "\n".join(["def f(x):", *lines, f"    return {result}", ""])


def function_of(text: str, module: Any = np) -> FunctionType:
    """The function that a text defines, with its source where Python looks for it."""
    name = f"<random-{abs(hash(text))}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    space: dict[str, Any] = {"np": module}
    exec(compile(text, name, "exec"), space)
    return space["f"]  # type: ignore[no-any-return]
