"""The workloads of the benchmark against peers are differentiated right, and the script runs."""

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import optree
import pytest

from symdiff import batched, grad, hessian, hvp, jacobian

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


def _module(name: str) -> Any:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(BENCHMARKS))


def _workloads() -> list[Any]:
    return list(_module("workloads").WORKLOADS)


def _moved(value: Any) -> Any:
    return 1.01 * value if np.asarray(value).dtype == float else value


@pytest.mark.parametrize("workload", _workloads(), ids=lambda w: w.name)
def test_a_workload_is_differentiated_as_by_hand(workload: Any) -> None:
    f = workload.function
    by = workload.by if len(workload.by) > 1 else workload.by[0]
    derivative = {
        "gradient": lambda: grad(f, by),
        "jacobian": lambda: jacobian(f),
        "jacobians": lambda: batched(jacobian(f), in_axes=1),
        "hessian": lambda: hessian(f),
        "hvp": lambda: hvp(f),
    }[workload.wanted]()
    arguments = workload.arguments()
    for _ in range(2):
        found = optree.tree_leaves(derivative(*arguments, **workload.keywords))
        hand = optree.tree_leaves(workload.by_hand(*arguments, **workload.keywords))
        assert len(found) == len(hand)
        for mine, theirs in zip(found, hand):
            scale = float(np.max(np.abs(theirs)))
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12 * scale)
        arguments = optree.tree_map(_moved, arguments)


def test_the_benchmark_prints_a_ratio_for_each_library() -> None:
    command = [sys.executable, str(BENCHMARKS / "peers.py"), "--only", "^Rosenbrock 10$"]
    command += ["--peers", "symdiff", "--rounds", "2", "--reasons"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    number = r"\d+(?:\.\d+)?"
    row = rf"\| Rosenbrock 10 \| +{number} [nµm]s \| +\*\*{number}\*\* \|"
    assert re.search(row, done.stdout)
    assert "First gradients" in done.stdout


def test_an_unknown_library_is_refused() -> None:
    command = [sys.executable, str(BENCHMARKS / "peers.py"), "--peers", "Jacks"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 2
    assert "no library is called Jacks" in done.stderr


def test_a_gradient_of_numbers_takes_few_operations() -> None:
    command = [sys.executable, str(BENCHMARKS / "operations.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"black_scholes +26 +\d+ +\d", done.stdout)


def _rounds(least: float) -> dict[str, float]:
    return {"least": least, "median": 1.1 * least, "spread": 0.08, "rounds": 40}


def _measured() -> dict[str, Any]:
    """What was measured, of few libraries and workloads."""
    seconds = {
        "cubic": {"hand": 1e-7, "symdiff": 3e-7, "SymPy": 2e-7, "JAX": 9e-6, "numba": 1e-8},
        "long array": {"hand": 1e-2, "symdiff": 9e-3, "JAX": 4e-3},
        "loop: pendulum": {"hand": 1e-3, "symdiff": 5e-4},
    }
    return {
        "machine": {
            "processor": "Some processor, 2 cores, Linux",
            "date": "2030-01-02",
            "cores": 2,
            "load": ["0.10", "1.02"],
            "versions": {"Python": "3.14.0", "NumPy": "2.9"},
        },
        "names": ["hand", "symdiff", "numba", "JAX", "SymPy"],
        "loops": 1000,
        "rows": [
            {
                "name": name,
                "times": {library: _rounds(t) for library, t in times.items()},
                "first": {library: 1e4 * t for library, t in times.items()},
                "reasons": {},
            }
            for name, times in seconds.items()
        ],
        "start_up": {"cubic": {"symdiff": {"fresh": 0.31, "kept": 0.152}, "JAX": {"fresh": 2.0}}},
        "memory": {"long array": {"hand": 16.0, "symdiff": 20.0}},
        "seconds": 12.0,
    }


def _tables(text: str) -> list[list[list[str]]]:
    """The cells of all tables."""
    blocks = re.findall(r"(?:^\|.*\|\n)+", text, re.M)
    return [
        [[c.strip() for c in line.strip("|").split("|")] for line in block.splitlines()]
        for block in blocks
    ]


def test_a_page_has_what_was_measured(tmp_path: Path) -> None:
    page = _module("page")
    path = tmp_path / "speed.md"
    path.write_text(
        f"# Speed\n\nBefore.\n\n{page.BEGIN}old\n{page.END}\nAfter.\n", encoding="utf-8"
    )
    page.write(_measured(), path)
    text = path.read_text(encoding="utf-8")
    page.write(_measured(), path)
    assert path.read_text(encoding="utf-8") == text
    assert text.startswith("# Speed\n\nBefore.\n")
    assert text.endswith("\nAfter.\n")
    assert "old" not in text
    assert "load 0.10 before, 1.02 after" in text
    assert "Python 3.14.0, NumPy 2.9" in text
    assert page.BUSY not in text
    busy = _measured()
    busy["machine"]["load"] = ["0.10", "2.50"]
    assert page.BUSY in page.tables(busy)
    tables = _tables(text)
    for table in tables:
        assert len({len(row) for row in table}) == 1, table[0]
    rows = [row for table in tables for row in table]
    assert ["cubic", "100 ns", "3.00", "**2.00**"] in rows  # beside SymPy
    assert ["cubic", "100 ns", "**90**", "0.10"] in rows  # JAX, and the one by hand in numba
    assert ["long array", "10 ms", "**0.40**", "–"] in rows
    assert ["pendulum", "1 ms", "**0.50**", "–"] in rows
    assert ["symdiff", "3 of 3", "1.95", "0.50", "1.00", "5 s", "310 ms", "152 ms"] in rows
    assert ["JAX", "2 of 3", "45", "–", "15", "20 s", "2 s", "–"] in rows
    assert ["symdiff", "1.25"] in rows  # memory
    assert ["pendulum", "1 ms", "1.1 ms", "8 %", "500 µs", "550 µs", "8 %"] in rows


def test_a_picture_is_small_and_has_colours_for_dark_pages(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    page = _module("page")
    page.draw(_measured(), tmp_path / "speed.svg")
    text = (tmp_path / "speed.svg").read_text(encoding="utf-8")
    assert len(text) < 100_000
    for shown in ("Formulas and arrays", "Loops of 1,000 iterations", "by hand, numba", "2/2"):
        assert shown in text
    for colour in page.AT_NIGHT.values():
        assert colour in text


def test_the_page_of_the_docs_has_all_workloads() -> None:
    text = (BENCHMARKS.parent / "docs" / "speed.md").read_text(encoding="utf-8")
    shown = {row[0] for table in _tables(text) for row in table}
    loops = [name for name, loop in _module("loops").WORKLOADS.items() if loop.by_hand]
    assert len(loops) > 15
    assert {*loops, *(w.name for w in _workloads())} <= shown
    assert (BENCHMARKS.parent / "docs" / "speed.svg").stat().st_size < 100_000
