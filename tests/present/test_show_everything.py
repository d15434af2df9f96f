"""A few files of the standard library and of NumPy, shown as the tool shows all of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_sample():
    only = r"(/colorsys|/shutil|/tempfile|/calendar|/mailbox|numpy/lib/_utils_impl)\.py$"
    done = subprocess.run(
        [sys.executable, "tools/show_everything.py", "--only", only],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    assert "6 files" in done.stdout
