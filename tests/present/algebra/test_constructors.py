"""What terms simplify to as they are built, and what they must not."""

from fractions import Fraction

import numpy as np
import pytest

from symdiff.present.algebra.evaluating import evaluate
from symdiff.present.algebra.factoring import Factoring
from symdiff.present.algebra.gradients import gradient
from symdiff.present.algebra.layout import Layout
from symdiff.present.algebra.reductions import Algebra
from symdiff.present.algebra.terms import NoFormulaError, items_of
from symdiff.present.algebra.writing import Text

SIZES = {"m": 4, "n": 3}


class Terms(Algebra):
    """The names that the cases below are about."""

    def __init__(self):
        super().__init__()
        self.A, self.B = self.name("A", ("n", "n")), self.name("B", ("n", "n"))
        self.X = self.name("X", ("m", "n"))
        self.x, self.y = self.name("x", ("n",)), self.name("y", ("n",))
        self.v = self.name("v", ("m",))
        self.a, self.b = self.name("a"), self.name("b")

    def text(self, term):
        return Text().write(Layout({}, self.as_totals).node(term))

    def exp(self, u):
        return self.apply("exp", u)

    def mean(self, u):
        return self.over(self.total(u), self.length("n"))


def _solved(t):
    z = t.matmul(t.inverse(t.cholesky(t.A)), t.x)
    t.symmetric.add(t.A)
    return t.matmul(z, z)


