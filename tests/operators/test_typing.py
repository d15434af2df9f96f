"""The types of the public names, as users meet them."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("typed_operators.py")

needs_mypy = pytest.mark.skipif(
    importlib.util.find_spec("mypy") is None, reason="mypy is not installed"
)


_OPTIONS = ("--strict", "--follow-imports=silent")


def check(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--follow-imports=silent",
            "--cache-dir",
            str(cache),
            *arguments,
        ],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@needs_mypy
@pytest.mark.slow
def test_every_operator_is_typed(tmp_path: Path) -> None:
    done = check(str(FILE), cache=tmp_path)
    assert done.returncode == 0, done.stdout


@needs_mypy
@pytest.mark.slow
def test_a_wrong_call_is_found(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "from symdiff import derivative, grad, jacobian\n"
        "def f(x: float) -> float:\n    return x\n"
        "grad(f)('text')\n"
        "jacobian(f, mode='sideways')\n"
        "derivative(f, n='two')\n",
        encoding="utf-8",
    )
    done = check(str(wrong), cache=tmp_path)
    assert done.stdout.count("error:") >= 3, done.stdout


@pytest.mark.slow
def test_the_typed_file_runs() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, str(FILE)], env=environment, check=True, timeout=120)
