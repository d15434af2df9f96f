"""Functions written for torch, JAX or autograd, on plain arrays and without those libraries."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pytest

from symdiff import grad, jvp
from symdiff.operations import TABLE
from symdiff.operations.spelled.names import RENAMED, mirror
from symdiff.testing import check_primitive
from symdiff.testing.numeric import extrapolated

pytestmark = pytest.mark.sampled(every=83)

REFERENCES = {
    "torch_var": lambda x, dim=None: np.var(x, axis=dim, ddof=1),
    "torch_std": lambda x, dim=None: np.std(x, axis=dim, ddof=1),
}
X = np.array([[0.3, -0.8, 1.2], [0.5, 0.9, -0.4]])


def _never(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError("a function of the other library was called")


NAMES = sorted(n for n in {*TABLE.by_call, *RENAMED} if n.startswith(("torch.", "jax.", "autog")))
ALSO = ("torch.zeros", "torch.ones", "torch.arange", "torch.eye", "jax.numpy.zeros", "torch.rand")


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Modules of these names whose functions must not be called."""
    for name in [n for n in sys.modules if n.partition(".")[0] in ("torch", "jax", "autograd")]:
        monkeypatch.delitem(sys.modules, name)
    for path in (*NAMES, *ALSO):
        parts = path.split(".")
        for k in range(1, len(parts)):
            name = ".".join(parts[:k])
            if name not in sys.modules:
                module = types.ModuleType(name)
                monkeypatch.setitem(sys.modules, name, module)
                if k > 1:
                    setattr(sys.modules[".".join(parts[: k - 1])], parts[k - 1], module)
        module = sys.modules[".".join(parts[:-1])]
        setattr(module, parts[-1], lambda *a, **k: _never())
    return {n: sys.modules[n] for n in ("torch", "jax", "autograd")}


def torch_network(x: Any) -> Any:
    torch: Any = sys.modules["torch"]
    F = torch.nn.functional
    hidden = torch.tanh(torch.mm(x, torch.ones(3, 2)) + torch.sigmoid(x.sum(dim=1, keepdim=True)))
    mixed = torch.cat([hidden, torch.relu(x)], dim=1)
    log = F.log_softmax(mixed, dim=1)
    return F.nll_loss(log, np.array([1, 3])) + torch.std(x) + x.pow(2).mean().item()


def plain_network(x: Any) -> Any:
    hidden = np.tanh(x @ np.ones((3, 2)) + 1 / (1 + np.exp(-x.sum(axis=1, keepdims=True))))
    mixed = np.concatenate([hidden, np.maximum(x, 0)], axis=1)
    log = mixed - np.log(np.sum(np.exp(mixed), axis=1, keepdims=True))
    return -(log[0, 1] + log[1, 3]) / 2 + np.std(x, ddof=1) + np.mean(x**2)


def jax_model(x: Any) -> Any:
    jax: Any = sys.modules["jax"]
    jnp = jax.numpy
    weights = jax.nn.softmax(x, axis=-1)
    prior = jnp.sum(jax.scipy.stats.norm.logpdf(x, 0.0, 2.0))
    return prior + jnp.sum(jnp.where(x > 0, weights, 0.0)) + jax.scipy.special.logsumexp(x)


def plain_model(x: Any) -> Any:
    e = np.exp(x)
    weights = e / e.sum(axis=-1, keepdims=True)
    prior = np.sum(-(x**2) / 8 - np.log(2 * np.sqrt(2 * np.pi)))
    return prior + np.sum(np.where(x > 0, weights, 0.0)) + np.log(np.sum(e))


def autograd_model(x: Any) -> Any:
    anp: Any = sys.modules["autograd"].numpy
    special = sys.modules["autograd"].scipy.special
    return anp.sum(special.gammaln(anp.exp(x))) + anp.linalg.norm(x)


def plain_autograd_model(x: Any) -> Any:
    from scipy.special import gammaln

    return np.sum(gammaln(np.exp(x))) + np.linalg.norm(x)


