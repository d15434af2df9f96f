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


def _workloads() -> list[Any]:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return list(importlib.import_module("workloads").WORKLOADS)
    finally:
        sys.path.remove(str(BENCHMARKS))


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
    assert re.search(rf"\| Rosenbrock 10 \| +{number} [nµm]s \| +{number} \|", done.stdout)
    assert "A first gradient" in done.stdout


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
