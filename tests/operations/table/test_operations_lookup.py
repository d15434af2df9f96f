"""From a callable object, or a method's name, to its entry."""

from __future__ import annotations

import builtins
import importlib
import math
import operator
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from symdiff.errors import UnsupportedError
from symdiff.operations import TABLE
from symdiff.operations.table.entry import ElementwiseEntry
from symdiff.operations.table.lookup import entry_of, method_entry
from symdiff.operations.table.signatures import refuse


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (math.sin, "sin"),
        (np.sin, "sin"),
        (np.arcsin, "asin"),
        (math.asin, "asin"),
        (np.linalg.norm, "linalg_norm"),
        (np.sum, "sum"),
        (np.concatenate, "concatenate_of"),
        (np.matmul, "matmul"),
        (operator.add, "add"),
        (np.add, "add"),
        (np.mod, "mod"),
        (np.remainder, "mod"),
        (math.remainder, "ieee_remainder"),
        (math.floor, "floor_int"),
        (np.floor, "floor"),
        (abs, "abs"),
        (math.fabs, "abs"),
        (max, "max_of"),
        (np.max, "max"),
        (np.greater, "gt"),
        (np.positive, "pos"),
    ],
)
def test_functions(function: Any, name: str) -> None:
    entry = entry_of(function)
    assert entry is not None
    assert entry.name == name


def test_what_is_not_in_the_table() -> None:
    assert entry_of(print) is None
    assert entry_of(lambda x: x) is None
    assert entry_of([]) is None  # not hashable


def test_an_equal_object_is_not_the_same_object() -> None:
    class Sin:
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return hash(math.sin)

    assert entry_of(Sin()) is None


METHODS = (
    "sum mean dot T reshape ravel flatten transpose max min prod std var clip astype copy squeeze "
    "cumsum trace item detach norm exp log sqrt sin cos tanh sigmoid relu abs pow square matmul "
    "view"
)


@pytest.mark.parametrize("name", METHODS.split())
def test_methods(name: str) -> None:
    assert method_entry(name) is not None
    assert method_entry(name) is method_entry(f".{name}")


def test_no_such_method() -> None:
    assert method_entry("tolist") is None


def test_one_object_has_one_entry() -> None:
    """Two names of one function must not lead to two entries."""
    owners: dict[int, str] = {}
    for name, entry in TABLE.by_call.items():
        module, _, attribute = name.rpartition(".")
        if module in ("math", "numpy", "numpy.linalg", "operator", "builtins"):
            target = getattr(importlib.import_module(module), attribute, None)
            if target is not None:
                assert owners.setdefault(id(target), entry.name) == entry.name, name


def test_every_elementwise_ufunc_of_the_table_has_the_arity_of_its_entry() -> None:
    for name, entry in TABLE.by_call.items():
        if name.startswith("numpy.") and isinstance(entry, ElementwiseEntry):
            function = getattr(np, name.removeprefix("numpy."), None)
            if isinstance(function, np.ufunc):
                assert function.nin == entry.arity, name


def test_the_names_exist() -> None:
    """A misspelt name would never be found; only names of other versions may be missing."""
    other_versions = {
        "numpy.asin", "numpy.acos", "numpy.atan", "numpy.asinh", "numpy.acosh", "numpy.atanh",
        "numpy.atan2", "numpy.pow", "numpy.permute_dims", "numpy.concat", "numpy.astype",
        "numpy.linalg.matmul", "numpy.trapezoid", "numpy.trapz", "numpy.matvec", "numpy.vecmat",
        "numpy.cumulative_sum", "numpy.cumulative_prod", "numpy.unstack",
    }  # fmt: skip
    for name in TABLE.by_call:
        module, _, attribute = name.rpartition(".")
        if module in ("math", "numpy", "numpy.linalg", "operator", "builtins", "copy"):
            found = attribute in vars(importlib.import_module(module))
            assert found or name in other_versions, name


@pytest.mark.slow
def test_looking_up_imports_nothing() -> None:
    code = (
        "import sys\n"
        "from symdiff.operations.table.lookup import entry_of, method_entry\n"
        "entry_of(len); method_entry('sum')\n"
        "bad = {'sympy', 'torch', 'jax', 'scipy'} & set(sys.modules)\n"
        "assert not bad, bad\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_a_module_that_is_loaded_later_is_found() -> None:
    code = (
        "from symdiff.operations.table.lookup import entry_of\n"
        "assert entry_of(len) is None\n"
        "import scipy.special\n"
        "assert entry_of(scipy.special.expit).name == 'sigmoid'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_builtins_are_not_shadowed() -> None:
    assert entry_of(builtins.abs) is entry_of(operator.abs)


@pytest.mark.parametrize(
    "keywords",
    [
        {"where": False},
        {"where": np.array([True])},
        {"dtype": "int32"},
        {"dtype": np.float32},
        {"order": "F"},
        {"subok": False},
        {"casting": "no"},
        {"other": None},
        {"order": "C", "other": 1},
    ],
)
def test_a_keyword_of_another_value_than_its_default_is_refused(keywords: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError, match=f"`f` with `{list(keywords)[-1]}"):
        refuse("f", keywords, {"casting": "same_kind"})


def test_keywords_at_their_defaults_pass() -> None:
    refuse(
        "f",
        {"where": True, "dtype": None, "order": "C", "casting": "same_kind"},
        {"casting": "same_kind"},
    )
    refuse("f", {"initial": np._NoValue})
