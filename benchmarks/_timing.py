"""Timing by ratios within one run, and the table that shows them."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any


def per_call(f: Callable[..., Any], *args: Any, repeats: int = 15, seconds: float = 0.02) -> float:
    """Seconds a call of `f` takes: the median of several rounds, each long enough to time."""
    f(*args)
    count, elapsed = 1, 0.0
    while elapsed < seconds:
        count *= 2
        start = time.perf_counter()
        for _ in range(count):
            f(*args)
        elapsed = time.perf_counter() - start
    rounds = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(count):
            f(*args)
        rounds.append((time.perf_counter() - start) / count)
    return statistics.median(rounds)


def show(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows of text in aligned columns."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        print("  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip())


def verdict(name: str, ratio: float, bound: float) -> None:
    """Print the ratio against its bound, and exit with status 1 if it is above."""
    passed = ratio <= bound
    print(f"{name}: {ratio:.2f} (bound {bound:g}): {'pass' if passed else 'FAIL'}")
    if not passed:
        sys.exit(1)
