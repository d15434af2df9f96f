"""What the package itself says: its names, its version, its errors."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import symdiff
from symdiff import grad
from symdiff.errors import NonScalarError


def test_public_names() -> None:
    expected = {"grad", "value_and_grad", "vjp", "Variable", "detach", "SymdiffError"}
    expected |= {"set_step_limit", "step_limit"}
    assert expected <= set(symdiff.__all__)
    for name in symdiff.__all__:
        assert getattr(symdiff, name).__doc__


def test_version_is_the_distributions() -> None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version("symdiff-grad")
    except PackageNotFoundError:
        pytest.skip("symdiff-grad is not installed")
    assert symdiff.__version__ == installed


def test_errors_survive_pickling() -> None:
    with pytest.raises(NonScalarError) as caught:
        grad(lambda x: x * x)(np.ones(2))
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
