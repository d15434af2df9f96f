"""What the tests of the command line share."""

from __future__ import annotations

import sys
import textwrap

import pytest


@pytest.fixture(autouse=True)
def forget_what_was_shown():
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("_symdiff_shown_"):
            del sys.modules[name]


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(text, name="f.py"):
        (tmp_path / name).write_text(textwrap.dedent(text).lstrip("\n"))
        return name

    return write
