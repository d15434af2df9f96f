"""How long the first gradient of many statements takes, no two of which are alike.

    python benchmarks/different_statements.py [statements]

Each statement is differentiated symbolically, once. What that costs by SymPy alone, `expr.diff` for
each variable, is what the ratio is taken to; the cost of a statement must not grow with their
number. Each run is a fresh process.
"""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

from _timing import show, verdict

STATEMENTS = 2_000
BOUND = 1.0
GROWTH = 1.5

UNARY = ("sin({0})", "cos({0})", "tanh({0})", "exp(-{0}*{0})", "sqrt(1.0 + {0}*{0})", "atan({0})")


def expression(draw: random.Random, names: list[str], depth: int) -> str:
    if not depth:
        return draw.choice(names) if draw.random() < 0.8 else f"{draw.uniform(0.1, 2.0):.3f}"
    first = expression(draw, names, depth - 1)
    if draw.random() < 0.35:
        return draw.choice(UNARY).format(f"({first})")
    return f"({first} {draw.choice('+-**')} {expression(draw, names, depth - 1)})"


def statements(count: int) -> list[str]:
    draw = random.Random(count)
    names, found = ["x", "y"], []
    for k in range(count):
        right = expression(draw, names[-6:], draw.choice((1, 2, 2, 3)))
        found.append(f"0.5*sin({right} + 0.1*{names[-1]})")
        names.append(f"v{k}")
    return found


def module(lines: list[str], folder: str) -> ModuleType:
    path = Path(folder) / "many.py"
    body = [f"    v{k} = {line}\n    total += v{k}*{k}\n" for k, line in enumerate(lines)]
    path.write_text(
        "from math import *\n\n\ndef f(x, y):\n    total = 0.0\n"
        + "".join(body)
        + "    return total\n"
    )
    spec = importlib.util.spec_from_file_location("many", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def measure(count: int) -> dict[str, float]:
    import sympy

    from symdiff import grad

    lines = statements(count)
    grad(lambda x: x * x)(1.0)  # what is imported late is not part of the ratio
    with tempfile.TemporaryDirectory() as folder:
        f = module(lines, folder).f
        g = grad(f)
        start = time.process_time()
        found = g(0.3, 0.4)
        first = time.process_time() - start
    step = 1e-6
    assert abs(found - (f(0.3 + step, 0.4) - f(0.3 - step, 0.4)) / (2 * step)) < 1e-4 * abs(found)
    names = {n: getattr(sympy, n) for n in ("sin", "cos", "tanh", "exp", "sqrt", "atan")}
    names |= {f"v{k}": sympy.Symbol(f"v{k}", real=True) for k in range(count)}
    names |= {n: sympy.Symbol(n, real=True) for n in "xy"}
    start = time.process_time()
    for line in lines:
        made = eval(line, names)
        for symbol in made.free_symbols:
            made.diff(symbol)
    return {"first": first, "sympy": time.process_time() - start}


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else STATEMENTS
    rows, costs = [("statements, all different", "ms for each", "/ SymPy's diff")], {}
    for n in (count // 4, count):
        command = [sys.executable, __file__, "--one", str(n)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        run = json.loads(done.stdout)
        costs[n] = run["first"] / n
        ratio = run["first"] / run["sympy"]
        rows.append((f"{n:,}", f"{1e3 * costs[n]:.2f}", f"{ratio:.2f}"))
    show(rows)
    verdict("first gradient / SymPy's diff of each statement", ratio, BOUND)
    verdict(
        f"a statement of {count:,} / of {count // 4:,}", costs[count] / costs[count // 4], GROWTH
    )


if __name__ == "__main__":
    main()
