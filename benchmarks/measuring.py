"""How `peers.py` measures: by turns in one process, and in processes of their own."""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import math
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import optree

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
PER_ROUND = 2e-3
"""Seconds that the calls of a library take in a round, about."""
MOST = 1.0
"""Seconds that all rounds of a library take at most, but for `FEWEST` of them."""
FEWEST = 5
LIMIT = 30
"""Seconds after which a first gradient is given up."""
LARGE = 400_000
"""Bytes of arguments from which on the memory of a gradient is measured."""
CACHES = ("SYMDIFF_DERIVATIVES_CACHE", "SYMDIFF_NATIVE_CACHE", "TORCHINDUCTOR_CACHE_DIR")
"""Variables that name a folder where a library keeps what it made, for other processes."""

Seconds = dict[str, float]


def library(name: str) -> Any:
    module, kind = COLUMNS[name]
    return getattr(__import__(module), kind)()


def caches_in(folder: str) -> dict[str, str]:
    """The environment of a process that keeps in this folder what it makes."""
    return {name: os.path.join(folder, name.lower()) for name in CACHES}


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
    if len(found) != len(hand):
        return f"{len(found)} results for {len(hand)}"
    for mine, theirs in zip(found, hand):
        if mine.size != theirs.size:
            return f"shape {mine.shape} for {theirs.shape}"
        error = np.max(np.abs(mine.reshape(theirs.shape) - theirs)) / np.max(np.abs(theirs))
        if not error <= tolerance:
            return f"off by {error:.1e}"
    return ""


@contextlib.contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """What takes longer is given up, at the next step of Python."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"over {seconds} s")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def summary(times: list[float]) -> Seconds:
    """The fastest round, the median, and the width of the middle half over it."""
    times = sorted(times)
    middle, quarter = statistics.median(times), len(times) // 4
    return {
        "least": times[0],
        "median": middle,
        "spread": (times[-1 - quarter] - times[quarter]) / middle,
        "rounds": len(times),
    }


def measure(workload: Any, libraries: dict[str, Any], rounds: int) -> dict[str, Any]:
    """A row: rounds and seconds of a first gradient by library, and why others have none."""
    hand = None
    calls, firsts, reasons = {}, {}, {}
    for name, held in libraries.items():
        try:
            with at_most(LIMIT):
                start = time.perf_counter()
                f, arguments, keywords = held.derivative(workload)
                result = f(*arguments, **keywords)
                first = time.perf_counter() - start
                found = held.numbers(result)
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
        firsts[name] = first
        calls[name] = (timed, f, max(1, int(PER_ROUND / (timed(1, f) + 1e-9))))
    times: dict[str, list[float]] = {name: [] for name in calls}
    spent = dict.fromkeys(calls, 0.0)
    gc.collect()
    gc.freeze()  # the collector walks through the modules of all libraries, else
    for turn in range(rounds):
        for name, (timed, f, count) in calls.items():
            if turn < FEWEST or spent[name] < MOST:
                seconds = timed(count, f)
                spent[name] += seconds
                times[name].append(seconds / count)
    gc.unfreeze()
    return {
        "name": workload.name,
        "times": {name: summary(found) for name, found in times.items()},
        "first": firsts,
        "reasons": reasons,
    }


def is_large(workload: Any) -> bool:
    """Whether its arguments are so large that the memory of a gradient can be told."""
    return sum(np.asarray(a).nbytes for a in optree.tree_leaves(workload.arguments())) >= LARGE


# -- in a process of its own


def resident(kind: str) -> float:
    """Megabytes of this process that are in memory (`VmRSS`), or were at most (`VmHWM`)."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(float(line.split()[1]) for line in status if line.startswith(kind)) / 1e3


def child(name: str, workload: Any, began: float) -> None:
    """A first gradient in this process, and the memory of a later one, as a line of JSON."""
    f, arguments, keywords = library(name).derivative(workload)
    f(*arguments, **keywords)
    found: dict[str, float] = {"since": time.time() - began}
    try:
        f(*arguments, **keywords)
        with open("/proc/self/clear_refs", "w", encoding="ascii") as marks:
            marks.write("5")
        before = resident("VmRSS")
        f(*arguments, **keywords)
        found["memory"] = resident("VmHWM") - before
    except OSError:
        pass  # not Linux
    print(json.dumps(found))


def alone(script: str, name: str, workload: Any, folder: str) -> Seconds:
    """What a process of its own tells, which keeps what it makes in this folder."""
    # What is freed goes back to the system, so that the memory of one call can be told.
    own = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
    environment = {**os.environ, **own, **caches_in(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # modules are compiled once, as ever
    done = subprocess.run(
        [sys.executable, script, "--child", name, workload.name, repr(time.time())],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    lines = done.stdout.splitlines()
    return json.loads(lines[-1]) if done.returncode == 0 and lines else {}


def start_up(script: str, name: str, workload: Any, rounds: int) -> Seconds:
    """Seconds from the start of a process to a first gradient, and with what an earlier one kept.

    The fastest of several, of which only one is made where it takes long.
    """
    best = {"fresh": math.inf, "kept": math.inf}
    for turn in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            for kind in best:
                found = alone(script, name, workload, folder).get("since", math.inf)
                best[kind] = min(best[kind], found)
        if turn == 0 and best["fresh"] > 3.0:
            break
    return {kind: seconds for kind, seconds in best.items() if seconds < math.inf}


# -- the machine


def load() -> str:
    return f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "?"


def machine(libraries: dict[str, Any]) -> dict[str, Any]:
    """What machine this is, in what state, and which versions."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            model = next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass
    versions = {"Python": platform.python_version(), "NumPy": np.__version__}
    for name, held in libraries.items():
        module = name.removesuffix(" C")
        if held.version and module != "torch.compile":
            versions[module] = held.version
    return {
        "processor": f"{model}, {os.cpu_count()} cores, {platform.system()}",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": os.cpu_count(),
        "load": [load()],
        "versions": versions,
    }
