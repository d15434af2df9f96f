"""Sparse Jacobians and Hessians against dense ones, and their patterns against numbers."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares, minimize, rosen_hess

import symdiff
from symdiff import grad, primitive, sparse_hessian, sparse_jacobian
from symdiff.differentiate import jvp
from symdiff.errors import NonScalarError, SymdiffError, UsageError
from symdiff.operations import TABLE
from symdiff.program.program import Program, operand_aval
from symdiff.sparsity import RULES, colored, dependence
from symdiff.testing import call_program, evaluate

pytestmark = pytest.mark.sampled(every=83)


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_loop(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return total


@pytest.mark.slow
@pytest.mark.parametrize("f", [rosenbrock, rosenbrock_loop])
def test_hessian_of_rosenbrock(f):
    x = np.random.default_rng(0).normal(size=1000)
    hessian = sparse_hessian(f)
    found = hessian(x)
    want = rosen_hess(x)
    assert hessian.sweeps <= 4
    assert found.nnz == 3 * 1000 - 2
    assert np.abs(found.toarray() - want).max() <= 1e-12 * np.abs(want).max()
    assert (hessian.pattern(x).toarray() == (want != 0)).all()


def _numeric(program: Program, k: int, values: list[object]) -> np.ndarray:
    """The Jacobian of a program with respect to input `k`, a basis vector at a time."""
    var = program.inputs[k]
    columns = []
    for basis in np.eye(var.aval.size):
        seed = basis.reshape(var.aval.shape) if var.aval.shape else 1.0
        moved = jvp(program, [var], [seed])
        parts = evaluate(moved, *values)[len(program.outputs) :]
        columns.append(np.concatenate([np.ravel(p) for p in parts]))
    return np.stack(columns, axis=1)


SKIPPED = {"detach", "last_writes", "view"}
# Where the pattern is coarser than the entries that differ from zero.
COARSE = {"inv", "cholesky", "solve", "log_abs_det", "det", "fsum", "prod", "running_product"}


@pytest.mark.parametrize(
    "name", [e.name for e in TABLE.structural() if e.samples and e.name not in SKIPPED]
)
def test_patterns_of_the_table(name):
    entry = TABLE.entries[name]
    for args, kwargs in entry.samples(np.random.default_rng(3)):
        program, values = call_program(entry, args, kwargs)
        outputs = tuple(o for o in program.outputs if operand_aval(o).is_inexact)
        program = Program(program.name, program.inputs, program.statements, outputs)
        for k, var in enumerate(program.inputs):
            if not var.aval.is_inexact or not outputs:
                continue
            with np.errstate(all="ignore"):
                jacobian = _numeric(program, k, values)
            found = []
            for output, part in zip(outputs, dependence(program, var), strict=True):
                pattern = np.zeros((operand_aval(output).size, var.aval.size), bool)
                pattern[part.rows, part.columns] = True
                assert len(part.rows) == pattern.sum()
                found.append(pattern)
            whole = np.concatenate(found)
            assert not (jacobian != 0)[~whole].any(), (name, kwargs)
            indexed = any(not v.aval.is_inexact for v in program.inputs)
            structured = all(
                s.operation.name in RULES or s.operation.name not in TABLE.entries
                for s in program.statements
            )
            if structured and name in RULES and name not in COARSE and not indexed:
                assert name in ("max", "min") or ((jacobian != 0) == whole).all(), (name, kwargs)


def residuals(x):
    return np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x[:-1], x[-1:] * np.sum(x) * 0.01])


def test_rows_are_coloured_where_that_is_cheaper():
    def f(x):
        return np.sum(np.sin(x)), np.sum(x[:3])

    x = np.linspace(0, 1, 200)
    jacobian = sparse_jacobian(f)
    found = jacobian(x).toarray()
    assert jacobian.sweeps == 2
    np.testing.assert_allclose(found[0], np.cos(x), rtol=1e-15)
    np.testing.assert_allclose(found[1], np.arange(200) < 3)


def test_a_stencil_takes_as_many_sweeps_as_it_has_points():
    def laplace(u):
        padded = np.concatenate([np.zeros(1), u, np.zeros(1)])
        return padded[2:] - 2 * padded[1:-1] + padded[:-2] + np.exp(u)

    for n in (30, 300):
        jacobian = sparse_jacobian(laplace)
        u = np.linspace(0, 1, n)
        found = jacobian(u).toarray()
        want = np.diag(np.exp(u) - 2) + np.eye(n, k=1) + np.eye(n, k=-1)
        np.testing.assert_allclose(found, want, rtol=1e-15, atol=1e-15)
        assert jacobian.sweeps == 3


def test_a_grid():
    def laplace(u):
        inner = u[1:-1, 1:-1]
        return u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * inner + inner**3

    u = np.random.default_rng(0).normal(size=(12, 13))
    jacobian = sparse_jacobian(laplace)
    found = jacobian(u).toarray()
    assert jacobian.sweeps <= 8
    dense = np.stack(
        [grad(lambda u, k=k: laplace(u).ravel()[k])(u).ravel() for k in range(0, 110, 20)]
    )
    np.testing.assert_allclose(found[0:110:20], dense, rtol=1e-12)


def test_constants_that_are_zero_leave_no_entry():
    mask = np.array([1.0, 0.0, 2.0])

    def f(x):
        return np.array([1.0, 0.0, 2.0]) * x, np.diag([1.0, 2.0, 3.0]) @ x, mask * x

    pattern = sparse_jacobian(f).pattern(np.ones(3)).toarray()
    assert (pattern[:3] == np.diag([True, False, True])).all()
    assert (pattern[3:6] == np.eye(3, dtype=bool)).all()
    # What is read from outside may change: its zeros do not count.
    assert (pattern[6:] == np.eye(3, dtype=bool)).all()


def test_patterns_follow_the_branch():
    def f(x):
        return x * x[0] if x[0] > 0 else np.sin(x)

    jacobian = sparse_jacobian(f)
    for x in (np.array([1.0, 2.0]), np.array([-1.0, 2.0]), np.array([0.5, 2.0])):
        want = np.array([[2 * x[0], 0], [x[1], x[0]]]) if x[0] > 0 else np.diag(np.cos(x))
        np.testing.assert_allclose(jacobian(x).toarray(), want, rtol=1e-15)


def test_numbers_lists_and_other_arguments():
    jacobian = sparse_jacobian(lambda t, x: [x[0] * t, x[1] ** 2, 3.0], wrt="x")
    found = jacobian(2.0, np.array([1.0, 4.0])).toarray()
    np.testing.assert_allclose(found, [[2, 0], [0, 8], [0, 0]])
    assert sparse_jacobian(lambda x: x * x)(3.0).toarray().tolist() == [[6.0]]
    assert sparse_jacobian(lambda x: 2.0 * np.ones(2))(np.ones(3)).shape == (2, 3)


def test_single_precision_and_read_only_views():
    x = np.arange(6.0).reshape(2, 3).T[::2]
    x.flags.writeable = False
    found = sparse_jacobian(lambda x: x**2)(x).toarray()
    np.testing.assert_allclose(found, np.diag(2 * x.ravel()))
    half = sparse_jacobian(lambda x: x**2)(np.ones(3, np.float32))
    np.testing.assert_allclose(half.toarray(), 2 * np.eye(3))


def test_a_primitive_by_partials_is_elementwise():
    wave = primitive(lambda x: np.sin(x)).defpartials(lambda r, x: np.cos(x))
    x = np.linspace(0, 1, 5)
    jacobian = sparse_jacobian(lambda x: wave(x))
    np.testing.assert_allclose(jacobian(x).toarray(), np.diag(np.cos(x)))
    assert jacobian.sweeps == 1
    np.testing.assert_allclose(
        sparse_hessian(lambda x: np.sum(wave(x)))(x).toarray(), -np.diag(np.sin(x))
    )


@pytest.mark.slow
def test_scipy_takes_them():
    x0 = np.full(30, -0.5)
    solved = least_squares(residuals, x0, jac=sparse_jacobian(residuals), tr_solver="lsmr")
    assert solved.success
    solution = minimize(
        rosenbrock, x0, jac=grad(rosenbrock), hess=sparse_hessian(rosenbrock), method="trust-constr"
    )
    assert np.linalg.norm(grad(rosenbrock)(solution.x)) < 1e-5


def test_effects_happen_once_a_call():
    counts = {"calls": 0}

    def f(x):
        counts["calls"] += 1
        return x[1:] * x[:-1]

    jacobian = sparse_jacobian(f)
    for k in range(1, 4):
        jacobian(np.arange(5.0))
        assert counts["calls"] == k
    assert jacobian.sweeps == 2


def test_many_sweeps_are_done_one_by_one():
    def f(x):
        return np.sum(x) * x

    x = np.linspace(0, 1, 80)
    jacobian = sparse_jacobian(f)
    np.testing.assert_allclose(jacobian(x).toarray(), np.diag(np.full(80, x.sum())) + x[:, None])
    assert jacobian.sweeps == 80


def test_refusals():
    with pytest.raises(NonScalarError):
        sparse_hessian(lambda x: x * x)(np.ones(3))
    with pytest.raises(UsageError):
        sparse_jacobian(lambda x: x * x)(np.ones(3, int))
    inner = sparse_jacobian(lambda x: x * x)
    with pytest.raises(SymdiffError, match="sparse derivative inside"):
        grad(lambda x: np.sum(inner(x)))(np.ones(3))


PIECES = [
    lambda x: x[::-1] * 2.0,
    lambda x: np.roll(x, 1) * x,
    lambda x: np.where(x > 0, x, 0.1 * x[::-1]),
    lambda x: np.concatenate([x[2:], x[:2] ** 2]),
    lambda x: x.reshape(2, 3).T.ravel(),
    lambda x: np.cumsum(x) * 0.3,
    lambda x: x + np.sum(x[1:3]),
    lambda x: (x.reshape(3, 2) @ np.array([[1.0, 0.0], [0.5, 2.0]])).ravel(),
    lambda x: np.outer(x[:2], x[3:]).ravel(),
    lambda x: x[np.array([0, 0, 3, 2, 5, 1])],
    lambda x: np.sin(x) * np.array([1.0, 0.0, 1.0, 1.0, 0.0, 2.0]),
    lambda x: np.max(x.reshape(2, 3), axis=0).repeat(2),
]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(range(len(PIECES))), min_size=1, max_size=4), st.integers(0, 99))
def test_random_programs(chosen, seed):
    def f(x):
        for k in chosen:
            x = PIECES[k](x)
        return x

    x = np.random.default_rng(seed).normal(size=6)
    found = sparse_jacobian(f)(x).toarray()
    dense = np.stack([grad(lambda x, k=k: f(x)[k])(x) for k in range(6)])
    np.testing.assert_allclose(found, dense, rtol=1e-12, atol=1e-14)
    hessian = sparse_hessian(lambda x: np.sum(f(x) ** 2))(x).toarray()
    g = grad(lambda x: np.sum(f(x) ** 2))
    dense = np.stack([grad(lambda x, k=k: g(x)[k])(x) for k in range(6)])
    np.testing.assert_allclose(hessian, dense, rtol=1e-9, atol=1e-11)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 12), st.integers(1, 12))
def test_colours_never_meet_in_a_row(seed, height, width):
    pattern = np.random.default_rng(seed).random((height, width)) < 0.3
    rows, columns = np.nonzero(pattern)
    colors = colored(rows, columns, width)
    for row in pattern:
        assert len(set(colors[row])) == row.sum()
    assert colors.max() + 1 >= pattern.sum(axis=1).max(initial=1)


def test_the_operators_give_sparse_matrices_on_request() -> None:
    def chain(x):
        return x[1:] - x[:-1] ** 2

    def energy(x):
        return np.sum(chain(x) ** 2)

    x = np.linspace(-1.0, 1.0, 6)
    found = symdiff.jacobian(chain, sparse=True)(x)
    assert scipy.sparse.issparse(found)
    np.testing.assert_array_equal(found.toarray(), symdiff.jacobian(chain)(x))
    second = symdiff.hessian(energy, sparse=True)(x)
    np.testing.assert_allclose(second.toarray(), symdiff.hessian(energy)(x), rtol=1e-14)
    with pytest.raises(symdiff.SymdiffError, match="sparse"):
        symdiff.jacobian(chain, sparse=True, mode="forward")
