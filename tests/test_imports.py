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
        "from symdiff import grad; grad(len)",
        "import symdiff; symdiff.grad(len)",
        "from symdiff import Variable, jacobian; jacobian(len)",
        "from symdiff import *",
        "import symdiff; hasattr(symdiff, 'hessian'); symdiff.hessian(len)",
    ],
)
def test_a_library_without_what_is_needed_is_named(tmp_path: Path, line: str) -> None:
    shown = failing(tmp_path, "numpy", "__version__ = '0.1'\n", line)
    assert "numpy" in shown.splitlines()[-1]
    assert "cannot import name 'grad'" not in shown


def test_an_attribute_that_a_library_lacks_is_named(tmp_path: Path) -> None:
    # As NumPy 1 does, which has no `unique_values`.
    text = "def __getattr__(name): raise AttributeError(f'no {name} in this numpy')\n"
    shown = failing(
        tmp_path, "numpy", text + "__path__ = []\n", "from symdiff import grad; grad(len)"
    )
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


LEAN = """
import sys
import numpy
before = set(sys.modules)
from symdiff import grad, hessian
found = {name.partition('.')[0] for name in set(sys.modules) - before}
assert not found & {'sympy', 'scipy', 'optree'}, found
import math
def f(x, y):
    return math.erf(x / y) * math.exp(-x) + math.lgamma(y)
assert abs(grad(f)(0.5, 2.0) - 0.15387) < 1e-4
late = {'scipy', 'numpy.ma', 'numpy.testing', 'symdiff.operators.sparse'}
late.add('symdiff.operators.solvers')
assert not late & set(sys.modules), late & set(sys.modules)
import scipy.optimize
def g(k):
    return scipy.optimize.brentq(lambda x: x**3 - k, 0.0, 9.0)
assert abs(grad(g)(8.0) - 1 / 12) < 1e-9
assert 'symdiff.operators.solvers.roots' in sys.modules
import numpy.ma
def masked(x):
    return numpy.ma.sum(numpy.ma.array([x, x]))
try:
    grad(masked)(1.0)
except Exception as error:
    assert 'masked arrays' in str(error), error
else:
    raise AssertionError('masked arrays are refused')
assert gc.isenabled()
"""


def test_what_is_imported_only_when_it_is_needed(tmp_path: Path) -> None:
    (tmp_path / "lean.py").write_text("import gc\n" + LEAN, encoding="utf-8")
    subprocess.run(
        [sys.executable, str(tmp_path / "lean.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=120,
    )
