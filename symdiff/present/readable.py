"""What each elementwise entry of the table looks like in a closed form.

Where SymPy has the same function it is that function; the numerically careful ones (`log1p`,
`hypot`) become what they compute. Any other entry keeps its name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import sympy
from sympy.logic.boolalg import Boolean

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.nodes import PREFIX
from .expressions import ArrayOperation, as_condition, as_number

_SMALL = 30


def apply(name: str, operands: list[Any]) -> Any:
    """The expression of the entry called `name` over `operands`."""
    if name in _LOGIC:
        return _LOGIC[name](*operands)
    if name == "where":
        if _is_series(operands[1]):  # of what the other arm says
            return as_number(operands[2])
        return choose(as_condition(operands[0]), as_number(operands[1]), as_number(operands[2]))
    if name == "shared":
        return apply("where", [operands[1], operands[0], sympy.S.Zero])
    operands = [as_number(o) for o in operands]
    build = _BUILD.get(name)
    if build is not None:
        return build(*operands)
    entry = TABLE.entries.get(name)
    if isinstance(entry, ElementwiseEntry):
        if entry.sympy is not None:
            return getattr(sympy, entry.sympy)(*operands)
        same = _SAME.get(name)
        if same is not None:
            return getattr(sympy, same)(*operands)
    return named(name, *operands)


def _is_series(expr: Any) -> bool:
    return any(f.func.__name__.endswith("_near_0") for f in expr.atoms(sympy.Function))


def named(name: str, *operands: Any) -> Any:
    """A function that SymPy does not have, by its name; nothing evaluates it."""
    return _named(name, len(operands))(*operands)


@cache
def _named(name: str, arity: int) -> Any:
    body: dict[str, Any] = {"nargs": arity, "eval": classmethod(lambda cls, *args: None)}
    entry = TABLE.entries.get(name)
    if isinstance(entry, ElementwiseEntry) and entry.dtype == "bool":
        return type(PREFIX + name, (sympy.Function, Boolean), body)
    body |= {"_eval_is_real": lambda self: True, "_eval_is_extended_real": lambda self: True}
    return type(PREFIX + name, (sympy.Function,), body)


def choose(condition: Any, yes: Any, no: Any) -> Any:
    """`yes if condition else no`, without a case that says what the other says anyway.

    >>> x = sympy.Symbol("x", real=True)
    >>> choose(sympy.Eq(x, 0), sympy.S.Zero, 2*x)
    2*x
    """
    if condition in (sympy.true, sympy.false):
        return yes if condition == sympy.true else no
    yes, no = _given(yes, condition, True), _given(no, condition, False)
    if yes == no:
        return yes
    if _is_same_power(yes, no):
        return no
    if isinstance(condition, sympy.Eq | sympy.Ne):
        special, general = (yes, no) if isinstance(condition, sympy.Eq) else (no, yes)
        if _continues(general, condition, special):
            return general
    if isinstance(condition, sympy.And) and any(
        isinstance(part, sympy.Eq) and _continues(no, part, yes) for part in condition.args
    ):
        return no
    pieces = no.args if isinstance(no, sympy.Piecewise) else [(no, True)]
    return sympy.Piecewise((yes, condition), *pieces, evaluate=False)


def _is_same_power(one: Any, other: Any) -> bool:
    """Whether both are one product of powers, as `x**y*y/x` and `x**(y - 1)*y` are."""
    if not (one.is_Mul or one.is_Pow) or not one.atoms(sympy.Pow):
        return False
    if max(sympy.count_ops(one), sympy.count_ops(other)) > _SMALL:
        return False
    return bool(sympy.powsimp(one) == sympy.powsimp(other))


def _given(expr: Any, condition: Any, holds: bool) -> Any:
    """`expr` where `condition` is known to hold, or not to.

    What stands in an operation on whole arrays stays: the condition is known of one element alone.
    """
    if not expr.has(sympy.Piecewise) or isinstance(expr, ArrayOperation):
        return expr
    if isinstance(expr, sympy.Piecewise):
        known = sympy.true if holds else sympy.false
        return _rebuild(
            [(_given(v, condition, holds), known if c == condition else c) for v, c in expr.args]
        )
    return expr.func(*[_given(a, condition, holds) for a in expr.args])


def _rebuild(pieces: list[tuple[Any, Any]]) -> Any:
    kept: list[tuple[Any, Any]] = []
    for value, condition in pieces:
        if condition == sympy.false:
            continue
        kept.append((value, condition))
        if condition == sympy.true:
            break
    if kept and kept[0][1] == sympy.true:
        return kept[0][0]
    return sympy.Piecewise(*kept, evaluate=False)


def _continues(general: Any, condition: Any, special: Any) -> bool:
    """Whether `general` has the value `special` where the equation `condition` holds."""
    at, value = condition.lhs, condition.rhs
    if at.is_number:
        at, value = value, at
    if at.is_number or not value.is_number or sympy.count_ops(general) > _SMALL:
        return False
    if special == 0 and value == 0 and _vanishing_power_times_log(general, at):
        return True
    try:
        there = general.xreplace({at: value})
    except (ValueError, TypeError, ZeroDivisionError):
        return False
    return bool(there == special)


def _vanishing_power_times_log(expr: Any, base: Any) -> bool:
    """`base**y*log(base)`, which the derivative of `base**y` is taken to be 0 for at `base = 0`."""
    factors = sympy.Mul.make_args(expr)
    return sympy.log(base) in factors and any(f.is_Pow and f.base == base for f in factors)


def _power(base: Any, exponent: Any) -> Any:
    if exponent.is_Float and (2 * float(exponent)).is_integer():
        exponent = sympy.Rational(int(2 * float(exponent)), 2)
    return sympy.Pow(base, exponent)


def _compare(name: str) -> Callable[[Any, Any], Any]:
    relation = getattr(sympy, name)

    def build(a: Any, b: Any) -> Any:
        a, b = as_number(a), as_number(b)
        return relation(a, b, evaluate=bool(a.is_number and b.is_number))

    return build


def _lattice(name: str) -> Callable[..., Any]:
    node = getattr(sympy, name)

    def build(*operands: Any) -> Any:
        plain = all(o.is_Atom for o in operands)
        return node(*operands) if plain else node(*operands, evaluate=False)

    return build


def _bits(name: str, logical: str) -> Callable[..., Any]:
    """Python's `&`, `|`, `^`, `~`: of truth values, the logical operation."""

    def build(*operands: Any) -> Any:
        if all(isinstance(o, Boolean) for o in operands):
            return _LOGIC[logical](*operands)
        return named(name, *map(as_number, operands))

    return build


