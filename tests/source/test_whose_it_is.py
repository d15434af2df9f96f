"""What belongs to Python or an installed package, and what is the user's own."""

from __future__ import annotations

import copy
import math
import shutil
import sys
import textwrap
import types
from fractions import Fraction

import numpy as np
import pytest
import scipy.special

from symdiff.specialize.outside.libraries import is_library


class Empty:
    pass


class Own:
    def method(self) -> None: ...


def function() -> None: ...


def made_by_exec() -> types.FunctionType:
    space: dict[str, types.FunctionType] = {}
    exec("def f(): pass", space)
    return space["f"]


@pytest.mark.parametrize(
    "value",
    [
        *(math, np, scipy.special, textwrap),
        *(textwrap.dedent, np.vander, copy.deepcopy),
        *(Fraction, copy.Error, shutil.SameFileError, np.float64, float),
        *(Fraction(1, 2), math.sin, np.sin),
    ],
)
def test_a_library(value: object) -> None:
    assert is_library(value)


@pytest.mark.parametrize(
    "value",
    [function, Empty, Own, Empty(), Own(), Own.method, made_by_exec(), sys.modules[__name__]],
)
def test_the_users_own(value: object) -> None:
    assert not is_library(value)


def test_modules_made_while_python_runs_are_the_users() -> None:
    assert not is_library(types.ModuleType("made"))
    main = types.ModuleType("__main__")
    main.__file__ = math.__file__ if hasattr(math, "__file__") else textwrap.__file__
    assert not is_library(main)


def test_what_is_written_in_c_is_a_library_even_if_its_module_is_gone(monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "numpy")
    assert is_library(np.ndarray)
    assert is_library(np.sin)
    monkeypatch.delitem(sys.modules, __name__)
    assert not is_library(Own)
    assert not is_library(Own())
