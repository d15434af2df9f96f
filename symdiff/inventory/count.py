"""What of NumPy, SciPy and `math` can be differentiated: `python -m symdiff.inventory`.

Every public function of a module is one of three: *supported*, *not differentiable* with the
reason, or *missing*. The names come from the modules themselves, what is supported from the table
of primitives and the calls the front end handles; only the reasons are written down here.

    python -m symdiff.inventory              counts, with the missing named
    python -m symdiff.inventory --markdown   the page docs/inventory.md
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import field
from types import ModuleType
from typing import Any

import numpy as np

from ..operations.table.entry import TABLE
from ..operations.table.lookup import entry_of
from ..records import dataclass
from ..specialize.calls.builtins import Builtins
from ..specialize.recording.methods import METHODS
from . import scipy as scipy_inventory
from .scipy import LISTED, UNSUPPORTED_ARGUMENTS, WHY_MISSING, supported

WHOLE = ("numpy", "numpy.linalg", "numpy.fft", "math", "cmath")
"""Modules of which every public function counts."""

REASONS: dict[str, str] = {
    "positions and counts: integers, constant where they do not jump": """
        numpy: argmax argmin argsort argpartition argwhere nonzero flatnonzero searchsorted
        digitize lexsort nanargmax nanargmin count_nonzero unravel_index ravel_multi_index
        diag_indices diag_indices_from tril_indices tril_indices_from triu_indices
        triu_indices_from mask_indices indices histogram histogram2d histogramdd
        histogram_bin_edges
        numpy.linalg: matrix_rank
        numpy.ndarray: argmax argmin argsort argpartition nonzero searchsorted
    """,
    "truth values": """
        numpy: all any allclose isclose array_equal array_equiv isnan isinf isfinite isneginf
        isposinf isreal isrealobj iscomplex iscomplexobj isscalar isin signbit greater
        greater_equal less less_equal equal not_equal logical_and logical_or logical_not
        logical_xor shares_memory may_share_memory isfortran iterable isnat
        numpy.ndarray: all any
        math: isclose isfinite isinf isnan
        cmath: isclose isfinite isinf isnan
    """,
    "functions of integers": """
        numpy: gcd lcm bitwise_and bitwise_or bitwise_xor bitwise_not bitwise_invert invert
        bitwise_count left_shift right_shift bitwise_left_shift bitwise_right_shift packbits
        unpackbits base_repr binary_repr
        math: comb perm factorial gcd lcm isqrt
    """,
    "constants made of counts": """
        numpy: empty empty_like eye identity ones zeros tri bartlett blackman hamming hanning
        numpy.fft: fftfreq rfftfreq
    """,
    "the spacing of floating-point numbers": """
        math: ulp
    """,
    "types, shapes and memory": """
        numpy: can_cast common_type dtype issubdtype min_scalar_type mintypecode promote_types
        result_type typename isdtype ndim shape size broadcast_shapes einsum_path from_dlpack
        frombuffer asmatrix bmat nested_iters getbufsize setbufsize
        numpy.ndarray: byteswap dump dumps getfield setfield setflags tobytes tofile to_device
        resize view
    """,
    "text, files and settings": """
        numpy: array2string array_repr array_str format_float_positional format_float_scientific
        fromfile fromregex fromstring genfromtxt load loadtxt save savetxt savez savez_compressed
        get_include get_printoptions set_printoptions printoptions geterr seterr geterrcall
        seterrcall info show_config show_runtime test
        numpy.linalg: test
        numpy.fft: test
    """,
    "names that NumPy itself advises against": """
        numpy: row_stack
    """,
    "dates": """
        numpy: busday_count busday_offset is_busday datetime_as_string datetime_data
    """,
}


def _by_name(written: dict[str, str] = REASONS) -> dict[str, str]:
    """The reason of each `module.name`."""
    reasons: dict[str, str] = {}
    for reason, text in written.items():
        module = ""
        for word in text.split():
            if word.endswith(":"):
                module = word[:-1]
            else:
                reasons[f"{module}.{word}"] = reason
    return reasons


@dataclass(slots=True)
class Module:
    """The functions of one module, sorted by what becomes of them.

    Attributes:
        name: of the module.
        supported: differentiable, and symdiff differentiates it.
        missing: differentiable, and it does not.
        reasons: not differentiable: the names of each reason.
    """

    name: str
    supported: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    reasons: dict[str, list[str]] = field(default_factory=dict)

    @property
    def differentiable(self) -> int:
        return len(self.supported) + len(self.missing)

    def __str__(self) -> str:
        line = f"{self.name}: {len(self.supported)} / {self.differentiable}"
        return f"{line}, missing: {' '.join(self.missing)}" if self.missing else line


def _functions(module: ModuleType) -> dict[str, Any]:
    """The public functions of a module, classes and submodules left out."""
    names = getattr(module, "__all__", None) or dir(module)
    found = {n: getattr(module, n, None) for n in names if not n.startswith("_")}
    return {n: f for n, f in found.items() if callable(f) and not isinstance(f, type)}


class _Nothing:
    """Stands in for a trace: only the keys of the table of calls are wanted."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()