def _logaddexp(a: Any, b: Any) -> Any:
    return sympy.log(sympy.exp(a) + sympy.exp(b))


_LOGIC: dict[str, Callable[..., Any]] = {
    **{name: _compare(name.title()) for name in ("lt", "le", "gt", "ge", "eq", "ne")},
    "near_tip": lambda r, bend, further: sympy.false,
    "larger_taken": lambda a, b, s: _LOGIC["ge"](a, b),
    "smaller_taken": lambda a, b, s: _LOGIC["le"](a, b),
    "logical_and": lambda a, b: sympy.And(as_condition(a), as_condition(b), evaluate=False),
    "logical_or": lambda a, b: sympy.Or(as_condition(a), as_condition(b), evaluate=False),
    "logical_not": lambda a: sympy.Not(as_condition(a)),
    "logical_xor": lambda a, b: sympy.Xor(as_condition(a), as_condition(b)),
}

for _name, _logical in (("and", "and"), ("or", "or"), ("xor", "xor")):
    _LOGIC[f"bit_{_name}"] = _bits(f"bit_{_name}", f"logical_{_logical}")
_LOGIC["invert"] = _bits("invert", "logical_not")

_maximum, _minimum = _lattice("Max"), _lattice("Min")

_BUILD: dict[str, Callable[..., Any]] = {
    "vanishing": lambda a: sympy.S.Zero,
    "cusp": lambda a: sympy.S.Zero,
    "log_power_at_0": lambda n, x, y: sympy.S.Zero,
    "sech": lambda a: 1 / sympy.cosh(a),
    "log_ratio": lambda a, b: sympy.log(a / b),
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "over": lambda a, b: a / b,
    "radial": lambda g, x, r: g * x / r,
    "length": lambda r, s: r,
    "scaled_length": lambda r, t: r,
    "side": lambda x: sympy.sign(x),
    "abs_along": lambda x, s: sympy.Abs(x),
    "abs_side": lambda x, s: sympy.Abs(x),
    "sided": lambda g, x, s: g * sympy.sign(x),
    "side_toward": lambda x, d, e, facing: sympy.sign(x),
    "first_toward": lambda x, d, e, facing: sympy.S.One,
    "tied": lambda g, s: g / 2,
    "sided_one": lambda x, s: sympy.sign(x),
    "magnitude": lambda r, x: r,
    "at_tip": lambda e, r, t: e,
    "held": lambda x: x,
    "at_even_tip": lambda e, r, t: e,
    "at_root": lambda e, r, t: e,
    "tip_slope": lambda e, further, t: e,
    "tip_length": lambda r, h, t: r,
    "tip_bend": lambda e, t: e,
    "on_tip": lambda e, r: sympy.S.Zero,
    "off_tip": lambda e, r: e,
    "still_length": lambda r: r,
    "tip_half": lambda h, r: sympy.S.Half,
    "square_over": lambda x, h: x**2 / h,
    "relative": lambda x, r: x / r,
    "length_power": lambda k, j, r, e: _power(r, e) * sympy.log(r) ** j,
    "signed_power": lambda k, j, r, x, c, e: _power(r, e) * sympy.log(r) ** j * sympy.sign(x) ** k,
    "valued": lambda v, s: v,
    "given": lambda v, s: v,
    "weighted_exp": lambda b, x: b * sympy.exp(x),
    "share": lambda a, b, h: a / h,
    "neg": lambda a: -a,
    "pos": lambda a: a,
    "pow": _power,
    "strict_pow": _power,
    "power": _power,
    "sqrt": lambda a: sympy.sqrt(a),
    "square": lambda a: a**2,
    "reciprocal": lambda a: 1 / a,
    "maximum": _maximum,
    "minimum": _minimum,
    "larger": _maximum,
    "smaller": _minimum,
    "max": _maximum,
    "min": _minimum,
    "fmax": _maximum,
    "fmin": _minimum,
    "clip": lambda x, low, high: _minimum(_maximum(x, low), high),
    "log1p": lambda a: sympy.log(a + 1),
    "expm1": lambda a: sympy.exp(a) - 1,
    "exp2": lambda a: _power(sympy.Integer(2), a),
    "log2": lambda a: named("log2", a),
    "log10": lambda a: named("log10", a),
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
    "logaddexp": _logaddexp,
    "sigmoid": lambda a: 1 / (1 + sympy.exp(-a)),
    "expit": lambda a: 1 / (1 + sympy.exp(-a)),
    "softplus": lambda a: sympy.log(sympy.exp(a) + 1),
    "relu": lambda a: _maximum(a, sympy.S.Zero),
    "cbrt": lambda a: sympy.cbrt(a) if a.is_nonnegative else named("cbrt", a),
    "floor_int": lambda a: sympy.floor(a),
    "ceil_int": lambda a: sympy.ceiling(a),
    "trunc_int": lambda a: named("trunc", a),
    "round_int": lambda a: named("round", a),
    "floordiv": lambda a, b: sympy.floor(a / b),
    "logaddexp2": lambda a, b: sympy.log(2**a + 2**b) / sympy.log(2),
}

_SAME = {
    "abs": "Abs",
    "sign": "sign",
    "floor": "floor",
    "ceil": "ceiling",
    **{n: n for n in ("sin", "cos", "tan", "exp", "log", "sinh", "cosh", "tanh")},
    **{n: n for n in ("asin", "acos", "atan", "asinh", "acosh", "atanh", "erf", "erfc", "gamma")},
    **{f"arc{n}": f"a{n}" for n in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "atan2": "atan2",
    "arctan2": "atan2",
    "lgamma": "loggamma",
    "gammaln": "loggamma",
    "digamma": "digamma",
}
"""Entries with rules of their own whose values SymPy's function has at every real number."""
