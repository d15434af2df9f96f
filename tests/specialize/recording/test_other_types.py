"""Values that pass through another type give their slopes or a refusal, never a silent zero."""

import io
import time

import numpy as np
import pytest

from symdiff import SymdiffError, grad, value_and_grad

from .other_types import CASES, PLACES, X

pytestmark = pytest.mark.sampled(every=5)


def slopes(f, x):
    found = np.zeros_like(x)
    for k in range(x.size):
        step = np.zeros_like(x)
        step[k] = 1e-5
        found[k] = (f(x + step) - f(x - step)) / 2e-5
    return found


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    PLACES[:] = [str(tmp_path / "a.txt"), str(tmp_path / "a.npy")]
    monkeypatch.setenv("SYMDIFF_TEST", "1.0")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_slopes_or_a_refusal(f):
    want = slopes(f, X)
    try:
        got = grad(f)(X)
    except SymdiffError:
        return
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-6)


# -- what is no derivative may pass


def test_whole_numbers_are_steps():
    g = value_and_grad(lambda x: int(x * 10) / 10 * x)
    assert g(0.55) == (0.5 * 0.55, 0.5)
    assert g(0.65) == (0.6 * 0.65, 0.6)


def test_what_is_written_does_not_hurt(tmp_path, capsys):
    def f(x):
        print("at", x)
        started = time.time()
        buffer = io.StringIO()
        print(x, file=buffer)
        with open(PLACES[0], "a") as file:
            file.write(f"{x}\n")
        return x * x if time.time() >= started else x

    g = value_and_grad(f)
    assert g(3.0) == (9.0, 6.0)
    assert g(2.0) == (4.0, 4.0)
    assert capsys.readouterr().out == "at 3.0\nat 2.0\n"
    with open(PLACES[0]) as file:
        assert file.read() == "3.0\n2.0\n"


def test_what_is_read_first_may_be_read(tmp_path):
    with open(PLACES[0], "w") as file:
        file.write("2.5")

    def f(x):
        print(x)
        with open(PLACES[0]) as file:
            scale = float(file.read())
        with open(PLACES[1], "w") as file:
            file.write(str(x * scale))
        return x * x * scale

    assert value_and_grad(f)(2.0) == (10.0, 10.0)


def test_arrays_of_objects_that_nobody_differentiates():
    table = np.array(["a", 2.0, None], dtype=object)

    def f(x):
        names = np.array(["u", "v"], dtype=object)
        return x * len(names) * 2.0

    assert grad(f)(3.0) == 4.0
    assert table[1] == 2.0


def test_text_shown_and_compared():
    def f(x):
        text = f"{x:.1f}".encode()
        return x * x if text.startswith(b"1") else 3 * x

    g = grad(f)
    assert g(1.5) == 3.0
    assert g(2.5) == 3.0
    assert g(1.0) == 2.0
