"""What a user sees when something that symdiff needs cannot be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sampled(every=3)

ROOT = Path(__file__).resolve().parent.parent


def failing(tmp_path: Path, library: str, text: str, line: str) -> str:
    """What Python prints for a line, where a library on the path is the given text."""
    (tmp_path / f"{library}.py").write_text(text, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", line],
        env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    return done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "from symdiff import grad",
        "import symdiff; symdiff.grad",
        "from symdiff import Variable, jacobian",
        "from symdiff import *",
        "import symdiff; hasattr(symdiff, 'hessian')",
    ],
)
def test_a_library_without_what_is_needed_is_named(tmp_path: Path, line: str) -> None:
    shown = failing(tmp_path, "numpy", "__version__ = '0.1'\n", line)
    assert "numpy" in shown.splitlines()[-1]
    assert "cannot import name 'grad'" not in shown


def test_an_attribute_that_a_library_lacks_is_named(tmp_path: Path) -> None:
    # As NumPy 1 does, which has no `unique_values`.
    text = "def __getattr__(name): raise AttributeError(f'no {name} in this numpy')\n"
    shown = failing(tmp_path, "numpy", text + "__path__ = []\n", "from symdiff import grad")
    last = shown.splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert "numpy" in last


def test_an_error_while_a_library_is_imported_is_shown(tmp_path: Path) -> None:
    text = "import types\ntypes.unheard_of\n"
    shown = failing(tmp_path, "numpy", text, "from symdiff import grad")
    last = shown.splitlines()[-1]
    assert last.startswith("ImportError: symdiff.")
    assert "has no attribute 'unheard_of'" in last
    assert "AttributeError: module 'types'" in shown, "with the place where it happened"


def test_a_library_that_is_missing_is_named(tmp_path: Path) -> None:
    text = "raise ModuleNotFoundError(\"No module named 'numpy'\", name='numpy')\n"
    shown = failing(tmp_path, "numpy", text, "from symdiff import value_and_grad")
    assert shown.splitlines()[-1] == "ModuleNotFoundError: No module named 'numpy'"


def test_another_error_passes_as_it_is(tmp_path: Path) -> None:
    text = "raise OSError('libblas.so: cannot open shared object file')\n"
    shown = failing(tmp_path, "numpy", text, "from symdiff import vjp")
    assert shown.splitlines()[-1].startswith("OSError: libblas.so")


@pytest.mark.slow
def test_the_command_line_names_it_too(tmp_path: Path) -> None:
    text = "import types\ntypes.unheard_of\n"
    line = (
        "import sys, runpy; sys.argv[1:] = ['show', 'here.py'];"
        "runpy.run_module('symdiff', None, '__main__')"
    )
    (tmp_path / "here.py").write_text("def f(x):\n    return x\n", encoding="utf-8")
    shown = failing(tmp_path, "numpy", text, line)
    assert "unheard_of" in shown.splitlines()[-1]


def test_a_name_that_symdiff_does_not_have_stays_an_attribute_error() -> None:
    import symdiff

    with pytest.raises(AttributeError, match="module 'symdiff' has no attribute 'gard'"):
        symdiff.gard  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'gard'"):
        from symdiff import gard  # noqa: F401
