"""Gradients beside those of other libraries, and beside careful ones by hand.

    python benchmarks/peers.py                              # all that is installed
    python benchmarks/peers.py --only Rosenbrock --rounds 50
    python benchmarks/peers.py --peers symdiff,JAX,"CasADi C" --picture peers.svg

Each workload of `workloads/` is differentiated by each library as its users do it. The gradients
are compared with the one by hand before anything is timed; then all take turns, in many rounds,
on one thread. The table has the fastest round of each over the fastest round by hand: what else
runs on a machine only ever adds. The first gradient and the memory are those of a process of
their own. A library that is not installed, or cannot do it, is a dash.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import math
import os
import re
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}
COLUMNS = {
    "hand": ("libraries", "Hand"),
    "symdiff": ("libraries", "Symdiff"),
    "symdiff C": ("libraries", "SymdiffNative"),
    "numba": ("libraries", "Numba"),
    "JAX": ("libraries", "Jax"),
    "PyTorch": ("libraries", "Torch"),
    "torch.compile": ("libraries", "TorchCompiled"),
    "autograd": ("libraries", "Autograd"),
    "Advect": ("libraries", "Advect"),
    "CasADi": ("symbols", "Casadi"),
    "CasADi C": ("symbols", "CasadiC"),
    "tangent": ("libraries", "Tangent"),
    "SymPy": ("symbols", "SymPy"),
}
OPTIONAL = ("symdiff C", "numba", "torch.compile", "CasADi C")
"""Measured only where `--peers` names them: they compile for seconds."""
ON_LOOPS = ("symdiff", "PyTorch", "autograd")
"""Those that differentiate the loops of `loops.py` as they are."""
PER_ROUND = 2e-3
"""Seconds that the calls of a library take in a round, about."""


def library(name: str) -> Any:
    module, kind = COLUMNS[name]
    return getattr(__import__(module), kind)()


def loop(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Callable[..., float]:
    """A function that calls another a number of times with these arguments: seconds."""
    names = [f"a{k}" for k in range(len(arguments))]
    given = names + [f"{name}={name}" for name in keywords]
    text = (
        f"def timed(count, f, clock, repeat, {', '.join([*names, *keywords])}):\n"
        f"    start = clock()\n"
        f"    for _ in repeat(None, count):\n"
        f"        f({', '.join(given)})\n"
        f"    return clock() - start\n"
    )
    scope: dict[str, Any] = {}
    exec(text, scope)
    timed = scope["timed"]
    return lambda count, f: timed(
        count, f, time.perf_counter, itertools.repeat, *arguments, **keywords
    )


def wrong(found: list[Any], hand: list[Any], tolerance: float) -> str:
    """What is wrong with a gradient, by that of hand; nothing if it is right."""
    import numpy as np

    if len(found) != len(hand):
        return f"{len(found)} results for {len(hand)}"
    for mine, theirs in zip(found, hand):
        if mine.size != theirs.size:
            return f"shape {mine.shape} for {theirs.shape}"
        error = np.max(np.abs(mine.reshape(theirs.shape) - theirs)) / np.max(np.abs(theirs))
        if not error <= tolerance:
            return f"off by {error:.1e}"
    return ""


def measure(workload: Any, libraries: dict[str, Any], rounds: int) -> dict[str, Any]:
    """Seconds of each round by the name of the library, and why others have none."""
    hand = None
    calls, reasons = {}, {}
    for name, held in libraries.items():
        try:
            f, arguments, keywords = held.derivative(workload)
            found = held.numbers(f(*arguments, **keywords))
        except Exception as error:
            reasons[name] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            continue
        if hand is None:
            hand = found
        reason = wrong(found, hand, workload.tolerance)
        if reason:
            reasons[name] = reason
            continue
        timed = loop(arguments, keywords)
        timed(3, f)
        calls[name] = (timed, f, max(1, int(PER_ROUND / (timed(1, f) + 1e-9))))
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, (timed, f, count) in calls.items():
            times[name].append(timed(count, f) / count)
    return {"times": times, "reasons": reasons}


def resident(kind: str) -> float:
    """Megabytes of this process that are in memory (`VmRSS`), or were at most (`VmHWM`)."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(float(line.split()[1]) for line in status if line.startswith(kind)) / 1e3


