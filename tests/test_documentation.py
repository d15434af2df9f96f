"""What README.md and docs/ show is true.

- The ```python blocks of a page are one doctest.
- A ```console block that begins with `$ symdiff` is run in the root of the repository, and its
  output compared. `SYMDIFF_UPDATE_DOCS=1` writes the true output into the page instead.
"""

from __future__ import annotations

import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sampled(every=11)

ROOT = Path(__file__).resolve().parent.parent
FRONT = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
PAGES = [*FRONT, *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(?P<kind>python|console)\n(?P<body>.*?)^```$", re.M | re.S)
UPDATE = bool(os.environ.get("SYMDIFF_UPDATE_DOCS"))
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@pages
def test_python_blocks(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    # One doctest for the page, with the lines where they are: a function may be differentiated in
    # a later block than it is defined in, and its source must still be there.
    kept = [""] * (text.count("\n") + 1)
    for block in BLOCK.finditer(text):
        if block["kind"] == "python":
            assert block["body"].startswith(">>> "), "show what it gives"
            first = text.count("\n", 0, block.start("body"))
            for number, line in enumerate(block["body"].splitlines(), first):
                kept[number] = line
    test = doctest.DocTestParser().get_doctest("\n".join(kept), {}, page.name, str(page), 0)
    runner = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False)
    report = io.StringIO()
    runner.run(test, out=report.write)
    assert not runner.failures, report.getvalue()


@pytest.mark.slow
@pages
def test_console_blocks(page: Path) -> None:
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        body = block["body"]
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
            assert found.rstrip() == shown.rstrip(), command


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


def test_paths_that_contributors_are_shown_lead_somewhere() -> None:
    """The recipes and answers of CONTRIBUTING.md stay true when a module moves."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"(?<![\w/.])(?:symdiff|tests|docs)/[\w./]*\w", text))
    assert len(paths) > 30
    assert not [path for path in sorted(paths) if not (ROOT / path).exists()]
    table = text.partition("## Where is ...?")[2].partition("## Style")[0]
    assert table.count("?") >= 10
    for word, file in (
        ('"sinc"', "operations/numbers/special.py"),
        ('name="solve"', "operations/linalg/matrices.py"),
        ('"^"', "errors.py"),
        ("def setitem", "specialize/hooks/items.py"),
        ("class GuardMiss", "compile/guards.py"),
        ('"torch.relu"', "operations/numbers/extremes.py"),
    ):
        assert f"`symdiff/{file}`" in table
        assert word in (ROOT / "symdiff" / file).read_text(encoding="utf-8")


def test_files_that_the_story_of_the_house_names_are_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`(\w+(?:/\w+)+\.py)`", text))
    assert len(paths) > 30
    found = (ROOT, ROOT / "symdiff")
    assert not [p for p in sorted(paths) if not any((top / p).is_file() for top in found)]