def tensor_methods(x: Any) -> Any:
    y = x.clone().view(-1).unsqueeze(0).double().contiguous()
    z = y.expand(2, -1).clamp(min=-0.5, max=1.0).sigmoid().log_softmax(dim=1)
    return z.sum() * x.detach().abs().max() + y.norm() + x.dim() * y.mul(2.0).add(1.0).sum()


def plain_methods(x: Any) -> Any:
    y = x.reshape(1, -1)
    s = 1 / (1 + np.exp(-np.clip(np.broadcast_to(y, (2, 6)), -0.5, 1.0)))
    z = s - np.log(np.sum(np.exp(s), axis=1, keepdims=True))
    return z.sum() * np.abs(X).max() + np.sqrt(np.sum(y**2)) + 2 * (2 * y + 1).sum()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spelled", "plain"),
    [
        (torch_network, plain_network),
        (jax_model, plain_model),
        (autograd_model, plain_autograd_model),
        (tensor_methods, plain_methods),
    ],
)
def test_functions_of_other_libraries(libraries: Any, spelled: Any, plain: Any) -> None:
    have = grad(spelled)(X)
    direction = np.random.default_rng(0).normal(size=X.shape)
    want = extrapolated(lambda h: plain(X + h * direction))
    assert np.sum(have * direction) == pytest.approx(want, rel=1e-8)
    assert grad(spelled)(X + 0.1).shape == X.shape


def _torch() -> Any:
    return sys.modules["torch"]


def _functional() -> Any:
    return sys.modules["torch"].nn.functional  # type: ignore[attr-defined]


