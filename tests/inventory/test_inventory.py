"""What can be differentiated is counted, and the page says the same."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from symdiff.inventory.count import _by_name, inventory, main, markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "inventory.md"
WRITTEN_FOR = "2.4"


@pytest.mark.skipif(
    not np.__version__.startswith(WRITTEN_FOR), reason="NumPy versions differ in what they have"
)
def test_the_page_is_current() -> None:
    remedy = "python -m symdiff.inventory --markdown > docs/inventory.md"
    assert PAGE.read_text() == markdown(), remedy


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.3.0", reason="it has names that are gone"
)
def test_nothing_of_numpy_and_math_is_missing() -> None:
    wanted = [m for m in inventory() if m.name.startswith("numpy") or m.name == "math"]
    assert len(wanted) == 5
    assert not {m.name: m.missing for m in wanted if m.missing}


@pytest.mark.skipif(
    not np.__version__.startswith(WRITTEN_FOR), reason="NumPy versions differ in what they have"
)
def test_a_reason_is_given_for_what_exists() -> None:
    unknown = []
    for name in _by_name():
        module, _, function = name.rpartition(".")
        owner = np.ndarray if module == "numpy.ndarray" else importlib.import_module(module)
        if not hasattr(owner, function):
            unknown.append(name)
    assert not unknown


def test_each_function_is_counted_once() -> None:
    for module in inventory():
        reasons = [n for names in module.reasons.values() for n in names]
        names = [*module.supported, *module.missing, *reasons]
        assert len(names) == len(set(names)), module.name


def test_the_counts_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("numpy.linalg: ") for line in lines)


@pytest.mark.slow
def test_counting_imports_no_sympy() -> None:
    code = (
        "import sys\n"
        "from symdiff.inventory import inventory\n"
        "list(inventory())\n"
        "assert 'sympy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