def chosen_workloads(only: str, loops: int) -> list[Any]:
    """The workloads of the folder, or those of `loops.py` with so many iterations."""
    if loops:
        from loops import WORKLOADS as LOOPS
        from workloads import Workload

        listed = [
            Workload(
                name,
                w.function,
                lambda w=w: w.arguments(min(loops, w.most)),
                w.by_hand,
                tolerance=1e-7,
            )
            for name, w in LOOPS.items()
            if w.by_hand is not None
        ]
    else:
        from workloads import WORKLOADS

        listed = WORKLOADS
    return [w for w in listed if re.search(only, w.name)]


def child(name: str, chosen: str) -> None:
    """A first gradient in this process, and the memory of a later one, as a line of JSON."""
    began = float(os.environ["BENCHMARK_BEGAN"])
    loops = int(os.environ["BENCHMARK_LOOPS"])
    (workload,) = chosen_workloads(f"^{re.escape(chosen)}$", loops)
    held = library(name)
    workload.arguments()
    start = time.perf_counter()
    f, arguments, keywords = held.derivative(workload)
    f(*arguments, **keywords)
    first = time.perf_counter() - start
    since = time.time() - began
    memory = math.nan
    try:
        f(*arguments, **keywords)
        with open("/proc/self/clear_refs", "w", encoding="ascii") as marks:
            marks.write("5")
        before = resident("VmRSS")
        f(*arguments, **keywords)
        memory = resident("VmHWM") - before
    except OSError:
        pass  # not Linux
    print(json.dumps({"first": first, "since": since, "memory": memory}))


