"""Functions that numba compiled, `eval` of text, private methods of SciPy's distributions."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.stats import multivariate_normal, norm

import symdiff
from symdiff import grad
from symdiff.errors import UnsupportedError
from symdiff.source.installed import is_library_file

pytestmark = pytest.mark.sampled(every=3)

SCALE = 2.0
FORMULA = "SCALE * x + 1"


def slope(f: Any, x: Any, h: float = 1e-3) -> Any:
    d = [(f(x + k * h) - f(x - k * h)) / (2 * k * h) for k in (1, 2, 3)]
    return (15 * d[0] - 6 * d[1] + d[2]) / 10


def by_differences(f: Any, x: Any) -> Any:
    if np.ndim(x) == 0:
        return slope(f, x)
    return np.array([slope(lambda s, e=e: f(x + s * e), 0.0) for e in np.eye(len(x))])


def near(f: Any, *points: Any) -> None:
    gradient = grad(f)
    for x in points:
        np.testing.assert_allclose(gradient(x), by_differences(f, x), rtol=1e-7, atol=1e-9)


# -- eval


def option(name: Any, x: Any) -> Any:
    scale = eval(name) if isinstance(name, str) else name
    return scale * x * x


def with_locals(x: Any) -> Any:
    y = x * 3
    held = [y, x]  # noqa: F841
    return eval("sum(v * v for v in held) + y")


def with_names_of_a_loop(x: Any) -> Any:
    for k in range(20):
        y = x * k  # noqa: F841
    return eval("x * y + k")


@pytest.mark.parametrize(
    "f",
    [
        lambda x: option(3.0, x),
        lambda x: option("1.5 * 2", x),
        lambda x: option("math.pi if SCALE > 1 else 0", x),
        lambda x: eval("np.exp(x) * SCALE + x ** 2"),
        lambda x: eval("a * b", {"a": x, "b": x + 1}),
        lambda x: eval("c * d", {"c": 2.0}, {"d": x * x}),
        lambda x: eval("lambda t: t ** 3")(x),
        with_locals,
        with_names_of_a_loop,
    ],
)
def test_eval_of_text(f: Any) -> None:
    near(f, 2.0, 0.7)


def test_text_and_names_of_eval_are_read_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(lambda x: eval(FORMULA))
    assert gradient(2.0) == 2.0
    monkeypatch.setitem(globals(), "SCALE", 5.0)
    assert gradient(2.0) == 5.0
    monkeypatch.setitem(globals(), "FORMULA", "SCALE * x ** 2")
    assert gradient(2.0) == 20.0


def test_what_eval_cannot_follow() -> None:
    with pytest.raises(SyntaxError):
        grad(lambda x: x * eval("1 +"))(2.0)
    with pytest.raises(NameError):
        grad(lambda x: x * eval("unknown_name"))(2.0)
    with pytest.raises(NameError):  # as in Python: a lambda in the text sees globals alone
        grad(lambda x: eval("lambda t: t * x")(x))(2.0)
    with pytest.raises(UnsupportedError, match="text that is made of"):
        grad(lambda x: eval(f"{x} * 2"))(2.0)
    with pytest.raises(UnsupportedError, match="compiled code"):
        grad(lambda x: x * eval(compile("1 + 1", "<text>", "eval")))(2.0)
    assert grad(lambda x: x if x > 0 else eval("not even text !"))(2.0) == 1.0


# -- numba


@pytest.mark.slow
def test_what_numba_compiled() -> None:
    numba = pytest.importorskip("numba")

    @numba.njit
    def stumpff(z):
        if z > 0:
            return (1 - math.cos(math.sqrt(z))) / z
        return 0.5 + z

    @numba.njit(fastmath=True)
    def total(x, n):
        s = 0.0
        for i in numba.prange(n):
            s += stumpff(x * i)
        return s

    @numba.vectorize
    def scaled(x, y):
        return x * y if x > 0 else y

    @numba.jit(nopython=True)
    def squares(x):
        out = np.zeros_like(x)
        for i in range(x.shape[0]):
            out[i] = x[i] ** 2
        return out.sum()

    near(lambda z: stumpff(z), 2.0, -1.0, 2.0)
    near(stumpff, 2.0)
    near(lambda x: total(x, 4), 0.7)
    near(lambda x: np.sum(scaled(x, x * 2)), np.array([1.0, -2.0, 3.0]))
    near(lambda x: scaled(x, 3.0), 2.0, -2.0)
    near(squares, np.array([1.0, -2.0, 3.0]))
    near(numba.jit(nopython=True)(lambda x: x**3), 2.0)


# -- distributions without checks, and with a covariance that may be singular


POINTS = np.array([0.5, -1.0, 2.0])


@pytest.mark.parametrize("method", ["_pdf", "_logpdf", "_cdf", "_logcdf", "_sf", "_logsf"])
def test_private_methods_of_the_normal_distribution(method: str) -> None:
    near(lambda b: np.sum(getattr(norm, method)(POINTS * b) * POINTS), 0.4)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda q: norm._ppf(q) + norm._isf(0.5 * q), 0.4),
        (lambda a: stats.gamma._logpdf(1.5, a) + stats.gamma._cdf(1.5, a), 2.4),
        (lambda a: stats.beta._logpdf(0.5, a, 2.0) + stats.beta._sf(0.5, a, 3.0), 2.4),
        (lambda z: stats.t._logpdf(z, 4.0) + stats.logistic._cdf(z), 0.7),
        (lambda z: stats.expon._pdf(z) + stats.weibull_min._logsf(z, 1.5), 0.7),
        (lambda m: stats.poisson._logpmf(3, m) + stats.poisson._pmf(2, m), 1.4),
    ],
)
def test_private_methods(f: Any, x: Any) -> None:
    near(f, x)


def test_private_methods_outside_the_range_are_refused() -> None:
    gradient = grad(lambda z: stats.expon._pdf(z))
    assert gradient(0.5) == pytest.approx(-math.exp(-0.5))
    with pytest.raises(UnsupportedError, match="outside the range"):
        gradient(-0.5)
    with pytest.raises(UnsupportedError, match="outside the range"):
        grad(lambda q: norm._ppf(q))(1.5)


def _covariance(p: Any) -> Any:
    return np.array([[p[1], 0.1], [0.1, 1.0]])


@pytest.mark.parametrize(
    "f",
    [
        lambda p: multivariate_normal.logpdf(
            [0.3, -0.2], [p[0], 0.0], _covariance(p), allow_singular=True
        ),
        lambda p: multivariate_normal.pdf(
            [0.3, -0.2], mean=[p[0], 0.0], cov=_covariance(p), allow_singular=True
        ),
        lambda p: multivariate_normal(
            np.array([p[0], 0.0]), _covariance(p), allow_singular=True
        ).logpdf([0.3, -0.2]),
        lambda p: multivariate_normal.logpdf(p, allow_singular=p[1] > 0, cov=np.eye(2)),
        lambda p: multivariate_normal.logpdf(p[0], p[1], 2.0, True),
    ],
)
def test_a_covariance_that_may_be_singular(f: Any) -> None:
    near(f, np.array([0.1, 1.4]))


def test_a_singular_covariance_is_refused() -> None:
    def f(p):
        return multivariate_normal.logpdf(
            [0.3, 0.3], [p[0], p[0]], np.array([[p[1], 1.0], [1.0, p[1]]]), allow_singular=True
        )

    gradient = grad(f)
    near(f, np.array([0.1, 1.4]))
    with pytest.raises(UnsupportedError, match="singular"):
        gradient(np.array([0.1, 1.0]))


# -- packages wherever they are installed


def test_files_of_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "vendored"
    (folder / "thing").mkdir(parents=True)
    (folder / "thing-1.0.dist-info").mkdir()
    (folder / "thing-1.0.dist-info" / "RECORD").write_text(
        "thing/__init__.py,,\nsingle.py,,\nthing-1.0.dist-info/RECORD,,\n"
    )
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    assert is_library_file(str(folder / "thing" / "__init__.py"))
    assert is_library_file(str(folder / "single.py"))
    assert not is_library_file(str(folder / "mine.py"))
    assert not is_library_file(str(tmp_path / "thing" / "mine.py"))
    assert is_library_file("/home/me/.local/lib/python3.11/site-packages/scipy/_lib/util.py")
    assert is_library_file(os.__file__)
    assert is_library_file(symdiff.__file__)
    assert not is_library_file(__file__)


@pytest.mark.slow
def test_scipy_outside_the_prefix_is_a_library(tmp_path: Path) -> None:
    code = (
        "import numpy as np, symdiff as sd\n"
        "from spline_module import f, T\n"
        "assert abs(sd.grad(f)(0.7) - float(T(0.7, 1)) / float(T(1.5))) < 1e-9\n"
    )
    (tmp_path / "run.py").write_text(code)
    (tmp_path / "spline_module.py").write_text(
        "from scipy.interpolate import CubicSpline\n"
        "T = CubicSpline([0.0, 1.0, 2.0], [1.0, 2.0, 4.0])\n"
        "def f(x):\n    return T(x) / T(1.5)\n"
    )
    packages = [Path(np.__file__).parents[1], Path(symdiff.__file__).parents[1], tmp_path]
    done = subprocess.run(
        [os.path.realpath(sys.executable), str(tmp_path / "run.py")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, packages))},
        check=False,
    )
    assert done.returncode == 0, done.stderr
