"""Gradients beside those of other libraries, and beside careful ones by hand.

    python benchmarks/peers.py                              # all that is installed
    python benchmarks/peers.py --only Rosenbrock --rounds 50 --warm
    python benchmarks/peers.py --peers symdiff,JAX,"CasADi C" --loops 0
    python benchmarks/peers.py --peers all --markdown docs/speed.md --picture docs/speed.svg

Each workload of `workloads/`, and each loop of `loops.py`, is differentiated by each library as
its users do it. The gradients are compared with the one by hand before anything is timed; then all
take turns, in many rounds, on one thread. The table has the fastest round of each over the fastest
round by hand: what else runs on a machine only ever adds. A first gradient is that of the workload
where a library has made others before; what starting costs, and memory, are those of processes of
their own. A library that is not installed, or cannot do it, is a dash.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from measuring import (
    COLUMNS,
    ONE_THREAD,
    alone,
    caches_in,
    child,
    is_large,
    library,
    load,
    machine,
    measure,
    start_up,
)
from page import draw, tables, write
from workloads.repeated import PREFIX

OPTIONAL = ("symdiff C", "numba", "torch.compile", "CasADi C")
"""Measured only where `--peers` names them: they compile for seconds."""
NOT_ON_LOOPS = ("torch.compile", "SymPy")
"""They write down every iteration, which takes minutes."""
STARTS = ("Black-Scholes, 5 Greeks", "network of two layers")


def chosen_workloads(only: str, loops: int) -> list[Any]:
    """The workloads of the folder, and the loops with so many iterations."""
    from workloads import WORKLOADS
    from workloads.repeated import repeated

    listed = [*WORKLOADS, *(repeated(loops) if loops else [])]
    return [w for w in listed if re.search(only, w.name)]


def warmed(held: Any) -> None:
    """Have a library make its first gradients, and import what it needs for that."""
    import math

    import numpy as np
    from workloads import Workload

    def number(x):
        return x * math.exp(x)

    def array(x):
        return np.sum(x * np.sin(x))

    for function, argument in ((number, 0.5), (array, np.ones(3))):
        try:
            f, arguments, keywords = held.derivative(
                Workload("", function, lambda argument=argument: (argument,), function)
            )
            f(*arguments, **keywords)
        except Exception:
            pass


def measured(options: argparse.Namespace, names: list[str]) -> dict[str, Any]:
    """All that is measured, as `page.py` shows it."""
    began = time.time()
    libraries = {}
    for name in names:
        try:
            libraries[name] = library(name)
        except ImportError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    names = list(libraries)
    state = machine(libraries)
    for held in libraries.values():
        warmed(held)
    rows: list[dict[str, Any]] = []
    memory: dict[str, Any] = {}
    starts: dict[str, Any] = {}
    for workload in chosen_workloads(options.only, options.loops):
        print(f"{time.time() - began:4.0f} s  {workload.name} ...", file=sys.stderr, flush=True)
        able = libraries
        if workload.name.startswith(PREFIX):
            able = {n: held for n, held in libraries.items() if n not in NOT_ON_LOOPS}
        row = measure(workload, able, options.rounds)
        rows.append(row)
        if options.warm:
            continue
        if workload.name in STARTS:
            starts[workload.name] = {
                name: start_up(__file__, name, workload, 3)
                for name in row["times"]
                if name != "hand"
            }
        elif is_large(workload):
            with tempfile.TemporaryDirectory() as folder:
                memory[workload.name] = {
                    name: found["memory"]
                    for name in row["times"]
                    if "memory" in (found := alone(__file__, name, workload, folder))
                }
    state["load"].append(load())
    return {
        "machine": state,
        "names": names,
        "loops": options.loops,
        "rows": rows,
        "start_up": starts,
        "memory": memory,
        "seconds": time.time() - began,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", metavar="REGEX", help="workloads")
    parser.add_argument(
        "--peers", default="", help="names of columns, with commas between them, or `all`"
    )
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument(
        "--loops", type=int, default=1000, metavar="N", help="iterations of loops; 0: no loops"
    )
    parser.add_argument("--warm", action="store_true", help="nothing in processes of their own")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="a page to put tables into")
    parser.add_argument("--picture", metavar="FILE", type=Path)
    parser.add_argument("--save", metavar="FILE", type=Path, help="what was measured, as JSON")
    parser.add_argument("--saved", metavar="FILE", type=Path, help="show that, measure nothing")
    parser.add_argument("--reasons", action="store_true", help="why a dash is one")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.picture and importlib.util.find_spec("matplotlib") is None:
        parser.error("--picture draws with matplotlib: pip install matplotlib")
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ONE_THREAD})
    warnings.simplefilter("ignore")
    # Some libraries leave an audit hook, which each `f.__code__` of the others calls, too.
    sys.addaudithook = lambda hook: None
    if options.child:
        name, chosen, began = options.child
        loops = options.loops if chosen.startswith(PREFIX) else 0  # they import symdiff for all
        (workload,) = chosen_workloads(f"^{re.escape(chosen)}$", loops)
        child(name, workload, float(began))
        return
    wanted = [name.strip() for name in options.peers.split(",") if name.strip()]
    if not wanted:
        wanted = [name for name in COLUMNS if name not in OPTIONAL]
    unknown = set(wanted) - {*COLUMNS, "all"}
    if unknown:
        parser.error(f"no library is called {', '.join(sorted(unknown))}")
    names = [n for n in COLUMNS if n in wanted or n == "hand" or "all" in wanted]
    if options.saved:
        result = json.loads(options.saved.read_text(encoding="utf-8"))
    else:
        with tempfile.TemporaryDirectory() as folder:
            os.environ.update({**caches_in(folder), "SYMDIFF_DERIVATIVES_CACHE": "0"})
            result = measured(options, names)
    if options.save:
        options.save.write_text(json.dumps(result, indent=1), encoding="utf-8")
    if options.markdown:
        write(result, options.markdown)
    else:
        print("\n".join(tables(result)))
    if options.reasons:
        print(
            "",
            *(
                f"{r['name']}, {n}: {why}"
                for r in result["rows"]
                for n, why in r["reasons"].items()
            ),
            sep="\n",
        )
    if options.picture:
        draw(result, options.picture)
    print(f"measured in {result['seconds']:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
