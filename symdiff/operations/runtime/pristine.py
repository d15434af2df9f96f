"""The modules that compiled code names, as they were when symdiff was imported.

A user may put something else at `math.sin`: functions that read it there follow it, and what
symdiff computes with must stay what it was.
"""

from __future__ import annotations

import builtins
import math
from types import ModuleType

import numpy as np


def pristine(module: ModuleType) -> ModuleType:
    """A module with the same contents, which nobody else knows.

    >>> pristine(math).sin is math.sin, pristine(math) is math
    (True, False)
    """
    made = ModuleType(module.__name__)
    vars(made).update(vars(module))
    return made


PYTHON = pristine(builtins)
MATH = pristine(math)
NUMPY = pristine(np)
NUMPY.linalg = pristine(np.linalg)  # type: ignore[attr-defined]
NUMPY.fft = pristine(np.fft)  # type: ignore[attr-defined]

NAMES = {"math": MATH, "numpy": NUMPY, "__builtins__": vars(PYTHON)}
"""What a line of generated code may name."""

MODULES = {"math": MATH, "numpy": NUMPY, "numpy.linalg": NUMPY.linalg, "numpy.fft": NUMPY.fft}