CASES = {
    "like terms": (lambda t: t.plus(t.x, t.y, t.x), "2*x + y"),
    "what cancels": (lambda t: t.minus(t.x, t.x), "0"),
    "a shared number": (lambda t: t.minus(t.scaled(t.x, 2), t.scaled(t.y, 2)), "2*(x - y)"),
    "no shared number": (lambda t: t.minus(t.scaled(t.x, 2), t.scaled(t.y, 3)), "2*x - 3*y"),
    "the sign of the first": (
        lambda t: t.plus(t.exp(t.minus(t.a, t.b)), t.minus(t.b, t.a)),
        "exp(a - b) - a + b",
    ),
    "an exact decimal": (lambda t: t.scaled(t.scaled(t.x, Fraction(1, 10)), 3), "0.3*x"),
    "powers": (lambda t: t.times(t.a, t.power(t.a, -3), t.b), "b/a**2"),
    "the root of a square": (lambda t: t.power(t.power(t.a, 2), Fraction(1, 2)), "abs(a)"),
    "the root of a cube": (lambda t: t.power(t.power(t.a, 3), Fraction(1, 3)), "a"),
    "a power of a symbol": (lambda t: t.over(t.power(t.a, t.b), t.a), "a**(b - 1)"),
    "exponentials": (lambda t: t.times(t.exp(t.a), t.exp(t.b)), "exp(a + b)"),
    "a logarithm": (lambda t: t.apply("log", t.exp(t.a)), "a"),
    "a logarithm of a product": (lambda t: t.apply("log", t.times(t.a, t.b)), "log(a*b)"),
    "sign and size": (lambda t: t.times(t.apply("sign", t.a), t.apply("abs", t.a)), "a"),
    "size of what is positive": (lambda t: t.apply("abs", t.exp(t.a)), "exp(a)"),
    "sigmoid": (
        lambda t: t.power(t.plus(t.one, t.exp(t.negative(t.x))), -1),
        "sigmoid(x)",
    ),
    "no sigmoid": (
        lambda t: t.power(t.plus(t.number(2), t.exp(t.negative(t.x))), -1),
        "1/(2 + exp(-x))",
    ),
    "softmax": (lambda t: t.softmax(t.x, (0,)), "softmax(x)"),
    "softmax from the largest": (
        lambda t: t.softmax(t.minus(t.x, t.reduction("max", t.x)), (0,)),
        "softmax(x)",
    ),
    "no softmax": (
        lambda t: t.over(t.exp(t.x), t.total(t.exp(t.y))),
        "exp(x)/sum(exp(y))",
    ),
    "shares of rows": (lambda t: t.softmax(t.X, (1,)), "softmax(X, axis=1)"),
    "log of a sum": (
        lambda t: t.plus(
            t.log_total(t.minus(t.x, t.reduction("max", t.x)), (0,), False),
            t.reduction("max", t.x),
        ),
        "logsumexp(x)",
    ),
    "deviations": (lambda t: t.total(t.minus(t.x, t.mean(t.x))), "0"),
    "not deviations": (lambda t: t.total(t.minus(t.x, t.mean(t.y))), "sum(x) - sum(y)"),
    "products transposed": (lambda t: t.transpose(t.matmul(t.A, t.B)), "B.T @ A.T"),
    "a vector transposed": (lambda t: t.transpose(t.x), "x"),
    "a row times a matrix": (lambda t: t.matmul(t.x, t.A), "A.T @ x"),
    "what is symmetric": (
        lambda t: t.transpose(t.matmul(t.transpose(t.X), t.X)),
        "X.T @ X",
    ),
    "not symmetric": (lambda t: t.transpose(t.matmul(t.A, t.B, t.A)), "A.T @ B.T @ A.T"),
    "numbers out of products": (lambda t: t.matmul(t.A, t.times(t.a, t.x)), "a*A @ x"),
    "no vectors out of products": (lambda t: t.matmul(t.A, t.times(t.y, t.x)), "A @ (y*x)"),
    "an inverse beside": (lambda t: t.matmul(t.inverse(t.A), t.A, t.x), "x"),
    "another's inverse": (lambda t: t.matmul(t.inverse(t.A), t.B, t.x), "inv(A) @ B @ x"),
    "factors of a matrix": (_solved, "x @ inv(A) @ x"),
    "an outer product": (lambda t: t.matmul(t.outer(t.v, t.x), t.y), "(x @ y)*v"),
    "all of an outer product": (
        lambda t: t.total(t.times(t.outer(t.v, t.x), t.X)),
        "v @ X @ x",
    ),
    "sums of sums": (lambda t: t.total(t.total(t.transpose(t.X), (1,))), "sum(X)"),
    "sums of columns": (lambda t: t.total(t.transpose(t.X), (0,)), "sum(X, axis=1)"),
    "a diagonal": (lambda t: t.matmul(t.diag(t.x), t.y), "x*y"),
    "a trace": (lambda t: t.trace(t.outer(t.x, t.y)), "x @ y"),
    "a unit vector": (lambda t: t.matmul(t.x, t.unit(-1, "n")), "x[-1]"),
    "the first unit vector": (lambda t: t.unit(0, "n"), "e_1"),
    "equal arms": (lambda t: t.where(t.compare(">", t.a, t.b), t.x, t.x), "x"),
    "a soft corner": (
        lambda t: t.plus(
            t.larger(t.a, t.zero),
            t.apply("log1p", t.exp(t.negative(t.apply("abs", t.a)))),
        ),
        "log(1 + exp(a))",
    ),
    "squares of sine and cosine": (
        lambda t: t.plus(t.power(t.apply("sin", t.a), 2), t.power(t.apply("cos", t.a), 2)),
        "1",
    ),
    "sine and cosine of others": (
        lambda t: t.plus(t.power(t.apply("sin", t.a), 2), t.power(t.apply("cos", t.b), 2)),
        "sin(a)**2 + cos(b)**2",
    ),
    "the normal distribution": (
        lambda t: t.plus(t.one, t.apply("erf", t.over(t.a, t.power(t.number(2), Fraction(1, 2))))),
        "2*Phi(a)",
    ),
    "a column": (lambda t: t.times(t.X, t.expand(t.v, (1,))), "X*v[:, None]"),
}


@pytest.mark.parametrize("name", CASES)
def test_terms(name):
    make, text = CASES[name]
    terms = Terms()
    assert terms.text(make(terms)) == text


FACTORED = {
    "(A + A.T) @ x": lambda t: t.plus(t.matmul(t.A, t.x), t.matmul(t.x, t.A)),
    "A @ x + B @ y": lambda t: t.plus(t.matmul(t.A, t.x), t.matmul(t.B, t.y)),
    "A @ (x + y)": lambda t: t.plus(t.matmul(t.A, t.x), t.matmul(t.A, t.y)),
    "(x - y)/a": lambda t: t.minus(t.over(t.x, t.a), t.over(t.y, t.a)),
    "x/a - y/b": lambda t: t.minus(t.over(t.x, t.a), t.over(t.y, t.b)),
    "outer(x + y, x)": lambda t: t.plus(t.outer(t.x, t.x), t.outer(t.y, t.x)),
}


