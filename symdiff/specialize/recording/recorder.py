"""Record what a traced function does as statements of a `Program`.

The recorder is the `Ops` of tracers: it applies entries of the table to concrete values and to the
program at once. It knows nothing of Python syntax (hooks do) and nothing of calculus. What it is
made of stands in files of their own, each upon those before it: statements (`statements.py`),
entries of the table (`application.py`), operators (`operators.py`), arrays as handles
(`arrays.py`), functions (`functions.py`). Here it learns of attributes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...operations.table.entry import StructuralEntry
from ...operations.table.lookup import method_entry
from .functions import Functions
from .memory import MEMORY, attribute
from .methods import METHODS, BoundMethod
from .sharing import fixed
from .tracer import UNKNOWN, Tracer

_OF_ARRAYS = frozenset({"dot", "flatten", "ravel", "reshape", "diagonal", "transpose", "trace"})
"""Methods of what is taken to be an array while it is only a symbol."""


class Recorder(Functions):
    """Everything one run of a function records."""

    def attribute(self, tracer: Tracer, name: str) -> Any:
        """An attribute of a traced number or array, as NumPy (or a tensor library) has it."""
        if self.free is not None and (free := self.free.attribute(tracer, name)) is not None:
            return free
        if name == "shape":
            return self._static(tracer, "shape", self.shape(tracer))
        if name == "ndim":
            return len(self.shape(tracer))
        if name == "size":
            return self._static(tracer, "size", int(np.prod(self.shape(tracer), dtype=int)))
        if name == "dtype":
            return np.dtype(self.aval(tracer).dtype)
        if name in ("T", "mT"):
            unknown = tracer.value is UNKNOWN and not self.shape(tracer)
            if unknown and self.demand_array is not None:
                self.demand_array(tracer, f".{name}")
            entry = method_entry(name)
            if isinstance(entry, StructuralEntry):
                return self.structural_call(entry, [tracer], {})
        if name == "flat" and isinstance(tracer.value, np.ndarray):
            if not tracer.value.flags.c_contiguous:
                self.refuse("`.flat` of an array that is not contiguous", remedy="copy it first")
            line = self.apply("reshape", tracer, shape=(-1,))
            if type(line) is Tracer:
                line.flat = True
            return line
        if name == "__class__":
            return type(np.zeros(self.shape(tracer)) if tracer.value is UNKNOWN else tracer.value)
        if name in MEMORY and (tracer.value is UNKNOWN or isinstance(tracer.value, np.ndarray)):
            return attribute(self, tracer, name)
        if name in ("real", "imag"):
            part = self.apply(f"{name}_of", tracer)
            if name == "imag":
                part = fixed(self, part)
            if type(tracer.value) in (complex, float) and type(part) is Tracer:
                return self.handle(float(part.value), self.operand(part))
            return part
        value = tracer.value
        if value is UNKNOWN:
            known = method_entry(name) is not None or name in METHODS
            if not known and not hasattr(np.ndarray, name) and not hasattr(float, name):
                kind = "numpy.ndarray" if self.shape(tracer) else "float"
                raise AttributeError(f"{kind!r} object has no attribute {name!r}")
            if name in _OF_ARRAYS and not self.shape(tracer) and self.demand_array is not None:
                self.demand_array(tracer, f".{name}")
            return BoundMethod(self, tracer, name)
        if name == "__class__":
            return type(value)
        if name in ("itemsize", "nbytes", "strides", "flags", "__doc__"):
            return getattr(value, name)
        if name in ("numerator", "denominator") and isinstance(value, int | np.integer):
            return getattr(self.concrete(tracer), name)
        if not hasattr(value, name) and name not in METHODS and method_entry(name) is None:
            getattr(value, name)  # Python's own error
        return BoundMethod(self, tracer, name)

    def _static(self, tracer: Tracer, what: str, value: Any) -> Any:
        if tracer.value is UNKNOWN:
            if not self.shape(tracer) and self.demand_array is not None:
                self.demand_array(tracer, f".{what}")
            if self.knows_lengths:
                return value
            if self.runner is not None and len(self.shape(tracer)) == 1:
                return (self.length(tracer),) if what == "shape" else self.length(tracer)
            self.need_value(f"the {what} of an array")
        return value
