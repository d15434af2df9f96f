"""The table of primitives: every operation symdiff can differentiate, one entry each."""

from . import (
    arithmetic,
    arrays,
    complex_numbers,
    complexes,
    composed,
    creating,
    differences,
    elementary,
    factorizations,
    fourier,
    gaps,
    indexing,
    joining,
    leastsquares,
    matrices,
    nonsmooth,
    norms,
    ordering,
    padding,
    parts,
    polynomials,
    products,
    rearranging,
    reductions,
    running,
    scipy_decompositions,
    scipy_gamma,
    scipy_linalg,
    scipy_optimize,
    scipy_signal,
    scipy_special,
    scipy_stats,
    selecting,
    shaping,
    singular,
    special,
    spectral,
    statistics,
    sums,
    torch_calls,
    torch_tensors,
)
from .entry import TABLE
from .spellings import enter_spellings

enter_spellings()

__all__ = ["TABLE"]