def alone(name: str, workload: Any, loops: int) -> dict[str, float]:
    """The first gradient of a library in a process of its own."""
    # What is freed goes back to the system, so that the memory of one call can be told.
    own = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
    own |= {"BENCHMARK_BEGAN": str(time.time()), "BENCHMARK_LOOPS": str(loops)}
    environment = {**os.environ, **own}
    done = subprocess.run(
        [sys.executable, __file__, "--child", name, workload.name],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    lines = done.stdout.splitlines()
    return json.loads(lines[-1]) if done.returncode == 0 and lines else {}


def machine(libraries: dict[str, Any]) -> list[str]:
    """What machine this is, in what state, and which versions."""
    import platform

    import numpy as np

    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            model = next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass
    load = ", ".join(f"{x:.2f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "-"
    versions = [f"NumPy {np.__version__}"]
    versions += [f"{name} {held.version}" for name, held in libraries.items() if held.version]
    return [
        f"- {model}, {os.cpu_count()} cores, one thread used; load {load}; {platform.system()}",
        f"- Python {platform.python_version()}; {', '.join(versions)}",
    ]


def time_text(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def ratio_text(ratio: float) -> str:
    if math.isnan(ratio):
        return "-"
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def table(title: str, head: list[str], rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]

    def line(row: list[str]) -> str:
        cells = [
            text.rjust(w) if k else text.ljust(w) for k, (text, w) in enumerate(zip(row, widths))
        ]
        return f"| {' | '.join(cells)} |"

    rule = [("-" * w if k == 0 else "-" * (w - 1) + ":") for k, w in enumerate(widths)]
    return ["", f"## {title}", "", line(head), f"| {' | '.join(rule)} |", *map(line, rows)]


def ratios(found: dict[str, Any], name: str) -> float:
    times = found["times"]
    return min(times[name]) / min(times["hand"]) if name in times else math.nan


def report(results: dict[str, Any], names: list[str], firsts: dict[str, Any]) -> list[str]:
    """The tables, in Markdown."""
    others = [name for name in names if name != "hand"]
    warm = [
        [w, time_text(min(found["times"]["hand"])), *(ratio_text(ratios(found, n)) for n in others)]
        for w, found in results.items()
    ]
    lines = table("A warm gradient, over the one by hand", ["", "hand", *others], warm)
    spread = []
    for w, found in results.items():
        row = [w]
        for name in ("hand", "symdiff"):
            times = sorted(found["times"].get(name, [])) or [math.nan]
            middle, least = statistics.median(times), times[0]
            quarter = len(times) // 4
            wide = (times[-1 - quarter] - times[quarter]) / middle
            row += [time_text(least), time_text(middle), f"{100 * wide:.0f} %"]
        spread.append(row)
    head = [
        "",
        *(f"{n}: {what}" for n in ("hand", "symdiff") for what in ("least", "median", "spread")),
    ]
    lines += table("Rounds: the fastest, the median, and the middle half over it", head, spread)
    if firsts:
        for key, title in (
            ("first", "A first gradient, with what was imported before it left out"),
            ("since", "From the start of the process to the first gradient"),
        ):
            rows = [
                [w, *(time_text(f[n][key]) if f.get(n) else "-" for n in others)]
                for w, f in firsts.items()
            ]
            lines += table(title, ["", *others], rows)
        rows = []
        for w, f in firsts.items():
            hand = f.get("hand", {}).get("memory", math.nan)
            if hand >= 0.5:
                rows.append(
                    [w, f"{hand:.1f} MB"]
                    + [ratio_text(f[n]["memory"] / hand) if f.get(n) else "-" for n in others]
                )
        if rows:
            lines += table(
                "Most memory of a gradient, over that by hand", ["", "hand", *others], rows
            )
    return lines


def draw(results: dict[str, Any], names: list[str], path: str) -> None:
    """The warm gradients as a picture: a row for each workload, a mark for each library."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = [name for name in names if name != "hand"]
    figure, axes = pyplot.subplots(figsize=(8, 0.34 * len(results) + 1.4))
    for k, name in enumerate(shown):
        own = name.startswith("symdiff")
        points = [(ratios(f, name), -row) for row, f in enumerate(results.values())]
        axes.scatter(
            [x for x, _ in points],
            [y for _, y in points],
            s=70 if own else 26,
            marker="D" if own else "o",
            color=f"C{k}",
            label=name,
            zorder=3 if own else 2,
        )
    axes.axvline(1.0, color="0.3", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks([-row for row in range(len(results))], list(results))
    axes.set_xlabel("time of a gradient, over the one written by hand")
    axes.grid(axis="both", linewidth=0.4, alpha=0.6)
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.08), ncols=5, frameon=False)
    figure.savefig(path, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", metavar="REGEX", help="workloads")
    parser.add_argument("--peers", default="", help="names of columns, with commas between them")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--loops", type=int, default=0, metavar="N", help="loops, N iterations")
    parser.add_argument("--warm", action="store_true", help="no first gradients, no memory")
    parser.add_argument("--picture", metavar="FILE")
    parser.add_argument("--reasons", action="store_true", help="why a dash is one")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.picture and importlib.util.find_spec("matplotlib") is None:
        parser.error("--picture draws with matplotlib: pip install matplotlib")
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ONE_THREAD})
    warnings.simplefilter("ignore")
    if options.child:
        child(*options.child)
        return
    wanted = [name.strip() for name in options.peers.split(",") if name.strip()]
    if not wanted:
        wanted = list(ON_LOOPS) if options.loops else [n for n in COLUMNS if n not in OPTIONAL]
    unknown = set(wanted) - set(COLUMNS)
    if unknown:
        parser.error(f"no library is called {', '.join(sorted(unknown))}")
    names = [name for name in COLUMNS if name in wanted or name == "hand"]
    libraries = {}
    for name in names:
        try:
            libraries[name] = library(name)
        except ImportError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    names = [name for name in names if name in libraries]
    print("\n".join(machine(libraries)), flush=True)
    results, firsts, reasons = {}, {}, []
    for workload in chosen_workloads(options.only, options.loops):
        print(f"{workload.name} ...", file=sys.stderr, flush=True)
        found = results[workload.name] = measure(workload, libraries, options.rounds)
        reasons += [f"{workload.name}, {n}: {why}" for n, why in found["reasons"].items()]
        if not options.warm:
            firsts[workload.name] = {
                name: alone(name, workload, options.loops) for name in found["times"]
            }
    print("\n".join(report(results, names, firsts)))
    if options.reasons:
        print("", *reasons, sep="\n")
    if options.picture:
        draw(results, names, options.picture)


if __name__ == "__main__":
    main()
