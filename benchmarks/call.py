"""What a warm call of a gradient object costs beyond what it computes.

    python benchmarks/call.py

Each gradient is compared with a plain Python function of the same parameters that computes the same
lines, without any checks. The difference may be 60 ns, and 20 ns for each guard: a type, a dtype, a
shape, a range, the identity of a global or of an attribute, a default that is looked up. Rounds are
interleaved, and the minimum of many counts.
"""

from __future__ import annotations

import inspect
import math
import re
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from _timing import show

from symdiff import grad, value_and_grad

BASE = 60.0
GUARD = 20.0
ROUNDS = 300
CALLS = 200

_CHECK = re.compile(
    r"^\s*\(?.*\bor missed_[\d_]*\(|^\s*.* or rt\.(\w*within_range|powers)\(|^\s*rt\.within_range"
)


def cubic(x):
    return x**3 - 2 * x + math.sin(x)


def black_scholes(s, k, t, r, v):
    d1 = (math.log(s / k) + (r + v * v / 2) * t) / (v * math.sqrt(t))
    d2 = d1 - v * math.sqrt(t)
    n1 = 0.5 * (1 + math.erf(d1 / math.sqrt(2)))
    n2 = 0.5 * (1 + math.erf(d2 / math.sqrt(2)))
    return s * n1 - k * math.exp(-r * t) * n2


def squares(x):
    return np.sum(x * x)


def of_twenty(weights):
    return sum(np.sum(w * w) for w in weights.values())


def scaled(x, a=2.0):
    return a * x * x


def guards(source: str) -> tuple[list[str], int]:
    """The lines that compute, and how many guards the others are."""
    lines, count = [], 0
    for line in source.splitlines():
        if not _CHECK.match(line):
            lines.append(line)
            continue
        together = re.search(r"(?:all_within_range|powers)\((.*)\)", line)
        numbers = together and re.findall(r"\b[^\W\d]\w*", together[1])
        count += len(numbers) if numbers else 1 + line.count(" and ")
    return lines, count


def plain(g: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Callable[..., Any], int]:
    """A plain function that computes what the gradient does, and the guards that it lacks."""
    bound = inspect.signature(g).bind(*args, **kwargs)
    bound.apply_defaults()
    lines, count = guards(g.generated_source(*args, **kwargs))
    names = list(bound.arguments)
    head = ", ".join(f"{n}={n}_default" if n in kwargs or n == "a" else n for n in names)
    text = "\n".join(lines).replace(lines[0], f"def bare({head}):", 1)
    text = re.sub(
        r"^    (\w+) = arg_(\d+)$", lambda m: f"    {m[1]} = {names[int(m[2])]}", text, flags=re.M
    )
    for k, name in enumerate(names):
        text = re.sub(rf"\barg_{k}\b", name, text)
    space = dict(g._hot_code.function.__globals__)
    space |= {f"{n}_default": v for n, v in bound.arguments.items()}
    exec(text, space)
    return space["bare"], count


def loop(form: str) -> Callable[..., float]:
    space: dict[str, Any] = {"clock": time.perf_counter}
    calls = "\n".join([f"        f({form})"] * 10)
    exec(
        f"def run(f, args):\n    {'a, b, c, d, e'} = (*args, 0, 0, 0, 0, 0)[:5]\n"
        f"    start = clock()\n    for _ in range({CALLS // 10}):\n{calls}\n"
        f"    return (clock() - start) / {CALLS} * 1e9\n",
        space,
    )
    run: Callable[..., float] = space["run"]
    return run


def measure(
    g: Any, args: tuple[Any, ...], form: str, kwargs: dict[str, Any]
) -> tuple[float, float, int]:
    """Nanoseconds of a warm call and of the plain function, and the number of guards."""
    for _ in range(4):
        g(*args, **kwargs)
    bare, count = plain(g, args, kwargs)
    count += len(inspect.signature(g).parameters) - len(args) - len(kwargs)
    run = loop(form)
    found, base = [], []
    for _ in range(ROUNDS):
        found.append(run(g, args))
        base.append(run(bare, args))
    return min(found), min(base), count


def main() -> None:
    weights = {f"w{k}": np.arange(5.0) for k in range(20)}
    five = (100.0, 95.0, 0.5, 0.02, 0.3)
    cases: list[tuple[str, Any, tuple[Any, ...], str, dict[str, Any]]] = [
        ("x**3 - 2*x + sin(x)", grad(cubic), (0.5,), "a", {}),
        ("the same, with the value", value_and_grad(cubic), (0.5,), "a", {}),
        ("Black-Scholes, 5 Greeks", grad(black_scholes, "all"), five, "a, b, c, d, e", {}),
        ("sum(x*x), 4 elements", grad(squares), (np.arange(4.0),), "a", {}),
        ("20 arrays in a dict", grad(of_twenty), (weights,), "a", {}),
        ("two arguments", grad(scaled), (1.5, 3.0), "a, b", {}),
        ("a keyword argument", grad(scaled), (1.5,), "a, a=3.0", {"a": 3.0}),
        ("a default left out", grad(scaled), (1.5,), "a", {}),
    ]
    rows = [("call", "ns", "plain, ns", "beyond, ns", "guards", "budget, ns")]
    broken = []
    for name, g, args, form, kwargs in cases:
        warm, base, count = measure(g, args, form, kwargs)
        budget = BASE + GUARD * count
        rows.append(
            (name, f"{warm:.0f}", f"{base:.0f}", f"{warm - base:.0f}", f"{count}", f"{budget:.0f}")
        )
        if warm - base > budget:
            broken.append(name)
    show(rows)
    if broken:
        print(f"over the budget: {', '.join(broken)}")
        sys.exit(1)
    print("within the budget: yes")


if __name__ == "__main__":
    main()
