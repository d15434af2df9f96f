"""How long the first gradient of a loop of 10,000 steps, written out, takes: over `compile()`.

    python benchmarks/first_gradient.py [steps]

Each run is a fresh process. It calls the gradient once, then times CPython's `compile()` on the
source that was emitted for it. The ratio of the two medians is what counts. Loops are unrolled
here: where one stays a loop (`loops.py`), neither grows with the steps.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time

from _timing import show, verdict

STEPS = 10_000
RUNS = 5
BOUND = 3.0


def long_loop(x: float, c: float) -> float:
    for _ in range(10_000):
        x = x + 0.01 * math.sin(x) * c
    return x


def shorter_loop(x: float, c: float, steps: int) -> float:
    for _ in range(steps):
        x = x + 0.01 * math.sin(x) * c
    return x


def by_hand(x: float, c: float, steps: int) -> float:
    slope = 1.0
    for _ in range(steps):
        slope *= 1 + 0.01 * math.cos(x) * c
        x = x + 0.01 * math.sin(x) * c
    return slope


def measure(steps: int) -> dict[str, float]:
    from symdiff import grad
    from symdiff.settings import rolling

    # What is imported late (SymPy) and made once for all functions is not part of the ratio.
    grad(lambda x, c: x + 0.5 * math.cos(x) * c)(0.3, 0.2)

    function = long_loop if steps == STEPS else shorter_loop
    args = (0.3, 0.2) if steps == STEPS else (0.3, 0.2, steps)
    g = grad(function)
    with rolling(False):
        start = time.perf_counter()
        found = g(*args)
        first = time.perf_counter() - start
        start = time.perf_counter()
        g(*args)
        warm = time.perf_counter() - start
        text = g.generated_source(*args)
    assert math.isclose(found, by_hand(0.3, 0.2, steps), rel_tol=1e-10)

    start = time.perf_counter()
    compile(text, "<emitted>", "exec")
    compiling = time.perf_counter() - start
    return {
        "first": first,
        "warm": warm,
        "compile": compiling,
        "lines": text.count("\n"),
    }


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
        return
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS
    runs = []
    for _ in range(RUNS):
        command = [sys.executable, __file__, "--one", str(steps)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        runs.append(json.loads(done.stdout))
    middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    compiling = middle["compile"]
    show(
        [
            (f"{steps} steps, medians of {RUNS} fresh runs", "seconds", "/ compile()"),
            ("CPython compile() of the emitted source", f"{compiling:.3f}", "1.00"),
            ("first gradient call", f"{middle['first']:.3f}", f"{middle['first'] / compiling:.2f}"),
            ("warm gradient call", f"{middle['warm']:.4f}", f"{middle['warm'] / compiling:.4f}"),
        ]
    )
    print(f"emitted source: {middle['lines']:.0f} lines")
    verdict("first gradient / compile()", middle["first"] / compiling, BOUND)


if __name__ == "__main__":
    main()
