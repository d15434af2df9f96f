"""The table of primitives: every operation symdiff can differentiate, one entry each.

Here belong entries, in rooms by what they are, and what the code made of them calls. What chains
derivatives together does not: that is `differentiate`. Open `table/entry.py` first.
"""

from .arrays import (
    creating,
    differences,
    fourier,
    indexing,
    joining,
    lookups,
    padding,
    polynomials,
    rearranging,
    scattering,
    selecting,
    shaping,
    windows,
)
from .arrays import moving as arrays
from .linalg import (
    determinants,
    divided,
    factorizations,
    leastsquares,
    lengths,
    matrices,
    matrix_functions,
    norms,
    products,
    singular,
    spectral,
)
from .linalg import eigenvalues as complex_values
from .linalg import einsum as sums
from .numbers import arithmetic, complex_numbers, complexes, elementary, nonsmooth, parts, special
from .numbers import extremes as extremes_of_numbers
from .reductions import (
    choices,
    composed,
    extremes,
    gaps,
    items,
    moments,
    ordering,
    running,
    statistics,
    stretches,
)
from .reductions import products as reduced_products
from .scipy import banded as scipy_banded
from .scipy import counts as scipy_counts
from .scipy import cylinder as scipy_cylinder
from .scipy import decompositions as scipy_decompositions
from .scipy import distance as scipy_distance
from .scipy import distributions as scipy_distributions
from .scipy import functions as scipy_functions
from .scipy import gamma as scipy_gamma
from .scipy import images as scipy_images
from .scipy import integrate as scipy_integrate
from .scipy import linalg as scipy_linalg
from .scipy import linear as scipy_linear
from .scipy import matrices as scipy_matrices
from .scipy import multivariate as scipy_multivariate
from .scipy import optimize as scipy_optimize
from .scipy import signal as scipy_signal
from .scipy import sparse as scipy_sparse
from .scipy import special as scipy_special
from .scipy import stats as scipy_stats
from .spelled import torch_calls, torch_tensors
from .spelled.names import enter_spellings
from .table import limits
from .table.entry import TABLE

enter_spellings()

__all__ = ["TABLE"]
