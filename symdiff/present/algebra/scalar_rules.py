"""What the elementwise entries of the table are in terms."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .reductions import Algebra
from .terms import ONE, NoFormulaError, Term, is_zero

Rule = Callable[..., Term]

_HALF = Fraction(1, 2)


def apply_entry(algebra: Algebra, name: str, stack: list[Term]) -> None:
    """Apply an entry to the terms on a stack.

    Raises:
        NoFormulaError: there is no term for it.
    """
    rule = _RULES.get(name)
    if rule is None:
        raise NoFormulaError(f"no term for {name}")
    arity, make = rule
    args = stack[len(stack) - arity :]
    del stack[len(stack) - arity :]
    stack.append(make(algebra, *args))


def _power(a: Algebra, x: Term, e: Term) -> Term:
    if e.shape:
        raise NoFormulaError("a power with an array as exponent")
    if e.op == "number" and isinstance(e.data, Fraction):
        if is_zero(x) and e.data <= 0:
            raise NoFormulaError("a power of zero")
        return a.power(x, e.data)
    return a.power(x, e)


def _over(a: Algebra, x: Term, y: Term) -> Term:
    if is_zero(y):
        raise NoFormulaError("a division by zero")
    return a.over(x, y)


def _maximum(a: Algebra, x: Term, y: Term) -> Term:
    return a.larger(x, y, ">")


def _minimum(a: Algebra, x: Term, y: Term) -> Term:
    return a.larger(x, y, "<")


def _log_add(a: Algebra, x: Term, y: Term) -> Term:
    return a.apply("log", a.plus(a.apply("exp", x), a.apply("exp", y)))


def _softened(a: Algebra, u: Term) -> Term:
    return a.apply("log", a.plus(a.one, a.apply("exp", u)))


def _x_log_y(a: Algebra, x: Term, y: Term) -> Term:
    return a.times(x, a.apply("log", y))


def _based(a: Algebra, u: Term, base: int) -> Term:
    return a.over(a.apply("log", u), a.apply("log", a.number(base)))


def _comparison(sign: str) -> tuple[int, Rule]:
    return 2, lambda a, x, y: a.compare(sign, x, y)


def _named(name: str) -> tuple[int, Rule]:
    return 1, lambda a, u: a.apply(name, u)


_RULES: dict[str, tuple[int, Rule]] = {
    "add": (2, lambda a, x, y: a.plus(x, y)),
    "sub": (2, lambda a, x, y: a.minus(x, y)),
    "mul": (2, lambda a, x, y: a.times(x, y)),
    "div": (2, _over),
    "over": (2, _over),
    "neg": (1, lambda a, x: a.negative(x)),
    "pos": (1, lambda a, x: x),
    "pow": (2, _power),
    "strict_pow": (2, _power),
    "square": (1, lambda a, x: a.power(x, 2)),
    "reciprocal": (1, lambda a, x: _over(a, a.one, x)),
    "sqrt": (1, lambda a, x: a.power(x, _HALF)),
    "hypot": (2, lambda a, x, y: a.power(a.plus(a.power(x, 2), a.power(y, 2)), _HALF)),
    "exp": _named("exp"),
    "log": _named("log"),
    "log1p": _named("log1p"),
    "expm1": _named("expm1"),
    "log2": (1, lambda a, u: _based(a, u, 2)),
    "log10": (1, lambda a, u: _based(a, u, 10)),
    "exp2": (1, lambda a, u: a.power(a.number(2), u)),
    "sin": _named("sin"),
    "cos": _named("cos"),
    "tan": _named("tan"),
    "sinh": _named("sinh"),
    "cosh": _named("cosh"),
    "tanh": _named("tanh"),
    "asin": _named("arcsin"),
    "acos": _named("arccos"),
    "atan": _named("arctan"),
    "asinh": _named("arcsinh"),
    "atanh": _named("arctanh"),
    "abs": _named("abs"),
    "sign": _named("sign"),
    "floor": _named("floor"),
    "erf": _named("erf"),
    "erfc": (1, lambda a, u: a.minus(a.one, a.apply("erf", u))),
    "ndtr": _named("Phi"),
    "log_ndtr": (1, lambda a, u: a.apply("log", a.apply("Phi", u))),
    "lgamma": _named("lgamma"),
    "digamma": _named("digamma"),
    "sigmoid": _named("sigmoid"),
    "log_expit": (1, lambda a, u: a.apply("log", a.apply("sigmoid", u))),
    "logit": (1, lambda a, u: a.apply("log", a.over(u, a.minus(a.one, u)))),
    "logaddexp": (2, _log_add),
    "softplus": (1, _softened),
    "xlogy": (2, _x_log_y),
    "xlog1py": (2, lambda a, x, y: _x_log_y(a, x, a.plus(a.one, y))),
    "entr": (1, lambda a, x: a.negative(_x_log_y(a, x, x))),
    "rel_entr": (2, lambda a, x, y: _x_log_y(a, x, a.over(x, y))),
    "kl_div": (
        2,
        lambda a, x, y: a.add([(_x_log_y(a, x, a.over(x, y)), ONE), (x, -ONE), (y, ONE)]),
    ),
    "where": (3, lambda a, test, x, y: a.where(test, x, y)),
    "maximum": (2, _maximum),
    "fmax": (2, _maximum),
    "larger": (2, _maximum),
    "minimum": (2, _minimum),
    "fmin": (2, _minimum),
    "smaller": (2, _minimum),
    "lt": _comparison("<"),
    "le": _comparison("<="),
    "gt": _comparison(">"),
    "ge": _comparison(">="),
    "eq": _comparison("=="),
    "ne": _comparison("!="),
}
