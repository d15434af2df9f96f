"""What a target may be: a notebook, a folder, standard input."""

from __future__ import annotations

import json
import linecache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symdiff.command import files
from symdiff.command.cli import main

SINE = "import math\n\n\ndef f(x):\n    return math.sin(x) * x\n"


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is another text in each test."""
    import sys

    for name in [n for n in sys.modules if n.startswith(("_symdiff_shown_", "_symdiff_read_"))]:
        monkeypatch.delitem(sys.modules, name)
    linecache.cache.pop("<stdin>", None)
    files._standard_input.cache_clear()


def show(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["show", *arguments], input=text)


def notebook(path: Path, *cells: str | list[str]) -> str:
    made = [{"cell_type": "code", "source": c, "metadata": {}, "outputs": []} for c in cells]
    made.insert(0, {"cell_type": "markdown", "source": ["# def f(x): ..."], "metadata": {}})
    path.write_text(json.dumps({"nbformat": 4, "metadata": {}, "cells": made}))
    return str(path)


def test_standard_input() -> None:
    found = show("-", text=SINE)
    assert found.exit_code == 0
    assert "df/dx  = x*cos(x) + sin(x)" in found.output
    assert "<stdin>:4" in found.output


def test_one_function_of_standard_input_that_is_not_run() -> None:
    text = SINE + "\n\nprint('run')\n\n\ndef other(x):\n    return x\n"
    found = show(
        "-",
        "f",
        "g",
        "--no-import",
        text=text.replace("def other", "def g(x): return 2 * x\n\n\ndef other"),
    )
    assert found.exit_code == 0
    assert "dg/dx  = 2" in found.output
    assert "x*cos(x) + sin(x)" in found.output
    assert "run" not in found.output
    assert "other" not in found.output


def test_errors_in_standard_input_have_their_line() -> None:
    found = show("-", text="def f(x):\n    return hex(x)\n")
    assert found.exit_code == 1
    assert "<stdin>:2:12: error" in found.output
    assert "return hex(x)\n           ^^^^^^" in found.output


def test_broken_standard_input_is_refused() -> None:
    found = show("-", text="def f(:\n")
    assert found.exit_code == 2
    assert "<stdin>:1: error: SyntaxError" in found.output


def test_a_notebook(tmp_path: Path) -> None:
    """Its cells run in their order, without lines for the shell and for IPython."""
    cells: list[str | list[str]] = [
        [
            "%matplotlib inline\n",
            "import math\n",
            "!touch never\n",
            "if True:\n",
            "    %pip list\n",
        ],
        "%%bash\nexit 1",
        "%%time\nscale = 3.0\nscale?",
        ["def g(x):\n", "    return math.sin(scale * x)\n"],
        "def h(x):\n    return hex(x)",
    ]
    path = notebook(tmp_path / "n.ipynb", *cells)
    found = show(f"{path}:g")
    assert found.exit_code == 0, found.output
    assert "dg/dx  = scale*cos(scale*x)" in found.output or "3*cos(3*x)" in found.output.replace(
        "3.0", "3"
    )
    assert "n.ipynb[4]:1" in found.output
    refused = show(f"{path}:h")
    assert "n.ipynb[5]:2:12: error" in refused.output
    assert "return hex(x)" in refused.output
    assert show(path, "--no-import").exit_code == 2


def test_what_is_no_notebook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    for text in ("{", "[]", '{"cells": 3}', '{"worksheets": []}'):
        path.write_text(text)
        found = show(str(path))
        assert found.exit_code == 2
        assert "is not a notebook" in found.output


def test_a_folder(tmp_path: Path) -> None:
    """All files below it, but what is hidden or built; what cannot be shown is listed last."""
    (tmp_path / "b").mkdir()
    (tmp_path / "a.py").write_text(SINE)
    (tmp_path / "b" / "c.py").write_text(
        "def c(x):\n    return x**2\n\n\ndef d(x):\n    return hex(x)\n"
    )
    (tmp_path / "b" / "empty.py").write_text("")
    notebook(tmp_path / "b" / "n.ipynb", "def n(x):\n    return x**5")
    for hidden in (".git", "__pycache__", "env"):
        (tmp_path / hidden).mkdir()
        (tmp_path / hidden / "e.py").write_text("def hidden(x):\n    return x\n")
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    (tmp_path / "fails.py").write_text("raise ValueError('at its top')\n")
    found = show(str(tmp_path))
    assert found.exit_code == 2
    assert "ValueError: at its top" in found.output
    assert found.output.index("df/dx") < found.output.index("dc/dx") < found.output.index("dn/dx")
    assert "hidden" not in found.output
    assert "not shown (1 of 4; name one to read more):" in found.output
    assert (
        found.output.rstrip()
        .splitlines()[-1]
        .lstrip()
        .endswith(
            "c.py:5 d: cannot differentiate: `hex` has no rule and no Python source to follow"
        )
    )


def test_a_folder_without_files(tmp_path: Path) -> None:
    assert show(str(tmp_path)).exit_code == 2


def test_of_many_functions_those_that_cannot_be_shown_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "many.py"
    shown = "".join(f"def f{k}(x):\n    return {k} * x\n\n\n" for k in range(10))
    path.write_text(shown + "def last(x):\n    return hex(x)\n")
    found = show(str(path))
    assert found.exit_code == 1
    assert "^^^" not in found.output
    assert "not shown (1 of 11; name one to read more):" in found.output
    alone = show(f"{path}:last")
    assert "^^^" in alone.output