def _handled() -> set[Any]:
    """The functions that the front end handles without an entry."""
    calls: Any = _Nothing()
    return set(Builtins(calls).table)


def _sort(name: str, names: list[str], known: Callable[[str], bool]) -> Module:
    module, reasons = Module(name), _by_name() | _by_name(scipy_inventory.REASONS)
    for function in sorted(names):
        reason = reasons.get(f"{name}.{function}")
        if reason is not None:
            module.reasons.setdefault(reason, []).append(function)
        else:
            (module.supported if known(function) else module.missing).append(function)
    return module


def inventory() -> Iterator[Module]:
    """Every module that is counted.

    >>> next(inventory()).name
    'numpy'
    """
    handled = _handled()
    for name in WHOLE:
        functions = _functions(importlib.import_module(name))
        yield _sort(
            name,
            list(functions),
            lambda n, f=functions: entry_of(f[n]) is not None or f[n] in handled,  # type: ignore[misc]
        )
        if name == "numpy":
            methods = [n for n in dir(np.ndarray) if not n.startswith("_")]
            methods = [n for n in methods if callable(getattr(np.ndarray, n))]
            known = {n[1:] for n in TABLE.by_call if n.startswith(".")} | set(METHODS)
            yield _sort("numpy.ndarray", methods, known.__contains__)
    unlisted = list(_by_name(scipy_inventory.REASONS))
    for name, listed in LISTED.items():
        others = (n.removeprefix(f"{name}.") for n in unlisted if n.startswith(f"{name}."))
        names = [*listed, *others]
        yield _sort(name, names, lambda n, m=name: supported(f"{m}.{n}"))  # type: ignore[misc]


def markdown() -> str:
    """The page of the documentation."""
    modules = list(inventory())
    lines = [
        "# What can be differentiated",
        "",
        "<!-- written by `python -m symdiff.inventory --markdown` -->",
        "",
        f"Every public function of these modules, as NumPy {_version()} has them. A function that "
        "is not differentiable",
        "may still be called on what is being differentiated: its result has derivative zero, and "
        "what it decides is checked again at every call.",
        "",
        "| module | supported | of all differentiable | missing |",
        "|---|---:|---:|---|",
    ]
    for m in modules:
        missing = ", ".join(f"`{n}`" for n in m.missing) or "none"
        lines.append(f"| `{m.name}` | {len(m.supported)} | {m.differentiable} | {missing} |")
    for m in modules:
        lines += ["", f"## `{m.name}`", "", "Supported: " + _listed(m.supported) + "."]
        if m.missing:
            lines += ["", "Missing:", ""]
            lines += [f"- `{n}`: {WHY_MISSING[f'{m.name}.{n}']}" for n in m.missing]
        if m.reasons:
            lines += ["", "Not differentiable:", ""]
            lines += [f"- {reason}: {_listed(names)}" for reason, names in m.reasons.items()]
    lines += ["", "## Arguments without a rule", "", "They are refused by name.", ""]
    lines += [f"- {argument}: {why}" for argument, why in UNSUPPORTED_ARGUMENTS.items()]
    return "\n".join(lines) + "\n"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{n}`" for n in names) or "none"


def _version() -> str:
    return ".".join(np.__version__.split(".")[:2])


def main(arguments: list[str] | None = None) -> None:
    """Print the counts, or the page."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if "--markdown" in arguments:
        print(markdown(), end="")
        return
    for module in inventory():
        print(module)
