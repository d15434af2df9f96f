"""Showing a function acts on nothing, whatever the function does."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .shown import acting

pytestmark = pytest.mark.sampled(every=11)

HERE = Path(__file__).parent / "shown"

HARMLESS = {
    *("prints", "prints_const", "logs", "warns", "sleeps"),
    *("sets_global", "sets_dict", "appends", "adds_set", "writes_array", "hidden", "clears"),
    *("dictdel", "setsattr"),
}
"""What has a derivative without the act: a notice that is left out, or a change that is made when
the gradient is called."""

NOT_TARGETS = {"cleanup", "cleanup2"}
NAMES = [
    name
    for name, value in vars(acting).items()
    if callable(value)
    and getattr(value, "__module__", None) == acting.__name__
    and type(value).__name__ == "function"
]


def shown(folder, *options):
    shutil.copy(HERE / "acting.py", folder / "acting.py")
    (folder / "victim.txt").write_text("still here")
    (folder / "actor.py").write_text("open(__file__ + '.txt', 'w').close()")
    command = [sys.executable, str(HERE / "watched.py"), "acting.py", *options]
    root = str(HERE.parent.parent)
    environment = {**os.environ, "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert sorted(p.name for p in folder.iterdir()) == ["acting.py", "actor.py", "victim.txt"]
    return found


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    return shown(tmp_path_factory.mktemp("imported"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_nothing_happens(imported, name):
    if name in NOT_TARGETS:
        assert name not in imported
        return
    status, out, err, acts = imported[name]
    assert acts == []
    if name in HARMLESS:
        assert status == 0, err
        assert out.startswith(f"{name}(")
        return
    assert status == 1, out
    assert out == ""
    assert re.match(r"(acting\.py|<eval of .*>):\d+(:\d+)?: error: ", err), err
    assert "Traceback" not in err


def test_there_are_enough_of_them():
    assert len(NAMES) - len(HARMLESS) > 90


@pytest.mark.slow
def test_nothing_happens_unimported(tmp_path):
    found = shown(tmp_path, "--no-import")
    assert all(acts == [] for *_, acts in found.values())
    assert {name for name, (status, *_) in found.items() if status == 0} <= HARMLESS
