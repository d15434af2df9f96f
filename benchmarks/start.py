"""How long it takes to import symdiff, and from the start of a process to a first gradient.

    python benchmarks/start.py [rounds]

Each is measured in fresh processes; the fastest of several rounds counts. A first gradient is
measured with nothing on disk, and where an earlier process has kept its derivatives. What is
printed beside the time is that of the processor, which other work on the machine disturbs less.
What NumPy and SymPy take to be imported alone is shown for comparison, and what others take to the
same gradient where they are installed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from _timing import show

IMPORT_BOUND = 0.15
FIRST_BOUND = 0.5
KEPT_BOUND = 0.25
KEPT = "first gradient, derivatives kept"

BLACK_SCHOLES = """
import math
def price(s, k, t, r, v):
    d1 = (math.log(s / k) + (r + v * v / 2) * t) / (v * math.sqrt(t))
    d2 = d1 - v * math.sqrt(t)
    n1 = 0.5 * (1 + math.erf(d1 / math.sqrt(2)))
    n2 = 0.5 * (1 + math.erf(d2 / math.sqrt(2)))
    return s * n1 - k * math.exp(-r * t) * n2
values = (100.0, 95.0, 0.5, 0.02, 0.3)
"""

SYMDIFF = """
from symdiff import grad
delta = grad(price, wrt="all")(*values)[0]
"""

AUTOGRAD = """
import autograd, autograd.numpy as np, autograd.scipy.special as special
np.erf, math = special.erf, np
delta = autograd.grad(price)(*values)
"""

JAX = """
import jax, jax.numpy as np
jax.config.update("jax_enable_x64", True)
class math:
    log, sqrt, exp, erf = np.log, np.sqrt, np.exp, jax.scipy.special.erf
delta = float(jax.jit(jax.grad(price))(*values))
"""

TORCH = """
import torch
class math:
    log, exp, erf = torch.log, torch.exp, torch.erf
    sqrt = staticmethod(lambda x: x**0.5)
given = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in values]
price(*given).backward()
delta = float(given[0].grad)
"""

CHECK = """
assert abs(delta - 0.6536) < 1e-4, delta
"""

END = """
import json, time
print(json.dumps([time.time(), time.process_time()]))
"""

PROGRAMS = {
    "import numpy": "import numpy",
    "from symdiff import grad": "from symdiff import grad",
    "import sympy": "import numpy, sympy",
    "first gradient": BLACK_SCHOLES + SYMDIFF + CHECK,
    KEPT: BLACK_SCHOLES + SYMDIFF + CHECK,
}

PEERS = {"autograd": AUTOGRAD, "jax": JAX, "torch": TORCH}


def once(file: Path, kept: str) -> tuple[float, float]:
    """Seconds from the start of a process to the end of a program, and of the processor.

    `kept` is the folder of what other processes have derived, `0` for none.
    """
    begin = "import time; print(repr(time.time()))"
    text = (
        f"import subprocess, sys\n{begin}\nsys.stdout.flush()\n"
        f"sys.exit(subprocess.run([sys.executable, {str(file)!r}]).returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-c", text],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "SYMDIFF_DERIVATIVES_CACHE": kept},
    )
    start, end = done.stdout.split("\n", 1)
    wall, processor = json.loads(end)
    return wall - float(start), processor


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    programs = dict(PROGRAMS)
    for name, text in PEERS.items():
        if importlib.util.find_spec(name):
            programs[f"first gradient, {name}"] = BLACK_SCHOLES + text + CHECK
    best: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for k, (name, text) in enumerate(programs.items()):
            files[name] = Path(folder) / f"program_{k}.py"
            files[name].write_text(text + END, encoding="utf-8")
        for turn in range(rounds + 1):
            for name, file in files.items():
                found = once(file, str(Path(folder) / "kept") if name == KEPT else "0")
                if turn:  # the first round compiles modules, and keeps derivatives
                    known = best.get(name, found)
                    best[name] = (min(found[0], known[0]), min(found[1], known[1]))
    rows = [("", "seconds", "processor")]
    rows += [(name, f"{wall:.3f}", f"{used:.3f}") for name, (wall, used) in best.items()]
    show(rows)
    beyond = best["from symdiff import grad"][0] - best["import numpy"][0]
    first, kept = best["first gradient"][0], best[KEPT][0]
    print(f"import beyond NumPy: {beyond:.3f} s (bound {IMPORT_BOUND})")
    print(f"start to the first gradient: {first:.3f} s (bound {FIRST_BOUND})")
    print(f"start to it where its derivatives are kept: {kept:.3f} s (bound {KEPT_BOUND})")
    if beyond > IMPORT_BOUND or first > FIRST_BOUND or kept > KEPT_BOUND:
        sys.exit(1)


if __name__ == "__main__":
    main()