TENSORS: dict[str, tuple[Any, Any]] = {
    "max": (lambda x: _torch().max(x, dim=1).values, lambda x: x.max(1)),
    "max by place": (lambda x: _torch().max(x, 0)[0], lambda x: x.max(0)),
    "max of two": (lambda x: _torch().max(x, x * x), lambda x: np.maximum(x, x * x)),
    "min method": (
        lambda x: x.min(dim=0, keepdim=True)[0],
        lambda x: x.min(axis=0, keepdims=True),
    ),
    "std method": (lambda x: x.std(dim=1), lambda x: x.std(axis=1, ddof=1)),
    "var method": (
        lambda x: x.var(dim=0, unbiased=False, keepdim=True),
        lambda x: x.var(axis=0, keepdims=True),
    ),
    "numpy's std": (lambda x: x.std(1) + x.std(), lambda x: x.std(1) + x.std()),
    "var and mean": (
        lambda x: _torch().var_mean(x, dim=1)[0] * _torch().std_mean(x, dim=1)[1],
        lambda x: x.var(axis=1, ddof=1) * x.mean(1),
    ),
    "sort": (
        lambda x: _torch().sort(x, dim=1, descending=True).values,
        lambda x: np.sort(x, axis=1)[:, ::-1],
    ),
    "topk": (lambda x: _torch().topk(x, 2, dim=1)[0], lambda x: np.sort(x)[:, ::-1][:, :2]),
    "median": (
        lambda x: _torch().median(x) * _torch().median(x, dim=0).values,
        lambda x: np.sort(x.ravel())[2] * x.min(0),
    ),
    "cummax": (lambda x: _torch().cummax(x, dim=1)[0], lambda x: np.maximum.accumulate(x, 1)),
    "norm": (
        lambda x: _torch().norm(x, p=1) + x.norm(1) * x.norm(2) + x.norm(dim=1),
        lambda x: np.abs(x).sum() * (1 + np.sqrt(np.sum(x**2))) + np.sqrt(np.sum(x**2, axis=1)),
    ),
    "normalize": (
        lambda x: _functional().normalize(x, dim=1),
        lambda x: x / np.sqrt(np.sum(x**2, axis=1, keepdims=True)),
    ),
    "split": (
        lambda x: _torch().split(x, [1, 2], dim=1)[1] * x.chunk(2, dim=1)[1],
        lambda x: x[:, 1:] * x[:, 2:],
    ),
    "unbind": (lambda x: x.unbind(1)[0] * _torch().unbind(x)[1][0], lambda x: x[:, 0] * x[1, 0]),
    "gather": (
        lambda x: x.gather(1, np.array([[2], [0]])) * x.index_select(1, np.array([1])),
        lambda x: np.take_along_axis(x, np.array([[2], [0]]), 1) * x[:, [1]],
    ),
    "masked": (lambda x: x.masked_select(x > 0), lambda x: x[x > 0]),
    "flatten": (
        lambda x: x[None].flatten(1) * _torch().flatten(x),
        lambda x: x.reshape(1, 6) * x.ravel(),
    ),
    "flip": (lambda x: x.flip(1) * _torch().flip(x, [0]), lambda x: x[:, ::-1] * x[::-1]),
    "alpha": (
        lambda x: _torch().add(x, x * x, alpha=2) - _torch().sub(x, x * x, alpha=0.5),
        lambda x: 2.5 * x * x,
    ),
    "layer_norm": (
        lambda x: _functional().layer_norm(x, (3,), weight=x[0]),
        lambda x: (
            (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5) * x[0]
        ),
    ),
    "softplus": (
        lambda x: _functional().softplus(x, beta=2),
        lambda x: np.log1p(np.exp(2 * x)) / 2,
    ),
    "softplus beyond its threshold": (
        lambda x: _functional().softplus(x, beta=2, threshold=0.5),
        lambda x: np.where(2 * x > 0.5, x, np.log1p(np.exp(2 * x)) / 2),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TENSORS)
def test_calls_and_methods_of_tensors(libraries: Any, name: str) -> None:
    spelled, plain = TENSORS[name]
    for x in (X, X[::-1] * 0.7):
        have, _ = jvp(spelled, (x,), (x,))
        np.testing.assert_allclose(have, plain(x), rtol=1e-12)
        slope = grad(lambda x: np.sum(np.sin(spelled(x))))(x)
        direction = np.random.default_rng(0).normal(size=x.shape)
        want = extrapolated(lambda h: np.sum(np.sin(plain(x + h * direction))))
        assert np.sum(slope * direction) == pytest.approx(want, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("name", sorted(RENAMED))
def test_every_renamed_function_leads_somewhere(name: str) -> None:
    original = RENAMED[name]
    assert (
        original in TABLE.by_call
        or getattr(np, original.rpartition(".")[2], None)
        or (original.startswith("numpy.linalg."))
    )


def test_what_mirrors_what() -> None:
    assert mirror("jax.numpy.fft.rfft") == "numpy.fft.rfft"
    assert mirror("torch.nn.functional.unknown") is None
    assert TABLE.by_call["autograd.numpy.tanh"] is TABLE.by_call["numpy.tanh"]
    assert (
        TABLE.by_call["jax.scipy.special.jv" if False else "jax.numpy.sum"]
        is (TABLE.by_call["numpy.sum"])
    )
    assert TABLE.by_call["torch.std"] is not TABLE.by_call["numpy.std"]


@pytest.mark.slow
def test_symdiff_imports_none_of_them() -> None:
    import subprocess

    code = (
        "import sys, symdiff, numpy; symdiff.grad(numpy.sin)(1.0);"
        "print([m for m in ('torch', 'jax', 'autograd', 'scipy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize("library", ["torch", "jax.numpy", "autograd.numpy"])
def test_the_real_libraries(library: str) -> None:
    pytest.importorskip(library)
    module: Any = sys.modules[library]

    def f(x: Any) -> Any:
        return module.sum(module.tanh(x) * module.exp(x)) + module.sum(module.zeros((2, 2)))

    want = np.exp(X) * (np.tanh(X) + 1 / np.cosh(X) ** 2)
    assert grad(f)(X) == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_torch_divides_by_one_less(name: str) -> None:
    check_primitive(TABLE.entries[name], reference=REFERENCES[name])