@pytest.mark.parametrize("text", FACTORED)
def test_common_factors(text):
    terms = Terms()
    assert terms.text(Factoring(terms).shortened(FACTORED[text](terms))) == text


POINT = {
    "A": np.array([[2.0, 0.3, 0.1], [0.2, 1.5, 0.4], [0.6, 0.1, 1.8]]),
    "B": np.array([[1.0, 0.2, 0.5], [0.7, 2.5, 0.1], [0.3, 0.2, 1.2]]),
    "X": np.linspace(0.1, 1.3, 12).reshape(4, 3),
    "x": np.array([0.4, 0.9, 0.2]),
    "y": np.array([0.7, 0.3, 1.1]),
    "v": np.array([0.2, 0.5, 0.3, 0.8]),
    "a": 0.7,
    "b": 1.3,
}
VALUES = {
    "inverse": lambda t: t.matmul(t.x, t.inverse(t.A), t.y),
    "determinant": lambda t: t.apply("log", t.determinant(t.A)),
    "trace": lambda t: t.trace(t.matmul(t.A, t.B, t.A)),
    "rows": lambda t: t.total(t.times(t.softmax(t.X, (1,)), t.X)),
    "columns": lambda t: t.total(t.power(t.minus(t.X, t.over(t.total(t.X, (0,)), t.a)), 2)),
    "row sums": lambda t: t.matmul(t.v, t.power(t.total(t.X, (1,)), 2)),
    "weighted rows": lambda t: t.total(t.exp(t.times(t.X, t.expand(t.v, (1,)), t.x))),
    "outer": lambda t: t.total(t.apply("sin", t.plus(t.outer(t.v, t.x), t.X))),
    "diagonal": lambda t: t.matmul(t.x, t.diag(t.power(t.y, 2)), t.A, t.y),
    "powers": lambda t: t.total(t.power(t.x, t.a)),
    "norms": lambda t: t.power(t.matmul(t.x, t.A, t.x), Fraction(3, 2)),
    "product": lambda t: t.reduction("prod", t.plus(t.x, t.times(t.a, t.y))),
    "functions": lambda t: t.total(
        t.times(t.apply("tanh", t.x), t.apply("sigmoid", t.y), t.apply("Phi", t.x))
    ),
    "elements": lambda t: t.times(t.element(t.x, (0,)), t.element(t.A, (0, -1)), t.a),
    "extremes": lambda t: t.times(t.reduction("max", t.x), t.reduction("min", t.y)),
}


@pytest.mark.parametrize("name", VALUES)
def test_gradients_by_differences(name):
    terms = Terms()
    value = VALUES[name](terms)
    terms.end_of_reading()
    for key, at in POINT.items():
        raw = gradient(terms, value, getattr(terms, key))
        for form in (raw, Factoring(terms).shortened(raw), terms.expanded(raw)):
            found = np.broadcast_to(evaluate(form, POINT, SIZES), np.shape(at))
            for k in np.ndindex(np.shape(at)):
                sides = []
                for step in (1e-6, -1e-6):
                    moved = np.array(at)
                    moved[k] += step
                    sides.append(evaluate(value, {**POINT, key: moved}, SIZES))
                wanted = (sides[0] - sides[1]) / 2e-6
                assert abs(found[k] - wanted) < 1e-7 * max(1, abs(wanted)), (key, terms.text(form))


def test_what_does_not_fit_is_refused():
    t = Terms()
    for make in (
        lambda: t.matmul(t.X, t.v),
        lambda: t.plus(t.x, t.v),
        lambda: t.matmul(t.X, t.x, t.A),
        lambda: gradient(t, t.total(t.cholesky(t.A)), t.A),
    ):
        with pytest.raises(NoFormulaError):
            make()


def test_products_of_sums_are_multiplied_out_within_bounds():
    t = Terms()
    whole = t.one
    for k in range(12):
        whole = t.times(whole, t.plus(t.name(f"p{k}"), t.name(f"q{k}")))
    assert len(items_of(t.expanded(whole))) <= 32
