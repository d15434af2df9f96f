"""What README.md and docs/ show is true.

- A ```python block with `>>>` lines is run as a doctest; blocks of one page share their names.
- A ```python block without them is run as it stands, before those after it.
- A ```console block that begins with `$ symdiff` is run in the root of the repository, and its
  output compared. `SYMDIFF_UPDATE_DOCS=1` writes the true output into the page instead.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import linecache
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(?P<kind>python|console)\n(?P<body>.*?)^```$", re.M | re.S)
UPDATE = bool(os.environ.get("SYMDIFF_UPDATE_DOCS"))
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def blocks(page: Path, kind: str) -> list[tuple[int, str]]:
    """The blocks of one kind, each with the line it begins on."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, m.start()) + 2, m["body"])
        for m in BLOCK.finditer(text)
        if m["kind"] == kind
    ]


@pages
def test_python_blocks(page: Path) -> None:
    space: dict[str, object] = {"__name__": "page"}
    runner = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False)
    for line, body in blocks(page, "python"):
        name = f"{page.name}:{line}"
        if ">>>" not in body:
            # A file that Python can show, so that functions defined in it have source.
            linecache.cache[f"<{name}>"] = (len(body), None, body.splitlines(True), f"<{name}>")
            exec(compile(body, f"<{name}>", "exec"), space)
            continue
        test = doctest.DocTestParser().get_doctest(body, space, name, str(page), line - 1)
        report = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()):
            runner.run(test, out=report.write, clear_globs=False)
        space = test.globs
        assert not runner.failures, report.getvalue()


@pages
def test_console_blocks(page: Path) -> None:
    for line, body in blocks(page, "console"):
        command, _, shown = body.partition("\n")
        if not command.startswith("$ symdiff "):
            continue
        done = subprocess.run(
            [sys.executable, "-m", "symdiff", *shlex.split(command)[2:]],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        found = done.stdout + done.stderr
        if UPDATE:
            text = page.read_text(encoding="utf-8")
            fresh = f"{command}\n{found.rstrip()}\n"
            page.write_text(text.replace(body, fresh, 1), encoding="utf-8")
        else:
            assert found.rstrip() == shown.rstrip(), f"{page.name}:{line}"


def test_the_two_commands_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python3 -m venv .+$", readme, re.M)
    assert len(commands) == 2
    assert "symdiff show examples/first.py" in commands[0]
    assert "-m pytest" in commands[1]


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
