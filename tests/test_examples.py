"""Everything in examples/ runs, from anywhere, and prints what it found."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sampled(every=83)

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def run(path: Path, *arguments: str, cwd: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error::RuntimeWarning"}
    done = subprocess.run(
        [sys.executable, str(path), *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path: Path, tmp_path: Path) -> None:
    assert run(path, cwd=tmp_path).strip()


@pytest.mark.slow
def test_the_plot_is_written(tmp_path: Path) -> None:
    if importlib.util.find_spec("matplotlib") is None:
        pytest.skip("matplotlib is not installed")
    picture = tmp_path / "sine.png"
    run(ROOT / "examples" / "07_exercises.py", str(picture), cwd=tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_each_row_of_the_chapter_has_its_example() -> None:
    assert [path.stem[:2] for path in EXAMPLES if path.stem[0].isdigit()] == [
        f"{k:02}" for k in range(1, 8)
    ]
